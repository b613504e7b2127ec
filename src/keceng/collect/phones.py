"""How telephone numbers are read: prefixes and separators go, a masked number stays masked, lost digits are never guessed."""

from __future__ import annotations

PHONE = r"""
with folded as (
    select position,
        regexp_replace(upper(translate(cell, '０１２３４５６７８９＋－（）＊　', '0123456789+-()* ')), '^''|[\s()]', '', 'g')
            as written
    from dictionary
),
bare as (
    select position, written,
        regexp_replace(regexp_replace(replace(written, '-', ''), '^(\+86|0086)', ''), '^86(1[3-9]\d{9})$', '\1') as digits
    from folded
)
select position,
    case
        when regexp_full_match(digits, '1[3-9]\d{9}|1\d{2}\*{4}\d{4}|400\d{7}|800\d{7}|95\d{3,6}') then digits
        when regexp_full_match(digits, '0\d{2,3}\d{7,8}((EXT|X|转|#)\d{1,6})?') then digits
        when regexp_full_match(digits, '\d{7,8}') then digits
        when regexp_full_match(digits, '(\+|00)[1-9]\d{6,14}') then regexp_replace(digits, '^00', '+')
        when regexp_full_match(digits, '[0-9*]{7,15}') and contains(digits, '*') then digits
    end as typed,
    case
        when regexp_full_match(digits, '\d(\.\d+)?E\+?\d+') then 'digits_lost'
        when typed is null then 'bad_phone'
    end as code
from bare
"""
"""A number in one form: mobile 11 digits, landline with area code, others with `+`."""
