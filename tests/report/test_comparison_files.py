"""Classes as files for analysts: what another reader finds in them, and that nothing in them runs."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from keceng.evaluate import Comparison, compare_characteristics, describe_classes
from keceng.loop import read_standard
from keceng.report import ClassesFile, write_cases_csv, write_comparison_csv, write_comparison_workbook
from keceng.report.comparison_files import MAX_LABEL_BYTES, MAX_NAME
from tests.evaluate.run_books import graded_table

RETAIL = read_standard("retail")
HOSTILE = "=cmd|' /C calc'!A0"


def book() -> pa.Table:
    return graded_table(
        [
            {
                "grade": "A" if k < 30 else "C" if k < 75 else None,
                "spend": 10_001 + 100 * k,
                "refund_rate": 100 * k if k % 2 else None,
                "main_category": HOSTILE if k % 2 else "茶" * 70,
                "lifecycle_state": "active" if k % 3 else "lost",
                "is_supplier": None if k == 0 else k % 2 == 0,
                "first_purchase_on": dt.date(2025, 1, 1) + dt.timedelta(days=k),
                "purchase_days": k,
            }
            for k in range(80)
        ]
    )


def comparison() -> Comparison:
    return compare_characteristics(book(), RETAIL)


def read_csv(path: Path) -> list[dict[str, str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def meanings(path: Path, variable: str) -> dict[str, str]:
    return {r["code"]: r["label_en"] for r in read_csv(path) if r["variable"] == variable and r["code"]}


def assert_fit_for_spss(path: Path, labels: Path) -> None:
    rows, told = read_csv(path), read_csv(labels)
    names = list(rows[0])
    assert all(name.isascii() and name.isidentifier() and len(name) <= MAX_NAME for name in names)
    assert {r["variable"] for r in told} == set(names)
    for r in told:
        assert not r["label_zh"].startswith(("=", "+", "-", "@"))
        assert len(r["label_zh"].encode()) <= MAX_LABEL_BYTES
        assert len(r["label_en"].encode()) <= MAX_LABEL_BYTES
    for name in names:
        known = meanings(labels, name)
        if known:
            assert {row[name] for row in rows} - {""} <= set(known)


def test_the_comparison_in_codes_says_the_rows_in_their_order(tmp_path: Path) -> None:
    found = comparison()
    path = tmp_path / "classes.csv"
    labels = write_comparison_csv(found, RETAIL, path)
    assert_fit_for_spss(path, labels)
    rows = read_csv(path)
    assert len(rows) == len(found.rows)
    classes, measures, levels = (meanings(labels, name) for name in ("class", "measure", "level"))
    assert classes == {"1": "A", "2": "B", "3": "C"}
    for place, (row, one) in enumerate(zip(rows, found.rows, strict=True), start=1):
        assert row["place"] == str(place)
        assert classes[row["class"]] == one.class_id
        assert measures[row["measure"]]
        assert (row["level"] == "") == (one.level is None)
        assert float(row["figure"]) == pytest.approx(one.figure, rel=1e-5)
        assert float(row["ci_low"]) == pytest.approx(one.contrast.low, rel=1e-5)
        assert int(row["known"]) == one.heads
    assert any(label.startswith("'=cmd") for label in levels.values())


def test_cases_hold_every_classified_customer_in_units_and_codes(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    labels = write_cases_csv(book(), RETAIL, path)
    assert_fit_for_spss(path, labels)
    rows = read_csv(path)
    assert len(rows) == 75
    assert rows[0]["customer_key"] == "K1"
    assert rows[0]["spend"] == "100.01"
    assert (rows[0]["refund_rate"], float(rows[1]["refund_rate"])) == ("", 0.01)
    assert rows[1]["first_purchase_on"] == "2025-01-02"
    assert [rows[k]["is_supplier"] for k in range(3)] == ["", "0", "1"]
    assert meanings(labels, "grade") == {"1": "A", "2": "B", "3": "C"}
    assert {row["grade"] for row in rows} == {"1", "3"}
    needs = meanings(labels, "main_category")
    assert needs[rows[1]["main_category"]].startswith("'=cmd")
    states = meanings(labels, "lifecycle_state")
    assert (states[rows[0]["lifecycle_state"]], states[rows[1]["lifecycle_state"]]) == ("Lost", "Active")


def test_nobody_gives_files_with_headers_alone(tmp_path: Path) -> None:
    nobody = book().slice(0, 0)
    labels = write_cases_csv(nobody, RETAIL, tmp_path / "cases.csv")
    assert (tmp_path / "cases.csv").read_text(encoding="utf-8-sig").splitlines() == ['"customer_key","grade"']
    assert meanings(labels, "grade")
    write_comparison_csv(compare_characteristics(nobody, RETAIL), RETAIL, tmp_path / "classes.csv")
    assert read_csv(tmp_path / "classes.csv") == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_workbook_says_the_same_figures(tmp_path: Path, language: str) -> None:
    content = ClassesFile(describe_classes(book(), RETAIL), comparison(), RETAIL, dt.date(2026, 6, 30), "£")
    path = tmp_path / "classes.xlsx"
    write_comparison_workbook(content, path, language="zh" if language == "zh" else "en")
    sheets = openpyxl.load_workbook(path).worksheets
    classes = list(sheets[0].iter_rows(min_row=2, values_only=True))
    assert [row[1] for row in classes] == [p.heads for p in content.portraits] == [30, 0, 45]
    assert classes[0][3] == content.portraits[0].sales.total / 100
    rows = list(sheets[1].iter_rows(min_row=2, values_only=True))
    assert len(rows) == len(content.comparison.rows)
    for row, one in zip(rows, content.comparison.rows, strict=True):
        assert row[6] == pytest.approx(one.figure)
        assert row[12] == pytest.approx(one.contrast.effect)
        assert row[4] == one.heads
    assert len(list(sheets[2].iter_rows(min_row=2))) == len(content.comparison.strengths)
    notes = " ".join(str(row[0]) for row in sheets[3].iter_rows(values_only=True))
    assert "Newcombe" in notes
    assert ("少于 10" if language == "zh" else "fewer than 10") in notes
    assert all(cell.data_type != "f" for sheet in sheets for line in sheet.iter_rows() for cell in line)


def test_an_older_file_stays_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "classes.csv"
    path.write_text("older", encoding="utf-8")
    unknown = Comparison({"X": 30}, comparison().rows, {}, (), {})
    broken = read_standard("consumer")
    with pytest.raises(ValueError, match="tuple"):
        write_comparison_csv(unknown, broken, path)
    assert path.read_text(encoding="utf-8") == "older"
    assert [p.name for p in tmp_path.iterdir()] == ["classes.csv"]
