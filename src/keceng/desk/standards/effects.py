"""What a draft would do while its numbers are being turned: class sizes, shares of sales, heads that move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keceng.evaluate import ClassSize, NamedMove, glance_at_draft
from keceng.lake import Lake
from keceng.standard import Standard
from keceng.vocabulary import Text

UNGRADED = Text("未分级", "not graded")


@dataclass(frozen=True, slots=True)
class ClassEffect:
    """A class before and after: heads, and its share of the positive sales."""

    class_id: str
    before: int
    after: int
    share_before: float
    share_after: float

    @property
    def change(self) -> int:
        """Heads gained."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class MoveCount:
    """Heads from one class to another."""

    source: str
    target: str
    heads: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a draft would do to the customers of the published run.

    Attributes:
        classes: the draft's, best first, then what only the run knows.
        up, down: heads who move along the draft's ladder; `moved` counts whoever changes class at all.
        moves: the greatest first.
        moves_hash: what the simulation of the same draft shows; empty where nobody asked.
        named: key accounts that enter or leave the best class, the greatest sales first; `named_heads` of them in all.
        is_remeasured: whether what the run stored could not serve, so that the ledger was measured anew.
    """

    classes: Sequence[ClassEffect]
    moved: int
    up: int
    down: int
    moves: Sequence[MoveCount]
    moves_hash: str
    named: Sequence[NamedMove]
    named_heads: int
    is_remeasured: bool


def weigh_draft(standard: Standard, lake: Lake, *, is_hashed: bool = False) -> Effect | None:
    """The effect of `standard` on the published run; None before the first one.

    Args:
        standard: the draft.
        lake: with the run.
        is_hashed: whether somebody asks for `moves_hash`, which takes the id of everybody who moves.
    """
    snapshot = lake.snapshot()
    if snapshot.entry.published_run is None:
        return None
    seen = glance_at_draft(snapshot, standard, is_hashed=is_hashed)
    moves = count_changes(seen.moves)
    up, down = count_directions(moves, standard.grade.class_ids)
    return Effect(
        classes=_classes(seen.before, seen.after),
        moved=sum(move.heads for move in moves),
        up=up,
        down=down,
        moves=moves,
        moves_hash=seen.moves_hash,
        named=seen.named,
        named_heads=seen.named_heads,
        is_remeasured=seen.is_remeasured,
    )


def count_changes(moves: Mapping[str, Mapping[str, int]]) -> list[MoveCount]:
    """The cells of a matrix of moves off its diagonal, the greatest first."""
    found = [
        MoveCount(source, target, heads)
        for source, row in moves.items()
        for target, heads in row.items()
        if source != target and heads
    ]
    return sorted(found, key=lambda m: (-m.heads, m.source, m.target))


def count_directions(moves: Sequence[MoveCount], classes: Sequence[str]) -> tuple[int, int]:
    """Heads who go up and who go down along `classes`, best first; whoever enters or leaves them is neither."""
    place = {class_id: number for number, class_id in enumerate(classes)}
    known = [m for m in moves if m.source in place and m.target in place]
    up = sum(m.heads for m in known if place[m.target] < place[m.source])
    return up, sum(m.heads for m in known) - up


def _classes(before: Mapping[str, ClassSize], after: Mapping[str, ClassSize]) -> list[ClassEffect]:
    nobody = ClassSize()
    ids = [*after, *(name for name in before if name not in after)]
    sides = [(name, before.get(name, nobody), after.get(name, nobody)) for name in ids]
    return [ClassEffect(n, b.heads, a.heads, b.sales_share, a.sales_share) for n, b, a in sides]
