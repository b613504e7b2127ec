"""The writer lease: one writer per workspace at a time; readers never wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from keceng.vocabulary import KecengError, Text

WAIT_SECONDS = 30.0
"""How long a writer waits for another."""


@contextmanager
def writer_lease(root: Path, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the right to write the lake at `root`. The operating system frees it when the process dies.

    Raises:
        KecengError: another process kept it for longer than `wait_seconds`.
    """
    lock = FileLock(str(root / "writer.lock"))
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout as error:
        raise KecengError.of(
            "workspace_busy",
            f"工作区正被另一个任务写入，已等待 {wait_seconds:.0f} 秒",
            f"another task is writing to this workspace; waited {wait_seconds:.0f} s",
            remedy=Text("等它结束后再试", "try again when it has finished"),
        ) from error
    try:
        yield
    finally:
        lock.release()
