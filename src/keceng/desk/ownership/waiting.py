"""Hand-overs that a new edition of the directory could not read from the lake yet: they are laid on it."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

from keceng.desk.directory.models import Edition, Entry
from keceng.desk.ownership.models import HandOver, HandOverLine
from keceng.desk.ownership.states import HandOverState


def lay_on(edition: Edition, *, since: dt.datetime) -> int:
    """Give the customers of `edition` the owners that people gave them and that the lake did not have `since`; hand-overs laid on.

    Only within the transaction that makes `edition` the current one, after it does.
    """
    late = Q(delivered_at=None) | Q(delivered_at__gte=since)
    late |= Q(undone_at__isnull=False) & (Q(undo_delivered_at=None) | Q(undo_delivered_at__gte=since))
    rows = list(HandOver.objects.exclude(state=HandOverState.ASKED.value).filter(late))
    # In the order in which people did it: what was taken back may have been handed on since.
    events = [(made.at, made.pk, False, made) for made in rows]
    events += [(made.undone_at, made.pk, True, made) for made in rows if made.undone_at is not None]
    for _, _, is_undoing, made in sorted(events, key=lambda event: event[:3]):
        lines = HandOverLine.objects.filter(hand_over=made, is_undone=is_undoing)
        if not is_undoing:
            _set(edition, lines, made.owner)
            continue
        for owner in sorted(set(lines.values_list("from_owner", flat=True))):
            _set(edition, lines.filter(from_owner=owner), owner)
    return len(rows)


def _set(edition: Edition, lines: QuerySet[HandOverLine], owner: str) -> None:
    entries = Entry.objects.filter(edition=edition, customer_key__in=lines.values("customer_key"))
    entries.exclude(owner=owner).update(owner=owner)
