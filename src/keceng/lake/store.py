"""The lake of a workspace: snapshots to read, units of work to write."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from keceng.lake import catalogue, delta, lookup
from keceng.lake.catalogue import Entry, RunEntry
from keceng.lake.lease import WAIT_SECONDS, writer_lease
from keceng.lake.limits import UNLIMITED, Limits
from keceng.lake.packed_rows import PackedRows
from keceng.lake.schema import Table
from keceng.lake.writing import NewFile, TableWriter
from keceng.vocabulary import KecengError, Place, Text

CATALOGUE_FOLDER = "_catalogue"
RUNS_FOLDER = "runs"
# Delta's writer cannot name a folder with some of these; the engine takes the others for patterns, and would read a copy's files too.
_REFUSED = frozenset("%[]|\\*?")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The lake at one catalogued version; what it reads never changes.

    Attributes:
        root: of the lake.
        entry: the version.
        limits: what whoever reads it may take of the machine.
    """

    root: Path
    entry: Entry
    limits: Limits = UNLIMITED

    @property
    def snapshot_id(self) -> int:
        """The lake's version number."""
        return self.entry.snapshot_id

    def has(self, table: Table) -> bool:
        """Whether anything was ever written to `table` at this version."""
        return table.name in self.entry.tables

    def files(self, table: Table) -> list[str]:
        """The Parquet files of `table` at this version; empty when it does not exist yet."""
        version = self.entry.tables.get(table.name)
        return [] if version is None else delta.file_paths(self.root / table.name, version)

    def read(self, table: Table) -> pa.Table:
        """All rows of `table` at this version, in its declared columns."""
        version = self.entry.tables.get(table.name)
        if version is None:
            return table.arrow_schema.empty_table()
        return delta.read_rows(self.root / table.name, table, version)

    def find_rows(self, table: Table, key: str, keys: Collection[int], columns: Sequence[str]) -> pa.Table:
        """The rows of `table` at this version whose `key` is among `keys`, in `columns`; what a file lacks is null."""
        fields = [field for field in table.arrow_schema if field.name in columns]
        parts = [
            _typed(lookup.find_rows(self.root, Path(file), key, keys, columns), fields)
            for file in self.files(table)
        ]
        return pa.concat_tables([pa.schema(fields).empty_table(), *parts])

    def find_run_rows(self, file: Path, key: str, keys: Collection[int], columns: Sequence[str]) -> pa.Table:
        """The rows of a run's `file` whose `key` is among `keys`, in those of `columns` that it has."""
        return lookup.find_rows(self.root, file, key, keys, columns)

    def prepare_lookups(
        self, tables: Iterable[Table], key: str, *files: tuple[Path, Collection[str]]
    ) -> None:
        """Make `find_rows` fast on `tables` and `find_run_rows` on the columns of `files`; other copies are deleted."""
        of_tables = [Path(file) for table in tables for file in self.files(table)]
        for file in of_tables:
            lookup.make_copy(self.root, file, key)
        for file, columns in files:
            lookup.make_copy(self.root, file, key, columns)
        lookup.forget_copies(self.root, [*of_tables, *(file for file, _ in files)])

    def of_run(self, run_id: str | None = None) -> Snapshot:
        """The lake as `run_id`, or the published run, left it: the facts are those that the run read.

        Raises:
            KecengError: there is no such run, or none is published yet.
        """
        directory = self.run_directory(run_id)
        entries = catalogue.read_entries(self.root / CATALOGUE_FOLDER)
        made = next(e for e in entries if any(self.root / r.directory == directory for r in e.runs.values()))
        return Snapshot(self.root, made, self.limits)

    def run_directory(self, run_id: str | None = None) -> Path:
        """Where the files of `run_id` lie, or of the published run.

        Raises:
            KecengError: there is no such run, or none is published yet.
        """
        wanted = run_id or self.entry.published_run
        if wanted is None:
            raise KecengError.of(
                "no_published_run",
                "还没有发布过的分级结果",
                "no classification has been published yet",
                remedy=Text("先运行 keceng classify", "run keceng classify first"),
            )
        if wanted not in self.entry.runs:
            raise KecengError.of("unknown_run", f"没有这次运行: {wanted}", f"there is no run {wanted}")
        return self.root / self.entry.runs[wanted].directory


def _typed(rows: pa.Table, fields: Sequence[pa.Field]) -> pa.Table:
    arrays = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in fields
    ]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


