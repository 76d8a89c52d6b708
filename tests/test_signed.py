"""Signed measures: published values, brute force, invariants, input rules, honest bounds."""

from __future__ import annotations

import math
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm
from signed_graphs import (
    by_chance,
    every_optimum,
    made,
    needs_published,
    published,
    signed_graphs,
    tribes,
)

from analysis import signed

MALFORMED = [
    (nx.DiGraph([("a", "b", {"sign": 1})]), "undirected"),
    (nx.MultiGraph([("a", "b", {"sign": 1})]), "parallel"),
    (nx.Graph([("a", "a", {"sign": 1})]), "self-loop at 'a'"),
    (nx.Graph([("a", "b")]), "'a'-'b' has sign None; expected 1 or -1"),
    (nx.Graph([("a", "b", {"sign": 0})]), "sign 0"),
    (nx.Graph([("a", "b", {"sign": float("nan")})]), "sign nan"),
    (nx.Graph([("a", "b", {"sign": True})]), "sign True"),
    (nx.Graph([("a", "b", {"sign": "+"})]), "sign '\\+'"),
]
MEASURES = [
    *(signed.triangles, signed.triangle_balance, signed.list_triangles, signed.walk_balance),
    *(signed.frustration, signed.pn_centrality),
    lambda graph: signed.sign_permutation(graph, signed.triangle_balance, n=9, seed=1),
]
# Friends within and foes between three camps: each triangle of three foes is unbalanced.
CAMPS = made(
    (a, b, 1 if a[0] == b[0] else -1)
    for a, b in combinations([f"{camp}{n}" for camp in "xyz" for n in range(3)], 2)
)


def holds(graph, result):
    """What must be true of any result, proven or not."""
    first, second = result.partition
    assert first | second == set(graph) and not first & second
    assert result.index == len(result.ties) >= result.lower_bound >= 0
    assert result.is_optimal == (result.index == result.lower_bound)
    for a, b, sign in graph.edges(data="sign"):
        is_changed = (a, b) in result.ties or (b, a) in result.ties
        assert ((a in first) == (b in first)) == ((sign == 1) != is_changed)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(("graph", "words"), MALFORMED)
def test_what_is_not_a_signed_graph_is_refused_by_every_measure(measure, graph, words):
    with pytest.raises(ValueError, match=words):
        measure(graph)


@needs_published
def test_the_highland_tribes():
    graph = tribes()
    assert signed.triangles(graph) == {"+++": 19, "++-": 2, "+--": 40, "---": 7}
    assert signed.triangle_balance(graph) == pytest.approx(0.867647, abs=5e-7)
    assert signed.walk_balance(graph) == pytest.approx(0.357576, abs=5e-7)
    result = signed.frustration(graph)
    holds(graph, result)
    assert (result.index, result.lower_bound, result.is_optimal) == (7, 7, True)
    assert {"Gama", "Gavev", "Kotun", "Nagad"} in result.partition
    # Every best partition changes these seven ties, so that there is one only.
    assert signed.always_frustrated(graph, result) == result.ties


@needs_published
@pytest.mark.parametrize(
    ("name", "index", "always", "patterns"),
    [
        ("cow_46-49", 17, 16, [1556, 63, 23, 14]),
        ("cow_76-79", 50, 38, [4964, 402, 67, 20]),
        ("cow_96-99", 45, 40, [8319, 544, 337, 40]),
    ],
)
def test_alliances_and_conflicts_of_states(name, index, always, patterns):
    graph = published(name)
    result = signed.frustration(graph)
    holds(graph, result)
    assert (result.index, result.is_optimal) == (index, True)
    assert len(signed.always_frustrated(graph, result)) == always
    assert list(signed.triangles(graph).values()) == patterns


@needs_published
@pytest.mark.parametrize("name", ["k4", "everett_borgatti_pn", "sampson_symmetrised"])
def test_published_graphs_against_every_partition(name):
    against_every_partition(published(name))


