"""Planted faults: each is told once, at its path and line, in both languages, with what to write instead."""

from __future__ import annotations

import pytest

from keceng.vocabulary import Problem
from tests.standard.documents import bent, problems_of


def only_problem(text: str) -> Problem:
    """The one problem of a document with one fault."""
    problems = problems_of(text)
    assert len(problems) == 1, [(p.code, p.place.path, p.message.en) for p in problems]
    return problems[0]


@pytest.mark.parametrize(
    ("old", "new", "path", "remedy"),
    [
        ("to: 0.8,", "to: 80%,", "dimensions.value.classes.high.to", "write 0.8"),
        ("to: 0.8,", "to: ０.８,", "dimensions.value.classes.high.to", "write 0.8"),
        ("to: 0.8,", "to: 80,", "dimensions.value.classes.high.to", "write 0.8"),
        ("to: 0.8,", "to: .8,", "dimensions.value.classes.high.to", "write 0.8"),
        ("to: 0.8,", "to: 8成,", "dimensions.value.classes.high.to", "write 0.8"),
        ("high: 1234.5", "high: '1,234.5'", "dimensions.value.frozen.high", "write 1234.5"),
        ("high: 1234.5", "high: 12.5万", "dimensions.value.frozen.high", "write 125000"),
        ("high: 1234.5", "high: ¥5000元", "dimensions.value.frozen.high", "write 5000"),
        ("high: 1234.5", "high: 1.2e3", "dimensions.value.frozen.high", "write 1200"),
        ("high: 1234.5", "high: many", "dimensions.value.frozen.high", "plain digits"),
        ("margin: 0.1", "margin: 10％", "stability.margin", "write 0.1"),
        ("quota: 0.2", "quota: 20%", "nomination.quota", "write 0.2"),
        ("window: 12m", "window: 12个月", "window", "write 12m"),
        ("window: 12m", "window: １２m", "window", "write 12m"),
        ("window: 12m", "window: 一年", "window", "write 1y"),
        ("window: 12m", "window: 半年", "window", "write 6m"),
        ("window: 12m", "window: 365 days", "window", "write 365d"),
        ("window: 12m", "window: 365", "window", "write 365d"),
        ("window: 12m", "window: 9000d", "window", "365d is usual"),
        ("window: 12m", "window:", "window", "365d"),
        ("min_stay: 90d", "min_stay: 三个月", "stability.min_stay", "write 3m"),
        ("every: 3 months", "every: 每季度", "review.every", "write 3 months"),
        ("every: 3 months", "every: 3m", "review.every", "write 3 months"),
        ("every: 3 months", "every: monthly", "review.every", "write 1 month"),
        ("from: 2024-01-01", "from: 2024/1/1", "dimensions.started.classes.recent.from", "write 2024-01-01"),
        ("from: 2024-01-01", "from: 2024年1月1日", "dimensions.started.classes.recent.from", "write 2024-01-01"),
        ("from: 2024-01-01", "from: 2024-02-30", "dimensions.started.classes.recent.from", "no such day"),
        ("from: 2024-01-01", "from: last year", "dimensions.started.classes.recent.from", "2024-01-31"),
        ("demote_after: 2", "demote_after: twice", "stability.demote_after", "whole number, 1 to 24"),
        ("keceng: 1", "keceng: 1.0.1", "keceng", "write 1"),
        ("max_share: 0.2, title", "max_share: 0.2, tilte", "dimensions.value.classes.high.tilte", "`title`"),
        ("by: matrix", "by: matirx", "dimensions.quadrant.by", "`matrix`"),
        ("measure: spend", "measure: spned", "dimensions.value.measure", "spend"),
        ("measure: spend", "measure: 销售额", "dimensions.value.measure", "spend"),
        ("{zh: 全式标准, en: The whole format}", "全式标准", "title", "{zh: 中文, en: English}"),
        ("quadrant = 'best'", "quadrant = 'bset'", "grade.classes.A.when", "did you mean best?"),
        ("quadrant = 'best'", "quadrant = best", "grade.classes.A.when", "single quotes: 'best'"),
        ("quadrant = 'best' and", "quadrant = 'best' 且", "grade.classes.A.when", "write and"),
        ("quadrant = 'best' and", "quadrant = 'best' && ", "grade.classes.A.when", "write and"),
        ("score_score >= 75", "score_score ≥ 75", "grade.classes.A.when", "write >="),
        ("score_score >= 75", "score_score >= ７５", "grade.classes.A.when", "write 75"),
        ("score_score >= 75", "score_score >= 75分", "grade.classes.A.when", "no unit"),
        ("score_score >= 75", "score_score >= 75%", "grade.classes.A.when", "write a percentage as 0.2"),
        ("score_score >= 75", "购买天数 >= 75", "grade.classes.A.when", "purchase_days"),
        ("score_score >= 75", "spend >= order_count", "grade.classes.A.when", "both sides the same kind"),
        ("score_score >= 75", "gender = 'x'", "grade.classes.A.when", "sensitive attributes never decide"),
        ("measure: spend", "measure: 客户年龄", "dimensions.value.measure", "sensitive attributes never decide"),
        ("state = 'lost'", "state = “lost”", "stability.at_once", "write"),
        ("class: A,", "class: Z,", "nomination.class", "one of: A, B"),
        ("months: 6", "months: 36", "nomination.months", "1 to 12"),
        ("quota: 0.2", "quota: 0", "nomination.quota", "0.20"),
        ("id: related,", "id: A,", "population.exclude[0].id", "another id"),
        ("id: related,", "id: not_included,", "population.exclude[0].id", "another id"),
        ("      growth: {weight", "      coverage: {weight", "dimensions.score.parts.coverage", "another name"),
        ("  thirds:", "  score_spend:", "dimensions.score_spend", "rename"),
        ("  thirds:", "  thirds__x:", "dimensions.thirds__x", "reserved"),
        ("low: {to: 1,", "low: {to: 1, max_share: 0.1,", "dimensions.value.classes.low.max_share", "up to and including"),
    ],
)  # fmt: skip
def test_a_fault_says_what_to_write_instead(old: str, new: str, path: str, remedy: str) -> None:
    text = bent(old, new)
    found = [p for p in problems_of(text) if p.place.path == path]
    assert found, [(p.code, p.place.path) for p in problems_of(text)]
    told = found[0]
    assert told.remedy is not None
    assert remedy in told.remedy.en
    assert told.remedy.zh
    assert told.message.zh
    planted = (
        text.splitlines().index(next(line for line in text.splitlines() if new.splitlines()[0] in line)) + 1
    )
    assert told.place.line is not None
    assert abs(told.place.line - planted) <= 1


