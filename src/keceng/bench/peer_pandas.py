"""The retail classification in pandas; see `keceng.bench.peers`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from keceng.bench.book import AS_OF, Orders
from keceng.bench.peers import (
    CUTS,
    LEAST_GAP,
    LOST_AFTER_MORE,
    LOST_AFTER_ONE,
    LOST_SILENCE,
    MOST_GAP,
    NEW_DAYS,
    REASONS,
    STATES,
    WINDOW_DAYS,
)


def write_classes(made: Orders, out: Path) -> None:
    """Classify the customers of `made` and write them to `out`."""
    known = _measured(_days(made))
    known["state"] = _states(known)
    known["value"] = _values(known["spend"])
    deep = (known["days"] >= 3) | ((known["days"] == 2) & (10 * known["largest"] <= 6 * known["gross"]))
    stays, high = known["state"] != "lost", known["value"] == "high"
    known["grade"] = np.select(
        [high & stays & deep, (high | (known["value"] == "mid")) & stays], ["A", "B"], "C"
    )
    branches = [
        (known["grade"] == grade) & (known["value"] == value) & (known["state"] == state)
        for grade, value, state in REASONS
    ]
    known["reason_code"] = np.select(branches, ["|".join(branch) for branch in REASONS], "")
    known.reset_index().to_parquet(out, compression="zstd", index=False)


def _days(made: Orders) -> pd.DataFrame:
    orders = pq.read_table(made.coded).to_pandas(date_as_object=False)
    orders["age"] = (pd.Timestamp(AS_OF) - orders.pop("day")).dt.days.astype("int32")
    orders["gross"] = orders["amount"].clip(lower=0)
    days = orders.groupby(["customer", "age"], sort=True).sum().reset_index()
    recent = days["age"] < WINDOW_DAYS
    days["recent"] = days["amount"].where(recent, 0)
    days["recent_gross"] = days["gross"].where(recent, 0)
    return days


def _measured(days: pd.DataFrame) -> pd.DataFrame:
    known = days.groupby("customer").agg(
        spend=("recent", "sum"), gross=("recent_gross", "sum"), largest=("recent_gross", "max")
    )
    # A day of returns alone is no purchase. Days lie newest first, so a gap is the next row's age less this one's.
    bought = days.loc[days["gross"] > 0, ["customer", "age"]]
    bought["recent"] = bought["age"] < WINDOW_DAYS
    same = bought["customer"].eq(bought["customer"].shift(-1))
    bought["gap"] = (bought["age"].shift(-1) - bought["age"]).where(same)
    counted = bought.groupby("customer").agg(
        silence=("age", "min"),
        tenure=("age", "max"),
        lifetime_days=("age", "size"),
        days=("recent", "sum"),
        gaps=("gap", "count"),
        latest=("gap", "first"),
    )
    known = known.join(counted, how="inner")
    ordered = bought[["customer", "gap"]].dropna().sort_values(["customer", "gap"])
    place = ordered.groupby("customer").cumcount().to_numpy()
    size = known["gaps"].reindex(ordered["customer"]).to_numpy()
    known["gap"] = ordered[place == (size - 1) // 2].set_index("customer")["gap"]
    return known


def _states(known: pd.DataFrame) -> pd.Series:
    personal = np.sort(known["gap"].dropna().to_numpy())
    norm, upper = (personal[int(np.ceil(share * len(personal))) - 1] for share in (0.5, 0.75))
    gap, gaps, silence = known["gap"], known["gaps"], known["silence"]
    blended = [20 * gap, 4 * (2 * gap + 3 * norm), 5 * (gap + 3 * norm)]
    expected = np.select([gaps >= 3, gaps == 2, gaps == 1], blended, 20 * upper).clip(LEAST_GAP, MOST_GAP)
    patience = np.where(known["lifetime_days"] == 1, LOST_AFTER_ONE, LOST_AFTER_MORE)
    conditions = [
        (known["tenure"] < NEW_DAYS) & (20 * silence <= 3 * expected),
        (silence > LOST_SILENCE) | ((20 * silence > 6 * expected) & (silence > patience)),
        (20 * known["latest"] > 3 * expected) & (20 * silence <= expected),
        20 * silence <= 2 * expected,
        20 * silence <= 3 * expected,
    ]
    return np.select(conditions, STATES[:5], STATES[5])


def _values(spend: pd.Series) -> pd.Series:
    ranked = spend[spend > 0].sort_values(ascending=False)
    ties = ranked.groupby(ranked, sort=False).agg(["size", "sum"])
    before, upto, total = ties["sum"].cumsum() - ties["sum"], ties["size"].cumsum(), ties["sum"].sum()
    reached = [(10_000 * before < to * total) & (upto <= int(cap * len(spend))) for to, cap, _ in CUTS]
    classes = np.select(reached, [name for _, _, name in CUTS], "low")
    return spend.map(dict(zip(ties.index, classes, strict=True))).fillna("low")
