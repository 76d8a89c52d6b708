"""Where states stand: a first component from votes, and clusters from distances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import linalg
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from analysis.agreement.joint import boards, one_thread
from analysis.agreement.resampling import replicates


@dataclass(frozen=True)
class Clusters:
    """Average-linkage clusters of states.

    `order` puts the leaves side by side; `linkage` is SciPy's; `cophenetic` is
    the correlation of the tree's distances with those given (NaN under three
    states); `support` has one row a merger: members, height, and the share of
    resampled trees that hold the same cluster (NaN where none was asked for).
    """

    order: list[Any]
    linkage: np.ndarray
    cophenetic: float
    support: pd.DataFrame
    distances: pd.DataFrame


def positions(votes: pd.DataFrame, low: Any = None, high: Any = None) -> pd.DataFrame:
    """First-component position of every state in each session: session, state, position.

    Principal components of the matrix of states by roll calls (yes 1, abstain 0,
    no -1), each roll call centred, an absence set to the roll call's mean, which
    draws the often absent towards the middle. Scaled to mean 0 and standard
    deviation 1 over the states of the session; the sign is fixed by a pair of
    states, `high` above `low`: unless named, the last and the first by name of
    those that voted in it. `explained_pct` is the component's share of the
    variance. NaN where one of the two did not vote, both stand at one point, or
    nothing varies. Positions of two sessions have no common scale.

    Raises
    ------
    ValueError
        If low and high are the same state, one is named without the other, or
        as `counts`.

    Examples
    --------
    >>> votes = pd.DataFrame({"session": 78, "roll_call": [1, 1, 1, 2, 2, 2],
    ...                       "state": ["A", "B", "C"] * 2, "vote": [1, 1, 3, 1, 2, 3]})
    >>> positions(votes, low="C", high="A")["position"].round(2).tolist()
    [0.96, 0.42, -1.38]
    """
    if (low is None) != (high is None):
        raise ValueError("the sign needs two states, got one; name low and high, or neither")
    if low == high and low is not None:
        raise ValueError(f"the sign needs two states, got {low!r} twice")
    parts = []
    for board in boards(votes) if len(votes) else []:
        value = np.where(board.votes == 0, np.nan, 2.0 - board.votes)
        centred = np.nan_to_num(value - np.nanmean(value, axis=1, keepdims=True))
        last = len(board.states) - 1
        with one_thread():
            root, vectors = linalg.eigh(centred.T @ centred, subset_by_index=[last, last])
        place = vectors[:, 0] * np.sqrt(max(root[0], 0))
        place = place - place.mean()
        spread, total = place.std(), float(np.square(centred).sum())
        below, above = (board.states[0], board.states[-1]) if low is None else (low, high)
        gap = 0.0
        if {below, above} <= set(board.states):
            gap = place[board.place(above)] - place[board.place(below)]
        known = spread > 1e-9 and abs(gap) > 1e-9 * spread
        parts.append(
            pd.DataFrame(
                {
                    "session": board.session,
                    "state": board.states,
                    "position": np.sign(gap) * place / spread if known else np.nan,
                    "explained_pct": 100 * root[0] / total if total > 1e-9 else np.nan,
                }
            )
        )
    columns = ["session", "state", "position", "explained_pct"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def distances(pairs: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Square frame of 1 - coefficient, one row and column a state; NaN where not measured.

    `pairs` is one session of `measures`, or all of them pooled.

    Raises
    ------
    ValueError
        If a pair has more than one row.
    """
    twice = pairs.duplicated(["a", "b"])
    if twice.any():
        row = pairs[twice].iloc[0]
        raise ValueError(f"{row['a']} and {row['b']} have two rows; give one session, or pool them")
    states = sorted(set(pairs["a"]) | set(pairs["b"]))
    square = pd.DataFrame(np.nan, index=states, columns=states)
    at = {state: place for place, state in enumerate(states)}
    values = square.to_numpy(copy=True)
    one, other = pairs["a"].map(at), pairs["b"].map(at)
    values[one, other] = values[other, one] = 1 - pairs[measure]
    np.fill_diagonal(values, 0.0)
    return pd.DataFrame(values, index=states, columns=states)


def clusters(
    distances: pd.DataFrame, votes: pd.DataFrame | None = None, measure: str = "",
    *, draws: int = 500, seed: int = 1,
) -> Clusters:  # fmt: skip
    """Average-linkage tree of states (UPGMA) with cophenetic correlation and bootstrap support.

    Support needs the `votes` behind the distances and the `measure` they come
    from: roll calls are drawn with replacement, and the share of trees that
    hold a cluster is counted (Felsenstein 1985). Draws in which a pair cannot
    be measured are left out.

    Raises
    ------
    ValueError
        If fewer than two states are given, distances are not square, symmetric
        and known, or votes come without a measure.
    """
    states = list(distances.index)
    values = distances.to_numpy(dtype=float)
    if len(states) < 2:
        raise ValueError(f"clusters need two states or more, got {len(states)}")
    if list(distances.columns) != list(distances.index) or not np.allclose(
        values, values.T, equal_nan=True
    ):
        raise ValueError("distances must be square and symmetric, rows and columns alike")
    if np.isnan(values).any():
        row, column = np.argwhere(np.isnan(values))[0]
        raise ValueError(
            f"no distance is known between {states[row]} and {states[column]}; "
            "leave out states that share no roll call"
        )
    flat = squareform(values, checks=False)
    tree = hierarchy.linkage(flat, method="average", optimal_ordering=True)
    fit = hierarchy.cophenet(tree, flat)[0] if len(states) > 2 and flat.std() > 0 else np.nan
    members = _members(tree, states)
    share = np.full(len(members), np.nan)
    if votes is not None:
        if not measure:
            raise ValueError("support needs the measure that the distances come from")
        drawn = 1 - replicates(votes, states, measure, draws=draws, seed=seed)
        drawn = drawn[~np.isnan(drawn).any(axis=1)]
        if len(drawn):
            trees = [set(_members(hierarchy.linkage(d, method="average"), states)) for d in drawn]
            share = np.array([np.mean([one in tree for tree in trees]) for one in members])
    support = pd.DataFrame({"members": members, "height": tree[:, 2], "support": share})
    order = [states[leaf] for leaf in hierarchy.leaves_list(tree)]
    return Clusters(order, tree, float(fit), support, distances)


def _members(tree: np.ndarray, states: list[Any]) -> list[tuple[Any, ...]]:
    held: list[frozenset[Any]] = [frozenset([state]) for state in states]
    for one, other in tree[:, :2].astype(int):
        held.append(held[one] | held[other])
    return [tuple(sorted(group)) for group in held[len(states) :]]
