"""What passes between the company and its customers: visits and calls, survey answers, complaints, consents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random

from keceng.demo.contacts import Contact
from keceng.demo.customers import ORGANISATIONS, Customer, Role
from keceng.demo.history import AS_OF, day_before_end, draw_day, draw_moment, open_stream
from keceng.demo.orders import Order
from keceng.demo.sheets import Cell, Sheet

_WAYS = (("上门拜访", "线下"), ("电话", "线上"), ("微信", "线上"), ("企业社群", "社群"))
_TYPES = ("需求沟通", "报价跟进", "售后回访", "关系维护")
_OUTCOMES = ("有意向", "待跟进", "无需求", "已解决")
_NOTES = {
    "需求沟通": "了解近期采购计划与使用情况",
    "报价跟进": "确认报价与交货时间",
    "售后回访": "回访产品使用情况",
    "关系维护": "例行问候,更新联系人信息",
}
_COMPLAINTS = {
    "产品质量": "收到的商品有破损,要求更换",
    "物流配送": "送货比约定时间晚",
    "服务态度": "客服答复不及时",
    "开票对账": "发票金额与订单不一致",
}
_DEPARTMENTS = {"产品质量": "品质部", "物流配送": "物流部", "服务态度": "客服部", "开票对账": "财务部"}
_VISIT_SHARE, _ANSWER_SHARES, _COMPLAINT_SHARE = 0.25, {Role.MEMBER: 0.2}, 0.008
_ORGANISATION_ANSWER_SHARE = 0.5
_SPEEDER_SHARE = 0.03
_CONSENT_SHARE, _WITHDRAWN_SHARE = 0.7, 0.08


def list_interactions(seed: int, orders: Iterable[Order], contacts: Iterable[Contact]) -> Sheet:
    """A visit or call around one order in four of an organisation, with somebody who works there."""
    rng = open_stream(seed, "interactions")
    people: dict[str, list[Contact]] = defaultdict(list)
    for contact in contacts:
        people[contact.customer.code].append(contact)
    rows: list[tuple[Cell, ...]] = []
    for order in orders:
        if order.customer.role in ORGANISATIONS and order.is_purchase and rng.random() < _VISIT_SHARE:
            day = max(order.customer.joined_on, order.placed_at.date() - timedelta(days=rng.randint(0, 12)))
            here = [c for c in people[order.customer.code] if c.left_on is None or c.left_on > day]
            rows.append(
                _interaction_row(rng, order.customer, day, contact=rng.choice(here) if here else None)
            )
    rows.sort(key=lambda row: (row[3], row[0]) if isinstance(row[3], datetime) else ())
    headers = (
        "客户编码", "客户名称", "联系人编号", "跟进时间", "跟进方式", "线上线下", "发起方", "互动类型", "跟进人",
        "时长(分钟)", "跟进结果", "跟进记录",
    )  # fmt: skip
    return Sheet("interactions", "跟进记录.csv", ("跟进编号", *headers), _number_rows("GJ", rows))


def _interaction_row(
    rng: Random, customer: Customer, day: date, *, contact: Contact | None
) -> tuple[Cell, ...]:
    way, space = rng.choice(_WAYS)
    topic = rng.choice(_TYPES)
    return (
        customer.code, customer.name, contact.number if contact else None, draw_moment(rng, day), way, space,
        rng.choices(("我方", "客户"), (70, 30))[0], topic, customer.owner, rng.randint(5, 120), rng.choice(_OUTCOMES),
        _NOTES[topic],
    )  # fmt: skip


def _number_rows(prefix: str, rows: Iterable[tuple[Cell, ...]]) -> list[tuple[Cell, ...]]:
    return [(f"{prefix}{serial:06d}", *row) for serial, row in enumerate(rows, start=1)]


def list_survey_responses(seed: int, orders: Iterable[Order]) -> Sheet:
    """One answer sheet with two questions (NPS 0 to 10, CSAT 1 to 5) of some buyers of the last two years."""
    rng = open_stream(seed, "surveys")
    last_days: dict[str, tuple[Customer, date]] = {}
    for order in orders:
        if order.is_purchase and order.customer.role in {Role.MEMBER, *ORGANISATIONS}:
            last_days[order.customer.code] = (order.customer, order.placed_at.date())
    rows: list[tuple[Cell, ...]] = []
    for customer, bought_on in last_days.values():
        share = _ANSWER_SHARES.get(customer.role, _ORGANISATION_ANSWER_SHARE)
        answered_on = bought_on + timedelta(days=rng.randint(1, 30))
        if rng.random() < share and day_before_end(730) < answered_on <= AS_OF:
            rows += _answer_rows(rng, customer, answered_on, number=f"DJ{len(rows) // 2 + 1:06d}")
    headers = ("答卷编号", "问卷名称", "问卷类型", "客户编码", "填写日期", "题目", "评分", "答题用时(秒)")
    return Sheet("survey_responses", "满意度.csv", headers, rows)


def _answer_rows(
    rng: Random, customer: Customer, answered_on: date, *, number: str
) -> list[tuple[Cell, ...]]:
    mood = rng.gauss(0, 1)
    seconds = rng.randint(2, 5) if rng.random() < _SPEEDER_SHARE else rng.randint(20, 240)
    survey = f"{answered_on.year}年客户满意度调查"
    questions = (
        ("NPS", "您有多大可能向他人推荐我们", min(10, max(0, round(8.0 + 1.8 * mood)))),
        ("CSAT", "您对我们总体满意吗", min(5, max(1, round(3.9 + 1.0 * mood)))),
    )
    return [
        (number, survey, kind, customer.code, answered_on, question, answer, seconds)
        for kind, question, answer in questions
    ]


def list_complaints(seed: int, orders: Iterable[Order], numbers: Mapping[str, str]) -> Sheet:
    """Complaints about orders, with the clock of their handling; the youngest are still open."""
    rng = open_stream(seed, "complaints")
    rows: list[tuple[Cell, ...]] = []
    for order in orders:
        if order.customer.role is Role.BUCKET or not order.is_purchase or rng.random() >= _COMPLAINT_SHARE:
            continue
        received_at = order.placed_at + timedelta(days=rng.randint(1, 10))
        if received_at.date() <= AS_OF:
            rows.append(_complaint_row(rng, order, received_at, numbers[order.key]))
    headers = (
        "客户编码", "客户名称", "订单号", "投诉时间", "投诉渠道", "严重程度", "投诉类型", "责任部门", "首次答复时间",
        "解决时间", "回访确认日期", "处理结果", "投诉内容",
    )  # fmt: skip
    return Sheet(
        "complaints", "投诉.csv", ("投诉编号", *headers), _number_rows("TS", rows), encoding="gb18030"
    )


def _complaint_row(rng: Random, order: Order, received_at: datetime, order_number: str) -> tuple[Cell, ...]:
    cause = rng.choice(tuple(_COMPLAINTS))
    replied_at = received_at + timedelta(minutes=rng.randint(10, 2800))
    solved_at = replied_at + timedelta(hours=rng.randint(2, 160))
    verified_on = solved_at.date() + timedelta(days=rng.randint(1, 7))
    is_solved = solved_at.date() <= AS_OF
    return (
        order.customer.code, order.customer.name, order_number, received_at, rng.choice(("电话", "微信", "门店")),
        rng.choices(("一般", "重要", "紧急"), (70, 22, 8))[0], cause, _DEPARTMENTS[cause],
        replied_at if replied_at.date() <= AS_OF else None,
        solved_at if is_solved else None,
        verified_on if verified_on <= AS_OF else None,
        rng.choices(("满意关闭", "一般", "不满意"), (75, 17, 8))[0] if is_solved else "处理中",
        _COMPLAINTS[cause],
    )  # fmt: skip


def list_consents(seed: int, customers: Sequence[Customer]) -> Sheet:
    """Members' consents to marketing by channel, given when they joined; some were withdrawn later."""
    rng = open_stream(seed, "consents")
    rows: list[tuple[Cell, ...]] = []
    for customer in customers:
        if customer.role is not Role.MEMBER or rng.random() >= _CONSENT_SHARE:
            continue
        for channel in rng.sample(("短信", "微信", "电话"), rng.randint(1, 2)):
            is_withdrawn = rng.random() < _WITHDRAWN_SHARE
            withdrawn_on = draw_day(rng, customer.joined_on, AS_OF) if is_withdrawn else None
            rows.append((customer.code, "营销", channel, "同意", customer.joined_on, withdrawn_on, "2023-01"))
    headers = ("客户编码", "用途", "渠道", "依据", "同意时间", "退订时间", "文本版本")
    return Sheet("consents", "营销同意.csv", headers, rows)
