"""How people write numbers, spans and days when they do not write them our way, and what they most likely meant."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from fractions import Fraction

from keceng.standard.condition import decimal_text
from keceng.vocabulary import Text

AMOUNT = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,2})?)\s*(%|万|亿|千|成)?\s*(元|块|天|日|次|个|分|家)?"
)
FACTORS = {
    "%": Fraction(1, 100),
    "成": Fraction(1, 10),
    "千": Fraction(1_000),
    "万": Fraction(10_000),
    "亿": Fraction(100_000_000),
}
UNITS = {
    "d": ("d", "day", "days", "天", "日"),
    "w": ("w", "week", "weeks", "周", "星期", "个星期", "礼拜"),
    "m": ("m", "mo", "month", "months", "月", "个月"),
    "y": ("y", "yr", "year", "years", "年"),
}
UNIT_WORDS = {"d": "day", "w": "week", "m": "month", "y": "year"}
LETTERS = {word: letter for letter, words in UNITS.items() for word in words}
SPAN = re.compile(r"(\d{1,4}|[一二两三四五六七八九十]{1,2})\s*(\S+)")
NUMERALS = {sign: n for n, sign in enumerate("一二三四五六七八九十", start=1)} | {"两": 2, "十二": 12}
NAMED_SPANS = {
    "daily": (1, "d"),
    "weekly": (1, "w"),
    "monthly": (1, "m"),
    "quarterly": (3, "m"),
    "quarter": (3, "m"),
    "yearly": (1, "y"),
    "annually": (1, "y"),
    "半年": (6, "m"),
    "季度": (3, "m"),
    "季": (3, "m"),
    "天": (1, "d"),
    "周": (1, "w"),
    "月": (1, "m"),
    "年": (1, "y"),
}
DAY = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?")


_WRITTEN = {
    "keceng": "keceng: 1",
    "id": "id: ours",
    "title": "title: {zh: 中文, en: English}",
    "public_title": "public_title: {zh: 尊享会员, en: Priority}",
    "reason": "reason: {zh: 关联方, en: Related party}",
    "goal": "goal: {zh: 专人服务, en: Named service}",
    "zh": "{zh: 中文, en: English}",
    "en": "{zh: 中文, en: English}",
    "window": "window: 365d",
    "when": 'when: "spend > 10000"',
    "measure": "measure: spend",
    "classes": "classes: {A: …, B: …}",
    "to": "to: 0.80",
    "from": "from: 10000",
    "weight": "weight: 50",
    "every": "every: 3 months",
    "owner": "owner: sales-director",
    "demote_after": "demote_after: 2",
    "margin": "margin: 0.10",
    "min_stay": "min_stay: 90d",
    "class": "class: A",
    "strategy": "strategy: {A: {goal: …, rhythm: 14d, service: priority}, …}",
}
EXAMPLES = {key: Text(f"例如 {written}", f"for example {written}") for key, written in _WRITTEN.items()}
"""How a key is written, by its name."""


def half_width(written: str) -> str:
    """`written` with full-width digits, letters and signs as their plain twins: `８０％` is `80%`."""
    return unicodedata.normalize("NFKC", written)


def meant_number(written: str) -> Fraction | None:
    """The number that was most likely meant by `80%`, `10,000`, `1.5万`, `.8`, `５００元`; None where that is unclear."""
    plain = half_width(written).strip().lower().removeprefix("¥").replace(",", "").replace("_", "")
    found = AMOUNT.fullmatch(plain.replace("rmb", "").strip())
    if not found:
        return None
    number = Fraction(found[1].rstrip(".") if found[1].endswith(".") else found[1])
    return number * FACTORS.get(found[2] or "", Fraction(1))


def number_remedy(written: str) -> Text:
    """What to write instead of `written`, where a number is wanted."""
    meant = meant_number(written)
    if meant is None or not _is_decimal(meant):
        return Text(
            "写成 0.8 或 10000：半角数字，不带单位、百分号和千分位逗号",
            "write 0.8 or 10000: plain digits without unit, percent sign or thousands separator",
        )
    text = decimal_text(meant)
    return Text(f"写成 {text}", f"write {text}")


def span_remedy(written: str) -> Text:
    """What to write instead of `written`, where a span of time such as `12m` is wanted."""
    meant = _meant_span(written)
    if meant is None:
        return Text("例如 365d、12m、2w", "for example 365d, 12m, 2w")
    count, letter = meant
    return Text(f"写成 {count}{letter}", f"write {count}{letter}")


def spacing_remedy(written: str) -> Text:
    """What to write instead of `written`, where a rhythm such as `3 months` is wanted."""
    meant = _meant_span(written)
    if meant is None:
        return Text("例如 1 month、2 weeks、90 days", "for example 1 month, 2 weeks, 90 days")
    count, letter = meant
    text = f"{count} {UNIT_WORDS[letter]}" + ("s" if count != 1 else "")
    return Text(f"写成 {text}", f"write {text}")


def day_remedy(written: str) -> Text:
    """What to write instead of `written`, where a day is wanted."""
    found = DAY.fullmatch(half_width(written).strip())
    if found:
        try:
            day = dt.date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return Text("日历上没有这一天", "the calendar has no such day")
        return Text(f"写成 {day.isoformat()}", f"write {day.isoformat()}")
    return Text("例如 2024-01-31", "for example 2024-01-31")


def _is_decimal(number: Fraction) -> bool:
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _meant_span(written: str) -> tuple[int, str] | None:
    plain = half_width(written).strip().lower().removeprefix("每").removeprefix("every").strip()
    if plain in NAMED_SPANS:
        return NAMED_SPANS[plain]
    if plain.isascii() and plain.isdigit() and len(plain) <= 4 and int(plain) > 0:
        return int(plain), "d"
    found = SPAN.fullmatch(plain)
    if not found or found[2] not in LETTERS:
        return None
    count = int(found[1]) if found[1].isdigit() else NUMERALS.get(found[1], 0)
    return (count, LETTERS[found[2]]) if count else None
