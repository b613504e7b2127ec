"""How far two groups are apart: effect sizes with intervals, from counts and sums alone.

Sources: Cohen, Statistical Power Analysis for the Behavioral Sciences (1988), §2.2 (d), §6.2 (h); Welch (1947) for the
difference of two means; Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10, for that of two shares; Cramér,
Mathematical Methods of Statistics (1946), §21.9 (V); Pearson's correlation ratio (η).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_TAIL = 0.975
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Moments:
    """Whole numbers of a group, summed exactly: how many, their sum, the sum of their squares."""

    n: int
    total: int
    squares: int

    def __sub__(self, part: Moments) -> Moments:
        """The group without `part`."""
        return Moments(self.n - part.n, self.total - part.total, self.squares - part.squares)

    @property
    def mean(self) -> float:
        """Their mean; NaN of nobody."""
        return self.total / self.n if self.n else math.nan

    @property
    def variance(self) -> float:
        """Of the sample, n − 1 below the line; NaN of fewer than two."""
        if self.n < 2:
            return math.nan
        return (self.n * self.squares - self.total * self.total) / (self.n * (self.n - 1))


@dataclass(frozen=True, slots=True)
class Contrast:
    """A group against the rest.

    Attributes:
        difference: of the means or shares, group less rest.
        low, high: 95 % interval of the difference.
        effect: Cohen's d of means, Cohen's h of shares; both read .2 small, .5 medium, .8 large.
    """

    difference: float
    low: float
    high: float
    effect: float


def contrast_means(group: Moments, rest: Moments) -> Contrast | None:
    """The means of two groups, in the unit of the numbers; d over the pooled standard deviation.

    None where a side has fewer than two numbers, or nothing varies on either side.
    """
    if min(group.n, rest.n) < 2:
        return None
    a, b = group.variance, rest.variance
    pooled = ((group.n - 1) * a + (rest.n - 1) * b) / (group.n + rest.n - 2)
    if pooled <= 0:
        return None
    difference = group.mean - rest.mean
    error_a, error_b = a / group.n, b / rest.n
    error = error_a + error_b
    freedom = error**2 / (error_a**2 / (group.n - 1) + error_b**2 / (rest.n - 1))
    reach = _t_quantile(freedom) * math.sqrt(error)
    return Contrast(difference, difference - reach, difference + reach, difference / math.sqrt(pooled))


def contrast_shares(hits: int, n: int, rest_hits: int, rest_n: int) -> Contrast | None:
    """Two shares, `hits` of `n` against `rest_hits` of `rest_n`. None where a side is empty."""
    if n < 1 or rest_n < 1:
        return None
    p, q = hits / n, rest_hits / rest_n
    (low_p, high_p), (low_q, high_q) = wilson_interval(hits, n), wilson_interval(rest_hits, rest_n)
    difference = p - q
    low = difference - math.hypot(p - low_p, high_q - q)
    high = difference + math.hypot(high_p - p, q - low_q)
    return Contrast(difference, low, high, 2 * math.asin(math.sqrt(p)) - 2 * math.asin(math.sqrt(q)))


def wilson_interval(hits: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson, 1927)."""
    p, z = hits / n, _Z
    middle = p + z * z / (2 * n)
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


def cramers_v(table: Sequence[Sequence[int]]) -> float | None:
    """Association of two attributes, 0 none to 1 complete; rows and columns without anybody do not count.

    None where fewer than two rows or columns are left.
    """
    rows = [row for row in table if sum(row)]
    columns = [column for column in zip(*rows, strict=True) if sum(column)]
    if len(rows) < 2 or len(columns) < 2:
        return None
    of_row = [sum(cells) for cells in zip(*columns, strict=True)]
    chi_per_head = -1 + sum(
        cell * cell / (of_row[place] * sum(column)) for column in columns for place, cell in enumerate(column)
    )
    return math.sqrt(max(0.0, chi_per_head) / (min(len(rows), len(columns)) - 1))


def correlation_ratio(groups: Sequence[Moments]) -> float | None:
    """η: how much of the spread of a number lies between the groups, 0 none to 1 all. None where nothing varies."""
    n, total = sum(g.n for g in groups), sum(g.total for g in groups)
    spread = n * sum(g.squares for g in groups) - total * total
    if n < 2 or spread <= 0:
        return None
    between = sum(g.total * g.total / g.n for g in groups if g.n) * n - total * total
    return math.sqrt(min(1.0, max(0.0, between / spread)))


def _t_quantile(freedom: float) -> float:
    # The statistics library takes half a second to load; only those who compare pay for it.
    from scipy import special  # noqa: PLC0415

    return float(special.stdtrit(freedom, _TAIL))
