"""Runs as people see them, and what people decide about grades."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from keceng.desk.people.models import User
from keceng.desk.runs.states import (
    AppealState,
    ItemKind,
    RequestKind,
    RequestState,
    ReviewState,
    RunState,
    Verdict,
)
from keceng.desk.standards.models import StandardRevision


class RunRecord(models.Model):
    """A run that somebody asked for.

    Attributes:
        revision: the ruler.
        as_of: the day judged; None is the last valid order date.
        state: queued, running, done or failed.
        started_on_snapshot: the version of the lake it started from, by which a run that died is told apart.
        run_id: the run in the lake, once it is there.
        moves_hash: what the run did, to lay beside what the approval saw.
        problems: why it failed, each as {code, zh, en}; empty otherwise.
        standing_run: the published run that stands when this one failed; empty where there was none, or where it never began.
    """

    revision = models.ForeignKey(StandardRevision, on_delete=models.PROTECT, related_name="run_records")
    as_of = models.DateField(null=True)
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in RunState])
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    started_on_snapshot = models.BigIntegerField(null=True)
    run_id = models.CharField(max_length=64, blank=True)
    moves_hash = models.CharField(max_length=64, blank=True)
    problems = models.JSONField(default=list)
    standing_run = models.CharField(max_length=64, blank=True)

    class Meta:
        """Newest last."""

        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=RunState.DONE.value) | ~Q(run_id=""), name="done_with_its_run"
            )
        ]


class Appeal(models.Model):
    """Somebody says a grade is wrong (申诉); the grade and the run it came from are kept as they were then."""

    customer_key = models.BigIntegerField(db_index=True)
    run_id = models.CharField(max_length=64)
    standard_id = models.CharField(max_length=60)
    grade = models.CharField(max_length=60, blank=True)
    why = models.TextField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in AppealState])
    decision_id = models.CharField(max_length=64, unique=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)

    class Meta:
        """A customer has one open appeal under a standard."""

        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["customer_key", "standard_id"],
                condition=Q(state=AppealState.OPEN.value),
                name="one_open_appeal",
            )
        ]


class ClassRequest(models.Model):
    """A class for one customer that somebody asks for: an override with a reason, or a key-account nomination.

    Attributes:
        kind: override or nomination.
        class_id: the class asked for.
        why: the reason; runs name the decision, not these words.
        effective_on: the first day on which it holds.
        expires_on: the last, at most twelve months later.
        decision_id: the decision in the lake, once approved.
    """

    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in RequestKind])
    customer_key = models.BigIntegerField(db_index=True)
    standard_id = models.CharField(max_length=60)
    class_id = models.CharField(max_length=60)
    why = models.TextField()
    effective_on = models.DateField()
    expires_on = models.DateField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in RequestState])
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    decision_id = models.CharField(max_length=64, blank=True)

    class Meta:
        """Nobody approves what they asked for, and whatever is approved ends."""

        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=RequestState.APPROVED.value) | ~Q(answered_by=models.F("asked_by")),
                name="request_not_approved_by_asker",
            ),
            models.CheckConstraint(
                condition=Q(expires_on__gte=models.F("effective_on")), name="request_ends_after_it_begins"
            ),
        ]


class Review(models.Model):
    """The monthly review of a run: one list, decided item by item, closed with minutes.

    Attributes:
        run_id: the run whose moves are on the list.
        standard_id: of that run.
        as_of: of that run; what the review decides holds from this day.
        due_on: the date by which items are decided; then the system's class stands.
        next_review_on: until when a postponement holds, set when it is closed.
    """

    run_id = models.CharField(max_length=64, unique=True)
    standard_id = models.CharField(max_length=60)
    as_of = models.DateField()
    due_on = models.DateField()
    next_review_on = models.DateField(null=True)
    state = models.CharField(max_length=6, choices=[(s.value, s.value) for s in ReviewState])
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    closed_at = models.DateTimeField(null=True)


class ReviewItem(models.Model):
    """One line of a review's list.

    Attributes:
        kind: a move, an appeal, or a class given by hand that expires.
        from_class: the class before: of the earlier run, or given by hand.
        to_class: the system's class, which stands if nobody decides.
        reason_zh: why the system says so, as stored with the run.
        reason_en: the same in English.
        about: the decision in the lake that it concerns, empty for a move.
        verdict: what was decided; empty while nothing is.
        class_id: the class of an adjustment.
        ends_on: the last day of the class by hand that expires.
        expires_on: the last day of an adjustment.
        decision_id: what the lake was told; empty where the system's class stands.
    """

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=8, choices=[(k.value, k.wording.en) for k in ItemKind])
    customer_key = models.BigIntegerField()
    from_class = models.CharField(max_length=60, blank=True)
    to_class = models.CharField(max_length=60, blank=True)
    reason_zh = models.TextField(blank=True)
    reason_en = models.TextField(blank=True)
    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="items", null=True)
    about = models.CharField(max_length=64, blank=True)
    verdict = models.CharField(max_length=8, blank=True, choices=[(v.value, v.wording.en) for v in Verdict])
    class_id = models.CharField(max_length=60, blank=True)
    ends_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    why = models.TextField(blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    decision_id = models.CharField(max_length=64, blank=True)

    class Meta:
        """A customer stands once under each heading."""

        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["review", "kind", "customer_key", "about"], name="one_item_per_heading"
            )
        ]


class RunEvent(models.Model):
    """One change of a run, request, appeal, review or item: who, why, from what to what, when. Never changed."""

    subject = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    step = models.CharField(max_length=20)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    why = models.TextField(blank=True)
    old = models.JSONField(default=dict)
    new = models.JSONField(default=dict)

    class Meta:
        """In the order of happening."""

        ordering = ("id",)
        indexes = [models.Index(fields=["subject", "subject_id"], name="run_event_subject")]
