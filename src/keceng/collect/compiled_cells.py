"""Loops over the bytes of many cells, compiled: loaded only where there are many, for the compiler takes a while to load.

What a plain cell is, `plain_cells` says; a law holds these loops to it. Cells come as Arrow keeps them: the bytes of all of them
one after another, and where each begins; a cell without bytes is empty.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keceng.lake import compiled

Bytes = npt.NDArray[np.uint8]
Starts = npt.NDArray[np.int32]
Whole = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int32]
Marks = npt.NDArray[np.bool_]


@compiled
def read_cents(data: Bytes, starts: Starts, cents: Whole, odd: Marks) -> int:
    """The amounts such as -12.50 in cents, 0 for every other cell; marks those that are odd, and says how many they are."""
    found = 0
    for i in range(len(starts) - 1):
        at, end = starts[i], starts[i + 1]
        cents[i], odd[i] = 0, False
        if at == end:
            continue
        is_negative = data[at] == 45
        if is_negative:
            at += 1
        first, number = at, 0
        while at < end and 48 <= data[at] <= 57 and at - first < 12:
            number = number * 10 + (data[at] - 48)
            at += 1
        is_plain = 1 <= at - first <= 11
        number *= 100
        if at < end:
            left = end - at
            is_plain = is_plain and data[at] == 46 and 2 <= left <= 3 and 48 <= data[at + 1] <= 57
            if is_plain:
                number += (data[at + 1] - 48) * 10
            if is_plain and left == 3:
                is_plain = 48 <= data[at + 2] <= 57
                number += data[at + 2] - 48
        if is_plain:
            cents[i] = -number if is_negative else number
        else:
            odd[i] = True
            found += 1
    return found


@compiled
def _two(data: Bytes, at: int) -> int:
    """Two digits, below zero where one is none."""
    tens, ones = int(data[at]) - 48, int(data[at + 1]) - 48
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else -1_000_000


@compiled
def _day(year: int, month: int, day: int) -> int:
    """Days from 1970, far below zero where there is no such day from 1900 to 2199."""
    if year < 1900 or year > 2199 or month < 1 or month > 12 or day < 1 or day > 31:
        return -1_000_000
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day > 30 and month in (4, 6, 9, 11):
        return -1_000_000
    if month == 2 and day > (29 if is_leap else 28):
        return -1_000_000
    shifted = year - 1 if month <= 2 else year
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return shifted * 365 + shifted // 4 - shifted // 100 + shifted // 400 + of_year - 719468


@compiled
def read_moments(data: Bytes, starts: Starts, moments: Whole, odd: Marks) -> int:
    """The times such as 2024-01-31 or 2024-01-31 10:20:30 in microseconds from 1970, 0 for every other cell; marks the odd ones."""
    found = 0
    for i in range(len(starts) - 1):
        at, size = starts[i], starts[i + 1] - starts[i]
        moments[i], odd[i] = 0, False
        if size == 0:
            continue
        is_plain, moment = (size == 10 or size == 19), 0  # noqa: PLR1714  the compiler takes no sets
        if is_plain and data[at + 4] == 45 and data[at + 7] == 45:
            year = _two(data, at) * 100 + _two(data, at + 2)
            day = _day(year, _two(data, at + 5), _two(data, at + 8))
            is_plain, moment = day > -1_000_000, day * 86_400
        else:
            is_plain = False
        if is_plain and size == 19:
            hour, minute, second = _two(data, at + 11), _two(data, at + 14), _two(data, at + 17)
            is_parted = (
                (data[at + 10] == 32 or data[at + 10] == 84) and data[at + 13] == 58 and data[at + 16] == 58
            )
            is_plain = is_parted and 0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59
            moment += hour * 3_600 + minute * 60 + second
        if is_plain:
            moments[i] = moment * 1_000_000
        else:
            odd[i] = True
            found += 1
    return found


@compiled
def see_codes(data: Bytes, starts: Starts, odd: Marks, brief: Marks) -> int:
    """Mark the codes that are odd, which begin with ' or =, hold a + or are not ASCII; says how many they are.

    `brief` are plain ones of at most six characters that do not begin with a digit from 1 to 9: words for nobody are among them.
    """
    found = 0
    for i in range(len(starts) - 1):
        at, end = starts[i], starts[i + 1]
        odd[i] = brief[i] = False
        if at == end:
            continue
        is_plain = data[at] != 39 and data[at] != 61
        for place in range(at, end):
            is_plain = is_plain and data[place] < 128 and data[place] != 43
        odd[i] = not is_plain
        found += not is_plain
        brief[i] = is_plain and end - at <= 6 and not 49 <= data[at] <= 57
    return found


@compiled
def pack(data: Bytes, starts: Starts, width: int, words: Words) -> None:
    """Each cell as `width` words: its length in one byte, then its bytes, then nothing."""
    for i in range(len(starts) - 1):
        at, end = starts[i], starts[i + 1]
        word, shift, place = np.uint64(end - at), np.uint64(8), i * width
        for read in range(at, end):
            word |= np.uint64(data[read]) << shift
            shift += np.uint64(8)
            if shift == np.uint64(64):
                words[place] = word
                word, shift = np.uint64(0), np.uint64(0)
                place += 1
        while place < (i + 1) * width:
            words[place] = word
            word = np.uint64(0)
            place += 1


@compiled
def hash_words(words: Words, width: int, hashes: Words) -> None:
    """One number for the `width` words of each thing, by which it is looked up."""
    for i in range(len(hashes)):
        hashed = np.uint64(0x9E3779B97F4A7C15)
        for part in range(width):
            hashed = (hashed ^ words[i * width + part]) * np.uint64(0xFF51AFD7ED558CCD)
            hashed ^= hashed >> np.uint64(32)
        hashes[i] = hashed


@compiled
def find_numbers(
    words: Words, hashes: Words, width: int, table: Words, state: Whole, numbers: Numbers
) -> bool:
    """The number of each thing, -1 for one of which the first word is nothing; a new one gets the next number.

    `table` has `width` words and a number above zero per slot. `state` is how many are known, and from which cell to go on.

    Returns:
        False where the table is half full: it goes on from there with a larger one.
    """
    stride = width + 1
    slots = len(table) // stride
    mask = np.uint64(slots - 1)
    known = state[0]
    for i in range(state[1], len(hashes)):
        cell = i * width
        if words[cell] == 0:
            numbers[i] = -1
            continue
        slot = hashes[i] & mask
        while True:
            place = np.int64(slot) * stride
            number = np.int64(table[place + width])
            if number == 0:
                if known * 2 >= slots:
                    state[0], state[1] = known, i
                    return False
                known += 1
                number = known
                for part in range(width):
                    table[place + part] = words[cell + part]
                table[place + width] = np.uint64(number)
                break
            is_same = True
            for part in range(width):
                is_same = is_same and table[place + part] == words[cell + part]
            if is_same:
                break
            slot = (slot + np.uint64(1)) & mask
        numbers[i] = number - 1
    state[0], state[1] = known, 0
    return True


@compiled
def read_words(table: Words, width: int, words: npt.NDArray[np.uint64]) -> None:
    """The words of each thing, in the order of their numbers."""
    stride = width + 1
    for place in range(0, len(table), stride):
        number = np.int64(table[place + width])
        if number:
            for part in range(width):
                words[number - 1, part] = table[place + part]
