"""What is told of customers: a line of a list, the whole profile, history, sources, persons."""

from __future__ import annotations

import datetime as dt

from ninja import Schema
from pydantic import Field

from keceng.api.words import GREATEST_KEY, Cents, Line, Words


class CustomersAsked(Schema):
    """要哪些客户；不写的不限制。Which customers; what is left out narrows nothing."""

    q: Line = Field("", description="number, name or pinyin initials · 编号、名称或拼音首字母")
    grade: Line = Field("", description="a class, or `-` for none · 等级，`-` 为没有等级")
    best: bool = Field(False, description="the best class · 最好的一级")
    state: Line = ""
    owner: Line = ""
    region: Line = ""
    moved: Line = Field("", description="`up` or `down` against the run before · 与上次相比升或降")
    overdue: bool = False
    by_hand: bool = False
    appealed: bool = False
    excluded_as: Line = ""
    graded: bool = False
    excluded: bool = False
    risk: bool = Field(False, description="silent too long · 久未购买")
    mine: bool = Field(False, description="one's own · 自己名下")
    silent: int | None = Field(None, ge=0, le=3650, description="no contact in so many days · 多少天未联系")
    measure: Line = Field("", description="a measure of the run, with `sign` and `number` · 指标")
    sign: Line = Field("ge", description="ge, gt, le, lt, eq, ne · 比较")
    number: Line = ""
    group: int | None = Field(None, ge=1, le=GREATEST_KEY, description="a saved group · 保存的分组")


class CustomersOrdered(CustomersAsked):
    """要哪些客户，按什么排序。Which customers, in which order."""

    order: Line = Field("spend", description="spend, loss, overdue, silence, name · 排序")


class CustomerLine(Schema):
    """列表里的客户；个人姓名遮蔽。A customer as lists show it; the name of a natural person is masked."""

    customer_key: str
    customer_id: str
    shown_name: str
    kind: str
    role: str
    owner: str
    region: str
    grade: str | None
    earlier_grade: str | None
    grade_since: dt.date | None
    state: str | None
    kept_by: str | None
    is_by_hand: bool
    is_appealed: bool
    is_provisional: bool
    excluded_as: str | None
    spend_cents: Cents | None
    previous_spend_cents: Cents | None
    overdue_cents: Cents | None
    expected_loss_cents: Cents | None
    days_since_last_purchase: int | None
    gap_ratio: float | None = Field(description="silence ÷ usual gap · 沉默天数 ÷ 平常间隔")
    last_contact_on: dt.date | None
    reason: Words


class Happening(Schema):
    """时间线上的一行。A line of the timeline."""

    on: dt.date
    kind: str
    told: Words


class Number(Schema):
    """一项指标。A measure of a customer, as people read it."""

    title: Words
    number: Words
    definition: Words


class ConditionTold(Schema):
    """规则里的一项比较。A comparison of the rules beside the customer's number."""

    class_id: str
    condition: Words
    number: Words
    met: bool | None
    cut: Words | None


class WayUp(Schema):
    """怎样升级。What would lead to a better class."""

    to_class: str
    told: Words
    money_cents: Cents
    expires_on: dt.date


class Why(Schema):
    """为什么是这一级，怎样会变。Why the grade is what it is, and what would change it."""

    run_id: str
    as_of: dt.date
    standard_id: str
    revision: int
    reason_code: str
    reason: Words
    by_rules: str | None
    by_system: str | None
    standing: list[Words]
    classes: dict[str, str | None]
    conditions: list[ConditionTold]
    numbers: list[Number]
    ways_up: list[WayUp]
    no_way_up: Words | None
    lapse: Words | None = Field(description="when the class is lost without purchases · 不再购买何时降级")
    loss: Words | None = Field(description="how much less in sales loses it · 销售少多少会降级")


class Profile(Schema):
    """客户全景。One customer whole."""

    customer: CustomerLine
    facts: dict[str, int | None] = Field(
        description="stored parts: cents, days, ten-thousandths · 存储单位：分、天、万分之一"
    )
    open_complaints: int
    why: Why
    timeline: list[Happening]


class GradeStep(Schema):
    """等级历史的一行。A line of the history of a grade."""

    on: dt.date
    title: Words
    from_class: str | None
    to_class: str | None
    reason: Words | None
    people: list[str]
    until: dt.date | None


class LineSource(Schema):
    """一个文件里的订单明细。The order lines of a customer in one file."""

    file: str
    lines: int
    first_row: int | None
    last_row: int | None
    first_on: dt.date
    last_on: dt.date
    net_cents: Cents


class Sources(Schema):
    """数字从哪里来。What the figures rest on."""

    lines: list[LineSource]
    last_file: str | None
    last_row: int | None
    receivables: int
    payments: int
    net_cents: Cents


class Letter(Schema):
    """给客户的说明信。The letter that tells a customer its service tier."""

    customer_id: str
    language: str
    text: str


class Person(Schema):
    """完整的姓名电话；查看有记录。A person in full; that it was looked at is recorded."""

    name: str
    phone: str
    title: str


class Persons(Schema):
    """客户的联系人。The persons of a customer."""

    persons: list[Person]
