"""What changed in the way a dimension gives classes: lines, shares, weights, cells, rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from fractions import Fraction

from keceng.standard.change import Change, ChangePart, replaced, shifted
from keceng.standard.condition import Literal, decimal_text
from keceng.standard.condition_changes import Pair, Where, condition_changes, title_in
from keceng.standard.methods import (
    Bands,
    CumulativeShare,
    Cut,
    Matrix,
    Part,
    PartSource,
    PercentileOf,
    PointBands,
    Quantiles,
    Rule,
    Rules,
    Scorecard,
    ScoreMeasure,
    Use,
)
from keceng.standard.model import Dimension, Standard
from keceng.standard.wording import describe_literal
from keceng.vocabulary import Direction, Kind, Text

RULER = ChangePart.RULER
SHARE_PARTS = Kind.RATIO.scale
METHOD_TITLES: Mapping[str, Text] = {
    "rules": Text("逐条规则", "rules"),
    "bands": Text("固定界限", "fixed bands"),
    "quantiles": Text("按人数分位", "quantiles"),
    "cumulative_share": Text("按累计份额", "cumulative share"),
    "scorecard": Text("评分", "a scorecard"),
    "matrix": Text("矩阵", "a matrix"),
    "use": Text("沿用类别指标", "a category as it is"),
}


def method_changes(pair: Pair, path: str, old: Dimension, new: Dimension) -> Iterator[Change]:
    """The differences between the methods of two dimensions of one id."""
    match old.method, new.method:
        case Rules(rules=before), Rules(rules=after):
            yield from _rule_changes(pair, path, (old, new), before, after)
        case Bands() as before, Bands() as after:
            yield from _measure_change(pair, path, new, before.measure, after.measure)
            yield from _cut_changes(pair, path, (old, new), before.cuts, after.cuts, measure=after.measure)
        case Quantiles() as before, Quantiles() as after:
            yield from _measure_change(pair, path, new, before.measure, after.measure)
            yield from _share_changes(path, (old, new), before.to, after.to)
        case CumulativeShare() as before, CumulativeShare() as after:
            yield from _measure_change(pair, path, new, before.measure, after.measure)
            yield from _share_changes(path, (old, new), before.to, after.to)
            yield from _cap_changes(path, (old, new), before, after)
        case Scorecard() as before, Scorecard() as after:
            yield from _scorecard_changes(pair, path, (old, new), before, after)
        case Matrix() as before, Matrix() as after:
            yield from _matrix_changes(path, (old, new), before, after)
        case Use(measure=before), Use(measure=after):
            yield from _measure_change(pair, path, new, before, after)
        case _:
            words = replaced(
                Text(f"{new.title.zh}的分法", f"how {new.title.en} is cut"),
                METHOD_TITLES[old.by],
                METHOD_TITLES[new.by],
            )
            yield Change(f"{path}.by", RULER, words)


def class_title(dimension: Dimension, class_id: str) -> Text:
    """The title of a class, with the dimension's own where it is not the grade."""
    title = dimension.tier_class(class_id).title
    if dimension.id == "grade":
        return title
    return Text(f"{dimension.title.zh}「{title.zh}」", f"{dimension.title.en} “{title.en}”")


def _common(pair: tuple[Dimension, Dimension]) -> Iterator[tuple[str, int, int]]:
    """Ids of the classes of both, each with its place in the old and in the new."""
    for place, class_id in enumerate(pair[1].class_ids):
        if class_id in pair[0].class_ids:
            yield class_id, pair[0].class_ids.index(class_id), place


def _measure_change(pair: Pair, path: str, new: Dimension, before: str, after: str) -> Iterator[Change]:
    if before != after:
        subject = Text(f"{new.title.zh}所看的指标", f"what {new.title.en} looks at")
        words = replaced(subject, title_in(pair[0], before), title_in(pair[1], after))
        key = "use" if isinstance(new.method, Use) else "measure"
        yield Change(f"{path}.{key}", RULER, words)


