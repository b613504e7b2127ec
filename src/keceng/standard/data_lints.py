"""What a standard judges by: nothing sensitive, nothing that is not here, and not by who somebody is alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from keceng.measure import Measure
from keceng.standard.findings import finding
from keceng.standard.mentions import Mention, list_mentions
from keceng.standard.methods import Rules, Scorecard
from keceng.standard.model import Standard
from keceng.standard.sensitivity import is_sensitive
from keceng.vocabulary import DimensionKind, Kind, Problem, Text

ATTRIBUTE_TABLES = {"customers"}


def find_sensitive(standard: Standard) -> Iterator[Problem]:
    """Measures that are sensitive personal attributes."""
    for measure in standard.inputs:
        if is_sensitive(measure.name) or is_sensitive(measure.title.zh):
            message = Text(
                f"「{measure.title.zh}」是敏感的个人属性，不能用来分级",
                f"“{measure.title.en}” is a sensitive personal attribute and must not decide a class",
            )
            remedy = Text(
                "改用购买、服务或履约方面的指标", "use measures of buying, service or payment instead"
            )
            yield finding("sensitive", _first(standard, measure.name), message, remedy)


def find_unavailable(standard: Standard, catalogue: Mapping[str, Measure]) -> Iterator[Problem]:
    """Measures that do not exist here."""
    for measure in standard.inputs:
        if measure.name not in catalogue:
            message = Text(
                f"这里没有指标「{measure.title.zh}」", f"the measure “{measure.title.en}” does not exist here"
            )
            remedy = Text("补上它的数据，或去掉这条规则", "supply its data, or drop the rule")
            yield finding("unavailable", _first(standard, measure.name), message, remedy)


def find_without_data(standard: Standard, known: Collection[str]) -> Iterator[Problem]:
    """Measures of which nobody's number is known, and what that does where they stand.

    Args:
        standard: a valid standard.
        known: the measures that are known of somebody.
    """
    inputs = {m.name: m for m in standard.inputs}
    for mention in list_mentions(standard):
        for name in sorted(mention.names & set(inputs) - set(known)):
            title = inputs[name].title
            effect = _effect(mention)
            message = Text(
                f"「{title.zh}」没有数据：{effect.zh}", f"there are no data of “{title.en}”: {effect.en}"
            )
            remedy = Text("导入它的来源，或去掉这一处", "import what it comes from, or drop it here")
            yield finding("no_data", mention.path, message, remedy)


def _effect(mention: Mention) -> Text:
    dimension = mention.dimension
    if dimension is None:
        return Text("这个条件对谁都不成立", "the condition holds for nobody")
    if mention.condition is None:
        return (
            Text("这一部分不计，其余部分按比例加权", "the part is dropped and the others weigh more")
            if isinstance(dimension.method, Scorecard)
            else Text("谁都得不到这个维度的类别", "nobody gets a class of this dimension")
        )
    rules = dimension.method.rules if isinstance(dimension.method, Rules) else ()
    passed = any(r.unknown_is_not_met and mention.condition is r.when for r in rules)
    if passed or not mention.path.endswith(".when"):
        return Text("用到它的地方都算不满足", "wherever it is asked, the answer is no")
    return Text(
        "靠它才能判断的客户会停在这里，等级未定", "whoever it decides about stops here without a class"
    )


def find_attributes(standard: Standard) -> Iterator[Problem]:
    """Grades given by who or where somebody is: attributes named in the grade, or nothing but attributes."""
    inputs = {m.name: m for m in standard.inputs}
    judged = [m for m in list_mentions(standard) if m.dimension is not None]
    behaviour = {n for m in judged for n in m.names if n in inputs and not _is_attribute(inputs[n])}
    for mention in judged:
        if mention.dimension is not standard.grade or standard.grade.kind is not DimensionKind.TIER:
            continue
        for name in sorted(n for n in mention.names if n in inputs and _is_attribute(inputs[n])):
            title = inputs[name].title
            message = Text(
                f"「{title.zh}」说的是客户是谁、在哪里，不是做了什么，用它定级要说得出理由",
                f"“{title.en}” says who or where a customer is, not what it did; grading by it needs a good reason",
            )
            remedy = Text(
                "只与同类比较可写 within；否则改用购买或履约的指标",
                "to compare like with like write `within`; else use measures of buying or paying",
            )
            yield finding("attributes", mention.path, message, remedy)
    if judged and not behaviour:
        message = Text(
            "整份标准只看客户属性，不看行为", "the whole standard looks at attributes, not at behaviour"
        )
        remedy = Text("至少加一个购买、利润或履约的指标", "add a measure of buying, profit or payment")
        yield finding("attributes", "grade", message, remedy)


def _is_attribute(measure: Measure) -> bool:
    is_label = measure.kind in {Kind.CATEGORY, Kind.FLAG} and not measure.is_cause
    return is_label and set(measure.inputs) == ATTRIBUTE_TABLES


def _first(standard: Standard, name: str) -> str:
    return next((m.path for m in list_mentions(standard) if name in m.names), "population")
