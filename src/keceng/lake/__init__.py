"""The lake: facts and results in Delta tables under one version number, and the engine that reads them.

The only room that speaks to Delta or to a database engine.
"""

from keceng.lake.catalogue import Entry
from keceng.lake.checking import LakeFault, check_lake, is_being_written
from keceng.lake.engine import Engine, Step, open_engine, plan_text
from keceng.lake.pruning import prune_steps, read_in_place
from keceng.lake.schema import Column, Storage, Table
from keceng.lake.store import CATALOGUE_FOLDER, RUNS_FOLDER, Lake, Snapshot, UnitOfWork
from keceng.lake.trees import Filling, column, literal, sql

__all__ = [
    "CATALOGUE_FOLDER",
    "RUNS_FOLDER",
    "Column",
    "Engine",
    "Entry",
    "Filling",
    "Lake",
    "LakeFault",
    "Snapshot",
    "Step",
    "Storage",
    "Table",
    "UnitOfWork",
    "check_lake",
    "column",
    "is_being_written",
    "literal",
    "open_engine",
    "plan_text",
    "prune_steps",
    "read_in_place",
    "sql",
]
