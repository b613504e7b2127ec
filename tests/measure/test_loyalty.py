"""Behaviour and attitude by hand, the four types, and no type made of silence."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from keceng.collect import COMPLAINTS, RELATIONS, SURVEY_RESPONSES
from keceng.measure.loyalty import ATTITUDE_PARTS, BEHAVIOUR_PARTS
from tests.ledgers import Day
from tests.measure.records import ORGANISATION, Records, ago, measured_records, measures, only

REGULAR = tuple(Day(1, ago(30 * n), 10_00) for n in range(13))


def answer(
    kind: str, points: int, day: int = 30, *, key: int = 1, seconds: int | None = None
) -> dict[str, object]:
    return {
        "survey": "2026", "survey_kind": kind, "question": kind, "answer": points, "answered_on": ago(day),
        "customer_key": key, "seconds": seconds,
    }  # fmt: skip


def test_behaviour_by_hand(tmp_path: Path) -> None:
    engine = measured_records(tmp_path, {}, days=REGULAR)
    # Bought in each of the 12 periods of 30 days, today: regularity and recency full; no categories: breadth dropped.
    tenure = 100 * math.log(1 + 360 / 365) / math.log(6)
    expected = (35 * 100 + 25 * 100 + 15 * tenure) / 75
    assert only(engine, "loyalty_behaviour") == pytest.approx(expected * 10_000, abs=1)
    assert only(engine, "loyalty_score") == only(engine, "loyalty_behaviour")
    assert only(engine, "loyalty_attitude", "loyalty_type") == (None, "attitude_unknown")


def test_periods_follow_the_own_rhythm_and_begin_with_the_first_purchase(tmp_path: Path) -> None:
    # Every 100 days: periods of 100 days, 3 in the year; the second customer missed one of its 12 months.
    days = [Day(1, ago(n), 10_00) for n in (0, 100, 200, 300, 400)]
    days += [Day(2, ago(30 * n), 10_00) for n in range(13) if n != 5]
    engine = measured_records(tmp_path, {}, days=days, customers={1: ORGANISATION, 2: ORGANISATION})
    tenures = {1: 100 * math.log(1 + 400 / 365) / math.log(6), 2: 100 * math.log(1 + 360 / 365) / math.log(6)}
    found = measures(engine, "loyalty_behaviour")
    assert found[1][0] == pytest.approx((60 * 100 + 15 * tenures[1]) / 75 * 10_000, abs=1)
    assert found[2][0] == pytest.approx((35 * 1100 / 12 + 25 * 100 + 15 * tenures[2]) / 75 * 10_000, abs=1)


def test_attitude_by_hand(tmp_path: Path) -> None:
    records: Records = {
        SURVEY_RESPONSES: [answer("NPS", 9), answer("NPS", 7), answer("CSAT", 4), answer("NPS", 0, 366)],
        RELATIONS: [{"from_key": 1, "to_key": 2, "relation_type": "refers", "since_on": ago(100)}],
        COMPLAINTS: [
            {"received_on": ago(90), "solved_on": ago(80), "outcome": "不满意"},
            {"received_on": ago(50), "solved_on": ago(40), "outcome": "满意关闭"},
        ],
    }
    engine = measured_records(
        tmp_path,
        records,
        days=(*REGULAR, Day(2, ago(20), 1_00)),
        customers={1: ORGANISATION, 2: ORGANISATION},
    )
    attitude = (40 * 80 + 30 * 75 + 20 * 50 + 10 * 100) / 100
    behaviour, found, score = only(engine, "loyalty_behaviour", "loyalty_attitude", "loyalty_score")
    assert found == round(attitude * 10_000)
    assert score == pytest.approx(0.6 * behaviour + 0.4 * found, abs=1)
    assert sum(w for _, w in BEHAVIOUR_PARTS) == sum(w for _, w in ATTITUDE_PARTS) == 100


def test_the_four_types_and_the_unknown_one(tmp_path: Path) -> None:
    days = [Day(k, ago(30 * n), 10_00) for k in (1, 2, 5) for n in range(13)]
    days += [Day(k, ago(n), 10_00) for k in (3, 4) for n in (600, 630, 660)]
    fond, cold = (1, 3), (2, 4)
    answers = [answer("NPS", 10, key=k) for k in fond] + [answer("NPS", 3, key=k) for k in cold]
    engine = measured_records(
        tmp_path, {SURVEY_RESPONSES: answers}, days=days, customers=dict.fromkeys(range(1, 6), ORGANISATION)
    )
    found = {key: kind for key, (kind,) in measures(engine, "loyalty_type").items()}
    assert found == {1: "true", 2: "spurious", 3: "latent", 4: "none", 5: "attitude_unknown"}


def test_an_answer_clicked_through_or_out_of_range_is_no_answer(tmp_path: Path) -> None:
    rows = [answer("NPS", 8, key=k, seconds=60) for k in (2, 3, 4)]
    rows += [answer("NPS", 10, seconds=19), answer("CSAT", 6), answer("别的", 5)]
    engine = measured_records(
        tmp_path, {SURVEY_RESPONSES: rows}, days=REGULAR, customers=dict.fromkeys(range(1, 5), ORGANISATION)
    )
    assert only(engine, "loyalty_attitude", "loyalty_type") == (None, "attitude_unknown")


def test_no_referral_and_an_open_complaint_do_not_make_an_attitude(tmp_path: Path) -> None:
    records: Records = {
        RELATIONS: [{"from_key": 2, "to_key": 1, "relation_type": "refers", "since_on": ago(370)}],
        COMPLAINTS: [{"received_on": ago(5), "outcome": "处理中"}],
    }
    engine = measured_records(tmp_path, records, days=REGULAR, customers={1: ORGANISATION, 2: ORGANISATION})
    assert only(engine, "loyalty_type") == "attitude_unknown"


def test_one_purchase_is_no_behaviour_yet(tmp_path: Path) -> None:
    days = (Day(1, ago(5), 10_00), Day(2, ago(0), 1_00), Day(2, ago(40), 1_00))
    engine = measured_records(
        tmp_path,
        {SURVEY_RESPONSES: [answer("NPS", 10)]},
        days=days,
        customers={1: ORGANISATION, 2: ORGANISATION},
    )
    assert only(engine, "loyalty_behaviour", "loyalty_score", "loyalty_type") == (None, None, None)
