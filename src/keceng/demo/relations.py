"""Who knows, supplies, depends on and recommends whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from keceng.demo.customers import Customer, Role
from keceng.demo.history import AS_OF, FIRST_DAY, draw_day, open_stream
from keceng.demo.sheets import Cell, Sheet
from keceng.demo.truths import Truths

REFERRAL = "转介绍"
_ORDINARY_REFERRED_SHARE = 0.08
_FRIENDS_PER_MEMBER = 0.15
_REFERRED_AFTER = FIRST_DAY + timedelta(days=200)


def referrals_each(members: int) -> int:
    """How many referrals an influencer has made, and the hollow referrer tried."""
    return max(8, members // 160)


def list_relations(seed: int, customers: Sequence[Customer], truths: Truths) -> Sheet:
    """One row a relation, from the customer who knows, supplies, depends or recommends to the other."""
    rng = open_stream(seed, "relations")
    members = [customer for customer in customers if customer.role is Role.MEMBER]
    rows = [
        *_refer_members(rng, members, truths),
        *_supply_enterprises(rng, customers),
        *_meet_members(rng, members),
    ]
    headers = ("主体客户编号", "关联客户编码", "关系类型", "关系强度", "建立日期", "依据")
    return Sheet("relations", "客户关系.csv", headers, rows)


def _refer_members(rng: Random, members: Sequence[Customer], truths: Truths) -> Iterator[tuple[Cell, ...]]:
    """Every referred member is referred once, shortly before the first purchase."""
    count = referrals_each(len(members))
    buyers = [
        m
        for m in members
        if not m.is_prospect and m.joined_on > _REFERRED_AFTER and m.code != truths.self_referred
    ]
    prospects = [m for m in members if m.is_prospect]
    rng.shuffle(buyers)
    for influencer in truths.influencers:
        for _ in range(count):
            yield _referral_row(rng, influencer, buyers.pop())
    for referred in prospects[:count]:
        yield _referral_row(rng, truths.hollow_referrer, referred)
    yield _referral_row(rng, truths.self_referrer, next(m for m in members if m.code == truths.self_referred))
    planted = {*truths.influencers, truths.hollow_referrer, truths.self_referrer}
    early = [m for m in members if m.joined_on < _REFERRED_AFTER and m.code not in planted]
    for referred in buyers:
        if rng.random() < _ORDINARY_REFERRED_SHARE:
            yield _referral_row(rng, rng.choice(early).code, referred)


def _referral_row(rng: Random, referrer: str, referred: Customer) -> tuple[Cell, ...]:
    referred_on = max(FIRST_DAY, referred.joined_on - timedelta(days=rng.randint(0, 40)))
    return (referrer, referred.code, REFERRAL, None, referred_on, "推荐码")


def _supply_enterprises(rng: Random, customers: Sequence[Customer]) -> Iterator[tuple[Cell, ...]]:
    """Dealers supply end-user companies of their province; some of these depend on them."""
    for dealer in customers:
        if dealer.role is not Role.DEALER:
            continue
        near = [c for c in customers if c.role is Role.ENTERPRISE and c.province is dealer.province]
        for enterprise in rng.sample(near, min(len(near), rng.randint(0, 3))):
            since_on = draw_day(rng, FIRST_DAY, AS_OF)
            yield (dealer.code, enterprise.code, "供应", rng.randint(1, 5), since_on, "供货协议")
            if rng.random() < 0.3:
                yield (enterprise.code, dealer.code, "依赖", rng.randint(1, 5), since_on, "客户经理确认")


def _meet_members(rng: Random, members: Sequence[Customer]) -> Iterator[tuple[Cell, ...]]:
    met: set[tuple[str, str]] = set()
    for _ in range(round(len(members) * _FRIENDS_PER_MEMBER)):
        one, other = rng.sample(members, 2)
        if (one.code, other.code) not in met:
            met.add((one.code, other.code))
            yield (one.code, other.code, "认识", rng.randint(1, 5), _later_of(one, other), "活动签到")


def _later_of(one: Customer, other: Customer) -> date:
    return max(one.joined_on, other.joined_on)
