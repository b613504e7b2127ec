"""What may become business: opportunities in four stages, procurement projects of government units, contracts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from keceng.demo.customers import Customer, Role
from keceng.demo.history import AS_OF, FIRST_DAY, day_before_end, draw_day, open_stream
from keceng.demo.products import PRODUCT_LINES
from keceng.demo.sheets import Cell, Sheet, yuan

OPPORTUNITY_STAGES = ("早期", "前期", "中期", "后期")
_LOST_REASONS = ("价格", "竞品", "无合适产品", "预算取消")
_PROJECT_TYPES = ("基础设施", "公共服务", "信息化", "采购货物", "运维")
_METHODS = ("公开招标", "竞争性磋商", "询价", "单一来源", "框架协议采购")
_PROJECTS_PER_UNIT = (0, 0, 1, 1, 2, 3)
_AWARDED_SHARE = 0.6
_DEALER_FRAMEWORK_SHARE = 0.3
_WAN_CENTS = 1_000_000
# amounts in such lists have two decimals of 万元
_CENT_WAN = _WAN_CENTS // 100


def list_opportunities(seed: int, customers: Iterable[Customer]) -> Sheet:
    """Opportunities of end-user companies, dealers and units; those opened long ago are closed, won or lost."""
    rng = open_stream(seed, "opportunities")
    rows: list[tuple[Cell, ...]] = []
    for customer in customers:
        if customer.role in {Role.ENTERPRISE, Role.GOVERNMENT, Role.DEALER}:
            rows += (_opportunity_row(rng, customer) for _ in range(rng.choices((0, 1, 2), (55, 30, 15))[0]))
    headers = (
        "商机编号", "客户编码", "客户名称", "商机名称", "商机阶段", "预计金额", "创建日期", "预计成交日期", "关闭日期",
        "商机结果", "丢单原因", "产品线", "负责人",
    )  # fmt: skip
    numbered = [(f"SJ{serial:06d}", *row) for serial, row in enumerate(rows, start=1)]
    return Sheet("opportunities", "商机.csv", headers, numbered)


def _opportunity_row(rng: Random, customer: Customer) -> tuple[Cell, ...]:
    opened_on = draw_day(rng, max(customer.joined_on, day_before_end(720)), day_before_end(5))
    expected_on = opened_on + timedelta(days=rng.randint(30, 240))
    closed_on = expected_on + timedelta(days=rng.randint(-20, 40))
    is_closed = closed_on <= AS_OF
    is_won = is_closed and rng.random() < 0.45
    product_line = rng.choice(PRODUCT_LINES)
    amount = round(rng.lognormvariate(11, 0.8), -2)
    return (
        customer.code, customer.name, f"{product_line}采购", "后期" if is_won else rng.choice(OPPORTUNITY_STAGES),
        yuan(round(amount) * 100), opened_on, expected_on, closed_on if is_closed else None,
        ("赢单" if is_won else "输单") if is_closed else "进行中",
        rng.choice(_LOST_REASONS) if is_closed and not is_won else None, product_line, customer.owner,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Project:
    """One procurement project; days that lie after the end of the books have not come yet and are None."""

    number: str
    customer: Customer
    project_type: str
    method: str
    budget_cents: int
    awarded_cents: int | None
    published_on: date
    tender_on: date | None
    awarded_on: date | None
    accepted_on: date | None
    warranty_until: date | None

    @property
    def stage(self) -> str:
        """How far the project has come: 采购意向, 招标中, 未中标, 已中标 or 已验收."""
        if self.accepted_on:
            return "已验收"
        if self.awarded_on:
            return "已中标" if self.awarded_cents else "未中标"
        return "招标中" if self.tender_on else "采购意向"


def draw_projects(seed: int, customers: Iterable[Customer]) -> list[Project]:
    """None to three projects of every government unit, ours or another bidder's."""
    rng = open_stream(seed, "projects")
    units = [c for c in customers if c.role is Role.GOVERNMENT]
    owners = [unit for unit in units for _ in range(rng.choice(_PROJECTS_PER_UNIT))]
    return [_draw_project(rng, owner, f"XM{serial:05d}") for serial, owner in enumerate(owners, start=1)]


