"""Loops over the numbers of many lines, compiled: loaded only where there are many, for the compiler takes a while to load."""

from __future__ import annotations

import numpy as np

from keceng.collect.compiled_cells import Bytes, Numbers, Starts, Whole
from keceng.collect.line_content import CHAINS
from keceng.lake import compiled

# Constants to the compiler, which divides by them without dividing.
(FIRST_PRIME, FIRST_FACTOR), (SECOND_PRIME, SECOND_FACTOR) = CHAINS
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
def _first_chain(number: int) -> int:
    """The remainder by the first prime, as an engine divides: with the sign of the number."""
    rest = number % FIRST_PRIME
    return rest - FIRST_PRIME if number < 0 and rest else rest


@compiled
def _second_chain(number: int) -> int:
    """The same by the second prime."""
    rest = number % SECOND_PRIME
    return rest - SECOND_PRIME if number < 0 and rest else rest


@compiled
def write_contents(  # noqa: PLR0913, PLR0917  one compiled loop: its arrays are its arguments
    numbers: Numbers, told: Whole, moments: Whole, amounts: Whole, nothing: int, ends: Starts, data: Bytes
) -> None:  # fmt: skip
    """The content of each line that tells nothing but customer, time and amount, as its digits; see `line_content`.

    `told` is the number told for the id of each customer, `nothing` that of nobody. `ends` takes where each content ends after a
    first 0, `data` the digits.
    """
    digits = np.empty(20, dtype=np.uint8)
    at = 0
    for i in range(len(numbers)):
        number, moment, amount = numbers[i], moments[i], amounts[i]
        told_id = told[number] if number >= 0 else nothing
        mark = 1 if amount < 0 else 0
        first, second = _first_chain(told_id), _second_chain(told_id)
        first = _first_chain(first * FIRST_FACTOR + _first_chain(moment))
        second = _second_chain(second * SECOND_FACTOR + _second_chain(moment))
        first = _first_chain(first * FIRST_FACTOR + _first_chain(amount))
        second = _second_chain(second * SECOND_FACTOR + _second_chain(amount))
        first = _first_chain(_first_chain(first * FIRST_FACTOR + mark) + FIRST_PRIME)
        second = _second_chain(_second_chain(second * SECOND_FACTOR + mark) + SECOND_PRIME)
        content = np.uint64(first) * np.uint64(4294967296) + np.uint64(second)
        count = 0
        while content > np.uint64(0) or count == 0:
            rest = content // np.uint64(10)
            digits[count] = np.uint8(48) + np.uint8(content - rest * np.uint64(10))
            content = rest
            count += 1
        for digit in range(count):
            data[at + digit] = digits[count - 1 - digit]
        at += count
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
