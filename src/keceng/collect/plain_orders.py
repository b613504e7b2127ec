"""Plain sales into the ledger: their customers' keys, and orders of one line each, written as they stream past."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.batches import SourceBatch
from keceng.collect.identity import key_customers, show_seen
from keceng.collect.line_content import NOTHING
from keceng.collect.plain_sales import DAY, Numbers, PlainLines, Whole
from keceng.collect.source import ROW_NO
from keceng.collect.tables import ORDER_LINES, ORDERS
from keceng.lake import Engine, Table, UnitOfWork, sql

_MOST_DIGITS = 19
_QUANTITY = pa.decimal128(18, 4)


def source_is_new(engine: Engine, source: str) -> bool:
    """Whether the ledger has no order of the source."""
    known = sql("select count(*) as orders from orders where source = :source", source=source)
    return not engine.fetch(known)["orders"][0].as_py()


def see_plain_customers(engine: Engine, batch: SourceBatch, lines: PlainLines) -> tuple[Whole, Whole]:
    """Make the steps of `identity` for the customers of these lines; the key of each, and the number told for its id."""
    told = pa.table(
        {
            "source_id": lines.customers.texts(),
            "is_named_only": pa.repeat(False, len(lines.customers)),
            "first_on": pa.array(lines.first_days).cast(pa.date32()),
        }
    )
    engine.give("told_customers", told)
    show_seen(engine, ())
    known = key_customers(engine, batch)
    numbers = lines.customers.take(known["source_id"].combine_chunks())
    found = []
    for name in ("customer_key", "told_id"):
        by_number = np.empty(len(numbers), dtype=np.int64)
        by_number[numbers] = known[name].to_numpy()
        found.append(by_number)
    return found[0], found[1]


def write_plain_orders(
    engine: Engine, work: UnitOfWork, batch: SourceBatch, lines: PlainLines, told: tuple[Whole, Whole]
) -> None:
    """Orders of one line each, in the order of their keys, both tables in one go."""
    newest = engine.fetch(sql("select coalesce(max(order_key), 0) as order_key from orders"))
    first = newest["order_key"][0].as_py() + 1
    keys, told_ids = told
    contents = _Contents(told_ids)
    with work.writing(ORDERS, is_lean=True) as orders, work.writing(ORDER_LINES, is_lean=True) as order_lines:
        for piece in lines.pieces():
            count = piece.num_rows
            numbers, moments, amounts = (np.asarray(piece[name]) for name in ("customer", "at", "amount"))
            days = pa.array((moments // DAY).astype(np.int32)).cast(pa.date32())
            is_return = amounts < 0
            same = {
                "order_key": pa.array(np.arange(first, first + count, dtype=np.int64)),
                "customer_key": _keys(keys, numbers),
                "batch_id": _repeated(batch.batch_id, count),
            }
            first += count
            of_order = {
                "source": _repeated(batch.source, count),
                "order_id": piece["order_id"],
                "ordered_on": days,
                "ordered_at": piece["at"].cast(pa.timestamp("us")),
            }
            of_line = {
                "line_no": pa.repeat(pa.scalar(1, pa.int64()), count),
                "line_on": days,
                "quantity": _quantities(is_return),
                "amount": piece["amount"],
                "is_return": pa.array(is_return),
                "is_valid": pa.array(amounts > 0),
                "is_gift": pa.repeat(False, count),
                "is_cancelled": pa.repeat(False, count),
                "content": contents.of(numbers, moments, amounts),
                ROW_NO: piece[ROW_NO],
            }
            orders.write(_in_order(ORDERS, same | of_order))
            order_lines.write(_in_order(ORDER_LINES, same | of_line))


class _Contents:
    """The contents of lines of which nothing is told but customer, time and amount."""

    def __init__(self, told_ids: Whole) -> None:
        # Loading the compiler takes longer than a small file.
        from keceng.collect import compiled_lines  # noqa: PLC0415

        self._write, self._told = compiled_lines.write_contents, told_ids

    def of(self, numbers: Numbers, moments: Whole, amounts: Whole) -> pa.Array:
        """One text per line."""
        ends = np.zeros(len(numbers) + 1, dtype=np.int32)
        data = np.empty(_MOST_DIGITS * len(numbers), dtype=np.uint8)
        self._write(numbers, self._told, moments, amounts, NOTHING, ends, data)
        return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(ends), pa.py_buffer(data[: ends[-1]]))


def _keys(keys: Whole, numbers: Numbers) -> pa.Array:
    is_nobody = numbers < 0
    if not is_nobody.any():
        return pa.array(keys[numbers])
    known = np.zeros(len(numbers), dtype=np.int64)
    known[~is_nobody] = keys[numbers[~is_nobody]]
    return pa.array(known, mask=is_nobody)


def _quantities(is_return: npt.NDArray[np.bool_]) -> pa.Array:
    """One piece, or one that came back."""
    return pa.array([1, -1], _QUANTITY).take(pa.array(is_return.view(np.int8)))


def _repeated(text: str, count: int) -> pa.Array:
    return pa.repeat(text, count)


def _in_order(table: Table, columns: dict[str, pa.Array]) -> pa.Table:
    names: Sequence[str] = [name for name in table.column_names if name in columns]
    return pa.table(
        [pc.cast(columns[name], table.arrow_schema.field(name).type) for name in names], names=names
    )
