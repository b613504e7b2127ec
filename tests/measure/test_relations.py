"""Relations, on graphs small enough to check by eye."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pyarrow as pa
import pytest

from keceng.measure import CENTRALITY_SCHEMA, Frame, measure_centrality
from tests.ledgers import Day
from tests.measure.circles import AS_OF, JANUARY, Circle, person


def test_without_relations_nobody_has_a_social_value() -> None:
    found = Circle(2, [Day(1, JANUARY, 100_00), Day(2, JANUARY, 50_00)]).measure()
    unknown = (
        "reach_count",
        "referral_value",
        "network_rank",
        "influence_score",
        "importance_score",
        "social_score",
    )
    assert {found[key][name] for key in found for name in unknown} == {None}


def test_whoever_stands_in_no_relation_is_unknown_beside_those_who_do() -> None:
    found = Circle(3, relations=[(1, 2, "knows", None, None)]).measure()
    assert found[2]["knower_count"] == 1
    assert found[1]["knower_count"] == 0
    assert found[3]["knower_count"] is found[3]["social_score"] is None


def test_a_referral_counts_with_a_purchase_within_180_days() -> None:
    on_time, late = JANUARY + dt.timedelta(days=140), dt.date(2025, 12, 1)
    found = Circle(
        5,
        [Day(2, on_time, 300_00), Day(3, JANUARY, 70_00), Day(4, dt.date(2026, 6, 20), 900_00)],
        [(1, 2, "refers", None, JANUARY), (1, 3, "refers", None, JANUARY), (1, 4, "refers", None, late), (1, 5, "refers", None, JANUARY)],
    ).measure()  # fmt: skip
    assert found[1]["referral_count"] == 2
    assert found[1]["referral_value"] == 370_00
    assert found[5]["referral_count"] == 0


def test_the_day_180_is_the_last_that_counts() -> None:
    bought = dt.date(2026, 6, 1)
    for days, expected in ((180, 1), (181, 0)):
        referred_on = bought - dt.timedelta(days=days)
        found = Circle(2, [Day(2, bought, 1_00)], [(1, 2, "refers", None, referred_on)]).measure()
        assert found[1]["referral_count"] == expected


def test_a_purchase_before_the_referral_or_without_its_date_proves_nothing() -> None:
    before = (1, 2, "refers", None, JANUARY + dt.timedelta(days=1))
    undated = (1, 3, "refers", None, None)
    found = Circle(3, [Day(2, JANUARY, 1_00), Day(3, JANUARY, 1_00)], [before, undated]).measure()
    assert found[1]["referral_count"] == 0


def test_a_referral_of_oneself_is_dropped_whole() -> None:
    for known in ({"phone": "+8613912345678"}, {"address": "城东路 1 号"}, {"wechat": "wx1"}):
        found = Circle(
            2, [Day(2, JANUARY, 500_00)], [(1, 2, "refers", None, JANUARY)],
            {"persons": [person(1, **known), person(2, **known)]},
        ).measure()  # fmt: skip
        assert found[1]["referral_count"] is found[1]["social_score"] is None


def test_two_who_share_a_phone_may_still_know_each_other() -> None:
    same = {"phone": "+8613912345678"}
    found = Circle(
        2,
        relations=[(1, 2, "knows", None, None)],
        records={"persons": [person(1, **same), person(2, **same)]},
    ).measure()
    assert found[2]["knower_count"] == 1


def test_the_earliest_of_two_referrers_is_credited() -> None:
    found = Circle(
        3, [Day(3, JANUARY, 10_00)],
        [(1, 3, "refers", None, JANUARY - dt.timedelta(days=2)), (2, 3, "refers", None, JANUARY - dt.timedelta(days=1))],
    ).measure()  # fmt: skip
    assert (found[1]["referral_count"], found[2]["referral_count"]) == (1, 0)


def test_dependency_adds_strengths_towards_the_one_depended_on() -> None:
    found = Circle(
        4,
        relations=[(2, 1, "depends", 5, None), (1, 3, "supplies", 2, None), (4, 1, "knows", 5, None), (4, 1, "depends", None, None)],
    ).measure()  # fmt: skip
    assert found[1]["dependency_strength"] == 10_000 + 4_000 + 6_000
    assert found[1]["knower_count"] == 3
    assert found[2]["dependency_strength"] == 0


def test_a_relation_of_the_future_is_not_seen() -> None:
    tomorrow = AS_OF + dt.timedelta(days=1)
    found = Circle(2, relations=[(1, 2, "knows", None, tomorrow)]).measure()
    assert found[2]["knower_count"] is None


def test_network_rank_is_pagerank_against_the_average() -> None:
    found = Circle(3, relations=[(2, 1, "knows", None, None), (3, 1, "knows", None, None)]).measure()
    # a leaf has l = .05 + .85 h / 3, the hub the rest: h = 27 / 47, l = 10 / 47
    assert [found[key]["network_rank"] for key in (1, 2, 3)] == [17_234, 6_383, 6_383]


def test_the_one_between_two_others_is_their_bridge() -> None:
    found = Circle(3, relations=[(1, 2, "knows", None, None), (2, 3, "knows", None, None)]).measure()
    assert [found[key]["betweenness"] for key in (1, 2, 3)] == [0, 10_000, 0]


def test_relations_of_the_members_of_a_group_are_the_groups() -> None:
    members = {1: {}, 2: {"parent_key": 1}, 3: {}}
    relations = [(3, 2, "knows", None, None), (1, 2, "depends", 5, None)]
    found = Circle(3, relations=relations, known=members).measure(Frame(AS_OF, unit="group"))
    assert found[1]["knower_count"] == 1
    assert found[1]["dependency_strength"] == 0


def test_no_edges_give_no_centralities_and_load_no_graph_library() -> None:
    script = (
        "import sys, pyarrow as pa; from keceng.measure import measure_centrality as m;"
        "none = pa.table({'source_key': pa.array([], pa.int64()), 'target_key': pa.array([], pa.int64())});"
        "assert m(none).num_rows == 0; assert 'rustworkx' not in sys.modules;"
        "m(pa.table({'source_key': [1], 'target_key': [2]})); assert 'rustworkx' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_a_node_named_without_an_edge_stands_alone_in_the_graph() -> None:
    edges = pa.table(
        {"source_key": pa.array([1, 3], pa.int64()), "target_key": pa.array([2, None], pa.int64())}
    )
    found = measure_centrality(edges)
    assert found.schema == CENTRALITY_SCHEMA
    assert found["node_key"].to_pylist() == [1, 2, 3]
    assert found["degree"].to_pylist() == [1, 1, 0]


def test_betweenness_of_a_graph_too_large_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keceng.measure.network.MAX_BETWEENNESS_NODES", 2)
    found = measure_centrality(pa.table({"source_key": [1, 2], "target_key": [2, 3]}))
    assert found["betweenness"].null_count == 3
    assert found["pagerank"].null_count == 0
