"""Time and peak memory of the signed measures and of brokerage, against the size of the graph.

Run as `python -m benchmarks.bench_signed`. Graphs are made up: two camps, friends
within and foes between, a share of the signs turned round, on ties of heavy-tailed
degree; half of the signs turned is chance alone, the hardest case. Where ../shared
lies beside the project, its windows of alliances and conflicts come too. Seconds
are medians of wall time, CPU seconds beside them for machines that are shared; each
line has a process of its own, and its memory is what that process grew by at most.
"""

from __future__ import annotations

import json
import resource
import statistics
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import networkx as nx
import numpy as np

from analysis import brokerage, signed

GRAPHS = Path(__file__).resolve().parents[2] / "shared" / "data" / "signed" / "graphs.json"
SIZES = [(16, 58), (66, 380), (464, 1679), (1500, 6000)]


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


def complete(nodes: int) -> nx.Graph:
    """Every pair tied, every sign by chance."""
    chance = np.random.default_rng(1)
    graph = nx.complete_graph(nodes)
    for tie in graph.edges:
        graph.edges[tie]["sign"] = int(chance.choice([-1, 1]))
    return graph


def window(name: str) -> nx.Graph:
    """Alliances and conflicts between states in one window of years."""
    graph = nx.Graph()
    for a, b, sign in json.loads(GRAPHS.read_text(encoding="utf-8"))[name]["edges"]:
        graph.add_edge(a, b, sign=sign)
    return graph


def roles(graph: nx.Graph) -> object:
    """Brokerage of the ties taken both ways, in five groups of nodes."""
    return brokerage.brokerage(graph.to_directed(), {node: node % 5 for node in graph})


METHODS: dict[str, Callable[[nx.Graph], object]] = {
    "triangles": signed.triangles,
    "walk_balance": signed.walk_balance,
    "pn_centrality": signed.pn_centrality,
    "signed_degree": signed.signed_degree,
    "brokerage": roles,
    "sign_permutation, 99 shuffles": lambda graph: signed.sign_permutation(
        graph, signed.triangle_balance, n=99, seed=1
    ),
    "frustration": signed.frustration,
}


def measured(
    method: str, build: str, size: tuple[int, int, float] | str | int, rounds: int
) -> tuple[int, int, float, float, float, str]:
    """Nodes, ties, median wall and CPU seconds, MB grown by, and what frustration found."""
    graph = {"camps": lambda: camps(*size), "complete": lambda: complete(size)}.get(
        build, lambda: window(size)
    )()
    warnings.simplefilter("ignore", signed.SmallGraphWarning)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu, result = [], [], None
    for _ in range(rounds):
        start, busy = time.perf_counter(), time.process_time()
        result = METHODS[method](graph)
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - busy)
    grew = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    found = ""
    if isinstance(result, signed.Frustration):
        many = f"{result.count:,} partitions" if result.count else "partitions not all counted"
        found = (
            f"index {result.index}, {many}"
            if result.is_optimal
            else f"index at most {result.index}, at least {result.lower_bound}: gap {result.gap}"
        )
    ends = graph.number_of_nodes(), graph.number_of_edges()
    return *ends, statistics.median(wall), statistics.median(cpu), grew, found


def main() -> None:
    """Print a line for every method and size, then the harder graphs for frustration."""
    heading = f"{'method':<30}{'graph':<22}{'nodes':>6}{'ties':>7}{'s':>9}{'CPU s':>9}{'MB':>7}"
    print(heading + "  found")
    lines = [
        (method, "camps", (*size, 0.1), 3, "two camps, 10% turned")
        for method in METHODS
        for size in SIZES
    ]
    lines += [
        ("frustration", "camps", (nodes, ties, turned), 1, f"two camps, {turned:.0%} turned")
        for nodes, ties in SIZES[1:3]
        for turned in (0.2, 0.5)
    ]
    if GRAPHS.exists():
        lines += [
            ("frustration", "window", f"cow_{years}", 3, f"states 19{years}")
            for years in ("46-49", "76-79", "96-99")
        ]
    lines.append(("frustration", "complete", 30, 1, "complete, by chance"))
    for method, build, size, rounds, label in lines:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            row = pool.submit(measured, method, build, size, rounds).result()
        nodes, ties, wall, cpu, grew, found = row
        print(
            f"{method:<30}{label:<22}{nodes:>6,}{ties:>7,}{wall:>9.3f}{cpu:>9.3f}{grew:>7.0f}"
            f"  {found}".rstrip(),
            flush=True,
        )


if __name__ == "__main__":
    main()
