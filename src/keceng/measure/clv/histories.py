"""What the models are told of customers, read and checked once.

Columns come as numpy arrays, sequences or Arrow arrays; every unusable row is reported, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from keceng.measure.clv.compilation import compile_exact
from keceng.vocabulary import KecengError, Place, Problem, Text

FloatArray: TypeAlias = npt.NDArray[np.float64]
Column: TypeAlias = Any
"""A column of numbers: numpy array, sequence, pyarrow Array or ChunkedArray. (Arrow has no static types.)"""

TimeUnit: TypeAlias = Literal["days", "weeks"]
DAYS_IN_UNIT: dict[TimeUnit, float] = {"days": 1.0, "weeks": 7.0}

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class PurchaseHistories:
    """One row per customer, in the words of the literature.

    Attributes:
        frequency: repeat purchases (x), whole numbers; the first purchase does not count.
        recency: age at the last purchase (t_x), 0 without a repeat purchase.
        T: age at the end of the observation, in the same unit as `recency`.
        monetary_value: mean amount of a repeat purchase; only read where frequency > 0.
    """

    frequency: Column
    recency: Column
    T: Column
    monetary_value: Column | None = None


@dataclass(frozen=True, slots=True)
class SoundHistories:
    """Checked columns of one length, as contiguous floats. `whole`: all are whole numbers, `limits`: their maxima."""

    frequency: FloatArray
    recency: FloatArray
    T: FloatArray
    whole: bool
    limits: tuple[float, float, float]


def read_histories(
    frequency: Column, recency: Column, T: Column, *, allow_new: bool = True
) -> SoundHistories:
    """The three columns, checked.

    Args:
        frequency: repeat purchases (x).
        recency: age at the last purchase (t_x).
        T: age at the end of the observation.
        allow_new: whether T = 0 (first bought at the very end) is usable; it can be scored, but teaches a fit nothing.

    Raises:
        KecengError: columns of different length, or rows that are missing, negative, fractional counts, with the last
            purchase after the end, or with repeat purchases that took no time. Up to 20 rows are named.
    """
    x, t, age = (
        read_column(name, c) for name, c in (("frequency", frequency), ("recency", recency), ("T", T))
    )
    require_same_length(frequency=x, recency=t, T=age)
    sound, whole, *limits = _inspect(x, t, age, allow_new)
    if not sound:
        raise KecengError(list(_list_problems(x, t, age, allow_new=allow_new)))
    return SoundHistories(x, t, age, whole, (limits[0], limits[1], limits[2]))


def read_column(name: str, column: Column) -> FloatArray:
    """The column as contiguous floats; nulls become NaN, which the checks report.

    Raises:
        KecengError: it is not a column of numbers.
    """
    try:
        if isinstance(column, pa.Array | pa.ChunkedArray):
            column = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
        numbers: FloatArray = np.ascontiguousarray(column, dtype=np.float64)
    except (TypeError, ValueError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise _not_numbers(name) from error
    if numbers.ndim > 1:
        raise _not_numbers(name)
    return np.atleast_1d(numbers)


def read_weights(weights: Column, rows: int) -> FloatArray:
    """How many customers each of `rows` rows stands for.

    Raises:
        KecengError: not one whole number from 1 per row.
    """
    counts = read_column("weights", weights)
    if len(counts) != rows:
        told = f"weights {len(counts)}, rows {rows}"
        raise KecengError.of(
            "different_lengths", f"各列行数不同: {told}", f"columns differ in length: {told}"
        )
    broken = ~(np.isfinite(counts) & (counts >= 1) & (counts == np.floor(counts)))
    if broken.any():
        message = Text("权重是客户数, 应为正整数", "a weight counts customers: a whole number from 1")
        raise KecengError(list(list_row_problems("weights", counts, broken, message=message)))
    return counts


def require_same_length(**columns: FloatArray) -> None:
    """Refuses columns that do not describe the same customers."""
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise KecengError.of(
            "different_lengths", f"各列行数不同: {told}", f"columns differ in length: {told}"
        )


def like_given(numbers: FloatArray, *given: Column) -> Column:
    """`numbers` as Arrow when any column was given as Arrow, else as numpy."""
    return pa.array(numbers) if any(isinstance(c, pa.Array | pa.ChunkedArray) for c in given) else numbers


def list_row_problems(
    column: str, numbers: FloatArray, broken: npt.NDArray[np.bool_], *, message: Text
) -> Iterator[Problem]:
    """One problem per broken row, the first 20; the last one says how many more there are."""
    rows = np.flatnonzero(broken)
    for row in rows[:_SHOWN]:
        place = Place(row=int(row) + 1, column=column)
        yield Problem("unusable_history", message, place=place, value=f"{numbers[row]:g}")
    if len(rows) > _SHOWN:
        more = len(rows) - _SHOWN
        text = Text(f"另有 {more} 行同样的问题: {message.zh}", f"{more} more rows like this: {message.en}")
        yield Problem("unusable_history", text, place=Place(column=column))


@compile_exact
def _inspect(
    x: FloatArray, t: FloatArray, age: FloatArray, allow_new: bool
) -> tuple[bool, bool, float, float, float]:
    whole, max_x, max_t, max_age = True, 0.0, 0.0, 0.0
    for i in range(len(x)):
        timely = 0.0 <= t[i] <= age[i] < np.inf and (age[i] > 0.0 or allow_new)
        counted = 0.0 <= x[i] < np.inf and x[i] == np.floor(x[i])
        if not (timely and counted and (x[i] == 0.0) == (t[i] == 0.0)):
            return False, False, 0.0, 0.0, 0.0
        whole = whole and t[i] == np.floor(t[i]) and age[i] == np.floor(age[i])
        max_x, max_t, max_age = max(max_x, x[i]), max(max_t, t[i]), max(max_age, age[i])
    return True, whole, max_x, max_t, max_age


def _list_problems(x: FloatArray, t: FloatArray, age: FloatArray, *, allow_new: bool) -> Iterator[Problem]:
    for name, numbers in (("frequency", x), ("recency", t), ("T", age)):
        absent = ~np.isfinite(numbers)
        yield from list_row_problems(name, numbers, absent, message=Text("缺少数值", "the number is missing"))
        yield from list_row_problems(
            name, numbers, numbers < 0, message=Text("不能为负", "it cannot be negative")
        )
    fractional = np.isfinite(x) & (x != np.floor(x))
    yield from list_row_problems(
        "frequency", x, fractional, message=Text("次数应为整数", "a count is a whole number")
    )
    late = Text(
        "最后一次购买晚于观察期末 (recency > T)",
        "the last purchase is after the end of observation (recency > T)",
    )
    yield from list_row_problems("recency", t, t > age, message=late)
    timeless = Text(
        "有重复购买但 recency 为 0: 同一时点的购买应合并为一次",
        "repeat purchases with recency 0: purchases at one moment count once",
    )
    yield from list_row_problems("recency", t, (x > 0) & (t == 0), message=timeless)
    unexplained = Text("没有重复购买时 recency 应为 0", "without a repeat purchase recency is 0")
    yield from list_row_problems("recency", t, (x == 0) & (t > 0), message=unexplained)
    if not allow_new:
        new = Text(
            "T 为 0 的客户还没有历史, 估计时请去掉",
            "a customer with T = 0 has no history yet: leave it out of the fit",
        )
        yield from list_row_problems("T", age, age == 0, message=new)


def _not_numbers(name: str) -> KecengError:
    return KecengError.of(
        "not_numbers", "该列应是一列数字", "this should be one column of numbers", place=Place(column=name)
    )
