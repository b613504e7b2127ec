"""What a mapping took without being told: a date order that other rows prove, one of two columns that say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from keceng.collect.aliases import normalize_header
from keceng.collect.candidates import ACCEPTED, list_candidates
from keceng.collect.fields import ENTITIES
from keceng.collect.profiles import ColumnProfile, prove_date_order
from keceng.collect.questions import find_taxed_headers
from keceng.collect.source import ColumnMapping, SourceMapping, SourceTable
from keceng.vocabulary import Text

_ORDERS = {
    "dmy": Text("日/月/年", "day/month/year"),
    "mdy": Text("月/日/年", "month/day/year"),
}
_PROOFS = {
    "dmy": Text("前一个数", "first part"),
    "mdy": Text("后一个数", "second part"),
}
_REPEATED = re.compile(r"_\d+$")
_SAID = 1.0


def note_date_orders(table: SourceTable, mapping: SourceMapping) -> tuple[Text, ...]:
    """One sentence per date column whose order of day and month was taken from its other rows."""
    notes = []
    for column in mapping.columns:
        if column.date_order is None or column.is_date_order_open:
            continue
        proof = prove_date_order(table.cells(column.header))
        if proof.order and proof.needy:
            notes.append(
                Text(
                    "{cell} 按 {order} 读: 「{header}」列有{part}大于 12 的日期",
                    "{cell} is read as {order}: “{header}” has dates whose {part} is above 12",
                ).fill(
                    cell=proof.needy,
                    order=_ORDERS[proof.order],
                    header=column.header,
                    part=_PROOFS[proof.order],
                )
            )
    return tuple(dict.fromkeys(notes))


def note_rivals(
    table: SourceTable, mapping: SourceMapping, profiles: Mapping[str, ColumnProfile]
) -> tuple[Text, ...]:
    """One sentence per needed field that another, differing column could have fed just as well."""
    needed = {name for needs in ENTITIES[mapping.entity].needs for name in needs}
    notes = []
    for column in mapping.columns:
        if column.field not in needed or column.confidence >= _SAID:
            continue
        for rival in _rivals_of(column, mapping, profiles):
            if table.data[rival].equals(table.data[column.header]) or _is_about_tax(table, column, rival):
                continue
            notes.append(_say_rival(column.header, rival))
    return tuple(notes)


def _rivals_of(
    column: ColumnMapping, mapping: SourceMapping, profiles: Mapping[str, ColumnProfile]
) -> Iterator[str]:
    """Unused columns of the same name, or another name that speaks for the field with the same confidence."""
    for other in mapping.columns:
        if other.field is not None or not profiles[other.header].filled_count:
            continue
        if _is_repeated(column.header, other.header, profiles):
            yield other.header
            continue
        offers = list_candidates(other.header, profiles[other.header], mapping.entity)
        if any(
            column.field in offer.fields and offer.confidence >= max(column.confidence, ACCEPTED)
            for offer in offers
        ):
            yield other.header


def _is_repeated(taken: str, other: str, profiles: Mapping[str, ColumnProfile]) -> bool:
    """Whether both have one name: a name that comes again carries its number."""
    bare = _REPEATED.sub("", other)
    same_word = normalize_header(taken) == normalize_header(bare)
    return same_word and (bare == other or bare in profiles)


def _is_about_tax(table: SourceTable, column: ColumnMapping, rival: str) -> bool:
    """With and without tax is a question of its own."""
    return {column.header, rival} == set(find_taxed_headers(table))


def _say_rival(taken: str, other: str) -> Text:
    bare = _REPEATED.sub("", other)
    if bare == taken and bare != other:
        return Text(
            "两列都叫「{taken}」而内容不同: 取第一列; 另一列记作「{other}」, 没有用到",
            "two columns are called “{taken}” and differ: the first is taken; the other, here “{other}”, is not used",
        ).fill(taken=taken, other=other)
    return Text(
        "「{taken}」和「{other}」像同一个字段而内容不同: 取「{taken}」; 要用另一列请用 --map 指定",
        "“{taken}” and “{other}” look like one field and differ: “{taken}” is taken; name the other with --map to use it",
    ).fill(taken=taken, other=other)


_MASKED_SHARE = 0.5


def note_masked_phones(mapping: SourceMapping, profiles: Mapping[str, ColumnProfile]) -> list[Text]:
    """That numbers which the platform has masked join nobody: two shops' buyers stay two customers, never guessed to be one."""
    phone = mapping.column("phone")
    if phone is None or profiles[phone.header].share("masked") < _MASKED_SHARE:
        return []
    return [
        Text(
            f"「{phone.header}」已打码, 无法跨店识别同一人, 不作猜测",
            f"“{phone.header}” is masked: the same person cannot be recognised across shops, and is not guessed",
        )
    ]
