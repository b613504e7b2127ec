"""What is asked more than once while one page is made: answered from the database once, for that page alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast

Answer = TypeVar("Answer")
_answers: ContextVar[dict[object, object] | None] = ContextVar("answers", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """While it lasts, `remembered` asks each question once; nothing may be changed meanwhile."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def remembered(question: object, ask: Callable[[], Answer]) -> Answer:
    """The answer to `question`: what `ask` gave before within `remembering`, or gives now.

    Args:
        question: names it, with everything on which the answer rests.
        ask: what the database says.
    """
    answers = _answers.get()
    if answers is None:
        return ask()
    if question not in answers:
        answers[question] = ask()
    return cast("Answer", answers[question])
