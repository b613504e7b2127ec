"""Standards put into their shapes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from keceng.api import standards_effects_shapes as weighed
from keceng.api import standards_shapes as shapes
from keceng.api.customers_telling import words, words_or_none
from keceng.api.words import Words
from keceng.desk.standards import board, effects, queries, reading, sheet
from keceng.desk.standards.models import StandardRevision
from keceng.vocabulary import Problem


def tell_revision(row: StandardRevision, today: dt.date) -> shapes.Revision:
    """A revision as it stands on `today`."""
    return shapes.Revision(
        id=row.pk,
        standard_id=row.standard_id,
        revision=row.revision,
        title=words(queries.title_of(row)),
        status=queries.status_on(row, today).value,
        author=row.author.username,
        reviewer=row.reviewer.username if row.reviewer else None,
        approver=row.approver.username if row.approver else None,
        created_at=row.created_at,
        effective_from=row.effective_from,
        retired_on=row.retired_on,
        document_hash=row.document_hash,
        moves_hash=row.moves_hash or None,
    )


def tell_opinion(found: queries.Opinion) -> shapes.Opinion:
    """What is to be said of a document."""
    return shapes.Opinion(
        is_valid=found.standard is not None,
        faults=_findings(found.faults),
        blocking=_findings(found.blocking),
        advice=_findings(found.advice),
    )


def _findings(problems: Sequence[Problem]) -> list[shapes.Finding]:
    return [
        shapes.Finding(
            code=problem.code,
            told=words(problem.message),
            remedy=words_or_none(problem.remedy),
            path=problem.place.path,
            line=problem.place.line,
        )
        for problem in problems
    ]


def tell_words(found: reading.StandardInWords) -> shapes.StandardTold:
    """A standard in words."""
    return shapes.StandardTold(
        title=words(found.title),
        basics=[words(text) for text in found.basics],
        grade=_dimension(found.grade),
        dimensions=[_dimension(dimension) for dimension in found.dimensions],
        buffer=[words(text) for text in found.buffer],
        strategies=[
            shapes.StrategyTold(
                grade=s.grade,
                state=words_or_none(s.state),
                goal=words(s.goal),
                rhythm_days=s.rhythm_days,
                service=words_or_none(s.service),
            )
            for s in found.strategies
        ],
    )


def _dimension(found: reading.DimensionInWords) -> shapes.DimensionTold:
    return shapes.DimensionTold(
        dimension_id=found.dimension_id,
        title=words(found.title),
        method=words(found.method),
        remarks=[words(text) for text in found.remarks],
        classes=[
            shapes.ClassTold(
                class_id=c.class_id,
                title=words(c.title),
                public_title=words_or_none(c.public_title),
                rule=words_or_none(c.rule),
                demands=[_demand(demand) for demand in c.demands],
                keeps=[_demand(demand) for demand in c.keeps],
            )
            for c in found.classes
        ],
    )


def _demand(demand: reading.Demand) -> list[Words]:
    return [words(text) for text in ([demand.told] if demand.told else demand.any_of)]


def tell_effect(found: effects.Effect | None) -> weighed.Effect:
    """What a draft would do; nothing known before the first run."""
    if found is None:
        return weighed.Effect(
            is_known=False, classes=[], moved=0, up=0, down=0, moves=[], moves_hash="", named_heads=0
        )
    return weighed.Effect(is_known=True, **_sides(found))


def tell_impact(found: sheet.Sheet, *, is_stored: bool) -> weighed.Impact:
    """The sheet of an approval."""
    return weighed.Impact(
        is_known=not found.is_first,
        is_stored=is_stored,
        is_first=found.is_first,
        as_of=found.as_of,
        customers=found.customers,
        named=[
            weighed.NamedMove(
                customer_id=n.customer_id,
                name=n.name,
                owner=n.owner,
                source=n.source,
                target=n.target,
                sales_cents=n.sales,
            )
            for n in found.named
        ],
        notes=[words(text) for text in found.notes],
        **_sides(found),
    )


def _sides(found: effects.Effect | sheet.Sheet) -> dict[str, Any]:
    return {
        "classes": [
            weighed.ClassEffect(
                class_id=c.class_id,
                before=c.before,
                after=c.after,
                share_before=c.share_before,
                share_after=c.share_after,
            )
            for c in found.classes
        ],
        "moved": found.moved,
        "up": found.up,
        "down": found.down,
        "moves": [weighed.MoveCount(source=m.source, target=m.target, heads=m.heads) for m in found.moves],
        "moves_hash": found.moves_hash,
        "named_heads": found.named_heads,
    }


def tell_board(found: board.Board | None) -> weighed.Board:
    """The strategies of one standard; empty where there is none."""
    if found is None:
        return weighed.Board(standard_id=None, revision=None, is_counted=False, gaps=0, cells=[])
    return weighed.Board(
        standard_id=found.standard.id,
        revision=found.standard.revision,
        is_counted=found.is_counted,
        gaps=found.gaps,
        cells=[_cell(row.grade, cell) for row in found.rows for cell in row.cells],
    )


def _cell(grade: str, cell: board.Cell) -> weighed.BoardCell:
    strategy = cell.strategy
    return weighed.BoardCell(
        grade=grade,
        state=cell.state,
        state_title=words(cell.state_title),
        heads=cell.heads,
        goal=words(strategy.goal) if strategy else None,
        rhythm_days=strategy.rhythm_days if strategy else None,
        service=words_or_none(cell.service),
        is_own=cell.is_own,
        is_gap=cell.is_gap,
    )
