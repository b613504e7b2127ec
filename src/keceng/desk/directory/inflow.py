"""数据: what came in and when, what is missing, what was turned away, and from which files a number comes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from sqlglot import exp

from keceng.collect import BATCHES, DESK_SOURCE, ENTITIES, INTERACTIONS, LEDGER, REJECTS, write_rejects
from keceng.desk.audit.actions import record
from keceng.desk.directory.important import IMPORTANT, Important
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import User
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.lake import Engine, Lake, Snapshot, Table, column, open_engine, sql
from keceng.measure import Measure, catalogue
from keceng.vocabulary import Text

SHOWN_ROWS = 5
_TABLES: Mapping[str, Table] = {table.name: table for table in LEDGER}
_MADE_FROM = {
    "orders": ("order_lines",),
    "purchase_day": ("order_lines",),
    "customers": ("customers", "order_lines"),
    "persons": ("customers", "order_lines"),
    "declared_measures": ("customers", "customer_summary"),
}
"""Tables that files of another name fill."""


@dataclass(frozen=True, slots=True)
class Source:
    """Everything of one kind that came from one system.

    Attributes:
        title: what one row is.
        file: the last file.
        imported_at: when it came, in UTC.
        batches: how many files in all.
        read, added, rejected: rows of the last file.
        first_on, last_on: of all files, the days that their rows tell of.
    """

    source: str
    entity: str
    title: Text
    file: str
    imported_at: dt.datetime
    batches: int
    read: int
    added: int
    rejected: int
    first_on: dt.date | None
    last_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Filled:
    """How complete a field is: rows that have it, of all rows, and what it is needed for."""

    field: Important
    filled: int
    total: int

    @property
    def share(self) -> float:
        """Filled of all."""
        return self.filled / self.total


@dataclass(frozen=True, slots=True)
class Turned:
    """Rows turned away for one reason in one file, and the first of their numbers."""

    batch_id: str
    file: str
    reason: Text
    rows: int
    shown: Sequence[int]


@dataclass(frozen=True, slots=True)
class Data:
    """What the screen shows.

    Attributes:
        sources: the stalest last.
        filled: the emptiest first; fields of tables that hold nothing are left out.
        turned: the most frequent first.
        logged: contacts logged at the desk that the ledger has, and the day of the last.
    """

    sources: Sequence[Source]
    filled: Sequence[Filled]
    turned: Sequence[Turned]
    logged: tuple[int, dt.date | None]


@dataclass(frozen=True, slots=True)
class Origin:
    """A table that a number reads, with the files that filled it."""

    table: str
    title: Text
    files: Sequence[Source]


def read_data(lake: Lake, user: User) -> Data:
    """What came in, what is missing, what was turned away.

    Raises:
        KecengError: `user` may not see it; the figures are those of the whole company.
    """
    require_duty(user, Duty.SEE_DATA)
    snapshot = lake.snapshot()
    engine = open_engine(
        snapshot, [BATCHES, REJECTS, INTERACTIONS, *{f.table: _TABLES[f.table] for f in IMPORTANT}.values()]
    )
    try:
        return Data(_sources(engine), _filled(engine), _turned(engine), _logged(engine))
    finally:
        engine.close()


def list_origins(lake: Lake, user: User, measure: str) -> Sequence[Origin]:
    """From which files a number comes; empty for one that nobody knows.

    Raises:
        KecengError: `user` may not see it.
    """
    require_duty(user, Duty.SEE_DATA)
    found = catalogue().get(measure)
    if found is None:
        return []
    engine = open_engine(lake.snapshot(), [BATCHES])
    try:
        files = _sources(engine, each_file=True)
    finally:
        engine.close()
    return [
        Origin(
            name,
            _TABLES[name].grain,
            [file for file in files if file.entity in _MADE_FROM.get(name, (name,))],
        )
        for name in found.inputs
    ]


def save_rejects(lake: Lake, path: Path, *, batch_id: str, signed: Signature) -> int:
    """Write the rows that are still rejected, of one file or of all for an empty `batch_id`; how many there are.

    Raises:
        KecengError: `signed.by` may not; rejected rows are as they came, names and phones in full.
    """
    require_duty(signed.by, Duty.TAKE_REJECTS)
    snapshot = lake.snapshot()
    wanted = [batch_id] if batch_id else _batch_ids(snapshot)
    rows = write_rejects(snapshot, wanted, path)
    with transaction.atomic():
        record("rejects.taken", signed, about="batch", about_id=batch_id or "*", new={"rows": rows})
    return rows


def _batch_ids(snapshot: Snapshot) -> list[str]:
    return list(snapshot.read(BATCHES)["batch_id"].to_pylist())


_SOURCES = """
select source, entity, arg_max(file, imported_at) as file, max(imported_at) as imported_at, count(*) as batches,
  arg_max(read, imported_at) as read, arg_max(added, imported_at) as added, arg_max(rejected, imported_at) as rejected,
  min(first_on) as first_on, max(last_on) as last_on
from batches group by source, entity, case when :each_file then batch_id end
order by imported_at desc, entity, source, file
"""


def _sources(engine: Engine, *, each_file: bool = False) -> list[Source]:
    rows = engine.fetch(sql(_SOURCES, each_file=each_file)).to_pylist()
    return [Source(**row, title=_title(row["entity"])) for row in rows]


def _title(entity: str) -> Text:
    return ENTITIES[entity].title if entity in ENTITIES else Text(entity, entity)


def _filled(engine: Engine) -> list[Filled]:
    found = []
    for name, fields in _by_table(IMPORTANT).items():
        counts = [exp.Count(this=column(f.column)).as_(f.column) for f in fields]
        query = exp.select(exp.Count(this=exp.Star()).as_("all_rows"), *counts).from_(name)
        row = engine.fetch(query).to_pylist()[0]
        found += [Filled(f, row[f.column], row["all_rows"]) for f in fields if row["all_rows"]]
    return sorted(found, key=lambda f: (f.share, f.field.table, f.field.column))


def _by_table(fields: Iterable[Important]) -> Mapping[str, list[Important]]:
    grouped: dict[str, list[Important]] = {}
    for field in fields:
        grouped.setdefault(field.table, []).append(field)
    return grouped


_TURNED = """
select r.batch_id, b.file, r.reason_zh, r.reason_en, count(*) as heads, list_sort(list(r.row_no))[1:5] as shown
from rejects as r join batches as b on b.batch_id = r.batch_id
where r.fixed_by is null group by r.batch_id, b.file, r.reason_zh, r.reason_en
order by heads desc, r.batch_id, r.reason_en
"""


def _turned(engine: Engine) -> list[Turned]:
    rows = engine.fetch(sql(_TURNED)).to_pylist()
    return [
        Turned(
            r["batch_id"],
            r["file"],
            Text(r["reason_zh"], r["reason_en"]),
            r["heads"],
            r["shown"][:SHOWN_ROWS],
        )
        for r in rows
    ]


def _logged(engine: Engine) -> tuple[int, dt.date | None]:
    query = sql(
        "select count(*) as heads, max(happened_on) as last_on from interactions where source = :desk",
        desk=DESK_SOURCE,
    )
    row = engine.fetch(query).to_pylist()[0]
    return row["heads"], row["last_on"]


def list_measures() -> Sequence[Measure]:
    """Every number of the catalogue, in its order."""
    return list(catalogue().values())
