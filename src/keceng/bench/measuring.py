"""CPU seconds and peak memory as the operating system counts them."""

from __future__ import annotations

import gc
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from keceng.bench.book import Orders
from keceng.bench.contenders import OURS, PEERS, Work, full_run
from keceng.bench.peers import Helped

_KILOBYTES = 1024
_MEGABYTE = 1_000_000
NOT_HAD = 3
"""How a process ends that has not what it would measure."""
_HIGH_WATER = re.compile(r"VmHWM:\s*(\d+) kB")
Told = Callable[[str, float], None]


def alternate(work: Mapping[str, Work | None], rounds: int, told: Told) -> dict[str, float | None]:
    """CPU seconds of each, all threads of this process and its helper: the median of `rounds`, in turn, after one round unmeasured.

    Args:
        work: by name; what cannot be had is None and stays None.
        rounds: at least one.
        told: name and seconds of every measurement.
    """
    seconds: dict[str, list[float]] = {name: [] for name, job in work.items() if job is not None}
    for round_ in range(rounds + 1):
        if round_ == 1:  # what all of them loaded is not to be looked through for garbage at the cost of one
            gc.collect()
            gc.freeze()
        for name, measured in seconds.items():
            spent = _spent(work[name])
            if round_:
                measured.append(spent)
                told(name, spent)
    return {name: round(statistics.median(seconds[name]), 4) if name in seconds else None for name in work}


def _spent(job: Work | None) -> float:
    assert job is not None  # noqa: S101  the caller left those out
    helper = _helper_of(job)
    started = time.process_time() + cpu_seconds_of(helper)
    job()
    return time.process_time() + cpu_seconds_of(helper) - started


def _helper_of(job: Work) -> int | None:
    return job.helper if isinstance(job, Helped) else None


def cpu_seconds_of(process: int | None) -> float:
    """What the operating system has given a process so far, in hundredths of a second; nothing where there is none."""
    if process is None:
        return 0.0
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_of(process: int | str) -> int:
    # The mark of a process alone: a child's own usage would begin at its parent's.
    found = _HIGH_WATER.search(Path(f"/proc/{process}/status").read_text(encoding="ascii"))
    return int(found[1]) * _KILOBYTES if found else 0


@dataclass(frozen=True, slots=True)
class Alone:
    """What one contender took in a process of its own.

    Attributes:
        cpu: seconds of its work, from ready to done.
        peak: megabytes of the process at most, and those of its helper.
        spilled: megabytes on disk at most.
    """

    cpu: float
    peak: int
    spilled: int = 0


def measure_alone(name: str, made: Orders, memory_limit: str = "") -> Alone | None:
    """What the work of `name` takes once in a process of its own, a full run within `memory_limit`; None where it cannot be had."""
    command = [sys.executable, "-m", "keceng.bench.measuring", name, str(made.directory), str(made.orders)]
    done = subprocess.run([*command, memory_limit], capture_output=True, text=True, check=False)
    if done.returncode == NOT_HAD:
        return None
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    return Alone(**json.loads(done.stdout.splitlines()[-1]))


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


def _limited(made: Orders, memory_limit: str) -> Work:
    from keceng.lake import Limits  # noqa: PLC0415  peers must not hold it
    from keceng.settings import read_size  # noqa: PLC0415

    return full_run(made, Limits(memory=read_size(memory_limit)))


def _do_once(name: str, made: Orders, memory_limit: str) -> Alone | None:
    job = _limited(made, memory_limit) if memory_limit else {**OURS, **PEERS}[name](made)
    if job is None:
        return None
    helper = _helper_of(job)
    started = time.process_time() + cpu_seconds_of(helper)
    result = job()
    spent = time.process_time() + cpu_seconds_of(helper) - started
    spilled = getattr(result, "spilled_bytes", 0)
    peak = _peak_of("self") + (_peak_of(helper) if helper is not None else 0)
    return Alone(round(spent, 4), round(peak / _MEGABYTE), round(spilled / _MEGABYTE))


if __name__ == "__main__":
    alone = _do_once(sys.argv[1], Orders(Path(sys.argv[2]), int(sys.argv[3])), sys.argv[4])
    if alone is None:
        sys.exit(NOT_HAD)
    print(json.dumps(asdict(alone)))
