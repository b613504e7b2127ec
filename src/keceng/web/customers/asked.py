"""What a list of customers is asked for, read from an address or a form: the one place that knows the names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keceng.desk.directory.queries import Wanted

LONGEST_TEXT = 100


def read_wanted(asked: Mapping[str, str], classes: Sequence[str]) -> Wanted:
    """What is wanted; `best` stands for the first of `classes`, whatever it is called."""
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
