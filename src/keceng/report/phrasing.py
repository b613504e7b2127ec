"""Numbers, dates and sentences as a reader of one language reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from keceng.evaluate import Counted
from keceng.report.words import WORDS
from keceng.vocabulary import Language, Text, money_text


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One language and one currency.

    Attributes:
        language: of every sentence.
        currency: the sign before amounts.
    """

    language: Language
    currency: str

    def say(self, key: str, **fillings: object) -> str:
        """The report's own sentence `key`, its `{places}` filled.

        Raises:
            KeyError: there is no such sentence, or a place is not filled.
        """
        return WORDS[key].fill(**fillings).in_language(self.language)

    def text(self, text: Text) -> str:
        """Words that come from the ruler, the catalogue or the run."""
        return text.in_language(self.language)

    def count(self, number: int) -> str:
        """`4,372`."""
        return f"{number:,}"

    def money(self, cents: int) -> str:
        """`£1,931.42`."""
        return f"-{self.currency}{money_text(-cents)}" if cents < 0 else self.currency + money_text(cents)

    def rounded_money(self, cents: int) -> str:
        """`£1,931`: whole units, half away from zero, for tables where cents only blur."""
        whole = (abs(cents) + 50) // 100 * 100
        return self.money(-whole if cents < 0 else whole)

    def counted(self, unit: Counted, number: float) -> str:
        """A forecast or what came: `0.32` purchase days, or `¥1,931`."""
        return self.rounded_money(round(100 * number)) if unit == "gross_sales" else f"{number:,.2f}"

    def counted_total(self, unit: Counted, number: float) -> str:
        """The same of many customers together: whole purchase days."""
        return self.counted(unit, number) if unit == "gross_sales" else self.count(round(number))

    def paragraph(self, sentences: Sequence[str]) -> str:
        """Sentences one after another, as the language joins them."""
        return ("" if self.language == "zh" else " ").join(sentences)

    def axis(self, number: float) -> str:
        """A label of an axis, as short as it can be said: `0.2`, `1,000`, `20万`, `200k`."""
        if number < 1:
            return f"{number:g}"
        size, word = (10_000, "万") if self.language == "zh" else (1_000, "k")
        if self.language == "en" and number >= 1_000_000:
            size, word = 1_000_000, "m"
        return f"{number / size:,g}{word}" if number >= 10_000 else f"{number:,.0f}"

    def share(self, part: float) -> str:
        """`71.4%`; a share that is there but below the last digit says so."""
        return "<0.1%" if 0 < part < 0.0005 else f"{part:.1%}"

    def day(self, day: dt.date | None) -> str:
        """`2011-12-10`, a dash where there is none."""
        return day.isoformat() if day else "—"
