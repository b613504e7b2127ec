"""The three principles, what must not be judged by, and which ladders are proven monotone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keceng.measure import Catalogue, Measure
from keceng.standard import (
    BLOCKING_LINTS,
    find_standard,
    is_monotone,
    lint_standard,
    list_templates,
    load_standard,
)
from keceng.vocabulary import Direction, Kind, Text
from tests.standard.documents import MEASURES, WHOLE, bent, loaded


def codes_of(text: str) -> set[tuple[str, str | None]]:
    return {(p.code, p.place.path) for p in lint_standard(loaded(text), MEASURES)}


@pytest.mark.parametrize("template_id", list_templates())
def test_no_template_has_a_finding_but_the_note_on_its_ladder(template_id: str) -> None:
    findings = lint_standard(find_standard(template_id), MEASURES)
    assert {finding.code for finding in findings} <= {"lint.monotone"}


@pytest.mark.parametrize(
    ("old", "new", "code", "path"),
    [
        ("review: {every: 3 months, owner: director}\n", "", "lint.dynamic", "review"),
        ("window: 12m", "window: 5y", "lint.dynamic", "window"),
        ("{demote_after: 2, margin: 0.1, min_stay: 90d}", "off", "lint.dynamic", "stability"),
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
    assert ("lint.sensitive", "dimensions.thirds") in findings
    assert "lint.sensitive" in BLOCKING_LINTS


def test_a_measure_that_does_not_exist_here_forbids_publishing() -> None:
    measures = Catalogue(tuple(m for m in MEASURES.values() if m.name != "gap_ratio"))
    findings = {(p.code, p.place.path) for p in lint_standard(loaded(), measures)}
    assert ("lint.unavailable", "dimensions.thirds") in findings


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
