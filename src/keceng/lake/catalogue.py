"""The one version number of the lake: snapshot → {table: version, runs, published run}, appended and never changed.

Delta has no transaction across tables. A unit of work commits its tables, then appends one row here; that row is the
moment at which all of it exists. A table ahead of the catalogue belongs to nobody.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.compute as pc

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
    if not delta.exists(directory):
        return None
    rows = delta.read_rows(directory, _TABLE)
    if rows.num_rows == 0:
        return None
    wanted = pc.max(rows["snapshot_id"]) if snapshot_id is None else snapshot_id
    found = rows.filter(pc.equal(rows["snapshot_id"], wanted)).to_pylist()
    return _entry(found[0]) if found else None


def read_entries(directory: Path) -> list[Entry]:
    """Every entry, oldest first."""
    rows = delta.read_rows(directory, _TABLE).sort_by("snapshot_id").to_pylist()
    return [_entry(row) for row in rows]


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
