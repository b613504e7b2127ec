"""What one process may take of the machine: memory, disk to spill to, threads."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

LEAST_MEMORY = 600_000_000
"""Bytes; with less, a process that has loaded everything has nothing left to work with."""
SPILL_TIMES = 10
"""So many times the memory may be spilled, where nothing is said."""
_RESERVED = 0.1
"""The share of what is free that the engine's accounts do not see: decoded pages, results on their way out."""
_LEAST_FOR_ENGINE = 100_000_000
_UNKNOWN_BASE = 200_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process may take.

    Attributes:
        memory: bytes of the whole process; None is what the engine takes by itself, up to 80 % of the machine.
        spill: bytes on disk; None is `SPILL_TIMES` the memory, and without a limit of memory nine tenths of the free disk.
        threads: of the engine; None is one per core.
    """

    memory: int | None = None
    spill: int | None = None
    threads: int | None = None

    @property
    def spill_bytes(self) -> int | None:
        """Bytes on disk at most, as said or worked out from the memory; None where neither is said."""
        if self.spill is not None or self.memory is None:
            return self.spill
        return SPILL_TIMES * self.memory

    def for_engine(self, its_own: int = 0) -> int | None:
        """Bytes that an engine may account for just now: what others in the process have not taken, less a reserve; None without a limit.

        Args:
            its_own: bytes of what the process holds that are the engine's.
        """
        if self.memory is None:
            return None
        free = self.memory - max(resident_bytes() - its_own, 0)
        return max(int(free * (1 - _RESERVED)), _LEAST_FOR_ENGINE)


UNLIMITED = Limits()


def size_text(size: int) -> str:
    """Bytes as a person reads them: `1.5 GB`, `400 MB`."""
    unit, worth = ("GB", 1_000_000_000) if size >= 1_000_000_000 else ("MB", 1_000_000)
    return f"{round(size / worth, 2):g} {unit}"


def machine_bytes() -> int:
    """The memory that the machine has; 0 where it does not tell."""
    if not hasattr(os, "sysconf"):
        return 0
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def resident_bytes() -> int:
    """What the process holds of the memory just now, its programs' pages included; a guess where the system does not tell."""
    if not sys.platform.startswith("linux"):
        return _UNKNOWN_BASE
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kilobytes) * 1024
