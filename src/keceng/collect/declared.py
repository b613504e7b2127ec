"""Headers of customer-grain files that state a number about the customer: 23年合同额, 2024年, 1月, 累计消费, 最近购买日期."""

from __future__ import annotations

import calendar
import datetime as dt
import re

from keceng.collect.aliases import normalize_header
from keceng.collect.source import DeclaredNumber
from keceng.vocabulary import Kind

_FIXED: tuple[tuple[str, str, Kind], ...] = (
    (r"(最近|最后|末次|上次)(一次)?(购买|消费|下单|交易|成交|采购|合作)?(日期|时间|日)", "last_purchase_on", Kind.DATE),
    (r"last(purchase|order|buy|transaction)(date|on|at)?", "last_purchase_on", Kind.DATE),
    (r"(首次|第一次|首单)(购买|消费|下单|交易|成交|采购|合作)?(日期|时间|日)", "first_purchase_on", Kind.DATE),
    (r"first(purchase|order|buy|transaction)(date|on|at)?", "first_purchase_on", Kind.DATE),
    (r"(累计|总|历史)(消费|销售|采购|购买|成交|交易|实付|下单)(总)?(金额|额)?", "lifetime_spend", Kind.MONEY),
    (r"(lifetime|total|cumulative)(spend|spent|sales|revenue|purchases|amount)|sumofsales", "lifetime_spend", Kind.MONEY),
    (r"(累计|总|历史)?(订单|下单|购买|消费|交易|成交|采购)(总)?(次数|笔数|数量|数|单数)", "lifetime_order_count", Kind.COUNT),
    (r"(total|lifetime)?(ordercount|orders|numberoforders|purchasecount|transactioncount|frequency)", "lifetime_order_count",
     Kind.COUNT),
    (r"合计|总计|总额|合计金额|总金额|total|grandtotal|totalamount", "stated_total_amount", Kind.MONEY),
    (r"(近|最近)(12个月|一年|十二个月)(消费|销售|采购|购买|成交)?(金额|额)?", "stated_spend_12_months", Kind.MONEY),
    (r"(已|当前|现有|客户)?(授信|信用|赊销|信贷)(总)?(额度|限额|额)", "credit_limit", Kind.MONEY),
    (r"(granted|approved|current|customer)?credit(limit|line|ceiling)(amount)?", "credit_limit", Kind.MONEY),
    (r"(企业|公司|客户)?(净资产|所有者权益|股东权益)(总额|合计|额)?", "net_assets", Kind.MONEY),
    (r"(total)?(netassets|networth|shareholdersequity|ownersequity|equity)", "net_assets", Kind.MONEY),
    (r"(年采购额|年需求额|年采购规模|对方年采购额|年采购金额|年用量金额)", "stated_yearly_purchases", Kind.MONEY),
)  # fmt: skip
STANDING: frozenset[str] = frozenset({"credit_limit", "net_assets", "stated_yearly_purchases"})
"""What is known of a customer whatever it buys: stated in lists of customers too, not only in summaries of sales."""

_FIXED_HEADERS = tuple((re.compile(pattern), measure, kind) for pattern, measure, kind in _FIXED)

_SUBJECTS: tuple[tuple[str, str, Kind], ...] = (
    (r"(预计|计划|预算|预测|目标)(合同|采购|销售|成交|消费)?(金额|额)?|planned|forecast|budget", "planned_amount", Kind.MONEY),
    (r"(合同|签约|签单|中标)(金额|额)?|contract(amount|value)?", "contract_amount", Kind.MONEY),
    (r"(回款|收款|到账)(金额|额)?|received(amount)?|payments?", "received_amount", Kind.MONEY),
    (r"(开票)(金额|额)?|invoiced(amount)?", "invoiced_amount", Kind.MONEY),
    (r"(毛利|利润)(额|金额)?|profit|margin", "profit_amount", Kind.MONEY),
    (r"(订单|下单|购买|消费|交易|采购)(次数|笔数|数|数量|单数)|orders|ordercount", "order_count", Kind.COUNT),
    (r"(销售|消费|采购|购买|成交|交易|营业|实付|发货)?(总)?(金额|额|收入|合计)?|sales|amount|spend|revenue", "sales_amount",
     Kind.MONEY),
)  # fmt: skip
_SUBJECT_HEADERS = tuple((re.compile(pattern), stem, kind) for pattern, stem, kind in _SUBJECTS)

_PERIOD = re.compile(
    r"^(?P<year>(?:19|20)\d\d|\d\d(?=年|预计|计划))年?度?"
    r"(?:(?:q|第)?(?P<quarter>[1-4一二三四])(?:季度|季)|q(?P<q>[1-4])|(?P<month>0?[1-9]|1[0-2])月|(?P<digits>0[1-9]|1[0-2]))?(?:份)?"
)
_MONTH = re.compile(r"^(?P<month>0?[1-9]|1[0-2])月份?")
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4}


def read_declared(header: str) -> DeclaredNumber | None:
    """What a header of a customer-grain file states, None when it states no number.

    A two-digit year needs 年 or 预计 behind it; it is of this century. A month without a year has no period.
    """
    text = normalize_header(header)
    for pattern, measure, kind in _FIXED_HEADERS:
        if pattern.fullmatch(text):
            return DeclaredNumber(measure, kind)
    if found := _PERIOD.match(text):
        return _of_period(found, text[found.end() :])
    if found := _MONTH.match(text):
        return _named(text[found.end() :], f"month_{int(found['month']):02d}")
    return None


def _of_period(found: re.Match[str], subject: str) -> DeclaredNumber | None:
    year = int(found["year"]) if len(found["year"]) == 4 else 2000 + int(found["year"])
    if quarter := found["quarter"] or found["q"]:
        number = _QUARTERS.get(quarter) or int(quarter)
        return _named(subject, f"{year}_q{number}", (year, number * 3 - 2, number * 3))
    if month := found["month"] or found["digits"]:
        return _named(subject, f"{year}_{int(month):02d}", (year, int(month), int(month)))
    return _named(subject, str(year), (year, 1, 12))


def _named(subject: str, suffix: str, period: tuple[int, int, int] | None = None) -> DeclaredNumber | None:
    for pattern, stem, kind in _SUBJECT_HEADERS:
        if pattern.fullmatch(subject):
            starts, ends = _bounds(*period) if period else (None, None)
            return DeclaredNumber(f"{stem}_{suffix}", kind, starts, ends)
    return None


def _bounds(year: int, first_month: int, last_month: int) -> tuple[dt.date, dt.date]:
    last_day = calendar.monthrange(year, last_month)[1]
    return dt.date(year, first_month, 1), dt.date(year, last_month, last_day)
