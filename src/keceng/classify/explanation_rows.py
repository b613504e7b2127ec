"""One customer's stored row out of a run: which columns are read of it, and by which keys.

What never changes (the identities in one file of the lake) is kept for the next customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keceng.classify.confidence import STORED
from keceng.classify.ways_profit import EARNINGS
from keceng.collect import PERSONS
from keceng.lake import Snapshot
from keceng.measure import catalogue
from keceng.standard import Standard
from keceng.vocabulary import KecengError, Text

ALSO = (
    "spend", "order_count", "purchase_days", "average_order_value", "lifetime_average_order_value", "lifetime_spend",
    "lifetime_purchase_days", "previous_spend", "first_purchase_on", "last_purchase_on", "tenure_days", "history_days",
    "main_category", "peer_group", "role_median_spend", "procurement_won",
)  # fmt: skip
"""Measures that the ways and the letter look at, whatever the standard names."""
_GRADING = (
    "unit_key", "grade", "grade_by_rules", "grade_by_system", "grade_since", "weak_reviews", "reviewed_on", "kept_by",
    "decision_id", "is_appealed", "is_judged", "excluded_as", "provisional", "reason_code", "reason_zh", "reason_en",
)  # fmt: skip

_IDENTITIES = pa.schema([("source_id", pa.string()), ("customer_key", pa.int64())])


def find_customer_keys(snapshot: Snapshot, customer_id: str) -> list[int]:
    """The keys of the customer that a source calls `customer_id`.

    Raises:
        KecengError: no source knows the id.
    """
    keys: set[int] = set()
    for file in snapshot.files(PERSONS):
        known = _identities(file)
        found = pc.indices_nonzero(pc.equal(known["source_id"], customer_id))
        keys.update(known["customer_key"].take(found).to_pylist())
    if not keys:
        raise KecengError.of(
            "unknown_customer",
            f"没有编号为 {customer_id} 的客户",
            f"no customer has the id {customer_id}",
            remedy=Text("编号要与导入文件里的写法一致", "write it exactly as in the imported file"),
        )
    return sorted(keys)


@lru_cache(maxsize=8)
def _identities(file: str) -> pa.Table:
    # A file of the lake never changes; whoever explains one customer after another reads it once.
    # A merge writes text as views, which the comparison does not know.
    return pq.ParquetFile(file).read(columns=["source_id", "customer_key"]).cast(_IDENTITIES)


def columns_read(standard: Standard) -> tuple[str, ...]:
    """The columns of a stored run that explaining a customer of it needs, and no more: each is read for many rows."""
    named = set(standard.measures)
    also = [*ALSO, *(m.name for m in catalogue().values() if m.actionable)]
    also += [name for family in (EARNINGS, STORED) if named & set(family) for name in family]
    dimensions = (*standard.dimensions, standard.grade)
    published = [m for d in dimensions for m in d.published]
    exact = [name for m in (*standard.inputs, *published) for name in (m.name, *(m.exact or ()))]
    cuts = [f"{d.id}__cut_{c.id}" for d in dimensions for c in d.classes]
    return tuple(dict.fromkeys([*exact, *also, *cuts, *(d.id for d in standard.dimensions), *_GRADING]))


def first_row(found: pa.Table, customer_id: str) -> Mapping[str, object]:
    """The one row found.

    Raises:
        KecengError: there is none: the customer came later than the run.
    """
    if found.num_rows == 0:
        raise KecengError.of(
            "customer_not_in_run",
            f"客户 {customer_id} 在这次运行的截止日还不存在",
            f"customer {customer_id} did not exist at the date of this run",
        )
    row: Mapping[str, object] = found.slice(0, 1).to_pylist()[0]
    return row
