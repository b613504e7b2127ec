"""Files that come in over the web: kept, looked at, taken into the ledger when somebody says so."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from django.db import transaction

from keceng.desk.audit.actions import record
from keceng.desk.jobs.actions import enqueue
from keceng.desk.jobs.models import Job, Upload
from keceng.desk.jobs.states import JobKind, JobState
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError, Place, Problem, Text

MOST_FILES = 20
MOST_BYTES = 500_000_000
"""Of one file."""
FORMATS = (".csv", ".tsv", ".txt", ".xlsx", ".xls")
_JOBS = ("preview", "taking", "undo_look", "undoing", "uploaded_by")
_PARQUET = Text(
    "网页上传不收 Parquet(外来的 Parquet 可能损坏读取程序)；请另存为 CSV 或 .xlsx，或由管理员在命令行导入",
    "Parquet is not taken over the web (a foreign one can break what reads it); save it as CSV or .xlsx, or have an "
    "administrator import it from the shell",
)
_STRANGE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]")
_MOST_NAME = 120


class Arrived(Protocol):
    """A file as the web hands it over."""

    @property
    def name(self) -> str | None:
        """As the browser calls it; never to be trusted."""
        ...

    @property
    def size(self) -> int | None:
        """In bytes."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """Its bytes, part by part."""
        ...


def upload_folder(workspace: Path, upload: Upload) -> Path:
    """Where the files of an upload lie."""
    return workspace / "uploads" / upload.code


def upload_paths(workspace: Path, upload: Upload) -> list[Path]:
    """The files of an upload, in the order in which they came.

    Raises:
        KecengError: their time was over, and they were deleted.
    """
    folder = upload_folder(workspace, upload)
    if not folder.exists():
        raise KecengError.of(
            "files_gone",
            "上传的文件已到期删除",
            "the uploaded files were deleted when their time was over",
            remedy=Text("请重新上传", "upload them again"),
        )
    return [folder / f["name"] for f in upload.files]


def receive_files(workspace: Path, arrived: Sequence[Arrived], *, source: str, signed: Signature) -> Upload:
    """Keep files and ask for a look at them.

    Raises:
        KecengError: no file, too many or too large ones, a format that is not read, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.IMPORT_DATA)
    _check_files(arrived)
    upload = Upload(
        code=secrets.token_hex(8),
        source=source.strip()[:60] or "main",
        uploaded_by=signed.by,
        uploaded_at=signed.at,
    )
    folder = upload_folder(workspace, upload)
    folder.mkdir(parents=True)
    try:
        upload.files = _write_files(folder, arrived)
        with transaction.atomic():
            upload.save()
            _ask_for_look(upload, signed)
            names = {"files": [f["name"] for f in upload.files], "source": upload.source}
            record("import.uploaded", signed, about="upload", about_id=upload.pk, new=names)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return upload


def say(
    upload_id: int,
    *,
    overrides: Mapping[str, str],
    entities: Mapping[str, str],
    answers: Mapping[str, str],
    signed: Signature,
) -> Upload:
    """Say what columns, files and questions mean, and look again. What was said before and not now stays said.

    Raises:
        KecengError: it is under way or in the ledger already, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.IMPORT_DATA)
    with transaction.atomic():
        upload = _lock(upload_id)
        said = {"overrides": overrides, "entities": entities, "answers": answers}
        upload.said = {
            name: {**upload.said.get(name, {}), **{k: v for k, v in told.items() if k}}
            for name, told in said.items()
        }
        record("import.answered", signed, about="upload", about_id=upload.pk, new=upload.said)
        _ask_for_look(upload, signed)
    return upload


def take_in(upload_id: int, answers: Mapping[str, str], *, signed: Signature) -> Upload:
    """Ask that the files be taken into the ledger, as the last look showed it, with these answers kept for the source.

    Where an answer is another than the look took, it is looked at again instead: figures are never taken unseen.

    Raises:
        KecengError: nobody has looked at them, questions are open, it is under way already, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.IMPORT_DATA)
    with transaction.atomic():
        upload = _lock(upload_id)
        look = upload.preview
        if look is None or look.stands is not JobState.DONE or "rows" not in look.result:
            raise KecengError.of(
                "not_looked_at",
                "请先看过预览并回答问题",
                "look at the preview and answer its questions first",
            )
        known = dict(upload.said.get("answers", {}))
        upload.said = {**upload.said, "answers": {**known, **answers}}
        asked = [*look.result["questions"], *look.result.get("answered", ())]
        shown = {q["id"]: q["default"] for q in asked} | known
        if any(shown.get(name) != answer for name, answer in answers.items()):
            _ask_for_look(upload, signed)
        else:
            upload.taking = enqueue(JobKind.IMPORT, {"upload": upload.pk}, by=signed.by, at=signed.at)
            upload.save(update_fields=["said", "taking"])
            record("import.asked", signed, about="upload", about_id=upload.pk, new=upload.said)
    return upload


