"""The list of customers as a sales manager keeps it: which columns, in which order, in words of one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import pyarrow as pa
from sqlglot import exp

from keceng.lake import column, literal, sql
from keceng.measure import Measure
from keceng.report.subject import Subject
from keceng.report.words import WORDS
from keceng.standard import Dimension, Use
from keceng.vocabulary import Kind, Language, Text

KEY_MEASURES = (
    "spend", "order_count", "purchase_days", "average_order_value", "days_since_last_purchase", "last_purchase_on",
    "gap_ratio",
)  # fmt: skip
"""Shown whatever the ruler names: the numbers a sales talk starts from."""

PLACES = ("owner", "province")

# Whoever has no grade has no provisional one either.
_PROVISIONAL = sql("case when grade is not null then provisional end")


class Look(Enum):
    """How a column is printed."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    MONEY = "money"
    WHOLE = "whole"
    DECIMAL = "decimal"
    PERCENT = "percent"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column of the list.

    Attributes:
        name: in the fetched table.
        title: its header.
        definition: for the sheet of notes.
        look: how it is printed.
        scale: stored parts in one printed unit.
        node: what the engine computes for it.
    """

    name: str
    title: Text
    definition: Text
    look: Look
    node: exp.Expression
    scale: int = 1


def list_columns(subject: Subject, language: Language, grades: Mapping[str, Text]) -> tuple[ListColumn, ...]:
    """Ids and grade first, then the reason, the numbers, the people and what to do.

    Args:
        subject: whose customers.
        language: of titles of classes and categories.
        grades: titles of the grade's classes.
    """
    shown_as_dimension = {d.method.measure for d in subject.classed_dimensions if isinstance(d.method, Use)}
    keys = KEY_MEASURES if subject.judges_purchases else ("spend", "order_count", "last_purchase_on")
    wanted = dict.fromkeys((*keys, *subject.standard.measures, *subject.on_demand))
    measures = [
        m for name in wanted if (m := subject.measures[name]).name not in {*shown_as_dimension, *PLACES}
    ]
    return (
        _own("customer_id", sql("coalesce(customer_id, cast(customer_key as varchar))")),
        _own("customer_name", column("customer_name")),
        _grade_column(subject, language, grades),
        _own("provisional", _yes_no(_PROVISIONAL, language), "provisional_definition"),
        *[_dimension_column(d, language) for d in subject.classed_dimensions],
        _own("reason", column(f"reason_{language}"), "reason_definition", look=Look.LONG_TEXT),
        *[_measure_column(m, language) for m in measures],
        *[_measure_column(subject.measures[name], language) for name in PLACES],
        *_strategy_columns(subject, language),
    )


def fetch_list(subject: Subject, columns: Sequence[ListColumn]) -> pa.Table:
    """The columns, and `grade_id`; sorted by grade, best first and without a grade last, then by sales."""
    order = exp.Case(this=column("grade"))
    for place, class_id in enumerate(subject.standard.grade.class_ids):
        order = order.when(literal(class_id), literal(place), copy=False)
    order = order.else_(literal(len(subject.standard.grade.class_ids)), copy=False)
    query = (
        exp.select(exp.alias_(column("grade"), "grade_id"))
        .select(*[exp.alias_(c.node.copy(), f"shown_{c.name}", quoted=True) for c in columns])
        .from_("shown")
        .order_by(order, "spend desc nulls last", "customer_key")
    )
    return subject.engine.fetch(query)


def count_by_grade(fetched: pa.Table) -> Mapping[str | None, int]:
    """How many rows of the list each class has, None for those without a grade."""
    counted = fetched.group_by("grade_id").aggregate([([], "count_all")]).to_pylist()
    return {row["grade_id"]: row["count_all"] for row in counted}


def titled(stored: exp.Expression, titles: Mapping[str, Text], language: Language) -> exp.Expression:
    """A code as its title; a code without one stays as it is, no code stays empty."""
    if not titles:
        return stored
    case = exp.Case(this=stored.copy())
    for code, title in titles.items():
        case = case.when(literal(code), literal(title.in_language(language)), copy=False)
    return case.else_(stored.copy(), copy=False)


def _own(
    name: str, node: exp.Expression, definition: str | None = None, *, look: Look = Look.TEXT
) -> ListColumn:
    return ListColumn(name, WORDS[name], WORDS[definition or name], look, node)


def _yes_no(flag: exp.Expression, language: Language) -> exp.Expression:
    yes, no = (WORDS[key].in_language(language) for key in ("yes", "no"))
    return sql("case when :flag then :yes when not :flag then :no end", flag=flag, yes=yes, no=no)


def _grade_column(subject: Subject, language: Language, grades: Mapping[str, Text]) -> ListColumn:
    definition = WORDS["grade_definition"].fill(standard=subject.standard.title)
    return ListColumn(
        "grade", WORDS["grade"], definition, Look.TEXT, titled(column("grade"), grades, language)
    )


def _dimension_column(dimension: Dimension, language: Language) -> ListColumn:
    titles = {c.id: c.title for c in dimension.classes}
    definition = WORDS["dimension_definition"].fill(title=dimension.title)
    node = titled(column(dimension.id), titles, language)
    return ListColumn(f"dimension_{dimension.id}", dimension.title, definition, Look.TEXT, node)


def _measure_column(measure: Measure, language: Language) -> ListColumn:
    stored: exp.Expression = column(measure.name)
    match measure.kind:
        case Kind.FLAG:
            stored, look = _yes_no(stored, language), Look.TEXT
        case Kind.CATEGORY:
            stored, look = titled(stored, dict(measure.categories), language), Look.TEXT
        case Kind.RATIO if not measure.unit.en and measure.name.endswith(("share", "rate", "continuity")):
            look = Look.PERCENT
        case kind:
            look = _LOOKS[kind]
    return ListColumn(measure.name, measure.title, measure.definition, look, stored, measure.kind.scale)


_LOOKS = {
    Kind.MONEY: Look.MONEY,
    Kind.COUNT: Look.WHOLE,
    Kind.DAYS: Look.WHOLE,
    Kind.RATIO: Look.DECIMAL,
    Kind.SCORE: Look.DECIMAL,
    Kind.DATE: Look.DATE,
}


def _strategy_columns(subject: Subject, language: Language) -> tuple[ListColumn, ListColumn]:
    goal, rhythm = exp.Case(), exp.Case()
    dimension = subject.state_dimension
    # Strategies of a pair come before the grade's own, so the first that fits is the one that applies.
    for strategy in sorted(subject.standard.strategy, key=lambda s: s.state is None):
        fits: exp.Expression = sql("grade = :grade", grade=strategy.grade)
        if strategy.state is not None and dimension is not None:
            fits = sql(":fits and :of = :state", fits=fits, of=column(dimension.id), state=strategy.state)
        goal = goal.when(fits, literal(strategy.goal.in_language(language)), copy=False)
        rhythm = rhythm.when(fits.copy(), exp.cast(literal(strategy.rhythm_days), "bigint"), copy=False)
    nothing = not subject.standard.strategy
    return (
        _own("strategy_goal", exp.null() if nothing else goal, "strategy_definition"),
        _own("rhythm_days", exp.null() if nothing else rhythm, "strategy_definition", look=Look.WHOLE),
    )
