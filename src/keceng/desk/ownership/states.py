"""Where a hand-over stands."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from keceng.vocabulary import Text


class HandOverState(StrEnum):
    """Where a hand-over stands."""

    ASKED = "asked"
    DONE = "done"
    UNDONE = "undone"

    @property
    def wording(self) -> Text:
        """The state in words."""
        return _STATES[self]


_STATES: Mapping[HandOverState, Text] = {
    HandOverState.ASKED: Text("排队中", "waiting"),
    HandOverState.DONE: Text("已转交", "handed over"),
    HandOverState.UNDONE: Text("已撤回", "taken back"),
}
