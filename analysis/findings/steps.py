"""Sentences on the engagement ladder: rungs, places, announcements, changes, thin evidence."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.words import count, day, listed, number, sentence

TAKEN = ("held from the start", "executed")


def ladder(
    cells: pd.DataFrame, order: pd.DataFrame, names: Mapping[str, str], leader: str,
    rungs: Mapping[str, str], as_of: str,
) -> str:  # fmt: skip
    """Headline of the ladder: rungs taken by one state, where it was first, who recognised.

    `cells` is that of `engagement.ladder`, `order` that of `engagement.sequences`.
    """
    height = number(cells["rung"].nunique())
    mine = cells[cells["state"] == leader]
    taken = int(mine["status"].isin(TAKEN).sum())
    text = f"by {day(as_of)} {names[leader]} had taken {number(taken)} of {height} rungs"
    recognised = [names[state] for state in order.loc[order["rung"] == "recognised", "state"]]
    end = (
        f"{listed(recognised)} had recognised the Taliban authorities"
        if recognised
        else "no state listed had recognised the Taliban authorities"
    )
    return f"{sentence(text)} {sentence(place_of(order, names, leader, rungs))} {sentence(end)}"


def place_of(
    order: pd.DataFrame, names: Mapping[str, str], leader: str, rungs: Mapping[str, str]
) -> str:
    """On which rungs a state was first: alone, with others, perhaps; and where it came later.

    It is first where no date allows another to be ahead; where the dates leave
    that open, the range of its places is told. `rungs` gives the words for the rungs.
    """
    taken = order[order["state"] == leader]
    others = order[order["state"] != leader]
    unmatched = set(taken["rung"]) - set(others["rung"])
    level = set(others.loc[others["place_high"] == 1, "rung"])
    sure = taken["place_high"] == 1
    maybe = taken[(taken["place"] == 1) & (taken["place_high"] > 1)]
    first = [rung for rung in taken.loc[sure, "rung"] if rung not in unmatched]
    groups = {
        "first, before others, on": [rung for rung in first if rung not in level],
        "first together with others on": [rung for rung in first if rung in level],
        "later than others on": list(taken.loc[taken["place"] > 1, "rung"]),
        "the only one on": [rung for rung in taken["rung"] if rung in unmatched],
    }
    parts = [
        f"{how} {listed([rungs[rung] for rung in which], most=8)}"
        for how, which in groups.items()
        if which
    ]
    parts += [
        f"anywhere from first to place {row['place_high']} on {rungs[row['rung']]}"
        for row in maybe.to_dict("records")
    ]
    if not parts:
        return f"{names[leader]} had taken no rung that is coded"
    return f"{names[leader]} was {'; '.join(parts)}"


def pending(cells: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Caption on steps announced and not carried out."""
    if cells.empty:
        return "No step is coded as announced and not carried out"
    who = listed(sorted({names[state] for state in cells["state"]}))
    verb = "step was" if len(cells) == 1 else "steps were"
    return sentence(f"{count(len(cells), verb, verb)} announced and not carried out, by {who}")


def moved(cells: pd.DataFrame, names: Mapping[str, str], since: str, as_of: str) -> str:
    """Caption on what changed between two days."""
    span = f"between {day(since)} and {day(as_of)}"
    if cells.empty:
        return f"No cell of the ladder changed {span}"
    busy = cells["state"].value_counts()
    verb = "cell" if len(cells) == 1 else "cells"
    text = f"{count(len(cells), verb, verb)} changed {span}"
    if busy.max() > 1:
        most = sorted(names[state] for state in busy[busy == busy.max()].index)
        text += f", most for {listed(most)} ({busy.max()})"
    return sentence(text)


def thin(counts: pd.DataFrame) -> str:
    """Caption on cells that rest on one source."""
    taken, single = int(counts["taken"].sum()), int(counts["on_one_source"].sum())
    if not taken:
        return "No step is coded as taken"
    verb = "rests" if single == 1 else "rest"
    return sentence(f"{number(single)} of {count(taken, 'cell')} {verb} on one independent source")
