"""What is told of standards: revisions, words, findings, numbers, effects, impact."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from ninja import Schema
from pydantic import Field, StringConstraints

from keceng.api.words import Line, Reason, Words

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
