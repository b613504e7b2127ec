"""Loops over the numbers of many lines, compiled: loaded only where there are many, for the compiler takes a while to load."""

from __future__ import annotations

import numpy as np

from keceng.collect.compiled_cells import Bytes, Marks, Numbers, Starts, Whole, compiled
from keceng.collect.line_content import CHAINS

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
def sort_by(keys: Numbers, order: Numbers, begins: Numbers, sorted_order: Numbers) -> None:
    """The rows of `order` by their keys, rows of one key in the order in which they stand; `begins` has one zero per key and one more."""
    for i in range(len(keys)):
        begins[keys[i] + 1] += 1
    for key in range(1, len(begins)):
        begins[key] += begins[key - 1]
    for i in range(len(order)):
        row = order[i]
        place = begins[keys[row]]
        begins[keys[row]] = place + 1
        sorted_order[place] = row


@compiled
def sum_days(  # noqa: PLR0913, PLR0917  one compiled loop: its arrays are its arguments
    order: Numbers, customers: Numbers, days: Numbers, amounts: Whole, valid: Marks, returned: Marks,
    made: Numbers, made_days: Numbers, sums: Whole,
) -> int:  # fmt: skip
    """One customer and day after another of lines in their order: valid lines, net, gross and returned; how many there are.

    `sums` has four numbers per customer and day.
    """
    at = -1
    for place in range(len(order)):
        row = order[place]
        if at < 0 or customers[row] != made[at] or days[row] != made_days[at]:
            at += 1
            made[at], made_days[at] = customers[row], days[row]
            for part in range(4):
                sums[4 * at + part] = 0
        amount = amounts[row]
        sums[4 * at + 1] += amount
        if valid[row]:
            sums[4 * at] += 1
            sums[4 * at + 2] += amount
        if returned[row]:
            sums[4 * at + 3] -= amount
    return at + 1
