"""Who was a customer on a day, what was known of them on it, and what came after."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from keceng import measure
from keceng.lake import Engine, sql
from keceng.measure import Frame

CENTS = 100.0


@dataclass(frozen=True, slots=True)
class Standing:
    """The customers with a valid purchase by a day, in an order by facts alone; nothing in it is later than the day.

    Attributes:
        on: the day.
        history_days: from the first valid purchase of anybody to the day.
        buyers: one row per customer (see `buyer_steps`).
    """

    on: dt.date
    history_days: int
    buyers: pa.Table

    def __len__(self) -> int:
        return int(self.buyers.num_rows)

    def numbers(self, column: str) -> measure.FloatArray:
        """A column of `buyers` as floats; unknown is NaN."""
        found: measure.FloatArray = self.buyers[column].to_numpy().astype(np.float64)
        return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the customers of a standing in the days after it, in their order.

    Attributes:
        horizon_days: the days after the standing's that count.
        net: revenue of all accepted lines, returns deducted, in currency units.
        bought: whether there was a valid purchase.
    """

    horizon_days: int
    net: measure.FloatArray
    bought: npt.NDArray[np.bool_]


def read_standing(engine: Engine, on: dt.date, season_days: int) -> Standing:
    """What was known on the day `on`; `season_days` is the length of the season's trait.

    Nobody may have bought by then: the standing is empty.
    """
    engine.run(measure.buyer_steps(Frame(on), season_days))
    first = engine.fetch(sql("select min(first_purchase_on) as first_on from purchases"))["first_on"][
        0
    ].as_py()
    buyers = engine.fetch(sql("select * from buyers order by place"))
    return Standing(on, (on - first).days if first else 0, buyers)


def read_outcome(engine: Engine, standing: Standing, horizon_days: int) -> Outcome:
    """What came of the standing's customers in `on < day <= on + horizon_days`."""
    engine.give("judged", standing.buyers.select(["customer_key", "place"]))
    came = engine.fetch(
        sql(
            """
            select place, coalesce(sum(d.net), 0) as net_cents,
              coalesce(sum(case when d.void_on <= cast(:ends as date) then 0 else d.orders end), 0) as orders
            from judged left join purchase_day as d
              on d.customer_key = judged.customer_key and d.day > cast(:on as date) and d.day <= cast(:ends as date)
            group by place order by place
            """,
            on=standing.on,
            ends=standing.on + dt.timedelta(days=horizon_days),
        )
    )
    engine.drop("judged")
    net = came["net_cents"].to_numpy().astype(np.float64) / CENTS
    return Outcome(horizon_days, net, came["orders"].to_numpy().astype(np.float64) > 0)


def read_last_day(engine: Engine) -> dt.date | None:
    """The last day with any accepted line of a known customer; None in an empty ledger."""
    found = engine.fetch(sql("select max(day) as last_on from purchase_day"))["last_on"][0].as_py()
    return found if isinstance(found, dt.date) else None
