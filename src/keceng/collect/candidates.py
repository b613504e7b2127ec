"""What each column may be in a file of one entity: its header's aliases, then its cells as the second witness."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from keceng.collect.aliases import UNSURE, aliases_of, normalize_header
from keceng.collect.declared import STANDING, read_declared
from keceng.collect.fields import FIELDS, Field, FieldKind
from keceng.collect.profiles import ColumnProfile
from keceng.collect.source import DeclaredNumber
from keceng.vocabulary import Kind, Text

DECLARED = "declared"
ACCEPTED = 0.5
"""From this confidence on a column is used without being asked about."""

_PARTLY = 0.55
_PROVEN = 0.8
"""Of an alias that says too little by itself where the cells leave no doubt."""
_CONTRADICTED = 0.2
_FITTING_SHARE = 0.5
_CLEAR_SHARE = 0.8
_CATEGORY_LOOKS = (("role", "role"), ("kind", "kind"), ("class_legacy", "class"), ("region", "area"))
_GRADE_HEADER = re.compile("等级|级别|分级|grade|level")
_CATEGORY_FIELDS = frozenset({"kind", "role", "class_legacy"})
_PROVEN_KINDS = frozenset({FieldKind.DATE, FieldKind.MONEY, FieldKind.NUMBER})
_MARKS = {"return_mark": "return", "is_gift_mark": "gift"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing a column may be, with its evidence; `fields` are fed together when it is chosen."""

    header: str
    fields: tuple[str, ...]
    confidence: float
    why: Text
    declared: DeclaredNumber | None = None


def list_candidates(header: str, profile: ColumnProfile, entity: str) -> list[Candidate]:
    """What the column may be in a file of `entity`, the best first."""
    declared = read_declared(header)
    found = [
        _weigh(header, profile, FIELDS[name], confidence)
        for name, confidence in _by_header(header, entity, declared)
    ]
    category = [c for c in found if c.fields[0] in _CATEGORY_FIELDS]
    if category:
        found = [*(c for c in found if c not in category), *_by_cells(header, profile)]
    found = [_marked(c, profile) if c.fields[0] in _MARKS else c for c in found]
    if declared is not None and _may_state(entity, declared) and _fits_declared(profile, declared):
        why = Text("列名说的是每个客户的一个数", "the header states a number of each customer")
        found.insert(0, Candidate(header, (DECLARED,), 0.9, why, declared))
    return sorted(found, key=lambda c: (-c.confidence, -len(c.fields)))


def _by_header(header: str, entity: str, declared: DeclaredNumber | None) -> Iterator[tuple[str, float]]:
    aliases, name = aliases_of(entity), normalize_header(header)
    if name in aliases:
        yield from aliases[name]
    elif declared is None and (part := _longest_part(name, aliases)):
        for field_name, confidence in aliases[part]:
            yield field_name, _PARTLY if confidence > UNSURE else ACCEPTED


def _longest_part(name: str, aliases: Mapping[str, Sequence[tuple[str, float]]]) -> str | None:
    """The longest alias with which the header ends or begins; short ones say too little."""
    parts = [
        alias
        for alias, meant in aliases.items()
        if (name.endswith(alias) or name.startswith(alias)) and len(alias) >= _shortest(alias, meant)
    ]
    return max(parts, key=len, default=None)


def _shortest(alias: str, meant: Sequence[tuple[str, float]]) -> int:
    """Two characters do where the cells prove a number or a date; 商品名称 is no customer because it ends in 名称."""
    if alias.isascii():
        return 6
    return 2 if all(FIELDS[name].kind in _PROVEN_KINDS for name, _ in meant) else 4


