"""A standard laid on past days, each with what was known on it alone, its standing grades handed on from review to review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from keceng import measure
from keceng.classify import ALWAYS, EMPTY_STANDINGS, settle_steps, standings_query
from keceng.lake import Engine, Step, sql
from keceng.measure import Frame, select_measure_steps
from keceng.standard import Standard

Places = npt.NDArray[np.int8]
UNGRADED = -1
_SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Roster:
    """Every customer known at any time, in an order by source id: where a unit stands in arrays of all days.

    Attributes:
        rows: `customer_key` and `place`, from 0 without gaps.
    """

    rows: pa.Table

    def __len__(self) -> int:
        return int(self.rows.num_rows)


@dataclass(frozen=True, slots=True)
class GradedDay:
    """The units graded on a day. Classes are numbered as the standard lists them, from 0.

    Attributes:
        on: the day.
        units: `customer_key` and `place` of each, ascending by place.
        by_rules: the class by the rules alone.
        by_system: the class after what keeps grades from flickering.
        spend: net sales of the standard's window, in currency units.
        rfm_score: from 1 to 5, as a baseline; 0 where unknown or not asked for.
    """

    on: dt.date
    units: pa.Table
    by_rules: Places
    by_system: Places
    spend: measure.FloatArray
    rfm_score: measure.FloatArray

    @property
    def places(self) -> npt.NDArray[np.int64]:
        """The units' places in the roster."""
        places: npt.NDArray[np.int64] = self.units["place"].to_numpy().astype(np.int64)
        return places


def read_roster(engine: Engine) -> Roster:
    """All customers of the ledger opened in `engine`, and the heads of groups that are no customers themselves."""
    rows = engine.fetch(
        sql(
            """
            with known as (
              select customer_key from customers union select parent_key from customers where parent_key is not null
            )
            select k.customer_key, row_number() over (order by min(p.source_id) nulls last, k.customer_key) - 1 as place
            from known as k left join persons as p using (customer_key)
            group by k.customer_key
            """
        )
    )
    return Roster(rows)


def grading_steps(standard: Standard, as_of: dt.date, also: Collection[str] = ()) -> list[Step]:
    """The plan that grades and computes nothing else: the measures that the standard needs, and those of `also`."""
    frame = Frame(as_of, standard.window_days, standard.unit.value)
    wanted = dict.fromkeys((*standard.measures, *ALWAYS, *also))
    return [*select_measure_steps(frame, tuple(wanted)), *settle_steps(standard, as_of)]


def replay_standard(
    engine: Engine,
    standard: Standard,
    roster: Roster,
    *,
    reviews: Sequence[dt.date],
    cuts: Collection[dt.date] = (),
) -> Iterator[GradedDay]:
    """The grades at every review and cut, in order of time; only reviews hand their grades on.

    People's decisions play no part: the standard is judged, not what was decided beside it. Between two days the engine is
    free for the caller.

    Args:
        engine: with the ledger opened.
        standard: the ruler.
        roster: of the same ledger.
        reviews: the days on which grades are settled.
        cuts: further days to grade at, as the review before them left things; RFM is measured on these alone.
    """
    standings = EMPTY_STANDINGS
    for on in sorted({*reviews, *cuts}):
        steps = grading_steps(standard, on, ("rfm_score",) if on in cuts else ())
        engine.give("standings", standings)
        engine.run(steps)
        day = _read_day(engine, standard, roster, on, is_cut=on in cuts)
        if on in reviews:
            standings = engine.fetch(standings_query(_SETTLED))
        for name in dict.fromkeys(step.name for step in steps):
            engine.drop(name)
        engine.drop("standings")
        yield day


def _read_day(engine: Engine, standard: Standard, roster: Roster, on: dt.date, *, is_cut: bool) -> GradedDay:
    engine.give("roster", roster.rows)
    graded = engine.fetch(
        sql(
            """
            select c.customer_key, r.place, c.grade_by_rules, c.grade_by_system, c.spend, :points as rfm_score
            from :settled as c join roster as r using (customer_key) join measured as m using (customer_key)
            where c.grade_by_rules is not null or c.grade_by_system is not null
            order by r.place
            """,
            points=sql("coalesce(m.rfm_score, 0)") if is_cut else 0,
            settled=exp.to_table(_SETTLED),
        )
    )
    engine.drop("roster")
    order = pa.array(standard.grade.class_ids)
    by_rules, by_system = (
        pc.index_in(graded[name], value_set=order).fill_null(UNGRADED).to_numpy().astype(np.int8)
        for name in ("grade_by_rules", "grade_by_system")
    )
    return GradedDay(
        on,
        graded.select(["customer_key", "place"]),
        by_rules,
        by_system,
        graded["spend"].fill_null(0).to_numpy().astype(np.float64) / 100,
        graded["rfm_score"].to_numpy().astype(np.float64) / 10_000,
    )
