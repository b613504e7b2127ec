"""Conditions and addresses of the list that people keep under a name, for themselves or for everybody."""

from __future__ import annotations

from django.db import models

from keceng.desk.people.models import User


class SavedGroup(models.Model):
    """A named condition; whom it holds is found anew for every run.

    Attributes:
        condition: as written, in the language of standards.
        is_shared: whether everybody may use it; only its owner changes it.
    """

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    condition = models.TextField()
    is_shared = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        """By name; nobody has two of one name."""

        ordering = ("name", "id")
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_group_of_a_name")]


class SavedView(models.Model):
    """Filters and order of the list of customers, under a name.

    Attributes:
        address: the query of the list, of the parameters it knows and no others.
        group: the group that the query names, so that a group knows who uses it.
        is_shared: whether everybody has it above their list; only its owner changes it.
    """

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    address = models.CharField(max_length=2000)
    group = models.ForeignKey(SavedGroup, on_delete=models.SET_NULL, null=True, related_name="views")
    is_shared = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    class Meta:
        """As they were made; nobody has two of one name."""

        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_view_of_a_name")]
