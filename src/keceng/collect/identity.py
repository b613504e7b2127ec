"""Who a row is about: source ids become random customer keys, names and phones go to `persons`, the rest to `customers`."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect import words
from keceng.collect.batches import SourceBatch
from keceng.collect.id_codes import id_code
from keceng.collect.line_content import TOLD_ID
from keceng.collect.parties import ANY_PARTY, PARTY_PATTERNS
from keceng.collect.readings import CellKind
from keceng.collect.tables import CUSTOMERS, PERSONS
from keceng.lake import Engine, Step, Table, UnitOfWork, column, in_one, sql
from keceng.vocabulary import Text

CUSTOMER_KINDS: Mapping[str, CellKind] = {
    "kind": CellKind.KIND,
    "role": CellKind.ROLE,
    "industry": CellKind.TEXT,
    "employees": CellKind.WHOLE,
    "own_turnover": CellKind.CENTS,
    "province": CellKind.TEXT,
    "city": CellKind.TEXT,
    "district": CellKind.TEXT,
    "region": CellKind.TEXT,
    "acquired_from": CellKind.TEXT,
    "owner": CellKind.TEXT,
    "class_legacy": CellKind.TEXT,
    "created_on": CellKind.DAY,
    "government_system": CellKind.GOVERNMENT_SYSTEM,
    "government_level": CellKind.GOVERNMENT_LEVEL,
    "short_name": CellKind.TEXT,
    "uscc": CellKind.CODE,
    "phone": CellKind.PHONE,
    "wechat": CellKind.TEXT,
    "address": CellKind.TEXT,
    "birth_year": CellKind.WHOLE,
    "birthday": CellKind.DAY,
    "sex": CellKind.SEX,
    "occupation": CellKind.TEXT,
    "parent_id": CellKind.PARTY_CODE,
    "parent_name": CellKind.PARTY_NAME,
}
"""What a row may say about its customer, and how each cell is read."""

_ABOUT_CUSTOMER = [
    "kind",
    "role",
    "industry",
    "employees",
    "own_turnover",
    "province",
    "city",
    "district",
    "region",
    "acquired_from",
    "owner",
    "class_legacy",
    "status",
    "created_on",
    "government_system",
    "government_level",
]
_ABOUT_PERSON = [
    "name",
    "short_name",
    "uscc",
    "phone",
    "wechat",
    "address",
    "birth_year",
    "sex",
    "occupation",
]
_SEEN_FIELDS = (*CUSTOMER_KINDS, "customer_status")

_CHILDREN = """
select r.*, coalesce(r.parent_id, r.parent_name, g."group") as parent_ref
from seen_rows r left join name_groups g on g.customer = r.customer_name
"""

_MISSING_PARENTS = """
select distinct parent_ref as source_id
from seen_children
where parent_ref is not null
    and parent_ref not in (
        select source_id from seen_children
        union all select customer_name from seen_children where customer_name is not null
        union all select source_id from persons where source = :source
        union all select name from persons where source = :source and name is not null)
"""

_NO_PARENTS = "select cast(null as varchar) as source_id where false"
_NO_PARENT_KEYS = "select cast(null as varchar) as source_id, cast(null as bigint) as parent_key where false"
"""The same and the next but one where nobody has a parent."""

_MATCHED = """
with unique_names as (
    select name, min(customer_key) as customer_key from persons
    where source = :source and name is not null group by name having count(distinct customer_key) = 1
)
select s.source_id, coalesce(p.customer_key, n.customer_key) as customer_key
from seen s
left join persons p on p.source = :source and p.source_id = s.source_id
left join unique_names n on s.is_named_only and n.name = s.source_id
"""

_RECALLED = """
select min(m.source_id) as source_id, f.customer_key
from matched_customers m join former_customers f on f.source_id = m.source_id
where m.customer_key is null
    and f.customer_key not in (select customer_key from persons)
    and f.customer_key not in (select customer_key from matched_customers where customer_key is not null)
group by f.customer_key
"""

_KNOWN_KEYS = """
select m.source_id, coalesce(m.customer_key, r.customer_key) as customer_key, m.customer_key is null as is_new,
    :told_id as told_id
