"""Triangles by their signs, and the share of them that is balanced."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import networkx as nx

from analysis.signed.rules import in_order, require_signed

PATTERNS = ("+++", "++-", "+--", "---")


def list_triangles(graph: nx.Graph) -> Iterator[tuple[tuple[Any, Any, Any], str, bool]]:
    """Every triangle as (its three nodes in sorted order, pattern of signs, whether balanced).

    Raises
    ------
    ValueError
        If the graph is directed or a multigraph, has a self-loop, or a tie
        whose sign is not 1 or -1.

    Examples
    --------
    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": -1}), ("a", "c", {"sign": 1})])
    >>> list(list_triangles(g))
    [(('a', 'b', 'c'), '++-', False)]
    """
    require_signed(graph)
    for node in in_order(graph):
        later = sorted((other for other in graph[node] if str(other) > str(node)), key=str)
        for second, third in combinations(later, 2):
            if graph.has_edge(second, third):
                pairs = ((node, second), (node, third), (second, third))
                negative = sum(graph.edges[pair]["sign"] == -1 for pair in pairs)
                yield (node, second, third), PATTERNS[negative], negative % 2 == 0


def triangles(graph: nx.Graph) -> dict[str, int]:
    """Number of triangles by their signs (Cartwright and Harary 1956).

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

    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": -1}), ("a", "c", {"sign": -1})])
    >>> triangle_balance(g)
    1.0
    """
    counts = triangles(graph)
    total = sum(counts.values())
    return (counts["+++"] + counts["+--"]) / total if total else float("nan")
