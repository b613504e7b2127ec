"""Wrong secrets are counted by address, and after a few of them nothing from there is looked at for a while."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.crypto import salted_hmac

from keceng.desk.tokens.models import GuessCount
from keceng.vocabulary import KecengError, Text

MOST_GUESSES = 20
PAUSE = dt.timedelta(minutes=15)


def require_calm(address: str, *, at: dt.datetime) -> None:
    """Let an address pass from which not too many wrong secrets came.

    Raises:
        KecengError: `too_many_guesses`.
    """
    row = GuessCount.objects.filter(address=_keyed(address)).first()
    if row is not None and row.guesses >= MOST_GUESSES and at < row.since + PAUSE:
        raise KecengError.of(
            "too_many_guesses",
            "来自此地址的错误令牌太多，请稍后再试",
            "too many wrong tokens came from this address; try later",
            remedy=Text("等待 15 分钟", "wait for 15 minutes"),
        )


def count_guess(address: str, *, at: dt.datetime) -> None:
    """One more wrong secret from there; the count starts anew after the pause."""
    with transaction.atomic():
        rows = GuessCount.objects.select_for_update()
        row, is_new = rows.get_or_create(address=_keyed(address), defaults={"since": at, "guesses": 1})
        if not is_new:
            row.guesses = row.guesses + 1 if at < row.since + PAUSE else 1
            # While guesses go on the pause begins with the last of them.
            row.since = at
            row.save(update_fields=["since", "guesses"])
        GuessCount.objects.filter(since__lt=at - dt.timedelta(days=1)).delete()


def _keyed(address: str) -> str:
    return salted_hmac("keceng.desk.tokens.guesses", address, algorithm="sha256").hexdigest()