from matched_customers m left join recalled_customers r on r.source_id = m.source_id
order by m.source_id
"""

_PARENTS = """
with names as (
    select source_id as reference, customer_key from customer_keys
    union all
    select s.customer_name, k.customer_key from seen s join customer_keys k on k.source_id = s.source_id
    where s.customer_name is not null
    union all
    select source_id, customer_key from persons where source = :source
    union all
    select name, customer_key from persons where source = :source and name is not null
)
select s.source_id, min(n.customer_key) as parent_key
from seen s join names n on n.reference = s.parent_ref
join customer_keys k on k.source_id = s.source_id and k.customer_key <> n.customer_key
group by s.source_id
"""


def _merged(names: Iterable[str], old: str) -> str:
    return " ".join(f"coalesce(s.{name}, {old}.{name}) as {name}," for name in names)


def _compose(query: str, **parts: str) -> str:
    for name, part in parts.items():
        query = query.replace(f"<{name}>", part)
    return query


_CUSTOMER_ROWS = """
with marked as (
    select s.*, k.customer_key, p.parent_key,
        concat_ws(' ', s.source_id, s.customer_name, s.role, s.class_legacy) as described,
        lower(trim(coalesce(s.customer_name, s.source_id))) as called
    from seen s
    join customer_keys k on k.source_id = s.source_id
    left join parent_keys p on p.source_id = s.source_id
),
looked_at as materialized (
    select *, case when :flags_parties then regexp_matches(concat_ws(chr(10), called, source_id, described), :any_party)
        else false end as may_be_party
    from marked
),
judged as (
    select *,
        :flags_parties and (coalesce(s.kind_word = 'bucket', false) or case when may_be_party
            then regexp_matches(called, :bucket) or regexp_matches(source_id, :bucket) else false end) as marks_bucket,
        :flags_parties and (coalesce(s.kind_word = 'related_party', false)
            or case when may_be_party then regexp_matches(described, :related_party) else false end) as marks_related,
        :flags_parties and (coalesce(s.kind_word = 'supplier', false) or coalesce(s.role = 'supplier', false)
            or case when may_be_party then regexp_matches(described, :supplier) else false end) as marks_supplier,
        case when regexp_matches(called, :organisation_words) then 'org' end as kind_by_name
    from looked_at s
),
folded as (
    select customer_key, max(parent_key) as parent_key, min(first_on) as first_on,
        coalesce(bool_or(marks_bucket), false) as marks_bucket,
        coalesce(bool_or(marks_related), false) as marks_related,
        coalesce(bool_or(marks_supplier), false) as marks_supplier,
        max(kind_by_name) as kind_by_name,
        <told>
    from judged group by customer_key
)
select s.customer_key, <merged>
    coalesce(s.kind, c.kind, s.kind_by_name) as kind,
    coalesce(s.parent_key, c.parent_key) as parent_key,
    least(s.first_on, c.first_seen_on) as first_seen_on,
    coalesce(c.is_bucket, false) or s.marks_bucket as is_bucket,
    coalesce(c.is_related_party, false) or s.marks_related as is_related_party,
    coalesce(c.is_supplier, false) or s.marks_supplier as is_supplier
from folded s left join customers c on c.customer_key = s.customer_key
"""

_PERSON_ROWS = """
select s.source_id, cast(:source as varchar) as source, k.customer_key, :id_code as id_code, <merged>
    coalesce(s.name, p.name) as name
