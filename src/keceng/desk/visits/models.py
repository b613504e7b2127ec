"""Contacts that people log at the desk, and days they put off."""

from __future__ import annotations

from django.db import models

from keceng.desk.people.models import User
from keceng.desk.visits.words import Channel, Outcome


class Visit(models.Model):
    """One contact with a customer; the lake has it as an interaction of the same number.

    Attributes:
        visit_id: the idempotency key, in the lake too.
        content: free text; only until the lake has it, where erasure finds it.
        next_on: when to be in touch again, if they said so.
        earlier_contact_on: the last contact before it, by which a day's list stays what it was in the morning.
        delivered_at: when the lake had it; None while it waits.
    """

    visit_id = models.CharField(max_length=64, unique=True)
    customer_key = models.BigIntegerField(db_index=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    happened_on = models.DateField()
    logged_at = models.DateTimeField()
    channel = models.CharField(max_length=10, choices=[(c.value, c.wording.en) for c in Channel])
    outcome = models.CharField(max_length=12, choices=[(o.value, o.wording.en) for o in Outcome])
    content = models.TextField(blank=True)
    next_on = models.DateField(null=True)
    earlier_contact_on = models.DateField(null=True)
    delivered_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        """As they were logged."""

        ordering = ("id",)


class Postponement(models.Model):
    """A customer put off to a later day; the last one holds."""

    customer_key = models.BigIntegerField(db_index=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_on = models.DateField()
    made_at = models.DateTimeField()
    until = models.DateField()

    class Meta:
        """As they were made."""

        ordering = ("id",)
