"""Who is probably still a customer: the chance by purchase days and by days of silence, as figures and as a heat map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from keceng.lake import column, literal
from keceng.report.palette import Colour, shade_of
from keceng.report.subject import Subject
from keceng.vocabulary import Kind

DAY_ENDS: tuple[int, ...] = (1, 2, 3, 6, 12)
"""Last purchase days of each band but the open one."""

SILENCE_ENDS: tuple[int, ...] = (30, 90, 180, 365)
"""Last days of silence of each band but the open one."""


@dataclass(frozen=True, slots=True)
class AliveCell:
    """Customers of one band of purchase days and one of silence (counted from 0), and their mean chance, 0–1."""

    day_band: int
    silence_band: int
    heads: int
    chance: float


@dataclass(frozen=True, slots=True)
class AliveTile:
    """One cell where the map has it; `cell` is None where nobody stands."""

    x: float
    y: float
    colour: Colour
    cell: AliveCell | None


@dataclass(frozen=True, slots=True)
class AliveDrawing:
    """The map: purchase days across, silence down; `days` and `silences` name the bands."""

    tiles: Sequence[AliveTile]
    tile_width: float
    tile_height: float
    days: tuple[str, ...]
    silences: tuple[str, ...]


def name_bands(ends: Sequence[int], least: int) -> tuple[str, ...]:
    """`1`, `2`, `4–6`, `≥ 13`: the bands that end at `ends`, the first beginning at `least`, and the open one."""
    starts = (least, *(end + 1 for end in ends))
    closed = [f"{low}" if low == high else f"{low}–{high}" for low, high in zip(starts, ends, strict=False)]
    return (*closed, f"≥ {starts[-1]}")


def gather_alive(subject: Subject) -> tuple[AliveCell, ...]:
    """The occupied cells; none where the chance is unknown."""
    query = (
        exp.select(
            exp.alias_(_place_in("lifetime_purchase_days", DAY_ENDS), "day_band"),
            exp.alias_(_place_in("days_since_last_purchase", SILENCE_ENDS), "silence_band"),
            "count(*) as heads",
            "cast(sum(p_alive) as bigint) as parts",
        )
        .from_("shown")
        .where(
            "grade is not null and carries_sales and p_alive is not null "
            "and lifetime_purchase_days is not null and days_since_last_purchase is not null"
        )
        .group_by("day_band", "silence_band")
        .order_by("day_band", "silence_band")
    )
    return tuple(
        AliveCell(r["day_band"], r["silence_band"], r["heads"], r["parts"] / r["heads"] / Kind.RATIO.scale)
        for r in subject.engine.fetch(query).to_pylist()
    )


def draw_alive(cells: Sequence[AliveCell], *, tile_width: float, tile_height: float) -> AliveDrawing:
    """Every pair of bands, shaded by the chance from 0 to 1."""
    placed: Mapping[tuple[int, int], AliveCell] = {(c.day_band, c.silence_band): c for c in cells}
    tiles = []
    for silence in range(len(SILENCE_ENDS) + 1):
        for days in range(len(DAY_ENDS) + 1):
            cell = placed.get((days, silence))
            colour = shade_of(round(cell.chance * 10_000) if cell else 0, 10_000)
            tiles.append(AliveTile(days * tile_width, silence * tile_height, colour, cell))
    names = name_bands(DAY_ENDS, 1), name_bands(SILENCE_ENDS, 0)
    return AliveDrawing(tiles, tile_width, tile_height, *names)


def _place_in(name: str, ends: Sequence[int]) -> exp.Expr:
    case = exp.Case()
    for place, end in enumerate(ends):
        case = case.when(exp.LTE(this=column(name), expression=literal(end)), literal(place), copy=False)
    return case.else_(literal(len(ends)), copy=False)
