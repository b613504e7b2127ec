"""A group's condition, read: typed and checked as a standard's is, or refused with the place of each fault."""

from __future__ import annotations

from keceng.desk.directory.models import Edition
from keceng.desk.groups.names import read_names
from keceng.standard import Condition, describe_condition, parse_condition
from keceng.vocabulary import KecengError, Text

LONGEST = 2_000


def read_condition(text: str, edition: Edition) -> Condition:
    """The condition that `text` writes about the customers of `edition`.

    Raises:
        KecengError: every fault of it, with its position; or it is empty or far too long.
    """
    if not text.strip():
        raise KecengError.of(
            "empty_condition",
            "还没有条件",
            "there is no condition yet",
            remedy=Text(
                "至少写一行，例如 spend >= 100000", "write at least one line, such as spend >= 100000"
            ),
        )
    if len(text) > LONGEST:
        raise KecengError.of(
            "long_condition",
            f"条件最多 {LONGEST} 字",
            f"a condition has at most {LONGEST} characters",
            remedy=Text("拆成两个客户组", "make two groups of it"),
        )
    return parse_condition(text, read_names(edition).scope)


def tell_condition(text: str, edition: Edition) -> Text:
    """The condition in words, in both languages.

    Raises:
        KecengError: it cannot be read, for instance because this run's standard lacks a dimension that it names.
    """
    return describe_condition(read_condition(text, edition), read_names(edition).scope)
