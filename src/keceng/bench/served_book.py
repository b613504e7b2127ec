"""The company that serving is measured on: names, owners, regions, orders, contacts, invoices, and two published runs.

The same number of customers gives the same book. Every purchase day is one order line, so that figures lead back to rows.
"""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from keceng.bench.book import AS_OF, MEMORY_OF_MANY, MOST_MEASURED_WHOLLY, SPAN_DAYS
from keceng.classify import RunRequest, classify_customers
from keceng.collect import (
    BATCHES,
    COMPLAINTS,
    CUSTOMERS,
    INTERACTIONS,
    INVOICES,
    ORDER_LINES,
    PERSONS,
    PURCHASE_DAY,
)
from keceng.loop import create_workspace
from keceng.measure import catalogue
from keceng.settings import FIRST_SETTINGS
from keceng.standard import find_standard

_EARLIER = dt.date(2026, 3, 31)
_OWNERS, _DAYS_EACH, _DAYS_EACH_OF_MANY = 200, 5, 3
_PLACES = [
    "北京",
    "上海",
    "广州",
    "深圳",
    "杭州",
    "苏州",
    "南京",
    "武汉",
    "成都",
    "重庆",
    "西安",
    "郑州",
    "长沙",
    "合肥",
    "福州",
    "厦门",
    "南昌",
    "济南",
    "青岛",
    "天津",
    "沈阳",
    "大连",
    "长春",
    "哈尔滨",
    "石家庄",
    "太原",
    "昆明",
    "贵阳",
    "南宁",
    "海口",
]
_WORDS = list("华远宏达鑫瑞恒信安康德润丰泰博创金辉盛源天宇佳和立新海云联诚卓越明光正顺通利兴隆")
_TRADES = [
    "商贸",
    "科技",
    "餐饮管理",
    "物流",
    "食品",
    "电子",
    "机械",
    "建材",
    "医疗器械",
    "服饰",
    "文化传播",
    "信息技术",
    "化工",
    "五金",
    "农业发展",
    "贸易",
]
_FORMS = ["有限公司", "有限责任公司", "股份有限公司", "经营部", "商行", "中心"]
_FAMILY = list("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹")
_GIVEN = [
    "伟",
    "芳",
    "娜",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "军",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "秀英",
    "桂兰",
    "建国",
    "志强",
    "海燕",
    "晓东",
    "文博",
    "子涵",
    "雨轩",
    "梓萱",
    "浩然",
    "欣怡",
    "一诺",
]
_KINDS, _ROLES, _CHANNELS = ("org", "person"), ("dealer", "end_user"), ("phone", "visit", "wechat")
_SOURCE = "main"
_PART = 250_000
_OF_MANY = f'measures = "needed"\nmemory_limit = "{MEMORY_OF_MANY // 10**9}GB"\n'
_TABLES = (PURCHASE_DAY, CUSTOMERS, PERSONS, INTERACTIONS, COMPLAINTS, INVOICES, ORDER_LINES)
Array = npt.NDArray[Any]


