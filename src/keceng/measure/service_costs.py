"""What serving a customer costs: time-driven, activities × rates (Kaplan & Anderson 2004).

The rates stand in the ledger table `cost_rates`; an activity without one there takes its default.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlglot import exp

from keceng.lake import Step, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame, rounded_quotient
from keceng.vocabulary import Direction, Kind, Text

QUARTER_DAYS = 91
VISIT_MINUTES = 60
"""How long a visit without minutes is taken to be."""
VISIT_WORDS = "拜访|上门|走访|面访|visit|on-?site"
"""Parts of an interaction's channel that make it a visit."""
SHOP_WORDS = "门店|柜台|自提|到店|线下|in-?store|counter|pick-?up"
"""Parts of an order's channel that make it handed over, not delivered."""


@dataclass(frozen=True, slots=True)
class CostRate:
    """The default rate of one activity.

    Attributes:
        activity: its name in the table `cost_rates`, and with `_cost` behind it, of its measure.
        title: as on a screen.
        driver: what is counted, in words.
        rate: cents per driver; for `holding`, ten-thousandths of the open amount a year.
        per: drivers that one rate pays for: 60 minutes, 365 days.
        inputs: the ledger tables it is counted from.
    """

    activity: str
    title: Text
    driver: Text
    rate: int
    per: int
    inputs: tuple[str, ...]

    @property
    def measure(self) -> str:
        """The measure that holds its cost."""
        return f"{self.activity}_cost"


DEFAULT_RATES: tuple[CostRate, ...] = (
    CostRate("order", Text("订单处理", "Order handling"),
             Text("窗口内的订单, 含后来整单退回的, 默认每单 15 元", "orders of the window, those wholly returned later too, ¥15 each by default"),
             15_00, 1, ("purchase_day",)),
    CostRate("delivery", Text("配送", "Delivery"),
             Text("窗口内的订单减门店交付的订单, 默认每单 60 元", "orders of the window less those handed over in a shop, ¥60 each by default"),
             60_00, 1, ("purchase_day", "orders", "order_lines")),
    CostRate("return", Text("退货处理", "Return handling"),
             Text("窗口内的退货单, 默认每单 80 元", "return documents of the window, ¥80 each by default"),
             80_00, 1, ("order_lines",)),
    CostRate("visit", Text("拜访", "Visits"),
             Text("窗口内拜访类互动的分钟数(没有记时长按 60 分钟), 默认每小时 300 元含路途; 没有任何互动记录则未知",
                  "minutes of the window's visits (60 where none are noted), ¥300 an hour with travel by default; unknown without any interaction on record"),
             300_00, 60, ("interactions",)),
    CostRate("ticket", Text("服务工单", "Service tickets"),
             Text("窗口内的投诉, 默认每件 40 元; 没有任何投诉记录则未知", "complaints of the window, ¥40 each by default; unknown without any complaint on record"),
             40_00, 1, ("complaints",)),
    CostRate("holding", Text("应收占用", "Holding of receivables"),
             Text("窗口内平均应收 × 天数 ÷ 365, 默认年利率 8%; 没有任何应收记录则未知",
                  "average open receivables of the window × days ÷ 365, 8 % a year by default; unknown without any receivable on record"),
             800, 10_000 * 365, ("invoices", "payments")),
)  # fmt: skip
"""The activities and what one costs until a company says otherwise."""


def _cost(rate: CostRate) -> Measure:
    return Measure(
        rate.measure,
        Text(f"{rate.title.zh}成本", f"{rate.title.en} cost"),
        rate.driver,
        Kind.MONEY,
        UNITS["money"],
        Direction.LOWER,
        (*rate.inputs, "cost_rates"),
        source="Kaplan & Anderson 2004",
        windowed=True,
    )


MEASURES: tuple[Measure, ...] = (
    *(_cost(rate) for rate in DEFAULT_RATES),
    Measure(
        "cost_to_serve", Text("服务成本", "Cost to serve"),
        Text("订单、配送、退货、拜访、工单与应收占用成本之和; 没有记录的活动不计",
             "order, delivery, return, visit, ticket and holding costs together; an activity not on record is left out"),
        Kind.MONEY, UNITS["money"], Direction.LOWER,
        tuple(sorted({name for rate in DEFAULT_RATES for name in rate.inputs} | {"cost_rates"})),
        source="Kaplan & Anderson 2004", windowed=True,
    ),
)  # fmt: skip


def service_cost_steps(frame: Frame) -> list[Step]:
    """`service_costs`: one row per unit, the window's costs and those of the last two quarters.

    Needs `units`, `purchases` and `settlements`.
    """
    return [
        rate_step(frame),
        Step("activities", _activities(frame), Text("服务活动", "activities of service")),
        Step("activity_costs", _activity_costs(), Text("按活动的服务成本", "cost by activity")),
        Step("service_costs", _service_costs(frame), Text("服务成本", "cost to serve")),
    ]


def rate_step(frame: Frame) -> Step:
    """`rates`: per activity the rate in force, what it pays for, and since when it was declared: NULL for a default."""
    return Step("rates", _rates(frame), Text("服务成本费率", "rates of service costs"))


