"""One job in a process of its own: `python -m keceng.desk.jobs.child WORKSPACE JOB TOKEN`, started by a worker.

It cannot take the machine down with it: its memory is limited, and it dies with the worker that started it.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import threading
from pathlib import Path

from keceng.desk.jobs.leash import end_with_parent

_MEMORY_SHARE = 0.8
_BEAT_SECONDS = 4.0


def main() -> None:
    """Carry out the job named on the command line; the exit status is 0 once the books say how it ended."""
    directory, job_id, token = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    end_with_parent(lambda: os.kill(os.getpid(), signal.SIGKILL))
    limit_resources()
    from keceng.desk.opening import open_desk  # noqa: PLC0415  Django loads with it

    workspace = open_desk(directory, migrates=False)
    from keceng.desk.jobs.models import Job  # noqa: PLC0415
    from keceng.desk.jobs.working import carry_out_job  # noqa: PLC0415

    job = Job.objects.select_related("asked_by").get(pk=job_id)
    if job.attempts != token:
        return
    stop = threading.Event()
    threading.Thread(target=_keep_beating, args=(job_id, token, stop), daemon=True).start()
    carry_out_job(job, workspace, clock=_now)
    stop.set()


def limit_resources() -> None:
    """Let this process have four fifths of the machine's memory and leave no core file, where the system can say so."""
    try:
        import resource  # noqa: PLC0415  not on every system
    except ImportError:
        return
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    resource.setrlimit(resource.RLIMIT_DATA, (int(memory * _MEMORY_SHARE),) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _keep_beating(job_id: int, token: int, stop: threading.Event) -> None:
    from django.db import OperationalError, connection  # noqa: PLC0415

    from keceng.desk.jobs.actions import beat  # noqa: PLC0415
    from keceng.vocabulary import KecengError  # noqa: PLC0415

    while not stop.wait(_BEAT_SECONDS):
        try:
            beat(job_id, token, at=_now())
        except OperationalError:
            # The next beat comes before the lease runs out.
            continue
        except KecengError:
            # Another has the job: what is done here would be done twice.
            if not stop.is_set():
                os.kill(os.getpid(), signal.SIGKILL)
            return
        finally:
            connection.close()


def _now() -> dt.datetime:
    return dt.datetime.now().astimezone()


if __name__ == "__main__":
    main()
