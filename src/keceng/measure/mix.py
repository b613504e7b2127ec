"""What customers buy and where: main category, product line, breadth, need segment, channel."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp

from keceng.lake import Step, empty_without, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Moment
from keceng.vocabulary import Direction, Kind, Text

_INPUTS = ("order_lines", "products")
_NEUTRAL = Direction.NEUTRAL


def _category(
    name: str, title: Text, definition: Text, *, windowed: bool = True, inputs: tuple[str, ...] = _INPUTS
) -> Measure:
    return Measure(name, title, definition, Kind.CATEGORY, UNITS["none"], _NEUTRAL, inputs, windowed=windowed)


MEASURES: tuple[Measure, ...] = (
    _category(
        "main_category", Text("主购品类", "Main category"),
        Text("累计购买额最大的品类", "the category with the greatest lifetime gross sales"), windowed=False,
    ),
    _category(
        "main_product_line", Text("主购产品线", "Main product line"),
        Text("窗口内购买额最大的产品线", "the product line with the greatest gross sales in the window"),
    ),
    Measure(
        "main_category_share", Text("主购品类占比", "Main category's share"),
        Text("窗口内购买额最大品类的占比", "share of the greatest category in the gross sales of the window"),
        Kind.RATIO, UNITS["share"], _NEUTRAL, _INPUTS, windowed=True,
    ),
    Measure(
        "line_breadth", Text("品类数", "Categories bought"),
        Text("窗口内购买的品类数, 取不超过 60 个值的最细一级; 全部数据少于 4 个时未知",
             "categories bought in the window at the finest level of at most 60; unknown when the data has fewer than 4"),
        Kind.COUNT, UNITS["none"], Direction.HIGHER, _INPUTS, windowed=True,
    ),
    _category(
        "need_segment", Text("需求细分", "Need segment"),
        Text("主购·品类(占比 ≥50% 且提升度 ≥1.5)、多品类(≥3 类各超 15%)、促销敏感(≥60% 的订单有折扣)、混合; 少于 3 行未知",
             "main·category (share ≥ 50 % and lift ≥ 1.5), several (≥ 3 over 15 %), promotion (≥ 60 % discounted orders), "
             "mixed; unknown below 3 lines"),
    ),
    _category(
        "main_channel", Text("主渠道", "Main channel"),
        Text("窗口内订单最多的渠道", "the channel with most orders in the window"), inputs=("orders",),
    ),
    Measure(
        "online_share", Text("线上占比", "Online share"),
        Text("窗口内线上或社群订单占已知渠道订单的比例", "share of online and community orders among orders with a known space"),
        Kind.RATIO, UNITS["share"], _NEUTRAL, ("orders",), windowed=True,
    ),
)  # fmt: skip


def category_steps(frame: Moment) -> list[Step]:
    """`bought` and `main_categories`, which the rhythm needs; reads the step `units`."""
    return [
        Step(
            "bought",
            sql(
                """
                select u.unit_key as customer_key, l.product_id, p.category, p.product_line,
                  l.line_on > :opens as in_window, count(*) as lines, cast(sum(l.amount) as bigint) as amount,
                  count(*) filter (where l.discount > 0) as discounted_lines
                from order_lines as l
                join units as u using (customer_key)
                left join products as p using (product_id)
                where l.is_valid and l.line_on <= :as_of and (l.void_on is null or l.void_on > :as_of)
                group by u.unit_key, l.product_id, p.category, p.product_line, l.line_on > :opens
                """,
                as_of=frame.as_of,
                opens=frame.window_opens_on,
            ),
            Text("按商品汇总的购买", "purchases by product"),
        ),
        Step(
            "main_categories",
            _MAIN_CATEGORIES.copy(),
            Text("主购品类", "main category"),
            kernel=empty_without("products", "category", _CATEGORY_OF),
        ),
    ]


def mix_steps(frame: Moment) -> list[Step]:
    """`breadth`, `needs`, `lines`, `channels`; needs `bought`."""
    return [
        Step("breadth", _BREADTH.copy(), Text("品类宽度", "breadth of categories")),
        Step("needs", _NEEDS.copy(), Text("需求细分", "need segments")),
        Step("main_lines", _MAIN_LINES.copy(), Text("主购产品线", "main product line")),
        Step("channels", _channels(frame), Text("渠道", "channels")),
    ]


_CATEGORY_OF = pa.schema([("customer_key", pa.int64()), ("main_category", pa.string())])
_MAIN_CATEGORIES = sql(
    """
    with sums as (
      select customer_key, category, sum(amount) as amount from bought
      where category is not null group by customer_key, category
    ),
    ranked as (
      select *, row_number() over (partition by customer_key order by amount desc, category) as place from sums
    )
    select customer_key, category as main_category from ranked where place = 1
    """
)

_MAIN_LINES = sql(
    """
    with sums as (
      select customer_key, product_line, sum(amount) as amount from bought
      where in_window and product_line is not null group by customer_key, product_line
    ),
    ranked as (
      select *, row_number() over (partition by customer_key order by amount desc, product_line) as place from sums
    )
    select customer_key, product_line as main_product_line from ranked where place = 1
    """
)

# The finest level that a person can still survey: products, else categories, else product lines.
_BREADTH = sql(
    """
    with levels as (
      select count(distinct product_id) as products, count(distinct category) as categories,
        count(distinct product_line) as product_lines from bought
    ),
    chosen as (
      select case
          when products between 4 and 60 then 'product'
          when categories between 4 and 60 then 'category'
          when product_lines between 4 and 60 then 'line'
        end as finest
      from levels
    )
    select customer_key, cast(count(distinct case finest
        when 'product' then product_id when 'category' then category else product_line end) as bigint) as line_breadth
    from bought cross join chosen
    where in_window and finest is not null
    group by customer_key
    """
)

# Laplace-smoothed lift against the base share (DOMAIN 2.10): ((n_ic + 1) / (n_i + K)) / (N_c / N).
_NEEDS = sql(
    """
    with cells as (
      select customer_key, category, sum(lines) as lines, sum(discounted_lines) as discounted, sum(amount) as amount
      from bought where in_window and category is not null group by customer_key, category
    ),
    base as (
      select category, sum(lines) as base_lines, sum(sum(lines)) over () as all_lines, count(*) over () as categories
      from cells group by category
    ),
    shares as (
      select c.*, b.base_lines, b.all_lines, b.categories,
        sum(c.lines) over (partition by customer_key) as own_lines,
        sum(c.discounted) over (partition by customer_key) as own_discounted,
        sum(c.amount) over (partition by customer_key) as own_amount,
        row_number() over (partition by customer_key order by c.lines desc, c.category) as place
      from cells as c join base as b using (category)
    ),
    summed as (
      select customer_key, max(own_lines) as own_lines, max(own_discounted) as own_discounted,
        max(own_amount) as own_amount, max(amount) as top_amount,
        max(case when place = 1 then category end) as top_category,
        max(case when place = 1 then 2 * lines end) >= max(own_lines) as has_half,
        max(case when place = 1 and 2 * (lines + 1) * all_lines >= 3 * (own_lines + categories) * base_lines then 1 else 0 end) = 1 as is_lifted,
        count(*) filter (where 100 * lines > 15 * own_lines) as broad_categories
      from shares group by customer_key
    )
    select customer_key, case
        when own_lines < 3 then null
        when has_half and is_lifted then concat('main:', top_category)
        when broad_categories >= 3 then 'several'
        when 10 * own_discounted >= 6 * own_lines then 'promotion'
        else 'mixed'
      end as need_segment,
      cast(case when own_amount > 0 then (20000 * cast(top_amount as hugeint) + own_amount) // (2 * own_amount) end as bigint) as main_category_share
    from summed
    """
)


def _channels(frame: Moment) -> exp.Expr:
    return sql(
        """
        with counted as (
          select u.unit_key as customer_key, o.channel, count(*) as orders,
            count(*) filter (where o.space in ('online', 'community')) as online,
            count(*) filter (where o.space is not null) as known
          from orders as o join units as u using (customer_key)
          where o.ordered_on <= :as_of and o.ordered_on > :opens and (o.void_on is null or o.void_on > :as_of)
          group by u.unit_key, o.channel
        ),
        ranked as (
          select *, row_number() over (partition by customer_key order by orders desc, channel) as place,
            sum(online) over (partition by customer_key) as own_online,
            sum(known) over (partition by customer_key) as own_known
          from counted
        )
        select customer_key, channel as main_channel,
          cast(case when own_known > 0 then (20000 * own_online + own_known) // (2 * own_known) end as bigint) as online_share
        from ranked where place = 1
        """,
        as_of=frame.as_of,
        opens=frame.window_opens_on,
    )
