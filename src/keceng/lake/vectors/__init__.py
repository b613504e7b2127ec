"""Steps with one row per unit worked out column by column in memory, beside the engine that does everything else."""

from keceng.lake.vectors.relations import Relation, Selected, Stored, to_table, to_tables
from keceng.lake.vectors.vector import Unsupported

__all__ = ["Relation", "Selected", "Stored", "Unsupported", "to_table", "to_tables"]
