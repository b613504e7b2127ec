"""Forecasts pooled into one: a weighted geometric mean whose weights are learnt from what came.

E[y] = exp(b + Σ wᵢ · ln(sᵢ + floorᵢ)), wᵢ ≥ 0, so a customer with a better forecast never gets a worse pool. The weights
minimise the Tweedie deviance of power 1.5 (between counts and amounts: spread grows with the mean), which is convex in
them, and lean on equal weights as strongly as `PRIOR_CUSTOMERS` customers would. One pass of a bounded quasi-Newton
method from equal weights: no random start, the same answer every time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from keceng.measure.foresight import FloatArray

PRIOR_CUSTOMERS = 50
FLOOR = 0.01
"""Of a forecast's mean, added to it: a forecast of nothing is a very small one, not an impossible one."""
_LARGEST_WEIGHT = 2.0
_LARGEST_LOG = 30.0


@dataclass(frozen=True, slots=True)
class LogPool:
    """A fitted pool.

    Attributes:
        weights: of each forecast, by name, not negative.
        floors: added to each forecast before its logarithm, in its own unit.
        level: b, in the outcome's unit.
    """

    weights: Mapping[str, float]
    floors: Mapping[str, float]
    level: float

    def predict(self, forecasts: Mapping[str, FloatArray]) -> FloatArray:
        """The pooled forecast of each customer, positive, in the outcome's unit."""
        logs = _read_logs(forecasts, self.floors)
        exponent = self.level + logs @ np.array([self.weights[name] for name in self.floors])
        pooled: FloatArray = np.exp(np.minimum(exponent, _LARGEST_LOG))
        return pooled


def fit_log_pool(forecasts: Mapping[str, FloatArray], outcome: FloatArray) -> LogPool:
    """The pool that would have told `outcome` best, its total equal to the outcome's.

    Args:
        forecasts: by name, one number per customer; negative ones count as none.
        outcome: what came, in currency units; negative ones teach as none, and count in the total.

    Raises:
        ValueError: nobody, or an outcome without a positive total, which no pool can tell.
    """
    total = float(outcome.sum())
    if len(outcome) == 0 or total <= 0:
        raise ValueError("an outcome with a positive total is needed")
    floors = {name: max(FLOOR * float(np.maximum(s, 0).mean()), 1e-9) for name, s in forecasts.items()}
    logs = _read_logs(forecasts, floors)
    centre = logs.mean(axis=0)
    came = np.maximum(outcome, 0.0)
    weights = _minimise_deviance(logs - centre, came / came.mean())
    shape = np.exp(np.minimum((logs - centre) @ weights, _LARGEST_LOG))
    level = float(np.log(total / shape.sum()) - centre @ weights)
    return LogPool(dict(zip(forecasts, weights.tolist(), strict=True)), floors, level)


def _read_logs(forecasts: Mapping[str, FloatArray], floors: Mapping[str, float]) -> FloatArray:
    return np.column_stack(
        [np.log(np.maximum(forecasts[name], 0.0) + floor) for name, floor in floors.items()]
    )


def _minimise_deviance(logs: FloatArray, came: FloatArray) -> FloatArray:
    count = logs.shape[1]
    equal = np.full(count, 1.0 / count)
    strength = PRIOR_CUSTOMERS / len(came) * np.maximum(logs.var(axis=0), 1e-12)

    def surface(point: FloatArray) -> tuple[float, FloatArray]:
        away = point[1:] - equal
        root = np.exp(np.clip(0.5 * (point[0] + logs @ point[1:]), -_LARGEST_LOG, _LARGEST_LOG))
        slope = (root - came / root) / len(came)
        loss = 2.0 * float((root + came / root).mean()) + 0.5 * float(strength @ away**2)
        return loss, np.append(slope.sum(), slope @ logs + strength * away)

    bounds = [(None, None), *[(0.0, _LARGEST_WEIGHT)] * count]
    found = minimize(surface, np.append(0.0, equal), jac=True, method="L-BFGS-B", bounds=bounds)
    weights: FloatArray = found.x[1:]
    return weights
