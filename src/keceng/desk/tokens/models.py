"""Tokens, wrong guesses at them, and the answers that a token's requests got."""

from __future__ import annotations

import datetime as dt

from django.db import models

from keceng.desk.people.models import User
from keceng.desk.tokens.scopes import Scope


class Token(models.Model):
    """A secret by which a program acts for somebody. The secret itself is known to nobody here: only its hash is kept.

    Attributes:
        name: what it is for, in its owner's words.
        prefix: the readable beginning of the secret, by which it is found and told apart.
        digest: SHA-256 of the whole secret, in hexadecimal.
        scopes: names of `Scope`.
        last_used_at: to the minute; None while it was never used.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        """Newest last; every token ends."""

        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("issued_at")), name="token_ends_after_it_begins"
            )
        ]

    @property
    def granted(self) -> frozenset[Scope]:
        """Its scopes; a name that is no scope any more grants nothing."""
        known = set(Scope)
        return frozenset(Scope(name) for name in self.scopes if name in known)

    def is_alive(self, at: dt.datetime) -> bool:
        """Whether it opens anything at `at`: not revoked, not over, and its owner still works here."""
        return self.revoked_at is None and at < self.expires_at and self.user.is_active


class GuessCount(models.Model):
    """Wrong secrets from one address; the address itself is not kept, only its keyed hash."""

    address = models.CharField(max_length=64, unique=True)
    since = models.DateTimeField()
    guesses = models.PositiveIntegerField(default=0)


class KeptAnswer(models.Model):
    """What a request with an idempotency key came to, so that the same request again does nothing again.

    Attributes:
        key: as the program chose it.
        fingerprint: keyed hash of the request: method, address, body.
        attempt: how often it was begun; whoever began it earlier can write nothing any more.
        has_effect: whether something was written for it; set in the transaction that wrote it.
        status: of the answer; None while there is none.
    """

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="answers")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    begun_at = models.DateTimeField(db_index=True)
    attempt = models.PositiveIntegerField(default=1)
    has_effect = models.BooleanField(default=False)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)

    class Meta:
        """A key is used once."""

        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_answer_per_key")]
