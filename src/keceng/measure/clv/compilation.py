"""How the inner loops of the models are compiled.

Compiled code is cached beside its source where that is safe: the cache is keyed on the file's own stamp, so a compiled
function calls only functions of its own module. Where no directory can be written, it is compiled anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from keceng.lake import compiled

_P = ParamSpec("_P")
_R = TypeVar("_R")

# The cache does not know these flags: after changing them, touch the modules that use them.
# Sums may be reordered and fused; infinities and NaN keep their meaning.
_FAST_SUMS = {"reassoc", "contract", "arcp", "nsz"}


def compile_exact(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compiled in IEEE order, for scores and checks."""
    return compiled(function)


def compile_sums(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compiled with sums reordered as the processor likes: the same bits on every run of one machine."""
    return compiled(function, fastmath=_FAST_SUMS)
