"""Many whole numbers in order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keceng.lake.compilation import frozen

_MANY, _MOST_BITS = 100_000, 32


def in_order(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """`numbers` from the least to the greatest; by their digits where there are many that do not lie too far apart."""
    if len(numbers) < _MANY:
        return np.sort(numbers)
    # Loaded where it is needed: the compiler takes a while.
    from keceng.lake.radix import DIGIT_BITS, sort_by_digits  # noqa: PLC0415

    least = int(numbers.min())
    bits = (int(numbers.max()) - least).bit_length()
    if bits > _MOST_BITS:
        return np.sort(numbers)
    counts = np.zeros((-(-bits // DIGIT_BITS), 1 << DIGIT_BITS), dtype=np.int64)
    rooms = (np.empty(len(numbers), dtype=np.uint32) for _ in range(2))
    rising = sort_by_digits(frozen(numbers, np.int64), least, counts, *rooms).astype(np.int64)
    rising += least
    return rising
