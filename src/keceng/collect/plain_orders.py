"""Plain sales into the ledger: their customers' keys, and orders of one line each, written as they stream past."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from keceng.collect.batches import SourceBatch
from keceng.collect.counted_days import NumberedLines
from keceng.collect.identity import key_customers, show_seen
from keceng.collect.line_content import NOTHING
from keceng.collect.numbered_texts import bytes_of
from keceng.collect.plain_sales import DAY, Numbers, PlainLines, Whole
from keceng.collect.source import ROW_NO
from keceng.collect.tables import ORDER_LINES, ORDERS
from keceng.lake import EitherOf, Engine, PackedColumn, SomeNumbers, Texts, UnitOfWork, sql

_MOST_DIGITS = 19
_ONE_PIECE = 10_000
"""As a quantity is stored."""


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
) -> NumberedLines:
    """Orders of one line each, in the order of their keys, both tables in one go; the lines that were written."""
    newest = engine.fetch(sql("select coalesce(max(order_key), 0) as order_key from orders"))
    first = newest["order_key"][0].as_py() + 1
    keys, told_ids = told
    contents = _Contents(told_ids)
    with work.packing(ORDERS, is_lean=True) as orders, work.packing(ORDER_LINES, is_lean=True) as order_lines:
        for piece in lines.pieces():
            count = piece.num_rows
            numbers, moments, amounts = (np.asarray(piece[name]) for name in ("customer", "at", "amount"))
            days, is_return = (moments // DAY).astype(np.int32), amounts < 0
            same: dict[str, PackedColumn] = {
                "order_key": np.arange(first, first + count, dtype=np.int64),
                "customer_key": _keys(keys, numbers),
                "batch_id": batch.batch_id,
            }
            first += count
            of_order: dict[str, PackedColumn] = {
                "source": batch.source,
                "order_id": Texts(*bytes_of(piece["order_id"])),
                "ordered_on": days,
                "ordered_at": moments,
            }
            of_line: dict[str, PackedColumn] = {
                "line_no": 1,
                "line_on": days,
                "quantity": EitherOf((_ONE_PIECE, -_ONE_PIECE), is_return),
                "amount": amounts,
                "is_return": is_return,
                "is_valid": amounts > 0,
                "is_gift": False,
                "is_cancelled": False,
                "content": contents.of(numbers, moments, amounts),
                ROW_NO: np.asarray(piece[ROW_NO]),
            }
            orders.write(same | of_order, count)
            order_lines.write(same | of_line, count)
    return NumberedLines(str(order_lines.path), keys, lines.count, lines.numbers)


class _Contents:
    """The contents of lines of which nothing is told but customer, time and amount."""

    def __init__(self, told_ids: Whole) -> None:
        # Loading the compiler takes longer than a small file.
        from keceng.collect import compiled_lines  # noqa: PLC0415

        self._write, self._told = compiled_lines.write_contents, told_ids

    def of(self, numbers: Numbers, moments: Whole, amounts: Whole) -> Texts:
        """One text per line."""
        ends = np.zeros(len(numbers) + 1, dtype=np.int32)
        data = np.empty(_MOST_DIGITS * len(numbers), dtype=np.uint8)
        self._write(numbers, self._told, moments, amounts, NOTHING, ends, data)
        return Texts(data, ends)


def _keys(keys: Whole, numbers: Numbers) -> Whole | SomeNumbers:
    is_known = numbers >= 0
    if is_known.all():
        return keys[numbers]
    known = np.zeros(len(numbers), dtype=np.int64)
    known[is_known] = keys[numbers[is_known]]
    return SomeNumbers(known, is_known)
