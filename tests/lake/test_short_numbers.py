"""Numbers of 32 bits are what the same numbers of 64 bits are, at the ends of what 32 bits hold too."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from keceng.lake.vectors import arithmetic
from keceng.lake.vectors.vector import Vector

ENDS = (-(2**31), -(2**31) + 1, -1, 1, 2, 2**31 - 1)
OF_TWO = (arithmetic.add, arithmetic.subtract, arithmetic.multiply, arithmetic.divide)


def column(values: list[int], dtype: type[np.int32 | np.int64]) -> Vector:
    return Vector("number", np.array(values, dtype=dtype), None, (), min(values), max(values))


@pytest.mark.parametrize("work", OF_TWO)
def test_of_two_numbers(work: Callable[[Vector, Vector], Vector]) -> None:
    left, right = [a for a in ENDS for _ in ENDS], [b for _ in ENDS for b in ENDS]
    short, long = (work(column(left, kind), column(right, kind)) for kind in (np.int32, np.int64))
    assert short.values.tolist() == long.values.tolist()


def test_of_one_number() -> None:
    found = arithmetic.absolute(column([*ENDS], np.int32))
    assert found.values.tolist() == [abs(end) for end in ENDS]
