"""Sentences of a brief: where one actor stands on a day, and where nothing is coded, that."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from analysis.words import count, day, listed, number, persons, sentence

WAYS = {1: "cooperative", -1: "conflictual", 0: "mixed"}


def briefed(
    height: tuple[int, int], place: str, network: pd.DataFrame, actor: str,
    names: Mapping[str, str], as_of: str,
) -> str:  # fmt: skip
    """Headline of a brief: rungs held, place with its interval, ties by sign.

    `height` is that of `briefs.height_of`, `place` that of `placed`, `network`
    that of `briefs.ties_of`. Of the Taliban authorities themselves no rung is
    told, since the steps are taken towards them.
    """
    when = f"on {day(as_of)} "
    if actor == "IEA":
        text = f"{when}{number(height[0])} steps of states towards {names[actor]} were in force"
    elif height[0]:
        text = f"{when}{names[actor]} held {number(height[0])} of {number(height[1])} rungs"
    else:
        text = f"{when}no rung held by {names[actor]} is coded"
    parts = [sentence(text)]
    if place and actor != "IEA":
        parts.append(place)
    parts.append(tied(network, names[actor], names))
    return " ".join(parts)


def tied(network: pd.DataFrame, actor: str, names: Mapping[str, str]) -> str:
    """Ties of an actor by sign, and the strongest."""
    if network.empty:
        return sentence(f"no tie of {actor} is coded, or its evidence has faded")
    tally = network["sign"].value_counts()
    signs = [f"{number(int(tally[sign]))} {way}" for sign, way in WAYS.items() if sign in tally]
    first = network.iloc[0]
    since = (
        "as a year before" if first["trend"] == "steady" else f"{first['trend']} than a year ago"
    )
    return sentence(
        f"of {count(len(network), 'tie')}, {listed(signs)}, the strongest is the "
        f"{WAYS[first['sign']]} one with {names[first['other']]}, {since}"
    )


def stepped(cells: pd.DataFrame, actor: str, names: Mapping[str, str]) -> str:
    """Caption on the dated cells of the ladder."""
    if cells.empty:
        return f"No step of {names[actor]} towards the Taliban authorities is coded"
    whose = "states" if actor == "IEA" else names[actor]
    return sentence(f"{count(len(cells), 'step')} of {whose} coded by then").rstrip(".")


def altered(
    claims: int, ties: pd.DataFrame, rungs: int, names: Mapping[str, str], actor: str, since: str
) -> str:
    """What changed since a day: rungs, ties whose sign turned, claims."""
    turned = [
        f"{names[row['b'] if row['a'] == actor else row['a']]} ({row['was']}, now {row['now']})"
        for row in ties.to_dict("records")
    ]
    text = f"since {day(since)} {count(rungs, 'cell')} of the ladder changed"
    text += f"; ties that turned: {listed(turned, most=5)}; {count(claims, 'claim')} more"
    return sentence(text)


def thinly(network: pd.DataFrame, claims: int, sources: int) -> str:
    """How much of a brief rests on single sources."""
    text = f"the page rests on {count(claims, 'claim')} from {count(sources, 'document')}"
    if len(network):
        lone = int((network["source_count"] == 1).sum())
        verb = "rests" if lone == 1 else "rest"
        text += f"; {number(lone)} of {count(len(network), 'tie')} {verb} on one independent source"
    return sentence(text)


def placed(places: pd.DataFrame, actor: str, names: Mapping[str, str]) -> str:
    """Place of a state in the composite with its interval, or that it has none.

    `places` is that of `engagement.uncertainty`.
    """
    own = places[places["state"] == actor]
    if own.empty:
        return sentence(f"{names[actor]} has no place in the composite: too little is coded")
    row = own.iloc[0]
    return sentence(
        f"its place in the composite of engagement is {row['place']:.0f} of {len(places)}, "
        f"anywhere from {row['low']:.0f} to {row['high']:.0f} as choices vary"
    )


def hosting(
    total: pd.Series, broken: int, back: pd.DataFrame, actor: str, names: Mapping[str, str],
    people: str, since: str,
) -> str:  # fmt: skip
    """Afghans hosted at the last year-end, breaks in the series, and returns as ranges.

    `total` is that of `displacement.total` by year-end, `back` that of
    `displacement.returns` since the day `since`. Of the Taliban authorities
    nothing is told: their people abroad stand with their hosts.
    """
    reported = total.dropna()
    if actor == "IEA":
        return f"{people} abroad are counted where they are: see the briefs of their hosts."
    if reported.empty:
        return sentence(f"no figure on {people} in {names[actor]} is reported")
    year = int(reported.index[-1])
    text = sentence(
        f"{persons(float(reported.iloc[-1]))} {people} of all reported categories were in "
        f"{names[actor]} at the end of {year}, a plain sum"
    )
    if broken:
        text += " " + sentence(
            f"{count(broken, 'break')} in the series {'is' if broken == 1 else 'are'} noted up to "
            "then, so it is no trend"
        )
    ends = [
        f"{_range(row['low'], row['high'])} by {row['counted_by']}"
        for row in back.to_dict("records")
    ]
    if ends:
        text += " " + sentence(f"gone home since {day(since)}: {'; '.join(ends)}")
    return text


def mediated(found: pd.DataFrame, actor: str) -> str:
    """Mediations of an actor: how many as mediator, how many as a party."""
    if found.empty:
        return sentence(f"no mediation with a part of {actor} is coded")
    own = int((found["part"] == "mediator").sum())
    return sentence(
        f"{actor}: mediator in {number(own)}, party in {number(len(found) - own)} of "
        f"{count(len(found), 'mediated meeting or accord', 'mediated meetings and accords')}"
    )


def voting(partners: pd.DataFrame, name: str, actor: str, sessions: list[int]) -> str:
    """Agreement of a state in the General Assembly, or why there is none."""
    if actor == "IEA":
        return "The authorities have no vote; delegates of the fallen Republic hold the seat"
    known = partners.dropna(subset=["lijphart"]) if "lijphart" in partners else partners
    if not sessions or known.empty:
        return sentence(f"no vote of {name} with these states is in the archive by then")
    span = f"{min(sessions)} to {max(sessions)}" if len(sessions) > 1 else f"{sessions[0]}"
    return sentence(f"share of the same votes in sessions {span}, an abstention as half")


def disputed(disputes: pd.DataFrame) -> str:
    """How many charges that concern an actor are denied."""
    if disputes.empty:
        return "No charge that concerns it is denied in the ledger."
    return sentence(f"{count(len(disputes), 'charge')} that concern it are denied")


def _range(low: float, high: float) -> str:
    if math.isnan(high):
        return f"at least {persons(low)}"
    if math.isnan(low):
        return f"at most {persons(high)}"
    return persons(low) if low == high else f"{persons(low)} to {persons(high)}"
