"""Two standards side by side: every difference in words, where it stands, and whether it can move customers."""

from __future__ import annotations

import pytest

from keceng.standard import (
    Change,
    ChangePart,
    Standard,
    diff_standards,
    find_standard,
    list_templates,
    load_standard,
    ruler_hash,
    template_text,
)
from tests.standard.documents import MEASURES, bent, loaded


def changes(old: str, new: str) -> tuple[Change, ...]:
    return diff_standards(loaded(), loaded(bent(old, new)))


def revised(*pairs: tuple[str, str], base: str = "retail") -> Standard:
    text = template_text(base)
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return load_standard(text, MEASURES)


@pytest.mark.parametrize("template_id", list_templates())
def test_a_standard_does_not_differ_from_itself(template_id: str) -> None:
    standard = find_standard(template_id)
    assert diff_standards(standard, standard) == ()


def test_a_raised_line_reads_as_a_manager_says_it() -> None:
    (found,) = diff_standards(
        revised(("purchase_days >= 3", "spend >= 50000")), revised(("purchase_days >= 3", "spend >= 80000"))
    )
    assert found.words.zh == "A类的线从 近12个月销售额 ≥ ¥50,000 提到 ¥80,000（更严）"
    assert found.words.en == "the line of A raised from 12-month sales ≥ ¥50,000 to ¥80,000 (stricter)"
    assert (found.path, found.part, found.can_move) == ("grade.classes.A.when", ChangePart.RULER, True)
    assert found.to_document() == {
        "path": "grade.classes.A.when",
        "part": "ruler",
        "can_move": True,
        "zh": found.words.zh,
        "en": found.words.en,
    }


@pytest.mark.parametrize(
    ("old", "new", "path", "part", "english"),
    [
        ("id: whole", "id: other", "id", "wording", "from whole to other"),
        ("revision: 3", "revision: 4", "revision", "wording", "from 3 to 4"),
        ("{zh: 全式标准, en: The whole format}", "{zh: 另一份, en: Another}", "title", "wording", "to “Another”"),
        ("window: 12m", "window: 180d", "window", "ruler", "from 12 months to 180 days"),
        ("unit: group", "unit: account", "unit", "ruler", "from group to account"),
        ("lifetime_order_count > 0", "lifetime_order_count > 2", "population.include", "ruler", "raised from Lifetime orders > 0 orders to 2 orders"),
        ("is_related_party", "is_bucket", "population.exclude[0].when", "ruler", "to “Bucket account”"),
        ("reason: {zh: 关联方,", "reason: {zh: 关联单位,", "population.exclude[0].reason", "wording", "reason"),
        ("id: related,", "id: kin,", "population.exclude[0]", "ruler", "no longer excluded"),
        ("high: {often: best, seldom: good}", "high: {often: best, seldom: plain}", "dimensions.quadrant.cells.high.seldom", "ruler", "from good to plain"),
        ("rows: value\n    columns: rhythm\n    cells:\n      high: {often: best, seldom: good}\n      low: {often: good, seldom: plain}", "rows: rhythm\n    columns: value\n    cells:\n      often: {high: best, low: good}\n      seldom: {high: good, low: plain}", "dimensions.quadrant.rows", "ruler", "crossed"),
        ("measure: spend\n", "measure: gross_spend\n", "dimensions.value.measure", "ruler", "12-month sales to 12-month gross"),
        ("to: 0.8,", "to: 0.75,", "dimensions.value.classes.high.to", "ruler", "lowered from 80% to 75% (stricter)"),
        ("max_share: 0.2,", "max_share: 0.3,", "dimensions.value.classes.high.max_share", "ruler", "from 20% to 30%"),
        ("within: role", "within: province", "dimensions.value.within", "ruler", "Role to Province"),
        ("min_group: 20", "min_group: 40", "dimensions.value.min_group", "ruler", "from 20 to 40"),
        ("among: \"spend > 0\"", "among: \"spend > 10\"", "dimensions.value.among", "ruler", "raised from 12-month sales > ¥0 to ¥10"),
        ("tie_policy: down", "tie_policy: up", "dimensions.value.tie_policy", "ruler", "from down to up"),
        ("small_data: off", "small_data: auto", "dimensions.value.small_data", "ruler", "from off to auto"),
        ("frozen: {high: 1234.5}", "frozen: {high: 1234}", "dimensions.value.frozen", "ruler", "frozen"),
        ("note: {zh: 其余, en: The rest}", "note: {zh: 剩下, en: What is left}", "dimensions.value.classes.low.note", "wording", "note"),
        ("public_title: {zh: 尊享, en: Priority}}\n      low", "public_title: {zh: 尊贵, en: Finest}}\n      low", "dimensions.value.classes.high.public_title", "wording", "public title"),
        ("often: {to: 30,", "often: {to: 45,", "dimensions.rhythm.classes.often.to", "ruler", "Days since last purchase ≤ 30 days to 45 days (easier)"),
        ("from: 2024-01-01", "from: 2023-01-01", "dimensions.started.classes.recent.from", "ruler", "lowered from"),
        ("min_coverage: 0.5", "min_coverage: 0.7", "dimensions.score.min_coverage", "ruler", "raised from 50% to 70%"),
        ("weight: 50", "weight: 40", "dimensions.score.parts.spend.weight", "ruler", "lowered from 50 to 40"),
        ("percentile: spend", "percentile: margin", "dimensions.score.parts.spend", "ruler", "the rank of 12-month margin"),
        ("[2024-01-01, 100]", "[2024-01-01, 90]", "dimensions.score.parts.last", "ruler", "90 from 2024-01-01"),
        ("parts:\n      spend: {title: {zh: 消费,", "parts:\n      spend: {title: {zh: 花费,", "dimensions.score.parts.spend.title", "wording", "Spend"),
        ("      growth: {weight: 0.5, measure: growth_score}\n", "", "dimensions.score.parts.growth", "ruler", "drops “growth”"),
        ("score_compared < 30", "score_compared < 40", "provisional", "ruler", "raised from Score compared < 30 to 40"),
        ("score_score >= 75", "score_score > 75", "grade.classes.A.when", "ruler", "Score score ≥ 75"),
        ("      unknown: not_met\n", "", "grade.classes.A.unknown", "ruler", "stays open"),
        ("score_score >= 67.5", "score_score >= 70", "grade.classes.A.stay", "stability", "raised from Score score ≥ 67.5 to 70"),
        ("title: {zh: A类, en: A}", "title: {zh: 甲类, en: Alpha}", "grade.classes.A.title", "wording", "from “A” to “Alpha”"),
        ("demote_after: 2", "demote_after: 3", "stability.demote_after", "stability", "from 2 reviews to 3 reviews"),
        ("margin: 0.1,", "margin: 0.15,", "stability.margin", "stability", "raised from 10% to 15%"),
        ("min_stay: 90d", "min_stay: 60d", "stability.min_stay", "stability", "from 90 days to 60 days"),
        ("state = 'lost' or", "state = 'dormant' or", "stability.at_once", "stability", "Dormant"),
        ("goal: {zh: 深耕, en: Deepen}", "goal: {zh: 深挖, en: Dig}", "strategy.A.goal", "strategy", "goal of A: from “Deepen” to “Dig”"),
        ("rhythm: 3d", "rhythm: 5d", "strategy.A/at_risk.rhythm", "strategy", "from every 3 days to every 5 days"),
        ("service: priority", "service: gold", "strategy.A.service", "strategy", "from priority to gold"),
        ("A/at_risk:", "A/lost:", "strategy.A/at_risk", "strategy", "taken away"),
        ("owner: director", "owner: manager", "review", "review", "director"),
        ("quota: 0.2", "quota: 0.1", "nomination", "nomination", "quota 10%"),
    ],
)  # fmt: skip
def test_each_difference_is_told_at_its_path(old: str, new: str, path: str, part: str, english: str) -> None:
    found = [c for c in changes(old, new) if c.path == path]
    assert found, [(c.path, c.words.en) for c in changes(old, new)]
    assert found[0].part.value == part
    assert english in found[0].words.en
    assert found[0].words.zh
    same_ruler = ruler_hash(loaded()) == ruler_hash(loaded(bent(old, new)))
    assert same_ruler is not any(c.can_move for c in changes(old, new))


