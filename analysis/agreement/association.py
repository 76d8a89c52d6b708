"""Do two relations among the same states go together? Rank correlation, nodes permuted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats


@dataclass(frozen=True)
class Permuted:
    """Result of a node-permutation test: rank correlation, p, states and pairs it rests on."""

    rho: float
    p: float
    states: int
    pairs: int
    draws: int


def rank_correlation(one: pd.Series, other: pd.Series) -> float:
    """Spearman's rank correlation where both are known; NaN under three pairs, or without spread.

    >>> rank_correlation(pd.Series([1.0, 2.0, 3.0, None]), pd.Series([9.0, 5.0, 1.0, 0.0]))
    -1.0
    """
    return _rho(one.to_numpy(dtype=float), other.to_numpy(dtype=float))


def permuted(
    one: pd.DataFrame, other: pd.DataFrame, *, draws: int = 999, seed: int = 1
) -> Permuted:
    """Node-permutation (QAP) test of the rank correlation of two symmetric relations.

    Both frames are square with the same labels. Pairs share states, so they are
    not independent: the states of `other` are relabelled at random, all pairs
    of a state moving together, and `p` = (b + 1) / (draws + 1), b the number of
    relabellings whose correlation is at least as large in size (Krackhardt
    1988). States without any pair known in both frames take no part; other
    unknown pairs are left out, in each relabelling anew. NaN where fewer than
    three pairs are known, or nothing varies.

    Raises
    ------
    ValueError
        If the labels differ, a frame is not square and symmetric, or draws is
        below 1.

    Examples
    --------
    >>> square = pd.DataFrame(np.abs(np.subtract.outer(range(6), range(6))) * 1.0)
    >>> found = permuted(square, square, draws=199, seed=1)
    >>> found.rho, found.pairs, found.p < 0.05
    (1.0, 15, True)
    """
    if draws < 1:
        raise ValueError(f"draws is {draws}; expected 1 or more")
    for frame in (one, other):
        if list(frame.index) != list(frame.columns):
            raise ValueError("expected square frames, rows and columns labelled alike")
        values = frame.to_numpy(dtype=float)
        if not np.allclose(values, values.T, equal_nan=True):
            raise ValueError("expected symmetric frames")
    if set(one.index) != set(other.index):
        odd = sorted(map(str, set(one.index) ^ set(other.index)))
        raise ValueError(f"the frames differ in {', '.join(odd)}; give both the same states")
    first = one.to_numpy(dtype=float)
    square = other.loc[one.index, one.columns].to_numpy(dtype=float)
    both = ~np.isnan(first) & ~np.isnan(square)
    np.fill_diagonal(both, False)
    kept = np.flatnonzero(both.any(axis=1))
    first, square, size = first[np.ix_(kept, kept)], square[np.ix_(kept, kept)], len(kept)
    rows, cols = np.triu_indices(size, 1)
    left, right = first[rows, cols], square[rows, cols]
    known = int((~np.isnan(left) & ~np.isnan(right)).sum())
    rho = _rho(left, right)
    if np.isnan(rho):
        return Permuted(np.nan, np.nan, size, known, draws)
    generator = np.random.default_rng(seed)
    as_large = 0
    for _ in range(draws):
        order = generator.permutation(size)
        drawn = _rho(left, square[order[rows], order[cols]])
        # Rounded, so that a relabelling that changes nothing counts as as large.
        as_large += int(np.isnan(drawn) or abs(drawn) >= abs(rho) - 1e-12)
    return Permuted(rho, (as_large + 1) / (draws + 1), size, known, draws)


def _rho(one: np.ndarray, other: np.ndarray) -> float:
    known = ~np.isnan(one) & ~np.isnan(other)
    if known.sum() < 3:
        return float("nan")
    left, right = stats.rankdata(one[known]), stats.rankdata(other[known])
    left, right = left - left.mean(), right - right.mean()
    spread = np.sqrt((left @ left) * (right @ right))
    return float(np.clip(left @ right / spread, -1, 1)) if spread > 0 else float("nan")
