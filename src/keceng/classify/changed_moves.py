"""Who of a run would stand where by a draft: one pass over its rows, that keeps of each no more than two classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from keceng.classify.moves import UNCLASSIFIED
from keceng.lake import UnitColumns

Places = npt.NDArray[np.int16]
Whole = npt.NDArray[np.int64]
_EXACT = 2.0**53


@dataclass(frozen=True, slots=True)
class Cell:
    """Those who come from one class to one class.

    Attributes:
        heads: how many they are.
        sales: theirs, in cents.
        positive: the same, where negative sales of a unit count as none.
    """

    heads: int
    sales: int
    positive: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The two classes of every unit.

    Attributes:
        classes: the words of `before` and `after`.
        before: the place in `classes` of each unit's grade in force.
        after: the same by the draft.
        cells: by the class before and the class after; of nobody there is none.
    """

    classes: tuple[str, ...]
    before: Places
    after: Places
    cells: Mapping[tuple[str, str], Cell]


def compare_grades(
    columns: UnitColumns, before: tuple[str, str], after: tuple[str, str], sales: tuple[str, str]
) -> Standing:
    """Both classes of every unit, and the sales of those who come from one to one.

    Args:
        columns: of the run and of the draft's steps.
        before: the step and the column of the grades in force.
        after: the same of the draft's.
        sales: of what each bought, in cents.

    Raises:
        UnsupportedError: columns cannot say it.
    """
    units = len(columns.keys)
    places: dict[str, int] = {UNCLASSIFIED: 0}
    sides = [np.empty(units, dtype=np.int16) for _ in range(2)]
    sums: dict[tuple[int, int], list[int]] = {}
    low = 0
    for *grades, spend in columns.walk([before, after, sales]):
        high = low + len(spend)
        for side, grade in zip(sides, grades, strict=True):
            side[low:high] = _places(grade, places)
        for cell, found in _counted(sides[0][low:high], sides[1][low:high], spend, len(places)):
            sums[cell] = [a + b for a, b in zip(sums.get(cell, (0, 0, 0)), found, strict=True)]
        low = high
    words = tuple(places)
    cells = {(words[a], words[b]): Cell(*found) for (a, b), found in sums.items()}
    return Standing(words, sides[0], sides[1], cells)


def _places(grades: pa.Array, places: dict[str, int]) -> Places:
    if not pa.types.is_dictionary(grades.type):
        return np.zeros(len(grades), dtype=np.int16)  # of nobody anything is known
    words = [places.setdefault(word, len(places)) for word in grades.dictionary.to_pylist()]
    to = np.array([*words, places[UNCLASSIFIED]], dtype=np.int16)
    codes = grades.indices.fill_null(len(words)) if grades.null_count else grades.indices
    found: Places = to[codes.to_numpy(zero_copy_only=False)]
    return found


def _counted(
    before: Places, after: Places, spend: pa.Array, width: int
) -> Iterator[tuple[tuple[int, int], tuple[int, int, int]]]:
    cells = before.astype(np.int64) * width + after
    cents: Whole = (spend.fill_null(0) if spend.null_count else spend).to_numpy(zero_copy_only=False)
    heads = np.bincount(cells, minlength=width**2)
    sales = _summed(cents, cells, width)
    back = np.flatnonzero(cents < 0)
    positive = sales - _summed(cents[back], cells[back], width)
    for cell in np.flatnonzero(heads).tolist():
        yield divmod(cell, width), (int(heads[cell]), int(sales[cell]), int(positive[cell]))


def _summed(cents: Whole, cells: Whole, width: int) -> Whole:
    if float(np.abs(cents).sum(dtype=np.float64)) < _EXACT:
        # Each partial sum is a whole number that a double holds.
        return np.bincount(cells, weights=cents, minlength=width**2).astype(np.int64)
    summed = np.zeros(width**2, dtype=np.int64)
    np.add.at(summed, cells, cents)
    return summed
