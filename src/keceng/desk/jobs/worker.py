"""The worker: takes jobs, does each in a child process, at most one a lane, and sees to it that none is forgotten."""

from __future__ import annotations

import datetime as dt
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import DatabaseError, close_old_connections

from keceng.desk.audit.actions import seal_rows
from keceng.desk.jobs import presence
from keceng.desk.jobs.actions import DIED, beat, end_cancelled, fail, hand_back, put_off, take
from keceng.desk.jobs.following import enqueue_directory
from keceng.desk.jobs.models import Job
from keceng.desk.jobs.retention import forget_old_files
from keceng.desk.jobs.schedules import enqueue_due
from keceng.desk.jobs.states import JobKind, JobState, Lane
from keceng.desk.opening import repair_desk, served_workspace
from keceng.desk.runs.actions import CANCELLED, RUN_DIED, settle_interrupted
from keceng.vocabulary import KecengError, Problem, Text

Clock = Callable[[], dt.datetime]
_PAUSE = 0.3
_LOOK_SECONDS = 2.0
_DUE_SECONDS = 20.0
_SHOW_SECONDS = 5.0
_FORGET_SECONDS = 3600.0
_WRITES = tuple(kind.value for kind in JobKind if kind.lane is Lane.WRITING)
_TOO_LONG = Problem(
    "job_too_long",
    Text("超过时限，已停止", "it took longer than it may and was ended"),
    Text("请分成小一些的文件，或在空闲时重试", "use smaller files, or try again when the machine is idle"),
)


def worker_name() -> str:
    """By which the books know this process."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


@dataclass(slots=True)
class _Child:
    job: Job
    process: subprocess.Popen[bytes]
    ends_at: float
    looked_at: float = field(default_factory=time.monotonic)

    def end(self) -> None:
        # Only the whole of an import or a run is ever visible, so nothing is lost but time.
        self.process.kill()
        self.process.wait()


@dataclass(slots=True)
class Worker:
    """One process that works.

    Attributes:
        directory: of the workspace, whose desk is open.
        clock: the time, with the machine's zone.
        name: by which the books know it.
    """

    directory: Path
    clock: Clock
    name: str = field(default_factory=worker_name)
    _children: dict[Lane, _Child] = field(default_factory=dict)
    _is_stopping: bool = False
    _next: dict[str, float] = field(default_factory=dict)

    @property
    def is_idle(self) -> bool:
        """Whether it has nothing in hand."""
        return not self._children

    def stop(self) -> None:
        """End `run` after the step it is in."""
        self._is_stopping = True

    def run(self) -> None:
        """Work until `stop` is called; then what is under way goes back and waits for another worker."""
        try:
            while not self._is_stopping:
                self.step()
                time.sleep(_PAUSE)
        finally:
            self._hand_everything_back()
            presence.leave(self.directory, self.name)

    def step(self) -> None:
        """Look after the house, then after what is under way, then take what waits."""
        close_old_connections()
        try:
            self._keep_house()
            for lane, child in list(self._children.items()):
                if self._look_after(child):
                    del self._children[lane]
            free = [lane for lane in Lane if lane not in self._children]
            if free and (job := take(self.name, at=self.clock(), lanes=free)) is not None:
                self._children[JobKind(job.kind).lane] = self._start(job)
        except DatabaseError:
            # The books are held by somebody for long; the next step comes soon.
            return

    def _keep_house(self) -> None:
        try:
            if self._is_time("show", _SHOW_SECONDS):
                presence.show(self.directory, self.name)
            if self._is_time("due", _DUE_SECONDS):
                enqueue_due(at=self.clock())
                self._repair()
            if self._is_time("forget", _FORGET_SECONDS):
                forget_old_files(self.directory, at=self.clock())
                presence.forget_silent(self.directory, at=self.clock())
        except KecengError as error:
            self._note(*sorted({problem.code for problem in error.problems}))
        except OSError as error:
            # A full disk, or a folder of another account: jobs go on as far as they can.
            self._note(type(error).__name__)

    def _is_time(self, what: str, seconds: float) -> bool:
        now = time.monotonic()
        if now < self._next.get(what, 0.0):
            return False
        self._next[what] = now + seconds
        return True

    def _repair(self) -> None:
        if Job.objects.filter(state=JobState.RUNNING.value, kind__in=_WRITES).exists():
            # It holds the lake, perhaps for hours; nobody waits at its door meanwhile.
            seal_rows(self.directory, at=self.clock())
            return
        workspace = served_workspace(self.directory)
        repair_desk(workspace, at=self.clock())
        enqueue_directory(workspace.lake, at=self.clock())

    def _note(self, *words: str) -> None:
        # Codes alone: a log is read by people who may not see customers.
        print(f"{self.clock():%Y-%m-%d %H:%M:%S}", *words, file=sys.stderr, flush=True)

    def _start(self, job: Job) -> _Child:
        command = [
            sys.executable,
            "-m",
            "keceng.desk.jobs.child",
            str(self.directory),
            str(job.pk),
            str(job.attempts),
        ]
        log = self.directory / "worker.log"
        with log.open("ab") as said:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=said, stderr=said)
        return _Child(job, process, time.monotonic() + JobKind(job.kind).most_seconds)

    def _look_after(self, child: _Child) -> bool:
        """Whether it has ended."""
        job, token = child.job, child.job.attempts
        status = child.process.poll()
        try:
            if status is not None:
                if _is_open(job):
                    # Whoever settles has to hold the job, and does so for a while from here.
                    beat(job.pk, token, at=self.clock())
                    self._settle(job)
                    put_off(job.pk, token, [DIED], at=self.clock())
                return True
            if time.monotonic() >= child.ends_at:
                child.end()
                self._settle(job)
                fail(job.pk, token, [_TOO_LONG], at=self.clock())
                return True
            return self._beat(child)
        except KecengError:
            # The lease ran out and another has the job.
            child.end()
            return True

    def _beat(self, child: _Child) -> bool:
        if time.monotonic() - child.looked_at < _LOOK_SECONDS:
            return False
        child.looked_at = time.monotonic()
        if not _is_open(child.job):
            return False
        if beat(child.job.pk, child.job.attempts, at=self.clock()):
            child.end()
            if _is_open(child.job):
                self._settle(child.job, CANCELLED)
                end_cancelled(child.job.pk, child.job.attempts, at=self.clock())
            return True
        return False

    def _settle(self, job: Job, because: Problem = RUN_DIED) -> None:
        # The process is gone: a run that it left in the books is done if the lake has it, else it failed.
        if job.kind == JobKind.CLASSIFY.value:
            lake = served_workspace(self.directory).lake
            settle_interrupted(lake, at=self.clock(), because=because)

    def _hand_everything_back(self) -> None:
        for child in self._children.values():
            child.end()
            if _is_open(child.job):
                self._settle(child.job)
                hand_back(child.job.pk, child.job.attempts, at=self.clock())
        self._children.clear()


def _is_open(job: Job) -> bool:
    return Job.objects.filter(pk=job.pk, attempts=job.attempts, state=JobState.RUNNING.value).exists()
