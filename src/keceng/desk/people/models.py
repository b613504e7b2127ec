"""Users, the roles they were given, and every change of either."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models

from keceng.desk.people.duties import Role


class User(AbstractUser):
    """Somebody who works at the desk. The lake knows them by `username` alone."""

    display_name = models.CharField(max_length=80, blank=True)

    @property
    def shown_name(self) -> str:
        """The name colleagues read."""
        return self.display_name or self.username


class RoleGrant(models.Model):
    """A role given to somebody, and taken back; a row is never deleted."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=30, choices=[(role.value, role.title.en) for role in Role])
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    granted_at = models.DateTimeField()
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        """A role is held once at a time."""

        constraints = [
            models.UniqueConstraint(
                fields=["user", "role"], condition=models.Q(revoked_at=None), name="one_grant_at_a_time"
            )
        ]


class Department(models.Model):
    """A part of the company; departments stand in a tree."""

    name = models.CharField(max_length=60, unique=True)
    above = models.ForeignKey("self", on_delete=models.PROTECT, related_name="below", null=True)


class Membership(models.Model):
    """Somebody's place: one department at a time, as one of its people or as a head of it and of all below it."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="membership")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="memberships")
    is_head = models.BooleanField(default=False)


class DepartmentLimit(models.Model):
    """Somebody sees no more than the customers of this department and those below it (of several: of any)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="department_limits")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Once each."""

        constraints = [
            models.UniqueConstraint(fields=["user", "department"], name="one_limit_per_department")
        ]


class RegionLimit(models.Model):
    """Somebody sees no customers but those of this region (of several: of any), as the books name it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="region_limits")
    region = models.CharField(max_length=80)

    class Meta:
        """Once each."""

        constraints = [models.UniqueConstraint(fields=["user", "region"], name="one_limit_per_region")]


class PasswordLink(models.Model):
    """A link by which somebody sets a password once, before it runs out; only its digest is kept.

    Attributes:
        digest: SHA-256 of the secret in the address.
        expires_at: after that it opens nothing.
        used_at: when it was used, or taken out of use by a newer one.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="password_links")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
