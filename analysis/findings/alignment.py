"""Sentences on timing, leading, the composite, opposite courses, and steps beside votes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.words import count, day, listed, number, sentence, signed

TAKEN = ("held from the start", "executed")


def climbed(cells: pd.DataFrame, names: Mapping[str, str]) -> str:
    """How many states have ever taken a step by what is coded, and for which none is.

    >>> cells = pd.DataFrame({"state": ["A", "B"], "status": ["executed", "not coded"]})
    >>> climbed(cells, {"A": "Aland", "B": "Beland"})
    'One of two states listed has a rung coded as taken; none is for Beland, which is not a "no".'
    """
    # What was undone since had been taken.
    done = cells["status"].isin([*TAKEN, "undone"])
    some = done.groupby(cells["state"], sort=False).any()
    verb = "has" if some.sum() == 1 else "have"
    text = (
        f"{number(int(some.sum()))} of {count(len(some), 'state')} listed {verb} a rung coded as "
        "taken"
    )
    bare = [names[state] for state in some.index[~some]]
    if bare:
        text += f'; none is for {listed(bare)}, which is not a "no"'
    return sentence(text)


def timing(summary: pd.DataFrame, rungs: Mapping[str, str], as_of: str) -> str:
    """On which rungs half of the states at risk had got there, and by when.

    `summary` is that of `engagement.summary`.
    """
    reached = summary[summary["half_by"] != ""]
    low = [rungs[rung] for rung in summary.loc[summary["half_by"] == "", "rung"]]
    if not summary["taken"].sum():
        return f"No state at risk is coded as having taken a rung by {day(as_of)}"
    parts = [
        f"{rungs[row['rung']]} (by {day(row['half_by'])}, {row['taken']} of {row['at_risk']})"
        for row in reached.to_dict("records")
    ]
    text = (
        f"half of the states at risk or more had got to {listed(parts, most=8)}"
        if parts
        else "on no rung had half of the states at risk got there"
    )
    if parts and low:
        text += f"; fewer than half to {listed(low, most=8)}"
    return sentence(f"by {day(as_of)} {text}")


def leading(led: pd.DataFrame, leader: str, names: Mapping[str, str]) -> str:
    """Place of one would-be leader among all, its p, and the least p that so few states allow.

    `led` is that of `engagement.lead_lag` over all rungs with an order.
    """
    mine = led[led["state"] == leader]
    if mine.empty:
        return sentence(
            f"{names[leader]} cannot be tried as a leader: too few states are at risk, or none of "
            "them has taken a rung"
        )
    row = mine.iloc[0]
    where = (
        f"place {row['place']}"
        if row["place"] == row["place_high"]
        else f"one of the places {row['place']} to {row['place_high']}"
    )
    top = [names[state] for state in led.loc[led["place"] == 1, "state"] if state != leader]
    first = f"; first is {listed(top)}" if row["place"] > 1 else ""
    return (
        sentence(
            f"tried in turn as the one ahead, {names[leader]} takes {where} of "
            f"{count(len(led), 'state')}{first}"
        )
        + " "
        + sentence(
            f"if chance alone decided who is ahead, a score as high had the probability "
            f"{row['p']:.2f}; with so few states no order, however clear, could bring it below "
            f"{row['p_least']:.2f}, and the test says nothing about why others came later"
        )
    )


def standing(rungs_stood: pd.DataFrame, leader: str, names: Mapping[str, str],
             rungs: Mapping[str, str]) -> str:  # fmt: skip
    """On which rungs one would-be leader alone has the highest score.

    `rungs_stood` is that of `engagement.standing`.
    """
    if rungs_stood.empty:
        return "No rung was taken by any of two states at risk or more"
    alone = [rungs[rung] for rung in rungs_stood.loc[rungs_stood["place"] == "1", "rung"]]
    which = f": {listed(alone, most=8)}" if alone else ""
    return sentence(
        f"{names[leader]} alone has the highest score on {number(len(alone))} of "
        f"{count(len(rungs_stood), 'rung')} that some state at risk has taken{which}"
    )


def subjects(table: pd.DataFrame, labels: Sequence[str]) -> str:
    """Caption on the indicators: how many states have a step coded on each.

    `table` is that of `engagement.described`; `labels` its columns of counts.
    """
    if table.empty:
        return "No step of the states listed is coded on any subject"
    some = table[list(labels)].notna().sum().sort_values(ascending=False, kind="stable")
    parts = [f"{label} {states}" for label, states in some.items() if states]
    text = f"{count(len(table), 'state')} with some step coded; by subject: {listed(parts, most=8)}"
    return sentence(text)


def outpaced(
    cells: pd.DataFrame, order: pd.DataFrame, names: Mapping[str, str], leader: str,
    rungs: Mapping[str, str], as_of: str,
) -> str:  # fmt: skip
    """Counter-examples: rungs that apply to the leader and that another took first for certain.

    `cells` is that of `engagement.ladder`, `order` that of `engagement.sequences`.
    """
    mine = cells[(cells["state"] == leader) & (cells["status"] != "not applicable")]
    status = dict(zip(mine["rung"], mine["status"], strict=True))
    parts = []
    for rung, taken in order[order["rung"].isin(status)].groupby("rung", sort=False):
        own = taken[taken["state"] == leader]
        if len(own) and own["place"].iloc[0] == 1:
            continue
        first = taken[(taken["place"] == 1) & (taken["state"] != leader)]
        sure = first[first["place_high"] == 1] if (first["place_high"] == 1).any() else first
        who = [
            names[row["state"]]
            + (
                " held it from the start"
                if row["status"] == TAKEN[0]
                else f", {day(row['first_text'])}"
            )
            for row in sure.to_dict("records")
        ]
        then = day(own["first_text"].iloc[0]) if len(own) else f"not by {day(as_of)}"
        parts.append(f"{rungs[str(rung)]} ({'; '.join(who)}; {names[leader]} {then})")
    if not parts:
        return sentence(
            f"on no rung with an order that applies to {names[leader]} is another state ahead of "
            "it for certain"
        )
    which = "rung" if len(parts) == 1 else "rungs"
    return sentence(
        f"others were ahead of {names[leader]} on {count(len(parts), which, which)}: "
        f"{'; '.join(parts)}"
    )


def composite(
    places: pd.DataFrame, leader: str, states: Sequence[str], names: Mapping[str, str]
) -> str:
    """Place of one state with its interval, how many intervals overlap with it, who has none."""
    bare = [names[state] for state in states if state not in set(places["state"])]
    left = ""
    if bare:
        verb, them = ("has", "it") if len(bare) == 1 else ("have", "them")
        left = " " + sentence(f"{listed(bare)} {verb} no place, since no step is coded for {them}")
    if places.empty:
        return "Too few states differ in the steps coded for them for any place to be given."
    mine = places[places["state"] == leader]
    top = [names[state] for state in places.loc[places["low"] == 1, "state"]]
    first = f"the first place lies within the interval of {listed(top)}"
    if mine.empty:
        return f"{sentence(first)}{left}"
    row = mine.iloc[0]
    others = places[places["state"] != leader]
    level = int(((others["low"] <= row["high"]) & (others["high"] >= row["low"])).sum())
    text = (
        f"{names[leader]} has place {row['place']} of {len(places)}, with an interval from "
        f"{row['low']} to {row['high']}, which overlaps with those of {number(level)} of "
        f"{count(len(others), 'other')}; {first}"
    )
    return f"{sentence(text)}{left}"


def sensitive(sensitivities: pd.DataFrame, shift: float) -> str:
    """Which choice moves places most, by how many places on average."""
    if math.isnan(shift):
        return "Nothing can be ranked, so no choice can move a place"
    known = sensitivities.dropna(subset=["total"])
    moved = (
        f"with normalisation, weights and aggregation all varied, a state moves by {shift:.1f} "
        "places on average"
    )
    if known.empty:
        return sentence(f"{moved}, whatever the choice")
    top = known.iloc[int(known["total"].argmax())]
    return sentence(
        f"{moved}; {top['choice']} has the largest part in it, alone or together with the others "
        f"(total Sobol index {top['total']:.2f}, give or take {top['total_margin']:.2f})"
    )


def left_out(shifts: pd.DataFrame, labels: Mapping[str, str], names: Mapping[str, str]) -> str:
    """Which indicator, left out, moves places most, and which state farthest."""
    if shifts.empty:
        return "Fewer than two indicators differ between the states, so none can be left out"
    row = shifts.iloc[0]
    if row["mean_shift"] == 0:
        return "No place depends on any single indicator"
    return sentence(
        f"leaving out {labels[row['indicator']]} moves places most, by {row['mean_shift']:.1f} on "
        f"average; {names[row['state']]} goes from place {row['place']} to {row['place_without']}"
    )


def turned(courses: pd.DataFrame, names: Mapping[str, str], since: str, as_of: str) -> str:
    """What each of some states did between two days: rungs newly taken, armed encounters.

    `courses` is that of `engagement.courses`.
    """
    parts = []
    for row in courses.to_dict("records"):
        rungs = f"{names[row['state']]} took {count(row['rungs'], 'further rung')}"
        if row["encounters"] == 0:
            parts.append(f"{rungs}, and no armed encounter with the Taliban authorities is coded")
            continue
        verb = "armed encounter" if row["encounters"] == 1 else "armed encounters"
        when = (
            f"on {day(row['last'])}"
            if row["encounters"] == 1
            else f"the first dated {day(row['first'])}, the last {day(row['last'])}"
        )
        parts.append(
            f"{rungs}, and {count(row['encounters'], verb, verb)} with the Taliban authorities "
            f"{'is' if row['encounters'] == 1 else 'are'} coded, {when}"
        )
    return sentence(f"between {day(since)} and {day(as_of)} {'; '.join(parts)}")


def beside(
    rho: float, p: float, pairs: int, states: int, draws: int, left_out: Sequence[str] = ()
) -> str:
    """Rank correlation of two relations among states, with what so few of them allow.

    The arguments are those of `agreement.Permuted`, and the names of the states
    that are not known on both. The least p that can be shown is one in the
    number of relabellings tried, or that there are.
    """
    bare = ""
    if left_out:
        verb = "takes" if len(left_out) == 1 else "take"
        bare = " " + sentence(
            f"{listed(left_out)} {verb} no part: no rung with an order coded as taken, or no vote"
        )
    if math.isnan(rho):
        why = (
            "too few pairs of states are known on both"
            if pairs < 3
            else f"the {count(pairs, 'pair')} known on both do not differ on one of them"
        )
        return f"Steps and votes cannot be held against each other: {why}.{bare}"
    least = max(1 / (draws + 1), 1 / math.factorial(states))
    size = abs(rho)
    how = "weakly" if size < 0.4 else "moderately" if size < 0.7 else "strongly"
    way = "together" if rho > 0 else "against each other"
    go = f"go {how} {way}" if size >= 0.2 else "show hardly any connection"
    told = sentence(
        f"likeness on the ladder and agreement in votes {go} over {count(pairs, 'pair')} of "
        f"{count(states, 'state')} (Spearman {signed(rho)}); with the names dealt out anew they "
        f"go as far with the probability {p:.2f}, and no less than {least:.3f} could be shown. "
        "Exploratory: pairs that share a state are not separate observations"
    )
    return told + bare
