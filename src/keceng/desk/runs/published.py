"""What the desk reads of a run in the lake: its standard, its moves, a few customers' grades and reasons."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from keceng.classify import MOVES, RunSummary, read_customers, read_run_standard, read_summary
from keceng.collect import PERSONS
from keceng.lake import Snapshot, open_engine, sql
from keceng.standard import Standard
from keceng.vocabulary import KecengError

_GRADED = ("customer_key", "grade", "grade_by_system", "reason_zh", "reason_en")


@dataclass(frozen=True, slots=True)
class Graded:
    """One customer in a run: what counts, what the system says without people's decisions, and why."""

    grade: str | None
    by_system: str | None
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """A run of the lake as the desk looks at it."""

    snapshot: Snapshot
    run_id: str
    summary: RunSummary
    standard: Standard

    @property
    def _directory(self) -> Path:
        return self.snapshot.run_directory(self.run_id)

    def grades_of(self, keys: Collection[int]) -> Mapping[int, Graded]:
        """The grades of these customers, as far as the run knows them."""
        if not keys:
            return {}
        wanted = pc.field("customer_key").isin(pa.array(sorted(keys), pa.int64()))
        rows = read_customers(self._directory, _GRADED, wanted).to_pylist()
        return {
            row["customer_key"]: Graded(
                row["grade"], row["grade_by_system"], row["reason_zh"] or "", row["reason_en"] or ""
            )
            for row in rows
        }

    def keys_in_class(self, class_id: str) -> frozenset[int]:
        """The customers whom the system, without people's decisions, puts in a class."""
        rows = read_customers(self._directory, ["customer_key"], pc.field("grade_by_system") == class_id)
        return frozenset(rows["customer_key"].to_pylist())

    def decision_ids(self) -> frozenset[str]:
        """The decisions on which grades of this run rest."""
        rows = read_customers(self._directory, ["decision_id"], pc.field("decision_id").is_valid())
        return frozenset(rows["decision_id"].to_pylist())

    def list_moves(self) -> list[tuple[int, str, str]]:
        """(customer, from, to) of those who moved between two classes of the standard, in the order of keys."""
        engine = open_engine(self.snapshot, [MOVES])
        try:
            query = sql(
                "select customer_key, from_class, to_class from moves where run_id = :run order by customer_key",
                run=self.run_id,
            )
            rows = engine.fetch(query).to_pylist()
        finally:
            engine.close()
        classes = set(self.standard.grade.class_ids)
        return [
            (row["customer_key"], row["from_class"], row["to_class"])
            for row in rows
            if row["from_class"] in classes and row["to_class"] in classes
        ]

    def require_class(self, class_id: str) -> None:
        """Let a class of this run's grade pass.

        Raises:
            KecengError: it has no such class.
        """
        if class_id not in self.standard.grade.class_ids:
            known = ", ".join(self.standard.grade.class_ids)
            raise KecengError.of(
                "unknown_class",
                f"分级里没有「{class_id}」，只有 {known}",
                f"the grade has no class “{class_id}”, only {known}",
            )

    def require_customer(self, customer_key: int) -> Graded:
        """The grade of a customer whom the run knows.

        Raises:
            KecengError: it does not.
        """
        found = self.grades_of([customer_key]).get(customer_key)
        if found is None:
            raise KecengError.of(
                "unknown_customer", "这次分级里没有这位客户", "this run knows no such customer"
            )
        return found


def open_run(snapshot: Snapshot, run_id: str | None = None) -> PublishedRun:
    """The run `run_id`, or the published one.

    Raises:
        KecengError: there is none.
    """
    directory = snapshot.run_directory(run_id)
    summary = read_summary(directory)
    return PublishedRun(snapshot, summary.run_id, summary, read_run_standard(directory))


def customer_numbers(snapshot: Snapshot, keys: Collection[int]) -> Mapping[int, str]:
    """The source numbers of these customers, by which a company's lists name them; no names of persons."""
    engine = open_engine(snapshot, [PERSONS])
    try:
        engine.give("wanted", pa.table({"customer_key": pa.array(sorted(keys), pa.int64())}))
        rows = engine.fetch(
            sql(
                """
                select customer_key, min(source_id) as number
                from persons semi join wanted using (customer_key) group by customer_key
                """
            )
        ).to_pylist()
    finally:
        engine.close()
    return {row["customer_key"]: row["number"] for row in rows}
