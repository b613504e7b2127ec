"""A part of a text among a million texts: all of them lie in one piece of memory, which is looked through for the rarest byte first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from keceng.desk.directory.roster import Mask

_AT_ONCE = 1 << 20
_SAMPLE = 1 << 14
_Bytes = npt.NDArray[np.uint8]
_Places = npt.NDArray[np.intp]


def rows_with(texts: pa.LargeStringArray, part: str) -> Mask:
    """Which of `texts` hold `part`, byte for byte; every text holds the empty one. No text is null."""
    found = np.zeros(len(texts), dtype=np.bool_)
    if not part:
        found[:] = True
        return found
    offsets, content = memory_of(texts)
    sought = np.frombuffer(part.encode(), dtype=np.uint8)
    starts = _starts(content, sought, _counts(content))
    rows = np.searchsorted(offsets, starts, side="right") - 1
    # Two texts lie side by side: what begins in one and ends in the next is in neither.
    found[rows[starts + len(sought) <= offsets[rows + 1]]] = True
    return found


def memory_of(texts: pa.LargeStringArray) -> tuple[npt.NDArray[np.int64], _Bytes]:
    """Where each of `texts` begins and the last one ends, and the bytes of all of them, side by side."""
    _, places, content = texts.buffers()
    offsets = np.frombuffer(places, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    first, after = (int(offsets[0]), int(offsets[-1])) if len(texts) else (0, 0)
    held = np.frombuffer(content, dtype=np.uint8)[first:after] if content else np.zeros(0, dtype=np.uint8)
    # Those of many millions are not copied to take nothing from them.
    return (offsets - first if first else offsets), held


def _starts(content: _Bytes, sought: _Bytes, counts: npt.NDArray[np.int64]) -> _Places:
    """Where `sought` begins in `content`."""
    rarest_first = sorted(range(len(sought)), key=lambda place: int(counts[sought[place]]))
    rarest, rest = rarest_first[0], rarest_first[1:]
    last = len(content) - len(sought)
    found: list[_Places] = []
    for begin in range(0, last + 1, _AT_ONCE):
        window = content[begin + rarest : min(begin + _AT_ONCE, last + 1) + rarest]
        starts = np.flatnonzero(window == sought[rarest]) + begin
        for place in rest:
            starts = starts[content[starts + place] == sought[place]]
        found.append(starts)
    return np.concatenate(found) if found else np.zeros(0, dtype=np.intp)


def _counts(content: _Bytes) -> npt.NDArray[np.int64]:
    """How often each byte occurs, told by some of them."""
    return np.bincount(content[:: 1 + len(content) // _SAMPLE], minlength=256)
