"""A document to a standard: everything that is wrong in one pass, or a standard that is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from keceng.measure import Measure
from keceng.standard.condition import Condition
from keceng.standard.document import Entry, Problems, read_document
from keceng.standard.draft import DimensionDraft, draft_dimension
from keceng.standard.graph import find_circle, order_dimensions
from keceng.standard.method_reading import MethodReader, read_condition, read_cut, read_measure
from keceng.standard.methods import Cut, Method, method_names
from keceng.standard.model import Dimension, Population, SmallData, Standard, TiePolicy, Unit
from keceng.standard.periods import read_days
from keceng.standard.populations import read_population, read_slug
from keceng.standard.publication import MethodName, publish_names
from keceng.standard.strategies import (
    default_state_dimension,
    read_nomination,
    read_review,
    read_stability,
    read_strategies,
)
from keceng.standard.syntax import describe_encoding
from keceng.standard.watching import check_watch_classes
from keceng.vocabulary import Direction, KecengError, Kind, Text

FORMAT = 1
REQUIRED = ("keceng", "id", "title", "window", "grade", "strategy")
OPTIONAL = (
    "dimensions",
    "revision",
    "unit",
    "population",
    "provisional",
    "stability",
    "strategy_by",
    "review",
    "nomination",
)
DEFAULT_MIN_GROUP = 30

Document = str | Path | Mapping[str, object]


def load_standard(document: Document, catalogue: Mapping[str, Measure]) -> Standard:
    """The standard that `document` declares, complete and valid.

    Args:
        document: YAML text, a path to a YAML file, or the mapping that such a file holds.
        catalogue: the measures that exist.

    Raises:
        KecengError: every problem of the document, each with its path and line.
    """
    text, file = _read_source(document)
    problems = Problems(file)
    root = read_document(text, problems)
    standard = _StandardReader(root, catalogue).read() if root else None
    if problems.found or standard is None:
        raise KecengError(sorted(problems.found, key=lambda problem: problem.place.line or 0))
    return standard


def locate_paths(document: Document) -> tuple[str | None, dict[str, int]]:
    """The file name of a document, and the line on which each of its paths stands."""
    text, file = _read_source(document)
    root = read_document(text, Problems(file))
    return file, {entry.path: entry.line for entry in root.descendants()} if root else {}


def _read_source(document: Document) -> tuple[str, str | None]:
    if isinstance(document, str):
        return document, None
    if isinstance(document, Mapping):
        return yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False), None
    content, line = b"", None
    try:
        content = document.read_bytes()
        return content.decode("utf-8-sig"), document.name
    except UnicodeDecodeError:
        message, line = describe_encoding(content)
        remedy = Text("在编辑器里另存为 UTF-8", "save it as UTF-8 in the editor")
    except OSError:
        message = Text("读不了这个文件", "this file cannot be read")
        remedy = Text("要一个 UTF-8 的 YAML 文件", "it must be a YAML file in UTF-8")
    problems = Problems(document.name)
    problems.add("unreadable", message, line=line, remedy=remedy)
    raise KecengError(problems.found)


@dataclass(frozen=True, slots=True)
class _StandardReader:
    root: Entry
    catalogue: Mapping[str, Measure]

    def read(self) -> Standard | None:
        """The standard; None, with every problem noted, where it is not one."""
        fields = self.root.fields((*REQUIRED, *OPTIONAL), REQUIRED)
        drafts, grade_draft = self._draft_dimensions(fields)
        scope = self._scope(drafts)
        for measure in self._stand_ins(fields, drafts):
            scope.setdefault(measure.name, measure)
        by_id = {draft.id: draft for draft in drafts}
        dimensions = {draft.id: _read_dimension(draft, scope, by_id) for draft in drafts}
        grade = _read_dimension(grade_draft, scope, by_id) if grade_draft else None
        classes = [c.tier_class.id for c in grade_draft.classes] if grade_draft else []
        population = read_population(fields.get("population"), self.catalogue, classes)
        provisional = read_condition(fields["provisional"], scope) if "provisional" in fields else None
        built = {key: dimension for key, dimension in dimensions.items() if dimension}
        ordered = _ordered(built, by_id)
        _check_rankings([*drafts, *([grade_draft] if grade_draft else [])])
        head = self._read_head(fields)
        stability = read_stability(fields["stability"], scope) if "stability" in fields else None
        state = _read_state_dimension(fields.get("strategy_by"), by_id) or default_state_dimension(drafts)
        written = fields["dimensions"].keys if "dimensions" in fields else ()
        is_state_told = state is None and ("strategy_by" in fields or len(drafts) < len(written))
        strategy = read_strategies(fields.get("strategy"), grade_draft, state, is_state_told=is_state_told)
        review = read_review(fields["review"]) if "review" in fields else None
        nomination = read_nomination(fields["nomination"], grade_draft) if "nomination" in fields else None
        if grade and grade_draft and len(built) == len(drafts):
            check_watch_classes(grade, grade_draft, built, scope)
        if self.root.problems.found or head is None or grade is None:
            return None
        return Standard(
            id=head.id,
            revision=head.revision,
            title=head.title,
            window_days=head.window_days,
            unit=head.unit,
            population=population,
            dimensions=ordered,
            grade=grade,
            provisional=provisional,
            stability=stability,
            strategy_by=state.id if state else None,
            strategy=strategy,
            review=review,
            nomination=nomination,
            inputs=self._inputs(
                (*ordered, grade), population, (provisional, stability.at_once if stability else None)
            ),
        )

    def _draft_dimensions(
        self, fields: Mapping[str, Entry]
    ) -> tuple[list[DimensionDraft], DimensionDraft | None]:
        entries = fields["dimensions"].entries().values() if "dimensions" in fields else []
        drafts = [draft_dimension(entry, self.catalogue, is_grade=False) for entry in entries]
        grade = draft_dimension(fields["grade"], self.catalogue, is_grade=True) if "grade" in fields else None
        if grade and not grade.classes:
            fields["grade"].refuse("classes", Text("分级要有类别", "the grade needs classes"))
        return [draft for draft in drafts if draft], grade

    def _stand_ins(self, fields: Mapping[str, Entry], drafts: Sequence[DimensionDraft]) -> Iterator[Measure]:
        # What a dimension that cannot be read would publish: its own fault is told, not that of all who name it.
        ids = fields["dimensions"].keys if "dimensions" in fields else ()
        for broken in set(ids) - {draft.id for draft in drafts}:
            for by in (MethodName.CUMULATIVE_SHARE, MethodName.SCORECARD, MethodName.USE):
                yield from publish_names(broken, Text(broken, broken), by=by, classes=())

    def _scope(self, drafts: list[DimensionDraft]) -> dict[str, Measure]:
        scope = dict(self.catalogue)
        for draft in drafts:
            for measure in draft.published:
                if measure.name in scope:
                    message = Text(f"名字 {measure.name} 重复", f"the name {measure.name} is taken twice")
                    draft.entry.refuse("id", message, remedy=Text("换一个维度名", "rename the dimension"))
                scope[measure.name] = measure
        return scope

    def _read_head(self, fields: Mapping[str, Entry]) -> _Head | None:
        if "keceng" in fields:
            fields["keceng"].read_whole(low=FORMAT, high=FORMAT)
        code = read_slug(fields["id"]) if "id" in fields else None
        title = fields["title"].read_bilingual() if "title" in fields else None
        window = read_days(fields["window"]) if "window" in fields else None
        revision = fields["revision"].read_whole(low=1, high=1_000_000) if "revision" in fields else 1
        unit = fields["unit"].read_choice([u.value for u in Unit]) if "unit" in fields else Unit.ACCOUNT
        if code and title and window and revision and unit:
            return _Head(code, revision, title, window, Unit(unit))
        return None

    def _inputs(
        self,
        dimensions: tuple[Dimension, ...],
        population: Population,
        others: tuple[Condition | None, ...],
    ) -> tuple[Measure, ...]:
        conditions = [population.include, *others, *(e.when for e in population.exclude)]
        needed = {name for condition in conditions if condition for name in condition.names}
        needed |= {name for dimension in dimensions for name in dimension.names}
        return tuple(measure for name, measure in self.catalogue.items() if name in needed)


@dataclass(frozen=True, slots=True)
class _Head:
    id: str
    revision: int
    title: Text
    window_days: int
    unit: Unit


def _read_state_dimension(entry: Entry | None, drafts: Mapping[str, DimensionDraft]) -> DimensionDraft | None:
    if entry is None:
        return None
    chosen = entry.read_choice(tuple(drafts))
    return drafts[chosen] if chosen else None


def _read_dimension(
    draft: DimensionDraft, scope: Mapping[str, Measure], drafts: Mapping[str, DimensionDraft]
) -> Dimension | None:
    fields = draft.fields
    method = MethodReader(draft, scope, drafts).read()
    within = read_measure(fields["within"], scope, {Kind.CATEGORY}) if "within" in fields else None
    among = read_condition(fields["among"], scope) if "among" in fields else None
    min_group = _read_min_group(fields)
    ties = fields["tie_policy"].read_choice([t.value for t in TiePolicy]) if "tie_policy" in fields else None
    small = _read_small_data(fields["small_data"]) if "small_data" in fields else None
    frozen = _read_frozen(draft, method, scope) if "frozen" in fields and method else ()
    if method is None:
        return None
    return Dimension(
        id=draft.id,
        title=draft.title,
        kind=draft.kind,
        method=method,
        classes=tuple(c.tier_class for c in draft.classes),
        within=within.name if within else None,
        min_group=min_group,
        among=among,
        tie_policy=TiePolicy(ties or TiePolicy.UP),
        frozen=frozen,
        small_data=SmallData(small or SmallData.AUTO),
    )


def _read_small_data(entry: Entry) -> str | None:
    # YAML readers turn `off` into false before we see a mapping.
    if (entry.scalar or "").lower() == "false":
        return SmallData.OFF
    return entry.read_choice([small.value for small in SmallData])


def _read_min_group(fields: Mapping[str, Entry]) -> int:
    if "min_group" not in fields:
        return DEFAULT_MIN_GROUP
    if "within" not in fields:
        message = Text("没有 within 时不写 min_group", "`min_group` goes with `within`")
        fields["min_group"].refuse("within", message)
    return fields["min_group"].read_whole(low=1, high=100_000) or DEFAULT_MIN_GROUP


def _read_frozen(
    draft: DimensionDraft, method: Method, scope: Mapping[str, Measure]
) -> tuple[tuple[str, Cut], ...]:
    measure = scope[method_names(method)[0]]
    wanted = [c.tier_class.id for c in draft.classes[:-1]]
    entries = draft.fields["frozen"].fields(wanted, required=wanted)
    cuts = [(code, read_cut(entries[code], measure.kind)) for code in wanted if code in entries]
    frozen = tuple((code, cut) for code, cut in cuts if cut is not None)
    falls = measure.direction is not Direction.LOWER
    ladder = [cut for _, cut in frozen]
    if ladder != sorted(ladder, reverse=falls) or len(set(ladder)) < len(ladder):
        message = Text("冻结的界限要从最好的类排起", "frozen cuts go from the best class down")
        draft.fields["frozen"].refuse("order", message)
    return frozen


def _ordered(
    dimensions: Mapping[str, Dimension], drafts: Mapping[str, DimensionDraft]
) -> tuple[Dimension, ...]:
    owners = {measure.name: d.id for d in dimensions.values() for measure in d.published}
    owners |= {dimension_id: dimension_id for dimension_id in dimensions}
    needs = {d.id: {owners[name] for name in d.names if name in owners} for d in dimensions.values()}
    circle = find_circle(needs)
    if circle:
        walk = " → ".join(circle)
        message = Text(f"维度互相引用成环：{walk}", f"the dimensions refer to each other in a circle: {walk}")
        remedy = Text("去掉其中一处引用", "take one of these references away")
        drafts[circle[0]].entry.refuse("circle", message, remedy=remedy)
    return tuple(dimensions[dimension_id] for dimension_id in order_dimensions(needs))


def _check_rankings(drafts: Sequence[DimensionDraft]) -> None:
    # A percentile part is ranked under `<dimension>_<part>`, as if it were a dimension.
    ids = {draft.id: draft for draft in drafts}
    for draft in drafts:
        parts = (
            draft.fields["parts"].entries()
            if draft.by is MethodName.SCORECARD and "parts" in draft.fields
            else {}
        )
        for part in parts:
            if clash := ids.get(f"{draft.id}_{part}"):
                message = Text(
                    f"「{clash.id}」与评分 {draft.id} 的部分 {part} 重名",
                    f"“{clash.id}” is taken by the part {part} of the scorecard {draft.id}",
                )
                clash.entry.refuse("id", message, remedy=Text("换一个维度名", "rename the dimension"))
