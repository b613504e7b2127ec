"""A process that dies: run as `python -m tests.kill.dying WORKSPACE COMMAND AT MOMENT [FILES]`.

It does an import or a run and kills itself with SIGKILL before or after its AT-th commit. Commits are the functions of
the lake through which every table, the catalogue, and a run's directory go; nothing in the product knows of this.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keceng.collect import CollectOptions, undo_import
from keceng.lake import UnitOfWork, delta
from keceng.loop import open_workspace, read_standard

COMMITS = ("append", "overwrite", "merge", "delete", "restore", "add_file")


class Executioner:
    """Counts commits and ends the process at the chosen one."""

    def __init__(self, at: int, moment: str) -> None:
        self.at, self.moment, self.count = at, moment, 0

    def watch(self, commit: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **options: Any) -> Any:
            self.count += 1
            dies = self.count == self.at
            if dies and self.moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            outcome = commit(*arguments, **options)
            if dies:
                os.kill(os.getpid(), signal.SIGKILL)
            return outcome

        return watched


def main() -> None:
    workspace, command, at, moment, *files = sys.argv[1:]
    executioner = Executioner(int(at), moment)
    for name in COMMITS:
        setattr(delta, name, executioner.watch(getattr(delta, name)))
    UnitOfWork.add_run = executioner.watch(UnitOfWork.add_run)  # type: ignore[method-assign]
    opened = open_workspace(Path(workspace))
    if command == "collect":
        opened.collect([Path(f) for f in files], CollectOptions(assume_defaults=True))
    elif command == "undo":
        undo_import(opened.lake, files[0])
    else:
        opened.classify(read_standard("retail"), dt.date(2026, 6, 30))


if __name__ == "__main__":
    main()
