"""Kill −9 of the worker, and of the child that does the job, in the middle of imports, runs and exports."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from keceng.collect import BATCHES, ORDERS
from keceng.loop import create_workspace
from tests.kill.conftest import ORDERS_EACH, Opened
from tests.kill.working import PATIENCE, ROOT, Office, Seen, child_of, is_gone

pytestmark = pytest.mark.slow
TIMES = 10
ALL_KINDS = "import classify export"
Kill = Callable[[subprocess.Popen[bytes], random.Random], None]


def is_over(seen: dict[int, Seen]) -> bool:
    return all(job.state == "done" for job in seen.values())


def running(seen: dict[int, Seen]) -> dict[int, Seen]:
    return {number: job for number, job in seen.items() if job.state == "running"}


def kill_worker(process: subprocess.Popen[bytes], chance: random.Random) -> None:
    child = child_of(process)
    process.kill()
    process.wait()
    if child is not None:
        assert is_gone(child), "a child does not outlive its worker"


def kill_child(process: subprocess.Popen[bytes], chance: random.Random) -> None:
    child = child_of(process)
    if child is not None:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        is_gone(child)


def kill_either(process: subprocess.Popen[bytes], chance: random.Random) -> None:
    chance.choice((kill_worker, kill_child))(process, chance)


@dataclass
class Ordeal:
    """Jobs of some kinds, whose processes are killed at random moments."""

    office: Office
    kinds: list[str]
    kill: Kill
    chance: random.Random
    jobs: dict[int, str] = field(default_factory=dict)

    def ask(self, times: int) -> None:
        wanted = [f"{kind}:{n}" for n in range(len(self.of("import")) + 1, 100) for kind in self.kinds]
        if len(self.kinds) == 1:
            wanted = [f"{self.kinds[0]}:{len(self.jobs) + n}" for n in range(1, times + 1)]
        wanted = wanted[:times]
        made = self.office.ask(*wanted)
        self.jobs |= dict(zip(made, (word.partition(":")[0] for word in wanted), strict=True))

    def of(self, kind: str) -> list[int]:
        return [job for job, its in self.jobs.items() if its == kind]

    def suffer(self) -> None:
        """Go on until `TIMES` kills have found a job under way."""
        hits = 0
        while hits < TIMES:
            with self.office.worker() as process:
                while hits < TIMES and process.poll() is None:
                    hits += self.strike(process)

    def strike(self, process: subprocess.Popen[bytes]) -> bool:
        jobs = list(self.jobs)
        if is_over(self.office.until(lambda seen: is_over(seen) or bool(running(seen)), jobs)):
            self.ask(len(self.kinds))
            return False
        time.sleep(self.chance.uniform(0.0, self.office.pace))
        found = running(self.office.see(jobs))
        if not found:
            return False
        self.kill(process, self.chance)
        self.office.lapse()
        return True


@pytest.mark.parametrize(
    ("database", "kinds", "kill"),
    [
        ("sqlite", "import", kill_worker),
        ("sqlite", "classify", kill_worker),
        ("sqlite", "export", kill_worker),
        ("sqlite", ALL_KINDS, kill_child),
        ("postgresql", ALL_KINDS, kill_either),
    ],
)
def test_every_job_ends_once_however_often_its_processes_are_killed(
    database: str, kinds: str, kill: Kill, opened: Opened
) -> None:
    office = opened(database)
    before = office.workspace.lake.snapshot()
    ordeal = Ordeal(office, kinds.split(), kill, random.Random(f"{database}{kinds}"))
    ordeal.ask(6)
    ordeal.suffer()
    jobs = list(ordeal.jobs)
    with office.worker():
        office.lapse()
        seen = office.until(is_over, jobs)
    assert sum(job.attempts - 1 for job in seen.values()) >= 1, "some were done again"
    after = office.workspace.lake.snapshot()
    assert len(after.entry.runs) - len(before.entry.runs) == len(ordeal.of("classify"))
    imports = len(ordeal.of("import"))
    assert after.read(BATCHES).num_rows - before.read(BATCHES).num_rows == imports
    assert after.read(ORDERS).num_rows - before.read(ORDERS).num_rows == imports * ORDERS_EACH
    files = {path.name for path in (office.directory / "exports").glob("[!.]*")}
    assert files == {f"{job}.xlsx" for job in ordeal.of("export")}


def worker_of(serving: int) -> int | None:
    listed = Path(f"/proc/{serving}/task/{serving}/children")
    for thread in sorted(listed.parents[1].iterdir()):
        found = (thread / "children").read_text().split()
        if found:
            return int(found[0])
    return None


def wait_for_worker(serving: int, other_than: int | None = None) -> int:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        found = worker_of(serving)
        if found is not None and found != other_than:
            return found
        time.sleep(0.05)
    raise AssertionError("no worker")


def gone(pid: int) -> bool:
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_the_server_keeps_a_worker_and_takes_it_along(end: signal.Signals, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    create_workspace(workspace)
    command = [sys.executable, "-c", "from keceng.cli import main; main()", "serve", "--port", "8497"]
    with (tmp_path / "log").open("ab") as log:
        serving = subprocess.Popen(
            [*command, "--workspace", str(workspace)], cwd=ROOT, stdout=log, stderr=log
        )
    try:
        first = wait_for_worker(serving.pid)
        os.kill(first, signal.SIGKILL)
        second = wait_for_worker(serving.pid, other_than=first)
        time.sleep(3)
        serving.send_signal(end)
        assert serving.wait(30) == (0 if end is signal.SIGTERM else -signal.SIGKILL)
        assert gone(second)
    finally:
        serving.kill()
        serving.wait()
