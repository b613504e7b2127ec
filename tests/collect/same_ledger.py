"""A ledger told without what is random or of the clock, so that two of them can be compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from keceng.collect import BATCHES, CONTACTS, LEDGER, ORDERS, PERSONS
from keceng.lake import Snapshot

_KEYS = ("customer_key", "parent_key", "from_key", "to_key")
_CONTACT_KEYS = ("contact_key", "reports_to_key")
_CLOCK = {"imported_at"}


def told_ledger(snapshot: Snapshot) -> dict[str, list[str]]:
    """Table → its rows as sorted texts; customers, contacts, orders and batches by what they are called in their files."""
    labels = _labels(snapshot)
    return {
        table.name: sorted(_told(row, labels) for row in snapshot.read(table).to_pylist()) for table in LEDGER
    }


def _labels(snapshot: Snapshot) -> dict[str, dict[Any, str]]:
    customers: dict[Any, str] = {}
    for row in snapshot.read(PERSONS).to_pylist():
        called = f"{row['source']}:{row['source_id']}"
        customers[row["customer_key"]] = min(called, customers.get(row["customer_key"], called))
    contacts = {
        r["contact_key"]: f"{r['source']}:{r['source_id']}" for r in snapshot.read(CONTACTS).to_pylist()
    }
    batches = {r["batch_id"]: f"{r['file']} {r['digest']}" for r in snapshot.read(BATCHES).to_pylist()}
    orders = {r["order_key"]: _called(r["order_id"], customers) for r in snapshot.read(ORDERS).to_pylist()}
    return {"customers": customers, "contacts": contacts, "batches": batches, "orders": orders}


def _called(order_id: str, customers: Mapping[Any, str]) -> str:
    """An order id; one made of the customer's key, with the customer instead."""
    return re.sub(r"/(\d{6,})(?=/)", lambda m: f"/{customers[int(m[1])]}", order_id)


def _told(row: dict[str, Any], labels: Mapping[str, Mapping[Any, str]]) -> str:
    told = dict(row)
    for name, value in row.items():
        if name in _CLOCK:
            told[name] = None
        elif name in _KEYS and value is not None:
            told[name] = labels["customers"][value]
        elif name in _CONTACT_KEYS and value is not None:
            told[name] = labels["contacts"][value]
        elif name == "batch_id" and value is not None:
            told[name] = labels["batches"][value]
        elif name == "order_key":
            told[name] = labels["orders"][value]
        elif name == "order_id" and value is not None:
            told[name] = _called(value, labels["customers"])
        elif name == "fixed_by":
            told[name] = value is not None
    return repr(sorted(told.items()))
