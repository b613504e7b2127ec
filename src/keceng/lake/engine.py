"""The engine front: named steps of SQL trees over a snapshot. Nothing outside the lake knows which engine runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from sqlglot import exp

from keceng.lake.duck import DuckEngine
from keceng.lake.folds import Fold
from keceng.lake.limits import UNLIMITED, Limits
from keceng.lake.schema import Table
from keceng.lake.spark import SparkEngine
from keceng.lake.store import Snapshot
from keceng.lake.vector_engine import VectorEngine
from keceng.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Kernel:
    """A second way to the rows of a step: arrays in, arrays out. An engine may take it; both ways give the same rows.

    Attributes:
        reads: the columns that are read, by table, in the order of `compute`'s arguments.
        compute: those tables in, the step's rows out; None where arrays cannot hold them. Whole numbers that SQL makes wider than
            64 bits may come as such.
        order: the columns in whose order the rows come; none where they come in no order.
    """

    reads: Mapping[str, tuple[str, ...]]
    compute: Callable[..., pa.Table | None]
    order: tuple[str, ...] = ()


def empty_without(table: str, column: str, schema: pa.Schema) -> Kernel:
    """No rows of `schema` where no row of `table` knows its `column`, on which every row of the step rests; else the query tells."""

    def compute(known: pa.Table) -> pa.Table | None:
        return schema.empty_table() if known[column].null_count == known.num_rows else None

    return Kernel({table: (column,)}, compute)


@dataclass(frozen=True, slots=True)
class Step:
    """One named intermediate table: later steps read it by `name`; `explain --plan` prints it.

    Attributes:
        name: of the table.
        query: its rows, or what `compute` is given.
        title: as told to a person who watches.
        compute: Arrow in, Arrow out, on the driver, for the few things that SQL cannot say (centrality in a graph).
        in_place: its one reader computes it within itself, and nothing is kept; see `read_in_place`.
        fold: the same rows by one pass over a table that lies in order.
        read: the columns that are kept, where they are there; None keeps all. See `read_in_place`.
        by: a table and a column of whole numbers in it; where memory does not hold a step that has the column, it is made for one
            range of it after another.
        kernel: the same rows from the columns of a few steps.
        is_result: whether it is read whole once the plan has run.
    """

    name: str
    query: exp.Expr
    title: Text
    compute: Callable[[pa.Table], pa.Table] | None = None
    in_place: bool = False
    fold: Fold | None = None
    read: frozenset[str] | None = None
    by: tuple[str, str] | None = None
    is_result: bool = False
    kernel: Kernel | None = None


class Engine(Protocol):
    """What every engine can do. Tables given or made under a name are visible to later queries."""

    def open(self, snapshot: Snapshot, tables: Iterable[Table]) -> None:
        """Make the declared `tables` of `snapshot` readable by name; absent ones read as empty."""

    def give(self, name: str, data: pa.Table) -> None:
        """Make an Arrow table readable as `name`."""

    def offer(self, name: str, load: Callable[[], pa.Table]) -> None:
        """Make an Arrow table readable as `name`, which need not be loaded before a query names it."""

    def scan(self, name: str, path: Path) -> None:
        """Make one Parquet file readable as `name`; only the columns that a query names are read."""

    def view(self, name: str, query: exp.Expr) -> None:
        """Make `query` readable as `name` without computing it; each reader computes what it needs of it."""

    def run(self, steps: Iterable[Step], watch: Callable[[Step], None] = ...) -> Mapping[str, float]:
        """Materialise each step in order, a step `in_place` with its reader; seconds by step name. `watch` is told before each."""

    def fetch(self, query: exp.Expr) -> pa.Table:
        """The rows of `query`."""

    def column_names(self, name: str) -> tuple[str, ...]:
        """The columns of a step or a table; nothing is computed."""

    def stream(self, query: exp.Expr, rows: int = ..., *, in_order: bool = ...) -> Iterator[pa.RecordBatch]:
        """The rows of `query` in pieces of at most `rows`, none of which is kept; nothing else may be asked meanwhile.

        `in_order`: in the order of the file that is scanned, as far as the engine can keep it.
        """

    def save(self, query: exp.Expr, path: Path) -> None:
        """Write the rows of `query` to one zstd Parquet file at `path`."""

    @property
    def limits(self) -> Limits:
        """What it keeps to on this machine."""

    @property
    def spilled_bytes(self) -> int:
        """The most bytes that lay on this machine's disk at once because memory did not hold them."""

    def drop(self, name: str) -> None:
        """Forget a step or a given table."""

    def close(self) -> None:
        """Free what the engine holds."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Which engine runs; the results are equal.

    Attributes:
        name: one of `ENGINES`.
        spark_master: as Spark writes it, `spark://host:7077`; `local[*]` is Spark within this machine.
    """

    name: str = "duckdb"
    spark_master: str = "local[*]"


ENGINES = ("duckdb", "spark")
EMBEDDED = EngineChoice()


def open_engine(
    snapshot: Snapshot | None = None,
    tables: Iterable[Table] = (),
    choice: EngineChoice = EMBEDDED,
    *,
    by_columns: bool = False,
) -> Engine:
    """The chosen engine, with `tables` of `snapshot` readable, within the limits of the lake that it is of.

    With `by_columns`, steps that have one row per unit are worked out column by column, beside DuckDB.

    Raises:
        KecengError: the chosen engine is not installed or does not answer.
    """
    engine: Engine
    root = None if snapshot is None else snapshot.root
    if choice.name == "spark":
        engine = SparkEngine(choice.spark_master, root)
    else:
        limits = UNLIMITED if snapshot is None else snapshot.limits
        engine = (VectorEngine if by_columns else DuckEngine)(limits, root)
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
