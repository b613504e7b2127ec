"""Why each customer has its grade: the rule, the deciding comparison, up to four (measure, value, cut) triples, a sentence.

Everything a sentence says follows from the code (`reason_codes`) and the stored row, so the sentence is written by the
engine from one template per code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlglot import exp

from keceng.classify.reason_codes import CodeParts, split_code
from keceng.classify.stability import DEMOTE_AFTER, MARGIN, MIN_STAY
from keceng.classify.wording import spoken_cut, spoken_number
from keceng.lake import Step, column, literal, sql
from keceng.measure import Measure
from keceng.standard import (
    Bands,
    Comparison,
    Condition,
    CumulativeShare,
    Dimension,
    In,
    Leaf,
    Literal,
    Name,
    Or,
    Quantiles,
    Rules,
    Scorecard,
    Standard,
    Use,
    describe_leaf,
)
from keceng.vocabulary import Direction, Kind, Language, Text

MAX_TRIPLES = 4
LANGUAGES: tuple[Language, Language] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Triple:
    """One (measure, value, cut) of a reason.

    Attributes:
        measure: what is compared.
        operator: how.
        cut: the column that holds the cut, a literal in stored parts, or None where the comparison has no single cut.
        line: the comparison in words, where its other side is worked out (`0.2 × compared + 1`).
    """

    measure: Measure
    operator: str
    cut: exp.Expr | None
    line: Text | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """What the sentences of one standard need.

    Attributes:
        standard: whose grade is explained.
        scope: every name its conditions may use.
        as_of: the day judged.
        currency: the sign before amounts.
    """

    standard: Standard
    scope: Mapping[str, Measure]
    as_of: dt.date
    currency: str = "¥"

    @property
    def window_text(self) -> Text:
        """`近12个月` for a year, else the days."""
        days = self.standard.window_days
        if days == 365:
            return Text("近12个月", "12-month ")
        return Text(f"近{days}天", f"{days}-day ")

    def title_of(self, measure: Measure, language: Language) -> str:
        """The measure's title, with its window where it has one."""
        title = measure.title.in_language(language)
        if not measure.windowed:
            return title
        return self.window_text.in_language(language) + (title if language == "zh" else title.lower())


def reason_step(wording: Wording, codes: Sequence[str], source: str = "coded") -> Step:
    """`reasoned`: `source` with the triples of each reason and its sentence in both languages.

    Args:
        wording: whose words.
        codes: the reason codes that occur.
        source: the step with the codes.
    """
    told = {code: triples_of(wording, code) for code in codes}
    query = exp.select("*").from_(exp.to_table(source))
    for place in range(MAX_TRIPLES):
        for name, storage in (("measure", "varchar"), ("value", "bigint"), ("cut", "bigint")):
            parts = {c: _part(t[place], name) for c, t in told.items() if len(t) > place}
            query = query.select(exp.alias_(exp.cast(_by_code(parts), storage), f"reason_{name}_{place + 1}"))
    for language in LANGUAGES:
        sentences = {c: _sentence(wording, c, t, language) for c, t in told.items()}
        query = query.select(exp.alias_(_by_code(sentences), f"reason_{language}"))
    return Step("reasoned", query, Text("理由", "reasons"))


def _by_code(parts: Mapping[str, exp.Expr]) -> exp.Expr:
    if not parts:
        return exp.null()
    case = exp.Case(this=column("reason_code"))
    for code, node in parts.items():
        case = case.when(literal(code), node, copy=False)
    return case


def _part(triple: Triple, name: str) -> exp.Expr:
    stored = triple.measure.kind.is_number
    if name == "measure":
        return literal(triple.measure.name)
    if not stored:
        return exp.null()
    return (
        column(triple.measure.name) if name == "value" else (triple.cut.copy() if triple.cut else exp.null())
    )


def triples_of(wording: Wording, code: str) -> list[Triple]:
    """The (measure, operator, cut) behind a reason code, the deciding one first."""
    standard = wording.standard
    code = split_code(code).by_rules
    rule_part, _, leaf_part = code.partition("#")
    if code in {"not_included", *(e.id for e in standard.population.exclude)}:
        return _population_triples(wording, code)
    if not leaf_part:
        grade = standard.grade
        return _class_triples(wording, grade, (code,), negated=False) if code in grade.class_ids else []
    decided_by = rule_part.partition("/")[2] or rule_part
    condition = _rule_condition(standard.grade, decided_by)
    blocked = "/" in rule_part
    found: list[Triple] = []
    for index in leaf_part.split("."):
        found += _leaf_triples(wording, condition.leaves[int(index)], blocked=blocked)
    unique = {t.measure.name: t for t in reversed(found)}
    told = [t for t in unique.values() if blocked or not _is_head_count(t)][::-1]
    return (told if blocked else sorted(told, key=_is_fixed_line))[:MAX_TRIPLES]


