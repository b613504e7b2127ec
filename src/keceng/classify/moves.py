"""Who moved: every change of class against the run that was published before, as rows that are never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from keceng.classify.fingerprint import NO_ROWS_HASH, hash_of_rows, rows_hash
from keceng.lake import Column, Engine, Kernel, Step, Storage, Table, column, sql
from keceng.vocabulary import Text

MOVES = Table(
    "moves",
    Text("一次等级变化", "one change of class"),
    ("run_id", "customer_key"),
    (
        Column("run_id", Storage.TEXT),
        Column("earlier_run_id", Storage.TEXT),
        Column("as_of", Storage.DATE),
        Column("customer_key", Storage.INTEGER),
        Column("from_class", Storage.TEXT),
        Column("to_class", Storage.TEXT),
        Column("reason_code", Storage.TEXT),
    ),
)
Matrix = Mapping[str, Mapping[str, int]]
"""Heads from class to class."""
ARRIVALS, DEPARTURES, HEADS = "arrivals", "departures", "arrival_heads"
NEW, UNCLASSIFIED, GONE = "(new)", "(unclassified)", "(gone)"
"""Where a customer stands who was not in the earlier run, has no grade, or is no longer known at the later date.

A class id has no parentheses, so none of them is ever taken for a class.
"""

_FEW = 2_000
"""So many rows an engine need not be asked to hash."""
_EARLIER_SCHEMA = pa.schema([("customer_key", pa.int64()), ("grade", pa.string())])
NOTHING_EARLIER = _EARLIER_SCHEMA.empty_table()
"""The grades before a first run."""


@cache
def move_steps() -> tuple[Step, ...]:
    """`transitions`: per customer of the table `earlier` or the step `assigned`, from_class, to_class, reason_code; and heads of those."""
    known = sql(
        """
        select a.customer_key,
          case when e.customer_key is null then :new else coalesce(e.grade, :unclassified) end as from_class,
          coalesce(a.grade, :unclassified) as to_class, a.reason_code
        from assigned as a left join earlier as e on e.customer_key = a.customer_key
        """,
        new=NEW,
        unclassified=UNCLASSIFIED,
    )
    left = sql(
        """
        select e.customer_key, coalesce(e.grade, :unclassified) as from_class, :gone as to_class,
          cast(null as varchar) as reason_code
        from earlier as e where not exists (select 1 from assigned as a where a.customer_key = e.customer_key)
        """,
        unclassified=UNCLASSIFIED,
        gone=GONE,
    )
    every = sql(
        """
        select customer_key, from_class, to_class, reason_code from arrivals
        union all select customer_key, from_class, to_class, reason_code from departures
        """
    )
    return (
        Step(ARRIVALS, known, Text("现有客户的等级变化", "changes of class of who is here"), in_place=True),
        Step(
            DEPARTURES,
            left,
            Text("不再有的客户", "who is no longer here"),
            kernel=Kernel({"earlier": ("customer_key", "grade"), "assigned": ("customer_key",)}, _departed),
        ),
        Step("transitions", every, Text("等级变化", "changes of class"), in_place=True),
        Step(
            HEADS,
            sql("select from_class, to_class, count(*) as heads from arrivals group by from_class, to_class"),
            Text("现有客户的变化人数", "heads by change of who is here"),
        ),
    )


def _departed(earlier: pa.Table, assigned: pa.Table) -> pa.Table:
    left = earlier.slice(0, 0)
    if earlier.num_rows and not earlier["customer_key"].equals(assigned["customer_key"]):
        # By a search among sorted keys: a table of hashes would take fifty bytes for each.
        here, there = np.sort(assigned["customer_key"].to_numpy()), earlier["customer_key"].to_numpy()
        places = np.searchsorted(here, there)
        is_here = (
            here.take(places, mode="clip") == there if len(here) else np.zeros(len(there), dtype=np.bool_)
        )
        left = earlier.filter(pa.array(~is_here))
    texts = pc.fill_null(left["grade"].cast(pa.string()), UNCLASSIFIED)
    return pa.table(
        {
            "customer_key": left["customer_key"],
            "from_class": texts,
            "to_class": pa.array([GONE] * left.num_rows, pa.string()),
            "reason_code": pa.nulls(left.num_rows, pa.string()),
        }
    )


def count_moves(engine: Engine) -> Matrix:
    """Heads from class to class, those who stayed included; the sums are the customers of either side."""
    left = engine.fetch(_select(DEPARTURES, ("from_class", "to_class")))
    gone = left.group_by(["from_class", "to_class"]).aggregate([([], "count_all")])
    here = engine.fetch(_select(HEADS, ("from_class", "to_class", "heads")))
    matrix: dict[str, dict[str, int]] = {}
    for start, end, heads in sorted((*_rows(here), *_rows(gone))):
        matrix.setdefault(start, {})[end] = heads
    return matrix


def _rows(table: pa.Table) -> Iterator[tuple[str, str, int]]:
    return zip(*(table.column(place).to_pylist() for place in range(3)), strict=True)


@lru_cache(maxsize=8)
def _select(table: str, names: tuple[str, ...]) -> exp.Expr:
    return exp.select(*names).from_(table)


def has_moved(moves: Matrix) -> bool:
    """Whether anybody of a matrix of `count_moves` is in another class than before."""
    return any(heads for start, ends in moves.items() for end, heads in ends.items() if start != end)


def moves_hash(engine: Engine, moves: Matrix | None = None) -> str:
    """Order-independent, over (customer id, from, to) of those who moved; needs `transitions` and `identities`.

    Args:
        engine: holds the steps.
        moves: what `count_moves` counted in them, where that is known.
    """
    if not has_moved(count_moves(engine) if moves is None else moves):
        return NO_ROWS_HASH
    return rows_hash(engine, *_hashed())


def hash_moved(engine: Engine, moved: pa.Table) -> str:
    """What `moves_hash` gives, of the rows of `fetch_moves` at hand; of `identities` theirs are enough."""
    if not moved.num_rows:
        return NO_ROWS_HASH
    if moved.num_rows > _FEW:
        engine.give("moved", moved)
        return rows_hash(engine, _hashed()[0], _select("moved", ("*",)))
    known = engine.fetch(_select("identities", ("customer_key", "customer_id")))
    ids = dict(zip(known["customer_key"].to_pylist(), known["customer_id"].to_pylist(), strict=True))
    ends = (moved[name].to_pylist() for name in ("customer_key", "from_class", "to_class"))
    return hash_of_rows((ids.get(key), start, end) for key, start, end in zip(*ends, strict=True))


@cache
def _hashed() -> tuple[tuple[exp.Column, ...], exp.Expr]:
    moved = sql("select * from transitions where from_class <> to_class")
    return tuple(column(name) for name in ("customer_id", "from_class", "to_class")), moved


def fetch_moves(engine: Engine) -> pa.Table:
    """The rows of those who moved: customer_key, from_class, to_class, reason_code, in the order of keys."""
    here, gone = (engine.fetch(query) for query in _moved())
    return pa.concat_tables([here, gone.cast(here.schema)]).sort_by("customer_key")


@cache
def _moved() -> tuple[exp.Expr, exp.Expr]:
    names = "select customer_key, from_class, to_class, reason_code from"
    return sql(f"{names} arrivals where from_class <> to_class"), sql(f"{names} departures")
