"""Ctrl-C and a polite kill: the command leaves through its `finally` blocks, says so in a sentence and exits as shells expect."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from keceng.cli.output import say
from keceng.vocabulary import Language

_SHELL_OFFSET = 128
_SENTENCES = {
    "zh": "已中断: 没有做完的导入或运行什么也没有留下",
    "en": "Interrupted: the unfinished import or run left nothing behind",
}


@contextmanager
def signals_heeded(language: Language) -> Iterator[None]:
    """Whatever a SIGINT or SIGTERM ends in here ends the process with 128 + its number; nothing half-made stays behind.

    Raises:
        SystemExit: a signal came.
    """
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except BaseException:
        # An engine in the middle of a query turns the interrupt into an error of its own.
        if not came:
            raise
        say(_SENTENCES[language])
        sys.exit(_SHELL_OFFSET + came[0])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
