"""Rows of every entity but sales → records of their tables; a record that comes again replaces itself."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from keceng.collect import tables
from keceng.collect.accounts import collect_accounts
from keceng.collect.batches import BatchOutcome, FileSeen, RowCounts, SourceBatch, count_duplicates
from keceng.collect.conversion import convert_cells, refuse_lost_phones
from keceng.collect.identity import (
    CUSTOMER_KINDS,
    changed_rows,
    fill_keys,
    key_customers,
    see_customers,
    write_customers,
)
from keceng.collect.readings import CellKind
from keceng.collect.record_rules import RECORD_RULES, RecordRule
from keceng.collect.rejects import Rejected, note_rejects, write_reject_rows
from keceng.collect.sales import SalesOptions
from keceng.collect.side_records import write_settlements, write_texts
from keceng.collect.words import OUTCOME
from keceng.lake import Engine, Step, UnitOfWork, open_engine, sql
from keceng.vocabulary import Text

_PARTIES = {
    "customer_id": CellKind.PARTY_CODE,
    "customer_name": CellKind.PARTY_NAME,
    "from_customer_id": CellKind.PARTY_CODE,
    "to_customer_id": CellKind.PARTY_CODE,
}
_EXTRAS = {
    "content": CellKind.TEXT,
    "contact_id": CellKind.CODE,
    "contact_name": CellKind.TEXT,
    "reports_to": CellKind.TEXT,
    "balance": CellKind.CENTS,
    "received_amount": CellKind.CENTS,
    "settled_on": CellKind.DAY,
    "project_name": CellKind.TEXT,
}

_READ = {tables.CUSTOMERS, tables.PERSONS, tables.CONTACTS, tables.PAYMENTS, tables.REJECTS, tables.TEXTS}


def collect_records(work: UnitOfWork, batch: SourceBatch, options: SalesOptions) -> BatchOutcome:
    """Judge every row of the table, create the customers it names, then write the records that are new or changed.

    Raises:
        KecengError: telephone numbers lost their digits in a spreadsheet.
    """
    if batch.mapping.entity in {"customers", "customer_summary"}:
        return collect_accounts(work, batch, options)
    rule = RECORD_RULES[batch.mapping.entity]
    engine = open_engine(work.current(), {*_READ, rule.table})
    try:
        _read_cells(engine, batch, rule, options)
        _judge(engine, batch, rule)
        rejected = note_rejects(engine, batch)
        _key_parties(engine, batch, rule)
        _make_records(engine, batch, rule)
        return _write(engine, work, batch, rule=rule, rejected=rejected, options=options)
    finally:
        engine.close()


def _read_cells(engine: Engine, batch: SourceBatch, rule: RecordRule, options: SalesOptions) -> None:
    """Make `record_cells`: row_no, the parties, one column per column of the table, and what goes elsewhere."""
    kinds = dict(_PARTIES)
    kinds |= {name: kind for name, kind in CUSTOMER_KINDS.items() if batch.mapping.column(name)}
    kinds |= _EXTRAS
    kinds |= dict(rule.columns.values())
    if rule.identity_field:
        kinds[rule.identity_field] = CellKind.CODE
    converted = convert_cells(engine, batch.table, batch.mapping, kinds=kinds)
    if not options.rejects_lost_phones:
        refuse_lost_phones(converted.failures, batch.table, batch.mapping)
    data = converted.data
    for column, (source, _) in rule.columns.items():
        if column not in data.column_names:
            data = data.append_column(column, data[source])
    code = data[rule.identity_field] if rule.identity_field else pa.nulls(data.num_rows, pa.string())
    engine.give("typed_cells", data.append_column("record_code", code))
    engine.give("cell_failures", converted.failures)


def _judge(engine: Engine, batch: SourceBatch, rule: RecordRule) -> None:
    """Make `record_cells` with fallbacks and ids, and `line_failures`."""
    filled = {
        column: f"coalesce({', '.join((f'c.{column}', *(_operand(f) for f in others)))})"
        for column, others in rule.fallbacks.items()
        if column in rule.columns
    }
    if rule.table is tables.OPPORTUNITIES:
        filled["outcome"] = f"coalesce(c.outcome, {_STAGE_OUTCOME})"
    replaced = ", ".join(f"{expression} as {column}" for column, expression in filled.items())
    excluded = f" exclude ({', '.join(filled)})" if filled else ""
    query = f"""
        select c.*{excluded}{", " + replaced if replaced else ""},
            coalesce(c.customer_id, c.customer_name) as source_id,
            {_record_id(rule)} as record_id
        from typed_cells c"""  # noqa: S608  constant names
    engine.run([Step("record_cells", sql(query), Text("记录", "records"))])
    engine.run([Step("line_failures", sql(_failure_query(batch, rule)), Text("退回的行", "rejected rows"))])


def _listed(code: str) -> str:
    return ", ".join(f"'{word}'" for word, meaning in OUTCOME.items() if meaning == code)


_STAGE_OUTCOME = f"""
    case when lower(c.stage) in ({_listed("won")}) then 'won' when lower(c.stage) in ({_listed("lost")}) then 'lost' end
