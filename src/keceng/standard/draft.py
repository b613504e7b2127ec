"""The first reading of a dimension: its id, method, title and classes, enough to know what it publishes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from keceng.measure import Measure
from keceng.standard.document import SLUG, Entry
from keceng.standard.model import TierClass
from keceng.standard.publication import MethodName, publish_names
from keceng.vocabulary import DimensionKind, Kind, Text

RESERVED = frozenset(
    [
        "and",
        "or",
        "not",
        "in",
        "between",
        "is",
        "null",
        "true",
        "false",
        "grade",
        "customer_id",
        "customer_key",
        "unit_key",
        "provisional",
        "reason_code",
        "reason_zh",
        "reason_en",
        "excluded_as",
        "is_judged",
        "as_of_day",
        "held_class",
        "grade_by_rules",
        "grade_by_system",
        "grade_since",
        "weak_reviews",
        "reviewed_on",
        "kept_by",
        "decision_id",
        "is_appealed",
    ]
)
TITLES = ("title", "public_title", "note")
RANKED_KEYS = ("within", "min_group", "among")
CUT_KEYS = ("tie_policy", "frozen", "small_data")
METHOD_KEYS: Mapping[MethodName, tuple[str, ...]] = {
    MethodName.RULES: ("classes",),
    MethodName.BANDS: ("classes", "measure", *RANKED_KEYS),
    MethodName.QUANTILES: ("classes", "measure", *RANKED_KEYS, *CUT_KEYS),
    MethodName.CUMULATIVE_SHARE: ("classes", "measure", *RANKED_KEYS, *CUT_KEYS),
    MethodName.SCORECARD: ("classes", "parts", "min_coverage", *RANKED_KEYS),
    MethodName.MATRIX: ("classes", "rows", "columns", "cells"),
    MethodName.USE: ("use",),
}
REQUIRED_KEYS: Mapping[MethodName, tuple[str, ...]] = {
    MethodName.RULES: ("classes",),
    MethodName.BANDS: ("classes", "measure"),
    MethodName.QUANTILES: ("classes", "measure"),
    MethodName.CUMULATIVE_SHARE: ("classes", "measure"),
    MethodName.SCORECARD: ("parts",),
    MethodName.MATRIX: ("classes", "rows", "columns", "cells"),
    MethodName.USE: ("use",),
}
CLASS_KEYS: Mapping[MethodName, tuple[str, ...]] = {
    MethodName.RULES: ("when", "otherwise", "unknown", "stay"),
    MethodName.BANDS: ("from", "to"),
    MethodName.QUANTILES: ("to",),
    MethodName.CUMULATIVE_SHARE: ("to", "max_share"),
    MethodName.SCORECARD: ("from",),
    MethodName.MATRIX: (),
}
# What a customer must not read about themselves; a public title says what they get.
UNKIND_ZH = ("低", "亏", "流失", "差", "劣", "风险", "休眠", "沉睡", "淘汰", "末位", "黑名单", "保本", "负")
UNKIND_EN = re.compile(
    r"\b(low|lower|lowest|loss\w*|lost|los(?:ing|er)|risk\w*|dormant|churn\w*|poor|bad|worst|watch|inactive)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ClassDraft:
    """One class as read: its texts, and its cuts still unread."""

    tier_class: TierClass
    entry: Entry
    fields: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class DimensionDraft:
    """One dimension as read: what it publishes is known, its cuts and conditions are still unread."""

    id: str
    entry: Entry
    by: MethodName
    kind: DimensionKind
    title: Text
    classes: tuple[ClassDraft, ...]
    fields: Mapping[str, Entry]

    @property
    def is_in_doubt(self) -> bool:
        """Whether a class is written twice: which classes there are has been asked, and is not known yet."""
        return "classes" in self.fields and self.fields["classes"].repeats_keys

    @property
    def published(self) -> tuple[Measure, ...]:
        """The names later rules may use; any class will do while it is in doubt which there are."""
        if self.is_in_doubt:
            others = publish_names(self.id, self.title, by=self.by, classes=())
            return (*publish_names(self.id, self.title, by=MethodName.USE, classes=()), *others)
        classes = tuple((c.tier_class.id, c.tier_class.title) for c in self.classes)
        return publish_names(self.id, self.title, by=self.by, classes=classes)


def draft_dimension(
    entry: Entry, catalogue: Mapping[str, Measure], *, is_grade: bool
) -> DimensionDraft | None:
    """The outline of the dimension at `entry`; None, with the problem noted, where not even that can be read."""
    by = _read_method(entry)
    dimension_id = _read_id(entry, catalogue, is_grade=is_grade)
    if by is None or dimension_id is None:
        return None
    always = ("title", "kind") if by is MethodName.USE else ("title", "kind", "by")
    required = REQUIRED_KEYS[by] if by is MethodName.USE or is_grade else (*REQUIRED_KEYS[by], "title")
    fields = entry.fields((*always, *METHOD_KEYS[by]), required)
    kind = _read_kind(fields, by)
    title = fields["title"].read_bilingual() if "title" in fields else None
    if by is MethodName.USE:
        return _draft_use(dimension_id, entry, fields, kind=kind, title=title, catalogue=catalogue)
    needs_public = is_grade or kind is DimensionKind.TIER
    classes = (
        _draft_classes(fields["classes"], by, needs_public=needs_public, is_grade=is_grade)
        if "classes" in fields
        else ()
    )
    fallback = Text("分级", "Grade") if is_grade else Text(dimension_id, dimension_id)
    return DimensionDraft(dimension_id, entry, by, kind, title or fallback, classes, fields)


def _read_method(entry: Entry) -> MethodName | None:
    fields = entry.entries()
    if "use" in fields and "by" not in fields:
        return MethodName.USE
    if "by" not in fields:
        remedy = Text(
            "写 by: rules 等，或 use: 类别指标", "write `by: rules` and so on, or `use: <category>`"
        )
        entry.refuse("missing", Text("缺少「by」", "“by” is missing"), remedy=remedy)
        return None
    chosen = fields["by"].read_choice([m.value for m in MethodName if m is not MethodName.USE])
    return MethodName(chosen) if chosen else None


def _read_id(entry: Entry, catalogue: Mapping[str, Measure], *, is_grade: bool) -> str | None:
    if is_grade:
        return "grade"
    dimension_id = entry.path.rpartition(".")[2]
    is_reserved = dimension_id in RESERVED or "__" in dimension_id
    if not SLUG.fullmatch(dimension_id) or is_reserved or len(dimension_id) > 40:
        message = Text(f"「{dimension_id}」不能做维度名", f"“{dimension_id}” cannot name a dimension")
        remedy = Text(
            "用小写字母、数字、下划线，不用保留词", "use lower-case letters, digits, _; no reserved word"
        )
        entry.refuse("id", message, remedy=remedy)
        return None
    if dimension_id in catalogue:
        message = Text(f"「{dimension_id}」已是指标名", f"“{dimension_id}” is already the name of a measure")
        entry.refuse("id", message, remedy=Text("换一个名字", "choose another name"))
        return None
    return dimension_id


def _read_kind(fields: Mapping[str, Entry], by: MethodName) -> DimensionKind:
    if "kind" not in fields:
        return DimensionKind.SEGMENT if by is MethodName.USE else DimensionKind.TIER
    chosen = fields["kind"].read_choice([k.value for k in DimensionKind])
    return DimensionKind(chosen) if chosen else DimensionKind.TIER


def _draft_use(
    dimension_id: str,
    entry: Entry,
    fields: Mapping[str, Entry],
    *,
    kind: DimensionKind,
    title: Text | None,
    catalogue: Mapping[str, Measure],
) -> DimensionDraft | None:
    measure = catalogue.get(fields["use"].scalar or "")
    if measure is None or measure.kind is not Kind.CATEGORY:
        message = Text("use 只能用类别指标", "`use` takes a category measure")
        known = [m.name for m in catalogue.values() if m.kind is Kind.CATEGORY]
        near = get_close_matches(fields["use"].scalar or "", known, n=1, cutoff=0.5)
        remedy = Text("可用：" + "、".join(known), "known: " + ", ".join(known))
        if near:
            remedy = Text(f"是不是 {near[0]}？{remedy.zh}", f"did you mean `{near[0]}`? {remedy.en}")
        fields["use"].refuse("measure", message, remedy=remedy)
        return None
    classes = tuple(ClassDraft(TierClass(code, category), entry, {}) for code, category in measure.categories)
    return DimensionDraft(dimension_id, entry, MethodName.USE, kind, title or measure.title, classes, fields)


def _draft_classes(
    entry: Entry, by: MethodName, *, needs_public: bool, is_grade: bool
) -> tuple[ClassDraft, ...]:
    drafts = []
    known = (*CLASS_KEYS[by], *TITLES, *(("watch",) if is_grade else ()))
    for class_entry in entry.entries().values():
        code = class_entry.read_code()
        required = ("title", "public_title") if needs_public else ("title",)
        fields = class_entry.fields(known, required)
        watch = "watch" in fields and fields["watch"].read_flag() is True
        texts = {key: fields[key].read_bilingual() for key in TITLES if key in fields}
        if public_title := texts.get("public_title"):
            _check_public_title(fields["public_title"], public_title)
        if code:
            title = texts.get("title") or Text(code, code)
            tier_class = TierClass(code, title, texts.get("public_title"), texts.get("note"), watch)
            drafts.append(ClassDraft(tier_class, class_entry, fields))
        _check_case(class_entry, [d.tier_class.id for d in drafts])
    if len(drafts) < 2 and not entry.repeats_keys:
        remedy = Text("只有一类就不必分类", "one class alone tells nobody apart; add another")
        entry.refuse("classes", Text("至少要有两类", "there must be two classes at least"), remedy=remedy)
    return tuple(drafts)


def _check_case(entry: Entry, codes: list[str]) -> None:
    # Columns carry the ids of classes, and columns do not tell capitals apart.
    if codes and codes[-1].casefold() in {code.casefold() for code in codes[:-1]}:
        message = Text(
            f"「{codes[-1]}」与前面的类只差大小写",
            f"“{codes[-1]}” differs from a class before by capitals only",
        )
        entry.refuse("id", message, remedy=Text("换一个代号", "choose another id"))


def _check_public_title(entry: Entry, public_title: Text) -> None:
    unkind = [(word, public_title.zh) for word in UNKIND_ZH if word in public_title.zh]
    unkind += [(word, public_title.en) for word in UNKIND_EN.findall(public_title.en)]
    for word, written in unkind[:1]:
        message = Text(f"对外名称里不能有「{word}」", f"a public title must not say “{word}”")
        remedy = Text("写客户得到什么服务，如「标准服务」", "say what they get, e.g. “Standard”")
        entry.refuse("public_title", message, remedy=remedy, written=written)
