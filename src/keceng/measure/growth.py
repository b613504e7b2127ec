"""Whether a customer is growing, and how it stands among its peers: trend, continuity, breadth, peer group."""

from __future__ import annotations

from sqlglot import exp

from keceng.lake import Step, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame, exact_columns, with_quotients
from keceng.vocabulary import Direction, Kind, Text

MIN_PEERS = 30
"""A role is compared within itself from this many accounts with sales in the window."""

_INPUTS = ("purchase_day", "customers")
_NEUTRAL, _HIGHER = Direction.NEUTRAL, Direction.HIGHER

MEASURES: tuple[Measure, ...] = (
    Measure(
        "peer_group", Text("可比组", "Peer group"),
        Text("同角色且窗口内有销售的客户; 不足 30 家的角色合并, 仍不足则与全公司比",
             "accounts of the same role with sales in the window; roles below 30 are pooled, a pool below 30 is the company"),
        Kind.CATEGORY, UNITS["none"], _NEUTRAL, _INPUTS, windowed=True,
    ),
    Measure(
        "previous_spend", Text("上一窗口销售额", "Sales in the window before"),
        Text("紧接在前的同长窗口的销售额", "sales of the window of the same length just before"),
        Kind.MONEY, UNITS["money"], _HIGHER, _INPUTS, windowed=True,
    ),
    Measure(
        "spend_increase", Text("销售增加额", "Increase of sales"),
        Text("本窗口销售额 − 上一窗口销售额(负数按 0)", "sales of this window less those of the window before (negative as 0)"),
        Kind.MONEY, UNITS["money"], _HIGHER, _INPUTS, windowed=True,
    ),
    Measure(
        "spend_growth", Text("销售增长(对数)", "Growth of sales (log)"),
        Text("ln((本窗口 + k) ÷ (上一窗口 + k)), k 为可比组销售额中位数的四分之一; 首购早于 1.75 个窗口且本窗口有销售才有",
             "ln((this window + k) ÷ (window before + k)), k a quarter of the peers' median; known from a tenure of 1.75 windows with sales"),
        Kind.RATIO, UNITS["none"], _HIGHER, _INPUTS, windowed=True,
    ),
    Measure(
        "spend_trend", Text("销售趋势(对同类)", "Trend against peers"),
        Text("自己的销售增长 − 可比组的中位数", "own growth less the median of the peers"),
        Kind.RATIO, UNITS["none"], _HIGHER, _INPUTS, windowed=True,
    ),
    Measure(
        "growth_score", Text("增长分", "Growth score"),
        Text("50 + 50 × 趋势 ÷ ln 2, 限于 0–100", "50 + 50 × trend ÷ ln 2, clipped to 0–100"),
        Kind.SCORE, UNITS["points"], _HIGHER, _INPUTS, windowed=True,
    ),
    Measure(
        "role_median_spend", Text("同类销售额中位数", "Peers' median sales"),
        Text("可比组窗口内销售额的中位数", "median sales in the window of the peers"),
        Kind.MONEY, UNITS["money"], _NEUTRAL, _INPUTS, windowed=True,
    ),
    Measure(
        "continuity", Text("连续性", "Continuity"),
        Text("最近四个季度(自首购起)中有购买的比例", "share of the last four quarters, since the first purchase, with a purchase"),
        Kind.RATIO, UNITS["share"], _HIGHER, _INPUTS, exact=exact_columns("continuity", Kind.RATIO),
    ),
    Measure(
        "continuity_score", Text("连续性分", "Continuity score"),
        Text("连续性 × 100", "continuity × 100"),
        Kind.SCORE, UNITS["points"], _HIGHER, _INPUTS, exact=exact_columns("continuity_score", Kind.SCORE),
    ),
    Measure(
        "breadth_score", Text("品类宽度分", "Breadth score"),
        Text("购买的品类数 ÷ 可比组第 90 百分位, 最高 100; 品类少于 4 个时未知",
             "categories bought ÷ the peers' 90th percentile, at most 100; unknown with fewer than 4 categories"),
        Kind.SCORE, UNITS["points"], _HIGHER, ("order_lines", "products", "customers"), windowed=True,
        exact=exact_columns("breadth_score", Kind.SCORE),
    ),
    Measure(
        "cumulative_spend_share", Text("累计销售占比", "Cumulative share of sales"),
        Text("销售额从高到低, 排在该客户之前的客户占全部正销售额的比例",
             "by sales, best first: the share of all positive sales that stands before the customer"),
        Kind.RATIO, UNITS["share"], Direction.LOWER, _INPUTS, windowed=True,
        exact=exact_columns("cumulative_spend_share", Kind.RATIO),
    ),
)  # fmt: skip


def growth_steps(frame: Frame) -> list[Step]:
    """`growth`: one row per unit; needs `purchases`, `breadth` and `days`."""
    return [
        Step("peers", _PEERS.copy(), Text("可比组", "peer groups")),
        Step("quarters", _quarters(frame), Text("有购买的季度", "quarters with a purchase")),
        Step("peer_norms", _PEER_NORMS.copy(), Text("可比组基准", "norms of peers")),
        Step("growth_rates", _growth_rates(frame), Text("销售增长", "growth of sales")),
        Step("growth_parts", _PARTS.copy(), Text("增长与连续性", "growth and continuity")),
        with_quotients("growth", MEASURES, Text("增长指标", "growth measures")),
    ]


