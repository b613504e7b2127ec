"""Figures of worth: positions on three values, the whale curve, how future value is spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from keceng.lake import column, sql
from keceng.report.alive import AliveCell, gather_alive
from keceng.report.calibration import CalibrationFigures, gather_calibration
from keceng.report.figures import CurvePoint
from keceng.report.subject import Subject
from keceng.vocabulary import Text, money_text

WHALE_STEPS = 400
"""Points of the whale curve at most; the eye sees no more."""

POSITION_ROWS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("now_high_later_high", ("core_partner", "star", "star_social_unknown")),
    ("now_high_later_low", ("respected_harvest", "harvest", "harvest_social_unknown")),
    ("now_low_later_high", ("rising_voice", "rising", "rising_social_unknown")),
    ("now_low_later_low", ("advocate", "base", "base_social_unknown")),
    ("now_high_later_unknown", ("respected_future_unknown", "valuable_future_unknown", "")),
    ("now_low_later_unknown", ("advocate_future_unknown", "base_future_unknown", "")),
)
"""The grid: worth now and later down, worth through others (high, low, unknown) across. No code, no such position."""

_NEEDED = {"current_value", "current_value_basis", "value_position", "retained_value"}


@dataclass(frozen=True, slots=True)
class PositionCell:
    """One position: its customers and what they bring now."""

    title: Text
    heads: int
    value_cents: int


@dataclass(frozen=True, slots=True)
class ValueBand:
    """Customers whose future value lies from `title`'s one end to the other."""

    title: Text
    heads: int
    value_cents: int
    value_share: float


@dataclass(frozen=True, slots=True)
class WhaleCurve:
    """Cumulative value, best customers first; above 1 where loss-makers will take it down again.

    Attributes:
        points: shares of customers and of the total, from (0, 0) to (1, 1).
        peak: where the last customer who brings anything stands.
        losing_heads: customers who cost more than they bring.
        lost_cents: what they cost, as a positive amount.
    """

    points: tuple[CurvePoint, ...]
    peak: CurvePoint
    losing_heads: int
    lost_cents: int


@dataclass(frozen=True, slots=True)
class LifetimeFigures:
    """Lifetime value, where the run measured it.

    Attributes:
        method: how customers were valued.
        basis: what the value is counted in.
        heads: customers with a value.
        total_cents: of them all.
        bands: how it is spread.
        alive: chance of still being a customer; empty where the method does not know it.
        calibration: how the same valuation would have done in the days before the run.
    """

    method: Text
    basis: Text
    heads: int
    total_cents: int
    bands: tuple[ValueBand, ...]
    alive: tuple[AliveCell, ...]
    calibration: CalibrationFigures


@dataclass(frozen=True, slots=True)
class ValueFigures:
    """What customers are worth.

    `future_basis` says which future value positions and bands look at; `whale` is None where the total is not positive;
    `bands` are empty where no future is known; `lifetime` is None for a run
    that did not measure it.
    """

    basis: Text
    positions: Mapping[str, PositionCell]
    unplaced_heads: int
    whale: WhaleCurve | None
    bands: tuple[ValueBand, ...]
    future_basis: Text
    lifetime: LifetimeFigures | None = None

    @property
    def position_rows(self) -> tuple[tuple[str, tuple[PositionCell | None, ...]], ...]:
        """The rows of `POSITION_ROWS` in which anybody stands."""
        rows = tuple((key, tuple(self.positions.get(code) for code in codes)) for key, codes in POSITION_ROWS)
        return tuple((key, cells) for key, cells in rows if any(cells))


def gather_value(subject: Subject) -> ValueFigures | None:
    """The figures of worth, None for a run that was stored before they were measured."""
    stored = set(subject.engine.fetch(sql("select * from shown limit 0")).column_names)
    if not stored >= _NEEDED:
        return None
    titles = dict(subject.measures["value_position"].categories)
    is_foretold = "future_value" in stored and bool(
        subject.engine.fetch(sql("select count(future_value) as known from shown"))["known"][0].as_py()
    )
    rows = subject.engine.fetch(sql(_POSITIONS)).to_pylist()
    placed = {r["found"]: r for r in rows if r["found"] in titles}
    return ValueFigures(
        basis=_basis(subject),
        positions={
            code: PositionCell(titles[code], r["heads"], r["value_cents"]) for code, r in placed.items()
        },
        unplaced_heads=sum(r["heads"] for r in rows if r["found"] is None),
        whale=_gather_whale(subject),
        bands=_gather_bands(subject, "future_value" if is_foretold else "retained_value"),
        future_basis=subject.measures["future_value" if is_foretold else "retained_value"].definition,
        lifetime=_gather_lifetime(subject) if stored >= _LIFETIME_NEEDED else None,
    )


_LIFETIME_NEEDED = {"clv", "clv_basis", "p_alive", "valuation_method"}

_POSITIONS = """
select value_position as found, count(*) as heads,
  cast(coalesce(sum(current_value) filter (where carries_sales), 0) as bigint) as value_cents
from shown where grade is not null group by value_position
"""

