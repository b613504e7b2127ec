"""How far a mix has shifted between two moments: the population stability index, and the Jensen–Shannon distance.

PSI = Σ (q − p) · ln(q ÷ p) over the cells of the mix, p before and q after (Lewis, An Introduction to Credit Scoring, 1994):
below .10 stable, below .25 to be watched, else shifted. A cell that is empty on one side counts as half a head there, and
one that is empty on both does not count. Of two samples from the same mix the PSI is about χ²(k − 1) · (1/n + 1/m) (Yurdakul,
Statistical Properties of Population Stability Index, 2018), so few heads alone give a large one; `by_chance` and `bound` say
how large. Two runs of one company share most customers, which makes the bound a cautious one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

WATCH_PSI = 0.10
SHIFTED_PSI = 0.25


class ShiftVerdict(StrEnum):
    """What a PSI says, few heads apart."""

    STABLE = "stable"
    WATCH = "watch"
    SHIFTED = "shifted"


@dataclass(frozen=True, slots=True)
class Shift:
    """A mix before and after.

    Attributes:
        before, after: heads by cell; both have the same cells.
        psi: None where one side has nobody.
        by_chance: the PSI to expect of two samples of these sizes when nothing has changed.
        bound: the PSI that such samples exceed once in twenty.
        distance: Jensen–Shannon, base 2: 0 the same mix, 1 nothing in common. None where one side has nobody.
    """

    before: Mapping[str, int]
    after: Mapping[str, int]
    psi: float | None
    by_chance: float | None
    bound: float | None
    distance: float | None

    @property
    def verdict(self) -> ShiftVerdict:
        """By the published thresholds; stable where nothing can be said."""
        if self.psi is None or self.psi < WATCH_PSI:
            return ShiftVerdict.STABLE
        return ShiftVerdict.WATCH if self.psi < SHIFTED_PSI else ShiftVerdict.SHIFTED

    @property
    def is_beyond_chance(self) -> bool:
        """Whether the PSI is larger than what few heads give of themselves."""
        return self.psi is not None and self.bound is not None and self.psi > self.bound

    @property
    def is_shifted(self) -> bool:
        """Whether it has shifted, and not by chance."""
        return self.verdict is ShiftVerdict.SHIFTED and self.is_beyond_chance

    @property
    def heads_before(self) -> int:
        """Everybody before."""
        return sum(self.before.values())

    @property
    def heads_after(self) -> int:
        """Everybody after."""
        return sum(self.after.values())

    def shares(self, cell: str) -> tuple[float, float]:
        """The share of `cell` before and after; 0 of nobody."""
        n, m = self.heads_before, self.heads_after
        return (self.before[cell] / n if n else 0.0, self.after[cell] / m if m else 0.0)

    def to_document(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "psi": round_figure(self.psi),
            "verdict": self.verdict.value,
            "by_chance": round_figure(self.by_chance),
            "bound_95": round_figure(self.bound),
            "beyond_chance": self.is_beyond_chance,
            "distance": round_figure(self.distance),
            "before": dict(self.before),
            "after": dict(self.after),
        }


def compare_mixes(before: Mapping[str, int], after: Mapping[str, int]) -> Shift:
    """The shift from the heads `before` to the heads `after`, by cell; a cell that a side does not name has nobody there."""
    cells = list(dict.fromkeys((*before, *after)))
    p, q = {c: before.get(c, 0) for c in cells}, {c: after.get(c, 0) for c in cells}
    n, m = sum(p.values()), sum(q.values())
    if not n or not m:
        return Shift(p, q, None, None, None, None)
    filled = [c for c in cells if p[c] or q[c]]
    psi = sum(_term(p[c] / n or 0.5 / n, q[c] / m or 0.5 / m) for c in filled)
    spread = 1 / n + 1 / m
    freedom = len(filled) - 1
    bound = _chi_quantile(freedom) * spread if freedom else 0.0
    distance = math.sqrt(max(0.0, sum(_divergence(p[c] / n, q[c] / m) for c in filled)))
    return Shift(p, q, psi, freedom * spread, bound, distance)


def round_figure(number: float | None) -> float | None:
    """Six significant digits: what is printed does not hang on the last bits."""
    return None if number is None else float(f"{number:.6g}")


def _term(p: float, q: float) -> float:
    return (q - p) * math.log(q / p)


def _divergence(p: float, q: float) -> float:
    middle = (p + q) / 2
    return sum(x * math.log2(x / middle) / 2 for x in (p, q) if x > 0)


def _chi_quantile(freedom: int) -> float:
    # The statistics library takes half a second to load; only those who compare pay for it.
    from scipy import special  # noqa: PLC0415

    return float(special.chdtri(freedom, 0.05))
