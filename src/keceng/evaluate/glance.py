"""What a draft would do, in heads alone: quick enough to be shown while somebody turns a line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from keceng.classify import ChangedDraft, NotStoredError, count_moves, lay_changed_draft, moves_hash, rehearse
from keceng.collect import CUSTOMERS, DECISIONS, OWNER_CHANGES, PERSONS
from keceng.evaluate.impact import ClassSize, Glance
from keceng.evaluate.simulation import MOST_NAMED, class_sizes, named_moves
from keceng.lake import Engine, FileColumns, Snapshot, Step, UnsupportedError, open_engine, sql
from keceng.standard import Standard
from keceng.vocabulary import Text

Whole = npt.NDArray[np.int64]
_LEAST = -(2**63) + 1
_EXACT = 2**53
_OF_NAMED = {"customer_key", "kind", "owner", "stated_owner", "changed_at", "change_id"}


def glance_at_draft(snapshot: Snapshot, draft: Standard) -> Glance:
    """The heads of `simulate_standard` alone, against the grades in force.

    Raises:
        KecengError: nothing is published yet.
    """
    engine = open_engine(snapshot, [PERSONS, DECISIONS])
    try:
        laid = lay_changed_draft(snapshot, draft, engine)
        if laid is not None:
            return _of_stored(snapshot, laid, engine)
    except (NotStoredError, UnsupportedError):
        pass  # a sentence names a place that a whole rehearsal alone works out
    finally:
        engine.close()
    return _rehearsed(snapshot, draft)


def _rehearsed(snapshot: Snapshot, draft: Standard) -> Glance:
    with rehearse(snapshot, draft) as rehearsal:
        tops = (rehearsal.base_standard.grade.class_ids[0], rehearsal.draft.grade.class_ids[0])
        named, heads = named_moves(rehearsal.engine, tops)
        return Glance(
            before=class_sizes(rehearsal, "from_class"),
            after=class_sizes(rehearsal, "to_class"),
            moves=count_moves(rehearsal.engine),
            moves_hash=moves_hash(rehearsal.engine),
            named=named,
            named_heads=heads,
            is_remeasured=rehearsal.is_remeasured,
        )


def _of_stored(snapshot: Snapshot, laid: ChangedDraft, engine: Engine) -> Glance:
    spend = laid.stored("spend")
    tops = (laid.base_standard.grade.class_ids[0], laid.draft.grade.class_ids[0])
    passing = _passing(laid, tops)
    shown = _greatest(passing, spend)
    _lay_moves(snapshot, engine, laid, np.flatnonzero(laid.before != laid.after))
    engine.give("moved", _with_reasons(laid, shown, spend))
    for table in (CUSTOMERS, OWNER_CHANGES):
        names = [c.name for c in table.columns if c.name in _OF_NAMED]
        keys = laid.keys[shown].tolist()
        engine.give(table.name, snapshot.find_rows(table, "customer_key", keys, names))
    named, _ = named_moves(engine, tops)
    before, after = _sizes(laid, spend)
    return Glance(
        before=_ordered(before, laid.base_standard),
        after=_ordered(after, laid.draft),
        moves=laid.moves,
        moves_hash=moves_hash(engine),
        named=named,
        named_heads=len(passing),
        is_remeasured=False,
    )


def _sizes(laid: ChangedDraft, spend: pa.ChunkedArray) -> tuple[dict[str, ClassSize], dict[str, ClassSize]]:
    cents = spend.fill_null(0).combine_chunks().to_numpy(zero_copy_only=False)
    width, cells = len(laid.classes), laid.cells
    heads = np.bincount(cells, minlength=width**2).reshape(width, width)
    sales = _summed(cents, cells, width)
    back = np.flatnonzero(cents < 0)
    positive = sales - _summed(cents[back], cells[back], width)
    total = int(positive.sum())
    return tuple(  # type: ignore[return-value]
        {
            name: ClassSize(int(n), int(money), int(good) / total if total else 0.0)
            for name, n, money, good in zip(
                laid.classes, heads.sum(axis=axis), sales.sum(axis=axis), positive.sum(axis=axis), strict=True
            )
            if n
        }
        for axis in (1, 0)
    )


def _summed(cents: Whole, cells: npt.NDArray[np.int32], width: int) -> Whole:
    if int(np.abs(cents).sum()) < _EXACT:
        # Each partial sum is a whole number that a double holds.
        summed = np.bincount(cells, weights=cents, minlength=width**2).astype(np.int64)
    else:
        summed = np.zeros(width**2, dtype=np.int64)
        np.add.at(summed, cells, cents)
    return summed.reshape(width, width)


def _ordered(found: Mapping[str, ClassSize], standard: Standard) -> Mapping[str, ClassSize]:
    ordered = [*standard.grade.class_ids, *sorted(set(found) - set(standard.grade.class_ids))]
    return {name: found.get(name, ClassSize()) for name in ordered}


def _passing(laid: ChangedDraft, tops: tuple[str, str]) -> Whole:
    # Those who enter or leave the best class.
    best = [laid.classes.index(top) if top in laid.classes else -1 for top in tops]
    return np.flatnonzero((laid.before == best[0]) != (laid.after == best[1]))


def _greatest(rows: Whole, spend: pa.ChunkedArray) -> Whole:
    # Those with the greatest sales, and whoever has as much as the last of them.
    if len(rows) <= MOST_NAMED:
        return rows
    known: Whole = (
        spend.take(pa.array(rows)).fill_null(_LEAST).combine_chunks().to_numpy(zero_copy_only=False)
    )
    least = np.partition(known, len(known) - MOST_NAMED)[len(known) - MOST_NAMED]
    found: Whole = rows[known >= least]
    return found


def _lay_moves(snapshot: Snapshot, engine: Engine, laid: ChangedDraft, moving: Whole) -> None:
    words, keys = pa.array(laid.classes), laid.keys[moving]
    sides = {
        name: words.take(pa.array(places[moving]))
        for name, places in (("from_class", laid.before), ("to_class", laid.after))
    }
    engine.give("transitions", pa.table({"customer_key": keys, **sides}))
    found = _single_ids(snapshot, keys)
    if found is not None:
        engine.give("identities", found)
        return
    ids = sql(
        """
        select customer_key, min(source_id) as customer_id, min(name) as customer_name from persons
        where customer_key in (select customer_key from transitions) group by customer_key
        """
    )
    engine.run([Step("identities", ids, Text("来源编号", "source ids"))])


def _single_ids(snapshot: Snapshot, keys: Whole) -> pa.Table | None:
    # Where everybody has one id and they lie by customer in one file, as in a book of one source, there is nothing to choose.
    files = snapshot.files(PERSONS)
    if len(files) != 1:
        return None
    persons = FileColumns(Path(files[0]))
    if (
        not {"customer_key", "source_id", "name"} <= {*persons.column_names}
        or persons["customer_key"].null_count
    ):
        return None
    known = persons["customer_key"].combine_chunks().to_numpy(zero_copy_only=False)
    if not len(known) or not bool((known[1:] > known[:-1]).all()):
        return None
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    rows = pa.array(at[known[at] == keys])
    names = {"customer_key": "customer_key", "customer_id": "source_id", "customer_name": "name"}
    return pa.table({name: persons[stored].take(rows) for name, stored in names.items()})


def _with_reasons(laid: ChangedDraft, shown: Whole, spend: pa.ChunkedArray) -> pa.Table:
    words = pa.array(laid.classes)
    told = laid.reasons(laid.keys[shown])
    places = pc.index_in(pa.array(laid.keys[shown]), value_set=told["customer_key"].combine_chunks())
    return pa.table(
        {
            "customer_key": laid.keys[shown],
            "from_class": words.take(pa.array(laid.before[shown])),
            "to_class": words.take(pa.array(laid.after[shown])),
            "spend": spend.take(pa.array(shown)),
            **{name: told[name].take(places) for name in ("reason_zh", "reason_en")},
        }
    )
