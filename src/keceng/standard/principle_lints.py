"""The principles 可操作性、针对性、动态性, in a manager's words: can it be worked with, does it lead anywhere, does it live."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keceng.standard.findings import finding
from keceng.standard.mentions import dimension_path, list_mentions
from keceng.standard.methods import Scorecard, Use
from keceng.standard.model import Dimension, PeriodUnit, Standard
from keceng.vocabulary import Kind, Problem, Text

MAX_DIMENSIONS = 4
MAX_ALL_DIMENSIONS = 8
MAX_CLASSES = 7
MAX_COMPARISONS = 12
MAX_WINDOW_DAYS = 730
MAX_REVIEW_DAYS = 366
MAX_GOAL = 60
USUAL_QUOTA = Kind.RATIO.scale // 5
UNIT_DAYS = {PeriodUnit.DAY: 1, PeriodUnit.WEEK: 7, PeriodUnit.MONTH: 30, PeriodUnit.YEAR: 365}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def find_unwieldy(standard: Standard) -> Iterator[Problem]:
    """可操作性: too many dimensions, classes or comparisons to work with."""
    used = [d.title for d in standard.dimensions if {m.name for m in d.published} & standard.grade.names]
    if len(used) > MAX_DIMENSIONS:
        message = Text(
            f"分级同时看 {len(used)} 个维度，业务人员很难照着执行",
            f"the grade looks at {len(used)} dimensions at once; hard to work with",
        )
        remedy = Text(
            f"最多 {MAX_DIMENSIONS} 个，其余合并成评分",
            f"keep {MAX_DIMENSIONS} at most, merge the rest in a score",
        )
        yield finding("operable", "grade", message, remedy)
    if len(standard.dimensions) > MAX_ALL_DIMENSIONS:
        message = Text(
            f"一共 {len(standard.dimensions)} 个维度，太多",
            f"{len(standard.dimensions)} dimensions in all are too many",
        )
        remedy = Text(
            f"留下最有用的，最多 {MAX_ALL_DIMENSIONS} 个",
            f"keep the most useful, {MAX_ALL_DIMENSIONS} at most",
        )
        yield finding("operable", "dimensions", message, remedy)
    for dimension in (*standard.dimensions, standard.grade):
        count = len(dimension.classes)
        if count > MAX_CLASSES and not isinstance(dimension.method, Use):
            message = Text(f"分成 {count} 类，太多", f"{count} classes are too many")
            remedy = Text(f"合并到 {MAX_CLASSES} 类以内", f"merge them into {MAX_CLASSES} at most")
            yield finding("operable", dimension_path(dimension), message, remedy)
    for mention in list_mentions(standard):
        leaves = len(mention.condition.leaves) if mention.condition else 0
        if leaves > MAX_COMPARISONS:
            message = Text(
                f"一条规则里有 {leaves} 个比较，没人记得住",
                f"{leaves} comparisons in one rule; nobody can remember them",
            )
            remedy = Text("把一部分写成单独的维度", "write a part of it as a dimension of its own")
            yield finding("operable", mention.path, message, remedy)


def find_aimless(standard: Standard) -> Iterator[Problem]:
    """针对性: classes that are treated alike, or without a rhythm and a service."""
    goals: dict[Text, str] = {}
    for strategy in standard.strategy:
        if strategy.state is not None:
            continue
        path = f"strategy.{strategy.grade}"
        if (other := goals.setdefault(strategy.goal, strategy.grade)) != strategy.grade:
            message = Text(
                f"与 {other} 的目标相同，分开没有意义",
                f"same goal as {other}; no point in telling them apart",
            )
            remedy = Text("写出不同的目标，或合并两类", "give it a goal of its own, or merge the two classes")
            yield finding("relevant", path, message, remedy)
        if strategy.rhythm_days is None or strategy.service is None:
            message = Text("没有写明联系节奏和服务", "rhythm and service are not both given")
            yield finding(
                "relevant", path, message, Text("写上 rhythm 与 service", "write `rhythm` and `service`")
            )


def find_static(standard: Standard) -> Iterator[Problem]:
    """动态性: nobody looks at it again, the window is too long, or grades flicker."""
    review = standard.review
    if review is None:
        message = Text("没有写多久复核一次标准", "nobody is named to review the standard")
        remedy = Text(
            "写上 review: {every: 3 months, owner: …}", "write `review: {every: 3 months, owner: …}`"
        )
        yield finding("dynamic", "review", message, remedy)
    elif review.count * UNIT_DAYS[review.unit] > MAX_REVIEW_DAYS:
        message = Text(
            "一年多才复核一次，跟不上客户的变化", "reviewed less than once a year; customers change faster"
        )
        yield finding("dynamic", "review.every", message, Text("一般 3 个月", "3 months is usual"))
    if standard.window_days > MAX_WINDOW_DAYS:
        message = Text(
            f"看 {standard.window_days} 天，近况会被旧账淹没",
            f"{standard.window_days} days drown what is recent",
        )
        yield finding("dynamic", "window", message, Text("一般用 365 天", "365 days is usual"))
    if standard.stability is None:
        message = Text("没有升降级缓冲，等级会来回跳", "without a buffer, grades will flicker")
        yield finding("dynamic", "stability", message, Text("写上 stability", "write `stability`"))
    elif standard.stability.min_stay_days > MAX_REVIEW_DAYS:
        message = Text(
            "进了一类一年多都不能降，等级会失真", "nobody can leave a class for over a year; grades go stale"
        )
        yield finding("dynamic", "stability.min_stay", message, Text("一般 90d", "90d is usual"))


def find_overfull(standard: Standard) -> Iterator[Problem]:
    """A quota for nominations above a fifth of the base: what everyone has is no distinction."""
    nomination = standard.nomination
    if nomination and nomination.quota > USUAL_QUOTA:
        share = nomination.quota * 100 // Kind.RATIO.scale
        message = Text(
            f"名额占 {share}%，重点客户多了就不是重点",
            f"a quota of {share} %: when many are key accounts, none is",
        )
        yield finding("quota", "nomination.quota", message, Text("不超过 0.20", "0.20 at most"))


def find_unbalanced(standard: Standard) -> Iterator[Problem]:
    """Weights that look like percentages but do not add up."""
    for dimension in (*standard.dimensions, standard.grade):
        if not isinstance(dimension.method, Scorecard):
            continue
        weights = [part.weight for part in dimension.method.parts]
        whole = Kind.RATIO.scale if max(weights) <= Kind.RATIO.scale else 100 * Kind.RATIO.scale
        total = sum(weights)
        if len(weights) > 1 and total != whole:
            shown = Text(f"{total / Kind.RATIO.scale:g}", f"{whole // Kind.RATIO.scale}")
            message = Text(
                f"各部分权重合计 {shown.zh}，不是 {shown.en}，实际按比例折算",
                f"the weights add up to {shown.zh}, not {shown.en}; they count in proportion",
            )
            remedy = Text(f"调到合计 {shown.en}", f"make them add up to {shown.en}")
            yield finding("weights", f"{dimension_path(dimension)}.parts", message, remedy)


def find_unclear(standard: Standard) -> Iterator[Problem]:
    """Words that do not help: a language missing, two classes called alike, a goal nobody can repeat."""
    for dimension in (*standard.dimensions, standard.grade):
        if not isinstance(dimension.method, Use):
            yield from _unclear_titles(dimension)
    for strategy in standard.strategy:
        key = strategy.grade if strategy.state is None else f"{strategy.grade}/{strategy.state}"
        goal = strategy.goal
        if len(goal.zh) > MAX_GOAL or len(goal.en) > 3 * MAX_GOAL:
            message = Text("目标太长，记不住", "the goal is too long to be remembered")
            yield finding(
                "wording", f"strategy.{key}.goal", message, Text("一句话说清", "say it in one sentence")
            )
        elif CHINESE.search(goal.en) or not CHINESE.search(goal.zh):
            yield _wrong_language(f"strategy.{key}.goal")


def _unclear_titles(dimension: Dimension) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for found in dimension.classes:
        path = f"{dimension_path(dimension)}.classes.{found.id}.title"
        if CHINESE.search(found.title.en):
            yield _wrong_language(path)
        elif (other := seen.setdefault(found.title.zh, found.id)) != found.id:
            message = Text(f"与 {other} 同名，分不清", f"called like {other}; nobody can tell them apart")
            yield finding("wording", path, message, Text("换一个名称", "choose another title"))


def _wrong_language(path: str) -> Problem:
    message = Text("中文写在 zh，英文写在 en", "Chinese goes under zh, English under en")
    return finding("wording", path, message, Text("补上另一种语言", "write the other language too"))
