"""Lifetime value as measures: still a customer, how often within a year, worth how much, between which bounds, by which method.

The models load a compiler, so their step is in a plan only where one of these measures is wanted; elsewhere they are unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from keceng.lake import Step, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame
from keceng.measure.lifetimes import lifetime_steps
from keceng.measure.stored_parts import Marks, Numbers, repeat_code, store_numbers
from keceng.vocabulary import Direction, KecengError, Kind, Text

if TYPE_CHECKING:
    from keceng.measure.clv import FittedBetaGeo, FittedGammaGamma, PurchaseHistories, Terms, Valuation

HORIZON_DAYS = 365
YEARLY_DISCOUNT = 0.1
COVERAGE = 0.8
"""Of the interval: one customer in ten brings less than `clv_low`, one in ten more than `clv_high`."""

COST_KNOWN_FOR = 9_000
"""Value is counted in margin when cost is known for so many ten-thousandths of sales, else in sales."""

_INPUTS = ("purchase_day", "customers")
_MODEL = "Fader, Hardie & Lee 2005"

MEASURES: tuple[Measure, ...] = (
    Measure(
        "p_alive", Text("仍是客户的概率", "Chance of still being a customer"),
        Text("按 BG/NBD 由购买天数、最近一次购买与客龄算出的、截止日仍会再买的概率; 不能用终身模型时未知",
             "chance of still buying at the as-of date, by BG/NBD from purchase days, the last of them and tenure; unknown where the lifetime model cannot be used"),
        Kind.RATIO, UNITS["share"], Direction.HIGHER, _INPUTS, source=_MODEL,
    ),
    Measure(
        "expected_purchases_365", Text("今后一年预计购买天数", "Purchase days expected in a year"),
        Text("按 BG/NBD 今后 365 天的期望购买天数; 不能用终身模型时未知",
             "purchase days expected in the next 365 days by BG/NBD; unknown where the lifetime model cannot be used"),
        Kind.RATIO, UNITS["days"], Direction.HIGHER, _INPUTS, source=_MODEL,
    ),
    Measure(
        "clv", Text("今后一年的价值", "Value of the next year"),
        Text("今后 365 天期望的购买额乘毛利率(依据见“客户终身价值的依据”), 按年 10% 折现; 方法见“估值方法”; 从未购买则未知",
             "gross sales expected in the next 365 days times the margin rate (see its basis), discounted at 10 % a year, by the valuation method; unknown for who never bought"),
        Kind.MONEY, UNITS["money"], Direction.HIGHER, _INPUTS, source="Fader, Hardie & Lee 2005; Gupta & Lehmann 2003",
    ),
    Measure(
        "clv_low", Text("今后一年价值的下限", "Value of the next year, low end"),
        Text("实际价值低于它的概率为一成; 不能用终身模型, 或金额差异过大时未知",
             "what the customer really brings is below it with a chance of one in ten; unknown without the lifetime models or where amounts differ too much"),
        Kind.MONEY, UNITS["money"], Direction.HIGHER, _INPUTS, source=_MODEL,
    ),
    Measure(
        "clv_high", Text("今后一年价值的上限", "Value of the next year, high end"),
        Text("实际价值高于它的概率为一成; 不能用终身模型, 或金额差异过大时未知",
             "what the customer really brings is above it with a chance of one in ten; unknown without the lifetime models or where amounts differ too much"),
        Kind.MONEY, UNITS["money"], Direction.HIGHER, _INPUTS, source=_MODEL,
    ),
    Measure(
        "clv_chance", Text("今后一年会再买的概率", "Chance of buying within a year"),
        Text("按 BG/NBD 今后 365 天至少再买一次的概率; 与下限、上限同时已知",
             "chance of at least one purchase in the next 365 days by BG/NBD; known where the low and high ends are"),
        Kind.RATIO, UNITS["share"], Direction.HIGHER, _INPUTS, source=_MODEL,
    ),
    Measure(
        "clv_deviation", Text("今后一年价值的标准差", "Value of the next year, standard deviation"),
        Text("今后一年实际价值围绕期望的标准差, 含不再购买的可能与参数的不确定; 与下限、上限同时已知",
             "standard deviation of what the customer really brings, buying nothing and uncertain parameters included; known where the low and high ends are"),
        Kind.MONEY, UNITS["money"], Direction.NEUTRAL, _INPUTS, source=_MODEL,
    ),
    Measure(
        "clv_basis", Text("客户终身价值的依据", "Basis of lifetime value"),
        Text("成本已知的销售不低于九成时为毛利(全公司的毛利率), 否则为购买额; 对所有客户相同",
             "margin, at the company's rate, where cost is known for at least 90 % of sales, else gross sales; the same for every customer"),
        Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, _INPUTS,
        categories=(("margin", Text("毛利", "Margin")), ("gross_spend", Text("购买额", "Gross sales"))),
    ),
    Measure(
        "valuation_method", Text("估值方法", "Valuation method"),
        Text("数据允许的最好方法: 终身模型、留存率估算或收缩估计; 对所有客户相同",
             "the best method that the data allow: lifetime models, the retention form or a shrunk estimate; the same for every customer"),
        Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, _INPUTS, source="Gupta & Lehmann 2003",
        categories=(
            ("lifetime", Text("终身模型(BG/NBD 与 Gamma-Gamma)", "Lifetime models (BG/NBD and Gamma-Gamma)")),
            ("retention", Text("留存率估算", "Retention form")),
            ("shrunk", Text("收缩估计", "Shrunk estimate")),
        ),
    ),
)  # fmt: skip

VALUATION_NAMES: tuple[str, ...] = tuple(measure.name for measure in MEASURES)
"""The measures that are computed only where one of them is wanted."""

_PATTERN = ("frequency", "recency", "age_days", "repeat_gross")

VALUATION_SCHEMA = pa.schema(
    [
        *((name, pa.int64()) for name in _PATTERN),
        *((m.name, pa.string() if m.kind is Kind.CATEGORY else pa.int64()) for m in MEASURES),
    ]
)


def valuation_steps(frame: Frame) -> list[Step]:
    """`valuations`: one row per unit that ever bought and can be valued; needs `units` and `days`."""
    query = sql(_HISTORIES, enough=COST_KNOWN_FOR)
    return [
        *lifetime_steps(frame),
        Step(
            "lifetime_values",
            query,
            Text("不同购买历程的价值", "values of distinct histories"),
            value_patterns,
        ),
        Step("valuations", _VALUATIONS.copy(), Text("客户终身价值", "lifetime value")),
    ]


# Customers whom no model can tell apart are one row. Ordered: sums of floats must not depend on the order of rows.
_HISTORIES = """
with company as (
  select case when sum(costed_net) > 0 and sum(cost) >= 0 and 10000 * sum(costed_net) >= :enough * sum(net)
    then 1 - cast(sum(cost) as double) / sum(costed_net) end as margin_rate
  from days
)
select l.frequency, l.recency, l.age_days, l.repeat_gross, count(*) as customers, max(company.margin_rate) as margin_rate
from lifetimes as l cross join company
group by l.frequency, l.recency, l.age_days, l.repeat_gross
order by l.frequency, l.recency, l.age_days, l.repeat_gross
"""

_VALUATIONS = sql(
    """
    select l.customer_key, v.* exclude (frequency, recency, age_days, repeat_gross)
    from lifetimes as l join lifetime_values as v using (frequency, recency, age_days, repeat_gross)
    """
)


def value_patterns(histories: pa.Table) -> pa.Table:
    """The measures of this family, in stored parts; what a method does not say is null, never NaN.

    Args:
        histories: distinct `frequency`, `recency`, `age_days` (days) and `repeat_gross` (cents), the `customers` who share them,
            and `margin_rate`, the same on every row, null where the company's is not known. Repeat purchases that brought no
            money cannot be valued.

    Returns:
        `VALUATION_SCHEMA`, without rows when nobody ever bought again: then no method knows an amount.
    """
    frequency, gross = (_floats(histories, name) for name in ("frequency", "repeat_gross"))
    rows = histories.filter(pa.array((frequency == 0) | (gross > 0)))
    if rows.num_rows == 0:
        return VALUATION_SCHEMA.empty_table()
    # The models compile their loops: a run that asks for no value should not pay for loading the compiler.
    from keceng.measure import clv  # noqa: PLC0415  see above

    rate = rows["margin_rate"][0].as_py()
    customers = clv.PurchaseHistories(*_describe(rows))
    terms = clv.Terms(HORIZON_DAYS, YEARLY_DISCOUNT, 1.0 if rate is None else rate)
    try:
        valued = clv.value_customers(customers, terms, weights=_floats(rows, "customers"))
    except KecengError:  # the rows are sound: what is left is a book without a history or a second purchase
        return VALUATION_SCHEMA.empty_table()
    parts = _list_parts(valued, customers, terms)
    columns = {
        **{name: store_numbers(found.of, found.known) for name, found in parts.items()},
        **{name: rows[name].cast(pa.int64()) for name in _PATTERN},
        "clv_basis": repeat_code("gross_spend" if rate is None else "margin", rows.num_rows),
        "valuation_method": repeat_code(valued.choice.method.value, rows.num_rows),
    }
    return pa.table([columns[name] for name in VALUATION_SCHEMA.names], schema=VALUATION_SCHEMA)


@dataclass(frozen=True, slots=True)
class _Column:
    of: Numbers
    known: Marks


def _describe(rows: pa.Table) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    x, recency, age = (_floats(rows, name) for name in ("frequency", "recency", "age_days"))
    mean = _floats(rows, "repeat_gross") / Kind.MONEY.scale / np.maximum(x, 1.0)
    return x, recency, age, np.where(x > 0, mean, 0.0)


def _list_parts(valued: Valuation, customers: PurchaseHistories, terms: Terms) -> dict[str, _Column]:
    everybody = np.ones(len(valued.clv), dtype=np.bool_)
    nobody = _Column(np.zeros(len(valued.clv)), ~everybody)
    worth = _Column(valued.clv * Kind.MONEY.scale, everybody)
    if valued.purchases is None or valued.spend is None:
        return {
            **dict.fromkeys(("p_alive", "expected_purchases_365", *_SPREAD), nobody),
            "clv": worth,
        }
    outlook = valued.purchases.foresee(customers, terms)
    spread = _describe_spread(valued.purchases, valued.spend, customers, terms=terms)
    return {
        "p_alive": _Column(outlook.p_alive * Kind.RATIO.scale, everybody),
        "expected_purchases_365": _Column(outlook.expected_purchases * Kind.RATIO.scale, everybody),
        "clv": worth,
        **spread,
    }


_SPREAD = ("clv_low", "clv_high", "clv_chance", "clv_deviation")


def _describe_spread(
    purchases: FittedBetaGeo, spend: FittedGammaGamma, customers: PurchaseHistories, *, terms: Terms
) -> dict[str, _Column]:
    from keceng.measure import clv  # noqa: PLC0415  loaded by now

    told = [
        np.asarray(c) for c in (customers.frequency, customers.recency, customers.T, customers.monetary_value)
    ]
    shape, _ = spend.rate_posterior(told[0], told[3])
    # At a shape of 2 or less the spread of amounts is infinite, and no bound can be given.
    known = np.asarray(shape > 2)
    found = {name: np.zeros(len(known)) for name in _SPREAD}
    if known.any():
        bounded = clv.PurchaseHistories(*(column[known] for column in told))
        foretold = clv.predict_clv(purchases, spend, bounded, terms)
        found["clv_low"][known], found["clv_high"][known] = foretold.interval(COVERAGE)
        found["clv_chance"][known] = foretold.chance_of_purchase
        found["clv_deviation"][known] = foretold.deviation
    scales = {"clv_chance": Kind.RATIO.scale}
    return {name: _Column(n * scales.get(name, Kind.MONEY.scale), known) for name, n in found.items()}


def _floats(rows: pa.Table, name: str) -> Numbers:
    numbers: Numbers = rows[name].cast(pa.float64()).to_numpy()
    return numbers
