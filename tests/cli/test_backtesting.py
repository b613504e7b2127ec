"""`keceng backtest` through the shell: the published document, the table in the docs, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.real_data import real_file
from tests.shell import run_shell

DOCS = Path(__file__).parents[2] / "docs" / "valuation.md"


@pytest.fixture(scope="module")
def on_cdnow() -> dict[str, dict[str, dict[str, float]]]:
    path = real_file("cdnow", "cdnow_master.parquet")
    done = run_shell("backtest", str(path), "--cut", "1997-09-30", "--horizon", "270", "--json")
    assert done.returncode == 0, done.stderr
    document: dict[str, dict[str, dict[str, float]]] = json.loads(done.stdout)
    return document


def test_standard_output_is_the_document_alone(on_cdnow: dict[str, dict[str, dict[str, float]]]) -> None:
    assert list(on_cdnow) == ["cut", "horizon_days", "customers", "rankings", "totals", "notes"]
    assert list(on_cdnow["rankings"]) == [
        "past_spend", "rfm_score", "bg_nbd_gg", "propensity_value", "future_value",
    ]  # fmt: skip
    assert on_cdnow["totals"]["past_spend"]["actual"] == on_cdnow["totals"]["future_value"]["actual"]


def test_the_docs_print_the_captures_of_cdnow(on_cdnow: dict[str, dict[str, dict[str, float]]]) -> None:
    row = next(line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| CDNOW"))
    printed = [float(figure) for figure in re.findall(r"(\d+\.\d) %", row)][:5]
    assert printed == [
        pytest.approx(100 * quality["capture_top20"], abs=0.0501) for quality in on_cdnow["rankings"].values()
    ]


def test_future_value_ranks_with_the_best_on_cdnow(on_cdnow: dict[str, dict[str, dict[str, float]]]) -> None:
    captures = {name: quality["capture_top20"] for name, quality in on_cdnow["rankings"].items()}
    assert captures.pop("future_value") >= max(captures.values()) - 0.005


def test_the_table_and_the_notes_are_in_the_readers_language(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    rows = [
        f"D{c}-{t},2025-{1 + t:02d}-{1 + c % 27:02d},C{c},{10 * c}"
        for c in range(1, 40)
        for t in range(c % 10 + 1)
    ]
    path.write_text("订单号,下单时间,客户编号,实付金额\n" + "\n".join(rows), encoding="utf-8")
    given = ("backtest", str(path), "--cut", "2025-06-30", "--horizon", "90", "--standard", "retail")
    zh, en = run_shell("--lang", "zh", *given), run_shell("--lang", "en", *given)
    assert (zh.returncode, en.returncode) == (0, 0), zh.stderr + en.stderr
    assert "前20%占比" in zh.stdout
    assert "retail" in zh.stdout
    assert "top 20 %" in en.stdout
    assert "39 customers" in en.stderr
    assert "propensity by rule" in en.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--cut", "2025-06-30", "--horizon", "90"), "one of the two"),
        (("a.csv", "--cut", "30/06/2025", "--horizon", "90"), "--cut"),
    ],
)
def test_what_cannot_be_used_is_said(arguments: tuple[str, ...], words: str) -> None:
    done = run_shell("--lang", "en", "backtest", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
