"""The shell door: the verbs of the loop. It parses, calls and prints; it never decides and never loads Django."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Run the shell door with `arguments`, or with those of the command line.

    The rooms are loaded here and not above, so that an interrupt while they load ends as quietly as any other.
    """
    try:
        from keceng.cli.door import open_door  # noqa: PLC0415

        open_door(arguments)
    except KeyboardInterrupt:
        sys.exit(130)
