"""The filters of a list in words, each with the address without it; and which of them left nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from keceng.desk.directory.listing import group_of
from keceng.desk.directory.models import Edition
from keceng.desk.directory.tiers import read_states, read_tiers
from keceng.desk.groups.conditions import tell_condition
from keceng.desk.groups.queries import find_group
from keceng.desk.groups.selection import measure_condition, select_entries
from keceng.desk.people.models import User
from keceng.vocabulary import KecengError, Text
from keceng.web.customers.asked import FILTERS, kept_address, read_selection

_FLAGS: Mapping[str, Text] = {
    "mine": Text("我负责的", "mine"),
    "overdue": Text("有逾期", "overdue"),
    "by_hand": Text("人工调整", "set by a person"),
    "appealed": Text("申诉中", "appealed"),
    "graded": Text("已分级", "graded"),
    "excluded": Text("已排除", "excluded"),
    "risk": Text("有流失风险", "at risk"),
}
_SAID: Mapping[str, Text] = {
    "q": Text("查找 {x}", "search {x}"),
    "owner": Text("负责人 {x}", "owner {x}"),
    "region": Text("区域 {x}", "region {x}"),
    "excluded_as": Text("排除原因 {x}", "excluded as {x}"),
    "silent": Text("{x} 天未联系", "{x} days without contact"),
}
_MOVED: Mapping[str, Text] = {"up": Text("本期上升", "went up"), "down": Text("本期下降", "went down")}
MORE_THAN_ONE = 2
_WITH_MEASURE = ("measure", "sign", "number")
_GONE = Text("客户组已不存在", "a group that is gone")


@dataclass(frozen=True, slots=True)
class Active:
    """A filter that is on.

    Attributes:
        told: in words.
        rest: the address of the list without it.
        heads: how many there are without it; known only where the list is empty.
    """

    told: Text
    rest: str
    heads: int | None = None


def list_active(asked: Mapping[str, str], user: User, edition: Edition) -> list[Active]:
    """The filters that are on, in the order in which an address names them."""
    kept = kept_address(asked)
    return [
        Active(_tell(name, kept, user, edition), "?" + urlencode(_rest(kept, name)))
        for name in FILTERS
        if name in kept and name not in {"sign", "number"}
    ]


def explain_nobody(asked: Mapping[str, str], user: User, edition: Edition, today: dt.date) -> list[Active]:
    """Of a list that holds nobody: the filters without which there is somebody; else those that nobody meets at all."""
    kept = kept_address(asked)
    names = [name for name in FILTERS if name in kept and name not in {"sign", "number"}]
    rests = {name: _rest(kept, name) for name in names}
    heads = {name: _count(rest, user, edition, today) for name, rest in rests.items()}
    told = [
        Active(_tell(name, kept, user, edition), "?" + urlencode(rests[name]), heads[name])
        for name in names
        if heads[name]
    ]
    if told or len(names) < MORE_THAN_ONE:
        return told
    # No single one brings anybody back: those are told that nobody meets at all.
    alone = {name: {key: value for key, value in kept.items() if key not in rests[name]} for name in names}
    return [
        Active(_tell(name, kept, user, edition), "?" + urlencode(rests[name]))
        for name in names
        if not _count(alone[name], user, edition, today)
    ]


def _count(kept: Mapping[str, str], user: User, edition: Edition, today: dt.date) -> int:
    try:
        return group_of(
            select_entries(user, edition, read_selection(kept, list(read_tiers(edition))), today)
        ).heads
    except KecengError:
        # What cannot be read shows nobody.
        return 0


def _rest(kept: Mapping[str, str], name: str) -> dict[str, str]:
    dropped: Sequence[str] = _WITH_MEASURE if name == "measure" else (name,)
    return {key: value for key, value in kept.items() if key not in dropped}


def _tell(name: str, kept: Mapping[str, str], user: User, edition: Edition) -> Text:
    value = kept[name]
    if name in _FLAGS:
        return _FLAGS[name]
    if name in _SAID:
        return _SAID[name].fill(x=value)
    match name:
        case "best" | "grade":
            grade = next(iter(read_tiers(edition)), "") if name == "best" else value
            return Text("未分级", "not graded") if grade == "-" else Text(f"等级 {grade}", f"class {grade}")
        case "state":
            return Text("状态 {x}", "state {x}").fill(x=read_states(edition).get(value, Text(value, value)))
        case "moved":
            return _MOVED.get(value, Text(value, value))
        case "measure":
            return _measure(kept, edition)
        case _:
            return _group(value, user)


def _measure(kept: Mapping[str, str], edition: Edition) -> Text:
    try:
        return tell_condition(measure_condition(read_selection(kept, ()), edition), edition)
    except KecengError:
        written = f"{kept['measure']} {kept['number']}"
        return Text(written, written)


def _group(value: str, user: User) -> Text:
    try:
        row = find_group(user, int(value)) if value.isdecimal() else None
    except KecengError:
        row = None
    return Text(f"客户组 {row.name}", f"group {row.name}") if row else _GONE
