"""Does the valuation count right: what it foretold on an earlier day beside what came.

The method is chosen and fitted on what was known at a cut inside the known history, foretells the days from the cut to the
date, and is compared with them in groups of like prediction: purchase days where lifetime models can be used, else gross
sales. Nothing after the date is read.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
import pyarrow as pa

from keceng import measure
from keceng.collect import LEDGER
from keceng.lake import Engine, Snapshot, open_engine, sql
from keceng.measure import Frame
from keceng.vocabulary import KecengError, Text

LONGEST_CHECK = 365
"""Days foretold at most: the horizon of the published measures."""
PARTS_FORETOLD = (2, 3, 4)
"""The days foretold are the known history divided by one of these: a model that a half cannot teach may learn from more."""
GROUPS = 10
LEAST_IN_GROUP = 10
"""Customers of a group at least; with fewer customers there are fewer groups, below two groups none."""
NORMAL_95 = 1.96
CENTS = 100.0

Counted = Literal["purchase_days", "gross_sales"]


@dataclass(frozen=True, slots=True)
class CalibrationGroup:
    """Customers of like prediction, each number the mean of a customer.

    Attributes:
        heads: how many.
        predicted: as foretold, in purchase days or currency units.
        actual: as it came.
        low: lower end of the 95 % sampling interval of `actual`.
        high: its upper end.
    """

    heads: int
    predicted: float
    actual: float
    low: float
    high: float

    @property
    def is_hit(self) -> bool:
        """Whether the prediction lies within the interval."""
        return self.low <= self.predicted <= self.high


@dataclass(frozen=True, slots=True)
class ForecastCheck:
    """What `cut < day <= cut + horizon_days` brought, as foretold at the cut and as it came.

    Attributes:
        counted: purchase days, or gross sales in currency units where no lifetime model could be used.
        method: as in the measure `valuation_method`; None where nothing could be foretold.
        groups: from the least foretold to the most, about equally many customers; customers of equal prediction together.
            Empty where nothing could be foretold.
        predicted: of all customers together.
        actual: the same.
        reasons: why no lifetime model, or no forecast at all.
    """

    cut: dt.date
    horizon_days: int
    customers: int
    counted: Counted = "purchase_days"
    method: str | None = None
    groups: tuple[CalibrationGroup, ...] = ()
    predicted: float = 0.0
    actual: float = 0.0
    reasons: tuple[Text, ...] = ()


def check_forecast(snapshot: Snapshot, frame: Frame) -> ForecastCheck:
    """The check at the earliest of `PARTS_FORETOLD` at which lifetime models can be used, else of the method that halves it.

    Args:
        snapshot: the ledger.
        frame: its moment is the last day that is known, its unit the customer; its window is not read.
    """
    engine = open_engine(snapshot, LEDGER)
    try:
        known = _known_days(engine, frame)
        checks = []
        for part in PARTS_FORETOLD:
            checks.append(_check(engine, frame, min(LONGEST_CHECK, known // part)))
            if checks[-1].groups and checks[-1].counted == "purchase_days":
                return checks[-1]
        return next((check for check in checks if check.groups), checks[0])
    finally:
        engine.close()


@dataclass(frozen=True, slots=True)
class _Forecast:
    counted: Counted
    method: str
    numbers: measure.FloatArray
    reasons: tuple[Text, ...]


def _check(engine: Engine, frame: Frame, horizon_days: int) -> ForecastCheck:
    cut = frame.as_of - dt.timedelta(days=horizon_days)
    engine.run(measure.history_steps(replace(frame, as_of=cut)))
    histories = engine.fetch(_HISTORIES)
    unchecked = ForecastCheck(cut, horizon_days, histories.num_rows)
    if horizon_days < 1 or histories.num_rows < 2 * LEAST_IN_GROUP:
        return replace(unchecked, reasons=(_tell_few(histories.num_rows),))
    try:
        forecast = _foretell(histories, horizon_days)
    except KecengError as error:
        return replace(unchecked, reasons=tuple(problem.message for problem in error.problems))
    came = _count(engine, histories["customer_key"], cut, frame, forecast.counted)
    return replace(
        unchecked,
        counted=forecast.counted,
        method=forecast.method,
        groups=tuple(_group(forecast.numbers, came)),
        predicted=float(forecast.numbers.sum()),
        actual=float(came.sum()),
        reasons=forecast.reasons,
    )


# By facts alone: sums of floats must not depend on the order in which rows came in.
_HISTORIES = sql(
    """
    select customer_key, frequency, recency, age_days, repeat_gross from lifetimes
    where frequency = 0 or repeat_gross > 0
    order by frequency, recency, age_days, repeat_gross, customer_key
    """
)


def _known_days(engine: Engine, frame: Frame) -> int:
    engine.run(measure.history_steps(frame))
    return int(
        engine.fetch(sql("select coalesce(max(age_days), 0) as days from lifetimes"))["days"][0].as_py()
    )


def _foretell(histories: pa.Table, horizon_days: int) -> _Forecast:
    x, recency, age, gross = (
        histories[name].to_numpy().astype(np.float64)
        for name in ("frequency", "recency", "age_days", "repeat_gross")
    )
    amounts = np.where(x > 0, gross / CENTS / np.maximum(x, 1), 0.0)
    customers = measure.PurchaseHistories(x, recency, age, amounts)
    terms = measure.Terms(horizon_days, 0.0, 1.0)
    valued = measure.value_customers(customers, terms)
    method = valued.choice.method.value
    if valued.purchases is None:
        return _Forecast("gross_sales", method, valued.clv, valued.choice.reasons[:1])
    return _Forecast(
        "purchase_days", method, valued.purchases.foresee(customers, terms).expected_purchases, ()
    )


def _count(
    engine: Engine, keys: pa.ChunkedArray, cut: dt.date, frame: Frame, counted: Counted
) -> measure.FloatArray:
    places = pa.array(range(len(keys)), pa.int64())
    engine.give("judged", pa.table({"customer_key": keys, "place": places}))
    engine.run(measure.history_steps(frame))
    came = engine.fetch(
        sql(
            """
            select place, count(d.day) as purchase_days, cast(coalesce(sum(d.gross), 0) as double) as gross
            from judged
            left join days as d on d.customer_key = judged.customer_key and d.orders > 0 and d.day > :cut
            group by place order by place
            """,
            cut=cut,
        )
    )
    if counted == "gross_sales":
        return came["gross"].to_numpy() / CENTS  # type: ignore[no-any-return]
    return came["purchase_days"].to_numpy().astype(np.float64)  # type: ignore[no-any-return]


def _group(foretold: measure.FloatArray, came: measure.FloatArray) -> list[CalibrationGroup]:
    count = min(GROUPS, len(foretold) // LEAST_IN_GROUP)
    middle = (measure.rank_mid(foretold) - 0.5) / len(foretold)
    edges = np.minimum((middle * count).astype(int), count - 1)
    order = np.argsort(edges, kind="stable")
    starts = np.flatnonzero(np.diff(edges[order], prepend=-1))
    return [
        _describe(foretold[order[start:end]], came[order[start:end]])
        for start, end in pairwise([*starts, len(order)])
    ]


def _describe(foretold: measure.FloatArray, came: measure.FloatArray) -> CalibrationGroup:
    actual, heads = float(came.mean()), len(came)
    error = float(came.std(ddof=1)) / heads**0.5 if heads > 1 else 0.0
    # Nobody came: the interval of a count of 0 still reaches 3 in all (the rule of three).
    half = max(NORMAL_95 * error, 3 / heads if actual == 0 else 0.0)
    return CalibrationGroup(heads, float(foretold.mean()), actual, max(0.0, actual - half), actual + half)


def _tell_few(customers: int) -> Text:
    least = 2 * LEAST_IN_GROUP
    return Text(
        f"数据期的前一半里只有 {customers} 家买过的客户, 至少要 {least} 家",
        f"{customers} customers had bought in the first half of the history; at least {least} are needed",
    )
