"""How right the valuation was: the hold-out of the run's own data, as figures and as a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from keceng.evaluate import CalibrationGroup, ForecastCheck, check_forecast
from keceng.report.subject import Subject
from keceng.vocabulary import Text


@dataclass(frozen=True, slots=True)
class CalibrationFigures:
    """The check of a run's valuation, and by which method, in words; None where nothing could be foretold."""

    check: ForecastCheck
    method: Text | None

    @property
    def hits(self) -> int:
        """Groups whose prediction lies within the sampling interval of what came."""
        return sum(group.is_hit for group in self.check.groups)

    @property
    def ratio(self) -> float | None:
        """Foretold ÷ came, of all customers together; None where nothing came."""
        return self.check.predicted / self.check.actual if self.check.actual > 0 else None


def gather_calibration(subject: Subject) -> CalibrationFigures:
    """The check on the ledger that the run was made from; nothing after the run's date is read."""
    check = check_forecast(subject.snapshot, subject.frame)
    title = subject.measures["valuation_method"].category_title
    return CalibrationFigures(check, None if check.method is None else title(check.method))


@dataclass(frozen=True, slots=True)
class CalibrationDot:
    """One group: its dot, and the ends of its interval on the upright."""

    group: CalibrationGroup
    x: float
    y: float
    low_y: float
    high_y: float


@dataclass(frozen=True, slots=True)
class CalibrationDrawing:
    """Predicted across, actual up, both on the same logarithmic scale, so that a right prediction lies on the diagonal.

    `steps` are the labelled numbers of both axes with where they stand across and up.
    """

    left: float
    top: float
    width: float
    height: float
    dots: tuple[CalibrationDot, ...]
    steps: tuple[tuple[float, float, float], ...]


def draw_calibration(
    groups: Sequence[CalibrationGroup], *, width: float, height: float
) -> CalibrationDrawing:
    """The chart on a plane of `width` by `height`; what is below its least number stands on its edge.

    Raises:
        ValueError: no group foretells or brought anything.
    """
    seen = [n for g in groups for n in (g.predicted, g.actual, g.high) if n > 0]
    if not seen:
        raise ValueError("nothing to draw")
    least, most = math.log10(min(seen)) - 0.08, math.log10(max(seen)) + 0.08
    left, top = 64.0, 30.0

    def along(number: float) -> float:
        return 0.0 if number <= 0 else min(1.0, max(0.0, (math.log10(number) - least) / (most - least)))

    def x(number: float) -> float:
        return round(left + along(number) * width, 2)

    def y(number: float) -> float:
        return round(top + (1 - along(number)) * height, 2)

    dots = tuple(CalibrationDot(g, x(g.predicted), y(g.actual), y(g.low), y(g.high)) for g in groups)
    steps = tuple((step, x(step), y(step)) for step in list_steps(10**least, 10**most))
    return CalibrationDrawing(left, top, width, height, dots, steps)


def list_steps(least: float, most: float) -> list[float]:
    """1, 2 and 5 times the powers of ten from `least` to `most`; the powers alone where those would be more than eight."""
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    fine = [n * 10.0**power for power in powers for n in (1, 2, 5) if least <= n * 10.0**power <= most]
    return fine if len(fine) <= 8 else [10.0**power for power in powers if least <= 10.0**power <= most]
