"""Whether customers come back because they want to: behaviour and attitude, and the four types (Dick & Basu 1994)."""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from keceng.lake import Step, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame, exact_columns, with_quotients
from keceng.measure.weighing import weigh_parts
from keceng.vocabulary import Direction, Kind, Text

YEAR_DAYS = 365
MONTH_DAYS = 30
MIN_PURCHASE_DAYS = 2
"""One purchase is no behaviour yet."""
HIGH_SCORE = 60
"""From here on behaviour or attitude is high."""
BEHAVIOUR_SHARE = 60
"""Of 100 in the index; attitude has the rest."""

BEHAVIOUR_PARTS: tuple[tuple[str, int], ...] = (
    ("regularity_part", 35), ("breadth_part", 25), ("recency_part", 25), ("tenure_part", 15),
)  # fmt: skip
ATTITUDE_PARTS: tuple[tuple[str, int], ...] = (
    ("recommend_part", 40), ("satisfaction_part", 30), ("referral_part", 20), ("complaint_part", 10),
)  # fmt: skip

LOYALTY_TYPES: tuple[tuple[str, Text], ...] = (
    ("true", Text("真实忠诚", "True loyalty")),
    ("latent", Text("潜在忠诚", "Latent loyalty")),
    ("spurious", Text("虚假忠诚", "Spurious loyalty")),
    ("none", Text("无忠诚", "No loyalty")),
    ("attitude_unknown", Text("未知态度", "Attitude unknown")),
)

_BEHAVIOUR = ("purchase_day", "order_lines", "products", "declared_measures")
_ATTITUDE = ("survey_responses", "relations", "complaints")
_SOURCE = "Dick & Basu 1994"


def _points(name: str, title: Text, definition: Text, inputs: tuple[str, ...]) -> Measure:
    return Measure(
        name, title, definition, Kind.SCORE, UNITS["points"], Direction.HIGHER, inputs, source=_SOURCE,
        exact=exact_columns(name, Kind.SCORE),
    )  # fmt: skip


MEASURES: tuple[Measure, ...] = (
    _points("loyalty_behaviour", Text("行为忠诚", "Loyalty in behaviour"),
            Text("规律性 35(近 12 个月有购买的周期占比, 周期取 30 天与平常间隔中较大者)、钱包份额或品类宽度 25、新近 25(间隔倍数 1 以内满分, 5 为 0)、客龄 15(ln(1+年)÷ ln 6); "
                 "未知的部分不计; 少于 2 个购买日则未知",
                 "regularity 35 (share of the periods of 12 months with a purchase, a period the greater of 30 days and the expected gap), share of wallet "
                 "or breadth 25, recency 25 (full to a gap ratio of 1, none from 5), tenure 15 (ln(1 + years) ÷ ln 6); unknown parts are dropped; "
                 "unknown below 2 purchase days"), _BEHAVIOUR),
    _points("loyalty_attitude", Text("态度忠诚", "Loyalty in attitude"),
            Text("近 12 个月的推荐意愿 40 与满意度 30(答得太快的不计)、有效转介绍 20(0、1、2 个以上为 0、50、100)、最近投诉的结果 10; 未知的部分不计; 12 个月没有回答则未知",
                 "willingness to recommend 40 and satisfaction 30 of 12 months (answers given too fast apart), valid referrals 20 (none, 1, 2 or more: 0, 50, 100), "
                 "outcome of the latest complaint 10; unknown parts are dropped; unknown without an answer in 12 months"), _ATTITUDE),
    _points("loyalty_score", Text("忠诚度", "Loyalty score"),
            Text("0.6 × 行为 + 0.4 × 态度; 态度未知时等于行为", "0.6 × behaviour + 0.4 × attitude; behaviour alone while attitude is unknown"),
            (*_BEHAVIOUR, *_ATTITUDE)),
    Measure("loyalty_type", Text("忠诚类型", "Loyalty type"),
            Text("行为与态度各以 60 分为界: 都高为真实忠诚, 仅态度高为潜在, 仅行为高为虚假, 都低为无忠诚; 没有态度则为未知态度",
                 "behaviour and attitude cut at 60: both high true, attitude alone latent, behaviour alone spurious, neither none; attitude_unknown without an answer"),
            Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, (*_BEHAVIOUR, *_ATTITUDE), source=_SOURCE, categories=LOYALTY_TYPES),
)  # fmt: skip


