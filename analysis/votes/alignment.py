"""Agreement of states over their ballots: pairs, partners, drift, clusters, absence counted."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis import agreement
from analysis.votes.archive import BREAK

MEASURES = ("lijphart", "kappa_linear")


def pairs(ballots: pd.DataFrame) -> pd.DataFrame:
    """Agreement of every two states over all ballots given: joint positions and coefficients.

    Raises
    ------
    ValueError
        If the ballots lie on both sides of the break at session 76.
    """
    _one_kind(ballots)
    return agreement.measures(agreement.pooled(agreement.counts(ballots)))


def intervals(
    ballots: pd.DataFrame, measure: str = "kappa_linear", *, draws: int = 500, seed: int = 1
) -> pd.DataFrame:
    """Agreement of every two states over all ballots, with its interval: a, b, value, low, high.

    Roll calls drawn with replacement, as `agreement.intervals`.
    """
    _one_kind(ballots)
    return agreement.intervals(ballots.assign(session="all"), measure, draws=draws, seed=seed)


def partners(
    ballots: pd.DataFrame, state: str, measures: Sequence[str] = MEASURES, *,
    draws: int = 500, seed: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """Partners of a state, most in agreement first: n, and value, interval and rank by measure.

    A row a partner; columns partner, n, and for each measure M: M, M_low,
    M_high, M_rank (1 = most in agreement; ties share the better rank). A
    partner that never voted together with the state, or whose agreement is
    undefined, has blanks. No rows where the state casts no vote.
    """
    found = pairs(ballots)
    mine = found[(found["a"] == state) | (found["b"] == state)]
    partner = mine["a"].where(mine["b"] == state, mine["b"])
    table = pd.DataFrame({"partner": partner, "n": mine["n"]}).reset_index(drop=True)
    pooled = ballots.assign(session="all")
    for measure in measures:
        bounds = agreement.intervals(pooled, measure, draws=draws, seed=seed)
        bounds = bounds[(bounds["a"] == state) | (bounds["b"] == state)].reset_index(drop=True)
        table[measure] = bounds["value"]
        table[f"{measure}_low"], table[f"{measure}_high"] = bounds["low"], bounds["high"]
        table[f"{measure}_rank"] = bounds["value"].rank(ascending=False, method="min")
    order = [measures[0], "partner"]
    return table.sort_values(order, ascending=[False, True], ignore_index=True)


def rank_correlations(ballots: pd.DataFrame, measures: Sequence[str] = MEASURES) -> pd.DataFrame:
    """How far two measures agree on the order of a state's partners: state, partners, rho.

    Spearman's rank correlation, lowest first; NaN under three partners.
    """
    found = pairs(ballots)
    rows = []
    for state in sorted(set(found["a"]) | set(found["b"])):
        mine = found[(found["a"] == state) | (found["b"] == state)]
        both = mine[mine[list(measures)].notna().all(axis=1)]
        rho = agreement.rank_correlation(both[measures[0]], both[measures[1]])
        rows.append((state, len(both), rho))
    frame = pd.DataFrame(rows, columns=["state", "partners", "rho"])
    return frame.sort_values(["rho", "state"], ignore_index=True)


def drift(
    ballots: pd.DataFrame, state: str, measure: str = "kappa_linear", *,
    draws: int = 500, seed: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """Agreement of a state with each partner by session, and the change over the sessions.

    As `agreement.drift`, and only on one side of the break; no rows where the
    state casts no vote.

    Raises
    ------
    ValueError
        If the ballots lie on both sides of the break at session 76.
    """
    _one_kind(ballots)
    if state not in set(ballots["state"]):
        columns = ["partner", "session", "n", "value", "low", "high"]
        changes = ["change", "change_low", "change_high", "is_shift"]
        return pd.DataFrame(columns=[*columns, *changes])
    return agreement.drift(ballots, state, measure, draws=draws, seed=seed)


def differences(
    ballots: pd.DataFrame, state: str, measure: str = "kappa_linear", *,
    draws: int = 500, seed: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """Which partners of a state can be told apart, as `agreement.differences`.

    No rows where the state casts no vote.

    Raises
    ------
    ValueError
        If the ballots lie on both sides of the break at session 76.
    """
    _one_kind(ballots)
    if state not in set(ballots["state"]):
        columns = ["p", "q", "value_p", "value_q", "difference", "low", "high", "is_apart"]
        return pd.DataFrame(columns=columns).astype({"is_apart": bool})
    return agreement.differences(ballots, state, measure, draws=draws, seed=seed)


def clusters(
    ballots: pd.DataFrame, measure: str = "kappa_linear", *, draws: int = 200, seed: int = 1
) -> agreement.Clusters | None:
    """Clusters of the states by agreement, with support; None where fewer than three can be placed.

    States are left out, fewest votes first, until every two left share a roll
    call and their agreement is defined.
    """
    if ballots.empty:
        return None
    found = pairs(ballots)
    square = agreement.distances(found, measure)
    votes = ballots["state"].value_counts()
    while square.isna().any(axis=None):
        gaps = square.isna().sum()
        worst = gaps[gaps == gaps.max()].index
        square = square.drop(index=(out := min(worst, key=lambda s: (votes[s], s))), columns=out)
    if len(square) < 3:
        return None
    kept = ballots[ballots["state"].isin(list(square.index))]
    return agreement.clusters(square, kept, measure, draws=draws, seed=seed)


def absence_counted(ballots: pd.DataFrame, measure: str = "lijphart") -> pd.DataFrame:
    """What counting an absence as an abstention would change: a, b, value, value_counted, change.

    `n` and `n_counted` are the roll calls that each rests on. Largest change first.
    """
    if ballots.empty:
        return pd.DataFrame(
            columns=["a", "b", "n", "value", "n_counted", "value_counted", "change"]
        )
    cast = pairs(ballots).set_index(["a", "b"])
    filled = pairs(agreement.absent_as_abstaining(ballots)).set_index(["a", "b"])
    frame = pd.DataFrame(
        {
            "n": cast["n"],
            "value": cast[measure],
            "n_counted": filled["n"],
            "value_counted": filled[measure],
            "change": filled[measure] - cast[measure],
        }
    )
    size = frame["change"].abs()
    return frame.assign(size=size).sort_values(
        ["size", "a", "b"], ascending=[False, True, True]
    ).drop(columns="size").reset_index()  # fmt: skip


def _one_kind(ballots: pd.DataFrame) -> None:
    sides = (ballots["session"] >= BREAK).unique()
    if len(sides) > 1:
        raise ValueError(
            f"sessions {ballots['session'].min()} to {ballots['session'].max()} cross session "
            f"{BREAK}, from which on the archive holds adopted resolutions only; "
            f"take sessions before it, or from it on"
        )
