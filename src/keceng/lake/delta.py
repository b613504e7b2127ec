"""Delta tables in the one profile: no partitions, no column mapping, no deletion vectors. Only this module speaks Delta."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import ColumnProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.transaction import AddAction

from keceng.lake.schema import Table
from keceng.lake.writing import NUMBERS_AS, number_columns
from keceng.vocabulary import KecengError, Place

_COMMIT = re.compile(r"[0-9]{20}\.json")
CommitMark = tuple[str, int, int, int]
_ALLOWED_FEATURES = {"timestampNtz"}
_NO_STATISTICS = {"delta.dataSkippingNumIndexedCols": "4"}
# Rows of one customer are found without decoding a million others, and an engine has pieces to share among its threads.
_GROUP_ROWS = 65_536


def committed(path: Path) -> int:
    """The version now at the head of the table at `path`; every commit below ends by asking for it."""
    name = _newest_commit(path)
    return int(DeltaTable(str(path)).version()) if name is None else int(name.removesuffix(".json"))


def exists(path: Path) -> bool:
    """Whether a Delta table lies at `path`."""
    if _newest_commit(path) is not None:
        return True
    return (path / "_delta_log").is_dir() and DeltaTable.is_deltatable(str(path))


def _newest_commit(path: Path) -> str | None:
    # Opening a table reads all of its log, which whoever asks for a version need not know.
    try:
        names = [entry.name for entry in os.scandir(path / "_delta_log") if _COMMIT.fullmatch(entry.name)]
    except OSError:
        return None
    return max(names, default=None)


def open_table(path: Path, version: int | None = None) -> DeltaTable:
    """The table at `path`, at `version` or at its head.

    Raises:
        KecengError: the table uses a feature outside the one profile, so somebody else wrote it.
    """
    table = DeltaTable(str(path), version=version)
    protocol = table.protocol()
    features = set(protocol.reader_features or ()) | set(protocol.writer_features or ())
    foreign = features - _ALLOWED_FEATURES
    if foreign or table.metadata().partition_columns:
        raise KecengError.of(
            "foreign_table",
            f"数据表 {path.name} 使用了客层不写的特性 {sorted(foreign)}，可能被其他程序改过",
            f"table {path.name} uses features that Keceng does not write {sorted(foreign)}; another program changed it",
            place=Place(file=path.name),
        )
    return table


def _in_one_piece(data: pa.Table) -> pa.Table:
    # The writer encodes the pieces of a table side by side and may store them in another order.
    return data.combine_chunks()


def append(path: Path, declared: Table, data: pa.Table) -> int:
    """Append `data`, creating the table when it is absent; the new version."""
    write_deltalake(
        str(path),
        _in_one_piece(declared.conform(data)),
        mode="append",
        schema_mode="merge" if exists(path) else None,
        configuration=None if exists(path) else _NO_STATISTICS,
        writer_properties=_properties(declared),
    )
    return committed(path)


def overwrite(path: Path, declared: Table, data: pa.Table) -> int:
    """Make the table hold `data` and nothing else; the new version."""
    write_deltalake(
        str(path),
        _in_one_piece(declared.conform(data)),
        mode="overwrite",
        schema_mode="overwrite",
        writer_properties=_properties(declared),
    )
    return committed(path)


def _properties(declared: Table) -> WriterProperties:
    numbers = ColumnProperties(dictionary_enabled=False, encoding=NUMBERS_AS)
    return WriterProperties(
        compression="SNAPPY",
        max_row_group_size=_GROUP_ROWS,
        column_properties=dict.fromkeys(number_columns(declared.arrow_schema), numbers),
    )


def add_file(path: Path, declared: Table, file: Path, rows: int, *, replaces: bool) -> int:
    """Make `file`, written to the table's folder with its declared columns or those that are not empty, a part of the table, or all of it; the new version."""
    if not exists(path):
        DeltaTable.create(str(path), declared.arrow_schema, configuration=_NO_STATISTICS)
    elif set(declared.column_names) - {field.name for field in open_table(path).schema().fields}:
        return _rewrite(path, declared, file, replaces=replaces)
    now, size = int(time.time() * 1000), file.stat().st_size
    added = AddAction(file.name, size, {}, now, data_change=True, stats=json.dumps({"numRecords": rows}))
    mode = "overwrite" if replaces else "append"
    open_table(path).create_write_transaction([added], mode, declared.arrow_schema)
    return committed(path)


