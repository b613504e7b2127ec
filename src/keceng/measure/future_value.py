"""Future value: one forecast of what each customer will bring, chosen or blended on an earlier day and brought to scale there.

Three forecasts of the same horizon go in: past sales carried on, the lifetime model, and the chance of a purchase times
what a purchaser spends. On an inner day whose future is already known they are pooled (`log_pool`), and the pool is kept
unless a single forecast found clearly more of the revenue among its first fifth of customers. The total is carried by one
forecast, brought to scale by what came after the inner day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from keceng.measure.capture import capture_share
from keceng.measure.foresight import FloatArray
from keceng.measure.log_pool import LogPool, fit_log_pool
from keceng.vocabulary import Text

BLEND = "blend"
CLEARLY = 0.005
"""Of capture in the top fifth, by which one forecast must beat the blend to be taken alone."""
TOP_SHARE = 0.2
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class FittedFutureValue:
    """A way to future value, learnt on the inner day.

    Attributes:
        chosen: `blend`, or the name of the one forecast that was taken.
        pool: the blend, kept for its weights whichever was chosen.
        carrier: whose total is carried to other days: a forecast learnt from traits keeps its level while customers and
            history grow older, which past sales and a refitted lifetime model do not; `blend` carries its own.
        factor: by which the carrier's total is multiplied to reach what came after the inner day.
        captures: of revenue by the first fifth of customers on the inner day, the blend's on folds it had not seen.
    """

    chosen: str
    pool: LogPool
    carrier: str
    factor: float
    captures: Mapping[str, float]

    def predict(self, forecasts: Mapping[str, FloatArray]) -> FloatArray:
        """Future value of each customer in the horizon that the forecasts are made for, in currency units.

        Args:
            forecasts: as in the fit, of any day, for a horizon as long as the fit's.
        """
        value = _follow(self.chosen, self.pool, forecasts)
        carried = _follow(self.carrier, self.pool, forecasts)
        total = float(value.sum())
        return value * (self.factor * float(carried.sum()) / total) if total > 0 else value

    @property
    def sentence(self) -> Text:
        """What was chosen and with which weights."""
        if self.chosen != BLEND:
            return Text(
                f"未来价值: 在内部切分日上单用 {self.chosen} 最好",
                f"future value: on the inner cut {self.chosen} alone was best",
            )
        weights = ", ".join(f"{name} {weight:.2f}" for name, weight in self.pool.weights.items())
        return Text(
            f"未来价值: 在内部切分日上合成, 权重 {weights}",
            f"future value: a blend learnt on the inner cut, weights {weights}",
        )


def fit_future_value(
    forecasts: Mapping[str, FloatArray], outcome: FloatArray, carrier: str = BLEND
) -> FittedFutureValue:
    """Choose or blend on the inner day, and set the total to what came.

    Args:
        forecasts: by name, of the same customers and horizon; a learnt one told by fits that had not seen the customer.
        outcome: net revenue of each customer in the horizon after the inner day.
        carrier: the forecast whose total is to be carried, or `blend`.

    Raises:
        ValueError: nobody, or an outcome without a positive total.
    """
    pool = fit_log_pool(forecasts, outcome)
    told = {BLEND: _pool_unseen(forecasts, outcome), **forecasts}
    captures = {name: capture_share(s, outcome, TOP_SHARE) or 0.0 for name, s in told.items()}
    best = max(forecasts, key=lambda name: captures[name])
    chosen = best if captures[best] > captures[BLEND] + CLEARLY else BLEND
    if float(_follow(carrier, pool, forecasts).sum()) <= 0:
        carrier = BLEND
    factor = float(outcome.sum()) / float(_follow(carrier, pool, forecasts).sum())
    return FittedFutureValue(chosen, pool, carrier, factor, captures)


def _follow(name: str, pool: LogPool, forecasts: Mapping[str, FloatArray]) -> FloatArray:
    return pool.predict(forecasts) if name == BLEND else np.maximum(forecasts[name], 0.0)


def _pool_unseen(forecasts: Mapping[str, FloatArray], outcome: FloatArray) -> FloatArray:
    folds = np.arange(len(outcome)) % _FOLDS
    unseen = np.zeros(len(outcome))
    for fold in range(_FOLDS):
        learnt, told = folds != fold, folds == fold
        if float(outcome[learnt].sum()) <= 0:
            return np.zeros(len(outcome))
        pool = fit_log_pool({n: s[learnt] for n, s in forecasts.items()}, outcome[learnt])
        unseen[told] = pool.predict({n: s[told] for n, s in forecasts.items()})
    return unseen
