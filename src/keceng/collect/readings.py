"""How each kind of cell is read: one query per kind from distinct texts to typed values and failure codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import pyarrow as pa
from sqlglot import exp

from keceng.collect import dates, money, phones, words
from keceng.collect.source import DateOrder
from keceng.lake import Engine, Filling, sql

_FOLDED = "lower(regexp_replace(translate(cell, '０１２３４５６７８９，（）　', '0123456789,() '), '\\s+', '', 'g'))"

_TEXT = r"""
select position, nullif(regexp_replace(trim(cell), '^''([-=+@\t\r])', '\1'), '') as typed, cast(null as varchar) as code
from dictionary
"""

_CODE = r"""
with folded as (
    select position,
        regexp_replace(regexp_replace(trim(translate(cell, '０１２３４５６７８９　', '0123456789 ')),
            '^="(.*)"$', '\1'), '^''', '') as written
    from dictionary
),
whole as (
    select :is_whole and coalesce(bool_and(regexp_full_match(written, '\d+\.0')), false) as is_float_export from folded
)
select position,
    case when is_float_export then regexp_replace(written, '\.0$', '') else nullif(written, '') end as typed,
    case when regexp_full_match(upper(written), '\d(\.\d+)?E\+\d+') then 'digits_lost' end as code
from folded cross join whole
"""

UNNAMED_NAMES = (
    "null", "(null)", "none", "n/a", "#n/a", "-", "--", "—", "——", "/", "无", "未知", "空"
)  # fmt: skip
"""What systems write for nobody, in the column of a name."""
UNNAMED_CODES = (*UNNAMED_NAMES, "0")
"""The same in the column of a code."""


def _party(query: str, words: tuple[str, ...]) -> str:
    """The reading `query`, where the words that systems write for nobody are an empty cell."""
    unnamed = ", ".join(f"'{word}'" for word in words)
    return f"select position, case when lower(trim(typed)) not in ({unnamed}) then typed end as typed, code from ({query})"  # noqa: S608


_WORDS = """
select position, w.code as typed, case when w.code is null then :failure end as code
from dictionary left join words w on w.word = {folded}
""".replace("{folded}", _FOLDED)

_OPEN_WORDS = """
select position, coalesce(w.code, trim(cell)) as typed, cast(null as varchar) as code
from dictionary left join words w on w.word = {folded}
""".replace("{folded}", _FOLDED)

_FLAG = """
select position, w.code = 'true' as typed, case when w.code is null then 'bad_flag' end as code
from dictionary left join words w on w.word = {folded}
""".replace("{folded}", _FOLDED)

_MARK = r"""
select position,
    case
        when regexp_matches(lower(trim(cell)), :return_words) then 'return'
        when regexp_matches(lower(trim(cell)), :gift_words) then 'gift'
        when lower(trim(cell)) in ('是', 'y', 'yes', 'true', '1', '√', '✓') then 'yes'
    end as typed,
    cast(null as varchar) as code
from dictionary
"""


class CellKind(Enum):
    """What kind of thing stands in a cell, hence how its text is read and what type it becomes."""

    TEXT = "text"
    CODE = "code"
    PARTY_CODE = "party_code"
    PARTY_NAME = "party_name"
    CENTS = "cents"
    UNIT_PRICE = "unit_price"
    QUANTITY = "quantity"
    WHOLE = "whole"
    PARTS = "parts"
    MOMENT = "moment"
    DAY = "day"
    PHONE = "phone"
    FLAG = "flag"
    STATUS = "status"
    MARK = "mark"
    KIND = "kind"
    ROLE = "role"
    SEX = "sex"
    OUTCOME = "outcome"
    STAGE = "stage"
    PROJECT_STAGE = "project_stage"
    BUYING_ROLE = "buying_role"
    SENIORITY = "seniority"
    SPACE = "space"
    INITIATOR = "initiator"
    RELATION = "relation"
    GOVERNMENT_SYSTEM = "government_system"
    GOVERNMENT_LEVEL = "government_level"
    PROJECT_TYPE = "project_type"

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type of what is read."""
        return _TYPES.get(self, pa.string())


_TYPES: Mapping[CellKind, pa.DataType] = {
    CellKind.CENTS: pa.int64(),
    CellKind.UNIT_PRICE: pa.decimal128(21, 11),
    CellKind.QUANTITY: pa.decimal128(17, 8),
    CellKind.WHOLE: pa.int64(),
    CellKind.PARTS: pa.int64(),
    CellKind.MOMENT: pa.timestamp("us"),
    CellKind.DAY: pa.date32(),
    CellKind.FLAG: pa.bool_(),
}

