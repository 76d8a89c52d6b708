"""What the archive holds, cut to states, sessions and a day: votes, absences, resolutions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis import tables

# From this session on the archive holds adopted resolutions only: levels do not cross it.
BREAK = 76
COLUMNS = ["session", "roll_call", "state", "vote", "is_split"]
CODES = {"y": 1, "a": 2, "n": 3}
# Afghanistan's seat is the Republic's, which a name must not hide.
NAMES = {
    "AFG": "Afghanistan (Republic)", "ARE": "UAE", "AZE": "Azerbaijan", "CHN": "China",
    "DEU": "Germany", "FRA": "France", "GBR": "United Kingdom", "IND": "India", "IRN": "Iran",
    "JPN": "Japan", "KAZ": "Kazakhstan", "KGZ": "Kyrgyzstan", "NOR": "Norway", "PAK": "Pakistan",
    "QAT": "Qatar", "RUS": "Russia", "SAU": "Saudi Arabia", "TJK": "Tajikistan",
    "TKM": "Turkmenistan", "TUR": "Türkiye", "USA": "United States", "UZB": "Uzbekistan",
}  # fmt: skip


def prose_names() -> dict[str, str]:
    """Names of the states as they stand in a sentence.

    >>> prose_names()["USA"], prose_names()["AFG"]
    ('the United States', 'the Republic of Afghanistan')
    """
    longer = {"AFG": "the Republic of Afghanistan", "ARE": "the United Arab Emirates",
              "GBR": "the United Kingdom", "USA": "the United States"}  # fmt: skip
    return NAMES | longer


def states(root: Path | None = None) -> list[str]:
    """States whose votes are embedded, by code.

    >>> len(states()), states()[:3]
    (22, ['AFG', 'ARE', 'AZE'])
    """
    fields = tables.descriptor("unga_roll_calls", root)["schema"]["fields"]
    return [field["name"] for field in fields if field["name"].isupper()]


def sessions(as_of: str, most: int = 3, root: Path | None = None) -> list[int]:
    """Latest sessions with a roll call by a day, at most some, all on one side of the break.

    Before session 58 a roll call counts from the end of its month.

    >>> sessions("2025-06-01"), sessions("2021-08-31"), sessions("2021-12-31")
    ([76, 77, 78], [73, 74, 75], [76])
    >>> sessions("1980-01-01")
    []
    """
    calls = _until(as_of, root)
    held = sorted(int(session) for session in calls["session"].unique())[-most:]
    return [session for session in held if (session >= BREAK) == (held[-1] >= BREAK)]


def ballots(
    states: Sequence[str], sessions: Sequence[int], as_of: str, root: Path | None = None
) -> pd.DataFrame:
    """Votes of some states in some sessions up to a day, one row a vote cast.

    Columns session, roll_call, state, vote (1 yes, 2 abstain, 3 no) and
    `is_split`: whether the whole Assembly was of more than one mind.

    Raises
    ------
    ValueError
        If a state's votes are not embedded.
    """
    known = [name for name in _until(as_of, root).columns if name.isupper()]
    for state in states:
        if state not in known:
            raise ValueError(
                f"no votes of {state!r} are embedded{tables.nearest(state, known)}; "
                f"they are there for {', '.join(known)}"
            )
    calls = _until(as_of, root)
    calls = calls[calls["session"].isin(list(sessions))]
    calls = calls.assign(is_split=(calls[["yes", "abstain", "no"]] > 0).sum(axis=1) > 1)
    long = calls.melt(["session", "roll_call", "is_split"], sorted(set(states)), "state", "letter")
    long = long[long["letter"] != ""]
    long = long.assign(vote=long["letter"].map(CODES).astype("int64"))
    return long[COLUMNS].astype({"session": "int64", "roll_call": "int64"}).reset_index(drop=True)


def absences(
    states: Sequence[str], sessions: Sequence[int], as_of: str, root: Path | None = None
) -> pd.DataFrame:
    """Roll calls up to a day without a state's vote, by session, of members only.

    Columns state, session, roll_calls, absent, absent_pct. Why no vote was cast
    is not told: a seat left empty, a choice, or a right to vote that was
    suspended.
    """
    whole = tables.load("unga_states", root)
    whole = whole[whole["state"].isin(list(states)) & whole["session"].isin(list(sessions))]
    held, until = tables.load("unga_roll_calls", root), _until(as_of, root)
    ever, so_far = held["session"].value_counts(), until["session"].value_counts()
    blank = (until[sorted(set(whole["state"]))] == "").groupby(until["session"]).sum()
    rows = []
    for row in whole.to_dict("records"):
        state, session = row["state"], row["session"]
        # Those held before it was admitted, the first of the session.
        before = int(ever.get(session, 0)) - row["roll_calls"]
        member = int(so_far.get(session, 0)) - before
        if member > 0:
            absent = int(blank[state][session]) - before
            rows.append((state, session, member, absent, 100 * absent / member))
    columns = ["state", "session", "roll_calls", "absent", "absent_pct"]
    return pd.DataFrame(rows, columns=columns)


def on_afghanistan(states: Sequence[str], as_of: str, root: Path | None = None) -> pd.DataFrame:
    """Votes of some states on resolutions on Afghanistan by a day, oldest first.

    Columns resolution_id, symbol, title, session, day, state, vote (blank =
    not known), evidence (archive or press).
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
