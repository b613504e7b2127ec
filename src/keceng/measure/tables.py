"""What measure publishes: `measured`, one row per unit, every catalogue measure as a column of stored parts.

A quotient measure also has its two exact columns; norms (base gaps, peers' medians) stay as tables of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

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
    prospects,
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
    "party_flags": attributes.FLAGS,
    "government": government.MEASURES,
    "network": relations.MEASURES,
    "social": social.MEASURES,
    "retained_values": retained_value.MEASURES,
    "positions": positioning.MEASURES,
}

_ON_DEMAND: Mapping[str, tuple[Measure, ...]] = {
    "valuations": valuation.MEASURES,
    "prospects": prospects.MEASURES,
}

ON_DEMAND: Mapping[str, tuple[str, ...]] = {
    "valuation_method": valuation.VALUATION_NAMES,
    "future_value_basis": prospects.PROSPECT_NAMES,
}
"""The measures that are computed only where they are wanted, by the one of a family that is known where the family was computed."""

VALUATION_NAMES: tuple[str, ...] = tuple(name for names in ON_DEMAND.values() for name in names)
"""All of them."""

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
        wanted: names of measures that will be read. Those that need a model (lifetime value, what lies ahead) are computed
            only when one of their family is among these, and are unknown for everybody otherwise; all others are always there.
            Whoever reads the position on three values gets future value with it: a grade by the position never hangs on what
            else is wanted.
    """
    return [step for family in measure_families(frame, wanted) for step in family()]


def measure_families(frame: Frame, wanted: Collection[str] = ()) -> list[Callable[[], list[Step]]]:
    """The plan of `measure_steps`, a family of steps at a time, each built when it is called; the last is `measured`."""
    is_valued = not set(valuation.VALUATION_NAMES).isdisjoint(wanted)
    is_foretold = not {*prospects.PROSPECT_NAMES, *positioning.FUTURE_NAMES}.isdisjoint(wanted)
    asked = [name for name, is_asked in (("valuations", is_valued), ("prospects", is_foretold)) if is_asked]
    future = positioning.FORETOLD_FUTURE if is_foretold else positioning.RETAINED_FUTURE
    return [
        lambda: purchases.unit_steps(frame),
        lambda: purchases.day_steps(frame),
        lambda: purchases.purchase_steps(frame),
        lambda: mix.category_steps(frame),
        rhythm.rhythm_steps,
        lambda: rfm.rfm_steps(frame),
        lambda: settlements.settlement_steps(frame),
        lambda: service_costs.service_cost_steps(frame),
        lambda: profit.profit_steps(frame),
        lambda: mix.mix_steps(frame),
        lambda: growth.growth_steps(frame),
        lambda: receivables.receivable_steps(frame),
        lambda: attributes.attribute_steps(frame),
        lambda: government.government_steps(frame),
        lambda: positioning.current_value_steps(frame),
        lambda: retained_value.retained_value_steps(frame),
        lambda: relations.relation_steps(frame),
        lambda: social.social_steps(frame),
        lambda: stated.stated_steps(frame),
        lambda: credit.credit_steps(frame),
        lambda: cooperation.cooperation_steps(frame),
        lambda: loyalty.loyalty_steps(frame),
        lambda: prospects.prospect_steps(frame) if is_foretold else [],
        lambda: positioning.positioning_steps(future),
        lambda: valuation.valuation_steps(frame) if is_valued else [],
        lambda: [_measured_step({step: _ON_DEMAND[step] for step in asked})],
    ]


def _measured_step(on_demand: Mapping[str, tuple[Measure, ...]]) -> Step:
    title = Text("每个客户一行的全部指标", "every measure, one row per customer")
    return Step("measured", _joined(on_demand), title)


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
