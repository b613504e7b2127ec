"""The ruler laid on the numbers at a date: exactly one grade per customer, each with its stored reason."""

from keceng.classify.explanation import ConditionLine, Explanation, explain_customer, spoken_value
from keceng.classify.results import names_on_demand, read_assignments, read_run_standard
from keceng.classify.retention import LIST_MEASURES, list_expected_losses
from keceng.classify.run import RunRequest, class_steps, classify_customers, plan_steps
from keceng.classify.summary import (
    LedgerRows,
    PopulationCounts,
    RunSummary,
    StandardReference,
    read_summary,
)
from keceng.classify.tables import CUSTOMERS_FILE, CUTS_FILE, RUN_FILE, STANDARD_FILE, norms_file

__all__ = [
    "CUSTOMERS_FILE",
    "CUTS_FILE",
    "LIST_MEASURES",
    "RUN_FILE",
    "STANDARD_FILE",
    "ConditionLine",
    "Explanation",
    "LedgerRows",
    "PopulationCounts",
    "RunRequest",
    "RunSummary",
    "StandardReference",
    "class_steps",
    "classify_customers",
    "explain_customer",
    "list_expected_losses",
    "names_on_demand",
    "norms_file",
    "plan_steps",
    "read_assignments",
    "read_run_standard",
    "read_summary",
    "spoken_value",
]
