"""Loops over the numbers of many lines, compiled: loaded only where there are many, for the compiler takes a while to load."""

from __future__ import annotations

import numpy as np

from keceng.collect.compiled_cells import Bytes, Numbers, Starts, Whole
from keceng.collect.line_content import CHAINS
from keceng.lake import compiled

# Constants to the compiler, which divides by them without dividing.
(FIRST_PRIME, FIRST_FACTOR), (SECOND_PRIME, SECOND_FACTOR) = CHAINS
_U = np.uint64
_ONE, _HALF, _EIGHT_DIGITS, _SIXTEEN_DIGITS = _U(1), _U(32), _U(10**8), _U(10**16)
NEVER = np.iinfo(np.int32).max
"""The day of somebody who was not seen."""


@compiled
def note_first_days(numbers: Numbers, days: Numbers, first: Numbers) -> None:
    """Keep the first day of each number; one below zero is nobody's."""
    for i in range(len(numbers)):
        number = numbers[i]
        if number >= 0 and days[i] < first[number]:
            first[number] = days[i]


@compiled
def _first_chain(number: int | np.int64) -> np.int64:
    """The remainder by the first prime, as an engine divides: with the sign of the number."""
    return np.int64(_U(number) % _U(FIRST_PRIME)) if number >= 0 else -np.int64(_U(-number) % _U(FIRST_PRIME))


@compiled
def _second_chain(number: int | np.int64) -> np.int64:
    """The same by the second prime."""
    return (
        np.int64(_U(number) % _U(SECOND_PRIME)) if number >= 0 else -np.int64(_U(-number) % _U(SECOND_PRIME))
    )


@compiled
def _content(told_id: int, first_moment: np.int64, second_moment: np.int64, amount: int) -> np.uint64:
    """Both chains over a customer, a time, of which the remainders are given, and an amount, as one number."""
    if amount >= 0 and first_moment >= 0 and told_id >= 0:  # all above zero: a remainder needs no sign
        first, second = _U(told_id) % _U(FIRST_PRIME), _U(told_id) % _U(SECOND_PRIME)
        first = (first * _U(FIRST_FACTOR) + _U(first_moment)) % _U(FIRST_PRIME)
        second = (second * _U(SECOND_FACTOR) + _U(second_moment)) % _U(SECOND_PRIME)
        first = (first * _U(FIRST_FACTOR) + _U(amount)) % _U(FIRST_PRIME)
        second = (second * _U(SECOND_FACTOR) + _U(amount)) % _U(SECOND_PRIME)
        first, second = (
            first * _U(FIRST_FACTOR) % _U(FIRST_PRIME),
            second * _U(SECOND_FACTOR) % _U(SECOND_PRIME),
        )
        return (first << _HALF) + second
    mark = 1 if amount < 0 else 0
    one = _first_chain(_first_chain(told_id) * FIRST_FACTOR + first_moment)
    other = _second_chain(_second_chain(told_id) * SECOND_FACTOR + second_moment)
    one = _first_chain(one * FIRST_FACTOR + _first_chain(amount))
    other = _second_chain(other * SECOND_FACTOR + _second_chain(amount))
    one = _first_chain(_first_chain(one * FIRST_FACTOR + mark) + FIRST_PRIME)
    other = _second_chain(_second_chain(other * SECOND_FACTOR + mark) + SECOND_PRIME)
    return (_U(one) << _HALF) + _U(other)


@compiled
def _put_eight(number: np.uint64, at: np.uint64, data: Bytes) -> None:
    """A number below 10^8 as eight digits: four, two and one at a time, side by side in one word."""
    upper = number // _U(10_000)
    parts = upper | ((number - upper * _U(10_000)) << _U(32))
    tops = ((parts * _U(10_486)) >> _U(20)) & _U(0x7F_0000_007F)
    parts = ((parts - tops * _U(100)) << _U(16)) + tops
    tops = ((parts * _U(103)) >> _U(10)) & _U(0x000F_000F_000F_000F)
    text = (((parts - tops * _U(10)) << _U(8)) + tops) | _U(0x3030_3030_3030_3030)
    for k in range(_U(8)):
        data[at + k] = np.uint8(text >> (k << _U(3)))