_WHALE = """
with ordered as (
  select current_value, row_number() over best as place, count(*) over () as heads,
    cast(sum(current_value) over (best rows between unbounded preceding and current row) as bigint) as upto,
    cast(sum(current_value) over () as bigint) as total
  from shown where grade is not null and carries_sales and current_value is not null
  window best as (order by current_value desc, customer_key)
)
select place, heads, upto, total from ordered
where place * :steps // heads <> (place - 1) * :steps // heads order by place
"""

_LOSSES = """
select count(*) as heads, count(*) filter (where current_value > 0) as winning,
  count(*) filter (where current_value < 0) as losing,
  cast(coalesce(sum(greatest(current_value, 0)), 0) as bigint) as won_cents,
  cast(coalesce(-sum(least(current_value, 0)), 0) as bigint) as lost_cents
from shown where grade is not null and carries_sales and current_value is not null
"""

# Bands by powers of ten of whole currency units; nothing ahead is a band of its own.
_BANDS = """
select case when :worth < 100 then -1 else length(cast(:worth // 100 as varchar)) - 1 end as power,
  count(*) as heads, cast(sum(:worth) as bigint) as value_cents
from shown where grade is not null and carries_sales and :worth is not null
group by 1 order by 1 desc
"""


def _basis(subject: Subject) -> Text:
    found = subject.engine.fetch(sql("select min(current_value_basis) as basis from shown"))["basis"][
        0
    ].as_py()
    return subject.measures["current_value_basis"].category_title(found or "spend")


def _gather_whale(subject: Subject) -> WhaleCurve | None:
    rows = subject.engine.fetch(sql(_WHALE, steps=WHALE_STEPS)).to_pylist()
    if not rows or rows[-1]["total"] <= 0:
        return None
    points = [CurvePoint(r["place"] / r["heads"], r["upto"] / r["total"]) for r in rows]
    sums = subject.engine.fetch(sql(_LOSSES)).to_pylist()[0]
    peak = CurvePoint(sums["winning"] / sums["heads"], sums["won_cents"] / rows[-1]["total"])
    ordered = sorted({CurvePoint(0.0, 0.0), *points, peak}, key=lambda p: (p.head_share, p.sales_share))
    return WhaleCurve(tuple(ordered), peak, sums["losing"], sums["lost_cents"])


def _gather_lifetime(subject: Subject) -> LifetimeFigures | None:
    how = subject.engine.fetch(
        sql("select min(valuation_method) as method, min(clv_basis) as basis from shown")
    ).to_pylist()[0]
    bands = _gather_bands(subject, "clv")
    if how["method"] is None or not bands:
        return None
    return LifetimeFigures(
        method=subject.measures["valuation_method"].category_title(how["method"]),
        basis=subject.measures["clv_basis"].category_title(how["basis"]),
        heads=sum(band.heads for band in bands),
        total_cents=sum(band.value_cents for band in bands),
        bands=bands,
        alive=gather_alive(subject),
        calibration=gather_calibration(subject),
    )


def _gather_bands(subject: Subject, measure: str) -> tuple[ValueBand, ...]:
    rows = subject.engine.fetch(sql(_BANDS, worth=column(measure))).to_pylist()
    total = sum(r["value_cents"] for r in rows)
    return tuple(
        ValueBand(
            _band_title(r["power"]), r["heads"], r["value_cents"], r["value_cents"] / total if total else 0.0
        )
        for r in rows
    )


def _band_title(power: int) -> Text:
    if power < 0:
        return Text("不足 1", "below 1")
    low, high = (money_text(100 * 10**p) for p in (power, power + 1))
    return Text(f"{low} 至 {high} 以下", f"{low} to below {high}")


@dataclass(frozen=True, slots=True)
class WhaleDrawing:
    """The whale curve on a plane of `width` by `height` whose top is `ceiling` times the total."""

    left: float
    top: float
    width: float
    height: float
    ceiling: float
    line: str
    peak: tuple[float, float]
    steps: tuple[float, ...]

    def x(self, share: float) -> float:
        """Where a share of customers stands."""
        return round(self.left + share * self.width, 2)

    def y(self, share: float) -> float:
        """Where a share of the total stands."""
        return round(self.top + (1 - share / self.ceiling) * self.height, 2)


def draw_whale(curve: WhaleCurve, *, width: float, height: float) -> WhaleDrawing:
    """The curve with room above its peak and a line every quarter of the total, every whole where the peak is far up."""
    step = 0.25 if curve.peak.sales_share <= 2 else float(-(-curve.peak.sales_share // 5))
    ceiling = step * -(-max(curve.peak.sales_share, 1.0) // step)
    steps = tuple(step * k for k in range(round(ceiling / step) + 1))
    plane = WhaleDrawing(52.0, 30.0, width, height, ceiling, "", (0.0, 0.0), steps)
    placed = [(plane.x(p.head_share), plane.y(p.sales_share)) for p in curve.points]
    line = f"M{placed[0][0]} {placed[0][1]} " + " ".join(f"L{x} {y}" for _, (x, y) in pairwise(placed))
    peak = (plane.x(curve.peak.head_share), plane.y(curve.peak.sales_share))
    return WhaleDrawing(plane.left, plane.top, width, height, ceiling, line, peak, steps)
