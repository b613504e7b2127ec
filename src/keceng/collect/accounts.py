"""Files with one row per customer: master data to customers and persons, stated numbers to declared measures."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from keceng.collect.batches import BatchOutcome, FileSeen, RowCounts, SourceBatch, count_duplicates
from keceng.collect.conversion import FAILURES, convert_cells, convert_column, refuse_lost_phones
from keceng.collect.identity import (
    CUSTOMER_KINDS,
    changed_rows,
    key_customers,
    see_customers,
    write_customers,
)
from keceng.collect.readings import CellKind
from keceng.collect.rejects import Rejected, note_rejects, write_reject_rows
from keceng.collect.sales import SalesOptions
from keceng.collect.source import ROW_NO, ColumnMapping
from keceng.collect.tables import CUSTOMERS, DECLARED_MEASURES, PERSONS, REJECTS
from keceng.lake import Engine, Step, UnitOfWork, open_engine, sql
from keceng.vocabulary import Kind, Text

_IDENTITY = {
    "customer_id": CellKind.PARTY_CODE,
    "customer_name": CellKind.PARTY_NAME,
    "customer_status": CellKind.TEXT,
}

_DECLARED_KINDS = {
    Kind.MONEY: CellKind.CENTS,
    Kind.COUNT: CellKind.WHOLE,
    Kind.DAYS: CellKind.WHOLE,
    Kind.RATIO: CellKind.PARTS,
    Kind.SCORE: CellKind.PARTS,
    Kind.DATE: CellKind.DAY,
    Kind.FLAG: CellKind.FLAG,
    Kind.CATEGORY: CellKind.TEXT,
}

_FAILURES = """
select row_no, "column", value, code from cell_failures
union all
select row_no, cast(:header as varchar), cast(null as varchar), 'missing_customer' from account_cells
where coalesce(customer_id, customer_name) is null
"""

_ACCEPTED = """
select a.*, coalesce(a.customer_id, a.customer_name) as source_id
from account_cells a anti join line_failures f on f.row_no = a.row_no
"""

_DECLARED = """
select k.customer_key, d.measure, d.kind, d.stated_on, cast(:source as varchar) as source,
    arg_max(d.amount, d.row_no) as amount, arg_max(d.category, d.row_no) as category, max(d.row_no) as row_no
from declared_cells d
join accepted_cells a on a.row_no = d.row_no
join customer_keys k on k.source_id = a.source_id
group by k.customer_key, d.measure, d.kind, d.stated_on
"""

_STATES = """
with touched as (
    select customer_key from changed_customers
    union select customer_key from changed_persons
    union select customer_key from changed_declared
),
rows_seen as (
    select a.row_no, k.customer_key, k.is_new,
        row_number() over (partition by k.customer_key order by a.row_no) as place
    from accepted_cells a join customer_keys k on k.source_id = a.source_id
)
select
    count(*) filter (where place = 1 and r.is_new) as added,
    count(*) filter (where place = 1 and not r.is_new and t.customer_key is not null) as updated,
    count(*) filter (where place > 1 or (not r.is_new and t.customer_key is null)) as unchanged
