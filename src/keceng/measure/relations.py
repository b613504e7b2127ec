"""What the relation graph says of a customer: who knows it, who depends on it, whom it brought, how central it stands.

Relations hold between the units that are judged. A referral of oneself (the two share a phone, an address or a WeChat
account) is dropped; a referral counts once the referred has bought within 180 days of it. Whoever has no relation
at all is unknown here, never a zero.
"""

from __future__ import annotations

from keceng.lake import Step, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame
from keceng.measure.network import measure_centrality
from keceng.vocabulary import Direction, Kind, Text

REFERRAL_DAYS = 180
"""A referral is valid when the referred buys within so many days."""

STRONGEST = 5
"""Relations are rated from 1 to 5; an unrated one stands in the middle."""

_INPUTS = ("relations", "purchase_day", "persons")


def _count(name: str, title: Text, definition: Text) -> Measure:
    return Measure(name, title, definition, Kind.COUNT, UNITS["none"], Direction.HIGHER, _INPUTS)


MEASURES: tuple[Measure, ...] = (
    _count("reach_count", Text("人脉数", "Reach"),
           Text("与其有任一有效关系的不同客户数; 没有关系记录则未知",
                "distinct customers with any valid relation to it; unknown without a relation")),
    _count("knower_count", Text("认识其的客户数", "Known by"),
           Text("认识、依赖其, 或由其供货、被其有效转介绍的不同客户数",
                "distinct customers who know it, depend on it, are supplied by it or came by its valid referral")),
    Measure(
        "dependency_strength", Text("被依赖强度", "Dependency on it"),
        Text("依赖其、由其供货或由其有效转介绍的各关系强度(1–5 级 ÷ 5, 未评级按 3)之和",
             "sum of the strengths (1–5 ÷ 5, unrated as 3) of dependencies on it, supplies by it and its valid referrals"),
        Kind.RATIO, UNITS["none"], Direction.HIGHER, _INPUTS,
    ),
    _count("referral_count", Text("有效转介绍", "Valid referrals"),
           Text("转介绍后 180 天内有有效购买的被介绍客户数; 同电话、地址或微信的不算, 多人介绍归最早者",
                "referred customers who bought within 180 days; those sharing a phone, address or WeChat do not count, the earliest referrer is credited")),
    Measure(
        "referral_value", Text("转介绍成果", "Referral result"),
        Text("有效转介绍来的客户的现在价值之和", "sum of the current value of the customers who came by its valid referrals"),
        Kind.MONEY, UNITS["money"], Direction.HIGHER, (*_INPUTS, "customers"), windowed=True,
        source="Kumar et al. 2007",
    ),
    Measure(
        "network_rank", Text("网络中心度", "Network rank"),
        Text("有效关系图上的 PageRank(阻尼 0.85)× 图中客户数, 1 为平均",
             "PageRank (damping 0.85) on the graph of valid relations × customers in the graph; 1 is the average"),
        Kind.RATIO, UNITS["none"], Direction.HIGHER, _INPUTS, source="Page et al. 1998",
    ),
    Measure(
        "betweenness", Text("桥梁度", "Betweenness"),
        Text("其他客户两两之间的最短关系链经过其的比例; 图中超过 5,000 家时未知",
             "share of the shortest chains between others that pass through it; unknown in graphs of over 5,000"),
        Kind.RATIO, UNITS["share"], Direction.HIGHER, _INPUTS, source="Freeman 1977",
    ),
)  # fmt: skip


def relation_steps(frame: Frame) -> list[Step]:
    """`network`: one row per unit in the graph; needs `units`, `days` and `current_values`."""
    return [
        _links(frame),
        Step("valid_referrals", _VALID_REFERRALS.copy(), Text("有效转介绍", "valid referrals")),
        Step("social_edges", _EDGES.copy(), Text("谁看重谁", "who looks up to whom")),
        Step(
            "centralities", _GRAPH.copy(), Text("关系图上的位置", "places in the graph"), measure_centrality
        ),
        Step("network", _NETWORK.copy(), Text("关系指标", "measures of relations")),
    ]


