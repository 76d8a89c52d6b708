"""Triangles by their signs, and the share of them that is balanced."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np

from analysis.signed.rules import in_order, require_signed

PATTERNS = ("+++", "++-", "+--", "---")


def list_triangles(graph: nx.Graph) -> list[tuple[tuple[Any, Any, Any], str, bool]]:
    """Every triangle as (its three nodes in order of their text, its signs, whether balanced).

    The signs are one of `PATTERNS`, plus before minus; triangles come in the
    order of their nodes. A graph without triangles, an empty one too, gives an
    empty list.

    Raises
    ------
    ValueError
        If the graph is directed or a multigraph, has a self-loop, or a tie
        whose sign is not 1 or -1.

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
    require_signed(graph)
    nodes = in_order(graph)
    place = {node: position for position, node in enumerate(nodes)}
    found = []
    for node in nodes:
        later = sorted(
            (other for other in graph[node] if place[other] > place[node]), key=place.__getitem__
        )
        for second, third in combinations(later, 2):
            if graph.has_edge(second, third):
                pairs = ((node, second), (node, third), (second, third))
                negative = sum(1 for pair in pairs if graph.edges[pair]["sign"] == -1)
                found.append(((node, second, third), PATTERNS[negative], negative % 2 == 0))
    return found


def triangles(graph: nx.Graph) -> dict[str, int]:
    """Number of triangles by their signs, all four patterns always (Cartwright and Harary 1956).

    Raises
    ------
    ValueError
        As `list_triangles`.

    Examples
    --------
    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": -1}), ("a", "c", {"sign": -1})])
    >>> triangles(g)
    {'+++': 0, '++-': 0, '+--': 1, '---': 0}
    """
    counts = dict.fromkeys(PATTERNS, 0)
    for _, pattern, _ in list_triangles(graph):
        counts[pattern] += 1
    return counts


def triangle_balance(graph: nx.Graph) -> float:
    """Share of triangles whose three signs multiply to plus (Cartwright and Harary 1956).

    NaN when the graph has no triangle, so that "nothing to measure" is never
    read as "wholly unbalanced".

    Raises
    ------
    ValueError
        As `list_triangles`.

    Examples
    --------
    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": -1}), ("a", "c", {"sign": -1})])
    >>> triangle_balance(g)
    1.0
    """
    counts = triangles(graph)
    total = sum(counts.values())
    return (counts["+++"] + counts["+--"]) / total if total else float("nan")


def triangle_balances(
    graph: nx.Graph, ties: Sequence[tuple[Any, Any]], draws: np.ndarray
) -> np.ndarray:
    """`triangle_balance` of a graph for each row of signs, one sign a tie.

    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": 1}), ("a", "c", {"sign": 1})])
    >>> triangle_balances(g, list(g.edges), np.array([[1, 1, -1], [-1, 1, -1]]))
    array([0., 1.])
    """
    number = {tie: place for place, (a, b) in enumerate(ties) for tie in ((a, b), (b, a))}
    found = [nodes for nodes, _, _ in list_triangles(graph)]
    if not found:
        return np.full(len(draws), np.nan)
    sides = np.array([[number[a, b], number[a, c], number[b, c]] for a, b, c in found]).T
    balanced = (draws[:, sides[0]] * draws[:, sides[1]] * draws[:, sides[2]] > 0).sum(axis=1)
    share: np.ndarray = balanced / len(found)
    return share
