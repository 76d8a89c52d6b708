"""Sentences on time: thaws, the network since the fall of Kabul, layers, tellings."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.findings.ties import SIGN_WORDS
from analysis.words import count, day, listed, number, sentence


def thaw(spells: pd.DataFrame, first: str, second: str) -> str:
    """When the last thaw between two actors began and how long it lasted, and how many there were.

    `spells` is the frame of `networks.thaws`.
    """
    counted = spells[spells["is_thaw"]]
    who = f"{first} and {second}"
    if counted.empty:
        return sentence(f"no thaw between {who} by this rule")
    last = counted.iloc[-1]
    lasted = count(int(last["days"]), "day")
    course = (
        f"had lasted {lasted} on the last day" if last["is_open"]
        else f"lasted {lasted}, until the act of {_day(last, 1)} ended it"
    )  # fmt: skip
    others = [f"{_day(row, 0)} to {_day(row, 2)}" for _, row in counted.iloc[:-1].iterrows()]
    before = f"; before it, {listed(others)}" if others else ""
    return sentence(f"the last thaw between {who} began on {_day(last, 0)} and {course}{before}")


def rules(runs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Last thaw by each rule: `rule`, `began`, `ended`, `days`, and the claims at both ends."""
    rows: list[tuple[object, ...]] = []
    for rule, spells in runs.items():
        counted = spells[spells["is_thaw"]]
        if counted.empty:
            rows.append((rule, "none", "", None, [], []))
            continue
        last = counted.iloc[-1]
        ended = "open" if last["is_open"] else _day(last, 1)
        rows.append((rule, _day(last, 0), ended, int(last["days"]),
                     last["began_with"], last["ended_with"]))  # fmt: skip
    columns = ["rule", "began", "ended", "days", "began_with", "ended_with"]
    return pd.DataFrame(rows, columns=columns).astype({"days": "Int64"})


def same_thaw(table: pd.DataFrame) -> str:
    """Caption on thaws by several rules: whether they agree."""
    began, ended = sorted(set(table["began"])), sorted(set(table["ended"]))
    if began == ["none"]:
        return "No rule finds a thaw"
    if len(began) == len(ended) == 1:
        return "All rules agree on its beginning and on its end"
    if len(began) > 1 and len(ended) > 1:
        return "Its beginning and its end both depend on the rule"
    fixed, loose = ("beginning", "end") if len(began) == 1 else ("end", "beginning")
    return f"All rules agree on its {fixed}; its {loose} depends on the rule"


def since(quarters: pd.DataFrame) -> str:
    """How balance and frustration moved from the first quarter to the day.

    >>> since(pd.DataFrame())
    'The date is before the fall of Kabul, so there is no course to tell.'
    """
    if quarters.empty:
        return "The date is before the fall of Kabul, so there is no course to tell."
    if len(quarters) == 1:
        return "The date is in the quarter of the fall of Kabul: one day is no course."
    first, last = quarters.iloc[0], quarters.iloc[-1]
    parts = [f"{count(int(first['ties']), 'tie')} at first and {number(int(last['ties']))} at last"]
    for column, label, form in (
        ("triangles", "share of balanced triangles", ".2f"),
        ("walks", "balance by walks", ".2f"),
        ("frustration", "ties in the way of two camps", ".0f"),
    ):
        values = quarters[column].dropna()
        if len(values):
            ends = (format(values.iloc[0], form), format(values.iloc[-1], form))
            parts.append(f"{label} {ends[0]} and {ends[1]}")
    return sentence("; ".join(parts))


def layered(networks: Mapping[str, pd.DataFrame], balances: Mapping[str, Mapping[str, float]],
            first: str, second: str) -> pd.DataFrame:  # fmt: skip
    """One row a layer: ties by sign, balanced triangles, frustration, the tie in focus."""
    rows = []
    for layer, ties in networks.items():
        found = ties[ties["a"].isin([first, second]) & ties["b"].isin([first, second])]
        own = SIGN_WORDS[int(found["sign"].iloc[0])] if len(found) else "no tie"
        tally = ties["sign"].value_counts()
        numbers = [int(tally.get(sign, 0)) for sign in SIGN_WORDS]
        rows.append((layer, *numbers, balances[layer]["triangles"],
                     balances[layer]["frustration"], own))  # fmt: skip
    columns = ["layer", "cooperative", "conflictual", "mixed", "balanced_triangles"]
    return pd.DataFrame(rows, columns=[*columns, "frustration", "tie_in_focus"])


def across(table: pd.DataFrame, first: str, second: str) -> str:
    """Caption on layers: in which the tie in focus is what."""
    parts = [
        f"{word} in {listed(part['layer'].tolist())}"
        for word, part in table.groupby("tie_in_focus", sort=True)
    ]
    return sentence(f"{first} and {second}: {'; '.join(parts)}").rstrip(".")


def split(table: pd.DataFrame) -> str:
    """How many pairs are cooperative in one layer and conflictual in another.

    >>> split(pd.DataFrame({"a": ["IEA"], "b": ["PAK"], "economy": [1], "border": [-1]}))
    'One pair is cooperative in one layer and conflictual in another.'
    """
    signs = table.drop(columns=["a", "b"])
    both = int(((signs == 1).any(axis=1) & (signs == -1).any(axis=1)).sum())
    verb = "is" if both <= 1 else "are"
    said = "no pair" if not both else count(both, "pair")
    return sentence(f"{said} {verb} cooperative in one layer and conflictual in another")


def apart(table: pd.DataFrame, tellers: Mapping[str, str], all_ties: int) -> str:
    """How many ties are not the same in all tellings, and how many turn sign.

    >>> apart(pd.DataFrame(columns=["a", "b", "x", "y"]), {"x": "X", "y": "Y"}, 3)
    'All three ties are the same as told by X and Y.'
    """
    who = listed(list(tellers.values()))
    if table.empty:
        if not all_ties:
            return sentence(f"no tie is coded as told by {who}")
        return sentence(f"all {number(all_ties)} ties are the same as told by {who}")
    columns = list(tellers)
    missing = int(table[columns].isna().any(axis=1).sum())
    verb = "is" if len(table) == 1 else "are"
    return sentence(
        f"{number(len(table))} of {count(all_ties, 'tie')} {verb} not the same as told by {who}: "
        f"{number(missing)} missing from some telling, {number(len(table) - missing)} of another "
        "sign"
    )


def _day(spell: pd.Series, which: int) -> str:
    """First day (0), day of the act that ended it (1), or last day (2) of a spell, in words."""
    stamp = spell["start"] if which == 0 else spell["end"] + pd.Timedelta(days=which % 2)
    return day(stamp.strftime("%Y-%m-%d"))
