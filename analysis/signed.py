"""Measures of signed graphs: undirected networkx graphs whose ties have a `sign`, 1 or -1.

Each measure refuses, with a ValueError that names the tie, a graph that is
directed, has parallel ties or a self-loop, or a tie whose sign is not 1 or -1:
which of two directed signs holds, or what a missing one means, is the caller's
to say. Nodes are taken in the order of their text, so that no result hangs on
the order in which they were entered.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, compress
from math import ceil, comb
from numbers import Real
from typing import Any

import networkx as nx
import numpy as np

PATTERNS = ("+++", "++-", "+--", "---")
SMALL_TIES, SMALL_ARRANGEMENTS = 20, 1000
# What counts as rounding, in a bound and in a sum of shares; and the gain in the linear
# relaxation below which its round is the last.
ROUNDING, SLACK, LEAST_GAIN = 1e-6, 1e-4, 0.1
Tie = tuple[Any, Any]
Partition = tuple[frozenset[Any], frozenset[Any]]
Statistic = Callable[[nx.Graph], float]


def list_triangles(graph: nx.Graph) -> list[tuple[tuple[Any, Any, Any], str, bool]]:
    """Every triangle as (its three nodes, its signs, whether balanced), in the order of its nodes.

    The signs are one of `PATTERNS`, plus before minus; balanced are those whose
    product is plus.

    References
    ----------
    D. Cartwright and F. Harary (1956), Structural balance: a generalization of
    Heider's theory, Psychological Review 63, 277-293.

    Examples
    --------
    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": -1}), ("a", "c", {"sign": 1})])
    >>> list_triangles(g)
    [(('a', 'b', 'c'), '++-', False)]
    """
    place = {node: number for number, node in enumerate(_nodes(graph))}
    found = []
    for node in place:
        later = [other for other in graph[node] if place[other] > place[node]]
        for second, third in combinations(sorted(later, key=place.__getitem__), 2):
            if graph.has_edge(second, third):
                ties = ((node, second), (node, third), (second, third))
                negative = sum(graph.edges[tie]["sign"] < 0 for tie in ties)
                found.append(((node, second, third), PATTERNS[negative], negative % 2 == 0))
    return found


def triangles(graph: nx.Graph) -> dict[str, int]:
    """Number of triangles by their signs, all four `PATTERNS` always.

    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": -1}), ("a", "c", {"sign": -1})])
    >>> triangles(g)
    {'+++': 0, '++-': 0, '+--': 1, '---': 0}
    """
    patterns = [pattern for _, pattern, _ in list_triangles(graph)]
    return {pattern: patterns.count(pattern) for pattern in PATTERNS}


def triangle_balance(graph: nx.Graph) -> float:
    """Share of triangles whose three signs multiply to plus (Cartwright and Harary 1956).

    NaN when the graph has no triangle, so that "nothing to measure" is never
    read as "wholly unbalanced".

    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": -1}), ("a", "c", {"sign": -1})])
    >>> triangle_balance(g)
    1.0
    """
    balanced = [is_balanced for _, _, is_balanced in list_triangles(graph)]
    return sum(balanced) / len(balanced) if balanced else float("nan")


def walk_balance(graph: nx.Graph) -> float:
    r"""Share of balance over closed walks, tr exp(A) / tr exp(abs A) (Estrada and Benzi 2014).

    One if and only if the graph is balanced, above zero always. A closed walk
    of length k counts 1/k!, with the product of its signs. NaN without ties. A
    disconnected graph is measured whole: a component weighs by the number of
    its closed walks. By eigenvalues and a log-sum-exp, so that large or dense
    graphs do not overflow.

    References
    ----------
    E. Estrada and M. Benzi (2014), Walk-based measure of balance in signed
    networks, Physical Review E 90, 042802.

    Examples
    --------
    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": -1}), ("a", "c", {"sign": 1})])
    >>> round(walk_balance(g), 6)
    0.685788
    """
    ties = _ties(graph)
    signs = np.array([[graph.edges[tie]["sign"] for tie in ties]])
    return float(_walk_balances(graph, ties, signs)[0])


@dataclass(frozen=True)
class Frustration:
    """How many ties must change for balance, what is proven of it, and the camps that show it.

    `index` is the least number of ties found whose change (of sign, or removal)
    leaves two camps with positive ties within and negative ones between. No
    two camps need fewer than `lower_bound`; `is_optimal` says that the two are
    equal. `partition` are two such camps, the first node by text in the first
    set, and so for each component by itself: no tie says how components belong
    together. `ties` are those to be changed, the unbalanced ties of these camps.
    """

    index: int
    lower_bound: int
    is_optimal: bool
    partition: Partition
    ties: tuple[Tie, ...]


def frustration(graph: nx.Graph, time_limit: float = 60) -> Frustration:
    """Frustration index (line index of balance) of a signed graph, with its proof.

    Exact: the fewest ties that break every negative cycle, by a mixed-integer
    program for HiGHS that is given the cycles as it needs them, block by block
    of the graph. After `time_limit` seconds the result says what is proven by
    then. Other best partitions may exist: see `always_frustrated`. A graph
    without ties has index 0.

    References
    ----------
    S. Aref, A. J. Mason and M. C. Wilson (2018), Computing the line index of
    balance using integer programming optimisation, in Optimization Problems in
    Graph Theory, Springer, 65-84; the same (2020), A modeling and computational
    study of the frustration index in signed networks, Networks 75, 95-110.

    Examples
    --------
    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": -1}), ("a", "c", {"sign": 1})])
    >>> found = frustration(g)
    >>> found.index, found.is_optimal, always_frustrated(g, found)
    (1, True, ())
    """
    deadline, bound = time.monotonic() + time_limit, 0
    weighted = nx.Graph()
    weighted.add_nodes_from(_nodes(graph))
    for block in _blocks(graph):
        share, proven = block.solve(deadline)
        heads, tails = zip(*block.ties, strict=True)
        weighted.add_weighted_edges_from(zip(heads, tails, share.tolist(), strict=True))
        bound += proven
    # Ties that stay as they are hang together, so that a tree of them tells the camps.
    tree = nx.minimum_spanning_tree(weighted)
    side: dict[Any, int] = {}
    for root in tree:
        side.setdefault(root, 1)
        for a, b in nx.bfs_edges(tree, root):
            side.setdefault(b, side[a] * graph.edges[a, b]["sign"])

    def satisfied(node: Any) -> int:
        return sum(side[node] * side[b] * sign for _, b, sign in graph.edges(node, data="sign"))

    # Where nothing is proven, moving single nodes brings the camps nearer to the best ones.
    while side and satisfied(worst := min(side, key=satisfied)) < 0:
        side[worst] *= -1
    first = frozenset(node for node in side if side[node] > 0)
    ties = tuple((a, b) for a, b in _ties(graph) if side[a] * side[b] != graph.edges[a, b]["sign"])
    partition = (first, frozenset(side) - first)
    return Frustration(len(ties), bound, len(ties) == bound, partition, ties)


def always_frustrated(
    graph: nx.Graph, result: Frustration, time_limit: float = 60
) -> tuple[Tie, ...]:
    """Ties that must change in every best partition, of those that a result changes.

    One further program a tie: if it may not change, does the index rise? Where
    they are all the ties of the result, its partition is the only one. Ties
    that cannot be settled within the time limit are left out.

    >>> g = nx.Graph([("a", "b", {"sign": -1}), ("b", "c", {"sign": 1}), ("a", "c", {"sign": 1})])
    >>> g.add_edges_from([("a", "d", {"sign": 1}), ("d", "b", {"sign": 1})])
    >>> always_frustrated(g, frustration(g))
    (('a', 'b'),)
    """
    deadline, always = time.monotonic() + time_limit, set()
    for block in _blocks(graph):
        changed = [tie for tie in block.ties if tie in result.ties]
        unsettled = set(changed)
        for tie in changed:
            if tie in unsettled:
                share, bound = block.solve(deadline, keep=tie, enough=len(changed))
                if bound > len(changed):
                    always.add(tie)
                # Otherwise here is another best partition, which leaves some ties as they are.
                else:
                    unsettled -= set(compress(block.ties, share < 0.5))
    return tuple(tie for tie in result.ties if tie in always)


class _Block:
    """Mixed-integer program of a biconnected block: a binary a tie, whether it changes, and a node.

    A positive tie changes where its ends are in two camps, a negative one where
    they are in one; and of every negative cycle some tie changes. The cycles
    follow from the rest, but without them the linear relaxation is worth nothing.
    """

    def __init__(self, block: nx.Graph) -> None:
        from scipy.sparse import coo_array, eye_array, hstack, vstack

        self.ties, self.size = _ties(block), len(block)
        self.head, self.tail = ends = _ends(block, self.ties)
        self.sign = np.array([block.edges[tie]["sign"] for tie in self.ties])
        count, one = len(self.ties), np.ones(len(self.ties))
        places = (np.tile(np.arange(count), 2), ends.ravel())
        across = coo_array((np.concatenate([-one, self.sign]), places), (count, self.size))
        sides = [hstack([eye_array(count), across]), hstack([eye_array(count), -across])]
        self.rules, self.least = (
            vstack(sides),
            np.tile(self.sign < 0, 2) * np.repeat([-1, 1], count),
        )
        # Swapping the camps changes nothing: the node of most ties stays where it is.
        self.sides = np.arange(self.size) != np.bincount(ends.ravel()).argmax()
        self.cycles: set[tuple[int, ...]] = set()

    def solve(
        self, deadline: float, keep: Tie | None = None, enough: float = np.inf
    ) -> tuple[np.ndarray, int]:
        """Which ties to change, as shares of one, and the fewest that it takes, as far as proven.

        First the linear relaxation, with more cycles each time, then whole ties.
        `keep` is a tie that may not change; more than `enough` need not be proven.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import vstack

        count, bound, reached, gain, is_whole = len(self.ties), 0, 0.0, np.inf, False
        share, most = np.zeros(count), np.array([tie != keep for tie in self.ties])
        while bound <= enough and (seconds := deadline - time.monotonic()) > 0:
            fresh = self._unbroken(share)
            if not fresh and not (share % 1).any():
                break
            is_whole = is_whole or not fresh or gain < LEAST_GAIN
            cycles = sorted(self.cycles | fresh)
            rows, least = self._rows(cycles), np.concatenate([np.ones(len(cycles)), self.least])
            solved = milp(
                np.repeat([1, 0], [count, self.size]),
                integrality=np.full(count + self.size, is_whole),
                bounds=Bounds(0, np.concatenate([most, self.sides])),
                constraints=LinearConstraint(vstack([rows, self.rules]), least, np.inf),
                options={"time_limit": seconds, "mip_rel_gap": 0.0},
            )
            if solved.x is None or (solved.status and not is_whole):
                break
            before, reached = reached, max(0, solved.mip_dual_bound if is_whole else solved.fun)
            gain, bound = reached - before, max(bound, ceil(reached - ROUNDING))
            share = solved.x[:count].round(6)
            # Cycles that are broken more than once go, so that the program stays small.
            self.cycles = set(compress(cycles, rows @ solved.x < 1 + SLACK))
        return share, bound

    def _rows(self, cycles: list[tuple[int, ...]]) -> Any:
        """A row a cycle, with a one for every tie on it."""
        from scipy.sparse import csr_array

        rows = np.repeat(np.arange(len(cycles)), [len(cycle) for cycle in cycles])
        columns = np.fromiter(chain(*cycles), dtype=int)
        shape = (len(cycles), len(self.ties) + self.size)
        return csr_array((np.ones(len(rows)), (rows, columns)), shape)

    def _unbroken(self, share: np.ndarray) -> set[tuple[int, ...]]:
        """For each tie a lightest negative cycle through it, where its shares sum to less than one.

        A shortest path between the two copies of a node in the double cover of
        the block, in which a negative tie leads to the other copy.
        """
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

        head, tail, size = self.head, self.tail, self.size
        other = np.where(self.sign < 0, size, 0)
        start = np.concatenate([head, head + size, tail, tail + size])
        end = np.concatenate([tail + other, tail + size - other, head + other, head + size - other])
        # A trifle a step: among equally light cycles the short ones cut deeper.
        cover = csr_array((np.tile(share + ROUNDING, 4), (start, end)))
        length, before = dijkstra(cover, indices=np.arange(size), return_predecessors=True)
        ends = list(zip(head.tolist(), tail.tolist(), strict=True))
        number = {pair: tie for tie, (a, b) in enumerate(ends) for pair in ((a, b), (b, a))}
        goal = tail + size - other
        found = set()
        for tie in np.flatnonzero(length[head, goal] + share < 1 - SLACK).tolist():
            walk, at = [tie], int(goal[tie])
            while at != head[tie]:
                at, last = int(before[head[tie], at]), at
                walk.append(number[at % size, last % size])
            # A tie passed twice cancels; what is left still holds a negative cycle.
            found.add(tuple(sorted(one for one in set(walk) if walk.count(one) % 2)))
        return found


