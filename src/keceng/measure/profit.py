"""What is left of the sales: margin where cost is known, discounts, loss-makers.

Cost to serve is a measure of its own; until its activities are known, contribution is the margin and says so.
"""

from __future__ import annotations

import datetime as dt

from keceng.lake import Step, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame, exact_columns, with_quotients
from keceng.vocabulary import Direction, Kind, Text

_INPUTS = ("purchase_day",)
QUARTER_DAYS = 91


def _money(name: str, title: Text, definition: Text, *, direction: Direction = Direction.HIGHER) -> Measure:
    return Measure(name, title, definition, Kind.MONEY, UNITS["money"], direction, _INPUTS, windowed=True)


def _share(name: str, title: Text, definition: Text, direction: Direction) -> Measure:
    return Measure(
        name, title, definition, Kind.RATIO, UNITS["share"], direction, _INPUTS, windowed=True,
        exact=exact_columns(name, Kind.RATIO),
    )  # fmt: skip


MEASURES: tuple[Measure, ...] = (
    _money("margin", Text("毛利", "Margin"),
           Text("有成本的行的销售额 − 成本; 没有成本则未知", "sales of the lines with a cost, less the cost; unknown without cost")),
    _share("margin_rate", Text("毛利率", "Margin rate"),
           Text("毛利 ÷ 有成本的行的销售额", "margin ÷ sales of the lines with a cost"), Direction.HIGHER),
    _money("contribution", Text("贡献", "Contribution"),
           Text("毛利减服务成本; 服务成本未知时等于毛利", "margin less cost to serve; the margin itself while that is unknown")),
    _share("contribution_rate", Text("贡献率", "Contribution rate"),
           Text("贡献 ÷ 有成本的行的销售额", "contribution ÷ sales of the lines with a cost"), Direction.HIGHER),
    _share("cost_known_share", Text("成本已知占比", "Share of sales with known cost"),
           Text("全公司窗口内销售额中有成本的部分, 对所有客户相同", "company-wide share of the window's sales with a cost; the same for every customer"),
           Direction.NEUTRAL),
    _share("discount_share", Text("折扣占比", "Discount share"),
           Text("折扣 ÷ (销售额 + 折扣)", "discount ÷ (sales + discount)"), Direction.LOWER),
    Measure(
        "is_loss_making", Text("亏损", "Loss-making"), Text("窗口内贡献为负", "contribution in the window is negative"),
        Kind.FLAG, UNITS["none"], Direction.LOWER, _INPUTS, windowed=True,
    ),
    Measure(
        "loss_two_quarters", Text("连续两季亏损", "Loss in two quarters running"),
        Text("最近两个 91 天各自的贡献率都低于 −2%", "contribution rate below −2 % in each of the last two 91-day quarters"),
        Kind.FLAG, UNITS["none"], Direction.LOWER, _INPUTS,
    ),
    _money("median_positive_contribution", Text("正贡献中位数", "Median positive contribution"),
           Text("全部正贡献客户的贡献中位数, 对所有客户相同", "the median contribution of customers with a positive one; the same for every customer"),
           direction=Direction.NEUTRAL),
)  # fmt: skip


def profit_steps(frame: Frame) -> list[Step]:
    """`profit`: one row per unit; needs `days` and `purchases`."""
    parts = sql(
        """
        with sums as (
          select customer_key,
            cast(sum(costed_net) filter (where day > :opens) as bigint) as costed_net,
            cast(sum(cost) filter (where day > :opens) as bigint) as cost,
            cast(sum(discount) filter (where day > :opens) as bigint) as discount,
            cast(sum(costed_net - cost) filter (where day > :last_quarter) as bigint) as margin_last,
            cast(sum(costed_net) filter (where day > :last_quarter) as bigint) as net_last,
            cast(sum(costed_net - cost) filter (where day > :two_quarters and day <= :last_quarter) as bigint) as margin_before,
            cast(sum(costed_net) filter (where day > :two_quarters and day <= :last_quarter) as bigint) as net_before
          from days group by customer_key
        ),
        joined as (
          select p.customer_key, p.spend, s.costed_net, s.cost, s.discount, s.costed_net - s.cost as margin,
            margin_last * 50 < -net_last and margin_before * 50 < -net_before as loss_two_quarters
          from purchases as p left join sums as s using (customer_key)
        )
        select *, margin as contribution, margin < 0 as is_loss_making,
          cast(margin as hugeint) * 10000 as margin_rate__num, costed_net as margin_rate__den,
          cast(margin as hugeint) * 10000 as contribution_rate__num, costed_net as contribution_rate__den,
          coalesce(sum(costed_net) over (), 0) * 10000 as cost_known_share__num,
          sum(spend) over () as cost_known_share__den,
          cast(discount as hugeint) * 10000 as discount_share__num, spend + discount as discount_share__den,
          quantile_disc(case when margin > 0 then margin end, 0.5) over () as median_positive_contribution
        from joined
        """,
        opens=frame.window_opens_on,
        last_quarter=frame.as_of - dt.timedelta(days=QUARTER_DAYS),
        two_quarters=frame.as_of - dt.timedelta(days=2 * QUARTER_DAYS),
    )
    return [
        Step("profit_parts", parts, Text("利润的合计", "sums of profit")),
        with_quotients("profit", MEASURES, Text("利润指标", "profit measures")),
    ]
