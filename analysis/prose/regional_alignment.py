"""Headline and captions of regional_alignment, on who deals with Kabul and how far."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis import ladder
from analysis.ledger import Ledger
from analysis.words import count, day, listed, number, sentence

RECOGNISED = "recognised"
VOTED = {
    "yes": "voted yes on",
    "no": "voted no on",
    "abstain": "abstained on",
    "absent": "cast no vote on",
    "unknown": "is not on record here for",
}


def headline(
    book: Ledger, cells: pd.DataFrame, order: pd.DataFrame, leader: str, as_of: str
) -> str:
    """Where one state was first, how many steps it had taken, and who had recognised Kabul.

    `cells` and `order` are those of `ladder` for all states: to be first is to
    be first of all.
    """
    if as_of < ladder.FALL:
        return (
            f"On {day(as_of)} the Taliban did not rule in Kabul, which fell on {day(ladder.FALL)}."
        )
    name, labels = book.prose_names()[leader], ladder.labels(book)
    sure, _ = _firsts(order, leader)
    firsts = [
        f"to {_act(book, row['rung'])} ({day(row['first_text'])})"
        for row in sure.to_dict("records")
    ]
    first = sentence(f"{name} was the first {listed(firsts)}") + " " if firsts else ""
    mine = cells[(cells["state"] == leader) & cells["status"].isin(ladder.HOLDS)]
    which = [labels[rung] for rung in mine["rung"]] if not firsts and len(mine) <= 3 else []
    text = (
        f"by {day(as_of)} {'it' if firsts else name} had taken {number(len(mine))} of the "
        f"{number(cells['rung'].nunique())} steps from first contact to recognition"
        f"{f' ({listed(which)})' if which else ''}"
    )
    if mine.empty:
        text = f"by {day(as_of)} no step of {name} towards the Taliban authorities is coded"
    return f"{first}{sentence(text)} {_recognition(book, order, leader)}"


def tiles(book: Ledger, cells: pd.DataFrame) -> str:
    """How many states have ever taken a step, and for which none is coded."""
    # What was undone since had been taken.
    some = cells["status"].isin(ladder.TAKEN).groupby(cells["state"], sort=False).any()
    have = "has" if some.sum() == 1 else "have"
    text = f"{number(int(some.sum()))} of {count(len(some), 'state')} {have} a step coded as taken"
    bare = [book.prose_names()[state] for state in some.index[~some]] if some.any() else []
    return sentence(f"{text}; none is for {listed(bare)}, which is not a “no”" if bare else text)


def side_by_side(book: Ledger, table: pd.DataFrame) -> str:
    """Who has taken most steps, and who met the authorities most often in the year."""
    said = []
    for column, what in (
        ("rungs", "taken the most steps"),
        ("meetings", "the most meetings coded"),
    ):
        most = int(table[column].max())
        who = [book.prose_names()[state] for state in table.loc[table[column] == most, "state"]]
        if most > 1 and len(who) <= 3:
            have = "has" if len(who) == 1 else "have"
            said.append(sentence(f"{listed(who)} {have} {what} ({number(most)})"))
    return " ".join(said) or "No state stands out."


def measures(measures: pd.DataFrame) -> str:
    """How many measures are in force, and with how many states."""
    in_force = measures[measures["status"].isin(ladder.HOLDS)]
    states = count(in_force["state"].nunique(), "state")
    return sentence(f"{count(len(in_force), 'measure')} of {states} in force")


def moved(book: Ledger, cells: pd.DataFrame, since: str, as_of: str) -> str:
    """How many cells changed between two days, and for whom most."""
    text = f"{count(len(cells), 'cell')} changed between {day(since)} and {day(as_of)}"
    busy = cells["state"].value_counts()
    most = sorted(book.prose_names()[state] for state in busy[busy == busy.max()].index)
    if busy.max() > 1 and len(most) <= 3:
        text += f", most for {listed(most)} ({number(int(busy.max()))})"
    return sentence(text)


def pending(book: Ledger, cells: pd.DataFrame) -> str:
    """How many steps were announced and not carried out, and by whom."""
    who = listed(sorted({book.prose_names()[state] for state in cells["state"]}))
    was = "was" if len(cells) == 1 else "were"
    return sentence(f"{count(len(cells), 'step')} {was} announced and not carried out, by {who}")


def order(book: Ledger, order: pd.DataFrame, leader: str) -> str:
    """Where one state came first for certain, and where the dates leave it open."""
    name = book.prose_names()[leader]
    sure, maybe = (
        [f"to {_act(book, rung)}" for rung in part["rung"]] for part in _firsts(order, leader)
    )
    text = f"{name} was the first {listed(sure, most=8) if sure else 'on none of these steps'}"
    if maybe:
        text += f". The dates leave open whether it was the first {listed(maybe, most=8)}"
    return sentence(text)


def meetings(meetings: pd.DataFrame, year_before: str, as_of: str) -> str:
    """How many meetings are coded, and how many of them in the year before."""
    late = int((meetings["day"] > pd.Timestamp(year_before)).sum())
    are = "is" if len(meetings) == 1 else "are"
    text = f"{count(len(meetings), 'meeting')} {are} coded up to {day(as_of)}"
    return sentence(f"{text}, {number(late)} of them in the year before it")


def sanctions(book: Ledger, sanctions: pd.DataFrame) -> str:
    """Which states still ban the Taliban, and which have lifted or suspended their ban."""
    bans = sanctions[sanctions["is_ban"]].explode("by")
    if bans.empty:
        return "No ban on the Taliban is coded."
    names, is_lifted = book.prose_names(), bans["lifted"] != ""
    still, gone = (
        listed(sorted(names[state] for state in bans.loc[chosen, "by"]))
        for chosen in (~is_lifted, is_lifted)
    )
    return sentence(f"bans in force: {still}; bans lifted or suspended: {gone}")


def sessions(held: Sequence[int]) -> str:
    """Sessions compared, for a title.

    >>> sessions([76, 77, 78]), sessions([76]), sessions([])
    ('sessions 76 to 78', 'session 76', 'no session')
    """
    if len(held) < 2:
        return f"session {held[0]}" if held else "no session"
    return f"sessions {held[0]} to {held[-1]}"


def partners(book: Ledger, partners: pd.DataFrame, leader: str) -> str:
    """With whom one state votes most and least alike, and how many may be as near as the first."""
    names = book.prose_names() | {"AFG": "the Republic of Afghanistan"}
    first, last = (names[partners["partner"].iloc[place]] for place in (0, -1))
    level = int((partners["high"].iloc[1:] >= partners["low"].iloc[0]).sum())
    text = f"{names[leader]} votes most like {first} and least like {last}"
    others = count(level, "other")
    overlap = f"the range of {others} reaches" if level == 1 else f"the ranges of {others} reach"
    return sentence(f"{text}; {overlap} that of {first}" if level else text)


def on_afghanistan(book: Ledger, votes: pd.DataFrame, leader: str) -> str:
    """How one state voted on the resolutions on Afghanistan."""
    mine = votes.loc[votes["state"] == leader, "vote"]
    name = book.prose_names()[leader]
    if mine.empty:
        return f"{sentence(name)[:-1]} is not among these states."
    tally = [
        f"{how} {number(int((mine == vote).sum()))}"
        for vote, how in VOTED.items()
        if vote in set(mine)
    ]
    return sentence(f"of {count(mine.size, 'recorded vote')}, {name} {listed(tally)}")


def thin(counts: pd.DataFrame) -> str:
    """How many cells rest on one independent source."""
    taken, single = int(counts["taken"].sum()), int(counts["on_one"].sum())
    rest = "rests" if single == 1 else "rest"
    return sentence(f"{number(single)} of {count(taken, 'cell')} {rest} on one independent source")


def _act(book: Ledger, rung: str) -> str:
    """Rung as it stands after to: the infinitive of `codes.csv`, else its label."""
    own = book.codes.set_index("code_key").loc[rung]
    return str(own["infinitive"] or f"take the step “{ladder.labels(book)[rung]}”")


def _firsts(order: pd.DataFrame, leader: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of a state where it was first, alone and for certain, and where that is open."""
    # To have kept a mission open is not to have opened it first.
    order = order[order["status"] != ladder.HELD]
    level = order.loc[(order["state"] != leader) & (order["place"] == 1), "rung"]
    mine = order[(order["state"] == leader) & (order["place"] == 1)]
    sure = (mine["place_high"] == 1) & ~mine["rung"].isin(level)
    return mine[sure], mine[mine["place_high"] > 1]


def _recognition(book: Ledger, order: pd.DataFrame, leader: str) -> str:
    did = order.loc[order["rung"] == RECOGNISED, "state"].tolist()
    others = [book.prose_names()[state] for state in did if state != leader]
    if leader in did:
        also = f"{listed(others)} had recognised them, too"
        return sentence(also if others else "no other state had recognised them")
    alone = " alone" if len(others) == 1 else ""
    who = f"{listed(others)}{alone}" if others else "no state"
    return sentence(f"{who} had recognised the Taliban authorities")
