"""Where a customer stands on three values: worth now, worth later, worth through others; and what may be lost.

High on an axis is above the 70th percentile (`percentile_disc`) of the customers who ever bought and have the axis, and above zero.
Eight positions when all three are known, four when social or future value is not; nothing is guessed for the missing axis.
"""

from __future__ import annotations

from sqlglot import exp

from keceng.lake import Step, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame
from keceng.vocabulary import Direction, Kind, Text

COST_KNOWN_FOR = 9_000
"""Value is counted in contribution when cost is known for so many ten-thousandths of sales, else in sales."""

_BASES: tuple[tuple[str, Text], ...] = (
    ("contribution", Text("贡献", "Contribution")),
    ("margin", Text("毛利", "Margin")),
    ("spend", Text("销售额", "Sales")),
)

_FUTURES: tuple[tuple[str, Text], ...] = (
    ("future_value", Text("未来价值(模型)", "Future value (models)")),
    ("retained_value", Text("未来价值(留存法)", "Future value (retention form)")),
)

FUTURE_NAMES: tuple[str, ...] = ("value_position", "position_future_basis")
"""The measures that look at the future: future value by models is computed where one of them is wanted."""

# Three letters: now, future, social; h above the cut, l not, u unknown.
POSITIONS: tuple[tuple[str, Text, str], ...] = (
    ("core_partner", Text("核心伙伴", "Core partner"), "hhh"),
    ("star", Text("明星", "Star"), "hhl"),
    ("respected_harvest", Text("有声望的收获户", "Respected harvest"), "hlh"),
    ("harvest", Text("收获户", "Harvest"), "hll"),
    ("rising_voice", Text("成长的意见领袖", "Rising voice"), "lhh"),
    ("rising", Text("成长户", "Rising"), "lhl"),
    ("advocate", Text("口碑户", "Advocate"), "llh"),
    ("base", Text("基础户", "Base"), "lll"),
    ("star_social_unknown", Text("明星(社会价值未知)", "Star (social value unknown)"), "hhu"),
    ("harvest_social_unknown", Text("收获户(社会价值未知)", "Harvest (social value unknown)"), "hlu"),
    ("rising_social_unknown", Text("成长户(社会价值未知)", "Rising (social value unknown)"), "lhu"),
    ("base_social_unknown", Text("基础户(社会价值未知)", "Base (social value unknown)"), "llu"),
    ("respected_future_unknown", Text("有声望的高价值户(未来未知)", "Respected and valuable (future unknown)"), "huh"),
    ("valuable_future_unknown", Text("高价值户(未来未知)", "Valuable (future unknown)"), "hul"),
    ("advocate_future_unknown", Text("口碑户(未来未知)", "Advocate (future unknown)"), "luh"),
    ("base_future_unknown", Text("基础户(未来未知)", "Base (future unknown)"), "lul"),
)  # fmt: skip
"""Code, title, and the axes it stands for. Harvest: much now, little later."""

_INPUTS = ("purchase_day", "relations", "persons", "customers")

MEASURES: tuple[Measure, ...] = (
    Measure(
        "current_value", Text("现在价值", "Current value"),
        Text("窗口内的贡献; 成本已知不足九成时为销售额, 依据见“价值依据”",
             "contribution of the window; sales where cost is known for less than 90 % of them; see the basis"),
        Kind.MONEY, UNITS["money"], Direction.HIGHER, ("purchase_day",), windowed=True,
    ),
    Measure(
        "current_value_basis", Text("价值依据", "Basis of current value"),
        Text("现在价值以什么计: 贡献、毛利或销售额, 对所有客户相同",
             "what current value is counted in: contribution, margin or sales; the same for every customer"),
        Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, ("purchase_day",), windowed=True, categories=_BASES,
    ),
    Measure(
        "lapse_risk", Text("流失风险", "Risk of lapsing"),
        Text("间隔比 q 从 1 到 5 对应 0 到 100%: (q − 1) ÷ 4, 限于 0–1", "the gap ratio q from 1 to 5 as 0 to 100 %: (q − 1) ÷ 4, clipped to 0–1"),
        Kind.RATIO, UNITS["share"], Direction.LOWER, ("purchase_day",),
    ),
    Measure(
        "expected_loss", Text("预期损失", "Expected loss"),
        Text("现在价值(负数按 0)× 流失风险; 已流失的客户未知, 那是挽回而非保有",
             "current value (negative as 0) × risk of lapsing; unknown for the lost, who are won back rather than kept"),
        Kind.MONEY, UNITS["money"], Direction.LOWER, ("purchase_day",), windowed=True,
    ),
    Measure(
        "value_position", Text("三维定位", "Position on three values"),
        Text("现在价值、未来价值(依据见“定位的未来依据”)、社会价值各按第 70 百分位分高低; 未来或社会价值未知时只看其余两维, 只知一维则未知",
             "current, future (see its basis) and social value, each high above its 70th percentile; two axes where future or social value is unknown, unknown with one"),
        Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, _INPUTS, windowed=True,
        categories=tuple((code, title) for code, title, _ in POSITIONS),
    ),
    Measure(
        "position_future_basis", Text("定位的未来依据", "Future of the position"),
        Text("三维定位中的未来价值是哪一个: 算出了未来价值(模型)时用它, 否则用留存法; 对所有客户相同",
             "which future value the position looks at: the one by models where it was computed, else the retention form; the same for every customer"),
        Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, ("purchase_day",), windowed=True, categories=_FUTURES,
    ),
)  # fmt: skip


