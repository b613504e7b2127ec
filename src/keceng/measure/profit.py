"""What is left of the sales: margin where cost is known, less what serving the customer costs; discounts, loss-makers.

The lines of a customer's statement are measures: `costed_spend` − `cost_of_goods` = `margin`, and
`margin` − `cost_to_serve` = `contribution`. Discounts and rebates are already out of the sales.
"""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from keceng.lake import Step, column, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame, exact_columns, with_quotients
from keceng.measure.service_costs import DEFAULT_RATES, QUARTER_DAYS
from keceng.vocabulary import Direction, Kind, Text

_INPUTS = ("purchase_day",)
_SERVED = ("purchase_day", "order_lines", "interactions", "complaints", "invoices", "payments", "cost_rates")


def _money(
    name: str,
    title: Text,
    definition: Text,
    *,
    direction: Direction = Direction.HIGHER,
    inputs: tuple[str, ...] = _INPUTS,
    is_cause: bool = False,
) -> Measure:
    return Measure(
        name, title, definition, Kind.MONEY, UNITS["money"], direction, inputs, windowed=True, is_cause=is_cause
    )  # fmt: skip


def _share(
    name: str,
    title: Text,
    definition: Text,
    direction: Direction,
    *,
    inputs: tuple[str, ...] = _INPUTS,
    is_cause: bool = False,
) -> Measure:
    return Measure(
        name, title, definition, Kind.RATIO, UNITS["share"], direction, inputs, windowed=True,
        exact=exact_columns(name, Kind.RATIO), is_cause=is_cause,
    )  # fmt: skip


MEASURES: tuple[Measure, ...] = (
    _money("costed_spend", Text("有成本的销售额", "Sales with known cost"),
           Text("有成本的行的销售额; 没有成本则未知", "sales of the lines with a cost; unknown without cost")),
    _money("cost_of_goods", Text("销售成本", "Cost of goods"),
           Text("有成本的行的成本; 没有成本则未知", "cost of the lines with a cost; unknown without cost"), direction=Direction.LOWER),
    _money("margin", Text("毛利", "Margin"),
           Text("有成本的行的销售额 − 成本; 没有成本则未知", "sales of the lines with a cost, less the cost; unknown without cost")),
    _share("margin_rate", Text("毛利率", "Margin rate"),
           Text("毛利 ÷ 有成本的行的销售额", "margin ÷ sales of the lines with a cost"), Direction.HIGHER),
    _money("contribution", Text("贡献", "Contribution"),
           Text("毛利 − 服务成本, 折扣与返利已在销售额中扣除; 没有成本的销售额超过购买额一成则未知; 窗口内没有销售时为负的服务成本",
                "margin less cost to serve, discounts and rebates being out of the sales already; unknown when sales without a cost "
                "exceed a tenth of gross sales; without sales in the window, minus the cost to serve"), inputs=_SERVED, is_cause=True),
    _share("contribution_rate", Text("贡献率", "Contribution rate"),
           Text("贡献 ÷ 有成本的行的销售额", "contribution ÷ sales of the lines with a cost"), Direction.HIGHER, inputs=_SERVED,
           is_cause=True),
    Measure(
        "break_even_spend", Text("保本销售额", "Break-even sales"),
        Text("服务成本 ÷ 毛利率; 毛利不为正则未知", "cost to serve ÷ margin rate; unknown without a positive margin"),
        Kind.MONEY, UNITS["money"], Direction.LOWER, _SERVED, windowed=True,
        exact=exact_columns("break_even_spend", Kind.MONEY),
    ),
    _share("cost_known_share", Text("成本已知占比", "Share of sales with known cost"),
           Text("全公司窗口内销售额中有成本的部分, 对所有客户相同", "company-wide share of the window's sales with a cost; the same for every customer"),
           Direction.NEUTRAL),
    _money("discount_given", Text("折扣额", "Discount given"),
           Text("窗口内有效购买行的折扣; 没有记录则未知", "discounts of the window's valid lines; unknown where none are on record"), direction=Direction.LOWER),
    _share("discount_share", Text("折扣占比", "Discount share"),
           Text("折扣 ÷ (销售额 + 折扣)", "discount ÷ (sales + discount)"), Direction.LOWER),
    Measure(
        "is_loss_making", Text("亏损", "Loss-making"), Text("窗口内贡献为负", "contribution in the window is negative"),
        Kind.FLAG, UNITS["none"], Direction.LOWER, _SERVED, windowed=True, is_cause=True,
    ),
    Measure(
        "loss_two_quarters", Text("连续两季亏损", "Loss in two quarters running"),
        Text("最近两个 91 天都有销售, 且各自的贡献率都低于 −2%; 成本或销售不足则未知",
             "sales in each of the last two 91-day quarters, and a contribution rate below −2 % in each; unknown without cost or sales"),
        Kind.FLAG, UNITS["none"], Direction.LOWER, _SERVED, is_cause=True,
    ),
    _money("median_positive_contribution", Text("正贡献中位数", "Median positive contribution"),
           Text("全部正贡献客户的贡献中位数, 对所有客户相同", "the median contribution of customers with a positive one; the same for every customer"),
           direction=Direction.NEUTRAL, inputs=_SERVED),
)  # fmt: skip

