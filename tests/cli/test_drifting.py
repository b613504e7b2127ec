"""`moves`, `drift` and `classes` at the shell: both languages, JSON alone, files that others can read, errors in words."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import openpyxl
import pytest

from keceng.loop import create_workspace
from tests.evaluate.run_books import name_customers, store_run
from tests.shell import Done, run_shell


def keceng(language: str, *arguments: str, expect: int = 0) -> Done:
    done = run_shell("--lang", language, *arguments)
    assert done.returncode == expect, done.stderr
    return done


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with three published runs of sixty customers; the first five leave A between the last two."""
    folder = tmp_path_factory.mktemp("drifting") / "shop"
    lake = create_workspace(folder).lake
    name_customers(lake, {k: f"客户{k}" for k in range(1, 61)})
    for place in range(3):
        rows: list[dict[str, object]] = [
            {
                "grade": "B" if place == 2 and k < 5 else "ABC"[k // 20],
                "spend": 100_000 * (60 - k) * (3 if place == 2 else 1),
                "main_category": "[/x]茶" if k % 2 else "酒",
                "lifecycle_state": "active" if k < 30 else "dormant",
                "is_supplier": k % 3 == 0,
                "first_purchase_on": dt.date(2025, 1 + k % 12, 1),
                "reason_zh": "理由",
                "reason_en": "reason",
            }
            for k in range(60)
        ]
        store_run(lake, rows, dt.date(2026, 4 + place, 28))
    return folder


def test_moves_prints_the_matrix_and_names_the_falls(shop: Path) -> None:
    told = keceng("en", "moves", "--workspace", str(shop))
    assert "5 of 20 customers left A; 5 changed class in all" in told.stdout
    assert "C00001  → B  ¥60,000  reason" in told.stdout
    assert told.stderr.strip() == "run3 (2026-05-28) → run4 (2026-06-28)"
    zh = keceng("zh", "moves", "--workspace", str(shop), "--top", "1").stdout
    assert "20 家中 5 家离开 A类" in zh
    assert "C00001" in zh
    assert "C00002" not in zh


def test_moves_as_json_conserves_heads(shop: Path) -> None:
    document = json.loads(keceng("en", "moves", "--workspace", str(shop), "--json").stdout)
    assert document["moves"] == {"A": {"A": 15, "B": 5}, "B": {"B": 20}, "C": {"C": 20}}
    assert document["customers"] == 60
    assert document["falls"]["customers"] == 5
    first, last = document["from"]["run_id"], document["to"]["run_id"]
    whole = keceng("en", "moves", "--workspace", str(shop), "--from", first, "--to", last, "--json").stdout
    assert json.loads(whole) == document


def test_drift_tells_its_alerts_in_both_languages(shop: Path) -> None:
    told = keceng("en", "drift", "--workspace", str(shop)).stdout
    assert "[now] 5 of 20 customers left A" in told
    assert "[next review] “Sales” is drifting" in told
    zh = keceng("zh", "drift", "--workspace", str(shop)).stdout
    assert "[马上] A类 的 20 家中有 5 家离开" in zh
    assert "[下次复盘] 指标「销售额」在漂移" in zh


def test_drift_as_json_stands_alone(shop: Path) -> None:
    document = json.loads(keceng("en", "drift", "--workspace", str(shop), "--json").stdout)
    assert document["class_mix"]["before"] == {"A": 20, "B": 20, "C": 20}
    assert document["alerts"][0]["code"] == "key_account_down"
    assert document["measures"][0]["measure"] == "spend"
    quiet = keceng("en", "drift", "--workspace", str(shop), "--to", document["from"]["run_id"]).stdout
    assert "nothing to look at" in quiet


def test_classes_tell_each_class_and_its_marks(shop: Path) -> None:
    told = keceng("en", "classes", "--workspace", str(shop)).stdout
    assert "A: 15 customers, 25.0% of those classified" in told
    assert "Main category = [/x]茶" in told
    assert "Lifecycle" not in told.split("effect")[1]  # the standard itself cuts by it
    document = json.loads(keceng("zh", "classes", "--workspace", str(shop), "--json").stdout)
    assert [p["customers"] for p in document["portraits"]] == [15, 25, 20]
    assert document["comparison"]["rows"]


def test_classes_go_out_as_a_workbook_and_as_codes(shop: Path, tmp_path: Path) -> None:
    book, codes, cases = (tmp_path / name for name in ("c.xlsx", "c.csv", "cases.csv"))
    assert (
        str(book)
        in keceng("zh", "classes", "--workspace", str(shop), "--out", str(book), "--cases", str(cases)).stderr
    )
    keceng("en", "classes", "--workspace", str(shop), "--out", str(codes))
    assert openpyxl.load_workbook(book).sheetnames == ["各级概况", "各级特征", "指标区分度", "说明"]
    for path in (codes, cases):
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert len(list(csv.reader(file))) > 10
        assert path.with_name(f"{path.stem}_labels.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("moves", "--to", "run2"), "no run was published before it"),
        (("moves", "--from", "run3", "--to", "run3"), "the same one"),
        (("drift", "--from", "nope"), "there is no run nope"),
        (("classes", "--out", "c.doc"), "cannot be written"),
        (("classes", "--cases", "nowhere/c.csv"), "folder that exists"),
        (("classes", "--run", "nope"), "there is no run nope"),
    ],
)
def test_what_cannot_be_compared_is_told_in_words(shop: Path, arguments: tuple[str, ...], words: str) -> None:
    done = keceng("en", *arguments, "--workspace", str(shop), expect=2)
    assert words in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_workspace_without_runs_says_so(tmp_path: Path) -> None:
    create_workspace(tmp_path / "empty")
    for verb in ("moves", "drift", "classes"):
        done = keceng("en", verb, "--workspace", str(tmp_path / "empty"), expect=2)
        assert "no classification has been published yet" in done.stderr


def test_series_follows_each_months_newcomers_over_all_published_runs(shop: Path) -> None:
    told = keceng("en", "series", "--workspace", str(shop))
    assert "the share in A at each run" in told.stderr
    rows = [line.split() for line in told.stdout.splitlines() if line.strip().startswith("2025-")]
    assert len(rows) == 12
    assert rows[0] == ["2025-01", "5", "40%", "40%", "20%"]
    document = json.loads(keceng("zh", "series", "--workspace", str(shop), "--json").stdout)
    assert document["cohorts"][0] == {
        "month": "2025-01",
        "customers": [{"A": 2, "B": 2, "C": 1}, {"A": 2, "B": 2, "C": 1}, {"A": 1, "B": 3, "C": 1}],
        "shares": [
            {"A": 0.4, "B": 0.4, "C": 0.2},
            {"A": 0.4, "B": 0.4, "C": 0.2},
            {"A": 0.2, "B": 0.6, "C": 0.2},
        ],
    }
    assert len(document["flow"]["nodes"]) == 9
    assert sum(link["customers"] for link in document["flow"]["links"]) == 120
    two = json.loads(keceng("en", "series", "--last", "2", "--workspace", str(shop), "--json").stdout)
    assert len(two["flow"]["runs"]) == 2
