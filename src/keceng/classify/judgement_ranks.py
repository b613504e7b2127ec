"""The distributions of a run, frozen: the place that a number of one customer takes among the numbers of the others."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from keceng.standard import Stored

COMPANY, POOL = "company", "other_roles"
"""Who stands in groups too small to be compared within, in the order in which they are tried last and first."""
RANK_COLUMNS = ("peer_group", "number", "tied", "upto", "compared", "sum_upto", "total")
"""What of a `ranks_…` table is looked at."""
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Placed:
    """A number in its group: greater is better."""

    group: str
    number: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where a number stands among the frozen numbers of the others and itself.

    Attributes:
        group: the peer group.
        tied: customers with this number, the customer included.
        upto: customers at least as good, the customer included.
        compared: customers in the group, the customer included.
        sum_before: Σ of the positive numbers better than this one.
        total: Σ of the positive numbers as in the run.
    """

    group: str
    tied: int
    upto: int
    compared: int
    sum_before: int
    total: int


@dataclass(frozen=True, slots=True)
class _Group:
    # Distinct numbers negated, so that they rise from the greatest; how many stand at or above each; Σ of the positive ones.
    negated: Whole
    upto: Whole
    sums: pa.Array
    compared: int
    total: int

    def count_from(self, number: int, *, above: bool) -> int:
        place = self._place(number, above=above)
        return int(self.upto[place - 1]) if place else 0

    def sum_above(self, number: int) -> int:
        place = self._place(number, above=True)
        return int(self.sums[place - 1].as_py()) if place else 0

    def _place(self, number: int, *, above: bool) -> int:
        # How many distinct numbers stand above `number`, or at it or above.
        return int(np.searchsorted(self.negated, -number, side="left" if above else "right"))


class FrozenRanking:
    """The rows of one `ranks_…` table of a run."""

    def __init__(self, ranks: pa.Table) -> None:
        self._ranks = ranks
        self._names = [str(name) for name in pc.unique(ranks["peer_group"]).to_pylist()]
        self._groups: dict[str, _Group] = {}

    def group_for(self, own: Stored, *, within: bool) -> str:
        """The peer group of a customer whose own group is `own`: its own where that was large enough, else the pool.

        Args:
            own: the customer's category; unknown counts as `unspecified`.
            within: whether groups are compared among themselves at all.
        """
        if not within:
            return "all"
        named = "unspecified" if own is None else str(own)
        return next((name for name in (named, POOL) if name in self._names), COMPANY)

    def position(self, placed: Placed, instead_of: Placed | None) -> Position:
        """Where `placed` stands when the customer's number of the run, `instead_of`, is taken out.

        A customer that was not compared in this group (`instead_of` is None or elsewhere) is one more among the compared.
        """
        group = self._group(placed.group)
        own = instead_of.number if instead_of is not None and instead_of.group == placed.group else None
        at_least = group.count_from(placed.number, above=False) - (own is not None and own >= placed.number)
        better = group.count_from(placed.number, above=True) - (own is not None and own > placed.number)
        own_before = max(own, 0) if own is not None and own > placed.number else 0
        return Position(
            group=placed.group,
            tied=at_least - better + 1,
            upto=at_least + 1,
            compared=group.compared + (own is None),
            sum_before=group.sum_above(placed.number) - own_before,
            total=group.total,
        )

    def _group(self, name: str) -> _Group:
        if name not in self._groups:
            # The whole company is stored only where somebody is compared with it; it is all groups together.
            known = name in self._names
            rows = self._ranks.filter(pc.equal(self._ranks["peer_group"], name)) if known else self._ranks
            self._groups[name] = _as_stored(rows) if known else _merged(rows)
        return self._groups[name]


def _as_stored(rows: pa.Table) -> _Group:
    negated = -_whole(rows["number"])
    if not bool(np.all(negated[:-1] < negated[1:])):
        rows = rows.sort_by([("number", "descending")])
        negated = -_whole(rows["number"])
    sums = rows["sum_upto"].combine_chunks()
    return _Group(
        negated, _whole(rows["upto"]), sums, int(rows["compared"][0].as_py()), _int(rows["total"][0].as_py())
    )


def _merged(rows: pa.Table) -> _Group:
    heads: dict[int, int] = {}
    for number, tied in zip(rows["number"].to_pylist(), rows["tied"].to_pylist(), strict=True):
        heads[int(number)] = heads.get(int(number), 0) + int(tied)
    falling = sorted(heads, reverse=True)
    counts = np.cumsum([heads[n] for n in falling], dtype=np.int64)
    sums, running = [], 0
    for number in falling:
        running += max(number, 0) * heads[number]
        sums.append(Decimal(running))
    return _Group(
        -np.array(falling, dtype=np.int64),
        counts,
        pa.array(sums, pa.decimal128(38, 0)),
        int(counts[-1]) if falling else 0,
        running,
    )


def _whole(column: pa.ChunkedArray) -> Whole:
    found: Whole = column.combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return found


def _int(stored: object) -> int:
    return 0 if stored is None else int(str(stored))