@pytest.mark.parametrize(
    ("old", "new", "path", "words"),
    [
        ("window: 12m", "window：12m", "window", ("a colon is missing", "plain “: ”")),
        ("window: 12m", "window:12m", "window", ("a colon is missing", "space after the colon")),
        ("{to: 0.8, max_share", "{to: 0.8， max_share", "dimensions.value.classes.high", ("comma", "plain “, ”")),
        ("{zh: 高, en: High}", "{zh: 高，en: High}", "dimensions.value.classes.high", ("comma", "plain “, ”")),
        ("  value:\n", "\tvalue:\n", "dimensions.value", ("a tab", "spaces")),
        ("  value:\n", "　　value:\n", "dimensions.value", ("a wide space", "plain spaces")),
        ("strategy:\n", "---\nstrategy:\n", None, ("two documents", "one standard per file")),
        ("\"lifetime_order_count > 0\"", "\"lifetime_order_count > 0", "population.include", ("quotation mark", "other quotation mark")),
        ("when: \"is_related_party\"", "when: 'is_related_party", "population.exclude", ("quotation mark", "other quotation mark")),
        ("  A/at_risk:", "     A/at_risk:", "strategy.A.A/at_risk", ("indentation", "align")),
        ("A: {goal: {zh: 深耕, en: Deepen}", "A: {goal: {zh: 深耕, en: Deepen", "strategy.A", ("missing", "{zh: 中文")),
        ("owner: director", "owner: @director", "review", ("cannot start", "double quotes")),
    ],
)  # fmt: skip
def test_broken_yaml_is_explained_at_its_line(
    old: str, new: str, path: str | None, words: tuple[str, str]
) -> None:
    text = bent(old, new)
    told = only_problem(text)
    assert told.code == "standard.yaml"
    assert told.place.path == path
    assert words[0] in told.message.en
    assert told.remedy is not None
    assert words[1] in told.remedy.en
    lines = text.splitlines()
    assert told.place.line is not None
    assert new.strip("\n").splitlines()[0].strip() in lines[told.place.line - 1]


def test_classes_that_differ_by_capitals_alone_are_refused() -> None:
    told = problems_of(bent("      often: {to: 30", "      SELDOM: {to: 30"))
    assert any("by capitals only" in p.message.en for p in told)


def test_a_key_that_swallowed_its_colon_is_explained() -> None:
    told = problems_of(bent("{zh: 高, en: High}", "{zh：高, en: High}"))
    assert told[0].remedy is not None
    assert "plain “: ”" in told[0].remedy.en


def test_garbled_text_is_told_at_its_line() -> None:
    text = bent("zh: 全式标准", "zh: 全式\ufffd准")
    assert (only_problem(text).code, only_problem(text).place.line) == ("standard.garbled", 3)


