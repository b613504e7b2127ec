"""An import taken back over the web: a look at what that changes, then the undo itself, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from keceng.collect import UndoReport, has_import, preview_undo, undo_import
from keceng.desk.audit.actions import record
from keceng.desk.jobs.actions import enqueue
from keceng.desk.jobs.import_changes import ChangeLines, read_change, tell_change
from keceng.desk.jobs.models import Upload
from keceng.desk.jobs.progress import Task
from keceng.desk.jobs.states import JobKind, JobState
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError

_STEPS = 4


@dataclass(frozen=True, slots=True)
class UndoLines:
    """What a page tells of an undo.

    Attributes:
        files: what goes.
        later_files: what came later and stays.
        change: what becomes of the ledger.
        customers_kept: customers whose orders all go, and who stay because people wrote about them.
    """

    files: tuple[str, ...]
    later_files: tuple[str, ...]
    change: ChangeLines
    customers_kept: int


def ask_for_undo_look(upload_id: int, *, signed: Signature) -> Upload:
    """Ask what taking an import back would change.

    Raises:
        KecengError: nothing of it stands in the ledger, it is under way, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.IMPORT_DATA)
    with transaction.atomic():
        upload = _lock(upload_id)
        if upload.undo_look is None or upload.undo_look.stands.is_over:
            upload.undo_look = enqueue(JobKind.UNDO_LOOK, {"upload": upload.pk}, by=signed.by, at=signed.at)
        upload.save(update_fields=["undo_look"])
        record("import.undo_looked", signed, about="upload", about_id=upload.pk)
    return upload


def ask_for_undo(upload_id: int, *, signed: Signature) -> Upload:
    """Ask that an import be taken back, as the last look showed it.

    Raises:
        KecengError: nobody has looked at it, nothing of it stands in the ledger, it is under way, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.IMPORT_DATA)
    with transaction.atomic():
        upload = _lock(upload_id)
        look = upload.undo_look
        if look is None or look.stands is not JobState.DONE:
            raise KecengError.of(
                "not_looked_at", "请先看撤销会改变什么", "look at what the undo would change first"
            )
        upload.undoing = enqueue(JobKind.UNDO, {"upload": upload.pk}, by=signed.by, at=signed.at)
        upload.save(update_fields=["undoing"])
        record("import.undo_asked", signed, about="upload", about_id=upload.pk, new=look.result["counted"])
    return upload


def drop_undo_look(upload_id: int, *, signed: Signature) -> Upload:
    """Leave an import as it is after a look at its undo.

    Raises:
        KecengError: it is being taken back already, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.IMPORT_DATA)
    with transaction.atomic():
        upload = _lock(upload_id)
        upload.undo_look = None
        upload.save(update_fields=["undo_look"])
        record("import.undo_dropped", signed, about="upload", about_id=upload.pk)
    return upload


def do_undo_look(task: Task) -> dict[str, object]:
    """Try the undo on a copy of the lake.

    Raises:
        KecengError: it cannot be taken back.
    """
    task.steps = _STEPS
    return _tell(preview_undo(task.workspace.lake, _import_id(task), watch=task.tell))


def do_undo(task: Task) -> dict[str, object]:
    """Take the import back; an attempt after one that arrived tells what had been foreseen.

    Raises:
        KecengError: it cannot be taken back.
    """
    task.steps = _STEPS
    lake, import_id = task.workspace.lake, _import_id(task)
    if task.is_again and not has_import(lake.snapshot(), import_id):
        look = Upload.objects.select_related("undo_look").get(pk=task.job.arguments["upload"]).undo_look
        return dict(look.result) if look else {}
    return _tell(undo_import(lake, import_id, author=task.job.asked_by.username, watch=task.tell))


def read_undo(told: Mapping[str, Any]) -> UndoLines:
    """What a look at an undo, or the undo, found."""
    return UndoLines(
        tuple(told["files"]), tuple(told["later_files"]), read_change(told["change"]), told["customers_kept"]
    )


def _import_id(task: Task) -> str:
    upload = Upload.objects.select_related("taking").get(pk=task.job.arguments["upload"])
    return str(upload.taking.result["import_id"]) if upload.taking else ""


def _tell(report: UndoReport) -> dict[str, object]:
    change = report.change
    return {
        "files": list(report.files),
        "later_files": list(report.later_files),
        "change": tell_change(change),
        "customers_kept": report.customers_kept,
        # Numbers alone, for the audit.
        "counted": {
            "customers_gone": change.customers_gone,
            "cents": change.after.total - change.before.total,
            "batches": list(report.batch_ids),
        },
    }


def _lock(upload_id: int) -> Upload:
    upload = Upload.objects.select_for_update(of=("self",)).filter(pk=upload_id).first()
    if upload is None:
        raise KecengError.of("unknown_upload", "没有这次导入", "there is no such import")
    if upload.is_undone:
        raise KecengError.of("taken_back_before", "这次导入已经撤销", "this import was taken back already")
    if not upload.may_be_undone:
        raise KecengError.of(
            "nothing_to_undo", "这次导入没有可以撤销的内容", "nothing of this import could be taken back"
        )
    return upload
