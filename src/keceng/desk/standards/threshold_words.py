"""What a number of a standard is called, by where it stands in the document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keceng.standard import (
    Bands,
    Condition,
    CumulativeShare,
    Dimension,
    Quantiles,
    Rules,
    Scorecard,
    Standard,
)
from keceng.vocabulary import Direction, Kind, Text

_NONE = Text("", "")
UNITS: Mapping[str, Text] = {
    "d": Text("天", "days"),
    "w": Text("周", "weeks"),
    "m": Text("个月", "months"),
    "y": Text("年", "years"),
}
_KIND_UNITS: Mapping[Kind, Text] = {
    Kind.MONEY: Text("元", "¥"),
    Kind.DAYS: Text("天", "days"),
    Kind.SCORE: Text("分", "points"),
}
_SHARE = Text("（1 即 100%）", "(1 is 100 %)")
_BASICS = Text("窗口与人群", "Window and customers")
_BUFFER = Text("升降级缓冲", "Stability")
_NOMINATION = Text("重点客户提名", "Nominations")
_RHYTHM = Text("策略节奏", "Rhythm of contact")


@dataclass(frozen=True, slots=True)
class Worded:
    """What a number is called: what it belongs to, what it says, its unit, and the condition it stands in, if any."""

    section: Text
    label: Text
    unit: Text = _NONE
    condition: Condition | None = None


def word_threshold(standard: Standard, path: tuple[str, ...]) -> Worded | None:
    """What the number at `path` is called; None where nothing there is for turning."""
    match path:
        case ("grade", *rest):
            return _of_dimension(standard, standard.grade, tuple(rest))
        case ("dimensions", dimension_id, *rest):
            return _of_dimension(standard, standard.dimension(dimension_id), tuple(rest))
        case ("window",):
            return Worded(_BASICS, Text("窗口", "Window"))
        case ("population", "include"):
            return Worded(_BASICS, Text("参评", "Who is judged"), condition=standard.population.include)
        case ("population", "exclude", place, "when"):
            found = standard.population.exclude[int(place)]
            label = Text(f"排除「{found.reason.zh}」", f"Excluded as “{found.reason.en}”")
            return Worded(_BASICS, label, condition=found.when)
        case ("provisional",):
            return Worded(_BASICS, Text("暂定", "Provisional"), condition=standard.provisional)
        case ("strategy", key, "rhythm"):
            return Worded(_RHYTHM, Text(f"{key} 每隔", f"{key} every"))
        case _:
            return _of_the_rest(standard, path)


def _of_the_rest(standard: Standard, path: tuple[str, ...]) -> Worded | None:
    at_once = standard.stability.at_once if standard.stability else None
    found: Mapping[tuple[str, ...], Worded] = {
        ("stability", "demote_after"): Worded(
            _BUFFER, Text("连续几次不达标才降级", "Reviews in a row before going down"), Text("次", "reviews")
        ),
        ("stability", "margin"): Worded(
            _BUFFER, Text("越过分档线多少才算", "How far beyond a line counts"), _SHARE
        ),
        ("stability", "min_stay"): Worded(_BUFFER, Text("最短停留", "Shortest stay")),
        ("stability", "at_once"): Worded(_BUFFER, Text("立即降级", "Down at once"), condition=at_once),
        ("nomination", "quota"): Worded(
            _NOMINATION, Text("名额占已分级客户", "Room, as a share of the graded"), _SHARE
        ),
        ("nomination", "months"): Worded(
            _NOMINATION, Text("提名有效", "A nomination holds"), Text("个月", "months")
        ),
    }
    return found.get(path)


def _of_dimension(standard: Standard, dimension: Dimension, path: tuple[str, ...]) -> Worded | None:
    section = dimension.title
    match path:
        case ("classes", class_id, "when" | "stay" as key):
            return _of_rule(dimension, class_id, key)
        case ("classes", class_id, "from" | "to" | "max_share" as key):
            return _of_line(standard, dimension, class_id, key)
        case ("parts", part_id, "weight"):
            return Worded(section, Text("{p}的权重", "Weight of {p}").fill(p=_part(dimension, part_id)))
        case ("parts", part_id, "points", "bands", _, "0"):
            return Worded(section, Text("{p}：从", "{p}: from").fill(p=_part(dimension, part_id)))
        case ("parts", part_id, "points", "bands", _, "1"):
            words = Text("{p}：得", "{p}: gives").fill(p=_part(dimension, part_id))
            return Worded(section, words, _KIND_UNITS[Kind.SCORE])
        case (key,):
            return _of_key(dimension, key)
        case _:
            return None


def _of_key(dimension: Dimension, key: str) -> Worded | None:
    found = {
        "among": Worded(dimension.title, Text("参加比较", "Who is compared"), condition=dimension.among),
        "min_group": Worded(dimension.title, Text("一组至少", "Fewest in a group"), Text("家", "customers")),
        "min_coverage": Worded(
            dimension.title, Text("定级所需数据覆盖", "Data needed for a final grade"), _SHARE
        ),
    }
    return found.get(key)


def _of_rule(dimension: Dimension, class_id: str, key: str) -> Worded | None:
    if not isinstance(dimension.method, Rules):
        return None
    rule = next(r for r in dimension.method.rules if r.class_id == class_id)
    title = dimension.tier_class(class_id).title
    if key == "stay":
        return Worded(dimension.title, Text(f"保住{title.zh}", f"Staying in {title.en}"), condition=rule.stay)
    return Worded(dimension.title, title, condition=rule.when)


def _of_line(standard: Standard, dimension: Dimension, class_id: str, key: str) -> Worded | None:
    title = dimension.tier_class(class_id).title
    if key == "to" and not isinstance(dimension.method, Bands) and class_id == dimension.class_ids[-1]:
        return None  # the last class takes the rest; its share is always the whole
    if key == "max_share":
        words = Text(f"到{title.zh}为止的客户上限", f"Most customers down to {title.en}")
        return Worded(dimension.title, words, _SHARE)
    match dimension.method:
        case Bands(measure=name):
            measure = standard.scope[name]
            sign = "≤" if measure.direction is Direction.LOWER else "≥"
            words = Text(f"{title.zh}：{measure.title.zh} {sign}", f"{title.en}: {measure.title.en} {sign}")
            return Worded(dimension.title, words, _KIND_UNITS.get(measure.kind, measure.unit))
        case Scorecard():
            return Worded(
                dimension.title,
                Text(f"{title.zh}的分数线", f"Score line of {title.en}"),
                _KIND_UNITS[Kind.SCORE],
            )
        case Quantiles():
            words = Text(f"到{title.zh}为止的客户占比", f"Share of customers down to {title.en}")
            return Worded(dimension.title, words, _SHARE)
        case CumulativeShare(measure=name):
            measure = standard.scope[name]
            words = Text(
                f"到{title.zh}为止的{measure.title.zh}占比", f"Share of {measure.title.en} down to {title.en}"
            )
            return Worded(dimension.title, words, _SHARE)
        case _:
            return None


def _part(dimension: Dimension, part_id: str) -> Text:
    parts = dimension.method.parts if isinstance(dimension.method, Scorecard) else ()
    title = next((p.title for p in parts if p.id == part_id), None)
    return title or Text(part_id, part_id)