def _rule_condition(grade: Dimension, class_id: str) -> Condition:
    assert isinstance(grade.method, Rules)  # noqa: S101  only rules have leaves
    found = next(r.when for r in grade.method.rules if r.class_id == class_id)
    assert found is not None  # noqa: S101  a code names rules that have a condition
    return found


def _population_triples(wording: Wording, code: str) -> list[Triple]:
    population = wording.standard.population
    condition = (
        population.include
        if code == "not_included"
        else next(e.when for e in population.exclude if e.id == code)
    )
    if condition is None:
        return []
    return _leaf_triples(wording, condition.leaves[0], blocked=code == "not_included")


def _leaf_triples(wording: Wording, leaf: Leaf, *, blocked: bool) -> list[Triple]:
    name = leaf.names[0]
    dimension = next((d for d in wording.standard.dimensions if d.id == name), None)
    if dimension is not None and not isinstance(dimension.method, Use):
        return _class_triples(wording, dimension, _named_classes(leaf), negated=blocked)
    match leaf.node:
        case Comparison(right=Name(name=other, kind=kind)) if kind.is_number:
            return [Triple(wording.scope[name], leaf.operator, column(other))]
        case Comparison() if leaf.cut is None:
            return [Triple(wording.scope[name], leaf.operator, None, describe_leaf(leaf, wording.scope))]
    cut = None if leaf.cut is None else _written_cut(leaf.cut)
    return [Triple(wording.scope[name], leaf.operator, cut)]


def _written_cut(cut: Literal) -> exp.Expr:
    return literal(round(cut.stored_parts) if isinstance(cut.content, Fraction) else cut.content)


def _named_classes(leaf: Leaf) -> tuple[str, ...]:
    match leaf.node:
        case Comparison(right=Literal(content=str(code))):
            return (code,)
        case In(items=items):
            return tuple(str(o.content) for o in items)
    return ()


def _class_triples(
    wording: Wording, dimension: Dimension, classes: Sequence[str], *, negated: bool
) -> list[Triple]:
    # The line that matters is the lowest one that would do; the last class has none, so the one above it stands in.
    method = dimension.method
    scope = wording.scope
    if isinstance(method, Bands | Quantiles | CumulativeShare):
        measure = scope[method.measure]
    elif isinstance(method, Scorecard):
        measure = scope[f"{dimension.id}_score"]
    else:
        return [Triple(scope[dimension.id], "=", None), *_behind_rule(wording, dimension, classes)]
    positions = [dimension.class_ids.index(c) for c in classes if c in dimension.class_ids]
    if not positions:
        return [Triple(measure, "", None)]
    worst = max(positions)
    has_cut = worst < len(dimension.class_ids) - 1
    cut = column(f"{dimension.id}__cut_{dimension.class_ids[worst if has_cut else worst - 1]}")
    better = "<=" if measure.direction is Direction.LOWER else ">="
    return [Triple(measure, better if has_cut or negated else "", cut)]


def _behind_rule(wording: Wording, dimension: Dimension, classes: Sequence[str]) -> list[Triple]:
    # A class that rules gave says little by itself; the first number of its rule stands behind it. Where any of several
    # causes would do, naming the first might name one that did not hold.
    if not isinstance(dimension.method, Rules):
        return []
    written = [r.when for r in dimension.method.rules if r.class_id in classes and r.when is not None]
    if any(isinstance(when.tree, Or) for when in written):
        return []
    names = [leaf.names[0] for when in written for leaf in when.leaves if leaf.kind.is_number]
    return [Triple(wording.scope[name], "", None) for name in names[:1]]


def _sentence(wording: Wording, code: str, triples: Sequence[Triple], language: Language) -> exp.Expr:
    whole = split_code(code)
    clauses = [_clause(wording, triple, language) for triple in _told(whole.by_rules, triples)]
    if whole.grade is None:
        is_compared = any(t.cut is not None or t.line for t in triples[:1])
        parts: list[exp.Expr] = [
            literal(_conclusion(wording, code, compared=is_compared).in_language(language))
        ]
    else:
        parts = _instead_of_the_rules(wording.standard, whole, language)
    for clause in clauses:
        parts += [clause, literal("，" if language == "zh" else ", ")]
    date = wording.as_of.isoformat()
    return _concatenated([*parts, literal(f"截至 {date}" if language == "zh" else f"as of {date}")])


