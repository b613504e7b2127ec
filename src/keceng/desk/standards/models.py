"""Revisions of standards, what happened to them, and the runs that used them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from keceng.desk.people.models import User
from keceng.desk.standards.states import Status, Step


class StandardRevision(models.Model):
    """One revision of one standard: its document to the byte, and where it stands.

    Attributes:
        standard_id: the id that the document gives itself.
        revision: from 1; the document says the same number.
        status: the last step taken; what holds on a day is said by the two dates.
        document: the YAML as its author saved it, every byte.
        document_hash: SHA-256 of those bytes.
        standard_hash: the hash of the standard they declare; empty while they declare none.
        author: who wrote it, last.
        reviewer: who looked at it last.
        approver: who approved it; never the author.
        impact: what the simulation said, as approved; None before.
        moves_hash: of that simulation, what the published run must do.
        effective_from: the first day in force; None while it has none.
        publication_id: the decision in the lake by which it is in force; empty before.
        retired_on: the first day on which it is not in force any more; None while it has none.
    """

    standard_id = models.CharField(max_length=60)
    revision = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=[(s.value, s.wording.en) for s in Status])
    document = models.BinaryField()
    document_hash = models.CharField(max_length=64)
    standard_hash = models.CharField(max_length=64, blank=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    approver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    impact = models.JSONField(null=True)
    moves_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    effective_from = models.DateField(null=True)
    publication_id = models.CharField(max_length=64, blank=True)
    retired_on = models.DateField(null=True)

    class Meta:
        """What holds whatever code writes here."""

        ordering = ("standard_id", "revision")
        constraints = [
            models.UniqueConstraint(fields=["standard_id", "revision"], name="one_row_per_revision"),
            models.UniqueConstraint(
                fields=["standard_id"], condition=Q(status=Status.IN_FORCE.value), name="one_in_force"
            ),
            models.CheckConstraint(
                condition=Q(approver=None) | ~Q(approver=F("author")), name="approver_is_not_author"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[Status.APPROVED.value, Status.IN_FORCE.value])
                | Q(approver__isnull=False, impact__isnull=False),
                name="approved_with_its_impact",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.IN_FORCE.value) | Q(effective_from__isnull=False),
                name="in_force_from_a_day",
            ),
        ]

    @property
    def state(self) -> Status:
        """The last step taken, typed."""
        return Status(self.status)

    @property
    def yaml_bytes(self) -> bytes:
        """The document, every byte."""
        return bytes(self.document)

    @property
    def yaml_text(self) -> str:
        """The document as text, without a byte-order mark."""
        return self.yaml_bytes.decode("utf-8-sig")


class StandardEvent(models.Model):
    """One change of one revision: who, why, from what to what, when. Never changed, never deleted."""

    revision = models.ForeignKey(StandardRevision, on_delete=models.PROTECT, related_name="events")
    step = models.CharField(max_length=12, choices=[(s.value, s.wording.en) for s in Step])
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    why = models.TextField(blank=True)
    old = models.JSONField(default=dict)
    new = models.JSONField(default=dict)

    class Meta:
        """In the order of happening."""

        ordering = ("id",)


class StandardUse(models.Model):
    """A run of the lake that laid this revision on; from then on its document does not change."""

    revision = models.ForeignKey(StandardRevision, on_delete=models.PROTECT, related_name="uses")
    run_id = models.CharField(max_length=64, unique=True)
    noted_at = models.DateTimeField()
