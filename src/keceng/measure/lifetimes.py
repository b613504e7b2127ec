"""Purchase histories in the words of the valuation models: how often again, how late, how long watched, how much."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
from sqlglot import exp

from keceng.collect import LEDGER
from keceng.lake import Snapshot, Step, open_engine, sql
from keceng.measure.frame import Frame
from keceng.measure.purchases import day_steps, unit_steps
from keceng.vocabulary import Text


def lifetime_steps(frame: Frame) -> list[Step]:
    """`lifetimes`: one row per unit that ever bought; needs `units` and `days`.

    `frequency` purchase days after the first; `recency` days from the first to the last of them; `age_days` days from the first
    to `as_of`; `repeat_gross` gross sales, in cents, of the days after the first. Accounts that are no customers are left out.
    """
    return [Step("lifetimes", _lifetimes(frame), Text("购买历程", "purchase histories"))]


def history_steps(frame: Frame) -> list[Step]:
    """`units`, `days` and `lifetimes` of one moment, and nothing else of the plan."""
    return [*unit_steps(frame), *day_steps(frame), *lifetime_steps(frame)]


def gather_histories(snapshot: Snapshot, as_of: dt.date) -> pa.Table:
    """The purchase history of every customer of a lake who had bought by `as_of`, ordered by `customer_id`.

    Columns: `customer_id`, `frequency`, `recency` and `T` in days, `monetary_value` (mean gross sales of a repeat purchase
    day in currency units, null without one).
    """
    frame = Frame(as_of)
    engine = open_engine(snapshot, LEDGER)
    try:
        engine.run(history_steps(frame))
        return engine.fetch(_HISTORIES)
    finally:
        engine.close()


def _lifetimes(frame: Frame) -> exp.Expr:
    return sql(
        """
        with bought as (
          select customer_key, day, gross, min(day) over (partition by customer_key) as first_day
          from days where orders > 0
        )
        select b.customer_key, count(*) - 1 as frequency, max(b.day) - min(b.first_day) as recency,
          cast(:as_of as date) - min(b.first_day) as age_days,
          cast(coalesce(sum(b.gross) filter (where b.day > b.first_day), 0) as bigint) as repeat_gross
        from bought as b join customers as c using (customer_key)
        where not coalesce(c.is_bucket or c.is_related_party or c.is_supplier, false)
        group by b.customer_key
        """,
        as_of=frame.as_of,
    )


_HISTORIES = sql(
    """
    with named as (
      select customer_key, min(source_id) as customer_id from persons group by customer_key
    )
    select n.customer_id, l.frequency, l.recency, l.age_days as "T",
      case when l.frequency > 0 then l.repeat_gross / 100.0 / l.frequency end as monetary_value
    from lifetimes as l left join named as n using (customer_key) order by n.customer_id
    """
)
