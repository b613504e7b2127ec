"""The b2b standard on the whole demo company: planted payers and loss-makers found, and the figures of the page true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keceng.classify import CUSTOMERS_FILE
from keceng.collect import PERSONS, CollectOptions
from keceng.demo import AS_OF, DemoFiles, Truths
from keceng.loop import Workspace, create_workspace, read_standard
from keceng.measure.concentration import Concentration
from keceng.measure.credit import CREDIT_GRADES

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "valuation.md"
GRADES = [grade for grade, _, _, _ in CREDIT_GRADES]
ORGANISATIONS = {
    "dealer": "经销商 · Dealers",
    "end_user": "终端企业 · End-user companies",
    "government": "政府单位 · Public bodies",
}
Rows = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def workspace(demo_files: DemoFiles, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = create_workspace(tmp_path_factory.mktemp("valued-workspace"))
    made.collect(list(demo_files.paths.values()), CollectOptions(assume_defaults=True))
    return made


def graded_rows(workspace: Workspace, standard: str) -> Rows:
    workspace.classify(read_standard(standard), AS_OF)
    snapshot = workspace.lake.snapshot()
    persons = snapshot.read(PERSONS)
    names = pa.table({"customer_key": persons["customer_key"], "code": persons["source_id"]})
    stored = pq.read_table(snapshot.run_directory() / CUSTOMERS_FILE)
    return {r["code"]: r for r in stored.join(names, "customer_key").to_pylist()}


@pytest.fixture(scope="module")
def rows(workspace: Workspace) -> Rows:
    return graded_rows(workspace, "b2b")


@pytest.fixture(scope="module")
def truths(demo_files: DemoFiles) -> Truths:
    return demo_files.truths


def test_planted_late_payers_stand_below_every_payer_on_time(rows: Rows, truths: Truths) -> None:
    rated = {code: r for code, r in rows.items() if r["credit_grade"]}
    late = [rated[code] for code in truths.late_payers]
    on_time = [r for code, r in rated.items() if code not in truths.late_payers]
    assert len(on_time) > 700
    assert all(GRADES.index(r["credit_grade"]) >= GRADES.index("BB") for r in late)
    assert max(r["credit_score"] for r in late) < min(r["credit_score"] for r in on_time)
    assert {r["grade"] for r in late} == {"D"}


def test_the_long_overdue_one_is_capped_at_c(rows: Rows, truths: Truths) -> None:
    found = rows[truths.long_overdue]
    assert (found["credit_grade"], found["credit_reason"]) == ("C", "overdue_180")
    assert (found["proposed_credit_limit"], found["proposed_terms_days"]) == (0, 0)
    capped = {code for code, r in rows.items() if (r["credit_reason"] or "").startswith("overdue")}
    assert capped == {truths.long_overdue}


def test_no_person_is_ever_scored(rows: Rows) -> None:
    people = [r for r in rows.values() if r["customer_kind"] != "org"]
    assert len(people) > 4_000
    for name in (
        "credit_score",
        "credit_grade",
        "days_beyond_terms",
        "proposed_credit_limit",
        "cooperation_score",
    ):
        assert {r[name] for r in people} == {None}


def test_large_loss_makers_are_found_by_b2b_and_by_profit(
    workspace: Workspace, rows: Rows, truths: Truths
) -> None:
    assert {rows[code]["grade"] for code in truths.loss_making} == {"D"}
    assert all(rows[code]["loss_two_quarters"] for code in truths.loss_making)
    tiers = graded_rows(workspace, "profit")
    assert {tiers[code]["grade"] for code in truths.loss_making} == {"loss"}
    assert all(tiers[code]["contribution"] < 0 for code in truths.loss_making)


def test_unrated_organisations_are_not_put_down_for_it(rows: Rows) -> None:
    unrated = [r for r in rows.values() if r["credit_reason"] == "unrated" and r["grade"]]
    assert len(unrated) > 20
    assert not [r for r in unrated if r["grade"] == "D" and not r["loss_two_quarters"]]


def test_statement_lines_agree_for_every_customer(rows: Rows) -> None:
    known = [r for r in rows.values() if r["margin"] is not None]
    assert len(known) > 2_500
    for r in known:
        assert r["margin"] == r["costed_spend"] - r["cost_of_goods"]
        assert r["contribution"] == r["margin"] - r["cost_to_serve"]


def test_the_page_shows_these_figures(rows: Rows) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for table in (grade_table(rows), credit_table(rows), profit_table(rows)):
        assert table in page, f"docs/{PAGE.name} should show\n\n{table}"


def grade_table(rows: Rows) -> str:
    """Organisations by role and grade: customers and their share of the role's sales."""
    lines = ["| | A | B | C | D |", "|---|---|---|---|---|"]
    for role, title in ORGANISATIONS.items():
        chosen = [r for r in rows.values() if r["role"] == role and r["grade"]]
        sales = sum(max(r["spend"], 0) for r in chosen)
        cells = []
        for grade in "ABCD":
            of_grade = [r for r in chosen if r["grade"] == grade]
            share = 100 * sum(max(r["spend"], 0) for r in of_grade) / sales
            cells.append(f"{len(of_grade)} ({share:.1f} %)")
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def credit_table(rows: Rows) -> str:
    """Organisations by credit grade and class of cooperation."""
    organisations = [r for r in rows.values() if r["role"] in ORGANISATIONS]
    credit = Counter(r["credit_grade"] or "–" for r in organisations)
    classes = Counter(r["cooperation_class"] or "–" for r in organisations)
    shown = [g for g in (*GRADES, "–") if credit[g]]
    names = {
        "strategic": "战略 strategic",
        "close": "紧密 close",
        "ordinary": "一般 ordinary",
        "loose": "松散 loose",
    }
    return "\n".join(
        (
            f"| 信用 · Credit | {' | '.join(shown)} |",
            f"|---|{'---|' * len(shown)}",
            f"| | {' | '.join(str(credit[g]) for g in shown)} |",
            "",
            f"| 合作 · Cooperation | {' | '.join(names.values())} | – |",
            "|---|---|---|---|---|---|",
            f"| | {' | '.join(str(classes[c]) for c in (*names, '–'))} |",
        )
    )


def profit_table(rows: Rows) -> str:
    """The company's statement of the year, in whole yuan, and how concentrated contribution is."""
    known = [r for r in rows.values() if r["contribution"] is not None]
    concentration = Concentration.of(pa.array([r["contribution"] for r in known], pa.int64()))
    titles = {
        "costed_spend": "销售额 · Sales", "cost_of_goods": "销售成本 · Cost of goods", "margin": "毛利 · Margin",
        "order_cost": "订单处理 · Orders", "delivery_cost": "配送 · Deliveries", "return_cost": "退货 · Returns",
        "visit_cost": "拜访 · Visits", "ticket_cost": "工单 · Tickets", "holding_cost": "应收占用 · Receivables",
        "contribution": "贡献 · Contribution",
    }  # fmt: skip
    lines = ["| | 元 · CNY |", "|---|---:|"]
    for name, title in titles.items():
        cents = sum(r[name] or 0 for r in known)
        lines.append(f"| {title} | {cents / 100:,.0f} |")
    lines += [
        f"| 鲸鱼曲线峰值 ÷ 总额 · Peak of the whale curve ÷ total | {concentration.peak_ratio:.3f} |",
        f"| 前 20% 客户占比 · Share of the best fifth | {concentration.top_share():.3f} |",
        f"| 基尼系数 · Gini | {concentration.gini:.3f} |",
        f"| HHI | {concentration.herfindahl:.4f} |",
    ]
    return "\n".join(lines)
