"""The composite on a date, with what belongs to it: indicators, places, intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.engagement.composite import leave_one_out, scored
from analysis.engagement.indicators import indicators, wide
from analysis.engagement.ladder import require_states
from analysis.engagement.uncertainty import Uncertainty, uncertainty
from analysis.ledger import Ledger, load


@dataclass(frozen=True)
class Index:
    """Composite of engagement on a date, and how far its places can be trusted.

    `indicators` is the frame of `indicators` (a row a state and indicator, with
    its claims), `weights` those given, `scores` the frame of `scored`: `state`,
    `score` (1 to 100), `place` (1 = highest; NaN where no step is coded).
    A place is not to be told without its interval, which `uncertainty` gives.
    """

    indicators: pd.DataFrame
    weights: str | Mapping[str, float]
    scores: pd.DataFrame

    def uncertainty(self, draws: int = 512, seed: int = 1) -> Uncertainty:
        """Places with normalisation, weights and aggregation varied, as `uncertainty`.

        Raises
        ------
        ValueError
            If `draws` is not a power of two from 2 up.
        """
        return uncertainty(wide(self.indicators), self.weights, draws, seed)

    def leave_one_out(self) -> pd.DataFrame:
        """What each indicator moves, as `leave_one_out`."""
        return leave_one_out(wide(self.indicators), self.weights)


def index(
    as_of: str, weights: str | Mapping[str, float] = "indicators", known_by: str = "",
    states: Sequence[str] = (), *, ledger: Ledger | None = None,
) -> Index:  # fmt: skip
    """Composite of engagement on a date: indicators from least to most, weighted, averaged.

    `scored` says how they are brought to one scale, weighted and added up;
    here that is min-max and the arithmetic mean. `states` are all that have a
    step coded unless said otherwise; `ledger` is another one than that of `seeds/`.

    Raises
    ------
    ValueError
        If a date is no day, one of the states is no state of `actors.csv`, or
        the weights are wrong.

    Examples
    --------
    >>> found = index("2025-06-01", states=["CHN", "RUS", "UZB", "NOR"])
    >>> found.scores[["state", "score"]].round(2).values.tolist()
    [['CHN', 67.0], ['UZB', 50.5], ['RUS', 42.25], ['NOR', 1.0]]
    >>> places = found.uncertainty(draws=64, seed=1).places.set_index("state")
    >>> places.loc["CHN", ["low", "high"]].tolist()
    [1, 2]
    """
    book = load() if ledger is None else ledger
    require_states(book, states)
    values = indicators(book, as_of, known_by, states)
    return Index(values, weights, scored(wide(values), weights))