def test_parts_of_a_rule_that_come_and_go_are_told_apart() -> None:
    old = revised()
    new = revised(
        (" and (state is null or state <> 'lost') and (purchase", " and spend > 50000 and (purchase")
    )
    told = [c.words.en for c in diff_standards(old, new)]
    assert told == [
        "A no longer asks for “Lifecycle is unknown or Lifecycle is not Lost”",
        "A also asks for “Sales > ¥50,000”",
    ]


def test_dimensions_and_classes_that_come_and_go_are_named() -> None:
    told = {c.path: c.words.en for c in diff_standards(find_standard("b2b-start"), find_standard("b2b"))}
    assert told["dimensions.overall"] == "a new dimension “Overall”"
    back = {c.path: c.words.en for c in diff_standards(find_standard("b2b"), find_standard("b2b-start"))}
    assert back["dimensions.overall"] == "the dimension “Overall” is taken away"
    swapped = {c.path for c in diff_standards(find_standard("retail"), find_standard("consumer"))}
    assert {"grade.classes.A", "grade.classes.loyal", "grade.kind"} <= swapped


def test_another_method_is_told_as_such() -> None:
    by_path = {
        c.path: c.words.en for c in diff_standards(find_standard("retail"), find_standard("education"))
    }
    assert by_path["grade.by"] == "how Grade is cut: from rules to a scorecard"


def test_a_class_put_under_watch_touches_the_buffer_alone() -> None:
    unwatched = revised(("      watch: true\n", ""), base="b2b-start")
    (found,) = diff_standards(unwatched, find_standard("b2b-start"))
    assert (found.path, found.part) == ("grade.classes.D.watch", ChangePart.STABILITY)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("score_score >= 75 and", "75 <= score_score and"),
        ("spend > 0", "spend>0.00"),
        ("zh: 深耕", "zh: 深度"),
        ("revision: 3", "revision: 9"),
        ("id: whole", "id: renamed"),
        ("margin: 0.1", "margin: 0.2"),
        ("quota: 0.2", "quota: 0.1"),
        ("title: {zh: A类, en: A}", "title: {zh: 甲, en: First}"),
        ("note: {zh: 其余, en: The rest}", "note: {zh: 别的, en: Others}"),
        ("owner: director", "owner: manager"),
    ],
)
def test_the_ruler_is_the_same_however_it_is_typed_and_whatever_is_done_with_it(old: str, new: str) -> None:
    assert ruler_hash(loaded(bent(old, new))) == ruler_hash(loaded())


def test_every_template_is_a_ruler_of_its_own() -> None:
    assert len({ruler_hash(find_standard(t)) for t in list_templates()}) == len(list_templates())
