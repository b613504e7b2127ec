"""The one-row twin of the measures agrees with the engine: today, on later days, and after purchases really in the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from keceng.classify import FOLLOWED, PurchaseDay, PurchaseHistory, history_of, remeasure
from keceng.measure import catalogue
from tests.classify.cases import Bench
from tests.evaluate.books import simulate_days
from tests.ledgers import Day, Ledger

AS_OF = dt.date(2026, 8, 1)
ROLES = ("dealer", "end_user", None)


def days_of_a_company() -> list[Day]:
    days = simulate_days(220, 1_000, seed=11)
    # Returns on some days, whole orders returned later on others, and a customer that only ever returned.
    days = [
        Day(d.customer, d.day, d.gross, returned=d.gross // 3 if n % 17 == 0 else 0, void_on=None)
        if n % 23
        else Day(d.customer, d.day, d.gross, void_on=d.day + dt.timedelta(days=20))
        for n, d in enumerate(days)
    ]
    return [*days, Day(9_999, dt.date(2026, 7, 1), 0, orders=0, returned=50_00)]


def bench_of(factory: pytest.TempPathFactory, days: list[Day], as_of: dt.date) -> Bench:
    people = {k: {"role": ROLES[k % 3]} for k in {d.customer for d in days}}
    return Bench(Ledger(days, people).write(factory.mktemp("twin") / "lake").snapshot(), as_of)


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = bench_of(tmp_path_factory, days_of_a_company(), AS_OF)
    yield made
    made.engine.close()


def check_twin(before: Bench, after: Bench, more: dict[int, PurchaseDay]) -> None:
    known = catalogue()
    names = [n for name in FOLLOWED for n in (name, *(known[name].exact or ()))]
    checked = 0
    for key, row in before.measured.items():
        seen: PurchaseHistory = history_of(before.days_of(key), before.as_of)
        history = seen.plus(more[key]) if key in more else seen
        expected = after.measured[key]
        # What depends on others is frozen where it is used; here it is taken from the later measuring.
        frozen = {**row, **{name: expected[name] for name in ("role_median_spend", "peer_group")}}
        found = remeasure(
            frozen,  # type: ignore[arg-type]
            history,
            after.norms(expected, 365),
            run_day=before.as_of,
            day=after.as_of,
        )
        wrong = {n: (expected[n], found[n]) for n in names if expected[n] != found[n]}
        assert not wrong, key
        checked += len(history.days) > 0
    assert checked > 200


def test_the_row_of_the_run_is_found_again(today: Bench) -> None:
    check_twin(today, today, {})


@pytest.mark.parametrize("later", [45, 400])
def test_later_days_age_as_the_engine_ages_them(
    later: int, today: Bench, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # Voids dated after the run are not known to it, so the later measuring is of what the run saw.
    known = [
        Day(d.customer, d.day, d.gross, d.orders, d.returned) if d.void_on and d.void_on > AS_OF else d
        for d in days_of_a_company()
        if d.day <= AS_OF
    ]
    then = bench_of(tmp_path_factory, known, AS_OF + dt.timedelta(days=later))
    check_twin(today, then, {})
    then.engine.close()


def test_purchases_really_made_move_what_was_said(
    today: Bench, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # Whole orders for some, money alone for others, appended to a real ledger and measured by the engine.
    keys = sorted(k for k in today.measured if k < 9_999)
    more = {k: PurchaseDay(AS_OF, 2, 300_00 + k, 300_00 + k) for k in keys[::3]}
    more |= {k: PurchaseDay(AS_OF, 0, 77_00, 0, returned=-77_00) for k in keys[1::3]}
    appended = [Day(k, AS_OF, p.gross, orders=p.orders, returned=p.returned) for k, p in more.items()]
    bought = bench_of(tmp_path_factory, [*days_of_a_company(), *appended], AS_OF)
    check_twin(today, bought, more)
    bought.engine.close()
