"""How much of a total few customers make: whale curve, share of the best fifth, Gini, Herfindahl index (HHI).

Amounts are one whole-number column of a run's measured table, one row per customer; customers whose amount is unknown
are left out. Amounts may be negative (contribution): the shares are of the net total, and undefined unless it is positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)  # no slots: the sums are kept once made
class Concentration:
    """The amounts of all customers whose amount is known.

    Attributes:
        descending: the amounts, greatest first, in stored parts (cents for money).
    """

    descending: npt.NDArray[np.int64]

    @classmethod
    def of(cls, amounts: pa.Array | pa.ChunkedArray) -> Concentration:
        """From a column of whole numbers; NULLs are left out.

        Raises:
            pyarrow.ArrowInvalid: the column does not hold whole numbers.
        """
        known = pc.drop_null(amounts).cast(pa.int64())
        return cls(known.take(pc.sort_indices(known, sort_keys=[("", "descending")])).to_numpy())

    @property
    def customers(self) -> int:
        """How many customers have a known amount."""
        return len(self.descending)

    @cached_property
    def total(self) -> int:
        """The sum of all amounts."""
        return int(self.descending.sum())

    @cached_property
    def whale_curve(self) -> npt.NDArray[np.int64]:
        """The whale curve: the sum of the best k customers at position k − 1, in stored parts."""
        return self.descending.cumsum()

    @property
    def peak(self) -> int:
        """The highest point of the whale curve: the sum of all positive amounts."""
        return int(self.descending[self.descending > 0].sum())

    @property
    def profitable_customers(self) -> int:
        """How many customers stand before the peak."""
        return int((self.descending > 0).sum())

    @property
    def peak_ratio(self) -> float | None:
        """Peak ÷ total: 1 without losses; None when the total is not positive."""
        return self.peak / self.total if self.total > 0 else None

    def top_share(self, share: float = 0.2) -> float | None:
        """What the best ⌈share × customers⌉ make of the total; None when the total is not positive.

        Raises:
            ValueError: `share` is not above 0 and at most 1.
        """
        if not 0 < share <= 1:
            raise ValueError(f"share is above 0 and at most 1, not {share}")
        if self.total <= 0:
            return None
        # 0.2 × 15 is 3.0000000000000004 in binary: such a remainder is no customer.
        best = -int(-round(share * self.customers, 9) // 1)
        return float(self.whale_curve[best - 1]) / self.total

    @property
    def gini(self) -> float | None:
        """Gini = (n + 1 − 2 Σ ranked sums ÷ total) ÷ n over ascending amounts; 0 when all are equal.

        With negative amounts it may exceed 1. None when the total is not positive.
        """
        if self.total <= 0:
            return None
        # Summed as Python whole numbers: n × total may pass 64 bits, and a difference of like numbers must stay exact.
        over_ranks = 2 * _wide_sum(self.whale_curve) - (self.customers + 1) * self.total
        return over_ranks / (self.customers * self.total)

    @property
    def herfindahl(self) -> float | None:
        """HHI = Σ share², from 1 ÷ n (equal) to 1 (one customer); shares of the positive amounts, None without any."""
        positive = self.descending[self.descending > 0]
        if not len(positive):
            return None
        shares = positive / positive.sum()
        return float(shares @ shares)


def _wide_sum(amounts: npt.NDArray[np.int64]) -> int:
    # High and low halves apart: neither sum can pass 64 bits below two thousand million customers.
    return (int((amounts >> 32).sum()) << 32) + int((amounts & 0xFFFFFFFF).sum())
