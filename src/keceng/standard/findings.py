"""A finding on a valid standard: what a manager should know, at its place, with what to do."""

from __future__ import annotations

from keceng.vocabulary import Place, Problem, Text


def finding(code: str, path: str, message: Text, remedy: Text) -> Problem:
    """A finding called `lint.<code>` at a path of the document."""
    return Problem(f"lint.{code}", message, remedy, Place(path=path))
