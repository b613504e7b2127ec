"""What customers will be worth: models of buying and leaving, of amounts, and what to do when neither can be known.

| module | what it holds |
|---|---|
| `beta_geo`, `pareto_nbd`, `gamma_gamma` | the models: assumptions, fit, simulator |
| `lifetime`, `discounting` | P(alive), expected purchases and CLV of a fitted model |
| `scoring` | the same for distinct histories as whole numbers, for the engine to join |
| `prediction` | intervals and the chance of exceeding a cut |
| `valuation`, `retention` | which method the data allow, and the fallbacks |
| `histories`, `patterns`, `pairs` | input: checked, collapsed, indexed |
| `newton`, `fitting`, `convergence` | maximum likelihood, and why it may fail |
| `kernels`, `purchases_ahead`, `compilation` | compiled inner loops |

Importing this package loads numba; nothing else in the engine does, so it is reached lazily.
"""

from keceng.measure.clv.beta_geo import (
    BetaGeo,
    BetaGeoParameters,
    FittedBetaGeo,
    FittedModifiedBetaGeo,
    ModifiedBetaGeo,
)
from keceng.measure.clv.convergence import DidNotConverge, NonConvergence
from keceng.measure.clv.discounting import DAYS_IN_MONTH, Terms
from keceng.measure.clv.gamma_gamma import FittedGammaGamma, GammaGamma, GammaGammaParameters
from keceng.measure.clv.histories import PurchaseHistories, TimeUnit
from keceng.measure.clv.lifetime import FittedLifetime, Outlook
from keceng.measure.clv.pareto_nbd import FittedParetoNBD, ParetoNBD, ParetoParameters
from keceng.measure.clv.prediction import ClvPrediction, predict_clv
from keceng.measure.clv.scoring import CLV_RATE_PARTS, PatternScores, score_patterns
from keceng.measure.clv.simulation import SimulatedPurchases
from keceng.measure.clv.valuation import (
    Evidence,
    Valuation,
    ValuationChoice,
    ValuationMethod,
    choose_valuation,
    value_customers,
)

__all__ = [
    "CLV_RATE_PARTS",
    "DAYS_IN_MONTH",
    "BetaGeo",
    "BetaGeoParameters",
    "ClvPrediction",
    "DidNotConverge",
    "Evidence",
    "FittedBetaGeo",
    "FittedGammaGamma",
    "FittedLifetime",
    "FittedModifiedBetaGeo",
    "FittedParetoNBD",
    "GammaGamma",
    "GammaGammaParameters",
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
    "choose_valuation",
    "predict_clv",
    "score_patterns",
    "value_customers",
]
