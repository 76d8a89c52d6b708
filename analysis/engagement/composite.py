"""A plain composite of the indicators: normalise, weight, aggregate, and what each choice moves.

The words are those of the OECD and JRC Handbook on Constructing Composite
Indicators (2008) and of the R package COINr (Becker et al. 2022).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from analysis.engagement.indicators import INDICATORS

NORMALISATIONS = ("min-max", "distance to the most", "z-score", "rank")
AGGREGATIONS = ("arithmetic", "geometric", "copeland")
WEIGHTS = ("indicators", "dimensions")
# Scores closer than this are equal: the rest is rounding.
_DIGITS = 9


def scored(
    values: pd.DataFrame,
    weights: str | Mapping[str, float] = "indicators",
    normalisation: str = "min-max",
    aggregation: str = "arithmetic",
) -> pd.DataFrame:
    """Composite score and place of every state, highest first: `state`, `score`, `place`.

    `values` is the table of `wide`. A state whose indicators are NaN, because
    none of its steps is coded, has neither score nor place. An indicator that
    is the same for all states ranks nobody and is left out; if none is left,
    no state has a score. Equal scores share the better place.

    Normalise (COINr's name in brackets; every method ends between 1 and 100 or
    around 50, above 0, since a geometric mean needs that; meetings enter as
    log(1 + n), as the Handbook advises for skewed counts)
        *min-max* (n_minmax): least 1, greatest 100.
        *distance to the most* (n_goalposts): 0 is 1, all steps that there are
        is 100; for meetings the most seen.
        *z-score* (n_zscore): mean 50, one standard deviation 10, at least 1.
        *rank* (n_rank): places spread evenly from 1 to 100.
    Weight
        *indicators*: the same for every indicator. *dimensions*: the same for
        diplomacy, economy and security, and within them for every indicator.
        Or numbers by indicator, which are scaled to sum to 1.
    Aggregate
        *arithmetic* (a_amean): much of one thing makes up for little of another.
        *geometric* (a_gmean): it does so less.
        *copeland* (a_copeland): not at all; a state gains a point from each
        other that it beats on indicators of more than half the weight, and
        loses one to each that beats it.

    Raises
    ------
    ValueError
        If a method or a weight is not known, or weights are negative or all 0.

    Examples
    --------
    >>> table = pd.DataFrame({"law": [2.0, 0, np.nan], "energy": [0.0, 1, np.nan]},
    ...                      index=pd.Index(["RUS", "UZB", "NOR"], name="state"))
    >>> scored(table, weights={"law": 2, "energy": 1})["place"].tolist()
    [1.0, 2.0, nan]
    """
    table = ranked(values)
    parts = weight_set(weights, list(table.columns))
    if normalisation not in NORMALISATIONS:
        raise ValueError(f"normalisation {normalisation!r}: expected one of {NORMALISATIONS}")
    if aggregation not in AGGREGATIONS:
        raise ValueError(f"aggregation {aggregation!r}: expected one of {AGGREGATIONS}")
    frame = pd.DataFrame({"state": values.index, "score": np.nan, "place": np.nan})
    if not table.empty:
        one = NORMALISATIONS.index(normalisation)
        other = AGGREGATIONS.index(aggregation)
        score = pd.Series(scores(table, parts[None])[one, other, 0], index=table.index)
        frame["score"] = frame["state"].map(score)
        frame["place"] = frame["state"].map(dict(zip(table.index, places(score), strict=True)))
    return frame.sort_values(["place", "state"], ignore_index=True)


def ranked(values: pd.DataFrame) -> pd.DataFrame:
    """States and indicators that a composite can rank: coded states, varying indicators."""
    table = values.dropna(how="all")
    return table.loc[:, table.nunique() > 1]


def weight_set(weights: str | Mapping[str, float], columns: list[str]) -> np.ndarray:
    """Weights of some indicators, summing to 1.

    Raises
    ------
    ValueError
        If they are named otherwise than in `WEIGHTS`, miss an indicator, are
        negative, or sum to 0.
    """
    if isinstance(weights, str):
        if weights not in WEIGHTS:
            raise ValueError(f"weights {weights!r}: expected one of {WEIGHTS}, or a mapping")
        group = [INDICATORS[name].dimension for name in columns]
        if weights == "indicators":
            parts = np.ones(len(columns))
        else:
            parts = np.array([1 / group.count(dimension) for dimension in group])
    else:
        missing = [name for name in columns if name not in weights]
        if missing:
            raise ValueError(f"weights for {', '.join(missing)} are missing")
        parts = np.array([float(weights[name]) for name in columns])
        if (parts < 0).any() or (len(parts) > 0 and parts.sum() <= 0):
            raise ValueError(f"weights must be 0 or more and not all 0, not {dict(weights)}")
    return parts / parts.sum() if len(parts) else parts


def scores(table: pd.DataFrame, weights: np.ndarray) -> np.ndarray:
    """Scores under every choice, array (normalisations, aggregations, weight sets, states).

    `weights` has one row a set. The table is that of `ranked`.
    """
    normal = normalised(table)
    arithmetic = np.einsum("msq,kq->mks", normal, weights)
    geometric = np.exp(np.einsum("msq,kq->mks", np.log(normal), weights))
    x = table.to_numpy()
    beats = (x[:, None, :] > x[None, :, :]) + 0.5 * (x[:, None, :] == x[None, :, :])
    margin = np.einsum("ijq,kq->kij", beats, weights) - 0.5
    copeland = np.sign(np.round(margin, _DIGITS)).sum(axis=2)
    # Outranking looks at order alone, so no normalisation moves it.
    return np.stack([arithmetic, geometric, np.broadcast_to(copeland, arithmetic.shape)], axis=1)


def places(score: pd.Series | np.ndarray) -> np.ndarray:
    """Places along the last axis, 1 = highest score; equal scores share the better place."""
    return np.asarray(rankdata(-np.round(score, _DIGITS), method="min", axis=-1), dtype=int)


def normalised(table: pd.DataFrame) -> np.ndarray:
    """Values by each of `NORMALISATIONS`, array (normalisations, states, indicators)."""
    tallies = [name in INDICATORS and INDICATORS[name].tally for name in table.columns]
    x = np.where(tallies, np.log1p(table.to_numpy()), table.to_numpy())
    least, most = x.min(axis=0), x.max(axis=0)
    attainable = np.where(tallies, most, [len(INDICATORS[name].steps) for name in table.columns])
    z = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    rank = (rankdata(x, axis=0) - 1) / max(len(x) - 1, 1)
    return np.stack(
        [
            1 + 99 * (x - least) / (most - least),
            1 + 99 * x / attainable,
            # One state of thirty far below all others would fall below 0.
            np.maximum(50 + 10 * z, 1),
            1 + 99 * rank,
        ]
    )


def leave_one_out(
    values: pd.DataFrame, weights: str | Mapping[str, float] = "indicators"
) -> pd.DataFrame:
    """What each indicator moves: places without it against places with all, largest shift first.

    Columns `indicator`, `mean_shift` (mean absolute change of place over the
    states, the JRC's R_s), `state`, `place`, `place_without` (the state that
    moves farthest). Dimensions whose only indicator is left out go with it.
    """
    table = ranked(values)
    columns = ["indicator", "mean_shift", "state", "place", "place_without"]
    if table.shape[1] < 2:
        return pd.DataFrame(columns=columns)
    whole = scored(table, weights).set_index("state")["place"]
    rows = []
    for name in table.columns:
        less = scored(table.drop(columns=name), weights).set_index("state")["place"]
        shift = (less - whole).abs()
        far = str(shift.sort_index().idxmax())
        rows.append((name, shift.mean(), far, int(whole[far]), int(less[far])))
    found = pd.DataFrame(rows, columns=columns)
    return found.sort_values(["mean_shift", "indicator"], ascending=[False, True],
                             ignore_index=True)  # fmt: skip
