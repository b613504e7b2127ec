"""The steps by which the ledger was made: every table as it was taken in, kept so that the ledger can be made again.

The rows of a step lie as text in a Parquet file of their own beside the tables; `import_steps` says how they were read.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from keceng.collect.batches import SourceBatch, mapping_from_json, mapping_to_json
from keceng.collect.sales import SalesOptions
from keceng.collect.source import BrokenRow, SourceTable
from keceng.collect.staged import LOOKED_AT, StagedRows, count_rows, open_rows, read_rows, write_rows
from keceng.collect.tables import IMPORT_STEPS
from keceng.collect.taking import ImportTerms
from keceng.lake import Snapshot, UnitOfWork
from keceng.vocabulary import Text

_FOLDER = "kept"


@dataclass(frozen=True, slots=True)
class KeptStep:
    """One step as it stands in `import_steps`; its rows are read when they are needed.

    Attributes:
        number: steps follow each other by it.
        step_id: names the file of its rows.
        import_id: of the import that it was part of.
        batch_id: the batch that its rows are, or that they join as corrections.
        file: as the user sees it.
        imported_at: in UTC.
        settings: how its rows were read.
    """

    number: int
    step_id: str
    import_id: str
    batch_id: str
    file: str
    imported_at: dt.datetime
    settings: Mapping[str, Any]

    @property
    def is_correction(self) -> bool:
        """Whether its rows are corrected rejects of an earlier step."""
        return self.settings["correction_of"] is not None

    @property
    def terms(self) -> ImportTerms:
        """What held for its import."""
        told = self.settings
        sales = SalesOptions(
            dt.date.fromisoformat(told["import_day"]),
            told["appends"],
            told["overlap"],
            told["rejects_lost_phones"],
        )
        return ImportTerms(self.import_id, self.imported_at, sales)

    @property
    def record(self) -> dict[str, object]:
        """Its row of `import_steps`."""
        return {
            "step_no": self.number,
            "step_id": self.step_id,
            "import_id": self.import_id,
            "batch_id": self.batch_id,
            "file": self.file,
            "imported_at": self.imported_at,
            "settings": json.dumps(dict(self.settings), ensure_ascii=False),
        }


def list_steps(snapshot: Snapshot) -> list[KeptStep]:
    """The steps that made the ledger at `snapshot`, in their order."""
    rows = snapshot.read(IMPORT_STEPS).sort_by("step_no").to_pylist()
    return [
        KeptStep(
            row["step_no"],
            row["step_id"],
            row["import_id"],
            row["batch_id"],
            row["file"],
            row["imported_at"],
            json.loads(row["settings"]),
        )
        for row in rows
    ]


def has_import(snapshot: Snapshot, import_id: str) -> bool:
    """Whether something of the import `import_id` stands in the ledger."""
    return import_id in snapshot.read(IMPORT_STEPS)["import_id"].to_pylist()


def keep_steps(work: UnitOfWork, batches: Iterable[SourceBatch], terms: ImportTerms) -> None:
    """Write down what was taken in, after everything that was taken in before."""
    first = max((s.number for s in list_steps(work.current())), default=0) + 1
    steps = []
    for number, batch in enumerate(batches, start=first):
        step_id = secrets.token_hex(8)
        _keep_rows(_file(work.root, step_id), batch.table)
        table = batch.table
        name = table.file if table.sheet is None else f"{table.file} / {table.sheet}"
        settings = _settings(batch, terms)
        steps.append(
            KeptStep(
                number, step_id, terms.import_id, batch.batch_id, name, terms.imported_at, settings
            ).record
        )
    work.append(IMPORT_STEPS, pa.Table.from_pylist(steps, schema=IMPORT_STEPS.arrow_schema))


def read_step(root: Path, step: KeptStep) -> SourceBatch:
    """The batch as it was taken in.

    Raises:
        FileNotFoundError: the file of its rows is gone.
    """
    told = step.settings
    data, broken, staged = _read_rows(_file(root, step.step_id))
    table = SourceTable(
        told["file"],
        told["sheet"],
        tuple(told["headers"]),
        data,
        told["digest"],
        broken_rows=broken,
        date_epoch=told["date_epoch"],
        staged=staged,
    )
    return SourceBatch(
        table,
        mapping_from_json(told["mapping"]),
        told["source"],
        flags_parties=told["flags_parties"],
        merges_groups=told["merges_groups"],
        batch_id=step.batch_id,
        correction_of=told["correction_of"],
        assumed=tuple(Text(zh, en) for zh, en in told["assumed"]),
        remembered=told["remembered"],
        said=told["said"],
        answers_row=told["answers_row"],
    )


def write_steps(work: UnitOfWork, steps: Sequence[KeptStep]) -> None:
    """Make `steps` those that the ledger was made by."""
    rows = pa.Table.from_pylist([s.record for s in steps], schema=IMPORT_STEPS.arrow_schema)
    work.replace(IMPORT_STEPS, rows)


def sweep_kept_rows(work: UnitOfWork) -> None:
    """Delete the rows of steps that the base of `work` does not know: of imports that were taken back, or never ended."""
    known = {_file(work.root, s.step_id) for s in list_steps(work.current())}
    for path in (work.root / _FOLDER).glob("*.parquet"):
        if path not in known:
            path.unlink()


def _file(root: Path, step_id: str) -> Path:
    return root / _FOLDER / f"{step_id}.parquet"


def _settings(batch: SourceBatch, terms: ImportTerms) -> dict[str, Any]:
    table, sales = batch.table, terms.sales
    return {
        "source": batch.source,
        "file": table.file,
        "sheet": table.sheet,
        "headers": list(table.headers),
        "digest": table.digest,
        "date_epoch": table.date_epoch,
        "mapping": mapping_to_json(batch.mapping),
        "flags_parties": batch.flags_parties,
        "merges_groups": batch.merges_groups,
        "correction_of": batch.correction_of,
        "assumed": [[t.zh, t.en] for t in batch.assumed],
        "remembered": dict(batch.remembered),
        "answers_row": batch.answers_row,
        "said": dict(batch.said),
        "import_day": sales.import_day.isoformat(),
        "appends": sales.appends,
        "overlap": sales.overlap,
        "rejects_lost_phones": sales.rejects_lost_phones,
    }


def _keep_rows(path: Path, table: SourceTable) -> None:
    if table.staged is None:
        write_rows(path, table.data, table.broken_rows)
        return
    path.parent.mkdir(exist_ok=True)
    try:
        os.link(table.staged.path, path)
    except OSError:
        shutil.copyfile(table.staged.path, path)


def _read_rows(path: Path) -> tuple[pa.Table, tuple[BrokenRow, ...], StagedRows | None]:
    if count_rows(path) <= LOOKED_AT:
        return *read_rows(path), None
    staged, top, broken = open_rows(path)
    return top, broken, staged
