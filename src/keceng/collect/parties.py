"""Customers that are none: walk-in codes, platform shops, our own companies, suppliers; and names of one group."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.source import SourceMapping, SourceTable

PARTY_PATTERNS: Mapping[str, str] = {
    "bucket": (
        r"(?i)^\s*(散客|零散客户|零星客户|零售客户|零售|现金客户|现金|其他|其它|其他客户|其它客户|匿名|匿名客户|无名客户|临时客户|门店散客"
        r"|普通顾客|过路客|一次性客户|walk[- ]?in( customers?)?|cash( customers?| sales?)?|misc(ellaneous)?( customers?)?|others?"
        r"|anonymous|guests?|one[- ]?time( customers?)?)\s*[0-9]*\s*$"
        r"|(天猫|淘宝|京东|拼多多|抖音|快手|美团|饿了么|有赞|微店|唯品会|1688|苏宁).*(店|平台|商城|渠道|散客)$"
    ),
    "related_party": r"(?i)关联方|关联公司|内部往来|内部客户|内部领用|公司内部|员工内购|intercompany|inter-company|related party",
    "supplier": r"(?i)供应商|供货商|\bsuppliers?\b|\bvendors?\b",
}
"""How a customer's name or type says that it is no customer; the regular expressions of RE2."""

ANY_PARTY = "|".join(pattern.replace("(?i)", "(?im)", 1) for pattern in PARTY_PATTERNS.values())
"""Matches, in lines, wherever one of them does; asked once before each of them is."""

_NAME_FIELDS = ("customer_name", "customer_id")
_TYPE_FIELDS = ("kind", "role", "class_legacy", "category")
_GROUP = r"^(?P<group>.{2,12}?集团)"
_BRANCH = r"^(?P<group>.{4,30}?公司).{0,20}(?:分公司|办事处|分店|分厂)$"


def find_parties(table: SourceTable, mapping: SourceMapping) -> pa.Table:
    """The different customers of a table that look like no customer: columns `customer` and `party`."""
    customer = mapping.column("customer_name") or mapping.column("customer_id")
    if customer is None:
        return _no_parties()
    found = [_no_parties()]
    for field_name in (*_NAME_FIELDS, *_TYPE_FIELDS):
        column = mapping.column(field_name)
        if column is None:
            continue
        for party, pattern in PARTY_PATTERNS.items():
            if party == "bucket" and field_name in _TYPE_FIELDS:
                continue
            hits = pc.fill_null(
                pc.match_substring_regex(table.data[column.header], pattern), fill_value=False
            )
            names = pc.unique(table.data[customer.header].filter(hits).drop_null())
            found.append(pa.table({"customer": names, "party": pa.array([party] * len(names), pa.string())}))
    return pa.concat_tables(found).group_by(["customer", "party"]).aggregate([]).sort_by("customer")


def _no_parties() -> pa.Table:
    return pa.table({"customer": pa.array([], pa.string()), "party": pa.array([], pa.string())})


def find_groups(table: SourceTable, mapping: SourceMapping) -> pa.Table:
    """Customers whose names share a group: columns `customer` and `group`, groups of at least two names."""
    customer = mapping.column("customer_name")
    if customer is None:
        return pa.table({"customer": pa.array([], pa.string()), "group": pa.array([], pa.string())})
    names = pc.unique(table.data[customer.header].drop_null())
    branches = _first_group(names, _BRANCH)
    heads = pc.if_else(pc.is_in(names, branches.drop_null()), names, pa.scalar(None, pa.string()))
    groups = pc.coalesce(_first_group(names, _GROUP), branches, heads)
    named = pa.table({"customer": names, "group": groups}).filter(pc.is_valid(groups))
    sizes = named.group_by("group").aggregate([("customer", "count")])
    shared = sizes.filter(pc.greater_equal(sizes["customer_count"], 2))["group"]
    return named.filter(pc.is_in(named["group"], shared.combine_chunks())).sort_by(
        [("group", "ascending"), ("customer", "ascending")]
    )


def _first_group(names: pa.Array, pattern: str) -> pa.Array:
    return pc.struct_field(pc.extract_regex(names, pattern), "group")
