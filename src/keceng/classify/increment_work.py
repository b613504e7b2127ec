"""What an increment is worked out with: the request, what it goes on from, and two engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from keceng.classify.aging import Aging
from keceng.classify.increment_scope import Ground
from keceng.classify.past import Past
from keceng.lake import Engine, Step, column, sql
from keceng.standard import Standard

if TYPE_CHECKING:
    from keceng.classify.run import RunRequest

KEY = "customer_key"
OF_UNITS = "customer_key in (select customer_key from changed_units)"


@dataclass(frozen=True, slots=True)
class Work:
    """One increment in the making.

    Attributes:
        request: what is to be run.
        past: of that run.
        ground: what it goes on from.
        ledger: the engine with the lake and, as `previous`, the rows of the run before.
        engine: the engine in which the plan runs over the ledger of a few customers.
        plan: the steps of a run of the standard at the date.
    """

    request: RunRequest
    past: Past
    ground: Ground
    ledger: Engine
    engine: Engine
    plan: Sequence[Step]

    @property
    def standard(self) -> Standard:
        """The ruler."""
        return self.request.standard

    def aging(self, history_days: int | None) -> Aging:
        """From the run before to this one, `history_days` after the first purchase of anybody."""
        as_of = self.request.as_of
        elapsed = (as_of - self.ground.summary.as_of).days
        return Aging(as_of, elapsed, history_days, is_held=self.past.stability != "off")


def count_rows(engine: Engine, name: str) -> int:
    """How many rows the table `name` of `engine` has."""
    return int(engine.fetch(exp.select("count(*) as heads").from_(name))["heads"][0].as_py())


def rows_of_units(ledger: Engine, table: str, names: Sequence[str]) -> pa.Table:
    """The columns `names` of `table`, of the customers worked out anew."""
    query = exp.select(*map(column, names)).from_(table).where(sql(OF_UNITS))
    return ledger.fetch(query)
