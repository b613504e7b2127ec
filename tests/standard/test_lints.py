"""The three principles, what must not be judged by, and which ladders are proven monotone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from keceng.measure import Catalogue, Measure
from keceng.standard import (
    BLOCKING_LINTS,
    find_standard,
    is_monotone,
    lint_document,
    lint_standard,
    list_templates,
    load_standard,
)
from keceng.vocabulary import Direction, Kind, Text
from tests.standard.documents import MEASURES, WHOLE, bent, loaded


def codes_of(text: str) -> set[tuple[str, str | None]]:
    return {(p.code, p.place.path) for p in lint_standard(loaded(text), MEASURES)}


@pytest.mark.parametrize("template_id", list_templates())
def test_no_template_has_a_finding(template_id: str) -> None:
    findings = lint_standard(find_standard(template_id), MEASURES)
    assert findings == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "path"),
    [
        ("review: {every: 3 months, owner: director}\n", "", "lint.dynamic", "review"),
        ("window: 12m", "window: 5y", "lint.dynamic", "window"),
        ("{demote_after: 2, margin: 0.1, min_stay: 90d, at_once: \"state = 'lost' or rhythm = 'seldom'\"}", "off", "lint.dynamic", "stability"),
        ("min_stay: 90d", "min_stay: 500d", "lint.dynamic", "stability.min_stay"),
        ("every: 3 months", "every: 2 years", "lint.dynamic", "review.every"),
        ("margin: 0.1,", "margin: 0.02,", "lint.thin", "stability.margin"),
        ("demote_after: 2", "demote_after: 1", "lint.thin", "stability.demote_after"),
        ("quota: 0.2", "quota: 0.35", "lint.quota", "nomination.quota"),
        ("zh: 提频, en: Raise", "zh: 提频, en: 提频", "lint.wording", "strategy.B.goal"),
        ("B: {otherwise: true, title: {zh: B类, en: B}", "B: {otherwise: true, title: {zh: A类, en: A}", "lint.wording", "grade.classes.B.title"),
        ("quadrant = 'best' and score", "province = '北京' and score", "lint.attributes", "grade.classes.A.when"),
        ("score_score >= 75 and", "score_score >= 75 and score_score < 70 and", "lint.unreachable", "grade.classes.A.when"),
        ("lifetime_order_count > 0", "lifetime_order_count > 3 and lifetime_order_count < 4", "lint.unreachable", "population.include"),
        ("high: {often: best, seldom: good}", "high: {often: good, seldom: good}", "lint.unreachable", "dimensions.quadrant.classes.best"),
        ("quadrant = 'best' and score_score >= 75", "(spend > 10 or spend > 20) and score_score >= 75", "lint.overlap", "grade.classes.A.when"),
        ("{zh: 提频, en: Raise frequency}", "{zh: 深耕, en: Deepen}", "lint.relevant", "strategy.B"),
        ("rhythm: 14d, service: priority", "rhythm: 14d", "lint.relevant", "strategy.A"),
        ("quadrant = 'best' and", "quadrant = 'best' and value = 'high' and rhythm = 'often' and thirds = 'first' and state = 'active' and", "lint.operable", "grade"),
    ],
)  # fmt: skip
def test_each_principle_has_its_finding(old: str, new: str, code: str, path: str) -> None:
    assert (code, path) in codes_of(bent(old, new))
    assert (code, path) not in codes_of(WHOLE) or code == "lint.relevant"


def test_more_than_seven_classes_are_hard_to_work_with() -> None:
    shares = "\n".join(
        f"      c{i}: {{to: 0.{i}, title: {{zh: 第{i}, en: C{i}}}, public_title: {{zh: 第{i}, en: C{i}}}}}"
        for i in range(1, 9)
    )
    text = bent(
        "      first: {to: 0.3333, title: {zh: 一, en: First}, public_title: {zh: 一, en: First}}", shares
    )
    text = text.replace("to: 0.6667", "to: 0.9")
    assert ("lint.operable", "dimensions.thirds") in codes_of(text)


def graded(*conditions: str, margin: str = "0.1") -> str:
    """The whole document with a ladder of these conditions, A, B, C …, and a class that takes the rest."""
    start = WHOLE.index("    A:\n      when")
    end = WHOLE.index("stability:")
    letters = "ABCDEFG"[: len(conditions) + 1]
    classes = [f'    {a}: {{when: "{c}", ' for a, c in zip(letters, conditions, strict=False)]
    classes.append(f"    {letters[-1]}: {{otherwise: true, ")
    titles = [f"title: {{zh: {a}类, en: {a}}}, public_title: {{zh: 服务{a}, en: {a}}}}}\n" for a in letters]
    ladder = "".join(c + t for c, t in zip(classes, titles, strict=True))
    text = WHOLE[:start] + ladder + WHOLE[end:].replace("margin: 0.1", f"margin: {margin}")
    goals = "".join(f"  {a}: {{goal: {{zh: 目标{a}, en: Goal {a}}}}}\n" for a in letters[2:])
    return text.replace("review:", goals + "review:", 1)


@pytest.mark.parametrize(
    ("conditions", "lost"),
    [
        (("spend > 100", "spend > 200"), {"B"}),
        (("spend > 100", "spend >= 100"), set()),
        (("spend > 100 or purchase_days > 3", "purchase_days >= 4 and spend < 5"), {"B"}),
        (("purchase_days > 3", "purchase_days >= 4"), {"B"}),
        (("value = 'high'", "value in ('high', 'low') and value <> 'low'"), {"B"}),
        (("value = 'high'", "value in ('high', 'low')"), {"C"}),
        (("is_loss_making", "not is_loss_making"), {"C"}),
        (("spend > 100", "spend <= 150"), {"C"}),
        (("spend > 100", "spend < 100"), set()),
        (("spend is null", "spend > 3 and spend is null"), {"B"}),
        (("spend > 0.5 * gross_spend", "spend > 0.5 * gross_spend and purchase_days > 3"), {"B"}),
        (("score_score >= 101", "score_score >= 50"), {"A"}),
        (("value_share < 0.8", "value_share < 0.5 and spend > 3"), {"B"}),
        (("province = '北京'", "province <> '北京' and province = '北京'"), {"B"}),
        (("province <> '北京'", "province in ('上海', '广州')"), {"B"}),
        (("days_since_last_purchase between 1 and 9", "days_since_last_purchase between 2 and 8"), {"B"}),
        (("state in ('active', 'new')", "state not in ('active', 'new')"), {"C"}),
        (("spend > 100", "spend > 50", "spend > 70", "spend > 10"), {"C"}),
    ],
)
def test_a_class_that_nobody_can_get_is_named(conditions: tuple[str, ...], lost: set[str]) -> None:
    standard = loaded(graded(*conditions))
    found = {p.place.path for p in lint_standard(standard, MEASURES) if p.code == "lint.unreachable"}
    # The class that takes the rest has no rule to point at.
    rest = "ABCDEFG"[len(conditions)]
    assert found == {f"grade.classes.{code}" + ("" if code == rest else ".when") for code in lost}


def test_an_unknown_that_is_passed_on_still_reaches_the_rest() -> None:
    text = graded("spend > 100", "spend <= 100").replace('<= 100", ', '<= 100", unknown: not_met, ')
    assert not [p for p in lint_standard(loaded(text), MEASURES) if p.code == "lint.unreachable"]


@pytest.mark.parametrize(
    ("conditions", "margin", "is_thin"),
    [
        (("spend > 1000", "spend > 950"), "0.1", True),
        (("spend > 1000", "spend > 500"), "0.1", False),
        (("spend > 1000", "spend > 950"), "0.05", True),
        (("spend > 1000", "spend > 940"), "0.05", False),
        (("spend > 1000", "purchase_days > 950"), "0.1", False),
    ],
)
def test_classes_closer_than_the_margin_are_one_class_less(
    conditions: tuple[str, ...], margin: str, *, is_thin: bool
) -> None:
    standard = loaded(graded(*conditions, margin=margin))
    found = {p.place.path for p in lint_standard(standard, MEASURES) if p.code == "lint.thin"}
    assert ("grade.classes.B" in found) is is_thin


def test_weights_that_do_not_add_up_are_shown_with_their_sum() -> None:
    (found,) = (p for p in lint_standard(loaded(), MEASURES) if p.code == "lint.weights")
    assert "70.5" in found.message.zh
    balanced = bent("weight: 50", "weight: 79.5")
    assert ("lint.weights", "dimensions.score.parts") not in codes_of(balanced)


def test_absent_data_are_told_with_what_they_do_where_they_stand() -> None:
    known = set(loaded().measures) - {"gap_ratio", "growth_score", "lifetime_order_count", "role"}
    findings = lint_standard(loaded(), MEASURES, known=known)
    told = {p.place.path: p.message.en for p in findings if p.code == "lint.no_data"}
    assert set(told) == {
        "population.include",
        "dimensions.thirds.measure",
        "dimensions.score.parts.growth",
        "dimensions.value.within",
    }
    assert "dropped" in told["dimensions.score.parts.growth"]
    assert "nobody gets a class" in told["dimensions.thirds.measure"]
    assert not [p for p in lint_standard(loaded(), MEASURES) if p.code == "lint.no_data"]


def test_a_grade_by_attributes_alone_is_told() -> None:
    document = yaml.safe_load(graded("province = '北京'"))
    document["dimensions"] = {}
    for key in ("provisional", "stability", "population"):
        del document[key]
    del document["strategy"]["A/at_risk"]
    found = lint_standard(load_standard(document, MEASURES), MEASURES)
    assert ("lint.attributes", "grade") in {(p.code, p.place.path) for p in found}


def test_findings_stand_at_the_line_of_their_document(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    text = bent("margin: 0.1", "margin: 0.01").replace("measure: gap_ratio", "measure: spend_growth")
    path.write_text(text, encoding="utf-8")
    standard, findings = lint_document(path, MEASURES, known=set(MEASURES) - {"spend_growth"})
    lines = text.splitlines()
    placed = {p.place.path: p.place for p in findings}
    assert standard.id == "whole"
    assert {place.file for place in placed.values()} == {"ours.yaml"}
    assert lines[(placed["stability.margin"].line or 0) - 1].startswith("stability:")
    assert lines[(placed["dimensions.thirds.measure"].line or 0) - 1] == "    measure: spend_growth"
    assert all(p.remedy and p.remedy.zh and p.remedy.en for p in findings)


def test_a_finding_on_something_absent_stands_at_no_line() -> None:
    text = WHOLE.replace("review: {every: 3 months, owner: director}\n", "")
    _, findings = lint_document(text, MEASURES)
    assert {p.place.line for p in findings if p.place.path == "review"} == {None}


def test_sensitive_attributes_forbid_publishing() -> None:
    birth_year = Measure(
        "birth_year",
        Text("出生年", "Year of birth"),
        Text("", ""),
        Kind.COUNT,
        Text("", ""),
        Direction.NEUTRAL,
        (),
    )
    measures = Catalogue((*MEASURES.values(), birth_year))
    standard = load_standard(bent("measure: gap_ratio", "measure: birth_year"), measures)
    findings = {(p.code, p.place.path) for p in lint_standard(standard, measures)}
    assert ("lint.sensitive", "dimensions.thirds.measure") in findings
    assert "lint.sensitive" in BLOCKING_LINTS


def test_a_measure_that_does_not_exist_here_forbids_publishing() -> None:
    measures = Catalogue(tuple(m for m in MEASURES.values() if m.name != "gap_ratio"))
    findings = {(p.code, p.place.path) for p in lint_standard(loaded(), measures)}
    assert ("lint.unavailable", "dimensions.thirds.measure") in findings


@pytest.mark.parametrize("dimension_id", ["value", "rhythm", "thirds", "score", "quadrant"])
def test_measured_methods_are_monotone(dimension_id: str) -> None:
    standard = loaded()
    assert is_monotone(standard.dimension(dimension_id), standard)


def test_a_matrix_whose_better_cell_gives_less_is_not_monotone() -> None:
    standard = loaded(bent("high: {often: best, seldom: good}", "high: {often: good, seldom: best}"))
    assert not is_monotone(standard.dimension("quadrant"), standard)


def test_points_against_the_direction_of_their_measure_are_not_monotone() -> None:
    standard = loaded(bent("[[2023-06-01, 40], [2024-01-01, 100]]", "[[2023-06-01, 100], [2024-01-01, 40]]"))
    assert not is_monotone(standard.dimension("score"), standard)


@pytest.mark.parametrize(
    ("condition", "is_proven"),
    [
        ("spend > 100 and purchase_days >= 3", True),
        ("spend > 100 or days_since_last_purchase < 30", True),
        ("spend >= 0.1 * role_median_spend", True),
        ("value = 'high'", True),
        ("value in ('high', 'low') and score_score >= 75", True),
        ("value_rank < 0.2 * value_compared + 1", True),
        ("value_share < 0.8", True),
        ("not is_loss_making", True),
        ("not (days_since_last_purchase > 30)", True),
        ("state <> 'lost'", True),
        ("spend is null", True),
        ("spend < 100", False),
        ("days_since_last_purchase > 30", False),
        ("purchase_days = 2", False),
        ("value = 'low'", False),
        ("value <> 'high'", False),
        ("value not in ('high')", False),
        ("is_loss_making", False),
        ("spend between 1 and 2", False),
        ("spend > gross_spend", False),
        ("started = 'recent'", False),
        ("spend > 100 and (purchase_days = 2 or value = 'high')", False),
    ],
)
def test_a_ladder_is_proven_monotone_only_where_every_condition_holds_upwards(
    condition: str, *, is_proven: bool
) -> None:
    when = "quadrant = 'best' and score_score >= 75 and value_share < 0.8 and value_rank < 0.2 * value_compared + 1"
    standard = loaded(bent(when, condition))
    assert is_monotone(standard.grade, standard) is is_proven


def test_a_segment_is_never_monotone() -> None:
    standard = loaded()
    assert not is_monotone(standard.dimension("started"), standard)
    assert not is_monotone(standard.dimension("state"), standard)
    assert not is_monotone(replace(standard.grade, kind=standard.dimension("state").kind), standard)


@pytest.mark.parametrize(
    ("conditions", "zh", "en"),
    [
        (("spend between 1 and 2",), ">=", ">="),
        (("spend < 100",), ">=", ">="),
        (("days_since_last_purchase > 30",), "<=", "<="),
        (("value = 'low'",), "更好的类", "better classes"),
        (("spend > 100 and is_loss_making",), "去掉", "drop"),
    ],
)
def test_advice_on_a_doubtful_rule_names_what_the_rule_asks(
    conditions: tuple[str, ...], zh: str, en: str
) -> None:
    standard = loaded(graded(*conditions))
    (found,) = (p for p in lint_standard(standard, MEASURES) if p.code == "lint.monotone")
    assert found.place.path == "grade.classes.A.when"
    assert found.remedy is not None
    assert zh in found.remedy.zh
    assert en in found.remedy.en
    asked = conditions[0].rpartition(" and is_")[2].split()[0]
    title = next(m.title for name, m in standard.scope.items() if asked in name)
    assert title.zh in found.remedy.zh + found.message.zh


@pytest.mark.parametrize("condition", ["started = 'recent'", "spend > gross_spend", "state = 'active'"])
def test_what_is_merely_not_proven_is_no_doubt(condition: str) -> None:
    assert "lint.monotone" not in {code for code, _ in codes_of(graded(condition))}


@pytest.mark.parametrize(
    ("condition", "right"),
    [
        ("spend between 50000 and 10000", "between 10000 and 50000"),
        ("purchase_days > 3 or spend between 5 and 1.5", "between 1.5 and 5"),
        ("spend not between 9 and 2", "between 2 and 9"),
        ("last_purchase_on between '2024-06-01' and '2024-01-01'", "between '2024-01-01' and '2024-06-01'"),
    ],
)
def test_a_range_upside_down_is_told_once_with_its_repair(condition: str, right: str) -> None:
    findings = lint_standard(loaded(graded(condition)), MEASURES)
    at_rule = {p.code: p for p in findings if p.place.path == "grade.classes.A.when"}
    assert set(at_rule) - {"lint.monotone"} == {"lint.reversed"}
    told = at_rule["lint.reversed"]
    assert told.remedy is not None
    assert right in told.remedy.zh
    assert right in told.remedy.en
    assert "lint.reversed" in BLOCKING_LINTS


def test_a_range_the_right_way_round_is_not_told() -> None:
    found = codes_of(graded("spend between 2 and 2", "purchase_days between 1 and 3"))
    assert "lint.reversed" not in {code for code, _ in found}
