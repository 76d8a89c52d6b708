"""What counts as a signed graph, and its matrix: one rule for every measure."""

from __future__ import annotations

from numbers import Real
from typing import Any

import networkx as nx
import numpy as np


def require_signed(graph: nx.Graph) -> None:
    """The rule of entry: undirected, no parallel tie, no self-loop, every sign 1 or -1.

    No graph is mended in silence: which of two directed signs holds, or what a
    missing sign means, is the caller's to say.

    Raises
    ------
    ValueError
        If the graph breaks the rule; the text names the tie and what was expected.

    Examples
    --------
    >>> require_signed(nx.Graph([("a", "b", {"sign": 0})]))
    Traceback (most recent call last):
    ValueError: tie 'a'-'b' has sign 0; expected 1 or -1
    """
    if graph.is_directed():
        raise ValueError(
            "expected an undirected graph, got a directed one; decide first which sign a pair "
            "has when its two directions differ"
        )
    if graph.is_multigraph():
        raise ValueError(
            "expected a graph without parallel ties, got a multigraph; merge the ties of a pair "
            "into one sign first"
        )
    for a, b, sign in graph.edges(data="sign"):
        if a == b:
            raise ValueError(f"self-loop at {a!r}; a tie needs two actors")
        if not isinstance(sign, Real) or isinstance(sign, bool) or sign not in (1, -1):
            raise ValueError(f"tie {a!r}-{b!r} has sign {sign!r}; expected 1 or -1")


def by_text(node: Any) -> tuple[str, str]:
    """What nodes are sorted by: their text, then their type, so that 1 and "1" stay two nodes.

    >>> sorted(["b", 1, "1"], key=by_text)
    [1, '1', 'b']
    """
    return str(node), type(node).__name__


def in_order(graph: nx.Graph) -> list[Any]:
    """Nodes sorted by their text, so that a result does not hang on the order of entry."""
    return sorted(graph, key=by_text)


def signed_matrix(graph: nx.Graph, nodes: list[Any]) -> np.ndarray:
    """Symmetric matrix of signs with zeros where there is no tie."""
    matrix: np.ndarray = nx.to_numpy_array(graph, nodelist=nodes, weight="sign")
    return matrix
