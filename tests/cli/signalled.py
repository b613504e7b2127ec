"""A command that is interrupted: run as `python -m tests.cli.signalled SIGNAL AT ARGUMENTS…`.

It is the shell door itself; only, before the AT-th commit of a table or of a run's directory, the process gets SIGNAL, as if
somebody had pressed Ctrl-C or stopped it just then. AT 0 sends it in the middle of a long query.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from keceng.cli import main
from keceng.lake import UnitOfWork, delta, duck, sql

COMMITS = ("append", "overwrite", "merge", "delete", "restore")


class Interrupter:
    """Counts commits and signals the process at the chosen one."""

    def __init__(self, number: int, at: int) -> None:
        self.number, self.at, self.count = number, at, 0

    def watch(self, commit: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **options: Any) -> Any:
            self.count += 1
            if self.count == self.at:
                os.kill(os.getpid(), self.number)
            return commit(*arguments, **options)

        return watched

    def lengthen(self, fetch: Callable[..., Any]) -> Callable[..., Any]:
        def watched(engine: Any, query: Any) -> Any:
            threading.Timer(0.3, os.kill, (os.getpid(), self.number)).start()
            long = "select count(*) as n from range(200000000) as a(x) where x % 7 = 3"
            fetch(engine, sql(long))
            return fetch(engine, query)

        return watched


def start() -> None:
    number, at, *arguments = sys.argv[1:]
    interrupter = Interrupter(signal.Signals[number], int(at))
    for name in COMMITS:
        setattr(delta, name, interrupter.watch(getattr(delta, name)))
    UnitOfWork.add_run = interrupter.watch(UnitOfWork.add_run)  # type: ignore[method-assign]
    if interrupter.at == 0:
        duck.DuckEngine.fetch = interrupter.lengthen(duck.DuckEngine.fetch)  # type: ignore[method-assign]
    main(arguments)


if __name__ == "__main__":
    start()
