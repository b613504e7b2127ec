"""Before anything is written: what each table is, what must be asked, and what is remembered of a source."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from keceng.collect.answers import Settled, apply_answers, settle
from keceng.collect.batches import SourceBatch
from keceng.collect.grain import fill_down
from keceng.collect.identity import merge_changed
from keceng.collect.mapping import ENTITY, remember, suggest_mapping
from keceng.collect.options import CollectOptions
from keceng.collect.questions import ask
from keceng.collect.source import Question, SourceMapping, SourceTable
from keceng.collect.tables import SOURCES
from keceng.lake import Snapshot, UnitOfWork, open_engine
from keceng.vocabulary import KecengError, Problem

_ANSWERS = "*"
"""The row of `sources` that holds the answers, which belong to a source and not to one kind of file."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Tables with their mappings, the questions they raise, and the answers remembered of their source."""

    tables: tuple[SourceTable, ...]
    mappings: tuple[SourceMapping, ...]
    questions: tuple[Question, ...]
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
        return [
            SourceBatch(
                replace(table, data=fill_down(table.data, mapping.filled_down)),
                apply_answers(table, mapping, settled.answers),
                options.source,
                flags_parties=settled.answers.get("exclude_parties") != "keep",
                merges_groups=settled.answers.get("merge_groups") == "merge",
            )
            for table, mapping in zip(self.tables, self.mappings, strict=True)
        ]


def prepare_tables(snapshot: Snapshot, tables: Sequence[SourceTable], options: CollectOptions) -> Prepared:
    """What each table is and what its columns feed.

    Raises:
        KecengError: tables that cannot be mapped, all of them at once.
    """
    remembered = _remembered(snapshot, options.source)
    mappings: list[SourceMapping] = []
    problems: list[Problem] = []
    for table in tables:
        try:
            mappings.append(
                _map_table(table, remembered, _overrides_of(table, tables, options.overrides), options)
            )
        except KecengError as error:
            problems += error.problems
    if problems:
        raise KecengError(problems)
    return Prepared(
        tuple(tables), tuple(mappings), ask(tables, mappings) if tables else (), remembered.get(_ANSWERS, {})
    )


def list_open_questions(prepared: Prepared, options: CollectOptions) -> tuple[Question, ...]:
    """The questions that must be put to the user before anything is imported; none when defaults are taken."""
    if options.assume_defaults:
        return ()
    known = {**prepared.remembered_answers, **_said(options)}
    return tuple(q for q in prepared.questions if q.id not in known and q.is_asked)


def remember_source(work: UnitOfWork, prepared: Prepared, settled: Settled, options: CollectOptions) -> None:
    """Keep the mappings and the answers for the next file of this source."""
    said = _said(options)
    answers = {**prepared.remembered_answers, **{k: v for k, v in settled.answers.items() if k in said}}
    rows: dict[str, tuple[dict[str, str], dict[str, str]]] = {
        m.entity: (remember(m), {}) for m in prepared.mappings
    } | {_ANSWERS: ({}, answers)}
    records = [
        {
            "source": options.source,
            "entity": entity,
            "mapping": json.dumps(mapping, ensure_ascii=False, sort_keys=True),
            "answers": json.dumps(told, ensure_ascii=False, sort_keys=True),
        }
        for entity, (mapping, told) in rows.items()
    ]
    engine = open_engine(work.current(), [SOURCES])
    merge_changed(engine, work, SOURCES, pa.Table.from_pylist(records, schema=SOURCES.arrow_schema))
    engine.close()


def _said(options: CollectOptions) -> dict[str, str]:
    order = {"date_order": options.date_order} if options.date_order else {}
    return {**options.answers, **order}


def _remembered(snapshot: Snapshot, source: str) -> dict[str, dict[str, str]]:
    rows = [row for row in snapshot.read(SOURCES).to_pylist() if row["source"] == source]
    return {
        row["entity"]: json.loads(row["answers" if row["entity"] == _ANSWERS else "mapping"]) for row in rows
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
