"""Cells in the plainest form, such as 2024-01-31, 12.50 or SO-00017, read at once by Arrow.

What they are is the same as in `readings`, which reads every other form; a law holds the two together. Where there are many of
them, loops over their bytes do it that are compiled once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.numbered_texts import bytes_of
from keceng.collect.readings import UNNAMED_CODES, UNNAMED_NAMES, CellKind, Notation

_AMOUNT = r"^-?\d{1,11}(\.\d{1,2})?$"
_QUANTITY = r"^-?\d{1,8}(\.\d{1,8})?$"
_PRICE = r"^-?\d{1,9}(\.\d{1,11})?$"
_TIME = r"([ T]([01]\d|2[0-3]):[0-5]\d:[0-5]\d)?$"
_MOMENT = r"^(19|20|21)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])" + _TIME
_SAFE_MOMENT = r"^(19|20|21)\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])" + _TIME

MANY = 300_000
"""From so many cells on, compiled loops read them; loading those takes as long as reading some millions."""

Read = tuple[pa.Array, pa.Array]
"""Typed cells, null where the cell is not plain; and whether it is plain or empty."""


def read_plain(cells: pa.Array, kind: CellKind, notation: Notation) -> Read | None:
    """What the plain cells are; None for kinds whose every form is read elsewhere."""
    if kind in _SCALED and notation.unit_scale != 1:
        return None
    if is_read_by_loops(len(cells), kind):
        return _LOOPS[kind](cells)
    reader = _READERS.get(kind)
    return reader(cells) if reader else None


def is_read_by_loops(count: int, kind: CellKind) -> bool:
    """Whether so many cells are read one by one faster than they are known again."""
    return count >= MANY and kind in _LOOPS


def _keep(cells: pa.Array, is_plain: pa.Array) -> Read:
    is_plain = pc.fill_null(is_plain, fill_value=True)
    if pc.all(is_plain).as_py():
        return cells, is_plain
    return pc.if_else(is_plain, cells, pa.scalar(None, pa.string())), is_plain


def _read_codes(cells: pa.Array) -> Read:
    is_plain = pc.string_is_ascii(cells)
    for start in ("'", "="):
        is_plain = pc.and_not(is_plain, pc.starts_with(cells, start))
    return _keep(cells, pc.and_not(is_plain, pc.match_substring(cells, "+")))


def _read_texts(cells: pa.Array) -> Read:
    return _keep(cells, pc.invert(pc.starts_with(cells, "'")))


def _without(reader: Callable[[pa.Array], Read], unnamed: tuple[str, ...]) -> Callable[[pa.Array], Read]:
    """The reading `reader`, leaving the words that systems write for nobody to whoever knows them."""
    words = pa.array(unnamed, pa.string())

    def read(cells: pa.Array) -> Read:
        typed, is_plain = reader(cells)
        is_named = pc.invert(pc.is_in(pc.utf8_lower(cells), value_set=words))
        return _keep(typed, pc.and_(is_plain, is_named))

    return read


def _decimals(cells: pa.Array, pattern: str, kind: pa.Decimal128Type) -> Read:
    typed, is_plain = _keep(cells, pc.match_substring_regex(cells, pattern))
    return pc.cast(typed, kind), is_plain


def _read_cents(cells: pa.Array) -> Read:
    exact, is_plain = _decimals(cells, _AMOUNT, pa.decimal128(15, 2))
    if not len(exact):
        return pa.array([], pa.int64()), is_plain
    words = np.frombuffer(exact.buffers()[1], dtype="<i8")[
        2 * exact.offset : 2 * (exact.offset + len(exact)) : 2
    ]
    # An amount of two decimals is kept as its cents, in the lower of two words.
    return pa.array(words, pa.int64(), mask=np.asarray(exact.is_null())), is_plain


def _read_quantities(cells: pa.Array) -> Read:
    return _decimals(cells, _QUANTITY, pa.decimal128(17, 8))


def _read_prices(cells: pa.Array) -> Read:
    return _decimals(cells, _PRICE, pa.decimal128(21, 11))


def _read_moments(cells: pa.Array) -> Read:
    for pattern in (_MOMENT, _SAFE_MOMENT):
        typed, is_plain = _keep(cells, pc.match_substring_regex(cells, pattern))
        try:
            return pc.cast(typed, pa.timestamp("us")), is_plain
        except pa.ArrowInvalid:  # a day that its month does not have
            continue
    raise AssertionError(_SAFE_MOMENT)


def _loop_codes(cells: pa.Array) -> Read:
    return _see_codes(cells)[0]


def _loop_party_codes(cells: pa.Array) -> Read:
    (typed, is_plain), brief = _see_codes(cells)
    if not brief.any():
        return typed, is_plain
    words = pa.array(UNNAMED_CODES, pa.string())
    is_unnamed = np.zeros(len(cells), dtype=np.bool_)
    is_unnamed[brief] = pc.is_in(pc.utf8_lower(cells.filter(pa.array(brief))), value_set=words)
    return _keep(typed, pc.and_not(is_plain, pa.array(is_unnamed)))


def _see_codes(cells: pa.Array) -> tuple[Read, npt.NDArray[np.bool_]]:
    """The plain codes, and which of them are brief; see the loop."""
    from keceng.collect import compiled_cells  # noqa: PLC0415  loaded only where there are many

    odd, brief = (np.empty(len(cells), dtype=np.bool_) for _ in range(2))
    compiled_cells.see_codes(*bytes_of(cells), odd, brief)
    return _keep(cells, pa.array(~odd)), brief


def _loop_numbers(cells: pa.Array, kind: CellKind) -> Read:
    from keceng.collect import compiled_cells  # noqa: PLC0415  loaded only where there are many

    loop = compiled_cells.read_cents if kind is CellKind.CENTS else compiled_cells.read_moments
    numbers, odd = np.empty(len(cells), dtype=np.int64), np.empty(len(cells), dtype=np.bool_)
    found = loop(*bytes_of(cells), numbers, odd)
    is_typed = None
    if found or cells.null_count:
        is_typed = pc.and_(cells.is_valid(), pa.array(~odd)).buffers()[1]
    typed = pa.Array.from_buffers(kind.arrow, len(cells), [is_typed, pa.py_buffer(numbers)])
    return typed, pa.array(~odd)


_LOOPS: Mapping[CellKind, Callable[[pa.Array], Read]] = {
    CellKind.CODE: _loop_codes,
    CellKind.PARTY_CODE: _loop_party_codes,
    CellKind.CENTS: lambda cells: _loop_numbers(cells, CellKind.CENTS),
    CellKind.MOMENT: lambda cells: _loop_numbers(cells, CellKind.MOMENT),
}
_READERS: Mapping[CellKind, Callable[[pa.Array], Read]] = {
    CellKind.CODE: _read_codes,
    CellKind.PARTY_CODE: _without(_read_codes, UNNAMED_CODES),
    CellKind.TEXT: _read_texts,
    CellKind.PARTY_NAME: _without(_read_texts, UNNAMED_NAMES),
    CellKind.CENTS: _read_cents,
    CellKind.QUANTITY: _read_quantities,
    CellKind.UNIT_PRICE: _read_prices,
    CellKind.MOMENT: _read_moments,
}
_SCALED = frozenset({CellKind.CENTS, CellKind.QUANTITY, CellKind.UNIT_PRICE})
