"""Published figures of two classic graphs, and PageRank as another library has it."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keceng.measure import measure_centrality
from tests.real_data import real_file

Standing = dict[object, dict[str, float]]


def edges_of(graph: str) -> list[tuple[object, object]]:
    table = pq.read_table(real_file("social_graphs", f"{graph}_edges.parquet"))
    return list(zip(table["source"].to_pylist(), table["target"].to_pylist(), strict=True))


def standing(edges: list[tuple[object, object]]) -> Standing:
    """The centralities of every node by its own name."""
    names = sorted({name for edge in edges for name in edge}, key=str)
    number = {name: k for k, name in enumerate(names)}
    sources, targets = ([number[edge[side]] for edge in edges] for side in (0, 1))
    found = measure_centrality(pa.table({"source_key": pa.array(sources), "target_key": pa.array(targets)}))
    return {names[row.pop("node_key")]: row for row in found.to_pylist()}


def test_the_karate_club_has_its_published_degrees_and_betweenness() -> None:
    club = standing(edges_of("karate"))
    assert len(club) == 34
    assert {name: club[name]["degree"] for name in (1, 34, 33)} == {1: 16, 34: 17, 33: 12}
    assert {name: round(club[name]["betweenness"], 4) for name in (1, 34, 33)} == {
        1: 0.4376,
        34: 0.3041,
        33: 0.1452,
    }


def test_the_medici_stand_between_the_families_of_florence() -> None:
    families = standing(edges_of("florentine"))
    assert round(families["Medici"]["betweenness"], 4) == 0.5220
    assert families["Medici"]["degree"] == 6
    assert max(families, key=lambda name: families[name]["betweenness"]) == "Medici"


@pytest.mark.parametrize("graph", ["karate", "florentine"])
@pytest.mark.parametrize("both_ways", [True, False])
def test_pagerank_equals_networkx(graph: str, both_ways: bool) -> None:
    edges = edges_of(graph)
    edges += [(target, source) for source, target in edges] if both_ways else []
    theirs = nx.pagerank(nx.DiGraph(edges), alpha=0.85, tol=1e-14, max_iter=10_000)
    ours = standing(edges)
    assert set(ours) == set(theirs)
    assert max(abs(ours[name]["pagerank"] - theirs[name]) for name in theirs) < 1e-8


def test_a_random_graph_with_dead_ends_equals_networkx() -> None:
    rng = np.random.default_rng(7)
    edges = [(int(s), int(t)) for s, t in rng.integers(0, 300, (700, 2)) if s != t]
    theirs = nx.pagerank(nx.DiGraph(edges), alpha=0.85, tol=1e-14, max_iter=10_000)
    between = nx.betweenness_centrality(nx.Graph(edges))
    ours = standing(list(edges))
    assert max(abs(ours[name]["pagerank"] - theirs[name]) for name in theirs) < 1e-8
    assert max(abs(ours[name]["betweenness"] - between[name]) for name in between) < 1e-9


def test_the_order_of_the_edges_and_their_repetition_change_no_bit() -> None:
    table = pq.read_table(real_file("social_graphs", "karate_edges.parquet")).select(["source", "target"])
    edges = table.rename_columns(["source_key", "target_key"])
    twice = pa.concat_tables([edges, edges])
    reversed_twice = twice.take(pa.array(range(twice.num_rows - 1, -1, -1)))
    assert measure_centrality(edges).equals(measure_centrality(reversed_twice))