"""


def _operand(name: str) -> str:
    return name if name.startswith("'") else f"c.{name}"


def _record_id(rule: RecordRule) -> str:
    """The record's own id; without one its content, numbered among equal rows."""
    if rule.identity is None:
        return "cast(null as varchar)"
    spare = {
        "products": "c.name",
        "contacts": "coalesce(c.customer_id, c.customer_name) || '/' || c.contact_name",
        "projects": "c.project_name",
    }.get(rule.table.name)
    if spare:
        return f"coalesce(c.record_code, {spare})"
    told = ", ".join(f"coalesce(cast(c.{name} as varchar), '')" for name in rule.columns)
    content = f"concat_ws(chr(31), coalesce(c.customer_id, c.customer_name, ''), {told})"
    return (
        f"coalesce(c.record_code, '@' || md5({content}) || '-' || cast(row_number() over "
        f"(partition by c.record_code, {content} order by c.row_no) as varchar))"
    )


def _failure_query(batch: SourceBatch, rule: RecordRule) -> str:
    parts = ['select row_no, "column", value, code from cell_failures']
    parts += [
        f"select row_no, cast(null as varchar), cast(null as varchar), '{code}' from record_cells where {column} is null "  # noqa: S608
        "and row_no not in (select row_no from cell_failures)"
        for column, code in rule.needs.items()
    ]
    missing = "select row_no, cast(null as varchar), cast(null as varchar), '{}' from record_cells where {}"
    if rule.needs_customer:
        parts.append(missing.format("missing_customer", "source_id is null"))
    if rule.table is tables.RELATIONS:
        parts.append(missing.format("missing_customer", "from_customer_id is null or to_customer_id is null"))
        parts.append(missing.format("self_relation", "from_customer_id = to_customer_id"))
    if rule.identity_field and (batch.mapping.column(rule.identity_field) or rule.table is tables.CONTACTS):
        parts.append(missing.format("missing_key", "record_id is null"))
    parts.append(
        "select row_no, cast(null as varchar), record_id, 'repeated_key' from ("  # noqa: S608  constant names
        f"select r.row_no, r.record_id, count(distinct concat_ws(chr(31), {_texts(('source_id', *rule.columns))})) "
        f"over (partition by {', '.join(_key_cells(rule))}) as forms from record_cells r) where forms > 1"
    )
    return " union all ".join(parts)


_KEY_CELLS = {
    "customer_key": "source_id",
    "from_key": "from_customer_id",
    "to_key": "to_customer_id",
    "contact_key": "record_id",
}


def _key_cells(rule: RecordRule) -> list[str]:
    """The cells that make a record's key before customers have theirs."""
    names = (
        "record_id" if k == rule.identity else _KEY_CELLS.get(k, k) for k in rule.table.key if k != "source"
    )
    return [f"r.{name}" for name in names]


def _texts(columns: Iterable[str]) -> str:
    return ", ".join(f"coalesce(cast(r.{name} as varchar), '')" for name in columns)


_RELATION_PARTIES = """
select from_customer_id as source_id, from_customer_id as customer_id, since_on from accepted_cells
union all
select to_customer_id, to_customer_id, since_on from accepted_cells
"""


