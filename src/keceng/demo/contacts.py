"""The people at organisations, with their part in a purchase."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from keceng.demo.customers import ORGANISATIONS, Customer, Role
from keceng.demo.history import AS_OF, FIRST_DAY, draw_day, open_stream
from keceng.demo.names import draw_person_name, phone_number

# buying role: title, department, seniority, power 1 to 5
_PARTS = (
    ("决策者", "总经理", "管理层", "高层", 5),
    ("采购者", "采购经理", "采购部", "中层", 3),
    ("技术把关者", "技术主管", "技术部", "中层", 3),
    ("使用者", "行政专员", "行政部", "基层", 1),
    ("影响者", "财务经理", "财务部", "中层", 2),
)
_OFFICE_TITLES = {
    "总经理": "分管领导",
    "采购经理": "采购科负责人",
    "技术主管": "信息科负责人",
    "行政专员": "办公室科员",
    "财务经理": "财务科负责人",
}
_DECIDER_KNOWN_SHARE = 0.85
_LEFT_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact person. Support runs from −2 to 2, the relation from 0 (unknown) to 4 (advocate)."""

    number: str
    customer: Customer
    name: str
    buying_role: str
    title: str
    department: str
    seniority: str
    power: int
    relation_strength: int
    support: int
    left_on: date | None
    phone: str = ""
    reports_to: str = ""


def list_contacts(seed: int, customers: Iterable[Customer], *, first_phone: int) -> list[Contact]:
    """One to four contacts of every organisation; phones count on from `first_phone`."""
    rng = open_stream(seed, "contacts")
    contacts: list[Contact] = []
    for customer in customers:
        if customer.role not in ORGANISATIONS:
            continue
        decider_is_known = rng.random() < _DECIDER_KNOWN_SHARE
        parts = [*_PARTS[: int(decider_is_known)], *rng.sample(_PARTS[1:], rng.randint(1, 3))]
        head = _contact_number(len(contacts) + 1) if decider_is_known else ""
        for serial, part in enumerate(parts, start=len(contacts) + 1):
            contact = _make_contact(rng, customer, part, _contact_number(serial))
            reports_to = "" if contact.number == head else head
            contacts.append(replace(contact, reports_to=reports_to, phone=phone_number(first_phone + serial)))
    return contacts


def _contact_number(serial: int) -> str:
    return f"L{serial:06d}"


def _make_contact(
    rng: Random, customer: Customer, part: tuple[str, str, str, str, int], number: str
) -> Contact:
    buying_role, title, department, seniority, power = part
    is_office = customer.role is Role.GOVERNMENT
    return Contact(
        number=number,
        customer=customer,
        name=draw_person_name(rng),
        buying_role=buying_role,
        title=_OFFICE_TITLES[title] if is_office else title,
        department="" if is_office else department,
        seniority=seniority,
        power=power,
        relation_strength=rng.choices(range(5), (10, 25, 35, 22, 8))[0],
        support=rng.choices(range(-2, 3), (3, 10, 35, 37, 15))[0],
        left_on=draw_day(rng, FIRST_DAY, AS_OF) if rng.random() < _LEFT_SHARE else None,
    )
