"""Headline and captions of the notebook on how the network is built."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.signed import Frustration, SignPermutation
from analysis.words import count, day, listed, number, sentence


def headline(triangles: Mapping[str, int], index: int, signed_ties: int, as_of: str) -> str:
    """Balanced triangles and the least number of ties against two camps.

    >>> headline({"+++": 3, "++-": 1, "+--": 2, "---": 0}, 1, 9, "2025-06-01")
    'On 1 June 2025, five of six triangles are balanced. Any division into two camps leaves at \
least one of nine ties against it.'
    """
    if not signed_ties:
        return f"On {day(as_of)}, no cooperative or conflictual tie is on record."
    total = sum(triangles.values())
    balanced = triangles["+++"] + triangles["+--"]
    verb = "is" if balanced == 1 else "are"
    lead = f"{number(balanced)} of {count(total, 'triangle')} {verb} balanced"
    camps = (
        f"Any division into two camps leaves at least {number(index)} of "
        f"{count(signed_ties, 'tie')} against it."
        if index
        else "Two camps divide the network without a tie against them."
    )
    return f"On {day(as_of)}, {lead if total else 'there is no triangle to balance'}. {camps}"


def balance(cases: pd.DataFrame) -> str:
    """Caption on balance three ways: what each is, and its range over charges.

    `cases` is the frame of `networks.ranges`, its first row without any charge.
    """
    said = []
    for measure, form, words in (
        ("triangles", ".0%", "of triangles are balanced"),
        ("walks", ".2f", "is balance by walks"),
        ("frustration", ".0f", "ties stand in the way of two camps"),
    ):
        drawn, low, high = (
            format(value, form)
            for value in (cases[measure].iloc[0], cases[measure].min(), cases[measure].max())
        )
        if pd.notna(cases[measure].iloc[0]):
            said.append(f"{drawn} {words}" + (f" ({low} to {high})" if low != high else ""))
    charged = int((cases["believed"].str.len() == 1).sum())
    over = f"in brackets the range over {count(charged, 'charged pair')}"
    return sentence(f"{'; '.join(said)}; {over if charged else 'no charge moves a tie'}")


def proof(camps: Frustration, signed_ties: int) -> str:
    """Sentence on the frustration index and its proof."""
    if not signed_ties:
        return "There is no tie, so there are no camps to part."
    ties = count(signed_ties, "tie")
    if not camps.index:
        return f"Two camps divide the {ties} as they are: none must change."
    if camps.is_optimal:
        return sentence(
            f"at least {number(camps.index)} of {ties} must change for two camps, and no "
            "division does with fewer: the bound of the integer program meets it"
        )
    return sentence(
        f"the best division found leaves {number(camps.index)} of {ties} against it; proven is "
        f"only that there are at least {number(camps.lower_bound)}"
    )


def camps(found: Frustration, names: Mapping[str, str], always: int) -> str:
    """Caption on the best two camps: the smaller one, and how many ties every best division has."""
    smaller = sorted(names[actor] for actor in min(found.partition, key=len))
    must = f"{number(always)} of {count(found.index, 'tie')} must change in every best one"
    return (
        f"The smaller camp of the best division found: {listed(smaller, most=12)}. {sentence(must)}"
    )


def chance(tests: Mapping[str, SignPermutation], draws: int) -> str:
    """Caption on the permutation test: observed, mean of the shuffles, p, whether it is weak."""
    said = [
        f"{name} {test.observed:.2f} against {test.mean:.2f} on average (p = {test.p:.3f})"
        for name, test in tests.items()
        if pd.notna(test.p)
    ]
    weak = (
        "; too few ties for the test to tell much"
        if any(t.is_small for t in tests.values())
        else ""
    )
    return sentence(f"over {draws:,} shuffles: {'; '.join(said)}{weak}")


def brokers(table: pd.DataFrame) -> str:
    """Caption on brokers by role: who joins most pairs."""
    top = table["total"].iloc[0]
    most = table.loc[table["total"] == top, "actor"].tolist()
    return sentence(f"most pairs that no arc joins, {top:,.0f}, go through {listed(most)}")


def ranks(placed: pd.DataFrame) -> str:
    """Caption on ranks: who is first, and how many ranks never move."""
    first = listed(placed.loc[placed["rank"] == 1, "name"].tolist())
    firm = int((placed["low"] == placed["high"]).sum())
    verb = "holds" if firm == 1 else "hold"
    kept = f"{number(firm)} of {count(len(placed), 'rank')} {verb} without any one source"
    return f"First: {first}. {sentence(kept)}"


def fragile(table: pd.DataFrame) -> str:
    """Caption on balance with and without the ties of one source.

    `table` has a row for all ties and one without those: `number`, `triangles`.
    """
    (ties, firm), (before, after) = table["number"], table["triangles"]
    shares = f", and {after:.0%} of triangles are balanced without them, {before:.0%} with them"
    said = "" if pd.isna(before) or pd.isna(after) else shares
    return sentence(f"{number(ties - firm)} of {count(ties, 'tie')} rest on one source{said}")
