"""Who does something, why and when: every action takes one, and writes it beside what it changes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keceng.vocabulary import KecengError, Text

if TYPE_CHECKING:
    from keceng.desk.people.models import User


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's hand under one change.

    Attributes:
        by: who.
        at: when, with a zone; the door reads the clock.
        why: in their words; empty only where nothing has to be justified.
    """

    by: User
    at: dt.datetime
    why: str = ""

    @property
    def day(self) -> dt.date:
        """The calendar day of `at`, as written."""
        return self.at.date()

    @property
    def utc(self) -> dt.datetime:
        """`at` in UTC without a zone, as the lake keeps it."""
        return self.at.astimezone(dt.UTC).replace(tzinfo=None)

    def require_why(self) -> str:
        """The reason given.

        Raises:
            KecengError: none was.
        """
        if self.why.strip():
            return self.why.strip()
        raise KecengError.of(
            "reason_required",
            "须写明理由",
            "a reason is required",
            remedy=Text("写一句为什么", "say why in a sentence"),
        )
