"""The second reading of a dimension: cuts, conditions, parts and cells, against the names everything publishes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from keceng.measure import Measure
from keceng.standard.condition import Condition
from keceng.standard.document import Entry
from keceng.standard.draft import ClassDraft, DimensionDraft
from keceng.standard.grammar import parse_condition
from keceng.standard.kinds import kind_title
from keceng.standard.methods import (
    Bands,
    Bound,
    CumulativeShare,
    Cut,
    Matrix,
    Method,
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
from keceng.standard.operands import name_remedy
from keceng.standard.publication import MethodName
from keceng.vocabulary import DimensionKind, Direction, KecengError, Kind, Text

Scope = Mapping[str, Measure]
RATIO_PARTS = Kind.RATIO.scale
ORDERED_KINDS = frozenset(kind for kind in Kind if kind.is_ordered)
ADDITIVE_KINDS = frozenset({Kind.MONEY, Kind.COUNT})
MAX_POINTS = 100
MAX_BANDS = 50
RESERVED_PARTS = frozenset({"coverage", "eased", "group"})


def read_condition(entry: Entry, scope: Scope) -> Condition | None:
    """The condition at `entry`, its problems noted at its path."""
    if entry.scalar is None:
        entry.refuse("type", Text("这里应是一个条件", "this should be a condition"))
        return None
    try:
        return parse_condition(entry.scalar, scope, entry.path, line=entry.line)
    except KecengError as error:
        for problem in error.problems:
            place = replace(problem.place, file=entry.problems.file)
            entry.problems.found.append(replace(problem, place=place))
        return None


def read_measure(entry: Entry, scope: Scope, kinds: Collection[Kind]) -> Measure | None:
    """The measure or published name at `entry`, of one of `kinds`."""
    name = entry.scalar or ""
    measure = scope.get(name)
    if measure is None:
        message = Text(f"没有叫 {name} 的指标", f"there is no measure called {name}")
        entry.refuse("unknown_name", message, remedy=name_remedy(name, scope))
        return None
    if measure.kind not in kinds:
        titles = [kind_title(kind) for kind in Kind if kind in kinds]
        entry.refuse(
            "kind",
            Text(
                f"{name} 是{kind_title(measure.kind).zh}，不能用在这里",
                f"{name} is {kind_title(measure.kind).en}, which does not fit here",
            ),
            remedy=Text(
                "这里要：" + "、".join(t.zh for t in titles), "wanted: " + ", ".join(t.en for t in titles)
            ),
        )
        return None
    return measure


def read_cut(entry: Entry, kind: Kind) -> Cut | None:
    """A bound on a measure of `kind`: stored parts, or a day."""
    return entry.read_day() if kind is Kind.DATE else entry.read_stored(kind)


@dataclass(frozen=True, slots=True)
class MethodReader:
    """Reads the method of one draft; every reader returns None after it has noted what is wrong.

    Attributes:
        draft: the dimension.
        scope: every name that may be used.
        dimensions: all drafts by id, for matrices.
    """

    draft: DimensionDraft
    scope: Scope
    dimensions: Mapping[str, DimensionDraft]

    def read(self) -> Method | None:
        """The method of the draft; of one in doubt only what does not depend on which classes there are is read."""
        if self.draft.is_in_doubt:
            self._read_independent()
            return None
        readers: Mapping[MethodName, Callable[[], Method | None]] = {
            MethodName.RULES: self._read_rules,
            MethodName.BANDS: self._read_bands,
            MethodName.QUANTILES: self._read_quantiles,
            MethodName.CUMULATIVE_SHARE: self._read_cumulative_share,
            MethodName.SCORECARD: self._read_scorecard,
            MethodName.MATRIX: self._read_matrix,
            MethodName.USE: self._read_use,
        }
        return readers[self.draft.by]()

    def _read_independent(self) -> None:
        fields = self.draft.fields
        for found in self.draft.classes:
            for key in ("when", "stay"):
                if key in found.fields:
                    read_condition(found.fields[key], self.scope)
        for entry in fields["parts"].entries().values() if "parts" in fields else ():
            _read_part(entry, self.scope)
        self._measure(ORDERED_KINDS)

    def _measure(self, kinds: Collection[Kind]) -> Measure | None:
        entry = self.draft.fields.get("measure")
        return read_measure(entry, self.scope, kinds) if entry else None

    def _read_use(self) -> Use | None:
        return Use(self.draft.fields["use"].scalar or "")

    def _read_rules(self) -> Rules | None:
        classes = self.draft.classes
        rules = [_read_rule(c, self.scope, is_last=c is classes[-1]) for c in classes]
        complete = tuple(rule for rule in rules if rule)
        return Rules(complete) if len(complete) == len(classes) else None

    def _read_bands(self) -> Bands | None:
        measure = self._measure(ORDERED_KINDS)
        if measure is None or not self.draft.classes:
            return None
        bound = self._read_bound(measure)
        cuts = [self._read_band(c, bound, measure.kind) for c in self.draft.classes]
        _check_falling(self.draft.classes, cuts, bound.value, falls=bound is Bound.FROM)
        return Bands(measure.name, bound, tuple(cuts))

    def _read_bound(self, measure: Measure) -> Bound:
        written = {key for c in self.draft.classes for key in ("from", "to") if key in c.fields}
        bound = Bound.TO if written == {"to"} else Bound.FROM
        wanted = {Direction.HIGHER: Bound.FROM, Direction.LOWER: Bound.TO}.get(measure.direction, bound)
        if self.draft.kind is DimensionKind.TIER and bound is not wanted:
            message = Text(
                f"{measure.name} {'越大' if wanted is Bound.FROM else '越小'}越好，各类应写 {wanted}",
                f"of {measure.name} {'more' if wanted is Bound.FROM else 'less'} is better: write `{wanted}`",
            )
            self.draft.entry.refuse("bound", message)
        return bound

    def _read_band(self, draft: ClassDraft, bound: Bound, kind: Kind) -> Cut | None:
        if draft is self.draft.classes[-1]:
            _refuse_extra(draft, ("from", "to"))
            return None
        return _read_required_cut(draft, bound.value, kind)

    def _read_quantiles(self) -> Quantiles | None:
        measure = self._measure(ORDERED_KINDS)
        shares = _read_shares(self.draft.classes)
        return Quantiles(measure.name, shares) if measure and shares else None

    def _read_cumulative_share(self) -> CumulativeShare | None:
        measure = self._measure(ADDITIVE_KINDS)
        shares = _read_shares(self.draft.classes)
        caps = tuple(
            c.fields["max_share"].read_stored(Kind.RATIO, low=0, high=1) if "max_share" in c.fields else None
            for c in self.draft.classes
        )
        _check_caps(self.draft.classes, caps)
        return CumulativeShare(measure.name, shares, caps) if measure and shares else None

    def _read_scorecard(self) -> Scorecard | None:
        fields, classes = self.draft.fields, self.draft.classes
        coverage = 6 * RATIO_PARTS // 10
        if "min_coverage" in fields:
            coverage = fields["min_coverage"].read_stored(Kind.RATIO, low=0, high=1) or 0
        entries = fields["parts"].entries().values() if "parts" in fields else []
        parts = [_read_part(entry, self.scope) for entry in entries]
        if "parts" in fields and not parts:
            fields["parts"].refuse("parts", Text("至少要有一部分", "there must be one part at least"))
        cuts = [self._read_score_cut(c) for c in classes]
        _check_falling(classes, cuts, "from", falls=True)
        complete = tuple(part for part in parts if part)
        return Scorecard(complete, coverage, tuple(cuts)) if len(complete) == len(parts) else None

    def _read_score_cut(self, draft: ClassDraft) -> int | None:
        if draft is self.draft.classes[-1]:
            _refuse_extra(draft, ("from",))
            return None
        _refuse_extra(draft, {"to"})
        if "from" not in draft.fields:
            draft.entry.refuse_missing("from")
            return None
        return draft.fields["from"].read_stored(Kind.SCORE, low=0, high=MAX_POINTS)

    def _read_matrix(self) -> Matrix | None:
        fields = self.draft.fields
        if not {"rows", "columns", "cells"} <= set(fields):
            return None
        rows, columns = (self._read_axis(fields[key]) for key in ("rows", "columns"))
        if rows is None or columns is None:
            return None
        cells = tuple(
            (row, across, chosen)
            for row, row_entry in _complete(fields["cells"], _class_ids(rows))
            for across, entry in _complete(row_entry, _class_ids(columns))
            if (chosen := entry.read_choice(_class_ids(self.draft)))
        )
        return Matrix(rows.id, columns.id, cells)

    def _read_axis(self, entry: Entry) -> DimensionDraft | None:
        found = self.dimensions.get(entry.scalar or "")
        if found and found.is_in_doubt:
            return None
        if found and found.classes:
            return found
        written = self.scope.get(entry.scalar or "")
        if found is None and written is not None and written.source == "standard":
            # A dimension that could not be read: that has been told where it stands.
            return None
        known = [d.id for d in self.dimensions.values() if d.classes]
        message = Text("这里应是一个有类别的维度", "this should be a dimension that has classes")
        entry.refuse("axis", message, remedy=Text("可用：" + "、".join(known), "known: " + ", ".join(known)))
        return None


def _class_ids(draft: DimensionDraft) -> list[str]:
    return [c.tier_class.id for c in draft.classes]


def _complete(entry: Entry, ids: list[str]) -> list[tuple[str, Entry]]:
    found = entry.fields(ids, required=ids)
    return [(code, found[code]) for code in ids if code in found]


def _read_rule(draft: ClassDraft, scope: Scope, *, is_last: bool) -> Rule | None:
    fields, code = draft.fields, draft.tier_class.id
    passes_on = "unknown" in fields and fields["unknown"].read_choice(("not_met",)) is not None
    stay = read_condition(fields["stay"], scope) if "stay" in fields else None
    when = read_condition(fields["when"], scope) if "when" in fields else None
    takes_rest = "otherwise" in fields and fields["otherwise"].read_flag() is True
    if takes_rest and "when" in fields:
        message = Text("when 与 otherwise 只能写一个", "`when` and `otherwise` exclude each other")
        draft.entry.refuse("rule", message)
        return None
    if takes_rest is not is_last:
        message = (
            Text("最后一类要写 otherwise: true", "the last class must say `otherwise: true`")
            if is_last
            else Text("只有最后一类能写 otherwise", "only the last class may say `otherwise`")
        )
        draft.entry.refuse("rule", message, remedy=Text("这样人人都有一类", "so that everyone has a class"))
        return None
    if not takes_rest and "when" not in fields:
        draft.entry.refuse_missing("when")
    return Rule(code, when, passes_on, stay) if when or takes_rest else None


def _read_required_cut(draft: ClassDraft, key: str, kind: Kind) -> Cut | None:
    _refuse_extra(draft, {"from", "to"} - {key})
    if key not in draft.fields:
        draft.entry.refuse_missing(key)
        return None
    return read_cut(draft.fields[key], kind)


def _refuse_extra(draft: ClassDraft, keys: Collection[str]) -> None:
    for key in keys:
        if key in draft.fields:
            message = Text(f"这一类不写「{key}」", f"this class has no “{key}”")
            remedy = Text("最后一类取其余；各类用同一种界限", "the last takes the rest; all use one bound")
            draft.fields[key].refuse("bound", message, remedy=remedy)


def _check_falling(
    classes: tuple[ClassDraft, ...], cuts: Sequence[Cut | None], key: str, *, falls: bool
) -> None:
    for draft, before, cut in zip(classes[1:], cuts, cuts[1:], strict=False):
        if before is None or cut is None:
            continue
        if not (cut < before if falls else cut > before):  # type: ignore[operator]  # both of one kind
            message = (
                Text("要比上一类小", "this must be below the class before")
                if falls
                else Text("要比上一类大", "this must be above the class before")
            )
            draft.fields[key].refuse("order", message, remedy=Text("最好的类写在最前", "best class first"))


def _read_shares(classes: tuple[ClassDraft, ...]) -> tuple[int, ...] | None:
    shares: list[int] = []
    for draft in classes:
        is_last = draft is classes[-1]
        if "to" not in draft.fields:
            if not is_last:
                draft.entry.refuse_missing("to")
            shares.append(RATIO_PARTS)
            continue
        share = draft.fields["to"].read_stored(Kind.RATIO, low=0, high=1)
        if share is not None and is_last and share != RATIO_PARTS:
            remedy = Text(
                "to 是累计份额，最后一类写 1 或不写", "`to` is cumulative: the last class says 1, or nothing"
            )
            draft.fields["to"].refuse(
                "order", Text("最后一类到 1 为止", "the last class reaches 1"), remedy=remedy
            )
        elif share is not None and share <= (shares[-1] if shares else 0):
            message = Text("要比上一类大", "this must be above the class before")
            remedy = Text("to 是累计到这一类为止的份额", "`to` is the share up to and including this class")
            draft.fields["to"].refuse("order", message, remedy=remedy)
        # A share that could not be read says nothing about the next one.
        shares.append((shares[-1] if shares else 0) if share is None else share)
    return tuple(shares) or None


def _check_caps(classes: tuple[ClassDraft, ...], caps: Sequence[int | None]) -> None:
    highest = 0
    for draft, cap in zip(classes, caps, strict=True):
        if cap is not None and cap < highest:
            message = Text("要不小于上一类", "this must not be below the class before")
            remedy = Text(
                "max_share 是到这一类为止的客户份额",
                "`max_share` counts customers up to and including this class",
            )
            draft.fields["max_share"].refuse("order", message, remedy=remedy)
        highest = max(highest, cap or 0)


def _read_part(entry: Entry, scope: Scope) -> Part | None:
    code = entry.read_code()
    if code in RESERVED_PARTS:
        message = Text(f"「{code}」是保留名，不能做评分部分", f"“{code}” is reserved and cannot name a part")
        entry.refuse("id", message, remedy=Text("换一个名字", "choose another name"))
    fields = entry.fields(("title", "weight", "measure", "percentile", "points"), required=("weight",))
    title = fields["title"].read_bilingual() if "title" in fields else None
    weight = fields["weight"].read_stored(Kind.RATIO, low=0, high=1_000_000) if "weight" in fields else None
    if weight == 0:
        fields["weight"].refuse("range", Text("权重要大于 0", "a weight must be above 0"))
    sources = [key for key in ("measure", "percentile", "points") if key in fields]
    if len(sources) != 1:
        message = Text("measure、percentile、points 三者写一个", "write one of measure, percentile, points")
        entry.refuse("part", message)
        return None
    source = _read_source(sources[0], fields[sources[0]], scope)
    return Part(code, weight, source, title) if code and weight and source else None


def _read_source(key: str, entry: Entry, scope: Scope) -> PartSource | None:
    if key == "points":
        return _read_points(entry, scope)
    measure = read_measure(entry, scope, {Kind.SCORE} if key == "measure" else ORDERED_KINDS)
    if measure is None:
        return None
    return ScoreMeasure(measure.name) if key == "measure" else PercentileOf(measure.name)


def _read_points(entry: Entry, scope: Scope) -> PointBands | None:
    fields = entry.fields(("measure", "bands"), required=("measure", "bands"))
    measure = read_measure(fields["measure"], scope, ORDERED_KINDS) if "measure" in fields else None
    if measure is None or "bands" not in fields:
        return None
    bands: dict[Cut, int] = {}
    for band in fields["bands"].items():
        pair = list(band.items())
        if len(pair) != 2:
            band.refuse("type", Text("写成 [起点, 得分]", "write [from, points]"))
            continue
        lowest, points = (
            read_cut(pair[0], measure.kind),
            pair[1].read_stored(Kind.SCORE, low=0, high=MAX_POINTS),
        )
        if lowest in bands:
            remedy = Text("每个起点只写一次", "write each `from` once")
            band.refuse("order", Text("起点重复", "this `from` is written twice"), remedy=remedy)
        elif lowest is not None and points is not None:
            bands[lowest] = points
    if not 0 < len(bands) <= MAX_BANDS:
        fields["bands"].refuse(
            "bands", Text(f"要有 1 到 {MAX_BANDS} 档", f"there must be 1 to {MAX_BANDS} bands")
        )
        return None
    return PointBands(measure.name, tuple(sorted(bands.items(), reverse=True)))
