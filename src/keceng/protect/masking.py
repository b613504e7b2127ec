"""How a personal value is shown to whoever need not know it: enough to recognise, too little to use."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_HIDDEN = "**"
_SHORT = 7


def mask_name(name: str) -> str:
    """A person's name: the first character, the rest hidden whatever its length; an empty name stays empty."""
    return f"{name[0]}{_HIDDEN}" if name else ""


def mask_names(names: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """`mask_name` of a whole column; unknown stays unknown."""
    masked = pc.binary_join_element_wise(pc.utf8_slice_codeunits(names, 0, 1), _HIDDEN, "")
    return pc.if_else(pc.equal(names, ""), "", masked)


def mask_phone(number: str) -> str:
    """A telephone number: three digits, four stars, the last four; a short one is hidden whole."""
    digits = number.strip()
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) > _SHORT else "*" * len(digits)
