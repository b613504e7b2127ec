"""What a draft would do while its numbers are being turned: class sizes, shares of sales, heads that move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keceng.classify import UNCLASSIFIED
from keceng.evaluate import ClassSize, NamedMove, glance_at_draft
from keceng.lake import Lake
from keceng.standard import Standard
from keceng.vocabulary import Text

Side = tuple[int, float]
"""Heads of a class, and its share of everybody's positive sales."""
UNGRADED = Text("未分级", "not graded")


@dataclass(frozen=True, slots=True)
class ClassEffect:
    """A class before and after: heads, and its share of the positive sales of everyone graded; None of those who are not."""

    class_id: str
    before: int
    after: int
    share_before: float | None
    share_after: float | None

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
        classes=lay_side_by_side(_sides(seen.before), _sides(seen.after)),
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


def lay_side_by_side(before: Mapping[str, Side], after: Mapping[str, Side]) -> list[ClassEffect]:
    """The classes of `after`, then those of `before` alone: heads, and shares of the sales of everybody, not graded or not."""
    ids = [*after, *(name for name in before if name not in after)]
    sides = [(name, before.get(name, (0, 0.0)), after.get(name, (0, 0.0))) for name in ids]
    apart = [side.get(UNCLASSIFIED, (0, 0.0))[1] for side in (before, after)]
    return [
        ClassEffect(name, b[0], a[0], _of_graded(name, b[1], apart[0]), _of_graded(name, a[1], apart[1]))
        for name, b, a in sides
    ]


def _of_graded(class_id: str, share: float, ungraded: float) -> float | None:
    # The overview tells what a class is of the graded; here it is the same figure, and they add up to all.
    if class_id == UNCLASSIFIED:
        return None
    return share / (1 - ungraded) if ungraded < 1 else 0.0


def _sides(classes: Mapping[str, ClassSize]) -> Mapping[str, Side]:
    return {name: (size.heads, size.sales_share) for name, size in classes.items()}
