"""How a fault of ours is written to the server's log: where it happened and of what kind, never with whose data."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType

_Fault = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class FaultFormatter(logging.Formatter):
    """Lines of code and the kind of an exception. Its message is left out: it may quote a cell, a name or a number."""

    def formatException(self, ei: _Fault) -> str:  # noqa: N802  the name is the standard library's
        """The frames, the innermost last, and the kind."""
        kind, _message, frames = ei
        where = "".join(traceback.format_list(traceback.extract_tb(frames)))
        return f"{where}{kind.__qualname__ if kind else ''}"