def _links(frame: Frame) -> Step:
    query = sql(
        """
        with aliases as (
          select customer_key, 'phone' as mark, phone as written from persons where phone is not null
          union select customer_key, 'address', address from persons where address is not null
          union select customer_key, 'wechat', wechat from persons where wechat is not null
        ),
        oneself as (
          select distinct r.from_key, r.to_key from relations as r
          join aliases as a on a.customer_key = r.from_key
          join aliases as b on b.customer_key = r.to_key and b.mark = a.mark and b.written = a.written
          where r.relation_type = 'refers'
        )
        select f.unit_key as from_key, t.unit_key as to_key, r.since_on,
          case when r.relation_type in ('depends', 'supplies', 'refers') then r.relation_type else 'knows' end as relation_type,
          max(least(greatest(coalesce(r.strength, :middle), 1), :strongest)) as strength
        from relations as r
        join units as f on f.customer_key = r.from_key
        join units as t on t.customer_key = r.to_key
        left join oneself as o on o.from_key = r.from_key and o.to_key = r.to_key and r.relation_type = 'refers'
        where f.unit_key <> t.unit_key and o.from_key is null and (r.since_on is null or r.since_on <= :as_of)
        group by all
        """,
        middle=(STRONGEST + 1) // 2,
        strongest=STRONGEST,
        as_of=frame.as_of,
    )
    return Step("relation_links", query, Text("截止日可见的关系", "relations seen at the as-of date"))


# A referral without a date cannot show that the purchase followed it.
_VALID_REFERRALS = sql(
    """
    with followed as (
      select l.from_key, l.to_key, l.since_on, l.strength from relation_links as l
      where l.relation_type = 'refers' and exists (
        select 1 from days as d where d.customer_key = l.to_key and d.orders > 0
          and d.day >= l.since_on and d.day <= l.since_on + :days)
    ),
    dated as (
      select *, min(since_on) over (partition by to_key) as earliest from followed
    )
    select from_key, to_key, since_on, strength from dated where since_on = earliest
    """,
    days=REFERRAL_DAYS,
)

_EDGES = sql(
    """
    select from_key as follower_key, to_key as followed_key, relation_type, max(strength) as strength
    from relation_links where relation_type in ('knows', 'depends') group by all
    union all
    select to_key, from_key, relation_type, max(strength)
    from relation_links where relation_type = 'supplies' group by all
    union all
    select to_key, from_key, 'refers', max(strength) from valid_referrals group by all
    """
)

_GRAPH = sql(
    """
    select follower_key as source_key, followed_key as target_key from social_edges
    union
    select from_key, null from relation_links
    union
    select to_key, null from relation_links
    """
)

_NETWORK = sql(
    """
    with followed as (
      select followed_key as customer_key, count(distinct follower_key) as knowers,
        coalesce(sum(strength) filter (where relation_type <> 'knows'), 0) as strength
      from social_edges group by followed_key
    ),
    brought as (
      select r.from_key as customer_key, count(distinct r.to_key) as referrals, sum(v.current_value) as worth
      from valid_referrals as r left join current_values as v on v.customer_key = r.to_key group by r.from_key
    )
    select c.node_key as customer_key, c.degree as reach_count, coalesce(f.knowers, 0) as knower_count,
      cast(coalesce(f.strength, 0) * 10000 // :strongest as bigint) as dependency_strength,
      coalesce(b.referrals, 0) as referral_count,
      case when b.customer_key is null then 0 else cast(b.worth as bigint) end as referral_value,
      cast(round(10000 * c.pagerank * count(*) over ()) as bigint) as network_rank,
      cast(round(10000 * c.betweenness) as bigint) as betweenness
    from centralities as c
    left join followed as f on f.customer_key = c.node_key
    left join brought as b on b.customer_key = c.node_key
    """,
    strongest=STRONGEST,
)
