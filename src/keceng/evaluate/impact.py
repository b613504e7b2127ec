"""What publishing a draft would do, in figures: the sheet that is shown, approved and stored with the approval."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from keceng.evaluate.characteristics import Comparison
from keceng.evaluate.portraits import ClassPortrait
from keceng.evaluate.shifts import round_figure
from keceng.vocabulary import Text


@dataclass(frozen=True, slots=True)
class StandardSide:
    """One of the two standards compared.

    Attributes:
        run_id: the run whose grades are taken; None where the standard was laid on for the comparison.
    """

    id: str
    revision: int
    hash: str
    run_id: str | None = None

    def to_document(self) -> dict[str, object]:
        """Plain JSON values."""
        return {"id": self.id, "revision": self.revision, "hash": self.hash, "run_id": self.run_id}


@dataclass(frozen=True, slots=True)
class ClassSize:
    """A class on one side of the comparison: heads, and its sales in the draft's window."""

    heads: int = 0
    sales_cents: int = 0
    sales_share: float = 0.0

    def to_document(self) -> dict[str, object]:
        """Plain JSON values, in currency units."""
        return {
            "customers": self.heads,
            "sales": self.sales_cents / 100,
            "sales_share": round_figure(self.sales_share),
        }


@dataclass(frozen=True, slots=True)
class NamedMove:
    """A customer who enters or leaves the best class.

    Attributes:
        customer_name: of organisations; a person's name is not shown here.
        sales_cents: in the draft's window; None where unknown.
    """

    customer_key: int
    customer_id: str | None
    customer_name: str | None
    owner: str | None
    from_class: str
    to_class: str
    sales_cents: int | None
    reason: Text | None

    def to_document(self) -> dict[str, object]:
        """Plain JSON values, in currency units."""
        return {
            "customer_id": self.customer_id,
            "customer_name": self.customer_name,
            "owner": self.owner,
            "from": self.from_class,
            "to": self.to_class,
            "sales": None if self.sales_cents is None else self.sales_cents / 100,
            "reason_zh": self.reason.zh if self.reason else None,
            "reason_en": self.reason.en if self.reason else None,
        }


@dataclass(frozen=True, slots=True)
class MoveReason:
    """One reason for one move: how many customers move for it, and the sentence of the largest of them."""

    from_class: str
    to_class: str
    reason_code: str | None
    heads: int
    example: Text | None

    def to_document(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "from": self.from_class,
            "to": self.to_class,
            "reason_code": self.reason_code,
            "customers": self.heads,
            "example_zh": self.example.zh if self.example else None,
            "example_en": self.example.en if self.example else None,
        }


@dataclass(frozen=True, slots=True)
class Workload:
    """The customers of one owner, and the contacts a month that the strategies ask for.

    Attributes:
        owner: as in the books; None collects the customers without one.
        before, after: heads by class.
        contacts_before, contacts_after: planned contacts in a month of 30.4375 days.
    """

    owner: str | None
    before: Mapping[str, int]
    after: Mapping[str, int]
    contacts_before: float
    contacts_after: float

    def to_document(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "owner": self.owner,
            "before": dict(self.before),
            "after": dict(self.after),
            "contacts_a_month_before": round(self.contacts_before, 1),
            "contacts_a_month_after": round(self.contacts_after, 1),
        }


@dataclass(frozen=True, slots=True)
class CrossTable:
    """Heads by the classes of two dimensions; which cells are empty, and which hold too few to act on."""

    rows: str
    columns: str
    heads: Mapping[tuple[str, str], int]
    empty: tuple[tuple[str, str], ...]
    tiny: tuple[tuple[str, str], ...]

    def to_document(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "rows": self.rows,
            "columns": self.columns,
            "heads": [[row, across, n] for (row, across), n in self.heads.items()],
            "empty": [list(cell) for cell in self.empty],
            "tiny": [list(cell) for cell in self.tiny],
        }


@dataclass(frozen=True, slots=True)
class Overlap:
    """Customers who meet the rules of two classes; the first in the ladder takes them."""

    first: str
    second: str
    heads: int

    def to_document(self) -> dict[str, object]:
        """Plain JSON values."""
        return {"first": self.first, "second": self.second, "customers": self.heads}


@dataclass(frozen=True, slots=True)
class Glance:
    """The heads of an `Impact`, without what takes longer; each attribute is as there, `moves_hash` empty where nobody asked."""

    before: Mapping[str, ClassSize]
    after: Mapping[str, ClassSize]
    moves: Mapping[str, Mapping[str, int]]
    moves_hash: str
    named: tuple[NamedMove, ...]
    named_heads: int
    is_remeasured: bool


@dataclass(frozen=True, slots=True)
class Impact:
    """The effect of a draft on the customers of the published run.

    Attributes:
        draft, against: what was compared.
        as_of: the day of the published run.
        customers: heads; every sum of `moves` is this.
        before, after: sizes by class, the states without a class included.
        moves: heads from class to class, those who stay included.
        moves_hash: over who moves from where to where; a run that publishes the draft gives the same.
        named: who enters or leaves the best class, the greatest sales first.
        named_heads: how many do; `named` may be cut.
        reasons: why customers move, the commonest first.
        owners: workload before and after, the greatest change first.
        cells: pairs of dimensions.
        overlaps: of the grade's rules.
        portraits: each class under the draft.
        comparison: what sets the classes apart.
        is_remeasured: whether the stored measures could not serve, so the ledger was measured anew.
        notes: what whoever approves must know first.
        movers: everyone who changes class: customer_id, owner, from_class, to_class, spend (in currency units), reason_zh,
            reason_en; the greatest sales first.
        currency: the sign before amounts.
    """

    draft: StandardSide
    against: StandardSide
    as_of: dt.date
    customers: int
    before: Mapping[str, ClassSize]
    after: Mapping[str, ClassSize]
    moves: Mapping[str, Mapping[str, int]]
    moves_hash: str
    named: tuple[NamedMove, ...]
    named_heads: int
    reasons: tuple[MoveReason, ...]
    owners: tuple[Workload, ...]
    cells: tuple[CrossTable, ...]
    overlaps: tuple[Overlap, ...]
    portraits: tuple[ClassPortrait, ...]
    comparison: Comparison
    is_remeasured: bool
    notes: tuple[Text, ...]
    movers: pa.Table
    currency: str = "¥"

    @property
    def moved(self) -> int:
        """Heads who change class."""
        return sum(n for a, row in self.moves.items() for b, n in row.items() if a != b)

    def to_document(self) -> dict[str, object]:
        """Plain JSON values, as `keceng simulate --json` prints and an approval stores them."""
        return {
            "draft": self.draft.to_document(),
            "against": self.against.to_document(),
            "as_of": self.as_of.isoformat(),
            "customers": self.customers,
            "moved": self.moved,
            "moves": {a: dict(row) for a, row in self.moves.items()},
            "moves_hash": self.moves_hash,
            "classes": {
                side: {name: size.to_document() for name, size in sizes.items()}
                for side, sizes in (("before", self.before), ("after", self.after))
            },
            "named": [move.to_document() for move in self.named],
            "named_customers": self.named_heads,
            "reasons": [reason.to_document() for reason in self.reasons],
            "owners": [owner.to_document() for owner in self.owners],
            "cells": [table.to_document() for table in self.cells],
            "overlaps": [overlap.to_document() for overlap in self.overlaps],
            "portraits": [portrait.to_document() for portrait in self.portraits],
            "comparison": self.comparison.to_document(),
            "is_remeasured": self.is_remeasured,
            "notes": [{"zh": note.zh, "en": note.en} for note in self.notes],
        }