@dataclass(frozen=True)
class SignPermutation:
    """A measure on a signed graph beside the same measure after shuffling the signs.

    `null` holds one value a shuffle; `p` is two-sided; `arrangements` counts the
    different ways to lay the signs on the ties; `is_small` says that there are
    too few ties (under 20) or arrangements (under 1,000) for the test to tell much.
    """

    observed: float
    null: np.ndarray
    mean: float
    sd: float
    p: float
    arrangements: int
    is_small: bool


def sign_permutation(graph: nx.Graph, statistic: Statistic, n: int, seed: int) -> SignPermutation:
    """Null distribution of a measure when signs are shuffled over the same ties.

    Topology and the number of negative ties stay as they are. `sd` is that of
    the n shuffles (divisor n - 1; NaN for one). Two-sided p = (b + 1) / (n + 1),
    where b shuffles lie at least as far from the mean of the null as the
    observed value: never zero, since the observed arrangement is one of those
    possible (Phipson and Smyth 2010). mean, sd and p are NaN where the measure
    is NaN on the graph or on any shuffle.

    Its weakness: ties are taken to be exchangeable, so a sign that follows from
    its neighbours (blocs, a common foe) counts as evidence once for every tie;
    and p says nothing of how the ties themselves came about.

    Raises
    ------
    ValueError
        If n is below 1, or the graph is no signed graph.

    References
    ----------
    B. Phipson and G. K. Smyth (2010), Permutation p-values should never be
    zero, Statistical Applications in Genetics and Molecular Biology 9(1), 39.

    Examples
    --------
    >>> g = nx.Graph()
    >>> for a, b in combinations(range(8), 2):
    ...     g.add_edge(a, b, sign=1 if (a < 4) == (b < 4) else -1)
    >>> test = sign_permutation(g, triangle_balance, n=199, seed=1)
    >>> test.observed, test.p
    (1.0, 0.005)
    """
    if n < 1:
        raise ValueError(f"n is {n}; expected at least one shuffle")
    ties = _ties(graph)
    signs = np.array([graph.edges[tie]["sign"] for tie in ties], dtype=int)
    generator = np.random.default_rng(seed)
    draws = np.array([generator.permutation(signs) for _ in range(n)])
    of_draws = _OF_DRAWS.get(statistic)
    null = of_draws(graph, ties, draws) if of_draws else _each(statistic, graph, ties, draws)
    observed, mean = float(statistic(graph)), float(null.mean())
    sd = float(null.std(ddof=1)) if n > 1 else float("nan")
    # Values that differ by rounding alone are as far away as the observed one.
    far = np.abs(null - mean) >= abs(observed - mean) * (1 - 1e-9) - 1e-12
    p = float((far.sum() + 1) / (n + 1))
    if np.isnan(observed) or np.isnan(mean):
        mean = sd = p = float("nan")
    arrangements = comb(len(signs), int((signs < 0).sum()))
    is_small = len(signs) < SMALL_TIES or arrangements < SMALL_ARRANGEMENTS
    return SignPermutation(observed, null, mean, sd, p, arrangements, is_small)


