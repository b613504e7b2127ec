"""The words every room shares: bilingual text, kinds of measures, tiers, problems. Imports nothing of ours."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in the two languages of the product."""

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        """The sentence in `language`."""
        return self.zh if language == "zh" else self.en

    def fill(self, **values: object) -> Text:
        """Both languages with `{name}` replaced by `values`; a value that is a Text takes its own language."""
        return Text(
            self.zh.format(**{k: v.zh if isinstance(v, Text) else v for k, v in values.items()}),
            self.en.format(**{k: v.en if isinstance(v, Text) else v for k, v in values.items()}),
        )


def host_language() -> Language:
    """The user's language, from KECENG_LANG or the locale variables; English where neither says Chinese."""
    for name in ("KECENG_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        setting = os.environ.get(name, "").lower()
        if setting.startswith("zh"):
            return "zh"
        if setting:
            return "en"
    return "en"


class Kind(StrEnum):
    """What a number is, so that money is compared with money only.

    Every kind is stored as a whole number of `scale` parts (cents for money), hence exact on every engine.
    """

    MONEY = "money"
    COUNT = "count"
    DAYS = "days"
    RATIO = "ratio"
    SCORE = "score"
    DATE = "date"
    FLAG = "flag"
    CATEGORY = "category"

    @property
    def scale(self) -> int:
        """Stored parts in one unit: 100 for money (cents), 10,000 for ratios and scores, else 1."""
        return {Kind.MONEY: 100, Kind.RATIO: 10_000, Kind.SCORE: 10_000}.get(self, 1)

    @property
    def is_number(self) -> bool:
        """Whether `+ - * /` and order make sense."""
        return self not in {Kind.DATE, Kind.FLAG, Kind.CATEGORY}

    @property
    def is_ordered(self) -> bool:
        """Whether `<` makes sense: numbers and dates, never categories."""
        return self.is_number or self is Kind.DATE


class Direction(StrEnum):
    """Which way a measure is better for us; neutral ones are never optimised."""

    HIGHER = "higher"
    LOWER = "lower"
    NEUTRAL = "neutral"


class DimensionKind(StrEnum):
    """Tiers are ordered best first; segments are not ordered and never compared with `<`."""

    TIER = "tier"
    SEGMENT = "segment"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a problem stands, as far as it is known: a file's cell or a document's path."""

    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    path: str | None = None
    line: int | None = None

    def describe(self, language: Language) -> str:
        """The place in words, empty when nothing is known."""
        words = (
            ("文件", "工作表", "第{}行", "列「{}」", "第{}行")
            if language == "zh"
            else ("file", "sheet", "row {}", "column “{}”", "line {}")
        )
        parts = [
            f"{words[0]} {self.file}" if self.file else "",
            f"{words[1]} {self.sheet}" if self.sheet else "",
            words[2].format(self.row) if self.row is not None else "",
            words[3].format(self.column) if self.column else "",
            self.path or "",
            words[4].format(self.line) if self.line is not None else "",
        ]
        return ("，" if language == "zh" else ", ").join(p for p in parts if p)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, in the user's words: where, what value, what is wrong, what to do."""

    code: str
    message: Text
    remedy: Text | None = None
    place: Place = field(default_factory=Place)
    value: str | None = None

    def describe(self, language: Language) -> str:
        """One readable line, or two when there is a remedy."""
        where = self.place.describe(language)
        message = self.message.in_language(language)
        text = f"{where}: {message}" if where else message
        if self.value is not None:
            text += f" ({self.value!r})"
        if self.remedy:
            text += f"\n  → {self.remedy.in_language(language)}"
        return text


class KecengError(Exception):
    """What a user did or gave cannot be used. The doors print its problems and exit with 2; nothing was written."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(p.describe("en") for p in self.problems))

    @classmethod
    def of(
        cls,
        code: str,
        zh: str,
        en: str,
        *,
        remedy: Text | None = None,
        place: Place | None = None,
        value: str | None = None,
    ) -> KecengError:
        """An error with a single problem."""
        return cls(Problem(code, Text(zh, en), remedy, place or Place(), value))


def money_text(cents: int) -> str:
    """Cents as a person reads them, whole units where there are no cents: `182,400` or `9,999.99`."""
    sign, cents = ("-" if cents < 0 else ""), abs(cents)
    whole, part = divmod(cents, 100)
    return f"{sign}{whole:,}" + (f".{part:02d}" if part else "")
