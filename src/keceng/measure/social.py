"""Social value: how active a customer is with us, how far its word carries, how important it is to others.

Three indexes and their blend, each 0–100, after Kumar et al. (2007, 2010). An index drops the parts that are unknown
and is itself unknown when those that remain carry less than 60 % of its weight: without a graph nobody scores zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlglot import exp

from keceng.lake import Step, column, literal, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame
from keceng.vocabulary import Direction, Kind, Text

ACTIVITY_DAYS, HALF_LIFE_DAYS, DAILY_CAP = 90, 30, 3
MIN_WEIGHT_KNOWN = 60
"""Per cent of an index's weight that must be known."""

ACTIVITY_WEIGHTS: Mapping[str, int] = {
    "view": 1,
    "like": 1,
    "comment": 3,
    "share": 5,
    "post": 5,
    "survey": 4,
    "chat": 2,
    "event": 10,
}
"""What one act of a customer weighs, by its kind."""

_ACT_WORDS: Mapping[str, str] = {
    "view": "浏览 查看 访问 打开 view open",
    "like": "点赞 赞 喜欢 like",
    "comment": "评论 留言 回复 点评 comment reply review",
    "share": "分享 转发 share forward",
    "post": "发帖 发文 发布 晒单 post",
    "survey": "问卷 调研 survey",
    "chat": "聊天 咨询 沟通 chat enquiry inquiry",
    "event": "活动 到场 签到 参会 参加活动 event attended",
}

INFLUENCE_WEIGHTS = {"reach_points": 25, "referral_points": 35, "rank_points": 25, "circle_score": 15}
IMPORTANCE_WEIGHTS = {"known_points": 1, "depended_points": 1, "circle_score": 1}
SOCIAL_WEIGHTS = {"activity_score": 30, "influence_score": 40, "importance_score": 30}

_GRAPH_INPUTS = ("relations", "purchase_day", "persons", "decisions")


def _points(
    name: str, title: Text, definition: Text, inputs: tuple[str, ...], source: str = "house"
) -> Measure:
    return Measure(
        name, title, definition, Kind.SCORE, UNITS["points"], Direction.HIGHER, inputs, source=source
    )


MEASURES: tuple[Measure, ...] = (
    _points("activity_score", Text("活跃度", "Activity"),
            Text("100(1 − e^(−S ÷ S0)): S 为 90 天内各类互动(浏览 1、点赞 1、评论 3、分享 5、发帖 5、问卷 4、交谈 2、到场 10; 每类每天最多 3 次)"
                 "按 30 天半衰期之和, S0 为非零 S 的中位数; 从无互动记录则未知",
                 "100(1 − e^(−S ÷ S0)): S sums the acts of 90 days (view 1, like 1, comment 3, share 5, post 5, survey 4, chat 2, event 10; at most 3 a day of a kind) "
                 "with a half-life of 30 days, S0 is the median of those not zero; unknown when never on record"),
            ("interactions", "survey_responses")),
    _points("influence_score", Text("影响力", "Influence"),
            Text("人脉 25、转介绍成果 35、网络中心度 25 的百分位与圈层席位 15; 没有的部分不计, 不足六成则未知",
                 "percentiles of reach 25, referral result 35 and network rank 25, and circle seat 15; absent parts are dropped, unknown below 60 %"),
            _GRAPH_INPUTS, "Kumar et al. 2007, 2010"),
    _points("importance_score", Text("重要度", "Importance"),
            Text("认识其的客户数、被依赖强度的百分位与圈层得分的平均; 没有的部分不计, 不足六成则未知",
                 "mean of the percentiles of known by and dependency on it, and the circle score; absent parts are dropped, unknown below 60 %"),
            _GRAPH_INPUTS),
    _points("circle_score", Text("圈层得分", "Circle score"),
            Text("各圈层中 层级(1–5)× 席位(会长 1、理事 0.8、成员 0.5)÷ 5 × 100 的最高者; 没有席位记录则未知",
                 "the greatest, over circles, of tier (1–5) × seat (chair 1, board 0.8, member 0.5) ÷ 5 × 100; unknown without a recorded seat"),
            ("decisions",)),
    _points("social_score", Text("社会价值", "Social value"),
            Text("活跃度 30、影响力 40、重要度 30; 没有的部分不计, 不足六成则未知(没有关系数据即未知)",
                 "activity 30, influence 40, importance 30; absent parts are dropped, unknown below 60 % (so without relations)"),
            (*_GRAPH_INPUTS, "interactions", "survey_responses")),
)  # fmt: skip


def social_steps(frame: Frame) -> list[Step]:
    """`social`: one row per unit with any social trace; needs `units` and `network`."""
    return [
        Step("social_acts", _acts(frame), Text("互动", "acts")),
        Step("activity", _activity(frame), Text("活跃度", "activity")),
        Step("circle_seats", _circle_seats(frame), Text("圈层席位", "seats in circles")),
        Step("social_parts", _parts(), Text("社会价值的部分", "parts of social value")),
        Step("social_indexes", _indexes(), Text("影响力与重要度", "influence and importance")),
        Step("social", _social(), Text("社会价值", "social value")),
    ]