# Bucket codes, related parties and suppliers are never anybody's peers.
_PEERS = sql(
    """
    with accounts as (
      select p.customer_key, p.spend, coalesce(c.role, 'unspecified') as role,
        p.spend > 0 and not coalesce(c.is_bucket, false) and not coalesce(c.is_related_party, false)
          and not coalesce(c.is_supplier, false) as is_compared
      from purchases as p join customers as c using (customer_key)
    ),
    roles as (
      select role, count(*) filter (where is_compared) as peers from accounts group by role
    ),
    pool as (
      select coalesce(sum(peers) filter (where peers < :enough), 0) as pooled from roles
    )
    select a.customer_key, a.spend, a.is_compared, case
        when r.peers >= :enough then a.role
        when pool.pooled >= :enough then 'other_roles'
        else 'company'
      end as peer_group
    from accounts as a join roles as r using (role) cross join pool
    """,
    enough=MIN_PEERS,
)


# Customers compared with the whole company are measured against everybody, whatever role the others have.
_PEER_NORMS = sql(
    """
    with compared as (
      select p.peer_group, p.spend, b.line_breadth from peers as p left join breadth as b using (customer_key)
      where p.is_compared
    )
    select peer_group, quantile_disc(spend, 0.5) as median_spend, quantile_disc(line_breadth, 0.9) as upper_breadth
    from compared where peer_group <> 'company' group by peer_group
    union all
    select 'company', quantile_disc(spend, 0.5), quantile_disc(line_breadth, 0.9) from compared
    having count(*) > 0
    """
)

_PARTS = sql(
    """
    with medians as (
      select p.peer_group, quantile_disc(g.spend_growth, 0.5) as median_growth
      from growth_rates as g join peers as p using (customer_key)
      where p.is_compared and p.peer_group <> 'company' group by p.peer_group
      union all
      select 'company', quantile_disc(g.spend_growth, 0.5)
      from growth_rates as g join peers as p using (customer_key) where p.is_compared having count(*) > 0
    ),
    trends as (
      select g.customer_key, g.spend_growth, g.spend_growth - m.median_growth as spend_trend
      from growth_rates as g join peers as p using (customer_key) left join medians as m using (peer_group)
    ),
    positive as (
      select customer_key, sum(spend) over (order by spend desc range between unbounded preceding and current row)
          - sum(spend) over (partition by spend) as before, sum(spend) over () as total
      from purchases where spend > 0
    )
    select p.customer_key, q.peer_group, p.previous_spend, p.spend - greatest(p.previous_spend, 0) as spend_increase,
      n.median_spend as role_median_spend, t.spend_growth, t.spend_trend,
      case when t.spend_trend is not null then
        cast(least(greatest(round(500000 + 500000 * (t.spend_trend / 10000.0) / ln(2)), 0), 1000000) as bigint)
      end as growth_score,
      cast(k.quarters_bought as hugeint) * 10000 as continuity__num, k.quarters_possible as continuity__den,
      cast(k.quarters_bought as hugeint) * 1000000 as continuity_score__num, k.quarters_possible as continuity_score__den,
      case when b.line_breadth is not null then
        cast(least(b.line_breadth, n.upper_breadth) as hugeint) * 1000000
      end as breadth_score__num,
      n.upper_breadth as breadth_score__den,
      cast(v.before as hugeint) * 10000 as cumulative_spend_share__num, v.total as cumulative_spend_share__den
    from purchases as p
    join peers as q using (customer_key)
    left join peer_norms as n using (peer_group)
    left join trends as t on t.customer_key = p.customer_key
    left join quarters as k on k.customer_key = p.customer_key
    left join breadth as b on b.customer_key = p.customer_key
    left join positive as v on v.customer_key = p.customer_key
    """
)


def _quarters(frame: Frame) -> exp.Expr:
    return sql(
        """
        with aged as (
          select customer_key, (4 * (cast(:as_of as date) - day)) // 365 as quarters_ago from days where orders > 0
        )
        select customer_key, count(distinct case when quarters_ago < 4 then quarters_ago end) as quarters_bought,
          least(4, max(quarters_ago) + 1) as quarters_possible
        from aged group by customer_key
        """,
        as_of=frame.as_of,
    )


def _growth_rates(frame: Frame) -> exp.Expr:
    # ln is the one inexact function here; its result is fixed at four decimals before anything compares it.
    return sql(
        """
        select p.customer_key, cast(round(10000 * ln(
            (4.0 * p.spend + n.median_spend) / (4.0 * greatest(p.previous_spend, 0) + n.median_spend))) as bigint) as spend_growth
        from purchases as p join peers as q using (customer_key) join peer_norms as n using (peer_group)
        where p.spend > 0 and 4 * p.tenure_days >= 7 * :window + 5 and n.median_spend > 0
        """,
        window=frame.window_days,
    )
