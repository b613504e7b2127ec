"""Apache Spark as engine: the same steps on a cluster, equal to the last digit.

Every step is written as Parquet beside the lake and read from there: nothing is computed twice, a lost executor loses no
step, and what a step holds need not fit in memory. The folder must be one that the driver and all workers see.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from keceng.lake.dialect import spark_sql
from keceng.lake.dialect_parts import spark_type
from keceng.lake.limits import UNLIMITED, Limits
from keceng.lake.schema import Table
from keceng.lake.spark_session import Session, close_session, open_session
from keceng.lake.spilling import SpillPlace
from keceng.lake.store import Snapshot
from keceng.lake.twin import Twin, Types
from keceng.vocabulary import KecengError, Text

if TYPE_CHECKING:
    from keceng.lake.engine import Step

_Frame = Any
"""A `pyspark.sql.DataFrame`."""
_PATTERN_SIGNS = re.compile(r"([\\{}\[\]*?])")
_ROWS_AT_ONCE = 20_000


def _ignore(_step: Step) -> None:
    return None


class SparkEngine:
    """A session on a Spark cluster; see `keceng.lake.Engine` for what each method promises.

    Args:
        master: as Spark writes it: `spark://host:7077`, `local[*]`.
        root: of the lake beside whose tables the steps lie; None takes a folder of this machine.

    Raises:
        KecengError: PySpark or Java is not there, or the master does not answer.
    """

    def __init__(self, master: str, root: Path | None = None) -> None:
        self._session: Session = open_session(master)
        self._twin = Twin()
        self._place = None if root is None else SpillPlace(root)
        ready = self._place is not None and self._place.is_ready
        self._folder = self._place.path if self._place and ready else Path(tempfile.mkdtemp(prefix="keceng-"))
        self._folder.mkdir(parents=True, exist_ok=True)
        self._written = 0

    @property
    def limits(self) -> Limits:
        """None: what is limited is the cluster."""
        return UNLIMITED

    @property
    def spilled_bytes(self) -> int:
        """All steps lie on disk: their bytes."""
        return sum(path.stat().st_size for path in self._folder.rglob("*.parquet"))

    def open(self, snapshot: Snapshot, tables: Iterable[Table]) -> None:
        """Views over the Parquet files, typed by the declaration even where a file lacks a column."""
        for table in tables:
            self._twin.declare([table])
            self._show(table.name, [Path(file) for file in snapshot.files(table)])

    def give(self, name: str, data: pa.Table) -> None:
        """Write an Arrow table where the workers read it."""
        self._twin.give(name, data)
        path = self._new_folder()
        path.mkdir()
        plain = data.cast(self._twin.table_schema(name))
        pq.write_table(plain, path / "part-0.parquet")
        self._show(name, [path / "part-0.parquet"])

    def offer(self, name: str, load: Callable[[], pa.Table]) -> None:
        """Write it now."""
        self.give(name, load())

    def scan(self, name: str, path: Path) -> None:
        """A view over the file."""
        self._twin.scan(name, path)
        self._show(name, [path])

    def view(self, name: str, query: exp.Expr) -> None:
        """A temporary view."""
        frame = self._frame(query)
        self._twin.make(name, query)
        frame.createOrReplaceTempView(f"`{name}`")

    def run(self, steps: Iterable[Step], watch: Callable[[Step], None] = _ignore) -> dict[str, float]:
        """Each step becomes Parquet files of its own."""
        seconds: dict[str, float] = {}
        for step in steps:
            watch(step)
            started = time.perf_counter()
            if step.compute is not None:
                self.give(step.name, step.compute(self.fetch(step.query)))
            elif step.in_place:
                self.view(step.name, step.query)
            else:
                self._make(step)
            seconds[step.name] = round(time.perf_counter() - started, 4)
        return seconds

    def fetch(self, query: exp.Expr) -> pa.Table:
        """The result as Arrow."""
        return pa.Table.from_batches(self.stream(query), self._schema(query))

    def column_names(self, name: str) -> tuple[str, ...]:
        """As the twin knows them."""
        return tuple(self._twin.table_types(name))

    def stream(
        self, query: exp.Expr, rows: int = 131_072, *, in_order: bool = False
    ) -> Iterator[pa.RecordBatch]:
        """The result piece by piece, once it is computed whole; in the order of the files it comes from anyway."""
        del in_order
        schema, path = self._schema(query), self._write(query)
        for file in sorted(path.glob("part-*.parquet")):  # numbered in the order of the rows
            with pq.ParquetFile(file) as opened:
                for batch in opened.iter_batches(rows):
                    yield from pa.Table.from_batches([batch]).cast(schema).to_batches()
        shutil.rmtree(path)

    def save(self, query: exp.Expr, path: Path) -> None:
        """Stream the result into one Parquet file, typed as DuckDB would."""
        with pq.ParquetWriter(path, self._schema(query), compression="zstd") as writer:
            for batch in self.stream(query, _ROWS_AT_ONCE):
                writer.write_batch(batch)

    def drop(self, name: str) -> None:
        """Forget a view; its files go with the engine, for another view may still read them."""
        self._session.catalog.dropTempView(name)
        self._twin.drop(name)

    def close(self) -> None:
        """Give the session back and leave nothing on disk."""
        close_session(self._session)
        self._twin.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._place is not None:
            self._place.close()

    def _make(self, step: Step) -> None:
        query = step.query
        if step.read is not None:
            names = [exp.column(name, quoted=True) for name in self._types(query) if name in step.read]
            query = exp.select(*names).from_(exp.Subquery(this=query.copy(), alias=exp.to_identifier("made")))
        path = self._write(query)
        self._twin.make(step.name, query)
        self._show(step.name, [path])

    def _frame(self, query: exp.Expr) -> _Frame:
        """The query with the names and types that it has in DuckDB; nothing is computed yet."""
        types = self._types(query)
        names = ", ".join(f"`{name}`" for name in types)
        with _telling_failure():
            typed = ", ".join(
                f"cast(`{name}` as {spark_type(kind)}) as `{name}`" for name, kind in types.items()
            )
            return self._session.sql(
                f"select {typed} from ({spark_sql(query, self._twin)}) as made ({names})"
            )

    def _write(self, query: exp.Expr) -> Path:
        path = self._new_folder()
        frame = self._frame(query)
        with _telling_failure():
            frame.write.parquet(f"file://{path}")
        return path

    def _show(self, name: str, files: Sequence[Path]) -> None:
        types = self._twin.table_types(name)
        if files:
            listed = [f"file://{_PATTERN_SIGNS.sub(_escaped, str(file))}" for file in files]
            frame = self._session.read.schema(_columns(types)).parquet(*listed)
        else:
            nulls = ", ".join(
                f"cast(null as {spark_type(kind)}) as `{column}`" for column, kind in types.items()
            )
            frame = self._session.sql(f"select {nulls} where false")
        frame.createOrReplaceTempView(f"`{name}`")

    def _types(self, query: exp.Expr) -> Types:
        return self._twin.types(query.sql(dialect="duckdb"))

    def _schema(self, query: exp.Expr) -> pa.Schema:
        return self._twin.schema(query.sql(dialect="duckdb"))

    def _new_folder(self) -> Path:
        self._written += 1
        return self._folder / f"step-{self._written}"


def _columns(types: Types) -> str:
    return ", ".join(f"`{name}` {spark_type(kind)}" for name, kind in types.items())


def _escaped(sign: re.Match[str]) -> str:
    return f"\\{sign[1]}"


@contextmanager
def _telling_failure() -> Iterator[None]:
    """Only the name of a failure is told: Spark's sentences may hold what a customer's row holds.

    Raises:
        KecengError: Spark refused or failed, or a query has a part that Spark has no exact form for.
    """
    from pyspark.errors import PySparkException  # noqa: PLC0415  an extra

    try:
        yield
    except PySparkException as error:
        named = error.getCondition() or type(error).__name__
        raise KecengError.of(
            "spark_failed",
            f"Spark 没有算完: {named}",
            f"Spark did not finish: {named}",
            remedy=Text(
                '详情见 Spark 的日志; 可改用 engine = "duckdb" 再运行',
                'see the logs of Spark; engine = "duckdb" runs without it',
            ),
        ) from error
    except NotImplementedError as error:
        raise KecengError.of(
            "not_on_spark",
            "这份标准有 Spark 无法逐位相同地算出的部分",
            "the standard has a part that Spark cannot work out to the last digit",
            remedy=Text('请用 engine = "duckdb" 运行', 'run it with engine = "duckdb"'),
        ) from error
