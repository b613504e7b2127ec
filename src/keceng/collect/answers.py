"""Answers: as given, as remembered, or a default that is said aloud; and what an answer changes in a mapping."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from keceng.collect.questions import (
    QUESTION_IDS,
    UNIT_ENTITIES,
    find_taxed_headers,
    has_silent_unit,
    list_undecided,
)
from keceng.collect.source import ColumnMapping, DateOrder, Question, SourceMapping, SourceTable
from keceng.vocabulary import KecengError, Problem, Text

_WAN = 10_000


@dataclass(frozen=True, slots=True)
class Settled:
    """Every question with its answer.

    Attributes:
        answers: question id → answer, to be remembered for the source.
        assumed: one sentence per answer that nobody gave.
    """

    answers: Mapping[str, str]
    assumed: tuple[Text, ...]


def settle(
    questions: Sequence[Question],
    answers: Mapping[str, str],
    *,
    takes_defaults: bool,
    remembered: Mapping[str, str] | None = None,
) -> Settled:
    """An answer for every question: as given, as remembered, or its default, which is then said.

    Raises:
        KecengError: an unknown question or answer, or a question that has no default and no answer; all at once.
    """
    problems = [_unknown_question(name) for name in answers if name not in QUESTION_IDS]
    taken: dict[str, str] = {}
    assumed: list[Text] = []
    for question in questions:
        given = answers.get(question.id) or (remembered or {}).get(question.id)
        if given is not None:
            if given not in {o.answer for o in question.options}:
                problems.append(_unknown_answer(question, given))
            taken[question.id] = given
        elif question.default is not None and (takes_defaults or not question.is_asked):
            taken[question.id] = question.default
            assumed.append(_assumption(question))
        else:
            problems.append(_unanswered(question))
    if problems:
        raise KecengError(problems)
    return Settled(taken, tuple(assumed))


def apply_answers(table: SourceTable, mapping: SourceMapping, answers: Mapping[str, str]) -> SourceMapping:
    """The mapping as the answers make it; what concerns customers (`exclude_parties`, `merge_groups`) is the ledger's."""
    for name, change in _CHANGES.items():
        if name in answers:
            mapping = change(table, mapping, answers[name])
    return mapping


def _set_date_order(_table: SourceTable, mapping: SourceMapping, answer: str) -> SourceMapping:
    order: DateOrder = "dmy" if answer == "dmy" else "mdy"
    columns = (
        replace(c, date_order=order, is_date_order_open=False, takes_short_years=True)
        if c.is_date_order_open
        else c
        for c in mapping.columns
    )
    return replace(mapping, columns=tuple(columns))


def _set_money_unit(table: SourceTable, mapping: SourceMapping, answer: str) -> SourceMapping:
    if answer != "wan" or mapping.entity not in UNIT_ENTITIES:
        return mapping
    columns = (replace(c, unit_scale=_WAN) if has_silent_unit(table, c) else c for c in mapping.columns)
    return replace(mapping, columns=tuple(columns))


def _set_which_date(_table: SourceTable, mapping: SourceMapping, answer: str) -> SourceMapping:
    paid = mapping.column("paid_at")
    if answer != "paid_at" or paid is None or mapping.entity != "order_lines":
        return mapping
    others = (replace(c, field=None) if c.field == "ordered_at" else c for c in mapping.columns)
    return replace(mapping, columns=(*others, replace(paid, field="ordered_at")))


def _set_tax(table: SourceTable, mapping: SourceMapping, answer: str) -> SourceMapping:
    gross, net = find_taxed_headers(table)
    wanted = gross if answer == "with_tax" else net
    if mapping.entity != "order_lines" or not (gross and net and wanted):
        return mapping
    columns = (_as_amount(c, wanted) for c in mapping.columns)
    return replace(mapping, columns=tuple(columns))


def _as_amount(column: ColumnMapping, wanted: str) -> ColumnMapping:
    if column.header == wanted:
        return replace(column, field="amount", confidence=1.0)
    return replace(column, field=None) if column.field == "amount" else column


def _set_category_meaning(table: SourceTable, mapping: SourceMapping, answer: str) -> SourceMapping:
    undecided = list_undecided(table, mapping)[:1]
    if answer == "ignore" or not undecided or mapping.column(answer):
        return mapping
    columns = (
        replace(c, field=answer, confidence=1.0) if c.header in undecided else c for c in mapping.columns
    )
    return replace(mapping, columns=tuple(columns))


_CHANGES: Mapping[str, Callable[[SourceTable, SourceMapping, str], SourceMapping]] = {
    "date_order": _set_date_order,
    "money_unit": _set_money_unit,
    "which_date": _set_which_date,
    "tax": _set_tax,
    "category_meaning": _set_category_meaning,
}


def _assumption(question: Question) -> Text:
    title = next(o.title for o in question.options if o.answer == question.default)
    return Text("{text} 按「{title}」({why})", "{text} Taken: {title} ({why})").fill(
        text=question.text, title=title, why=question.why
    )


def _unknown_question(name: str) -> Problem:
    return Problem(
        "unknown_question",
        Text("没有这个问题", "there is no such question"),
        remedy=Text("现有: {ids}", "there are: {ids}").fill(ids=", ".join(QUESTION_IDS)),
        value=name,
    )


def _unknown_answer(question: Question, given: str) -> Problem:
    return Problem(
        "unknown_answer",
        Text("「{text}」没有这个答案", "“{text}” has no such answer").fill(text=question.text),
        remedy=_how_to_answer(question),
        value=given,
    )


def _unanswered(question: Question) -> Problem:
    message = Text("{text} {why}", "{text} {why}").fill(text=question.text, why=question.why)
    return Problem("unanswered_question", message, remedy=_how_to_answer(question))


def _how_to_answer(question: Question) -> Text:
    answers = "|".join(o.answer for o in question.options)
    option = f"--date-order {answers}" if question.id == "date_order" else f"--answer {question.id}={answers}"
    return Text(f"用 {option} 回答", f"answer with {option}")
