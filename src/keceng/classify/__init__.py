"""The ruler laid on the numbers at a date: exactly one grade per customer, each with its stored reason."""

from keceng.classify.changed_draft import ChangedDraft, lay_changed_draft
from keceng.classify.changed_plan import NotStoredError
from keceng.classify.confidence import chance_of_best_grade, chances_of_grades
from keceng.classify.decisions import Decision, DecisionKind, check_decision, read_decisions, record_decisions
from keceng.classify.explanation import ConditionLine, Explanation, explain_customer, spoken_value
from keceng.classify.explanation_rows import columns_read
from keceng.classify.fitting import FittingStandard, list_fitting_standards
from keceng.classify.increment import prepare_increments
from keceng.classify.judgement import Judge, Verdict, read_judge
from keceng.classify.judgement_ranks import FrozenRanking
from keceng.classify.known import list_known_measures
from keceng.classify.letter import write_letter
from keceng.classify.moves import GONE, MOVES, NEW, UNCLASSIFIED, count_moves, moves_hash
from keceng.classify.plan import class_steps, plan_steps, settle_steps
from keceng.classify.population import ALWAYS
from keceng.classify.publications import find_publication, read_published_standard
from keceng.classify.reason_codes import CodeParts, split_code
from keceng.classify.rehearsal import Rehearsal, rehearse
from keceng.classify.results import names_on_demand, read_assignments
from keceng.classify.retention import LIST_MEASURES, list_expected_losses
from keceng.classify.run import RunRequest, classify_customers
from keceng.classify.stability import EMPTY_STANDINGS, standings_query
from keceng.classify.stored import (
    customer_columns,
    customer_files,
    find_customers,
    lookup_files,
    read_customers,
    scan_customers,
)
from keceng.classify.stored_reasons import SENTENCES
from keceng.classify.summary import (
    LedgerRows,
    PopulationCounts,
    RunSummary,
    StandardReference,
    read_run_standard,
    read_summary,
)
from keceng.classify.tables import CUSTOMERS_FILE, CUTS_FILE, RUN_FILE, STANDARD_FILE, norms_file, ranks_file
from keceng.classify.ways import MOST_WAYS, Way, WaysUp, find_ways_up, next_review
from keceng.classify.ways_case import Case, Change, Moved
from keceng.classify.ways_down import Lapse, Loss, WayDown, find_way_down
from keceng.classify.ways_history import PurchaseDay, PurchaseHistory, history_of, read_purchase_history
from keceng.classify.ways_measures import FOLLOWED, Norms, remeasure
from keceng.classify.ways_opening import open_case, read_norms, run_judge

__all__ = [
    "ALWAYS",
    "CUSTOMERS_FILE",
    "CUTS_FILE",
    "EMPTY_STANDINGS",
    "FOLLOWED",
    "GONE",
    "LIST_MEASURES",
    "MOST_WAYS",
    "MOVES",
    "NEW",
    "RUN_FILE",
    "SENTENCES",
    "STANDARD_FILE",
    "UNCLASSIFIED",
    "Case",
    "Change",
    "ChangedDraft",
    "CodeParts",
    "ConditionLine",
    "Decision",
    "DecisionKind",
    "Explanation",
    "FittingStandard",
    "FrozenRanking",
    "Judge",
    "Lapse",
    "LedgerRows",
    "Loss",
    "Moved",
    "Norms",
    "NotStoredError",
    "PopulationCounts",
    "PurchaseDay",
    "PurchaseHistory",
    "Rehearsal",
    "RunRequest",
    "RunSummary",
    "StandardReference",
    "Verdict",
    "Way",
    "WayDown",
    "WaysUp",
    "chance_of_best_grade",
    "chances_of_grades",
    "check_decision",
    "class_steps",
    "classify_customers",
    "columns_read",
    "count_moves",
    "customer_columns",
    "customer_files",
    "explain_customer",
    "find_customers",
    "find_publication",
    "find_way_down",
    "find_ways_up",
    "history_of",
    "lay_changed_draft",
    "list_expected_losses",
    "list_fitting_standards",
    "list_known_measures",
    "lookup_files",
    "moves_hash",
    "names_on_demand",
    "next_review",
    "norms_file",
    "open_case",
    "plan_steps",
    "prepare_increments",
    "ranks_file",
    "read_assignments",
    "read_customers",
    "read_decisions",
    "read_judge",
    "read_norms",
    "read_published_standard",
    "read_purchase_history",
    "read_run_standard",
    "read_summary",
    "record_decisions",
    "rehearse",
    "remeasure",
    "run_judge",
    "scan_customers",
    "settle_steps",
    "split_code",
    "spoken_value",
    "standings_query",
    "write_letter",
]