def swap_files(path: Path, declared: Table, gone: Collection[str], file: Path, rows: int) -> int:
    """Make `file`, of `rows` rows, stand for the files `gone` of the table, and leave its others as they are; the new version.

    Without rows nothing takes their place. The caller is the one writer.
    """
    if rows and set(declared.column_names) - {field.name for field in open_table(path).schema().fields}:
        _rewrite(path, declared, file, replaces=False)
        return swap_files(path, declared, gone, file, 0)
    version, now = committed(path) + 1, int(time.time() * 1000)
    actions: list[dict[str, object]] = [
        {"remove": {"path": Path(name).name, "deletionTimestamp": now, "dataChange": True}}
        for name in sorted(gone)
    ]
    if rows:
        added = {
            "path": file.name,
            "partitionValues": {},
            "size": file.stat().st_size,
            "modificationTime": now,
        }
        told = {"dataChange": True, "stats": json.dumps({"numRecords": rows})}
        actions.append({"add": added | told})
    actions.append(
        {
            "commitInfo": {
                "timestamp": now,
                "operation": "WRITE",
                "operationParameters": {"table": declared.name},
            }
        }
    )
    commit = path / "_delta_log" / f"{version:020}.json"
    # Readers see a commit whole or not at all.
    part = commit.with_suffix(".json.tmp")
    part.write_text("".join(json.dumps(action) + "\n" for action in actions), encoding="utf-8")
    part.rename(commit)
    return committed(path)


def _rewrite(path: Path, declared: Table, file: Path, *, replaces: bool) -> int:
    """The same for a table that was made before some of its columns were declared."""
    data = pq.ParquetFile(file).read(use_threads=False)
    file.unlink()
    return overwrite(path, declared, data) if replaces else append(path, declared, data)


def merge(path: Path, declared: Table, data: pa.Table) -> int:
    """Update the rows of `data` whose key exists and insert the others; the new version."""
    if not exists(path):
        return append(path, declared, data)
    match = " and ".join(f"target.{key} = source.{key}" for key in declared.key)
    (
        open_table(path)
        .merge(
            declared.conform(data),
            predicate=match,
            source_alias="source",
            target_alias="target",
            merge_schema=True,
        )
        .when_matched_update_all()
        .when_not_matched_insert_all()
        .execute()
    )
    return committed(path)


def delete(path: Path, declared: Table, keys: pa.Table) -> int:
    """Delete the rows whose key columns match a row of `keys`, which may hold only some key columns."""
    match = " and ".join(f"target.{name} = source.{name}" for name in keys.column_names)
    unknown = set(keys.column_names) - set(declared.column_names)
    if unknown:
        raise ValueError(f"table {declared.name} does not declare {sorted(unknown)}")
    (
        open_table(path)
        .merge(keys, predicate=match, source_alias="source", target_alias="target")
        .when_matched_delete()
        .execute()
    )
    return committed(path)


def restore(path: Path, version: int) -> int:
    """Make the head equal to `version` again; the new head version."""
    open_table(path).restore(version)
    return committed(path)


def vacuum(path: Path, keep_versions: Collection[int]) -> int:
    """Delete data files that no version in `keep_versions` (nor the head) needs; how many were deleted."""
    table = open_table(path)
    keep = sorted({*keep_versions, table.version()})
    return len(
        table.vacuum(
            retention_hours=0,
            enforce_retention_duration=False,
            dry_run=False,
            full=True,
            keep_versions=keep,
        )
    )


def read_rows(path: Path, declared: Table, version: int | None = None) -> pa.Table:
    """All rows of the table at `version`, or at its head, in the declared columns; what a file lacks is null.

    The files are read directly: `DeltaTable.to_pyarrow_table` leaves a thread behind that can abort the process as it ends.
    """
    files = file_paths(path, version)
    parts = [declared.conform(pq.ParquetFile(file).read(use_threads=False)) for file in files]
    return pa.concat_tables([declared.arrow_schema.empty_table(), *parts])


def file_paths(path: Path, version: int | None = None) -> list[str]:
    """The Parquet files of `version`, or of the head, as local paths.

    The table's own URIs encode every character that is not ASCII; its files lie flat in its folder, so names suffice.
    """
    mark = None if version is None else commit_mark(path, version)
    return list(_file_paths(path, version) if mark is None else _known_paths(path, version, mark))


def commit_mark(path: Path, version: int | None = None) -> CommitMark | None:
    """What tells the commit of `version`, or of the head, from every other there ever was at `path`; None where its file is gone.

    A commit never changes, so what was read of one may be kept under its mark.
    """
    name = _newest_commit(path) if version is None else f"{version:020}.json"
    if name is None:
        return None
    try:
        found = (path / "_delta_log" / name).stat()
    except OSError:
        return None
    return (name, found.st_ino, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=256)
def _known_paths(path: Path, version: int | None, _mark: CommitMark) -> tuple[str, ...]:
    return _file_paths(path, version)


def _file_paths(path: Path, version: int | None) -> tuple[str, ...]:
    return tuple(sorted(str(path / uri.rsplit("/", 1)[-1]) for uri in open_table(path, version).file_uris()))
