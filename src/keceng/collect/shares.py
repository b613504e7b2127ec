"""How far a long piece of work is, told in whole percents and not too often."""

from __future__ import annotations

from collections.abc import Callable

from keceng.vocabulary import Text


class ShareTold:
    """Tells `watch` what is being done and how many percent of it are done, each percent once."""

    def __init__(self, watch: Callable[[Text], None], what: Text) -> None:
        self._watch, self._what, self._told = watch, what, -1

    def tell(self, done: int, of: int) -> None:
        """`done` of `of` parts are done."""
        percent = 100 * done // of if of else 100
        if percent > self._told:
            self._told = percent
            self._watch(Text(f"{self._what.zh} {percent}%", f"{self._what.en} {percent}%"))
