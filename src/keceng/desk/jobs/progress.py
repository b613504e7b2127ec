"""What the work says of itself while it goes on."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from keceng.desk.jobs.actions import beat, keep
from keceng.desk.jobs.models import Job
from keceng.loop import Workspace
from keceng.vocabulary import Text

Clock = Callable[[], dt.datetime]
_LEAST_PAUSE = 0.3
_MOST_SHARE = 990
_PERCENT = re.compile(r" \d+%$")


@dataclass(slots=True)
class Task:
    """A job in somebody's hands.

    Attributes:
        job: as it was taken.
        workspace: where it works.
        clock: the time, with a zone.
        steps: how many sentences are expected, from which the share is told; 0 where nobody knows.
    """

    job: Job
    workspace: Workspace
    clock: Clock
    steps: int = 0
    _told: int = field(default=0)
    _told_at: float = field(default=0.0)
    _step: str = field(default="")

    @property
    def token(self) -> int:
        """The attempt in which it was taken."""
        return self.job.attempts

    @property
    def is_again(self) -> bool:
        """Whether somebody had it before."""
        return self.job.attempts > 1

    def tell(self, doing: Text, share: int | None = None) -> None:
        """Say what is being done, at most three times a second; `share` in thousandths, else by the expected steps.

        A sentence that comes again with another percentage is still the same step.

        Raises:
            KecengError: the job is another's by now.
        """
        step = _PERCENT.sub("", doing.en)
        self._told += step != self._step or step == doing.en
        self._step = step
        now = time.monotonic()
        if now - self._told_at < _LEAST_PAUSE and share is None:
            return
        self._told_at = now
        if share is None and self.steps:
            share = min(_MOST_SHARE, 1000 * self._told // (self.steps + 1))
        beat(self.job.pk, self.token, at=self.clock(), share=share, doing=doing)

    def remember(self, checkpoint: Mapping[str, object]) -> None:
        """Write down what a later attempt must know.

        Raises:
            KecengError: the job is another's by now.
        """
        self.job.checkpoint = dict(checkpoint)
        keep(self.job.pk, self.token, checkpoint)
