"""The company that serving is measured on: names, owners, regions, orders, contacts, invoices, and two published runs.

The same number of customers gives the same book. Every purchase day is one order line, so that figures lead back to rows.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from keceng.bench.book import AS_OF, SPAN_DAYS
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
from keceng.lake import Lake
from keceng.loop import create_workspace
from keceng.measure import catalogue
from keceng.standard import find_standard

_EARLIER = dt.date(2026, 3, 31)
_OWNERS, _DAYS_EACH = 200, 5
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
Array = npt.NDArray[Any]


def make_book(directory: Path, customers: int) -> None:
    """A workspace in `directory` with two runs a quarter apart, so that customers move."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    lake = create_workspace(directory).lake
    rng = np.random.default_rng(11)
    keys = np.arange(1, customers + 1)
    kinds = rng.random(customers) < 0.3
    regions = rng.integers(0, len(_PLACES), customers)
    with lake.unit_of_work("import", "bench") as work:
        work.append(PURCHASE_DAY, PURCHASE_DAY.conform(_purchases(customers)))
        work.append(CUSTOMERS, CUSTOMERS.conform(_customers(keys, kinds, regions, rng)))
        work.append(PERSONS, PERSONS.conform(_persons(keys, kinds, regions, rng)))
        work.append(INTERACTIONS, INTERACTIONS.conform(_contacts(customers, rng)))
        work.append(COMPLAINTS, COMPLAINTS.conform(_complaints(customers, rng)))
        work.append(INVOICES, INVOICES.conform(_invoices(customers, rng)))
    _add_lines(lake)
    retail = find_standard("retail", catalogue())
    for day in (_EARLIER, AS_OF):
        classify_customers(lake, RunRequest(retail, day), author="bench")


def _purchases(customers: int) -> pa.Table:
    rng = np.random.default_rng(5)
    wanted = customers * _DAYS_EACH
    pairs = np.unique(rng.integers(1, customers + 1, wanted) * SPAN_DAYS + rng.integers(0, SPAN_DAYS, wanted))
    # A day is counted back from the last one; the ledger keeps a customer's days oldest first.
    key, ago = pairs // SPAN_DAYS, SPAN_DAYS - 1 - pairs % SPAN_DAYS
    cents = np.rint(rng.lognormal(9.0, 1.2, len(pairs))).astype(np.int64) + 100
    ones = np.ones(len(pairs), dtype=np.int64)
    days = pa.array(np.datetime64(AS_OF) - ago, pa.date32())
    return pa.table(
        {"customer_key": key, "day": days, "orders": ones, "lines": ones, "net": cents, "gross": cents}
    )


def _picked(rng: np.random.Generator, words: list[str] | tuple[str, ...], count: int) -> Array:
    return np.array(words, dtype=object)[rng.integers(0, len(words), count)]


def _persons(keys: Array, kinds: Array, regions: Array, rng: np.random.Generator) -> pa.Table:
    n = len(keys)
    firm = np.array(_PLACES, dtype=object)[regions]
    for words in (_WORDS, _WORDS, _TRADES, _FORMS):
        firm = firm + _picked(rng, words, n)
    someone = _picked(rng, _FAMILY, n) + _picked(rng, _GIVEN, n)
    names = pa.array(np.where(kinds, someone, firm), pa.string())
    ids = [f"C{key:08d}" for key in keys]
    return pa.table({"source": [_SOURCE] * n, "source_id": ids, "customer_key": keys, "name": names})


def _customers(keys: Array, kinds: Array, regions: Array, rng: np.random.Generator) -> pa.Table:
    n, places = len(keys), len(_PLACES)
    # Most owners look after one region; a tenth of the customers sit elsewhere.
    own = (regions + places * rng.integers(0, _OWNERS // places, n)) % _OWNERS
    owners = np.where(rng.random(n) < 0.1, rng.integers(0, _OWNERS, n), own)
    called = np.array([f"{_FAMILY[k % 30]}{_GIVEN[k // 30 % 30]}组" for k in range(_OWNERS)], dtype=object)
    return pa.table(
        {
            "customer_key": keys,
            "kind": pa.array(np.where(kinds, _KINDS[1], _KINDS[0])),
            "role": pa.array(np.where(rng.random(n) < 0.2, _ROLES[0], _ROLES[1])),
            "region": pa.array(np.array(_PLACES, dtype=object)[regions], pa.string()),
            "owner": pa.array(called[owners], pa.string()),
            "industry": pa.array(_picked(rng, _TRADES, n), pa.string()),
        }
    )


def _days(rng: np.random.Generator, count: int) -> pa.Array:
    return pa.array(np.datetime64(AS_OF) - rng.integers(0, 700, count), pa.date32())


def _contacts(customers: int, rng: np.random.Generator) -> pa.Table:
    n = customers // 2
    return pa.table(
        {
            "source": [_SOURCE] * n,
            "interaction_id": [f"V{k}" for k in range(n)],
            "customer_key": rng.integers(1, customers + 1, n),
            "happened_on": _days(rng, n),
            "channel": pa.array(_picked(rng, _CHANNELS, n), pa.string()),
        }
    )


def _complaints(customers: int, rng: np.random.Generator) -> pa.Table:
    n = customers // 50
    return pa.table(
        {
            "source": [_SOURCE] * n,
            "complaint_id": [f"T{k}" for k in range(n)],
            "customer_key": rng.integers(1, customers + 1, n),
            "received_on": _days(rng, n),
            "complaint_type": ["质量"] * n,
        }
    )


def _invoices(customers: int, rng: np.random.Generator) -> pa.Table:
    n = customers // 5
    issued = rng.integers(0, 300, n)
    return pa.table(
        {
            "source": [_SOURCE] * n,
            "invoice_id": [f"I{k}" for k in range(n)],
            "customer_key": rng.integers(1, customers + 1, n),
            "issued_on": pa.array(np.datetime64(AS_OF) - issued, pa.date32()),
            "due_on": pa.array(np.datetime64(AS_OF) - issued + 30, pa.date32()),
            "amount": rng.integers(10_000, 5_000_000, n),
        }
    )


def _add_lines(lake: Lake) -> None:
    bought = lake.snapshot().read(PURCHASE_DAY)
    n = bought.num_rows
    lines = {
        "order_key": np.arange(n),
        "line_no": np.ones(n, dtype=np.int64),
        "customer_key": bought["customer_key"],
        "line_on": bought["day"],
        "amount": bought["net"],
        "is_return": np.zeros(n, dtype=bool),
        "is_valid": np.ones(n, dtype=bool),
        "is_cancelled": np.zeros(n, dtype=bool),
        "batch_id": pa.repeat("b1", n),
        "row_no": np.arange(2, n + 2),
    }
    batch = {"batch_id": ["b1"], "source": [_SOURCE], "entity": ["sales"], "file": ["销售明细.csv"]}
    with lake.unit_of_work("import", "bench") as work:
        work.append(ORDER_LINES, ORDER_LINES.conform(pa.table(lines)))
        work.append(BATCHES, BATCHES.conform(pa.table(batch)))
