"""Roll calls of the UN General Assembly as embedded in `data/`: ballots, partners, Afghanistan."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from analysis import agreement, tables

# From this session on the archive holds adopted resolutions only: levels do not cross it.
BREAK = 76
CODES = {"y": 1, "a": 2, "n": 3}


def states(root: Path | None = None) -> list[str]:
    """States whose votes are embedded, by code; other states have none.

    AFG is Afghanistan's seat, which the Republic's delegation holds: its votes
    are not those of the Taliban authorities.

    >>> len(states()), states()[:3]
    (22, ['AFG', 'ARE', 'AZE'])
    """
    fields = tables.descriptor("unga_roll_calls", root)["schema"]["fields"]
    return [field["name"] for field in fields if field["name"].isupper()]


def sessions(as_of: str, most: int = 3, root: Path | None = None) -> list[int]:
    """Latest sessions with a roll call by a day, at most some, all on one side of `BREAK`.

    Before session 58 the archive tells the month only, so that a roll call
    counts from the end of its month.

    >>> sessions("2025-06-01"), sessions("2021-08-31"), sessions("2021-12-31")
    ([76, 77, 78], [73, 74, 75], [76])
    """
    latest = sorted(int(session) for session in _until(as_of, root)["session"].unique())[-most:]
    return [session for session in latest if (session >= BREAK) == (latest[-1] >= BREAK)]


def ballots(
    states: Iterable[str], sessions: Iterable[int], as_of: str, root: Path | None = None
) -> pd.DataFrame:
    """Votes of some states in some sessions up to a day, one row a vote cast.

    Columns session, roll_call, state, vote (1 yes, 2 abstain, 3 no) and
    `is_split`: whether the whole Assembly was of more than one mind. A state
    whose votes are not embedded has no rows.

    >>> votes = ballots(["CHN", "PAK"], [78], "2025-06-01")
    >>> votes.groupby("state")["vote"].count().to_dict()
    {'CHN': 86, 'PAK': 87}
    """
    calls = _until(as_of, root)
    calls = calls[calls["session"].isin(list(sessions))]
    calls = calls.assign(is_split=(calls[["yes", "abstain", "no"]] > 0).sum(axis=1) > 1)
    embedded = sorted(set(states) & {name for name in calls.columns if name.isupper()})
    long = calls.melt(["session", "roll_call", "is_split"], embedded, "state", "letter")
    long = long[long["letter"] != ""].reset_index(drop=True)
    long["vote"] = long["letter"].map(CODES).astype("int64")
    columns = ["session", "roll_call", "state", "vote", "is_split"]
    return long[columns].astype({"session": "int64", "roll_call": "int64"})


def partners(
    ballots: pd.DataFrame,
    state: str,
    measure: str = "kappa_linear",
    draws: int = 500,
    seed: int = 1,
) -> pd.DataFrame:
    """Agreement of a state with each other state, most first: partner, n, value, low, high.

    `n` are the roll calls on which both voted; `low` and `high` bound the value
    in 95 of 100 cases if other roll calls of the kind had been held (see
    `agreement.intervals`). Blank where the two never voted together or
    agreement is undefined. No rows where the state casts no vote.

    Raises
    ------
    ValueError
        If the ballots lie on both sides of `BREAK`.

    Examples
    --------
    >>> votes = ballots(["CHN", "PAK", "USA"], [76, 77, 78], "2025-06-01")
    >>> partners(votes, "PAK")[["partner", "n", "value"]].round(2).values.tolist()
    [['CHN', 248, 0.6], ['USA', 249, -0.14]]
    """
    if (ballots["session"] >= BREAK).nunique() > 1:
        raise ValueError(
            f"sessions {ballots['session'].min()} to {ballots['session'].max()} cross session "
            f"{BREAK}, from which on the archive holds adopted resolutions only; "
            "take sessions before it, or from it on"
        )
    found = agreement.intervals(ballots, measure, state, draws, seed)
    return found.sort_values(["value", "partner"], ascending=[False, True], ignore_index=True)


def on_afghanistan(states: Iterable[str], as_of: str, root: Path | None = None) -> pd.DataFrame:
    """Votes of some states on resolutions on Afghanistan by a day, oldest first.

    Columns resolution_id, symbol, title, session, day, state, vote (blank = not
    known), evidence (archive or press).

    >>> on_afghanistan(["RUS"], "2025-12-31")[["day", "vote", "evidence"]].values.tolist()[-2:]
    [['2022-11-10', 'abstain', 'archive'], ['2025-07-07', 'abstain', 'press']]
    """
    votes = tables.load("unga_afghanistan", root)
    about = tables.load("unga_resolutions", root)[["resolution_id", "symbol", "title"]]
    kept = votes[votes["state"].isin(list(states)) & (votes["day"] <= as_of)]
    kept = kept.merge(about, on="resolution_id", validate="many_to_one")
    columns = ["resolution_id", "symbol", "title", "session", "day", "state", "vote", "evidence"]
    return kept.sort_values(["day", "state"], ignore_index=True)[columns]


def _until(as_of: str, root: Path | None) -> pd.DataFrame:
    calls = tables.load("unga_roll_calls", root)
    # A month counts from its last day, which "-31" is or follows.
    last = calls["day"].where(calls["day"] != "", calls["month"] + "-31")
    return calls[last <= as_of]