@compiled
def _put_digits(number: np.uint64, at: np.uint64, data: Bytes) -> np.uint64:
    """The digits of a number; where they end."""
    end, power = at + _ONE, _U(10)
    while end - at < _U(19) and power <= number:
        end += _ONE
        power *= _U(10)
    place = end
    while place > at:
        place -= _ONE
        rest = number // _U(10)
        data[place] = np.uint8(_U(48) + number - rest * _U(10))
        number = rest
    return end


@compiled
def write_contents(  # noqa: PLR0913, PLR0917  one compiled loop: its arrays are its arguments
    numbers: Numbers, told: Whole, moments: Whole, amounts: Whole, nothing: int, ends: Starts, data: Bytes
) -> None:  # fmt: skip
    """The content of each line that tells nothing but customer, time and amount, as its digits; see `line_content`.

    `told` is the number told for the id of each customer, `nothing` that of nobody. `ends` takes where each content ends after a
    first 0, `data` the digits.
    """
    at, last = _U(0), np.int64(0)
    first_moment = second_moment = np.int64(0)
    for i in range(len(numbers)):
        number, moment = numbers[i], moments[i]
        if moment != last:
            last = moment
            first_moment, second_moment = _first_chain(moment), _second_chain(moment)
        content = _content(told[number] if number >= 0 else nothing, first_moment, second_moment, amounts[i])
        top = content // _SIXTEEN_DIGITS
        if top:
            at = _put_digits(top, at, data)
            rest = content - top * _SIXTEEN_DIGITS
            upper = rest // _EIGHT_DIGITS
            _put_eight(upper, at, data)
            _put_eight(rest - upper * _EIGHT_DIGITS, at + _U(8), data)
            at += _U(16)
        else:
            at = _put_digits(content, at, data)
        ends[i + 1] = at


@compiled
def lay_by_customer(
    ranks: Numbers, marks: Numbers, amounts: Whole, ends: Numbers, laid_marks: Numbers, laid_amounts: Whole
) -> None:
    """Lay marks and amounts customer by customer, those of one in the order in which they come.

    `ends` has a zero per customer and becomes where the lines of each end.
    """
    for i in range(len(ranks)):
        ends[ranks[i]] += 1
    begin = 0
    for rank in range(len(ends)):
        count = ends[rank]
        ends[rank] = begin
        begin += count
    for i in range(len(ranks)):
        place = ends[ranks[i]]
        ends[ranks[i]] = place + 1
        laid_marks[place], laid_amounts[place] = marks[i], amounts[i]


@compiled
def sum_days(  # noqa: PLR0913, PLR0917  one compiled loop: its arrays are its arguments
    first: int, last: int, ends: Numbers, marks: Numbers, amounts: Whole, made: Numbers, days: Numbers, sums: Whole
) -> int:  # fmt: skip
    """One customer from `first` to before `last`, and one of its days, after another; how many there are.

    A mark is the day, times four, plus 2 for a valid line and 1 for a returned one. `sums` has four numbers per day: valid lines,
    net, gross, returned.
    """
    at = -1
    for rank in range(first, last):
        begin = ends[rank - 1] if rank else 0
        for place in range(begin, ends[rank]):
            mark, amount = marks[place], amounts[place]
            if place == begin or mark >> 2 != days[at]:
                at += 1
                made[at], days[at] = rank, mark >> 2
                for part in range(4):
                    sums[4 * at + part] = 0
            sums[4 * at + 1] += amount
            if mark & 2:
                sums[4 * at] += 1
                sums[4 * at + 2] += amount
            if mark & 1:
                sums[4 * at + 3] -= amount
    return at + 1
