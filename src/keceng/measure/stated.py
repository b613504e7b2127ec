"""What people stated of a customer beside the books: a limit, net assets, notes with a date. The latest one counts."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp

from keceng.lake import Step, empty_without, sql
from keceng.measure.frame import Frame
from keceng.vocabulary import Text

STATED: tuple[str, ...] = (
    "credit_limit", "net_assets", "credit_basics_score", "joint_work_score", "channel_discipline_score",
    "forecast_sharing_score", "stated_yearly_purchases",
)  # fmt: skip
"""Names in `declared_measures` that the models read: money in cents, scores in ten-thousandths of a point (0 to 100)."""
_STATED_OF = pa.schema([(name, pa.int64()) for name in ("customer_key", *STATED)])


def stated_steps(frame: Frame) -> list[Step]:
    """`stated`: one row per unit of which something was stated, a column for each of `STATED`; needs `units`.

    Of a group what was stated of its head counts: a limit of one subsidiary is not the limit of all.
    """
    query = exp.select("customer_key").from_("told").group_by("customer_key")
    for name in STATED:
        chosen = sql("arg_max(amount, stated_on) filter (where measure = :name)", name=name)
        query = query.select(exp.alias_(chosen, name, quoted=True), copy=False)
    told = sql(
        """
        select customer_key, measure, case when kind = 'score' then least(amount, 1000000) else amount end as amount,
          coalesce(stated_on, date '1900-01-01') as stated_on
        from declared_measures join units using (customer_key)
        where unit_key = customer_key and amount >= 0 and (stated_on is null or stated_on <= :as_of)
        """,
        as_of=frame.as_of,
    )
    return [
        Step(
            "stated",
            query.with_("told", as_=told),
            Text("申报与评定的数", "numbers stated by people"),
            kernel=empty_without("declared_measures", "customer_key", _STATED_OF),
        )
    ]
