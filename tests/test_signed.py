"""Triangles, walks, centrality and permutation: published values, brute force, input rules."""

from __future__ import annotations

import math
import warnings
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm
from signed_graphs import (
    MALFORMED,
    needs_published,
    published,
    signed_graphs,
    switched,
    tribes,
)
from signed_graphs import signed as made

from analysis import signed

BALANCED = made([("a", "b", 1), ("b", "c", -1), ("a", "c", -1)])
# Davis's four cliques: friends within, foes between three camps; each --- triangle is strained.
CAMPS = made(
    (a, b, 1 if a[0] == b[0] else -1)
    for a, b in combinations([f"{camp}{n}" for camp in "xyz" for n in range(3)], 2)
)
MEASURES = [
    signed.triangles,
    signed.triangle_balance,
    signed.list_triangles,
    signed.walk_balance,
    signed.frustration,
    signed.pn_centrality,
    signed.signed_degree,
    lambda graph: signed.sign_permutation(graph, signed.triangle_balance, n=9, seed=1),
]


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


@given(signed_graphs(most=7))
@settings(max_examples=60, deadline=None)
def test_brute_force_agrees_on_triangles(graph):
    counts = dict.fromkeys(signed.PATTERNS, 0)
    for three in combinations(graph, 3):
        signs = [
            graph.edges[pair]["sign"] for pair in combinations(three, 2) if pair in graph.edges
        ]
        if len(signs) == 3:
            counts[signed.PATTERNS[signs.count(-1)]] += 1
    assert signed.triangles(graph) == counts
    share, total = signed.triangle_balance(graph), sum(counts.values())
    assert math.isnan(share) if not total else share == (counts["+++"] + counts["+--"]) / total


def test_nodes_of_the_same_text_stay_apart_in_every_measure():
    """1 and "1" are two nodes; a triangle between them is one, whatever comes in first."""
    ties = [(1, "1", 1), ("1", "a", -1), (1, "a", 1), ((2, 3), "a", -1), ((2, 3), "1", 1)]
    one, other = made(ties), made((b, a, sign) for a, b, sign in reversed(ties))
    for graph in (one, other):
        assert signed.list_triangles(graph) == [
            (((2, 3), "1", "a"), "+--", True),
            ((1, "1", "a"), "++-", False),
        ]
        assert signed.triangle_balance(graph) == 0.5
    assert signed.frustration(one) == signed.frustration(other)
    assert signed.signed_degree(one).equals(signed.signed_degree(other))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", signed.SmallGraphWarning)
        tests = [signed.sign_permutation(g, signed.walk_balance, n=9, seed=1) for g in (one, other)]
    assert tests[0].null.tolist() == pytest.approx(tests[1].null.tolist())


def test_nothing_to_measure_is_not_unbalanced():
    lonely = nx.empty_graph(3)
    for graph in (nx.Graph(), lonely):
        assert math.isnan(signed.triangle_balance(graph))
        assert math.isnan(signed.walk_balance(graph))
    assert signed.pn_centrality(nx.Graph()) == {}
    assert signed.pn_centrality(lonely) == {0: 1.0, 1: 1.0, 2: 1.0}
    assert signed.signed_degree(nx.Graph()).empty
    assert signed.signed_degree(lonely).to_numpy().tolist() == [[0, 0, 0]] * 3


@given(signed_graphs(most=8))
@settings(max_examples=60, deadline=None)
def test_walk_balance_is_the_ratio_of_traces_of_the_matrix_exponential(graph):
    balance = signed.walk_balance(graph)
    if not graph.edges:
        assert math.isnan(balance)
        return
    matrix = nx.to_numpy_array(graph, weight="sign")
    slow = np.trace(expm(matrix)) / np.trace(expm(np.abs(matrix)))
    assert balance == pytest.approx(slow, rel=1e-9)
    assert 0 < balance < 1 + 1e-9
    assert (abs(balance - 1) < 1e-9) == (signed.frustration(graph).index == 0)


@given(signed_graphs(most=9, least=1), st.data())
@settings(max_examples=60, deadline=None)
def test_switching_the_signs_at_a_node_changes_no_balance(graph, data):
    other = switched(graph, data.draw(st.sampled_from(sorted(graph))))
    same = pytest.approx
    assert signed.triangle_balance(other) == same(signed.triangle_balance(graph), nan_ok=True)
    assert signed.walk_balance(other) == same(signed.walk_balance(graph), nan_ok=True)
    before, after = signed.frustration(graph), signed.frustration(other)
    assert (before.index, before.count) == (after.index, after.count)


@pytest.mark.slow
def test_walk_balance_of_a_large_dense_graph_does_not_overflow():
    crowd = nx.complete_graph(720)
    nx.set_edge_attributes(crowd, 1, "sign")
    crowd.edges[0, 1]["sign"] = -1
    # exp(719) has no double; one pair of foes takes 4 / 720 off the leading eigenvalue.
    assert signed.walk_balance(crowd) == pytest.approx(math.exp(-4 / 720), rel=1e-4)


