"""The rows of a table that is too large to be held: as text in a Parquet file, read piece by piece."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keceng.collect.rows_at_hand import RowsAtHand
from keceng.collect.source import ROW_NO, BrokenRow
from keceng.lake import Snapshot, column, in_one, machine_bytes, open_engine, repeating_columns, sql
from keceng.vocabulary import Text

LOOKED_AT = 200_000
"""What a table is and what its columns mean is told by so many of its first rows."""

_LEAST_USUAL = 900_000_000

_GROUP_ROWS, _PIECE_GROUPS, _PROBE = 65_536, 5, 1_000
_MOST_WAITING = 32_000_000
_BROKEN, _NULLS = b"keceng.broken_rows", b"keceng.empty_cells"


@dataclass(frozen=True, slots=True)
class StagedRows:
    """Every row that could be cut, in the order of its source: one text column per header, and `row_no`.

    Attributes:
        path: the file.
        row_count: how many.
        null_counts: header → how many of its cells are empty.
        rising: the headers whose cells rise from row to row.
        at_hand: the same rows where they are read at once, while they are taken in.
    """

    path: Path
    row_count: int
    null_counts: Mapping[str, int]
    rising: frozenset[str] = frozenset()
    at_hand: RowsAtHand | None = field(default=None, compare=False)

    def pieces(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The rows in pieces."""
        if self.at_hand is not None:
            yield from self.at_hand.pieces(columns)
            return
        with pq.ParquetFile(self.path) as file:
            for first in range(0, file.num_row_groups, _PIECE_GROUPS):
                groups = range(first, min(first + _PIECE_GROUPS, file.num_row_groups))
                yield file.read_row_groups(list(groups), columns=columns, use_threads=False)

    def whole(self) -> pa.Table:
        """All rows at once."""
        return read_rows(self.path)[0]

    def find(self, row_no: pa.Array | pa.ChunkedArray) -> pa.Table:
        """The rows of these numbers; pieces without any of them are not read."""
        wanted = in_one(row_no)
        if self.at_hand is not None:
            return self.at_hand.find(wanted, ROW_NO)
        found = []
        with pq.ParquetFile(self.path) as file:
            place = file.schema_arrow.get_field_index(ROW_NO)
            for group in range(file.num_row_groups):
                told = file.metadata.row_group(group).column(place).statistics
                inside = pc.and_(pc.greater_equal(wanted, told.min), pc.less_equal(wanted, told.max))
                if pc.any(inside).as_py():
                    rows = file.read_row_group(group, use_threads=False)
                    found.append(rows.filter(pc.is_in(rows[ROW_NO], value_set=wanted.filter(inside))))
            empty = file.schema_arrow.remove_metadata().empty_table()
        return pa.concat_tables([empty, *(rows.replace_schema_metadata(None) for rows in found)])

    def has_different_cells(self, header: str) -> bool:
        """Whether no two rows have the same cell there, and none an empty one; False where that is not certain."""
        return not self.null_counts[header] and self.count_cells(header) == self.row_count

    def count_cells(self, header: str) -> int:
        """How many different cells there are; two of a billion may be taken for one."""
        return self.row_count if header in self.rising else _count_cells(self.path, header)


def bounded(snapshot: Snapshot) -> Snapshot:
    """The snapshot, to be worked on within a bounded memory also where nobody has set a limit."""
    if snapshot.limits.memory is not None:
        return snapshot
    return replace(snapshot, limits=replace(snapshot.limits, memory=usual_memory()))


