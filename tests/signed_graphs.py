"""Signed graphs for the tests: hand-made, random, and the published ones in ../shared."""

from __future__ import annotations

import json
from itertools import combinations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from conftest import SHARED
from hypothesis import strategies as st

FOLDER = SHARED / "data" / "signed"
needs_published = pytest.mark.skipif(
    not FOLDER.exists(), reason="the published graphs lie in ../shared/data/signed"
)


def made(ties):
    """A graph from (node, node, sign)."""
    graph = nx.Graph()
    graph.add_edges_from((a, b, {"sign": sign}) for a, b, sign in ties)
    return graph


def by_chance(nodes, ties, seed):
    """So many ties between so many nodes, friend or foe by the toss of a coin."""
    chance = np.random.default_rng(seed)
    graph = nx.gnm_random_graph(nodes, ties, seed=seed)
    return made((a, b, int(chance.choice([-1, 1]))) for a, b in graph.edges)


def tribes():
    ties = pd.read_csv(FOLDER / "tribes_edges.csv")[["source", "target", "sign"]]
    return made(ties.itertuples(index=False))


def listed(name):
    """An entry of graphs.json as it stands there."""
    return json.loads((FOLDER / "graphs.json").read_text(encoding="utf-8"))[name]


def published(name):
    """A signed graph of graphs.json, in whichever of its three forms it is kept."""
    entry = listed(name)
    if "adjacency" in entry:
        rows = entry["adjacency"]
        pairs = combinations(range(len(rows)), 2)
        return made((a, b, rows[a][b]) for a, b in pairs if rows[a][b])
    ties = entry["edges"]
    return made((t["a"], t["b"], t["sign"]) if isinstance(t, dict) else t for t in ties)


@st.composite
def signed_graphs(draw, most=10, least=0):
    """Any signed graph on up to so many nodes, isolated nodes and several parts included."""
    # A share of pairs left out and a share of minus, so that dense and sparse ones both come up.
    tied, minus = draw(st.integers(1, 10)), draw(st.integers(0, 10))
    graph = nx.Graph()
    graph.add_nodes_from(f"n{node}" for node in range(draw(st.integers(least, most))))
    for a, b in combinations(graph, 2):
        if draw(st.integers(1, 10)) <= tied:
            graph.add_edge(a, b, sign=-1 if draw(st.integers(1, 10)) <= minus else 1)
    return graph


def switched(graph, node):
    """The same graph with all signs at one node turned round."""
    turned = graph.copy()
    for tie in turned.edges(node):
        turned.edges[tie]["sign"] *= -1
    return turned


def every_optimum(graph):
    """Frustration index, and the ties changed by each best partition, from all partitions."""
    nodes = sorted(graph, key=str)
    place = {node: number for number, node in enumerate(nodes)}
    ties = sorted(tuple(sorted(tie, key=place.get)) for tie in graph.edges)
    sides = np.arange(2 ** max(len(nodes) - 1, 0))[:, None] >> np.arange(len(nodes)) & 1
    changed = np.zeros((len(sides), len(ties)), dtype=bool)
    for number, (a, b) in enumerate(ties):
        is_across = sides[:, place[a]] != sides[:, place[b]]
        changed[:, number] = is_across == (graph.edges[a, b]["sign"] == 1)
    count = changed.sum(axis=1)
    best = changed[count == count.min()]
    return count.min(), {tuple(t for t, one in zip(ties, row, strict=True) if one) for row in best}
