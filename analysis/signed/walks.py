"""Balance by closed walks of every length, long ones counting less."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np
from scipy.special import logsumexp

from analysis.signed.rules import in_order, require_signed, signed_matrix


def walk_balance(graph: nx.Graph) -> float:
    r"""Share of balance over closed walks, tr exp(A) / tr exp(abs A) (Estrada and Benzi 2014).

    One if and only if the graph is balanced, above zero always. A closed walk
    of length k counts 1/k!, with the product of its signs. NaN without ties:
    there is nothing to measure. A disconnected graph is measured whole: traces
    add over components, so a component weighs by the number of its closed walks.

    Both traces come from eigenvalues through a log-sum-exp, so that large or
    dense graphs do not overflow.

    Raises
    ------
    ValueError
        If the graph is directed or a multigraph, has a self-loop, or a tie
        whose sign is not 1 or -1.

    References
    ----------
    E. Estrada and M. Benzi (2014), Walk-based measure of balance in signed
    networks, Physical Review E 90, 042802.

    Examples
    --------
    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": -1}), ("a", "c", {"sign": -1})])
    >>> round(walk_balance(g), 12)
    1.0
    >>> g.edges["a", "b"]["sign"] = -1
    >>> round(walk_balance(g), 6)
    0.685788
    """
    require_signed(graph)
    if graph.number_of_edges() == 0:
        return float("nan")
    matrix = signed_matrix(graph, in_order(graph))
    signed = logsumexp(np.linalg.eigvalsh(matrix))
    unsigned = logsumexp(np.linalg.eigvalsh(np.abs(matrix)))
    return float(np.exp(signed - unsigned))


def walk_balances(
    graph: nx.Graph, ties: Sequence[tuple[Any, Any]], draws: np.ndarray
) -> np.ndarray:
    """`walk_balance` of a graph for each row of signs, one sign a tie.

    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": 1}), ("a", "c", {"sign": 1})])
    >>> walk_balances(g, list(g.edges), np.array([[1, 1, -1], [-1, 1, -1]])).round(6)
    array([0.685788, 1.      ])
    """
    if not ties:
        return np.full(len(draws), np.nan)
    place = {node: number for number, node in enumerate(in_order(graph))}
    head, tail = np.array([(place[a], place[b]) for a, b in ties]).T
    matrix = np.zeros((len(place), len(place)))
    values = np.empty((len(draws), len(place)))
    for number, signs in enumerate(draws):
        matrix[head, tail] = matrix[tail, head] = signs
        values[number] = np.linalg.eigvalsh(matrix)
    # Without their signs the walks are the same in every draw.
    unsigned = logsumexp(np.linalg.eigvalsh(np.abs(matrix)))
    ratio: np.ndarray = np.exp(logsumexp(values, axis=1) - unsigned)
    return ratio
