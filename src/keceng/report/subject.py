"""The run that is reported on: its files, its ruler, and an engine in which both are readable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from keceng.classify import RunSummary, names_on_demand, read_customers, read_run_standard, read_summary
from keceng.collect import BATCHES, CUSTOMERS, ORDER_LINES, PERSONS, PRODUCTS, REJECTS
from keceng.lake import Engine, Snapshot, Step, open_engine, sql
from keceng.measure import Frame, Measure, catalogue, measure_steps
from keceng.standard import Dimension, Standard, Use
from keceng.vocabulary import Text

READ_TABLES = (CUSTOMERS, PERSONS, ORDER_LINES, PRODUCTS, BATCHES, REJECTS)
"""Ledger tables a report may read; `persons` gives ids and names, nothing else of it is shown."""

STATE_MEASURE = "lifecycle_state"

# Members of a group carry the group's numbers, so sums of money take one row of each unit.
_SHOWN = sql(
    """
    with named as (
      select customer_key, min(source_id) as customer_id, min(name) as customer_name from persons group by customer_key
    )
    select assigned.*, named.customer_id, named.customer_name,
      row_number() over (
        partition by coalesce(units.unit_key, assigned.customer_key)
        order by case when units.unit_key = assigned.customer_key then 0 else 1 end, assigned.customer_key
      ) = 1 as carries_sales
    from assigned
    left join units on units.customer_key = assigned.customer_key
    left join named on named.customer_key = assigned.customer_key
    """
)


@dataclass(frozen=True, slots=True)
class Subject:
    """One run, opened for reading.

    Attributes:
        engine: reads `shown` (one row per customer: everything the run stored, `customer_id`, `customer_name`,
            `carries_sales`), `bought` once `measure_products` ran, and the ledger tables.
        summary: the run's own record.
        standard: the ruler as the run used it.
        snapshot: the ledger the run was made from.
        measures: every name a sentence may need: the catalogue and what the ruler publishes.
        on_demand: measures that the run computed only because they were asked for.
    """

    engine: Engine
    snapshot: Snapshot
    summary: RunSummary
    standard: Standard
    measures: Mapping[str, Measure]
    on_demand: tuple[str, ...] = ()

    @property
    def frame(self) -> Frame:
        """The moment and window of the run."""
        return Frame(self.summary.as_of, self.standard.window_days, self.standard.unit.value)

    @property
    def classed_dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions in which every customer has a class, the grade not among them."""
        return tuple(d for d in self.standard.dimensions if d.classes)

    @property
    def state_dimension(self) -> Dimension | None:
        """The dimension that strategies are refined by, else the lifecycle, else None."""
        if self.standard.strategy_by is not None:
            return self.standard.dimension(self.standard.strategy_by)
        used = (d for d in self.classed_dimensions if isinstance(d.method, Use))
        return next(
            (d for d in used if isinstance(d.method, Use) and d.method.measure == STATE_MEASURE), None
        )

    @property
    def judges_purchases(self) -> bool:
        """Whether the ruler reads what customers buy; one of procurement or projects does not, and says nothing of rhythm."""
        return any("purchase_day" in measure.inputs for measure in self.standard.inputs)

    def run_measure_step(self, name: str) -> None:
        """Make the table `name` of the measure plan readable, by the very step that measured it."""
        self.engine.run(step for step in measure_steps(self.frame) if step.name == name)


@contextmanager
def open_subject(run_directory: Path, snapshot: Snapshot) -> Iterator[Subject]:
    """The run whose files lie in `run_directory`, over the ledger of `snapshot`.

    Raises:
        KecengError: the stored ruler cannot be read.
    """
    standard = read_run_standard(run_directory)
    measures = {**catalogue(), **standard.scope}
    engine = open_engine(snapshot, READ_TABLES)
    try:
        assigned = read_customers(run_directory)
        subject = Subject(
            engine, snapshot, read_summary(run_directory), standard, measures, names_on_demand(assigned)
        )
        subject.run_measure_step("units")
        engine.give("assigned", assigned)
        engine.run([Step("shown", _SHOWN.copy(), Text("报告中的客户", "customers of the report"))])
        yield subject
    finally:
        engine.close()
