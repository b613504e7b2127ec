"""Every planted truth is found again in the files, by plain counting."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise
from math import log, log2, sqrt
from statistics import mean, median

import pytest

from keceng.demo import AS_OF
from keceng.demo.places import PROVINCES
from tests.demo.books import Books, Row, cents, customer_of, read_day

pytestmark = pytest.mark.slow

_ORGANISATIONS = ("经销商", "企业客户", "政府")


def _province_of(books: Books) -> dict[str, str]:
    full = {p.full: p.short for p in PROVINCES} | {p.short: p.short for p in PROVINCES}
    return {code: full[row["省份"]] for code, row in books.customers.items()}


def _expected_repeats(books: Books, age_days: float) -> float:
    """E[X(t)] of BG/NBD, integrated over p by the midpoint rule: E over p of (1 − (α/(α+p·t))^r) ÷ p."""
    lifetime = books.truths.lifetime
    r, alpha, a, b = lifetime.r, lifetime.alpha, lifetime.a, lifetime.b
    steps = 400
    # p = u^(1/a) takes the pole of the Beta density at 0 away
    points = [((k + 0.5) / steps) ** (1 / a) for k in range(steps)]
    weights = [(1 - p) ** (b - 1) for p in points]
    found = sum(
        w * (1 - (alpha / (alpha + p * age_days)) ** r) / p for p, w in zip(points, weights, strict=True)
    )
    return float(found / sum(weights))


def test_members_repeat_purchases_follow_the_stated_bg_nbd(books: Books) -> None:
    members, days = books.codes_of("会员"), books.purchase_days()
    bought = {code: found for code, found in days.items() if code in members}
    assert len(bought) == books.truths.members_who_bought
    ages = Counter((AS_OF - found[0]).days // 30 for found in bought.values())
    expected = sum(count * _expected_repeats(books, 30 * month + 15) for month, count in ages.items()) / len(
        bought
    )
    # days on which a member bought twice count once, hence the lower tolerance is the wider one
    assert 0.92 * expected < mean(len(found) - 1 for found in bought.values()) < 1.05 * expected
    zero = sum(len(found) == 1 for found in bought.values()) / len(bought)
    r, alpha = books.truths.lifetime.r, books.truths.lifetime.alpha
    expected_zero = sum((alpha / (alpha + (AS_OF - found[0]).days)) ** r for found in bought.values()) / len(
        bought
    )
    assert abs(zero - expected_zero) < 0.03


def test_members_order_amounts_follow_the_stated_gamma_gamma(books: Books) -> None:
    members = books.codes_of("会员")
    orders: dict[str, Counter[str]] = defaultdict(Counter)
    for row in books.purchase_lines():
        if customer_of(row) in members:
            orders[customer_of(row)][row["订单号"]] += cents(row["实付金额"])
    means = [mean(amounts.values()) / 100 for amounts in orders.values()]
    spend = books.truths.spend
    assert abs(mean(means) / spend.mean_order_yuan - 1) < 0.04
    # within one customer the coefficient of variation is 1 ÷ √p; the ratio of two amounts shows it without the mean
    pairs = [list(amounts.values())[:2] for amounts in orders.values() if len(amounts) > 1]
    spread = mean(((x - y) / (x + y)) ** 2 for x, y in pairs)
    assert abs(spread / (1 / (2 * spend.p + 1)) - 1) < 0.10


def _distance(one: Counter[str], other: Counter[str]) -> float:
    """Jensen–Shannon distance of two mixes, base 2."""

    def share(counts: Counter[str], key: str) -> float:
        return counts[key] / counts.total()

    divergence = 0.0
    for key in one.keys() | other.keys():
        p, q = share(one, key), share(other, key)
        for part in (p, q):
            divergence += 0.5 * part * log2(2 * part / (p + q)) if part else 0.0
    return sqrt(max(0.0, divergence))


def test_the_need_shift_stands_out_from_everyone_else(books: Books) -> None:
    mixes: dict[str, tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
    for row in books.purchase_lines():
        age = (AS_OF - read_day(row["下单时间"])).days
        if age < 360:
            mixes[customer_of(row)][age < 90][row["商品分类"]] += 1
    distances = {
        code: _distance(before, after)
        for code, (before, after) in mixes.items()
        if min(before.total(), after.total()) >= 20
    }
    shifted = [distances[code] for code in books.truths.need_shift if code in distances]
    others = [found for code, found in distances.items() if code not in books.truths.need_shift]
    assert len(shifted) >= 6
    assert min(shifted) > 0.6 > max(others)
    for code in books.truths.need_shift:
        before, after = mixes[code]
        assert before.total() >= 5
        assert after.total() >= 5
        assert _distance(before, after) > 0.6


def test_one_province_doubles_and_no_other_does(books: Books) -> None:
    provinces, organisations = _province_of(books), books.codes_of(*_ORGANISATIONS)

    def of(row: Row) -> str:
        return provinces[customer_of(row)] if customer_of(row) in organisations else ""

    last, before = books.net_cents(of, oldest=365), books.net_cents(of, oldest=730, newest=365)
    growth = {province: last[province] / before[province] for province in books.truths.provinces}
    assert 1.7 < growth.pop(books.truths.growing_province) < 2.4
    assert max(growth.values()) < 1.5
    assert 0.8 < median(growth.values()) < 1.2


def test_exactly_the_planted_customers_pay_sixty_days_late(books: Books) -> None:
    invoices = {row["应收单号"]: row for row in books.rows["invoices"]}
    weighted, paid = Counter[str](), Counter[str]()
    for row in books.rows["payments"]:
        due_on = read_day(invoices[row["应收单号"]]["到期日"])
        amount = cents(row["回款金额"])
        weighted[customer_of(row)] += amount * (read_day(row["回款日期"]) - due_on).days
        paid[customer_of(row)] += amount
    late = {code for code in paid if weighted[code] >= 60 * paid[code]}
    assert late == set(books.truths.late_payers)
    assert len(late) >= 5


def test_exactly_one_customer_owes_more_than_ten_thousand_for_over_ninety_days(books: Books) -> None:
    received = Counter[str]()
    for row in books.rows["payments"]:
        received[row["应收单号"]] += cents(row["回款金额"])
    overdue = Counter[str]()
    for row in books.rows["invoices"]:
        if (AS_OF - read_day(row["到期日"])).days > 90:
            overdue[customer_of(row)] += cents(row["应收金额"]) - received[row["应收单号"]]
    assert [code for code, open_cents in overdue.items() if open_cents > 1_000_000] == [
        books.truths.long_overdue
    ]
    assert sum(open_cents > 0 for open_cents in overdue.values()) == 1


def _valid_referrals(books: Books) -> Counter[str]:
    days, customers = books.purchase_days(), books.customers
    found: Counter[str] = Counter()
    for row in books.rows["relations"]:
        referrer, referred = row["主体客户编号"], row["关联客户编码"]
        if row["关系类型"] != "转介绍" or customers[referrer]["手机"] == customers[referred]["手机"]:
            continue
        referred_on = read_day(row["建立日期"])
        found[referrer] += any(0 <= (day - referred_on).days <= 180 for day in days.get(referred, ()))
    return found


def test_influencers_lead_by_valid_referrals_alone(books: Books) -> None:
    valid, truths = _valid_referrals(books), books.truths
    leaders = [code for code, _ in valid.most_common(len(truths.influencers))]
    assert set(leaders) == set(truths.influencers)
    assert min(valid[code] for code in leaders) >= 20
    assert max(count for code, count in valid.items() if code not in leaders) <= 5
    assert valid[truths.hollow_referrer] == 0
    assert valid[truths.self_referrer] == 0
    tried = Counter(row["主体客户编号"] for row in books.rows["relations"] if row["关系类型"] == "转介绍")
    assert tried[truths.hollow_referrer] >= 20
    assert tried[truths.self_referrer] == 1


def test_exactly_the_planted_big_customers_lose_money(books: Books) -> None:
    organisations = books.codes_of(*_ORGANISATIONS)
    sales = {code: net for code, net in books.net_cents(customer_of).items() if code in organisations}
    costs = Counter[str]()
    for row in books.rows["order_lines"]:
        if row["订单状态"] not in {"已取消", "交易关闭"}:
            costs[customer_of(row)] += cents(row["成本金额"])
    biggest = sorted(sales, key=lambda code: -sales[code])[: len(sales) // 5]
    assert {code for code in biggest if costs[code] > sales[code]} == set(books.truths.loss_making)
    assert len(books.truths.loss_making) >= 5


def test_the_silent_customer_bought_last_exactly_500_days_ago_in_spite_of_later_rows(books: Books) -> None:
    truths = books.truths
    assert books.purchase_days()[truths.silent_customer][-1] == AS_OF - timedelta(days=500)
    assert truths.silent_days == 500
    later = [
        row
        for row in books.rows["order_lines"]
        if customer_of(row) == truths.silent_customer and (AS_OF - read_day(row["下单时间"])).days < 500
    ]
    assert {row["单据类型"] for row in later} == {"红字", "销售", "赠品"}
    assert {row["订单状态"] for row in later if row["单据类型"] == "销售"} <= {"已取消", "交易关闭"}


def test_the_returned_customer_came_back_after_a_gap_of_many_rhythms(books: Books) -> None:
    days = books.purchase_days()[books.truths.returned_customer]
    gaps = [(after - before).days for before, after in pairwise(days)]
    rhythm = median(gaps)
    assert gaps[-1] > 3 * rhythm
    assert max(gaps[:-1]) < 2 * rhythm
    assert (AS_OF - days[-1]).days <= rhythm


def test_the_dark_horse_rises_from_far_below_the_median_dealer(books: Books) -> None:
    dealers, code = books.codes_of("经销商"), books.truths.rising_dealer
    last, before = (
        books.net_cents(customer_of, oldest=365),
        books.net_cents(customer_of, oldest=730, newest=365),
    )
    bought = [last[dealer] for dealer in dealers if last[dealer] > 0]
    half = median(bought)
    days = books.purchase_days()
    known = [d for d in dealers if last[d] > 0 and (AS_OF - days[d][0]).days >= 640]
    growth = {
        dealer: log((last[dealer] + half / 4) / (max(0, before[dealer]) + half / 4)) for dealer in known
    }
    assert growth[code] - median(growth.values()) >= log(2)
    assert last[code] - before[code] >= half / 2
    assert sum(amount < last[code] for amount in bought) < len(bought) / 2
    assert sum(found < growth[code] for found in growth.values()) >= 0.9 * len(growth)


def test_accounts_that_are_no_customers_are_there_and_named(books: Books) -> None:
    truths, customers = books.truths, books.customers
    assert customers[truths.bucket]["客户名称"] == "散客"
    assert customers[truths.related_party]["客户类型"] == "关联方"
    assert customers[truths.supplier]["客户类型"] == "供应商"
    assert {truths.bucket, truths.related_party, truths.supplier} <= {
        customer_of(row) for row in books.purchase_lines()
    }


def test_every_province_has_customers_in_both_spellings_where_there_are_two(books: Books) -> None:
    spellings = {row["省份"] for row in books.rows["customers"]}
    assert set(_province_of(books).values()) == set(books.truths.provinces)
    assert len(books.truths.provinces) == 31
    assert {p.full for p in PROVINCES} | {p.short for p in PROVINCES} == spellings
