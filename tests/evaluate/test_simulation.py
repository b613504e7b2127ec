"""A draft tried before it is published: what it says is what the published run then does."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from keceng.classify import Decision, DecisionKind, RunRequest, classify_customers, record_decisions
from keceng.evaluate import Impact, simulate_standard
from keceng.lake import Lake
from keceng.measure import catalogue
from keceng.standard import Standard, find_standard, load_standard, template_text
from keceng.vocabulary import KecengError
from tests.ledgers import Day, Ledger
from tests.shell import run_shell

AS_OF = dt.date(2026, 6, 30)
RETAIL = find_standard("retail", catalogue())
KEY = 7


def stricter() -> Standard:
    text = template_text("retail").replace("to: 0.80, max_share: 0.20", "to: 0.60, max_share: 0.10")
    return load_standard(text.replace("purchase_days >= 3", "purchase_days >= 6"), catalogue())


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    # 150 customers whose sales fall off evenly; a third of them bought on few days; two owners
    days = [
        Day(k, AS_OF - dt.timedelta(days=11 * n + k % 7), (151 - k) * 10_00)
        for k in range(1, 151)
        for n in range(2 + k % 9)
    ]
    customers = {
        k: {"owner": "王" if k % 2 else "李", "kind": "org" if k % 3 else "person"} for k in range(1, 151)
    }
    made = Ledger(days, customers).write(tmp_path_factory.mktemp("simulation") / "lake")
    override = Decision(
        decision_id="o-1",
        kind=DecisionKind.OVERRIDE,
        reason="战略客户",
        decided_by="wang",
        approved_by="li",
        decided_at=dt.datetime(2026, 6, 1, 8, 0),  # noqa: DTZ001  the lake's times have no zone
        effective_on=dt.date(2026, 6, 1),
        expires_on=dt.date(2026, 12, 31),
        customer_key=150,
        class_id="A",
    )
    record_decisions(made, [override])
    classify_customers(made, RunRequest(RETAIL, AS_OF))
    return made


@pytest.fixture(scope="module")
def impact(lake: Lake) -> Impact:
    return simulate_standard(lake.snapshot(), stricter())


def test_the_draft_in_force_moves_nobody(lake: Lake) -> None:
    impact = simulate_standard(lake.snapshot(), RETAIL)
    assert impact.moved == 0
    assert impact.moves_hash == "0" * 16
    assert impact.named == ()
    assert impact.before == impact.after


def test_what_the_simulation_says_is_what_the_published_run_does(
    lake: Lake, impact: Impact, tmp_path: Path
) -> None:
    copy = Lake(Path(shutil.copytree(lake.root, tmp_path / "lake")))
    summary = classify_customers(copy, RunRequest(stricter(), AS_OF))
    assert impact.moved > 0
    assert (impact.moves, impact.moves_hash) == (summary.moves, summary.moves_hash)
    after = {name: size.heads for name, size in impact.after.items()}
    assert after == summary.classes["grade"]
    assert not impact.is_remeasured


def test_heads_are_conserved_and_workload_adds_up(impact: Impact) -> None:
    assert impact.customers == 150
    for side, sizes in (("from", impact.before), ("to", impact.after)):
        by_matrix = dict.fromkeys(sizes, 0)
        for a, row in impact.moves.items():
            for b, heads in row.items():
                by_matrix[a if side == "from" else b] += heads
        assert by_matrix == {name: size.heads for name, size in sizes.items()}
    assert {o.owner for o in impact.owners} == {"王", "李"}
    assert sum(sum(o.after.values()) for o in impact.owners) == 150
    rhythm = {s.grade: s.rhythm_days for s in RETAIL.strategy if s.state is None}
    assert rhythm["A"] == 14
    assert sum(o.contacts_after for o in impact.owners) < sum(o.contacts_before for o in impact.owners)


def test_key_accounts_are_named_with_the_reason_and_persons_are_not(impact: Impact) -> None:
    falls = [m for m in impact.named if m.from_class == "A"]
    assert len(falls) == sum(n for b, n in impact.moves["A"].items() if b != "A")
    assert all(m.reason is not None and m.reason.zh.startswith(("B类", "C类")) for m in falls)
    assert all((m.customer_name is None) == (m.customer_key % 3 == 0) for m in impact.named)
    assert [m.sales_cents for m in impact.named] == sorted(
        (m.sales_cents for m in impact.named), reverse=True
    )  # type: ignore[type-var]
    assert 150 not in {m.customer_key for m in impact.named}, "a person's decision outlives the draft"


def test_another_window_is_measured_anew_and_says_so(lake: Lake) -> None:
    text = template_text("retail").replace("window: 365d", "window: 60d")
    impact = simulate_standard(lake.snapshot(), load_standard(text, catalogue()))
    assert impact.is_remeasured
    assert any("窗口" in note.zh for note in impact.notes)


def test_two_drafts_are_compared_with_each_other(lake: Lake) -> None:
    impact = simulate_standard(lake.snapshot(), stricter(), against=stricter())
    assert impact.moved == 0
    assert impact.against.run_id is None


def test_cells_and_overlaps_count_who_is_there(impact: Impact) -> None:
    cross = next(t for t in impact.cells if (t.rows, t.columns) == ("value", "state"))
    assert sum(cross.heads.values()) == 150
    assert set(cross.empty) == {cell for cell, n in cross.heads.items() if n == 0}
    # whoever meets the rule of A meets the rule of B too
    a_by_rules = next(o.heads for o in impact.overlaps if (o.first, o.second) == ("A", "B"))
    assert a_by_rules == impact.after["A"].heads - 1


def test_without_a_published_run_it_says_what_to_do(tmp_path: Path) -> None:
    bare = Ledger([Day(1, AS_OF, 100)]).write(tmp_path / "lake")
    with pytest.raises(KecengError) as caught:
        simulate_standard(bare.snapshot(), RETAIL)
    assert caught.value.problems[0].code == "no_published_run"


def test_the_shell_tells_and_writes_files(lake: Lake, tmp_path: Path) -> None:
    (lake.root.parent / "keceng.toml").write_text('standard = "retail"\n', encoding="utf-8")
    draft = tmp_path / "draft.yaml"
    draft.write_text(
        template_text("retail").replace("to: 0.80, max_share: 0.20", "to: 0.60, max_share: 0.10"),
        encoding="utf-8",
    )
    room = ["--workspace", str(lake.root.parent)]
    movers, classes = tmp_path / "movers.parquet", tmp_path / "classes.xlsx"
    told = run_shell(
        "--lang", "zh", "simulate", str(draft), *room, "--movers", str(movers), "--classes", str(classes)
    )
    assert told.returncode == 0, told.stderr
    assert "等级会变" in told.stdout
    document = json.loads(run_shell("simulate", str(draft), *room, "--json").stdout)
    assert document["moved"] == pq.read_table(movers).num_rows > 0
    assert classes.stat().st_size > 0
    assert {"moves", "customers", "named", "owners", "moves_hash"} <= set(document)
