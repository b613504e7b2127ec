"""Whole numbers in as few bits as they need, as Parquet has them: compiled loops, loaded only where a result is written block by block.

Numbers go by their differences (DELTA_BINARY_PACKED: a least difference and a width per 128 numbers), codes of one width one after
another. Either is worked out in 64-bit words of their own: `scratch`, of `SCRATCH_SHAPE`. Flags are runs, or bits where those are short.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keceng.lake.compilation import compiled

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Whole = npt.NDArray[np.int64]

SCRATCH_SHAPE = (2, 128)
_U = np.uint64
_ZERO, _ONE, _TWO, _WORD_BYTES, _WORD_BITS = _U(0), _U(1), _U(2), _U(8), _U(64)
_LOW_SEVEN, _MORE, _SEVEN, _THREE = _U(127), _U(128), _U(7), _U(3)
_BLOCK, _PARTS, _PART = _U(128), _U(4), _U(32)
_HALVES = (_U(32), _U(16), _U(8), _U(4), _U(2), _U(1))
_LONG_RUN = 8
_MOST = np.iinfo(np.int64).max


def most_bytes(count: int) -> int:
    """How long `count` packed numbers or codes may become, with the room that the loops want behind them."""
    return (count // 128 + 2) * (128 * 8 + 16)


@compiled
def pack_differences(numbers: Whole, scratch: Words, out: Bytes) -> int:
    """Write `numbers` into `out`; how many bytes they take. A difference beyond 64 bits comes back all the same."""
    count = _U(len(numbers))
    at = _put_number(_put_number(_put_number(_ZERO, _BLOCK, out), _PARTS, out), count, out)
    if not count:
        return int(_put_number(at, _ZERO, out))
    at = _put_number(at, _signed(numbers[0]), out)
    done = _ONE
    while done < count:
        here = min(_BLOCK, count - done)
        least = _differences(numbers, done, here, scratch[0])
        at = _put_number(at, _signed(least), out)
        width, parts = _width(scratch[0]), (here + _PART - _ONE) // _PART
        for part in range(_PARTS):
            out[at + part] = np.uint8(width if part < parts else _ZERO)
        at += _PARTS
        if width:
            _pack_block(scratch, width, at, out)
            at += parts * _PARTS * width
        done += here
    return int(at)


@compiled
def pack_codes(codes: npt.NDArray[np.int32], width: int, scratch: Words, out: Bytes) -> int:
    """Write `codes`, none of them negative or of more than `width` bits, into `out`, up to a whole group of eight; how many bytes they take."""
    count, done, at = _U(len(codes)), _ZERO, _ZERO
    while done < count:
        here = min(_BLOCK, count - done)
        for k in range(here):
            scratch[0, k] = _U(codes[done + k])
        for k in range(here, _BLOCK):
            scratch[0, k] = _ZERO
        _pack_block(scratch, _U(width), at, out)
        at += _BLOCK // _WORD_BYTES * _U(width)
        done += _BLOCK
    return (len(codes) + 7) // 8 * width


@compiled
def pack_flags(flags: Bytes, rows: int, out: Bytes) -> int:
    """Write one bit for each of `rows`, of which `flags` has eight a byte, into `out`: long runs of one kind as such; how many bytes they take."""
    whole, at, first, here = rows // 8, _ZERO, 0, 0
    while here < whole:
        end = here + 1
        if flags[here] in {0, 255}:
            while end < whole and flags[end] == flags[here]:
                end += 1
        if end - here >= _LONG_RUN:
            at = _put_flags(flags, first, here, at, out)
            at = _put_number(at, _U((end - here) * 16), out)
            out[at] = flags[here] & np.uint8(1)
            at += _ONE
            first = end
        here = end
    return int(_put_flags(flags, first, len(flags), at, out))


@compiled
def _put_flags(flags: Bytes, first: int, end: int, at: np.uint64, out: Bytes) -> np.uint64:
    if end > first:
        at = _put_number(at, _U((end - first) * 2 + 1), out)
        for k in range(first, end):
            out[at] = flags[k]
            at += _ONE
    return at


@compiled
def _differences(numbers: Whole, done: np.uint64, here: np.uint64, words: Words) -> np.int64:
    """By how much each of the next `here` numbers differs from the one before it, less the least of them, which it tells."""
    least = np.int64(_MOST)
    if here == _BLOCK:  # so many that the compiler knows it
        for k in range(_BLOCK):
            difference = numbers[done + k] - numbers[done + k - _ONE]
            words[k] = _U(difference)
            least = min(least, difference)
        for k in range(_BLOCK):
            words[k] -= _U(least)
        return least
    for k in range(here):
        difference = numbers[done + k] - numbers[done + k - _ONE]
        words[k] = _U(difference)
        least = min(least, difference)
    for k in range(here):
        words[k] -= _U(least)
    for k in range(here, _BLOCK):
        words[k] = _ZERO
    return least


@compiled
def _width(words: Words) -> np.uint64:
    """The bits that the largest of 128 numbers needs."""
    every = _ZERO
    for k in range(_BLOCK):
        every |= words[k]
    width = _ZERO
    for half in _HALVES:
        if every >> half:
            width += half
            every >>= half
    return width + _ONE if every else _ZERO


@compiled
def _pack_block(scratch: Words, width: np.uint64, at: np.uint64, out: Bytes) -> None:
    """128 numbers of `width` bits each: two are laid into one word as long as it holds them, and the words one after another."""
    words, spare, count = scratch[0], scratch[1], _BLOCK
    while width <= _PART:
        count >>= _ONE
        _lay_together(words, spare, count, width)
        words, spare = spare, words
        width += width
    word, bits = _ZERO, _ZERO
    for k in range(count):
        number = words[k]
        word |= number << bits
        bits += width
        if bits >= _WORD_BITS:
            _put_word(at, word, out)
            at += _WORD_BYTES
            bits -= _WORD_BITS
            word = number >> (width - bits) if bits else _ZERO


@compiled
def _lay_together(words: Words, into: Words, count: np.uint64, width: np.uint64) -> None:
    for k in range(count):
        into[k] = words[_TWO * k] | (words[_TWO * k + _ONE] << width)


@compiled
def _put_word(at: np.uint64, word: np.uint64, out: Bytes) -> None:
    for k in range(_WORD_BYTES):
        out[at + k] = np.uint8(word >> (k << _THREE))


@compiled
def _put_number(at: np.uint64, number: np.uint64, out: Bytes) -> np.uint64:
    """Seven bits a byte, the lowest first; where it ends."""
    while number >= _MORE:
        out[at] = np.uint8((number & _LOW_SEVEN) | _MORE)
        at += _ONE
        number >>= _SEVEN
    out[at] = np.uint8(number)
    return at + _ONE


@compiled
def _signed(number: np.int64) -> np.uint64:
    """Small in either direction."""
    return _U((number << 1) ^ (number >> 63))
