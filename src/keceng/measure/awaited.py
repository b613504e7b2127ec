"""Measures whose models need data or work that is not there: declared, and unknown for everybody.

A standard may name them; a scorecard drops an unknown part, a rule never demotes for one. They are kept apart so that
nobody mistakes an absent model for a zero.
"""

from __future__ import annotations

from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS
from keceng.vocabulary import Direction, Kind, Text


def _points(name: str, zh: str, en: str, definition: Text, inputs: tuple[str, ...]) -> Measure:
    return Measure(name, Text(zh, en), definition, Kind.SCORE, UNITS["points"], Direction.HIGHER, inputs)


MEASURES: tuple[Measure, ...] = (
    _points("potential_score", "潜力分", "Potential score",
            Text("钱包缺口、行业增长与产品匹配; 没有对方采购额时未知", "wallet gap, industry growth and line fit; unknown without the customer's own purchases"), ("customers",)),
    _points("need_clarity_score", "需求明确度", "Need clarity score",
            Text("目标、层次、时间、预算四项中已知的比例", "how many of goal, level, time and budget are known"), ("declared_measures",)),
)  # fmt: skip
