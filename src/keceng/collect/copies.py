"""A copy of the lake on which something is tried before it is done."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keceng.lake import CATALOGUE_FOLDER, MAPPED_FOLDER, RUNS_FOLDER, SPILL_FOLDER, Lake

# A lock that is linked is the lock itself: whoever tries something would wait for whoever writes.
_NOT_COPIED = ("writer.lock", RUNS_FOLDER, SPILL_FOLDER, MAPPED_FOLDER, "*.tmp*")


@contextmanager
def throwaway_copy(lake: Lake) -> Iterator[Lake]:
    """The lake as it is now without its runs, to be written to as one likes; it is gone when the block ends."""
    with tempfile.TemporaryDirectory(dir=lake.root.parent, prefix=".preview-") as directory:
        copy = Path(directory) / "lake"
        # The catalogue first: what somebody commits meanwhile is ahead of it, and undone in the copy.
        _copy(lake.root / CATALOGUE_FOLDER, copy / CATALOGUE_FOLDER)
        _copy(lake.root, copy, CATALOGUE_FOLDER)
        yield Lake(copy, lake.limits)


def _copy(source: Path, target: Path, *left_out: str) -> None:
    ignored = shutil.ignore_patterns(*_NOT_COPIED, *left_out)
    shutil.copytree(source, target, copy_function=_link_or_copy, ignore=ignored, dirs_exist_ok=True)


def _link_or_copy(source: str, target: str) -> None:
    """Lake files are never changed once written, so a link is a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
