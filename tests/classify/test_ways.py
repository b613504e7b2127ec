"""Ways up and down: what is proposed changes the grade, a tenth less does not, and trying everything finds nothing better."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from keceng.classify import (
    Case,
    Change,
    FrozenRanking,
    Judge,
    Norms,
    PurchaseDay,
    PurchaseHistory,
    Way,
    find_way_down,
    find_ways_up,
    next_review,
    remeasure,
)
from keceng.measure import catalogue
from keceng.standard import Standard, find_standard, list_templates, load_standard
from tests.classify.cases import Bench
from tests.evaluate.books import simulate_days
from tests.ledgers import Day, Ledger

AS_OF = dt.date(2026, 6, 30)
CATALOGUE = catalogue()
NORMS = Norms(30, 60, 0, 365)
TITLE = "title: {zh: 类, en: Class}, public_title: {zh: 服务, en: Service}"


def ruler(a: str, b: str, dimensions: str = "dimensions: {state: {use: lifecycle_state}}") -> Standard:
    return load_standard(
        f"""
keceng: 1
id: ruler
title: {{zh: 尺, en: Ruler}}
window: 365d
{dimensions}
grade:
  title: {{zh: 等级, en: Grade}}
  kind: tier
  by: rules
  classes:
    A: {{when: "{a}", {TITLE}}}
    B: {{when: "{b}", {TITLE}}}
    C: {{otherwise: true, {TITLE}}}
stability: off
strategy:
  A: {{goal: {{zh: 甲, en: A}}, rhythm: 14d, service: a}}
  B: {{goal: {{zh: 乙, en: B}}, rhythm: 30d, service: b}}
  C: {{goal: {{zh: 丙, en: C}}, rhythm: 90d, service: c}}
