"""Steps with one row per unit worked out column by column in memory, beside the engine that does everything else."""

from keceng.lake.vectors.blocks import Relation
from keceng.lake.vectors.laying import to_table, to_tables
from keceng.lake.vectors.queries import Selected
from keceng.lake.vectors.stored import Stored
from keceng.lake.vectors.vector import UnsupportedError

__all__ = ["Relation", "Selected", "Stored", "UnsupportedError", "to_table", "to_tables"]
