"""Published figures held against the archive, each by a stated query."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import agreement, tables, words
from analysis.votes.archive import ballots, states

# What the words of a published vote are in the table of roll calls.
LETTERS = {"yes": "y", "abstain": "a", "no": "n"}


def panel(names: Mapping[str, str], root: Path | None = None) -> pd.DataFrame:
    """Published figures beside the same from the embedded tables, and whether they agree.

    Columns published_id, what, published, measured, holds, publisher, url.
    `holds` is missing where the archive does not reach. Each row has its query:

    - yes, abstain, no: the tally in `unga_roll_calls`;
    - vote: the state's column there;
    - absent_pct: absent / roll_calls in `unga_states`;
    - lijphart: from the joint counts of `unga_pairs`;
    - lijphart_absent_abstaining: the same after every absence of the session is
      set to an abstention.
    """
    published = tables.load("unga_published", root)
    about = tables.load("unga_resolutions", root).set_index("resolution_id")
    archive = _Archive.of(about, root)
    rows = []
    for row in published.to_dict("records"):
        measured = _measured(row, archive)
        holds: bool | None = None
        if measured is not None:
            exact = row["quantity"] == "vote"
            holds = (
                measured == row["value"]
                if exact
                else abs(float(measured) - float(row["value"])) <= row["tolerance"] + 1e-12
            )
        shown = "" if measured is None else _shown(measured)
        rows.append((row["published_id"], _what(row, about, names), row["value"], shown, holds,
                     row["publisher"], row["url"]))  # fmt: skip
    columns = ["published_id", "what", "published", "measured", "holds", "publisher", "url"]
    return pd.DataFrame(rows, columns=columns).astype({"holds": "boolean"})


@dataclass(frozen=True)
class _Archive:
    """What the figures are held against, each table read once.

    `calls` are the rows of the roll calls on the resolutions, by resolution;
    `states` is indexed by session and state, `pairs` by session and the two states.
    """

    calls: dict[Hashable, dict[Hashable, Any]]
    states: pd.DataFrame
    pairs: pd.DataFrame
    root: Path | None

    @classmethod
    def of(cls, about: pd.DataFrame, root: Path | None) -> _Archive:
        numbers = about["roll_call"].dropna()
        calls = tables.load("unga_roll_calls", root)
        held = calls[calls["roll_call"].isin(numbers)].to_dict("records")
        by_number = {call["roll_call"]: call for call in held}
        return cls(
            {key: by_number[number] for key, number in numbers.items() if number in by_number},
            tables.load("unga_states", root).set_index(["session", "state"]),
            tables.load("unga_pairs", root).set_index(["session", "a", "b"]),
            root,
        )


def _measured(row: dict[Hashable, Any], archive: _Archive) -> float | str | None:
    quantity = row["quantity"]
    if quantity in ("yes", "abstain", "no", "vote"):
        call = archive.calls.get(row["resolution_id"])
        if call is None:
            return None
        if quantity == "vote":
            spelt = {letter: word for word, letter in LETTERS.items()}
            return spelt.get(call[row["state"]], "absent")
        return float(call[quantity])
    session = int(row["session"])
    if quantity == "absent_pct":
        held = archive.states.loc[session, row["state"]]
        return float(100 * held["absent"] / held["roll_calls"])
    if quantity == "lijphart":
        counts = archive.pairs
    else:
        both = [row["state"], row["partner"]]
        everyone = ballots(states(archive.root), [session], "9999", archive.root)
        filled = agreement.absent_as_abstaining(everyone)
        counts = agreement.counts(filled[filled["state"].isin(both)])
        counts = counts.set_index(["session", "a", "b"])
    pair = counts.loc[(session, *sorted((row["state"], row["partner"])))]
    cells = pair[[*agreement.CELLS, "n_split"]].to_numpy(dtype=float)
    return float(agreement.coefficient("lijphart", cells))


def _what(row: dict[Hashable, Any], about: pd.DataFrame, names: Mapping[str, str]) -> str:
    if row["resolution_id"]:
        one = about.loc[row["resolution_id"]]
        text = f"{one['symbol'] or one['title']}, {words.day(one['day'])}"
        if row["quantity"] == "vote":
            return f"{text}: vote of {names[row['state']]}"
        return f"{text}: states voting {row['quantity']}"
    session = f"session {row['session']}"
    if row["quantity"] == "absent_pct":
        return f"{session}: share of roll calls without a vote of {names[row['state']]}, percent"
    text = f"{session}: Lijphart's agreement of {names[row['state']]} and {names[row['partner']]}"
    counted = row["quantity"] == "lijphart_absent_abstaining"
    return text + (", absence counted as abstention" if counted else "")


def _shown(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return (
        f"{value:.0f}" if value == int(value) else f"{value:.3f}" if value < 1 else f"{value:.1f}"
    )
