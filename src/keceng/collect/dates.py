"""How written dates and times are read: ISO, Chinese, compact, serial, SAS, 12-hour; day/month only in a declared order.

One query from `dictionary(position, cell)` to `(position, typed, code)`. The clock is as written: no zone is applied.
"""

from __future__ import annotations

MOMENT = r"""
with folded as (
    select position,
        regexp_replace(
            upper(translate(trim(cell), '０１２３４５６７８９：－／．，　', '0123456789:-/., ')), '^''', '') as cell
    from dictionary
),
worded as (
    select position,
        regexp_replace(regexp_replace(regexp_replace(regexp_replace(
            regexp_replace(cell, '\(?(星期|周|礼拜)[一二三四五六日天]\)?', ' ', 'g'),
            '\s*[年月]\s*', '-', 'g'), '[日号]', ' ', 'g'), '\s*(时|点|分)\s*', ':', 'g'), '秒', '', 'g') as cell
    from folded
),
clocked as (
    select position,
        trim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
            cell, '上午|凌晨|早上', ' AM', 'g'), '下午', ' PM', 'g'), ':\s*$', ''), '\s+', ' ', 'g')) as cell
    from worded
),
parted as (
    select position, cell,
        regexp_extract(cell, '^(\d{4}) ?[-/.] ?(\d{1,2}) ?[-/.] ?(\d{1,2})(?:[T ]+(.*))?$',
            ['y', 'm', 'd', 'clock']) as ymd,
        regexp_extract(cell, '^((?:19|20|21)\d{2})(\d{2})(\d{2})[T ]?(.*)$', ['y', 'm', 'd', 'clock']) as compact,
        regexp_extract(cell, '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{1,2})(?:[T, ]+(.*))?$',
            ['a', 'b', 'y', 'clock']) as short,
        regexp_extract(cell, '^(\d{1,2})[- ]?([A-Z]{3})[A-Z]*[-., ]*(\d{4}|\d{2})(?:[T: ]+(.*))?$',
            ['d', 'm', 'y', 'clock']) as named,
        regexp_extract(cell, '^([A-Z]{3})[A-Z]*[. ]+(\d{1,2})(?:ST|ND|RD|TH)?,? (\d{4})(?:[T, ]+(.*))?$',
            ['m', 'd', 'y', 'clock']) as american,
        case when :takes_months then regexp_extract(cell, '^(\d{4}) ?[-/.] ?(\d{1,2})-?$', ['y', 'm']) end as month,
        regexp_full_match(cell, '[2-7]\d{4}(\.\d+)?') as is_serial
    from clocked
),
ordered as (
    select *,
        try_cast(short.a as integer) as first_part,
        try_cast(short.b as integer) as second_part,
        case
            when ymd.y <> '' then 'ymd'
            when compact.y <> '' then 'compact'
            when named.y <> '' then 'named'
            when american.y <> '' then 'american'
            when month.y <> '' then 'month'
            when short.y = '' then null
            when length(short.y) = 1 or (length(short.y) = 2 and not :takes_short_years) then 'open'
            when :date_order = 'dmy' then 'dmy'
            when :date_order = 'mdy' then 'mdy'
            when try_cast(short.a as integer) = try_cast(short.b as integer) then 'dmy'
            when try_cast(short.a as integer) > 12 then 'dmy'
            when try_cast(short.b as integer) > 12 then 'mdy'
            else 'open'
        end as form
    from parted
),
picked as (
    select position, cell, is_serial, form,
        case form when 'ymd' then ymd.y when 'compact' then compact.y when 'named' then named.y
            when 'american' then american.y when 'month' then month.y else short.y end as y,
        case form when 'ymd' then ymd.m when 'compact' then compact.m when 'dmy' then short.b when 'mdy' then short.a
            when 'named' then named.m when 'american' then american.m when 'month' then month.m end as m,
        case form when 'ymd' then ymd.d when 'compact' then compact.d when 'named' then named.d
            when 'american' then american.d when 'dmy' then short.a when 'mdy' then short.b
            when 'month' then '01' end as d,
        case form when 'ymd' then ymd.clock when 'compact' then compact.clock when 'named' then named.clock
            when 'american' then american.clock when 'month' then '' else short.clock end as clock
    from ordered
),
timed as (
    select position, cell, is_serial, form, clock, d,
        case when length(y) = 2 then case when y < '70' then '20' else '19' end || y else y end as y,
        case when regexp_full_match(m, '[A-Z]{3}')
            then case when position(m in 'JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC') % 3 = 1
                then cast((position(m in 'JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC') + 2) // 3 as varchar) end
            else m end as m,
        regexp_extract(
            regexp_replace(coalesce(clock, ''), '^(\d{2})(\d{2})(\d{2})?$', '\1:\2:\3'),
            '^(AM|PM)? ?(\d{1,2}):(\d{1,2})(?::(\d{1,2})?(?:[.,]\d+)?)? ?(AM|PM)? ?(?:Z|UTC|[-+]\d{2}:?\d{2})?$',
            ['before', 'h', 'i', 's', 'behind']) as t
    from picked
),
clocks as (
    select position, cell, is_serial, form, y, m, d,
        case
            when coalesce(clock, '') = '' then 0
            when t.h = '' then null
            when 'PM' in (t.before, t.behind) and try_cast(t.h as integer) < 12 then try_cast(t.h as integer) + 12
            when 'AM' in (t.before, t.behind) and try_cast(t.h as integer) > 12 then null
            when 'AM' in (t.before, t.behind) and try_cast(t.h as integer) = 12 then 0
            else try_cast(t.h as integer)
        end as h,
        case when coalesce(t.i, '') = '' then '0' else t.i end as i,
        case when coalesce(t.s, '') = '' then '0' else t.s end as s
    from timed
),
moments as (
    select position, form,
        case
            when is_serial and form is null
            then cast(:epoch as timestamp) + to_seconds(cast(round(try_cast(cell as decimal(24, 12)) * 86400, 0) as bigint))
            when y >= '1900' and y <= '2199' and h is not null
            then try_cast(y || '-' || lpad(m, 2, '0') || '-' || lpad(d, 2, '0') || ' '
                || lpad(cast(h as varchar), 2, '0') || ':' || lpad(i, 2, '0') || ':' || lpad(s, 2, '0') as timestamp)
        end as typed
    from clocks
)
select position, case when form = 'open' then null else typed end as typed,
    case when form = 'open' then 'ambiguous_date' when typed is null then 'bad_date' end as code
from moments
"""
"""A timestamp as written.

Fillings: `date_order` ('dmy', 'mdy' or null), `takes_short_years` (24-01-02 is read, in that order, because somebody
declared it; else it may as well begin with its year), `epoch` (day 0 of serial numbers), `takes_months` (a month alone is its
first day: for plans and milestones, never for purchases).
"""

SERIAL_EPOCHS = {1900: "1899-12-30 00:00:00", 1904: "1904-01-01 00:00:00"}
"""Day 0 of a workbook's serial dates, by its date system (from 1 March 1900 on, where both agree with the calendar)."""
