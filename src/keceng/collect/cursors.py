"""How far each source of a database has been read: remembered in the lake, so that the next import takes what is newer."""

from __future__ import annotations

import json

import pyarrow as pa

from keceng.collect.database import DatabaseSource
from keceng.collect.tables import SOURCES
from keceng.lake import Snapshot, UnitOfWork

_MARK = "@"
"""Begins the rows of `sources` that hold a cursor."""


def last_cursor(snapshot: Snapshot, name: str, source: DatabaseSource) -> str | None:
    """The cursor's value up to which `source` was read under the source's `name`; None where it never was."""
    wanted = _row_name(source)
    for row in snapshot.read(SOURCES).to_pylist():
        if row["source"] == name and row["entity"] == wanted:
            found: str | None = json.loads(row["mapping"]).get("read_until")
            return found
    return None


def keep_cursor(work: UnitOfWork, name: str, source: DatabaseSource, value: str | None) -> None:
    """Remember that `source` was read up to `value`."""
    if source.cursor is None or value is None or last_cursor(work.current(), name, source) == value:
        return
    told = json.dumps({"read_until": value}, ensure_ascii=False)
    row = {"source": name, "entity": _row_name(source), "mapping": told, "answers": "{}"}
    work.merge(SOURCES, pa.Table.from_pylist([row], schema=SOURCES.arrow_schema))


def _row_name(source: DatabaseSource) -> str:
    return f"{_MARK}{source.name}.{source.cursor}"
