"""Who buys: members, dealers and end-user companies in groups, government units, and three accounts that are no customers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from keceng.demo.history import AS_OF, FIRST_DAY, day_before_end, draw_day, open_stream
from keceng.demo.names import (
    COMPANY_NAMES,
    GOVERNMENT_LEVELS,
    GOVERNMENT_SYSTEMS,
    PLACE_NAMES,
    draw_company_names,
    draw_person_name,
    government_name,
    group_name,
    phone_number,
)
from keceng.demo.places import Province, draw_province

_DEALERS, _ENTERPRISES, _GOVERNMENT = 0.06, 0.10, 0.04
_PROSPECT_SHARE = 0.05
_STAFF = tuple(f"业务{word}组" for word in "甲乙丙丁戊己庚辛")
_INDUSTRIES = ("制造业", "批发业", "零售业", "建筑业", "住宿和餐饮业", "信息传输业", "教育", "物流业")
_SOURCES = ("展会", "电话拓展", "老客户介绍", "官网", "线上广告", "门店")

FEWEST_CUSTOMERS = 400
"""Below this the planted stories would crowd each other out."""
MOST_CUSTOMERS = int(COMPANY_NAMES / (_DEALERS + _ENTERPRISES))


class Role(StrEnum):
    """What a customer is to the company, as the column 客户类型 says it."""

    MEMBER = "会员"
    DEALER = "经销商"
    ENTERPRISE = "企业客户"
    GOVERNMENT = "政府"
    RELATED = "关联方"
    SUPPLIER = "供应商"
    BUCKET = "散客"


ORGANISATIONS = (Role.DEALER, Role.ENTERPRISE, Role.GOVERNMENT)


@dataclass(frozen=True, slots=True)
class Customer:
    """One row of the customer file. `joined_on` is the first purchase, or the registration of one who never buys."""

    code: str
    name: str
    role: Role
    province: Province
    province_spelling: str
    city: str
    phone: str
    source: str
    owner: str
    joined_on: date
    is_prospect: bool = False
    parent_code: str = ""
    industry: str = ""
    employees: int | None = None
    turnover_wan: int | None = None
    legacy_grade: str = ""
    government_system: str = ""
    government_level: str = ""


def list_customers(seed: int, count: int) -> list[Customer]:
    """Exactly `count` customers, then the walk-in account, a related party and a supplier."""
    rng = open_stream(seed, "customers")
    dealers, enterprises, government = (round(count * s) for s in (_DEALERS, _ENTERPRISES, _GOVERNMENT))
    members = count - dealers - enterprises - government
    names = iter(draw_company_names(rng, dealers + enterprises))
    listed = [_make_member(rng, serial) for serial in range(members)]
    listed += [_make_company(rng, Role.DEALER, serial, next(names)) for serial in range(dealers)]
    listed += [_make_company(rng, Role.ENTERPRISE, serial, next(names)) for serial in range(enterprises)]
    listed += [_make_government(rng, serial) for serial in range(government)]
    listed += _make_special_accounts(rng)
    numbered = [replace(customer, phone=phone_number(n)) for n, customer in enumerate(listed, start=1)]
    return _form_groups(rng, numbered)


def _make_customer(rng: Random, role: Role, serial: int, name: str) -> Customer:
    province = draw_province(rng, serial)
    return Customer(
        code=f"{role.name[0]}{serial + 1:06d}",
        name=name,
        role=role,
        province=province,
        province_spelling=province.spell(rng),
        city=rng.choice(province.cities),
        phone="",
        source=rng.choice(_SOURCES),
        owner=rng.choice(_STAFF),
        joined_on=FIRST_DAY,
    )


def _make_member(rng: Random, serial: int) -> Customer:
    early = rng.random() < 0.5
    half_year = FIRST_DAY + timedelta(days=180)
    joined_on = draw_day(rng, FIRST_DAY, half_year) if early else draw_day(rng, half_year, AS_OF)
    return replace(
        _make_customer(rng, Role.MEMBER, serial, draw_person_name(rng)),
        joined_on=joined_on,
        is_prospect=rng.random() < _PROSPECT_SHARE,
        legacy_grade=rng.choices(("普通会员", "银卡会员", "金卡会员"), (80, 15, 5))[0],
    )


def _make_company(rng: Random, role: Role, serial: int, name: str) -> Customer:
    employees = max(3, round(rng.lognormvariate(4.2, 1.1)))
    return replace(
        _make_customer(rng, role, serial, name),
        joined_on=_draw_start(rng),
        is_prospect=role is Role.ENTERPRISE and rng.random() < _PROSPECT_SHARE,
        industry="批发业" if role is Role.DEALER else rng.choice(_INDUSTRIES),
        employees=employees,
        turnover_wan=max(20, round(employees * rng.lognormvariate(3.9, 0.5))),
        legacy_grade=rng.choices(("A类", "B类", "C类"), (15, 35, 50))[0],
    )


def _draw_start(rng: Random) -> date:
    """Three quarters of the organisations were customers from the start."""
    if rng.random() < 0.75:
        return draw_day(rng, FIRST_DAY, FIRST_DAY + timedelta(days=60))
    return draw_day(rng, FIRST_DAY, day_before_end(40))


def _make_government(rng: Random, serial: int) -> Customer:
    # the place names return after 400 units; shifting the system by one then keeps every name different
    system = GOVERNMENT_SYSTEMS[(serial + serial // PLACE_NAMES) % len(GOVERNMENT_SYSTEMS)]
    level = rng.choices(GOVERNMENT_LEVELS, (2, 18, 45, 35))[0]
    return replace(
        _make_customer(rng, Role.GOVERNMENT, serial, government_name(serial, system, level)),
        joined_on=_draw_start(rng),
        is_prospect=rng.random() < _PROSPECT_SHARE,
        government_system=system,
        government_level=level,
    )


def _make_special_accounts(rng: Random) -> list[Customer]:
    return [
        _make_customer(rng, Role.BUCKET, 0, "散客"),
        _make_customer(rng, Role.RELATED, 0, "示例公司关联贸易有限公司"),
        _make_customer(rng, Role.SUPPLIER, 0, "示例公司纸浆供应有限公司"),
    ]


def _form_groups(rng: Random, listed: list[Customer]) -> list[Customer]:
    """One end-user company in 25 heads a group of three to six other companies."""
    companies = [c for c in listed if c.role in {Role.DEALER, Role.ENTERPRISE}]
    enterprises = [c for c in companies if c.role is Role.ENTERPRISE]
    heads = rng.sample(enterprises, max(3, len(enterprises) // 25))
    head_codes = {head.code for head in heads}
    free = [c.code for c in companies if c.code not in head_codes]
    rng.shuffle(free)
    parents = {free.pop(): head.code for head in heads for _ in range(rng.randint(3, 6))}
    return [
        replace(
            customer,
            parent_code=parents.get(customer.code, ""),
            name=group_name(customer.name) if customer.code in head_codes else customer.name,
        )
        for customer in listed
    ]