def _acts(frame: Frame) -> exp.Expr:
    words = exp.values(
        [(word, act) for act, written in _ACT_WORDS.items() for word in written.split()],
        alias="words",
        columns=["written", "act"],
    )
    return sql(
        """
        select u.unit_key as customer_key, i.happened_on as day,
          case when w.act is not null then w.act when i.initiated_by = 'customer' then 'chat' end as act
        from interactions as i join units as u using (customer_key)
        left join (:words) as w on w.written = lower(trim(i.interaction_type))
        where i.happened_on <= :as_of
        union all
        select distinct on (s.source, s.response_id) u.unit_key, s.answered_on, 'survey'
        from survey_responses as s join units as u using (customer_key)
        where s.answered_on <= :as_of
        """,
        words=exp.select("written", "act").from_(words),
        as_of=frame.as_of,
    )


# Decay is fixed at nine decimals before it is summed, so that no order of rows shows in the sum.
def _activity(frame: Frame) -> exp.Expr:
    weights = exp.values(list(ACTIVITY_WEIGHTS.items()), alias="weights", columns=["act", "weight"])
    return sql(
        """
        with daily as (
          select customer_key, day, act, least(count(*), :cap) as acts
          from social_acts where act is not null and day > :opens group by all
        ),
        sums as (
          select customer_key, cast(sum(acts * w.weight
            * cast(round(1e9 * power(2, -cast(cast(:as_of as date) - day as double) / :half_life)) as bigint)) as bigint) as acted
          from daily join (:weights) as w using (act) group by customer_key
        ),
        norm as (
          select quantile_disc(acted, 0.5) as usual from sums
        )
        select k.customer_key, case when norm.usual > 0 then
            cast(round(1000000 * (1 - exp(-cast(coalesce(s.acted, 0) as double) / norm.usual))) as bigint)
          end as activity_score
        from (select distinct customer_key from social_acts) as k left join sums as s using (customer_key) cross join norm
        """,
        cap=DAILY_CAP,
        half_life=HALF_LIFE_DAYS,
        opens=frame.as_of - dt.timedelta(days=ACTIVITY_DAYS),
        as_of=frame.as_of,
        weights=exp.select("act", "weight").from_(weights),
    )


def _circle_seats(frame: Frame) -> exp.Expr:
    # A seat is recorded as a decision with the payload {"circle": …, "tier": 1–5, "seat": "chair" | "board" | "member"}.
    return sql(
        """
        with recorded as (
          select u.unit_key as customer_key, try_cast(json_extract_string(d.payload, '$.tier') as bigint) as tier,
            case json_extract_string(d.payload, '$.seat') when 'chair' then 10 when 'board' then 8 when 'member' then 5 end as tenths
          from decisions as d join units as u using (customer_key)
          where d.decision_type = 'circle_seat' and json_valid(d.payload)
            and d.effective_on <= :as_of and (d.expires_on is null or d.expires_on > :as_of)
        )
        select customer_key, max(tier * tenths * 20000) as circle_score
        from recorded where tier between 1 and 5 and tenths is not null group by customer_key
        """,
        as_of=frame.as_of,
    )


def percentile(name: str) -> exp.Expr:
    """The mid-rank percentile of column `name` among the rows that have it, in ten-thousandths of a point; ties are equal."""
    return sql(
        """
        case when :x is not null then
          (1000000 * (2 * count(:x) over (order by :x range between unbounded preceding and current row)
            - count(:x) over (partition by :x)) + count(:x) over ()) // (2 * count(:x) over ())
        end
        """,
        x=column(name),
    )


def blend(weights: Mapping[str, int]) -> exp.Expr:
    """The weighted mean of the known columns, half up; unknown below `MIN_WEIGHT_KNOWN` per cent of the weight."""
    total, known, whole = literal(0), literal(0), sum(weights.values())
    for name, weight in weights.items():
        total = sql("coalesce(:x * :w, 0) + :rest", x=column(name), w=weight, rest=total)
        known = sql("case when :x is null then 0 else :w end + :rest", x=column(name), w=weight, rest=known)
    return sql(
        "case when 100 * (:known) >= :least then (2 * (:total) + (:known)) // (2 * (:known)) end",
        total=total,
        known=known,
        least=MIN_WEIGHT_KNOWN * whole,
    )


def _parts() -> exp.Expr:
    return sql(
        """
        with traces as (
          select customer_key from network
          union select customer_key from activity
          union select customer_key from circle_seats
        )
        select t.customer_key, a.activity_score, c.circle_score,
          n.reach_count, n.referral_value, n.network_rank, n.knower_count, n.dependency_strength
        from traces as t
        left join network as n using (customer_key)
        left join activity as a using (customer_key)
        left join circle_seats as c using (customer_key)
        """
    )


def _indexes() -> exp.Expr:
    points = {
        "reach_points": "reach_count",
        "referral_points": "referral_value",
        "rank_points": "network_rank",
        "known_points": "knower_count",
        "depended_points": "dependency_strength",
    }
    ranked = exp.select("customer_key", "activity_score", "circle_score").from_("social_parts")
    for name, counted in points.items():
        ranked = ranked.select(exp.alias_(percentile(counted), name))
    return exp.select(
        "customer_key",
        "activity_score",
        "circle_score",
        exp.alias_(blend(INFLUENCE_WEIGHTS), "influence_score"),
        exp.alias_(blend(IMPORTANCE_WEIGHTS), "importance_score"),
    ).from_(ranked.subquery("ranked"))


def _social() -> exp.Expr:
    return exp.select("*", exp.alias_(blend(SOCIAL_WEIGHTS), "social_score")).from_("social_indexes")
