"""The states of a revision, and which step leads from which to which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from keceng.vocabulary import KecengError, Text


class Status(StrEnum):
    """Where a revision stands in its life."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    IN_FORCE = "in_force"
    RETIRED = "retired"

    @property
    def wording(self) -> Text:
        """The state in words."""
        return _STATES[self]


_STATES: Mapping[Status, Text] = {
    Status.DRAFT: Text("草稿", "draft"),
    Status.IN_REVIEW: Text("审核中", "in review"),
    Status.APPROVED: Text("已批准", "approved"),
    Status.IN_FORCE: Text("生效", "in force"),
    Status.RETIRED: Text("停用", "retired"),
}


class Step(StrEnum):
    """What was done to a revision."""

    CREATE = "create"
    IMPORT = "import"
    EDIT = "edit"
    SUBMIT = "submit"
    SEND_BACK = "send_back"
    APPROVE = "approve"
    PUBLISH = "publish"
    RETIRE = "retire"

    @property
    def wording(self) -> Text:
        """The step in words."""
        return _STEPS[self]


_STEPS: Mapping[Step, Text] = {
    Step.CREATE: Text("新建", "create"),
    Step.IMPORT: Text("导入", "import"),
    Step.EDIT: Text("修改", "edit"),
    Step.SUBMIT: Text("提交审核", "submit"),
    Step.SEND_BACK: Text("退回", "send back"),
    Step.APPROVE: Text("批准", "approve"),
    Step.PUBLISH: Text("发布", "publish"),
    Step.RETIRE: Text("停用", "retire"),
}

FROM: Mapping[Step, frozenset[Status]] = {
    Step.EDIT: frozenset({Status.DRAFT}),
    Step.SUBMIT: frozenset({Status.DRAFT}),
    Step.SEND_BACK: frozenset({Status.IN_REVIEW, Status.APPROVED}),
    Step.APPROVE: frozenset({Status.IN_REVIEW}),
    Step.PUBLISH: frozenset({Status.APPROVED}),
    Step.RETIRE: frozenset({Status.IN_FORCE}),
}
"""The states in which a step may be taken."""


def require_status(step: Step, status: Status) -> None:
    """Let a step pass where it may be taken.

    Raises:
        KecengError: the revision is in a state that the step does not lead from.
    """
    if status in FROM[step]:
        return
    possible = [s.wording for s in Status if s in FROM[step]]
    raise KecengError.of(
        "wrong_status",
        f"「{status.wording.zh}」的修订版不能{step.wording.zh}",
        f"cannot {step.wording.en} a revision that is {status.wording.en}",
        remedy=Text(
            "须处于：" + "、".join(t.zh for t in possible),
            "it must be " + " or ".join(t.en for t in possible),
        ),
    )
