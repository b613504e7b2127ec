"""A process that ends when the one that started it does, however that one ends."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable


def end_with_parent(end: Callable[[], None]) -> None:
    """Call `end` from a thread as soon as nobody holds the other end of standard input any more.

    The parent starts this process with a pipe as standard input and never writes to it; the operating system closes it
    when the parent is gone, killed or not.
    """
    held = os.dup(sys.stdin.fileno())

    def wait() -> None:
        while os.read(held, 1):
            pass
        end()

    threading.Thread(target=wait, daemon=True, name="leash").start()
