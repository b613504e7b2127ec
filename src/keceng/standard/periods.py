"""How people write spans of time in a standard: `365d`, `12m`, `1 month`."""

from __future__ import annotations

import re

from keceng.standard.document import Entry
from keceng.standard.forms import spacing_remedy, span_remedy
from keceng.standard.model import PeriodUnit
from keceng.vocabulary import Text

SPAN = re.compile(r"([0-9]{1,4})\s*([dwmy])")
SPACING = re.compile(r"([0-9]{1,3})\s+(day|week|month|year)s?")
MAX_DAYS = 3_660


def read_days(entry: Entry) -> int | None:
    """A span as whole days: `14d`, `2w`, `12m` (365 days a year), `1y`."""
    found = SPAN.fullmatch((entry.scalar or "").strip())
    if found:
        count, unit = int(found[1]), found[2]
        days = count * 365 // 12 if unit == "m" else count * {"d": 1, "w": 7, "y": 365}[unit]
        if 0 < days <= MAX_DAYS:
            return days
        message = Text(f"这里应在 1 到 {MAX_DAYS} 天之间", f"this must lie between 1 and {MAX_DAYS} days")
        entry.refuse("range", message, remedy=Text("一般用 365d", "365d is usual"))
        return None
    remedy = span_remedy(entry.scalar or "")
    entry.refuse("span", Text("这里应是一段时间", "this should be a span of time"), remedy=remedy)
    return None


def read_spacing(entry: Entry) -> tuple[int, PeriodUnit] | None:
    """How often: `1 month`, `2 weeks`."""
    found = SPACING.fullmatch((entry.scalar or "").strip())
    if found and int(found[1]) > 0:
        return int(found[1]), PeriodUnit(found[2])
    remedy = spacing_remedy(entry.scalar or "")
    entry.refuse("span", Text("这里应写多久一次", "this should say how often"), remedy=remedy)
    return None
