"""What a draft would do, in heads alone: quick enough to be shown while somebody turns a line."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from keceng.classify import ChangedDraft, NotStoredError, count_moves, lay_changed_draft, moves_hash, rehearse
from keceng.collect import CUSTOMERS, DECISIONS, OWNER_CHANGES, PERSONS
from keceng.evaluate.impact import ClassSize, Glance
from keceng.evaluate.simulation import class_sizes, named_moves
from keceng.lake import Engine, Snapshot, Step, UnsupportedError, open_engine, sql
from keceng.standard import Standard
from keceng.vocabulary import Text

Whole = npt.NDArray[np.int64]
MOST_GLANCED = 12
"""So many of those who enter or leave the best class are named while somebody turns a number."""
_LEAST = -(2**63) + 1
_OF_NAMED = {
    "customer_key",
    "source_id",
    "name",
    "kind",
    "owner",
    "stated_owner",
    "changed_at",
    "change_id",
}


def glance_at_draft(snapshot: Snapshot, draft: Standard, *, is_hashed: bool = False) -> Glance:
    """The heads of `simulate_standard` alone, against the grades in force.

    Args:
        snapshot: of the lake with the run.
        draft: what is laid on.
        is_hashed: whether the moves are hashed, which reads the id of everybody who moves.

    Raises:
        KecengError: nothing is published yet.
    """
    engine = open_engine(snapshot, [DECISIONS])
    try:
        laid = lay_changed_draft(snapshot, draft, engine)
        if laid is not None:
            return _of_stored(snapshot, laid, engine, is_hashed=is_hashed)
    except (NotStoredError, UnsupportedError):
        pass  # a sentence names a place that a whole rehearsal alone works out
    finally:
        engine.close()
    return _rehearsed(snapshot, draft, is_hashed=is_hashed)


def _rehearsed(snapshot: Snapshot, draft: Standard, *, is_hashed: bool) -> Glance:
    with rehearse(snapshot, draft) as rehearsal:
        tops = (rehearsal.base_standard.grade.class_ids[0], rehearsal.draft.grade.class_ids[0])
        named, heads = named_moves(rehearsal.engine, tops, MOST_GLANCED)
        return Glance(
            before=class_sizes(rehearsal, "from_class"),
            after=class_sizes(rehearsal, "to_class"),
            moves=count_moves(rehearsal.engine),
            moves_hash=moves_hash(rehearsal.engine) if is_hashed else "",
            named=named,
            named_heads=heads,
            is_remeasured=rehearsal.is_remeasured,
        )


def _of_stored(snapshot: Snapshot, laid: ChangedDraft, engine: Engine, *, is_hashed: bool) -> Glance:
    tops = (laid.base_standard.grade.class_ids[0], laid.draft.grade.class_ids[0])
    passing = _passing(laid, tops)
    shown = _greatest(passing, laid)
    keys = laid.keys[shown]
    engine.give("moved", _with_reasons(laid, shown))
    for table in (PERSONS, CUSTOMERS, OWNER_CHANGES):
        names = [c.name for c in table.columns if c.name in _OF_NAMED]
        engine.give(table.name, snapshot.find_rows(table, "customer_key", keys.tolist(), names))
    engine.run([_identities("moved")])
    named, _ = named_moves(engine, tops, MOST_GLANCED)
    return Glance(
        before=_sizes(laid, 0, laid.base_standard),
        after=_sizes(laid, 1, laid.draft),
        moves=laid.moves,
        moves_hash=_hash(snapshot, laid) if is_hashed else "",
        named=named,
        named_heads=len(passing),
        is_remeasured=False,
    )


def _sizes(laid: ChangedDraft, side: int, standard: Standard) -> Mapping[str, ClassSize]:
    total = sum(cell.positive for cell in laid.cells.values())
    sums: dict[str, list[int]] = {}
    for ends, cell in laid.cells.items():
        before = sums.get(ends[side], [0, 0, 0])
        sums[ends[side]] = [before[0] + cell.heads, before[1] + cell.sales, before[2] + cell.positive]
    found = {
        name: ClassSize(heads, sales, positive / total if total else 0.0)
        for name, (heads, sales, positive) in sums.items()
    }
    return _ordered(found, standard)


def _ordered(found: Mapping[str, ClassSize], standard: Standard) -> Mapping[str, ClassSize]:
    ordered = [*standard.grade.class_ids, *sorted(set(found) - set(standard.grade.class_ids))]
    return {name: found.get(name, ClassSize()) for name in ordered}


def _passing(laid: ChangedDraft, tops: tuple[str, str]) -> Whole:
    # Those who enter or leave the best class.
    best = [laid.classes.index(top) if top in laid.classes else -1 for top in tops]
    return np.flatnonzero((laid.before == best[0]) != (laid.after == best[1]))


def _greatest(rows: Whole, laid: ChangedDraft) -> Whole:
    # Those with the greatest sales, and whoever has as much as the last of them.
    if len(rows) <= MOST_GLANCED:
        return rows
    spend = laid.stored("spend", rows).fill_null(_LEAST).combine_chunks()
    known: Whole = spend.to_numpy(zero_copy_only=False)
    least = np.partition(known, len(known) - MOST_GLANCED)[len(known) - MOST_GLANCED]
    found: Whole = rows[known >= least]
    return found


def _with_reasons(laid: ChangedDraft, shown: Whole) -> pa.Table:
    told = laid.reasons(laid.keys[shown])
    places = pc.index_in(pa.array(laid.keys[shown]), value_set=told["customer_key"].combine_chunks())
    return pa.table(
        {
            "customer_key": laid.keys[shown],
            **_ends(laid, shown),
            "spend": laid.stored("spend", shown),
            **{name: told[name].take(places) for name in ("reason_zh", "reason_en")},
        }
    )


def _ends(laid: ChangedDraft, rows: Whole) -> dict[str, pa.Array]:
    words = pa.array(laid.classes)
    sides = {"from_class": laid.before, "to_class": laid.after}
    return {name: words.take(pa.array(places[rows])) for name, places in sides.items()}


def _hash(snapshot: Snapshot, laid: ChangedDraft) -> str:
    moving = np.flatnonzero(laid.before != laid.after)
    engine = open_engine(snapshot, [PERSONS])
    try:
        engine.give("transitions", pa.table({"customer_key": laid.keys[moving], **_ends(laid, moving)}))
        engine.run([_identities("transitions")])
        return moves_hash(engine, laid.moves)
    finally:
        engine.close()


def _identities(of: str) -> Step:
    query = sql(
        """
        select customer_key, min(source_id) as customer_id, min(name) as customer_name from persons
        where customer_key in (select customer_key from :of) group by customer_key
        """,
        of=exp.to_table(of),
    )
    return Step("identities", query, Text("来源编号", "source ids"))
