"""What a look at one thing found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from keceng.vocabulary import KecengError, Text


class Level(StrEnum):
    """How it stands: in order, worth a look, or so that something does not work."""

    GOOD = "good"
    WARNING = "warning"
    BROKEN = "broken"

    @property
    def exit_code(self) -> int:
        """By which a script tells them apart."""
        return _EXITS[self]


_EXITS = {Level.GOOD: 0, Level.WARNING: 1, Level.BROKEN: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found.

    Attributes:
        code: of what was looked at.
        what: the same in words.
        level: how it stands.
        state: in words; nothing personal and no password.
        remedy: what to do; None where nothing is.
    """

    code: str
    what: Text
    level: Level
    state: Text
    remedy: Text | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at.

    Attributes:
        look: finds how it stands.
        needs: codes of checks without which this one says nothing.
    """

    code: str
    what: Text
    look: Callable[[], Outcome]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finding without the name of what it is about."""

    level: Level
    state: Text
    remedy: Text | None = None


def good(zh: str, en: str) -> Outcome:
    """In order."""
    return Outcome(Level.GOOD, Text(zh, en))


def warning(zh: str, en: str, remedy: Text) -> Outcome:
    """Worth a look."""
    return Outcome(Level.WARNING, Text(zh, en), remedy)


def broken(zh: str, en: str, remedy: Text) -> Outcome:
    """Something does not work."""
    return Outcome(Level.BROKEN, Text(zh, en), remedy)


def examine(checks: Iterable[Check]) -> Iterator[Finding]:
    """What each check finds, in order; one whose grounds are broken is passed over, and one that fails itself is broken."""
    failed = set[str]()
    for check in checks:
        if failed.intersection(check.needs):
            failed.add(check.code)
            continue
        outcome = _look(check)
        if outcome.level is Level.BROKEN:
            failed.add(check.code)
        yield Finding(check.code, check.what, outcome.level, outcome.state, outcome.remedy)


def worst(findings: Iterable[Finding]) -> Level:
    """The worst of them."""
    return max((f.level for f in findings), key=lambda level: level.exit_code, default=Level.GOOD)


def _look(check: Check) -> Outcome:
    try:
        return check.look()
    except KecengError as error:
        first = error.problems[0]
        return Outcome(Level.BROKEN, first.message, first.remedy)
    except Exception as error:
        # A doctor who falls ill helps nobody; what kind of fault it was is all that may be said of it.
        kind = type(error).__name__
        return broken(
            f"检查本身出错: {kind}",
            f"the check itself failed: {kind}",
            Text("查看 worker.log，或联系技术支持", "look into worker.log, or ask for support"),
        )