_QUERIES: Mapping[CellKind, str] = {
    CellKind.TEXT: _TEXT,
    CellKind.CODE: _CODE,
    CellKind.PARTY_CODE: _party(_CODE, UNNAMED_CODES),
    CellKind.PARTY_NAME: _party(_TEXT, UNNAMED_NAMES),
    CellKind.CENTS: money.CENTS,
    CellKind.UNIT_PRICE: money.UNIT_PRICE,
    CellKind.QUANTITY: money.QUANTITY,
    CellKind.WHOLE: money.WHOLE,
    CellKind.PARTS: money.PARTS,
    CellKind.MOMENT: dates.MOMENT,
    CellKind.DAY: dates.MOMENT,
    CellKind.PHONE: phones.PHONE,
    CellKind.FLAG: _FLAG,
    CellKind.STATUS: _WORDS,
    CellKind.MARK: _MARK,
    CellKind.KIND: _WORDS,
    CellKind.ROLE: _OPEN_WORDS,
    CellKind.SEX: _WORDS,
    CellKind.OUTCOME: _OPEN_WORDS,
    CellKind.STAGE: _OPEN_WORDS,
    CellKind.PROJECT_STAGE: _OPEN_WORDS,
    CellKind.BUYING_ROLE: _OPEN_WORDS,
    CellKind.SENIORITY: _OPEN_WORDS,
    CellKind.SPACE: _OPEN_WORDS,
    CellKind.INITIATOR: _OPEN_WORDS,
    CellKind.RELATION: _OPEN_WORDS,
    CellKind.GOVERNMENT_SYSTEM: _OPEN_WORDS,
    CellKind.GOVERNMENT_LEVEL: _OPEN_WORDS,
    CellKind.PROJECT_TYPE: _OPEN_WORDS,
}

_VOCABULARY: Mapping[CellKind, Mapping[str, str]] = {
    CellKind.FLAG: words.FLAG,
    CellKind.STATUS: words.STATUS,
    CellKind.KIND: words.KIND,
    CellKind.ROLE: words.ROLE,
    CellKind.SEX: words.SEX,
    CellKind.OUTCOME: words.OUTCOME,
    CellKind.STAGE: words.STAGE,
    CellKind.PROJECT_STAGE: words.PROJECT_STAGE,
    CellKind.BUYING_ROLE: words.BUYING_ROLE,
    CellKind.SENIORITY: words.SENIORITY,
    CellKind.SPACE: words.SPACE,
    CellKind.INITIATOR: words.INITIATOR,
    CellKind.RELATION: words.RELATION,
    CellKind.GOVERNMENT_SYSTEM: words.GOVERNMENT_SYSTEM,
    CellKind.GOVERNMENT_LEVEL: words.GOVERNMENT_LEVEL,
    CellKind.PROJECT_TYPE: words.PROJECT_TYPE,
}

_MONEY_KINDS = {CellKind.CENTS, CellKind.UNIT_PRICE, CellKind.QUANTITY, CellKind.WHOLE, CellKind.PARTS}
_WHOLE_DIGITS = 13
_DECIMALS = {CellKind.UNIT_PRICE: 11, CellKind.QUANTITY: 8}


@dataclass(frozen=True, slots=True)
class Notation:
    """What is known of how one column is written: its unit, its order of day and month, its serial dates, whether years may be short.

    Attributes:
        is_whole: whether the cells are all those of their column, so that what holds for every cell can be seen.
    """

    unit_scale: int = 1
    date_order: DateOrder | None = None
    date_epoch: int = 1900
    takes_short_years: bool = False
    is_whole: bool = True


def read_dictionary(
    engine: Engine, cells: pa.Array, kind: CellKind, notation: Notation
) -> tuple[pa.Array, pa.Array]:
    """What each distinct text of `cells` is, and the code of why it is not readable (null where it is)."""
    engine.give("dictionary", pa.table({"position": pa.array(range(len(cells)), pa.int64()), "cell": cells}))
    if vocabulary := _VOCABULARY.get(kind):
        engine.give("words", pa.table({"word": list(vocabulary), "code": list(vocabulary.values())}))
    read = engine.fetch(_query(kind, notation)).sort_by("position")
    typed = read["typed"].cast(kind.arrow).combine_chunks()
    return typed, read["code"].cast(pa.string()).combine_chunks()


@lru_cache(maxsize=256)
def _query(kind: CellKind, notation: Notation) -> exp.Expression:
    return sql(_QUERIES[kind], **_fillings(kind, notation))


def _fillings(kind: CellKind, notation: Notation) -> dict[str, Filling]:
    if kind in _MONEY_KINDS:
        decimals = _DECIMALS.get(kind, 16)
        return {
            "unit_scale": notation.unit_scale,
            "too_fine": rf"(\.\d{{{decimals}}})\d+$",
            "whole_digits": _WHOLE_DIGITS,
        }
    if kind in {CellKind.MOMENT, CellKind.DAY}:
        return {
            "date_order": notation.date_order,
            "takes_short_years": notation.takes_short_years,
            "epoch": dates.SERIAL_EPOCHS[notation.date_epoch],
            "takes_months": kind is CellKind.DAY,
        }
    if kind in {CellKind.CODE, CellKind.PARTY_CODE}:
        return {"is_whole": notation.is_whole}
    if kind is CellKind.MARK:
        return {"return_words": _whole(words.RETURN_WORDS), "gift_words": _whole(words.GIFT_WORDS)}
    if kind is CellKind.STATUS:
        return {"failure": "unknown_status"}
    return {"failure": "unknown_word"} if kind in {CellKind.KIND, CellKind.SEX} else {}


def _whole(alternatives: str) -> str:
    return rf"(^|[^a-z])({alternatives})([^a-z]|$)"
