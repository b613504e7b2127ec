"""Who of us looks after a customer: what the files say, and what people at the desk have changed since.

Files keep the last word about themselves: `customers` holds the owner that they state, whatever happens at the desk. A
change of owner stands beside it with the statement that it replaces, and holds for as long as the files state just that;
a file that states somebody else is newer news and is followed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from keceng.collect.tables import CUSTOMERS, OWNER_CHANGES
from keceng.lake import Lake, Snapshot, Step, open_engine, sql
from keceng.vocabulary import Text

_WAIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class OwnerChange:
    """Customers who come to another owner at once.

    Attributes:
        change_id: the idempotency key; recording it twice changes nothing.
        changed_at: when, in UTC, without a zone; of two changes the later holds.
        changed_by: who, by their name at the desk.
        customers: (customer, the new owner or None, the owner that the files stated then or None).
    """

    change_id: str
    changed_at: dt.datetime
    changed_by: str
    customers: Sequence[tuple[int, str | None, str | None]]


def record_owner_changes(lake: Lake, changes: Sequence[OwnerChange], *, author: str) -> None:
    """Write `changes` in one unit of work; each is there once however often it is written.

    Raises:
        KecengError: another task is writing to the lake just now.
    """
    tables = [_rows(change) for change in changes if change.customers]
    if tables:
        with lake.unit_of_work("owner", author, wait_seconds=_WAIT_SECONDS) as work:
            work.merge(OWNER_CHANGES, pa.concat_tables(tables))


def read_stated_owners(snapshot: Snapshot, keys: Collection[int]) -> Mapping[int, str | None]:
    """The owner whom the files state, of each of these customers whom the ledger knows."""
    engine = open_engine(snapshot, [CUSTOMERS])
    try:
        engine.give("wanted", pa.table({"customer_key": pa.array(list(keys), pa.int64())}))
        found = engine.fetch(
            sql("select customer_key, owner from customers semi join wanted using (customer_key)")
        )
    finally:
        engine.close()
    return dict(zip(found["customer_key"].to_pylist(), found["owner"].to_pylist(), strict=True))


def owner_step() -> Step:
    """`owners`: per customer who looks after it; needs `customers` and `owner_changes`."""
    return Step("owners", owners_query(), Text("现在的负责人", "who looks after a customer now"))


def owners_query() -> exp.Expr:
    """(customer_key, owner) of every customer."""
    return sql(
        """
        with numbered as (
          select customer_key, owner, stated_owner,
            row_number() over (partition by customer_key order by changed_at desc, change_id desc) as latest
          from owner_changes
        )
        select c.customer_key,
          case when n.customer_key is not null and n.stated_owner is not distinct from c.owner then n.owner else c.owner end
            as owner
        from customers as c left join numbered as n on n.customer_key = c.customer_key and n.latest = 1
        """
    )


def _rows(change: OwnerChange) -> pa.Table:
    keys, owners, stated = zip(*change.customers, strict=True)
    count = len(keys)
    columns = {
        "change_id": [change.change_id] * count,
        "customer_key": list(keys),
        "owner": list(owners),
        "stated_owner": list(stated),
        "changed_at": [change.changed_at] * count,
        "changed_by": [change.changed_by] * count,
    }
    return pa.table(columns, OWNER_CHANGES.arrow_schema)
