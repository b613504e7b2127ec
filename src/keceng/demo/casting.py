"""Who plays which planted part, and how that changes the way they buy and pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from keceng.demo.customers import ORGANISATIONS, Customer, Role
from keceng.demo.habits import Habit
from keceng.demo.history import AS_OF, FIRST_DAY, HISTORY_DAYS, open_stream
from keceng.demo.lifetimes import LIFETIME, SPEND
from keceng.demo.places import PROVINCES
from keceng.demo.truths import Truths

GROWING_PROVINCE = "四川"
GROWTH_FACTOR = 2.0
SHIFT_FROM = ("纸张", "墨盒", "打印机")
SHIFT_TO = ("会议平板", "网络设备", "显示器")
SILENT_DAYS = 500
_NEED_SHIFT, _LATE_ENTERPRISES, _LATE_DEALERS = 12, 4, 2
_LOSS_ENTERPRISES, _LOSS_DEALERS = 4, 2
_INFLUENCERS = 4


def cast_parts(seed: int, customers: Sequence[Customer]) -> Truths:
    """Choose customers for every part; nobody plays two."""
    rng = open_stream(seed, "casting")
    enterprises = _shuffle_codes(rng, customers, Role.ENTERPRISE)
    dealers = _shuffle_codes(rng, customers, Role.DEALER)
    early_members = _shuffle_early_members(rng, customers)
    return Truths(
        as_of=AS_OF,
        lifetime=LIFETIME,
        spend=SPEND,
        members_who_bought=sum(c.role is Role.MEMBER and not c.is_prospect for c in customers),
        need_shift=_take(enterprises, _NEED_SHIFT),
        shift_from=SHIFT_FROM,
        shift_to=SHIFT_TO,
        growing_province=GROWING_PROVINCE,
        growth_factor=GROWTH_FACTOR,
        late_payers=(late := _take(enterprises, _LATE_ENTERPRISES) + _take(dealers, _LATE_DEALERS)),
        long_overdue=late[0],
        influencers=_take(early_members, _INFLUENCERS),
        hollow_referrer=early_members.pop(),
        self_referrer=early_members.pop(),
        self_referred=_pick_late_member(rng, customers),
        loss_making=_take(enterprises, _LOSS_ENTERPRISES) + _take(dealers, _LOSS_DEALERS),
        silent_customer=enterprises.pop(),
        silent_days=SILENT_DAYS,
        returned_customer=enterprises.pop(),
        rising_dealer=dealers.pop(),
        bucket=_only_code(customers, Role.BUCKET),
        related_party=_only_code(customers, Role.RELATED),
        supplier=_only_code(customers, Role.SUPPLIER),
        provinces=tuple(province.short for province in PROVINCES),
    )


def _shuffle_codes(rng: Random, customers: Sequence[Customer], role: Role) -> list[str]:
    """Codes of that role outside the growing province, which would blur the other parts."""
    codes = [c.code for c in customers if c.role is role and c.province.short != GROWING_PROVINCE]
    rng.shuffle(codes)
    return codes


def _shuffle_early_members(rng: Random, customers: Sequence[Customer]) -> list[str]:
    latest = FIRST_DAY + timedelta(days=150)
    codes = [
        c.code for c in customers if c.role is Role.MEMBER and c.joined_on <= latest and not c.is_prospect
    ]
    rng.shuffle(codes)
    return codes


def _pick_late_member(rng: Random, customers: Sequence[Customer]) -> str:
    earliest = FIRST_DAY + timedelta(days=300)
    return rng.choice(
        [c.code for c in customers if c.role is Role.MEMBER and c.joined_on > earliest and not c.is_prospect]
    )


def _take(codes: list[str], count: int) -> tuple[str, ...]:
    return tuple(sorted(codes.pop() for _ in range(count)))


def _only_code(customers: Sequence[Customer], role: Role) -> str:
    (code,) = (c.code for c in customers if c.role is role)
    return code


def dress_customers(customers: Sequence[Customer], truths: Truths) -> list[Customer]:
    """Whoever plays a buying part, or makes a province grow, is there from the beginning and does buy; the two of the self-referral share a phone."""
    (phone,) = (customer.phone for customer in customers if customer.code == truths.self_referrer)
    buyers = {
        *truths.need_shift,
        *truths.late_payers,
        *truths.loss_making,
        truths.silent_customer,
        truths.returned_customer,
        truths.rising_dealer,
    }
    return [
        replace(customer, joined_on=FIRST_DAY, is_prospect=False)
        if customer.code in buyers or _grows_with_province(customer, truths)
        else replace(customer, phone=phone)
        if customer.code == truths.self_referred
        else customer
        for customer in customers
    ]


def _grows_with_province(customer: Customer, truths: Truths) -> bool:
    """Newcomers would add a growth of their own to the planted one."""
    return customer.role in ORGANISATIONS and customer.province.short == truths.growing_province


def adapt_habit(habit: Habit, customer: Customer, truths: Truths) -> Habit:
    """The customer's habit with its part, if it has one."""
    if customer.province.short == truths.growing_province:
        habit = replace(habit, last_year_factor=truths.growth_factor, ends_on=AS_OF)
    if customer.code in truths.need_shift:
        before = dict.fromkeys(truths.shift_from, 3.0) | dict.fromkeys(truths.shift_to, 0.1)
        after = dict.fromkeys(truths.shift_from, 0.3) | dict.fromkeys(truths.shift_to, 3.0)
        return replace(habit, gap_days=12, order_yuan=9000, ends_on=AS_OF, tastes=before, late_tastes=after)
    if customer.code in truths.late_payers:
        return replace(habit, gap_days=20, order_yuan=14000, ends_on=AS_OF)
    if customer.code in truths.loss_making:
        return replace(
            habit, gap_days=18, order_yuan=45000, ends_on=AS_OF, net_to_cost=0.92, has_returns=False
        )
    if customer.code in {truths.silent_customer, truths.returned_customer, truths.rising_dealer}:
        return replace(habit, order_yuan=8000, ends_on=AS_OF, has_returns=False)
    return habit


RETURNED_SILENCE_DAYS = 240
RETURNED_DAYS_AGO = 8


def list_planted_gaps(rng: Random, customer: Customer, truths: Truths) -> list[int] | None:
    """Days before the end on which a customer with an exact history orders, oldest first; None for everyone else."""
    if customer.code == truths.silent_customer:
        return [*_steady_days(rng, SILENT_DAYS), SILENT_DAYS]
    if customer.code == truths.returned_customer:
        silent_since = RETURNED_DAYS_AGO + RETURNED_SILENCE_DAYS
        return [*_steady_days(rng, silent_since), silent_since, RETURNED_DAYS_AGO]
    return None


def _steady_days(rng: Random, newest: int) -> list[int]:
    """Days before the end from the first day to shortly before `newest`, 18 to 24 days apart, oldest first."""
    days, ago = [], newest
    while (ago := ago + rng.randint(18, 24)) <= HISTORY_DAYS:
        days.append(ago)
    return days[::-1]
