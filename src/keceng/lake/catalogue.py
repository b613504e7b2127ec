"""The one version number of the lake: snapshot → {table: version, runs, published run}, appended and never changed.

Delta has no transaction across tables. A unit of work commits its tables, then appends one row here; that row is the
moment at which all of it exists. A table ahead of the catalogue belongs to nobody.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pyarrow.parquet as pq

from keceng.lake import delta
from keceng.lake.schema import Column, Storage, Table
from keceng.vocabulary import Text

_TABLE = Table(
    "catalogue",
    Text("数据湖的一个版本", "one version of the lake"),
    ("snapshot_id",),
    (
        Column("snapshot_id", Storage.INTEGER),
        Column("kind", Storage.TEXT),
        Column("author", Storage.TEXT),
        Column("committed_at", Storage.TIMESTAMP),
        Column("tables", Storage.TEXT),
        Column("runs", Storage.TEXT),
        Column("published_run", Storage.TEXT),
    ),
)
_READ = [name for name in _TABLE.column_names if name != "committed_at"]


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A run directory as registered: its place relative to the lake, and the digest of its `run.json`."""

    directory: str
    digest: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One catalogue row: the lake as of one unit of work."""

    snapshot_id: int
    kind: str
    author: str
    tables: Mapping[str, int] = field(default_factory=dict)
    runs: Mapping[str, RunEntry] = field(default_factory=dict)
    published_run: str | None = None


def append_entry(directory: Path, entry: Entry) -> None:
    """Append `entry`; from then on readers see it."""
    row = {
        "snapshot_id": entry.snapshot_id,
        "kind": entry.kind,
        "author": entry.author,
        "committed_at": dt.datetime.now(dt.UTC).replace(tzinfo=None),
        "tables": json.dumps(dict(entry.tables), sort_keys=True),
        "runs": json.dumps({k: [v.directory, v.digest] for k, v in entry.runs.items()}, sort_keys=True),
        "published_run": entry.published_run,
    }
    schema = _TABLE.arrow_schema
    delta.append(directory, _TABLE, schema.empty_table().from_pylist([row], schema=schema))


def read_entry(directory: Path, snapshot_id: int | None = None) -> Entry | None:
    """The entry of `snapshot_id`, or the newest one; None when there is no such entry."""
    if delta.commit_mark(directory) is None and not delta.exists(directory):
        return None
    entries = _entries(directory)
    if snapshot_id is None:
        return entries[-1] if entries else None
    return next((entry for entry in entries if entry.snapshot_id == snapshot_id), None)


def read_entries(directory: Path) -> list[Entry]:
    """Every entry, oldest first."""
    return list(_entries(directory))


def _entries(directory: Path) -> tuple[Entry, ...]:
    mark = delta.commit_mark(directory)
    return _read(directory) if mark is None else _known(directory, mark)


@lru_cache(maxsize=16)
def _known(directory: Path, _mark: delta.CommitMark) -> tuple[Entry, ...]:
    # A reader asks for the newest entry all the time, and a commit never changes.
    return _read(directory)


def _read(directory: Path) -> tuple[Entry, ...]:
    found = [entry for file in delta.file_paths(directory) for entry in _entries_of(file)]
    return tuple(sorted(found, key=lambda entry: entry.snapshot_id))


@lru_cache(maxsize=4096)
def _entries_of(file: str) -> tuple[Entry, ...]:
    # Without the moment: turning it into Python would load pandas, which takes a second.
    rows = pq.ParquetFile(file).read(columns=_READ, use_threads=False)
    return tuple(_entry(row) for row in rows.to_pylist())


def _entry(row: Mapping[str, object]) -> Entry:
    runs = json.loads(str(row["runs"]))
    return Entry(
        snapshot_id=int(str(row["snapshot_id"])),
        kind=str(row["kind"]),
        author=str(row["author"]),
        tables=json.loads(str(row["tables"])),
        runs={name: RunEntry(*parts) for name, parts in runs.items()},
        published_run=None if row["published_run"] is None else str(row["published_run"]),
    )