from seen s
join customer_keys k on k.source_id = s.source_id
left join persons p on p.source = :source and p.source_id = s.source_id
"""


def see_customers(engine: Engine, rows: str, mapped: Iterable[str], *, first_on: str | None = None) -> None:
    """Make the step `seen_rows`: one row per source id of the step `rows`, with what its rows say about the customer.

    `rows` has `source_id`, `customer_id`, `customer_name` and the `mapped` fields of `CUSTOMER_KINDS`; of several
    different texts the one on the latest `first_on` day stands, of those the greatest, so row order never matters.
    """
    fields = ("customer_name", *_SEEN_FIELDS)
    present = [name for name in fields if name in set(mapped)]
    order = f"coalesce(cast({first_on} as varchar), '')" if first_on else "''"
    told = "".join(f", {_latest(name, order)} as {name}" for name in present)
    seen_on = f"min({first_on})" if first_on else "cast(null as date)"
    query = (
        f"select source_id, bool_and(customer_id is null) as is_named_only, {seen_on} as first_on{told} "  # noqa: S608  constant names
        f"from {rows} where source_id is not null group by source_id"
    )
    engine.run([Step("told_customers", sql(query), Text("出现的客户", "customers seen"))])
    show_seen(engine, present)


def show_seen(engine: Engine, present: Collection[str]) -> None:
    """Make `seen_rows` of `told_customers`, which has the fields that are `present`: every other one is empty."""
    columns = ", ".join(
        name if name in present else f"cast(null as {_SQL_TYPES[name]}) as {name}"
        for name in ("customer_name", *_SEEN_FIELDS)
    )
    engine.view("seen_rows", sql(f"select source_id, is_named_only, first_on, {columns} from told_customers"))  # noqa: S608


def _latest(name: str, order: str) -> str:
    if name in {"kind", "role"} or order == "''":
        return f"max({name})"
    return f"arg_max({name}, {order} || chr(31) || cast({name} as varchar)) filter (where {name} is not null)"


def key_customers(engine: Engine, batch: SourceBatch) -> pa.Table:
    """From `seen_rows` make `seen` (parents added) and `customer_keys`: keys found again in persons, or new random ones.

    Customers that belong together by name get their group as parent, where the batch merges groups. Returns `customer_keys`.
    """
    source = batch.source
    groups = batch.find_name_groups()
    engine.give("name_groups", groups)
    engine.give("former_customers", batch.former.customers_of(source))
    engine.run(
        [
            Step("seen_children", sql(_CHILDREN), Text("所属集团", "groups they belong to"), in_place=True),
            Step(
                "missing_parents",
                sql(_MISSING_PARENTS, source=source) if _tells_parents(engine, groups) else sql(_NO_PARENTS),
                Text("新的上级客户", "new parents"),
            ),
            Step("seen", sql(_SEEN), Text("客户与其上级", "customers and their parents"), in_place=True),
            Step("matched_customers", sql(_MATCHED, source=source), Text("已有的客户", "known customers")),
            Step("recalled_customers", sql(_RECALLED), Text("以前的编号", "keys they had before")),
        ]
    )
    told_id = sql(f"select {TOLD_ID.format(id='m.source_id')}").expressions[0]
    known = engine.fetch(sql(_KNOWN_KEYS, told_id=told_id))
    keyed = known.set_column(1, "customer_key", fill_keys(known["customer_key"]))
    engine.give("customer_keys", keyed)
    return keyed


def _tells_parents(engine: Engine, groups: pa.Table) -> bool:
    """Whether anything says that a customer belongs to another."""
    told = engine.column_names("told_customers")
    return bool(groups.num_rows) or "parent_id" in told or "parent_name" in told


def _customer_rows(engine: Engine) -> str:
    """The query of customers. Of what neither a field tells nor the ledger knows it says nothing, which is less to carry."""
    told, is_known = _told_columns(engine), _has_rows(engine, CUSTOMERS)
    names = [name for name in _ABOUT_CUSTOMER if name == "kind" or is_known or name in told]
    folded = (
        f"max({name}) as {name}"
        if name in told
        else f"cast(null as {_SQL_TYPES.get(name, 'varchar')}) as {name}"
        for name in names
    )
    merged = _merged((name for name in names if name != "kind"), "c")
    return _compose(_CUSTOMER_ROWS, told=", ".join(folded), merged=merged)


def _person_rows(engine: Engine) -> str:
    """The same for persons."""
    told, is_known = _told_columns(engine), _has_rows(engine, PERSONS)
    names = [name for name in _ABOUT_PERSON if name != "name" and (is_known or name in told)]
    return _compose(_PERSON_ROWS, merged=_merged(names, "p"))


def _told_columns(engine: Engine) -> frozenset[str]:
    """The columns of a customer or a person that a field tells."""
    fields = engine.column_names("told_customers")
    named = {"customer_status": "status", "birthday": "birth_year"}
    return frozenset(named.get(field, field) for field in fields)


def _has_rows(engine: Engine, table: Table) -> bool:
    return bool(engine.fetch(sql(f'select 1 as one from "{table.name}" limit 1')).num_rows)  # noqa: S608  declared name


def fill_keys(keys: pa.ChunkedArray) -> pa.Array:
    """`keys` with a new random one wherever there is none."""
    known = keys.combine_chunks()
    return pc.replace_with_mask(known, pc.is_null(known), draw_keys(known.null_count))


_SQL_TYPES: Mapping[str, str] = {
    "customer_name": "varchar",
    "customer_status": "varchar",
    **{
        name: {CellKind.WHOLE: "bigint", CellKind.CENTS: "bigint", CellKind.DAY: "date"}.get(kind, "varchar")
        for name, kind in CUSTOMER_KINDS.items()
    },
}

_PLAIN = [n for n in _ABOUT_CUSTOMER if n not in {"kind", "status"}]
_SEEN = _compose(
    """
