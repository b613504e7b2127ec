"""A plan whose norms, cuts and distributions are those of an earlier run: nobody's class hangs on what the others did since."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlglot import exp

from keceng.classify.ranking import ranking_ids
from keceng.classify.tables import CUTS_FILE, norms_file, ranks_file
from keceng.lake import Engine, Kernel, MappedFile, Step, map_file, sql
from keceng.measure import NORM_STEPS
from keceng.standard import CumulativeShare, Dimension, Quantiles, Standard
from keceng.vocabulary import Text

_CUTS = "frozen_cuts"
_RANK_COLUMNS = (
    "peer_group",
    "number",
    "tied",
    "upto",
    "better",
    "compared",
    "sum_upto",
    "sum_before",
    "total",
)
_PLACE = _RANK_COLUMNS[:2]
_NO_PLACES = np.zeros(0, dtype=np.int64)
Whole = npt.NDArray[np.int64]


def lay_frozen(engine: Engine, directory: Path) -> None:
    """Make the norms and cuts of the run in `directory` readable in `engine`, for the steps of `freeze_steps`."""
    for step in NORM_STEPS:
        if (directory / norms_file(step)).exists():
            engine.give(f"frozen_{step}", _read(directory / norms_file(step)))
    if (directory / CUTS_FILE).exists():
        engine.give(_CUTS, _read(directory / CUTS_FILE))


def _read(file: Path) -> pa.Table:
    return pq.ParquetFile(file).read(use_threads=False)


def freeze_steps(steps: Sequence[Step], directory: Path, standard: Standard) -> list[Step]:
    """`steps` of a plan of `standard` with the norms, cuts and distributions that the run in `directory` resolved.

    A number that nobody had in that run stands one place behind those that are better; see `place_numbers`.
    """
    replaced: dict[str, list[Step]] = {}
    for step in steps:
        if step.name in NORM_STEPS:
            replaced[step.name] = [Step(step.name, _frozen_norms(step.name), step.title)]
    titles = {step.name: step.title for step in steps}
    for ranking in ranking_ids(standard):
        name, file = f"ranks_{ranking}", directory / ranks_file(ranking)
        place = partial(place_numbers, file)
        placed = Step(f"placed_{ranking}", _asked(ranking), titles[name], place, in_place=True)
        kernel = Kernel({f"groups_{ranking}": _PLACE}, lambda groups, place=place: place(_different(groups)))
        replaced[name] = [placed, Step(name, _as_ranks(placed.name), titles[name], kernel=kernel)]
    replaced |= {step.name: [step] for step in frozen_cut_steps(standard)}
    return [made for step in steps for made in replaced.get(step.name, [step])]


@cache
def _frozen_norms(step: str) -> exp.Expr:
    return exp.select("*").from_(f"frozen_{step}")


def _different(groups: pa.Table) -> pa.Table:
    plain = groups.set_column(0, _PLACE[0], groups[_PLACE[0]].cast(pa.string()))
    return plain.group_by(list(_PLACE)).aggregate([])


@lru_cache(maxsize=64)
def _asked(ranking: str) -> exp.Expr:
    return sql("select distinct peer_group, number from :groups", groups=exp.to_table(f"groups_{ranking}"))


@lru_cache(maxsize=16)
def frozen_cut_steps(standard: Standard) -> tuple[Step, ...]:
    """The steps of cuts, read from what `lay_frozen` made readable."""
    return tuple(
        Step(f"cuts_{d.id}", _frozen_cuts(d), Text("分档线", "cuts"), kernel=_cut_kernel(d))
        for d in (*standard.dimensions, standard.grade)
        if isinstance(d.method, Quantiles | CumulativeShare)
    )


def copy_frozen(directory: Path, staged: Path, standard: Standard) -> None:
    """Write to `staged` what the run in `directory` resolved: a run under it resolved nothing of its own."""
    names = [norms_file(step) for step in NORM_STEPS]
    names += [ranks_file(ranking) for ranking in ranking_ids(standard)]
    for name in (*names, CUTS_FILE):
        if (directory / name).exists():
            shutil.copyfile(directory / name, staged / name)


def _frozen_cuts(dimension: Dimension) -> exp.Expr:
    cuts = [
        exp.alias_(sql("max(cut) filter (where class_id = :id)", id=class_id), f"cut_{k}")
        for k, class_id in enumerate(dimension.class_ids[:-1])
    ]
    return (
        exp.select("peer_group", "max(compared) as compared", *cuts)
        .from_(_CUTS)
        .where(sql("dimension = :id", id=dimension.id))
        .group_by("peer_group")
    )


@lru_cache(maxsize=64)
def _as_ranks(source: str) -> exp.Expr:
    return sql(
        """
        select peer_group, number, tied, upto, better, compared, cast(sum_upto as hugeint) as sum_upto,
          cast(sum_before as hugeint) as sum_before, cast(total as hugeint) as total
        from :source
        """,
        source=exp.to_table(source),
    )


def _cut_kernel(dimension: Dimension) -> Kernel:
    def compute(cuts: pa.Table) -> pa.Table:
        found: dict[str | None, dict[str, Any]] = {}
        for row in cuts.filter(pc.equal(cuts["dimension"], dimension.id)).to_pylist():
            group = found.setdefault(row["peer_group"], {"compared": row["compared"]})
            group[row["class_id"]] = row["cut"]
        names = dimension.class_ids[:-1]
        made = {"peer_group": pa.array(list(found), pa.string())}
        made["compared"] = pa.array([group["compared"] for group in found.values()], pa.int64())
        for k, class_id in enumerate(names):
            made[f"cut_{k}"] = pa.array([group.get(class_id) for group in found.values()], pa.int64())
        return pa.table(made)

    return Kernel({_CUTS: ("dimension", "peer_group", "compared", "class_id", "cut")}, compute)


def place_numbers(ranks_path: Path, asked: pa.Table) -> pa.Table:
    """Where each number of `asked` (peer_group, number) stands in the distribution stored at `ranks_path`.

    A number that stood there has the row it had. Any other comes one place behind the better ones and alone.
    """
    known = _mapped_ranks(ranks_path)
    groups = asked["peer_group"].unique().to_pylist()
    if known is not None and set(groups) <= set(known.words("peer_group")):
        return (
            _placed(groups[0], _whole(asked["number"]), known)
            if groups
            else _nothing(known.take(_NO_PLACES, _RANK_COLUMNS))
        )
    ranks = pq.read_table(ranks_path)
    parts = []
    for group in groups:
        mine = asked.filter(pc.equal(asked["peer_group"], group))
        here = ranks.filter(pc.equal(ranks["peer_group"], group)).sort_by("number")
        if here.num_rows:
            parts.append(_placed(group, _whole(mine["number"]), _InMemory(here)))
    return pa.concat_tables(parts) if parts else _nothing(ranks)


def map_ranks(directory: Path, standard: Standard) -> list[Path]:
    """Lay the distributions of the run in `directory` open for those who ask for a few numbers; the files."""
    files = [directory / ranks_file(ranking) for ranking in ranking_ids(standard)]
    for file in files:
        _mapped_ranks(file)
    return files


class _Ranks(Protocol):
    """The rows of one distribution, by number."""

    @property
    def keys(self) -> npt.NDArray[Any]:
        """The numbers, in order."""

    def take(self, places: Whole, names: Sequence[str]) -> pa.Table:
        """Some rows."""


class _InMemory:
    """Rows at hand."""

    def __init__(self, ranks: pa.Table) -> None:
        self._ranks, self.keys = ranks, _whole(ranks["number"])

    def take(self, places: Whole, names: Sequence[str]) -> pa.Table:
        return self._ranks.select(list(names)).take(pa.array(places))


def _mapped_ranks(path: Path) -> MappedFile | None:
    # Where there is one distribution, numbers are keys.
    try:
        found = map_file(path.parent.parent.parent, path, "number", _RANK_COLUMNS)
    except pa.ArrowInvalid:
        return None  # sums beyond 64 bits
    return found if len(found.words("peer_group")) == 1 else None


def _placed(group: str, numbers: Whole, known: _Ranks) -> pa.Table:
    stood = known.keys
    last = len(stood) - 1
    at = _searched(stood, numbers)
    is_best = at > last
    next_better = np.minimum(at, last)
    is_known = ~is_best & (stood[next_better] == numbers)
    rows = known.take(next_better, _RANK_COLUMNS)
    better = np.where(is_known, _whole(rows["better"]), _whole(rows["upto"]))
    better = np.where(is_best, 0, better)
    tied = np.where(is_known, _whole(rows["tied"]), 1)
    before = pc.if_else(pa.array(is_known), rows["sum_before"], rows["sum_upto"])
    nothing = pa.scalar(0, before.type)
    before = pc.if_else(pa.array(is_best), nothing, before)
    upto = pc.if_else(pa.array(is_known), rows["sum_upto"], before)
    return pa.table(
        {
            "peer_group": pa.repeat(pa.scalar(group), len(numbers)),
            "number": numbers,
            "tied": tied.astype(np.int64),
            "upto": (better + tied).astype(np.int64),
            "better": better.astype(np.int64),
            "compared": rows["compared"],
            "sum_upto": upto,
            "sum_before": before,
            "total": rows["total"],
        }
    )


def _searched(stood: npt.NDArray[Any], numbers: Whole) -> Whole:
    held = np.iinfo(stood.dtype)
    # A haystack of another width would be copied whole.
    asked = np.clip(numbers, held.min, held.max).astype(stood.dtype)
    at = np.searchsorted(stood, asked, side="left")
    return np.where(numbers > held.max, len(stood), at)


def _whole(numbers: pa.ChunkedArray) -> Whole:
    found: Whole = numbers.combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return found


def _nothing(ranks: pa.Table) -> pa.Table:
    return ranks.slice(0, 0).select(list(_RANK_COLUMNS))
