"""The desk of a small company: who works there, its standard, and a book of three months in which some customers move."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from keceng.desk.people.models import User
from keceng.desk.signature import Signature
from keceng.lake import Lake
from keceng.loop import Workspace
from tests.ledgers import Day, Ledger

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
FEBRUARY, MARCH, APRIL = dt.date(2026, 2, 28), dt.date(2026, 3, 31), dt.date(2026, 4, 30)
CAST = {
    "mei": "marketing_manager",
    "dong": "sales_director",
    "fang": "sales_director",
    "an": "account_manager",
    "rui": "sales_rep",
}
RISING, FALLING, FALLING_TOO, FALLEN = 11, 12, 13, 14
CUSTOMERS = 20

PLAIN = """\
keceng: 1
id: plain
title: {zh: 简明标准, en: Plain}
window: 60d
grade:
  title: {zh: 等级, en: Grade}
  kind: tier
  by: bands
  measure: spend
  classes:
    A: {from: 1000, title: {zh: A类, en: A}, public_title: {zh: 一级, en: First}}
    B: {from: 100, title: {zh: B类, en: B}, public_title: {zh: 二级, en: Second}}
    C: {title: {zh: C类, en: C}, public_title: {zh: 三级, en: Third}}
stability: off
strategy:
  A: {goal: {zh: 深度服务, en: Deepen}, rhythm: 14d, service: priority}
  B: {goal: {zh: 提升频次, en: Raise}, rhythm: 30d, service: plus}
  C: {goal: {zh: 了解需求, en: Learn}, rhythm: 90d, service: standard}
nomination: {class: A, quota: 0.30, months: 12}
review: {every: 1 month, owner: sales-director}
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """A workspace and the people at its desk."""

    workspace: Workspace

    @property
    def lake(self) -> Lake:
        return self.workspace.lake

    def user(self, name: str) -> User:
        return User.objects.get(username=name)

    def signed(self, name: str, why: str = "", *, at: dt.datetime = NOW) -> Signature:
        return Signature(self.user(name), at, why)


def write_book(root: Path) -> Lake:
    """Customers 1–3 always A, 4–10 always B, 15–20 always C; in March 11 rises from C to A, and 12–14 fall from A to C."""
    days = [
        Day(key, dt.date(2026, month, 10), 200_000 if key <= 3 else 20_000 if key <= 10 else 500)
        for key in [*range(1, 11), *range(15, CUSTOMERS + 1)]
        for month in (1, 2, 3, 4)
    ]
    days += [Day(RISING, dt.date(2026, 1, 20), 500), Day(RISING, dt.date(2026, 3, 20), 200_000)]
    for key in (FALLING, FALLING_TOO, FALLEN):
        days += [Day(key, dt.date(2026, 1, 5), 200_000), Day(key, dt.date(2026, 3, 10), 500)]
    known = {day.customer: {"first_seen_on": dt.date(2026, 1, 1)} for day in days}
    return Ledger(days, known).write(root)
