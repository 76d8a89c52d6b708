"""Frustration: how many ties stand between a signed graph and balance, proven."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice, product
from math import prod
from typing import Any

import networkx as nx
import numpy as np

from analysis.signed.blocks import QUICK, THOROUGH, Block, search, split
from analysis.signed.cycles import relax
from analysis.signed.optima import enumerate_optima
from analysis.signed.program import improve
from analysis.signed.rules import by_text, in_order, require_signed

Partition = tuple[frozenset[Any], frozenset[Any]]
MAX_PARTITIONS = 1000


@dataclass(frozen=True)
class Frustration:
    """How many ties must change for balance, what is proven of it, and the sides that show it.

    `index` is the least number of ties found whose change (of sign, or
    removal) leaves two sides with positive ties within and negative ones
    between. No partition frustrates fewer than `lower_bound`; `gap` is their
    difference in ties; `is_optimal` says that it is zero.

    `partitions` are all partitions into two sides that reach an optimal index,
    at most `MAX_PARTITIONS`, as pairs of node sets, the first node (by text) in
    the first set; where the index is not proven, the best one found. `has_more`
    says that there are or may be others, `count` how many there are in all,
    None if not known. Swapping the two sets is no other partition; swapping the
    sides of one component against another's is, since no tie says who belongs
    with whom, so an isolated node doubles them. `distinct` leaves those swaps
    out: one of each, with the first node of every component in the first set;
    `partitions` begins with them.

    `frustrated` are the ties that the first partition frustrates.
    """

    index: int
    lower_bound: int
    gap: int
    is_optimal: bool
    partitions: tuple[Partition, ...]
    distinct: tuple[Partition, ...]
    count: int | None
    has_more: bool
    frustrated: tuple[tuple[Any, Any], ...]


def frustration(graph: nx.Graph, time_limit: float = 60) -> Frustration:
    """Frustration index of a signed graph with its proof and all optimal partitions.

    Exact, by integer programming: the graph is cut into biconnected blocks;
    each gets a lower bound from its negative cycles, a partition from local
    search, and, where the two do not meet, HiGHS closes the gap. After
    `time_limit` seconds the result says what is proven by then. The first search
    and bound of every block, and the listing of partitions, come on top; their
    work is bounded. What is optimal and listed whole is the same on every machine.

    An empty graph, or one without ties, has index 0: nothing is frustrated.

    Raises
    ------
    ValueError
        If the time limit is not positive, or the graph is directed or a
        multigraph, has a self-loop, or a tie whose sign is not 1 or -1.

    References
    ----------
    S. Aref, A. J. Mason and M. C. Wilson (2018), Computing the line index of
    balance using integer programming optimisation, in Optimization Problems in
    Graph Theory, Springer, 65-84; the same (2020), A modeling and computational
    study of the frustration index in signed networks, Networks 75, 95-110.

    Examples
    --------
    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": -1}), ("a", "c", {"sign": 1})])
    >>> result = frustration(g)
    >>> result.index, result.is_optimal, len(result.partitions)
    (1, True, 3)
    >>> [sorted(side) for side in result.partitions[0]], result.frustrated
    ([['a', 'b', 'c'], []], (('b', 'c'),))
    """
    require_signed(graph)
    if not time_limit > 0:
        raise ValueError(f"time_limit is {time_limit!r}; expected a positive number of seconds")
    deadline = time.monotonic() + time_limit
    blocks = list(split(graph))
    solved = {
        number: _solve(blocks[number], deadline)
        for number in sorted(range(len(blocks)), key=lambda one: len(blocks[one].sign))
    }
    optima = [solved[number] for number in range(len(blocks))]
    index = sum(one.index for one in optima)
    floor = sum(one.lower_bound for one in optima)
    listed, distinct = _assemble(graph, blocks, [one.sides for one in optima])
    count = None
    if not any(one.has_more for one in optima):
        count = prod(len(one.sides) for one in optima)
        count *= 2 ** max(nx.number_connected_components(graph) - 1, 0)
    return Frustration(
        index=index,
        lower_bound=floor,
        gap=index - floor,
        is_optimal=index == floor,
        partitions=listed,
        distinct=distinct,
        count=count,
        has_more=count is None or count > len(listed),
        frustrated=frustrated_ties(graph, listed[0]),
    )


def frustrated_ties(graph: nx.Graph, partition: Partition) -> tuple[tuple[Any, Any], ...]:
    """Ties at odds with a partition: positive between its sides or negative within one.

    Each with its ends in the order of their text, sorted.

    Raises
    ------
    ValueError
        If the graph is no signed graph, or a node stands in neither set or in both.

    Examples
    --------
    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": -1})])
    >>> frustrated_ties(g, (frozenset("a"), frozenset("bc")))
    (('a', 'b'), ('b', 'c'))
    """
    require_signed(graph)
    first, second = partition
    for node in graph:
        if (node in first) == (node in second):
            raise ValueError(f"node {node!r} must stand in one of the two sets, and in one only")
    found = [
        tuple(sorted((a, b), key=by_text))
        for a, b, sign in graph.edges(data="sign")
        if ((a in first) == (b in first)) != (sign == 1)
    ]
    return tuple(sorted(found, key=lambda tie: tuple(map(by_text, tie))))


@dataclass(frozen=True)
class _Solved:
    index: int
    lower_bound: int
    sides: list[np.ndarray]
    has_more: bool


def _solve(block: Block, deadline: float) -> _Solved:
    """Index, bound and optimal sides of one block."""
    side = block.along(np.ones(len(block.sign)))
    if not block.frustrated(side).any():
        return _Solved(0, 0, [side], False)
    known = relax(block, search(block, side, QUICK), deadline)
    side = known.side if known.is_tight else search(block, known.side, THOROUGH)
    side, floor = improve(block, side, known, deadline - time.monotonic())
    index = int(block.frustrated(side).sum())
    if index > floor:
        return _Solved(index, floor, [side], True)
    sides, has_more = enumerate_optima(block, side, known, MAX_PARTITIONS)
    return _Solved(index, floor, sides, has_more)


def _assemble(
    graph: nx.Graph, blocks: list[Block], sides: list[list[np.ndarray]]
) -> tuple[tuple[Partition, ...], tuple[Partition, ...]]:
    """Partitions of the graph from those of its blocks: all up to the limit, and the distinct."""
    nodes = in_order(graph)
    place = {node: position for position, node in enumerate(nodes)}
    members = [[place[node] for node in block.nodes] for block in blocks]
    parts = [sorted(place[node] for node in part) for part in nx.connected_components(graph)]
    parts.sort()
    order = _reach(members, [part[0] for part in parts])
    found = []
    for choice in islice(product(*sides), MAX_PARTITIONS):
        side = np.zeros(len(nodes), dtype=int)
        for number, hinge in order:
            inner = choice[number]
            # The block is swapped, if need be, to agree on the node it is hinged at.
            swap = inner[members[number].index(hinge)] ^ side[hinge]
            side[members[number]] = inner ^ swap
        found.append(side)
    found.sort(key=lambda side: side.tolist())
    distinct = tuple(_pair(nodes, side) for side in found)
    listed: list[Partition] = []
    for flips in islice(product((0, 1), repeat=max(len(parts) - 1, 0)), MAX_PARTITIONS):
        flip = np.zeros(len(nodes), dtype=int)
        for part, up in zip(parts[1:], flips, strict=True):
            flip[part] = up
        listed += [_pair(nodes, side ^ flip) for side in found[: MAX_PARTITIONS - len(listed)]]
    return tuple(listed), distinct


def _reach(members: list[list[int]], roots: list[int]) -> list[tuple[int, int]]:
    """Blocks in an order in which each hangs on a node placed before: (block, that node)."""
    of: dict[int, list[int]] = {}
    for number, inside in enumerate(members):
        for node in inside:
            of.setdefault(node, []).append(number)
    order, seen = [], set()
    queue = list(roots)
    while queue:
        node = queue.pop()
        for number in of.get(node, []):
            if number not in seen:
                seen.add(number)
                order.append((number, node))
                queue.extend(members[number])
    return order


def _pair(nodes: list[Any], side: np.ndarray) -> Partition:
    first = frozenset(node for node, up in zip(nodes, side, strict=True) if not up)
    return first, frozenset(nodes) - first
