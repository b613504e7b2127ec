"""A decision that waits for the lake."""

from __future__ import annotations

from django.db import models


class OutboxRow(models.Model):
    """One decision, written in the transaction of the change it belongs to; done once the lake has it.

    Attributes:
        decision_id: the idempotency key, in the lake too.
        decision: every field of the decision, as JSON.
        posted_at: when the change was made.
        attempts: how often delivery was tried and failed.
        last_problem: what the lake said the last time, in two languages; empty when it did not refuse.
        done_at: when the lake had it; None while it waits.
    """

    decision_id = models.CharField(max_length=64, unique=True)
    decision = models.JSONField()
    posted_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    last_problem = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True, db_index=True)