@dataclass(slots=True)
class UnitOfWork:
    """Changes to several tables that become visible together, or not at all."""

    root: Path
    base: Entry
    kind: str
    author: str
    _tables: dict[str, int] = field(default_factory=dict)
    _runs: dict[str, RunEntry] = field(default_factory=dict)
    _published: str | None = None
    limits: Limits = UNLIMITED

    def append(self, table: Table, data: pa.Table) -> None:
        """Add rows."""
        if data.num_rows:
            self._tables[table.name] = delta.append(self.root / table.name, table, data)

    def merge(self, table: Table, data: pa.Table) -> None:
        """Update rows whose key exists, insert the others; keys in `data` must be unique."""
        if data.num_rows:
            self._tables[table.name] = delta.merge(self.root / table.name, table, data)

    def replace(self, table: Table, data: pa.Table) -> None:
        """Make the table hold `data` and nothing else."""
        self._tables[table.name] = delta.overwrite(self.root / table.name, table, data)

    @contextmanager
    def writing(
        self, table: Table, *, replaces: bool = False, is_lean: bool = False, instead_of: Collection[str] = ()
    ) -> Iterator[TableWriter]:
        """Add rows piece by piece, or make them all that the table holds; where the block fails, nothing was added.

        `is_lean`: see `TableWriter`. `instead_of`: files of the table in whose place the rows stand.
        """
        writer = TableWriter(self.root / table.name, table, is_lean=is_lean)
        with self._taking_in(writer, table, replaces=replaces, instead_of=instead_of):
            yield writer

    @contextmanager
    def packing(self, table: Table, *, replaces: bool = False, is_lean: bool = False) -> Iterator[PackedRows]:
        """The same for millions of rows, as arrays: see `PackedRows`."""
        writer = PackedRows(self.root / table.name, table, is_lean=is_lean)
        with self._taking_in(writer, table, replaces=replaces):
            yield writer

    @contextmanager
    def _taking_in(
        self,
        writer: NewFile,
        table: Table,
        *,
        replaces: bool,
        instead_of: Collection[str] = (),
    ) -> Iterator[None]:
        """What is written in the block becomes the table's."""
        try:
            yield
            writer.close()
        except BaseException:
            writer.discard()
            raise
        if instead_of:
            self._tables[table.name] = delta.swap_files(
                self.root / table.name, table, instead_of, writer.path, writer.rows
            )
        elif writer.rows:
            self._tables[table.name] = delta.add_file(
                self.root / table.name, table, writer.path, writer.rows, replaces=replaces
            )
        elif replaces:
            self.replace(table, table.arrow_schema.empty_table())

    def delete(self, table: Table, keys: pa.Table) -> None:
        """Delete the rows that match a row of `keys` on its columns."""
        if keys.num_rows and delta.exists(self.root / table.name):
            self._tables[table.name] = delta.delete(self.root / table.name, table, keys)

    def restore(self, table: Table, snapshot: Snapshot) -> None:
        """Make the table hold what it held at `snapshot`."""
        wanted, now = snapshot.entry.tables.get(table.name), self._entry().tables.get(table.name)
        if wanted is None and now is not None:
            self.replace(table, table.arrow_schema.empty_table())
        elif wanted is not None and wanted != now:
            self._tables[table.name] = delta.restore(self.root / table.name, wanted)

    def current(self) -> Snapshot:
        """What this unit of work sees: the base and its own changes, visible to nobody else yet."""
        return Snapshot(self.root, self._entry(), self.limits)

    def stage_run(self) -> Path:
        """A new empty directory for a run's files; nobody looks there until `add_run`."""
        staged = self.root / RUNS_FOLDER / f".staged-{uuid.uuid4().hex}"
        staged.mkdir(parents=True)
        return staged

    def add_run(self, run_id: str, staged: Path, *, publish: bool = True) -> None:
        """Give a staged directory its final place and register it; `publish` makes it the one that readers see."""
        directory = f"{RUNS_FOLDER}/{run_id}"
        staged.rename(self.root / directory)
        digest = sha256((self.root / directory / "run.json").read_bytes()).hexdigest()
        self._runs[run_id] = RunEntry(directory, digest)
        if publish:
            self._published = run_id

    def _entry(self) -> Entry:
        return Entry(
            snapshot_id=self.base.snapshot_id + 1,
            kind=self.kind,
            author=self.author,
            tables={**self.base.tables, **self._tables},
            runs={**self.base.runs, **self._runs},
            published_run=self._published or self.base.published_run,
        )

    def _commit(self) -> None:
        if self._tables or self._runs:
            catalogue.append_entry(self.root / CATALOGUE_FOLDER, self._entry())