def _weigh(header: str, profile: ColumnProfile, field: Field, confidence: float) -> Candidate:
    if profile.filled_count and not _fits(profile, field, confidence):
        why = Text("列名像「{title}」, 但内容不像", "the header says {title}, the cells do not look so").fill(
            title=field.title
        )
        return Candidate(header, (field.name,), _CONTRADICTED, why)
    if field.name == "customer_name" and profile.share("org") >= _CLEAR_SHARE:
        # Whoever writes 单位 over the names of organisations means the customer.
        confidence = max(confidence, _PROVEN)
    sure = Text("列名就是「{title}」", "the header says {title}")
    unsure = Text("列名和内容像「{title}」", "header and cells look like {title}")
    why = (sure if confidence > UNSURE else unsure).fill(title=field.title)
    return Candidate(header, (field.name,), confidence, why)


def _fits(profile: ColumnProfile, field: Field, confidence: float) -> bool:
    if field.kind is FieldKind.DATE:
        return profile.share("date") >= _FITTING_SHARE or profile.share("serial") >= _CLEAR_SHARE
    if field.kind in {FieldKind.MONEY, FieldKind.NUMBER}:
        is_number = profile.share("number") >= _FITTING_SHARE
        return is_number and not (field.name == "discount" and _is_ratio(profile))
    return confidence > UNSURE or _fits_unsure(profile, field)


def _fits_unsure(profile: ColumnProfile, field: Field) -> bool:
    """What the cells must show where the header alone says too little."""
    match field.kind:
        case FieldKind.ID:
            return profile.share("code") >= _CLEAR_SHARE
        case FieldKind.NAME:
            return profile.share("number") < _FITTING_SHARE and profile.share("masked") < _FITTING_SHARE
        case FieldKind.WORD:
            return profile.distinct_count <= max(50, profile.filled_count // 20)
    return True


def _is_ratio(profile: ColumnProfile) -> bool:
    """Shares such as 0.15 are no money, whatever the header says."""
    return profile.share("number") > 0 and all(
        v.startswith("0.") or v in {"0", "1", "0.0", "1.0"} or v.endswith("%")
        for v in profile.values.to_pylist()
    )


def _by_cells(header: str, profile: ColumnProfile) -> list[Candidate]:
    """客户类型 and 客户分类 may be organisation or person, channel role, an old class or an area: the cells tell."""
    found = []
    for field_name, look in _CATEGORY_LOOKS:
        share = profile.share(look)
        if share >= _FITTING_SHARE:
            why = Text("内容是「{title}」", "the cells are {title}").fill(title=FIELDS[field_name].title)
            # 会员/经销商/企业客户/政府 in one column says both what the account is and its role towards us.
            both = field_name == "kind" and profile.has("role")
            fields = ("kind", "role") if both else (field_name,)
            found.append(Candidate(header, fields, round(0.5 + 0.45 * share, 2), why))
    if not found and _GRADE_HEADER.search(normalize_header(header)):
        why = Text("列名就是「{title}」", "the header says {title}").fill(title=FIELDS["class_legacy"].title)
        found.append(Candidate(header, ("class_legacy",), _PROVEN, why))
    elif not found:
        why = Text("内容看不出是哪一种分类", "the cells do not tell which kind of class this is")
        found.append(Candidate(header, ("class_legacy",), 0.4, why))
    return found


def _marked(candidate: Candidate, profile: ColumnProfile) -> Candidate:
    """A column of document types marks returns and gifts when its words say so; a plain yes/no column as its header."""
    seen = tuple(f for f, look in _MARKS.items() if profile.has(look))
    if not seen:
        confidence = candidate.confidence if candidate.confidence > UNSURE else _CONTRADICTED
        return Candidate(candidate.header, candidate.fields, confidence, candidate.why)
    why = Text("内容里有退货或赠品", "the cells speak of returns or gifts")
    return Candidate(candidate.header, seen, max(candidate.confidence, UNSURE), why)


def _may_state(entity: str, declared: DeclaredNumber) -> bool:
    return entity == "customer_summary" or (entity == "customers" and declared.measure in STANDING)


def _fits_declared(profile: ColumnProfile, declared: DeclaredNumber) -> bool:
    if not profile.filled_count:
        return False
    return profile.share("date" if declared.kind is Kind.DATE else "number") >= _FITTING_SHARE
