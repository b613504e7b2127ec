"""What people wrote about customers stays whatever becomes of the file from which the customer was first known."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.interactions import DESK_SOURCE
from keceng.collect.tables import CUSTOMERS, DECISIONS, INTERACTIONS, PERSONS, TEXTS
from keceng.lake import Snapshot, UnitOfWork


def restore_human_traces(work: UnitOfWork, before: Snapshot) -> None:
    """Write again the contacts that people noted, and the customers they or a decision are about, as they were."""
    interactions = _of_desk(before.read(INTERACTIONS))
    work.merge(INTERACTIONS, interactions)
    work.merge(TEXTS, _texts_of(before.read(TEXTS), interactions))
    keys = list_traced_keys(before)
    known = work.current().read(CUSTOMERS)["customer_key"]
    missing = keys.filter(pc.invert(pc.is_in(keys, value_set=known)))
    work.merge(CUSTOMERS, _about(before.read(CUSTOMERS), missing))
    work.merge(PERSONS, _about(before.read(PERSONS), missing))


def list_traced_keys(snapshot: Snapshot) -> pa.Array:
    """The keys of customers about whom somebody wrote or decided something."""
    noted = _of_desk(snapshot.read(INTERACTIONS))["customer_key"]
    decided = snapshot.read(DECISIONS)["customer_key"]
    return pc.drop_null(pc.unique(pa.chunked_array([*noted.chunks, *decided.chunks], pa.int64())))


def _of_desk(interactions: pa.Table) -> pa.Table:
    return interactions.filter(pc.equal(interactions["source"], DESK_SOURCE))


def _texts_of(texts: pa.Table, interactions: pa.Table) -> pa.Table:
    is_theirs = pc.and_(
        pc.equal(texts["about"], INTERACTIONS.name),
        pc.is_in(texts["record_id"], value_set=interactions["interaction_id"]),
    )
    return texts.filter(is_theirs)


def _about(rows: pa.Table, keys: pa.Array) -> pa.Table:
    return rows.filter(pc.is_in(rows["customer_key"], value_set=keys))
