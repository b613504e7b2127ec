"""Records as Parquet describes itself: Thrift's compact protocol, as much of it as writing a file needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

_SHORT_LIST, _RECORD = 15, 12


class Part(NamedTuple):
    """Something written down, and of which kind."""

    kind: int
    written: bytes


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; `number` is not negative."""
    made = bytearray()
    while number > 127:
        made.append(number & 127 | 128)
        number >>= 7
    made.append(number)
    return bytes(made)


def tiny(number: int) -> Part:
    """A whole number that is not negative, of 16 bits at most."""
    return Part(4, varint(number << 1))


def small(number: int) -> Part:
    """A whole number that is not negative, of 32 bits at most."""
    return Part(5, varint(number << 1))


def large(number: int) -> Part:
    """A whole number that is not negative, of 64 bits at most."""
    return Part(6, varint(number << 1))


def binary(value: bytes) -> Part:
    """Bytes, or a text in UTF-8."""
    return Part(8, varint(len(value)) + value)


def listed(parts: Sequence[Part]) -> Part:
    """Parts of one kind, records where there are none."""
    kind, count = parts[0].kind if parts else _RECORD, len(parts)
    head = bytes([count << 4 | kind]) if count < _SHORT_LIST else bytes([0xF0 | kind]) + varint(count)
    return Part(9, head + b"".join(part.written for part in parts))


def record(fields: Mapping[int, Part]) -> Part:
    """Parts by the numbers of their fields, which rise by less than 16."""
    made, last = bytearray(), 0
    for field, part in fields.items():
        made.append(field - last << 4 | part.kind)
        made += part.written
        last = field
    made.append(0)
    return Part(_RECORD, bytes(made))