def _rule_changes(
    pair: Pair,
    path: str,
    dimensions: tuple[Dimension, Dimension],
    before: tuple[Rule, ...],
    after: tuple[Rule, ...],
) -> Iterator[Change]:
    for class_id, old_place, new_place in _common(dimensions):
        old, new = before[old_place], after[new_place]
        tier_class = dimensions[1].tier_class(class_id)
        title, at = class_title(dimensions[1], class_id), f"{path}.classes.{class_id}"
        is_earned = dimensions[1].id == "grade" and not tier_class.watch
        yield from condition_changes(pair, Where(f"{at}.when", title, earned=is_earned), old.when, new.when)
        if old.unknown_is_not_met is not new.unknown_is_not_met:
            choices = {
                False: Text("等级未定", "the customer stays open"),
                True: Text("视为不满足", "the rule counts as not met"),
            }
            subject = Text(f"{title.zh}的数据未知时", f"where the data of {title.en} are unknown")
            words = replaced(subject, choices[old.unknown_is_not_met], choices[new.unknown_is_not_met])
            yield Change(f"{at}.unknown", RULER, words)
        stays = Text(f"{title.zh}的保级", f"staying in {title.en}")
        where = Where(f"{at}.stay", stays, ChangePart.STABILITY, earned=is_earned)
        yield from condition_changes(pair, where, old.stay, new.stay)


def _cut_changes(
    pair: Pair,
    path: str,
    dimensions: tuple[Dimension, Dimension],
    before: tuple[Cut | None, ...],
    after: tuple[Cut | None, ...],
    *,
    measure: str,
) -> Iterator[Change]:
    found = pair[1].scope[measure]
    is_lower = found.direction is Direction.LOWER
    sign, key = ("≤", "to") if is_lower else ("≥", "from")
    for class_id, old_place, new_place in _common(dimensions):
        old, new = before[old_place], after[new_place]
        if old == new:
            continue
        texts = [None if cut is None else _cut_text(cut, pair[1], measure) for cut in (old, new)]
        title = class_title(dimensions[1], class_id)
        line = Text(f"{title.zh}的线", f"the line of {title.en}")
        at = f"{path}.classes.{class_id}.{key}"
        if old is None or new is None or texts[0] is None or texts[1] is None:
            yield Change(at, RULER, replaced(line, texts[0], texts[1]))
            continue
        name = title_in(pair[1], measure)
        old_words = Text(f"{name.zh} {sign} {texts[0].zh}", f"{name.en} {sign} {texts[0].en}")
        rises = bool(new > old)  # type: ignore[operator]  # both of one kind
        words = shifted(line, old_words, texts[1], rises=rises, stricter=rises is not is_lower)
        yield Change(at, RULER, words)


def _cut_text(cut: Cut, standard: Standard, measure: str) -> Text:
    found = standard.scope[measure]
    if isinstance(cut, dt.date):
        return describe_literal(Literal(cut, Kind.DATE), found)
    return describe_literal(Literal(Fraction(cut, found.kind.scale), found.kind), found)


def percent(parts: int) -> Text:
    """A share in ten-thousandths as a percentage."""
    text = f"{decimal_text(Fraction(parts * 100, SHARE_PARTS))}%"
    return Text(text, text)


def _share_changes(
    path: str, dimensions: tuple[Dimension, Dimension], before: tuple[int, ...], after: tuple[int, ...]
) -> Iterator[Change]:
    for class_id, old_place, new_place in _common(dimensions):
        old, new = before[old_place], after[new_place]
        if old != new:
            title = class_title(dimensions[1], class_id)
            subject = Text(f"到{title.zh}为止的累计份额", f"the cumulative share down to {title.en}")
            words = shifted(subject, percent(old), percent(new), rises=new > old, stricter=new < old)
            yield Change(f"{path}.classes.{class_id}.to", RULER, words)


def _cap_changes(
    path: str, dimensions: tuple[Dimension, Dimension], before: CumulativeShare, after: CumulativeShare
) -> Iterator[Change]:
    for class_id, old_place, new_place in _common(dimensions):
        caps = (before.max_share[old_place], after.max_share[new_place])
        if caps[0] != caps[1]:
            title = class_title(dimensions[1], class_id)
            subject = Text(f"到{title.zh}为止的客户上限", f"the most customers down to {title.en}")
            words = replaced(subject, *(None if cap is None else percent(cap) for cap in caps))
            yield Change(f"{path}.classes.{class_id}.max_share", RULER, words)