STATEMENT: tuple[str, ...] = (
    "spend", "discount_given", "costed_spend", "cost_of_goods", "margin",
    *(rate.measure for rate in DEFAULT_RATES), "cost_to_serve", "contribution",
)  # fmt: skip
"""The lines of a profit statement, in order: of a customer, or added up, of the company."""


def company_statement() -> exp.Expr:
    """One row: every line of `STATEMENT` added over the customers of `measured` whose contribution is known.

    `customers_left_out` and `spend_left_out` say how much is not in it because it is unknown.
    """
    query = exp.select().from_("measured")
    for line in STATEMENT:
        total = sql("cast(sum(:line) filter (where contribution is not null) as bigint)", line=column(line))
        query = query.select(exp.alias_(total, line))
    return query.select(
        sql("count(*) filter (where contribution is null) as customers_left_out"),
        sql("cast(coalesce(sum(spend) filter (where contribution is null), 0) as bigint) as spend_left_out"),
    )


def profit_steps(frame: Frame) -> list[Step]:
    """`profit`: one row per unit; needs `days`, `purchases` and `service_costs`."""
    return [
        Step("margins", _margins(frame), Text("毛利的合计", "sums of margin")),
        Step("profit_parts", _PARTS.copy(), Text("利润的分子分母", "parts of profit measures")),
        with_quotients("profit", MEASURES, Text("利润指标", "profit measures")),
    ]


def _margins(frame: Frame) -> exp.Expr:
    return sql(
        """
        with dated as (
          select *, day > :opens as in_window, day > :last_quarter as in_last,
            day > :two_quarters and day <= :last_quarter as in_before
          from days
        )
        select customer_key, bool_or(in_window) as has_sales,
          cast(sum(net) filter (where in_window) as bigint) as net,
          cast(sum(gross) filter (where in_window) as bigint) as gross,
          cast(sum(costed_net) filter (where in_window) as bigint) as costed_net,
          cast(sum(cost) filter (where in_window) as bigint) as cost,
          cast(sum(discount) filter (where in_window) as bigint) as discount,
          cast(sum(costed_net - cost) filter (where in_last) as bigint) as margin_last,
          cast(sum(costed_net) filter (where in_last) as bigint) as costed_last,
          cast(sum(net) filter (where in_last) as bigint) as net_last,
          cast(sum(costed_net - cost) filter (where in_before) as bigint) as margin_before,
          cast(sum(costed_net) filter (where in_before) as bigint) as costed_before,
          cast(sum(net) filter (where in_before) as bigint) as net_before
        from dated group by customer_key
        """,
        opens=frame.window_opens_on,
        last_quarter=frame.as_of - dt.timedelta(days=QUARTER_DAYS),
        two_quarters=frame.as_of - dt.timedelta(days=2 * QUARTER_DAYS),
    )


# A part of the cost would pass for a loss: the whole cost to serve is set against the margin only where nearly all
# sales have a cost. A quarter without sales has no rate, whatever was spent on it.
_PARTS = sql(
    """
    with joined as (
      select p.customer_key, p.spend, m.costed_net, m.cost, m.discount, m.costed_net - m.cost as margin, c.cost_to_serve,
        case
          when m.has_sales and 10 * abs(m.net - m.costed_net) <= m.gross then m.costed_net - m.cost - c.cost_to_serve
          when p.spend = 0 and not coalesce(m.has_sales, false) and sum(m.costed_net) over () is not null then -c.cost_to_serve
        end as contribution,
        case when m.costed_last > 0 and m.costed_before > 0
            and 10 * abs(m.net_last - m.costed_last) <= m.net_last and 10 * abs(m.net_before - m.costed_before) <= m.net_before
          then (m.margin_last - c.cost_last) * 50 < -m.costed_last and (m.margin_before - c.cost_before) * 50 < -m.costed_before
        end as loss_two_quarters
      from purchases as p join service_costs as c using (customer_key) left join margins as m using (customer_key)
    )
    select *, costed_net as costed_spend, cost as cost_of_goods, discount as discount_given, contribution < 0 as is_loss_making,
      cast(margin as hugeint) * 10000 as margin_rate__num, costed_net as margin_rate__den,
      cast(contribution as hugeint) * 10000 as contribution_rate__num, costed_net as contribution_rate__den,
      cast(cost_to_serve as hugeint) * costed_net as break_even_spend__num, margin as break_even_spend__den,
      coalesce(sum(costed_net) over (), 0) * 10000 as cost_known_share__num,
      sum(spend) over () as cost_known_share__den,
      cast(discount as hugeint) * 10000 as discount_share__num, spend + discount as discount_share__den,
      quantile_disc(case when contribution > 0 then contribution end, 0.5) over () as median_positive_contribution
    from joined
    """
)