def _refuse_path(root: Path) -> None:
    found = " ".join(sorted(_REFUSED & set(root.resolve().as_posix())))
    if found:
        raise KecengError.of(
            "bad_path",
            f"工作区路径里不能有这些字符: {found}",
            f"the path of a workspace cannot hold {found}",
            remedy=Text("换一个文件夹名", "choose another folder name"),
            place=Place(file=str(root)),
        )


class Lake:
    """The lake of one workspace: one directory, one version number, one writer at a time."""

    def __init__(self, root: Path, limits: Limits = UNLIMITED) -> None:
        self.root, self.limits = root, limits

    @classmethod
    def create(cls, root: Path, limits: Limits = UNLIMITED) -> Lake:
        """A new lake at `root`.

        Raises:
            KecengError: there is one already, or its path holds a character that tables cannot lie under.
        """
        _refuse_path(root)
        lake = cls(root, limits)
        if delta.exists(root / CATALOGUE_FOLDER):
            raise KecengError.of(
                "lake_exists", f"这里已有工作区数据: {root}", f"a lake already lies at {root}"
            )
        root.mkdir(parents=True, exist_ok=True)
        catalogue.append_entry(root / CATALOGUE_FOLDER, Entry(0, "create", "system"))
        return lake

    @classmethod
    def open(cls, root: Path, limits: Limits = UNLIMITED) -> Lake:
        """The lake at `root`, worked on within `limits`.

        Raises:
            KecengError: there is none, or its path holds a character that tables cannot lie under.
        """
        _refuse_path(root)
        if not delta.exists(root / CATALOGUE_FOLDER):
            raise KecengError.of(
                "no_lake",
                f"{root} 不是客层工作区",
                f"{root} is not a Keceng workspace",
                remedy=Text("用 keceng init 目录 新建", "make one with keceng init DIR"),
            )
        return cls(root, limits)

    def snapshot(self, snapshot_id: int | None = None) -> Snapshot:
        """The lake at `snapshot_id`, or as it is now.

        Raises:
            KecengError: no such snapshot.
        """
        entry = catalogue.read_entry(self.root / CATALOGUE_FOLDER, snapshot_id)
        if entry is None:
            raise KecengError.of(
                "unknown_snapshot", f"没有版本 {snapshot_id}", f"there is no snapshot {snapshot_id}"
            )
        return Snapshot(self.root, entry, self.limits)

    def history(self) -> list[Entry]:
        """Every catalogued version, oldest first."""
        return catalogue.read_entries(self.root / CATALOGUE_FOLDER)

    @contextmanager
    def unit_of_work(
        self, kind: str, author: str = "shell", *, wait_seconds: float = WAIT_SECONDS
    ) -> Iterator[UnitOfWork]:
        """Changes that appear together when the block ends well, and never when it does not.

        What a writer that died left behind (tables ahead of the catalogue, staged runs) is undone first.
        """
        with writer_lease(self.root, wait_seconds):
            base = self.snapshot().entry
            restored = self._undo_orphans(base)
            work = UnitOfWork(self.root, base, kind, author, _tables=restored, limits=self.limits)
            yield work
            work._commit()  # noqa: SLF001  the unit of work and the lake are one mechanism

    def vacuum(self, tables: Iterable[Table], keep_snapshots: int = 30) -> int:
        """Delete files that none of the newest `keep_snapshots` versions needs; how many were deleted."""
        with writer_lease(self.root):
            entries = self.history()[-keep_snapshots:]
            deleted = 0
            for table in tables:
                path = self.root / table.name
                if delta.exists(path):
                    versions = {e.tables[table.name] for e in entries if table.name in e.tables}
                    deleted += delta.vacuum(path, versions)
            return deleted

    def _undo_orphans(self, base: Entry) -> dict[str, int]:
        restored: dict[str, int] = {}
        for path in sorted(self.root.iterdir()):
            if path.name == CATALOGUE_FOLDER or not delta.exists(path):
                continue
            catalogued = base.tables.get(path.name)
            if catalogued is None:
                shutil.rmtree(path)
            elif delta.committed(path) > catalogued:
                restored[path.name] = delta.restore(path, catalogued)
        self._remove_orphan_runs(base.runs)
        return restored

    def _remove_orphan_runs(self, runs: Mapping[str, RunEntry]) -> None:
        known = {self.root / run.directory for run in runs.values()}
        for path in (self.root / RUNS_FOLDER).glob("*"):
            if path not in known:
                shutil.rmtree(path)
