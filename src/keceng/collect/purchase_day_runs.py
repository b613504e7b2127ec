"""Purchase days of lines that come sorted by customer and day: what the query of `purchase_days` gives, without its table of groups.

For the plainest lines alone: every order has one line, none was returned as a whole, and no line tells a cost, a discount or a
list amount.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

SORTED_LINES = """
select customer_key, line_on, amount, is_valid, is_return from order_lines
where customer_key is not null and not is_cancelled
order by customer_key, line_on
"""

Numbers = npt.NDArray[np.int64]


def sum_runs(pieces: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows of `purchase_day`, in the order of the lines; a day that goes on in the next piece waits for it."""
    held = None
    for piece in pieces:
        rows = pa.Table.from_batches([piece])
        if held is not None:
            rows = pa.concat_tables([held, rows])
        starts = _starts(rows)
        last = int(starts[-1])
        if len(starts) > 1:
            yield _sums(rows.slice(0, last), starts[:-1])
        held = rows.slice(last)
    if held is not None and held.num_rows:
        yield _sums(held, np.zeros(1, dtype=np.int64))


def _starts(rows: pa.Table) -> Numbers:
    """Where another customer or another day begins."""
    customers, days = rows["customer_key"].to_numpy(), _whole(rows["line_on"].cast(pa.int32()))
    is_other = (customers[1:] != customers[:-1]) | (days[1:] != days[:-1])
    return np.concatenate([np.zeros(1, dtype=np.int64), np.flatnonzero(is_other) + 1])


def _sums(rows: pa.Table, starts: Numbers) -> pa.Table:
    amounts = _whole(rows["amount"])
    is_valid, is_return = _whole(rows["is_valid"].cast(pa.int8())), _whole(rows["is_return"].cast(pa.int8()))
    orders = np.add.reduceat(is_valid, starts)
    first = pa.array(starts)
    return pa.table(
        {
            "customer_key": rows["customer_key"].take(first),
            "day": rows["line_on"].take(first),
            "orders": orders,
            "lines": orders,
            "net": np.add.reduceat(amounts, starts),
            "gross": np.add.reduceat(amounts * is_valid, starts),
            "returned": np.add.reduceat(-amounts * is_return, starts),
        }
    )


def _whole(column: pa.ChunkedArray) -> Numbers:
    numbers: Numbers = column.to_numpy().astype(np.int64, copy=False)
    return numbers
