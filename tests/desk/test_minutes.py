"""Minutes, read back by other programs than the one that wrote them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import docx
import openpyxl
import pytest

from keceng.desk.runs.actions import (
    adjust,
    agree,
    close_review,
    open_appeal,
    open_review,
    postpone,
    write_minutes,
)
from keceng.desk.runs.queries import list_review_items
from keceng.vocabulary import KecengError, Language
from tests.desk.cast import FALLING, RISING, Desk
from tests.desk.test_reviews import DUE, LATER, code_of

HEADINGS = {
    "zh": ["序", "事项", "客户编号", "原等级", "系统等级", "系统理由", "决定", "最终等级", "有效至", "决定人", "决定理由"],
    "en": ["#", "Item", "Customer", "From", "System says", "Why the system says so", "Decision", "Class that stands", "Until", "Decided by", "Why"],
}  # fmt: skip
OUTCOMES = {
    "zh": [["升降级", "C00011", "C类", "A类", "同意", "A类", "", "an"],
           ["升降级", "C00012", "A类", "C类", "人工调整", "B类", "2026-09-30", "an"],
           ["升降级", "C00013", "A类", "C类", "未决, 按系统值", "C类", "", ""],
           ["升降级", "C00014", "A类", "C类", "未决, 按系统值", "C类", "", ""],
           ["申诉", "C00005", "B类", "B类", "未决, 按系统值", "B类", "", ""]],
    "en": [["move", "C00011", "C", "A", "agreed", "A", "", "an"],
           ["move", "C00012", "A", "C", "adjusted", "B", "2026-09-30", "an"],
           ["move", "C00013", "A", "C", "undecided, the system's class stands", "C", "", ""],
           ["move", "C00014", "A", "C", "undecided, the system's class stands", "C", "", ""],
           ["appeal", "C00005", "B", "B", "undecided, the system's class stands", "B", "", ""]],
}  # fmt: skip
WHY = "=cmd|' /c calc'!A1 \x0b已签"


@pytest.fixture
def reviewed(graded_desk: Desk) -> tuple[Desk, int]:
    """A closed review: one move agreed, one adjusted, an appeal undecided."""
    desk = graded_desk
    open_appeal(5, signed=desk.signed("rui", "客户不同意"), lake=desk.lake)
    review = open_review(due_on=DUE, signed=desk.signed("dong"), lake=desk.lake)
    items = {item.customer_key: item for item in list_review_items(review.pk)}
    agree(items[RISING].pk, signed=desk.signed("an"))
    term = dt.date(2026, 9, 30)
    adjust(items[FALLING].pk, "B", expires_on=term, signed=desk.signed("an", WHY), lake=desk.lake)
    close_review(review.pk, signed=desk.signed("dong", at=LATER), lake=desk.lake)
    return desk, review.pk


def pick(rows: list[list[str]]) -> list[list[str]]:
    """Without the number and the two texts of reasons."""
    return [[*row[1:5], *row[6:10]] for row in rows]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_workbook_says_what_was_decided_and_nothing_in_it_runs(
    reviewed: tuple[Desk, int], tmp_path: Path, language: Language
) -> None:
    desk, review_id = reviewed
    path = tmp_path / "minutes.xlsx"
    write_minutes(review_id, path, language=language, lake=desk.lake)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    rows = [[str(c.value or "") for c in row] for row in sheet.iter_rows()]
    start = rows.index(HEADINGS[language])
    assert pick(rows[start + 1 :]) == OUTCOMES[language]
    assert all(row[5] for row in rows[start + 1 :])
    assert rows[start + 2][10] == WHY.replace("\x0b", "")
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    facts = {row[0]: row[1] for row in rows[1 : start - 1]}
    assert "plain r1" in facts["标准" if language == "zh" else "Standard"]
    assert facts["分级日" if language == "zh" else "Graded at"] == "2026-03-31"
    assert facts["批准人" if language == "zh" else "Approved by"] == "dong"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_word_document_says_the_same(
    reviewed: tuple[Desk, int], tmp_path: Path, language: Language
) -> None:
    desk, review_id = reviewed
    path = tmp_path / "minutes.docx"
    write_minutes(review_id, path, language=language, lake=desk.lake)
    document = docx.Document(str(path))
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert rows[0] == HEADINGS[language]
    assert pick(rows[1:]) == OUTCOMES[language]
    assert rows[2][10] == WHY.replace("\x0b", "")
    said = [p.text for p in document.paragraphs]
    assert said[0] == ("客户升降级评审纪要" if language == "zh" else "Minutes of the customer grade review")
    assert any("2026-03-31" in line for line in said)


def test_minutes_of_an_open_review_say_so(graded_desk: Desk, tmp_path: Path) -> None:
    desk = graded_desk
    review = open_review(due_on=DUE, signed=desk.signed("dong"), lake=desk.lake)
    postpone(list_review_items(review.pk)[1].pk, signed=desk.signed("an", "再看"))
    write_minutes(review.pk, tmp_path / "m.docx", language="zh", lake=desk.lake)
    document = docx.Document(str(tmp_path / "m.docx"))
    assert "草稿" in document.paragraphs[0].text
    decisions = [row.cells[6].text for row in document.tables[0].rows][1:]
    assert decisions == ["未决", "暂缓", "未决", "未决"]


def test_another_kind_of_file_is_refused(reviewed: tuple[Desk, int], tmp_path: Path) -> None:
    desk, review_id = reviewed
    with pytest.raises(KecengError) as error:
        write_minutes(review_id, tmp_path / "minutes.pdf", language="zh", lake=desk.lake)
    assert code_of(error) == "bad_file_type"
