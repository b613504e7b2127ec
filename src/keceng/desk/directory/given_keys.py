"""Keys of customers, handed to a query in one piece, however many there are.

The database gets them as one text, since it limits how many values a statement may have; a roster takes them as they are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import RawSQL
from django.db.models.sql.compiler import SQLCompiler


class GivenKeys(RawSQL):
    """For `customer_key__in`: the customers of `keys`, which nobody changes afterwards."""

    def __init__(self, keys: npt.NDArray[np.int64]) -> None:
        self.keys = keys
        super().__init__("", ())

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str, ...]]:  # noqa: ARG002  Django passes it
        """The rows of one value, as a subquery."""
        written = ",".join(map(str, self.keys.tolist()))
        if connection.vendor == "sqlite":
            return "(select value from json_each(%s))", (f"[{written}]",)
        return "(select unnest(%s::bigint[]))", (f"{{{written}}}",)
