"""What came after a cut: read once the rankings are made, and never by anything that a ranking rests on."""

from __future__ import annotations

import datetime as dt

import numpy as np

from keceng import measure
from keceng.lake import Engine, sql

CENTS = 100.0


def read_outcome(
    engine: Engine, standing: measure.Standing, cut: dt.date, horizon_days: int
) -> measure.Outcome:
    """What came of the standing's customers in `cut < day <= cut + horizon_days`."""
    engine.give("judged", standing.buyers.select(["customer_key", "place"]))
    came = engine.fetch(
        sql(
            """
            select place, coalesce(sum(d.net), 0) as net_cents,
              coalesce(sum(case when d.void_on <= cast(:ends as date) then 0 else d.orders end), 0) as orders
            from judged left join purchase_day as d
              on d.customer_key = judged.customer_key and d.day > cast(:cut as date) and d.day <= cast(:ends as date)
            group by place order by place
            """,
            cut=cut,
            ends=cut + dt.timedelta(days=horizon_days),
        )
    )
    engine.drop("judged")
    net = came["net_cents"].to_numpy().astype(np.float64) / CENTS
    return measure.Outcome(horizon_days, net, came["orders"].to_numpy().astype(np.float64) > 0)


def read_last_day(engine: Engine) -> dt.date | None:
    """The last day with any accepted line of a known customer; None in an empty ledger."""
    found = engine.fetch(sql("select max(day) as last_on from purchase_day"))["last_on"][0].as_py()
    return found if isinstance(found, dt.date) else None
