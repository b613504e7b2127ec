"""What every fitted model has, and the way from patterns to it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Generic, NamedTuple, TypeVar

import numpy as np

from keceng.measure.clv.convergence import NonConvergence, refuse_fit
from keceng.measure.clv.histories import FloatArray
from keceng.measure.clv.newton import Likelihood, maximise_over_rows
from keceng.measure.clv.patterns import Patterns

P = TypeVar("P", bound="tuple[float, ...]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedModel(Generic[P]):
    """A model at its maximum of likelihood; immutable.

    Attributes:
        params: the parameters, named as in the paper, in the data's own unit of time or money.
        standard_errors: of each parameter, from the observed information.
        covariance: of the parameters, in their order.
        log_likelihood: summed over the customers, in the data's own unit.
        customers: how many customers the fit learnt from.
        patterns: how many distinct histories they have.
        iterations: Newton steps taken.
        converged: always true; data that cannot identify the model raise DidNotConverge instead.
    """

    model: ClassVar[str]

    params: P
    standard_errors: P
    covariance: tuple[tuple[float, ...], ...]
    log_likelihood: float
    customers: int
    patterns: int
    iterations: int
    converged: bool = True

    def to_record(self) -> dict[str, object]:
        """The fit as plain data, ready for JSON."""
        return {
            "model": self.model,
            "params": _named(self.params),
            "standard_errors": _named(self.standard_errors),
            "log_likelihood": self.log_likelihood,
            "customers": self.customers,
            "patterns": self.patterns,
            "iterations": self.iterations,
            "converged": self.converged,
        }


class Estimate(NamedTuple):
    """The numbers of a fit before they have names: arrays of k parameters, k × k covariance."""

    parameters: FloatArray
    covariance: FloatArray
    log_likelihood: float
    iterations: int

    @property
    def standard_errors(self) -> FloatArray:
        """Square roots of the variances."""
        errors: FloatArray = np.sqrt(np.diag(self.covariance))
        return errors

    @property
    def covariance_rows(self) -> tuple[tuple[float, ...], ...]:
        """The covariance as immutable rows."""
        return tuple(tuple(float(c) for c in row) for row in self.covariance)


def estimate_lifetime(
    likelihood_of: Callable[[Patterns], Likelihood],
    patterns: Patterns,
    *,
    start: tuple[float, ...],
    model: str,
    names: tuple[str, ...],
) -> Estimate:
    """The maximum-likelihood estimate of a model of purchases.

    Args:
        likelihood_of: the likelihood of patterns whose mean T is 1.
        patterns: in the data's own time unit.
        start: log parameters, in units of the mean T.
        model: its name, for the error.
        names: of the parameters; `alpha` and `beta` are times.

    Raises:
        DidNotConverge: the patterns cannot identify the model.
    """
    require_variety(patterns, model)
    customers = patterns.total_customers
    time_scale = float((patterns.T * patterns.customers).sum()) / customers
    scaled = patterns.scaled_by(time_scale)

    def likelihood_of_rows(rows: slice) -> tuple[Likelihood, float]:
        taken = scaled.take(rows)
        return likelihood_of(taken), taken.total_customers

    peak = maximise_over_rows(likelihood_of_rows, len(scaled.T), start, model=model, names=names)
    repeat_purchases = float((patterns.frequency * patterns.customers).sum())
    units = np.array([time_scale if name in {"alpha", "beta"} else 1.0 for name in names])
    parameters = np.exp(peak.log_parameters) * units
    return Estimate(
        parameters,
        peak.covariance * np.outer(parameters, parameters),
        # densities of purchase times carry 1/time once per repeat purchase
        peak.surface.mean_log_likelihood * customers - repeat_purchases * math.log(time_scale),
        peak.iterations,
    )


def require_variety(patterns: Patterns, model: str) -> None:
    """Refuses what no model of purchases can learn from.

    Raises:
        DidNotConverge: no customer, one customer, no repeat purchase, or one history shared by all.
    """
    if len(patterns.customers) == 0:
        raise refuse_fit(model, NonConvergence.NO_CUSTOMERS)
    if patterns.total_customers == 1:
        raise refuse_fit(model, NonConvergence.ONE_CUSTOMER)
    if not patterns.frequency.any():
        raise refuse_fit(model, NonConvergence.NO_REPEATS)
    if len(patterns.customers) == 1:
        raise refuse_fit(model, NonConvergence.ONE_PATTERN)


def _named(parameters: tuple[float, ...]) -> dict[str, float]:
    names: tuple[str, ...] = getattr(parameters, "_fields")  # noqa: B009  every model's parameters are a NamedTuple
    return dict(zip(names, parameters, strict=True))
