"""From the ledger to one row of numbers per customer, each declared in the catalogue with its definition."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from keceng.measure.declaration import Catalogue, Measure
from keceng.measure.frame import Frame, rounded_quotient
from keceng.measure.tables import NORM_STEPS, catalogue, measure_steps

if TYPE_CHECKING:
    from keceng.measure.clv import (
        CLV_RATE_PARTS,
        DAYS_IN_MONTH,
        BetaGeo,
        BetaGeoParameters,
        ClvPrediction,
        DidNotConverge,
        Evidence,
        FittedBetaGeo,
        FittedGammaGamma,
        FittedLifetime,
        FittedModifiedBetaGeo,
        FittedParetoNBD,
        GammaGamma,
        GammaGammaParameters,
        ModifiedBetaGeo,
        NonConvergence,
        Outlook,
        ParetoNBD,
        ParetoParameters,
        PatternScores,
        PurchaseHistories,
        SimulatedPurchases,
        Terms,
        TimeUnit,
        Valuation,
        ValuationChoice,
        ValuationMethod,
        choose_valuation,
        predict_clv,
        score_patterns,
        value_customers,
    )

__all__ = [
    "CLV_RATE_PARTS",
    "DAYS_IN_MONTH",
    "NORM_STEPS",
    "BetaGeo",
    "BetaGeoParameters",
    "Catalogue",
    "ClvPrediction",
    "DidNotConverge",
    "Evidence",
    "FittedBetaGeo",
    "FittedGammaGamma",
    "FittedLifetime",
    "FittedModifiedBetaGeo",
    "FittedParetoNBD",
    "Frame",
    "GammaGamma",
    "GammaGammaParameters",
    "Measure",
    "ModifiedBetaGeo",
    "NonConvergence",
    "Outlook",
    "ParetoNBD",
    "ParetoParameters",
    "PatternScores",
    "PurchaseHistories",
    "SimulatedPurchases",
    "Terms",
    "TimeUnit",
    "Valuation",
    "ValuationChoice",
    "ValuationMethod",
    "catalogue",
    "choose_valuation",
    "measure_steps",
    "predict_clv",
    "rounded_quotient",
    "score_patterns",
    "value_customers",
]


def __getattr__(name: str) -> object:
    # The lifetime models compile their loops: nobody else should pay for loading the compiler.
    if name not in __all__:
        raise AttributeError(name)
    found: object = getattr(import_module("keceng.measure.clv"), name)
    return found
