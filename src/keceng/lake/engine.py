"""The engine front: named steps of SQL trees over a snapshot. Nothing outside the lake knows which engine runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from sqlglot import exp

from keceng.lake.duck import DuckEngine
from keceng.lake.schema import Table
from keceng.lake.store import Snapshot
from keceng.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Step:
    """One named intermediate table: later steps read it by `name`; `explain --plan` prints it.

    Attributes:
        name: of the table.
        query: its rows, or what `compute` is given.
        title: as told to a person who watches.
        compute: Arrow in, Arrow out, on the driver, for the few things that SQL cannot say (centrality in a graph).
        in_place: its one reader computes it within itself, and nothing is kept; see `read_in_place`.
    """

    name: str
    query: exp.Expr
    title: Text
    compute: Callable[[pa.Table], pa.Table] | None = None
    in_place: bool = False


class Engine(Protocol):
    """What every engine can do. Tables given or made under a name are visible to later queries."""

    def open(self, snapshot: Snapshot, tables: Iterable[Table]) -> None:
        """Make the declared `tables` of `snapshot` readable by name; absent ones read as empty."""

    def give(self, name: str, data: pa.Table) -> None:
        """Make an Arrow table readable as `name`."""

    def scan(self, name: str, path: Path) -> None:
        """Make one Parquet file readable as `name`; only the columns that a query names are read."""

    def view(self, name: str, query: exp.Expr) -> None:
        """Make `query` readable as `name` without computing it; each reader computes what it needs of it."""

    def run(self, steps: Iterable[Step], watch: Callable[[Step], None] = ...) -> Mapping[str, float]:
        """Materialise each step in order, a step `in_place` with its reader; seconds by step name. `watch` is told before each."""

    def fetch(self, query: exp.Expr) -> pa.Table:
        """The rows of `query`."""

    def save(self, query: exp.Expr, path: Path) -> None:
        """Write the rows of `query` to one zstd Parquet file at `path`."""

    def drop(self, name: str) -> None:
        """Forget a step or a given table."""

    def close(self) -> None:
        """Free what the engine holds."""


def open_engine(snapshot: Snapshot | None = None, tables: Iterable[Table] = ()) -> Engine:
    """The embedded engine, with `tables` of `snapshot` readable."""
    engine = DuckEngine()
    if snapshot is not None:
        engine.open(snapshot, tables)
    return engine


def plan_text(steps: Iterable[Step], language: str = "en") -> str:
    """The plan as readable SQL, one named step after another."""
    parts = [
        f"-- {step.name}: {step.title.zh if language == 'zh' else step.title.en}{_driver_note(step)}\n"
        f"{step.query.sql(dialect='duckdb', pretty=True)};"
        for step in steps
    ]
    return "\n\n".join(parts)


def _driver_note(step: Step) -> str:
    return "" if step.compute is None else f"\n-- then {step.compute.__module__}.{step.compute.__qualname__}"
