"""Activity with decay and caps, influence, importance, and their blend, against the definitions by hand."""

from __future__ import annotations

import datetime as dt
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledgers import Day
from tests.measure.circles import AS_OF, JANUARY, Circle, act, seat


def days_ago(days: int) -> dt.date:
    return AS_OF - dt.timedelta(days=days)


def test_activity_is_a_saturating_sum_of_decayed_acts() -> None:
    acts = [
        act(1, 1, "评论"),
        act(2, 1, "分享", days_ago(30)),
        act(3, 2, "event", days_ago(60)),
        act(4, 3, "点赞", days_ago(120)),
    ]
    found = Circle(4, records={"interactions": acts}).measure()
    sums = {1: 3 + 5 / 2, 2: 10 / 4}  # the median (lower of two) is the 2.5 of customer 2
    for customer, acted in sums.items():
        expected = round(1_000_000 * (1 - exp(-acted / 2.5)))
        assert found[customer]["activity_score"] == pytest.approx(expected, abs=1)
    assert found[3]["activity_score"] == 0, "on record, but silent for 90 days"
    assert found[4]["activity_score"] is None, "never on record"


def test_spamming_one_act_in_a_day_cannot_exceed_its_cap() -> None:
    def score(likes: int) -> int:
        acts = [act(n, 1, "like") for n in range(likes)] + [act(99, 2, "chat"), act(100, 3, "chat")]
        return int(Circle(3, records={"interactions": acts}).measure()[1]["activity_score"])

    assert score(1) < score(3) == score(40)


def test_our_own_calls_are_no_activity_of_the_customer_but_its_calls_are() -> None:
    acts = [act(1, 1, "关系维护", by="us"), act(2, 2, "关系维护", by="customer")]
    found = Circle(2, records={"interactions": acts}).measure()
    assert found[1]["activity_score"] == 0
    assert found[2]["activity_score"] > 0


def test_a_survey_counts_once_however_many_questions_it_has() -> None:
    answers = [
        {"source": "main", "response_id": "R1", "question": f"Q{n}", "customer_key": 1, "answered_on": AS_OF}
        for n in range(5)
    ]
    found = Circle(2, records={"survey_responses": answers, "interactions": [act(1, 2, "chat"), act(2, 2, "chat")]}).measure()  # fmt: skip
    assert found[1]["activity_score"] == found[2]["activity_score"], "one survey (4) equals two chats (2 + 2)"


def test_activity_alone_is_no_social_value() -> None:
    found = Circle(1, records={"interactions": [act(1, 1, "chat")]}).measure()
    assert found[1]["activity_score"] > 0
    assert found[1]["social_score"] is None


def test_influence_and_importance_are_percentiles_of_their_parts() -> None:
    relations = [(2, 1, "knows", None, None), (3, 1, "depends", 5, None), (1, 4, "refers", None, JANUARY)]
    found = Circle(4, [Day(4, JANUARY, 80_00)], relations).measure()
    one = found[1]
    # first of four on every part: (3 + ½) ÷ 4 = 87.5
    assert (one["influence_score"], one["importance_score"], one["social_score"]) == (875_000,) * 3
    # customer 2 ties with 3 and 4 on reach, referrals and rank: (0 + 1½) ÷ 4 = 37.5
    assert found[2]["influence_score"] == 375_000
    assert found[2]["influence_score"] == found[3]["influence_score"] == found[4]["influence_score"]


def test_the_best_seat_counts_and_seats_do_not_add_up() -> None:
    seats = [seat(1, 5, "board"), seat(1, 5, "member"), seat(1, 3, "chair"), seat(2, 2, "member"), seat(3, 9, "chair"),
             seat(4, 5, "chair", expires_on=AS_OF)]  # fmt: skip
    found = Circle(4, records={"decisions": seats}).measure()
    assert [found[key]["circle_score"] for key in (1, 2, 3, 4)] == [800_000, 200_000, None, None]
    assert found[1]["social_score"] is None, "a seat alone is no social value"


def test_a_payload_that_is_no_document_is_not_a_seat() -> None:
    broken = [{**seat(1, 5, "chair"), "payload": "chair of everything"}]
    assert Circle(1, records={"decisions": broken}).measure()[1]["circle_score"] is None


@settings(max_examples=6)
@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6), st.sampled_from(["knows", "depends"])), max_size=12, unique=True),
    st.tuples(st.integers(2, 6), st.sampled_from(["knows", "depends"])),
)  # fmt: skip
def test_one_more_who_knows_or_depends_never_lowers_importance(
    drawn: list[tuple[int, int, str]], added: tuple[int, str]
) -> None:
    relations = [(*edge, None, None) for edge in {*drawn, (2, 1, "knows")} if edge[0] != edge[1]]
    more = {*relations, (added[0], 1, added[1], None, None)}
    before = Circle(6, relations=relations).measure()[1]["importance_score"]
    assert Circle(6, relations=sorted(more, key=str)).measure()[1]["importance_score"] >= before