def _scorecard_changes(
    pair: Pair, path: str, dimensions: tuple[Dimension, Dimension], before: Scorecard, after: Scorecard
) -> Iterator[Change]:
    title = dimensions[1].title
    old_parts, new_parts = ({p.id: p for p in method.parts} for method in (before, after))
    for gone in [p for p in before.parts if p.id not in new_parts]:
        words = Text(
            f"{title.zh}去掉「{_part_title(gone).zh}」", f"{title.en} drops “{_part_title(gone).en}”"
        )
        yield Change(f"{path}.parts.{gone.id}", RULER, words)
    for part in after.parts:
        yield from _part_changes(pair, path, title, old_parts.get(part.id), part)
    if before.min_coverage != after.min_coverage:
        subject = Text(f"{title.zh}定级所需的数据覆盖", f"the data that {title.en} needs for a final grade")
        old, new = percent(before.min_coverage), percent(after.min_coverage)
        rises = after.min_coverage > before.min_coverage
        yield Change(f"{path}.min_coverage", RULER, shifted(subject, old, new, rises=rises))
    for class_id, old_place, new_place in _common(dimensions):
        if not before.cuts or not after.cuts:
            continue
        cuts = (before.cuts[old_place], after.cuts[new_place])
        if cuts[0] != cuts[1]:
            name = class_title(dimensions[1], class_id)
            line = Text(f"{name.zh}的分数线", f"the score line of {name.en}")
            yield Change(f"{path}.classes.{class_id}.from", RULER, _score_words(line, cuts))


def _score_words(line: Text, cuts: tuple[int | None, int | None]) -> Text:
    texts = [None if cut is None else _plain(cut, Kind.SCORE) for cut in cuts]
    if cuts[0] is None or cuts[1] is None or texts[0] is None or texts[1] is None:
        return replaced(line, texts[0], texts[1])
    rises = cuts[1] > cuts[0]
    return shifted(line, texts[0], texts[1], rises=rises, stricter=rises)


def _plain(parts: int, kind: Kind) -> Text:
    text = decimal_text(Fraction(parts, kind.scale))
    return Text(text, text)


def _part_title(part: Part) -> Text:
    return part.title or Text(part.id, part.id)


def _part_changes(pair: Pair, path: str, title: Text, old: Part | None, new: Part) -> Iterator[Change]:
    name, at = _part_title(new), f"{path}.parts.{new.id}"
    weight = _plain(new.weight, Kind.RATIO)
    if old is None:
        words = Text(
            f"{title.zh}增加「{name.zh}」，权重 {weight.zh}",
            f"{title.en} adds “{name.en}”, weight {weight.en}",
        )
        yield Change(at, RULER, words)
        return
    if old.weight != new.weight:
        subject = Text(f"{title.zh}中「{name.zh}」的权重", f"the weight of “{name.en}” in {title.en}")
        words = shifted(subject, _plain(old.weight, Kind.RATIO), weight, rises=new.weight > old.weight)
        yield Change(f"{at}.weight", RULER, words)
    if old.source != new.source:
        subject = Text(f"{title.zh}中「{name.zh}」的计分", f"what “{name.en}” in {title.en} is scored by")
        words = replaced(subject, _source_text(pair[0], old.source), _source_text(pair[1], new.source))
        yield Change(at, RULER, words)
    if old.title != new.title:
        words = replaced(Text("评分部分的名称", "the name of a part"), _part_title(old), name)
        yield Change(f"{at}.title", ChangePart.WORDING, words)


def _source_text(standard: Standard, source: PartSource) -> Text:
    title = title_in(standard, source.measure)
    match source:
        case ScoreMeasure():
            return title
        case PercentileOf():
            return Text(f"{title.zh}的排位", f"the rank of {title.en}")
        case PointBands(bands=bands):
            steps = [(_cut_text(low, standard, source.measure), _plain(p, Kind.SCORE)) for low, p in bands]
            zh = "、".join(f"{low.zh} 起 {points.zh} 分" for low, points in steps)
            en = ", ".join(f"{points.en} from {low.en}" for low, points in steps)
            return Text(f"{title.zh}：{zh}", f"{title.en}: {en}")


def _matrix_changes(
    path: str, dimensions: tuple[Dimension, Dimension], before: Matrix, after: Matrix
) -> Iterator[Change]:
    new = dimensions[1]
    if (before.rows, before.columns) != (after.rows, after.columns):
        subject = Text(f"{new.title.zh}交叉的维度", f"the dimensions crossed in {new.title.en}")
        axes = [Text(f"{m.rows} × {m.columns}", f"{m.rows} × {m.columns}") for m in (before, after)]
        yield Change(f"{path}.rows", RULER, replaced(subject, *axes))
        return
    old_cells = {(row, across): chosen for row, across, chosen in before.cells}
    for row, across, chosen in after.cells:
        was = old_cells.get((row, across))
        if was is not None and was != chosen:
            subject = Text(
                f"{new.title.zh}的格子 {row} × {across}", f"the cell {row} × {across} of {new.title.en}"
            )
            words = replaced(subject, Text(was, was), Text(chosen, chosen))
            yield Change(f"{path}.cells.{row}.{across}", RULER, words)