def loyalty_steps(frame: Frame) -> list[Step]:
    """`loyalty`: one row per unit; needs `days`, `purchases`, `rhythm`, `growth`, `cooperation` and `valid_referrals`."""
    return [
        Step("regularity", _regularity(frame), Text("有购买的周期", "periods with a purchase")),
        answer_step(frame),
        Step(
            "complaint_outcomes",
            _complaints(frame),
            Text("最近投诉的结果", "outcome of the latest complaint"),
        ),
        Step("loyalty_points", _points_of_parts(), Text("忠诚各项得分", "points of each part of loyalty")),
        Step("loyalty_parts", _scores(), Text("忠诚的分子分母", "parts of loyalty")),
        with_quotients("loyalty", MEASURES, Text("忠诚度", "loyalty")),
    ]


# Periods are counted back from the as-of date; those before the first purchase were not eligible.
def _regularity(frame: Frame) -> exp.Expr:
    return sql(
        """
        with paced as (
          select r.customer_key, greatest(:month, r.expected_gap__num // r.expected_gap__den) as period, p.tenure_days
          from rhythm as r join purchases as p using (customer_key) where r.expected_gap__den > 0 and p.tenure_days is not null
        ),
        eligible as (
          select customer_key, period, least(:year // period, tenure_days // period + 1) as periods from paced
        )
        select e.customer_key, e.periods, count(distinct (cast(:as_of as date) - d.day) // e.period) as bought_in
        from eligible as e left join days as d on d.customer_key = e.customer_key and d.orders > 0
          and (cast(:as_of as date) - d.day) // e.period < e.periods
        group by e.customer_key, e.periods
        """,
        as_of=frame.as_of,
        month=MONTH_DAYS,
        year=YEAR_DAYS,
    )


# Answers below a third of the survey's median time were clicked, not given.
def answer_step(frame: Frame, since_days: int = YEAR_DAYS) -> Step:
    """`survey_answers`: per unit that answered within `since_days`, `recommend_part` and `satisfaction_part`.

    Both are ten-thousandths of a point from 0 to 100, unknown without an answer of that kind; needs `units`.
    """
    query = sql(
        """
        with told as (
          select unit_key as customer_key, answer, seconds, quantile_disc(seconds, 0.5) over (partition by survey, question) as usual,
            case when regexp_matches(survey_kind, 'nps|推荐', 'i') then 'recommend'
              when regexp_matches(survey_kind, 'csat|满意', 'i') then 'satisfaction' end as about
          from survey_responses join units using (customer_key)
          where answered_on <= :as_of and answered_on > :since
        )
        select customer_key,
          cast(100000 * avg(answer) filter (where about = 'recommend' and answer between 0 and 10) as bigint) as recommend_part,
          cast(250000 * avg(answer - 1) filter (where about = 'satisfaction' and answer between 1 and 5) as bigint) as satisfaction_part
        from told where seconds is null or 3 * seconds >= usual group by customer_key
        """,
        as_of=frame.as_of,
        since=frame.as_of - dt.timedelta(days=since_days),
    )
    return Step("survey_answers", query, Text("期内的答卷", "answers of the span"))


