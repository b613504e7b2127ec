"""Chart geometry: figures become coordinates here, and the template draws them as SVG.

Nothing of this needs a browser to run code, so the charts print, survive mail gateways and obey the strictest policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from keceng.report.figures import ClassFigures, CurveMark, CurvePoint, RfmCell, SalesCurve
from keceng.report.palette import Colour, shade_of

LABEL_HEIGHT = 38
"""Two lines of a label on the curve, and the space to the next."""

LABEL_SHARES = 104
"""Room for the second line of a label, two shares and an arrow."""


def width_of_text(text: str) -> float:
    """About how wide `text` of ordinary size is: a Chinese character takes about twice a Latin one."""
    return sum(13.5 if ord(c) > 0x2E80 else 7.5 for c in text)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in chart units."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Its horizontal centre."""
        return round(self.x + self.width / 2, 2)

    def fits(self, text: str) -> bool:
        """Whether `text` finds room in it."""
        return self.width >= 8 + width_of_text(text)


def stack_shares(
    shares: Sequence[float], *, width: float, y: float, height: float, gap: float = 2
) -> list[Box]:
    """One box per share, side by side over `width`; a share of nothing has no width."""
    boxes, x = [], 0.0
    for share in shares:
        full = share * width
        boxes.append(Box(round(x, 2), y, round(max(full - gap, 0.0 if full == 0 else 0.75), 2), height))
        x += full
    return boxes


@dataclass(frozen=True, slots=True)
class StackedBars:
    """Customers above sales, both cut by class."""

    heads: Sequence[Box]
    sales: Sequence[Box]


def draw_stacked_bars(classes: Sequence[ClassFigures], *, width: float) -> StackedBars:
    """The two bars whose contrast is the point of classification: few customers, most sales."""
    return StackedBars(
        stack_shares([c.head_share for c in classes], width=width, y=22, height=40),
        stack_shares([c.sales_share for c in classes], width=width, y=94, height=40),
    )


@dataclass(frozen=True, slots=True)
class Dot:
    """A marked point and the height of its label; `is_left` puts the label to the left of the dot."""

    mark: CurveMark
    x: float
    y: float
    label_y: float
    is_left: bool

    @property
    def label_width(self) -> float:
        """Room for its label in either language, and the gap between dot and label."""
        title = self.mark.title
        return 14 + max(LABEL_SHARES, width_of_text(title.zh), width_of_text(title.en))

    @property
    def label_x(self) -> float:
        """Where its label begins, seen from the left."""
        return self.x - self.label_width if self.is_left else self.x

    def hides(self, other: Dot) -> bool:
        """Whether the two labels would lie over each other."""
        first, second = sorted((self, other), key=lambda dot: dot.label_x)
        is_beside = second.label_x - first.label_x >= first.label_width
        return not is_beside and abs(self.label_y - other.label_y) < LABEL_HEIGHT


@dataclass(frozen=True, slots=True)
class CurveDrawing:
    """The Pareto curve on a plane of `width` by `height`, the origin below left at (`left`, `top + height`)."""

    left: float
    top: float
    width: float
    height: float
    line: str
    area: str
    dots: Sequence[Dot]
    targets: Sequence[tuple[float, CurvePoint]]
    fifth: tuple[float, float] | None

    def x(self, share: float) -> float:
        """Where a share of customers stands."""
        return round(self.left + share * self.width, 2)

    def y(self, share: float) -> float:
        """Where a share of sales stands."""
        return round(self.top + (1 - share) * self.height, 2)


def draw_curve(curve: SalesCurve, *, width: float, height: float) -> CurveDrawing:
    """The curve, its marks, and a hover target every twentieth of the customers."""
    left, top = 52.0, 30.0

    def at(point: CurvePoint) -> tuple[float, float]:
        return (round(left + point.head_share * width, 2), round(top + (1 - point.sales_share) * height, 2))

    path = " ".join(f"{'M' if k == 0 else 'L'}{x} {y}" for k, (x, y) in enumerate(map(at, curve.points)))
    floor = top + height
    dots = _place_labels([(mark, *at(mark.point)) for mark in curve.marks], edge=left + width)
    targets = [(at(p)[0], p) for p in list_twentieths(curve.points)]
    fifth = None if curve.top_fifth_share is None else at(CurvePoint(0.2, curve.top_fifth_share))
    area = f"{path} L{left + width} {floor} L{left} {floor} Z"
    return CurveDrawing(left, top, width, height, path, area, dots, targets, fifth)


def _place_labels(marks: Sequence[tuple[CurveMark, float, float]], *, edge: float) -> list[Dot]:
    # From the last and highest dot down, so that a label that has no room moves below those that have.
    dots: list[Dot] = []
    for mark, x, y in reversed(marks):
        dot = Dot(mark, x, y, y + 20, is_left=False)
        dot = replace(dot, is_left=x + dot.label_width > edge)
        for placed in sorted(dots, key=lambda d: d.label_y):
            if dot.hides(placed):
                dot = replace(dot, label_y=placed.label_y + LABEL_HEIGHT)
        dots.append(dot)
    return dots[::-1]


def list_twentieths(points: Sequence[CurvePoint]) -> list[CurvePoint]:
    """The first point at or beyond each twentieth, each point once."""
    chosen: dict[float, CurvePoint] = {}
    for step in range(1, 21):
        found = next((p for p in points if p.head_share >= step / 20 - 1e-9), None)
        if found is not None:
            chosen.setdefault(found.head_share, found)
    return list(chosen.values())


@dataclass(frozen=True, slots=True)
class HeatTile:
    """One cell of the RFM map; `cell` is None where nobody stands."""

    r_score: int
    f_score: int
    x: float
    y: float
    colour: Colour
    cell: RfmCell | None


@dataclass(frozen=True, slots=True)
class HeatDrawing:
    """The RFM map: R down from the most recent, F across to the most frequent."""

    tiles: Sequence[HeatTile]
    tile_width: float
    tile_height: float
    bins: int


def draw_heat_map(cells: Sequence[RfmCell], *, tile_width: float, tile_height: float) -> HeatDrawing:
    """Every pair of scores up to the greatest score that occurs."""
    by_scores: Mapping[tuple[int, int], RfmCell] = {(c.r_score, c.f_score): c for c in cells}
    bins = max((max(c.r_score, c.f_score) for c in cells), default=0)
    greatest = max((c.heads for c in cells), default=0)
    tiles = []
    for r in range(bins, 0, -1):
        for f in range(1, bins + 1):
            cell = by_scores.get((r, f))
            colour = shade_of(cell.heads if cell else 0, greatest)
            tiles.append(HeatTile(r, f, (f - 1) * tile_width, (bins - r) * tile_height, colour, cell))
    return HeatDrawing(tiles, tile_width, tile_height, bins)
