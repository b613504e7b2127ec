"""Norms of gaps in arrays: what the step `gap_norms` says in SQL, by a search for two places among each category's gaps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from keceng.lake import Kernel

_Whole = npt.NDArray[np.int64]


def norm_kernel(enough: int) -> Kernel:
    """`gap_norms` from `folded` and `main_categories`.

    Args:
        enough: from how many customers with a gap a category has a norm of its own.
    """
    reads = {
        "folded": ("customer_key", "gap_count", "personal_gap"),
        "main_categories": ("customer_key", "main_category"),
    }
    return Kernel(reads, lambda folded, categories: norm_rows(folded, categories, enough))


def norm_rows(folded: pa.Table, categories: pa.Table, enough: int) -> pa.Table | None:
    """One row for all customers with a gap, and one for each category of which there are `enough`.

    Args:
        folded: customer_key, gap_count and personal_gap in days, NULL where there is no gap.
        categories: customer_key and main_category, a customer at most once.
        enough: see `norm_kernel`.

    Returns:
        main_category, NULL for all; base_gap and base_gap_upper in days; customers. None where a gap is counted but unknown.
    """
    counted = folded["gap_count"].fill_null(0).to_numpy() >= 1
    if folded["personal_gap"].is_null().to_numpy()[counted].any():
        return None
    gaps = folded["personal_gap"].fill_null(0).to_numpy()[counted]
    rows: list[tuple[str | None, int, int, int]] = [(None, *_middle_and_upper(gaps))] if gaps.size else []
    for category, theirs in _members(folded["customer_key"].to_numpy()[counted], categories):
        if theirs.size >= enough:
            rows.append((category, *_middle_and_upper(gaps[theirs])))
    names, bases, uppers, heads = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table(
        {
            "main_category": pa.array(names, pa.string()),
            "base_gap": pa.array(bases, folded.schema.field("personal_gap").type),
            "base_gap_upper": pa.array(uppers, folded.schema.field("personal_gap").type),
            "customers": pa.array(heads, pa.int64()),
        }
    )


def _members(customers: _Whole, categories: pa.Table) -> Iterator[tuple[str, _Whole]]:
    """Per category the places of its customers among `customers`."""
    known = categories.filter(categories["main_category"].is_valid())
    if not known.num_rows or not customers.size:
        return
    keys = known["customer_key"].to_numpy()
    order = np.argsort(customers, kind="stable")
    places = np.searchsorted(customers, keys, sorter=order)
    places = order.take(places, mode="clip")
    is_here = customers[places] == keys
    coded = known["main_category"].unify_dictionaries().combine_chunks()
    coded = coded if isinstance(coded, pa.DictionaryArray) else coded.dictionary_encode()
    codes = coded.indices.to_numpy(zero_copy_only=False)
    for code, category in enumerate(coded.dictionary.to_pylist()):
        yield category, places[is_here & (codes == code)]


def _middle_and_upper(gaps: _Whole) -> tuple[int, int, int]:
    # The least gap that at least so large a part does not exceed.
    middle, upper = (gaps.size + 1) // 2 - 1, (3 * gaps.size + 3) // 4 - 1
    found = np.partition(gaps, (middle, upper))
    return int(found[middle]), int(found[upper]), gaps.size
