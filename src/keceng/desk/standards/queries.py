"""What standards there are, what is in force on a day, what changed between two revisions, and who did what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from keceng.desk.standards.documents import decode_document, parse_document
from keceng.desk.standards.models import StandardEvent, StandardRevision
from keceng.desk.standards.states import Status
from keceng.measure import catalogue
from keceng.standard import (
    BLOCKING_LINTS,
    Change,
    Standard,
    diff_standards,
    lint_document,
    lint_standard,
)
from keceng.vocabulary import KecengError, Problem, Text


def find_revision(standard_id: str, revision: int | None = None) -> StandardRevision:
    """A revision by its number, or the newest one.

    Raises:
        KecengError: there is none.
    """
    rows = StandardRevision.objects.filter(standard_id=standard_id)
    if revision is not None:
        rows = rows.filter(revision=revision)
    found = rows.order_by("-revision").first()
    if found is None:
        number = "" if revision is None else f" r{revision}"
        raise KecengError.of(
            "unknown_revision",
            f"没有标准 {standard_id}{number}",
            f"there is no standard {standard_id}{number}",
        )
    return found


def find_by_id(revision_id: int) -> StandardRevision | None:
    """A revision by its row; None when there is none."""
    rows = StandardRevision.objects.select_related("author", "reviewer", "approver")
    return rows.filter(pk=revision_id).first()


def list_revisions(standard_id: str | None = None) -> Sequence[StandardRevision]:
    """Every revision, or those of one standard, in the order of their numbers."""
    rows = StandardRevision.objects.select_related("author", "reviewer", "approver")
    return list(rows if standard_id is None else rows.filter(standard_id=standard_id))


def list_in_force(day: dt.date) -> Sequence[StandardRevision]:
    """The revision of each standard that is in force on `day`, by id."""
    rows = StandardRevision.objects.filter(
        Q(retired_on=None) | Q(retired_on__gt=day), effective_from__lte=day
    )
    return list({row.standard_id: row for row in rows.order_by("standard_id", "revision")}.values())


def find_in_force(standard_id: str, day: dt.date) -> StandardRevision | None:
    """The revision of one standard in force on `day`; None when it has none."""
    return next((row for row in list_in_force(day) if row.standard_id == standard_id), None)


def find_only_in_force(day: dt.date) -> StandardRevision | None:
    """Where one standard is in force on `day`, nobody has to name it; None where there is none or a choice."""
    in_force = list_in_force(day)
    return in_force[0] if len(in_force) == 1 else None


def status_on(revision: StandardRevision, day: dt.date) -> Status:
    """Where a revision stands on `day`, if nothing else is decided: what takes effect later is only approved yet."""
    if revision.effective_from is None or revision.state not in {Status.IN_FORCE, Status.RETIRED}:
        return revision.state
    if revision.retired_on is not None and revision.retired_on <= max(day, revision.effective_from):
        return Status.RETIRED
    return Status.IN_FORCE if revision.effective_from <= day else Status.APPROVED


def read_standard_of(revision: StandardRevision) -> Standard:
    """The standard that a revision declares.

    Raises:
        KecengError: every fault of its document, each with its path and line.
    """
    return parse_document(revision.yaml_bytes, standard_id=revision.standard_id, revision=revision.revision)


def list_findings(revision: StandardRevision) -> Sequence[Problem]:
    """Everything to be said about the document: its faults, or when it has none the findings of the lints."""
    try:
        return lint_standard(read_standard_of(revision), catalogue())
    except KecengError as error:
        return error.problems


def compare_revisions(old: StandardRevision, new: StandardRevision) -> Sequence[Change]:
    """Every difference between two revisions in words, and whether it can move a customer.

    Raises:
        KecengError: the faults of a document that declares no standard yet.
    """
    return diff_standards(read_standard_of(old), read_standard_of(new))


def list_history(standard_id: str) -> Sequence[StandardEvent]:
    """Every event of every revision of a standard, as it happened."""
    rows = StandardEvent.objects.filter(revision__standard_id=standard_id)
    return list(rows.select_related("revision", "by"))


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is to be said of a document, each at its line.

    Attributes:
        faults: why it declares no standard; empty for a valid one.
        blocking: findings on a valid standard with which it must not be published.
        advice: the other findings.
        standard: what it declares; None with faults.
    """

    faults: Sequence[Problem]
    blocking: Sequence[Problem]
    advice: Sequence[Problem]
    standard: Standard | None


def look_over(document: bytes) -> Opinion:
    """Everything to be said about a document in one pass."""
    try:
        standard, found = lint_document(decode_document(document).removeprefix("\ufeff"), catalogue())
    except KecengError as error:
        return Opinion(error.problems, (), (), None)
    blocking = [problem for problem in found if problem.code in BLOCKING_LINTS]
    return Opinion((), blocking, [p for p in found if p.code not in BLOCKING_LINTS], standard)


def title_of(revision: StandardRevision) -> Text:
    """The title a revision gives itself; its id while it declares no standard."""
    try:
        return read_standard_of(revision).title
    except KecengError:
        return Text(revision.standard_id, revision.standard_id)
