"""What a list of customers is asked for, read from an address or a form: the one place that knows the names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keceng.desk.directory.queries import ORDERS, Wanted
from keceng.desk.groups.selection import SIGNS, Selection

LONGEST_TEXT = 100
MOST_DAYS = 3_650
FILTERS = (
    "q", "grade", "best", "mine", "state", "owner", "region", "moved", "overdue", "by_hand", "appealed",
    "excluded_as", "graded", "excluded", "risk", "silent", "measure", "sign", "number", "group",
)  # fmt: skip
"""Every name that narrows the list."""


def read_wanted(asked: Mapping[str, str], classes: Sequence[str]) -> Wanted:
    """What is wanted of the directory; `best` stands for the first of `classes`, whatever it is called."""
    return Wanted(
        text=asked.get("q", "")[:LONGEST_TEXT],
        grade=classes[0] if asked.get("best") and classes else asked.get("grade", ""),
        state=asked.get("state", ""),
        owner=asked.get("owner", ""),
        region=asked.get("region", ""),
        moved=asked.get("moved", ""),
        is_overdue=bool(asked.get("overdue")),
        is_by_hand=bool(asked.get("by_hand")),
        is_appealed=bool(asked.get("appealed")),
        excluded_as=asked.get("excluded_as", ""),
        is_graded=bool(asked.get("graded")),
        is_excluded=bool(asked.get("excluded")),
        is_at_risk=bool(asked.get("risk")),
    )


def read_selection(asked: Mapping[str, str], classes: Sequence[str]) -> Selection:
    """Everything that is asked for; what cannot be read as a number narrows nothing, but for the measure's own, which is told."""
    sign = asked.get("sign", "")
    return Selection(
        wanted=read_wanted(asked, classes),
        is_mine=bool(asked.get("mine")),
        silent_days=_whole(asked.get("silent", ""), MOST_DAYS),
        measure=asked.get("measure", "")[:LONGEST_TEXT],
        sign=sign if sign in SIGNS else "ge",
        number=asked.get("number", "").strip()[:LONGEST_TEXT],
        group_id=_whole(asked.get("group", ""), 10**15),
    )


def kept_address(asked: Mapping[str, str]) -> dict[str, str]:
    """The filters and the order of an address, without its page and without what says nothing."""
    kept = {name: asked[name] for name in FILTERS if asked.get(name)}
    if not asked.get("measure") or not asked.get("number"):
        kept = {name: value for name, value in kept.items() if name not in {"measure", "sign", "number"}}
    order = asked.get("order", "")
    return {**kept, "order": order} if order in ORDERS and order != "spend" else kept


def _whole(written: str, most: int) -> int | None:
    written = written.strip()
    return (
        min(int(written), most) if written.isascii() and written.isdecimal() and len(written) < 18 else None
    )
