"""The page: whole in both languages, inert whatever the data says, and equal to what the run stored."""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from keceng.report import write_report
from keceng.report.words import WORDS
from keceng.vocabulary import Language
from tests.report.books import HOSTILE, Book

CJK = re.compile(r"[\u3400-\u9fff]")
VOID = {"meta"}
SAFE_TAGS = {
    "html", "head", "meta", "title", "style", "body", "div", "header", "svg", "rect", "b", "span", "button",
    "nav", "ol", "li", "a", "main", "h1", "h2", "h3", "p", "section", "i", "ul", "dl", "dt", "dd", "table",
    "thead", "tbody", "tfoot", "tr", "th", "td", "code", "figure", "text", "g", "line", "path", "circle",
    "details", "summary", "bdi", "small", "footer", "script",
}  # fmt: skip


class Reading(HTMLParser):
    """Tags, attributes and texts, each text with the language body it stands in."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[tuple[str, str]] = [("", "")]
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs).get("lang") or self.open[-1][1]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1][0] == tag, f"</{tag}> closes <{self.open[-1][0]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open[-1][0] not in {"script", "style"}:
            self.texts.append((self.open[-1][1], data.strip()))

    def words_in(self, language: str) -> str:
        return "\n".join(text for tongue, text in self.texts if tongue == language)


@pytest.fixture(params=["zh", "en"])
def page(pages: Path, request: pytest.FixtureRequest) -> str:
    return (pages / f"{request.param}.html").read_text(encoding="utf-8")


def test_every_tag_is_ours_closed_and_without_event_handlers(page: str) -> None:
    reading = Reading(page)
    assert {tag for tag, _ in reading.tags} <= SAFE_TAGS
    assert len(reading.open) == 1
    assert sum(tag == "script" for tag, _ in reading.tags) == 1
    for tag, attributes in reading.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (
            tag,
            attributes,
        )


def test_hostile_texts_stand_there_as_plain_text(page: str) -> None:
    shown = "\n".join(text for _, text in Reading(page).texts)
    for hostile in HOSTILE[:8]:
        assert hostile.strip() in shown


def test_the_page_reaches_for_nothing_outside_itself(page: str) -> None:
    for tag, attributes in Reading(page).tags:
        for name in ("src", "href", "action", "data", "poster", "srcset", "xlink:href"):
            if name in attributes:
                assert tag == "a", (tag, attributes)
                assert str(attributes[name]).startswith("#"), (tag, attributes)
    style = page.split("<style>")[1].split("</style>", maxsplit=1)[0]
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_allows_exactly_the_one_style_and_the_one_script(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert "unsafe" not in policy[1]
    assert policy[1].startswith("default-src 'none'")
    for tag in ("style", "script"):
        inner = page.split(f"<{tag}>")[1].split(f"</{tag}>", maxsplit=1)[0]
        digest = base64.b64encode(sha256(inner.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]


def test_every_link_of_the_contents_leads_to_a_section(page: str) -> None:
    reading = Reading(page)
    anchors = {attributes["id"] for _, attributes in reading.tags if "id" in attributes}
    links = [str(attributes["href"])[1:] for tag, attributes in reading.tags if tag == "a"]
    assert len(links) == 28
    assert set(links) <= anchors


def test_the_english_words_have_no_chinese_and_the_chinese_page_is_chinese(page: str) -> None:
    reading = Reading(page)
    assert CJK.findall(reading.words_in("en").replace("中文", "")) == []
    for key in (
        "ledger",
        "classes",
        "curve",
        "rfm",
        "places",
        "products",
        "leaders",
        "rejected",
        "definitions",
    ):
        assert WORDS[key].zh in reading.words_in("zh-CN")
        assert WORDS[key].en in reading.words_in("en")


def test_every_sentence_is_in_both_languages_with_the_same_places() -> None:
    for key, text in WORDS.items():
        assert re.findall(r"\{\w+\}", text.zh).sort() == re.findall(r"\{\w+\}", text.en).sort(), key
        if key != "switch":
            assert CJK.search(text.zh), key
            assert not CJK.search(text.en), key


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_language_asked_for_is_shown_and_the_other_hidden(pages: Path, language: Language) -> None:
    page = (pages / f"{language}.html").read_text(encoding="utf-8")
    bodies = {a["data-body"]: a for tag, a in Reading(page).tags if "data-body" in a}
    other = "en" if language == "zh" else "zh"
    assert "hidden" not in bodies[language]
    assert "hidden" in bodies[other]
    assert Reading(page).tags[0][1]["lang"] == ("zh-CN" if language == "zh" else "en")


def test_the_counts_on_the_page_are_those_of_the_run(book: Book, page: str) -> None:
    run = json.loads((book.run_directory / "run.json").read_text(encoding="utf-8"))
    words = Reading(page).words_in("en").split("\n")
    start = words.index("Overview", words.index("Overview") + 1)
    people = run["population"]
    excluded = sum(people["excluded"].values())
    assert words[start + 1 : start + 12] == [
        f"{people['customers']:,}", "Customers", "=", f"{people['classified']:,}", "classified", "+",
        f"{excluded:,}", "not judged", "+", f"{people['insufficient']:,}", "not enough data",
    ]  # fmt: skip
    assert run["result_hash"] in words


def test_sales_by_class_on_the_page_equal_a_query_over_the_stored_rows(book: Book, page: str) -> None:
    stored = str(book.run_directory / "customers.parquet")
    rows = duckdb.sql(
        f"select grade, count(*), sum(spend) from '{stored}' where grade is not null group by grade order by grade"
    ).fetchall()
    words = Reading(page).words_in("en")
    for _, heads, cents in rows:
        whole = (int(cents) + 50) // 100
        assert f"{heads:,}\n" in words
        assert f"¥{whole:,}" in words


def test_telephone_numbers_are_never_shown_not_even_to_be_corrected(page: str) -> None:
    assert "13912345" not in page


def test_a_bare_book_says_which_column_fills_each_empty_section(bare_book: Book, tmp_path: Path) -> None:
    write_report(bare_book.run_directory, bare_book.snapshot, tmp_path / "bare.html", language="en")
    reading = Reading((tmp_path / "bare.html").read_text(encoding="utf-8"))
    for key in ("no_ledger", "no_places", "no_categories", "no_lines", "no_products", "no_rejected"):
        assert WORDS[key].en in reading.words_in("en")
        assert WORDS[key].zh in reading.words_in("zh-CN")


def test_a_failed_write_leaves_the_older_report_as_it_was(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("older", encoding="utf-8")
    with pytest.raises(FileNotFoundError):
        write_report(tmp_path / "no-run", book.snapshot, path, language="zh")
    assert path.read_text(encoding="utf-8") == "older"
    assert list(tmp_path.iterdir()) == [path]
