"""Blocks of a signed graph as arrays, and a quick search for good partitions of one.

Frustration adds up over biconnected blocks: two of them share at most one
actor, so the sides found in one can be swapped to fit the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np

from analysis.signed.rules import in_order

# Rounds of the search a node, at first and where the bound is not met; and the limit for a block.
QUICK, THOROUGH, MOST_ROUNDS = 3, 25, 2500
# Nodes that a round moves at once: so many, or a share of all nodes where that is more.
KICK, KICK_SHARE = 12, 0.05


@dataclass(frozen=True)
class Block:
    """One biconnected block: nodes, ends of the ties as positions of nodes, signs.

    A *side* vector holds 0 or 1 for every node. A tie is frustrated when it is
    positive across the sides or negative within one.
    """

    nodes: tuple[Any, ...]
    head: np.ndarray
    tail: np.ndarray
    sign: np.ndarray

    def frustrated(self, side: np.ndarray) -> np.ndarray:
        """Mask of the ties that the sides frustrate."""
        mask: np.ndarray = (side[self.head] != side[self.tail]) == (self.sign > 0)
        return mask

    @cached_property
    def neighbours(self) -> list[list[tuple[int, int]]]:
        """For every node its (neighbour, tie) pairs."""
        found: list[list[tuple[int, int]]] = [[] for _ in self.nodes]
        for tie, (a, b) in enumerate(zip(self.head.tolist(), self.tail.tolist(), strict=True)):
            found[a].append((b, tie))
            found[b].append((a, tie))
        return found

    @cached_property
    def links(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """For every node the positions of its neighbours and the signs of the ties to them."""
        pairs = [np.array(found, dtype=int).reshape(-1, 2).T for found in self.neighbours]
        return [(others, self.sign[ties]) for others, ties in pairs]

    @cached_property
    def tie(self) -> dict[tuple[int, int], int]:
        """The tie between two nodes, either way."""
        return {(a, b): tie for a, found in enumerate(self.neighbours) for b, tie in found}

    def along(self, weight: np.ndarray) -> np.ndarray:
        """Sides that satisfy every tie of the spanning tree of least weight, node 0 on side 0."""
        tree = nx.Graph()
        ties = zip(self.head.tolist(), self.tail.tolist(), weight.tolist(), strict=True)
        tree.add_weighted_edges_from(ties)
        side = np.zeros(len(self.nodes), dtype=int)
        for a, b in nx.bfs_edges(nx.minimum_spanning_tree(tree), 0):
            side[b] = side[a] if self.sign[self.tie[a, b]] > 0 else 1 - side[a]
        return side


def split(graph: nx.Graph) -> Iterator[Block]:
    """The biconnected blocks of a graph in a fixed order; isolated nodes are in none."""
    place = {node: position for position, node in enumerate(in_order(graph))}
    parts = [sorted(part, key=place.__getitem__) for part in nx.biconnected_components(graph)]
    for nodes in sorted(parts, key=lambda part: [place[node] for node in part]):
        local = {node: position for position, node in enumerate(nodes)}
        ties = sorted(
            (*sorted((local[a], local[b])), sign)
            for a, b, sign in graph.subgraph(nodes).edges(data="sign")
        )
        head, tail, sign = np.array(ties, dtype=int).T
        yield Block(tuple(nodes), head, tail, sign)


def descend(block: Block, side: np.ndarray) -> np.ndarray:
    """Sides after moving, one by one, the node whose move helps most, until none helps."""
    state = _State(block, side)
    state.descend()
    return state.side()


def search(block: Block, side: np.ndarray, rounds: int) -> np.ndarray:
    """Sides at least as good as those given: iterated descent, so many rounds a node.

    Each round moves a few nodes that hang together and descends from there; the
    outcome is kept unless it is worse. The same moves every time.
    """
    chance = np.random.default_rng(0)
    size = len(block.nodes)
    best = current = _State(block, side)
    kick = min(max(KICK, int(KICK_SHARE * size)), size)
    for _ in range(min(rounds * size, MOST_ROUNDS) if best.score else 0):
        trial = current.copy()
        start = int(chance.integers(size))
        for node in _region(block, start, int(chance.integers(1, kick + 1))):
            trial.move(node)
        trial.descend()
        if trial.score <= current.score:
            current = trial
            best = current if current.score < best.score else best
    return best.side()


def _region(block: Block, start: int, size: int) -> list[int]:
    """A node and those nearest to it, by breadth."""
    found = {start: None}
    for node in (queue := [start]):
        for other, _ in block.neighbours[node]:
            if len(found) >= size:
                return list(found)
            if other not in found:
                found[other] = None
                queue.append(other)
    return list(found)


class _State:
    """Sides as spins, with what each node's ties would gain from its staying."""

    def __init__(self, block: Block, side: np.ndarray) -> None:
        self.block = block
        self.spin = 1 - 2 * side
        both = block.sign * self.spin[block.head] * self.spin[block.tail]
        size = len(block.nodes)
        self.pull = np.bincount(block.head, both, size) + np.bincount(block.tail, both, size)
        self.score = int((both < 0).sum())

    def copy(self) -> _State:
        other = object.__new__(_State)
        other.block, other.score = self.block, self.score
        other.spin, other.pull = self.spin.copy(), self.pull.copy()
        return other

    def move(self, node: int) -> None:
        others, signs = self.block.links[node]
        self.score += int(self.pull[node])
        self.spin[node] = -self.spin[node]
        self.pull[others] += 2 * self.spin[node] * self.spin[others] * signs
        self.pull[node] = -self.pull[node]

    def descend(self) -> None:
        while self.pull[node := int(self.pull.argmin())] < 0:
            self.move(node)

    def side(self) -> np.ndarray:
        side: np.ndarray = (self.spin != self.spin[0]).astype(int)
        return side
