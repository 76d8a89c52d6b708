"""Balance held against the same ties with their signs shuffled."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping

import networkx as nx

from analysis import signed

STATISTICS: Mapping[str, Callable[[nx.Graph], float]] = {
    "triangles": signed.triangle_balance,
    "walks": signed.walk_balance,
}


def shuffled(made: nx.Graph, draws: int, seed: int) -> dict[str, signed.SignPermutation]:
    """Permutation test of balance by triangles and by walks; none where there is no tie.

    That a graph is too small is told by `is_small` of the result, so that it
    is said on the page and not beside it.

    >>> test = shuffled(nx.Graph([("a", "b", {"sign": 1})]), draws=9, seed=1)["walks"]
    >>> round(test.observed, 6), round(test.p, 6), test.is_small
    (1.0, 1.0, True)
    """
    if not made.number_of_edges():
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", signed.SmallGraphWarning)
        return {
            name: signed.sign_permutation(made, statistic, draws, seed)
            for name, statistic in STATISTICS.items()
        }
