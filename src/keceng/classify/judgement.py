"""The ruler of a run laid on one row: the same grade as the engine gives, with everybody else frozen.

Cuts, distributions and norms are those of the run. The customer's own number is taken out of a distribution before the
number in question is put in, so the unchanged row stands exactly where the run put it; totals stay as they were.
Arithmetic is whole numbers and fractions throughout; conditions are asked by `evaluate_condition`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from keceng.classify.judgement_laying import Cuts, FrozenRun, Laying
from keceng.classify.judgement_ranks import RANK_COLUMNS, FrozenRanking, Placed
from keceng.classify.population import NOT_INCLUDED
from keceng.classify.summary import read_run_standard
from keceng.classify.tables import CUTS_FILE, ranks_file
from keceng.standard import Row, Standard, evaluate_condition


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the ruler says of one row.

    Attributes:
        grade: by the rules alone, before stability and people's decisions; None where it is not judged or unknown.
        excluded_as: why it is not judged; None where it is.
        columns: the row with what every dimension publishes.
        numbers: by ranking, the group and the number that were compared.
    """

    grade: str | None
    excluded_as: str | None
    columns: Row
    numbers: Mapping[str, Placed] = field(default_factory=dict)


class Judge:
    """Grades one row of stored measures under the frozen cuts and distributions of a run."""

    def __init__(self, standard: Standard, cuts: Cuts, ranks: Callable[[str], FrozenRanking]) -> None:
        """A judge.

        Args:
            standard: the ruler of the run.
            cuts: what the run resolved.
            ranks: gives the distribution with an id; asked only for those that are needed.
        """
        self.standard = standard
        dimensions = (*standard.dimensions, standard.grade)
        read = {name for d in dimensions for name in d.names}
        if standard.provisional is not None:
            read |= standard.provisional.names
        self._frozen = FrozenRun(standard.scope, cuts, ranks, frozenset(read))

    def judge(self, row: Row, instead_of: Verdict | None = None, *, complete: bool = False) -> Verdict:
        """Lay the ruler on `row`.

        Args:
            row: every measure that the standard names, with its exact columns, in stored parts.
            instead_of: the customer as the run judged it, whose own numbers leave the distributions; None when `row`
                is that customer itself.
            complete: publish every rank and share; otherwise only those that some rule reads.
        """
        before = None if instead_of is None else instead_of.numbers
        laid = Laying(self._frozen, dict(row), before, complete=complete)
        excluded = self._excluded_as(row)
        for dimension in (*self.standard.dimensions, self.standard.grade):
            laid.lay(dimension, is_judged=excluded is None)
        grade = laid.columns[self.standard.grade.id]
        return Verdict(None if grade is None else str(grade), excluded, laid.columns, laid.numbers)

    def _excluded_as(self, row: Row) -> str | None:
        population = self.standard.population
        if population.include is not None and evaluate_condition(population.include, row) is False:
            return NOT_INCLUDED
        return next((e.id for e in population.exclude if evaluate_condition(e.when, row)), None)


def read_judge(directory: Path) -> Judge:
    """The judge of the run whose files lie in `directory`; distributions are read when a rule first asks for one."""
    standard = read_run_standard(directory)
    found: dict[str, FrozenRanking] = {}

    def ranks(ranking_id: str) -> FrozenRanking:
        if ranking_id not in found:
            found[ranking_id] = FrozenRanking(
                pq.read_table(directory / ranks_file(ranking_id), columns=list(RANK_COLUMNS))
            )
        return found[ranking_id]

    return Judge(standard, _read_cuts(directory / CUTS_FILE), ranks)


def _read_cuts(path: Path) -> Cuts:
    if not path.exists():
        return {}
    return cuts_of(pq.read_table(path, columns=["dimension", "peer_group", "class_id", "cut"]))


def cuts_of(stored: pa.Table) -> Cuts:
    """The rows of `cuts.parquet` by dimension, peer group and class."""
    return {(r["dimension"], r["peer_group"], r["class_id"]): r["cut"] for r in stored.to_pylist()}
