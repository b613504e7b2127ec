"""The rates of service costs as they stand on a day: what the company declared, and the defaults beside it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from keceng.collect import COST_RATES
from keceng.lake import Snapshot, open_engine, sql
from keceng.measure.frame import Frame
from keceng.measure.service_costs import DEFAULT_RATES, rate_step
from keceng.vocabulary import Text


@dataclass(frozen=True, slots=True)
class RateInForce:
    """What one activity costs on a day.

    Attributes:
        activity: as in the table `cost_rates`.
        title: as on a screen.
        rate: cents an order, a delivery, a return, an hour of visits, a ticket; for `holding`, ten-thousandths of the open
            receivables a year.
        since_on: from when it was declared; None for a default.
    """

    activity: str
    title: Text
    rate: int
    since_on: dt.date | None


def list_rates(snapshot: Snapshot, as_of: dt.date) -> tuple[RateInForce, ...]:
    """The rate of every activity on `as_of`, in the order of the activities."""
    engine = open_engine(snapshot, [COST_RATES])
    try:
        engine.run([rate_step(Frame(as_of))])
        found = {r["activity"]: r for r in engine.fetch(sql("select * from rates")).to_pylist()}
    finally:
        engine.close()
    return tuple(
        RateInForce(d.activity, d.title, found[d.activity]["rate"], found[d.activity]["since_on"])
        for d in DEFAULT_RATES
    )
