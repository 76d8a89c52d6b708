"""Whether balance is more than topology and the number of negative ties would give."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

import networkx as nx
import numpy as np

from analysis.signed.rules import by_text, require_signed
from analysis.signed.triads import triangle_balance, triangle_balances
from analysis.signed.walks import walk_balance, walk_balances

SMALL_TIES = 20
SMALL_ARRANGEMENTS = 1000
Statistic = Callable[[nx.Graph], float]
Tie = tuple[Any, Any]
# Measures that know what a change of signs leaves as it is need not read the graph for every draw.
_OF_DRAWS: Mapping[Statistic, Callable[[nx.Graph, Sequence[Tie], np.ndarray], np.ndarray]] = {
    triangle_balance: triangle_balances,
    walk_balance: walk_balances,
}


class SmallGraphWarning(UserWarning):
    """Too few ties, or too few ways to arrange their signs, for a test to tell much."""


@dataclass(frozen=True)
class SignPermutation:
    """A measure on a signed graph beside the same measure after shuffling the signs.

    `null` holds one value a shuffle; `p` is two-sided; `arrangements` counts the
    different ways to lay the signs on the ties; `is_small` says that the test
    is weak, for the reason in the warning.
    """

    observed: float
    null: np.ndarray
    mean: float
    sd: float
    p: float
    arrangements: int
    is_small: bool


def sign_permutation(graph: nx.Graph, statistic: Statistic, n: int, seed: int) -> SignPermutation:
    """Null distribution of a measure when signs are shuffled over the same ties.

    Topology and the number of negative ties stay as they are. `sd` is that of
    the n shuffles (divisor n - 1; NaN for one). Two-sided p = (b + 1) / (n + 1),
    where b shuffles lie at least as far from the mean of the null as the
    observed value: never zero, since the observed arrangement is one of those
    possible (Phipson and Smyth 2010). mean, sd and p are NaN where the measure
    is NaN on the graph or on any shuffle.

    Its weakness: ties are taken to be exchangeable, so a sign that follows from
    its neighbours (blocs, a common foe) counts as evidence once for every tie;
    and p says nothing of how the ties themselves came about.

    Raises
    ------
    ValueError
        If n is below 1, or the graph is directed or a multigraph, has a
        self-loop, or a tie whose sign is not 1 or -1.

    Warns
    -----
    SmallGraphWarning
        If there are fewer than 20 ties, or fewer than 1000 ways to arrange the signs.

    References
    ----------
    B. Phipson and G. K. Smyth (2010), Permutation p-values should never be
    zero, Statistical Applications in Genetics and Molecular Biology 9(1), 39.

    Examples
    --------
    >>> from itertools import combinations
    >>> from analysis.signed import triangle_balance
    >>> g = nx.Graph()
    >>> for a, b in combinations(range(8), 2):
    ...     g.add_edge(a, b, sign=1 if (a < 4) == (b < 4) else -1)
    >>> test = sign_permutation(g, triangle_balance, n=199, seed=1)
    >>> test.observed, test.p
    (1.0, 0.005)
    """
    require_signed(graph)
    if n < 1:
        raise ValueError(f"n is {n}; expected at least one shuffle")
    # Ties in the order of their text, so that a seed means the same however the graph was built.
    ties = sorted(
        (tuple(sorted(tie, key=by_text)) for tie in graph.edges),
        key=lambda tie: tuple(map(by_text, tie)),
    )
    signs = np.array([graph.edges[tie]["sign"] for tie in ties], dtype=int)
    arrangements = comb(len(signs), int((signs < 0).sum()))
    is_small = len(signs) < SMALL_TIES or arrangements < SMALL_ARRANGEMENTS
    if is_small:
        warnings.warn(
            f"{len(signs)} ties whose signs can be arranged in {arrangements} ways: "
            "too small a graph for the test to tell much",
            SmallGraphWarning,
            stacklevel=2,
        )
    observed = float(statistic(graph))
    generator = np.random.default_rng(seed)
    draws = np.array([generator.permutation(signs) for _ in range(n)])
    of_draws = _OF_DRAWS.get(statistic)
    null = of_draws(graph, ties, draws) if of_draws else _each(statistic, graph, ties, draws)
    mean = float(null.mean())
    sd = float(null.std(ddof=1)) if n > 1 else float("nan")
    # Values that differ by rounding alone are as far away as the observed one.
    far = np.abs(null - mean) >= abs(observed - mean) * (1 - 1e-9) - 1e-12
    p = float((far.sum() + 1) / (n + 1))
    if np.isnan(observed) or np.isnan(mean):
        mean = sd = p = float("nan")
    return SignPermutation(observed, null, mean, sd, p, arrangements, is_small)


def _each(
    statistic: Statistic, graph: nx.Graph, ties: Sequence[Tie], draws: np.ndarray
) -> np.ndarray:
    """Any measure, on the graph with its signs laid anew draw by draw."""
    shuffled = graph.copy()
    null = np.empty(len(draws))
    for number, signs in enumerate(draws.tolist()):
        for (a, b), sign in zip(ties, signs, strict=True):
            shuffled.edges[a, b]["sign"] = sign
        null[number] = statistic(shuffled)
    return null
