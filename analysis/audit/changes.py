"""What changed between two days: claims, ties, rungs, figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import tables
from analysis.audit.evidence import dated
from analysis.engagement import ladder, moved
from analysis.ledger import PARTIES, Ledger, concerning, known, ties

SIGNS = {1: "cooperative", -1: "conflictual", 0: "mixed"}
NO_TIE = "no tie"


@dataclass(frozen=True)
class Changes:
    """What changed from one day to another, each part a frame of its own.

    `claims`: those on what happened after the first day, up to the second, as
    `ledger.known` gives them. `ties`: columns a, b, was, now (cooperative,
    conflictual, mixed, no tie), net_was, net_now (0 without a tie), of pairs of
    parties whose sign differs. `rungs`: cells of the ladder with another status, as
    `engagement.moved`. `figures`: published figures whose window ends between
    the days.
    """

    claims: pd.DataFrame
    ties: pd.DataFrame
    rungs: pd.DataFrame
    figures: pd.DataFrame


def changes(
    ledger: Ledger, first: str, second: str, actor: str = "", root: Path | None = None
) -> Changes:
    """Changes from one day to a later one, of everybody or of what concerns one actor.

    Raises
    ------
    ValueError
        If the first day is not before the second, or no such actor is known.
    """
    if first >= second:
        raise ValueError(f"{first} is not before {second}; give the earlier day first")
    known_actors = ledger.actors["actor_id"]
    if actor and actor not in set(known_actors):
        hint = tables.nearest(actor, known_actors)
        raise ValueError(f"no actor {actor!r} in seeds/actors.csv{hint}")
    told = concerning(ledger, [actor], second) if actor else known(ledger, second)
    told = told[told["day"] > pd.Timestamp(first)].sort_values(["day", "claim_id"])
    own = known_actors[(known_actors == actor) & (ledger.actors["kind"] == "state")].tolist()
    after = ladder(second, states=own, ledger=ledger)
    # A state without any step by the first day has no row there, yet its steps are changes.
    rungs = moved(ladder(first, states=sorted(set(after["state"])), ledger=ledger), after)
    return Changes(
        claims=told.reset_index(drop=True),
        ties=turned(ties(ledger, first, kinds=PARTIES), ties(ledger, second, kinds=PARTIES), actor),
        rungs=rungs[rungs["state"] == actor].reset_index(drop=True) if actor else rungs,
        figures=_figures(first, second, actor, root),
    )


def turned(before: pd.DataFrame, after: pd.DataFrame, actor: str = "") -> pd.DataFrame:
    """Pairs whose sign differs between two networks, largest change of the net sum first.

    A pair without a tie has no sign: its evidence has faded, or none is coded.
    """
    keys = ["a", "b"]
    columns = [*keys, "sign", "net"]
    both = before[columns].merge(after[columns], on=keys, how="outer", suffixes=("_was", "_now"))
    if actor:
        both = both[(both["a"] == actor) | (both["b"] == actor)]
    words = {
        side: both[f"sign_{side}"].map(SIGNS).fillna(NO_TIE).astype("str")
        for side in ("was", "now")
    }
    both = both.assign(**words).fillna({"net_was": 0.0, "net_now": 0.0})
    changed = both[both["was"] != both["now"]]
    order = (
        (changed["net_now"] - changed["net_was"]).abs().sort_values(ascending=False, kind="stable")
    )
    kept = changed.loc[order.index, [*keys, "was", "now", "net_was", "net_now"]]
    return kept.reset_index(drop=True)


def _figures(first: str, second: str, actor: str, root: Path | None) -> pd.DataFrame:
    operational = tables.load("operational", root).assign(
        counts=lambda rows: rows["measure"].str.replace("_", " "),
        places=lambda rows: rows["asylum_iso3"],
        unit="persons",
    )
    rows = pd.concat([dated(operational), dated(tables.load("published", root))])
    if actor:
        concerned = rows["places"].str.split(";").map(lambda places: actor in places)
        rows = rows[concerned.astype(bool)]
    within = (rows["last"] > pd.Timestamp(first)) & (rows["last"] <= pd.Timestamp(second))
    columns = [
        *("figure_id", "counts", "places", "start", "end", "low", "high", "bound", "unit"),
        *("counted_by", "publisher", "title", "url", "last"),
    ]
    return rows.loc[within, columns].sort_values(["last", "figure_id"], ignore_index=True)
