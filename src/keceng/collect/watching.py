"""Who is told what an import is doing."""

from __future__ import annotations

from collections.abc import Callable

from keceng.vocabulary import Text

Watch = Callable[[Text], None]
"""Is told each step in words, a long one again and again with its percentage at the end."""


class ShareTold:
    """Tells `watch` what is being done and how many percent of it are done, each percent once."""

    def __init__(self, watch: Watch, what: Text) -> None:
        self._watch, self._what, self._told = watch, what, -1

    def tell(self, done: int, of: int) -> None:
        """`done` of `of` parts are done."""
        percent = 100 * done // of if of else 100
        if percent > self._told:
            self._told = percent
            self._watch(Text(f"{self._what.zh} {percent}%", f"{self._what.en} {percent}%"))
