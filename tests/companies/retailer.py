"""A retailer as its shop exports it: orders and their items in GB18030 under the headers of 淘宝, and the members of the shop."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

MEMBERS, STAFF, BUYERS = 80_000, 240, 53_000
FIRST, LAST = (dt.datetime(2024, 11, 1), dt.datetime(2026, 11, 15))  # noqa: DTZ001  as the shop writes them
ORDERS_FILE, ITEMS_FILE, MEMBERS_FILE = "ExportOrderList.csv", "ExportOrderDetailList.csv", "会员列表.csv"
CLOSED, DONE = "交易关闭", "交易成功"
_ORDER_HEADERS = ("订单编号", "买家会员名", "买家应付货款", "买家应付邮费", "总金额", "买家实际支付金额", "订单状态", "收货人姓名",
                  "收货地址", "联系手机", "订单创建时间", "订单付款时间", "宝贝标题", "宝贝种类", "宝贝总数量", "店铺名称")  # fmt: skip
_ITEM_HEADERS = (
    "订单编号",
    "标题",
    "价格",
    "购买数量",
    "外部系统编号",
    "商品属性",
    "套餐信息",
    "备注",
    "订单状态",
    "商家编码",
)
_MEMBER_HEADERS = ("买家会员名", "会员等级", "手机号", "性别", "生日", "省份", "城市", "入会时间", "来源渠道")
_LEVELS = ("普通会员", "银卡会员", "金卡会员", "黑金会员")
_PLACES = (
    ("浙江省", "杭州市"),
    ("广东省", "广州市"),
    ("江苏省", "苏州市"),
    ("四川省", "成都市"),
    ("北京", "北京市"),
)
_WARES = tuple(
    (f"示例{kind}{size}", f"SJ{n:04d}", cents)
    for n, (kind, size, cents) in enumerate(
        (kind, size, cents * factor)
        for kind, cents in (
            ("坚果礼盒", 5_900),
            ("挂耳咖啡", 4_900),
            ("乌龙茶", 6_800),
            ("燕麦片", 2_990),
            ("蜂蜜", 3_990),
        )
        for size, factor in (("小份", 1), ("标准装", 2), ("家庭装", 3))
    )
)


def write_retailer(folder: Path, seed: int = 11, members: int = MEMBERS) -> tuple[Path, Path, Path]:
    """The three files; with `members` fewer everything is so many times smaller."""
    rng = Random(seed)
    share = members / MEMBERS
    names = [f"tb示例{number:06d}" for number in range(members)]
    joined = [FIRST + rng.random() * (LAST - FIRST) * 0.97 for _ in names]
    buyers = rng.sample(range(members), round(BUYERS * share))
    orders, items = _list_orders(rng, names, joined, buyers)
    return (
        _write(folder / ORDERS_FILE, _ORDER_HEADERS, orders, "gb18030"),
        _write(folder / ITEMS_FILE, _ITEM_HEADERS, items, "gb18030"),
        _write(
            folder / MEMBERS_FILE,
            _MEMBER_HEADERS,
            _list_members(rng, names, joined, round(STAFF * share)),
            "utf-8-sig",
        ),
    )


def _list_members(
    rng: Random, names: Sequence[str], joined: Sequence[dt.datetime], staff: int
) -> Iterable[Sequence[str]]:
    for number, name in enumerate(names):
        level = "员工内购" if number < staff else rng.choices(_LEVELS, (80, 14, 5, 1))[0]
        province, city = rng.choice(_PLACES)
        birthday = (
            ""
            if rng.random() < 0.6
            else f"{rng.randrange(1960, 2006)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
        )
        sex = rng.choice(("女", "女", "男", ""))
        source = rng.choice(("店铺首页", "直播间", "短信", "扫码"))
        yield (
            name,
            level,
            _masked(number),
            sex,
            birthday,
            province,
            city,
            f"{joined[number]:%Y-%m-%d %H:%M:%S}",
            source,
        )


def _list_orders(
    rng: Random, names: Sequence[str], joined: Sequence[dt.datetime], buyers: Sequence[int]
) -> tuple[list[Sequence[str]], list[Sequence[str]]]:
    """Each buyer has a rate of their own and may drop out after any order: half of them buy only once."""
    placed = [(moment, number) for number in buyers for moment in _moments(rng, joined[number])]
    orders: list[Sequence[str]] = []
    items: list[Sequence[str]] = []
    for serial, (moment, number) in enumerate(sorted(placed)):
        code = f'="{3_100_000_000_000_000_000 + serial * 7}"'
        status = CLOSED if rng.random() < 0.04 else DONE
        taken = rng.sample(_WARES, rng.choices((1, 2, 3), (65, 25, 10))[0])
        counts = [rng.choices((1, 2, 3), (80, 15, 5))[0] for _ in taken]
        goods = sum(cents * count for (_, _, cents), count in zip(taken, counts, strict=True))
        freight = 0 if goods >= 9_900 else 800
        paid = 0 if status == CLOSED else goods + freight - rng.choice((0, 0, 500, 1_000))
        for (title, ware, cents), count in zip(taken, counts, strict=True):
            items.append((code, title, _yuan(cents), str(count), ware, "口味:原味", "", "", status, ware))
        province, city = rng.choice(_PLACES)
        orders.append((
            code, names[number], _yuan(goods), _yuan(freight), _yuan(goods + freight), _yuan(paid), status, "示**",
            f"{province} {city} ****", _masked(number), f"{moment:%Y-%m-%d %H:%M:%S}",
            "" if status == CLOSED else f"{moment + dt.timedelta(minutes=3):%Y-%m-%d %H:%M:%S}",
            "，".join(title for title, _, _ in taken), str(len(taken)), str(sum(counts)), "示例谷物旗舰店",
        ))  # fmt: skip
    return orders, items


def _moments(rng: Random, joined: dt.datetime) -> Iterable[dt.datetime]:
    moment, rate = joined + dt.timedelta(days=rng.expovariate(1 / 20)), rng.gammavariate(0.9, 1 / 60)
    while moment <= LAST:
        yield moment
        if rng.random() < 0.42:
            return
        moment += dt.timedelta(days=min(rng.expovariate(max(rate, 1e-4)), 9_999))


def _masked(number: int) -> str:
    return f"'199****{number % 10_000:04d}"


def _yuan(cents: int) -> str:
    return f"{cents / 100:.2f}"


def _write(path: Path, headers: Sequence[str], rows: Iterable[Sequence[str]], encoding: str) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        writer.writerows(rows)
    return path
