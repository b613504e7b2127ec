"""From the ledger to one row of numbers per customer, each declared in the catalogue with its definition."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from keceng.measure.aftermath import aftermath_steps
from keceng.measure.declaration import Catalogue, Measure
from keceng.measure.frame import Frame, rounded_quotient
from keceng.measure.lifetimes import gather_histories, history_steps
from keceng.measure.network import CENTRALITY_SCHEMA, measure_centrality
from keceng.measure.positioning import FUTURE_NAMES
from keceng.measure.rates_in_force import RateInForce, list_rates
from keceng.measure.selection import select_measure_steps
from keceng.measure.tables import NORM_STEPS, ON_DEMAND, VALUATION_NAMES, catalogue, measure_steps

if TYPE_CHECKING:
    from keceng.measure.capture import capture_share, count_top, rank_mid
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
    from keceng.measure.contributions import Contribution
    from keceng.measure.foresight import TRAITS, FloatArray, Trait, buyer_steps, ground_steps, read_traits
    from keceng.measure.foretelling import Forecast, Foretold, Season, foretell_customers
    from keceng.measure.future_value import BLEND, FittedFutureValue, fit_future_value
    from keceng.measure.log_pool import LogPool, fit_log_pool
    from keceng.measure.looks import look_steps, looks_query
    from keceng.measure.propensity import (
        FittedPropensity,
        PropensityQuality,
        PropensityRule,
        fit_propensity,
        judge_propensity,
    )
    from keceng.measure.standings import Hindsight, KnownFuture, Outcome, Standing, read_looks

__all__ = [
    "BLEND",
    "CENTRALITY_SCHEMA",
    "CLV_RATE_PARTS",
    "DAYS_IN_MONTH",
    "FUTURE_NAMES",
    "NORM_STEPS",
    "ON_DEMAND",
    "TRAITS",
    "VALUATION_NAMES",
    "BetaGeo",
    "BetaGeoParameters",
    "Catalogue",
    "ClvPrediction",
    "Contribution",
    "DidNotConverge",
    "Evidence",
    "FittedBetaGeo",
    "FittedFutureValue",
    "FittedGammaGamma",
    "FittedLifetime",
    "FittedModifiedBetaGeo",
    "FittedParetoNBD",
    "FittedPropensity",
    "FloatArray",
    "Forecast",
    "Foretold",
    "Frame",
    "GammaGamma",
    "GammaGammaParameters",
    "Hindsight",
    "KnownFuture",
    "LogPool",
    "Measure",
    "ModifiedBetaGeo",
    "NonConvergence",
    "Outcome",
    "Outlook",
    "ParetoNBD",
    "ParetoParameters",
    "PatternScores",
    "PropensityQuality",
    "PropensityRule",
    "PurchaseHistories",
    "RateInForce",
    "Season",
    "SimulatedPurchases",
    "Standing",
    "Terms",
    "TimeUnit",
    "Trait",
    "Valuation",
    "ValuationChoice",
    "ValuationMethod",
    "aftermath_steps",
    "buyer_steps",
    "capture_share",
    "catalogue",
    "choose_valuation",
    "count_top",
    "fit_future_value",
    "fit_log_pool",
    "fit_propensity",
    "foretell_customers",
    "gather_histories",
    "ground_steps",
    "history_steps",
    "judge_propensity",
    "list_rates",
    "look_steps",
    "looks_query",
    "measure_centrality",
    "measure_steps",
    "predict_clv",
    "rank_mid",
    "read_looks",
    "read_traits",
    "rounded_quotient",
    "score_patterns",
    "select_measure_steps",
    "value_customers",
]


_HOMES = {
    "Forecast": "foretelling",
    "Foretold": "foretelling",
    "Season": "foretelling",
    "foretell_customers": "foretelling",
    "ground_steps": "foresight",
    "look_steps": "looks",
    "looks_query": "looks",
    "Hindsight": "standings",
    "KnownFuture": "standings",
    "Outcome": "standings",
    "Standing": "standings",
    "read_looks": "standings",
    "capture_share": "capture",
    "count_top": "capture",
    "rank_mid": "capture",
    "TRAITS": "foresight",
    "FloatArray": "foresight",
    "Trait": "foresight",
    "buyer_steps": "foresight",
    "read_traits": "foresight",
    "FittedFutureValue": "future_value",
    "fit_future_value": "future_value",
    "BLEND": "future_value",
    "LogPool": "log_pool",
    "fit_log_pool": "log_pool",
    "Contribution": "contributions",
    "FittedPropensity": "propensity",
    "PropensityQuality": "propensity",
    "PropensityRule": "propensity",
    "fit_propensity": "propensity",
    "judge_propensity": "propensity",
}


def __getattr__(name: str) -> object:
    # The models load a compiler and a learning library: nobody else should pay for that.
    if name not in __all__:
        raise AttributeError(name)
    found: object = getattr(import_module(f"keceng.measure.{_HOMES.get(name, 'clv')}"), name)
    return found
