"""Which revision of a standard is in force on a day: the lake tells, from the decisions that published and withdrew it."""

from __future__ import annotations

import datetime as dt

from keceng.classify.decisions import Decision, DecisionKind, read_decisions
from keceng.lake import Snapshot
from keceng.measure import catalogue
from keceng.standard import Standard, load_standard


def find_publication(snapshot: Snapshot, standard_id: str, on: dt.date) -> Decision | None:
    """The decision by which a revision of `standard_id` is in force on `on`; the one of the latest day, if several are.

    None where none was published by then, or the last one was withdrawn.
    """
    decisions = [d for d in read_decisions(snapshot) if d.effective_on <= on]
    ended = {d.about for d in decisions if d.kind is DecisionKind.WITHDRAWAL}
    published = [
        d
        for d in decisions
        if d.kind is DecisionKind.PUBLICATION and d.standard_id == standard_id and d.decision_id not in ended
    ]
    return max(published, key=lambda d: (d.effective_on, d.decided_at, d.decision_id), default=None)


def read_published_standard(snapshot: Snapshot, standard_id: str, on: dt.date) -> Standard | None:
    """The revision of `standard_id` in force on `on`, from the document that its publication holds; None where none is.

    Raises:
        KecengError: the document is not a standard of this version of the catalogue.
    """
    found = find_publication(snapshot, standard_id, on)
    return None if found is None else load_standard(str(found.payload["document"]), catalogue())
