"""How firm a rank is: every source left out once, every claim left out once, other half-lives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import networkx as nx
import numpy as np
import pandas as pd

from analysis.ledger import Account, signs
from analysis.networks.graphs import graph, of_signs

Measure = Callable[[nx.Graph], Mapping[str, float]]
UNITS = ("source_id", "claim_id")


def ranked(values: Mapping[str, float]) -> pd.Series:
    """Rank of each actor, highest value first; equals share the best rank, NaN has none.

    >>> ranked({"a": 2.0, "b": 2.0, "c": 1.0}).tolist()
    [1.0, 1.0, 3.0]
    """
    # Rounded, because the order of summing must not part what is equal.
    return pd.Series(values, dtype=float).round(9).rank(ascending=False, method="min")


def intervals(shares: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Rank of each actor by a measure, and its interval from leaving one thing out at a time.

    `shares` are the rows of `ledger.shares`. One row an actor to whom the
    measure gives a value on the whole graph, best rank first: `value`, `rank`,
    then for each of source and claim `low`, `high` (best and worst rank) and
    `gone` (runs in which the actor has no rank). An interval says what one
    source more or less does; it is no confidence interval.

    >>> from analysis import ledger, signed
    >>> rows = ledger.shares(ledger.load(), "2025-06-01", kinds=ledger.PARTIES)
    >>> found = intervals(rows, signed.pn_centrality)
    >>> found.loc["IEA", ["rank", "source_low", "source_high"]].astype(int).tolist()
    [1, 1, 1]
    """
    rows = shares[~shares["is_denial"]].reset_index(drop=True)
    account = Account.of(rows)
    everyone = measure(of_signs(account.signs()))
    table = pd.DataFrame({"value": pd.Series(everyone, dtype=float), "rank": ranked(everyone)})
    table = table.dropna(subset="rank")
    # Most things left out change no sign, so most runs are one graph.
    seen: dict[bytes, np.ndarray] = {}
    for unit in UNITS:
        codes, left_out = pd.factorize(rows[unit])
        ranks = []
        for code in range(len(left_out)):
            left = codes != code
            key = signs(*account.sums(left)).tobytes()
            if key not in seen:
                ranking = ranked(measure(of_signs(account.signs(left))))
                seen[key] = ranking.reindex(table.index).to_numpy()
            ranks.append(seen[key])
        shape = len(left_out), len(table)
        runs = pd.DataFrame(np.reshape(ranks, shape), columns=table.index, dtype=float)
        name = unit.removesuffix("_id")
        # The rank with nothing left out belongs to its interval.
        table[f"{name}_low"] = runs.min().fillna(np.inf).clip(upper=table["rank"])
        table[f"{name}_high"] = runs.max().fillna(0).clip(lower=table["rank"])
        table[f"{name}_gone"] = runs.isna().sum() if len(runs) else 0
    table.index.name = "actor"
    return table.sort_values(["rank", "actor"])


def with_runs(table: pd.DataFrame, runs: Sequence[pd.DataFrame], measure: Measure) -> pd.DataFrame:
    """Intervals with those over several half-lives beside them: `half_life_low`, `_high`, `_gone`.

    `runs` are the ties at each half-life; an actor without a tie in all of
    them keeps its rank.

    >>> table = pd.DataFrame({"rank": [1.0]}, index=["IEA"])
    >>> run = pd.DataFrame({"a": ["CHN"], "b": ["IEA"], "sign": [1]})
    >>> with_runs(table, [run], lambda made: {"CHN": 2.0, "IEA": 1.0})["half_life_high"].tolist()
    [2.0]
    """
    ranks = pd.DataFrame([ranked(measure(graph(ties))) for ties in runs])
    ranks = ranks.reindex(columns=table.index)
    return table.assign(
        half_life_low=ranks.min().fillna(np.inf).clip(upper=table["rank"]),
        half_life_high=ranks.max().fillna(0).clip(lower=table["rank"]),
        half_life_gone=ranks.isna().sum(),
    )