def pn_centrality(graph: nx.Graph) -> dict[Any, float]:
    """PN index of every node: friends of the well-placed gain, foes lose (Everett and Borgatti).

    Solves (I - A / (2n - 2)) x = 1 with A = P - 2N, P and N the positive and
    negative ties, n the number of all nodes, isolated ones included. A node
    without ties has 1. NaN where the index does not exist: for a single node,
    and for two nodes joined by a negative tie, whose matrix has no inverse.
    Every larger graph has one.

    References
    ----------
    M. G. Everett and S. P. Borgatti (2014), Networks containing negative ties,
    Social Networks 38, 111-120.

    Examples
    --------
    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": -1})])
    >>> {node: round(value, 4) for node, value in pn_centrality(g).items()}
    {'a': 1.2727, 'b': 1.0909, 'c': 0.4545}
    """
    nodes = _nodes(graph)
    if not nodes:
        return {}
    signs = nx.to_numpy_array(graph, nodelist=nodes, weight="sign")
    if len(nodes) == 1 or (len(nodes) == 2 and signs[0, 1] < 0):
        return dict.fromkeys(nodes, float("nan"))
    weights = np.where(signs < 0, -2.0, signs) / (2 * len(nodes) - 2)
    values = np.linalg.solve(np.eye(len(nodes)) - weights, np.ones(len(nodes)))
    return dict(zip(nodes, values.tolist(), strict=True))


