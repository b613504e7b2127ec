"""A workspace of a million customers as a company would have it: names, owners, regions, orders, contacts, two published runs.

    python bench/large_book.py /tmp/large --customers 1000000

The same arguments give the same book. Purchases are those of `simulate.py`; every purchase day is one order line, so that
figures lead back to rows.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from simulate import AS_OF, make_lake

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
from keceng.loop import SETTINGS_FILE, Workspace, open_workspace
from keceng.measure import catalogue
from keceng.standard import find_standard

OWNERS, REGIONS, DAYS_EACH = 200, 30, 5
EARLIER = dt.date(2026, 3, 31)
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
_WORDS = [
    "华",
    "远",
    "宏",
    "达",
    "鑫",
    "瑞",
    "恒",
    "信",
    "安",
    "康",
    "德",
    "润",
    "丰",
    "泰",
    "博",
    "创",
    "金",
    "辉",
    "盛",
    "源",
    "天",
    "宇",
    "佳",
    "和",
    "立",
    "新",
    "海",
    "云",
    "联",
    "诚",
    "卓",
    "越",
    "明",
    "光",
    "正",
    "顺",
    "通",
    "利",
    "兴",
    "隆",
]
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
_FAMILY = [
    "王",
    "李",
    "张",
    "刘",
    "陈",
    "杨",
    "黄",
    "赵",
    "吴",
    "周",
    "徐",
    "孙",
    "马",
    "朱",
    "胡",
    "郭",
    "何",
    "林",
    "高",
    "罗",
    "郑",
    "梁",
    "谢",
    "宋",
    "唐",
    "许",
    "韩",
    "冯",
    "邓",
    "曹",
]
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


def make_book(directory: Path, customers: int) -> Workspace:
    """Everything but the runs."""
    directory.mkdir(parents=True)
    make_lake(directory / "lake", customers, DAYS_EACH)
    (directory / SETTINGS_FILE).write_text('currency = "¥"\nstandard = "retail"\n', encoding="utf-8")
    workspace = open_workspace(directory)
    rng = np.random.default_rng(11)
    keys = np.arange(1, customers + 1)
    kinds = rng.random(customers) < 0.3
    regions = rng.integers(0, REGIONS, customers)
    with workspace.lake.unit_of_work("import") as work:
        work.replace(CUSTOMERS, CUSTOMERS.conform(_customers(keys, kinds, regions, rng)))
        work.replace(PERSONS, PERSONS.conform(_persons(keys, kinds, regions, rng)))
        work.append(INTERACTIONS, INTERACTIONS.conform(_contacts(customers, rng)))
        work.append(COMPLAINTS, COMPLAINTS.conform(_complaints(customers, rng)))
        work.append(INVOICES, INVOICES.conform(_invoices(customers, rng)))
    _add_lines(workspace.lake)
    return workspace


def publish_runs(lake: Lake) -> list[str]:
    """Two runs a quarter apart, so that customers move."""
    retail = find_standard("retail", catalogue())
    return [classify_customers(lake, RunRequest(retail, day)).run_id for day in (EARLIER, AS_OF)]


def _picked(rng: np.random.Generator, words: list[str], count: int) -> np.ndarray:
    return np.array(words, dtype=object)[rng.integers(0, len(words), count)]


def _persons(keys: np.ndarray, kinds: np.ndarray, regions: np.ndarray, rng: np.random.Generator) -> pa.Table:
    n = len(keys)
    places = np.array(_PLACES, dtype=object)[regions]
    firm = (
        places
        + _picked(rng, _WORDS, n)
        + _picked(rng, _WORDS, n)
        + _picked(rng, _TRADES, n)
        + _picked(rng, _FORMS, n)
    )
    someone = _picked(rng, _FAMILY, n) + _picked(rng, _GIVEN, n)
    ids = [f"C{key:08d}" for key in keys]
    names = np.where(kinds, someone, firm)
    return pa.table(
        {"source": ["main"] * n, "source_id": ids, "customer_key": keys, "name": pa.array(names, pa.string())}
    )


def _customers(
    keys: np.ndarray, kinds: np.ndarray, regions: np.ndarray, rng: np.random.Generator
) -> pa.Table:
    n = len(keys)
    # Most owners look after one region; a tenth of the customers sit elsewhere.
    own = (regions + REGIONS * rng.integers(0, OWNERS // REGIONS, n)) % OWNERS
    owners = np.where(rng.random(n) < 0.1, rng.integers(0, OWNERS, n), own)
    called = np.array([f"{_FAMILY[k % 30]}{_GIVEN[k // 30 % 30]}组" for k in range(OWNERS)], dtype=object)
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
            "source": ["main"] * n,
            "interaction_id": [f"V{k}" for k in range(n)],
            "customer_key": rng.integers(1, customers + 1, n),
            "happened_on": _days(rng, n),
            "channel": pa.array(_picked(rng, list(_CHANNELS), n), pa.string()),
        }
    )


def _complaints(customers: int, rng: np.random.Generator) -> pa.Table:
    n = customers // 50
    return pa.table(
        {
            "source": ["main"] * n,
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
            "source": ["main"] * n,
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
    lines = pa.table(
        {
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
    )
    batch = pa.table({"batch_id": ["b1"], "source": ["main"], "entity": ["sales"], "file": ["销售明细.csv"]})
    with lake.unit_of_work("import") as work:
        work.append(ORDER_LINES, ORDER_LINES.conform(lines))
        work.append(BATCHES, BATCHES.conform(batch))


def main() -> None:
    """Make the workspace and say what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", type=Path)
    parser.add_argument("--customers", type=int, default=1_000_000)
    chosen = parser.parse_args()
    seconds = {}
    started = time.perf_counter()
    workspace = make_book(chosen.directory, chosen.customers)
    seconds["book"] = round(time.perf_counter() - started, 1)
    started = time.perf_counter()
    publish_runs(workspace.lake)
    seconds["runs"] = round(time.perf_counter() - started, 1)
    print(json.dumps({"customers": chosen.customers, "seconds": seconds}))


if __name__ == "__main__":
    main()
