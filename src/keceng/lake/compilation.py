"""How loops over arrays become machine code, kept beside their source where that can be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

_P = ParamSpec("_P")
_R = TypeVar("_R")


def compiled(function: Callable[_P, _R], *, fastmath: bool | set[str] = False) -> Callable[_P, _R]:
    """The function in machine code, compiled at its first call.

    What is kept is known by the stamp of the function's own file, so it calls only functions of its own module. The compiler takes
    a while to load: modules with such functions are loaded where there is much to do.

    Args:
        function: of numbers and arrays alone.
        fastmath: in which ways sums of fractions may differ from the order in which they are written. What is kept does not know this:
            after a change, touch the modules that use it.
    """
    import numba  # noqa: PLC0415

    try:
        kept: Callable[_P, _R] = numba.njit(cache=True, fastmath=fastmath)(function)
    except RuntimeError:  # numba's word for "no directory to cache in"
        anew: Callable[_P, _R] = numba.njit(fastmath=fastmath)(function)
        return anew
    return kept


def frozen(values: npt.NDArray[Any], dtype: type[np.signedinteger[Any]]) -> npt.NDArray[Any]:
    """`values` in one piece that is not written to: what may be written to would be compiled once more."""
    found = np.ascontiguousarray(values, dtype=dtype).view()
    found.flags.writeable = False
    return found
