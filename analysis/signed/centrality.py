"""Standing of single actors in a signed graph."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from analysis.signed.rules import in_order, require_signed, signed_matrix


def pn_centrality(graph: nx.Graph) -> dict[Any, float]:
    """PN index of every node: friends of the well-placed gain, foes lose (Everett and Borgatti).

    Solves (I - A / (2n - 2)) x = 1 with A = P - 2N, P and N the positive and
    negative ties, n the number of all nodes, isolated ones included. A node
    without ties has 1. NaN where the index does not exist: for a single node,
    and for two nodes joined by a negative tie, whose matrix has no inverse.
    Every larger graph has one.

    Raises
    ------
    ValueError
        If the graph is directed or a multigraph, has a self-loop, or a tie
        whose sign is not 1 or -1.

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
    require_signed(graph)
    nodes = in_order(graph)
    signs = signed_matrix(graph, nodes)
    if len(nodes) == 1 or (len(nodes) == 2 and signs[0, 1] < 0):
        return dict.fromkeys(nodes, float("nan"))
    if not nodes:
        return {}
    weights = np.where(signs < 0, -2.0, signs) / (2 * len(nodes) - 2)
    values = np.linalg.solve(np.eye(len(nodes)) - weights, np.ones(len(nodes)))
    return dict(zip(nodes, values.tolist(), strict=True))


def signed_degree(graph: nx.Graph) -> pd.DataFrame:
    """Number of positive and negative ties of every node, and the first less the second.

    One row a node in the order of their text; integer columns `positive`,
    `negative`, `net`. No rows for an empty graph.

    Raises
    ------
    ValueError
        If the graph is directed or a multigraph, has a self-loop, or a tie
        whose sign is not 1 or -1.

    Examples
    --------
    >>> g = nx.Graph([("a", "b", {"sign": 1}), ("b", "c", {"sign": -1})])
    >>> signed_degree(g)
       positive  negative  net
    a         1         0    1
    b         1         1    0
    c         0         1   -1
    """
    require_signed(graph)
    nodes = in_order(graph)
    signs = [[sign for _, _, sign in graph.edges(node, data="sign")] for node in nodes]
    frame = pd.DataFrame(
        {
            "positive": [row.count(1) for row in signs],
            "negative": [row.count(-1) for row in signs],
        },
        index=pd.Index(nodes, dtype=object),
        dtype="int64",
    )
    return frame.assign(net=frame["positive"] - frame["negative"])
