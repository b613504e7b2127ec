"""What the settings let a run take of the machine, beside what the machine has."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from keceng.desk.health.findings import Check, Outcome, good, warning
from keceng.lake import Limits, size_text
from keceng.loop import open_workspace
from keceng.vocabulary import Text


def taking_check(directory: Path) -> Check:
    """Memory and disk that runs and imports of the workspace in `directory` may take."""
    return Check(
        "memory", Text("内存与暂存", "Memory and spilling"), lambda: _look(directory), needs=("settings",)
    )


def _look(directory: Path) -> Outcome:
    limits = open_workspace(directory).settings.limits
    has, free = _machine_memory(), shutil.disk_usage(directory.resolve()).free
    if limits.memory is not None and has is not None and limits.memory > has:
        return warning(
            f"memory_limit {size_text(limits.memory)}，本机内存 {size_text(has)}",
            f"memory_limit is {size_text(limits.memory)}, the machine has {size_text(has)}",
            Text("在 keceng.toml 里写小 memory_limit", "write a smaller memory_limit in keceng.toml"),
        )
    spill = limits.spill_bytes
    if spill is not None and spill > free:
        return warning(
            f"可暂存 {size_text(spill)}，磁盘剩余 {size_text(free)}",
            f"{size_text(spill)} may be spilled, {size_text(free)} of disk are free",
            Text("腾出磁盘，或写小 spill_limit", "free disk space, or write a smaller spill_limit"),
        )
    return good(*_told(limits))


def _told(limits: Limits) -> tuple[str, str]:
    if limits.memory is None:
        return "没有设上限", "no limit is set"
    memory, spill = size_text(limits.memory), size_text(limits.spill_bytes or 0)
    return f"最多 {memory}，暂存最多 {spill}", f"at most {memory}, spilling at most {spill}"


def _machine_memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None
