"""Several workers at one desk: every job is done once, a lane holds one, and the audit stays one chain."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from keceng.loop import create_workspace
from tests.kill.conftest import Opened, new_database
from tests.kill.working import ROOT, Office

pytestmark = pytest.mark.slow
CLERKS, WORKERS, SMALL_JOBS, RUNS = 4, 3, 16, 2
CLERK = """
import sys, datetime as dt
from pathlib import Path
from keceng.desk.opening import open_desk
directory = Path(sys.argv[1])
open_desk(directory, migrates=False)
from django.db import DatabaseError, transaction
from keceng.desk.audit.actions import record, seal_rows
from keceng.desk.jobs.actions import finish, take
from keceng.desk.jobs.models import Job
from keceng.desk.jobs.states import JobKind
from keceng.desk.people.models import User
from keceng.desk.signature import Signature
now, idle = dt.datetime.now(dt.UTC), 0
signed = Signature(User.objects.get(), now)
while idle < 20:
    job = take(sys.argv[2], at=now)
    if job is None:
        idle += 1
        continue
    lane = [kind.value for kind in JobKind if kind.lane is JobKind(job.kind).lane]
    beside = Job.objects.filter(state="running", kind__in=lane).count()
    print(job.pk, job.attempts, beside, flush=True)
    with transaction.atomic():
        record("job.taken", signed, about="job", about_id=job.pk)
    seal_rows(directory, at=now)
    finish(job.pk, job.attempts, {}, at=now)
"""
CHECK = """
import sys
from pathlib import Path
from keceng.desk.opening import open_desk
open_desk(Path(sys.argv[1]), migrates=False)
from keceng.desk.audit.queries import check_chain, count_sealed
print(count_sealed(), len(check_chain(Path(sys.argv[1]))))
"""
both = pytest.mark.parametrize("database", ["sqlite", "postgresql"])


def started(office: Office, program: str, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, str(office.directory), *words]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=office.surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> list[list[int]]:
    said, faults = process.communicate(timeout=600)
    assert process.returncode == 0, faults
    return [[int(word) for word in line.split()] for line in said.splitlines()]


@both
def test_whoever_grabs_at_the_same_time_each_job_is_one_s_and_the_chain_is_whole(
    database: str, tmp_path: Path
) -> None:
    directory = tmp_path / "workspace"
    create_workspace(directory)
    office = Office(directory, new_database(database, directory))
    jobs = office.ask(*("directory:0", "review:0", "preview:0", "trial:0") * 15)
    clerks = [started(office, CLERK, f"clerk {number}") for number in range(CLERKS)]
    taken = [line for clerk in clerks for line in ended(clerk)]
    assert Counter(job for job, _, _ in taken) == Counter(jobs)
    assert {(attempts, beside) for _, attempts, beside in taken} == {(1, 1)}, "a lane holds one job at a time"
    [[sealed, faults]] = ended(started(office, CHECK))
    assert (sealed >= len(jobs), faults) == (True, 0)


@both
def test_three_workers_do_each_job_once(database: str, opened: Opened) -> None:
    office = opened(database)
    before = office.workspace.lake.snapshot()
    wanted = ["directory:0", "export:0"] * (SMALL_JOBS // 2) + [
        f"classify:{day}" for day in range(1, RUNS + 1)
    ]
    jobs = office.ask(*wanted)
    with office.worker(), office.worker(), office.worker():
        seen = office.until(lambda seen: all(job.state == "done" for job in seen.values()), jobs)
    assert {job.attempts for job in seen.values()} == {1}
    assert len({job.owner for job in seen.values()}) >= 2, "more than one of them worked"
    after = office.workspace.lake.snapshot()
    assert len(after.entry.runs) - len(before.entry.runs) == RUNS
    assert len(list((office.directory / "exports").glob("[!.]*"))) == SMALL_JOBS // 2
