"""Real workers on a real desk, of SQLite or PostgreSQL, and a look into its books from outside."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from keceng.loop import Workspace, open_workspace
from tests.desk_databases import DeskDatabase, SqliteDesk

ROOT = Path(__file__).parents[2]
PATIENCE = 600.0
ASK = """
import sys, datetime as dt
from pathlib import Path
from keceng.desk.opening import open_desk
open_desk(Path(sys.argv[1]))
from keceng.desk.groups.selection import Selection
from keceng.desk.jobs.actions import enqueue
from keceng.desk.jobs.exporting import ask_for_export
from keceng.desk.jobs.models import Upload
from keceng.desk.jobs.states import JobKind
from keceng.desk.people.actions import create_first_administrator, grant_role
from keceng.desk.people.duties import Role
from keceng.desk.people.models import User
from keceng.desk.signature import Signature
now = dt.datetime.now(dt.UTC)
user = User.objects.first() or create_first_administrator("root", "a long enough password", at=now)
grant_role(user, Role.SALES_DIRECTOR, signed=Signature(user, now))
for word in sys.argv[2:]:
    name, _, number = word.partition(":")
    kind, number = JobKind(name), int(number)
    if kind is JobKind.IMPORT:
        files = [{"name": "orders.csv"}]
        upload = Upload.objects.create(
            code=str(number), files=files, uploaded_by=user, uploaded_at=now, said={}
        )
        job = enqueue(kind, {"upload": upload.pk}, by=user, at=now)
    elif kind is JobKind.EXPORT:
        job = ask_for_export(
            Selection(), order="spend", file_format="xlsx", language="zh", signed=Signature(user, now)
        )
    elif kind is JobKind.CLASSIFY:
        day = dt.date(2026, 6, 1) + dt.timedelta(days=number)
        job = enqueue(kind, {"as_of": day.isoformat()}, by=user, at=now)
    else:
        job = enqueue(kind, {}, by=user, at=now)
    print(job.pk)
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A job as the books have it."""

    state: str
    attempts: int
    owner: str


@dataclass(frozen=True, slots=True)
class Office:
    """A workspace whose desk real workers serve."""

    directory: Path
    database: DeskDatabase
    pace: float = 1.0
    """About how many seconds a job takes here just now."""

    @property
    def workspace(self) -> Workspace:
        return open_workspace(self.directory)

    def ask(self, *wanted: str) -> list[int]:
        """Enqueue jobs, each as `kind:number`, in a process of their own; their ids."""
        command = [sys.executable, "-c", ASK, str(self.directory), *wanted]
        # As the server does, which has tables of its own.
        served = {**self.surroundings(), "DJANGO_SETTINGS_MODULE": "keceng.web.settings"}
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=served,
            check=False,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        return [int(word) for word in done.stdout.split()[-len(wanted) :]]

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """`keceng worker`, ended politely in the end where it lives still."""
        door = "from keceng.cli import main; main()"
        command = [sys.executable, "-c", door, "worker", "--workspace", str(self.directory)]
        with (self.directory / "test.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=self.surroundings(), stdout=log, stderr=log)
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            process.wait(60)

    def see(self, jobs: Sequence[int]) -> dict[int, Seen]:
        """The jobs as they stand."""
        numbers = ",".join(map(str, jobs))
        told = self.query(f"select id, state, attempts, owner from jobs_job where id in ({numbers})")
        return {number: Seen(state, attempts, owner) for number, state, attempts, owner in told}

    def until(self, holds: Callable[[dict[int, Seen]], bool], jobs: Sequence[int]) -> dict[int, Seen]:
        """The jobs as soon as something holds of them."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            if holds(seen := self.see(jobs)):
                return seen
            time.sleep(0.02)
        raise AssertionError((seen, (self.directory / "test.log").read_text(errors="replace")))

    def lapse(self) -> None:
        """As if leases of the dead and pauses had run out: a test does not sit through them."""
        past = (
            "2000-01-01 00:00:00+00" if not isinstance(self.database, SqliteDesk) else "2000-01-01 00:00:00"
        )
        self.execute(f"update jobs_job set lease_until = '{past}' where state = 'running'")
        self.execute(f"update jobs_job set not_before = '{past}' where state = 'queued'")
        # What goes wrong three times through nobody's fault is given up; here it goes wrong on purpose.
        self.execute("update jobs_job set failures = 0 where state in ('queued', 'running')")

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(self._connect()) as connection:
            return list(connection.execute(statement).fetchall())

    def execute(self, statement: str) -> None:
        with closing(self._connect()) as connection:
            connection.execute(statement)

    def _connect(self) -> Any:
        if isinstance(self.database, SqliteDesk):
            return sqlite3.connect(self.database.path, timeout=20, isolation_level=None)
        return psycopg.connect(self.database.url, autocommit=True)

    def surroundings(self) -> dict[str, str]:
        return {
            **os.environ,
            "KECENG_WORKSPACE": str(self.directory),
            "DATABASE_URL": self.database.url,
            "DJANGO_SETTINGS_MODULE": "keceng.desk.settings",
        }


def child_of(process: subprocess.Popen[bytes]) -> int | None:
    """The first process that `process` has started."""
    with suppress(FileNotFoundError):
        listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return int(listed[0]) if listed else None
    return None


def is_gone(pid: int, within: float = 30.0) -> bool:
    """Whether a process ends within some seconds."""
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.02)
    return False
