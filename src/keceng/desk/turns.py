"""One process at a time: what must not happen twice at once, on a database whose writers do not wait for each other."""

from __future__ import annotations

from hashlib import sha256

from django.db import connection


def take_turn(name: str) -> None:
    """Wait until no other transaction holds the turn `name`, and hold it to the end of this one.

    What is read after it is what the one before has committed. A transaction of SQLite has begun as the only writer, so
    it has its turn already.

    Raises:
        RuntimeError: no transaction is open, so that the turn would end at once.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a turn is taken in the transaction that it is for")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [_number(name)])


def _number(name: str) -> int:
    # PostgreSQL names such a lock by 64 bits with a sign.
    return int.from_bytes(sha256(f"keceng:{name}".encode()).digest()[:8], "big", signed=True)
