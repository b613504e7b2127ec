"""Files and systems in, one clean ledger out, every rejected row explained."""

from keceng.collect.answers import Settled, settle
from keceng.collect.batches import FileSeen, RowCounts
from keceng.collect.cost_rates import ACTIVITIES, declare_cost_rates
from keceng.collect.fields import ENTITIES, FIELDS
from keceng.collect.files import read_source
from keceng.collect.importing import collect_files, preview_files
from keceng.collect.interactions import DESK_SOURCE, Interaction, record_interactions
from keceng.collect.mapping import suggest_mapping
from keceng.collect.options import CollectOptions, CollectReport
from keceng.collect.purchase_days import last_valid_order_date
from keceng.collect.questions import QUESTION_IDS, ask
from keceng.collect.reject_files import write_rejects
from keceng.collect.source import Option, Question, SourceMapping, SourceTable, TableMapped, sample_cells
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
    INTERACTIONS,
    INVOICES,
    LEDGER,
    OPPORTUNITIES,
    ORDER_LINES,
    ORDERS,
    PAYMENTS,
    PERSONS,
    PRODUCTS,
    PROJECTS,
    PURCHASE_DAY,
    REJECTS,
    RELATIONS,
    SOURCES,
    SURVEY_RESPONSES,
    TEXTS,
)

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
    "INTERACTIONS",
    "INVOICES",
    "LEDGER",
    "OPPORTUNITIES",
    "ORDERS",
    "ORDER_LINES",
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
    "TEXTS",
    "CollectOptions",
    "CollectReport",
    "FileSeen",
    "Interaction",
    "Option",
    "Question",
    "RowCounts",
    "Settled",
    "SourceMapping",
    "SourceTable",
    "TableMapped",
    "ask",
    "collect_files",
    "declare_cost_rates",
    "last_valid_order_date",
    "preview_files",
    "read_source",
    "record_interactions",
    "sample_cells",
    "settle",
    "suggest_mapping",
    "write_rejects",
]
