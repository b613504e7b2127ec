"""Rows of what people did, and the seals by which a changed or removed one is found."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models

from keceng.desk.audit.details import Detail, spell_details
from keceng.desk.audit.words import told_action, told_subject
from keceng.vocabulary import Text


class AuditRow(models.Model):
    """One thing that somebody did; written in the transaction of what they did, never changed, never deleted.

    Attributes:
        at: when.
        by: who, by their name at the desk; the row outlives the user.
        action: what, as `subject.verb`.
        about: on what kind of thing: `user`, `customer`, …
        about_id: on which of them.
        why: in their words, where something has to be justified.
        old: what was; never the personal value itself.
        new: what is.
    """

    at = models.DateTimeField(db_index=True)
    by = models.CharField(max_length=150)
    action = models.CharField(max_length=40)
    about = models.CharField(max_length=20)
    about_id = models.CharField(max_length=150)
    why = models.TextField(blank=True)
    old = models.JSONField(default=dict)
    new = models.JSONField(default=dict)

    class Meta:
        """Found by what it is about."""

        ordering = ("id",)
        indexes = [models.Index(fields=["about", "about_id"], name="audit_subject")]

    @property
    def told(self) -> Text:
        """What was done, in words."""
        return told_action(self.action)

    @property
    def subject(self) -> Text:
        """The kind of thing, in words."""
        return told_subject(self.about)

    @property
    def old_details(self) -> Sequence[Detail]:
        """What was, in words."""
        return spell_details(self.old)

    @property
    def new_details(self) -> Sequence[Detail]:
        """What is, in words."""
        return spell_details(self.new)


class AuditSeal(models.Model):
    """The link of one row in the chain: its digest covers the row and the digest before it.

    Attributes:
        position: from 1, without gaps; the order of sealing.
        row_id: the row; not a foreign key, so that a removed row leaves its seal.
        digest: SHA-256 of position, the digest before, and every field of the row.
    """

    position = models.BigIntegerField(unique=True)
    row_id = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        """In the order of the chain."""

        ordering = ("position",)
