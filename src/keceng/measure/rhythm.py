"""How a customer's silence compares with its own rhythm: expected gap, gap ratio, lifecycle state.

The expected gap is an exact number of twentieths of a day: blending weights are 1/4 and 2/5, so quotients need no
rounding before they are compared.
"""

from __future__ import annotations

from sqlglot import exp

from keceng.lake import Step, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, with_quotients
from keceng.measure.norm_pass import norm_kernel
from keceng.vocabulary import Direction, Kind, Text

MIN_CATEGORY_CUSTOMERS = 30
"""A main category has norms of its own from this many customers with a gap."""

STATES: tuple[tuple[str, Text], ...] = (
    ("prospect", Text("潜在", "Prospect")),
    ("new", Text("新客", "New")),
    ("lost", Text("流失", "Lost")),
    ("returned", Text("回流", "Returned")),
    ("active", Text("活跃", "Active")),
    ("at_risk", Text("预警", "At risk")),
    ("dormant", Text("休眠", "Dormant")),
)

MEASURES: tuple[Measure, ...] = (
    Measure(
        "expected_gap", Text("平常间隔", "Expected gap"),
        Text("购买日间隔的个人中位数; 间隔不足 3 个时与同类客户基准混合, 限于 14–365 天",
             "the personal median of gaps between purchase days, blended with the base of like customers below 3 gaps, "
             "clipped to 14–365 days"),
        Kind.DAYS, UNITS["days"], Direction.NEUTRAL, ("purchase_day", "order_lines", "products"),
        exact=("expected_gap__num", "expected_gap__den"),
    ),
    Measure(
        "gap_ratio", Text("已隔平常间隔倍数", "Gap ratio"),
        Text("距上次购买天数 ÷ 平常间隔", "days since last purchase ÷ expected gap"),
        Kind.RATIO, UNITS["times"], Direction.LOWER, ("purchase_day", "order_lines", "products"),
        actionable=True, exact=("gap_ratio__num", "gap_ratio__den"),
    ),
    Measure(
        "base_gap", Text("基准间隔", "Base gap"),
        Text("同主购类目客户(不足 30 家时为全部客户)个人间隔中位数的中位数",
             "median of the personal median gaps of customers with the same main category (of all, below 30)"),
        Kind.DAYS, UNITS["days"], Direction.NEUTRAL, ("purchase_day", "order_lines", "products"),
    ),
    Measure(
        "lifecycle_state", Text("生命周期", "Lifecycle"),
        Text("按客龄、距上次购买与平常间隔之比, 依次判断新客、流失、回流、活跃、预警、休眠",
             "from tenure, silence and the ratio to the expected gap, first that holds: new, lost, returned, active, "
             "at risk, dormant"),
        Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, ("purchase_day", "order_lines", "products"),
        categories=STATES,
    ),
)  # fmt: skip


def rhythm_steps() -> list[Step]:
    """`gaps`, `gap_norms` and `rhythm`; needs the steps `folded`, `purchases` and `main_categories`."""
    return [
        Step("gaps", _gaps(), Text("个人购买间隔", "personal gaps"), in_place=True),
        Step(
            "gap_norms",
            _norms(),
            Text("间隔基准", "norms of gaps"),
            kernel=norm_kernel(MIN_CATEGORY_CUSTOMERS),
        ),
        Step("rhythm_parts", _states(), Text("节奏与生命周期", "rhythm and lifecycle")),
        with_quotients("rhythm", MEASURES, Text("节奏指标", "rhythm measures")),
    ]


def _gaps() -> exp.Expr:
    return sql(
        """
        select customer_key, gap_count, personal_gap, latest_gap from folded where lifetime_purchase_days > 0
        """
    )


def _norms() -> exp.Expr:
    # A NULL category is the norm of all customers; a category has its own row only when it is large enough.
    return sql(
        """
        with personal as (
          select g.personal_gap, c.main_category
          from folded as g left join main_categories as c using (customer_key)
          where g.gap_count >= 1
        )
        select cast(null as varchar) as main_category, quantile_disc(personal_gap, 0.5) as base_gap,
          quantile_disc(personal_gap, 0.75) as base_gap_upper, count(*) as customers
        from personal having count(*) > 0
        union all
        select main_category, quantile_disc(personal_gap, 0.5), quantile_disc(personal_gap, 0.75), count(*)
        from personal where main_category is not null group by main_category having count(*) >= :enough
        """,
        enough=MIN_CATEGORY_CUSTOMERS,
    )


def _states() -> exp.Expr:
    return sql(
        """
        with based as (
          select p.customer_key, p.tenure_days, p.days_since_last_purchase as silence, p.lifetime_purchase_days,
            g.gap_count, g.personal_gap, g.latest_gap,
            coalesce(own.base_gap, everyone.base_gap) as base_gap,
            coalesce(own.base_gap_upper, everyone.base_gap_upper) as base_gap_upper
          from purchases as p
          left join gaps as g using (customer_key)
          left join main_categories as c using (customer_key)
          left join gap_norms as own on own.main_category = c.main_category
          left join gap_norms as everyone on everyone.main_category is null
        ),
        expected as (
          select *, case
              when lifetime_purchase_days = 0 then null
              when gap_count >= 3 then 20 * personal_gap
              when gap_count = 2 then 4 * (2 * personal_gap + 3 * base_gap)
              when gap_count = 1 then 5 * (personal_gap + 3 * base_gap)
              else 20 * base_gap_upper
            end as blended
          from based
        ),
        clipped as (
          select *, case when blended is null then null else least(greatest(blended, 20 * 14), 20 * 365) end as gap20
          from expected
        )
        select customer_key, base_gap, gap_count,
          gap20 as expected_gap__num, case when gap20 is not null then 20 end as expected_gap__den,
          cast(20 * silence as hugeint) * 10000 as gap_ratio__num, gap20 as gap_ratio__den,
          case
            when lifetime_purchase_days = 0 then 'prospect'
            when tenure_days < 90 and (gap20 is null or 20 * silence <= 3 * gap20) then 'new'
            when silence > 540 then 'lost'
            when gap20 is null then null
            when 20 * silence > 6 * gap20 and silence > case when lifetime_purchase_days = 1 then 365 else 180 end then 'lost'
            when 20 * latest_gap > 3 * gap20 and 20 * silence <= gap20 then 'returned'
            when 20 * silence <= 2 * gap20 then 'active'
            when 20 * silence <= 3 * gap20 then 'at_risk'
            else 'dormant'
          end as lifecycle_state
        from clipped
        """
    )
