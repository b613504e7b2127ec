"""Who moved from which class to which between two runs: a matrix in which every head is counted once.

Besides the classes there are three states: a customer is `(unclassified)` where the run knows it and gave it no grade, `(new)`
before it was known, `(gone)` where the later run does not know it any more. Sales take one row of each judged unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from keceng.classify import GONE, NEW, UNCLASSIFIED
from keceng.collect import PERSONS
from keceng.evaluate.stored_runs import StoredRun, read_run, tell_differences
from keceng.lake import Engine, Snapshot, Step, open_engine, sql
from keceng.standard import Unit
from keceng.vocabulary import Text

STATE_TITLES: Mapping[str, Text] = {
    NEW: Text("新出现", "new"),
    GONE: Text("不再出现", "gone"),
    UNCLASSIFIED: Text("未分级", "unclassified"),
}
MOST_FALLS = 200
"""Falls that are named; all are counted."""


@dataclass(frozen=True, slots=True)
class MoveCell:
    """The customers who went from one state to another.

    Attributes:
        heads: customers.
        before_cents, after_cents: their sales in the window of the earlier and of the later run.
    """

    heads: int
    before_cents: int
    after_cents: int


@dataclass(frozen=True, slots=True)
class Fall:
    """A customer who left the best class.

    Attributes:
        customer_key, customer_id: who; the id is None where the ledger no longer has one.
        customer_name: of an organisation; a person's name is not shown here.
        to_state: the class or state it is in now.
        before_cents, after_cents: its sales in the two windows; None where the run does not know it.
        reason: of its grade now; None where it has none.
    """

    customer_key: int
    customer_id: str | None
    customer_name: str | None
    from_class: str
    to_state: str
    before_cents: int | None
    after_cents: int | None
    reason: Text | None


@dataclass(frozen=True, slots=True)
class Migration:
    """All moves between two runs.

    Attributes:
        before, after: the runs.
        cells: by (state before, state after); pairs without anybody are not there.
        falls: those who left the best class of the earlier run, the greatest sales first, at most `MOST_FALLS`.
        fall_heads: how many left it.
        notes: what a reader must know first.
    """

    before: StoredRun
    after: StoredRun
    cells: Mapping[tuple[str, str], MoveCell]
    falls: tuple[Fall, ...]
    fall_heads: int
    notes: tuple[Text, ...]

    @property
    def from_states(self) -> tuple[str, ...]:
        """The rows of the matrix, classes in their order first."""
        return (*self.before.standard.grade.class_ids, UNCLASSIFIED, NEW)

    @property
    def to_states(self) -> tuple[str, ...]:
        """The columns of the matrix."""
        return (*self.after.standard.grade.class_ids, UNCLASSIFIED, GONE)

    def heads_from(self, state: str) -> int:
        """Everybody who was in `state`."""
        return sum(cell.heads for (a, _), cell in self.cells.items() if a == state)

    def heads_to(self, state: str) -> int:
        """Everybody who is in `state`."""
        return sum(cell.heads for (_, b), cell in self.cells.items() if b == state)

    @property
    def moved_heads(self) -> int:
        """Customers whose class is another one than before; those who came, went or had none are not among them."""
        classes = set(self.before.standard.grade.class_ids), set(self.after.standard.grade.class_ids)
        return sum(
            cell.heads
            for (a, b), cell in self.cells.items()
            if a != b and a in classes[0] and b in classes[1]
        )

    def title_of(self, state: str) -> Text:
        """A class or state as told to people."""
        if state in STATE_TITLES:
            return STATE_TITLES[state]
        for run in (self.after, self.before):
            if state in run.standard.grade.class_ids:
                return run.standard.grade.tier_class(state).title
        return Text(state, state)

    def to_document(self) -> dict[str, object]:
        """Plain JSON values, amounts in currency units."""
        return {
            "from": {"run_id": self.before.run_id, "as_of": self.before.as_of.isoformat()},
            "to": {"run_id": self.after.run_id, "as_of": self.after.as_of.isoformat()},
            "moves": self._nested(lambda cell: cell.heads),
            "sales_before": self._nested(lambda cell: cell.before_cents / 100),
            "sales_after": self._nested(lambda cell: cell.after_cents / 100),
            "customers": sum(cell.heads for cell in self.cells.values()),
            "moved": self.moved_heads,
            "falls": {"customers": self.fall_heads, "named": [_fall_document(f) for f in self.falls]},
            "notes": [{"zh": n.zh, "en": n.en} for n in self.notes],
        }

    def _nested(self, read: Callable[[MoveCell], float]) -> dict[str, dict[str, float]]:
        nested: dict[str, dict[str, float]] = {}
        for state in self.from_states:
            for to_state in self.to_states:
                if (cell := self.cells.get((state, to_state))) is not None:
                    nested.setdefault(state, {})[to_state] = read(cell)
        return nested


def migration_matrix(snapshot: Snapshot, run_a: str, run_b: str) -> Migration:
    """Every customer of either run, from its state in `run_a` to its state in `run_b`.

    Raises:
        KecengError: there is no such run.
    """
    before, after = read_run(snapshot, run_a), read_run(snapshot, run_b)
    with _moves_engine(snapshot, before, after) as engine:
        top = before.top_class
        falls = engine.fetch(sql(_FALLS, top=top, most=MOST_FALLS)).to_pylist()
        cells = read_cells(engine)
    return Migration(
        before=before,
        after=after,
        cells=cells,
        falls=tuple(_fall(row) for row in falls),
        fall_heads=sum(cell.heads for (a, b), cell in cells.items() if a == top != b),
        notes=tell_differences(before, after),
    )


def read_cells(engine: Engine) -> dict[tuple[str, str], MoveCell]:
    """The cells of the step `moves_between`."""
    return {
        (row["from_state"], row["to_state"]): MoveCell(row["heads"], row["before_cents"], row["after_cents"])
        for row in engine.fetch(sql(_CELLS)).to_pylist()
    }


def placed_query(run: StoredRun, table: str) -> exp.Select:
    """`customer_key`, `state` and `sales` (cents, once for each judged unit) of the rows of `run` given as `table`."""
    if run.standard.unit is Unit.GROUP:
        carries = sql(
            "row_number() over (partition by coalesce(unit_key, customer_key) "
            "order by case when unit_key = customer_key then 0 else 1 end, customer_key) = 1"
        )
    else:
        carries = sql("true")
    return exp.select(
        "customer_key",
        exp.alias_(sql("coalesce(grade, :none)", none=UNCLASSIFIED), "state"),
        exp.alias_(sql("case when :carries then coalesce(spend, 0) else 0 end", carries=carries), "sales"),
    ).from_(exp.to_table(table))


PLACED_COLUMNS = ("customer_key", "unit_key", "grade", "spend")
"""What `placed_query` reads of a run."""

_MOVES = """
select coalesce(a.customer_key, b.customer_key) as customer_key, coalesce(a.state, :new) as from_state,
  coalesce(b.state, :gone) as to_state, a.sales as sales_before, b.sales as sales_after