def _key_parties(engine: Engine, batch: SourceBatch, rule: RecordRule) -> None:
    """Make `accepted_cells` and the keys of every customer they name."""
    accepted = sql("select r.* from record_cells r anti join line_failures f on f.row_no = r.row_no")
    engine.run([Step("accepted_cells", accepted, Text("接受的行", "accepted rows"))])
    mapped = [name for name in ("customer_name", *CUSTOMER_KINDS) if batch.mapping.column(name)]
    rows = "accepted_cells"
    if rule.table is tables.RELATIONS:
        rows, mapped = "party_cells", []
        engine.run([Step(rows, sql(_RELATION_PARTIES), Text("关系双方", "both sides of a relation"))])
    own = _OWN_FIELDS.get(rule.table.name, ())
    see_customers(engine, rows, [m for m in mapped if m not in own], first_on=rule.dated)
    key_customers(engine, batch)


_OWN_FIELDS = {
    "contacts": ("phone",),
    "complaints": ("owner",),
    "opportunities": ("owner",),
    "projects": (),
}
"""Fields of a customer that, in these tables, belong to the record."""

_CONTACT_KEYS = """
select a.record_id, coalesce(min(c.contact_key), min(f.contact_key)) as contact_key
from accepted_cells a
left join contacts c on c.source = :source and c.source_id = a.record_id
left join former_contacts f on f.source_id = a.record_id
group by a.record_id
"""

_SUPERIORS = """
with people as (
    select customer_key, source_id, name, contact_key from contacts where source = :source
    union all
    select k.customer_key, a.record_id, a.name, c.contact_key
    from accepted_cells a join contact_keys c on c.record_id = a.record_id join customer_keys k on k.source_id = a.source_id
)
select a.row_no, min(p.contact_key) as superior_key
from accepted_cells a join customer_keys k on k.source_id = a.source_id
join people p on p.customer_key = k.customer_key and (p.source_id = a.reports_to or p.name = a.reports_to)
where a.reports_to is not null
group by a.row_no
"""

_MENTIONED = """
select a.row_no, min(c.contact_key) as contact_key
from accepted_cells a join customer_keys k on k.source_id = a.source_id
join contacts c on c.customer_key = k.customer_key and (c.source_id = a.contact_id or c.name = a.contact_name)
group by a.row_no
"""


def _make_records(engine: Engine, batch: SourceBatch, rule: RecordRule) -> None:
    """Make `record_rows`: `row_no` and the columns of the table, keys resolved."""
    expressions = {c.name: f"a.{c.name}" for c in rule.table.columns if c.name in rule.columns}
    joins = "left join customer_keys k on k.source_id = a.source_id"
    if rule.identity:
        expressions[rule.identity] = "a.record_id"
    expressions |= {"source": ":source", "customer_key": "k.customer_key"}
    if rule.table is tables.RELATIONS:
        expressions |= {"from_key": "f.customer_key", "to_key": "t.customer_key"}
        joins += (
            " join customer_keys f on f.source_id = a.from_customer_id"
            " join customer_keys t on t.source_id = a.to_customer_id"
        )
    if rule.table is tables.CONTACTS:
        _key_contacts(engine, batch)
        expressions |= {"contact_key": "c.contact_key", "reports_to_key": "s.superior_key"}
        joins += (
            " join contact_keys c on c.record_id = a.record_id left join superiors s on s.row_no = a.row_no"
        )
    if rule.table is tables.INTERACTIONS:
        engine.run([Step("mentioned", sql(_MENTIONED), Text("对应的联系人", "contacts mentioned"))])
        expressions["contact_key"] = "m.contact_key"
        joins += " left join mentioned m on m.row_no = a.row_no"
    told = ", ".join(f"{expressions[name]} as {name}" for name in rule.table.column_names)
    query = f"select a.row_no, {told} from accepted_cells a {joins}"  # noqa: S608  constant names
    fillings = {"source": batch.source} if "source" in rule.table.column_names else {}
    engine.run([Step("record_rows", sql(query, **fillings), Text("要写的记录", "records to write"))])


def _key_contacts(engine: Engine, batch: SourceBatch) -> None:
    engine.give("former_contacts", batch.former.contacts_of(batch.source))
    known = engine.fetch(sql(_CONTACT_KEYS, source=batch.source))
    engine.give("contact_keys", known.set_column(1, "contact_key", fill_keys(known["contact_key"])))
    engine.run(
        [Step("superiors", sql(_SUPERIORS, source=batch.source), Text("上级联系人", "contacts reported to"))]
    )


