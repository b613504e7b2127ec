"""A series of runs: the flow of customers from class to class, and what became of those who first bought in a month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlglot import exp

from keceng.classify import GONE, NEW, UNCLASSIFIED
from keceng.evaluate.migration import (
    PLACED_COLUMNS,
    MoveCell,
    moves_steps,
    placed_query,
    read_cells,
)
from keceng.evaluate.shifts import round_figure
from keceng.evaluate.stored_runs import StoredRun, read_run
from keceng.lake import Snapshot, Step, column, literal, open_engine, sql
from keceng.vocabulary import KecengError, Text


@dataclass(frozen=True, slots=True)
class FlowNode:
    """A class or state at one run; `place` is the run's place in the series, from 0."""

    place: int
    run_id: str
    state: str
    heads: int


@dataclass(frozen=True, slots=True)
class FlowLink:
    """Customers who went from one node to one of the next run, by their places in the list of nodes."""

    source: int
    target: int
    cell: MoveCell


@dataclass(frozen=True, slots=True)
class ClassFlow:
    """What a Sankey diagram needs.

    The newcomers of a run stand in a node `(new)` of the run before, those who left in a node `(gone)` of the run after.
    """

    runs: tuple[StoredRun, ...]
    nodes: tuple[FlowNode, ...]
    links: tuple[FlowLink, ...]

    def to_document(self) -> dict[str, object]:
        """Plain JSON values, amounts in currency units."""
        return {
            "runs": [{"run_id": r.run_id, "as_of": r.as_of.isoformat()} for r in self.runs],
            "nodes": [{"run": n.place, "state": n.state, "customers": n.heads} for n in self.nodes],
            "links": [
                {
                    "source": link.source,
                    "target": link.target,
                    "customers": link.cell.heads,
                    "sales_before": link.cell.before_cents / 100,
                    "sales_after": link.cell.after_cents / 100,
                }
                for link in self.links
            ],
        }


def trace_flow(snapshot: Snapshot, run_ids: Sequence[str]) -> ClassFlow:
    """The flow of customers over the runs in the order given.

    Raises:
        KecengError: fewer than two runs, or one that does not exist.
    """
    runs = _read_series(snapshot, run_ids)
    steps = [_read_pair(before, after) for before, after in pairwise(runs)]
    heads: dict[tuple[int, str], int] = {}
    for place, cells in enumerate(steps):
        for (a, b), cell in cells.items():
            # Every node but those of the last run is counted by what leaves it.
            heads[place, a] = heads.get((place, a), 0) + cell.heads
            if place == len(steps) - 1 or b == GONE:
                heads[place + 1, b] = heads.get((place + 1, b), 0) + cell.heads
    order = [(place, state) for place, run in enumerate(runs) for state in _states(run)]
    nodes = [node for node in order if node in heads]
    places = {node: index for index, node in enumerate(nodes)}
    return ClassFlow(
        runs=runs,
        nodes=tuple(
            FlowNode(place, runs[place].run_id, state, heads[place, state]) for place, state in nodes
        ),
        links=tuple(
            FlowLink(places[place, a], places[place + 1, b], cells[a, b])
            for place, cells in enumerate(steps)
            for a, b in sorted(cells, key=lambda pair: (places[place, pair[0]], places[place + 1, pair[1]]))
        ),
    )


@dataclass(frozen=True, slots=True)
class Cohort:
    """The customers who first bought in one month.

    Attributes:
        month: `2011-03`; None for those who never had a valid purchase.
        heads: by place of the run in the series, then by class or state.
    """

    month: str | None
    heads: tuple[Mapping[str, int], ...]

    def shares(self, place: int) -> Mapping[str, float]:
        """The share of each class or state at one run; empty where nobody of the cohort was known."""
        found = self.heads[place]
        everybody = sum(found.values())
        return {state: n / everybody for state, n in found.items()} if everybody else {}


