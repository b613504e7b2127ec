"""Ranks in arrays: what the step `ranks_<id>` says in SQL, by one sort of each group's numbers. A law holds both equal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from keceng.classify.judgement_ranks import COMPANY
from keceng.lake import Kernel, in_order

_Whole = npt.NDArray[np.int64]
_READ = ("peer_group", "number")
_MOST = 2**62


def rank_kernel(ranking: str) -> Kernel:
    """`ranks_<ranking>` from `groups_<ranking>`."""
    return Kernel({f"groups_{ranking}": _READ}, rank_rows, order=_READ)


def rank_rows(groups: pa.Table) -> pa.Table | None:
    """One row per peer group and number, in the order of both.

    Args:
        groups: peer_group and number of the compared; a number is known and greater is better.

    Returns:
        The rows of `ranks_<id>`; None where sums might not fit 64 bits.
    """
    numbers = groups["number"].to_numpy()
    if numbers.size and max(abs(int(numbers.min())), abs(int(numbers.max()))) * numbers.size >= _MOST:
        return None
    found = [_ranked(name, theirs) for name, theirs in _members(groups, numbers) if theirs.size]
    return pa.concat_tables(found) if found else _ranked("", numbers)


def _members(groups: pa.Table, numbers: _Whole) -> Iterator[tuple[str, _Whole]]:
    # Whoever has too few peers is measured against the whole company, whatever groups the others form.
    named = groups["peer_group"].unify_dictionaries().combine_chunks()
    coded = named if isinstance(named, pa.DictionaryArray) else named.dictionary_encode()
    codes, names = coded.indices.to_numpy(zero_copy_only=False), coded.dictionary.to_pylist()
    for name, code in sorted((name, code) for code, name in enumerate(names)):
        theirs = numbers if len(names) == 1 else numbers[codes == code]
        yield name, numbers if name == COMPANY and theirs.size else theirs


def _ranked(group: str, numbers: _Whole) -> pa.Table:
    rising = in_order(numbers)
    starts = np.flatnonzero(np.r_[True, rising[1:] != rising[:-1]][: rising.size])
    number = rising[starts]
    tied = np.diff(starts, append=rising.size)
    compared = rising.size
    upto = compared - starts
    weights = np.maximum(number, 0) * tied
    total = int(weights.sum())
    sum_upto = total - np.cumsum(weights) + weights
    return pa.table(
        {
            "peer_group": pa.array([group]).take(pa.array(np.zeros(number.size, dtype=np.int64))),
            "number": number,
            "tied": tied,
            "upto": upto,
            "better": upto - tied,
            "compared": np.full(number.size, compared),
            "sum_upto": sum_upto,
            "sum_before": sum_upto - weights,
            "total": np.full(number.size, total),
        }
    )
