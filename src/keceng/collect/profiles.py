"""What the cells of a column look like: the second witness beside its header."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.source import DateOrder

_LOOKED_AT = 20_000
_MONTHS = 12

_PATTERNS: Mapping[str, str] = {
    "date": (
        r"^\s*\d{4}\s*[-/.年]\s*\d{1,2}(\s*[-/.月]\s*\d{1,2}日?)?([ T].*)?月?$"
        r"|^(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(\d{4}|\d{6})?$"
        r"|^\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{1,2})([ T].*)?$"
        r"|^\d{1,2}-?[A-Za-z]{3}-?\d{2,4}([: ].*)?$"
    ),
    "serial": r"^[2-5]\d{4}(\.\d+)?$",
    "number": (
        r"^\s*[-+(（]?\s*[¥￥$£€]?\s*[-+]?[0-9０-９][0-9０-９,，]*([.．][0-9０-９]*)?([eE][-+]?\d+)?\s*(元|万|万元|亿|亿元|%)?\s*[)）]?\s*$"
    ),
    "code": r"^[A-Za-z0-9_\-./#=\"]+$",
    "org": (
        r"(?i)公司|集团|厅$|部$|处$|办公室|管委会|法院|检察院|公安|幼儿园|中学|小学|税务|厂$|厂[(（]|商行|商店|超市|中心|医院|学校|大学|学院|局$|委员会|政府|银行|研究[院所]|事务所|合作社|经营部|工作室"
        r"|\b(ltd|inc|llc|corp|co|gmbh|plc|company|group)\b"
    ),
    "kind": r"(?i)^(企业|个人|公司|单位|法人|自然人|机构|组织|政府|企业客户|个人客户|会员|企业用户|个人用户"
    r"|person|individual|consumer|org|organi[sz]ation|company|corporate|enterprise|government|b2b|b2c)$",
    "role": r"(?i)经销|代理|分销|终端|批发|直营|直销|加盟|渠道商|零售商|集成商|dealer|distributor|reseller|end[ _-]?user|retailer"
    r"|wholesale|agent|integrator",
    "class": r"(?i)^[A-E][+-]?\s*(类|级)?(客户)?$|^(vip|svip)\d*$|^(金|银|铜|白金|钻石|黑金)(卡|牌)?(会员|客户)?$"
    r"|^(重点|重要|核心|战略|普通|一般|大|小)客户$|^[1-5一二三四五]\s*(星|星级|级)$|^(gold|silver|bronze|platinum|diamond|regular)$",
    "area": r"(?i)^(华东|华南|华北|华中|西南|西北|东北|东南|港澳台|海外)(大?区)?$|(省|市|自治区|特别行政区|区域|片区|大区)$"
    r"|^(north|south|east|west|central)\b",
    "return": r"(?i)退货|红字|退回|返货|销退|return|refund",
    "gift": r"(?i)赠|gift|presented|\bfree\b",
    "masked": r"[*＊]{2,}",
    "status": r"(?i)成功|完成|签收|付款|发货|关闭|取消|退款|complete|cancel|ship|paid|pending|closed|deliver|open",
}


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """Counts and shares of one column.

    Attributes:
        row_count: rows of the table.
        filled_count: cells that are not empty.
        distinct_count: different values.
        values: the most frequent different values, at most 20,000, with their counts in `counts`.
    """

    row_count: int
    filled_count: int
    distinct_count: int
    values: pa.Array
    counts: pa.Array

    def share(self, look: str) -> float:
        """The share of filled cells that look like `look`: date, serial, number, code, org, kind, role, class, area, return, gift."""
        if not len(self.values):
            return 0.0
        hits = pc.match_substring_regex(self.values, _PATTERNS[look])
        total = pc.sum(self.counts).as_py()
        return float((pc.sum(pc.if_else(hits, self.counts, 0)).as_py() or 0) / total)

    def has(self, look: str) -> bool:
        """Whether any cell looks so."""
        return self.share(look) > 0.0


def profile_column(column: pa.ChunkedArray) -> ColumnProfile:
    """The profile of one text column."""
    counted = pc.value_counts(column.drop_null().combine_chunks())
    values, counts = counted.field(0), counted.field(1)
    distinct = len(values)
    if distinct > _LOOKED_AT:
        top = pc.select_k_unstable(pa.table({"counts": counts}), _LOOKED_AT, [("counts", "descending")])
        values, counts = values.take(top), counts.take(top)
    return ColumnProfile(len(column), len(column) - column.null_count, distinct, values, counts)


_SLASHED = r"^\s*(?P<first>\d{1,2})[-/.](?P<second>\d{1,2})[-/.]\d{4}(?:\D|$)"
"""Years of two digits prove nothing: 24-01-02 may begin with its year."""


@dataclass(frozen=True, slots=True)
class DatedCell:
    """One cell of a column of dates, and its position there."""

    position: int
    cell: str


@dataclass(frozen=True, slots=True)
class DateOrderProof:
    """What the dates such as 01/02/2024 of one column say about the order of day and month.

    Attributes:
        order: the order they prove; None where they prove none.
        is_open: such dates occur and prove no order.
        needy: a date that is read only thanks to the proven order; None where every date shows its own.
        day_first, month_first: where both orders occur, the first date of each.
    """

    order: DateOrder | None = None
    is_open: bool = False
    needy: str | None = None
    day_first: DatedCell | None = None
    month_first: DatedCell | None = None


def prove_date_order(cells: Iterable[pa.Array]) -> DateOrderProof:
    """The order of dates such as 01/02/2024 in the pieces of a column, and whether it stays open.

    A first part above 12 proves day-month, a second one month-day. Without such cells nothing is open; with cells
    that contradict each other nothing is proven.
    """
    day = month = needy = None
    is_open, start = False, 0
    for piece in cells:
        slashed = _find_slashed(piece)
        if slashed is not None:
            is_open = True
            day = day or _first_cell(piece, pc.greater(slashed[0], _MONTHS), start)
            month = month or _first_cell(piece, pc.greater(slashed[1], _MONTHS), start)
            needy = needy or _first_cell(piece, _are_both_months(*slashed), start)
        start += len(piece)
    if day and month:
        return DateOrderProof(is_open=True, day_first=day, month_first=month)
    if not day and not month:
        return DateOrderProof(is_open=is_open)
    return DateOrderProof("dmy" if day else "mdy", needy=needy.cell if needy else None)


def _find_slashed(piece: pa.Array) -> tuple[pa.Array, pa.Array] | None:
    """First and second part of each cell of the piece, null where it is no such date; None where there is none at all."""
    encoded = piece.dictionary_encode()
    parts = pc.extract_regex(encoded.dictionary, _SLASHED)
    if parts.null_count == len(parts):
        return None
    numbers = [pc.cast(pc.struct_field(parts, name), pa.int32()) for name in ("first", "second")]
    first, second = (number.take(encoded.indices) for number in numbers)
    return first, second


def _are_both_months(first: pa.Array, second: pa.Array) -> pa.Array:
    is_either = pc.and_(pc.less_equal(first, _MONTHS), pc.less_equal(second, _MONTHS))
    return pc.and_(is_either, pc.not_equal(first, second))


def _first_cell(piece: pa.Array, is_wanted: pa.Array, start: int) -> DatedCell | None:
    place = pc.index(is_wanted, pa.scalar(value=True)).as_py()
    return DatedCell(start + place, piece[place].as_py()) if place >= 0 else None
