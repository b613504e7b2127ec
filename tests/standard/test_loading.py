"""A document becomes a standard that is right, or a list of everything that is wrong with path, line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from keceng.standard import (
    Bands,
    Bound,
    CumulativeShare,
    Matrix,
    PercentileOf,
    PointBands,
    Quantiles,
    Rules,
    Scorecard,
    ScoreMeasure,
    SmallData,
    TiePolicy,
    Unit,
    Use,
    load_standard,
)
from keceng.vocabulary import DimensionKind, KecengError, Kind
from tests.standard.documents import MEASURES, WHOLE, bent, loaded, problems_of


def test_every_part_of_the_format_is_read_into_stored_parts() -> None:
    standard = loaded()
    value, rhythm = standard.dimension("value"), standard.dimension("rhythm")
    assert (standard.window_days, standard.unit, standard.revision) == (365, Unit.GROUP, 3)
    assert value.method == CumulativeShare("spend", (8_000, 10_000), (2_000, None))
    assert (value.within, value.min_group, value.tie_policy) == ("role", 20, TiePolicy.DOWN)
    assert (value.small_data, value.frozen) == (SmallData.OFF, (("high", 123_450),))
    assert rhythm.method == Bands("days_since_last_purchase", Bound.TO, (30, None))
    assert standard.dimension("thirds").method == Quantiles("gap_ratio", (3_333, 6_667, 10_000))
    assert standard.dimension("state").method == Use("lifecycle_state")
    assert standard.dimension("state").kind is DimensionKind.SEGMENT
    assert standard.strategy_by == "state"
    assert standard.measures[0] == "spend"


def test_a_scorecard_keeps_its_parts_with_weights_in_proportion() -> None:
    method = loaded().dimension("score").method
    assert isinstance(method, Scorecard)
    assert method.min_coverage == 5_000
    assert method.cuts == ()
    assert [part.weight for part in method.parts] == [500_000, 5_000, 200_000]
    sources = [part.source for part in method.parts]
    assert sources[0] == PercentileOf("spend")
    assert sources[1] == ScoreMeasure("growth_score")
    assert isinstance(sources[2], PointBands)
    assert [points for _, points in sources[2].bands] == [1_000_000, 400_000]


def test_rules_keep_their_ladder_and_the_looser_stay() -> None:
    method = loaded().grade.method
    assert isinstance(method, Rules)
    first, last = method.rules
    assert first.unknown_is_not_met
    assert first.stay is not None
    assert str(first.stay) == "score_score >= 67.5"
    assert (last.class_id, last.when) == ("B", None)


def test_dimensions_are_ordered_after_what_they_refer_to() -> None:
    order = [dimension.id for dimension in loaded().dimensions]
    assert order.index("quadrant") > max(order.index("value"), order.index("rhythm"))
    assert isinstance(loaded().dimension("quadrant").method, Matrix)


def test_dimensions_publish_their_names_with_kinds() -> None:
    scope = loaded().scope
    assert scope["value"].kind is Kind.CATEGORY
    assert scope["score_score"].kind is Kind.SCORE
    assert scope["value_rank"].kind is scope["value_compared"].kind is Kind.COUNT
    assert scope["value_share"].exact == ("value_share__num", "value_share__den")
    assert "score" not in scope
    assert "quadrant_rank" not in scope


def test_a_grade_may_rest_on_measures_alone() -> None:
    document = yaml.safe_load(WHOLE)
    del (
        document["dimensions"],
        document["provisional"],
        document["strategy"]["A/at_risk"],
        document["stability"],
    )
    document["grade"]["classes"]["A"] = document["grade"]["classes"]["A"] | {
        "when": "spend > 10000",
        "stay": "spend > 1",
    }
    assert load_standard(document, MEASURES).dimensions == ()


def test_a_pair_without_its_own_strategy_takes_the_one_of_its_grade() -> None:
    standard = loaded()
    assert standard.strategy_for("A", "at_risk").goal.en == "Save"
    assert standard.strategy_for("A", "active").goal.en == "Deepen"


def test_a_mapping_and_a_file_load_to_the_same_standard(tmp_path: Path) -> None:
    path = tmp_path / "whole.yaml"
    path.write_text(WHOLE, encoding="utf-8")
    document = yaml.safe_load(WHOLE)
    assert load_standard(path, MEASURES) == load_standard(document, MEASURES) == loaded()


def test_a_problem_of_a_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text("keceng: 2", encoding="utf-8")
    with pytest.raises(KecengError) as caught:
        load_standard(path, MEASURES)
    assert {problem.place.file for problem in caught.value.problems} == {"ours.yaml"}


@pytest.mark.parametrize(
    ("old", "new", "code", "path"),
    [
        ("keceng: 1", "keceng: 2", "range", "keceng"),
        ("id: whole", "id: a whole", "id", "id"),
        ("window: 12m", "window: 12", "span", "window"),
        ("window: 12m\n", "", "missing", None),
        ("unit: group", "unit: groups", "choice", "unit"),
        ("revision: 3", "revision: 1.5", "range", "revision"),
        ("revision: 3", "revison: 3", "unknown_key", "revison"),
        ("revision: 3", "id: again", "duplicate_key", "id"),
        ("{zh: 全式标准, en: The whole format}", "Whole", "type", "title"),
        ("{zh: 全式标准, en: The whole format}", "{zh: 全式标准}", "missing", "title"),
        ("lifetime_order_count > 0", "value_rank > 0", "condition.unknown_name", "population.include"),
        ("is_related_party", "is_related", "condition.unknown_name", "population.exclude[0].when"),
        ("by: matrix", "by: grid", "choice", "dimensions.quadrant.by"),
        ("    by: matrix\n", "", "missing", "dimensions.quadrant"),
        ("rows: value", "rows: score", "axis", "dimensions.quadrant.rows"),
        ("low: {often: good, seldom: plain}", "low: {often: good}", "missing", "dimensions.quadrant.cells.low"),
        ("low: {often: good, seldom: plain}", "low: {often: good, seldom: none}", "choice", "dimensions.quadrant.cells.low.seldom"),
        ("  value:\n", "  spend:\n", "id", "dimensions.spend"),
        ("  value:\n", "  grade:\n", "id", "dimensions.grade"),
        ("  rhythm:\n", "  value_rank:\n", "id", "dimensions.value_rank"),
        ("measure: spend", "measure: spnd", "unknown_name", "dimensions.value.measure"),
        ("measure: spend", "measure: gap_ratio", "kind", "dimensions.value.measure"),
        ("within: role", "within: spend", "kind", "dimensions.value.within"),
        ("    within: role\n", "", "within", "dimensions.value.min_group"),
        ("to: 0.8,", "to: 1.8,", "range", "dimensions.value.classes.high.to"),
        ("to: 0.8,", "to: 0.12345,", "decimals", "dimensions.value.classes.high.to"),
        ("to: 0.8,", "to: 0.0,", "order", "dimensions.value.classes.high.to"),
        ("to: 0.8,", "to: .8,", "type", "dimensions.value.classes.high.to"),
        ("low: {to: 1,", "low: {to: 0.9,", "order", "dimensions.value.classes.low.to"),
        ("to: 0.6667", "to: 0.2", "order", "dimensions.thirds.classes.second.to"),
        ("{to: 0.3333, ", "{", "missing", "dimensions.thirds.classes.first"),
        ("frozen: {high: 1234.5}", "frozen: {best: 1}", "unknown_key", "dimensions.value.frozen.best"),
        ("{zh: 标准, en: Standard}, note", "{zh: 低价值, en: Standard}, note", "public_title", "dimensions.value.classes.low.public_title"),
        ("{zh: 标准, en: Standard}, note", "{zh: 标准, en: Lost cause}, note", "public_title", "dimensions.value.classes.low.public_title"),
        (", public_title: {zh: 尊享, en: Priority}}", "}", "missing", "dimensions.value.classes.high"),
        ("often: {to: 30,", "often: {from: 30,", "bound", "dimensions.rhythm"),
        ("seldom: {title: {zh: 少来", "seldom: {to: 90, title: {zh: 少来", "bound", "dimensions.rhythm.classes.seldom.to"),
        ("from: 2024-01-01", "from: 2024-02-30", "type", "dimensions.started.classes.recent.from"),
        ("weight: 50", "weight: 0", "range", "dimensions.score.parts.spend.weight"),
        ("weight: 50", "weight: heavy", "type", "dimensions.score.parts.spend.weight"),
        ("percentile: spend", "percentile: role", "kind", "dimensions.score.parts.spend.percentile"),
        ("percentile: spend", "percentile: spend, measure: growth_score", "part", "dimensions.score.parts.spend"),
        ("measure: growth_score", "measure: spend", "kind", "dimensions.score.parts.growth.measure"),
        ("[2024-01-01, 100]", "[2024-01-01, 101]", "range", "dimensions.score.parts.last.points.bands[1][1]"),
        ("[2024-01-01, 100]", "[2024-01-01]", "type", "dimensions.score.parts.last.points.bands[1]"),
        ("use: lifecycle_state", "use: spend", "measure", "dimensions.state.use"),
        ("B: {otherwise: true,", "B: {when: \"spend > 1\",", "rule", "grade.classes.B"),
        ("      unknown: not_met", "      otherwise: true", "rule", "grade.classes.A"),
        ("unknown: not_met", "unknown: met", "choice", "grade.classes.A.unknown"),
        ("stay: \"score_score", "stay: \"score_scores", "condition.unknown_name", "grade.classes.A.stay"),
        ("quadrant = 'best'", "quadrant = 'worst'", "condition.unknown_class", "grade.classes.A.when"),
        ("quadrant = 'best'", "quadrant < 'good'", "condition.no_order", "grade.classes.A.when"),
        ("score_compared < 30", "score_compared < '30'", "condition.kinds", "provisional"),
        ("demote_after: 2", "demote_after: 0", "range", "stability.demote_after"),
        ("min_stay: 90d", "min_stay: long", "span", "stability.min_stay"),
        ("  B: {goal", "  C: {goal", "strategy", "strategy.C"),
        ("  B: {goal", "  A/new: {goal", "strategy", "strategy"),
        ("A/at_risk:", "A/sleepy:", "strategy", "strategy.A/sleepy"),
        ("every: 3 months", "every: now and then", "span", "review.every"),
        ("among: \"spend > 0\"", "among: \"quadrant = 'best'\"", "circle", "dimensions.quadrant"),
        ("among: \"spend > 0\"", "among: \"value = 'high'\"", "circle", "dimensions.value"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_at_its_path_and_line(old: str, new: str, code: str, path: str | None) -> None:
    text = bent(old, new)
    found = [p for p in problems_of(text) if p.code in {code, f"standard.{code}"} and p.place.path == path]
    assert found, [(p.code, p.place.path) for p in problems_of(text)]
    for problem in found:
        assert problem.message.zh
        assert problem.place.line is not None
        assert 1 <= problem.place.line <= len(text.splitlines())


def test_the_line_of_a_problem_is_the_line_in_the_file() -> None:
    text = bent("measure: spend", "measure: spnd")
    line = text.splitlines().index("    measure: spnd") + 1
    assert [p.place.line for p in problems_of(text)] == [line]


def test_a_circle_of_dimensions_is_named_in_full() -> None:
    problems = problems_of(bent('among: "spend > 0"', "among: \"quadrant = 'best'\""))
    assert any("quadrant → value → quadrant" in p.message.en for p in problems)


def test_all_problems_are_told_in_one_pass() -> None:
    text = (
        bent("measure: spend", "measure: spnd")
        .replace("to: 30", "to: soon")
        .replace("owner: director", "owners: x")
    )
    codes = {(p.code, p.place.path) for p in problems_of(text)}
    assert codes >= {
        ("standard.unknown_name", "dimensions.value.measure"),
        ("standard.type", "dimensions.rhythm.classes.often.to"),
        ("standard.unknown_key", "review.owners"),
        ("standard.missing", "review"),
    }


def test_an_unknown_key_suggests_the_nearest() -> None:
    problems = problems_of(bent("revision: 3", "revison: 3"))
    assert [p.remedy.en for p in problems if p.remedy] == ["did you mean `revision`?"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("just words", "empty"),
        ("- a list", "empty"),
        ("a: [1, 2", "yaml"),
        ("a: &x [1]\nb: *x", "alias"),
        ("a: !!python/object/apply:os.system [ls]", "tag"),
        ("a: " + "[" * 40 + "]" * 40, "too_deep"),
        ("a: " + "x" * 300_000, "too_long"),
        ("a: 1\n\x00", "yaml"),
        ("keceng: 1\n---\nkeceng: 1", "yaml"),
    ],
)
def test_what_is_no_plain_document_is_refused(text: str, code: str) -> None:
    assert f"standard.{code}" in {p.code for p in problems_of(text)}


def test_an_alias_bomb_is_refused_before_it_unfolds() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60)]
    assert {p.code for p in problems_of("\n".join(lines))} == {"standard.alias"}


def test_a_file_that_cannot_be_read_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "gbk.yaml"
    path.write_bytes("keceng: 1\nid: ours\ntitle: 零售".encode("gb18030"))
    told = {path: ("GB18030", 3), tmp_path / "absent.yaml": ("read", None), tmp_path: ("read", None)}
    wide = tmp_path / "wide.yaml"
    wide.write_bytes(WHOLE.encode("utf-16"))
    for unreadable, (word, line) in {**told, wide: ("UTF-16", None)}.items():
        with pytest.raises(KecengError) as caught:
            load_standard(unreadable, MEASURES)
        (problem,) = caught.value.problems
        assert (problem.code, problem.place.line) == ("standard.unreadable", line)
        assert word in problem.message.en
        assert problem.remedy


def test_a_byte_order_mark_and_foreign_line_ends_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "marked.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    assert load_standard(path, MEASURES) == loaded()
