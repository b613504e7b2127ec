"""One row per customer and edition, an edition per run, and who may see which of them."""

from __future__ import annotations

import secrets

from django.db import models

from keceng.desk.people.models import User


def new_stamp() -> str:
    """A random name, one for every edition."""
    return secrets.token_hex(8)


class Edition(models.Model):
    """The directory of one run. Counts reconcile: customers = classified + excluded + insufficient.

    `stamp` is drawn anew for every edition, so that what was read of one is never taken for another's.
    """

    stamp = models.CharField(max_length=32, default=new_stamp)
    run_id = models.CharField(max_length=40, unique=True)
    earlier_run_id = models.CharField(max_length=40, blank=True)
    standard_id = models.CharField(max_length=64)
    revision = models.IntegerField()
    as_of = models.DateField()
    written_at = models.DateTimeField()
    customers = models.IntegerField()
    classified = models.IntegerField()
    provisional = models.IntegerField()
    insufficient = models.IntegerField()
    excluded = models.JSONField(default=dict)
    currency = models.CharField(max_length=4, default="¥")


class CurrentEdition(models.Model):
    """The pointer that lists follow; one row."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT)


class Entry(models.Model):
    """A customer as lists show it. Amounts are whole cents, `gap_ratio` ten-thousandths, as in the lake.

    `shown_name` of a natural person is masked; `search` holds what people type: number, name, initials of its pinyin.
    """

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, db_index=False)
    customer_key = models.BigIntegerField()
    customer_id = models.CharField(max_length=120, blank=True)
    shown_name = models.CharField(max_length=200, blank=True)
    search = models.CharField(max_length=400, blank=True)
    kind = models.CharField(max_length=20, blank=True)
    role = models.CharField(max_length=40, blank=True)
    owner = models.CharField(max_length=80, blank=True)
    region = models.CharField(max_length=80, blank=True)
    grade = models.CharField(max_length=40, blank=True)
    earlier_grade = models.CharField(max_length=40, blank=True)
    grade_since = models.DateField(null=True)
    state = models.CharField(max_length=40, blank=True)
    kept_by = models.CharField(max_length=20, blank=True)
    is_by_hand = models.BooleanField(default=False)
    is_appealed = models.BooleanField(default=False)
    provisional = models.BooleanField(default=False)
    excluded_as = models.CharField(max_length=64, blank=True)
    spend = models.BigIntegerField(null=True)
    previous_spend = models.BigIntegerField(null=True)
    days_since_last_purchase = models.IntegerField(null=True)
    gap_ratio = models.BigIntegerField(null=True)
    overdue_amount = models.BigIntegerField(null=True)
    expected_loss = models.BigIntegerField(null=True)
    last_contact_on = models.DateField(null=True)
    reason_zh = models.CharField(max_length=300, blank=True)
    reason_en = models.CharField(max_length=400, blank=True)

    class Meta:
        """Indexes for what reads the desk itself; lists count and sort in the roster.

        Rows are written in the order of keys, so each owner's part grows at its end: an index in the order of sales would be
        rewritten all over with every batch.
        """

        constraints = [
            models.UniqueConstraint(fields=["edition", "customer_key"], name="one_entry_per_customer")
        ]
        indexes = [models.Index(fields=["edition", "owner"], name="entry_of_owner")]


class EntryChange(models.Model):
    """A customer whose entry changed after its edition was written.

    Rows come from a trigger of the database alone, so that no change is missed, whoever makes it; rosters follow them.
    """

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE)
    customer_key = models.BigIntegerField()


class OwnerName(models.Model):
    """A name by which the books know somebody who owns customers."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="owner_names")
    owner = models.CharField(max_length=80, unique=True)
