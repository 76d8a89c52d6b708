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

STARTS = 60
KICK = 0.1


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
    def matrix(self) -> np.ndarray:
        """Symmetric matrix of signs."""
        matrix = np.zeros((len(self.nodes), len(self.nodes)))
        matrix[self.head, self.tail] = matrix[self.tail, self.head] = self.sign
        return matrix

    @cached_property
    def neighbours(self) -> list[list[tuple[int, int]]]:
        """For every node its (neighbour, tie) pairs."""
        found: list[list[tuple[int, int]]] = [[] for _ in self.nodes]
        for tie, (a, b) in enumerate(zip(self.head.tolist(), self.tail.tolist(), strict=True)):
            found[a].append((b, tie))
            found[b].append((a, tie))
        return found

    def along(self, weight: np.ndarray) -> np.ndarray:
        """Sides that satisfy every tie of the spanning tree of least weight, node 0 on side 0."""
        tree = nx.Graph()
        ties = zip(self.head.tolist(), self.tail.tolist(), weight.tolist(), strict=True)
        tree.add_weighted_edges_from(ties)
        side = np.zeros(len(self.nodes), dtype=int)
        for a, b in nx.bfs_edges(nx.minimum_spanning_tree(tree), 0):
            side[b] = side[a] if self.matrix[a, b] > 0 else 1 - side[a]
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
    spin = np.where(side == 0, 1.0, -1.0)
    pull = spin * (block.matrix @ spin)
    while (node := int(pull.argmin())) >= 0 and pull[node] < 0:
        spin[node] = -spin[node]
        pull += 2 * spin[node] * spin * block.matrix[node]
        pull[node] = -pull[node]
    moved = (spin < 0).astype(int)
    return moved if moved[0] == 0 else 1 - moved


def search(block: Block) -> np.ndarray:
    """Good sides for a block: exact if it is balanced, else the best of many descents.

    Starts from the leading eigenvector, from chance, and from the best sides
    with a tenth of the nodes moved; always the same ones.
    """
    best = block.along(np.ones(len(block.sign)))
    score = int(block.frustrated(best).sum())
    chance = np.random.default_rng(0)
    leading = np.linalg.eigh(block.matrix)[1][:, -1] if score else np.zeros(0)
    for start in range(STARTS if score else 0):
        if start == 0:
            side = (leading < 0).astype(int)
        elif start % 3 == 1:
            side = chance.integers(0, 2, len(block.nodes))
        else:
            side = best ^ (chance.random(len(block.nodes)) < KICK)
        side = descend(block, side)
        if (found := int(block.frustrated(side).sum())) < score:
            best, score = side, found
    return best
