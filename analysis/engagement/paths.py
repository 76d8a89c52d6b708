"""Courses over time: how high a state stood on the ladder, and when it fought the authorities."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.engagement.ladder import (
    AUTHORITIES,
    EXECUTED,
    FALL,
    HELD,
    RUNG_LABELS,
    UNDONE,
    UNORDERED,
)
from analysis.ledger import Ledger, dyads, known, regions
from analysis.words import day, listed

# Subregions by the UN's M49 that make up the region; the last one for Russia.
REGION = ("Central Asia", "Eastern Asia", "Southern Asia", "Western Asia", "Eastern Europe")


def heights(cells: pd.DataFrame, as_of: str) -> pd.DataFrame:
    """Number of rungs that each state held, from the fall of Kabul to a date.

    Columns `state`, `day`, `rungs`: one row at the fall, one at each change,
    one at the date. A step counts from the last day that its date allows, until
    it was undone and again from when it was taken once more. Empty before the fall.
    """
    start, end = pd.Timestamp(FALL), pd.Timestamp(as_of)
    columns = ["state", "day", "rungs"]
    if end < start:
        return pd.DataFrame(columns=columns).astype({"day": "datetime64[s]", "rungs": int})
    done = cells[cells["status"].isin([HELD, EXECUTED, UNDONE])]
    moves = pd.concat(
        [
            done[["state", column]].set_axis(["state", "day"], axis=1).assign(change=change)
            for column, change in (("first", 1), ("until", -1), ("again", 1))
        ]
    ).dropna(subset=["day"])
    moves["day"] = moves["day"].where(moves["day"] > start, start)
    ends = pd.DataFrame([(s, d, 0) for s in cells["state"].unique() for d in (start, end)],
                        columns=["state", "day", "change"])  # fmt: skip
    change = pd.concat([ends, moves]).groupby(["state", "day"], sort=True)["change"].sum()
    rungs = change.groupby("state").cumsum().astype(int)
    return rungs.rename("rungs").reset_index()


def fights(ledger: Ledger, states: Sequence[str], as_of: str, known_by: str = "") -> pd.DataFrame:
    """Armed attacks and clashes between states and the authorities, one row a happening.

    Columns `state`, `day` (last possible one), `start` (EDTF), `claims`.
    Asserted events of the code ASSAULT that have the state on one side and the
    authorities on the other, whoever attacked; a happening that several
    sources tell is one. Charges by one side alone are left out, and so is what
    has no date, since it may be one of those that have.
    """
    claims = known(ledger, as_of, known_by)
    armed = claims[
        (claims["kind"] == "event")
        & (claims["code"] == "ASSAULT")
        & (claims["modality"] == "asserted")
        & (claims["start"] != "")
    ]
    pairs = dyads(armed)
    sides = pairs[["a", "b"]]
    facing = sides.isin(AUTHORITIES).any(axis=1) & sides.isin(list(states)).any(axis=1)
    found = pairs[facing].assign(state=pairs["a"].where(pairs["a"].isin(list(states)), pairs["b"]))
    rows = [
        (state, group["day"].min(), group.sort_values("day")["start"].iloc[0],
         sorted(set(group["claim_id"])))
        for (state, _), group in found.groupby(["state", "occurrence"])
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["state", "day", "start", "claims"])
    return frame.sort_values(["day", "state"], ignore_index=True)


def courses(
    moved: pd.DataFrame, fought: pd.DataFrame, states: Sequence[str], since: str
) -> pd.DataFrame:
    """What some states did since a day: rungs newly taken, and armed encounters.

    `moved` is that of `ladder.moved`, `fought` that of `fights`. Columns
    `state`, `rungs` (newly held), `taken` (in words, with dates), `encounters`
    (separate happenings after the day), `first`, `last` (EDTF, blank where
    there is none), `claims`.
    """
    rows = []
    for state in states:
        mine = moved[(moved["state"] == state) & moved["status"].isin([HELD, EXECUTED])]
        mine = mine[~mine["was"].isin([HELD, EXECUTED])].sort_values("first")
        armed = fought[(fought["state"] == state) & (fought["day"] > pd.Timestamp(since))]
        taken = [
            f"{RUNG_LABELS[rung]} {day(date)}"
            for rung, date in zip(mine["rung"], mine["first_text"], strict=True)
        ]
        claims = sorted({i for ids in (*mine["claims"], *armed["claims"]) for i in ids})
        rows.append(
            {
                "state": state,
                "rungs": len(mine),
                "taken": listed(taken, most=8) if taken else "none coded",
                "encounters": len(armed),
                "first": armed["start"].iloc[0] if len(armed) else "",
                "last": armed["start"].iloc[-1] if len(armed) else "",
                "claims": claims,
            }
        )
    return pd.DataFrame(rows)


def overlap(cells: pd.DataFrame) -> pd.DataFrame:
    """Likeness of states on the ladder: rungs that both hold, of those that either holds.

    Jaccard's index, square and symmetric, one row and one column a state; NaN
    where neither holds any, on the diagonal, and for a state that no source
    here reports to have taken any: not coded is not unlike. Rungs that are not
    coded for both make two states no more alike. Contacts stay out, since
    nearly all that is known of them is who reported them.
    """
    ordered = cells[~cells["rung"].isin(UNORDERED)]
    holds = ordered.assign(holds=ordered["status"].isin([HELD, EXECUTED])).pivot(
        index="state", columns="rung", values="holds"
    )
    x = holds.to_numpy(dtype=float)
    both = x @ x.T
    either = x.sum(axis=1)[:, None] + x.sum(axis=1)[None, :] - both
    share = np.divide(both, either, out=np.full_like(both, np.nan), where=either > 0)
    np.fill_diagonal(share, np.nan)
    told = ordered["status"].isin([HELD, EXECUTED, UNDONE]).groupby(ordered["state"]).any()
    blank = ~told.loc[holds.index].to_numpy(dtype=bool)
    share[blank, :] = share[:, blank] = np.nan
    return pd.DataFrame(share, index=holds.index, columns=holds.index.rename(None))


def in_region(ledger: Ledger, states: Sequence[str]) -> list[str]:
    """States that lie in Asia, and Russia, by their subregion in the UN's M49, in their order."""
    near = regions(ledger)
    return [state for state in states if near.get(state) in REGION]


def side_by_side(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Pairs known on two square relations: `a` < `b`, `x` from the one, `y` from the other."""
    states = sorted(set(one.index) & set(other.index))
    rows = [(a, b, one.at[a, b], other.at[a, b]) for a, b in combinations(states, 2)]
    return pd.DataFrame(rows, columns=["a", "b", "x", "y"]).dropna(ignore_index=True)
