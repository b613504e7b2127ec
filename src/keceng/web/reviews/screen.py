"""What the pages of a review show, gathered from the desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from keceng.desk.directory.scope import current_edition, sees_everybody
from keceng.desk.directory.tiers import read_run_tiers
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import User
from keceng.desk.people.queries import may
from keceng.desk.runs.board import (
    count_deliveries,
    count_outcomes,
    count_piles,
    narrow_items,
    read_closing,
    visible_items,
)
from keceng.desk.runs.models import Review, ReviewItem
from keceng.desk.runs.states import ReviewState
from keceng.desk.runs.terms import LONGEST_MONTHS, add_months

PAGE_ROWS, DAYS_TO_DECIDE, USUAL_MONTHS = 50, 7, 6


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not done, at which row, and what was sent; without a row it concerns the whole review."""

    item_id: int | None
    told: Sequence[str]
    status: int
    sent: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReviewScreen:
    """The items of a review as filtered, and everything else its page needs."""

    items: QuerySet[ReviewItem]
    classes: Sequence[str]
    context: Mapping[str, object]
    page_rows: int = PAGE_ROWS


def list_screen(rows: Sequence[Review], user: User, today: dt.date) -> dict[str, object]:
    """The reviews with what each holds for `user`, and whether the published run waits for one."""
    edition = current_edition()
    listed = []
    for row in rows:
        items = visible_items(row, user)
        listed.append((row, items.count(), items.filter(verdict="").count()))
    reviewed = {row.run_id for row in rows}
    return {
        "listed": listed,
        "waiting_run": edition if edition and edition.run_id not in reviewed else None,
        "may_open": may(user, Duty.CLOSE_REVIEWS),
        "due_on": today + dt.timedelta(days=DAYS_TO_DECIDE),
        "today": today,
    }


def review_screen(review: Review, user: User, asked: Mapping[str, str], today: dt.date) -> ReviewScreen:
    """One review as `user` may see and decide it, narrowed as `asked`."""
    tiers = read_run_tiers(review.run_id)
    classes = list(tiers)
    seen = visible_items(review, user)
    pile, undecided = asked.get("pile", ""), bool(asked.get("undecided"))
    piles = count_piles(seen, classes)
    heads, open_heads = sum(p.heads for p in piles), sum(p.undecided for p in piles)
    is_open = review.state == ReviewState.OPEN.value
    verdict = asked.get("verdict", "")
    context = {
        "outcomes": [] if is_open else count_outcomes(seen),
        "deliveries": [] if is_open else [(d.wording, n) for d, n in count_deliveries(seen).items()],
        "verdict": verdict,
        "review": review,
        "tiers": tiers,
        "piles": piles,
        "pile": pile,
        "undecided_only": undecided,
        "heads": heads,
        "undecided": open_heads,
        "decided": heads - open_heads,
        "is_open": is_open,
        "may_decide": is_open and may(user, Duty.DECIDE_REVIEWS),
        "may_close": is_open and may(user, Duty.CLOSE_REVIEWS),
        "may_write_down": may(user, Duty.DECIDE_REVIEWS),
        "sees_all": sees_everybody(user),
        "closing": read_closing(review, user, today) if is_open else None,
        "first_day": review.as_of,
        "last_day": add_months(review.as_of, LONGEST_MONTHS),
        "usual_day": add_months(review.as_of, USUAL_MONTHS),
        "next_review_on": _next_review(review),
    }
    return ReviewScreen(
        narrow_items(seen, classes, pile, undecided=undecided, verdict=verdict), classes, context
    )


def _next_review(review: Review) -> dt.date:
    # Books may be months old: the next meeting comes after this one, and no class by hand holds longer than it may.
    longest = add_months(review.as_of, LONGEST_MONTHS)
    return min(max(add_months(review.as_of, 1), add_months(review.due_on, 1)), longest)
