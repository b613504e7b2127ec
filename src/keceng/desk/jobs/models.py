"""Jobs, what makes them again and again, and files that came in over the web."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from keceng.desk.jobs.states import Every, JobKind, JobState
from keceng.desk.people.models import User
from keceng.vocabulary import Text


class Schedule(models.Model):
    """A job that comes again: every day, on a day of the week (0 is Monday), or on a day of the month.

    Attributes:
        arguments: of the job.
        on_day: the day of the week or month; a month without it takes its last day. 0 for every day.
        at_hour: the hour of the machine's local day.
        next_at: when it comes next.
        ended_at: when somebody ended it; a row is never deleted.
    """

    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in JobKind])
    arguments = models.JSONField(default=dict)
    every = models.CharField(max_length=6, choices=[(e.value, e.value) for e in Every])
    on_day = models.PositiveSmallIntegerField(default=0)
    at_hour = models.PositiveSmallIntegerField(default=2)
    next_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Soonest first."""

        ordering = ("next_at", "id")

    @property
    def wording(self) -> Text:
        """What it does, in words."""
        return JobKind(self.kind).wording

    @property
    def rhythm(self) -> Text:
        """How often, in words."""
        return Every(self.every).wording


class Job(models.Model):
    """One piece of work.

    Attributes:
        arguments: what the kind needs.
        share: how much is done, in thousandths; None where nobody can say.
        doing_zh, doing_en: what is being done.
        owner: the worker that has it.
        lease_until: when it may be taken by another worker.
        attempts: how often it was taken. Also the fencing token: whoever took it earlier can change nothing any more.
        failures: how often it went wrong through nobody's fault.
        not_before: it waits until then.
        checkpoint: what a later attempt must know of an earlier one.
        is_cancel_wanted: somebody asked for its end.
        problems: why it failed, each as {code, zh, en}.
    """

    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in JobKind])
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in JobState])
    share = models.PositiveSmallIntegerField(null=True)
    doing_zh = models.CharField(max_length=200, blank=True)
    doing_en = models.CharField(max_length=200, blank=True)
    owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField()
    checkpoint = models.JSONField(default=dict)
    is_cancel_wanted = models.BooleanField(default=False)
    result = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="jobs", null=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """First come, first served."""

        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=JobState.RUNNING.value) | Q(lease_until__isnull=False),
                name="running_has_a_lease",
            )
        ]
        indexes = [models.Index(fields=["state", "not_before"], name="job_waiting")]

    @property
    def wording(self) -> Text:
        """What it does, in words."""
        return JobKind(self.kind).wording

    @property
    def doing(self) -> Text:
        """What is being done, in words."""
        return Text(self.doing_zh, self.doing_en)

    @property
    def stands(self) -> JobState:
        """Its state."""
        return JobState(self.state)

    @property
    def told(self) -> list[Text]:
        """Why it failed, in words."""
        return [Text(p["zh"], p["en"]) for p in self.problems]


class Upload(models.Model):
    """Files that came in together over the web, on their way into the ledger.

    Attributes:
        code: names their folder.
        source: the system they come from; mappings and answers are remembered for it.
        files: [{name, bytes}] in the order in which they came.
        said: what people said about them: {overrides, entities, answers}.
        preview: the last look at what would change.
        taking: the job that takes them in.
        undo_look: the last look at what taking them back would change.
        undoing: the job that takes them back.
    """

    code = models.CharField(max_length=32, unique=True)
    source = models.CharField(max_length=60, default="main")
    files = models.JSONField(default=list)
    said = models.JSONField(default=dict)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    preview = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="previewed", null=True)
    taking = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="taken", null=True)
    undo_look = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="undo_looked", null=True)
    undoing = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="undone", null=True)

    class Meta:
        """Newest last."""

        ordering = ("id",)

    @property
    def latest(self) -> Job | None:
        """The job by which it stands where it is: its undo, else its import, else the last look; not one that was cancelled."""
        jobs = (self.undoing, self.undo_look, self.taking)
        begun = (job for job in jobs if job is not None and job.stands is not JobState.CANCELLED)
        return next(begun, self.preview)

    @property
    def is_undone(self) -> bool:
        """Whether it was taken back."""
        return self.undoing is not None and self.undoing.stands is JobState.DONE

    @property
    def may_be_undone(self) -> bool:
        """Whether something of it stands in the ledger that could go."""
        taking = self.taking
        stands = (
            taking is not None and taking.stands is JobState.DONE and bool(taking.result.get("import_id"))
        )
        return stands and (
            self.undoing is None or self.undoing.stands in {JobState.FAILED, JobState.CANCELLED}
        )
