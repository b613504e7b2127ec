"""Which workers are there: each shows itself by a file of its own in the workspace, touched while it lives."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

FOLDER = ".workers"
SILENT = dt.timedelta(seconds=60)
"""A worker that has not shown itself for so long is gone, or stuck."""
_FORGOTTEN = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SeenWorker:
    """One worker.

    Attributes:
        name: by which the books know it.
        seen_at: when it last showed itself.
    """

    name: str
    seen_at: dt.datetime

    def is_alive(self, at: dt.datetime) -> bool:
        """Whether it showed itself lately."""
        return at - self.seen_at < SILENT


def show(directory: Path, name: str) -> None:
    """Show that the worker `name` of the workspace in `directory` is alive."""
    file = _file(directory, name)
    file.parent.mkdir(exist_ok=True)
    file.touch()


def leave(directory: Path, name: str) -> None:
    """The worker `name` ends in good order."""
    _file(directory, name).unlink(missing_ok=True)


def list_workers(directory: Path, *, at: dt.datetime) -> Sequence[SeenWorker]:
    """Workers that showed themselves in the last week and did not take their leave, the latest first."""
    seen = []
    for file in (directory / FOLDER).glob("*"):
        # It may take its leave just now.
        with suppress(FileNotFoundError):
            seen_at = dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC)
            if at - seen_at < _FORGOTTEN:
                seen.append(SeenWorker(file.name, seen_at))
    return sorted(seen, key=lambda worker: worker.seen_at, reverse=True)


def forget_silent(directory: Path, *, at: dt.datetime) -> None:
    """Remove the files of workers that were killed long ago."""
    known = {worker.name for worker in list_workers(directory, at=at)}
    for file in (directory / FOLDER).glob("*"):
        if file.name not in known:
            file.unlink(missing_ok=True)


def _file(directory: Path, name: str) -> Path:
    return directory / FOLDER / re.sub(r"[^\w.:-]", "_", name)
