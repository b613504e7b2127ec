"""Histories into fitted models and values, as plain data. Importing this loads the models and their compiler."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from keceng.models import (
    BetaGeo,
    GammaGamma,
    ModifiedBetaGeo,
    ParetoNBD,
    PurchaseHistories,
    Terms,
    TimeUnit,
    Valuation,
    value_customers,
)
from keceng.vocabulary import KecengError, Place

GAMMA_GAMMA = "gamma-gamma"
_LIFETIME_MODELS: Mapping[str, type[BetaGeo | ModifiedBetaGeo | ParetoNBD]] = {
    "bg-nbd": BetaGeo,
    "mbg-nbd": ModifiedBetaGeo,
    "pareto-nbd": ParetoNBD,
}


def fit_model(histories: pa.Table, model: str, time_unit: TimeUnit) -> dict[str, object]:
    """The parameters of one model as plain data.

    Args:
        histories: `frequency`, `recency`, `T`, and for gamma-gamma `monetary_value`.
        model: `bg-nbd`, `mbg-nbd`, `pareto-nbd` or `gamma-gamma`.
        time_unit: of `recency` and `T`.

    Raises:
        KecengError: unusable rows, all named.
        DidNotConverge: the data cannot identify the model; the reason is said.
    """
    if model == GAMMA_GAMMA:
        return GammaGamma.fit(histories["frequency"], _amounts(histories)).to_record()
    # Whoever first bought on the last day has no history yet and teaches nothing.
    seen = histories.filter(pc.not_equal(histories["T"], 0))
    fitted = _LIFETIME_MODELS[model].fit(seen["frequency"], seen["recency"], seen["T"], time_unit=time_unit)
    return fitted.to_record()


def _amounts(histories: pa.Table) -> pa.ChunkedArray:
    if "monetary_value" not in histories.column_names:
        raise KecengError.of(
            "no_amounts",
            "缺少平均金额一列 (zbar)",
            "the column of mean amounts (zbar) is missing",
            place=Place(column="monetary_value"),
        )
    # Without a repeat purchase there is no mean, and the models read none.
    once = pc.equal(histories["frequency"], 0)
    return pc.if_else(once, 0.0, histories["monetary_value"].cast(pa.float64()))


def value_histories(histories: pa.Table, terms: Terms, time_unit: TimeUnit) -> Valuation:
    """Values by the best method that the data allow; see `keceng.models.value_customers`.

    Raises:
        KecengError: unusable rows or no amounts.
        DidNotConverge: nobody ever bought again, so no method knows an amount.
    """
    customers = PurchaseHistories(
        histories["frequency"].to_numpy(),
        histories["recency"].to_numpy(),
        histories["T"].to_numpy(),
        _amounts(histories).to_numpy(),
    )
    return value_customers(customers, terms, time_unit=time_unit)


def describe_valuation(valuation: Valuation, histories: pa.Table, terms: Terms) -> dict[str, object]:
    """The totals of a valuation, how it was made and why not otherwise, as plain data."""
    evidence = valuation.choice.evidence
    return {
        "method": valuation.choice.method.value,
        "reasons": [{"zh": text.zh, "en": text.en} for text in valuation.choice.reasons],
        "customers": histories.num_rows,
        "repeat_buyers": evidence.repeaters,
        "horizon_days": terms.horizon_days,
        "discount_rate": terms.discount_rate,
        "margin": terms.margin,
        "total_clv": round(float(valuation.clv.sum()), 2),
        "low_confidence_customers": int(valuation.is_low_confidence.sum()),
        "purchases": valuation.purchases.to_record() if valuation.purchases else None,
        "spend": valuation.spend.to_record() if valuation.spend else None,
    }


def list_values(valuation: Valuation, histories: pa.Table) -> pa.Table:
    """One row per customer: the history, `clv`, `is_low_confidence`, and `p_alive` where a lifetime model was fitted."""
    columns = {
        "customer_id": histories["customer_id"],
        "frequency": histories["frequency"],
        "recency": histories["recency"],
        "T": histories["T"],
        "monetary_value": histories["monetary_value"],
        "clv": pc.round(pa.array(valuation.clv), 2),
        "is_low_confidence": pa.array(valuation.is_low_confidence),
    }
    if valuation.purchases is not None:
        alive = valuation.purchases.p_alive(histories["frequency"], histories["recency"], histories["T"])
        columns["p_alive"] = pc.round(alive, 6)
    return pa.table(columns)
