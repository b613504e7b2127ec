"""Customers as they stood on a day, and what came of them: what is learnt from, and what is foretold of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from keceng.measure.foresight import SEASON, FloatArray, season_column

YEAR = 365
SETTLED_DAYS = 90
"""Of history that a day needs to be foretold from by a model learnt on another day."""
CENTS = 100.0


@dataclass(frozen=True, slots=True)
class Standing:
    """The customers with a valid purchase by a day, in an order by facts alone; nothing in it is later than the day.

    Attributes:
        history_days: from the first valid purchase of anybody to the day.
        buyers: one row per customer (see `buyer_steps`), `place` counted from 0, the season's trait as `season_purchase_days`.
    """

    history_days: int
    buyers: pa.Table

    def __len__(self) -> int:
        return int(self.buyers.num_rows)

    def numbers(self, column: str) -> FloatArray:
        """A column of `buyers` as floats; unknown is NaN."""
        found: FloatArray = self.buyers[column].to_numpy().astype(np.float64)
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
    net: FloatArray
    bought: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class KnownFuture:
    """A day whose future is already known at the day of the forecast."""

    standing: Standing
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Hindsight:
    """What the day of the forecast can look back on.

    Attributes:
        inner: halves the history: where models are learnt, chosen and brought to scale.
        last_year: the day a year before, with its horizon: shows the season. None where the history is too short for it, or
            the horizon longer than a year.
    """

    inner: KnownFuture
    last_year: KnownFuture | None = None


def read_looks(looks: pa.Table, horizon_days: int) -> tuple[Standing, Hindsight | None]:
    """The customers of the day, and the earlier days whose future is known at it, for one horizon.

    Args:
        looks: the rows of `looks_query`.
        horizon_days: one of the horizons that the looks were made for.

    Returns:
        A standing that may be empty, and no hindsight where the history is too short for an inner cut.
    """
    now = _read_standing(looks, "now", horizon_days)
    span = min(horizon_days, now.history_days // 2)
    if span < 1:
        return now, None
    last_year = None
    if now.history_days >= YEAR + SETTLED_DAYS and horizon_days <= YEAR:
        last_year = _read_future(looks, "year", horizon_days, outcome_days=horizon_days)
    return now, Hindsight(_read_future(looks, "inner", horizon_days, outcome_days=span), last_year)


def _read_standing(looks: pa.Table, look: str, horizon_days: int) -> Standing:
    rows = looks.filter(pc.equal(looks["look"], look))
    season = rows[season_column(horizon_days)]
    history = rows["history_days"][0].as_py() if rows.num_rows else 0
    places = pa.array(np.arange(rows.num_rows))
    return Standing(
        history, rows.drop_columns(["place"]).append_column("place", places).append_column(SEASON, season)
    )


def _read_future(looks: pa.Table, look: str, horizon_days: int, *, outcome_days: int) -> KnownFuture:
    standing = _read_standing(looks, look, horizon_days)
    outcome = Outcome(
        outcome_days,
        standing.numbers(f"net_cents_{horizon_days}") / CENTS,
        standing.numbers(f"orders_{horizon_days}") > 0,
    )
    return KnownFuture(standing, outcome)