def usual_memory() -> int:
    """Bytes for the whole process while staged rows are collected, where no limit is set: a quarter of the machine's, at least 900 MB."""
    return max(_LEAST_USUAL, machine_bytes() // 4)


@lru_cache(maxsize=32)
def _count_cells(path: Path, header: str) -> int:
    engine = open_engine()
    engine.scan("staged_rows", path)
    counted = sql("select count(distinct hash(:header)) as n from staged_rows", header=column(header))
    found = engine.fetch(counted)["n"][0].as_py()
    engine.close()
    return int(found)


class RowsWriter:
    """Writes the rows of a table piece by piece, in the order of their source."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at_hand = RowsAtHand(path.with_suffix(".rows"))
        self._writer: pq.ParquetWriter | None = None
        self._nulls: dict[str, int] = {}
        self._rows = 0
        self._last: dict[str, str] = {}
        self._waiting: list[pa.Table] = []

    def write(self, data: pa.Table) -> None:
        """Add a piece: string columns and `row_no`."""
        if not data.num_rows:
            return
        if not self._rows:
            self._last = dict.fromkeys(data.column_names, "")
        self._rows += data.num_rows
        for name in data.column_names:
            self._nulls[name] = self._nulls.get(name, 0) + data[name].null_count
        self._last = {
            name: cells[-1].as_py()
            for name, last in self._last.items()
            if name != ROW_NO and _rises((cells := in_one(data[name])), last)
        }
        self._waiting.append(data)
        count = sum(rows.num_rows for rows in self._waiting)
        if count >= _PIECE_GROUPS * _GROUP_ROWS or (
            count >= _GROUP_ROWS and self._waiting_bytes > _MOST_WAITING
        ):
            self._write_waiting()

    @property
    def _waiting_bytes(self) -> int:
        return sum(rows.nbytes for rows in self._waiting)

    def _write_waiting(self, *, is_last: bool = False) -> None:
        """Write whole groups of the rows that wait, at the end all of them."""
        rows = pa.concat_tables(self._waiting)
        count = rows.num_rows if is_last else rows.num_rows // _GROUP_ROWS * _GROUP_ROWS
        self._writer = self._writer or self._open(rows)
        if count:
            self._writer.write_table(rows.slice(0, count), row_group_size=_GROUP_ROWS)
            self._at_hand.write(rows.slice(0, count))
        self._waiting = [rows.slice(count)]

    def _open(self, first: pa.Table) -> pq.ParquetWriter:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        repeating = [name for name in repeating_columns(first) if name != ROW_NO]
        packed = {name: "none" if name == ROW_NO else "zstd" for name in first.column_names}
        return pq.ParquetWriter(
            self._path, first.schema, compression=packed, use_dictionary=repeating,
            write_statistics=[ROW_NO], column_encoding={ROW_NO: "DELTA_BINARY_PACKED"},
        )  # fmt: skip

    def finish(self, broken: Sequence[BrokenRow]) -> StagedRows | None:
        """What was written, with the rows that could not be cut beside it; None where there was nothing."""
        if not self._rows:
            return None
        self._write_waiting(is_last=True)
        assert self._writer is not None  # noqa: S101  there are rows
        told = {_BROKEN.decode(): _broken_text(broken), _NULLS.decode(): json.dumps(self._nulls)}
        self._writer.add_key_value_metadata(told)
        self._writer.close()
        self._at_hand.close()
        at_hand = self._at_hand if self._at_hand.is_whole else None
        return StagedRows(self._path, self._rows, self._nulls, frozenset(self._last), at_hand)

    def discard(self) -> None:
        """Leave nothing behind."""
        self._at_hand.drop()
        self._path.unlink(missing_ok=True)


def _rises(cells: pa.Array, last: str) -> bool:
    """Whether each cell comes after the one before it, the first after `last`."""
    if cells.null_count or not cells[0].as_py() > last:
        return False
    top = cells.slice(0, _PROBE)
    for part in (top, cells):
        if not pc.all(pc.less(part.slice(0, len(part) - 1), part.slice(1)), min_count=0).as_py():
            return False
    return True


def write_rows(path: Path, data: pa.Table, broken: Sequence[BrokenRow]) -> None:
    """Write the rows of a table that is held, with those that could not be cut."""
    path.parent.mkdir(exist_ok=True)
    told = {_BROKEN: _broken_text(broken).encode()}
    pq.write_table(data.replace_schema_metadata(told), path, compression="zstd")


def count_rows(path: Path) -> int:
    """How many rows a file has."""
    return int(pq.read_metadata(path).num_rows)


def read_rows(path: Path) -> tuple[pa.Table, tuple[BrokenRow, ...]]:
    """The rows of a file, and those that could not be cut."""
    stored = pq.ParquetFile(path).read(use_threads=False)
    return stored.replace_schema_metadata(None), _broken_of(stored.schema)


def open_rows(path: Path) -> tuple[StagedRows, pa.Table, tuple[BrokenRow, ...]]:
    """A file of rows without reading all of them: its first rows, and those that could not be cut."""
    with pq.ParquetFile(path) as file:
        staged = StagedRows(path, file.metadata.num_rows, _empty_cells(file))
        broken = _broken_of(file.read_row_group(0, columns=[ROW_NO]).schema)
    return staged, first_rows(staged), broken


def _empty_cells(file: pq.ParquetFile) -> dict[str, int]:
    """Header → how many of its cells are empty, as the file tells or, where it was written before it told, its statistics."""
    if (told := (file.metadata.metadata or {}).get(_NULLS)) is not None:
        return {str(name): int(count) for name, count in json.loads(told).items()}
    nulls = dict.fromkeys(file.schema_arrow.names, 0)
    for group in range(file.num_row_groups):
        for place, name in enumerate(file.schema_arrow.names):
            nulls[name] += file.metadata.row_group(group).column(place).statistics.null_count
    return nulls


def first_rows(staged: StagedRows) -> pa.Table:
    """The rows by which a table is judged."""
    top: list[pa.Table] = []
    for piece in staged.pieces():
        top.append(piece.replace_schema_metadata(None))
        if sum(part.num_rows for part in top) >= LOOKED_AT:
            break
    return pa.concat_tables(top).slice(0, LOOKED_AT).combine_chunks()


def _broken_text(broken: Sequence[BrokenRow]) -> str:
    rows = [[b.row_no, b.text, b.code, b.problem.zh, b.problem.en] for b in broken]
    return json.dumps(rows, ensure_ascii=False)


def _broken_of(schema: pa.Schema) -> tuple[BrokenRow, ...]:
    told = json.loads((schema.metadata or {}).get(_BROKEN, b"[]"))
    return tuple(BrokenRow(row_no, text, code, Text(zh, en)) for row_no, text, code, zh, en in told)
