"""What measure publishes: `measured`, one row per unit, every catalogue measure as a column of stored parts.

A quotient measure also has its two exact columns; norms (base gaps, peers' medians) stay as tables of the run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlglot import exp

from keceng.lake import Step, column, sql
from keceng.measure import (
    attributes,
    awaited,
    cooperation,
    credit,
    government,
    growth,
    loyalty,
    mix,
    positioning,
    profit,
    purchases,
    receivables,
    relations,
    retained_value,
    rfm,
    rhythm,
    service_costs,
    settlements,
    social,
    stated,
    valuation,
)
from keceng.measure.declaration import Catalogue, Measure
from keceng.measure.frame import Frame
from keceng.vocabulary import Kind, Text

_OF_STEP: Mapping[str, tuple[Measure, ...]] = {
    "purchases": purchases.MEASURES,
    "rhythm": rhythm.MEASURES,
    "rfm": tuple(m for m in rfm.MEASURES if m.name not in {"purchase_rate", "frequency_class"}),
    "frequency": tuple(m for m in rfm.MEASURES if m.name == "purchase_rate"),
    "frequency_classes": tuple(m for m in rfm.MEASURES if m.name == "frequency_class"),
    "growth": growth.MEASURES,
    "service_costs": service_costs.MEASURES,
    "profit": profit.MEASURES,
    "main_categories": tuple(m for m in mix.MEASURES if m.name == "main_category"),
    "main_lines": tuple(m for m in mix.MEASURES if m.name == "main_product_line"),
    "needs": tuple(m for m in mix.MEASURES if m.name in {"need_segment", "main_category_share"}),
    "breadth": tuple(m for m in mix.MEASURES if m.name == "line_breadth"),
    "channels": tuple(m for m in mix.MEASURES if m.name in {"main_channel", "online_share"}),
    "receivables": receivables.MEASURES,
    "credit": credit.MEASURES,
    "cooperation": cooperation.MEASURES,
    "loyalty": loyalty.MEASURES,
    "attributes": attributes.MEASURES,
    "government": government.MEASURES,
    "network": relations.MEASURES,
    "social": social.MEASURES,
    "retained_values": retained_value.MEASURES,
    "positions": positioning.MEASURES,
}

_ON_DEMAND: Mapping[str, tuple[Measure, ...]] = {"valuations": valuation.MEASURES}

NORM_STEPS: tuple[str, ...] = ("gap_norms", "peer_norms")
"""Small tables that hold what customers were compared with; a run stores them."""


def catalogue() -> Catalogue:
    """Every measure that exists, in the order in which it is shown."""
    known = tuple(m for measures in (*_OF_STEP.values(), *_ON_DEMAND.values()) for m in measures)
    return Catalogue((*known, *awaited.MEASURES))


def measure_steps(frame: Frame, wanted: Collection[str] = ()) -> list[Step]:
    """The named steps from the ledger to `measured`, in order.

    Args:
        frame: the moment of measuring.
        wanted: names of measures that will be read. Those that need a model (lifetime value) are computed only when one of
            them is among these, and are unknown for everybody otherwise; all others are always there.
    """
    is_valued = valuation.is_valuation_wanted(wanted)
    return [
        *purchases.unit_steps(frame),
        *purchases.day_steps(frame),
        *purchases.purchase_steps(frame),
        *mix.category_steps(frame),
        *rhythm.rhythm_steps(),
        *rfm.rfm_steps(frame),
        *settlements.settlement_steps(frame),
        *service_costs.service_cost_steps(frame),
        *profit.profit_steps(frame),
        *mix.mix_steps(frame),
        *growth.growth_steps(frame),
        *receivables.receivable_steps(frame),
        *attributes.attribute_steps(frame),
        *government.government_steps(frame),
        *positioning.current_value_steps(frame),
        *retained_value.retained_value_steps(frame),
        *relations.relation_steps(frame),
        *social.social_steps(frame),
        *stated.stated_steps(frame),
        *credit.credit_steps(frame),
        *cooperation.cooperation_steps(frame),
        *loyalty.loyalty_steps(frame),
        *positioning.positioning_steps(positioning.RETAINED_FUTURE),
        *(valuation.valuation_steps(frame) if is_valued else ()),
        Step(
            "measured",
            _joined(_ON_DEMAND if is_valued else {}),
            Text("每个客户一行的全部指标", "every measure, one row per customer"),
        ),
    ]


def _joined(on_demand: Mapping[str, tuple[Measure, ...]]) -> exp.Expr:
    query = sql("select purchases.customer_key from purchases")
    assert isinstance(query, exp.Select)  # noqa: S101  the text above is a select
    for step, measures in (*_OF_STEP.items(), *on_demand.items()):
        for measure in measures:
            for name in (measure.name, *(measure.exact or ())):
                query = query.select(exp.alias_(column(name, step), name, quoted=True), copy=False)
        if step != "purchases":
            query = query.join(exp.to_table(step), using=["customer_key"], join_type="left", copy=False)
    absent = [m for step, measures in _ON_DEMAND.items() if step not in on_demand for m in measures]
    for measure in (*absent, *awaited.MEASURES):
        storage = "varchar" if measure.kind is Kind.CATEGORY else "bigint"
        query = query.select(exp.alias_(exp.cast(exp.null(), storage), measure.name, quoted=True), copy=False)
    return query
