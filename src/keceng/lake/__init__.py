"""The lake: facts and results in Delta tables under one version number, and the engine that reads them.

The only room that speaks to Delta or to a database engine.
"""

from keceng.lake.catalogue import Entry
from keceng.lake.engine import Engine, Step, open_engine, plan_text
from keceng.lake.pruning import prune_steps
from keceng.lake.schema import Column, Storage, Table
from keceng.lake.store import Lake, Snapshot, UnitOfWork
from keceng.lake.trees import Filling, column, literal, sql

__all__ = [
    "Column",
    "Engine",
    "Entry",
    "Filling",
    "Lake",
    "Snapshot",
    "Step",
    "Storage",
    "Table",
    "UnitOfWork",
    "column",
    "literal",
    "open_engine",
    "plan_text",
    "prune_steps",
    "sql",
]