@given(signed_graphs(most=9))
@settings(max_examples=50, deadline=None)
def test_any_small_graph_against_every_partition(graph):
    against_every_partition(graph)


@pytest.mark.parametrize("seed", range(2))
def test_dense_graphs_that_the_relaxation_does_not_settle(seed):
    against_every_partition(by_chance(13, 78, seed))


def against_every_partition(graph):
    result = signed.frustration(graph)
    holds(graph, result)
    index, optima = every_optimum(graph)
    assert (result.index, result.is_optimal) == (index, True)
    assert tuple(sorted(result.ties)) in optima
    always = set.intersection(*map(set, optima))
    assert set(signed.always_frustrated(graph, result)) == always


def test_all_foes_split_in_halves():
    """The complete graph of foes: both halves stay unbalanced (Petersdorf 1966)."""
    for size in range(2, 10):
        foes = made((a, b, -1) for a, b in combinations(range(size), 2))
        assert signed.frustration(foes).index == (size - 1) ** 2 // 4


def test_a_network_of_464_nodes_is_proven_within_seconds():
    """Two camps with a tenth of the signs turned round."""
    chance = np.random.default_rng(1)
    graph = nx.gnm_random_graph(464, 1679, seed=1)
    for a, b in graph.edges:
        is_turned = chance.random() < 0.1
        graph.edges[a, b]["sign"] = 1 if (a % 2 == b % 2) != is_turned else -1
    result = signed.frustration(graph, time_limit=60)
    holds(graph, result)
    assert result.is_optimal and 100 < result.index < 180


def test_what_cannot_be_proven_in_time_is_reported_with_its_bound():
    graph = by_chance(30, 435, seed=1)
    result = signed.frustration(graph, time_limit=1)
    holds(graph, result)
    # Every negative triangle has a tie to change, so a third of the ties is near the bound.
    assert 100 < result.lower_bound < result.index < 435 / 2 and not result.is_optimal


def test_nothing_to_measure_is_not_unbalanced():
    lonely = nx.empty_graph(3)
    for graph in (nx.Graph(), lonely):
        assert math.isnan(signed.triangle_balance(graph))
        assert math.isnan(signed.walk_balance(graph))
        assert signed.frustration(graph).is_optimal and signed.frustration(graph).index == 0
    assert signed.pn_centrality(nx.Graph()) == {}
    assert signed.pn_centrality(lonely) == {0: 1.0, 1: 1.0, 2: 1.0}


@given(signed_graphs(most=8))
@settings(max_examples=60, deadline=None)
def test_triangles_and_walks_by_their_definitions(graph):
    counts = dict.fromkeys(signed.PATTERNS, 0)
    for three in combinations(graph, 3):
        pairs = [pair for pair in combinations(three, 2) if pair in graph.edges]
        if len(pairs) == 3:
            counts[signed.PATTERNS[sum(graph.edges[pair]["sign"] < 0 for pair in pairs)]] += 1
    assert signed.triangles(graph) == counts
    balance = signed.walk_balance(graph)
    if not graph.edges:
        assert math.isnan(balance)
        return
    matrix = nx.to_numpy_array(graph, weight="sign")
    slow = np.trace(expm(matrix)) / np.trace(expm(np.abs(matrix)))
    assert balance == pytest.approx(slow, rel=1e-9)
    assert (abs(balance - 1) < 1e-9) == (signed.frustration(graph).index == 0)


def test_walk_balance_of_a_large_dense_graph_does_not_overflow():
    crowd = nx.complete_graph(720)
    nx.set_edge_attributes(crowd, 1, "sign")
    crowd.edges[0, 1]["sign"] = -1
    # exp(719) has no double; one pair of foes takes 4 / 720 off the leading eigenvalue.
    assert signed.walk_balance(crowd) == pytest.approx(math.exp(-4 / 720), rel=1e-4)


@needs_published
def test_everett_and_borgatti_s_ten_nodes():
    """The values that R's signnet prints for them."""
    values = signed.pn_centrality(published("everett_borgatti_pn"))
    printed = [
        *(0.9009747, 0.8613482, 0.9076997, 0.8613482, 0.8410658),
        *(0.8496558, 0.8617321, 0.9015909, 0.8509848, 0.9072930),
    ]
    assert [round(values[node], 7) for node in range(10)] == printed


