"""The rows that an import refused, as a workbook to be corrected and given back."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.db import transaction

from keceng.collect import write_rejects
from keceng.desk.audit.actions import record
from keceng.desk.jobs.models import Upload
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import require_duty
from keceng.desk.signature import Signature
from keceng.lake import Lake
from keceng.vocabulary import KecengError, Language


def take_error_workbook(
    lake: Lake, upload: Upload, *, language: Language | None = None, signed: Signature
) -> bytes:
    """The rows of an import that still wait for correction, with their reasons in `language` or in both, as an .xlsx.

    Raises:
        KecengError: it is not in the ledger yet, has no such row, or `signed.by` may not.
    """
    require_duty(signed.by, Duty.IMPORT_DATA)
    batches = upload.taking.result.get("batch_ids", []) if upload.taking else []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rejected.xlsx"
        if batches and (rows := write_rejects(lake.snapshot(), batches, path, language)):
            with transaction.atomic():
                record("rejects.taken", signed, about="upload", about_id=upload.pk, new={"rows": rows})
            return path.read_bytes()
    raise KecengError.of("no_rejected_rows", "没有待更正的退回行", "no rejected row waits for correction")
