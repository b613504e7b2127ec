"""Delimited texts too large to be held: looked through once as bytes, then cut, tidied and staged piece by piece.

The rules are those of `delimited` and `cleaning`. A text that needs more than a piece at a time to be read rightly (quotes
that do not match, bytes that are not UTF-8) is left to the way that holds it whole.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from keceng.collect.aliases import is_identity_header, is_known_header
from keceng.collect.cells import blank_to_null, trim_text
from keceng.collect.cleaning import drop_unwanted, may_hold_totals, note_dropped, without_broken_totals
from keceng.collect.delimited import BLANKS, QUOTE, Layout, cut_options, find_layout, has_swallowed_rows
from keceng.collect.encodings import INVISIBLE, SAMPLE_CHARACTERS, find_foreign, is_usual_chinese
from keceng.collect.source import ROW_NO, BrokenRow, SourceTable
from keceng.collect.staged import RowsWriter, first_rows

Advance = Callable[[int], None]
"""Is told how many more bytes of the file were read."""

PIECE_BYTES = 4 * 1024**2
_CONTROLS = bytes([*range(9), *range(14, 27), *range(28, 32)])
_INVISIBLE = tuple(character.encode() for character in INVISIBLE)
_BLANK_MARKS = (b" ", b"\t", b"\v", b"\f")
_WIDE = "，"
_SEAM = 16
"""Bytes of a piece that are looked at again with the next one: longer than any word that is looked for."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look through all bytes tells.

    Attributes:
        encoding: of the text.
        digest: SHA-256 of the file, in hex.
        has_quotes: whether any cell may be quoted.
        has_blanks: whether there may be a blank beside a cell.
        may_total: whether any row may be a total.
    """

    encoding: str
    digest: str
    has_quotes: bool
    has_blanks: bool
    may_total: bool


def stage_text(path: Path, staging: Path, *, advance: Advance) -> SourceTable | None:
    """The one table of a large delimited text, its rows in a file under `staging`; None where it must be held to be read.

    Raises:
        KecengError: `no_header`.
    """
    seen = _look_through(path, "utf-8", advance) or _look_through(path, "gb18030", _ignore)
    if seen is None:
        return None
    with path.open("rb") as file:
        top = next(_pieces(file, seen.encoding), b"")
    layout = find_layout(top.decode(), path.name, is_known=is_known_header)
    if layout.delimiter in {BLANKS, _WIDE}:
        return None
    return _Staging(path, staging / f"{secrets.token_hex(8)}.parquet", seen, layout).run(advance)


def _ignore(_count: int) -> None:
    return None


class _Look:
    """What the pieces of a text told so far."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._encoding, self._digest = encoding, hashlib.sha256()
        self._quotes, self._has_blanks, self._may_total, self._end = 0, False, False, b""
        self._foreign: list[str] = []

    def take(self, piece: bytes) -> None:
        """Look at the next piece.

        Raises:
            UnicodeDecodeError: it is in another encoding.
        """
        self._digest.update(piece)
        self._quotes += piece.count(QUOTE.encode())
        self._has_blanks = self._has_blanks or not piece.isascii() or any(b in piece for b in _BLANK_MARKS)
        text = piece if self._is_plain(piece) else self._decoder.decode(piece).encode()
        if not self._may_total:
            seam = self._end + text
            self._may_total = may_hold_totals(seam) or _hides_characters(seam)
            self._end = text[-_SEAM:]
        if self._encoding != "utf-8" and len(self._foreign) < SAMPLE_CHARACTERS:
            self._foreign += find_foreign(text.decode())[:SAMPLE_CHARACTERS]

    def _is_plain(self, piece: bytes) -> bool:
        return piece.isascii() and not self._decoder.getstate()[0]

    def tell(self) -> _Seen | None:
        """What they told; None where the text is not cut piece by piece."""
        usual = self._encoding == "utf-8" or is_usual_chinese("".join(self._foreign), self._encoding)
        if self._quotes % 2 or self._decoder.getstate()[0] or not usual:
            return None
        has_quotes = bool(self._quotes)
        has_blanks = has_quotes or self._has_blanks
        return _Seen(self._encoding, self._digest.hexdigest(), has_quotes, has_blanks, self._may_total)


def _hides_characters(text: bytes) -> bool:
    return not text.isascii() and any(mark in text[len(codecs.BOM_UTF8) :] for mark in _INVISIBLE)


def _look_through(path: Path, encoding: str, advance: Advance) -> _Seen | None:
    """All bytes of a text whose quotes may match; None for anything else."""
    look = _Look(encoding)
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            if len(piece.translate(None, _CONTROLS)) < len(piece):
                return None
            try:
                look.take(piece)
            except UnicodeDecodeError:
                return None
            advance(len(piece))
    return look.tell()


def _pieces(file: BinaryIO, encoding: str) -> Iterator[bytes]:
    r"""The text as UTF-8 in pieces that end with a line, without marks and zero-width characters, lines ending in `\n`."""
    rest: list[bytes] = []
    while read := file.read(PIECE_BYTES):
        cut = read.rfind(b"\n") + 1
        if cut:
            yield _plain(b"".join([*rest, read[:cut]]), encoding)
            rest = []
        rest.append(read[cut:])
    if any(rest):
        yield _plain(b"".join(rest), encoding)


