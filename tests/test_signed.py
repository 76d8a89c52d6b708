"""Triangles of signed graphs: published values, brute force, input rules."""

from __future__ import annotations

import math
from itertools import combinations

import networkx as nx
import pandas as pd
import pytest
from conftest import SHARED
from hypothesis import given
from hypothesis import strategies as st

from analysis import signed

TRIBES = SHARED / "data" / "signed" / "tribes_edges.csv"


@pytest.mark.skipif(not TRIBES.exists(), reason="the highland tribes lie in ../shared/data/signed")
def test_the_highland_tribes():
    edges = pd.read_csv(TRIBES)
    graph = nx.from_pandas_edgelist(edges, "source", "target", ["sign"])
    assert signed.triangles(graph) == {"+++": 19, "++-": 2, "+--": 40, "---": 7}
    assert signed.triangle_balance(graph) == pytest.approx(0.867647, abs=5e-7)


@given(
    st.dictionaries(
        st.sampled_from(list(combinations("abcdef", 2))), st.sampled_from([1, -1]), max_size=15
    )
)
def test_brute_force_agrees(ties):
    graph = nx.Graph()
    graph.add_edges_from((a, b, {"sign": sign}) for (a, b), sign in ties.items())
    counts = dict.fromkeys(signed.PATTERNS, 0)
    for a, b, c in combinations("abcdef", 3):
        sides = [(a, b), (a, c), (b, c)]
        if all(side in ties for side in sides):
            counts[signed.PATTERNS[sum(ties[side] == -1 for side in sides)]] += 1
    assert signed.triangles(graph) == counts
    share = signed.triangle_balance(graph)
    total = sum(counts.values())
    assert math.isnan(share) if not total else share == (counts["+++"] + counts["+--"]) / total


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        (nx.DiGraph([("a", "b", {"sign": 1})]), "undirected"),
        (nx.MultiGraph([("a", "b", {"sign": 1})]), "parallel"),
        (nx.Graph([("a", "a", {"sign": 1})]), "self-loop"),
        (nx.Graph([("a", "b")]), "sign None"),
        (nx.Graph([("a", "b", {"sign": 0})]), "sign 0"),
    ],
)
def test_what_is_not_a_signed_graph_is_refused(graph, words):
    with pytest.raises(ValueError, match=words):
        signed.triangles(graph)


def test_nothing_to_measure_is_not_unbalanced():
    assert math.isnan(signed.triangle_balance(nx.Graph()))