def make_book(directory: Path, customers: int) -> None:
    """A workspace in `directory` with two runs a quarter apart, so that customers move.

    Customers are made and written a part at a time; of very many fewer days are told, and their runs measure what is needed alone.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    is_large = customers > MOST_MEASURED_WHOLLY
    lake = create_workspace(directory, _OF_MANY if is_large else FIRST_SETTINGS).lake
    with lake.unit_of_work("import", "bench") as work:
        batch = {"batch_id": ["b1"], "source": [_SOURCE], "entity": ["sales"], "file": ["销售明细.csv"]}
        work.append(BATCHES, BATCHES.conform(pa.table(batch)))
        with ExitStack() as stack:
            into = {table.name: stack.enter_context(work.writing(table)) for table in _TABLES}
            lines = 0
            for number, low in enumerate(range(0, customers, _PART)):
                part = _Part(np.random.default_rng([11, number]), low, min(_PART, customers - low))
                bought = part.purchases(_DAYS_EACH_OF_MANY if is_large else _DAYS_EACH)
                made = {
                    PURCHASE_DAY: bought,
                    CUSTOMERS: part.customers(),
                    PERSONS: part.persons(),
                    INTERACTIONS: part.contacts(),
                    COMPLAINTS: part.complaints(),
                    INVOICES: part.invoices(),
                    ORDER_LINES: _lines(bought, lines),
                }
                for table, rows in made.items():
                    into[table.name].write(table.conform(rows))
                lines += bought.num_rows
    retail = find_standard("retail", catalogue())
    for day in (_EARLIER, AS_OF):
        classify_customers(lake, RunRequest(retail, day, is_lean=is_large), author="bench")


def _picked(rng: np.random.Generator, words: list[str] | tuple[str, ...], count: int) -> Array:
    return np.array(words, dtype=object)[rng.integers(0, len(words), count)]


@dataclass(frozen=True, slots=True)
class _Part:
    """The customers with the keys behind `low`, and what is known of them.

    Attributes:
        rng: of this part alone.
        low: how many customers are before them.
        count: how many they are.
        keys: theirs, in order.
        are_persons: which are natural persons.
        regions: the places that they are in.
    """

    rng: np.random.Generator
    low: int
    count: int
    keys: Array = field(init=False)
    are_persons: Array = field(init=False)
    regions: Array = field(init=False)

    def __post_init__(self) -> None:
        """Draw what several tables tell."""
        object.__setattr__(self, "keys", np.arange(self.low + 1, self.low + self.count + 1))
        object.__setattr__(self, "are_persons", self.rng.random(self.count) < 0.3)
        object.__setattr__(self, "regions", self.rng.integers(0, len(_PLACES), self.count))

    def purchases(self, days_each: int) -> pa.Table:
        """What each bought on each day, oldest first, on `days_each` days in the mean."""
        wanted = self.count * days_each
        pairs = np.unique(self._some(wanted) * SPAN_DAYS + self.rng.integers(0, SPAN_DAYS, wanted))
        # A day is counted back from the last one.
        key, ago = pairs // SPAN_DAYS, SPAN_DAYS - 1 - pairs % SPAN_DAYS
        cents = np.rint(self.rng.lognormal(9.0, 1.2, len(pairs))).astype(np.int64) + 100
        ones = np.ones(len(pairs), dtype=np.int64)
        days = pa.array(np.datetime64(AS_OF) - ago, pa.date32())
        return pa.table(
            {"customer_key": key, "day": days, "orders": ones, "lines": ones, "net": cents, "gross": cents}
        )

    def persons(self) -> pa.Table:
        """Names, and the ids of the source."""
        firm = np.array(_PLACES, dtype=object)[self.regions]
        for words in (_WORDS, _WORDS, _TRADES, _FORMS):
            firm = firm + _picked(self.rng, words, self.count)
        someone = _picked(self.rng, _FAMILY, self.count) + _picked(self.rng, _GIVEN, self.count)
        names = pa.array(np.where(self.are_persons, someone, firm), pa.string())
        ids = [f"C{key:08d}" for key in self.keys]
        return pa.table(
            {"source": [_SOURCE] * self.count, "source_id": ids, "customer_key": self.keys, "name": names}
        )

    def customers(self) -> pa.Table:
        """What they are, where, and who looks after them."""
        n, places, rng = self.count, len(_PLACES), self.rng
        # Most owners look after one region; a tenth of the customers sit elsewhere.
        own = (self.regions + places * rng.integers(0, _OWNERS // places, n)) % _OWNERS
        owners = np.where(rng.random(n) < 0.1, rng.integers(0, _OWNERS, n), own)
        called = np.array(
            [f"{_FAMILY[k % 30]}{_GIVEN[k // 30 % 30]}组" for k in range(_OWNERS)], dtype=object
        )
        return pa.table(
            {
                "customer_key": self.keys,
                "kind": pa.array(np.where(self.are_persons, _KINDS[1], _KINDS[0])),
                "role": pa.array(np.where(rng.random(n) < 0.2, _ROLES[0], _ROLES[1])),
                "region": pa.array(np.array(_PLACES, dtype=object)[self.regions], pa.string()),
                "owner": pa.array(called[owners], pa.string()),
                "industry": pa.array(_picked(rng, _TRADES, n), pa.string()),
            }
        )

    def contacts(self) -> pa.Table:
        """Visits and calls, one for every second customer."""
        n = self.count // 2
        return pa.table(
            {
                "source": [_SOURCE] * n,
                "interaction_id": self._ids("V", n),
                "customer_key": self._some(n),
                "happened_on": self._days(n),
                "channel": pa.array(_picked(self.rng, _CHANNELS, n), pa.string()),
            }
        )

    def complaints(self) -> pa.Table:
        """One for every fiftieth customer."""
        n = self.count // 50
        return pa.table(
            {
                "source": [_SOURCE] * n,
                "complaint_id": self._ids("T", n),
                "customer_key": self._some(n),
                "received_on": self._days(n),
                "complaint_type": ["质量"] * n,
            }
        )

    def invoices(self) -> pa.Table:
        """One for every fifth customer."""
        n = self.count // 5
        issued = self.rng.integers(0, 300, n)
        return pa.table(
            {
                "source": [_SOURCE] * n,
                "invoice_id": self._ids("I", n),
                "customer_key": self._some(n),
                "issued_on": pa.array(np.datetime64(AS_OF) - issued, pa.date32()),
                "due_on": pa.array(np.datetime64(AS_OF) - issued + 30, pa.date32()),
                "amount": self.rng.integers(10_000, 5_000_000, n),
            }
        )

    def _some(self, count: int) -> Array:
        found: Array = self.low + self.rng.integers(1, self.count + 1, count)
        return found

    def _ids(self, letter: str, count: int) -> list[str]:
        return [f"{letter}{self.low + k}" for k in range(count)]

    def _days(self, count: int) -> pa.Array:
        return pa.array(np.datetime64(AS_OF) - self.rng.integers(0, 700, count), pa.date32())


def _lines(bought: pa.Table, before: int) -> pa.Table:
    n = bought.num_rows
    return pa.table(
        {
            "order_key": np.arange(before, before + n),
            "line_no": np.ones(n, dtype=np.int64),
            "customer_key": bought["customer_key"],
            "line_on": bought["day"],
            "amount": bought["net"],
            "is_return": np.zeros(n, dtype=bool),
            "is_valid": np.ones(n, dtype=bool),
            "is_cancelled": np.zeros(n, dtype=bool),
            "batch_id": pa.repeat("b1", n),
            "row_no": np.arange(before + 2, before + n + 2),
        }
    )
