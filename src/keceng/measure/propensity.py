"""Purchase propensity: the chance that a customer buys within a horizon, learnt from an earlier day and what followed it.

Time-split: the traits at one day, the purchases of the horizon after it; both lie before the day the chances are told for.
Logistic regression on standardised traits, recalibrated on folds it was not fitted on (Platt 1999), so a reason is exact:
the log-odds are the average customer's plus one contribution per trait. Boosted trees were tried beside it on three data
sets and told no better; they have no such reasons. Below `ENOUGH_CUSTOMERS` or `ENOUGH_BUYERS` a fixed rule stands in.
Churn risk is 1 − the chance, and is defined for chances only, not for the points of the rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from keceng.measure.capture import capture_share, count_top, rank_mid
from keceng.measure.contributions import REASON_CODES, Contribution
from keceng.measure.foresight import TRAITS, FloatArray
from keceng.vocabulary import Text

ENOUGH_CUSTOMERS = 500
ENOUGH_BUYERS = 50
"""Of those who bought, and of those who did not."""
FOLDS = 5
_PENALTY = 0.3
_NAMES = tuple(trait.name for trait in TRAITS)

Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FittedPropensity:
    """A fitted model; its chances hold for `horizon_days`.

    Attributes:
        horizon_days: the span after the day in which a purchase counts.
        base: log-odds of the average customer.
        centre, spread: of each trait on the training day; the centre stands in for an unknown trait.
        least, most: of each trait on the training day; beyond them nothing was learnt, so a trait is read as the nearer one.
        slopes: log-odds per spread of each trait, 0 for a trait that did not differ or was known of nobody.
        unknown: log-odds of not knowing the trait.
        out_of_fold: the chances told for the training customers by fits that had not seen them.
    """

    horizon_days: int
    base: float
    centre: FloatArray
    spread: FloatArray
    least: FloatArray
    most: FloatArray
    slopes: FloatArray
    unknown: FloatArray
    out_of_fold: FloatArray

    def chances(self, traits: FloatArray) -> FloatArray:
        """P(a purchase within the horizon) of each customer, 0–1."""
        chances: FloatArray = expit(self.base + self.contributions(traits).sum(axis=1))
        return chances

    def churn_risks(self, traits: FloatArray) -> FloatArray:
        """1 − the chance of a purchase within the horizon."""
        return 1.0 - self.chances(traits)

    def contributions(self, traits: FloatArray) -> FloatArray:
        """Log-odds that each trait (column) adds for each customer (row)."""
        absent = np.isnan(traits)
        known = np.clip(traits, self.least, self.most)
        steps = np.where(absent, 0.0, (known - self.centre) / self.spread)
        return steps * self.slopes + absent * self.unknown

    def main_reasons(self, traits: FloatArray, count: int = 3) -> list[tuple[Contribution, ...]]:
        """The `count` greatest contributions of each customer, greatest first; those that add nothing are left out."""
        added = self.contributions(traits)
        order = _greatest(added, count)
        return [
            tuple(Contribution(TRAITS[j], float(row[j])) for j in places if row[j] != 0)
            for row, places in zip(added, order, strict=True)
        ]

    def main_codes(self, traits: FloatArray, count: int = 3) -> tuple[pa.Array, ...]:
        """The same as codes (`REASON_CODES`): the greatest of each customer, the second, …; null where there is none."""
        added = self.contributions(traits)
        codes = pa.array([code for code, _ in REASON_CODES])
        told = []
        for places in _greatest(added, count).T:
            found = np.take_along_axis(added, places[:, None], axis=1)[:, 0]
            told.append(codes.take(pa.array(2 * places + (found > 0), mask=found == 0)))
        return tuple(told)


@dataclass(frozen=True, slots=True)
class PropensityRule:
    """The rule for thin data: ½·(1 − min(q, 4)/4) + ½·(mid-rank percentile of purchase days), 0–1; points, not chances.

    Attributes:
        reasons: why no model could be fitted.
    """

    reasons: tuple[Text, ...]

    def points(self, traits: FloatArray) -> FloatArray:
        """The points of each customer, ranked among those given; an unknown rhythm counts as the quietest."""
        quiet = np.expm1(traits[:, _NAMES.index("gap_ratio")])
        frequency = traits[:, _NAMES.index("purchase_days")]
        activity = 1.0 - np.minimum(np.where(np.isnan(quiet), 4.0, quiet), 4.0) / 4.0
        percentile = (rank_mid(frequency) - 0.5) / len(frequency)
        return 0.5 * activity + 0.5 * percentile


def fit_propensity(traits: FloatArray, bought: Flags, horizon_days: int) -> FittedPropensity | PropensityRule:
    """The model of who bought within `horizon_days` after the day of `traits`, or the rule when there is too little to learn.

    Args:
        traits: as of the training day (`read_traits`).
        bought: whether the customer bought within the horizon after it.
        horizon_days: its length.
    """
    if shortfalls := _list_shortfalls(bought):
        return PropensityRule(shortfalls)
    centre, spread = _standardise(traits)
    design = _design(traits, centre, spread)
    unseen = np.empty(len(bought))
    folds = np.arange(len(bought)) % FOLDS
    for fold in range(FOLDS):
        learnt, told = folds != fold, folds == fold
        unseen[told] = _fit_logistic(design[learnt], bought[learnt]).decision_function(design[told])
    # the folds' log-odds are too wide or too narrow by what the fit learnt of chance
    recalibrated = LogisticRegression(C=np.inf, solver="newton-cholesky").fit(unseen[:, None], bought)
    slope, shift = max(float(recalibrated.coef_[0, 0]), 0.0), float(recalibrated.intercept_[0])
    model = _fit_logistic(design, bought)
    slopes, unknown = np.split(model.coef_[0] * slope, 2)
    base = float(model.intercept_[0]) * slope + shift
    absent = np.isnan(traits)
    least = np.where(absent, np.inf, traits).min(axis=0)
    most = np.where(absent, -np.inf, traits).max(axis=0)
    is_known = ~absent.all(axis=0)
    return FittedPropensity(
        horizon_days=horizon_days,
        base=base,
        centre=centre,
        spread=spread,
        least=np.where(is_known, least, centre),
        most=np.where(is_known, most, centre),
        slopes=slopes,
        unknown=unknown,
        out_of_fold=expit(unseen * slope + shift),
    )


@dataclass(frozen=True, slots=True)
class PropensityQuality:
    """How well chances told who bought; None where everybody or nobody did.

    Attributes:
        auc: chance that a buyer was ranked above another, ties half.
        brier: mean squared error of the chances; None for points that are no chances.
        top_decile_lift: share of buyers in the top tenth ÷ share of buyers, ties at the edge in part.
    """

    auc: float | None
    brier: float | None
    top_decile_lift: float | None


def judge_propensity(ranks: FloatArray, bought: Flags, *, are_chances: bool) -> PropensityQuality:
    """The quality of chances, or of any other ranking of the same customers, against who bought."""
    buyers, others = int(bought.sum()), int((~bought).sum())
    brier = float(((ranks - bought) ** 2).mean()) if are_chances and len(ranks) else None
    if not buyers or not others:
        return PropensityQuality(None, brier, None)
    auc = (float(rank_mid(ranks)[bought].sum()) - buyers * (buyers + 1) / 2) / (buyers * others)
    captured = capture_share(ranks, bought.astype(np.float64), 0.1)
    top = count_top(len(ranks), 0.1) / len(ranks)
    return PropensityQuality(auc, brier, None if captured is None else captured / top)


def _greatest(added: FloatArray, count: int) -> npt.NDArray[np.int64]:
    order: npt.NDArray[np.int64] = np.argsort(-np.abs(added), axis=1, kind="stable")[:, :count]
    return order


def _list_shortfalls(bought: Flags) -> tuple[Text, ...]:
    told = []
    customers, buyers = len(bought), int(bought.sum())
    if customers < ENOUGH_CUSTOMERS:
        told.append(
            Text(
                f"可学习的客户 {customers} 家, 少于 {ENOUGH_CUSTOMERS}",
                f"{customers} customers to learn from, fewer than {ENOUGH_CUSTOMERS}",
            )
        )
    if min(buyers, customers - buyers) < ENOUGH_BUYERS:
        told.append(
            Text(
                f"期内购买 {buyers} 家、未购 {customers - buyers} 家, 各需 {ENOUGH_BUYERS}",
                f"{buyers} bought and {customers - buyers} did not; {ENOUGH_BUYERS} of each are needed",
            )
        )
    return tuple(told)


def _standardise(traits: FloatArray) -> tuple[FloatArray, FloatArray]:
    known = ~np.isnan(traits)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, traits, 0.0)
    centre = filled.sum(axis=0) / count
    variance = (np.where(known, traits - centre, 0.0) ** 2).sum(axis=0) / count
    return centre, np.where(variance > 1e-12, np.sqrt(variance), np.inf)


def _design(traits: FloatArray, centre: FloatArray, spread: FloatArray) -> FloatArray:
    absent = np.isnan(traits)
    # a trait unknown of everybody, or of nobody, says nothing by being unknown
    tells = absent.any(axis=0) & ~absent.all(axis=0)
    return np.hstack([np.where(absent, 0.0, (traits - centre) / spread), absent & tells])


def _fit_logistic(design: FloatArray, bought: Flags) -> LogisticRegression:
    return LogisticRegression(C=_PENALTY, solver="newton-cholesky", max_iter=100).fit(design, bought)
