"""Which way of valuing customers the data allow, and the values by that way.

The lifetime models need enough repeat buyers, a history long against the rhythm of buying, and amounts that do not depend
on frequency. Below that the retention form is used, and where not even a yearly retention can be measured, a shrunk
estimate that looks no farther ahead than the history is long. The choice always says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from keceng.measure.clv.beta_geo import BetaGeo, FittedBetaGeo
from keceng.measure.clv.discounting import Terms
from keceng.measure.clv.gamma_gamma import FittedGammaGamma, GammaGamma, read_amounts
from keceng.measure.clv.histories import (
    DAYS_IN_UNIT,
    Column,
    FloatArray,
    PurchaseHistories,
    SoundHistories,
    TimeUnit,
    read_histories,
    read_weights,
)
from keceng.measure.clv.retention import (
    Retention,
    estimate_yearly_spend,
    measure_retention,
    sum_known_years,
    sum_retained_years,
)
from keceng.vocabulary import KecengError, Text

ENOUGH_REPEATERS = 200
"""Repeat buyers a lifetime model needs."""
ENOUGH_GAPS = 3
"""How many median gaps between purchases the history must hold."""
LARGEST_CORRELATION = 0.3
"""Of frequency and mean amount, above which Gamma-Gamma's independence is not credible."""


