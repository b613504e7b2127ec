"""CPU seconds and peak memory as the operating system counts them."""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from keceng.bench.contenders import OURS, PEERS, Work
from keceng.bench.orders import Orders

_KILOBYTES = 1024
_HIGH_WATER = re.compile(r"VmHWM:\s*(\d+) kB")
Told = Callable[[str, float], None]


def alternate(work: Mapping[str, Work | None], rounds: int, told: Told) -> dict[str, float | None]:
    """CPU seconds of each in this process, all threads: the median of `rounds`, one after another, after one round unmeasured.

    Args:
        work: by name; what cannot be had is None and stays None.
        rounds: at least one.
        told: name and seconds of every measurement.
    """
    seconds: dict[str, list[float]] = {name: [] for name, job in work.items() if job is not None}
    for round_ in range(rounds + 1):
        for name, measured in seconds.items():
            spent = _spent(work[name])
            if round_:
                measured.append(spent)
                told(name, spent)
    return {name: round(statistics.median(seconds[name]), 4) if name in seconds else None for name in work}


def _spent(job: Work | None) -> float:
    assert job is not None  # noqa: S101  the caller left those out
    started = time.process_time()
    job()
    return time.process_time() - started


def peak_memory(name: str, made: Orders) -> int | None:
    """Megabytes of a process of its own that does the work of `name` once; None where it cannot be had."""
    command = [sys.executable, "-m", "keceng.bench.measuring", name, str(made.directory), str(made.orders)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(done.stdout.split()[-1]) if done.returncode == 0 else None


def describe_machine() -> dict[str, object]:
    """Cores, memory in gigabytes and the versions that matter."""
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(pages * page / 1024**3, 1),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        **{name: version(name) for name in ("duckdb", "pyarrow", "numpy")},
    }


def _do_once(name: str, made: Orders) -> int | None:
    # The mark of this process alone: a child's own usage would begin at its parent's.
    job = {**OURS, **PEERS}[name](made)
    if job is None:
        return None
    job()
    found = _HIGH_WATER.search(Path("/proc/self/status").read_text(encoding="ascii"))
    return round(int(found[1]) / _KILOBYTES) if found else None


if __name__ == "__main__":
    megabytes = _do_once(sys.argv[1], Orders(Path(sys.argv[2]), int(sys.argv[3])))
    if megabytes is None:
        sys.exit(1)
    print(megabytes)