def _complaints(frame: Frame) -> exp.Expr:
    return sql(
        """
        with latest as (
          select unit_key as customer_key, arg_max(outcome, cast(received_on as varchar) || ' ' || source || ' ' || complaint_id) as outcome
          from complaints join units using (customer_key)
          where received_on <= :as_of and received_on > :year_opens and coalesce(solved_on, received_on) <= :as_of and outcome is not null
          group by unit_key
        )
        select customer_key, case
            when regexp_matches(outcome, '不满|未解决|dissatisf|unsatisf|unresolved', 'i') then 0
            when regexp_matches(outcome, '一般|部分|neutral|part', 'i') then 500000
            when regexp_matches(outcome, '满意|已解决|satisf|resolved', 'i') then 1000000
          end as complaint_part
        from latest
        """,
        as_of=frame.as_of,
        year_opens=frame.as_of - dt.timedelta(days=YEAR_DAYS),
    )


# ln is the one inexact function; its part is fixed in whole ten-thousandths before anything compares it.
def _points_of_parts() -> exp.Expr:
    return sql(
        """
        with brought as (
          select from_key as customer_key, count(distinct to_key) as referrals from valid_referrals group by from_key
        ),
        records as (
          select exists (select 1 from relation_links where relation_type = 'refers') as has_referrals
        )
        select p.customer_key, p.lifetime_purchase_days >= :enough as has_behaviour,
          case when g.periods > 0 then 1000000 * g.bought_in // g.periods end as regularity_part,
          coalesce(c.share_of_wallet * 100, w.breadth_score) as breadth_part,
          case when r.gap_ratio is not null then least(greatest(25 * (50000 - r.gap_ratio), 0), 1000000) end as recency_part,
          cast(round(1000000 * least(1, ln(1 + p.tenure_days / 365.0) / ln(6))) as bigint) as tenure_part,
          a.recommend_part, a.satisfaction_part, coalesce(a.recommend_part, a.satisfaction_part) is not null as has_attitude,
          case when x.has_referrals then least(coalesce(b.referrals, 0), 2) * 500000 end as referral_part,
          m.complaint_part
        from purchases as p left join regularity as g using (customer_key) left join cooperation as c using (customer_key)
        left join growth as w using (customer_key) left join rhythm as r using (customer_key)
        left join survey_answers as a using (customer_key) left join brought as b using (customer_key)
        left join complaint_outcomes as m using (customer_key) cross join records as x
        """,
        enough=MIN_PURCHASE_DAYS,
    )


def _scores() -> exp.Expr:
    behaviour, behaviour_weight = weigh_parts(BEHAVIOUR_PARTS)
    attitude, attitude_weight = weigh_parts(ATTITUDE_PARTS)
    return sql(
        """
        with weighed as (
          select customer_key, has_behaviour and has_attitude as has_both,
            case when has_behaviour then :behaviour end as b_points,
            case when has_behaviour then :behaviour_weight end as b_weight,
            case when has_attitude then :attitude end as a_points,
            case when has_attitude then :attitude_weight end as a_weight
          from loyalty_points
        ),
        compared as (
          select *, b_points >= :high * b_weight as is_regular, a_points >= :high * a_weight as is_fond from weighed
        )
        select customer_key, b_points as loyalty_behaviour__num, b_weight as loyalty_behaviour__den,
          a_points as loyalty_attitude__num, a_weight as loyalty_attitude__den,
          case when has_both then :share * b_points * a_weight + (100 - :share) * a_points * b_weight else b_points end as loyalty_score__num,
          case when has_both then 100 * b_weight * a_weight else b_weight end as loyalty_score__den,
          case when not is_regular and is_fond then 'latent' when is_regular and is_fond then 'true'
            when is_regular and not is_fond then 'spurious' when not is_regular and not is_fond then 'none'
            when is_regular is not null then 'attitude_unknown' end as loyalty_type
        from compared
        """,
        behaviour=behaviour,
        behaviour_weight=behaviour_weight,
        attitude=attitude,
        attitude_weight=attitude_weight,
        high=HIGH_SCORE * 10_000,
        share=BEHAVIOUR_SHARE,
    )
