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
