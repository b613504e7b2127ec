"""From what a model says, in floats, to the whole numbers that the lake keeps."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Numbers: TypeAlias = npt.NDArray[np.float64]
Marks: TypeAlias = npt.NDArray[np.bool_]


def store_numbers(numbers: Numbers, known: Marks | None = None) -> pa.Array:
    """`numbers`, already in stored parts, rounded half to even; null where not `known`, not finite or too large to keep."""
    sound = np.isfinite(numbers) & (np.abs(np.nan_to_num(numbers)) < 2.0**63)
    sound = sound if known is None else sound & known
    return pa.array(np.rint(np.where(sound, numbers, 0.0)).astype(np.int64), mask=~sound)


def repeat_code(code: str, times: int) -> pa.Array:
    """The same category for everybody."""
    return pa.repeat(pa.scalar(code), times)
