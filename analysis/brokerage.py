"""Brokerage roles between groups, in the conventions of R's sna (Gould and Fernandez 1989)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import comb
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

ROLES = ("coordinator", "itinerant", "representative", "gatekeeper", "liaison")
COLUMNS = (*ROLES, "total")


@dataclass(frozen=True)
class Brokerage:
    """Roles of every node: four frames, one row a node, one column a role, and `total`.

    `raw` counts ordered pairs brokered; `expected` and `sd` are what a random
    graph of the same density and group sizes gives; `z` is their distance in
    standard deviations, NaN where sd is zero.
    """

    raw: pd.DataFrame
    expected: pd.DataFrame
    sd: pd.DataFrame
    z: pd.DataFrame


def brokerage(graph: nx.DiGraph, group: Mapping[Any, Hashable]) -> Brokerage:
    """Gould-Fernandez brokerage of every node of a directed graph between the groups given.

    Node v brokers from a to b when a -> v -> b and not a -> b: open two-paths
    only, counted as ordered pairs. By the groups of a, v and b the role is

    ============== ========= ============ ===============================
    column         in sna    groups       v mediates
    ============== ========= ============ ===============================
    coordinator    w_I       A -> A -> A  within its own group
    itinerant      w_O       A -> B -> A  between members of another one
    representative b_IO      A -> A -> B  from its own group outwards
    gatekeeper     b_OI      A -> B -> B  from outside into its own group
    liaison        b_O       A -> B -> C  between two other groups
    total          t         any of these
    ============== ========= ============ ===============================

    Expectation and variance are exact, and those that sna computes: of a random
    graph in which every arc exists by itself with the observed density, groups
    as given (not of a permutation of labels). Where the density is 0 or 1, sd is
    zero and z is NaN. Nodes without arcs count; attributes of arcs do not. Rows
    come in the graph's order of nodes; an empty graph gives empty frames. Names
    in `group` that are no node of the graph change nothing.

    Raises
    ------
    ValueError
        If the graph is undirected or a multigraph, has a self-loop, or a node
        has no group (none given, None or NaN).

    References
    ----------
    R. V. Gould and R. M. Fernandez (1989), Structures of mediation: a formal
    approach to brokerage in transaction networks, Sociological Methodology 19,
    89-126. C. T. Butts, R package sna, function brokerage.

    Examples
    --------
    >>> g = nx.DiGraph([("PAK", "CHN"), ("CHN", "IEA"), ("IEA", "UZB")])
    >>> roles = brokerage(g, {"PAK": "south", "IEA": "south", "CHN": "east", "UZB": "north"})
    >>> roles.raw.loc["CHN", "itinerant"], roles.raw.loc["IEA", "liaison"]
    (np.int64(1), np.int64(1))
    """
    _require(graph, group)
    nodes = list(graph)
    groups = list(dict.fromkeys(group[node] for node in nodes))
    own = [groups.index(group[node]) for node in nodes]
    sizes = np.bincount(own, minlength=len(groups))
    density = nx.density(graph)
    moments = [_moments(sizes, each, density) for each in range(len(groups))]

    def frame(values: list[np.ndarray]) -> pd.DataFrame:
        rows = np.reshape(values, (len(nodes), len(COLUMNS)))
        return pd.DataFrame(rows, index=pd.Index(nodes, dtype=object), columns=COLUMNS)

    raw = _count(graph, group)
    expected = frame([moments[each][0] for each in own])
    sd = frame([np.sqrt(moments[each][1]) for each in own])
    return Brokerage(raw, expected, sd, (raw - expected) / sd.where(sd > 0))


def _require(graph: nx.DiGraph, group: Mapping[Any, Hashable]) -> None:
    if not graph.is_directed():
        raise ValueError(
            "expected a directed graph; graph.to_directed() turns every tie into two arcs"
        )
    if graph.is_multigraph():
        raise ValueError("expected a graph without parallel arcs; nx.DiGraph(graph) merges them")
    for node, _ in nx.selfloop_edges(graph):
        raise ValueError(f"self-loop at {node!r}; nobody brokers to itself, remove it first")
    for node in graph:
        name = group.get(node)
        if name is None or name != name:
            raise ValueError(f"no group for node {node!r}; every node of the graph needs one")


def _count(graph: nx.DiGraph, group: Mapping[Any, Hashable]) -> pd.DataFrame:
    """Open two-paths through each node by role."""
    counts = {node: dict.fromkeys(COLUMNS, 0) for node in graph}
    for node in graph:
        for source in graph.predecessors(node):
            for target in graph.successors(node):
                if source != target and not graph.has_edge(source, target):
                    counts[node][_role(group[source], group[node], group[target])] += 1
                    counts[node]["total"] += 1
    rows = np.array([list(count.values()) for count in counts.values()], dtype=int)
    index = pd.Index(list(counts), dtype=object)
    return pd.DataFrame(rows.reshape(len(counts), len(COLUMNS)), index=index, columns=COLUMNS)


def _role(source: Hashable, broker: Hashable, target: Hashable) -> str:
    if source == broker:
        return "coordinator" if broker == target else "representative"
    if broker == target:
        return "gatekeeper"
    return "itinerant" if source == target else "liaison"


def _moments(sizes: np.ndarray, own: int, d: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of a node's roles in a random graph of density d, its group being `own`.

    Each ordered pair is brokered with probability q = d²(1-d); two pairs hang
    together, by d³(1-d)³, only if they share source or target.
    """
    size, everyone = int(sizes[own]), int(sizes.sum())
    others = np.delete(sizes, own)
    outside = everyone - size
    across = outside * (size - 1)
    pairs = np.array(
        [
            (size - 1) * (size - 2),
            (others * (others - 1)).sum(),
            across,
            across,
            outside**2 - (others**2).sum(),
            (everyone - 1) * (everyone - 2),
        ]
    )
    mixed = 2 * ((size - 1) * comb(outside, 2) + outside * comb(size - 1, 2))
    sharing = np.array(
        [
            2 * (size - 1) * (size - 2) * (size - 3),
            2 * (others * (others - 1) * (others - 2)).sum(),
            mixed,
            mixed,
            4 * sum(int(n) * comb(outside - int(n), 2) for n in others),
            2 * (everyone - 1) * (everyone - 2) * (everyone - 3),
        ]
    )
    q = d**2 * (1 - d)
    return pairs * q, pairs * q * (1 - q) + sharing * d**3 * (1 - d) ** 3
