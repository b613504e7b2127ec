"""How written numbers are read: currency signs, thousands, 万 and 亿, brackets, full-width digits; exact decimals only.

Each text is one query from `dictionary(position, cell)` to `(position, typed, code)`; `code` says why a cell is not read.
"""

from __future__ import annotations

NUMBERS = r"""
with folded as (
    select position, cell,
        regexp_replace(
            upper(translate(cell, '０１２３４５６７８９．，－＋（）￥￡＄％−　', '0123456789.,-+()¥£$%- ')),
            '^''|[¥$£€\s]|RMB|CNY|USD|GBP|EUR|人民币|元整|元|圆', '', 'g') as bare
    from dictionary
),
signed as (
    select position, cell,
        case
            when regexp_full_match(bare, '\([^()]*\)') then '-' || regexp_replace(bare, '[()]', '', 'g')
            when regexp_full_match(bare, '[^-+]+-') then '-' || regexp_replace(bare, '-$', '')
            else bare
        end as number_text
    from folded
),
scaled as (
    select position, cell,
        case
            when number_text like '%万亿' then 1000000000000
            when number_text like '%亿' then 100000000
            when number_text like '%万' then 10000
            when number_text like '%千' then 1000
            when regexp_matches(cell, '[元圆]') then 1
            else :unit_scale
        end as multiplier,
        regexp_replace(number_text, '(万亿|亿|万|千)$', '') as digits
    from signed
),
plain as (
    select position, cell, multiplier,
        case
            when regexp_full_match(digits, '[-+]?\d{1,3}(,\d{3})+(\.\d*)?') then replace(digits, ',', '')
            else digits
        end as digits
    from scaled
),
judged as (
    select position, multiplier,
        regexp_replace(digits, :too_fine, '\1') as digits,
        case
            when regexp_full_match(digits, '[-+]?\d(\.\d+)?E\+?\d+') then 'digits_lost'
            when not regexp_full_match(digits, '[-+]?(\d+\.?\d*|\.\d+)(E-\d{1,2})?') then 'not_a_number'
            when length(regexp_replace(digits, '^[-+]?0*|[.E].*$', '', 'g'))
                + length(cast(multiplier as varchar)) - 1 > :whole_digits then 'too_large'
        end as code
    from plain
),
numbers as (
    select position, multiplier, code,
        case when code is null then try_cast(digits as decimal(38, 17)) end as number
    from judged
)
"""
"""Common beginning: `numbers(position, multiplier, code, number)`.

The unit a cell names itself wins over its header's: 12000元 and 1.2万 are the same amount below 金额(万元) too.
"""


def _after(beginning: str, query: str) -> str:
    return beginning + query


CENTS = _after(
    NUMBERS,
    r"""
select position,
    cast(cast(round(number * multiplier * 100, 0) as decimal(38, 0)) as bigint) as typed,
    case
        when code is not null then code
        when abs(number * multiplier) >= 10000000000000 then 'too_large'
    end as code
from numbers
""",
)
"""Whole cents, rounded half up on the absolute amount."""

UNIT_PRICE = _after(
    NUMBERS,
    r"""
select position,
    case when abs(number * multiplier) < 10000000000
        then cast(number * multiplier as decimal(21, 11)) end as typed,
    case
        when code is not null then code
        when abs(number * multiplier) >= 10000000000 then 'too_large'
    end as code
from numbers
""",
)
"""A price of one piece with 11 decimals, so that price × quantity is exact in DECIMAL(38,19)."""

QUANTITY = _after(
    NUMBERS,
    r"""
select position,
    case when abs(number * multiplier) < 1000000000
        then cast(number * multiplier as decimal(17, 8)) end as typed,
    case
        when code is not null then code
        when abs(number * multiplier) >= 1000000000 then 'too_large'
    end as code
from numbers
""",
)
"""A quantity with 8 decimals."""

WHOLE = _after(
    NUMBERS.replace("元整|元|圆", "月结|账期|元|人|名|天|日|分钟|分|个|次|DAYS?"),
    r"""
select position,
    case when number = trunc(number, 0) and abs(number) < 1000000000000
        then cast(number * multiplier as bigint) end as typed,
    case
        when code is not null then code
        when abs(number) >= 1000000000000 then 'too_large'
        when number <> trunc(number, 0) then 'not_whole'
    end as code
from numbers
""",
)
"""A whole number, also with a counting word (人, 天, 分钟)."""

PARTS = _after(
    NUMBERS.replace("元整|元|圆", "分|天|次|元").replace(
        "regexp_replace(number_text, '(万亿|亿|万|千)$', '')",
        "regexp_replace(number_text, '%$|(万亿|亿|万|千)$', '')",
    ),
    r"""
select n.position,
    cast(cast(round(n.number * n.multiplier
        / case when d.cell like '%\%' escape '\' or d.cell like '%％' then 100 else 1 end * 10000, 0)
        as decimal(38, 0)) as bigint) as typed,
    case when n.code is not null then n.code when abs(n.number) >= 10000000000 then 'too_large' end as code
from numbers n join dictionary d on d.position = n.position
""",
)
"""A ratio or score in ten-thousandths; a percent sign divides by 100."""
