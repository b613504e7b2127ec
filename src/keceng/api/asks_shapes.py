"""What is asked about a customer's grade, and what is answered."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from ninja import Schema
from pydantic import Field

from keceng.api.words import Line, Reason, Words


class Appealed(Schema):
    """申诉。An appeal."""

    why: Reason


class ClassWanted(Schema):
    """人工调整。Another class for one customer, until a day."""

    class_id: Line
    expires_on: dt.date
    why: Reason


class Nominated(Schema):
    """重点客户提名。A key-account nomination."""

    why: Reason
    expires_on: dt.date | None = None


class AppealAnswered(Schema):
    """答复申诉；支持时给出等级和到期日。The answer to an appeal; upholding it gives a class until a day."""

    answer: Literal["uphold", "reject"]
    why: Reason
    class_id: Line = ""
    expires_on: dt.date | None = None


class RequestAnswered(Schema):
    """答复请求。The answer to a request."""

    answer: Literal["approve", "refuse"]
    why: Reason = ""


class RequestEnded(Schema):
    """提前结束人工定级。The early end of a class by hand."""

    on: dt.date
    why: Reason


class Asked(Schema):
    """申诉或请求。An appeal or a request."""

    id: int
    kind: Literal["appeal", "override", "nomination"]
    customer_key: str
    title: Words
    state: Words
    is_open: bool
    class_id: str = Field(description="contested, or asked for · 被申诉或请求的等级")
    why: str
    asked_by: str
    asked_at: dt.datetime
    effective_on: dt.date | None
    expires_on: dt.date | None
    answer: str
    answered_by: str | None
    answered_at: dt.datetime | None
    can_answer: bool
    can_end: bool


class Dossier(Schema):
    """关于一位客户的全部请求。Everything asked about a customer's grade, what waits first."""

    asked: list[Asked]
    may_ask: bool
    takes_nominations: bool
    first_day: dt.date
    last_day: dt.date
