"""The words of jobs: what kinds there are, where one stands, how often a schedule comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from keceng.vocabulary import Text


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def wording(self) -> Text:
        """The state in words."""
        return _STATES[self]

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self not in {JobState.QUEUED, JobState.RUNNING}


_STATES: Mapping[JobState, Text] = {
    JobState.QUEUED: Text("排队中", "waiting"),
    JobState.RUNNING: Text("进行中", "under way"),
    JobState.DONE: Text("已完成", "done"),
    JobState.FAILED: Text("没有成功", "failed"),
    JobState.CANCELLED: Text("已取消", "cancelled"),
}


class Lane(StrEnum):
    """Jobs of one lane follow each other; two lanes go side by side."""

    WRITING = "writing"
    READING = "reading"


class JobKind(StrEnum):
    """What a job does."""

    CLASSIFY = "classify"
    PREVIEW = "preview"
    IMPORT = "import"
    UNDO_LOOK = "undo_look"
    UNDO = "undo"
    EXPORT = "export"
    DIRECTORY = "directory"
    REVIEW = "review"
    TRIAL = "trial"
    HAND_OVER = "handover"

    @property
    def wording(self) -> Text:
        """The kind in words."""
        return _TRAITS[self].wording

    @property
    def lane(self) -> Lane:
        """What it must not run beside."""
        return _TRAITS[self].lane

    @property
    def most_seconds(self) -> int:
        """How long it may take before it is ended."""
        return _TRAITS[self].most_seconds


@dataclass(frozen=True, slots=True)
class _Traits:
    wording: Text
    lane: Lane
    most_seconds: int


_TRAITS: Mapping[JobKind, _Traits] = {
    JobKind.CLASSIFY: _Traits(Text("分级", "classification"), Lane.WRITING, 6 * 3600),
    JobKind.PREVIEW: _Traits(Text("预览导入", "preview of an import"), Lane.READING, 3600),
    JobKind.IMPORT: _Traits(Text("导入", "import"), Lane.WRITING, 2 * 3600),
    JobKind.UNDO_LOOK: _Traits(Text("预览撤销", "preview of an undo"), Lane.READING, 2 * 3600),
    JobKind.UNDO: _Traits(Text("撤销导入", "undo of an import"), Lane.WRITING, 4 * 3600),
    JobKind.EXPORT: _Traits(Text("导出客户", "export of customers"), Lane.READING, 3600),
    JobKind.DIRECTORY: _Traits(Text("更新客户名录", "directory of customers"), Lane.WRITING, 3600),
    JobKind.REVIEW: _Traits(Text("召集评审", "opening of a review"), Lane.WRITING, 600),
    JobKind.TRIAL: _Traits(Text("历史检验", "history test"), Lane.READING, 2 * 3600),
    JobKind.HAND_OVER: _Traits(Text("转交客户", "hand-over of customers"), Lane.READING, 3600),
}


class Every(StrEnum):
    """How often a schedule comes."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def wording(self) -> Text:
        """The rhythm in words."""
        return _RHYTHMS[self]


_RHYTHMS: Mapping[Every, Text] = {
    Every.DAY: Text("每天", "every day"),
    Every.WEEK: Text("每周", "every week"),
    Every.MONTH: Text("每月", "every month"),
}
