"""What has drifted between two runs: the mix of classes, the numbers behind them, what customers need, what is known.

Compared are those whom each run classified, one row of each judged unit. A number is cut at the deciles of the earlier
run (Siddiqi, Credit Risk Scorecards, 2006, ch. 8), an attribute at its commonest values; unknown is no value, and is
followed by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from keceng.evaluate.comparable import comparable_measures
from keceng.evaluate.shifts import Shift, compare_mixes, round_figure
from keceng.evaluate.stored_runs import StoredRun, read_run, tell_differences
from keceng.lake import Snapshot
from keceng.measure import Measure
from keceng.standard import Unit
from keceng.vocabulary import Text

NEEDS = ("main_category", "need_segment")
"""The attributes in which a change of what customers need shows."""
SHIFTED_NEED = 0.2
"""Jensen–Shannon distance of two mixes of needs from which the need has changed."""
RISING_UNKNOWN = 0.10
"""A rise of the share of unknowns, as a share of all customers, that is worth a word."""
MAX_LEVELS = 20
OTHERS = "(others)"
_DECILES = tuple(k / 10 for k in range(1, 10))

_Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MeasureDrift:
    """One measure in two runs.

    Attributes:
        shift: of those of whom it is known; its cells are ranges in units of the measure, or values.
        unknown_before, unknown_after: the share of customers of whom it is not known; 0 of nobody.
        decides: whether either standard names it.
    """

    measure: str
    shift: Shift
    unknown_before: float
    unknown_after: float
    decides: bool

    @property
    def is_unknown_rising(self) -> bool:
        """Whether it is unknown of markedly more customers than before."""
        return self.unknown_after - self.unknown_before >= RISING_UNKNOWN

    def to_document(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "measure": self.measure,
            **self.shift.to_document(),
            "unknown_before": round_figure(self.unknown_before),
            "unknown_after": round_figure(self.unknown_after),
            "decides": self.decides,
        }


@dataclass(frozen=True, slots=True)
class Drift:
    """Two runs compared.

    Attributes:
        class_mix: of the grade.
        measures: by name, the greatest PSI first; measures that are the same for everybody, or known of nobody in both
            runs, are not there.
        needs: the mixes of `NEEDS` that are known in both runs, whole, by name.
        notes: what a reader must know first.
    """

    before: StoredRun
    after: StoredRun
    class_mix: Shift
    measures: Mapping[str, MeasureDrift]
    needs: Mapping[str, Shift]
    notes: tuple[Text, ...]

    def to_document(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "from": {"run_id": self.before.run_id, "as_of": self.before.as_of.isoformat()},
            "to": {"run_id": self.after.run_id, "as_of": self.after.as_of.isoformat()},
            "class_mix": self.class_mix.to_document(),
            "needs": {name: shift.to_document() for name, shift in self.needs.items()},
            "measures": [drift.to_document() for drift in self.measures.values()],
            "notes": [{"zh": n.zh, "en": n.en} for n in self.notes],
        }


def measure_drift(snapshot: Snapshot, run_a: str, run_b: str) -> Drift:
    """What has drifted from `run_a` to `run_b`.

    Raises:
        KecengError: there is no such run.
    """
    before, after = read_run(snapshot, run_a), read_run(snapshot, run_b)
    sides = _Side.of(before), _Side.of(after)
    grades = [side.count("grade") for side in sides]
    order = dict.fromkeys((*before.standard.grade.class_ids, *after.standard.grade.class_ids))
    class_mix = compare_mixes(*({c: found.get(c, 0) for c in order} for found in grades))
    deciding = {*before.standard.measures, *after.standard.measures}
    found = [
        drift
        for measure in comparable_measures()
        if (drift := _compare(measure, *sides, decides=measure.name in deciding)) is not None
    ]
    found.sort(key=lambda d: (-(d.shift.psi or 0.0), d.measure))
    needs = {name: compare_mixes(*(side.count(name) for side in sides)) for name in NEEDS}
    return Drift(
        before=before,
        after=after,
        class_mix=class_mix,
        measures={d.measure: d for d in found},
        needs={name: shift for name, shift in needs.items() if shift.psi is not None},
        notes=tell_differences(before, after),
    )


@dataclass(frozen=True, slots=True)
class _Side:
    run: StoredRun
    present: frozenset[str]
    rows: pa.Array

    @classmethod
    def of(cls, run: StoredRun) -> _Side:
        """The rows of the run that count: classified, one of each unit."""
        table = run.read(("grade", "unit_key", "customer_key"))
        rows = np.flatnonzero(pc.is_valid(table["grade"]).to_numpy())
        if run.standard.unit is Unit.GROUP:
            keys = pc.coalesce(table["unit_key"], table["customer_key"]).to_numpy()[rows]
            # Members of a group carry the same numbers, so any of them stands for it.
            rows = rows[np.sort(np.unique(keys, return_index=True)[1])]
        # One column at a time: a run of a million customers need not be in memory.
        return cls(run, run.columns(), pa.array(rows))

    def __len__(self) -> int:
        return len(self.rows)

    def known(self, name: str) -> pa.Array:
        """The known values of a column, one of each unit."""
        if name not in self.present:
            return pa.nulls(0)
        return self.run.read((name,))[name].combine_chunks().take(self.rows).drop_null()

    def count(self, name: str) -> dict[str, int]:
        """Units by value of an attribute, the commonest first."""
        return _count(self.known(name))


def _count(values: pa.Array) -> dict[str, int]:
    if not len(values):
        return {}
    counted = pc.value_counts(values.cast(pa.string())).to_pylist()
    counted.sort(key=lambda row: (-row["counts"], row["values"]))
    return {row["values"]: row["counts"] for row in counted}


def _compare(measure: Measure, before: _Side, after: _Side, *, decides: bool) -> MeasureDrift | None:
    a, b = before.known(measure.name), after.known(measure.name)
    if not len(a) and not len(b):
        return None
    if measure.kind.is_number:
        shift = _compare_numbers(_whole_numbers(a), _whole_numbers(b), measure.kind.scale)
    else:
        shift = _compare_levels(_count(a), _count(b))
    drift = MeasureDrift(
        measure=measure.name,
        shift=shift,
        unknown_before=1 - len(a) / len(before) if len(before) else 0.0,
        unknown_after=1 - len(b) / len(after) if len(after) else 0.0,
        decides=decides,
    )
    # What is the same for everybody describes the books and not a customer, unless it went missing.
    return drift if drift.is_unknown_rising or _varies(a) or _varies(b) else None


def _varies(values: pa.Array) -> bool:
    return len(values) > 1 and not pc.all(pc.equal(values, values[0])).as_py()


def _whole_numbers(values: pa.Array) -> _Whole:
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.int64)


def _compare_numbers(before: _Whole, after: _Whole, scale: int) -> Shift:
    base = before if len(before) else after
    edges = np.unique(np.quantile(base, _DECILES, method="inverted_cdf")).astype(np.int64)
    names = _name_ranges(edges, scale)
    if len(edges) == 1:
        # Nearly everybody has one number: it is a cell of its own, or a fall below it would not show.
        edges = np.array([edges[0] - 1, edges[0]], dtype=np.int64)
    return compare_mixes(*(dict(zip(names, _count_in(n, edges), strict=True)) for n in (before, after)))


def _count_in(numbers: _Whole, edges: _Whole) -> list[int]:
    # Counting below each edge is several times faster than looking up the range of each number.
    below = [0, *(int(np.count_nonzero(numbers <= edge)) for edge in edges), len(numbers)]
    return [high - low for low, high in pairwise(below)]


def _name_ranges(edges: _Whole, scale: int) -> list[str]:
    written = [f"{int(edge) / scale:.10g}" for edge in edges]
    if len(written) == 1:
        return [f"< {written[0]}", f"= {written[0]}", f"> {written[0]}"]
    middle = [f"{low} … {high}" for low, high in pairwise(written)]
    return [f"≤ {written[0]}", *middle, f"> {written[-1]}"]


def _compare_levels(before: Mapping[str, int], after: Mapping[str, int]) -> Shift:
    together = {level: before.get(level, 0) + after.get(level, 0) for level in (*before, *after)}
    kept = sorted(together, key=lambda level: (-together[level], level))[:MAX_LEVELS]
    return compare_mixes(_fold(before, kept), _fold(after, kept))


def _fold(counted: Mapping[str, int], kept: list[str]) -> dict[str, int]:
    folded = {level: counted.get(level, 0) for level in kept}
    if others := sum(counted.values()) - sum(folded.values()):
        folded[OTHERS] = others
    return folded
