"""A turn is one transaction's at a time, and the next one sees what the one before has written."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from keceng.desk.outbox.models import OutboxRow
from keceng.desk.turns import take_turn
from tests.desk.cast import NOW

ROUNDS, CLERKS = 5, 4


def grow(ready: threading.Barrier) -> None:
    """Add a row whose number is how many there were: two at once would give the same number twice."""
    try:
        for _ in range(ROUNDS):
            ready.wait(60)
            with transaction.atomic():
                take_turn("test")
                number = OutboxRow.objects.count()
                OutboxRow.objects.create(decision_id=str(number), decision={}, posted_at=NOW)
    finally:
        connection.close()


def test_whoever_waits_for_a_turn_sees_what_was_done_in_the_one_before() -> None:
    ready = threading.Barrier(CLERKS)
    with ThreadPoolExecutor(CLERKS) as clerks:
        for done in [clerks.submit(grow, ready) for _ in range(CLERKS)]:
            done.result(timeout=120)
    numbers = OutboxRow.objects.values_list("decision_id", flat=True)
    assert sorted(map(int, numbers)) == list(range(ROUNDS * CLERKS))


def test_a_turn_outside_a_transaction_would_end_at_once() -> None:
    with pytest.raises(RuntimeError):
        take_turn("test")