def test_pn_of_five_friends_and_where_it_does_not_exist():
    friends = made((a, b, 1) for a, b in combinations("abcde", 2))
    assert list(signed.pn_centrality(friends).values()) == pytest.approx([2] * 5)
    for graph in (nx.empty_graph(1), made([("a", "b", -1)])):
        assert all(math.isnan(value) for value in signed.pn_centrality(graph).values())


@given(signed_graphs(most=8, least=3))
@settings(max_examples=30, deadline=None)
def test_pn_solves_its_equation(graph):
    values, weight = signed.pn_centrality(graph), {1: 1, -1: -2}
    for node in graph:
        near = sum(weight[s] * values[other] for _, other, s in graph.edges(node, data="sign"))
        assert values[node] == pytest.approx(1 + near / (2 * len(graph) - 2), rel=1e-9)


@pytest.mark.parametrize("measure", [signed.triangle_balance, signed.walk_balance])
def test_a_permutation_is_repeated_by_its_seed_and_all_draws_at_once_are_each_draw(measure):
    first = signed.sign_permutation(CAMPS, measure, n=40, seed=3)
    again = made(reversed(list(CAMPS.edges(data="sign"))))
    assert (
        signed.sign_permutation(again, measure, n=40, seed=3).null.tolist() == first.null.tolist()
    )
    slow = signed.sign_permutation(CAMPS, lambda graph: measure(graph), n=40, seed=3)
    assert slow.null.tolist() == first.null.tolist() and slow.p == first.p
    other = signed.sign_permutation(CAMPS, measure, n=40, seed=4)
    assert (first.null != other.null).any()
    assert first.mean == first.null.mean() and first.sd == first.null.std(ddof=1)


def test_shuffles_keep_the_ties_and_the_number_of_minus():
    seen = []

    def statistic(graph):
        seen.append(sorted(sign for _, _, sign in graph.edges(data="sign")))
        assert set(graph.edges) == set(CAMPS.edges)
        return float(graph.edges["x0", "x1"]["sign"])

    test = signed.sign_permutation(CAMPS, statistic, n=200, seed=1)
    assert all(signs == [-1] * 27 + [1] * 9 for signs in seen)
    # A given tie is positive in 9 of 36 cases.
    assert test.mean == pytest.approx(2 * 9 / 36 - 1, abs=0.15)
    assert CAMPS.edges["x0", "x1"]["sign"] == 1


@given(signed_graphs(most=6, least=3), st.integers(1, 12), st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_p_counts_itself_and_is_never_zero(graph, n, seed):
    test = signed.sign_permutation(graph, signed.walk_balance, n=n, seed=seed)
    if not graph.edges:
        assert math.isnan(test.p) and math.isnan(test.mean)
        return
    far = sum(abs(x - test.mean) >= abs(test.observed - test.mean) - 1e-9 for x in test.null)
    assert test.p == pytest.approx((far + 1) / (n + 1)) and 0 < test.p <= 1


def test_small_graphs_say_so_and_at_least_one_shuffle_is_needed():
    balanced = made([("a", "b", 1), ("b", "c", -1), ("a", "c", -1)])
    test = signed.sign_permutation(balanced, signed.triangle_balance, n=9, seed=1)
    assert test.is_small and test.arrangements == 3 and test.p == 1
    # Many ties, but all of one sign: nothing to shuffle.
    friends = made((a, b, 1) for a, b in combinations(range(9), 2))
    assert signed.sign_permutation(friends, signed.triangle_balance, n=9, seed=1).is_small
    assert not signed.sign_permutation(CAMPS, signed.triangle_balance, n=9, seed=1).is_small
    with pytest.raises(ValueError, match="n is 0"):
        signed.sign_permutation(CAMPS, signed.triangle_balance, n=0, seed=1)
