"""Brokerage: roles by hand, every moment by enumeration, sna's own values where they are known."""

from __future__ import annotations

import json
from itertools import permutations, product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_graphs import GRAPHS, needs_published

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
        ("ab bc", "coordinator"), ("ad db", "itinerant"), ("ab bd", "representative"),
        ("da ab", "gatekeeper"), ("ad df", "liaison"),
    ],
)  # fmt: skip
def test_each_role_by_its_smallest_case(arcs, name):
    graph = nx.DiGraph([tuple(arc) for arc in arcs.split()])
    roles = brokerage(graph, GROUP)
    assert list(roles.raw.columns) == list(COLUMNS)
    broker = arcs[1]
    assert roles.raw.loc[broker].to_dict() == {**dict.fromkeys(COLUMNS, 0), name: 1, "total": 1}
    assert roles.raw.drop(index=broker).to_numpy().sum() == 0
    # The way past the broker closes the path.
    graph.add_edge(arcs[0], arcs[-1])
    assert brokerage(graph, GROUP).raw.to_numpy().sum() == 0
    # An arc the other way does not.
    graph.remove_edge(arcs[0], arcs[-1])
    graph.add_edge(arcs[-1], arcs[0])
    assert brokerage(graph, GROUP).raw.loc[broker, name] == 1


@given(
    st.sets(st.sampled_from(list(permutations("abcdefg", 2))), max_size=42),
    st.lists(st.sampled_from("XYZ"), min_size=7, max_size=7),
)
@settings(max_examples=60, deadline=None)
def test_roles_agree_with_every_triple_and_add_up(arcs, groups):
    graph = nx.DiGraph()
    graph.add_nodes_from("abcdefg")
    graph.add_edges_from(arcs)
    group = dict(zip("abcdefg", groups, strict=True))
    roles = brokerage(graph, group)
    assert roles.raw.T.to_dict() == by_hand(graph, group)
    assert (roles.raw[list(ROLES)].sum(axis=1) == roles.raw["total"]).all()
    assert roles.network.raw.to_dict() == roles.raw.sum().to_dict()
    assert roles.expected[list(ROLES)].sum(axis=1).to_numpy() == pytest.approx(
        roles.expected["total"].to_numpy()
    )
    spread = roles.sd > 0
    z = (roles.raw - roles.expected) / roles.sd
    assert np.allclose(roles.z[spread], z[spread], equal_nan=True)
    assert roles.z[~spread].isna().all(axis=None)


@pytest.mark.parametrize("groups", ["XXYZ", "XXYY", "XXXY", "XXXX"])
def test_moments_of_nodes_are_those_of_all_graphs_on_four_nodes(groups):
    """Every one of the 4096 graphs, each with its chance at the density observed."""
    group = dict(zip("abcd", groups, strict=True))
    possible = list(permutations("abcd", 2))
    graph = nx.DiGraph(["ab", "bc", "cd", "da", "ac"])
    graph.add_nodes_from("abcd")
    density = 5 / 12
    arcs = np.array(list(product((False, True), repeat=12)))
    chance = density ** arcs.sum(axis=1) * (1 - density) ** (~arcs).sum(axis=1)
    exists = {pair: arcs[:, column] for column, pair in enumerate(possible)}
    counts = {node: {name: np.zeros(len(arcs)) for name in COLUMNS} for node in "abcd"}
    for a, v, b in permutations("abcd", 3):
        brokered = exists[a, v] & exists[v, b] & ~exists[a, b]
        for name in (role(group[a], group[v], group[b]), "total"):
            counts[v][name] += brokered
    roles = brokerage(graph, group)
    for node, name in product("abcd", COLUMNS):
        mean = chance @ counts[node][name]
        variance = chance @ (counts[node][name] - mean) ** 2
        assert roles.expected.loc[node, name] == pytest.approx(mean)
        assert roles.sd.loc[node, name] ** 2 == pytest.approx(variance)
    # Pairs of two-paths that exclude each other, each by an arc the other lacks, which the
    # variances of sna leave out; counted on paper from the sizes of the groups.
    sizes = [groups.count(name) for name in set(groups)]
    between = sum(n * (4 - n) * (n - 1) * (2 * n - 3) for n in sizes)
    left_out = {
        "coordinator": 2 * sum(n * (n - 1) * (n - 2) for n in sizes),
        "itinerant": 0,
        "representative": between,
        "gatekeeper": between,
        "liaison": 0,
        "total": 2 * 4 * 3 * 2,
    }
    for name in COLUMNS:
        total = sum(counts[node][name] for node in "abcd")
        mean = chance @ total
        variance = chance @ (total - mean) ** 2
        assert roles.network.expected[name] == pytest.approx(mean)
        ours = roles.network.sd[name] ** 2
        assert ours - variance == pytest.approx(left_out[name] * density**4 * (1 - density) ** 2)


def load(name):
    entry = json.loads(GRAPHS.read_text(encoding="utf-8"))[name]
    graph = nx.DiGraph()
    graph.add_nodes_from(entry["nodes"])
    graph.add_edges_from((arc["source"], arc["target"]) for arc in entry["edges"])
    return graph, dict(zip(entry["nodes"], entry["membership"], strict=True))


@needs_published
@pytest.mark.parametrize(
    "name", ["sampson_liking3", "cograph_doc_example", "emon_Texas", "emon_MtSi"]
)
def test_published_graphs_agree_with_every_triple(name):
    graph, group = load(f"brokerage_{name}")
    assert brokerage(graph, group).raw.T.to_dict() == by_hand(graph, group)


@needs_published
@pytest.mark.parametrize(
    ("name", "raw", "z"),
    [
        ("sampson_liking3", [8, 17, 26, 27, 14, 92],
         [-0.7250, -1.2805, -0.4217, -0.3130, -1.8234, -1.3708]),
        ("emon_Texas", [103, 125, 167, 160, 197, 752],
         [-0.8071, -1.6041, -0.2422, -0.4942, -2.0183, -1.7932]),
        ("emon_MtSi", [6, 7, 5, 4, 11, 33],
         [-0.3534, -0.8628, -1.2983, -1.4897, -0.9044, -1.5567]),
    ],
)  # fmt: skip
def test_published_graphs_have_the_values_of_sna(name, raw, z):
    """From the formulas of sna's function brokerage, reckoned apart from ours."""
    network = brokerage(*load(f"brokerage_{name}")).network
    assert network.raw.tolist() == raw
    assert network.z.tolist() == pytest.approx(z, abs=5e-5)


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


def test_the_edges_of_the_measure():
    empty = brokerage(nx.DiGraph(), {})
    assert list(empty.raw.columns) == list(COLUMNS) and empty.raw.empty and empty.z.empty
    assert empty.network.raw.tolist() == [0] * 6 and empty.network.z.isna().all()
    full = nx.complete_graph(4, nx.DiGraph)
    for graph in (nx.DiGraph(nx.empty_graph(4)), full):
        roles = brokerage(graph, dict.fromkeys(range(4), "one"))
        assert (roles.raw == 0).all(axis=None) and (roles.expected == 0).all(axis=None)
        assert roles.z.isna().all(axis=None) and roles.network.z.isna().all()
    # Names that are no node change nothing; one group is all coordination.
    path = nx.DiGraph(["ab", "bc"])
    assert brokerage(path, GROUP).raw.loc["b", "coordinator"] == 1
    assert (brokerage(path, GROUP).expected[["itinerant", "liaison"]] == 0).all(axis=None)