def _told(code: str, triples: Sequence[Triple]) -> Sequence[Triple]:
    # A refusal names the one line that decided; a grade that was earned names the lines it passed, numbers first.
    if "/" in code or code == "not_included":
        return triples[: 1 if triples and triples[0].measure.kind.is_ordered else 2]
    with_line = [t for t in triples if t.line or (t.cut is not None and t.measure.kind.is_ordered)]
    return sorted(with_line or triples, key=_is_fixed_line)[:2]


def _is_head_count(triple: Triple) -> bool:
    # How many are compared chooses the rule; it is nobody's merit.
    return triple.measure.source == "standard" and triple.measure.name.endswith("_compared")


def _is_fixed_line(triple: Triple) -> bool:
    # A line resolved in the run, or a score of the standard's own, says more than a fixed threshold.
    return not (isinstance(triple.cut, exp.Column) or triple.measure.source == "standard")


def _concatenated(parts: Sequence[exp.Expr]) -> exp.Expr:
    """The texts one after another."""
    node = parts[0]
    for part in parts[1:]:
        node = sql("concat(:a, :b)", a=node, b=part)
    return node


def _clause(wording: Wording, triple: Triple, language: Language) -> exp.Expr:
    measure = triple.measure
    spoken = spoken_number(measure, column(measure.name), language, wording.currency)
    title = wording.title_of(measure, language)
    head = literal(title + " ")
    if triple.line is not None:
        said = triple.line.in_language(language)
        return _concatenated(
            [head, spoken, literal(f"（条件 {said}）" if language == "zh" else f" (needed: {said})")]
        )
    if measure.kind is Kind.FLAG:
        # What is so is said by its name alone.
        rest = sql("case when :f then '' else concat(' ', :no) end", f=column(measure.name), no=spoken)
        return _concatenated([literal(title), rest])
    if measure.kind is Kind.CATEGORY:
        return _concatenated([literal(f"{title}为" if language == "zh" else f"{title} is "), spoken])
    if triple.cut is None or not measure.kind.is_ordered:
        return _concatenated([head, spoken])
    line = spoken_cut(measure, triple.cut, language, wording.currency)
    sign = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "=", "<>": "≠"}.get(triple.operator, "")
    opening = f"（线 {sign}" if language == "zh" else f" (line {sign}"
    return _concatenated(
        [
            head,
            spoken,
            literal(opening + (" " if sign else "")),
            line,
            literal("）" if language == "zh" else ")"),
        ]
    )


def _instead_of_the_rules(standard: Standard, code: CodeParts, language: Language) -> list[exp.Expr]:
    assert code.grade is not None  # noqa: S101  the caller saw it
    title = standard.grade.tier_class(code.grade).title.in_language(language)
    if code.kept_by is None:
        expiry = sql("cast(decision_expires_on as varchar)")
        if language == "zh":
            return [literal(f"{title}，人工确定至"), expiry, literal("：")]
        return [literal(f"{title}, set by a person until "), expiry, literal(": ")]
    return [literal(title + _kept_words(standard, code.kept_by).in_language(language))]


def _kept_words(standard: Standard, kept_by: str) -> Text:
    stability = standard.stability
    assert stability is not None  # noqa: S101  only a buffer keeps a grade
    return {
        MARGIN: Text("，在缓冲区内保留：", ", kept within the margin: "),
        DEMOTE_AFTER: Text(
            f"，未连续{stability.demote_after}次低于标准，暂保留：",
            f", kept until {stability.demote_after} reviews in a row say lower: ",
        ),
        MIN_STAY: Text(
            f"，未满{stability.min_stay_days}天，暂保留：",
            f", kept for its first {stability.min_stay_days} days: ",
        ),
    }[kept_by]


def _conclusion(wording: Wording, code: str, *, compared: bool) -> Text:
    standard = wording.standard
    for exclusion in standard.population.exclude:
        if code == exclusion.id:
            return Text(f"未参评（{exclusion.reason.zh}）：", f"Not judged ({exclusion.reason.en}): ")
    if code == "not_included":
        return Text("未参评：", "Not judged: ")
    if code.startswith("?") or code == "unknown":
        return Text("数据不足：", "Not enough data: ")
    rule_part = code.partition("#")[0]
    class_id, _, above = rule_part.partition("/")
    title = standard.grade.tier_class(class_id).title
    if not above or not compared:
        return Text(f"{title.zh}：", f"{title.en}: ")
    above_title = standard.grade.tier_class(above).title
    return Text(f"{title.zh}，未到{above_title.zh}：", f"{title.en}, not {above_title.en}: ")