def _rates(frame: Frame) -> exp.Expr:
    rows = [(rate.activity, rate.rate, rate.per) for rate in DEFAULT_RATES]
    defaults = exp.select("activity", "rate", "per").from_(
        exp.values(rows, alias="listed", columns=["activity", "rate", "per"])
    )
    return sql(
        """
        with said as (
          select activity, arg_max(rate, since_on) as rate, max(since_on) as since_on from cost_rates
          where since_on <= :as_of and rate >= 0 group by activity
        )
        select activity, cast(coalesce(said.rate, defaults.rate) as bigint) as rate, defaults.per, said.since_on
        from :defaults as defaults left join said using (activity)
        """,
        as_of=frame.as_of,
        defaults=exp.Subquery(this=defaults),
    )


def _activities(frame: Frame) -> exp.Expr:
    return sql(
        """
        with happened as (
          select unit_key as customer_key, day, 'order' as activity, orders as drivers
          from purchase_day join units using (customer_key) where day <= :as_of
          union all
          select unit_key, day, 'delivery', orders from purchase_day join units using (customer_key) where day <= :as_of
          union all
          select u.unit_key, l.line_on, 'delivery', -count(distinct l.order_key)
          from orders as o join order_lines as l using (order_key) join units as u on u.customer_key = l.customer_key
          where l.is_valid and l.line_on <= :as_of and (o.space = 'offline' or o.store is not null
            or (o.space is null and regexp_matches(o.channel, :shop, 'i')))
          group by u.unit_key, l.line_on
          union all
          select unit_key, line_on, 'return', count(distinct order_key)
          from order_lines join units using (customer_key)
          where is_return and not coalesce(is_cancelled, false) and line_on <= :as_of group by unit_key, line_on
          union all
          select unit_key, happened_on, 'visit', coalesce(minutes, :visit_minutes)
          from interactions join units using (customer_key)
          where happened_on <= :as_of and regexp_matches(channel, :visit, 'i')
          union all
          select unit_key, received_on, 'ticket', 1 from complaints join units using (customer_key) where received_on <= :as_of
        )
        select customer_key, activity,
          coalesce(sum(drivers) filter (where day > :opens), 0) as drivers,
          coalesce(sum(drivers) filter (where day > :last_quarter), 0) as drivers_last,
          coalesce(sum(drivers) filter (where day > :two_quarters and day <= :last_quarter), 0) as drivers_before
        from happened group by customer_key, activity
        union all
        select customer_key, 'holding',
          sum(amount * greatest(coalesce(settled_on, :as_of) - greatest(issued_on, :opens), 0)),
          sum(amount * greatest(coalesce(settled_on, :as_of) - greatest(issued_on, :last_quarter), 0)),
          sum(amount * greatest(least(coalesce(settled_on, :as_of), :last_quarter) - greatest(issued_on, :two_quarters), 0))
        from settlements group by customer_key
        """,
        as_of=frame.as_of,
        opens=frame.window_opens_on,
        last_quarter=frame.as_of - dt.timedelta(days=QUARTER_DAYS),
        two_quarters=frame.as_of - dt.timedelta(days=2 * QUARTER_DAYS),
        shop=SHOP_WORDS,
        visit=VISIT_WORDS,
        visit_minutes=VISIT_MINUTES,
    )


def _activity_costs() -> exp.Expr:
    query = exp.select("customer_key", "activity").from_("activities").join("rates", using=["activity"])
    for drivers, cost in (
        ("drivers", "cost"),
        ("drivers_last", "cost_last"),
        ("drivers_before", "cost_before"),
    ):
        cents = sql("cast(:drivers as hugeint) * rate", drivers=exp.column(drivers))
        query = query.select(exp.alias_(rounded_quotient(cents, exp.column("per")), cost))
    return query


# Each activity is known, a zero included, once the company keeps any record of it.
def _service_costs(frame: Frame) -> exp.Expr:
    return sql(
        """
        with sums as (
          select customer_key,
            sum(cost) filter (where activity = 'order') as order_cost,
            sum(cost) filter (where activity = 'delivery') as delivery_cost,
            sum(cost) filter (where activity = 'return') as return_cost,
            sum(cost) filter (where activity = 'visit') as visit_cost,
            sum(cost) filter (where activity = 'ticket') as ticket_cost,
            sum(cost) filter (where activity = 'holding') as holding_cost,
            sum(cost) as cost_to_serve, sum(cost_last) as cost_last, sum(cost_before) as cost_before
          from activity_costs group by customer_key
        ),
        records as (
          select exists (select 1 from interactions where happened_on <= :as_of) as has_contacts,
            exists (select 1 from complaints where received_on <= :as_of) as has_complaints,
            exists (select 1 from claims) as has_claims
        )
        select p.customer_key,
          cast(coalesce(order_cost, 0) as bigint) as order_cost,
          cast(coalesce(delivery_cost, 0) as bigint) as delivery_cost,
          cast(coalesce(return_cost, 0) as bigint) as return_cost,
          case when has_contacts then cast(coalesce(visit_cost, 0) as bigint) end as visit_cost,
          case when has_complaints then cast(coalesce(ticket_cost, 0) as bigint) end as ticket_cost,
          case when has_claims then cast(coalesce(holding_cost, 0) as bigint) end as holding_cost,
          cast(coalesce(cost_to_serve, 0) as bigint) as cost_to_serve,
          cast(coalesce(cost_last, 0) as bigint) as cost_last,
          cast(coalesce(cost_before, 0) as bigint) as cost_before
        from purchases as p left join sums as s using (customer_key) cross join records
        """,
        as_of=frame.as_of,
    )
