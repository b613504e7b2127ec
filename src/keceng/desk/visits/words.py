"""How somebody was in touch, and what came of it."""

from __future__ import annotations

from enum import StrEnum

from keceng.vocabulary import Text


class Channel(StrEnum):
    """How."""

    VISIT = "visit"
    PHONE = "phone"
    MESSAGE = "message"

    @property
    def wording(self) -> Text:
        """As on a screen."""
        return _CHANNELS[self]

    @property
    def space(self) -> str | None:
        """The ledger's word for where it happened."""
        return {Channel.VISIT: "offline", Channel.MESSAGE: "online"}.get(self)


class Outcome(StrEnum):
    """What came of it: one of three."""

    INTERESTED = "interested"
    UNCHANGED = "unchanged"
    TROUBLE = "trouble"

    @property
    def wording(self) -> Text:
        """As on a chip."""
        return _OUTCOMES[self]


_CHANNELS = {
    Channel.VISIT: Text("上门", "visit"),
    Channel.PHONE: Text("电话", "phone"),
    Channel.MESSAGE: Text("微信", "message"),
}
_OUTCOMES = {
    Outcome.INTERESTED: Text("有意向", "interested"),
    Outcome.UNCHANGED: Text("一切如常", "as usual"),
    Outcome.TROUBLE: Text("有问题", "a problem"),
}
