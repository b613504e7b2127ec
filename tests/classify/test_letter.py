"""The letter to the customer: public titles alone, the facts it knows of itself, and its rights; in both languages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from keceng.classify import (
    Explanation,
    RunRequest,
    classify_customers,
    explain_customer,
    find_ways_up,
    write_letter,
)
from keceng.classify.explanation_ways import tell_way
from keceng.measure import catalogue
from keceng.standard import Standard, find_standard, list_templates
from keceng.vocabulary import Language
from tests.classify.test_ways import bought, case_of, ruler
from tests.ledgers import Day, Ledger

AS_OF = dt.date(2026, 6, 30)
CATALOGUE = catalogue()
LANGUAGES: tuple[Language, Language] = ("zh", "en")
NEVER = {
    "zh": ("低价值", "流失", "休眠", "亏损", "风险", "黑名单", "失信", "C类", "D类", "差", "低"),
    "en": ("low", "lower", "lost", "loss", "dormant", "lapsed", "watch", "risk", "score", "rank", "churn"),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[Explanation]:
    """Customers of a real run."""
    days = [
        Day(k, AS_OF - dt.timedelta(days=9 * n + k % 50), 30_00 + 997 * k)
        for k in range(40)
        for n in range(1 + k % 4)
    ]
    lake = Ledger(days).write(tmp_path_factory.mktemp("letters") / "lake")
    classify_customers(lake, RunRequest(find_standard("retail", CATALOGUE), AS_OF))
    return [explain_customer(lake.snapshot(), f"C{k:05d}") for k in range(40)]


def letters_of(told: list[Explanation], standard: Standard) -> Iterator[Explanation]:
    """The subjects of letters: customers as if they stood in each class, with ways to each other one."""
    raised = next(e for e in told if e.ways_up)
    for grade in (None, *standard.grade.class_ids):
        for to_class in standard.grade.class_ids:
            ways = tuple(replace(w, way=replace(w.way, to_class=to_class)) for w in raised.ways_up)
            yield replace(raised, standard=standard, grade=grade, ways_up=ways, provisional=True)


def internal_words(standard: Standard, language: Language) -> set[str]:
    public = {c.public_title.in_language(language) for c in standard.grade.classes if c.public_title}
    inside = {
        c.title.in_language(language) for d in (*standard.dimensions, standard.grade) for c in d.classes
    }
    inside |= {standard.title.in_language(language), standard.grade.title.in_language(language)}
    inside |= {title.in_language(language) for _, title in CATALOGUE["lifecycle_state"].categories}
    return {word for word in inside - public if word}


def holds(letter: str, word: str, language: Language) -> bool:
    if language == "zh" and re.search("[一-鿿]", word):
        return word in letter
    return (
        re.search(rf"(?<!\w){re.escape(word)}(?!\w)", letter, re.IGNORECASE if len(word) > 1 else 0)
        is not None
    )


@pytest.mark.parametrize("template", list_templates())
def test_no_internal_word_reaches_a_customer(template: str, told: list[Explanation]) -> None:
    standard = find_standard(template, CATALOGUE)
    public = {
        language: "".join(
            c.public_title.in_language(language) for c in standard.grade.classes if c.public_title
        )
        for language in LANGUAGES
    }
    for subject in letters_of(told, standard):
        for language in LANGUAGES:
            letter = write_letter(subject, language)
            bare = letter
            for tier in standard.grade.classes:
                if tier.public_title is not None:
                    bare = bare.replace(tier.public_title.in_language(language), "")
            wrong = [w for w in internal_words(standard, language) if holds(bare, w, language)]
            wrong += [w for w in NEVER[language] if holds(bare, w, language)]
            assert not wrong, letter
            assert public[language]
            if subject.grade is not None:
                title = standard.grade.tier_class(subject.grade).public_title
                assert title is not None
                assert title.in_language(language) in letter


def test_every_letter_tells_how_to_appeal_and_how_not_to_be_profiled(told: list[Explanation]) -> None:
    for subject in told:
        chinese, english = (write_letter(subject, language) for language in LANGUAGES)
        assert all(word in chinese for word in ("申诉", "人工", "不使用个性化", subject.customer_id))
        assert all(word in english.lower() for word in ("appeal", "human review", "no personalisation"))
        assert not re.search("[一-鿿]", english)


def test_the_letter_tells_what_would_raise_the_service_and_until_when(told: list[Explanation]) -> None:
    subject = next(e for e in told if e.ways_up and e.grade == e.standing.by_rules)
    way = subject.ways_up[0].way
    letter = write_letter(subject, "zh")
    title = subject.standard.grade.tier_class(way.to_class).public_title
    assert title is not None
    assert f"「{title.zh}」" in letter
    assert way.expires_on.isoformat() in letter
    # Whoever already enjoys that service, kept by the margin or by a person, is not told to buy for it.
    assert "怎样可以获得更多服务" not in write_letter(replace(subject, grade=way.to_class), "zh")


def test_money_that_is_due_is_named_as_such(told: list[Explanation]) -> None:
    standard = ruler("spend >= 100 and overdue_over_30_amount <= 0", "spend >= 50")
    case = case_of(
        standard,
        [bought(90, 120_00)],
        overdue_amount=70_00,
        overdue_over_30_amount=50_00,
        overdue_over_90_amount=0,
    )
    ways = tuple(tell_way(way, standard, "¥") for way in find_ways_up(case).ways)
    assert "还清逾期款 ¥70" in ways[0].sentence.zh
    other = replace(
        standard,
        grade=replace(
            standard.grade,
            classes=tuple(
                replace(c, public_title=replace(c.title, zh=f"服务{c.id}", en=f"Service {c.id}"))
                for c in standard.grade.classes
            ),
        ),
    )
    letter = write_letter(replace(told[0], standard=other, grade="B", ways_up=ways, obstacle=None), "en")
    assert "Settle the ¥70 that is due" in letter
