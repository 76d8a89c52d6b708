"""Headline and captions of the notebook on one state."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis import ladder
from analysis.charts import SIGNS
from analysis.words import count, day, listed, number, persons

Names = Mapping[str, str]
MOST_NAMED = 2
MOST_STEPS = 6
# A relationship is named in the headline where so many independent sources report it.
FIRM = 2


def headline(actor: str, as_of: str, cells: pd.DataFrame, infinitives: Names, names: Names) -> str:
    """Furthest step towards Kabul by a day, and what is announced.

    `cells` are those of `ladder.cells`: of the state, or of all states where
    the actor is the authorities themselves. `infinitives` are those of
    `codes.csv`, `names` those of `Ledger.prose_names`.

    >>> cells = pd.DataFrame(
    ...     [
    ...         ("IRN", "mission_open", "not coded", pd.NaT, ""),
    ...         ("IRN", "charge_accepted", "executed", pd.Timestamp("2023-05-31"), "2023-05"),
    ...     ],
    ...     columns=["state", "rung", "status", "first", "first_text"],
    ... )
    >>> words = {"charge_accepted": "accept a chargé"}
    >>> headline("IRN", "2025-06-01", cells, words, {"IRN": "Iran"})
    'By 1 June 2025 the furthest step of Iran towards Kabul was to accept a chargé (May 2023).'
    """
    by = f"By {day(as_of)}"
    taken = cells[cells["status"].isin(ladder.HOLDS)]
    if taken.empty:
        return f"{by} no step of {names[actor]} towards Kabul is on record."
    rungs = list(cells["rung"].unique())
    furthest = max(taken["rung"], key=rungs.index)
    there = taken[taken["rung"] == furthest]
    if actor in ladder.AUTHORITIES:
        states = listed([names[state] for state in there["state"]])
        return (
            f"{by} the furthest step towards Kabul, to {infinitives[furthest]}, had been taken "
            f"by {states}."
        )
    row = there.iloc[0]
    when = row["status"] if row["status"] == ladder.HELD else day(row["first_text"])
    text = (
        f"{by} the furthest step of {names[actor]} towards Kabul was to "
        f"{infinitives[furthest]} ({when})."
    )
    # What was announced below the furthest step is overtaken by it.
    above = rungs[rungs.index(furthest) + 1 :]
    for row in ladder.pending(cells[cells["rung"].isin(above)]).to_dict("records"):
        text += f" It had said that it would {infinitives[row['rung']]} ({day(row['first_text'])})."
    return text


def relations(actor: str, near: pd.DataFrame, names: Names) -> str:
    """Strongest relationships of each sign that at least two independent sources report.

    `near` has the columns of `ties.on` and `other`, the actor at the other end.

    >>> rows = [("IND", -1, 2.0, 9.0, 3), ("CHN", 1, 8.0, 0.0, 2), ("FRA", 1, 4.0, 0.0, 1)]
    >>> columns = ["other", "sign", "cooperation", "conflict", "source_count"]
    >>> names = {"IND": "India", "CHN": "China", "FRA": "France"}
    >>> relations("PAK", pd.DataFrame(rows, columns=columns), names)
    'As sources report them, relations were conflictual with India, and cooperative with China.'
    """
    firm = near[near["source_count"] >= FIRM]
    weight = firm["cooperation"] + firm["conflict"]
    firm = firm.loc[weight.sort_values(ascending=False, kind="stable").index]
    said = [
        f"{_sign(sign)} with {listed([names[other] for other in part['other'][:MOST_NAMED]])}"
        for sign, part in firm.groupby("sign", sort=False)
    ]
    if not said:
        return f"No relationship of {names[actor]} is reported by two independent sources."
    first = ", ".join(said[:-1])
    return f"As sources report them, relations were {f'{first}, and ' if first else ''}{said[-1]}."


def force(fought: pd.DataFrame, names: Names) -> str:
    """Against whom force was used in a year, latest first; nothing where none is reported.

    `fought` has a row a claim and pair, with `day`, `start` and `other`.
    """
    if fought.empty:
        return ""
    latest = fought.sort_values("day", ascending=False, kind="stable")
    others = listed([names[other] for other in latest["other"].unique()], most=4)
    when = day(latest["start"].iloc[0])
    return f"Force was reported in the year before with {others} (most recently {when})."


def strongest(near: pd.DataFrame, names: Names) -> str:
    """Caption on the ties: the strongest of them."""
    first = near.iloc[0]
    which = "The strongest tie" if len(near) > 1 else "The only tie on record"
    return f"{which} is the {_sign(first['sign'])} one with {names[first['other']]}."


def hosted(people: float, year: int, breaks: Sequence[int], state: str) -> str:
    """Afghans in a state at the end of a year, and the years in which the series breaks.

    >>> hosted(1984777.0, 2025, [], "Iran")
    'At the end of 2025 UNHCR counted 1.98 million Afghans in Iran, all its categories together.'
    """
    if math.isnan(people):
        return f"No figure on Afghans in {state} at the end of {year} is reported."
    text = (
        f"At the end of {year} UNHCR counted {persons(people)} Afghans in {state}, all its "
        "categories together."
    )
    if breaks:
        years = listed([str(one) for one in breaks])
        text += f" The series breaks in {years}: earlier year-ends counted other people."
    return text


def changed(moved: pd.DataFrame, near: pd.DataFrame, labels: Names, names: Names) -> str:
    """Steps and relationships that are not as they were a year before.

    `moved` is that of `ladder.moved`; `near` has `sign` and `sign_before`, NaN
    where there was no tie: that shows what was coded, not what changed.
    """
    ordered = moved[~moved["rung"].isin(ladder.UNORDERED)]
    steps = [
        f"{names[row['state']]}, {labels[row['rung']]}"
        + ("" if row["status"] == ladder.EXECUTED else f" ({row['status']})")
        for row in ordered.to_dict("records")
    ]
    turned = near[near["sign_before"].notna() & (near["sign"] != near["sign_before"])]
    relations = [
        f"{names[row['other']]} (from {_sign(row['sign_before'])} to {_sign(row['sign'])})"
        for row in turned.to_dict("records")
    ]
    rest = f" and {count(len(steps) - MOST_STEPS, 'other')}" if len(steps) > MOST_STEPS else ""
    new = "; ".join(steps[:MOST_STEPS]) or "none"
    return f"New steps: {new}{rest}. Relations that turned: {listed(relations)}."


def fragile(near: pd.DataFrame, claims: pd.DataFrame) -> str:
    """Documents behind the page and ties on one source; `claims` are of `ledger.sources_of`."""
    documents = count(claims["source_id"].nunique(), "document")
    lone = int((near["source_count"] < FIRM).sum())
    return (
        f"This page rests on {count(len(claims), 'claim')} from {documents}. Ties that rest on one "
        f"independent source: {number(lone)} of {len(near)}."
    )


def _sign(sign: Any) -> str:
    return SIGNS[int(sign)][0]