def _write(
    engine: Engine,
    work: UnitOfWork,
    batch: SourceBatch,
    *,
    rule: RecordRule,
    rejected: Rejected,
    options: SalesOptions,
) -> BatchOutcome:
    proposed = engine.fetch(sql(f"select {', '.join(rule.table.column_names)} from record_rows"))  # noqa: S608
    changed = changed_rows(engine, rule.table, _without_loss(engine, rule, proposed))
    counts = _count_rows(engine, rule, changed)
    is_changed = bool(counts["added"] or counts["updated"])
    if is_changed:
        write_customers(engine, work, batch.source, flags_parties=batch.flags_parties)
        work.merge(rule.table, changed)
        write_texts(engine, work, rule)
        if rule.table is tables.INVOICES:
            write_settlements(engine, work, batch, import_day=options.import_day)
    if rejected.codes and (is_changed or not batch.known_as) and batch.correction_of is None:
        write_reject_rows(engine, work)
    return _outcome(engine, batch, rule=rule, counts=counts, rejected=rejected)


def _without_loss(engine: Engine, rule: RecordRule, proposed: pa.Table) -> pa.Table:
    """Known records keep what this file does not say."""
    engine.give("told_records", proposed)
    name = rule.table.name
    on = " and ".join(f'o."{k}" is not distinct from n."{k}"' for k in rule.table.key)
    columns = ", ".join(f'coalesce(n."{c}", o."{c}") as "{c}"' for c in rule.table.column_names)
    return engine.fetch(sql(f'select {columns} from told_records n left join "{name}" o on {on}'))  # noqa: S608


def _count_rows(engine: Engine, rule: RecordRule, changed: pa.Table) -> dict[str, int]:
    """Accepted rows by state; of equal rows the first counts, the others change nothing."""
    engine.give("changed_records", changed)
    keys = rule.table.key
    same = {
        alias: " and ".join(f'{alias}."{k}" is not distinct from r."{k}"' for k in keys)
        for alias in ("c", "o")
    }
    query = f"""
        with placed as (
            select *, row_number() over (partition by {", ".join(f'"{k}"' for k in keys)} order by row_no) as place
            from record_rows
        ),
        judged as (
            select r.row_no, r.place,
                exists (select 1 from changed_records c where {same["c"]}) as is_changed,
                exists (select 1 from "{rule.table.name}" o where {same["o"]}) as is_known
            from placed r
        )
        select
            count(*) filter (where place = 1 and is_changed and not is_known) as added,
            count(*) filter (where place = 1 and is_changed and is_known) as updated,
            count(*) filter (where place > 1 or not is_changed) as unchanged
        from judged"""  # noqa: S608  constant names
    row = engine.fetch(sql(query)).to_pylist()[0]
    return {state: int(count) for state, count in row.items()}


def _outcome(
    engine: Engine, batch: SourceBatch, *, rule: RecordRule, counts: dict[str, int], rejected: Rejected
) -> BatchOutcome:
    table = batch.table
    is_changed = bool(counts["added"] or counts["updated"])
    return BatchOutcome(
        batch.batch_id if is_changed else batch.known_as or batch.batch_id,
        RowCounts(
            read=table.row_count,
            rejected=sum(rejected.codes.values()),
            duplicate_lines=count_duplicates(engine, table),
            **counts,
        ),
        rejected.codes,
        _seen(engine, batch, rule),
        changes_facts=is_changed,
        first_reject=rejected.first,
        rejected_row_no=rejected.row_no,
    )


def _seen(engine: Engine, batch: SourceBatch, rule: RecordRule) -> FileSeen:
    day = rule.dated or "cast(null as date)"
    amount = "cast(sum(amount) as bigint)" if "amount" in rule.columns else "cast(null as bigint)"
    query = f"""
        select min({day}) as first_on, max({day}) as last_on, count(distinct source_id) as customers,
            {amount} as total_cents
        from accepted_cells"""  # noqa: S608  constant names
    summary = engine.fetch(sql(query)).to_pylist()[0]
    return FileSeen(
        batch.table.file, batch.table.sheet, batch.mapping.entity, batch.table.row_count, **summary
    )
