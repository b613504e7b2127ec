"""Where somebody stands in a graph: degree, PageRank and betweenness, from an edge list to a table, both Arrow.

SQL cannot iterate to a fixed point, so these are computed on the driver. The graph library is loaded only when there
are edges.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import rustworkx

DAMPING = 0.85
"""Share of attention that follows an edge; the rest starts anywhere (Page, Brin, Motwani & Winograd 1998)."""

MAX_BETWEENNESS_NODES = 5_000
"""Betweenness takes nodes × edges steps; above this it is unknown rather than guessed from a sample."""

_TOLERANCE = 1e-13
_MAX_ITERATIONS = 10_000

CENTRALITY_SCHEMA = pa.schema(
    [
        ("node_key", pa.int64()),
        ("degree", pa.int64()),
        ("pagerank", pa.float64()),
        ("betweenness", pa.float64()),
    ]
)


def measure_centrality(edges: pa.Table) -> pa.Table:
    """Degree, PageRank and betweenness of every node that `edges` names, ordered by `node_key`.

    Args:
        edges: `source_key` and `target_key`, whole numbers; the source looks up to the target. Repeated edges and
            edges to oneself count for nothing more; a null target names a node without an edge of its own.

    Returns:
        `CENTRALITY_SCHEMA`. `degree`: distinct neighbours whatever the direction. `pagerank`: sums to one, damping 0.85,
        every edge alike, nodes without a way out lead everywhere. `betweenness`: share of the shortest paths between
        others that pass through, direction ignored (Freeman 1977); null above `MAX_BETWEENNESS_NODES` nodes.
    """
    sources, targets = (edges[name].combine_chunks() for name in ("source_key", "target_key"))
    keys = pc.unique(pa.concat_arrays([sources, targets])).drop_null()
    if len(keys) == 0:
        return CENTRALITY_SCHEMA.empty_table()
    keys = keys.take(pc.sort_indices(keys))
    joined = pc.and_(pc.is_valid(targets), pc.not_equal(sources, targets))
    pairs = _number_pairs(keys, edges.filter(joined))
    return pa.Table.from_arrays(
        [keys, *_measure(len(keys), pairs)],
        schema=CENTRALITY_SCHEMA,
    )


def _number_pairs(keys: pa.Array, edges: pa.Table) -> npt.NDArray[np.int64]:
    # Sorted, so that the same graph gives the same bits whatever order its rows came in.
    numbered = [
        pc.index_in(edges[name], value_set=keys).to_numpy().astype(np.int64)
        for name in ("source_key", "target_key")
    ]
    return np.unique(np.column_stack(numbered), axis=0)


def _measure(nodes: int, pairs: npt.NDArray[np.int64]) -> list[pa.Array]:
    rx = import_module("rustworkx")
    directed: rustworkx.PyDiGraph[None, None] = rx.PyDiGraph(multigraph=False)
    directed.add_nodes_from([None] * nodes)
    directed.add_edges_from_no_data([(int(s), int(t)) for s, t in pairs])
    ranks = rx.pagerank(directed, alpha=DAMPING, tol=_TOLERANCE / nodes, max_iter=_MAX_ITERATIONS)
    either_way = directed.to_undirected(multigraph=False)
    degree = np.array([either_way.degree(node) for node in range(nodes)], dtype=np.int64)
    return [
        pa.array(degree),
        pa.array([ranks[node] for node in range(nodes)], pa.float64()),
        _betweenness(either_way, nodes),
    ]


def _betweenness(graph: rustworkx.PyGraph[None, None], nodes: int) -> pa.Array:
    if nodes > MAX_BETWEENNESS_NODES:
        return pa.nulls(nodes, pa.float64())
    # One thread: the order of a parallel sum would show in the last digits.
    shares = import_module("rustworkx").betweenness_centrality(
        graph, normalized=True, parallel_threshold=nodes + 1
    )
    return pa.array([shares[node] for node in range(nodes)], pa.float64())
