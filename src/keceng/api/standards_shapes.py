"""What is told of standards: revisions, words, findings, numbers, effects, impact."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field, StringConstraints

from keceng.api.words import Cents, Line, Reason, Words

Yaml = Annotated[str, StringConstraints(max_length=800_000)]


class Revision(Schema):
    """标准的一个修订版。One revision of one standard."""

    id: int
    standard_id: str
    revision: int
    title: Words
    status: str = Field(description="draft, in_review, approved, in_force, retired · 状态")
    author: str
    reviewer: str | None
    approver: str | None
    created_at: dt.datetime
    effective_from: dt.date | None
    retired_on: dt.date | None
    document_hash: str = Field(description="SHA-256 of the YAML; `based_on` of an edit · 修改时作为 based_on")
    moves_hash: str | None


class Finding(Schema):
    """对文件的一条意见。Something to be said about a document."""

    code: str
    told: Words
    remedy: Words | None
    path: str | None
    line: int | None


class Opinion(Schema):
    """错误、不能发布的问题、建议。Faults (no valid standard), what blocks publishing, and advice."""

    is_valid: bool
    faults: list[Finding]
    blocking: list[Finding]
    advice: list[Finding]


class ClassTold(Schema):
    """一级的白话。A class in words."""

    class_id: str
    title: Words
    public_title: Words | None
    rule: Words | None
    demands: list[list[Words]] = Field(
        description="all of these, each any of its list · 全部满足，每项满足其一"
    )
    keeps: list[list[Words]]


class DimensionTold(Schema):
    """一个维度的白话。A way of looking at customers in words."""

    dimension_id: str
    title: Words
    method: Words
    remarks: list[Words]
    classes: list[ClassTold]


class StrategyTold(Schema):
    """策略。What is done for a class in a state."""

    grade: str
    state: Words | None
    goal: Words
    rhythm_days: int | None
    service: Words | None


class StandardTold(Schema):
    """标准的白话。A standard in words."""

    title: Words
    basics: list[Words]
    grade: DimensionTold
    dimensions: list[DimensionTold]
    buffer: list[Words]
    strategies: list[StrategyTold]


class RevisionWhole(Schema):
    """修订版全文。A revision, what is to be said of it, and its words where it is valid."""

    revision: Revision
    opinion: Opinion
    words: StandardTold | None


class DocumentGiven(Schema):
    """YAML 文件。A document in YAML."""

    document: Yaml


class DocumentEdited(DocumentGiven):
    """修改后的文件。Another document for a revision."""

    based_on: Line = Field(description="`document_hash` that was read · 读到的 document_hash")
    why: Reason = ""


class DraftStarted(Schema):
    """草稿从哪里开始。Where a draft starts."""

    start: Line = Field(description="a template, or `@published` · 模板，或已发布的标准")
    standard_id: Line = ""


class Start(Schema):
    """可用的模板。What a draft can start from."""

    start: str
    title: Words


class Event(Schema):
    """历史的一行。What was done to a revision."""

    revision: int
    step: str
    told: Words
    by: str
    at: dt.datetime
    why: str


class Change(Schema):
    """两版之间的一处差异。One difference between two revisions."""

    path: str
    told: Words
    can_move: bool = Field(description="whether it can give another grade · 是否可能改变等级")


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
    share_before: float
    share_after: float


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


class Submitted(Schema):
    """这一步的理由。Why a step is taken."""

    why: Reason = ""


class Returned(Schema):
    """退回的理由。Why a revision goes back to its author."""

    why: Reason


class Approved(Schema):
    """批准所看到的影响。An approval of what was seen."""

    seen: Line = Field(description="`moves_hash` of the sheet that was read · 看过的影响单")
    why: Reason = ""


class Published(Schema):
    """生效或停用的日期。From when a revision is in force, or is not any more."""

    day: dt.date
    why: Reason = ""


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
