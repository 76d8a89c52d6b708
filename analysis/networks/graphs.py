"""Ties as graphs, and the same graph with charges believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import networkx as nx
import pandas as pd


def graph(ties: pd.DataFrame) -> nx.Graph:
    """Signed graph of the ties that are cooperative or conflictual; mixed ones stay out.

    Nodes and ties in order, so that the same ties give the same graph.

    >>> frame = pd.DataFrame({"a": ["IEA", "IEA"], "b": ["PAK", "TTP"], "sign": [0, 1]})
    >>> list(graph(frame).edges(data="sign"))
    [('IEA', 'TTP', 1)]
    """
    return of_signs(signs(ties))


def of_signs(pairs: Mapping[tuple[str, str], int]) -> nx.Graph:
    """`graph` of the sign of each pair, pairs in order.

    >>> list(of_signs({("IEA", "PAK"): 0, ("IEA", "TTP"): 1}).edges(data="sign"))
    [('IEA', 'TTP', 1)]
    """
    made = nx.Graph()
    made.add_edges_from((a, b, {"sign": sign}) for (a, b), sign in pairs.items() if sign)
    return made


def signs(ties: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Sign of each pair of actors that has a tie: 1, -1, or 0 for mixed."""
    pairs = zip(ties["a"], ties["b"], strict=True)
    return dict(sorted(zip(pairs, ties["sign"].astype(int).tolist(), strict=True)))


def turned(ties: pd.DataFrame, other: pd.DataFrame) -> dict[tuple[str, str], int | None]:
    """Pairs whose sign differs in the other network, with its sign there; None where no tie is.

    >>> one = pd.DataFrame({"a": ["IEA"], "b": ["PAK"], "sign": [0]})
    >>> turned(one, one.assign(sign=1)), turned(one, one.iloc[:0])
    ({('IEA', 'PAK'): 1}, {('IEA', 'PAK'): None})
    """
    here, there = signs(ties), signs(other)
    return {
        pair: there.get(pair)
        for pair in sorted(here.keys() | there.keys())
        if here.get(pair) != there.get(pair)
    }


def with_signs(plain: nx.Graph, changes: dict[tuple[str, str], int | None]) -> nx.Graph:
    """Graph with some ties set anew: to 1 or -1, or taken out where mixed (0) or gone (None).

    >>> plain = nx.Graph([("IEA", "PAK", {"sign": 1})])
    >>> list(with_signs(plain, {("IEA", "PAK"): 0, ("IEA", "TTP"): 1}).edges)
    [('IEA', 'TTP')]
    """
    made = nx.Graph()
    edges = {tuple(sorted((a, b))): sign for a, b, sign in plain.edges(data="sign")}
    for (a, b), sign in sorted((edges | dict(changes)).items()):
        if sign:
            made.add_edge(a, b, sign=sign)
    return made


def cases(
    plain: nx.Graph, changes: dict[tuple[str, str], int | None]
) -> Iterator[tuple[tuple[tuple[str, str], ...], nx.Graph]]:
    """The graph with no change, with each change alone, and with all of them.

    >>> [len(pairs) for pairs, _ in cases(nx.Graph(), {("a", "b"): 1, ("a", "c"): -1})]
    [0, 1, 1, 2]
    """
    yield (), plain
    for pair, sign in changes.items():
        yield (pair,), with_signs(plain, {pair: sign})
    if len(changes) > 1:
        yield tuple(changes), with_signs(plain, changes)
