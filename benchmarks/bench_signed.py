"""Time of the signed measures and of brokerage, against the size of the graph.

Run as `python -m benchmarks.bench_signed`. Graphs are made up: two camps, friends
within and foes between, a share of the signs turned round, on ties of heavy-tailed
degree; half of the signs turned is chance alone, the hardest case. Where ../shared
lies beside the project, its windows of alliances and conflicts come too. Seconds
of the processor, so that a shared machine can be told from a slow method.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np

from analysis import brokerage, signed

GRAPHS = Path(__file__).resolve().parents[2] / "shared" / "data" / "signed" / "graphs.json"
SIZES = [(16, 58), (66, 380), (464, 1679)]


def camps(nodes: int, ties: int, turned: float, seed: int = 1) -> nx.Graph:
    """Two camps on a clustered graph of heavy-tailed degree, a share of its signs turned."""
    chance = np.random.default_rng(seed)
    graph = nx.powerlaw_cluster_graph(nodes, ties // nodes + 3, 0.5, seed=seed)
    pairs = sorted(graph.edges)
    for pair in chance.permutation(len(pairs))[: len(pairs) - ties]:
        graph.remove_edge(*pairs[pair])
    side = chance.integers(0, 2, nodes)
    for a, b in graph.edges:
        sign = 1 if side[a] == side[b] else -1
        graph.edges[a, b]["sign"] = -sign if chance.random() < turned else sign
    return graph


def window(name: str) -> nx.Graph:
    """Alliances and conflicts between states in one window of years."""
    graph = nx.Graph()
    for a, b, sign in json.loads(GRAPHS.read_text(encoding="utf-8"))[name]["edges"]:
        graph.add_edge(a, b, sign=sign)
    return graph


METHODS: dict[str, Callable[[nx.Graph], object]] = {
    "triangles": signed.triangles,
    "walk_balance": signed.walk_balance,
    "pn_centrality": signed.pn_centrality,
    "brokerage": lambda graph: brokerage.brokerage(
        graph.to_directed(), {node: node % 5 for node in graph}
    ),
    "sign_permutation, 99 shuffles": lambda graph: signed.sign_permutation(
        graph, signed.triangle_balance, n=99, seed=1
    ),
    "frustration": signed.frustration,
}


def line(method: str, label: str, graph: nx.Graph) -> None:
    """Print what one call took, and what frustration found."""
    start = time.process_time()
    result = METHODS[method](graph)
    seconds = time.process_time() - start
    found = ""
    if isinstance(result, signed.Frustration):
        proof = "proven" if result.is_optimal else f"at least {result.lower_bound}"
        found = f"  index {result.index}, {proof}"
    ends = f"{graph.number_of_nodes():>6,}{graph.number_of_edges():>7,}"
    print(f"{method:<30}{label:<24}{ends}{seconds:>9.3f}{found}", flush=True)


def main() -> None:
    """Print a line for every method and size, then the harder graphs for frustration."""
    signed.frustration(camps(16, 58, 0.1))
    print(f"{'method':<30}{'graph':<24}{'nodes':>6}{'ties':>7}{'CPU s':>9}")
    for method in METHODS:
        for size in SIZES:
            line(method, "two camps, 10% turned", camps(*size, 0.1))
    for nodes, ties, turned in ((66, 380, 0.2), (464, 1679, 0.2), (66, 380, 0.5)):
        line("frustration", f"two camps, {turned:.0%} turned", camps(nodes, ties, turned))
    if GRAPHS.exists():
        for years in ("46-49", "76-79", "96-99"):
            line("frustration", f"states 19{years}", window(f"cow_{years}"))


if __name__ == "__main__":
    main()
