"""Which rows of a roster a query over entries means: its conditions, read from the query itself and asked of columns.

Conditions are three-valued as in SQL: what compares an unknown number is neither true nor false, nor is its opposite.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.sql import Query
from django.db.models.sql.where import AND, OR, NothingNode, WhereNode

from keceng.desk.directory.finding import rows_with
from keceng.desk.directory.given_keys import GivenKeys
from keceng.desk.directory.models import Entry
from keceng.desk.directory.roster import UNKNOWN, Integers, Mask, Roster, day_number

_Rows = Mask | bool
"""Of which rows something is wanted: that it is true, or that it is false. A plain flag stands for every row."""
_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


class NotInColumnsError(Exception):
    """A query asks for what columns cannot tell; the database can."""


def edition_of(entries: QuerySet[Entry]) -> int:
    """The one edition whose entries are meant.

    Raises:
        NotInColumnsError: the query is more than conditions on the entries of one edition.
    """
    query = entries.query
    is_plain = not (
        query.is_sliced
        or query.combinator
        or query.distinct
        or query.group_by
        or query.annotations
        or query.extra
    )
    joined = {alias for alias, count in query.alias_refcount.items() if count} - {Entry._meta.db_table}  # noqa: SLF001
    where = query.where
    if is_plain and not joined and where.connector == AND and not where.negated:
        for child in where.children:
            if isinstance(child, Lookup) and _column(child) == "edition_id" and child.lookup_name == "exact":
                return int(child.rhs)
    raise NotInColumnsError


def mask_of(roster: Roster, entries: QuerySet[Entry]) -> Mask | None:
    """Which rows the conditions of `entries` mean; None for all of them.

    Raises:
        NotInColumnsError: a condition is about something else than the columns.
    """
    found = _node(roster, entries.query.where, wanted=True)
    if isinstance(found, bool):
        return None if found else np.zeros(len(roster), dtype=np.bool_)
    return found


def _node(roster: Roster, node: WhereNode, *, wanted: bool) -> _Rows:
    # NOT of a part is asked of its children: only what is wanted of them is ever worked out.
    if node.connector not in {AND, OR}:
        raise NotInColumnsError
    of_children = wanted != node.negated
    needs_all = (node.connector == AND) == of_children
    if not node.children:
        return of_children
    found: _Rows = needs_all
    for child in node.children:
        found = (_both if needs_all else _either)(found, _child(roster, child, wanted=of_children))
    return found


def _both(one: _Rows, other: _Rows) -> _Rows:
    if isinstance(one, bool):
        return other if one else False
    one &= other  # worked out for this question alone; another ten million flags would be fresh memory
    return one


def _either(one: _Rows, other: _Rows) -> _Rows:
    if isinstance(one, bool):
        return True if one else other
    one |= other
    return one


def _child(roster: Roster, child: object, *, wanted: bool) -> _Rows:
    if isinstance(child, WhereNode):
        return _node(roster, child, wanted=wanted)
    if isinstance(child, NothingNode):
        return not wanted
    if isinstance(child, Lookup):
        return _leaf(roster, child, wanted=wanted)
    raise NotInColumnsError


def _column(lookup: Lookup[Any]) -> str:
    lhs = lookup.lhs
    if not isinstance(lhs, Col) or lhs.target.model is not Entry:
        raise NotInColumnsError
    return str(lhs.target.column)


def _leaf(roster: Roster, lookup: Lookup[Any], *, wanted: bool) -> _Rows:
    name, kind, asked = _column(lookup), str(lookup.lookup_name), lookup.rhs
    if name == "customer_key" and kind == "in":
        keys = asked.keys if isinstance(asked, GivenKeys) else np.array(_listed(asked), dtype=np.int64)
        return _sure(_keys(roster, keys), wanted=wanted)
    if kind == "in":
        asked = _listed(asked)
        if not asked:
            return not wanted
    elif hasattr(asked, "resolve_expression"):
        raise NotInColumnsError
    if name == "edition_id" and kind == "exact":
        return (int(asked) == roster.edition_id) == wanted
    if name == "search" and kind == "contains":
        return _sure(contains(roster, str(asked)), wanted=wanted)
    if name in roster.words:
        return _sure(_words(roster, name, kind, asked), wanted=wanted)
    if name in roster.flags and kind == "exact":
        return _sure(roster.flags[name] == bool(asked), wanted=wanted)
    return _numbers(_number_column(roster, name), kind, asked, wanted=wanted)


def _number_column(roster: Roster, name: str) -> Integers:
    if name == "customer_key":
        return roster.keys
    if name not in roster.numbers:
        raise NotInColumnsError
    return roster.numbers[name]


def _sure(true: Mask, *, wanted: bool) -> Mask:
    return true if wanted else ~true


def _listed(asked: object) -> list[Any]:
    # Another table's rows are read first: what remains is a list of values.
    if isinstance(asked, Query):
        if len(asked.select) + len(asked.annotation_select) != 1:
            raise NotInColumnsError
        return _rows_of(asked)
    if isinstance(asked, list | tuple | set | frozenset):
        if any(hasattr(one, "resolve_expression") for one in asked):
            raise NotInColumnsError
        return [one for one in asked if one is not None]
    raise NotInColumnsError


def _rows_of(query: Query) -> list[Any]:
    found = [row[0] for row in query.clone().get_compiler(DEFAULT_DB_ALIAS).results_iter()]
    if None in found:
        raise NotInColumnsError
    return found


def contains(roster: Roster, part: str) -> Mask:
    """Which rows have `part` in what people search for."""
    return rows_with(roster.texts["search"], part)


def _words(roster: Roster, name: str, kind: str, asked: Any) -> Mask:  # noqa: ANN401  whatever a query holds
    if kind == "exact":
        return roster.words[name].is_any_of([asked])
    if kind == "in":
        return roster.words[name].is_any_of(asked)
    raise NotInColumnsError


def _keys(roster: Roster, keys: Integers) -> Mask:
    found = np.zeros(len(roster), dtype=np.bool_)
    if len(roster):
        places = np.minimum(np.searchsorted(roster.keys, keys), len(roster) - 1)
        found[places[roster.keys[places] == keys]] = True
    return found


def _numbers(column: Integers, kind: str, asked: Any, *, wanted: bool) -> Mask:  # noqa: ANN401  whatever a query holds
    is_known = column != UNKNOWN
    if kind == "isnull":
        return _sure(~is_known if asked else is_known, wanted=wanted)
    found: Mask
    if kind == "in":
        found = np.isin(column, np.array([_whole(one) for one in asked], dtype=np.int64))
    elif kind == "exact":
        found = column == _whole(asked)
    elif kind in _COMPARED:
        found = _COMPARED[kind](column, _whole(asked))
    else:
        raise NotInColumnsError
    answer: Mask = _sure(found, wanted=wanted) & is_known
    return answer


def _whole(asked: object) -> int:
    if isinstance(asked, dt.date) and not isinstance(asked, dt.datetime):
        return day_number(asked)
    if isinstance(asked, int):
        return asked
    raise NotInColumnsError
