"""Brokerage: roles by hand, moments by enumeration, counts of the published graphs."""

from __future__ import annotations

from itertools import permutations, product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_graphs import listed, needs_published

from analysis.brokerage import COLUMNS, ROLES, brokerage

GROUP = dict(zip("abcdefg", "XXXYYZZ", strict=True))


def role(source, broker, target):
    """The table of Gould and Fernandez, written out."""
    return {
        (True, True, True): "coordinator",
        (False, True, False): "itinerant",
        (True, False, False): "representative",
        (False, False, True): "gatekeeper",
        (False, False, False): "liaison",
    }[source == broker, source == target, broker == target]


def by_hand(graph, group):
    """Roles of every node from every ordered triple."""
    counts = {node: dict.fromkeys(COLUMNS, 0) for node in graph}
    for a, v, b in permutations(graph, 3):
        if graph.has_edge(a, v) and graph.has_edge(v, b) and not graph.has_edge(a, b):
            counts[v][role(group[a], group[v], group[b])] += 1
            counts[v]["total"] += 1
    return counts


@pytest.mark.parametrize(
    ("arcs", "name"),
    [
        *(("ab bc", "coordinator"), ("ad db", "itinerant"), ("ab bd", "representative")),
        *(("da ab", "gatekeeper"), ("ad df", "liaison")),
    ],
)
def test_each_role_by_its_smallest_case(arcs, name):
    graph = nx.DiGraph([tuple(arc) for arc in arcs.split()])
    raw, broker = brokerage(graph, GROUP).raw, arcs[1]
    assert raw.loc[broker].to_dict() == {**dict.fromkeys(COLUMNS, 0), name: 1, "total": 1}
    assert raw.drop(index=broker).to_numpy().sum() == 0
    # The way past the broker closes the path; an arc the other way does not.
    graph.add_edge(arcs[0], arcs[-1])
    assert brokerage(graph, GROUP).raw.to_numpy().sum() == 0
    graph.remove_edge(arcs[0], arcs[-1])
    graph.add_edge(arcs[-1], arcs[0])
    assert brokerage(graph, GROUP).raw.loc[broker, name] == 1


@given(
    st.sets(st.sampled_from(list(permutations("abcdefg", 2))), max_size=42),
    st.lists(st.sampled_from("XYZ"), min_size=7, max_size=7),
)
@settings(max_examples=40, deadline=None)
def test_roles_agree_with_every_triple_and_add_up(arcs, groups):
    graph = nx.DiGraph()
    graph.add_nodes_from("abcdefg")
    graph.add_edges_from(arcs)
    group = dict(zip("abcdefg", groups, strict=True))
    roles = brokerage(graph, group)
    assert roles.raw.T.to_dict() == by_hand(graph, group)
    total = roles.expected[list(ROLES)].sum(axis=1)
    assert np.allclose(total, roles.expected["total"])
    has_spread = roles.sd > 0
    z = (roles.raw - roles.expected) / roles.sd
    assert np.allclose(roles.z.where(has_spread, 0), z.where(has_spread, 0))
    assert roles.z[~has_spread].isna().all(axis=None)


@pytest.mark.parametrize("groups", ["XXYZ", "XXYY", "XXXY", "XXXX"])
def test_moments_are_those_of_all_graphs_on_four_nodes(groups):
    """Every one of the 4096 graphs, each with its chance at the density observed."""
    group = dict(zip("abcd", groups, strict=True))
    graph = nx.DiGraph(["ab", "bc", "cd", "da", "ac"])
    arcs, density = np.array(list(product((False, True), repeat=12))), 5 / 12
    chance = density ** arcs.sum(axis=1) * (1 - density) ** (~arcs).sum(axis=1)
    exists = {pair: arcs[:, column] for column, pair in enumerate(permutations("abcd", 2))}
    counts = {(node, name): np.zeros(len(arcs)) for node in "abcd" for name in COLUMNS}
    for a, v, b in permutations("abcd", 3):
        is_brokered = exists[a, v] & exists[v, b] & ~exists[a, b]
        for name in (role(group[a], group[v], group[b]), "total"):
            counts[v, name] += is_brokered
    roles = brokerage(graph, group)
    for (node, name), count in counts.items():
        mean = chance @ count
        assert roles.expected.loc[node, name] == pytest.approx(mean)
        assert roles.sd.loc[node, name] ** 2 == pytest.approx(chance @ (count - mean) ** 2)


@needs_published
@pytest.mark.parametrize(
    ("name", "totals"),
    [
        ("sampson_liking3", [8, 17, 26, 27, 14, 92]),
        ("emon_Texas", [103, 125, 167, 160, 197, 752]),
        ("emon_MtSi", [6, 7, 5, 4, 11, 33]),
    ],
)
def test_published_graphs_have_the_counts_of_sna(name, totals):
    entry = listed(f"brokerage_{name}")
    graph = nx.DiGraph()
    graph.add_nodes_from(entry["nodes"])
    graph.add_edges_from((arc["source"], arc["target"]) for arc in entry["edges"])
    group = dict(zip(entry["nodes"], entry["membership"], strict=True))
    raw = brokerage(graph, group).raw
    assert raw.sum().tolist() == totals
    assert raw.T.to_dict() == by_hand(graph, group)


@pytest.mark.parametrize(
    ("graph", "group", "words"),
    [
        (nx.Graph([("a", "b")]), GROUP, "directed"),
        (nx.MultiDiGraph([("a", "b")]), GROUP, "parallel"),
        (nx.DiGraph([("a", "a")]), GROUP, "self-loop at 'a'"),
        (nx.DiGraph([("a", "q")]), GROUP, "no group for node 'q'"),
        (nx.DiGraph([("a", "b")]), {"a": "X", "b": None}, "no group for node 'b'"),
        (nx.DiGraph([("a", "b")]), {"a": float("nan"), "b": "X"}, "no group for node 'a'"),
    ],
)
def test_what_has_no_roles_is_refused(graph, group, words):
    with pytest.raises(ValueError, match=words):
        brokerage(graph, group)


def test_where_there_is_no_chance_there_is_no_z():
    empty = brokerage(nx.DiGraph(), {})
    assert list(empty.raw.columns) == list(COLUMNS) and empty.raw.empty and empty.z.empty
    for graph in (nx.DiGraph(nx.empty_graph(4)), nx.complete_graph(4, nx.DiGraph)):
        roles = brokerage(graph, dict.fromkeys(range(4), "one"))
        assert (roles.raw == 0).all(axis=None) and (roles.expected == 0).all(axis=None)
        assert roles.z.isna().all(axis=None)
