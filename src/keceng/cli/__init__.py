"""The shell door: the verbs of the loop. It parses, calls and prints; it never decides and never loads Django."""

from keceng.cli.main import main

__all__ = ["main"]
