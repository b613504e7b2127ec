"""Hand-overs: who gave which customers to whom, why and when; rows are never deleted."""

from __future__ import annotations

from django.db import models

from keceng.desk.ownership.states import HandOverState
from keceng.desk.people.models import User


class HandOver(models.Model):
    """Some customers come to one owner at once.

    Attributes:
        code: the idempotency key of its row in the lake.
        day: the day of whoever did it, in their own zone; it can be undone until that day ends.
        owner: the name in the books to whom they go.
        customers: how many changed hands; while it waits, how many were confirmed.
        delivered_at, undo_delivered_at: when the lake had it, and its undoing; None while it waits.
    """

    code = models.CharField(max_length=32, unique=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    day = models.DateField()
    why = models.TextField()
    owner = models.CharField(max_length=80)
    customers = models.IntegerField()
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in HandOverState])
    delivered_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    undone_at = models.DateTimeField(null=True)
    undo_delivered_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ("-id",)

    @property
    def stands(self) -> HandOverState:
        """Its state."""
        return HandOverState(self.state)


class HandOverLine(models.Model):
    """One customer of a hand-over.

    Attributes:
        from_owner: who had it; empty for nobody.
        stated_owner: whom the files stated then; None where they stated nobody.
        is_undone: whether it went back.
    """

    hand_over = models.ForeignKey(HandOver, on_delete=models.PROTECT, related_name="lines")
    customer_key = models.BigIntegerField(db_index=True)
    from_owner = models.CharField(max_length=80, blank=True)
    stated_owner = models.CharField(max_length=80, null=True)
    is_undone = models.BooleanField(default=False)

    class Meta:
        """A customer is in a hand-over once."""

        constraints = [
            models.UniqueConstraint(fields=["hand_over", "customer_key"], name="one_line_per_customer")
        ]
