"""Measures whose models need data or work that is not there: declared, and unknown for everybody.

A standard may name them; a scorecard drops an unknown part, a rule never demotes for one. They are kept apart so that
nobody mistakes an absent model for a zero.
"""

from __future__ import annotations

from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS
from keceng.vocabulary import Direction, Kind, Text

CREDIT_GRADES: tuple[tuple[str, Text], ...] = tuple(
    (grade, Text(grade, grade)) for grade in ("AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D")
)


def _points(name: str, zh: str, en: str, definition: Text, inputs: tuple[str, ...]) -> Measure:
    return Measure(name, Text(zh, en), definition, Kind.SCORE, UNITS["points"], Direction.HIGHER, inputs)


MEASURES: tuple[Measure, ...] = (
    _points("potential_score", "潜力分", "Potential score",
            Text("钱包缺口、行业增长与产品匹配; 没有对方采购额时未知", "wallet gap, industry growth and line fit; unknown without the customer's own purchases"), ("customers",)),
    _points("cooperation_score", "合作度", "Cooperation score",
            Text("承诺量、付款、联合项目、渠道纪律、响应、预测与份额; 没有证据的部分不计", "volume, payment, joint work, discipline, response, forecasts, share; parts without evidence are dropped"), ("contracts", "payments")),
    _points("credit_score", "信用分", "Credit score",
            Text("单位客户的付款表现; 结清少于 3 张应收则未评级", "payment behaviour of organisations; unrated below 3 settled invoices"), ("invoices", "payments")),
    Measure("credit_grade", Text("信用等级", "Credit grade"), Text("由信用分与硬性上限得出; 未评级则未知", "from the credit score and its caps; unknown when unrated"),
            Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, ("invoices", "payments"), categories=CREDIT_GRADES),
    _points("loyalty_score", "忠诚度", "Loyalty score",
            Text("行为忠诚与态度忠诚", "behaviour and attitude"), ("purchase_day", "survey_responses")),
    _points("need_clarity_score", "需求明确度", "Need clarity score",
            Text("目标、层次、时间、预算四项中已知的比例", "how many of goal, level, time and budget are known"), ("declared_measures",)),
)  # fmt: skip
