"""The words of runs and reviews: states, kinds of items, verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from keceng.vocabulary import Text


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ReviewState(StrEnum):
    """Whether a review may still be decided."""

    OPEN = "open"
    CLOSED = "closed"


class ItemKind(StrEnum):
    """What is on the list of a review."""

    MOVE = "move"
    APPEAL = "appeal"
    EXPIRY = "expiry"

    @property
    def wording(self) -> Text:
        """The kind in words."""
        return _KINDS[self]


_KINDS: Mapping[ItemKind, Text] = {
    ItemKind.MOVE: Text("升降级", "move"),
    ItemKind.APPEAL: Text("申诉", "appeal"),
    ItemKind.EXPIRY: Text("人工定级到期", "class by hand expires"),
}


class Verdict(StrEnum):
    """What a review says of an item.

    `agree`: the system's class stands, an appeal is turned down, a class given by hand ends. `postpone`: as it was, until
    the next review. `adjust`: another class, until a day. `lapsed`: nobody decided by the date, the system's class stands;
    an appeal stays open and comes again, for nobody has answered it.
    """

    AGREE = "agree"
    POSTPONE = "postpone"
    ADJUST = "adjust"
    LAPSED = "lapsed"

    @property
    def wording(self) -> Text:
        """The verdict in words."""
        return _VERDICTS[self]


_VERDICTS: Mapping[Verdict, Text] = {
    Verdict.AGREE: Text("同意", "agreed"),
    Verdict.POSTPONE: Text("暂缓", "postponed"),
    Verdict.ADJUST: Text("人工调整", "adjusted"),
    Verdict.LAPSED: Text("未决, 按系统值", "undecided, the system's class stands"),
}


class RequestKind(StrEnum):
    """What somebody asks for one customer."""

    OVERRIDE = "override"
    NOMINATION = "nomination"


class RequestState(StrEnum):
    """Where a request stands."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    ENDED = "ended"


class AppealState(StrEnum):
    """Where an appeal stands."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"
