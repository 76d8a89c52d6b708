"""Two camps: every best way to part a network, and the ties that stand against it."""

from __future__ import annotations

import networkx as nx
import pandas as pd

from analysis import signed
from analysis.networks.balance import SECONDS


def parted(made: nx.Graph) -> signed.Frustration:
    """Frustration of a graph with its proof, within the time that balance is given.

    >>> parted(nx.Graph([("a", "b", {"sign": -1})])).index
    0
    """
    return signed.frustration(made, SECONDS)


def camps(made: nx.Graph, result: signed.Frustration) -> pd.DataFrame:
    """Every optimal partition, one row each: `partition` (from 1), `side`, `changes`.

    `side` holds the ids of the smaller camp, `changes` the ties that would have
    to change for these two camps, as `a;b`. Mirror images, and swaps of parts
    of the network that no tie joins, are left out.

    >>> two = nx.Graph([("a", "b", {"sign": -1}), ("b", "c", {"sign": 1})])
    >>> camps(two, parted(two)).values.tolist()
    [[1, ['a'], []]]
    """
    rows = []
    for number, (first, second) in enumerate(result.distinct, 1):
        smaller = min((first, second), key=lambda side: (len(side), sorted(side)))
        changes = signed.frustrated_ties(made, (first, second))
        rows.append((number, sorted(smaller), [";".join(tie) for tie in changes]))
    return pd.DataFrame(rows, columns=["partition", "side", "changes"])


def changing(camps: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Ties that would have to change in every optimal partition, and those in some only.

    >>> changing(pd.DataFrame({"changes": [["a;b", "b;c"], ["a;b", "c;d"]]}))
    (['a;b'], ['b;c', 'c;d'])
    """
    sets = [set(changes) for changes in camps["changes"]]
    always = set.intersection(*sets) if sets else set()
    return sorted(always), sorted(set().union(*sets) - always)
