"""What keeps a grade from flickering: whoever holds a class leaves it late, and never for a review's whim.

A customer goes up at once. It goes down when the rules give a lower class and none of these holds: its number is still
within the margin of the class it holds (or the rule's own `stay`), the rules have said so for fewer reviews in a row than
`demote_after`, it has been in the class for less than `min_stay`. A cause (`at_once`, a watch class) is not delayed.
"""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
from sqlglot import exp

from keceng.classify.easing import Easing, eased_name, held_rule_sql
from keceng.lake import Step, column, literal, sql
from keceng.standard import Rules, Stability, Standard, condition_sql
from keceng.vocabulary import DimensionKind, Text

STANDINGS_SCHEMA = pa.schema(
    [
        ("customer_key", pa.int64()),
        ("held_class", pa.string()),
        ("since", pa.date32()),
        ("weak_reviews", pa.int64()),
        ("reviewed_on", pa.date32()),
    ]
)
EMPTY_STANDINGS = STANDINGS_SCHEMA.empty_table()
"""`standings` of a first review: nobody holds a class yet."""

MARGIN, DEMOTE_AFTER, MIN_STAY = "margin", "demote_after", "min_stay"


def standings_query(source: str = "coded") -> exp.Expr:
    """From the step `coded`, or `settled`, what the next review starts from: the rows of its `standings`."""
    return sql(
        """
        select customer_key, grade_by_system as held_class, grade_since as since, weak_reviews, reviewed_on
        from :source where grade_by_system is not null
        """,
        source=exp.to_table(source),
    )


def last_counted_day(as_of: dt.date) -> dt.date:
    """The day a month before `as_of`: a class is reviewed again when its last review lies on or before it (MEANINGS 29).

    Month ends answer month ends, so reviews on the last day of each month all count.
    """
    last_of_previous = as_of.replace(day=1) - dt.timedelta(days=1)
    is_month_end = (as_of + dt.timedelta(days=1)).day == 1
    if is_month_end or as_of.day > last_of_previous.day:
        return last_of_previous
    return last_of_previous.replace(day=as_of.day)


def stability_steps(standard: Standard, as_of: dt.date, source: str, easing: Easing) -> list[Step]:
    """From `source` (with `grade` by the rules), `standings` and `decided` to `settled`, which holds the final `grade`.

    Columns added: grade_by_rules, grade_by_system, grade_since, weak_reviews, reviewed_on, kept_by, decision_id,
    decided_class, decision_expires_on, is_appealed.
    """
    judged = sql(
        """
        select judged.* exclude (grade), judged.grade as grade_by_rules,
          held.held_class, held.since as held_since, coalesce(held.weak_reviews, 0) as earlier_weak,
          held.reviewed_on as earlier_review,
          coalesce(held.reviewed_on is null or held.reviewed_on <= :counted, true) as is_review,
          :rules_place as rules_place, :held_place as held_place
        from :source as judged left join standings as held on held.customer_key = judged.customer_key
        """,
        counted=last_counted_day(as_of),
        rules_place=_place(standard, column("grade", "judged")),
        held_place=_place(standard, column("held_class", "held")),
        source=exp.to_table(source),
    )
    return [
        Step("reviewed", judged, Text("与上次等级对照", "beside the grade held")),
        Step(
            "weighed",
            _weighed(standard, as_of, easing),
            Text("升降级缓冲", "what keeps a grade from flickering"),
        ),
        Step("settled", _settled(as_of), Text("最终等级", "the final grade")),
    ]


def _place(standard: Standard, class_id: exp.Expr) -> exp.Expr:
    case = exp.Case(this=class_id)
    for place, known in enumerate(standard.grade.class_ids):
        case = case.when(literal(known), literal(place), copy=False)
    return case


def _weighed(standard: Standard, as_of: dt.date, easing: Easing) -> exp.Expr:
    stability = standard.stability
    if stability is None:
        kept: exp.Expr = exp.cast(exp.null(), "varchar")
        weak: exp.Expr = literal(0)
        return sql("select *, :weak as weak_reviews, :kept as kept_by from reviewed", weak=weak, kept=kept)
    # Of an unordered grade only the class written first is kept: the others are not better or worse than each other.
    is_ordered = standard.grade.kind is DimensionKind.TIER
    is_held = exp.true() if is_ordered else sql("held_place = 0")
    is_lower = sql("coalesce(rules_place > held_place and :held, false)", held=is_held)
    may_wait = exp.and_(is_lower, exp.Not(this=exp.Paren(this=_has_cause(standard, stability))))
    return sql(
        """
        with eased as (select *, :waits as may_wait, coalesce(:stays, false) as is_within_margin from reviewed),
        counted as (
          select *, case when may_wait and not is_within_margin
            then earlier_weak + case when is_review then 1 else 0 end else 0 end as weak_reviews from eased
        )
        select * exclude (may_wait, is_within_margin),
          case when not may_wait then null
            when is_within_margin then 'margin'
            when weak_reviews < :reviews then 'demote_after'
            when held_since > :earliest then 'min_stay'
          end as kept_by
        from counted
        """,
        waits=exp.Paren(this=may_wait),
        stays=_within_margin(standard, easing),
        reviews=stability.demote_after,
        earliest=as_of - dt.timedelta(days=stability.min_stay_days),
    )


def _has_cause(standard: Standard, stability: Stability) -> exp.Expr:
    watched = [column("grade_by_rules").eq(literal(c.id)) for c in standard.grade.classes if c.watch]
    stated = [] if stability.at_once is None else [exp.Paren(this=condition_sql(stability.at_once))]
    causes = [*watched, *stated]
    return sql("coalesce(:any, false)", any=exp.Paren(this=exp.or_(*causes))) if causes else exp.false()


def _within_margin(standard: Standard, easing: Easing) -> exp.Expr:
    method = standard.grade.method
    scope = dict(standard.scope)
    if not isinstance(method, Rules):
        # Cuts of its own: the grade has an eased class beside it, and whoever holds no better than that stays.
        if standard.grade.id not in easing.eased:
            return exp.false()
        eased = _place(standard, column(eased_name(standard.grade.id)))
        return sql(":eased <= held_place", eased=eased)
    case = exp.Case(this=column("held_class"))
    for rule in method.rules:
        stays = held_rule_sql(rule, easing, scope)
        if stays is not None:
            case = case.when(literal(rule.class_id), stays, copy=False)
    return case.else_(exp.false(), copy=False) if case.args.get("ifs") else exp.false()


def _settled(as_of: dt.date) -> exp.Expr:
    return sql(
        """
        with placed as (
          select weighed.*, case when kept_by is null then grade_by_rules else held_class end as grade_by_system
          from weighed
        )
        select p.* exclude (held_class, held_since, earlier_weak, earlier_review, is_review, rules_place, held_place),
          case when p.grade_by_system is null then null
            when p.grade_by_system = p.held_class then p.held_since else :as_of end as grade_since,
          case when p.is_review then :as_of else p.earlier_review end as reviewed_on,
          d.decision_id, d.decided_class, d.decision_expires_on, coalesce(d.is_appealed, false) as is_appealed,
          coalesce(d.decided_class, p.grade_by_system) as grade
        from placed as p left join decided as d on d.customer_key = p.customer_key and p.is_judged
        """,
        as_of=as_of,
    )
