"""Before anything is written: what each table is, what must be asked, and what is remembered of a source."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from keceng.collect.answers import Settled, apply_answers, settle
from keceng.collect.batches import SourceBatch
from keceng.collect.grain import fill_down
from keceng.collect.mapping import ENTITY, remember, suggest_mapping
from keceng.collect.options import CollectOptions
from keceng.collect.questions import ask
from keceng.collect.source import Question, SourceMapping, SourceTable
from keceng.collect.tables import SOURCES
from keceng.lake import Snapshot
from keceng.vocabulary import KecengError, Problem

_ANSWERS = "*"
"""Begins the rows of `sources` that hold answers: they belong to files of the same columns, not to every file of a source."""

_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Tables with their mappings, the questions they raise, and the answers remembered of such tables.

    Attributes:
        raised: for each table, the ids of the questions that it raises.
    """

    tables: tuple[SourceTable, ...]
    mappings: tuple[SourceMapping, ...]
    questions: tuple[Question, ...]
    raised: tuple[frozenset[str], ...]
    remembered_answers: Mapping[str, str]

    def settle(self, options: CollectOptions) -> Settled:
        """Every question with its answer.

        Raises:
            KecengError: an unknown question or answer, or one without answer and default.
        """
        return settle(
            self.questions,
            _said(options),
            takes_defaults=options.assume_defaults,
            remembered=self.remembered_answers,
        )

    def batches(self, settled: Settled, options: CollectOptions) -> list[SourceBatch]:
        """The tables as the answers make them, each ready to be collected."""
        said = _said(options)
        return [
            SourceBatch(
                replace(table, data=fill_down(table.data, mapping.filled_down)),
                apply_answers(table, mapping, settled.answers),
                options.source,
                flags_parties=settled.answers.get("exclude_parties") != "keep",
                merges_groups=settled.answers.get("merge_groups") == "merge",
                assumed=(*settled.assumed, *mapping.notes),
                remembered=remember(mapping),
                answers_row=answers_row(mapping),
                said={k: v for k, v in settled.answers.items() if k in said and k in raised},
            )
            for table, mapping, raised in zip(self.tables, self.mappings, self.raised, strict=True)
        ]


def prepare_tables(snapshot: Snapshot, tables: Sequence[SourceTable], options: CollectOptions) -> Prepared:
    """What each table is and what its columns feed.

    Raises:
        KecengError: tables that cannot be mapped, all of them at once.
    """
    remembered = remembered_of(snapshot, options.source)
    mappings: list[SourceMapping] = []
    problems: list[Problem] = []
    tables = list(tables)
    for place, table in enumerate(tables):
        said = _overrides_of(table, tables, options.overrides)
        try:
            mapping = _map_table(table, remembered, said, options)
            if _must_be_held(table, mapping):
                tables[place] = table.held()
                mapping = _map_table(tables[place], remembered, said, options)
            mappings.append(mapping)
        except KecengError as error:
            problems += error.problems
    if problems:
        raise KecengError(problems)
    questions = ask(tables, mappings) if tables else ()
    raised = _raised_by_each(tables, mappings, questions)
    answers = _recall_answers(mappings, raised, remembered)
    return Prepared(tuple(tables), tuple(mappings), questions, raised, answers)


def _must_be_held(table: SourceTable, mapping: SourceMapping) -> bool:
    """Whether rows of a staged table may be read by what stands in rows above them, or all of it is one row per customer."""
    if table.staged is None:
        return False
    order = mapping.column("order_id")
    is_partly_numbered = (
        order is not None and 0 < table.staged.null_counts[order.header] < table.staged.row_count
    )
    return is_partly_numbered or mapping.entity != "order_lines"


def _raised_by_each(
    tables: Sequence[SourceTable], mappings: Sequence[SourceMapping], questions: Sequence[Question]
) -> tuple[frozenset[str], ...]:
    if len(tables) == 1:
        return (frozenset(q.id for q in questions),)
    return tuple(
        frozenset(q.id for q in ask([t], [m])) if questions else frozenset()
        for t, m in zip(tables, mappings, strict=True)
    )


def _recall_answers(
    mappings: Sequence[SourceMapping],
    raised: Sequence[frozenset[str]],
    remembered: Mapping[str, Mapping[str, str]],
) -> dict[str, str]:
    """The answers in which all tables that raise a question agree, each with what was said of its like."""
    known = [remembered.get(answers_row(mapping), {}) for mapping in mappings]
    found: dict[str, str] = {}
    for question in frozenset[str]().union(*raised):
        given = {answers.get(question) for answers, ids in zip(known, raised, strict=True) if question in ids}
        if len(given) == 1 and (answer := given.pop()) is not None:
            found[question] = answer
    return found


def answers_row(mapping: SourceMapping) -> str:
    """The row of `sources` that holds the answers for tables of these columns; the year in a header makes no difference."""
    stated = sorted(_DIGITS.sub("#", c.header) for c in mapping.declared_columns)
    told = json.dumps([remember(mapping), stated], ensure_ascii=False, sort_keys=True)
    return _ANSWERS + sha256(told.encode()).hexdigest()[:16]


def list_open_questions(prepared: Prepared, options: CollectOptions) -> tuple[Question, ...]:
    """The questions that must be put to the user before anything is imported; none when defaults are taken."""
    if options.assume_defaults:
        return ()
    known = {**prepared.remembered_answers, **_said(options)}
    return tuple(q for q in prepared.questions if q.id not in known and q.is_asked)


def _said(options: CollectOptions) -> dict[str, str]:
    order = {"date_order": options.date_order} if options.date_order else {}
    return {**options.answers, **order}


def remembered_of(snapshot: Snapshot, source: str) -> dict[str, dict[str, str]]:
    """What is remembered of a source: kind of file → its mapping, and `answers_row` → the answers given for such a table."""
    rows = [row for row in snapshot.read(SOURCES).to_pylist() if row["source"] == source]
    return {
        row["entity"]: json.loads(row["answers" if row["entity"].startswith(_ANSWERS) else "mapping"])
        for row in rows
    }


def _map_table(
    table: SourceTable,
    remembered: Mapping[str, Mapping[str, str]],
    overrides: Mapping[str, str],
    options: CollectOptions,
) -> SourceMapping:
    known = _recall(table, remembered)
    forced = dict(overrides)
    if table.file in options.entities:
        forced[ENTITY] = options.entities[table.file]
    if forced.get(ENTITY, known.get(ENTITY)) != known.get(ENTITY):
        known = {}
    return suggest_mapping(table, overrides=forced, remembered=known, date_order=options.date_order)


def _recall(table: SourceTable, remembered: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    """The remembered mapping that fits the table: all its columns are there, and no other has more of them."""
    headers = set(table.headers)
    fitting = [
        m
        for m in remembered.values()
        if ENTITY in m and headers >= {h for f, h in m.items() if f != ENTITY and h}
    ]
    return max(fitting, key=len, default={})


def _overrides_of(
    table: SourceTable, tables: Sequence[SourceTable], overrides: Mapping[str, str]
) -> dict[str, str]:
    """What `--map` says about this table: a column that only other files have is theirs, one that none has is an error."""
    elsewhere = {h for t in tables if t is not table for h in t.headers} - set(table.headers)
    return {f: column for f, column in overrides.items() if column not in elsewhere}
