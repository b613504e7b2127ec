"""What is told of a standard's effects: its numbers, who would move, the sheet of an approval, the history test, strategies."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from keceng.api.words import Cents, Line, Words


class Threshold(Schema):
    """可以调的数字。A number that people turn."""

    key: str
    section: Words
    label: Words
    unit: Words
    text: str


class ThresholdsTurned(Schema):
    """按键给出的新数字。New numbers by key."""

    thresholds: dict[Line, Line] = Field({})


class ClassEffect(Schema):
    """一级的前后。A class before and after."""

    class_id: str
    before: int
    after: int
    share_before: float | None
    share_after: float | None


class MoveCount(Schema):
    """等级之间的户数。Heads from class to class."""

    source: str
    target: str
    heads: int


class Effect(Schema):
    """对已发布结果的影响。What a draft would do to the published run; null before the first."""

    is_known: bool
    classes: list[ClassEffect]
    moved: int
    up: int
    down: int
    moves: list[MoveCount]
    moves_hash: str
    named_heads: int


class NamedMove(Schema):
    """进出最好一级的重点客户。A key account that enters or leaves the best class."""

    customer_id: str
    name: str
    owner: str
    source: str
    target: str
    sales_cents: Cents | None


class Impact(Effect):
    """影响单；批准时带上 moves_hash。The sheet an approver reads; `moves_hash` is what they approve."""

    is_stored: bool
    is_first: bool
    as_of: dt.date | None
    customers: int
    named: list[NamedMove]
    notes: list[Words]


class TrialWanted(Schema):
    """历史检验。A test on the past."""

    cuts: int = Field(1, ge=1, le=4)
    horizon_days: Literal[30, 90, 180, 365] = 90


class Trial(Schema):
    """最近一次历史检验。The last test of the document as it is."""

    job_id: int | None
    state: str | None
    result: dict[str, Any] | None


class BoardCell(Schema):
    """等级 × 状态的一格。A grade in a state."""

    grade: str
    state: str
    state_title: Words
    heads: int
    goal: Words | None
    rhythm_days: int | None
    service: Words | None
    is_own: bool
    is_gap: bool


class Board(Schema):
    """策略板。The strategies of one standard."""

    standard_id: str | None
    revision: int | None
    is_counted: bool
    gaps: int
    cells: list[BoardCell]
