"""What taking an import back does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.human_traces import list_traced_keys
from keceng.collect.ledger_changes import LedgerChange, compare_ledgers
from keceng.collect.steps import KeptStep
from keceng.collect.tables import ORDER_LINES
from keceng.lake import Snapshot


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What an undo did, or would do.

    Attributes:
        files: what is taken back, as the user knows it.
        later_files: what came later, stays, and was taken in once more.
        change: what becomes of the ledger.
        customers_kept: customers whose orders all go, and who stay because people wrote or decided about them.
        batch_ids: the batches that go, or that lose corrected rows.
        snapshot_id: the version that holds the result; None for a preview.
    """

    files: tuple[str, ...]
    later_files: tuple[str, ...]
    change: LedgerChange
    customers_kept: int
    batch_ids: tuple[str, ...]
    snapshot_id: int | None = None


def report_undo(
    before: Snapshot, after: Snapshot, gone: Sequence[KeptStep], later: Sequence[KeptStep]
) -> UndoReport:
    """The report of what became of `before`."""
    return UndoReport(
        files=tuple(dict.fromkeys(step.file for step in gone)),
        later_files=tuple(dict.fromkeys(step.file for step in later)),
        change=compare_ledgers(before, after),
        customers_kept=_count_bare(before, after),
        batch_ids=tuple(dict.fromkeys(step.batch_id for step in gone)),
    )


def _count_bare(before: Snapshot, after: Snapshot) -> int:
    traced = list_traced_keys(before)
    if not len(traced):
        return 0
    had = traced.filter(pc.is_in(traced, value_set=_with_orders(before)))
    return len(had) - int(pc.sum(pc.is_in(had, value_set=_with_orders(after))).as_py() or 0)


def _with_orders(snapshot: Snapshot) -> pa.ChunkedArray:
    return snapshot.read(ORDER_LINES)["customer_key"].unique()
