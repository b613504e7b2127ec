"""Files and systems in, one clean ledger out, every rejected row explained."""

from keceng.collect.answers import Settled, settle
from keceng.collect.batches import FileSeen, RowCounts
from keceng.collect.cost_rates import ACTIVITIES, declare_cost_rates
from keceng.collect.database import DatabaseSource
from keceng.collect.fields import ENTITIES, FIELDS
from keceng.collect.files import read_source
from keceng.collect.id_codes import id_code
from keceng.collect.importing import collect_database, collect_files, preview_files
from keceng.collect.interactions import DESK_SOURCE, Interaction, record_interactions
from keceng.collect.ledger_changes import LedgerChange, compare_ledgers
from keceng.collect.mapping import suggest_mapping
from keceng.collect.options import CollectOptions, CollectReport
from keceng.collect.owners import (
    OwnerChange,
    owner_step,
    owners_query,
    read_stated_owners,
    record_owner_changes,
)
from keceng.collect.purchase_days import last_valid_order_date
from keceng.collect.questions import QUESTION_IDS, ask
from keceng.collect.reject_files import write_rejects
from keceng.collect.source import Option, Question, SourceMapping, SourceTable, TableMapped, sample_cells
from keceng.collect.steps import has_import
from keceng.collect.tables import (
    BATCHES,
    COMPLAINTS,
    CONSENTS,
    CONTACTS,
    CONTRACTS,
    COST_RATES,
    CUSTOMERS,
    DECISIONS,
    DECLARED_MEASURES,
    IMPORT_STEPS,
    INTERACTIONS,
    INVOICES,
    LEDGER,
    OPPORTUNITIES,
    ORDER_LINES,
    ORDERS,
    OWNER_CHANGES,
    PAYMENTS,
    PERSONS,
    PRODUCTS,
    PROJECTS,
    PURCHASE_DAY,
    REJECTS,
    RELATIONS,
    SOURCES,
    SURVEY_RESPONSES,
    TAKEN_BACK,
    TEXTS,
)
from keceng.collect.undo_reports import UndoReport
from keceng.collect.undoing import preview_undo, undo_import
from keceng.collect.validating import validate_sales

__all__ = [
    "ACTIVITIES",
    "BATCHES",
    "COMPLAINTS",
    "CONSENTS",
    "CONTACTS",
    "CONTRACTS",
    "COST_RATES",
    "CUSTOMERS",
    "DECISIONS",
    "DECLARED_MEASURES",
    "DESK_SOURCE",
    "ENTITIES",
    "FIELDS",
    "IMPORT_STEPS",
    "INTERACTIONS",
    "INVOICES",
    "LEDGER",
    "OPPORTUNITIES",
    "ORDERS",
    "ORDER_LINES",
    "OWNER_CHANGES",
    "PAYMENTS",
    "PERSONS",
    "PRODUCTS",
    "PROJECTS",
    "PURCHASE_DAY",
    "QUESTION_IDS",
    "REJECTS",
    "RELATIONS",
    "SOURCES",
    "SURVEY_RESPONSES",
    "TAKEN_BACK",
    "TEXTS",
    "CollectOptions",
    "CollectReport",
    "DatabaseSource",
    "FileSeen",
    "Interaction",
    "LedgerChange",
    "Option",
    "OwnerChange",
    "Question",
    "RowCounts",
    "Settled",
    "SourceMapping",
    "SourceTable",
    "TableMapped",
    "UndoReport",
    "ask",
    "collect_database",
    "collect_files",
    "compare_ledgers",
    "declare_cost_rates",
    "has_import",
    "id_code",
    "last_valid_order_date",
    "owner_step",
    "owners_query",
    "preview_files",
    "preview_undo",
    "read_source",
    "read_stated_owners",
    "record_interactions",
    "record_owner_changes",
    "sample_cells",
    "settle",
    "suggest_mapping",
    "undo_import",
    "validate_sales",
    "write_rejects",
]
