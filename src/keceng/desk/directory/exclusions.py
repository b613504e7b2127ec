"""Who is left out of a classification, by reason, as the first line of the overview says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keceng.desk.directory.listing import Group
from keceng.desk.directory.models import Edition
from keceng.desk.directory.tiers import read_standard_of
from keceng.standard import Standard
from keceng.vocabulary import Text

_NOT_INCLUDED = "not_included"
_BOUGHT = "lifetime_order_count > 0"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Heads that one reason leaves out; `code` is that of the exclusion."""

    code: str
    reason: Text
    heads: int


def list_left_out(group: Group, edition: Edition) -> Sequence[LeftOut]:
    """The excluded customers of a group by reason, most heads first."""
    standard = read_standard_of(edition)
    counted = {code: heads for (code,), heads in group.count_by("excluded_as").items() if code}
    found = [LeftOut(code, _reason_of(standard, code), heads) for code, heads in counted.items()]
    return sorted(found, key=lambda left: (-left.heads, left.code))


def _reason_of(standard: Standard, code: str) -> Text:
    said = next((e.reason for e in standard.population.exclude if e.id == code), None)
    if said is not None:
        return said
    include = standard.population.include
    if code == _NOT_INCLUDED and include is not None and str(include) == _BOUGHT:
        return Text("从未购买", "never bought")
    return Text("不在参评范围", "outside what the standard judges")