def test_a_duplicate_key_names_the_line_of_the_first() -> None:
    told = only_problem(bent("revision: 3\n", "revision: 3\nrevision: 4\n"))
    assert (told.place.path, told.place.line) == ("revision", 5)
    assert "first on line 4" in told.message.en


def test_a_dimension_that_cannot_be_read_is_one_fault_and_not_a_chain_of_them() -> None:
    assert only_problem(bent("by: cumulative_share", "by: cumulative")).place.path == "dimensions.value.by"


def test_a_dimension_of_states_that_cannot_be_read_is_one_fault() -> None:
    told = problems_of(bent("use: lifecycle_state", "use: lifecycle"))
    assert [p.place.path for p in told if p.code != "condition.unknown_name"] == ["dimensions.state.use"]
    assert told[0].remedy is not None
    assert "did you mean `lifecycle_state`" in told[0].remedy.en
    named = bent("review: {every", "strategy_by: states\nreview: {every")
    assert only_problem(named).place.path == "strategy_by"


def test_a_share_that_cannot_be_read_says_nothing_of_the_next() -> None:
    assert only_problem(bent("to: 0.3333", "to: a third")).place.path == "dimensions.thirds.classes.first.to"


def test_strategies_that_are_no_mapping_are_told_once() -> None:
    text = bent("strategy:\n", "strategy: none\nunused:\n")
    assert [p.place.path for p in problems_of(text) if p.code == "standard.type"] == ["strategy"]


def test_faults_come_in_the_order_of_the_document() -> None:
    text = (
        bent("owner: director", "owner: [a]").replace("to: 30", "to: soon").replace("unit: group", "unit: x")
    )
    lines = [p.place.line for p in problems_of(text)]
    assert len(lines) == 3
    assert lines == sorted(lines, key=lambda line: line or 0)


def test_a_fault_shows_what_is_written() -> None:
    assert only_problem(bent("window: 12m", "window: 12个月")).value == "12个月"


def test_ten_faults_are_found_in_one_pass() -> None:
    planted = {
        "window: 12m": "window: 一年",
        "unit: group": "unit: groups",
        "measure: spend": "measure: spnd",
        "to: 30,": "to: 三十,",
        "to: 0.6667": "to: 0.1",
        "weight: 50": "weight: -1",
        "use: lifecycle_state": "use: lifecycle",
        "score_score >= 67.5": "score_score >= 67.5分",
        "demote_after: 2": "demote_after: 0",
        "every: 3 months": "every: 季",
    }
    text = bent("revision: 3", "revision: 3")
    for old, new in planted.items():
        assert old in text
        text = text.replace(old, new, 1)
    told = {p.place.line for p in problems_of(text)}
    lines = text.splitlines()
    for new in planted.values():
        line = next(i for i, written in enumerate(lines, start=1) if new in written)
        assert line in told, new


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("      seldom: {title", "      often: {title", "dimensions.rhythm.classes.often"),
        ("      low: {to: 1, title", "      high: {to: 1, title", "dimensions.value.classes.high"),
        ("      plain: {title", "      good: {title", "dimensions.quadrant.classes.good"),
        ("    B: {otherwise: true", "    A: {otherwise: true", "grade.classes.A"),
    ],
)
def test_a_class_pasted_twice_is_one_fault_and_nothing_that_follows(old: str, new: str, path: str) -> None:
    found = only_problem(bent(old, new))
    assert (found.code, found.place.path) == ("standard.duplicate_key", path)
    assert found.value == path.rpartition(".")[2]


def test_what_is_wrong_in_a_class_pasted_twice_is_still_told() -> None:
    text = bent("    B: {otherwise: true", "    A: {otherwise: true").replace(
        "score_score >= 75", "score_scor >= 75"
    )
    codes = {p.code for p in problems_of(text)}
    assert codes == {"standard.duplicate_key", "condition.unknown_name"}


@pytest.mark.parametrize(
    ("old", "new", "code", "value"),
    [
        ("public_title: {zh: 标准, en: Standard}", "public_title: {zh: 低档, en: Standard}", "public_title", "低档"),
        ("public_title: {zh: 标准, en: Standard}", "public_title: {zh: 标准, en: Low}", "public_title", "Low"),
        ("  A/at_risk:", "  A/asleep:", "strategy", "A/asleep"),
        ("  A/at_risk:", "  Z/at_risk:", "strategy", "Z/at_risk"),
    ],
)  # fmt: skip
def test_a_fault_of_words_shows_what_is_written(old: str, new: str, code: str, value: str) -> None:
    found = only_problem(bent(old, new))
    assert (found.code, found.value) == (f"standard.{code}", value)


def test_an_unknown_state_is_told_with_the_title_of_the_states() -> None:
    found = only_problem(bent("  A/at_risk:", "  A/asleep:"))
    assert "「状态」" in found.message.zh
    assert found.remedy is not None
    assert "dormant（休眠）" in found.remedy.zh
