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

TRIBES = SHARED / "data" / "signed" / "tribes_edges.csv"
GRAPHS = SHARED / "data" / "signed" / "graphs.json"
needs_published = pytest.mark.skipif(
    not GRAPHS.exists(), reason="the published graphs lie in ../shared/data/signed"
)
MALFORMED = [
    (nx.DiGraph([("a", "b", {"sign": 1})]), "undirected"),
    (nx.MultiGraph([("a", "b", {"sign": 1})]), "parallel"),
    (nx.Graph([("a", "a", {"sign": 1})]), "self-loop at 'a'"),
    (nx.Graph([("a", "b")]), "'a'-'b' has sign None; expected 1 or -1"),
    (nx.Graph([("a", "b", {"sign": 0})]), "sign 0"),
    (nx.Graph([("a", "b", {"sign": float("nan")})]), "sign nan"),
    (nx.Graph([("a", "b", {"sign": True})]), "sign True"),
    (nx.Graph([("a", "b", {"sign": "+"})]), "sign '\\+'"),
    (nx.Graph([("a", "b", {"sign": np.array([1, -1])})]), "sign array"),
    (nx.Graph([("a", "b", {"sign": np.True_})]), "sign np.True_"),
]


def signed(ties):
    """A graph from (node, node, sign)."""
    graph = nx.Graph()
    graph.add_edges_from((a, b, {"sign": sign}) for a, b, sign in ties)
    return graph


def tribes():
    return signed(pd.read_csv(TRIBES)[["source", "target", "sign"]].itertuples(index=False))


def published(name):
    """One of the graphs of graphs.json, in whichever of its three forms it is kept."""
    entry = json.loads(GRAPHS.read_text(encoding="utf-8"))[name]
    if "adjacency" in entry:
        rows = entry["adjacency"]
        pairs = combinations(range(len(rows)), 2)
        return signed((a, b, rows[a][b]) for a, b in pairs if rows[a][b])
    ties = entry["edges"]
    return signed((t["a"], t["b"], t["sign"]) if isinstance(t, dict) else t for t in ties)


@st.composite
def signed_graphs(draw, most=10, least=0):
    """Any signed graph on up to so many nodes, isolated nodes and several parts included."""
    nodes = range(draw(st.integers(least, most)))
    # A share of pairs left out and a share of minus, so that dense and sparse ones both come up.
    tied, minus = draw(st.integers(1, 10)), draw(st.integers(0, 10))
    graph = nx.Graph()
    graph.add_nodes_from(f"n{node}" for node in nodes)
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


def brute_force(graph):
    """Frustration index and all optimal partitions, by trying every one."""
    nodes = list(graph)
    place = {node: position for position, node in enumerate(nodes)}
    sides = np.arange(2 ** max(len(nodes) - 1, 0))[:, None] >> np.arange(len(nodes)) & 1
    count = np.zeros(len(sides), dtype=int)
    for a, b, sign in graph.edges(data="sign"):
        count += (sides[:, place[a]] != sides[:, place[b]]) == (sign == 1)
    found = set()
    for side in sides[count == count.min()]:
        first = frozenset(node for node in nodes if not side[place[node]])
        found.add(frozenset({first, frozenset(nodes) - first}))
    return count.min(), found
