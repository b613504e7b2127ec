"""Tables with their mappings → the ledger: what an import does, and what making the ledger again does once more."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from keceng.collect.batches import BatchOutcome, SourceBatch, write_batch
from keceng.collect.identity import merge_changed
from keceng.collect.preparation import remembered_of
from keceng.collect.records import collect_records
from keceng.collect.sales import SalesOptions, collect_sales
from keceng.collect.tables import BATCHES, SOURCES
from keceng.collect.watching import Watch
from keceng.lake import Snapshot, UnitOfWork, open_engine, sql
from keceng.vocabulary import Text

_FIRST = ("products", "customers", "contacts", "order_lines")
_KNOWN_BATCH = """
select batch_id, imported_at from batches
where source = :source and digest = :scope and entity = :entity order by imported_at, added desc, batch_id limit 1
"""


@dataclass(frozen=True, slots=True)
class ImportTerms:
    """What holds for all tables of one import.

    Attributes:
        import_id: names it.
        imported_at: when, in UTC without a zone.
        sales: how rows are judged and what an order that comes again means.
    """

    import_id: str
    imported_at: dt.datetime
    sales: SalesOptions


@dataclass(frozen=True, slots=True)
class Taken:
    """One table after it was taken in.

    Attributes:
        stands: whether it is a batch of the ledger; a table imported before that changed nothing is not.
    """

    batch: SourceBatch
    outcome: BatchOutcome
    stands: bool


def take_tables(
    work: UnitOfWork, batches: Sequence[SourceBatch], terms: ImportTerms, *, watch: Watch
) -> list[Taken]:
    """Take the tables of one import into the ledger, products and customers before the facts that name them.

    Raises:
        KecengError: see `collect_sales` and `collect_records`.
    """
    before = work.current()
    taken: dict[int, Taken] = {}
    for position, batch in sorted(enumerate(batches), key=lambda p: _turn(p[1])):
        name = batch.table.file
        watch(Text(f"核对并写入 {name}", f"checking and writing {name}"))
        taken[position] = _take_table(work, before, batch, terms.sales)
    for one in taken.values():
        if one.stands:
            write_batch(work, one.batch, one.outcome, imported_at=terms.imported_at)
    if any(one.outcome.changes_facts for one in taken.values()):
        _remember_source(work, batches)
    return [taken[position] for position in sorted(taken)]


def _turn(batch: SourceBatch) -> int:
    entity = batch.mapping.entity
    return _FIRST.index(entity) if entity in _FIRST else len(_FIRST)


def _take_table(work: UnitOfWork, before: Snapshot, batch: SourceBatch, sales: SalesOptions) -> Taken:
    batch, first_import = _recognise(before, batch)
    if batch.mapping.entity == "order_lines":
        outcome = collect_sales(work, batch, sales)
    else:
        batch = replace(batch, table=batch.table.held())
        outcome = collect_records(work, batch, replace(sales, import_day=first_import or sales.import_day))
    outcome = replace(outcome, assumed=batch.assumed)
    return Taken(batch, outcome, outcome.changes_facts or batch.known_as is None)


def _recognise(snapshot: Snapshot, batch: SourceBatch) -> tuple[SourceBatch, dt.date | None]:
    """The batch, marked as known with its first batch's id when this table was imported before, and the day of that."""
    engine = open_engine(snapshot, [BATCHES])
    query = sql(_KNOWN_BATCH, source=batch.source, scope=batch.scope, entity=batch.mapping.entity)
    found = engine.fetch(query).to_pylist()
    engine.close()
    if not found:
        return batch, None
    return replace(batch, known_as=found[0]["batch_id"]), found[0]["imported_at"].date()


def _remember_source(work: UnitOfWork, batches: Sequence[SourceBatch]) -> None:
    """Keep the mappings and the answers for the next file of this source."""
    source = batches[0].source
    known = remembered_of(work.current(), source)
    mappings = {batch.mapping.entity: batch.remembered for batch in batches}
    answers: dict[str, Mapping[str, str]] = {}
    for batch in batches:
        row = batch.answers_row
        answers[row] = {**answers.get(row, known.get(row, {})), **batch.said}
    records = [_source_record(source, entity, mapping, {}) for entity, mapping in mappings.items()]
    records += [_source_record(source, row, {}, said) for row, said in answers.items() if said]
    engine = open_engine(work.current(), [SOURCES])
    merge_changed(engine, work, SOURCES, pa.Table.from_pylist(records, schema=SOURCES.arrow_schema))
    engine.close()


def _source_record(
    source: str, entity: str, mapping: Mapping[str, str], answers: Mapping[str, str]
) -> dict[str, str]:
    return {
        "source": source,
        "entity": entity,
        "mapping": json.dumps(dict(mapping), ensure_ascii=False, sort_keys=True),
        "answers": json.dumps(dict(answers), ensure_ascii=False, sort_keys=True),
    }
