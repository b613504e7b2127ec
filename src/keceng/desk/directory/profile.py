"""客户全景: one customer whole, for somebody who may see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keceng.classify import (
    GONE,
    MOVES,
    NEW,
    UNCLASSIFIED,
    Explanation,
    explain_customer,
    find_customers,
)
from keceng.collect import COMPLAINTS, INTERACTIONS, PURCHASE_DAY
from keceng.desk.directory.models import Entry
from keceng.desk.directory.scope import find_entry
from keceng.desk.directory.tiers import Tier, read_tiers
from keceng.desk.people.models import User
from keceng.lake import Snapshot, Table
from keceng.loop import Workspace
from keceng.vocabulary import Text, money_text

FACTS = (
    "spend", "previous_spend", "days_since_last_purchase", "expected_gap", "gap_ratio", "margin", "margin_rate",
    "overdue_amount", "max_overdue_days",
)  # fmt: skip
TIMELINE_ROWS = 60
_Row = Mapping[str, Any]
_Line = tuple[dt.date, str, str | None, str | None]
"""Day, kind, and the two things that its sentence says."""
_PLACES = {
    NEW: Text("新出现", "new"),
    UNCLASSIFIED: Text("未分级", "not graded"),
    GONE: Text("不再出现", "gone"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline.

    Attributes:
        kind: `order`, `contact`, `complaint` or `move`.
    """

    on: dt.date
    kind: str
    told: Text


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything the page of one customer shows.

    Attributes:
        facts: stored parts by measure; None where unknown.
        open_complaints: not solved yet.
    """

    entry: Entry
    explanation: Explanation
    facts: Mapping[str, int | None]
    open_complaints: int
    timeline: Sequence[Happening]


def read_profile(workspace: Workspace, user: User, customer_key: int) -> Profile | None:
    """The page of a customer; None when there is none or `user` may not see it."""
    entry = find_entry(user, customer_key)
    if entry is None:
        return None
    snapshot = workspace.lake.snapshot()
    run_id = entry.edition.run_id
    explanation = explain_customer(snapshot, entry.customer_id, run_id, customer_key=customer_key)
    # What was imported after the run is in none of its figures, so neither is it beside them.
    judged = snapshot.of_run(run_id)
    complaints = _read(judged, COMPLAINTS, customer_key, "received_on complaint_type solved_on")
    known = [row for row in complaints if row["received_on"] and row["received_on"] <= entry.edition.as_of]
    return Profile(
        entry=entry,
        explanation=explanation,
        facts=_facts(snapshot, customer_key, run_id),
        open_complaints=sum(not _is_solved(row, entry.edition.as_of) for row in known),
        timeline=_look_back(snapshot, judged, entry, known),
    )


def _facts(snapshot: Snapshot, customer_key: int, run_id: str) -> Mapping[str, int | None]:
    rows = find_customers(snapshot, snapshot.run_directory(run_id), [customer_key], FACTS).to_pylist()
    found = rows[0] if rows else {}
    return {name: found.get(name) for name in FACTS}


def _read(snapshot: Snapshot, table: Table, customer_key: int, columns: str) -> list[_Row]:
    rows: list[_Row] = snapshot.find_rows(table, "customer_key", [customer_key], columns.split()).to_pylist()
    return rows


def _is_solved(complaint: _Row, as_of: dt.date) -> bool:
    return complaint["solved_on"] is not None and complaint["solved_on"] <= as_of


def _look_back(
    snapshot: Snapshot, judged: Snapshot, entry: Entry, complaints: Sequence[_Row]
) -> list[Happening]:
    customer_key, as_of, currency = entry.customer_key, entry.edition.as_of, entry.edition.currency
    lines: list[_Line] = []
    lines += _orders(_read(judged, PURCHASE_DAY, customer_key, "day orders net"))
    for row in _read(snapshot, INTERACTIONS, customer_key, "happened_on interaction_type channel"):
        how = row["channel"] if row["interaction_type"] is None else row["interaction_type"]
        lines.append((row["happened_on"], "contact", how, None))
    for row in complaints:
        solved = "solved" if _is_solved(row, as_of) else None
        lines.append((row["received_on"], "complaint", row["complaint_type"], solved))
    # A contact is shown as soon as it is known; what the run did not see yet changes none of its figures.
    lines = [line for line in lines if line[0] is not None and (line[0] <= as_of or line[1] == "contact")]
    for row in _read(judged, MOVES, customer_key, "as_of from_class to_class"):
        lines.append((row["as_of"], "move", row["from_class"], row["to_class"]))
    tiers = read_tiers(entry.edition)
    lines.sort(key=lambda line: (-line[0].toordinal(), line[1], line[2] is None, line[2] or ""))
    return [Happening(line[0], line[1], _told(line, currency, tiers)) for line in lines[:TIMELINE_ROWS]]


def _orders(rows: Sequence[_Row]) -> list[_Line]:
    days: dict[dt.date, tuple[int, int]] = {}
    for row in rows:
        orders, net = days.get(row["day"], (0, 0))
        days[row["day"]] = (orders + (row["orders"] or 0), net + (row["net"] or 0))
    return [(day, "order", str(orders), str(net)) for day, (orders, net) in days.items()]


def _told(line: _Line, currency: str, tiers: Mapping[str, Tier]) -> Text:
    first, second = line[2] or "", line[3]
    match line[1]:
        case "order":
            amount = currency + money_text(int(second or 0))
            orders = "1 order" if first == "1" else f"{first} orders"
            return Text(f"下单 {first} 单, 净额 {amount}", f"{orders}, net {amount}")
        case "contact":
            return Text(f"联系 {first}", f"contact {first}")
        case "complaint":
            return Text(
                f"投诉 {first}{'' if second else ', 未结'}", f"complaint {first}{'' if second else ', open'}"
            )
        case _:
            before, after = (_place(c, tiers) for c in (first, second or ""))
            return Text(f"等级 {before.zh} → {after.zh}", f"class {before.en} → {after.en}")


def _place(class_id: str, tiers: Mapping[str, Tier]) -> Text:
    if class_id in tiers:
        return tiers[class_id].label
    return _PLACES.get(class_id, Text(class_id, class_id))
