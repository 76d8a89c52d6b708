"""Frustration: brute force on all small graphs, published cases, honest bounds."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_graphs import brute_force, needs_published, published, signed_graphs, tribes
from signed_graphs import signed as made

from analysis import signed
from analysis.signed import blocks, cycles, optima, program


def check(graph, result):
    """What must hold of any result, optimal or not."""
    assert result.gap == result.index - result.lower_bound >= 0
    assert result.is_optimal == (result.gap == 0)
    for partition in result.partitions:
        assert partition[0] | partition[1] == set(graph) and not partition[0] & partition[1]
        assert len(signed.frustrated_ties(graph, partition)) == result.index
    assert result.frustrated == signed.frustrated_ties(graph, result.partitions[0])
    assert len(set(map(frozenset, result.partitions))) == len(result.partitions) or not graph
    assert result.partitions[: len(result.distinct)] == result.distinct
    first = min(graph, key=str, default=None)
    assert all(first in partition[0] for partition in result.partitions) or not graph


@given(signed_graphs(most=10))
@settings(max_examples=150, deadline=None)
def test_brute_force_agrees_on_the_index_and_on_every_optimal_partition(graph):
    result = signed.frustration(graph)
    index, partitions = brute_force(graph)
    check(graph, result)
    assert (result.index, result.is_optimal) == (index, True)
    assert set(map(frozenset, result.partitions)) == partitions
    assert result.count == len(partitions) and not result.has_more


@pytest.mark.parametrize("seed", range(8))
def test_brute_force_agrees_on_dense_graphs_that_the_relaxation_does_not_settle(seed):
    chance = np.random.default_rng(seed)
    graph = made((a, b, int(chance.choice([-1, 1]))) for a, b in combinations(range(12), 2))
    result = signed.frustration(graph)
    index, partitions = brute_force(graph)
    check(graph, result)
    assert (result.index, set(map(frozenset, result.partitions))) == (index, partitions)


@pytest.mark.parametrize("seed", range(4))
def test_the_program_finds_what_the_search_has_missed(seed):
    """From sides a tie or two worse than the best."""
    chance = np.random.default_rng(seed)
    pairs = [pair for pair in combinations(range(11), 2) if sum(pair) % 7]
    graph = made((a, b, int(chance.choice([-1, 1]))) for a, b in pairs)
    (block,) = blocks.split(graph)
    index = brute_force(graph)[0]
    sides = np.arange(2**10)[:, None] >> np.arange(11) & 1
    score = np.array([block.frustrated(side).sum() for side in sides])
    known = cycles.relax(block, sides[0], deadline=float("inf"))
    for worse in np.unique(score)[1:4]:
        start = sides[np.flatnonzero(score == worse)[0]]
        side, floor = program.improve(block, start, known, seconds=30)
        assert (block.frustrated(side).sum(), floor) == (index, index)
    best = sides[score.argmin()]
    side, floor = program.improve(block, best, known, seconds=30)
    assert (side == best).all() and floor == index


@given(signed_graphs(most=9, least=3))
@settings(max_examples=60, deadline=None)
def test_the_bound_is_a_certificate(graph):
    """Negative cycles with prices that no tie exceeds: their sum is no more than the index."""
    for block in blocks.split(graph):
        side = block.along(np.ones(len(block.sign)))
        known = cycles.relax(block, side, deadline=float("inf"))
        paid = np.zeros(len(block.sign))
        for cycle, price in zip(known.cycles, known.price, strict=True):
            assert block.sign[list(cycle)].prod() == -1 and price >= 0
            ring = nx.Graph(zip(block.head[list(cycle)], block.tail[list(cycle)], strict=True))
            assert nx.is_connected(ring) and {degree for _, degree in ring.degree} == {2}
            paid[list(cycle)] += price
        assert (paid <= 1 + 1e-9).all() and known.bound == pytest.approx(known.price.sum())
        part = graph.subgraph(block.nodes)
        assert known.bound <= brute_force(part)[0] + 1e-9


def test_the_bound_finds_long_cycles():
    """Three strained rings of eleven through one node have no triangle, yet three ties at least."""
    ties = [(0, f"{ring}.1", -1) for ring in "abc"]
    ties += [(f"{ring}.{n}", f"{ring}.{n + 1}", 1) for ring in "abc" for n in range(1, 10)]
    graph = made(ties + [(f"{ring}.10", 0, 1) for ring in "abc"] + [("a.5", "b.5", 1)])
    bounds = [
        cycles.relax(block, np.zeros(len(block.nodes), dtype=int), float("inf")).bound
        for block in blocks.split(graph)
    ]
    assert sum(bounds) == pytest.approx(3) and len(bounds) == 2


@given(st.lists(st.booleans(), min_size=2, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_a_balanced_graph_has_no_frustration(sides, chance):
    graph = made(
        (a, b, 1 if sides[a] == sides[b] else -1)
        for a, b in combinations(range(len(sides)), 2)
        if b == a + 1 or chance.random() < 0.4
    )
    result = signed.frustration(graph)
    assert (result.index, result.gap, result.count, result.frustrated) == (0, 0, 1, ())
    together = [{n for n, side in enumerate(sides) if side == up} for up in (True, False)]
    assert set(result.partitions[0]) == set(map(frozenset, together))


@needs_published
def test_the_highland_tribes():
    result = signed.frustration(tribes())
    assert (result.index, result.lower_bound, result.gap, result.is_optimal) == (7, 7, 0, True)
    assert len(result.partitions) == 1 and not result.has_more
    assert {"Gama", "Gavev", "Kotun", "Nagad"} in result.partitions[0]
    assert len(result.frustrated) == 7


@needs_published
@pytest.mark.parametrize("name", ["k4", "everett_borgatti_pn", "sampson_symmetrised"])
def test_published_graphs_against_every_partition(name):
    graph = published(name)
    result = signed.frustration(graph)
    index, partitions = brute_force(graph)
    check(graph, result)
    assert (result.index, set(map(frozenset, result.partitions))) == (index, partitions)


@needs_published
@pytest.mark.parametrize(
    ("name", "index", "count", "patterns"),
    [
        ("cow_46-49", 17, 8, [1556, 63, 23, 14]),
        ("cow_76-79", 50, 64, [4964, 402, 67, 20]),
        ("cow_96-99", 45, 192, [8319, 544, 337, 40]),
    ],
)
def test_alliances_and_conflicts_are_settled(name, index, count, patterns):
    """No partition does with fewer: the negative cycles, counted anew, pay for the index alone."""
    graph = published(name)
    result = signed.frustration(graph)
    check(graph, result)
    assert (result.index, result.is_optimal, result.count) == (index, True, count)
    assert not result.has_more and result.count == len(result.partitions)
    assert len(result.distinct) * 2 ** (nx.number_connected_components(graph) - 1) == result.count
    paid = {frozenset(tie): 0.0 for tie in graph.edges}
    floor = 0
    for block in blocks.split(graph):
        side = block.along(np.ones(len(block.sign)))
        known = cycles.relax(block, side, deadline=float("inf"))
        floor += int(np.ceil(known.price.sum() - 1e-6))
        for cycle, price in zip(known.cycles, known.price, strict=True):
            ties = [(block.nodes[block.head[t]], block.nodes[block.tail[t]]) for t in cycle]
            ring = graph.edge_subgraph(ties)
            assert nx.is_connected(ring) and {degree for _, degree in ring.degree} == {2}
            assert np.prod([graph.edges[tie]["sign"] for tie in ties]) == -1 and price >= 0
            for tie in ties:
                paid[frozenset(tie)] += price
    assert floor == index and max(paid.values()) <= 1 + 1e-9
    assert list(signed.triangles(graph).values()) == patterns


def by_halves(graph):
    """Frustration index and number of optimal partitions of up to thirty nodes, from all of them.

    Ties satisfied less ties frustrated: a term for each half of the nodes, and one between them.
    """
    signs = nx.to_numpy_array(graph, weight="sign")
    cut = len(signs) // 2
    ways = [
        1 - 2 * (np.arange(2**free)[:, None] >> np.arange(size) & 1)
        for size, free in ((cut, cut - 1), (len(signs) - cut, len(signs) - cut))
    ]
    inner = [
        np.einsum("ij,jk,ik->i", way, part, way, optimize=True) / 2
        for way, part in zip(ways, (signs[:cut, :cut], signs[cut:, cut:]), strict=True)
    ]
    gained = ways[0] @ signs[:cut, cut:] @ ways[1].T + inner[0][:, None] + inner[1]
    most = gained.max()
    return round((graph.number_of_edges() - most) / 2), int((gained == most).sum())


@pytest.mark.parametrize(("nodes", "ties"), [(20, 190), (21, 120), (22, 60)])
def test_every_partition_of_twenty_and_more_nodes_agrees(nodes, ties):
    chance = np.random.default_rng(nodes)
    graph = nx.gnm_random_graph(nodes, ties, seed=nodes)
    for tie in graph.edges:
        graph.edges[tie]["sign"] = int(chance.choice([-1, 1]))
    result = signed.frustration(graph)
    check(graph, result)
    assert result.is_optimal and (result.index, result.count) == by_halves(graph)


def test_all_foes_split_in_halves():
    """The complete graph of foes: both halves stay strained (Petersdorf 1966)."""
    for size, ways in ((4, 3), (5, 10), (6, 10), (7, 35)):
        foes = made((a, b, -1) for a, b in combinations(range(size), 2))
        result = signed.frustration(foes)
        assert result.index == (size - 1) ** 2 // 4
        assert result.count == len(result.partitions) == ways


def test_blocks_add_up_and_their_partitions_multiply():
    """Two strained triangles that share a node, and a tail: three ways each."""
    graph = made(
        [("a", "b", -1), ("b", "c", 1), ("a", "c", 1)]
        + [("c", "d", -1), ("d", "e", 1), ("c", "e", 1), ("e", "tail", -1)]
    )
    result = signed.frustration(graph)
    check(graph, result)
    assert (result.index, result.count) == (2, 9)
    assert set(map(frozenset, result.partitions)) == brute_force(graph)[1]


def test_components_may_be_swapped_against_each_other_and_distinct_leaves_that_out():
    graph = made([("a", "b", -1), ("c", "d", 1)])
    graph.add_node("e")
    result = signed.frustration(graph)
    assert (result.index, result.count, result.has_more) == (0, 4, False)
    assert result.distinct == ((frozenset("acde"), frozenset("b")),)
    assert set(map(frozenset, result.partitions)) == brute_force(graph)[1]


def test_an_empty_graph_has_one_partition_and_no_frustration():
    result = signed.frustration(nx.Graph())
    assert (result.index, result.is_optimal, result.count) == (0, True, 1)
    assert result.partitions == ((frozenset(), frozenset()),)


def test_the_order_of_nodes_and_ties_changes_nothing():
    chance = np.random.default_rng(5)
    ties = [(a, b, int(chance.choice([-1, 1]))) for a, b in combinations("abcdefghi", 2)]
    one = signed.frustration(made(ties))
    other = signed.frustration(made((b, a, sign) for a, b, sign in reversed(ties)))
    assert one == other


def test_a_long_list_stops_and_says_so(monkeypatch):
    """Eleven strained triangles in a chain: three to the eleventh partitions."""
    ties = []
    for n in range(11):
        ties += [(n, n + 1, 1), (n, f"x{n}", 1), (n + 1, f"x{n}", -1)]
    result = signed.frustration(made(ties))
    check(made(ties), result)
    assert result.index == 11 and result.is_optimal
    assert len(result.partitions) == signed.MAX_PARTITIONS and result.has_more
    assert result.count == 3**11
    monkeypatch.setattr(optima, "MAX_STEPS", 10)
    foes = made((a, b, -1) for a, b in combinations(range(9), 2))
    result = signed.frustration(foes)
    check(foes, result)
    assert result.is_optimal and result.has_more and result.count is None


def test_what_cannot_be_proven_in_time_is_reported_with_its_gap():
    chance = np.random.default_rng(1)
    graph = made((a, b, int(chance.choice([-1, 1]))) for a, b in combinations(range(30), 2))
    result = signed.frustration(graph, time_limit=2)
    check(graph, result)
    # Every negative triangle has a frustrated tie, so a third of the ties is a bound by hand.
    assert 435 / 3 <= result.lower_bound < result.index < 435 / 2
    assert not result.is_optimal and result.has_more and result.count is None


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_time_must_be_positive(seconds):
    with pytest.raises(ValueError, match="time_limit"):
        signed.frustration(nx.Graph(), time_limit=seconds)


@pytest.mark.parametrize("partition", [({"a"}, set()), ({"a", "b"}, {"b"})])
def test_a_partition_puts_every_node_on_one_side(partition):
    with pytest.raises(ValueError, match="node 'b' must stand in one"):
        signed.frustrated_ties(made([("a", "b", 1)]), partition)


@settings(max_examples=60, deadline=None)
@given(signed_graphs(), st.data())
def test_one_tie_changed_is_told_as_a_new_proof_would(graph, data):
    nodes = [*sorted(graph), "stranger"]
    pair = data.draw(st.tuples(*[st.sampled_from(nodes)] * 2).filter(lambda two: two[0] != two[1]))
    after = graph.copy()
    if after.has_edge(*pair):
        after.remove_edge(*pair)
    if sign := data.draw(st.sampled_from([1, -1, None])):
        after.add_edge(*pair, sign=sign)
    told = signed.changed_index(graph, signed.frustration(graph), after)
    turned = graph.has_edge(*pair) and after.has_edge(*pair)
    assert told == signed.frustration(after).index or (told is None and turned)


def test_more_than_one_tie_changed_needs_a_new_proof():
    one = made([("a", "b", 1), ("b", "c", -1)])
    assert signed.changed_index(one, signed.frustration(one), made([("a", "c", 1)])) is None
