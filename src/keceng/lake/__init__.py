"""The lake: facts and results in Delta tables under one version number, and the engine that reads them.

The only room that speaks to Delta or to a database engine.
"""

from keceng.lake.catalogue import Entry
from keceng.lake.checking import LakeFault, check_lake, is_being_written
from keceng.lake.compilation import compiled
from keceng.lake.differences import (
    Sides,
    changed_in_order,
    changed_keys,
    count_come,
    open_sides,
    view_changes,
)
from keceng.lake.dropping import run_and_drop
from keceng.lake.engine import (
    EMBEDDED,
    ENGINES,
    Engine,
    EngineChoice,
    Kernel,
    Step,
    empty_without,
    open_engine,
    plan_text,
)
from keceng.lake.folds import Fold, NotInOrderError, see_rising
from keceng.lake.keyed_rows import (
    RowsOfKeys,
    among,
    each_once,
    keys_in,
    map_large_files,
    read_file,
    read_small_files,
    rows_of_keys,
)
from keceng.lake.limits import LEAST_MEMORY, UNLIMITED, Limits, machine_bytes, size_text
from keceng.lake.mapped import (
    MAPPED_FOLDER,
    Keys,
    MappedFile,
    Numbers,
    footer_of,
    forget_mapped,
    map_file,
    mapped_folder,
    plain_type,
)
from keceng.lake.packed_rows import EitherOf, PackedColumn, PackedRows, SomeNumbers, Texts
from keceng.lake.pruning import prune_steps, read_in_place
from keceng.lake.reaching import narrow_folds
from keceng.lake.schema import Column, Storage, Table
from keceng.lake.sorting import in_order
from keceng.lake.spilling import SPILL_FOLDER, SpillPlace
from keceng.lake.store import CATALOGUE_FOLDER, RUNS_FOLDER, Lake, Snapshot, UnitOfWork
from keceng.lake.streams import in_one
from keceng.lake.trees import Filling, column, has_star, literal, names_in, sql, tables_in
from keceng.lake.unit_columns import FileColumns, UnitColumns
from keceng.lake.vectors import UnsupportedError, file_table
from keceng.lake.writing import TableWriter, repeating_columns

__all__ = [
    "CATALOGUE_FOLDER",
    "EMBEDDED",
    "ENGINES",
    "LEAST_MEMORY",
    "MAPPED_FOLDER",
    "RUNS_FOLDER",
    "SPILL_FOLDER",
    "UNLIMITED",
    "Column",
    "EitherOf",
    "Engine",
    "EngineChoice",
    "Entry",
    "FileColumns",
    "Filling",
    "Fold",
    "Kernel",
    "Keys",
    "Lake",
    "LakeFault",
    "Limits",
    "MappedFile",
    "NotInOrderError",
    "Numbers",
    "PackedColumn",
    "PackedRows",
    "RowsOfKeys",
    "Sides",
    "Snapshot",
    "SomeNumbers",
    "SpillPlace",
    "Step",
    "Storage",
    "Table",
    "TableWriter",
    "Texts",
    "UnitColumns",
    "UnitOfWork",
    "UnsupportedError",
    "among",
    "changed_in_order",
    "changed_keys",
    "check_lake",
    "column",
    "compiled",
    "count_come",
    "each_once",
    "empty_without",
    "file_table",
    "footer_of",
    "forget_mapped",
    "has_star",
    "in_one",
    "in_order",
    "is_being_written",
    "keys_in",
    "literal",
    "machine_bytes",
    "map_file",
    "map_large_files",
    "mapped_folder",
    "names_in",
    "narrow_folds",
    "open_engine",
    "open_sides",
    "plain_type",
    "plan_text",
    "prune_steps",
    "read_file",
    "read_in_place",
    "read_small_files",
    "repeating_columns",
    "rows_of_keys",
    "run_and_drop",
    "see_rising",
    "size_text",
    "sql",
    "tables_in",
    "view_changes",
]
