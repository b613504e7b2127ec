"""The random keys that customers and contacts had before the ledger was made again, so that they keep them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.tables import CONTACTS, PERSONS


@dataclass(frozen=True, slots=True)
class FormerKeys:
    """Who had which key, by source and the id there; nobody, where the ledger grows as usual.

    Attributes:
        persons: rows of `persons`.
        contacts: rows of `contacts`.
    """

    persons: pa.Table = field(default_factory=PERSONS.arrow_schema.empty_table)
    contacts: pa.Table = field(default_factory=CONTACTS.arrow_schema.empty_table)

    def customers_of(self, source: str) -> pa.Table:
        """Columns source_id, customer_key."""
        return _of(self.persons, source).select(["source_id", "customer_key"])

    def contacts_of(self, source: str) -> pa.Table:
        """Columns source_id, contact_key."""
        return _of(self.contacts, source).select(["source_id", "contact_key"])


def _of(rows: pa.Table, source: str) -> pa.Table:
    return rows.filter(pc.equal(rows["source"], source))
