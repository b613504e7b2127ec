"""A distributor as its ERP exports it: sales out of stock as xlsx, receivables as an old xls, both with titles and totals."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import xlsxwriter

from tests.collect.made_files import write_xls

ACCOUNTS, ROWS = 600, 38_412
FIRST, LAST = dt.date(2024, 1, 1), dt.date(2026, 10, 31)
SALES_FILE, RECEIVABLES_FILE = "销售出库明细.xlsx", "应收明细.xls"
WALK_INS = ("散客", "现金客户", "零散客户", "门店散客")
RELATED = ("示例青禾商贸有限公司(关联方)", "内部往来-工程部", "内部领用")
SUPPLIERS = ("示例松台纸业有限公司(供应商)", "示例月港塑胶厂(供应商)", "示例海田包装有限公司(供应商)",
             "示例谷野物流有限公司(供应商)", "示例川门印刷厂(供应商)")  # fmt: skip
NO_CUSTOMERS = (*WALK_INS, *RELATED, *SUPPLIERS)
GROUPS, GROUP_MEMBERS = 8, 23
HEADERS = ("日期", "单据编号", "单据类型", "往来单位编码", "往来单位", "客户类别", "业务员", "地区", "存货编码", "存货名称",
           "规格型号", "单位", "数量", "单价", "金额", "税额", "价税合计", "成本金额", "备注")  # fmt: skip
_PLACES = [a + b for a in "云溪南塘青禾松月星海林泉晴川岚谷" for b in "岭舟桥原港洲渡田峰岸园廊阳津浦门"]
_DEALERS = ("商贸有限公司", "贸易有限公司", "办公设备经营部", "文具批发部")
_USERS = ("学校", "医院", "酒店管理有限公司", "制造有限公司", "物业有限公司", "超市", "建设有限公司")
_STAFF = ("王示安", "李例宁", "张样和", "刘示明", "陈例远", "杨样清", "赵示朗", "黄例舒")
_REGIONS = ("华东", "华南", "华北", "西南", "华中")
_WARES = (("复印纸", "70g A4", "箱", 9_800), ("硒鼓", "通用", "支", 16_500), ("中性笔", "0.5mm", "盒", 1_450),
          ("文件柜", "两门", "台", 46_000), ("投影幕", "100寸", "套", 38_000), ("订书机", "厚层", "只", 3_280),
          ("标签纸", "40x30", "卷", 890), ("碎纸机", "四级", "台", 59_900))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Account:
    code: str
    name: str
    role: str
    staff: str
    region: str
    weight: float
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class _Line:
    day: dt.date
    document: int
    account: _Account
    ware: int
    pieces: int
    price: int
    is_return: bool
    is_gift: bool

    @property
    def gross(self) -> int:
        return 0 if self.is_gift else self.pieces * self.price


def write_distributor(folder: Path, seed: int = 7) -> tuple[Path, Path]:
    """Both files; one seed gives one company."""
    rng = Random(seed)
    lines = _list_lines(rng, _list_accounts(rng))
    return _write_sales(folder / SALES_FILE, lines), _write_receivables(folder / RECEIVABLES_FILE, rng, lines)


def _list_accounts(rng: Random) -> list[_Account]:
    groups = [f"示例{place}集团" for place in _PLACES[-GROUPS:]]
    parts = ("第一分部", "商贸", "建设", "物业")
    names = [f"{groups[n % GROUPS]}{parts[n // GROUPS]}有限公司" for n in range(GROUP_MEMBERS)]
    names += [
        f"示例{_PLACES[n // 3]}{(_DEALERS if n % 10 < 3 else _USERS)[n % (4 if n % 10 < 3 else 7)]}"
        for n in range(ACCOUNTS - len(names))
    ]
    found = []
    for number, name in enumerate([*dict.fromkeys(names), *NO_CUSTOMERS]):
        is_dealer = name.endswith(_DEALERS)
        is_customer = name not in NO_CUSTOMERS
        starts = rng.choice((0, 0, 0, 0, rng.randrange(900)))
        found.append(
            _Account(
                f"{'KH' if is_customer else 'WL'}{number + 1:05d}",
                name,
                "经销商" if is_dealer else "终端",
                rng.choice(_STAFF),
                rng.choice(_REGIONS),
                rng.lognormvariate(0.6 if is_dealer else 0, 1.55) if is_customer else 0.4,
                starts,
                rng.choice((1_035, 1_035, 1_035, 1_035, 1_035, starts + rng.randrange(90, 1_035))),
            )
        )
    return found


def _list_lines(rng: Random, accounts: Sequence[_Account]) -> list[_Line]:
    """Everybody buys once; the rest of the documents fall on accounts by weight, so that few of them make most sales."""
    span = (LAST - FIRST).days
    weights = [account.weight for account in accounts]
    lines: list[_Line] = []
    document = 0
    while len(lines) < ROWS:
        account = accounts[document] if document < len(accounts) else rng.choices(accounts, weights)[0]
        at = rng.randrange(account.starts, max(account.starts + 1, min(span, account.ends)))
        is_return, scale = rng.random() < 0.02, 1 + account.weight
        for _ in range(min(rng.randrange(1, 6), ROWS - len(lines))):
            ware = rng.randrange(len(_WARES))
            pieces = max(1, round(rng.lognormvariate(0.6, 0.7) * min(scale, 12)))
            price = _WARES[ware][3] * rng.randrange(85, 101) // 100
            is_gift = not is_return and rng.random() < 0.01
            sign = -1 if is_return else 1
            lines.append(
                _Line(
                    FIRST + dt.timedelta(at),
                    document,
                    account,
                    ware,
                    sign * pieces,
                    price,
                    is_return,
                    is_gift,
                )
            )
        document += 1
    return sorted(lines, key=lambda line: (line.day, line.document))


def _write_sales(path: Path, lines: Sequence[_Line]) -> Path:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("销售出库明细")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    title = book.add_format({"align": "center", "bold": True})
    sheet.merge_range(0, 0, 0, len(HEADERS) - 1, "销售出库明细表", title)
    sheet.merge_range(
        1,
        0,
        1,
        len(HEADERS) - 1,
        f"单位名称：示例云岭办公用品有限公司    期间：{FIRST:%Y-%m} 至 {LAST:%Y-%m}",
    )
    sheet.write_row(2, 0, HEADERS)
    sums = [0, 0, 0]
    numbers: dict[int, str] = {}
    for row, line in enumerate(lines, 3):
        name, size, unit, cost = _WARES[line.ware]
        number = numbers.setdefault(line.document, f"XSCK-{line.day:%Y%m}-{len(numbers) + 1:06d}")
        net = round(line.gross / 1.13)
        sums = [sums[0] + net, sums[1] + line.gross - net, sums[2] + line.gross]
        sheet.write_datetime(row, 0, dt.datetime.combine(line.day, dt.time()), day)
        sheet.write_row(row, 1, [
            number, "销售退货单" if line.is_return else "销售出库单", line.account.code, line.account.name, line.account.role,
            line.account.staff, line.account.region, f"CH{line.ware + 1:04d}", name, size, unit, line.pieces,
            line.price / 100, net / 100, (line.gross - net) / 100,
        ])  # fmt: skip
        # ERPs write the last figure as text, with separators.
        sheet.write_string(row, 16, f"{line.gross / 100:,.2f}")
        sheet.write_number(row, 17, line.pieces * round(cost * 0.72) / 100)
        if line.is_gift:
            sheet.write_string(row, 18, "赠品")
    sheet.write_string(len(lines) + 3, 0, "合计")
    for column, cents in enumerate(sums, 14):
        sheet.write_string(len(lines) + 3, column, f"{cents / 100:,.2f}")
    book.close()
    return path


def _write_receivables(path: Path, rng: Random, lines: Sequence[_Line]) -> Path:
    """One a month and account of the last year, due after sixty days; most are paid, some late payers owe for long."""
    owed: dict[tuple[int, int, str], int] = defaultdict(int)
    by_code = {line.account.code: line.account for line in lines}
    for line in lines:
        if line.day >= dt.date(2025, 11, 1) and line.account.name not in NO_CUSTOMERS:
            owed[line.day.year, line.day.month, line.account.code] += line.gross
    late = set(rng.sample(sorted(by_code), 40))
    rows: list[list[str | float]] = [["应收明细表"], ["截止日期：2026-10-31"]]
    rows.append(
        [
            "单据编号",
            "往来单位编码",
            "往来单位",
            "单据日期",
            "到期日",
            "应收金额",
            "已收金额",
            "未收余额",
            "业务员",
        ]
    )
    total = 0
    for (year, month, code), cents in sorted(owed.items()):
        if cents <= 0:
            continue
        issued = dt.date(year, month, 28)
        due = issued + dt.timedelta(60)
        is_paid = due < dt.date(2026, 10, 1) and (code not in late or rng.random() < 0.4)
        received = cents if is_paid else 0
        total += cents - received
        account = by_code[code]
        rows.append([
            f"YS-{year}{month:02d}-{code}", code, account.name, f"{issued:%Y-%m-%d}", f"{due:%Y-%m-%d}",
            f"{cents / 100:,.2f}", f"{received / 100:,.2f}", f"{(cents - received) / 100:,.2f}", account.staff,
        ])  # fmt: skip
    rows.append(["合计", "", "", "", "", "", "", f"{total / 100:,.2f}", ""])
    return write_xls(path, rows)
