"""What the C library does with memory that arrays have freed."""

from __future__ import annotations

import ctypes
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""As `mallopt` of glibc numbers them."""
_KEPT_AT_MOST = 1 << 30
_LARGEST_PIECE = 1 << 25
"""The most that glibc takes; larger pieces have pages of their own."""


def keep_freed() -> None:
    """From now on, keep what was freed for the next who asks, where the C library is glibc.

    Columns of a block are some hundred megabytes, freed block by block. Given back to the system, they come again page by page, each
    filled with zeros first, which takes several times as long as the sum that is written to them.
    """
    _set_once()


def give_back() -> None:
    """Give to the system what nobody uses."""
    library = ctypes.CDLL(None)
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)


@cache
def _set_once() -> None:
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_MMAP_THRESHOLD, _LARGEST_PIECE)
        library.mallopt(_TRIM_THRESHOLD, _KEPT_AT_MOST)
