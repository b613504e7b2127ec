"""Attributes of a person that must not decide what the person is worth."""

from __future__ import annotations

from keceng.vocabulary import Text

SENSITIVE_WORDS = frozenset(
    [
        "age",
        "birth",
        "birthday",
        "birth_year",
        "gender",
        "sex",
        "income",
        "occupation",
        "religion",
        "faith",
        "ethnicity",
        "race",
        "nationality",
        "health",
        "illness",
        "marital",
        "marriage",
        "political",
        "politics",
        "orientation",
        "biometric",
        "fingerprint",
        "face",
    ]
)
"""The English words in which they appear in the names of measures."""

SENSITIVE_TITLES = (
    "年龄",
    "出生",
    "生日",
    "性别",
    "收入",
    "职业",
    "宗教",
    "信仰",
    "民族",
    "种族",
    "健康",
    "疾病",
    "婚姻",
    "政治",
    "生物识别",
)
"""The Chinese words in which they appear in titles."""

INSTEAD = Text("改用购买、服务或履约方面的指标", "use measures of buying, service or payment instead")


def is_sensitive(written: str) -> bool:
    """Whether a measure's name or title speaks of such an attribute."""
    words = {written.lower(), *written.lower().split("_")}
    return bool(SENSITIVE_WORDS & words) or any(word in written for word in SENSITIVE_TITLES)
