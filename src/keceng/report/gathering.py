"""A run gathered into one `ReportData`."""

from __future__ import annotations

from keceng.report.breakdowns import gather_places, gather_products, gather_rfm
from keceng.report.figures import ReportData
from keceng.report.grading import (
    gather_classes,
    gather_curve,
    gather_excluded,
    gather_grid,
    gather_leaders,
)
from keceng.report.movement import gather_moves
from keceng.report.origins import gather_cuts, gather_definitions, gather_rejected, split_languages
from keceng.report.steadiness import gather_steadiness
from keceng.report.subject import Subject
from keceng.report.value import gather_value


def gather_figures(subject: Subject) -> ReportData:
    """Everything the page says of one run."""
    classes = gather_classes(subject)
    return ReportData(
        summary=subject.summary,
        standard=subject.standard,
        assumed=tuple(split_languages(sentence) for sentence in subject.summary.assumed),
        warnings=tuple(split_languages(sentence) for sentence in subject.summary.warnings),
        classes=classes,
        excluded=gather_excluded(subject),
        grid=gather_grid(subject),
        curve=gather_curve(subject, classes),
        rfm=gather_rfm(subject) if subject.judges_purchases else None,
        places=gather_places(subject),
        products=gather_products(subject),
        leaders=gather_leaders(subject),
        rejected=gather_rejected(subject),
        definitions=gather_definitions(subject),
        cuts=gather_cuts(subject),
        value=gather_value(subject) if subject.judges_purchases else None,
        moves=gather_moves(subject),
        steadiness=gather_steadiness(subject),
    )
