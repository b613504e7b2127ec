"""Who moved since the run before: the matrix of moves shaded by share, the flow between the two, the falls by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keceng.classify import UNCLASSIFIED
from keceng.evaluate import Fall, Migration, migration_matrix
from keceng.report.subject import Subject
from keceng.vocabulary import DimensionKind, KecengError, Text

NAMED_FALLS = 20
LEVEL_FLOORS = (0.0, 0.02, 0.1, 0.3)
"""Shares of a row from which a cell is shaded one level deeper."""


@dataclass(frozen=True, slots=True)
class MoveTile:
    """One cell of the matrix.

    Attributes:
        heads: customers; 0 where nobody went this way.
        share: of everybody in the row.
        look: `stay`, `up`, `down`, or `other` where neither can be said, with its level from 1 to 4; `none` without anybody.
    """

    heads: int
    share: float
    look: str


@dataclass(frozen=True, slots=True)
class MoveRow:
    """Everybody who was in one class or state, and where they are now, in the order of the columns."""

    state: str
    title: Text
    heads: int
    tiles: tuple[MoveTile, ...]


@dataclass(frozen=True, slots=True)
class MoveFigures:
    """The moves between two runs; `rows` and `columns` hold only states in which somebody is.

    Attributes:
        earlier_on: the day of the earlier run.
        columns: state and title of each class or state now.
        rows: each class or state before.
        moved, up, down: customers whose class is another one; up and down are None for classes without an order.
        known: customers who had a class both times.
        falls: those who left the best class, the greatest sales first, at most `NAMED_FALLS`.
        fall_heads: how many left it.
        best: its title.
        titles: of every state.
        notes: what a reader must know first.
    """

    earlier_on: dt.date
    columns: tuple[tuple[str, Text], ...]
    rows: tuple[MoveRow, ...]
    moved: int
    up: int | None
    down: int | None
    known: int
    falls: tuple[Fall, ...]
    fall_heads: int
    best: Text
    titles: Mapping[str, Text]
    notes: tuple[Text, ...]

    @property
    def never_graded(self) -> int:
        """Customers without a grade both times."""
        return sum(
            tile.heads
            for row in self.rows
            for (state, _), tile in zip(self.columns, row.tiles, strict=True)
            if state == row.state == UNCLASSIFIED
        )


def gather_moves(subject: Subject) -> MoveFigures | None:
    """The moves since the run that was published before; None for a first run, or where the earlier one is gone."""
    earlier = subject.summary.earlier_run
    if earlier is None:
        return None
    try:
        migration = migration_matrix(subject.snapshot, earlier, subject.summary.run_id)
    except KecengError:
        return None
    return describe_moves(migration)


def describe_moves(migration: Migration) -> MoveFigures:
    """The figures of a matrix of moves."""
    columns = [s for s in migration.to_states if migration.heads_to(s)]
    rows = [s for s in migration.from_states if migration.heads_from(s)]
    classes = {a: n for n, a in enumerate(migration.after.standard.grade.class_ids)}
    is_ranked = _is_ranked(migration)
    between = {pair: cell.heads for pair, cell in migration.cells.items() if set(pair) <= set(classes)}
    return MoveFigures(
        earlier_on=migration.before.as_of,
        columns=tuple((state, migration.title_of(state)) for state in columns),
        rows=tuple(_row(migration, state, columns) for state in rows),
        moved=migration.moved_heads,
        up=sum(n for (a, b), n in between.items() if classes[b] < classes[a]) if is_ranked else None,
        down=sum(n for (a, b), n in between.items() if classes[b] > classes[a]) if is_ranked else None,
        known=sum(between.values()),
        falls=migration.falls[:NAMED_FALLS],
        fall_heads=migration.fall_heads,
        best=migration.title_of(migration.before.top_class),
        titles={state: migration.title_of(state) for state in {*columns, *rows}},
        notes=migration.notes,
    )


def _is_ranked(migration: Migration) -> bool:
    before, after = migration.before.standard.grade, migration.after.standard.grade
    return before.class_ids == after.class_ids and after.kind is DimensionKind.TIER


def _row(migration: Migration, state: str, columns: Sequence[str]) -> MoveRow:
    everybody = migration.heads_from(state)
    tiles = []
    for column in columns:
        cell = migration.cells.get((state, column))
        heads = cell.heads if cell else 0
        share = heads / everybody
        tiles.append(
            MoveTile(heads, share, f"{_way(migration, state, column)}-{_level(share)}" if heads else "none")
        )
    return MoveRow(state, migration.title_of(state), everybody, tuple(tiles))


def _way(migration: Migration, state: str, column: str) -> str:
    if state == column:
        return "stay"
    order = migration.after.standard.grade.class_ids
    if not _is_ranked(migration) or state not in order or column not in order:
        return "other"
    return "up" if order.index(column) < order.index(state) else "down"


def _level(share: float) -> int:
    return sum(share >= floor for floor in LEVEL_FLOORS)


@dataclass(frozen=True, slots=True)
class FlowBar:
    """A class or state at one of the two runs, as a bar."""

    state: str
    heads: int
    x: float
    y: float
    height: float

    @property
    def middle(self) -> float:
        """Its vertical centre."""
        return round(self.y + self.height / 2, 2)


@dataclass(frozen=True, slots=True)
class FlowBand:
    """Customers who went from one bar to the other; `path` is closed."""

    origin: str
    target: str
    heads: int
    path: str


@dataclass(frozen=True, slots=True)
class FlowDrawing:
    """Bars of the earlier run on the left, of the later on the right, and the bands between them."""

    bars: tuple[FlowBar, ...]
    bands: tuple[FlowBand, ...]
    left: float
    right: float
    height: float


BAR_WIDTH = 12.0
BAR_GAP = 22.0


def draw_flow(figures: MoveFigures, *, width: float, height: float, margin: float) -> FlowDrawing:
    """The flow on a plane of `width` by `height`, with `margin` on both sides for the names of the bars.

    Customers without a grade both times are left out: they are many, and nothing happened to them.
    """
    flows = {
        (row.state, column): tile.heads
        for row in figures.rows
        for (column, _), tile in zip(figures.columns, row.tiles, strict=True)
        if tile.heads and not (row.state == column == UNCLASSIFIED)
    }
    origins = [row.state for row in figures.rows if any(a == row.state for a, _ in flows)]
    targets = [state for state, _ in figures.columns if any(b == state for _, b in flows)]
    most = max(len(origins), len(targets), 1)
    scale = (height - BAR_GAP * (most - 1)) / max(sum(flows.values()), 1)
    left, right = margin, width - margin - BAR_WIDTH
    heads_left = {s: sum(n for (a, _), n in flows.items() if a == s) for s in origins}
    heads_right = {s: sum(n for (_, b), n in flows.items() if b == s) for s in targets}
    bars_left, bars_right = (_stack(h, x, scale) for h, x in ((heads_left, left), (heads_right, right)))
    bands = _bands(flows, bars_left, bars_right, scale)
    bottom = max((bar.y + bar.height for bar in (*bars_left.values(), *bars_right.values())), default=height)
    return FlowDrawing((*bars_left.values(), *bars_right.values()), bands, left, right, round(bottom, 2))


def _stack(heads: Mapping[str, int], x: float, scale: float) -> dict[str, FlowBar]:
    bars, y = {}, 0.0
    for state, count in heads.items():
        bars[state] = FlowBar(state, count, x, round(y, 2), round(max(count * scale, 1.0), 2))
        y += max(count * scale, 1.0) + BAR_GAP
    return bars


def _bands(
    flows: Mapping[tuple[str, str], int],
    origins: Mapping[str, FlowBar],
    targets: Mapping[str, FlowBar],
    scale: float,
) -> tuple[FlowBand, ...]:
    leaves = {state: bar.y for state, bar in origins.items()}
    enters = {state: bar.y for state, bar in targets.items()}
    bands = []
    for a in origins:
        for b in targets:
            if not (heads := flows.get((a, b), 0)):
                continue
            thick = max(heads * scale, 0.6)
            x1, x2 = origins[a].x + BAR_WIDTH, targets[b].x
            bands.append(FlowBand(a, b, heads, _ribbon((x1, leaves[a]), (x2, enters[b]), thick)))
            leaves[a] += heads * scale
            enters[b] += heads * scale
    return tuple(bands)


def _ribbon(start: tuple[float, float], end: tuple[float, float], thick: float) -> str:
    (x1, y1), (x2, y2) = start, end
    half = (x1 + x2) / 2
    return (
        f"M{x1:.2f} {y1:.2f} C{half:.2f} {y1:.2f} {half:.2f} {y2:.2f} {x2:.2f} {y2:.2f} "
        f"V{y2 + thick:.2f} C{half:.2f} {y2 + thick:.2f} {half:.2f} {y1 + thick:.2f} {x1:.2f} {y1 + thick:.2f} Z"
    )
