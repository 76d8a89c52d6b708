"""The order in which states took a rung, with the places that inexact dates leave open."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.dates import first_day
from analysis.engagement.ladder import EXECUTED, FALL, HELD, RUNG_LABELS, UNDONE, UNORDERED
from analysis.words import day


def sequence(cells: pd.DataFrame, rung: str) -> pd.DataFrame:
    """States that have taken a rung, with the places that each may have in the order.

    Columns `state`, `status`, `first`, `first_text`, `place` and `place_high`:
    the best and the worst place that the dates allow, 1 = first, equal days
    share a place. A step known only *by* a day may have been taken on any day
    since Kabul fell, so it has a range of places, and so have those after it.
    """
    done = cells[(cells["rung"] == rung) & cells["status"].isin([HELD, EXECUTED, UNDONE])]
    done = done.sort_values(["first", "state"], ignore_index=True)
    by_then = done["first_text"].str.startswith("../")
    texts = done["first_text"].where(~by_then, FALL)
    earliest = texts.map(first_day).to_numpy()
    latest = done["first"].dt.date.where(done["status"] != HELD, first_day(FALL)).to_numpy()
    place = [1 + int((latest < day_taken).sum()) for day_taken in earliest]
    place_high = [1 + int((earliest < day_taken).sum()) for day_taken in latest]
    # A state is never ahead of itself.
    place_high = [
        high - int(early < late)
        for high, early, late in zip(place_high, earliest, latest, strict=True)
    ]
    columns = ["state", "status", "first", "first_text", "place", "place_high"]
    return done.assign(place=place, place_high=place_high)[columns]


def sequences(cells: pd.DataFrame) -> pd.DataFrame:
    """Sequences of the rungs that have an order, stacked, with the column `rung`."""
    ordered = [rung for rung in cells["rung"].unique() if rung not in UNORDERED]
    parts = [sequence(cells, rung).assign(rung=rung) for rung in ordered]
    whole = pd.concat(parts, ignore_index=True)
    # Rungs that nobody took carry no numbers and would make floats of all places.
    return whole.astype({"place": "int64", "place_high": "int64"})


def in_order(order: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """One row a rung: the states in order of date, each with its date as the source gives it."""
    rows = []
    for rung, taken in order.groupby("rung", sort=False):
        steps_taken = [
            f"{_places(row['place'], row['place_high'])}. {names[row['state']]} "
            + ("held from the start" if row["status"] == HELD else day(row["first_text"]))
            for row in taken.to_dict("records")
        ]
        rows.append({"rung": RUNG_LABELS[str(rung)], "states": "; ".join(steps_taken)})
    return pd.DataFrame(rows, columns=["rung", "states"])


def _places(best: int, worst: int) -> str:
    return str(best) if best == worst else f"{best} to {worst}"
