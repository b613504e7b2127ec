"""Cells in the plainest form, such as 2024-01-31, 12.50 or SO-00017, read at once by Arrow.

What they are is the same as in `readings`, which reads every other form; a law holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.readings import UNNAMED_CODES, UNNAMED_NAMES, CellKind, Notation

_AMOUNT = r"^-?\d{1,11}(\.\d{1,2})?$"
_QUANTITY = r"^-?\d{1,8}(\.\d{1,8})?$"
_PRICE = r"^-?\d{1,9}(\.\d{1,11})?$"
_TIME = r"([ T]([01]\d|2[0-3]):[0-5]\d:[0-5]\d)?$"
_MOMENT = r"^(19|20|21)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])" + _TIME
_SAFE_MOMENT = r"^(19|20|21)\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])" + _TIME

Read = tuple[pa.Array, pa.Array]
"""Typed cells, null where the cell is not plain; and whether it is plain or empty."""


def read_plain(cells: pa.Array, kind: CellKind, notation: Notation) -> Read | None:
    """What the plain cells are; None for kinds whose every form is read elsewhere."""
    if kind in _SCALED and notation.unit_scale != 1:
        return None
    reader = _READERS.get(kind)
    return reader(cells) if reader else None


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
