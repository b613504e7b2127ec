"""A document to a standard: everything that is wrong in one pass, or a standard that is right."""

from __future__ import annotations

from collections.abc import Mapping
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
from keceng.standard.model import Dimension, Exclusion, Population, SmallData, Standard, TiePolicy, Unit
from keceng.standard.periods import read_days
from keceng.standard.strategies import default_state_dimension, read_review, read_stability, read_strategies
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
        raise KecengError(problems.found)
    return standard


def _read_source(document: Document) -> tuple[str, str | None]:
    if isinstance(document, str):
        return document, None
    if isinstance(document, Mapping):
        return yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False), None
    try:
        return document.read_text(encoding="utf-8-sig"), document.name
    except (OSError, UnicodeDecodeError):
        problems = Problems(document.name)
        message = Text("读不了这个文件", "this file cannot be read")
        remedy = Text("要一个 UTF-8 的 YAML 文件", "it must be a YAML file in UTF-8")
        problems.add("unreadable", message, remedy=remedy)
        raise KecengError(problems.found) from None


@dataclass(frozen=True, slots=True)
class _StandardReader:
    root: Entry
    catalogue: Mapping[str, Measure]

    def read(self) -> Standard | None:
        """The standard; None, with every problem noted, where it is not one."""
        fields = self.root.fields((*REQUIRED, *OPTIONAL), REQUIRED)
        drafts, grade_draft = self._draft_dimensions(fields)
        scope = self._scope(drafts)
        by_id = {draft.id: draft for draft in drafts}
        dimensions = {draft.id: _read_dimension(draft, scope, by_id) for draft in drafts}
        grade = _read_dimension(grade_draft, scope, by_id) if grade_draft else None
        population = self._read_population(fields)
        provisional = read_condition(fields["provisional"], scope) if "provisional" in fields else None
        built = {key: dimension for key, dimension in dimensions.items() if dimension}
        ordered = _ordered(built, fields.get("dimensions"))
        head = self._read_head(fields)
        stability = read_stability(fields["stability"]) if "stability" in fields else None
        state = _read_state_dimension(fields.get("strategy_by"), by_id) or default_state_dimension(drafts)
        strategy = read_strategies(fields.get("strategy"), grade_draft, state)
        review = read_review(fields["review"]) if "review" in fields else None
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
            inputs=self._inputs((*ordered, grade), population, provisional),
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

    def _scope(self, drafts: list[DimensionDraft]) -> dict[str, Measure]:
        scope = dict(self.catalogue)
        for draft in drafts:
            for measure in draft.published:
                if measure.name in scope:
                    message = Text(f"名字 {measure.name} 重复", f"the name {measure.name} is taken twice")
                    draft.entry.refuse("id", message, remedy=Text("换一个维度名", "rename the dimension"))
                scope[measure.name] = measure
        return scope

    def _read_population(self, fields: Mapping[str, Entry]) -> Population:
        if "population" not in fields:
            return Population()
        inner = fields["population"].fields(("include", "exclude"))
        # Who is judged is settled before anyone is compared, so only catalogue measures exist here.
        include = read_condition(inner["include"], self.catalogue) if "include" in inner else None
        entries = list(inner["exclude"].items()) if "exclude" in inner else []
        exclusions = [self._read_exclusion(entry) for entry in entries]
        ids = [exclusion.id for exclusion in exclusions if exclusion]
        if len(set(ids)) < len(ids):
            inner["exclude"].refuse("id", Text("排除项的 id 重复", "two exclusions share an id"))
        return Population(include, tuple(e for e in exclusions if e))

    def _read_exclusion(self, entry: Entry) -> Exclusion | None:
        keys = ("id", "when", "reason")
        fields = entry.fields(keys, required=keys)
        code = _read_slug(fields["id"]) if "id" in fields else None
        when = read_condition(fields["when"], self.catalogue) if "when" in fields else None
        reason = fields["reason"].read_bilingual() if "reason" in fields else None
        return Exclusion(code, when, reason) if code and when and reason else None

    def _read_head(self, fields: Mapping[str, Entry]) -> _Head | None:
        if "keceng" in fields:
            fields["keceng"].read_whole(low=FORMAT, high=FORMAT)
        code = _read_slug(fields["id"]) if "id" in fields else None
        title = fields["title"].read_bilingual() if "title" in fields else None
        window = read_days(fields["window"]) if "window" in fields else None
        revision = fields["revision"].read_whole(low=1, high=1_000_000) if "revision" in fields else 1
        unit = fields["unit"].read_choice([u.value for u in Unit]) if "unit" in fields else Unit.ACCOUNT
        if code and title and window and revision and unit:
            return _Head(code, revision, title, window, Unit(unit))
        return None

    def _inputs(
        self, dimensions: tuple[Dimension, ...], population: Population, provisional: Condition | None
    ) -> tuple[Measure, ...]:
        conditions = [population.include, provisional, *(e.when for e in population.exclude)]
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


def _read_slug(entry: Entry) -> str | None:
    written = entry.scalar or ""
    # Ids become file names and result columns: plain letters, digits, and single dashes or underscores.
    if written.replace("-", "_").isidentifier() and written.isascii() and len(written) <= 60:
        return written
    message = Text(f"「{written}」不能做 id", f"“{written}” cannot be an id")
    remedy = Text("用英文字母、数字、- 或 _", "use letters, digits, - or _")
    entry.refuse("id", message, remedy=remedy)
    return None


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


def _ordered(dimensions: Mapping[str, Dimension], entry: Entry | None) -> tuple[Dimension, ...]:
    owners = {measure.name: d.id for d in dimensions.values() for measure in d.published}
    owners |= {dimension_id: dimension_id for dimension_id in dimensions}
    needs = {d.id: {owners[name] for name in d.names if name in owners} for d in dimensions.values()}
    circle = find_circle(needs)
    if circle and entry:
        walk = " → ".join(circle)
        message = Text(f"维度互相引用成环：{walk}", f"the dimensions refer to each other in a circle: {walk}")
        remedy = Text("去掉其中一处引用", "take one of these references away")
        entry.refuse("circle", message, remedy=remedy)
    return tuple(dimensions[dimension_id] for dimension_id in order_dimensions(needs))