def _plain(piece: bytes, encoding: str) -> bytes:
    if not piece.isascii():
        piece = piece if encoding == "utf-8" else piece.decode(encoding).encode()
        for invisible in _INVISIBLE:
            piece = piece.replace(invisible, b"")
    return piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in piece else piece


class _Body(io.RawIOBase):
    """The text below the header, to be read once."""

    def __init__(self, pieces: Iterator[bytes], layout: Layout, advance: Advance) -> None:
        self._pieces, self._advance = pieces, advance
        first = next(pieces, b"")
        self._left = memoryview(first[len(first.decode()[: layout.start].encode()) :])

    def readable(self) -> bool:
        """It can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """`size` bytes, fewer only at the end."""
        parts: list[memoryview] = []
        wanted = size if size >= 0 else PIECE_BYTES
        while wanted:
            if not self._left and not (piece := next(self._pieces, b"")):
                break
            self._left = self._left or memoryview(piece)
            parts.append(self._left[:wanted])
            self._left = self._left[wanted:]
            wanted -= len(parts[-1])
        given = b"".join(parts)
        self._advance(len(given))
        return given


class _RowNumbers:
    """The numbers of rows in their order, without those of broken ones, which are known by the time a piece comes."""

    def __init__(self, first: int, broken: Sequence[BrokenRow]) -> None:
        self._next, self._broken, self._passed = first, broken, 0

    def take(self, count: int) -> pa.Array:
        """The numbers of the next `count` rows."""
        ahead = [row.row_no for row in self._broken[self._passed :]]
        numbers = np.arange(self._next, self._next + count + len(ahead), dtype=np.int64)
        numbers = numbers[~np.isin(numbers, ahead)][:count]
        self._next = int(numbers[-1]) + 1
        self._passed += sum(number < self._next for number in ahead)
        return pa.array(numbers)


@dataclass(frozen=True, slots=True)
class _Staging:
    """One text on its way into a file of rows."""

    source: Path
    target: Path
    seen: _Seen
    layout: Layout

    def run(self, advance: Advance) -> SourceTable | None:
        """The table; None where a stray pair of quotes, or a row longer than a piece, is in the way."""
        broken: list[BrokenRow] = []
        writer, dropped = RowsWriter(self.target), [0, 0]
        try:
            with self.source.open("rb") as file:
                for data, totals, repeats in self._tidy_pieces(file, broken, advance):
                    writer.write(data)
                    dropped = [dropped[0] + totals, dropped[1] + repeats]
        except (pa.ArrowInvalid, _SwallowedRowsError):
            writer.discard()
            return None
        return self._table(writer, broken, *dropped)

    def _tidy_pieces(
        self, file: BinaryIO, broken: list[BrokenRow], advance: Advance
    ) -> Iterator[tuple[pa.Table, int, int]]:
        header = self.layout.header
        numbers = _RowNumbers(self.layout.first_row, broken)
        read, parse, convert = cut_options(
            header, self.layout.delimiter, has_quotes=self.seen.has_quotes, broken=broken
        )
        read.block_size = PIECE_BYTES
        body = _Body(_pieces(file, self.seen.encoding), self.layout, advance)
        reader = arrow_csv.open_csv(
            pa.PythonFile(body, "r"), read_options=read, parse_options=parse, convert_options=convert
        )
        for batch in reader:
            rows = pa.Table.from_batches([batch])
            if not rows.num_rows:
                continue
            if self.seen.has_quotes and has_swallowed_rows(rows):
                raise _SwallowedRowsError
            tidy = trim_text if self.seen.has_blanks else blank_to_null
            cells = {name: tidy(rows[name]) for name in header.names}
            data = pa.table(cells | {ROW_NO: numbers.take(rows.num_rows)})
            yield drop_unwanted(
                data, header.names, is_identity=is_identity_header, may_total=self.seen.may_total
            )

    def _table(
        self, writer: RowsWriter, broken: list[BrokenRow], totals: int, repeats: int
    ) -> SourceTable | None:
        kept = without_broken_totals([row for row in broken if row.text.strip()])
        totals += sum(bool(row.text.strip()) for row in broken) - len(kept)
        staged = writer.finish(kept)
        if staged is None:
            return None
        header = self.layout.header
        used = [
            name
            for name, is_named in zip(header.names, header.named, strict=True)
            if is_named or staged.null_counts[name] < staged.row_count
        ]
        return SourceTable(
            file=self.source.name,
            sheet=None,
            headers=tuple(used),
            data=first_rows(staged).select([*used, ROW_NO]),
            digest=self.seen.digest,
            broken_rows=kept,
            notes=note_dropped(totals, repeats),
            dropped_rows=totals + repeats,
            title_lines=header.title_lines,
            staged=staged,
        )


class _SwallowedRowsError(Exception):
    """A stray pair of quotes made one cell of many rows."""
