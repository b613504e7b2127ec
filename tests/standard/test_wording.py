"""Conditions in words that a manager reads."""

from __future__ import annotations

import pytest

from keceng.measure import Measure
from keceng.standard import describe_condition, parse_condition
from keceng.vocabulary import Direction, Kind, Text


def titled(name: str, kind: Kind, title: Text, categories: tuple[tuple[str, Text], ...] = ()) -> Measure:
    return Measure(name, title, title, kind, Text("", ""), Direction.HIGHER, (), categories=categories)


SCOPE = {
    m.name: m
    for m in (
        titled("spend", Kind.MONEY, Text("近12个月销售", "sales of 12 months")),
        titled(
            "state",
            Kind.CATEGORY,
            Text("生命周期", "state"),
            (("lost", Text("流失", "lost")), ("new", Text("新", "new"))),
        ),
        titled("related", Kind.FLAG, Text("关联方", "related party")),
        titled("share", Kind.RATIO, Text("占比", "share")),
        titled("idle", Kind.DAYS, Text("距上次购买", "days since the last purchase")),
        titled("gap", Kind.DAYS, Text("平常间隔", "usual gap")),
    )
}


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("spend > 10000 and state <> 'lost'", "近12个月销售 > ¥10,000 且 生命周期 不是 流失", "sales of 12 months > ¥10,000 and state is not lost"),
        ("related or not related", "关联方 或 不是 关联方", "related party or not related party"),
        ("share <= 0.605", "占比 ≤ 60.5%", "share ≤ 60.5%"),
        ("spend between -5.5 and 9999.99", "近12个月销售 在 -¥5.50 与 ¥9,999.99 之间", "sales of 12 months is between -¥5.50 and ¥9,999.99"),
        ("state in ('new', 'lost')", "生命周期 属于 新、流失", "state is one of new, lost"),
        ("state not in ('new')", "生命周期 不属于 新", "state is none of new"),
        ("idle > 2 * gap", "距上次购买 > 2 × 平常间隔", "days since the last purchase > 2 × usual gap"),
        ("idle >= 90", "距上次购买 ≥ 90 天", "days since the last purchase ≥ 90 days"),
        ("spend is null", "近12个月销售 未知", "sales of 12 months is unknown"),
        ("spend is not null", "近12个月销售 已知", "sales of 12 months is known"),
        ("related and (idle > 1 or share > 0.5)", "关联方 且 （距上次购买 > 1 天 或 占比 > 50%）", "related party and (days since the last purchase > 1 days or share > 50%)"),
    ],
)  # fmt: skip
def test_a_condition_reads_like_a_sentence(text: str, zh: str, en: str) -> None:
    assert describe_condition(parse_condition(text, SCOPE), SCOPE) == Text(zh, en)