review: {{every: 3 months, owner: sales-director}}
""",
        CATALOGUE,
    )


def unranked(_ranking: str) -> FrozenRanking:
    raise AssertionError("rules alone rank nobody")


def case_of(standard: Standard, days: list[PurchaseDay], **known: object) -> Case:
    """A customer of a standard of rules alone, with these purchase days."""
    blank = {name: None for m in CATALOGUE.values() for name in (m.name, *(m.exact or ()))}
    row = {**blank, "customer_key": 1, "unit_key": 1, "history_days": 700, **known}
    history = PurchaseHistory(tuple(days))
    measured = remeasure(row, history, NORMS, run_day=AS_OF, day=AS_OF)  # type: ignore[arg-type]
    return Case(Judge(standard, {}, unranked), measured, history, NORMS, AS_OF)


def bought(days_ago: int, cents: int, orders: int = 1) -> PurchaseDay:
    return PurchaseDay(AS_OF - dt.timedelta(days=days_ago), orders, cents, cents)


def less(change: Change) -> Change:
    """A tenth less money, or one order fewer."""
    if change.orders:
        return replace(change, orders=change.orders - 1)
    return replace(change, money=9 * change.money // 10)


def check_way(case: Case, way: Way) -> None:
    assert case.is_better(case.after(way.change))
    assert case.after(way.change).grade == way.to_class
    if way.change.purchase:
        assert not case.is_better(case.after(less(way.change)))
    for flag in ("clears_overdue", "makes_contact", "meets_decider"):
        if getattr(way.change, flag):
            assert not case.is_better(case.after(replace(way.change, **{flag: False})))
    assert case.is_better(case.after(way.change, way.expires_on))
    review = next_review(case.run_day, case.standard.review)
    too_late = way.expires_on + dt.timedelta(days=1)
    assert way.expires_on == review or not case.is_better(case.after(way.change, too_late))
    for moved in way.moved:
        assert moved.measure.actionable
        if moved.measure.name in {"spend", "order_count", "purchase_days"}:
            assert int(str(moved.after)) <= 2 * int(str(moved.before))


def check_down(case: Case) -> None:
    down = find_way_down(case)
    if down.lapse is not None:
        assert case.is_worse(case.after(Change(), down.lapse.falls_on))
        assert not case.is_worse(case.after(Change(), down.lapse.falls_on - dt.timedelta(days=1)))
    if down.loss is not None:
        assert case.is_worse(case.after(Change(money=-down.loss.money)))
        assert not case.is_worse(case.after(Change(money=-(9 * down.loss.money // 10))))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    # Three years of a simulated company; some owe money, some are government units, some dealers.
    chance = random.Random(7)
    days = simulate_days(320, 1_000, seed=5)
    people = {
        k: {"role": chance.choice(["dealer", "dealer", "end_user", None])}
        for k in sorted({d.customer for d in days})
    }
    lake = Ledger(days, people).write(tmp_path_factory.mktemp("ways") / "lake")
    made = Bench(lake.snapshot(), dt.date(2026, 8, 1))
    yield made
    made.engine.close()


@pytest.mark.parametrize("template", list_templates())
def test_what_is_proposed_changes_the_grade_and_a_tenth_less_does_not(template: str, bench: Bench) -> None:
    standard = find_standard(template, CATALOGUE)
    cases = list(bench.cases(standard))
    if template == "government":
        assert not cases
        return
    assert all(case.verdict.grade == case.row["grade_by_rules"] for case in cases)
    ways = 0
    for case in random.Random(3).sample(cases, 15):
        assert case.verdict.grade == case.row["grade_by_rules"]
        up = find_ways_up(case)
        assert bool(up.ways) != bool(up.obstacle)
        assert [w.money for w in up.ways] == sorted(w.money for w in up.ways)
        assert len(up.ways) <= 2
        for way in up.ways:
            check_way(case, way)
        check_down(case)
        ways += len(up.ways)
    assert ways or template in {"vip", "profit"}


def everything(case: Case) -> Iterator[Change]:
    """Every combination of levers, to the cent and to the order."""
    value = case.order_value or 0
    purchases = [Change(money=n) for n in range(case.most_money + 1)]
    purchases += [Change(orders=n, order_value=value) for n in range(1, case.most_orders + 1)]
    for flags in itertools.product([False, True], repeat=3):
        for purchase in purchases:
            yield replace(purchase, clears_overdue=flags[0], makes_contact=flags[1], meets_decider=flags[2])


def price(case: Case, change: Change) -> int:
    owed = case.row["overdue_amount"] if change.clears_overdue else 0
    return change.purchase + int(str(owed or 0))


@pytest.mark.parametrize("seed", range(12))
def test_trying_every_combination_finds_nothing_cheaper(seed: int) -> None:
    chance = random.Random(seed)
    money, orders = chance.randint(1, 4), chance.randint(2, 6)
    contact = chance.choice(["procurement_recent_24m", "decider_known", "spend > 0"])
    standard = ruler(
        f"spend >= {money} and order_count >= {orders} and overdue_over_30_amount <= 0 and {contact}",
        chance.choice(["spend >= 1.2", "purchase_days >= 2 and state <> 'lost'", "largest_day_share < 0.7"]),
    )
    days = [bought(ago, chance.randint(10, 90), chance.randint(1, 2)) for ago in chance.sample(range(300), 3)]
    overdue = chance.choice([0, 30])
    case = case_of(
        standard,
        sorted(days, key=lambda d: d.day),
        overdue_amount=overdue,
        overdue_over_30_amount=overdue,
        overdue_over_90_amount=0,
        procurement_recent_24m=chance.random() < 0.5,
        decider_known=chance.random() < 0.5,
    )
    up = find_ways_up(case)
    working = [c for c in everything(case) if case.is_better(case.after(c))]
    if case.verdict.grade == "A":
        assert not working
        return
    assert bool(up.ways) == bool(working)
    if not working:
        return
    for way in up.ways:
        check_way(case, way)
    clears = Change(clears_overdue=True)
    if case.is_better(case.after(clears)) and overdue:
        assert [w.change for w in up.ways] == [clears]
        return
    cheapest = min(working, key=lambda c: (price(case, c), len(case.moved_by(c))))
    assert (up.ways[0].money, len(up.ways[0].moved)) == (price(case, cheapest), len(case.moved_by(cheapest)))


def test_an_overdue_cap_is_the_one_thing_to_clear() -> None:
    standard = ruler("spend >= 100 and overdue_over_30_amount <= 0", "spend >= 50")
    case = case_of(
        standard,
        [bought(90, 60_00), bought(10, 60_00)],
        overdue_amount=70_00,
        overdue_over_30_amount=50_00,
        overdue_over_90_amount=0,
        receivable_amount=80_00,
    )
    (way,) = find_ways_up(case).ways
    assert way.change == Change(clears_overdue=True)
    assert (way.money, way.to_class) == (70_00, "A")
    assert {m.measure.name: m.after for m in way.moved}["receivable_amount"] == 10_00


def test_a_contact_is_a_way_that_takes_no_money() -> None:
    standard = ruler("procurement_recent_24m and decider_known", "procurement_recent_24m")
    case = case_of(standard, [], procurement_recent_24m=False, decider_known=False)
    (first,) = find_ways_up(case).ways
    assert (first.change, first.money, first.to_class) == (Change(makes_contact=True), 0, "B")


def test_at_the_line_the_grade_holds_and_one_cent_less_does_not() -> None:
    standard = ruler("spend >= 100", "spend >= 50")
    held = case_of(standard, [bought(20, 100_00)])
    assert held.verdict.grade == "A"
    assert find_way_down(held).loss is not None
    assert find_way_down(held).loss.money == 1  # type: ignore[union-attr]
    short = case_of(standard, [bought(20, 99_99)])
    assert [w.change for w in find_ways_up(short).ways] == [
        Change(money=1),
        Change(orders=1, order_value=99_99),
    ]


def test_nothing_more_than_double_is_asked_for() -> None:
    standard = ruler("spend >= 100", "spend >= 90")
    assert find_ways_up(case_of(standard, [bought(20, 45_00)])).ways[0].money == 45_00
    assert not find_ways_up(case_of(standard, [bought(20, 44_99)])).ways
    lapsed = find_ways_up(case_of(standard, [bought(400, 95_00)]))
    assert not lapsed.ways
    assert lapsed.obstacle is not None
    assert "nothing was bought" in lapsed.obstacle.text.en


RISK = f"""dimensions:
  state: {{use: lifecycle_state}}
  risk:
    title: {{zh: 风险, en: Risk}}
    kind: segment
    by: rules
    classes:
      watch: {{when: "is_dishonest_listed or overdue_over_90_amount > 100", unknown: not_met, {TITLE}}}
      clear: {{otherwise: true, {TITLE}}}
