"""What lies ahead as measures: future value, the chance of a purchase with its reasons, the risk of losing the customer.

They are the forecasts that the back-test judges, made on the day of the run for fixed horizons. They load models, so their
steps are in a plan only where one of them is wanted; elsewhere they are unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from keceng.lake import Step
from keceng.measure.contributions import REASON_CODES
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame
from keceng.measure.looks import look_steps, looks_query
from keceng.measure.standings import Hindsight, read_looks
from keceng.measure.stored_parts import Numbers, repeat_code, store_numbers
from keceng.vocabulary import Direction, Kind, Text

if TYPE_CHECKING:
    from keceng.measure.propensity import FittedPropensity, PropensityRule

VALUE_DAYS, PURCHASE_DAYS, SOON_DAYS, CHURN_DAYS = 365, 90, 30, 180
HORIZONS = (VALUE_DAYS, PURCHASE_DAYS, SOON_DAYS, CHURN_DAYS)
"""Days ahead: of future value, of the chance of a purchase (the longer and the nearer), of churn, as in the state `lost`."""

REASON_NAMES = ("propensity_reason", "propensity_reason_2", "propensity_reason_3")

_INPUTS = ("purchase_day", "order_lines", "orders", "products", "customers", "declared_measures")
_PLATT = "house; Platt 1999"
_PROPENSITY_BASES = (("model", Text("模型", "Model")), ("rule", Text("规则", "Rule")))


def _basis(name: str, title: Text, of: Text) -> Measure:
    definition = Text(
        "{of}由什么得出: 模型(校准过的概率), 或可学习的历史太少时的规则分(不是概率); 对所有客户相同",
        "where {of} comes from: the model (calibrated chances), or the rule's points (no chances) where there is too little to learn from; the same for every customer",
    ).fill(of=of)
    return Measure(
        name,
        title,
        definition,
        Kind.CATEGORY,
        UNITS["none"],
        Direction.NEUTRAL,
        _INPUTS,
        categories=_PROPENSITY_BASES,
    )


def _reason(name: str, title: Text, place: Text) -> Measure:
    definition = Text(
        "对今后 90 天购买可能影响{place}的购买特征及其方向; 由规则得出或无从区分时未知",
        "the trait of buying that moves the chance of a purchase within 90 days {place}, and in which direction; unknown by the rule or where nothing tells the customer apart",
    ).fill(place=place)
    return Measure(
        name,
        title,
        definition,
        Kind.CATEGORY,
        UNITS["none"],
        Direction.NEUTRAL,
        _INPUTS,
        categories=REASON_CODES,
    )


MEASURES: tuple[Measure, ...] = (
    Measure(
        "future_value", Text("未来价值", "Future value"),
        Text("今后 365 天预计的净销售额: 销售顺延、终身模型、购买可能×购买额三种预测在内部切分日上合成或择一并校准总额; 从未购买则未知",
             "net sales expected in the next 365 days: past sales carried on, the lifetime model and chance × spend, blended or one chosen, and the total brought to scale, on an inner cut; unknown for who never bought"),
        Kind.MONEY, UNITS["money"], Direction.HIGHER, _INPUTS, source="house; Fader, Hardie & Lee 2005",
    ),
    Measure(
        "future_value_basis", Text("未来价值的依据", "Basis of future value"),
        Text("未来价值由哪种预测得出; 对所有客户相同", "which forecast future value is; the same for every customer"),
        Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, _INPUTS,
        categories=(
            ("blend", Text("三种预测合成", "Blend of three forecasts")),
            ("past_spend", Text("销售顺延", "Past sales carried on")),
            ("bg_nbd_gg", Text("终身模型或其后备估计", "Lifetime model or its fallback")),
            ("propensity_value", Text("购买可能×购买额", "Chance × spend")),
            ("uncalibrated", Text("终身模型或其后备估计, 未校准", "Lifetime model or its fallback, not calibrated")),
        ),
    ),
    Measure(
        "future_value_season", Text("未来价值的季节", "Season of future value"),
        Text("未来价值的总额是否按去年同期校正过季节; 对所有客户相同",
             "whether the total of future value is corrected for the season by the year before; the same for every customer"),
        Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, _INPUTS,
        categories=(
            ("corrected", Text("已校正", "Corrected")),
            ("unchecked", Text("历史不足以校正", "Too little history to correct")),
            ("unseen", Text("该季节没有见过, 总额仅供参考", "Season never seen: a rough guide")),
        ),
    ),
    Measure(
        "purchase_propensity", Text("90天购买可能", "Chance of a purchase in 90 days"),
        Text("今后 90 天内有有效购买的概率: 由购买特征的逻辑回归, 在更早一日之后的购买上学得并校准; 数据太少时为规则分, 见其依据; 从未购买则未知",
             "the chance of a valid purchase within 90 days: logistic regression on traits of buying, learnt and calibrated on what followed an earlier day; the rule's points where data are thin, see its basis; unknown for who never bought"),
        Kind.RATIO, UNITS["share"], Direction.HIGHER, _INPUTS, source=_PLATT,
    ),
    _basis(
        "purchase_propensity_basis", Text("90天购买可能的依据", "Basis of the chance in 90 days"),
        Text("90 天购买可能", "the chance of a purchase in 90 days"),
    ),
    Measure(
        "purchase_propensity_30", Text("30天购买可能", "Chance of a purchase in 30 days"),
        Text("今后 30 天内有有效购买的概率, 算法同 90 天; 从未购买则未知",
             "the chance of a valid purchase within 30 days, as for 90 days; unknown for who never bought"),
        Kind.RATIO, UNITS["share"], Direction.HIGHER, _INPUTS, source=_PLATT,
    ),
    _basis(
        "purchase_propensity_30_basis", Text("30天购买可能的依据", "Basis of the chance in 30 days"),
        Text("30 天购买可能", "the chance of a purchase in 30 days"),
    ),
    _reason(REASON_NAMES[0], Text("购买可能的首要原因", "Main reason of the chance"), Text("最大", "most")),
    _reason(REASON_NAMES[1], Text("购买可能的次要原因", "Second reason of the chance"), Text("第二大", "second most")),
    _reason(REASON_NAMES[2], Text("购买可能的第三原因", "Third reason of the chance"), Text("第三大", "third most")),
    Measure(
        "churn_risk", Text("流失概率", "Churn risk"),
        Text("今后 180 天内没有有效购买的概率 = 1 − 按同样方法得出的 180 天购买概率; 数据太少、只能用规则时未知(见流失风险); 从未购买则未知",
             "the chance of no valid purchase within 180 days: 1 − the chance of one, learnt as above; unknown where only the rule could be used (see the risk of lapsing) and for who never bought"),
        Kind.RATIO, UNITS["share"], Direction.LOWER, _INPUTS, source=_PLATT,
    ),
)  # fmt: skip

PROSPECT_NAMES: tuple[str, ...] = tuple(measure.name for measure in MEASURES)
"""The measures that are computed only where one of them is wanted."""

PROSPECT_SCHEMA = pa.schema(
    [
        ("customer_key", pa.int64()),
        *((m.name, pa.string() if m.kind is Kind.CATEGORY else pa.int64()) for m in MEASURES),
    ]
)


def prospect_steps(frame: Frame) -> list[Step]:
    """`prospects`: one row per unit that ever bought; needs the tables of `ground_steps(frame)`."""
    return [
        *look_steps(frame, HORIZONS),
        Step(
            "prospects",
            looks_query(frame, HORIZONS),
            Text("未来价值与购买可能", "what lies ahead"),
            foretell_buyers,
        ),
    ]


def foretell_buyers(looks: pa.Table) -> pa.Table:
    """The measures of this family, in stored parts; what cannot be told is null, never NaN.

    Args:
        looks: the rows of `looks_query` for `HORIZONS`.

    Returns:
        `PROSPECT_SCHEMA`, a row for each buyer of the day itself.
    """
    standing, hindsight = read_looks(looks, VALUE_DAYS)
    heads = len(standing)
    if not heads:
        return PROSPECT_SCHEMA.empty_table()
    # The models load a compiler and a learning library: a run that asks for none of this should not pay for them.
    from keceng.measure.foretelling import foretell_customers  # noqa: PLC0415  see above

    value = foretell_customers(standing, VALUE_DAYS, hindsight)
    soon, later, long = (_tell_purchases(looks, days) for days in (SOON_DAYS, PURCHASE_DAYS, CHURN_DAYS))
    columns = {
        "customer_key": standing.buyers["customer_key"],
        "future_value": store_numbers(value.future_value.worth * Kind.MONEY.scale),
        "future_value_basis": repeat_code(value.basis, heads),
        "future_value_season": repeat_code(value.season.value, heads),
        "purchase_propensity": store_numbers(later.points * Kind.RATIO.scale),
        "purchase_propensity_basis": repeat_code(later.basis, heads),
        "purchase_propensity_30": store_numbers(soon.points * Kind.RATIO.scale),
        "purchase_propensity_30_basis": repeat_code(soon.basis, heads),
        "churn_risk": long.churn_risks,
        **dict(zip(REASON_NAMES, later.reasons, strict=True)),
    }
    return pa.table([columns[name] for name in PROSPECT_SCHEMA.names], schema=PROSPECT_SCHEMA)


@dataclass(frozen=True, slots=True)
class _Told:
    """Points of a purchase, of a model (then chances) or a rule, with what else the model says."""

    points: Numbers
    basis: str
    churn_risks: pa.Array
    reasons: tuple[pa.Array, ...]


def _tell_purchases(looks: pa.Table, days: int) -> _Told:
    from keceng.measure.foresight import read_traits  # noqa: PLC0415
    from keceng.measure.propensity import FittedPropensity  # noqa: PLC0415  the learning library, loaded by now

    standing, hindsight = read_looks(looks, days)
    traits = read_traits(standing.buyers)
    fitted = _learn(hindsight, days)
    heads = len(standing)
    if not isinstance(fitted, FittedPropensity):
        unknown = pa.nulls(heads, pa.int64())
        return _Told(
            fitted.points(traits), "rule", unknown, (pa.nulls(heads, pa.string()),) * len(REASON_NAMES)
        )
    risks = store_numbers(fitted.churn_risks(traits) * Kind.RATIO.scale)
    return _Told(fitted.chances(traits), "model", risks, fitted.main_codes(traits, len(REASON_NAMES)))


def _learn(hindsight: Hindsight | None, days: int) -> FittedPropensity | PropensityRule:
    from keceng.measure.learning import learn_propensity  # noqa: PLC0415  loaded by now
    from keceng.measure.propensity import PropensityRule  # noqa: PLC0415

    # a chance learnt on fewer days than it is told for would be another chance
    if hindsight is None or hindsight.inner.outcome.horizon_days < days or not len(hindsight.inner.standing):
        return PropensityRule((Text(f"历史不足 {2 * days} 天", f"a history of less than {2 * days} days"),))
    return learn_propensity(hindsight.inner)
