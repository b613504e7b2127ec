"""Files hold people's data, so they are not kept for ever: what was uploaded, and what was exported.

The ledger keeps what it took from a file; the file itself is needed only until it is in, and for a while to look back.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

from django.db import transaction

from keceng.desk.audit.actions import record_of_house
from keceng.desk.jobs.exporting import export_path
from keceng.desk.jobs.models import Job, Upload
from keceng.desk.jobs.states import JobKind
from keceng.desk.jobs.uploads import upload_folder

UPLOADS_KEPT = dt.timedelta(days=30)
"""After they were taken in, or given up."""
EXPORTS_KEPT = dt.timedelta(days=7)
"""After they were written."""
_HALF_DONE_KEPT = dt.timedelta(days=1)
"""What a process that died left behind, and no row of the books knows."""


def forget_old_files(workspace: Path, *, at: dt.datetime) -> int:
    """Delete what is kept no longer, each with its row in the audit; how many uploads and exports went."""
    _forget_half_done(workspace, at)
    return _forget_uploads(workspace, at) + _forget_exports(workspace, at)


def _forget_uploads(workspace: Path, at: dt.datetime) -> int:
    codes = [folder.name for folder in (workspace / "uploads").glob("*")]
    old = Upload.objects.filter(code__in=codes, uploaded_at__lte=at - UPLOADS_KEPT)
    gone = 0
    for upload in old.select_related("preview", "taking"):
        jobs = [job for job in (upload.preview, upload.taking) if job is not None]
        over_at = max([upload.uploaded_at, *(job.finished_at for job in jobs if job.finished_at)])
        if all(job.stands.is_over for job in jobs) and over_at <= at - UPLOADS_KEPT:
            with transaction.atomic():
                told = {"files": len(upload.files), "days": UPLOADS_KEPT.days}
                record_of_house("import.forgotten", at=at, about="upload", about_id=upload.pk, new=told)
                shutil.rmtree(upload_folder(workspace, upload))
            gone += 1
    return gone


def _forget_exports(workspace: Path, at: dt.datetime) -> int:
    written = [int(path.stem) for path in (workspace / "exports").glob("[0-9]*") if path.stem.isdecimal()]
    old = Job.objects.filter(pk__in=written, kind=JobKind.EXPORT.value, finished_at__lte=at - EXPORTS_KEPT)
    gone = 0
    for job in old:
        with transaction.atomic():
            told = {"customers": job.result.get("customers"), "days": EXPORTS_KEPT.days}
            record_of_house("export.forgotten", at=at, about="job", about_id=job.pk, new=told)
            export_path(workspace, job).unlink(missing_ok=True)
        gone += 1
    return gone


def _forget_half_done(workspace: Path, at: dt.datetime) -> None:
    for part in (workspace / "exports").glob(".*.part"):
        if _is_stale(part, at):
            part.unlink(missing_ok=True)
    for folder in (workspace / "uploads").glob("*"):
        if _is_stale(folder, at) and not Upload.objects.filter(code=folder.name).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _is_stale(path: Path, at: dt.datetime) -> bool:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC) <= at - _HALF_DONE_KEPT
