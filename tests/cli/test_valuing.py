"""`keceng clv` and `keceng retention` through the shell door: exact documents, files, and errors people can act on."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_workspace import ORDERS, keceng
from tests.real_data import real_file

KEYS = [
    "model",
    "params",
    "standard_errors",
    "log_likelihood",
    "customers",
    "patterns",
    "iterations",
    "converged",
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("valuing")
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    keceng("init", str(folder / "shop"))
    keceng("collect", str(folder / "orders.csv"), "--workspace", str(folder / "shop"), "--yes")
    return folder


def cdnow(*arguments: str) -> dict[str, object]:
    summary = str(real_file("cdnow", "cdnow_customers_summary_with_transactions.csv"))
    printed = keceng("clv", "--summary", summary, "--time-unit", "weeks", "--json", *arguments).stdout
    found: dict[str, object] = json.loads(printed)
    return found


@pytest.mark.parametrize(
    ("model", "params", "log_likelihood", "customers"),
    [
        ("bg-nbd", {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, -9582.4, 2357),
        ("pareto-nbd", {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, -9595.0, 2357),
        ("gamma-gamma", {"p": 6.25, "q": 3.74, "v": 15.45}, -4055.9, 946),
    ],
)
def test_the_published_fit_is_printed_from_the_summary(
    model: str, params: dict[str, float], log_likelihood: float, customers: int
) -> None:
    fit = cdnow("--model", model)
    assert list(fit) == KEYS
    assert fit["params"] == pytest.approx(params, abs=0.01 if model == "gamma-gamma" else 0.0015)
    assert fit["log_likelihood"] == pytest.approx(log_likelihood, abs=0.05)
    assert (fit["model"], fit["customers"], fit["converged"]) == (model, customers, True)


def test_headers_match_whatever_their_case_and_values_can_be_written_per_customer(tmp_path: Path) -> None:
    source = real_file("cdnow", "cdnow_customers_summary_with_transactions.csv").read_text(encoding="utf-8")
    header, _, rows = source.partition("\n")
    other = tmp_path / "s.csv"
    other.write_text(header.upper().replace("ZBAR", "Zbar") + "\n" + rows, encoding="utf-8")
    out = tmp_path / "values.csv"
    printed = keceng(
        "clv", "--summary", str(other), "--time-unit", "weeks", "--json", "--out", str(out)
    ).stdout
    document = json.loads(printed)
    assert document["method"] == "lifetime"
    assert document["purchases"]["model"] == "bg-nbd"
    with out.open(encoding="utf-8-sig", newline="") as file:
        values = list(csv.DictReader(file))
    assert len(values) == document["customers"] == 2357
    assert sum(float(row["clv"]) for row in values) == pytest.approx(document["total_clv"], abs=2357 * 0.005)
    assert all(0 <= float(row["p_alive"]) <= 1 for row in values)


def test_orders_that_tell_too_little_are_valued_another_way_and_say_why(shop: Path) -> None:
    document = json.loads(keceng("clv", str(shop / "orders.csv"), "--json").stdout)
    assert document["method"] in {"retention", "shrunk"}
    assert document["as_of"] == "2026-06-24"
    assert document["customers"] == 4
    assert "4 repeat buyers, fewer than 200" in [reason["en"] for reason in document["reasons"]]
    assert document["total_clv"] > 0
    assert document["purchases"] is None


def test_a_model_that_the_data_cannot_identify_is_an_error_with_its_reason(tmp_path: Path) -> None:
    summary = tmp_path / "s.csv"
    summary.write_text("ID,x,t_x,T\n1,0,0,10\n2,0,0,12\n", encoding="utf-8")
    told = keceng("clv", "--summary", str(summary), "--model", "bg-nbd", "--json", expect=2)
    assert "no customer ever bought again" in told.stderr
    assert told.stdout == ""


@pytest.mark.parametrize(
    ("text", "arguments", "told"),
    [
        ("ID,x\n1,2\n", ("--model", "bg-nbd"), ("recency", "named one of t, age", "there are: ID, x")),
        ("ID,x,t_x,T\n1,2,30,20\n", ("--model", "bg-nbd"), ("row 1", "recency > T")),
        ("ID,x,t_x,T\n1,2,soon,20\n", ("--model", "bg-nbd"), ("recency",)),
        ("ID,x,t_x,T\n1,2,3,20\n", ("--model", "gamma-gamma"), ("zbar",)),
        ("ID,x,t_x,T,zbar\n1,2,3,20,-5\n", ("--model", "gamma-gamma"), ("monetary_value",)),
    ],
)
def test_a_summary_that_cannot_be_used_says_what_and_where(
    tmp_path: Path, text: str, arguments: tuple[str, ...], told: tuple[str, ...]
) -> None:
    summary = tmp_path / "s.csv"
    summary.write_text(text, encoding="utf-8")
    said = keceng("clv", "--summary", str(summary), *arguments, expect=2).stderr
    assert all(words in said for words in told), said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "one of the two"),
        (("--summary", "absent.csv", "--model", "bg-nbd"), "no such file"),
        (("a.csv", "--time-unit", "weeks"), "always days"),
        (("a.csv", "--model", "bg-nbd", "--out", "x.csv"), "parameters alone"),
        (("a.csv", "--out", "x.docx"), ".csv or .parquet"),
        (("a.csv", "--discount-rate", "-2"), "above −1"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_before_any_work(
    arguments: tuple[str, ...], told: str
) -> None:
    assert told in keceng("clv", *arguments, expect=2).stderr


def test_the_other_commands_do_not_load_the_compiler() -> None:
    script = "import sys, keceng.cli; assert not {'numba', 'rustworkx', 'sklearn'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_the_retention_list_stands_in_the_order_of_expected_loss(shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "keep.csv"
    keceng("classify", "--workspace", str(shop / "shop"), "--as-of", "2026-08-20")
    printed = keceng("retention", "--workspace", str(shop / "shop"), "--json", "--out", str(out)).stdout
    listed = json.loads(printed)["customers"]
    losses = [row["expected_loss"] for row in listed]
    assert losses == sorted(losses, reverse=True)
    assert all(loss > 0 for loss in losses)
    assert [row["position"] for row in listed] == list(range(1, len(listed) + 1))
    for row in listed:
        assert row["expected_loss"] == pytest.approx(row["current_value"] * row["lapse_risk"], abs=0.01)
        assert f"{row['days_since_last_purchase']} days" in row["reason_en"]
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert [row["customer_id"] for row in csv.DictReader(file)] == [row["customer_id"] for row in listed]
    top = json.loads(keceng("retention", "--workspace", str(shop / "shop"), "--top", "1", "--json").stdout)
    assert top["customers"] == listed[:1]
    assert listed[0]["customer_id"] in keceng("retention", "--workspace", str(shop / "shop")).stdout


def test_a_retention_list_needs_a_run(tmp_path: Path) -> None:
    keceng("init", str(tmp_path / "new"))
    assert "keceng classify" in keceng("retention", "--workspace", str(tmp_path / "new"), expect=2).stderr
