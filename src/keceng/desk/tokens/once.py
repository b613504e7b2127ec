"""The same request twice does its work once: a key is claimed, what is written for it marks it, and its answer is kept.

The mark is written by the very transaction that writes the effect: `marking` watches the statements of a request and puts the
mark before each one that writes, so that either both are there or neither. Whoever dies in between leaves a key without a
mark, and the request may be done again; or one with a mark and without an answer, and nobody does it again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from keceng.desk.tokens.models import KeptAnswer, Token
from keceng.vocabulary import KecengError, Text

KEPT = dt.timedelta(hours=24)
LEASE = dt.timedelta(minutes=10)
"""A request that has neither written nor answered for so long is dead, and its key free."""
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE")


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer that was given before."""

    status: int
    body: str


def claim(token: Token, key: str, fingerprint: str, *, at: dt.datetime) -> KeptAnswer | Stored:
    """The key for whoever comes first; what it came to for everybody after.

    Raises:
        KecengError: `key_reused` for another request; `in_progress` while the first is under way; `answer_lost` where it
            was done and its answer is not known any more.
    """
    with transaction.atomic():
        forget_answers(at=at)
        defaults = {"fingerprint": fingerprint, "begun_at": at}
        row, is_new = KeptAnswer.objects.select_for_update(of=("self",)).get_or_create(
            token=token, key=key, defaults=defaults
        )
        if is_new:
            return row
        if row.fingerprint != fingerprint:
            raise _key_reused()
        if row.status is not None:
            return Stored(row.status, row.body)
        if at < row.begun_at + LEASE:
            raise _in_progress()
        if row.has_effect:
            raise _answer_lost()
        row.attempt, row.begun_at = row.attempt + 1, at
        row.save(update_fields=["attempt", "begun_at"])
        return row


def forget_answers(*, at: dt.datetime) -> int:
    """Delete what is kept no longer; how many answers went."""
    return KeptAnswer.objects.filter(begun_at__lt=at - KEPT).delete()[0]


def keep(row: KeptAnswer, status: int, body: str) -> None:
    """Keep the answer; a refusal for which nothing was written frees the key, so that it is asked anew."""
    mine = KeptAnswer.objects.filter(pk=row.pk, attempt=row.attempt)
    if status < 400 or not mine.filter(has_effect=False).delete()[0]:
        mine.update(status=status, body=body)


@contextmanager
def marking(row: KeptAnswer) -> Iterator[None]:
    """Within it, every transaction that writes marks `row`."""
    with connection.execute_wrapper(_Marker(row)):
        yield


class _Marker:
    def __init__(self, row: KeptAnswer) -> None:
        self.row = row
        self.is_marked = self.is_marking = False

    def __call__(
        self, execute: Callable[..., object], sql: str, params: object, many: bool, context: dict[str, object]
    ) -> object:
        if self.is_marked or self.is_marking or not sql.lstrip().upper().startswith(_WRITES):
            return execute(sql, params, many, context)
        # Every statement is marked until a commit has kept one mark: a transaction or savepoint may still be undone.
        self._mark()
        return execute(sql, params, many, context)

    def _mark(self) -> None:
        self.is_marking = True
        try:
            mine = KeptAnswer.objects.filter(pk=self.row.pk, attempt=self.row.attempt)
            if not mine.update(has_effect=True):
                raise _in_progress()
        finally:
            self.is_marking = False
        transaction.on_commit(self._note)

    def _note(self) -> None:
        self.is_marked = True


def _key_reused() -> KecengError:
    return KecengError.of(
        "key_reused",
        "这个 Idempotency-Key 已用于另一个请求",
        "this Idempotency-Key was used for another request",
        remedy=Text("每个新请求用新的键", "take a new key for every new request"),
    )


def _in_progress() -> KecengError:
    return KecengError.of(
        "in_progress",
        "同一个请求正在处理中",
        "the same request is under way",
        remedy=Text("稍后用同一个键再试", "try again later with the same key"),
    )


def _answer_lost() -> KecengError:
    return KecengError.of(
        "answer_lost",
        "这个请求已开始写入，但当时的回答没有留下",
        "this request had begun to write, and its answer was lost",
        remedy=Text("请查看对象现在的状态，不要重做", "look at what is there now; do not do it again"),
    )
