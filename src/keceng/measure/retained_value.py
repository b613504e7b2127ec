"""Future value by the retention form: what a customer brings now, carried on as its like were seen to carry on.

Customers of a year ago are put in classes by their trend and their silence on that day; what each class brought in the
window since, against the window before, is its measured retention. So a small account that grows can outrank a large one that
shrinks. It needs no model and one step of SQL; the lifetime models say more where there is time to fit them.
"""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from keceng.lake import Step, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame
from keceng.vocabulary import Direction, Kind, Text

MIN_CLASS_CUSTOMERS = 30
"""A class with fewer customers takes the retention of all."""

YEARLY_DISCOUNT = 0.1

MEASURES: tuple[Measure, ...] = (
    Measure(
        "class_retention", Text("同类留存率", "Retention of its like"),
        Text("一个窗口前趋势与静默期相同的客户, 其后一个窗口的销售额 ÷ 之前一个窗口的销售额, 最高 2; 不足 30 家时取全部客户; 历史不足两个窗口则未知",
             "sales of the window since ÷ sales of the window before, at most 2, of the customers who a window ago had the same trend and silence; of all below 30 of them; unknown with a history under two windows"),
        Kind.RATIO, UNITS["none"], Direction.HIGHER, ("purchase_day",), windowed=True,
    ),
    Measure(
        "retained_value", Text("未来价值(留存法)", "Future value (retention form)"),
        Text("今后三个窗口的价值: 现在价值(负数按 0)× 同类留存率逐窗口相乘(第二个窗口起最高 1), 按年 10% 折现",
             "value of the next three windows: current value (negative as 0) × retention of its like, window after window (at most 1 from the second), discounted at 10 % a year"),
        Kind.MONEY, UNITS["money"], Direction.HIGHER, ("purchase_day",), windowed=True, source="Gupta & Lehmann 2003",
    ),
)  # fmt: skip


def retained_value_steps(frame: Frame) -> list[Step]:
    """`retained_values`: one row per unit that ever bought; needs `days`, `purchases` and `current_values`."""
    return [
        Step("retention_classes", _classes(frame), Text("趋势与静默期", "trend and silence")),
        Step("retention_rates", _RATES.copy(), Text("各类留存率", "retention of the classes")),
        Step("retained_values", _values(frame), Text("未来价值", "future value")),
    ]


# The same look at a customer on two days: a window ago, when what came next is known, and now.
def _classes(frame: Frame) -> exp.Expr:
    window = dt.timedelta(days=frame.window_days)
    return sql(
        """
        with sums as (
          select customer_key,
            coalesce(sum(net) filter (where day > :one), 0) as latest,
            coalesce(sum(net) filter (where day > :two and day <= :one), 0) as middle,
            coalesce(sum(net) filter (where day > :three and day <= :two), 0) as oldest,
            max(day) filter (where orders > 0) as last_now,
            max(day) filter (where orders > 0 and day <= :one) as last_then
          from days group by customer_key
        ),
        seen as (
          select customer_key, true as is_now, latest as sales, middle as sales_before, null as sales_after,
            cast(:as_of as date) - last_now as silence
          from sums where last_now is not null
          union all
          select customer_key, false, middle, oldest, latest, cast(:one as date) - last_then
          from sums where last_then is not null
        )
        select customer_key, is_now, sales, sales_after, concat(
            case when sales_before <= 0 then 'first' when 4 * sales > 5 * sales_before then 'growing'
              when 5 * sales < 4 * sales_before then 'shrinking' else 'steady' end, ' ',
            case when silence <= 90 then 'recent' when silence <= 180 then 'quiet' else 'silent' end) as outlook
        from seen
        """,
        as_of=frame.as_of,
        one=frame.as_of - window,
        two=frame.as_of - 2 * window,
        three=frame.as_of - 3 * window,
    )


_RATES = sql(
    """
    with past as (
      select outlook, sales, greatest(sales_after, 0) as sales_after from retention_classes where not is_now and sales > 0
    ),
    everyone as (
      select least(20000, cast(sum(sales_after) * 10000 // sum(sales) as bigint)) as retention from past having count(*) > 0
    ),
    own as (
      select outlook, least(20000, cast(sum(sales_after) * 10000 // sum(sales) as bigint)) as retention
      from past group by outlook having count(*) >= :enough
    )
    select c.outlook, coalesce(own.retention, everyone.retention) as retention
    from (select distinct outlook from retention_classes) as c left join own using (outlook) cross join everyone
    """,
    enough=MIN_CLASS_CUSTOMERS,
)


def _values(frame: Frame) -> exp.Expr:
    # The multiple is fixed at four decimals before it meets an amount.
    return sql(
        """
        with multiples as (
          select outlook, retention, retention / (10000.0 * :growth) as first_window,
            least(retention, 10000) / (10000.0 * :growth) as later_window
          from retention_rates
        ),
        rounded as (
          select outlook, retention,
            cast(round(10000 * first_window * (1 + later_window + later_window * later_window)) as bigint) as multiple
          from multiples
        )
        select c.customer_key, r.retention as class_retention,
          cast((cast(greatest(v.current_value, 0) as hugeint) * r.multiple + 5000) // 10000 as bigint) as retained_value
        from retention_classes as c
        join purchases as p using (customer_key)
        join current_values as v using (customer_key)
        join rounded as r using (outlook)
        where c.is_now and v.current_value is not null and p.history_days >= 2 * :window
        """,
        growth=exp.Literal.number(str(round(1 + YEARLY_DISCOUNT * frame.window_days / 365, 6))),
        window=frame.window_days,
    )
