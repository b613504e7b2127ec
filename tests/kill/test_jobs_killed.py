"""Kill −9 of the worker, and of the child that does the job, in the middle of an import, a run and an export."""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from keceng.collect import BATCHES, ORDERS, CollectOptions
from keceng.loop import create_workspace, open_workspace
from tests.kill.test_kill import orders

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
TIMES = 3
PATIENCE = 120.0
ASK = """
import sys, datetime as dt
from pathlib import Path
from keceng.desk.opening import open_desk
open_desk(Path(sys.argv[1]))
from keceng.desk.directory.queries import Wanted
from keceng.desk.jobs.actions import enqueue
from keceng.desk.jobs.states import JobKind
from keceng.desk.people.actions import create_first_administrator, grant_role
from keceng.desk.people.duties import Role
from keceng.desk.people.models import User
from keceng.desk.jobs.models import Upload
from keceng.desk.signature import Signature
now = dt.datetime.now(dt.UTC)
user = User.objects.first() or create_first_administrator("root", "a long enough password", at=now)
grant_role(user, Role.SALES_DIRECTOR, signed=Signature(user, now))
kind = JobKind(sys.argv[2])
if kind is JobKind.IMPORT:
    upload = Upload.objects.create(
        code="0", files=[{"name": "orders.csv"}], uploaded_by=user, uploaded_at=now, said={}
    )
    arguments = {"upload": upload.pk}
elif kind is JobKind.EXPORT:
    from keceng.desk.jobs.exporting import ask_for_export
    job = ask_for_export(Wanted(), order="spend", file_format="xlsx", language="zh", signed=Signature(user, now))
    arguments = None
else:
    arguments = {"as_of": "2026-06-30"}
job = job if arguments is None else enqueue(kind, arguments, by=user, at=now)
print(job.pk)
"""


def environment(workspace: Path) -> dict[str, str]:
    return {
        **os.environ,
        "KECENG_WORKSPACE": str(workspace),
        "DJANGO_SETTINGS_MODULE": "keceng.desk.settings",
    }


def asked(workspace: Path, kind: str) -> int:
    command = [sys.executable, "-c", ASK, str(workspace), kind]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(workspace), check=True, capture_output=True, text=True, timeout=120
    )
    return int(done.stdout.split()[-1])


@contextmanager
def worker(workspace: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        sys.executable,
        "-c",
        "from keceng.cli import main; main()",
        "worker",
        "--workspace",
        str(workspace),
    ]
    with (workspace / "test.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(workspace), stdout=log, stderr=log)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        process.wait(30)


def row(workspace: Path, job: int) -> dict[str, object]:
    connection = sqlite3.connect(workspace / "desk.sqlite3", timeout=20)
    connection.row_factory = sqlite3.Row
    try:
        return dict(connection.execute("select * from jobs_job where id = ?", [job]).fetchone())
    finally:
        connection.close()


def until(condition: object, workspace: Path, job: int) -> dict[str, object]:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        found = row(workspace, job)
        if condition(found):  # type: ignore[operator]
            return found
        time.sleep(0.02)
    raise AssertionError(row(workspace, job))


def child_of(process: subprocess.Popen[bytes]) -> int | None:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(listed[0]) if listed else None


def lapse(workspace: Path) -> None:
    """As if the lease of the dead worker had run out: a test does not sit through it."""
    connection = sqlite3.connect(workspace / "desk.sqlite3", timeout=20)
    past = (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)).strftime("%Y-%m-%d %H:%M:%S")
    with connection:
        connection.execute("update jobs_job set lease_until = ? where state = 'running'", [past])
        connection.execute("update jobs_job set not_before = ? where state = 'queued'", [past])
    connection.close()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with orders and a run, and a file that is not in it yet."""
    directory = tmp_path_factory.mktemp("prepared") / "workspace"
    create_workspace(directory)
    made = open_workspace(directory)
    made.collect([orders(directory / "first.csv", 1, range(1, 7))], CollectOptions(assume_defaults=True))
    (directory / "uploads" / "0").mkdir(parents=True)
    orders(directory / "uploads" / "0" / "orders.csv", 2, range(1, 7))
    job = asked(directory, "classify")
    with worker(directory):
        until(lambda found: found["state"] == "done", directory, job)
    return directory


@pytest.mark.parametrize("whom", ["worker", "child"])
@pytest.mark.parametrize("kind", ["import", "classify", "export"])
@pytest.mark.parametrize("turn", range(TIMES))
def test_a_job_ends_once_whoever_is_killed(
    kind: str, whom: str, turn: int, prepared: Path, tmp_path: Path
) -> None:
    workspace = tmp_path / "workspace"
    shutil.copytree(prepared, workspace)
    before = open_workspace(workspace).lake.snapshot()
    job = asked(workspace, kind)
    with worker(workspace) as process:
        until(lambda found: found["state"] == "running", workspace, job)
        time.sleep(random.Random(f"{kind}{whom}{turn}").uniform(0.2, 4.0))
        child = child_of(process)
        victim = process.pid if whom == "worker" else child
        if victim is not None:
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        if whom == "worker" and child is not None:
            ends = time.monotonic() + 10
            while Path(f"/proc/{child}").exists() and time.monotonic() < ends:
                time.sleep(0.02)
            assert not Path(f"/proc/{child}").exists(), "a child does not outlive its worker"
        lapse(workspace)
        if whom == "child":
            until(lambda found: found["state"] != "running" or found["attempts"] != 1, workspace, job)
            lapse(workspace)
            until(lambda found: found["state"] == "done", workspace, job)
    with worker(workspace):
        done = until(lambda found: found["state"] == "done", workspace, job)
    assert int(str(done["attempts"])) <= 3
    after = open_workspace(workspace).lake.snapshot()
    assert len(after.entry.runs) - len(before.entry.runs) == (1 if kind == "classify" else 0)
    assert after.read(BATCHES).num_rows - before.read(BATCHES).num_rows == (1 if kind == "import" else 0)
    assert after.read(ORDERS).num_rows - before.read(ORDERS).num_rows == (400 if kind == "import" else 0)
    files = sorted(p.name for p in (workspace / "exports").glob("[!.]*")) if kind == "export" else []
    assert files == ([f"{job}.xlsx"] if kind == "export" else [])


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
