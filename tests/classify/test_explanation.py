"""One customer explained from a stored run: the stored reason, every number beside its line, how the grade stands, what changes it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from keceng.classify import (
    CUSTOMERS_FILE,
    Decision,
    DecisionKind,
    RunRequest,
    chances_of_grades,
    classify_customers,
    explain_customer,
    open_case,
    read_judge,
    record_decisions,
)
from keceng.classify.explanation_standing import standing_of
from keceng.collect import PURCHASE_DAY
from keceng.lake import Lake
from keceng.measure import catalogue
from keceng.settings import SETTINGS_FILE
from keceng.standard import Row, find_standard, load_standard, template_text
from keceng.vocabulary import KecengError
from tests.classify.test_confidence import RANKED
from tests.classify.test_confidence import run as run_on_forecast
from tests.ledgers import Day, Ledger
from tests.shell import run_shell

AS_OF = dt.date(2026, 6, 30)
RETAIL = find_standard("retail", catalogue())


def weekly(customer: int, amount: int, weeks: int, since: int = 3) -> list[Day]:
    return [Day(customer, AS_OF - dt.timedelta(days=7 * n + since), amount) for n in range(weeks)]


def book() -> Ledger:
    days = [d for k in range(20) for d in weekly(k, 900_00 + k, 20)]
    days += [d for k in range(20, 120) for d in weekly(k, 40_00 + k, 2)]
    days += weekly(120, 50_000_00, 3)
    return Ledger(days, {120: {"is_bucket": True}})


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("explained")
    lake = book().write(root / "lake")
    (root / SETTINGS_FILE).write_text('currency = "¥"\n', encoding="utf-8")
    classify_customers(lake, RunRequest(RETAIL, AS_OF))
    return root


@pytest.fixture(scope="module")
def lake(workspace: Path) -> Lake:
    return Lake.open(workspace / "lake")


def test_the_judge_read_from_the_files_gives_every_stored_grade(lake: Lake) -> None:
    directory = lake.snapshot().run_directory()
    judge = read_judge(directory)
    for row in pq.read_table(directory / CUSTOMERS_FILE).to_pylist():
        verdict = judge.judge(row, complete=True)
        assert verdict.grade == row["grade_by_rules"]
        assert verdict.excluded_as == row["excluded_as"]
        for name in ("value", "state", "value_rank", "value_compared", "value_share", "value_share__num"):
            assert verdict.columns[name] == row[name], name


def test_every_number_stands_beside_its_line(lake: Lake) -> None:
    told = explain_customer(lake.snapshot(), "C00050")
    value = next(line for line in told.dimensions if line.dimension_id == "value")
    assert value.number is not None
    assert value.number.en == "¥81"
    assert [(c.class_id, c.reached) for c in value.cuts] in (
        [("high", False), ("mid", True)],
        [("high", False), ("mid", False)],
    )
    row = told.facts
    assert value.cuts[0].cut.en == f"≥ ¥{int(str(row['value__cut_high'])) / 100:,.2f}".replace(".00", "")
    by_class = [line for line in told.conditions if line.condition.en.startswith("Value is High")]
    assert by_class[0].cut is not None
    assert value.cuts[0].cut.en in by_class[0].cut.en
    assert told.standing.by_rules == told.grade
    assert told.standing.since == AS_OF


def test_ways_lead_where_they_say_and_the_document_carries_them(lake: Lake) -> None:
    told = explain_customer(lake.snapshot(), "C00019")
    assert told.grade == "A"
    assert told.obstacle is not None
    assert told.way_down.lapse is not None
    assert told.lapse_text is not None
    assert told.way_down.lapse.falls_on.isoformat() in told.lapse_text.zh
    document = told.to_document()
    assert json.loads(json.dumps(document, ensure_ascii=False)) == document
    down = document["way_down"]
    assert isinstance(down, dict)
    assert down["without_purchases"]["falls_on"] == told.way_down.lapse.falls_on.isoformat()
    low = explain_customer(lake.snapshot(), "C00020")
    assert low.grade in {"B", "C"}
    assert bool(low.ways_up) != (low.obstacle is not None)


def test_those_not_judged_are_explained_without_ways(lake: Lake) -> None:
    told = explain_customer(lake.snapshot(), "C00120")
    assert told.grade is None
    assert told.obstacle is not None
    assert "Bucket" in told.obstacle.en
    assert told.way_down.lapse is None
    with pytest.raises(KecengError, match="no customer has the id"):
        explain_customer(lake.snapshot(), "nobody")


def test_what_came_after_the_run_changes_no_explanation(tmp_path: Path) -> None:
    lake = book().write(tmp_path / "lake")
    run = classify_customers(lake, RunRequest(RETAIL, AS_OF))
    before = explain_customer(lake.snapshot(), "C00050", run.run_id).to_document()
    more = Ledger([*book().days, Day(50, AS_OF, 70_000_00)]).write(tmp_path / "other").snapshot()
    with lake.unit_of_work("import") as work:
        work.replace(PURCHASE_DAY, more.read(PURCHASE_DAY))
    assert explain_customer(lake.snapshot(), "C00050", run.run_id).to_document() == before


def test_a_kept_and_an_overruled_grade_say_who_kept_or_overruled_it(tmp_path: Path) -> None:
    lake = book().write(tmp_path / "lake")
    first = classify_customers(lake, RunRequest(RETAIL, AS_OF))
    decision = Decision(
        decision_id="d-1",
        kind=DecisionKind.OVERRIDE,
        reason="新合同已签",
        decided_by="li",
        approved_by="wang",
        decided_at=dt.datetime.fromisoformat("2026-07-01T09:00:00"),
        effective_on=AS_OF,
        expires_on=AS_OF + dt.timedelta(days=200),
        customer_key=60,
        class_id="A",
    )
    record_decisions(lake, [decision])
    classify_customers(lake, RunRequest(RETAIL, AS_OF + dt.timedelta(days=1)))
    overruled = explain_customer(lake.snapshot(), "C00060")
    assert (overruled.grade, overruled.standing.decision) == ("A", decision)
    assert any("新合同已签" in s.zh for s in overruled.standing.sentences)
    assert overruled.standing.by_rules != "A"
    assert "wang" not in json.dumps(overruled.to_document())
    assert explain_customer(lake.snapshot(), "C00060", first.run_id).standing.decision is None


@pytest.mark.parametrize(
    ("kept_by", "words"), [("margin", "缓冲"), ("demote_after", "满 2 次"), ("min_stay", "90 天")]
)
def test_a_kept_grade_says_what_kept_it(kept_by: str, words: str) -> None:
    row: Row = {
        "grade_by_rules": "C",
        "grade_by_system": "B",
        "grade_since": AS_OF,
        "kept_by": kept_by,
        "weak_reviews": 1,
        "reviewed_on": AS_OF,
        "decision_id": None,
        "is_appealed": True,
    }
    standing = standing_of(RETAIL, row, ())
    since, kept, appealed = standing.sentences
    assert AS_OF.isoformat() in since.zh
    assert words in kept.zh
    assert "B类" in kept.zh
    assert "C类" in kept.zh
    assert "appeal" in appealed.en
    assert standing.to_document()["kept_by"] == kept_by


def test_the_shell_tells_it_in_both_languages_and_writes_the_letter(workspace: Path) -> None:
    for language, words in (("zh", ("往下", "没有往上的办法")), ("en", ("Way down", "No way up"))):
        done = run_shell("--lang", language, "explain", "C00019", "--workspace", str(workspace))
        assert done.returncode == 0
        assert all(word in done.stdout for word in words)
    shown = json.loads(run_shell("explain", "C00020", "--workspace", str(workspace), "--json").stdout)
    assert shown["stability"]["by_rules"] == shown["grade"]
    assert {"ways_up", "way_down", "dimensions", "conditions", "reason_zh"} <= set(shown)
    letter = run_shell("--lang", "zh", "explain", "C00020", "--letter", "--workspace", str(workspace))
    assert "人工" in letter.stdout
    both = json.loads(
        run_shell("explain", "C00020", "--letter", "--json", "--workspace", str(workspace)).stdout
    )
    assert both["letter_zh"].strip() == letter.stdout.strip()
    assert run_shell("explain", "nobody", "--workspace", str(workspace)).returncode == 2
    assert run_shell("explain", "--workspace", str(workspace)).returncode == 2


def test_a_group_is_explained_by_what_all_its_members_bought(tmp_path: Path) -> None:
    text = template_text("retail").replace("window: 365d", "window: 365d\nunit: group")
    standard = load_standard(text, catalogue())
    days = [d for k in range(40) for d in weekly(k, 100_00 * (k + 1), 4)]
    people = {k: {"parent_key": 0} for k in (1, 2)}
    lake = Ledger(days, people).write(tmp_path / "lake")
    classify_customers(lake, RunRequest(standard, AS_OF))
    told = explain_customer(lake.snapshot(), "C00002")
    assert told.facts["unit_key"] == 0
    assert told.facts["spend"] == 4 * (100_00 + 200_00 + 300_00)
    case = open_case(lake.snapshot(), lake.snapshot().run_directory(), told.facts, AS_OF)
    assert sum(d.net for d in case.history.days) == told.facts["spend"]
    assert case.verdict.grade == told.facts["grade_by_rules"]


def test_the_chance_of_a_grade_stands_where_it_rests_on_a_forecast(tmp_path: Path) -> None:
    standard, snapshot, stored = run_on_forecast(RANKED, tmp_path)
    chances = chances_of_grades(stored, standard)
    assert chances is not None
    known = [(k, g) for k, g in enumerate(stored["grade"].to_pylist()) if g is not None]
    place, grade = known[len(known) // 2]
    told = explain_customer(snapshot, f"C{stored['customer_key'][place].as_py():05d}")
    assert told.confidence == pytest.approx(float(chances[grade][place]), abs=1e-4)
    assert told.to_document()["confidence"] == told.confidence
