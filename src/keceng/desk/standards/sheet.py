"""The impact sheet as it is shown and as an approval keeps it: the document of a simulation, read back into figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keceng.desk.standards.effects import (
    ClassEffect,
    MoveCount,
    count_changes,
    count_directions,
    lay_side_by_side,
)
from keceng.vocabulary import Text

MOST_OWNERS, MOST_NAMED, SHOWN_NAMED, MOST_REASONS = 30, 50, 12, 12
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NamedLine:
    """A key account that enters or leaves the best class; sales in cents."""

    customer_id: str
    name: str
    owner: str
    source: str
    target: str
    sales: int | None
    reason: Text | None


@dataclass(frozen=True, slots=True)
class OwnerLine:
    """The customers of one owner by class, and the contacts a month that the strategies ask for."""

    owner: str
    heads: Sequence[tuple[int, int]]
    contacts_before: float
    contacts_after: float


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """Why customers move: how many for this reason, and the sentence of the largest of them."""

    source: str
    target: str
    heads: int
    example: Text | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What approving a draft would do.

    Attributes:
        moves_hash: over who moves from where to where; empty before the first run.
        is_first: whether there is no published run to compare with.
        as_of: the day of that run.
        classes: before and after.
        ids: the classes of `owners`' heads, in order.
        matrix: a row per class before: the class, its heads by class after in the order of `columns`, and whether they stay.
        portraits: the draft's classes, a paragraph each.
        notes: what whoever approves must know first.
    """

    moves_hash: str
    is_first: bool
    as_of: dt.date | None
    customers: int
    moved: int
    up: int
    down: int
    classes: Sequence[ClassEffect]
    columns: Sequence[str]
    matrix: Sequence[tuple[str, Sequence[tuple[int, bool]]]]
    moves: Sequence[MoveCount]
    named: Sequence[NamedLine]
    named_heads: int
    ids: Sequence[str]
    owners: Sequence[OwnerLine]
    owner_heads: int
    reasons: Sequence[ReasonLine]
    portraits: Sequence[tuple[str, Text]]
    notes: Sequence[Text]

    @property
    def more_named(self) -> int:
        """Of `named`, how many are folded away."""
        return max(len(self.named) - SHOWN_NAMED, 0)


def read_sheet(document: Document) -> Sheet:
    """The sheet of a stored or fresh simulation (`simulate_revision`)."""
    moves: Mapping[str, Mapping[str, int]] = document.get("moves", {})
    changes = count_changes(moves)
    classes = _classes(document.get("classes", {}))
    graded = [p["class"] for p in document.get("portraits", [])]
    up, down = count_directions(changes, graded)
    columns = [c.class_id for c in classes if c.after or c.before]
    owners, named = document.get("owners", []), document.get("named", [])
    ids = [c for c in columns if any(c in o["before"] or c in o["after"] for o in owners)]
    return Sheet(
        moves_hash=document["moves_hash"],
        is_first=document.get("against") is None,
        as_of=dt.date.fromisoformat(document["as_of"]) if "as_of" in document else None,
        customers=document.get("customers", 0),
        moved=sum(m.heads for m in changes),
        up=up,
        down=down,
        classes=classes,
        columns=columns,
        matrix=[(a, [(moves[a].get(b, 0), a == b) for b in columns]) for a in columns if a in moves],
        moves=changes,
        named=[_named(n) for n in named[:MOST_NAMED]],
        named_heads=document.get("named_customers", 0),
        ids=ids,
        owners=[_owner(o, ids) for o in owners[:MOST_OWNERS]],
        owner_heads=len(owners),
        reasons=[_reason(r) for r in document.get("reasons", []) if r["from"] != r["to"]][:MOST_REASONS],
        portraits=[(p["class"], _text(p["paragraph"])) for p in document.get("portraits", [])],
        notes=[_text(note) for note in document.get("notes", [])],
    )


def _classes(sides: Document) -> list[ClassEffect]:
    before, after = (
        {name: (size["customers"], size["sales_share"]) for name, size in sides.get(side, {}).items()}
        for side in ("before", "after")
    )
    return lay_side_by_side(before, after)


def _named(move: Document) -> NamedLine:
    sales = move["sales"]
    return NamedLine(
        customer_id=move["customer_id"] or "",
        name=move["customer_name"] or "",
        owner=move["owner"] or "",
        source=move["from"],
        target=move["to"],
        sales=None if sales is None else round(sales * 100),
        reason=Text(move["reason_zh"], move["reason_en"]) if move["reason_zh"] else None,
    )


def _owner(line: Document, ids: Sequence[str]) -> OwnerLine:
    return OwnerLine(
        owner=line["owner"] or "",
        heads=[(line["before"].get(c, 0), line["after"].get(c, 0)) for c in ids],
        contacts_before=line["contacts_a_month_before"],
        contacts_after=line["contacts_a_month_after"],
    )


def _reason(line: Document) -> ReasonLine:
    example = Text(line["example_zh"], line["example_en"]) if line["example_zh"] else None
    return ReasonLine(line["from"], line["to"], line["customers"], example)


def _text(pair: Document) -> Text:
    return Text(pair["zh"], pair["en"])