def current_value_steps(_frame: Frame) -> list[Step]:
    """`current_values`: one row per unit; needs `purchases` and `profit`."""
    return [Step("current_values", _CURRENT_VALUES.copy(), Text("现在价值", "current value"))]


def positioning_steps(future: exp.Expr) -> list[Step]:
    """`positions`: one row per unit; needs `current_values`, `rhythm`, `purchases`, `attributes` and `social`.

    Args:
        future: a query of `customer_key`, `future_value` in cents, and `future_basis`, the same for all; without rows the future
            is unknown.
    """
    axes = sql(_AXES, future=exp.Subquery(this=future))
    return [
        Step("value_axes", axes, Text("三个价值的高低", "high and low on the three values")),
        Step("positions", _positions(), Text("定位与预期损失", "position and expected loss")),
    ]


RETAINED_FUTURE = sql(
    "select customer_key, retained_value as future_value, 'retained_value' as future_basis from retained_values"
)
"""The future of an ordinary run: the retention form, unknown for all while the history is short."""

FORETOLD_FUTURE = sql("select customer_key, future_value, 'future_value' as future_basis from prospects")
"""The future where models were run; needs `prospects`."""


# One basis for all: the contribution of one and the sales of another cannot be compared.
_CURRENT_VALUES = sql(
    """
    with known as (
      select p.customer_key, p.spend, f.contribution, f.margin,
        count(f.contribution) over () as contributions, count(f.margin) over () as margins,
        max(f.cost_known_share) over () as cost_known_share
      from purchases as p left join profit as f using (customer_key)
    ),
    based as (
      select *, case
          when coalesce(cost_known_share, 0) < :enough then 'spend'
          when contributions > 0 then 'contribution'
          when margins > 0 then 'margin'
          else 'spend'
        end as current_value_basis
      from known
    )
    select customer_key, current_value_basis, cast(case current_value_basis
        when 'contribution' then coalesce(contribution, case when spend = 0 then 0 end)
        when 'margin' then coalesce(margin, case when spend = 0 then 0 end)
        else spend
      end as bigint) as current_value
    from based
    """,
    enough=COST_KNOWN_FOR,
)

_AXES = """
    with known as (
      select p.customer_key, v.current_value, f.future_value, s.social_score,
        max(f.future_basis) over () as future_basis,
        p.lifetime_order_count > 0 and not (a.is_bucket or a.is_related_party or a.is_supplier) as is_compared
      from purchases as p
      join current_values as v using (customer_key)
      join party_flags as a using (customer_key)
      left join :future as f using (customer_key)
      left join social as s using (customer_key)
    ),
    cuts as (
      select quantile_disc(current_value, 0.7) filter (where is_compared) as current_cut,
        quantile_disc(future_value, 0.7) filter (where is_compared) as future_cut,
        quantile_disc(social_score, 0.7) filter (where is_compared) as social_cut
      from known
    )
    select customer_key, future_basis,
      case when current_value is null then 'u' when current_value > greatest(current_cut, 0) then 'h' else 'l' end as now_axis,
      case when future_value is null then 'u' when future_value > greatest(future_cut, 0) then 'h' else 'l' end as future_axis,
      case when social_score is null then 'u' when social_score > greatest(social_cut, 0) then 'h' else 'l' end as social_axis
    from known cross join cuts
    """


def _positions() -> exp.Expr:
    cell = sql("concat(a.now_axis, a.future_axis, a.social_axis)")
    named = exp.Case()
    for code, _, axes in POSITIONS:
        named = named.when(sql(":cell = :axes", cell=cell, axes=axes), exp.Literal.string(code))
    return sql(
        """
        with risks as (
          select customer_key, lifecycle_state,
            case when gap_ratio is not null then least(greatest((gap_ratio - 10000) // 4, 0), 10000) end as lapse_risk
          from rhythm
        )
        select v.customer_key, v.current_value, v.current_value_basis, r.lapse_risk,
          case when r.lifecycle_state not in ('lost', 'prospect') then cast(
            (2 * cast(greatest(v.current_value, 0) as hugeint) * r.lapse_risk + 10000) // 20000 as bigint)
          end as expected_loss,
          :named as value_position,
          a.future_basis as position_future_basis
        from current_values as v
        join value_axes as a using (customer_key)
        left join risks as r using (customer_key)
        """,
        named=named,
    )