class ValuationMethod(StrEnum):
    """How customers are valued."""

    LIFETIME = "lifetime"
    RETENTION = "retention"
    SHRUNK = "shrunk"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the choice rests on. Unknown stays None: no repeat buyer has a gap, one amount has no correlation.

    Attributes:
        repeaters: customers with a repeat purchase.
        history_days: greatest age of a customer.
        median_gap_days: median over repeat buyers of their mean gap, t_x/x.
        correlation: of frequency and mean amount over repeat buyers.
        retention: the yearly retention where it can be measured.
    """

    repeaters: int
    history_days: float
    median_gap_days: float | None
    correlation: float | None
    retention: Retention | None


@dataclass(frozen=True, slots=True)
class ValuationChoice:
    """The method, why not a better one (empty for `lifetime`), and the evidence."""

    method: ValuationMethod
    reasons: tuple[Text, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Valuation:
    """Values of customers in the order given; of rows that stand for several, the value of each of them.

    Attributes:
        choice: the method and its reasons.
        clv: contribution within the horizon, worth today; finite for everybody.
        is_low_confidence: a one-time buyer, of whom no model knows more than of anybody; everybody, when not by lifetime.
        purchases: the fitted model of purchases, by the lifetime method only.
        spend: the fitted model of amounts, by the lifetime method only.
    """

    choice: ValuationChoice
    clv: FloatArray
    is_low_confidence: npt.NDArray[np.bool_]
    purchases: FittedBetaGeo | None
    spend: FittedGammaGamma | None


def choose_valuation(customers: PurchaseHistories, *, time_unit: TimeUnit = "days") -> ValuationChoice:
    """The best method whose preconditions the data meet, with the reason for each better one that they do not.

    Raises:
        KecengError: no customers, unusable rows, or no amounts.
    """
    histories, amounts = _read(customers)
    return _choose(histories, amounts, time_unit)


def value_customers(
    customers: PurchaseHistories,
    terms: Terms,
    *,
    time_unit: TimeUnit = "days",
    weights: Column | None = None,
) -> Valuation:
    """Values by the best method that the data allow; a lifetime model that cannot be identified falls back, and says so.

    Customers with T = 0 are valued, but do not teach the model.

    Args:
        customers: one row each, or one for all who share a history and a mean amount.
        terms: horizon, discount rate and margin.
        time_unit: of the histories.
        weights: how many customers each row stands for.

    Raises:
        KecengError: no customers, unusable rows or weights, or no amounts.
        DidNotConverge: nobody ever bought again, so no method knows an amount.
    """
    histories, amounts = _read(customers)
    book = _Book(histories, amounts, None if weights is None else read_weights(weights, len(histories.T)))
    choice = _choose(book.everybody, book.amounts_of_everybody, time_unit)
    if choice.method is ValuationMethod.LIFETIME:
        try:
            return _value_by_lifetime(customers, book, choice, terms=terms, time_unit=time_unit)
        except KecengError as error:  # the rows were checked: what is left to refuse is the model
            reasons = tuple(problem.message for problem in error.problems)
            choice = _fall_back(choice.evidence, reasons)
    yearly = book.of_rows(estimate_yearly_spend(book.everybody, book.amounts_of_everybody, time_unit))
    retention = choice.evidence.retention
    if choice.method is ValuationMethod.RETENTION and retention is not None:
        years = sum_retained_years(retention.rate, terms)
    else:
        years = sum_known_years(choice.evidence.history_days, terms)
    return Valuation(choice, yearly * terms.margin * years, np.ones(len(yearly), dtype=np.bool_), None, None)


@dataclass(frozen=True, slots=True)
class _Book:
    # What is told of the whole book (medians, correlations, shrinkage) is told of every customer; models fit the rows.
    histories: SoundHistories
    amounts: FloatArray
    counts: FloatArray | None

    @property
    def everybody(self) -> SoundHistories:
        h = self.histories
        return replace(
            h, frequency=self._spread(h.frequency), recency=self._spread(h.recency), T=self._spread(h.T)
        )

    @property
    def amounts_of_everybody(self) -> FloatArray:
        return self._spread(self.amounts)

    def of_rows(self, numbers: FloatArray) -> FloatArray:
        if self.counts is None:
            return numbers
        last: FloatArray = numbers[np.cumsum(self.counts.astype(np.int64)) - 1]
        return last

    def _spread(self, column: FloatArray) -> FloatArray:
        return column if self.counts is None else np.repeat(column, self.counts.astype(np.int64))


def _read(customers: PurchaseHistories) -> tuple[SoundHistories, FloatArray]:
    histories = read_histories(customers.frequency, customers.recency, customers.T)
    if len(histories.T) == 0 or histories.limits[2] == 0:
        raise KecengError.of(
            "no_history", "没有可估值的客户历史", "there is no customer with a history to value"
        )
    if customers.monetary_value is None:
        raise KecengError.of(
            "no_amounts", "缺少平均金额 (monetary_value)", "the mean amounts (monetary_value) are missing"
        )
    return histories, read_amounts(customers.frequency, customers.monetary_value)[1]


def _choose(histories: SoundHistories, amounts: FloatArray, time_unit: TimeUnit) -> ValuationChoice:
    evidence = _gather_evidence(histories, amounts, time_unit)
    shortfalls = tuple(_list_shortfalls(evidence))
    return (
        _fall_back(evidence, shortfalls)
        if shortfalls
        else ValuationChoice(ValuationMethod.LIFETIME, (), evidence)
    )


def _fall_back(evidence: Evidence, reasons: tuple[Text, ...]) -> ValuationChoice:
    if evidence.retention is not None:
        return ValuationChoice(ValuationMethod.RETENTION, reasons, evidence)
    unmeasured = Text(
        "首购在一至两年前的客户不足 30 家, 无法量出年留存率; 只按已有历史的长度往前看",
        "fewer than 30 customers are one to two years old, so no yearly retention; looks ahead only as far as the history goes",
    )
    return ValuationChoice(ValuationMethod.SHRUNK, (*reasons, unmeasured), evidence)


def _gather_evidence(histories: SoundHistories, amounts: FloatArray, time_unit: TimeUnit) -> Evidence:
    days = DAYS_IN_UNIT[time_unit]
    repeaters = histories.frequency > 0
    x, own = histories.frequency[repeaters], amounts[repeaters]
    varies = len(x) > 1 and np.ptp(x) > 0 and np.ptp(own) > 0
    return Evidence(
        repeaters=len(x),
        history_days=histories.limits[2] * days,
        median_gap_days=float(np.median(histories.recency[repeaters] / x)) * days if len(x) else None,
        correlation=float(np.corrcoef(x, own)[0, 1]) if varies else None,
        retention=measure_retention(histories, time_unit),
    )


def _list_shortfalls(evidence: Evidence) -> Iterator[Text]:
    if evidence.repeaters < ENOUGH_REPEATERS:
        yield Text(
            f"重复购买的客户只有 {evidence.repeaters} 家, 少于 {ENOUGH_REPEATERS}",
            f"{evidence.repeaters} repeat buyers, fewer than {ENOUGH_REPEATERS}",
        )
    gap = evidence.median_gap_days
    if gap is not None and evidence.history_days < ENOUGH_GAPS * gap:
        yield Text(
            f"历史 {evidence.history_days:.0f} 天, 不足平常购买间隔 {gap:.0f} 天的 {ENOUGH_GAPS} 倍",
            f"a history of {evidence.history_days:.0f} days is less than {ENOUGH_GAPS} usual gaps of {gap:.0f} days",
        )
    if evidence.correlation is not None and abs(evidence.correlation) >= LARGEST_CORRELATION:
        yield Text(
            f"购买次数与平均金额相关 {evidence.correlation:.2f}, 金额模型假定二者无关",
            f"frequency and mean amount correlate at {evidence.correlation:.2f}; the spend model takes them as independent",
        )


def _value_by_lifetime(
    customers: PurchaseHistories,
    book: _Book,
    choice: ValuationChoice,
    *,
    terms: Terms,
    time_unit: TimeUnit,
) -> Valuation:
    histories, counts = book.histories, book.counts
    known = histories.T > 0
    purchases = BetaGeo.fit(
        histories.frequency[known],
        histories.recency[known],
        histories.T[known],
        None if counts is None else counts[known],
        time_unit=time_unit,
    )
    plain = replace(customers, frequency=histories.frequency, recency=histories.recency, T=histories.T)
    spend = GammaGamma.fit(plain.frequency, plain.monetary_value, counts)
    outlook = purchases.foresee(plain, terms)
    clv = outlook.discounted_purchases * spend.expected_amounts(plain) * terms.margin
    return Valuation(choice, clv, histories.frequency == 0, purchases, spend)
