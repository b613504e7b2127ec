"""The lake: facts and results in Delta tables under one version number, and the engine that reads them.

The only room that speaks to Delta or to a database engine.
"""

from keceng.lake.catalogue import Entry
from keceng.lake.checking import LakeFault, check_lake, is_being_written
from keceng.lake.differences import view_changes, view_table
from keceng.lake.dropping import run_and_drop
from keceng.lake.engine import EMBEDDED, ENGINES, Engine, EngineChoice, Step, open_engine, plan_text
from keceng.lake.folds import Fold, NotInOrderError
from keceng.lake.limits import LEAST_MEMORY, UNLIMITED, Limits, size_text
from keceng.lake.pruning import prune_steps, read_in_place
from keceng.lake.schema import Column, Storage, Table
from keceng.lake.spilling import SPILL_FOLDER, SpillPlace
from keceng.lake.store import CATALOGUE_FOLDER, RUNS_FOLDER, Lake, Snapshot, UnitOfWork
from keceng.lake.trees import Filling, column, literal, sql
from keceng.lake.writing import TableWriter, repeating_columns

__all__ = [
    "CATALOGUE_FOLDER",
    "EMBEDDED",
    "ENGINES",
    "LEAST_MEMORY",
    "RUNS_FOLDER",
    "SPILL_FOLDER",
    "UNLIMITED",
    "Column",
    "Engine",
    "EngineChoice",
    "Entry",
    "Filling",
    "Fold",
    "Lake",
    "LakeFault",
    "Limits",
    "NotInOrderError",
    "Snapshot",
    "SpillPlace",
    "Step",
    "Storage",
    "Table",
    "TableWriter",
    "UnitOfWork",
    "check_lake",
    "column",
    "is_being_written",
    "literal",
    "open_engine",
    "plan_text",
    "prune_steps",
    "read_in_place",
    "repeating_columns",
    "run_and_drop",
    "size_text",
    "sql",
    "view_changes",
    "view_table",
]
