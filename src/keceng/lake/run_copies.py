"""The compiled loop behind `keyed_runs`: loaded only where there is much to copy, or the compiler is there already."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from keceng.lake.compilation import compiled

Places = npt.NDArray[np.int64]


@compiled
def copy_runs(
    values: npt.NDArray[Any], first: Places, counts: Places, start: Places, into: npt.NDArray[Any]
) -> None:  # fmt: skip
    """From `first`, `counts` of `values` go to `start` of `into`, run after run."""
    for run in range(len(first)):
        low, to = first[run], start[run]
        for row in range(counts[run]):
            into[to + row] = values[low + row]
