"""Models at known parameters: scores do not depend on how the parameters were found."""

from __future__ import annotations

import numpy as np

from keceng.models import (
    BetaGeoParameters,
    FittedBetaGeo,
    FittedGammaGamma,
    FittedModifiedBetaGeo,
    FittedParetoNBD,
    GammaGammaParameters,
    ParetoParameters,
)

Rows = tuple[tuple[float, ...], ...]


def nothing_uncertain(parameters: int) -> Rows:
    return tuple(tuple(row) for row in np.zeros((parameters, parameters)).tolist())


def bg_nbd(r: float, alpha: float, a: float, b: float) -> FittedBetaGeo:
    params = BetaGeoParameters(r, alpha, a, b)
    return FittedBetaGeo(
        params=params,
        standard_errors=BetaGeoParameters(0, 0, 0, 0),
        covariance=nothing_uncertain(4),
        log_likelihood=0.0,
        customers=1,
        patterns=1,
        iterations=0,
    )


def mbg_nbd(r: float, alpha: float, a: float, b: float) -> FittedModifiedBetaGeo:
    params = BetaGeoParameters(r, alpha, a, b)
    return FittedModifiedBetaGeo(
        params=params,
        standard_errors=BetaGeoParameters(0, 0, 0, 0),
        covariance=nothing_uncertain(4),
        log_likelihood=0.0,
        customers=1,
        patterns=1,
        iterations=0,
    )


def pareto_nbd(r: float, alpha: float, s: float, beta: float) -> FittedParetoNBD:
    params = ParetoParameters(r, alpha, s, beta)
    return FittedParetoNBD(
        params=params,
        standard_errors=ParetoParameters(0, 0, 0, 0),
        covariance=nothing_uncertain(4),
        log_likelihood=0.0,
        customers=1,
        patterns=1,
        iterations=0,
    )


def gamma_gamma(p: float, q: float, v: float) -> FittedGammaGamma:
    params = GammaGammaParameters(p, q, v)
    return FittedGammaGamma(
        params=params,
        standard_errors=GammaGammaParameters(0, 0, 0),
        covariance=nothing_uncertain(3),
        log_likelihood=0.0,
        customers=1,
        patterns=1,
        iterations=0,
    )
