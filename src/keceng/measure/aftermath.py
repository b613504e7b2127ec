"""What a span of days brought, unit by unit: sales, margin, another purchase, payment on time, satisfaction."""

from __future__ import annotations

import datetime as dt

from keceng.lake import Step, sql
from keceng.measure.cooperation import promptness_step
from keceng.measure.frame import Frame
from keceng.measure.loyalty import answer_step
from keceng.measure.selection import select_measure_steps
from keceng.vocabulary import Text


def aftermath_steps(frame: Frame) -> list[Step]:
    """The named steps from the ledger to `aftermath`: one row per unit, for the `frame.window_days` that end on `frame.as_of`.

    Columns, amounts in cents: `net` (all accepted lines, returns deducted), `costed_net` and `cost` (of the lines with a
    cost), `has_bought` (a valid purchase), `due` and `on_time` (receivables that fell due, and what of them was settled in
    time; NULL without any), `satisfaction` (ten-thousandths of a point from 0 to 100; NULL without an answer).
    """
    return [
        *select_measure_steps(frame, (), keep=("days", "settlements")),
        promptness_step(frame, since_days=frame.window_days),
        answer_step(frame, since_days=frame.window_days),
        Step(
            "aftermath",
            sql(
                """
                with bought as (
                  select customer_key, sum(net) as net, sum(costed_net) as costed_net, sum(cost) as cost,
                    bool_or(orders > 0) as has_bought
                  from days where day > :opens group by customer_key
                )
                select u.unit_key as customer_key, cast(coalesce(b.net, 0) as bigint) as net,
                  cast(coalesce(b.costed_net, 0) as bigint) as costed_net, cast(coalesce(b.cost, 0) as bigint) as cost,
                  coalesce(b.has_bought, false) as has_bought, p.due, p.on_time, a.satisfaction_part as satisfaction
                from (select distinct unit_key from units) as u
                left join bought as b on b.customer_key = u.unit_key
                left join promptness as p on p.customer_key = u.unit_key
                left join survey_answers as a on a.customer_key = u.unit_key
                """,
                opens=frame.as_of - dt.timedelta(days=frame.window_days),
            ),
            Text("期内的结果", "what the span brought"),
        ),
    ]
