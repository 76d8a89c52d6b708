"""Brokerage roles between groups, in the conventions of R's sna (Gould and Fernandez 1989)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import permutations
from math import comb
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

ROLES = ("coordinator", "itinerant", "representative", "gatekeeper", "liaison")
COLUMNS = (*ROLES, "total")


@dataclass(frozen=True)
class NetworkBrokerage:
    """Roles summed over the whole graph: four series over the role columns."""

    raw: pd.Series
    expected: pd.Series
    sd: pd.Series
    z: pd.Series


@dataclass(frozen=True)
class Brokerage:
    """Roles of every node: four frames, one row a node, one column a role, and `total`.

    `raw` counts ordered pairs brokered; `expected` and `sd` are what a random
    graph of the same density and group sizes gives; `z` is their distance in
    standard deviations, NaN where sd is zero. `network` is the same for the graph.
    """

    raw: pd.DataFrame
    expected: pd.DataFrame
    sd: pd.DataFrame
    z: pd.DataFrame
    network: NetworkBrokerage


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

    Expectation and variance are those that sna computes: of a random graph in
    which every arc exists by itself with the observed density, groups as given
    (not of a permutation of labels). For nodes they are exact. For the whole
    graph the expectations and the variances of itinerant and liaison are exact;
    sna's variances of coordinator, representative, gatekeeper and total leave
    out some pairs of two-paths that exclude each other, so they are too large
    and their z too near to zero. They are kept, so that numbers agree with sna.

    Nodes without arcs count; an arc's attributes do not. Where the density is
    0 or 1, sd is zero and z is NaN. An empty graph gives empty frames.

    Parameters
    ----------
    graph
        Directed, without parallel arcs or self-loops. Rows come in its order of nodes.
    group
        The group of every node; groups are compared by equality. Names that
        are no node of the graph may be there and change nothing.

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
    >>> roles.raw.loc["CHN"].to_dict()["itinerant"], roles.raw.loc["IEA"].to_dict()["liaison"]
    (1, 1)
    >>> roles.network.raw["total"]
    np.int64(2)
    """
    _require_directed(graph)
    nodes = list(graph)
    member = _groups(nodes, group)
    codes = {name: code for code, name in enumerate(dict.fromkeys(member))}
    of = np.array([codes[name] for name in member], dtype=int)
    sizes = np.bincount(of, minlength=len(codes))
    possible = len(nodes) * (len(nodes) - 1)
    density = graph.number_of_edges() / possible if possible else 0.0
    moments = [_node_moments(sizes, own, density) for own in range(len(sizes))]
    index = pd.Index(nodes, dtype=object)

    def frame(values: Any) -> pd.DataFrame:
        return pd.DataFrame(
            np.reshape(values, (len(nodes), len(COLUMNS))), index=index, columns=COLUMNS
        )

    counts = _count(graph, nodes, of)
    raw = frame(np.column_stack([counts, counts.sum(axis=1)]))
    expected = frame([moments[own][0] for own in of])
    sd = frame([np.sqrt(moments[own][1]) for own in of])
    mean, variance = _network_moments(sizes, density)
    total = raw.sum()
    whole = pd.Series(mean, index=COLUMNS)
    spread = pd.Series(np.sqrt(np.maximum(variance, 0.0)), index=COLUMNS)
    network = NetworkBrokerage(total, whole, spread, (total - whole) / spread.where(spread > 0))
    return Brokerage(raw, expected, sd, (raw - expected) / sd.where(sd > 0), network)


def _require_directed(graph: nx.DiGraph) -> None:
    if not graph.is_directed():
        raise ValueError(
            "expected a directed graph; graph.to_directed() turns every tie into two arcs"
        )
    if graph.is_multigraph():
        raise ValueError("expected a graph without parallel arcs; nx.DiGraph(graph) merges them")
    loop = next(nx.selfloop_edges(graph), None)
    if loop:
        raise ValueError(f"self-loop at {loop[0]!r}; nobody brokers to itself, remove it first")


def _groups(nodes: list[Any], group: Mapping[Any, Hashable]) -> list[Hashable]:
    found = [group.get(node) for node in nodes]
    for node, name in zip(nodes, found, strict=True):
        if name is None or name != name:
            raise ValueError(f"no group for node {node!r}; every node of the graph needs one")
    return found


def _count(graph: nx.DiGraph, nodes: list[Any], of: np.ndarray) -> np.ndarray:
    """Open two-paths through each node by role; integers, one row a node."""
    place = {node: row for row, node in enumerate(nodes)}
    counts = np.zeros((len(nodes), len(ROLES)), dtype=int)
    for node, row in place.items():
        for source in graph.predecessors(node):
            for target in graph.successors(node):
                if source != target and not graph.has_edge(source, target):
                    role = _role(of[place[source]], of[row], of[place[target]])
                    counts[row, ROLES.index(role)] += 1
    return counts


def _role(source: int, broker: int, target: int) -> str:
    if source == broker:
        return "coordinator" if broker == target else "representative"
    if broker == target:
        return "gatekeeper"
    return "itinerant" if source == target else "liaison"


def _node_moments(sizes: np.ndarray, own: int, d: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of a node's roles in a random graph of density d, its group being `own`.

    Each ordered pair is brokered with probability q = d²(1-d); two pairs hang
    together, by d³(1-d)³, only if they share source or target.
    """
    size, everyone = int(sizes[own]), int(sizes.sum())
    others = np.delete(sizes, own)
    outside = everyone - size
    pairs = np.array(
        [
            (size - 1) * (size - 2),
            (others * (others - 1)).sum(),
            outside * (size - 1),
            outside * (size - 1),
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


def _network_moments(sizes: np.ndarray, d: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the sums over the graph, variance as written in sna.

    Two open two-paths hang together by `same` when they share an arc, by
    `apart` when the arc of one is the missing arc of the other, by `open` when
    they lack the same arc.
    """
    n = sizes.astype(float)
    everyone = n.sum()
    same, apart, lack = d**3 * (1 - d) ** 3, d**4 * (1 - d) ** 2, d**5 * (1 - d)
    inside = n * (n - 1) * (n - 2)
    across = n * (everyone - n) * (n - 1)
    whole = everyone * (everyone - 1) * (everyone - 2)
    triples = list(permutations(n.tolist(), 3))
    count = np.array(
        [
            inside.sum(), across.sum(), across.sum(), across.sum(),
            sum(i * j * k for i, j, k in triples), whole,
        ]
    )  # fmt: skip
    itinerant = sum(
        x * y * (x - 1) * ((2 * x + 2 * y - 6) * same + (everyone - x - 1) * lack)
        for x, y in permutations(n.tolist(), 2)
    )
    bridging = (across * ((everyone - 3) * same + (n - 2) * lack)).sum()
    liaison = sum(
        i * j * k * (
            (4 * (everyone - j) - 2 * (i + k + 1)) * same
            - (4 * (everyone - k) - 2 * (i + j + 1)) * apart
            + (everyone - (i + k + 1)) * lack
        )
        for i, j, k in triples
    )  # fmt: skip
    extra = np.array(
        [
            (inside * ((4 * n - 10) * same - 4 * (n - 3) * apart + (n - 3) * lack)).sum(),
            itinerant, bridging, bridging, liaison,
            whole * (
                (4 * everyone - 10) * same - 4 * (everyone - 3) * apart + (everyone - 3) * lack
            ),
        ]
    )  # fmt: skip
    q = d**2 * (1 - d)
    return count * q, count * q * (1 - q) + extra
