"""What can be done here: runs, the monthly review, appeals, classes by hand, nominations, and minutes."""

from __future__ import annotations

from keceng.desk.runs.appeals import open_appeal, reject_appeal, uphold_appeal
from keceng.desk.runs.minutes import write_minutes
from keceng.desk.runs.requests import approve_request, ask_for_class, end_request, nominate, refuse_request
from keceng.desk.runs.reviews import adjust, agree, agree_to_rest, close_review, open_review, postpone, undo
from keceng.desk.runs.running import (
    CANCELLED,
    RUN_DIED,
    carry_out,
    drop_request,
    request_run,
    settle_interrupted,
)

__all__ = [
    "CANCELLED",
    "RUN_DIED",
    "adjust",
    "agree",
    "agree_to_rest",
    "approve_request",
    "ask_for_class",
    "carry_out",
    "close_review",
    "drop_request",
    "end_request",
    "nominate",
    "open_appeal",
    "open_review",
    "postpone",
    "refuse_request",
    "reject_appeal",
    "request_run",
    "settle_interrupted",
    "undo",
    "uphold_appeal",
    "write_minutes",
]