from placed_before as a full join placed_after as b on a.customer_key = b.customer_key
"""

_CELLS = """
select from_state, to_state, count(*) as heads, cast(coalesce(sum(sales_before), 0) as bigint) as before_cents,
  cast(coalesce(sum(sales_after), 0) as bigint) as after_cents
from moves_between group by from_state, to_state
"""

_FALLS = """
with named as (
  select customer_key, min(source_id) as customer_id, min(name) as customer_name from persons group by customer_key
)
select m.customer_key, named.customer_id, case when k.customer_kind = 'org' then named.customer_name end as customer_name,
  m.from_state, m.to_state, m.sales_before, m.sales_after,
  r.reason_zh, r.reason_en
from moves_between as m
left join named on named.customer_key = m.customer_key
left join given_before as k on k.customer_key = m.customer_key
left join given_after as r on r.customer_key = m.customer_key
where m.from_state = :top and m.to_state <> :top
order by m.sales_before desc, m.customer_key limit :most
"""


def moves_steps(before: StoredRun, after: StoredRun) -> list[Step]:
    """`placed_before`, `placed_after`, `moves_between`; `given_before` and `given_after` stand ready."""
    return [
        Step("placed_before", placed_query(before, "given_before"), Text("前一次的等级", "grades before")),
        Step("placed_after", placed_query(after, "given_after"), Text("后一次的等级", "grades after")),
        Step(
            "moves_between", sql(_MOVES, new=NEW, gone=GONE), Text("两次之间的变动", "moves between the two")
        ),
    ]


@contextmanager
def _moves_engine(snapshot: Snapshot, before: StoredRun, after: StoredRun) -> Iterator[Engine]:
    engine = open_engine(snapshot, [PERSONS])
    try:
        engine.give("given_before", before.read((*PLACED_COLUMNS, "customer_kind")))
        engine.give("given_after", after.read((*PLACED_COLUMNS, "reason_zh", "reason_en")))
        engine.run(moves_steps(before, after))
        yield engine
    finally:
        engine.close()


def _fall(row: Mapping[str, Any]) -> Fall:
    has_reason = row["reason_zh"] is not None
    return Fall(
        customer_key=row["customer_key"],
        customer_id=row["customer_id"],
        customer_name=row["customer_name"],
        from_class=row["from_state"],
        to_state=row["to_state"],
        before_cents=row["sales_before"],
        after_cents=row["sales_after"],
        reason=Text(row["reason_zh"], row["reason_en"]) if has_reason else None,
    )


def _fall_document(fall: Fall) -> dict[str, object]:
    return {
        "customer_id": fall.customer_id,
        "customer_name": fall.customer_name,
        "from": fall.from_class,
        "to": fall.to_state,
        "sales_before": None if fall.before_cents is None else fall.before_cents / 100,
        "sales_after": None if fall.after_cents is None else fall.after_cents / 100,
        "reason": None if fall.reason is None else {"zh": fall.reason.zh, "en": fall.reason.en},
    }
