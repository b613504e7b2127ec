"""Two standards, or two revisions of one, side by side: every difference in words (zh and en)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keceng.standard.change import Change, ChangePart, replaced, shifted
from keceng.standard.condition_changes import Pair, Where, condition_changes, span_text, title_in
from keceng.standard.method_changes import class_title, method_changes, percent
from keceng.standard.model import Dimension, Nomination, Population, Review, Stability, Standard, Strategy
from keceng.standard.owner_roles import OWNER_ROLES
from keceng.vocabulary import Text

RULER, WORDING = ChangePart.RULER, ChangePart.WORDING
Dimensions = tuple[Dimension, Dimension]


def diff_standards(old: Standard, new: Standard) -> tuple[Change, ...]:
    """Every difference from `old` to `new`, in the order of the document; empty for equal standards.

    A change `can_move` customers exactly where the two rulers differ (`ruler_hash`); one of the buffer (stability, or
    how a class is kept) moves nobody by itself, but decides when customers leave a class they hold.
    """
    pair = (old, new)
    return (
        *_head_changes(pair),
        *_population_changes(pair, old.population, new.population),
        *_dimension_list_changes(pair),
        *condition_changes(
            pair, Where("provisional", Text("暂定", "being provisional")), old.provisional, new.provisional
        ),
        *_dimension_changes(pair, "grade", (old.grade, new.grade)),
        *_stability_changes(pair, old.stability, new.stability),
        *_strategy_changes(old, new),
        *_review_changes(old.review, new.review),
        *_nomination_changes(pair, old.nomination, new.nomination),
    )


def _head_changes(pair: Pair) -> Iterator[Change]:
    old, new = pair
    for key, subject in (
        ("id", Text("标准的 id", "the id")),
        ("revision", Text("修订版", "the revision")),
    ):
        before, after = str(getattr(old, key)), str(getattr(new, key))
        if before != after:
            yield Change(key, WORDING, replaced(subject, Text(before, before), Text(after, after)))
    yield from _text_change("title", Text("标准的名称", "the title"), old.title, new.title)
    if old.window_days != new.window_days:
        spans = [_span(days) for days in (old.window_days, new.window_days)]
        yield Change("window", RULER, replaced(Text("时间窗口", "the window"), *spans))
    if old.unit is not new.unit:
        units = [Text({"account": "单户", "group": "集团"}[s.unit], s.unit.value) for s in pair]
        yield Change("unit", RULER, replaced(Text("评定单位", "who is judged as one"), *units))


def _span(days: int) -> Text:
    span = span_text(days)
    return Text(span.zh, span.en.replace("-", " ") + "s")


def _text_change(path: str, subject: Text, old: Text | None, new: Text | None) -> Iterator[Change]:
    if old != new:
        yield Change(path, WORDING, replaced(subject, _quoted(old), _quoted(new)))


def _quoted(text: Text | None) -> Text | None:
    return Text(f"「{text.zh}」", f"“{text.en}”") if text else None


def _population_changes(pair: Pair, old: Population, new: Population) -> Iterator[Change]:
    where = Where("population.include", Text("参评范围", "who is judged"))
    yield from condition_changes(pair, where, old.include, new.include)
    before, after = ({e.id: e for e in population.exclude} for population in (old, new))
    for place, exclusion in enumerate(old.exclude):
        if exclusion.id not in after:
            words = Text(
                f"不再排除「{exclusion.reason.zh}」", f"“{exclusion.reason.en}” is no longer excluded"
            )
            yield Change(f"population.exclude[{place}]", RULER, words)
    for place, exclusion in enumerate(new.exclude):
        at, reason = f"population.exclude[{place}]", exclusion.reason
        was = before.get(exclusion.id)
        if was is None:
            yield Change(at, RULER, Text(f"新排除「{reason.zh}」", f"“{reason.en}” is excluded from now on"))
            continue
        subject = Text(f"排除「{reason.zh}」的条件", f"when “{reason.en}” is excluded")
        yield from condition_changes(pair, Where(f"{at}.when", subject), was.when, exclusion.when)
        yield from _text_change(f"{at}.reason", Text("排除的说法", "the reason given"), was.reason, reason)
    if [e.id for e in old.exclude if e.id in after] != [e.id for e in new.exclude if e.id in before]:
        words = Text("排除项的先后变了", "the exclusions are asked in another order")
        yield Change("population.exclude", RULER, words)


def _dimension_list_changes(pair: Pair) -> Iterator[Change]:
    before, after = ({d.id: d for d in standard.dimensions} for standard in pair)
    for gone in [d for d in pair[0].dimensions if d.id not in after]:
        words = Text(f"去掉维度「{gone.title.zh}」", f"the dimension “{gone.title.en}” is taken away")
        yield Change(f"dimensions.{gone.id}", RULER, words)
    for found in pair[1].dimensions:
        if found.id in before:
            yield from _dimension_changes(pair, f"dimensions.{found.id}", (before[found.id], found))
            continue
        words = Text(f"新增维度「{found.title.zh}」", f"a new dimension “{found.title.en}”")
        yield Change(f"dimensions.{found.id}", RULER, words)


def _dimension_changes(pair: Pair, path: str, dimensions: Dimensions) -> Iterator[Change]:
    old, new = dimensions
    yield from _text_change(
        f"{path}.title", Text("维度的名称", "the title of a dimension"), old.title, new.title
    )
    yield from _class_list_changes(path, dimensions)
    yield from method_changes(pair, path, old, new)
    yield from _class_word_changes(path, dimensions)
    yield from _comparing_changes(pair, path, dimensions)


def _class_list_changes(path: str, dimensions: Dimensions) -> Iterator[Change]:
    old, new = dimensions
    for class_id in [c for c in old.class_ids if c not in new.class_ids]:
        title = class_title(old, class_id)
        words = Text(f"去掉{title.zh}", f"{title.en} is taken away")
        yield Change(f"{path}.classes.{class_id}", RULER, words)
    for class_id in [c for c in new.class_ids if c not in old.class_ids]:
        title = class_title(new, class_id)
        yield Change(f"{path}.classes.{class_id}", RULER, Text(f"新增{title.zh}", f"{title.en} is new"))
    kept = [[c for c in side.class_ids if c in other.class_ids] for side, other in ((old, new), (new, old))]
    if kept[0] != kept[1]:
        orders = [Text(" > ".join(ids), " > ".join(ids)) for ids in kept]
        subject = Text(f"{new.title.zh}的类别次序", f"the order of classes of {new.title.en}")
        yield Change(f"{path}.classes", RULER, replaced(subject, *orders))


def _class_word_changes(path: str, dimensions: Dimensions) -> Iterator[Change]:
    old, new = dimensions
    for found in new.classes:
        if found.id not in old.class_ids:
            continue
        was, at, title = old.tier_class(found.id), f"{path}.classes.{found.id}", class_title(new, found.id)
        for key, subject in (
            ("title", Text(f"{title.zh}的名称", f"the title of {title.en}")),
            ("public_title", Text(f"{title.zh}的对外名称", f"the public title of {title.en}")),
            ("note", Text(f"{title.zh}的说明", f"the note on {title.en}")),
        ):
            yield from _text_change(f"{at}.{key}", subject, getattr(was, key), getattr(found, key))
        if was.watch is not found.watch:
            words = (
                Text(
                    f"{title.zh}成为关注类：只因事由进入，不等复核", f"{title.en} becomes a class under watch"
                )
                if found.watch
                else Text(f"{title.zh}不再是关注类", f"{title.en} is no longer a class under watch")
            )
            yield Change(f"{at}.watch", ChangePart.STABILITY, words)


def _comparing_changes(pair: Pair, path: str, dimensions: Dimensions) -> Iterator[Change]:
    old, new = dimensions
    title = new.title
    where = Where(f"{path}.among", Text(f"{title.zh}中参与比较的客户", f"who is compared in {title.en}"))
    yield from condition_changes(pair, where, old.among, new.among)
    if old.within != new.within:
        names = [title_in(s, d.within) if d.within else None for s, d in zip(pair, dimensions, strict=True)]
        subject = Text(f"{title.zh}的同类范围", f"among whom {title.en} compares")
        yield Change(f"{path}.within", RULER, replaced(subject, *names))
    for key, subject in (
        ("kind", Text("类型", "kind")),
        ("min_group", Text("最小可比组", "the smallest group")),
        ("tie_policy", Text("并列的归属", "where ties go")),
        ("small_data", Text("人数少时的切法", "how few customers are cut")),
        ("frozen", Text("冻结的线", "the frozen lines")),
    ):
        values = [_setting(getattr(dimension, key)) for dimension in dimensions]
        if values[0] != values[1]:
            named = Text(f"{title.zh}的{subject.zh}", f"{subject.en} of {title.en}")
            yield Change(f"{path}.{key}", RULER, replaced(named, *values))


def _setting(value: object) -> Text | None:
    if isinstance(value, tuple):
        text = ", ".join(f"{class_id} {cut}" for class_id, cut in value)
        return Text(text, text) if text else None
    return Text(str(value), str(value))


def _stability_changes(pair: Pair, old: Stability | None, new: Stability | None) -> Iterator[Change]:
    part = ChangePart.STABILITY
    if old is None or new is None:
        if old is not new:
            states = [Text("开", "on") if s else Text("关", "off") for s in (old, new)]
            words = replaced(Text("升降级缓冲", "the buffer against flicker"), *states)
            yield Change("stability", part, words)
        return
    if old.demote_after != new.demote_after:
        reviews = [Text(f"{s.demote_after} 次复核", f"{s.demote_after} reviews") for s in (old, new)]
        subject = Text("连续多少次不达标才降级", "reviews in a row before a customer goes down")
        yield Change("stability.demote_after", part, replaced(subject, *reviews))
    if old.margin != new.margin:
        subject = Text("保级余量", "the margin for staying")
        words = shifted(subject, percent(old.margin), percent(new.margin), rises=new.margin > old.margin)
        yield Change("stability.margin", part, words)
    if old.min_stay_days != new.min_stay_days:
        days = [Text(f"{s.min_stay_days} 天", f"{s.min_stay_days} days") for s in (old, new)]
        yield Change(
            "stability.min_stay", part, replaced(Text("最短在级时间", "the shortest time in a class"), *days)
        )
    where = Where("stability.at_once", Text("立即降级", "going down at once"), part)
    yield from condition_changes(pair, where, old.at_once, new.at_once)


def _strategy_changes(old: Standard, new: Standard) -> Iterator[Change]:
    part = ChangePart.STRATEGY
    before, after = (_by_key(standard.strategy) for standard in (old, new))
    if old.strategy_by != new.strategy_by:
        ids = [Text(s.strategy_by, s.strategy_by) if s.strategy_by else None for s in (old, new)]
        yield Change("strategy_by", part, replaced(Text("细分策略的维度", "what refines strategies"), *ids))
    for key in [key for key in before if key not in after]:
        yield Change(
            f"strategy.{key}", part, Text(f"去掉 {key} 的策略", f"the strategy of {key} is taken away")
        )
    for key, strategy in after.items():
        at, was = f"strategy.{key}", before.get(key)
        if was is None:
            words = Text(
                f"新增 {key} 的策略：{strategy.goal.zh}",
                f"a strategy of its own for {key}: {strategy.goal.en}",
            )
            yield Change(at, part, words)
            continue
        for name, subject, values in (
            ("goal", Text("目标", "goal"), (_quoted(was.goal), _quoted(strategy.goal))),
            ("rhythm", Text("联系节奏", "rhythm"), (_rhythm(was), _rhythm(strategy))),
            ("service", Text("服务", "service"), (_service(was), _service(strategy))),
            ("owner", Text("负责角色", "role in charge"), (_owner(was), _owner(strategy))),
        ):
            if values[0] != values[1]:
                named = Text(f"{key} 的{subject.zh}", f"{subject.en} of {key}")
                yield Change(f"{at}.{name}", part, replaced(named, *values))


def _by_key(strategies: Sequence[Strategy]) -> dict[str, Strategy]:
    return {f"{s.grade}/{s.state}" if s.state is not None else s.grade: s for s in strategies}


def _rhythm(strategy: Strategy) -> Text | None:
    days = strategy.rhythm_days
    return Text(f"每 {days} 天", f"every {days} days") if days is not None else None


def _service(strategy: Strategy) -> Text | None:
    return Text(strategy.service, strategy.service) if strategy.service is not None else None


def _owner(strategy: Strategy) -> Text | None:
    return OWNER_ROLES[strategy.owner_role] if strategy.owner_role is not None else None


def _review_changes(old: Review | None, new: Review | None) -> Iterator[Change]:
    if old != new:
        words = [
            Text(f"每 {r.every}，{r.owner}", f"every {r.every}, {r.owner}") if r else None for r in (old, new)
        ]
        yield Change(
            "review", ChangePart.REVIEW, replaced(Text("标准的复核", "the review of the standard"), *words)
        )


def _nomination_changes(pair: Pair, old: Nomination | None, new: Nomination | None) -> Iterator[Change]:
    if old == new:
        return
    said = [_nominated(standard, found) for standard, found in zip(pair, (old, new), strict=True)]
    yield Change("nomination", ChangePart.NOMINATION, replaced(Text("提名", "nomination"), *said))


def _nominated(standard: Standard, nomination: Nomination | None) -> Text | None:
    if nomination is None:
        return None
    title, quota = standard.grade.tier_class(nomination.class_id).title, percent(nomination.quota)
    return Text(
        f"{title.zh}，名额 {quota.zh}，有效 {nomination.months} 个月",
        f"{title.en}, quota {quota.en}, for {nomination.months} months",
    )