def _triangle_balances(graph: nx.Graph, ties: Sequence[Tie], draws: np.ndarray) -> np.ndarray:
    """`triangle_balance` for each row of signs, one sign a tie."""
    found = [nodes for nodes, _, _ in list_triangles(graph)]
    if not found:
        return np.full(len(draws), np.nan)
    number = {tie: place for place, tie in enumerate(ties)}
    sides = np.array([[number[a, b], number[a, c], number[b, c]] for a, b, c in found])
    balanced: np.ndarray = (draws[:, sides].prod(axis=2) > 0).sum(axis=1) / len(found)
    return balanced


def _walk_balances(graph: nx.Graph, ties: Sequence[Tie], draws: np.ndarray) -> np.ndarray:
    """`walk_balance` for each row of signs, one sign a tie."""
    from scipy.special import logsumexp

    if not ties:
        return np.full(len(draws), np.nan)
    head, tail = _ends(graph, ties)
    matrix = np.zeros((len(graph), len(graph)))
    values = np.empty((len(draws), len(graph)))
    for number, signs in enumerate(draws):
        matrix[head, tail] = matrix[tail, head] = signs
        values[number] = np.linalg.eigvalsh(matrix)
    # Without their signs the walks are the same in every draw.
    unsigned = logsumexp(np.linalg.eigvalsh(np.abs(matrix)))
    balances: np.ndarray = np.exp(logsumexp(values, axis=1) - unsigned)
    return balances