select source_id, is_named_only, first_on, customer_name, kind as kind_word,
    case when kind in ('org', 'related_party', 'supplier') then 'org' when kind = 'person' then 'person' end as kind,
    <plain>, customer_status as status,
    coalesce(customer_name, case when is_named_only then source_id end) as name,
    short_name, uscc, phone, wechat, address, coalesce(birth_year, year(birthday)) as birth_year, sex, occupation,
    parent_ref
from seen_children
union all
select source_id, true, null, null, null, null, <nothing>, null,
    source_id, null, null, null, null, null, null, null, null, null
from missing_parents
""",
    plain=", ".join(_PLAIN),
    nothing=", ".join("null" for _ in _PLAIN),
)


def draw_keys(count: int) -> pa.Array:
    """`count` different random positive 63-bit integers; they lead nowhere."""
    while True:
        drawn = pa.Array.from_buffers(pa.int64(), count, [None, pa.py_buffer(secrets.token_bytes(8 * count))])
        keys = pc.bit_wise_and(drawn, pa.scalar(2**63 - 1, pa.int64()))
        if len(pc.unique(keys)) == count:
            return keys


@dataclass(frozen=True, slots=True)
class WrittenCustomers:
    """The rows of `customers` and `persons` that were new or differed."""

    customers: pa.Table
    persons: pa.Table


def write_customers(
    engine: Engine, work: UnitOfWork, source: str, *, flags_parties: bool
) -> WrittenCustomers:
    """Merge what was seen into `customers` and `persons`; only rows that really change are written.

    `flags_parties`: customers that look like walk-ins, related parties or suppliers are marked as such.
    """
    groups = engine.fetch(sql('select "group" from name_groups limit 1'))
    parents = sql(_PARENTS, source=source) if _tells_parents(engine, groups) else sql(_NO_PARENT_KEYS)
    engine.run([Step("parent_keys", parents, Text("上级客户", "parents"))])
    query = sql(
        _customer_rows(engine),
        **PARTY_PATTERNS,
        any_party=ANY_PARTY,
        flags_parties=flags_parties,
        organisation_words=words.ORGANISATION_WORDS,
    )
    customers = merge_changed(engine, work, CUSTOMERS, engine.fetch(query))
    known = sql(_person_rows(engine), source=source, id_code=id_code(column("source_id", "s")))
    persons = merge_changed(engine, work, PERSONS, engine.fetch(known))
    return WrittenCustomers(customers, persons)


def merge_changed(engine: Engine, work: UnitOfWork, table: Table, rows: pa.Table) -> pa.Table:
    """Write the rows that the lake does not hold in exactly this form, those of customers in the order of keys; those rows."""
    changed = changed_rows(engine, table, rows)
    if "customer_key" in table.column_names:
        changed = _in_order_of_keys(changed)
    work.merge(table, changed)
    return changed


def _in_order_of_keys(rows: pa.Table) -> pa.Table:
    places = pc.sort_indices(rows["customer_key"])
    # Most columns of a new ledger are empty; those need not be laid anew.
    columns = [c if c.null_count == len(c) else in_one(c).take(places) for c in rows.columns]
    return pa.Table.from_arrays(columns, schema=rows.schema)


def changed_rows(engine: Engine, table: Table, rows: pa.Table) -> pa.Table:
    """The rows of `rows` that differ from those the engine reads as `table`."""
    rows = table.conform(rows)
    if not _has_rows(engine, table):
        return rows
    engine.give("proposed_rows", rows)
    columns = ", ".join(f'"{name}"' for name in table.column_names)
    query = f'select {columns} from proposed_rows except select {columns} from "{table.name}"'  # noqa: S608  declared names
    return engine.fetch(sql(query))