def test_walk_balance_counts_every_component():
    foes = made((a, b, -1) for a, b in combinations("xyz", 2))
    both = nx.compose(BALANCED, foes)
    friends, strained = 2 * math.exp(-1) + math.exp(2), 2 * math.exp(1) + math.exp(-2)
    assert signed.walk_balance(both) == pytest.approx((friends + strained) / (2 * friends))


@needs_published
def test_everett_and_borgatti_s_ten_nodes():
    """The values that R's signnet prints for them."""
    values = signed.pn_centrality(published("everett_borgatti_pn"))
    printed = [
        *(0.9009747, 0.8613482, 0.9076997, 0.8613482, 0.8410658),
        *(0.8496558, 0.8617321, 0.9015909, 0.8509848, 0.9072930),
    ]
    assert [round(values[node], 7) for node in range(10)] == printed
    degree = signed.signed_degree(published("everett_borgatti_pn"))
    # Chosen by its authors so that the degrees of a node tell nothing.
    assert (degree["positive"] == degree["negative"]).all() and (degree["net"] == 0).all()


def test_pn_of_five_friends_and_degrees_of_four_nodes_as_signnet_tests_them():
    friends = nx.complete_graph(5)
    nx.set_edge_attributes(friends, 1, "sign")
    assert list(signed.pn_centrality(friends).values()) == pytest.approx([2] * 5)
    k4 = made([(1, 2, -1), (1, 3, 1), (1, 4, 1), (2, 3, -1), (2, 4, -1), (3, 4, 1)])
    degree = signed.signed_degree(k4)
    assert degree["positive"].tolist() == [2, 0, 2, 2]
    assert degree["negative"].tolist() == [1, 3, 1, 1]
    assert degree["net"].tolist() == [1, -3, 1, 1]


@given(signed_graphs(most=8, least=2))
@settings(max_examples=40, deadline=None)
def test_pn_solves_its_equation(graph):
    values = signed.pn_centrality(graph)
    assert list(values) == sorted(graph)
    if any(math.isnan(value) for value in values.values()):
        assert len(graph) == 2 and signed.signed_degree(graph)["negative"].sum() == 2
        return
    weight = {1: 1, -1: -2}
    for node in graph:
        near = sum(weight[s] * values[other] for _, other, s in graph.edges(node, data="sign"))
        assert values[node] == pytest.approx(1 + near / (2 * len(graph) - 2), rel=1e-9)


def test_pn_where_it_does_not_exist_is_no_number():
    alone = nx.empty_graph(1)
    assert math.isnan(signed.pn_centrality(alone)[0])
    foes = made([("a", "b", -1)])
    assert all(math.isnan(value) for value in signed.pn_centrality(foes).values())
    assert signed.pn_centrality(made([("a", "b", 1)])) == pytest.approx({"a": 2, "b": 2})


def test_a_permutation_is_repeated_by_its_seed_whatever_the_order_of_ties():
    first = signed.sign_permutation(CAMPS, signed.triangle_balance, n=99, seed=3)
    again = made(reversed(list(CAMPS.edges(data="sign"))))
    second = signed.sign_permutation(again, signed.triangle_balance, n=99, seed=3)
    assert (first.null == second.null).all() and first.p == second.p
    assert CAMPS.edges["x0", "x1"]["sign"] == 1
    other = signed.sign_permutation(CAMPS, signed.triangle_balance, n=99, seed=4)
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


@given(signed_graphs(most=6, least=3), st.integers(1, 12), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_p_counts_itself_and_is_never_zero(graph, n, seed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", signed.SmallGraphWarning)
        test = signed.sign_permutation(graph, signed.walk_balance, n=n, seed=seed)
    if not graph.edges:
        assert math.isnan(test.p) and math.isnan(test.mean)
        return
    far = sum(abs(x - test.mean) >= abs(test.observed - test.mean) - 1e-9 for x in test.null)
    assert test.p == pytest.approx((far + 1) / (n + 1))
    assert 0 < test.p <= 1 and len(test.null) == n


def test_small_graphs_are_warned_of():
    with pytest.warns(signed.SmallGraphWarning, match="3 ties .* 3 ways"):
        test = signed.sign_permutation(BALANCED, signed.triangle_balance, n=9, seed=1)
    assert test.is_small and test.arrangements == 3 and test.p == 1
    friends = nx.complete_graph(9)
    nx.set_edge_attributes(friends, 1, "sign")
    # Many ties, but all of one sign: nothing to shuffle.
    with pytest.warns(signed.SmallGraphWarning, match="36 ties .* 1 ways"):
        signed.sign_permutation(friends, signed.triangle_balance, n=9, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not signed.sign_permutation(CAMPS, signed.triangle_balance, n=9, seed=1).is_small


def test_at_least_one_shuffle():
    with pytest.raises(ValueError, match="n is 0"):
        signed.sign_permutation(CAMPS, signed.triangle_balance, n=0, seed=1)


@pytest.mark.parametrize("measure", [signed.triangle_balance, signed.walk_balance])
def test_all_draws_at_once_give_what_each_draw_gives(measure):
    quick = signed.sign_permutation(CAMPS, measure, n=40, seed=2)
    slow = signed.sign_permutation(CAMPS, lambda graph: measure(graph), n=40, seed=2)
    assert quick.null.tolist() == slow.null.tolist() and quick.p == slow.p
