"""`keceng backtest --cuts` through the shell: the document, the table in both languages, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.shell import run_shell


def write_orders(folder: Path, months: int) -> Path:
    """Forty customers buy once a month, each for ten times its number."""
    path = folder / "orders.csv"
    rows = [
        f"D{c}-{month},2025-{month:02d}-{1 + c % 27:02d},C{c:02d},{10 * c}"
        for c in range(1, 41)
        for month in range(1, months + 1)
    ]
    path.write_text("订单号,下单时间,客户编号,实付金额\n" + "\n".join(rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_orders(tmp_path_factory.mktemp("books"), months=8)


def test_standard_output_is_the_document_alone(orders: Path) -> None:
    given = ("--standard", "retail", "--cuts", "1", "--horizon", "90", "--json")
    done = run_shell("backtest", str(orders), *given)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["cuts"] == ["2025-06-30"]
    assert list(document["standards"]) == ["retail"]
    retail = document["standards"]["retail"]
    assert retail["monotone"] is True
    # two purchases each in the 58 days known after it; of forty customers class A is the first third
    best = retail["by_grade"]["A"]
    assert best["customers"] == 14
    assert best["revenue_per_customer"] == pytest.approx(sum(20 * c for c in range(27, 41)) / 14)
    assert [retail["by_cut"][0][key] for key in ("cut", "known_days")] == ["2025-06-30", 58]


def test_the_table_is_in_the_readers_language(tmp_path: Path) -> None:
    few = write_orders(tmp_path, months=4)
    given = ("backtest", str(few), "--standard", "retail", "--cuts", "2025-03-10", "--horizon", "30")
    zh, en = run_shell("--lang", "zh", *given), run_shell("--lang", "en", *given)
    assert (zh.returncode, en.returncode) == (0, 0), zh.stderr + en.stderr
    assert "客均收入" in zh.stdout
    assert "每月离开最高等级的比例" in zh.stderr
    assert "revenue each" in en.stdout
    assert "leaving the best class in a month" in en.stderr
    # what the books do not hold has no column
    assert "margin" not in en.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--horizon", "90", "--standard", "retail"), "one of the two"),
        (("--horizon", "90", "--cut", "2025-06-30", "--cuts", "1"), "one of the two"),
        (("--horizon", "90", "--cuts", "soon", "--standard", "retail"), "dates with commas"),
        (("--horizon", "90", "--cuts", "1"), "--standard"),
        (("--horizon", "90", "--cuts", "9", "--standard", "retail"), "quarter ends"),
    ],
)
def test_what_cannot_be_used_is_said(orders: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run_shell("--lang", "en", "backtest", str(orders), *arguments)
    assert done.returncode == 2
    assert words in done.stderr