"""


def test_what_stands_behind_a_class_that_rules_gave_is_named() -> None:
    standard = ruler("risk = 'clear' and spend >= 10", "risk = 'clear'", RISK)
    listed = case_of(standard, [bought(20, 45_00)], is_dishonest_listed=True, overdue_over_90_amount=0)
    obstacle = find_ways_up(listed).obstacle
    assert obstacle is not None
    assert CATALOGUE["is_dishonest_listed"].title.zh in obstacle.text.zh
    owing = case_of(standard, [bought(20, 45_00)], is_dishonest_listed=False, overdue_over_90_amount=200_00)
    assert [w.change for w in find_ways_up(owing).ways] == [Change(clears_overdue=True)]


def test_whoever_bought_nothing_of_late_is_told_so_where_purchases_count() -> None:
    gone = find_ways_up(case_of(find_standard("consumer", CATALOGUE), [bought(500, 45_00)]))
    assert gone.obstacle is not None
    assert "nothing was bought" in gone.obstacle.text.en


def test_an_unknown_grade_and_the_best_one_say_so() -> None:
    standard = ruler("need_clarity_score >= 50", "spend >= 1")
    unknown = find_ways_up(case_of(standard, [bought(20, 45_00)]))
    assert unknown.obstacle is not None
    assert "not enough is known" in unknown.obstacle.text.en
    best = find_ways_up(case_of(standard, [bought(20, 45_00)], need_clarity_score=900_000))
    assert best.obstacle is not None
    assert "highest" in best.obstacle.text.en
    stuck = find_ways_up(case_of(standard, [bought(20, 45_00)], need_clarity_score=100_000))
    assert stuck.obstacle is not None
    assert "larity" in stuck.obstacle.text.en


def test_silence_loses_the_class_on_the_day_it_is_lost() -> None:
    standard = ruler("days_since_last_purchase <= 30", "spend >= 10")
    case = case_of(standard, [bought(300, 6_00), bought(10, 6_00)])
    lapse = find_way_down(case).lapse
    assert lapse is not None
    assert (lapse.falls_on, lapse.to_class) == (AS_OF + dt.timedelta(days=21), "B")
    later = case_of(standard, [bought(300, 6_00), bought(40, 6_00)])
    fallen = find_way_down(later).lapse
    assert fallen is not None
    assert (fallen.falls_on, fallen.to_class) == (AS_OF + dt.timedelta(days=65), "C")


def test_a_way_expires_when_earlier_sales_fall_out_of_the_window() -> None:
    standard = ruler("spend >= 100", "spend >= 10")
    case = case_of(standard, [bought(350, 40_00), bought(10, 40_00)])
    by_money = find_ways_up(case).ways[0]
    assert by_money.money == 20_00
    assert by_money.expires_on == AS_OF + dt.timedelta(days=14)
    steady = case_of(standard, [bought(100, 40_00), bought(10, 40_00)])
    assert find_ways_up(steady).ways[0].expires_on == next_review(AS_OF, standard.review)


@pytest.mark.parametrize("heads", [1, 12])
def test_one_customer_alone_and_a_company_of_equals(
    heads: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    days = [Day(k, AS_OF - dt.timedelta(days=ago), 50_00) for k in range(heads) for ago in (200, 120, 40)]
    lake = Ledger(days).write(tmp_path_factory.mktemp("equals") / "lake")
    bench = Bench(lake.snapshot(), AS_OF)
    for template in ("retail", "b2b-start", "consumer", "education"):
        told = set()
        for case in bench.cases(find_standard(template, CATALOGUE)):
            assert case.verdict.grade == case.row["grade_by_rules"]
            up = find_ways_up(case)
            for way in up.ways:
                check_way(case, way)
            check_down(case)
            told.add((case.verdict.grade, tuple(w.change for w in up.ways), up.obstacle))
        assert len(told) == 1
    bench.engine.close()
