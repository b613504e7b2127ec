"""Steps with one row per unit worked out column by column in memory, beside the engine that does everything else."""

from keceng.lake.vectors.blocks import Block, Relation, blocks_of
from keceng.lake.vectors.filed import Filed
from keceng.lake.vectors.filing import Filing, file_table
from keceng.lake.vectors.kept import DisorderedError, Keeping, Kept, keep, keep_keys, lay
from keceng.lake.vectors.laying import Laying, lay_block, to_table
from keceng.lake.vectors.queries import Selected
from keceng.lake.vectors.stored import Stored
from keceng.lake.vectors.tallied import Tallied
from keceng.lake.vectors.vector import UnsupportedError

__all__ = [
    "Block",
    "DisorderedError",
    "Filed",
    "Filing",
    "Keeping",
    "Kept",
    "Laying",
    "Relation",
    "Selected",
    "Stored",
    "Tallied",
    "UnsupportedError",
    "blocks_of",
    "file_table",
    "keep",
    "keep_keys",
    "lay",
    "lay_block",
    "to_table",
]
