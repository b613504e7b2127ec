"""How a dimension gives classes, in words: its method, the way into each class, and what else holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction

from keceng.standard import (
    Bands,
    CumulativeShare,
    Cut,
    Dimension,
    Literal,
    Matrix,
    Part,
    PercentileOf,
    Quantiles,
    Rules,
    Scorecard,
    SmallData,
    Standard,
    TiePolicy,
    Use,
    describe_condition,
    describe_literal,
)
from keceng.vocabulary import Direction, Kind, Text

_REST = Text("其余客户", "everyone else")


def describe_method(standard: Standard, dimension: Dimension) -> Text:
    """One sentence on how classes are given."""
    scope, method = standard.scope, dimension.method
    match method:
        case Rules():
            return Text(
                "从上到下逐条看，先符合哪一条就归哪一类", "The first rule from the top that is met decides"
            )
        case Bands(measure=name):
            return Text("按{m}的固定分档线", "By fixed lines on {m}").fill(m=scope[name].title)
        case Quantiles(measure=name):
            return Text("按{m}排名的人数占比", "By share of customers, ranked by {m}").fill(
                m=scope[name].title
            )
        case CumulativeShare(measure=name):
            return Text("按{m}从高到低的累计占比", "By cumulative share of {m}, best first").fill(
                m=scope[name].title
            )
        case Scorecard(parts=parts):
            total = sum(part.weight for part in parts)
            told = [_part(standard, part, total) for part in parts]
            zh, en = "；".join(t.zh for t in told), "; ".join(t.en for t in told)
            return Text(f"加权评分：{zh}", f"A weighted score: {en}")
        case Matrix(rows=rows, columns=columns):
            return Text("{a} × {b} 交叉", "{a} crossed with {b}").fill(
                a=standard.dimension(rows).title, b=standard.dimension(columns).title
            )
        case Use(measure=name):
            return Text("沿用指标「{m}」的分类", "The categories of “{m}” as they are").fill(
                m=scope[name].title
            )


def _part(standard: Standard, part: Part, total: int) -> Text:
    title = part.title or standard.scope[part.source.measure].title
    source = standard.scope[part.source.measure].title
    if isinstance(part.source, PercentileOf):
        source = Text(f"{source.zh}的排位", f"rank of {source.en}")
    share = f"{100 * part.weight / total:.3g}%"
    return Text(f"{title.zh} {share}（{source.zh}）", f"{title.en} {share} ({source.en})")


def list_class_rules(standard: Standard, dimension: Dimension) -> Mapping[str, Text]:
    """How somebody gets each class, by its id; a class of a plain category says nothing."""
    ids, method, scope = dimension.class_ids, dimension.method, standard.scope
    match method:
        case Rules(rules=rules):
            return {r.class_id: describe_condition(r.when, scope) if r.when else _REST for r in rules}
        case Bands(measure=name, cuts=cuts):
            sign = "≤" if scope[name].direction is Direction.LOWER else "≥"
            lines = [_REST if cut is None else _line(standard, name, sign, cut) for cut in cuts]
        case Quantiles(to=shares):
            lines = _shares(shares, Text("客户", "the customers"))
        case CumulativeShare(measure=name, to=shares, max_share=caps):
            lines = [
                _capped(line, cap) for line, cap in zip(_shares(shares, scope[name].title), caps, strict=True)
            ]
        case Scorecard(cuts=cuts):
            lines = [
                _REST
                if c is None
                else Text(f"得分 ≥ {c / Kind.SCORE.scale:g}", f"score ≥ {c / Kind.SCORE.scale:g}")
                for c in cuts
            ]
        case Matrix():
            return _cells(standard, method)
        case Use():
            return {}
    return dict(zip(ids, lines, strict=False))


def _line(standard: Standard, name: str, sign: str, cut: Cut) -> Text:
    measure = standard.scope[name]
    written: dt.date | Fraction = cut if isinstance(cut, dt.date) else Fraction(cut, measure.kind.scale)
    number = describe_literal(Literal(written, measure.kind), measure)
    return Text("{m} {sign} {n}", "{m} {sign} {n}").fill(m=measure.title, sign=sign, n=number)


def _shares(shares: tuple[int, ...], of: Text) -> list[Text]:
    lines, before = [], 0
    for to in shares:
        low, high = f"{before / 100:g}%", f"{to / 100:g}%"
        if before == 0:
            lines.append(Text(f"{of.zh}的前 {high}", f"the first {high} of {of.en}"))
        else:
            lines.append(Text(f"{of.zh}的 {low} 到 {high}", f"{low} to {high} of {of.en}"))
        before = to
    return lines


def _capped(line: Text, cap: int | None) -> Text:
    if cap is None:
        return line
    share = f"{cap / 100:g}%"
    return Text(
        f"{line.zh}，到此为止不超过 {share} 的客户",
        f"{line.en}, down to here {share} of the customers at most",
    )


def _cells(standard: Standard, matrix: Matrix) -> Mapping[str, Text]:
    rows, columns = standard.dimension(matrix.rows), standard.dimension(matrix.columns)
    found: dict[str, list[Text]] = {}
    for row, across, chosen in matrix.cells:
        cell = Text("{a} × {b}", "{a} × {b}").fill(
            a=rows.tier_class(row).title, b=columns.tier_class(across).title
        )
        found.setdefault(chosen, []).append(cell)
    return {
        chosen: Text("；".join(t.zh for t in cells), "; ".join(t.en for t in cells))
        for chosen, cells in found.items()
    }


def list_remarks(standard: Standard, dimension: Dimension) -> list[Text]:
    """Among whom is compared, how ties and small numbers are treated, what is fixed."""
    said = []
    if dimension.within:
        within = standard.scope[dimension.within].title
        said.append(
            Text(
                "只在同一{w}之内比较；不足 {n} 家的并在一起比",
                "Compared within the same {w} only; groups below {n} are pooled",
            ).fill(w=within, n=dimension.min_group)
        )
    if dimension.among:
        among = describe_condition(dimension.among, standard.scope)
        said.append(Text("参加比较：{who}", "Compared: {who}").fill(who=among))
    if dimension.tie_policy is TiePolicy.DOWN:
        said.append(Text("并列跨线时都归下一类", "Ties across a line go to the lower class"))
    if dimension.small_data is SmallData.OFF:
        said.append(Text("客户少时也照常分档", "Cut as usual even where few are compared"))
    if isinstance(dimension.method, Scorecard) and dimension.method.min_coverage:
        share = f"{dimension.method.min_coverage / 100:g}%"
        said.append(
            Text(
                f"数据覆盖不足 {share} 的只给暂定",
                f"Provisional where less than {share} of the weight is known",
            )
        )
    if dimension.frozen:
        said.append(
            Text("分档线已固定，不随客户变动", "The lines are fixed and do not move with the customers")
        )
    return said