from rows_seen r left join touched t on t.customer_key = r.customer_key
"""


def collect_accounts(work: UnitOfWork, batch: SourceBatch, options: SalesOptions) -> BatchOutcome:
    """Judge every row, then write the customers and the numbers stated about them that are new or changed.

    Raises:
        KecengError: telephone numbers lost their digits in a spreadsheet.
    """
    engine = open_engine(work.current(), [CUSTOMERS, PERSONS, DECLARED_MEASURES, REJECTS])
    try:
        _judge(engine, batch, options)
        rejected = note_rejects(engine, batch)
        mapped = [name for name in ("customer_name", *CUSTOMER_KINDS) if batch.mapping.column(name)]
        if batch.mapping.column("status"):
            mapped.append("customer_status")
        see_customers(
            engine, "accepted_cells", mapped, first_on="created_on" if "created_on" in mapped else None
        )
        key_customers(engine, batch)
        return _write(engine, work, batch, rejected)
    finally:
        engine.close()


def _judge(engine: Engine, batch: SourceBatch, options: SalesOptions) -> None:
    """Make `account_cells`, `declared_cells`, `line_failures` and `accepted_cells`."""
    kinds = _IDENTITY | {name: kind for name, kind in CUSTOMER_KINDS.items() if batch.mapping.column(name)}
    converted = convert_cells(engine, batch.table, batch.mapping, kinds=kinds)
    data = converted.data
    if status := batch.mapping.column("status"):
        told, _ = convert_column(engine, batch.table, status, CellKind.TEXT)
        data = data.set_column(data.column_names.index("customer_status"), "customer_status", told)
    if not options.rejects_lost_phones:
        refuse_lost_phones(converted.failures, batch.table, batch.mapping)
    declared, failures = _read_declared(engine, batch, options.import_day)
    engine.give("account_cells", data)
    engine.give("declared_cells", declared)
    engine.give("cell_failures", pa.concat_tables([converted.failures, failures]))
    customer = batch.mapping.column("customer_id") or batch.mapping.column("customer_name")
    header = customer.header if customer else None
    engine.run(
        [
            Step("line_failures", sql(_FAILURES, header=header), Text("退回的行", "rejected rows")),
            Step("accepted_cells", sql(_ACCEPTED), Text("接受的行", "accepted rows")),
        ]
    )


_DECLARED_CELLS = pa.schema(
    [
        (ROW_NO, pa.int64()),
        ("measure", pa.string()),
        ("kind", pa.string()),
        ("amount", pa.int64()),
        ("category", pa.string()),
        ("stated_on", pa.date32()),
    ]
)


def _read_declared(engine: Engine, batch: SourceBatch, import_day: dt.date) -> tuple[pa.Table, pa.Table]:
    """One row per filled cell that states a number: amounts in stored parts, dates as days since 1970-01-01."""
    parts, failed = [_DECLARED_CELLS.empty_table()], [FAILURES.empty_table()]
    for column in batch.mapping.declared_columns:
        if column.declared is None:
            continue
        kind = _DECLARED_KINDS[column.declared.kind]
        typed, failures = convert_column(engine, batch.table, column, kind)
        failed.append(failures)
        parts.append(_declared_cells(batch, column, typed, import_day))
    return pa.concat_tables(parts), pa.concat_tables(failed)


def _declared_cells(
    batch: SourceBatch, column: ColumnMapping, typed: pa.Array, import_day: dt.date
) -> pa.Table:
    declared = column.declared
    if declared is None:
        return _DECLARED_CELLS.empty_table()
    count = len(typed)
    nothing = {"amount": pa.nulls(count, pa.int64()), "category": pa.nulls(count, pa.string())}
    told = {"category": typed} if declared.kind is Kind.CATEGORY else {"amount": _as_amount(typed)}
    cells = {
        ROW_NO: batch.table.data[ROW_NO].combine_chunks(),
        "measure": pa.array([declared.measure] * count, pa.string()),
        "kind": pa.array([declared.kind.value] * count, pa.string()),
        **nothing,
        **told,
        "stated_on": pa.array([declared.ends_on or import_day] * count, pa.date32()),
    }
    return pa.table(cells, schema=_DECLARED_CELLS).filter(typed.is_valid())


def _as_amount(typed: pa.Array) -> pa.Array:
    if pa.types.is_date32(typed.type):
        return typed.cast(pa.int32()).cast(pa.int64())
    return typed.cast(pa.int64())


def _write(engine: Engine, work: UnitOfWork, batch: SourceBatch, rejected: Rejected) -> BatchOutcome:
    written = write_customers(engine, work, batch.source, flags_parties=batch.flags_parties)
    declared = engine.fetch(sql(_DECLARED, source=batch.source))
    changed = changed_rows(engine, DECLARED_MEASURES, declared)
    work.merge(DECLARED_MEASURES, changed)
    engine.give("changed_customers", written.customers)
    engine.give("changed_persons", written.persons)
    engine.give("changed_declared", changed)
    counts = {state: int(count) for state, count in engine.fetch(sql(_STATES)).to_pylist()[0].items()}
    is_changed = bool(counts["added"] or counts["updated"])
    if rejected.codes and (is_changed or not batch.known_as) and batch.correction_of is None:
        write_reject_rows(engine, work)
    table = batch.table
    rows = RowCounts(
        read=table.row_count,
        rejected=sum(rejected.codes.values()),
        duplicate_lines=count_duplicates(engine, table),
        **counts,
    )
    return BatchOutcome(
        batch.batch_id if is_changed else batch.known_as or batch.batch_id,
        rows,
        rejected.codes,
        _seen(engine, batch),
        changes_facts=is_changed,
        first_reject=rejected.first,
        rejected_row_no=rejected.row_no,
    )


_SUMS = """
select d.measure, cast(sum(d.amount) as bigint) as cents from declared_cells d join accepted_cells a on a.row_no = d.row_no
where d.kind = 'money' group by d.measure
"""


def _seen(engine: Engine, batch: SourceBatch) -> FileSeen:
    counted = sql("select count(distinct source_id) as customers from accepted_cells")
    sums = {row["measure"]: int(row["cents"]) for row in engine.fetch(sql(_SUMS)).to_pylist()}
    stated = [(c.header, c.declared.measure) for c in batch.mapping.declared_columns if c.declared]
    return FileSeen(
        batch.table.file,
        batch.table.sheet,
        batch.mapping.entity,
        batch.table.row_count,
        customers=engine.fetch(counted)["customers"][0].as_py(),
        column_sums=tuple((header, sums[measure]) for header, measure in stated if measure in sums),
    )
