"""A result of classification as a table of an engine, whether stored by a run or made by a draft on trial."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from keceng.lake import Engine, Step, column, open_engine, sql
from keceng.standard import Standard, Unit
from keceng.vocabulary import Text

_GIVEN = "graded_given"
_CARRIERS = "graded_carriers"


@dataclass(frozen=True, slots=True)
class GradedTable:
    """A table of an engine with the columns of `customers.parquet`: one row per customer, `grade` NULL where not classified.

    Attributes:
        engine: that can read it.
        name: of the table.
    """

    engine: Engine
    name: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The classified customers of a graded table, ready to be asked.

    Attributes:
        engine: that can read them.
        name: of the table.
        columns: what it has.
        by_group: whether members of a group carry the group's numbers, so that one row of each counts.
    """

    engine: Engine
    name: str
    columns: frozenset[str]
    by_group: bool

    def fetch(self, text: str, names: Iterable[str], *, units: bool = False) -> list[dict[str, object]]:
        """The rows of a query about the table `judged`, which has the columns `grade`, `customer_key` and `names`.

        With `units`, a group stands there once, under the account at its top, else once for each of its members.
        """
        return self.fetch_tree(sql(text), names, units=units)

    def fetch_tree(
        self, tree: exp.Expr, names: Iterable[str], *, units: bool = False
    ) -> list[dict[str, object]]:
        """The same for a query that is a tree already."""
        wanted = [self._column(n) for n in dict.fromkeys(("customer_key", "grade", *names))]
        judged = exp.select(*wanted).from_(exp.to_table(self.name)).where("grade is not null")
        if units and self.by_group:
            judged = judged.where(sql("customer_key in (select carrier from graded_carriers)"))
        assert isinstance(tree, exp.Select)  # noqa: S101  only selects are asked
        rows: list[dict[str, object]] = self.engine.fetch(tree.with_("judged", as_=judged)).to_pylist()
        return rows

    def _column(self, name: str) -> exp.Expr:
        # What the table does not have is unknown for everybody.
        return (
            column(name)
            if name in self.columns
            else exp.alias_(exp.cast(exp.null(), "bigint"), name, quoted=True)
        )


@contextmanager
def open_judged(graded: pa.Table | GradedTable, standard: Standard) -> Iterator[Judged]:
    """The classified customers of `graded`; an engine is opened for an Arrow table, and closed again."""
    if isinstance(graded, GradedTable):
        yield _judged(graded, standard)
        return
    engine = open_engine()
    try:
        engine.give(_GIVEN, graded)
        yield _judged(GradedTable(engine, _GIVEN), standard)
    finally:
        engine.close()


def _judged(graded: GradedTable, standard: Standard) -> Judged:
    engine, name = graded.engine, graded.name
    found = frozenset(engine.fetch(exp.select("*").from_(exp.to_table(name)).limit(0)).column_names)
    by_group = standard.unit is Unit.GROUP and "unit_key" in found
    if by_group:
        engine.run([_carriers_step(name)])
    return Judged(engine, name, found, by_group)


def _carriers_step(name: str) -> Step:
    query = (
        exp.select(
            exp.alias_(
                sql("coalesce(min(customer_key) filter (where customer_key = unit_key), min(customer_key))"),
                "carrier",
            )
        )
        .from_(exp.to_table(name))
        .where("grade is not null")
        .group_by("unit_key")
    )
    return Step(_CARRIERS, query, Text("每个集团的代表户", "the account that stands for each group"))
