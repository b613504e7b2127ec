"""A fault inside leaves its place and kind in the log, and nothing of what somebody's data said."""

from __future__ import annotations

import logging
import sys

from keceng.web.faults import FaultFormatter

CELL = "张三 13800000000"


def test_a_fault_is_told_by_its_place_and_kind_without_its_message() -> None:
    try:
        int(CELL)
    except ValueError:
        record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "GET", (), sys.exc_info())
    told = FaultFormatter("%(message)s").format(record)
    assert "test_faults_in_the_log.py" in told
    assert told.endswith("ValueError")
    assert CELL not in told