def _each(
    statistic: Statistic, graph: nx.Graph, ties: Sequence[Tie], draws: np.ndarray
) -> np.ndarray:
    """Any other measure, on the graph with its signs laid anew draw by draw."""
    shuffled, null = graph.copy(), np.empty(len(draws))
    for number, signs in enumerate(draws.tolist()):
        nx.set_edge_attributes(shuffled, dict(zip(ties, signs, strict=True)), "sign")
        null[number] = statistic(shuffled)
    return null


# Measures that know what a change of signs leaves as it is need not read the graph for every draw.
_OF_DRAWS: Mapping[Statistic, Callable[[nx.Graph, Sequence[Tie], np.ndarray], np.ndarray]] = {
    triangle_balance: _triangle_balances,
    walk_balance: _walk_balances,
}


def _nodes(graph: nx.Graph) -> list[Any]:
    """Nodes in the order of their text, of a graph that is a signed one."""
    if graph.is_directed():
        raise ValueError("expected an undirected graph; decide which of two directed signs holds")
    if graph.is_multigraph():
        raise ValueError("expected no parallel ties; merge those of a pair into one sign first")
    for a, b, sign in graph.edges(data="sign"):
        if a == b:
            raise ValueError(f"self-loop at {a!r}; a tie needs two actors")
        if not isinstance(sign, Real) or isinstance(sign, bool) or sign not in (1, -1):
            raise ValueError(f"tie {a!r}-{b!r} has sign {sign!r}; expected 1 or -1")
    # The type, too, so that 1 and "1" stay two nodes.
    return sorted(graph, key=lambda node: (str(node), type(node).__name__))


def _ties(graph: nx.Graph) -> list[Tie]:
    """Ties in the order of their text, each with its ends in that order."""
    place = {node: number for number, node in enumerate(_nodes(graph))}
    ordered = ((a, b) if place[a] < place[b] else (b, a) for a, b in graph.edges)
    return sorted(ordered, key=lambda tie: (place[tie[0]], place[tie[1]]))


def _ends(graph: nx.Graph, ties: Sequence[Tie]) -> np.ndarray:
    """Numbers of the first and of the second node of each tie, in two rows."""
    place = {node: number for number, node in enumerate(_nodes(graph))}
    return np.array([(place[a], place[b]) for a, b in ties]).T


def _blocks(graph: nx.Graph) -> list[_Block]:
    """Biconnected blocks, small ones first: two share one node at most, so that they add up."""
    blocks = [graph.edge_subgraph(ties) for ties in nx.biconnected_component_edges(graph)]
    return [_Block(block) for block in sorted(blocks, key=nx.number_of_edges)]