def _draw_project(rng: Random, customer: Customer, number: str) -> Project:
    published_on = draw_day(rng, FIRST_DAY, day_before_end(3))
    tender_on = published_on + timedelta(days=rng.randint(30, 90))
    awarded_on = tender_on + timedelta(days=rng.randint(20, 45))
    accepted_on = awarded_on + timedelta(days=rng.randint(60, 240))
    budget_cents = round(rng.lognormvariate(4.6, 0.9) * 10) * (_WAN_CENTS // 10)
    is_ours = awarded_on <= AS_OF and rng.random() < _AWARDED_SHARE
    is_accepted = is_ours and accepted_on <= AS_OF
    return Project(
        number=number,
        customer=customer,
        project_type=rng.choice(_PROJECT_TYPES),
        method=rng.choice(_METHODS),
        budget_cents=budget_cents,
        awarded_cents=round(budget_cents * rng.uniform(0.85, 0.99) / _CENT_WAN) * _CENT_WAN
        if is_ours
        else None,
        published_on=published_on,
        tender_on=tender_on if tender_on <= AS_OF else None,
        awarded_on=awarded_on if awarded_on <= AS_OF else None,
        accepted_on=accepted_on if is_accepted else None,
        warranty_until=accepted_on + timedelta(days=365) if is_accepted else None,
    )


def list_projects(projects: Iterable[Project]) -> Sheet:
    """Amounts in 万元, as such lists give them."""
    headers = (
        "项目编号", "客户编码", "采购单位", "所属系统", "行政层级", "项目类型", "采购方式", "项目阶段",
        "预算金额(万元)", "中标金额(万元)", "意向公开日期", "招标日期", "中标日期", "验收日期", "质保到期日",
    )  # fmt: skip
    rows = [
        (
            p.number, p.customer.code, p.customer.name, p.customer.government_system, p.customer.government_level,
            p.project_type, p.method, p.stage, _wan(p.budget_cents),
            None if p.awarded_cents is None else _wan(p.awarded_cents),
            p.published_on, p.tender_on, p.awarded_on, p.accepted_on, p.warranty_until,
        )
        for p in projects
    ]  # fmt: skip
    return Sheet("projects", "采购项目.csv", headers, rows)


def _wan(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-6).quantize(Decimal("0.01"))


def list_contracts(seed: int, customers: Sequence[Customer], projects: Iterable[Project]) -> Sheet:
    """A contract for every project we won, and yearly framework contracts of some dealers with one call-off each."""
    rng = open_stream(seed, "contracts")
    rows = [
        _project_contract_row(rng, p, awarded_on=p.awarded_on, awarded_cents=p.awarded_cents)
        for p in projects
        if p.awarded_on and p.awarded_cents
    ]
    for dealer in customers:
        if dealer.role is Role.DEALER and rng.random() < _DEALER_FRAMEWORK_SHARE:
            rows += _framework_rows(rng, dealer)
    headers = (
        "合同编号", "客户编码", "客户名称", "签订日期", "合同金额", "开始日期", "结束日期", "框架合同编号", "账期(天)",
        "约定交付日期", "实际交付日期",
    )  # fmt: skip
    return Sheet("contracts", "合同.csv", headers, rows)


def _project_contract_row(
    rng: Random, project: Project, *, awarded_on: date, awarded_cents: int
) -> tuple[Cell, ...]:
    signed_on = min(AS_OF, awarded_on + timedelta(days=rng.randint(5, 25)))
    promised_on = signed_on + timedelta(days=rng.randint(60, 200))
    return (
        f"HT-{project.number}", project.customer.code, project.customer.name, signed_on,
        yuan(awarded_cents), signed_on, promised_on + timedelta(days=365), None, 30, promised_on,
        project.accepted_on,
    )  # fmt: skip


def _framework_rows(rng: Random, dealer: Customer) -> list[tuple[Cell, ...]]:
    signed_on = draw_day(rng, FIRST_DAY, day_before_end(120))
    called_on = signed_on + timedelta(days=rng.randint(20, 90))
    promised_on = called_on + timedelta(days=20)
    delivered_on = promised_on + timedelta(days=rng.randint(-6, 8))
    framework = f"HT-K{dealer.code}"
    cents = rng.randint(10, 60) * _WAN_CENTS
    ends_on = signed_on + timedelta(days=364)
    return [
        (framework, dealer.code, dealer.name, signed_on, yuan(cents), signed_on, ends_on, None, 45, None, None),
        (
            f"HT-D{dealer.code}", dealer.code, dealer.name, called_on, yuan(cents // 5), called_on, ends_on, framework,
            45, promised_on, delivered_on,
        ),
    ]  # fmt: skip