def find_upload(upload_id: int) -> Upload | None:
    """One upload with its jobs; None when there is none."""
    return Upload.objects.select_related(*_JOBS).filter(pk=upload_id).first()


def list_uploads(most: int = 30) -> Sequence[Upload]:
    """The newest uploads first."""
    return list(Upload.objects.select_related(*_JOBS).order_by("-id")[:most])


def _ask_for_look(upload: Upload, signed: Signature) -> None:
    if upload.preview is None or upload.preview.stands is not JobState.QUEUED:
        upload.preview = enqueue(JobKind.PREVIEW, {"upload": upload.pk}, by=signed.by, at=signed.at)
    upload.save(update_fields=["said", "preview"])


def _lock(upload_id: int) -> Upload:
    upload = Upload.objects.select_for_update(of=("self",)).filter(pk=upload_id).first()
    if upload is None:
        raise KecengError.of("unknown_upload", "没有这次导入", "there is no such import")
    taking: Job | None = upload.taking
    if taking is not None and (not taking.stands.is_over or taking.stands is JobState.DONE):
        raise KecengError.of("upload_taken", "这次导入已经开始或已完成", "this import is under way or done")
    return upload


def _check_files(arrived: Sequence[Arrived]) -> None:
    if not arrived:
        raise KecengError.of("no_files", "没有选择文件", "no file was chosen")
    if len(arrived) > MOST_FILES:
        raise KecengError.of(
            "too_many_files", f"一次最多 {MOST_FILES} 个文件", f"at most {MOST_FILES} files at a time"
        )
    problems = []
    for file in arrived:
        place = Place(file=_clean(file.name or ""))
        if Path(file.name or "").suffix.lower() not in FORMATS:
            known = " ".join(FORMATS)
            problems.append(
                Problem(
                    "unknown_format",
                    Text("不能读这种格式", "this format is not read"),
                    _PARQUET
                    if Path(file.name or "").suffix.lower() == ".parquet"
                    else Text(f"可以读: {known}", f"read are: {known}"),
                    place,
                )
            )
        elif (file.size or 0) > MOST_BYTES:
            size = f"{MOST_BYTES // 1_000_000} MB"
            problems.append(
                Problem(
                    "file_too_large",
                    Text(f"文件超过 {size}", f"the file is larger than {size}"),
                    Text("请分成几个文件", "split it into several files"),
                    place,
                )
            )
    if problems:
        raise KecengError(problems)


def _write_files(folder: Path, arrived: Sequence[Arrived]) -> list[dict[str, object]]:
    kept: list[dict[str, object]] = []
    for file in arrived:
        name = _free_name(folder, _clean(file.name or ""))
        size = 0
        with (folder / name).open("wb") as target:
            for chunk in file.chunks():
                size += target.write(chunk)
        kept.append({"name": name, "bytes": size})
    return kept


def _clean(name: str) -> str:
    """The last part of a name without what a file system or a screen would take for something else."""
    last = _STRANGE.sub("_", re.split(r"[/\\]", name)[-1]).lstrip(".") or "file"
    stem, dot, suffix = last.rpartition(".")
    return f"{stem[:_MOST_NAME]}{dot}{suffix}" if dot else last[:_MOST_NAME]


def _free_name(folder: Path, name: str) -> str:
    path, number = folder / name, 2
    while path.exists():
        path = folder / f"{Path(name).stem} ({number}){Path(name).suffix}"
        number += 1
    return path.name
