"""What runs there were, what stands, what a review holds, who waits for an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from keceng.desk.runs.models import Appeal, ClassRequest, Review, ReviewItem, RunEvent, RunRecord
from keceng.desk.runs.published import open_run
from keceng.desk.runs.quota import Quota, read_quota
from keceng.desk.runs.states import AppealState, RequestState, RunState
from keceng.lake import Lake


def list_runs() -> Sequence[RunRecord]:
    """Every run that was asked for, newest first; a failed one says why and what stands."""
    return list(RunRecord.objects.select_related("revision", "requested_by").order_by("-id"))


def find_failure() -> RunRecord | None:
    """The last run that ended, if it failed: what a screen must show until a run succeeds."""
    ended = RunRecord.objects.filter(state__in=[RunState.DONE.value, RunState.FAILED.value])
    last = ended.order_by("finished_at", "id").last()
    return last if last is not None and last.state == RunState.FAILED.value else None


def kept_its_word(run: RunRecord) -> bool:
    """Whether a done run moved exactly those whom the simulation moved that was approved with its revision.

    False, too, when data came in between, or when it is not the first run under its revision.
    """
    return bool(run.moves_hash) and run.moves_hash == run.revision.moves_hash


def list_reviews() -> Sequence[Review]:
    """Every review, newest first."""
    return list(Review.objects.select_related("opened_by", "closed_by").order_by("-id"))


def list_review_items(review_id: int) -> Sequence[ReviewItem]:
    """The list of a review: moves, appeals, expiring classes by hand."""
    rows = ReviewItem.objects.filter(review_id=review_id)
    return list(rows.select_related("decided_by", "appeal").order_by("id"))


def count_verdicts(review_id: int) -> Mapping[str, int]:
    """Items of a review by verdict; undecided ones under the empty word."""
    verdicts = ReviewItem.objects.filter(review_id=review_id).values_list("verdict", flat=True)
    return dict(Counter(verdicts))


def list_open_appeals() -> Sequence[Appeal]:
    """Appeals that nobody has answered, oldest first."""
    return list(Appeal.objects.filter(state=AppealState.OPEN.value).select_related("opened_by"))


def list_waiting_requests() -> Sequence[ClassRequest]:
    """Overrides and nominations that wait for an approver, oldest first."""
    return list(ClassRequest.objects.filter(state=RequestState.ASKED.value).select_related("asked_by"))


def find_quota(lake: Lake) -> Quota:
    """How full the class of nominations is after the published run.

    Raises:
        KecengError: nothing is published, or the standard takes no nominations.
    """
    return read_quota(open_run(lake.snapshot()))


def list_events(row: Appeal | ClassRequest | Review | ReviewItem | RunRecord) -> Sequence[RunEvent]:
    """Everything that happened to one row, in order."""
    rows = RunEvent.objects.filter(subject=type(row).__name__.lower(), subject_id=row.pk)
    return list(rows.select_related("by"))
