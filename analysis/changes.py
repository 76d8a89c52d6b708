"""What changed between two days: rungs, ties with another sign, published figures, claims."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis import audit, ladder, ties
from analysis.ledger import Ledger, a_day

SIGNS = {1: "cooperative", -1: "conflictual", 0: "mixed"}
NO_TIE = "no tie"


@dataclass(frozen=True)
class Changes:
    """What changed from one day to another, each part a frame of its own.

    `rungs`: cells of the ladder with another status, as `ladder.moved`. `ties`:
    pairs of parties whose sign differs, as `turned`. `figures`: those of
    `audit.published` whose window ends between the days. `claims`: those on
    what happened after the first day, up to the second.
    """

    rungs: pd.DataFrame
    ties: pd.DataFrame
    figures: pd.DataFrame
    claims: pd.DataFrame


def between(book: Ledger, first: str, second: str, actor: str = "") -> Changes:
    """Changes from one day to a later one, of everybody or of what concerns one actor.

    Both days are read with all that is known today; what fades by the half-life
    alone turns a tie, too.

    Raises
    ------
    ValueError
        If the first day is not before the second, or no such actor is known.

    Examples
    --------
    >>> from analysis import ledger
    >>> found = between(ledger.load(), "2025-06-01", "2025-07-31", "RUS")
    >>> found.rungs[["rung", "was", "status"]].values.tolist()
    [['recognised', 'not coded', 'executed']]
    """
    since, until = a_day("first", first), a_day("second", second)
    if since >= until:
        raise ValueError(f"{first} is not before {second}; give the earlier day first")
    claims = book.claims(*([actor] if actor else []), until=second)
    claims = claims[claims["day"] > since].sort_values(["day", "claim_id"], ignore_index=True)
    # Every state that took a step counts, also one that had taken none by the first day.
    states = sorted(set(ladder.steps(book, second)["state"]))
    rungs = ladder.moved(
        ladder.cells(book, first, states=states), ladder.cells(book, second, states=states)
    )
    before_and_after = turned(ties.on(book, first), ties.on(book, second))
    figures = audit.published()
    figures = figures[(figures["last"] > since) & (figures["last"] <= until)]
    if actor:
        rungs = rungs[rungs["state"] == actor].reset_index(drop=True)
        pairs = before_and_after[["a", "b"]]
        before_and_after = before_and_after[(pairs == actor).any(axis=1)].reset_index(drop=True)
        places = figures["places"].str.split(";")
        figures = figures[[actor in some for some in places]]
    columns = [
        *("figure_id", "counts", "places", "start", "end", "low", "high", "bound", "unit"),
        *("counted_by", "publisher", "title", "url", "last"),
    ]
    figures = figures[columns].sort_values(["last", "figure_id"], ignore_index=True)
    return Changes(rungs, before_and_after, figures, claims)


def turned(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Pairs whose sign differs between two frames of ties, largest change of the net sum first.

    Columns `a`, `b`, `was`, `now` (cooperative, conflictual, mixed, no tie),
    `net_was`, `net_now` (0 without a tie). A pair without a tie has no sign:
    its evidence has faded, or none is coded.
    """
    keys = ["a", "b"]
    columns = [*keys, "sign", "net"]
    both = before[columns].merge(after[columns], on=keys, how="outer", suffixes=("_was", "_now"))
    both["was"] = both["sign_was"].map(SIGNS).fillna(NO_TIE).astype("str")
    both["now"] = both["sign_now"].map(SIGNS).fillna(NO_TIE).astype("str")
    both = both.fillna({"net_was": 0.0, "net_now": 0.0})
    changed = both[both["was"] != both["now"]]
    shift = (changed["net_now"] - changed["net_was"]).abs()
    order = shift.sort_values(ascending=False, kind="stable").index
    return changed.loc[order, [*keys, "was", "now", "net_was", "net_now"]].reset_index(drop=True)
