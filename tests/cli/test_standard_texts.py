"""`keceng diff` and `keceng lint` through the shell: words and JSON, files, templates and the standard of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keceng.standard import template_text
from tests.shell import run_shell

RETAIL = template_text("retail")
ORDERS = "order_id,customer_id,date,amount\n" + "".join(
    f"{n},C{n % 7},2026-0{1 + n % 6}-1{n % 9},{100 + n}\n" for n in range(60)
)


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    """Our retail standard with one line raised and one title changed."""
    text = RETAIL.replace("purchase_days >= 3", "purchase_days >= 5", 1).replace(
        "zh: B类, en: B}", "zh: 乙类, en: B}", 1
    )
    path = tmp_path / "stricter.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a run of `retail` on orders alone."""
    directory = tmp_path_factory.mktemp("made")
    orders = directory / "orders.csv"
    orders.write_text(ORDERS, encoding="utf-8")
    made = directory / "workspace"
    for arguments in (
        ("init", str(made)),
        ("collect", str(orders), "--workspace", str(made), "--yes"),
        ("classify", "--workspace", str(made)),
    ):
        assert run_shell(*arguments).returncode == 0
    return made


def document_of(*arguments: str, code: int = 0) -> Any:
    done = run_shell(*arguments, "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def test_what_changed_is_told_in_words_and_split_by_what_it_can_do(stricter: Path) -> None:
    done = run_shell("--lang", "zh", "diff", "retail", str(stricter))
    assert done.returncode == 0
    moving, _, others = done.stdout.partition("不改变按规则得到的等级")
    assert "A类的线从 近12个月购买天数 ≥ 3 天 提到 5 天（更严）" in moving
    assert "「乙类」" in others
    english = run_shell("--lang", "en", "diff", "retail", str(stricter)).stdout
    assert "the line of A raised from 12-month purchase days ≥ 3 days to 5 days (stricter)" in english


def test_what_changed_comes_as_json(stricter: Path) -> None:
    document = document_of("diff", "retail", str(stricter))
    assert document["can_move"] is True
    assert document["old"]["ruler_hash"] != document["new"]["ruler_hash"]
    assert [(c["path"], c["can_move"]) for c in document["changes"]] == [
        ("grade.classes.A.when", True),
        ("grade.classes.B.title", False),
    ]


def test_equal_standards_do_not_differ(tmp_path: Path) -> None:
    same = tmp_path / "same.yaml"
    same.write_text("# typed again\n" + RETAIL, encoding="utf-8")
    assert run_shell("--lang", "en", "diff", "retail", str(same)).stdout == "no difference\n"
    assert document_of("diff", "retail", str(same))["changes"] == []


def test_the_standard_of_a_run_can_be_compared(workspace: Path, stricter: Path) -> None:
    run_id = json.loads(run_shell("classify", "--workspace", str(workspace), "--json").stdout)["run_id"]
    document = document_of("diff", run_id, str(stricter), "--workspace", str(workspace))
    assert document["old"]["id"] == "retail"
    assert len(document["changes"]) == 2


def test_an_unknown_standard_is_an_error_with_what_there_is() -> None:
    done = run_shell("--lang", "en", "diff", "retail", "nothing-of-ours")
    assert done.returncode == 2
    assert "shipped standards" in done.stderr


def test_a_template_is_fit_for_use() -> None:
    done = run_shell("--lang", "en", "lint", "b2b")
    assert done.returncode == 0
    assert "0 of which forbid publishing" in done.stderr
    assert done.stdout == "b2b r1: B2B customer tiers\n"


def test_every_fault_comes_as_json_and_ends_with_2(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(
        RETAIL.replace("0.80", "80%", 1).replace("review: {every: 3", "review: {evry: 3"), encoding="utf-8"
    )
    document = document_of("lint", str(broken), code=2)
    assert document["standard"] is None
    told = {fault["path"]: fault for fault in document["faults"]}
    assert told["dimensions.value.classes.high.to"]["remedy"] == {"zh": "写成 0.8", "en": "write 0.8"}
    assert (
        told["review.evry"]["line"]
        == RETAIL.splitlines().index("review: {every: 3 months, owner: marketing-manager}") + 1
    )
    assert {fault["file"] for fault in document["faults"]} == {"broken.yaml"}
    words = run_shell("--lang", "zh", "lint", str(broken))
    assert words.returncode == 2
    assert "写成 0.8" in words.stderr


def test_what_must_not_be_published_ends_with_2(tmp_path: Path) -> None:
    path = tmp_path / "unreachable.yaml"
    path.write_text(
        RETAIL.replace("value in ('high', 'mid') and", "value = 'high' and purchase_days >= 5 and", 1),
        encoding="utf-8",
    )
    document = document_of("lint", str(path), code=2)
    (found,) = (f for f in document["findings"] if f["blocking"])
    assert (found["code"], found["path"]) == ("lint.unreachable", "grade.classes.B.when")
    assert RETAIL.splitlines()[found["line"] - 1].startswith("      when: \"value in ('high', 'mid')")


def test_measures_without_data_in_a_workspace_are_named(workspace: Path) -> None:
    document = document_of("lint", "b2b-start", "--workspace", str(workspace))
    told = {f["path"] for f in document["findings"] if f["code"] == "lint.no_data"}
    assert "dimensions.risk.classes.watch.when" in told
    assert not any(path.startswith("dimensions.trade.parts.value") for path in told)


def test_a_file_that_is_not_there_is_an_error() -> None:
    done = run_shell("--lang", "en", "lint", "absent.yaml")
    assert done.returncode == 2
    assert "no such file" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("margin: 0.10", "margin: 0.02", "1 finding, which does not forbid publishing"),
        (
            "value in ('high', 'mid') and",
            "value = 'high' and purchase_days >= 5 and",
            "1 finding, which forbids",
        ),
    ],
)
def test_one_finding_is_counted_in_the_singular(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(RETAIL.replace(old, new, 1), encoding="utf-8")
    assert said in run_shell("--lang", "en", "lint", str(path)).stderr
