"""The public front for analysts: lifetime models, fitted in one call, scored in another.

    from keceng.models import BetaGeo, GammaGamma, PurchaseHistories
    purchases = BetaGeo.fit(frequency, recency, T)
    spend = GammaGamma.fit(frequency, monetary_value)
    customers = PurchaseHistories(frequency, recency, T, monetary_value)
    worth = purchases.clv(spend, customers, horizon_days=365, discount_rate=0.1, margin=0.3)

Columns are numpy arrays, sequences or Arrow arrays; Arrow in gives Arrow out. What cannot be fitted raises DidNotConverge
with its reason, and `value_customers` picks the method that the data allow.
"""

from keceng.measure import (
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
