"""What a valid standard may still do badly: the three principles 可操作性、针对性、动态性, and what must not be judged by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keceng.measure import Measure
from keceng.standard.methods import Rules, Use
from keceng.standard.model import Dimension, Standard
from keceng.standard.monotony import is_monotone
from keceng.vocabulary import DimensionKind, Place, Problem, Text

MAX_DIMENSIONS = 4
MAX_CLASSES = 7
MAX_WINDOW_DAYS = 730
BLOCKING_LINTS = frozenset({"lint.sensitive", "lint.unavailable"})
"""Findings with which a standard must not be published; the others are advice."""

# Attributes that must not decide what a person is worth, by the words in which they appear as measures.
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


def lint_standard(standard: Standard, catalogue: Mapping[str, Measure]) -> tuple[Problem, ...]:
    """Findings on a valid standard, each with its path and what to do; those of `BLOCKING_LINTS` forbid publishing.

    Args:
        standard: a valid standard.
        catalogue: the measures that exist here.
    """
    return (
        *_find_sensitive(standard),
        *_find_unavailable(standard, catalogue),
        *_find_unwieldy(standard),
        *_find_aimless(standard),
        *_find_static(standard),
        *_find_unproven(standard),
    )


def _finding(code: str, path: str, message: Text, remedy: Text) -> Problem:
    return Problem(f"lint.{code}", message, remedy, Place(path=path))


def _find_sensitive(standard: Standard) -> Iterator[Problem]:
    for measure in standard.inputs:
        words = SENSITIVE_WORDS & {measure.name, *measure.name.split("_")}
        if words or any(word in measure.title.zh for word in SENSITIVE_TITLES):
            yield _finding(
                "sensitive",
                _path_of(standard, measure.name),
                Text(
                    f"「{measure.title.zh}」是敏感的个人属性，不能用来分级",
                    f"“{measure.title.en}” is a sensitive personal attribute and must not decide a class",
                ),
                Text("改用购买、服务或履约方面的指标", "use measures of buying, service or payment instead"),
            )


def _find_unavailable(standard: Standard, catalogue: Mapping[str, Measure]) -> Iterator[Problem]:
    for measure in standard.inputs:
        if measure.name not in catalogue:
            yield _finding(
                "unavailable",
                _path_of(standard, measure.name),
                Text(
                    f"这里没有指标「{measure.title.zh}」",
                    f"the measure “{measure.title.en}” does not exist here",
                ),
                Text("补上它的数据，或去掉这条规则", "supply its data, or drop the rule"),
            )


def _find_unwieldy(standard: Standard) -> Iterator[Problem]:
    used = [d.title for d in standard.dimensions if d.id in standard.grade.names]
    if len(used) > MAX_DIMENSIONS:
        yield _finding(
            "operable",
            "grade",
            Text(
                f"分级同时看 {len(used)} 个维度，业务人员很难照着执行",
                f"the grade looks at {len(used)} dimensions at once; hard to work with",
            ),
            Text(
                f"最多 {MAX_DIMENSIONS} 个，其余合并成评分",
                f"keep {MAX_DIMENSIONS} at most, merge the rest in a score",
            ),
        )
    for dimension in (*standard.dimensions, standard.grade):
        if len(dimension.classes) > MAX_CLASSES and not isinstance(dimension.method, Use):
            count = len(dimension.classes)
            yield _finding(
                "operable",
                _dimension_path(dimension),
                Text(f"分成 {count} 类，太多", f"{count} classes are too many"),
                Text(f"合并到 {MAX_CLASSES} 类以内", f"merge them into {MAX_CLASSES} at most"),
            )


def _find_aimless(standard: Standard) -> Iterator[Problem]:
    goals: dict[Text, str] = {}
    for strategy in standard.strategy:
        if strategy.state is not None:
            continue
        path = f"strategy.{strategy.grade}"
        if (other := goals.setdefault(strategy.goal, strategy.grade)) != strategy.grade:
            yield _finding(
                "relevant",
                path,
                Text(
                    f"与 {other} 的目标相同，分开没有意义",
                    f"same goal as {other}; no point in telling them apart",
                ),
                Text("写出不同的目标，或合并两类", "give it a goal of its own, or merge the two classes"),
            )
        if strategy.rhythm_days is None or strategy.service is None:
            yield _finding(
                "relevant",
                path,
                Text("没有写明联系节奏和服务", "rhythm and service are not both given"),
                Text("写上 rhythm 与 service", "write `rhythm` and `service`"),
            )


def _find_static(standard: Standard) -> Iterator[Problem]:
    if standard.review is None:
        yield _finding(
            "dynamic",
            "review",
            Text("没有写多久复核一次标准", "nobody is named to review the standard"),
            Text("写上 review: {every: 3 months, owner: …}", "write `review: {every: 3 months, owner: …}`"),
        )
    if standard.window_days > MAX_WINDOW_DAYS:
        yield _finding(
            "dynamic",
            "window",
            Text(
                f"看 {standard.window_days} 天，近况会被旧账淹没",
                f"{standard.window_days} days drown what is recent",
            ),
            Text("一般用 365 天", "365 days is usual"),
        )
    if standard.stability is None:
        yield _finding(
            "dynamic",
            "stability",
            Text("没有升降级缓冲，等级会来回跳", "without a buffer, grades will flicker"),
            Text("写上 stability", "write `stability`"),
        )


def _find_unproven(standard: Standard) -> Iterator[Problem]:
    for dimension in (*standard.dimensions, standard.grade):
        is_tier_of_rules = isinstance(dimension.method, Rules) and dimension.kind is DimensionKind.TIER
        if is_tier_of_rules and not is_monotone(dimension, standard):
            yield _finding(
                "monotone",
                _dimension_path(dimension),
                Text(
                    "无法证明「指标变好、等级不会变差」",
                    "it is not proven that better numbers never give a worse class",
                ),
                Text("留意等号条件与无方向的类别", "look at conditions with = and at classes without order"),
            )


def _dimension_path(dimension: Dimension) -> str:
    return dimension.id if dimension.id == "grade" else f"dimensions.{dimension.id}"


def _path_of(standard: Standard, name: str) -> str:
    """Where a measure is first named."""
    for dimension in (*standard.dimensions, standard.grade):
        if name in dimension.names:
            return _dimension_path(dimension)
    return "population"
