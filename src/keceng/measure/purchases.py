"""What customers bought, in the window and in all time: MEANINGS of spend, orders, purchase days, shares."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp

from keceng.lake import Fold, Step, column, empty_without, sql
from keceng.measure.declaration import Measure
from keceng.measure.folding import FOLDED_DATES, FOLDED_TOTALS, fold_days
from keceng.measure.frame import UNITS, Frame, Moment, exact_columns, with_quotients
from keceng.vocabulary import Direction, Kind, Text

_DAYS = ("purchase_day",)

_WINDOWED: tuple[tuple[str, Kind, str, Direction, bool, tuple[str, str], tuple[str, str]], ...] = (
    ("spend", Kind.MONEY, "money", Direction.HIGHER, True,
     ("销售额", "Sales"),
     ("全部有效入账行的金额之和, 退货在退货当日冲减", "sum of the amounts of all accepted lines; returns reduce it on their own date")),
    ("gross_spend", Kind.MONEY, "money", Direction.HIGHER, False,
     ("购买额", "Gross sales"),
     ("有效购买行的金额之和, 不减退货", "sum of the amounts of valid purchase lines, returns not deducted")),
    ("order_count", Kind.COUNT, "orders", Direction.HIGHER, True,
     ("订单数", "Orders"),
     ("至少有一行有效购买的订单数", "orders with at least one valid purchase line")),
    ("purchase_days", Kind.COUNT, "days", Direction.HIGHER, True,
     ("购买天数", "Purchase days"),
     ("有有效购买的不同日期数", "distinct days with a valid purchase")),
    ("refund_rate", Kind.RATIO, "share", Direction.LOWER, False,
     ("退货率", "Refund rate"),
     ("退货金额 ÷ 购买额", "returned amount ÷ gross sales")),
    ("average_order_value", Kind.MONEY, "money", Direction.HIGHER, False,
     ("客单价", "Average order value"),
     ("购买额 ÷ 订单数", "gross sales ÷ orders")),
    ("largest_day_share", Kind.RATIO, "share", Direction.NEUTRAL, False,
     ("最大单日占比", "Largest day's share"),
     ("最大的单日购买额 ÷ 购买额; 购买额为 0 时未知", "the greatest gross sales of one day ÷ gross sales; unknown when that is 0")),
)  # fmt: skip

_QUOTIENTS = {"refund_rate", "average_order_value", "largest_day_share"}


def _windowed(lifetime: bool) -> list[Measure]:
    prefix, zh, en = ("lifetime_", "累计", "Lifetime ") if lifetime else ("", "", "")
    return [
        Measure(
            name=prefix + name,
            title=Text(zh + title[0], en + (title[1].lower() if lifetime else title[1])),
            definition=Text(*definition),
            kind=kind,
            unit=UNITS[unit],
            direction=direction,
            inputs=_DAYS,
            actionable=actionable and not lifetime,
            windowed=not lifetime,
            exact=exact_columns(prefix + name, kind) if name in _QUOTIENTS else None,
        )
        for name, kind, unit, direction, actionable, title, definition in _WINDOWED
    ]


MEASURES: tuple[Measure, ...] = (
    *_windowed(lifetime=False),
    *_windowed(lifetime=True),
    Measure(
        "first_purchase_on", Text("首次购买日", "First purchase"),
        Text("第一个有有效购买的日期", "the first day with a valid purchase"),
        Kind.DATE, UNITS["none"], Direction.NEUTRAL, _DAYS,
    ),
    Measure(
        "last_purchase_on", Text("最近购买日", "Last purchase"),
        Text("最后一个有有效购买的日期", "the last day with a valid purchase"),
        Kind.DATE, UNITS["none"], Direction.HIGHER, _DAYS,
    ),
    Measure(
        "tenure_days", Text("客龄", "Tenure"),
        Text("截止日减首次购买日的整天数", "whole days from the first purchase to the as-of date"),
        Kind.DAYS, UNITS["days"], Direction.NEUTRAL, _DAYS,
    ),
    Measure(
        "days_since_last_purchase", Text("距上次购买", "Days since last purchase"),
        Text("截止日减最近购买日的整天数; 从未购买则未知",
             "whole days from the last purchase to the as-of date; unknown without one"),
        Kind.DAYS, UNITS["days"], Direction.LOWER, _DAYS, actionable=True,
    ),
    Measure(
        "history_days", Text("数据历史", "History"),
        Text("全部数据中第一个有效购买日到截止日的天数, 对所有客户相同",
             "days from the first valid purchase in all data to the as-of date; the same for every customer"),
        Kind.DAYS, UNITS["days"], Direction.NEUTRAL, _DAYS,
    ),
    Measure(
        "loyal_tenure_days", Text("忠诚所需客龄", "Tenure required of the loyal"),
        Text("180 天与数据历史一半中较小者, 对所有客户相同",
             "the smaller of 180 days and half the history; the same for every customer"),
        Kind.DAYS, UNITS["days"], Direction.NEUTRAL, _DAYS,
    ),
)  # fmt: skip


def unit_steps(frame: Moment) -> list[Step]:
    """`units`: which unit every known customer is judged in (itself, or the top of its group)."""
    if frame.unit == "account":
        query = sql(
            """select customer_key, customer_key as unit_key from customers
               where first_seen_on is null or first_seen_on <= :as_of""",
            as_of=frame.as_of,
        )
    else:
        query = sql(
            """
            with recursive climb as (
              select customer_key, customer_key as unit_key, 0 as steps_up from customers
              where first_seen_on is null or first_seen_on <= :as_of
              union all
              select climb.customer_key, parent.parent_key, climb.steps_up + 1
              from climb join customers as parent on parent.customer_key = climb.unit_key
              where parent.parent_key is not null and climb.steps_up < 12
            )
            select customer_key, arg_max(unit_key, steps_up) as unit_key from climb group by customer_key
            """,
            as_of=frame.as_of,
        )
    return [Step("units", query, Text("分级单位: 客户或集团", "the unit judged: account or group"))]


def day_steps(frame: Moment) -> list[Step]:
    """`days`: the purchase days known at `as_of`; an order wholly returned by then no longer makes a purchase."""
    query = _days_of_accounts(frame) if frame.unit == "account" else _days_of_groups(frame)
    return [Step("days", query, Text("截止日可见的购买日", "purchase days seen at the as-of date"))]


_PLAIN_SUMS = ("net", "returned", "cost", "costed_net", "discount", "list_amount")
_VOIDABLE_SUMS = ("orders", "gross")


def _sums_of_a_day(frame: Moment) -> list[exp.Expr]:
    voidable = [
        sql(
            "cast(sum(case when void_on <= :as_of then 0 else :x end) as bigint)",
            as_of=frame.as_of,
            x=column(name),
        )
        for name in _VOIDABLE_SUMS
    ]
    plain = [sql("cast(sum(:x) as bigint)", x=column(name)) for name in _PLAIN_SUMS]
    names = (*_VOIDABLE_SUMS, *_PLAIN_SUMS)
    return [exp.alias_(summed, name) for name, summed in zip(names, (*voidable, *plain), strict=True)]


def _days_of_groups(frame: Moment) -> exp.Expr:
    query = sql(
        """
        select unit_key as customer_key, day from purchase_day join units using (customer_key)
        where day <= :as_of group by unit_key, day
        """,
        as_of=frame.as_of,
    )
    assert isinstance(query, exp.Select)  # noqa: S101  the text above is a select
    return query.select(*_sums_of_a_day(frame))


def _days_of_accounts(frame: Moment) -> exp.Expr:
    # A day stands in one row, unless an order of it was wholly returned later; only those few days are summed up. Both
    # sides of the union leave out customers who are not known yet, who are few or none.
    summed = sql(
        """
        select d.customer_key, d.day from purchase_day as d
        join voided as v on v.customer_key = d.customer_key and v.day = d.day
        where d.day <= :as_of and not exists (select 1 from unknown as u where u.customer_key = d.customer_key)
        group by d.customer_key, d.day
        """,
        as_of=frame.as_of,
    )
    single = sql(
        """
        select d.customer_key, d.day from purchase_day as d
        where d.day <= :as_of and d.void_on is null
          and not exists (select 1 from unknown as u where u.customer_key = d.customer_key)
          and not exists (select 1 from voided as v where v.customer_key = d.customer_key and v.day = d.day)
        """,
        as_of=frame.as_of,
    )
    assert isinstance(summed, exp.Select)  # noqa: S101  the texts above are selects
    assert isinstance(single, exp.Select)  # noqa: S101
    names = (*_VOIDABLE_SUMS, *_PLAIN_SUMS)
    return sql(
        """
        with unknown as (select customer_key from customers where first_seen_on > :as_of),
        voided as (select distinct customer_key, day from purchase_day where void_on is not null)
        select * from :single as single union all select * from :summed as summed
        """,
        as_of=frame.as_of,
        single=exp.Subquery(this=single.select(*[column(name, "d") for name in names])),
        summed=exp.Subquery(this=summed.select(*_sums_of_a_day(frame))),
    )


def purchase_steps(frame: Moment) -> list[Step]:
    """`folded` and `purchases`: one row per unit, with every measure of this family and the sums that others build on."""
    return [
        Step(
            "folded",
            _folded(frame),
            Text("购买日的合计与间隔", "sums and gaps of purchase days"),
            fold=_fold(frame),
        ),
        Step("purchase_totals", _totals(), Text("购买的合计", "sums of purchases"), in_place=True),
        Step(
            "stated_totals",
            _stated(frame),
            Text("客户粒度文件里声明的合计", "totals stated by customer-grain files"),
            kernel=empty_without("declared_measures", "customer_key", _STATED_OF),
        ),
        Step("purchases_parts", _parts(frame), Text("购买指标的分子分母", "parts of purchase measures")),
        with_quotients("purchases", MEASURES, Text("购买指标", "purchase measures")),
    ]


def _fold(frame: Moment) -> Fold | None:
    # Of groups, several accounts make one day; and a day that the plan works out is not known beforehand.
    if frame.unit == "account" and isinstance(frame, Frame):
        return fold_days(frame.as_of, frame.window_opens_on, frame.previous_window_opens_on)
    return None


def _folded(frame: Moment) -> exp.Expr:
    # Sums of nothing are zero. Of an even number of gaps the lower middle one is the median.
    return sql(
        """
        with totals as (
          select customer_key,
            cast(sum(net) as bigint) as lifetime_spend,
            cast(sum(gross) as bigint) as lifetime_gross_spend,
            cast(sum(orders) as bigint) as lifetime_order_count,
            count(*) filter (where orders > 0) as lifetime_purchase_days,
            cast(sum(returned) as bigint) as lifetime_returned,
            max(gross) as lifetime_largest_day,
            cast(coalesce(sum(net) filter (where day > :opens), 0) as bigint) as spend,
            cast(coalesce(sum(gross) filter (where day > :opens), 0) as bigint) as gross_spend,
            cast(coalesce(sum(orders) filter (where day > :opens), 0) as bigint) as order_count,
            count(*) filter (where day > :opens and orders > 0) as purchase_days,
            cast(coalesce(sum(returned) filter (where day > :opens), 0) as bigint) as returned,
            coalesce(max(gross) filter (where day > :opens), 0) as largest_day,
            cast(coalesce(sum(net) filter (where day <= :opens and day > :previous), 0) as bigint) as previous_spend,
            min(day) filter (where orders > 0) as first_purchase_on,
            max(day) filter (where orders > 0) as last_purchase_on
          from days group by customer_key
        ),
        spaced as (
          select customer_key, day, day - lag(day) over (partition by customer_key order by day) as gap
          from days where orders > 0
        ),
        gaps_of as (
          select customer_key, count(gap) as gap_count, quantile_disc(gap, 0.5) as personal_gap,
            arg_max(gap, day) as latest_gap
          from spaced group by customer_key
        )
        select totals.*, coalesce(gaps_of.gap_count, 0) as gap_count, gaps_of.personal_gap, gaps_of.latest_gap
        from totals left join gaps_of using (customer_key)
        """,
        opens=frame.window_opens_on,
        previous=frame.previous_window_opens_on,
    )


def _totals() -> exp.Expr:
    return exp.select("customer_key", *map(column, (*FOLDED_TOTALS, *FOLDED_DATES))).from_("folded")


_SUMS = (
    "spend", "gross_spend", "order_count", "purchase_days", "returned", "largest_day", "lifetime_spend",
    "lifetime_gross_spend", "lifetime_order_count", "lifetime_purchase_days", "lifetime_returned",
    "lifetime_largest_day", "previous_spend",
)  # fmt: skip


_STATED_SUMS = {"spend", "lifetime_spend", "lifetime_order_count"}


def _filled(name: str) -> exp.Expr:
    # Orders win over what a file states. With neither, nothing was bought: a known zero. With a statement alone, only
    # what it states is known.
    stated = column(name, "stated_totals") if name in _STATED_SUMS else exp.null()
    filled = sql(
        """case when purchase_totals.customer_key is null and stated_totals.customer_key is not null then :stated
           else coalesce(:counted, 0) end""",
        stated=stated,
        counted=column(name, "purchase_totals"),
    )
    return exp.alias_(exp.cast(filled, "bigint"), name)


_STATED_OF = pa.schema(
    [
        ("customer_key", pa.int64()),
        ("lifetime_spend", pa.int64()),
        ("lifetime_order_count", pa.int64()),
        ("spend", pa.decimal128(38, 0)),
        ("first_purchase_on", pa.date32()),
        ("last_purchase_on", pa.date32()),
    ]
)


def _stated(frame: Moment) -> exp.Expr:
    # A period counts when it makes up the window exactly: twelve months that end in it, or a year that ends with it.
    return sql(
        """
        with seen as (
          select u.unit_key as customer_key, d.measure, d.amount, d.stated_on
          from declared_measures as d join units as u using (customer_key)
          where d.stated_on <= :as_of
        ),
        summed as (
          select customer_key,
            max(amount) filter (where measure = 'lifetime_spend') as lifetime_spend,
            max(amount) filter (where measure = 'lifetime_order_count') as lifetime_order_count,
            max(amount) filter (where measure = 'first_purchase_on') as first_day,
            max(amount) filter (where measure = 'last_purchase_on') as last_day,
            max(amount) filter (where measure = 'stated_spend_12_months' and :window = 365) as stated_window,
            sum(amount) filter (where regexp_matches(measure, '^(sales|contract)_amount_[0-9]{4}$')
              and stated_on = :as_of and :window = 365) as year_amount,
            sum(amount) filter (where regexp_matches(measure, '^(sales|contract)_amount_[0-9]{4}_[0-9]{2}$')
              and stated_on > :opens) as months_amount,
            count(*) filter (where regexp_matches(measure, '^(sales|contract)_amount_[0-9]{4}_[0-9]{2}$')
              and stated_on > :opens) as months
          from seen group by customer_key
        )
        select customer_key, lifetime_spend, lifetime_order_count,
          coalesce(stated_window, year_amount, case when months = 12 and :window = 365 then months_amount end) as spend,
          date '1970-01-01' + cast(first_day as int) as first_purchase_on,
          date '1970-01-01' + cast(last_day as int) as last_purchase_on
        from summed
        where coalesce(lifetime_spend, lifetime_order_count, stated_window, year_amount, months_amount, last_day) is not null
        """,
        as_of=frame.as_of,
        opens=frame.window_opens_on,
        window=frame.window_days,
    )


def _parts(frame: Moment) -> exp.Expr:
    filled = [_filled(name) for name in _SUMS]
    everyone = sql(
        """
        select u.unit_key as customer_key,
          coalesce(purchase_totals.first_purchase_on,
            case when stated_totals.first_purchase_on <= :as_of then stated_totals.first_purchase_on end) as first_purchase_on,
          coalesce(purchase_totals.last_purchase_on,
            case when stated_totals.last_purchase_on <= :as_of then stated_totals.last_purchase_on end) as last_purchase_on
        from :judged as u
        left join purchase_totals on purchase_totals.customer_key = u.unit_key
        left join stated_totals on stated_totals.customer_key = u.unit_key
        """,
        as_of=frame.as_of,
        judged=sql("(select distinct unit_key from units)")
        if frame.unit == "group"
        else exp.to_table("units"),
    )
    assert isinstance(everyone, exp.Select)  # noqa: S101  the text above is a select
    return sql(
        """
        select *,
          cast(:as_of as date) - first_purchase_on as tenure_days,
          cast(:as_of as date) - last_purchase_on as days_since_last_purchase,
          cast(:as_of as date) - min(first_purchase_on) over () as history_days,
          least(180, (cast(:as_of as date) - min(first_purchase_on) over ()) // 2) as loyal_tenure_days,
          cast(returned as hugeint) * 10000 as refund_rate__num, gross_spend as refund_rate__den,
          gross_spend as average_order_value__num, order_count as average_order_value__den,
          cast(largest_day as hugeint) * 10000 as largest_day_share__num, gross_spend as largest_day_share__den,
          cast(lifetime_returned as hugeint) * 10000 as lifetime_refund_rate__num,
          lifetime_gross_spend as lifetime_refund_rate__den,
          lifetime_gross_spend as lifetime_average_order_value__num,
          lifetime_order_count as lifetime_average_order_value__den,
          cast(lifetime_largest_day as hugeint) * 10000 as lifetime_largest_day_share__num,
          lifetime_gross_spend as lifetime_largest_day_share__den
        from :filled as filled
        """,
        as_of=frame.as_of,
        filled=exp.Subquery(this=everyone.select(*filled)),
    )
