"""What any model of purchases answers: is the customer still there, how often will they buy, what are they worth.

All models here factor the same way: purchases ahead = P(alive | x, t_x, T) × purchases ahead of someone alive with (x, T).
The second factor, the expensive one, is computed once per distinct (x, T).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from keceng.measure.clv.discounting import Terms, discount_schedule
from keceng.measure.clv.fitting import FittedModel, P
from keceng.measure.clv.gamma_gamma import FittedGammaGamma
from keceng.measure.clv.histories import (
    DAYS_IN_UNIT,
    Column,
    FloatArray,
    PurchaseHistories,
    SoundHistories,
    TimeUnit,
    like_given,
    read_histories,
)
from keceng.measure.clv.pairs import index_pairs
from keceng.vocabulary import KecengError, Place


@dataclass(frozen=True, slots=True)
class Outlook:
    """Per customer, in the order given.

    Attributes:
        p_alive: probability of still being a customer at T.
        expected_purchases: within the horizon.
        discounted_purchases: the same, each worth what it is worth today.
    """

    p_alive: FloatArray
    expected_purchases: FloatArray
    discounted_purchases: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedLifetime(FittedModel[P], ABC):
    """A fitted model of purchases. `time_unit` is the unit of `recency`, `T`, `alpha`, `beta` and of plain horizons."""

    time_unit: TimeUnit = "days"

    def p_alive(self, frequency: Column, recency: Column, T: Column) -> Column:
        """Probability that each customer is still active at T, 0–1; Arrow when given Arrow.

        Raises:
            KecengError: unusable rows, all named (see `read_histories`).
        """
        return like_given(self._chance_alive(read_histories(frequency, recency, T)), frequency, recency, T)

    def expected_purchases(self, horizon: float, frequency: Column, recency: Column, T: Column) -> Column:
        """Expected purchases of each customer in (T, T + horizon]; Arrow when given Arrow.

        Args:
            horizon: in the data's own time unit, positive.
            frequency: repeat purchases.
            recency: age at the last purchase.
            T: age today.

        Raises:
            KecengError: unusable rows, or a horizon that is not positive.
        """
        if not 0 < horizon < np.inf:
            raise KecengError.of(
                "unusable_horizon",
                "期限应为正数",
                "a horizon is a positive span",
                place=Place(column="horizon"),
                value=f"{horizon:g}",
            )
        histories = read_histories(frequency, recency, T)
        pairs = index_pairs(histories)
        ahead = self.purchases_if_alive(pairs.frequency, pairs.T, np.array([float(horizon)]))[:, 0]
        return like_given(self._chance_alive(histories) * ahead[pairs.position], frequency, recency, T)

    def clv(
        self,
        spend: FittedGammaGamma,
        customers: PurchaseHistories,
        *,
        horizon_days: float,
        discount_rate: float,
        margin: float,
    ) -> Column:
        """What each customer's purchases of the horizon are worth today; Arrow when given Arrow.

        Σ over months of (expected purchases in the month) × E[amount | x, m̄] × margin ÷ (1 + discount_rate)^(time in
        years), months of 30.4375 days discounted at their end, the last one at the end of the horizon.

        Args:
            spend: what a purchase amounts to.
            customers: with `monetary_value`.
            horizon_days: in days, whatever the data's unit.
            discount_rate: per year, above −1.
            margin: share of an amount that is kept; may be negative.

        Raises:
            KecengError: unusable rows or terms, or a mean spend that the spend model leaves undefined.
        """
        terms = Terms(horizon_days, discount_rate, margin)
        outlook = self.foresee(customers, terms)
        worth = outlook.discounted_purchases * spend.expected_amounts(customers) * terms.margin
        return like_given(
            worth, customers.frequency, customers.recency, customers.T, customers.monetary_value
        )

    def foresee(self, customers: PurchaseHistories, terms: Terms) -> Outlook:
        """P(alive), purchases within the horizon and their discounted number, in one pass.

        Raises:
            KecengError: unusable rows or terms.
        """
        histories = read_histories(customers.frequency, customers.recency, customers.T)
        pairs = index_pairs(histories)
        schedule = discount_schedule(terms)
        ahead = self.purchases_if_alive(
            pairs.frequency, pairs.T, schedule.ends_days / DAYS_IN_UNIT[self.time_unit]
        )
        alive = self._chance_alive(histories)
        return Outlook(
            alive, alive * ahead[:, -1][pairs.position], alive * (ahead @ schedule.factors)[pairs.position]
        )

    @abstractmethod
    def odds_gone(self, histories: SoundHistories) -> FloatArray:
        """Odds that each customer has left; may be infinite, never NaN."""

    @abstractmethod
    def purchases_if_alive(self, frequency: FloatArray, T: FloatArray, horizons: FloatArray) -> FloatArray:
        """Expected purchases (rows × horizons, own time unit) of customers known to be active at T."""

    @abstractmethod
    def chance_if_alive(self, frequency: FloatArray, T: FloatArray, horizon: float) -> FloatArray:
        """P(any purchase) within `horizon` of customers known to be active at T."""

    @abstractmethod
    def squares_if_alive(self, frequency: FloatArray, T: FloatArray, horizon: float) -> FloatArray:
        """E[purchases²] within `horizon` of customers known to be active at T; costs far more than the chance."""

    def _chance_alive(self, histories: SoundHistories) -> FloatArray:
        return 1.0 / (1.0 + self.odds_gone(histories))