@dataclass(frozen=True, slots=True)
class CohortSeries:
    """Every cohort over a series of runs, the oldest first."""

    runs: tuple[StoredRun, ...]
    cohorts: tuple[Cohort, ...]

    def to_document(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "runs": [{"run_id": r.run_id, "as_of": r.as_of.isoformat()} for r in self.runs],
            "cohorts": [
                {
                    "month": cohort.month,
                    "customers": [dict(heads) for heads in cohort.heads],
                    "shares": [
                        {state: round_figure(share) for state, share in cohort.shares(place).items()}
                        for place in range(len(self.runs))
                    ],
                }
                for cohort in self.cohorts
            ],
        }


def follow_cohorts(snapshot: Snapshot, run_ids: Sequence[str]) -> CohortSeries:
    """The classes of every cohort at each of the runs; a customer's month is the earliest that any of the runs knows.

    Raises:
        KecengError: fewer than two runs, or one that does not exist.
    """
    runs = _read_series(snapshot, run_ids)
    rows = _count_cohorts(runs)
    months = sorted({row["month"] for row in rows}, key=lambda month: (month is None, month or ""))
    heads: dict[str | None, list[dict[str, int]]] = {month: [{} for _ in runs] for month in months}
    for row in rows:
        heads[row["month"]][row["place"]][row["state"]] = row["heads"]
    order = {state: at for at, state in enumerate(dict.fromkeys(s for run in runs for s in _states(run)))}
    return CohortSeries(
        runs,
        tuple(
            Cohort(
                month, tuple(dict(sorted(found.items(), key=lambda i: order[i[0]])) for found in heads[month])
            )
            for month in months
        ),
    )


_COHORTS = """
with entered as (
  select customer_key, strftime(min(first_on), '%Y-%m') as month from known_by_run group by customer_key
)
select e.month, k.place, k.state, count(*) as heads
from known_by_run as k join entered as e using (customer_key) group by e.month, k.place, k.state
"""


def _count_cohorts(runs: Sequence[StoredRun]) -> list[dict[str, Any]]:
    engine = open_engine()
    try:
        for place, run in enumerate(runs):
            engine.give("given", run.read((*PLACED_COLUMNS, "first_purchase_on")))
            engine.run([_known_step(run, place)])
            engine.drop("given")
        known = exp.union(
            *(exp.select("*").from_(exp.to_table(f"known_{n}")) for n in range(len(runs))), distinct=False
        )
        engine.run([Step("known_by_run", known, Text("各次运行的等级", "grades by run"))])
        rows: list[dict[str, Any]] = engine.fetch(sql(_COHORTS)).to_pylist()
        return rows
    finally:
        engine.close()


def _known_step(run: StoredRun, place: int) -> Step:
    first_on = exp.cast(column("first_purchase_on"), "date")
    query = placed_query(run, "given")
    query = query.select(exp.alias_(literal(place), "place"), exp.alias_(first_on, "first_on"))
    return Step(f"known_{place}", query, Text("本次运行的等级", "grades of this run"))


def _states(run: StoredRun) -> tuple[str, ...]:
    return (*run.standard.grade.class_ids, UNCLASSIFIED, NEW, GONE)


def _read_pair(before: StoredRun, after: StoredRun) -> dict[tuple[str, str], MoveCell]:
    engine = open_engine()
    try:
        engine.give("given_before", before.read(PLACED_COLUMNS))
        engine.give("given_after", after.read(PLACED_COLUMNS))
        engine.run(moves_steps(before, after))
        return read_cells(engine)
    finally:
        engine.close()


def _read_series(snapshot: Snapshot, run_ids: Sequence[str]) -> tuple[StoredRun, ...]:
    if len(run_ids) < 2:
        raise KecengError.of(
            "too_few_runs",
            "至少要两次运行才能看变动",
            "it takes at least two runs to see moves",
            remedy=Text("再运行一次 keceng classify", "run keceng classify again"),
        )
    return tuple(read_run(snapshot, run_id) for run_id in run_ids)
