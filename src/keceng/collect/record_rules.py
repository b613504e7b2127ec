"""How the rows of each entity other than sales become rows of its table: columns, keys, what must not be empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keceng.collect import tables
from keceng.collect.readings import CellKind
from keceng.lake import Storage, Table

_BY_STORAGE: Mapping[Storage, CellKind] = {
    Storage.INTEGER: CellKind.WHOLE,
    Storage.CENTS: CellKind.CENTS,
    Storage.TEXT: CellKind.TEXT,
    Storage.DATE: CellKind.DAY,
    Storage.TIMESTAMP: CellKind.MOMENT,
    Storage.FLAG: CellKind.FLAG,
    Storage.QUANTITY: CellKind.QUANTITY,
}
_FILLED_BY_COLLECT = frozenset(
    {"source", "source_id", "customer_key", "contact_key", "reports_to_key", "from_key", "to_key"}
)


@dataclass(frozen=True, slots=True)
class RecordRule:
    """How one entity's rows are read.

    Attributes:
        table: where they go.
        identity: the column that names a record within its source; None where the key is made of other columns.
        identity_field: the input field that feeds `identity`.
        fields: column → input field, where their names differ.
        needs: columns that must not be empty, with the code of the reason.
        fallbacks: column → columns that stand for it where it is empty; a quoted word stands for itself.
        needs_customer: whether a row without a customer is rejected.
        dated: the column that says when it happened; a customer exists from its earliest dated record on.
        has_text: whether its `content` goes to the table of free texts.
    """

    table: Table
    identity: str | None = None
    identity_field: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    fallbacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    needs_customer: bool = True
    dated: str | None = None
    has_text: bool = False

    @property
    def columns(self) -> Mapping[str, tuple[str, CellKind]]:
        """Column → (input field, how its cells are read), for the columns that a file feeds."""
        return {
            c.name: (self.fields.get(c.name, c.name), _kind(self.table.name, c.name, c.storage))
            for c in self.table.columns
            if c.name not in _FILLED_BY_COLLECT and c.name != self.identity
        }


_BY_NAME: Mapping[str, CellKind] = {
    "phone": CellKind.PHONE,
    "outcome": CellKind.OUTCOME,
    "buying_role": CellKind.BUYING_ROLE,
    "seniority": CellKind.SENIORITY,
    "space": CellKind.SPACE,
    "initiated_by": CellKind.INITIATOR,
    "relation_type": CellKind.RELATION,
    "government_system": CellKind.GOVERNMENT_SYSTEM,
    "government_level": CellKind.GOVERNMENT_LEVEL,
    "project_type": CellKind.PROJECT_TYPE,
}


def _kind(table: str, name: str, storage: Storage) -> CellKind:
    if name == "stage":
        return CellKind.PROJECT_STAGE if table == "projects" else CellKind.STAGE
    if name in _BY_NAME:
        return _BY_NAME[name]
    if storage is Storage.TEXT and name.endswith("_id"):
        return CellKind.CODE
    return _BY_STORAGE[storage]


RECORD_RULES: Mapping[str, RecordRule] = {
    "products": RecordRule(
        tables.PRODUCTS,
        "product_id",
        "product_id",
        fields={"name": "product_name"},
        fallbacks={"product_id": ("name",)},
        needs_customer=False,
    ),
    "invoices": RecordRule(
        tables.INVOICES,
        "invoice_id",
        "invoice_id",
        dated="issued_on",
        needs={"amount": "missing_amount", "issued_on": "missing_date"},
        fallbacks={"amount": ("balance",), "issued_on": ("due_on",)},
    ),
    "payments": RecordRule(
        tables.PAYMENTS,
        "payment_id",
        "payment_id",
        dated="received_on",
        needs={"amount": "missing_amount", "received_on": "missing_date"},
    ),
    "interactions": RecordRule(
        tables.INTERACTIONS,
        "interaction_id",
        "interaction_id",
        dated="happened_on",
        needs={"happened_on": "missing_date"},
        has_text=True,
    ),
    "survey_responses": RecordRule(
        tables.SURVEY_RESPONSES,
        "response_id",
        "response_id",
        dated="answered_on",
        needs={"answered_on": "missing_date", "answer": "missing_answer"},
        fallbacks={"question": ("survey_kind", "survey", "'overall'")},
        needs_customer=False,
        has_text=True,
    ),
    "complaints": RecordRule(
        tables.COMPLAINTS,
        "complaint_id",
        "complaint_id",
        dated="received_on",
        needs={"received_on": "missing_date"},
        has_text=True,
    ),
    "contacts": RecordRule(tables.CONTACTS, "source_id", "contact_id", fields={"name": "contact_name"}),
    "relations": RecordRule(
        tables.RELATIONS,
        dated="since_on",
        fallbacks={"relation_type": ("'unspecified'",)},
        needs_customer=False,
    ),
    "opportunities": RecordRule(
        tables.OPPORTUNITIES,
        "opportunity_id",
        "opportunity_id",
        dated="opened_on",
        needs_customer=False,
    ),
    "projects": RecordRule(tables.PROJECTS, "project_id", "project_id", dated="published_on", has_text=True),
    "contracts": RecordRule(
        tables.CONTRACTS,
        "contract_id",
        "contract_id",
        dated="signed_on",
        needs={"signed_on": "missing_date"},
        fallbacks={"signed_on": ("starts_on",)},
    ),
    "consents": RecordRule(
        tables.CONSENTS,
        dated="given_on",
        needs={"given_on": "missing_date"},
        fallbacks={
            "given_on": ("withdrawn_on",),
            "purpose": ("'unspecified'",),
            "channel": ("'unspecified'",),
        },
    ),
}
"""The rule of every entity that is stored as it is told, one record per row."""
