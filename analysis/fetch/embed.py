"""The voting tables of `data/`: derived from every recorded vote, for the region and the powers."""

from __future__ import annotations

import os
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import agreement, tables
from analysis.fetch.http import FetchError
from analysis.fetch.rollcalls import ISO3, RollCalls

STATES = sorted(ISO3.values())
FIRST_SESSION = 46
# First month of membership of those admitted since; before it they are not absent.
ADMITTED = {
    "AZE": "1992-03", "KAZ": "1992-03", "KGZ": "1992-03", "TJK": "1992-03", "TKM": "1992-03",
    "UZB": "1992-03",
}  # fmt: skip
# The sign of the first component: the second stands above the first.
LOW, HIGH = "CHN", "USA"
LETTER = {1: "y", 2: "a", 3: "n"}
WORD = {1: "yes", 2: "abstain", 3: "no"}


def build(source: RollCalls, root: Path) -> dict[str, pd.DataFrame]:
    """Embedded tables by name, from all votes of all states and the table of resolutions.

    `unga_roll_calls`, `unga_pairs`, `unga_states`, `unga_afghanistan`, from
    session 46 on. Unanimity and positions are those of the whole Assembly.

    Raises
    ------
    FetchError
        If a resolution of `unga_resolutions` is not among the roll calls.
    """
    votes = source.votes[source.votes["session"] >= FIRST_SESSION]
    calls = source.roll_calls[source.roll_calls["session"] >= FIRST_SESSION]
    ours = votes[votes["state"].isin(STATES)]
    wide = ours.pivot(index="roll_call", columns="state", values="vote").reindex(
        index=calls["roll_call"], columns=STATES
    )
    return {
        "unga_roll_calls": _roll_calls(calls, wide),
        "unga_pairs": _pairs(ours, calls),
        "unga_states": _states(votes, calls, wide),
        "unga_afghanistan": _afghanistan(calls, wide, root),
    }


def write(built: dict[str, pd.DataFrame], root: Path) -> list[Path]:
    """Files of the embedded tables, each put in place whole, and only once all are written."""
    ready = []
    for name, frame in built.items():
        path = root / tables.descriptor(name, root)["path"]
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(text(frame), encoding="utf-8")
        ready.append((fresh, path))
    for fresh, path in ready:
        os.replace(fresh, path)
    return [path for _, path in ready]


def text(frame: pd.DataFrame) -> str:
    """Table as it is written: CSV with line feeds."""
    return str(frame.to_csv(index=False, lineterminator="\n"))


def _roll_calls(calls: pd.DataFrame, wide: pd.DataFrame) -> pd.DataFrame:
    letters = wide.apply(lambda column: column.map(LETTER)).fillna("")
    head = calls[["session", "roll_call", "month", "day", "yes", "abstain", "no"]]
    return head.merge(letters, left_on="roll_call", right_index=True, validate="one_to_one")


def _pairs(ours: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    split = (calls[["yes", "abstain", "no"]] > 0).sum(axis=1) > 1
    told = dict(zip(calls["roll_call"], split, strict=True))
    counted = agreement.counts(ours.assign(is_split=ours["roll_call"].map(told)))
    return counted[["session", "a", "b", *agreement.CELLS, "n_split"]]


def _states(votes: pd.DataFrame, calls: pd.DataFrame, wide: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for session, held in calls.groupby("session"):
        board = wide.loc[held["roll_call"]]
        for state in STATES:
            member = (held["month"] >= ADMITTED.get(state, "")).to_numpy()
            # Türkiye's session 78, left out as read, is unknown and not absent.
            if not member.any() or (state, session) == ("TUR", 78) and board[state].isna().all():
                continue
            cast = board.loc[member, state]
            tally = [int((cast == vote).sum()) for vote in WORD]
            rows.append((session, state, len(cast), *tally, int(cast.isna().sum())))
    columns = ["session", "state", "roll_calls", "yes", "abstain", "no", "absent"]
    found = pd.DataFrame(rows, columns=columns)
    placed = agreement.positions(votes, LOW, HIGH)
    placed = placed.assign(
        # Adding 0 keeps a rounded -0 from being written.
        position=placed["position"].round(3) + 0.0,
        explained_pct=placed["explained_pct"].round(1),
    )
    return found.merge(placed, on=["session", "state"], how="left")


def _afghanistan(calls: pd.DataFrame, wide: pd.DataFrame, root: Path) -> pd.DataFrame:
    resolutions = tables.load("unga_resolutions", root)
    published = tables.load("unga_published", root)
    published = published[published["quantity"] == "vote"]
    keys = zip(published["resolution_id"], published["state"], strict=True)
    told = dict(zip(keys, published["value"], strict=True))
    rows = []
    for one in resolutions[resolutions["is_on_afghanistan"]].to_dict("records"):
        name, archived = one["resolution_id"], pd.notna(one["roll_call"])
        cast = wide.loc[_same(one, calls)].to_dict() if archived else {}
        for state in STATES:
            if not archived:
                vote = told.get((name, state), "")
            elif pd.notna(cast[state]):
                vote = WORD[int(cast[state])]
            else:
                vote = "" if (state, one["session"]) == ("TUR", 78) else "absent"
            evidence = "archive" if archived else "press"
            rows.append((name, one["session"], one["day"], state, vote, evidence))
    return pd.DataFrame(
        rows, columns=["resolution_id", "session", "day", "state", "vote", "evidence"]
    )


def _same(resolution: dict[Hashable, Any], calls: pd.DataFrame) -> int:
    """Number of a resolution's roll call in the source: by its symbol, else by its number."""
    by_symbol = calls[(calls["resolution"] == resolution["symbol"]) & (calls["resolution"] != "")]
    found = by_symbol if len(by_symbol) else calls[calls["roll_call"] == resolution["roll_call"]]
    found = found[found["day"] == resolution["day"]]
    if len(found) != 1:
        raise FetchError(
            f"data/unga_resolutions.csv: {resolution['symbol']} of {resolution['day']} is "
            f"{'not' if found.empty else 'more than once'} among the roll calls of the source"
        )
    return int(found["roll_call"].iloc[0])
