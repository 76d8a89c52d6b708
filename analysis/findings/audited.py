"""Sentences on an audit: what could be checked, what holds, and what such a count is worth."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.words import count, day, listed, number, sentence


def audited(counts: pd.DataFrame, outlooks: pd.DataFrame, title: str, as_of: str) -> str:
    """Headline of an audit: claims, those that could be held against something, those that hold.

    `counts` is that of `audit.tally`, `outlooks` that of `audit.outlook_verdicts`.
    """
    claims, checked = int(counts["claims"].sum()), int(counts["checked"].sum())
    holds, fails = int(counts["holds"].sum()), int(counts["fails"].sum())
    text = (
        f"By {day(as_of)}, {number(checked)} of the {count(claims, 'coded claim')} of “{title}” "
        "could be held against other evidence"
    )
    if checked:
        text += f": {_held(holds)}, {_failed(fails)}, and {number(checked - holds - fails)} "
        text += "stay open"
    return f"{sentence(text)} {foreseen(outlooks)}"


def foreseen(outlooks: pd.DataFrame) -> str:
    """What became of the outlooks and announced acts, counted by verdict."""
    if outlooks.empty:
        return "It expects or announces nothing that is coded."
    tally = outlooks["verdict"].value_counts()
    words = {
        "come true": ("has come true", "have come true"),
        "in part": ("has come true in part", "have come true in part"),
        "both ways": ("went both ways", "went both ways"),
        "contradicted in part": ("was contradicted in part", "were contradicted in part"),
        "contradicted": ("was contradicted", "were contradicted"),
        "not so far": ("has not come so far", "have not come so far"),
        "cannot be known": ("cannot be known", "cannot be known"),
        "no outcome coded": ("has no outcome coded", "have no outcome coded"),
    }
    parts = [
        f"{number(int(tally[verdict]))} {one if tally[verdict] == 1 else more}"
        for verdict, (one, more) in words.items()
        if verdict in tally
    ]
    of_all = count(len(outlooks), "outlook or announced act", "outlooks and announced acts")
    return sentence(f"of its {of_all}, {listed(parts, most=9)}")


def weighed(figures: pd.DataFrame) -> str:
    """Figures of a document by verdict, each reading counted apart."""
    if figures.empty:
        return "The document states no figure that is coded."
    tally = figures["verdict"].value_counts()
    order = ("supported", "contradicted", "undecided", "not checkable")
    parts = [f"{number(int(tally[word]))} {word}" for word in order if word in tally]
    return sentence(f"{count(len(figures), 'reading')} of figures: {listed(parts)}")


def summed(arithmetic: tuple[str, str, str] | None) -> str:
    """What a document says of a whole beside the sum of the parts that it gives.

    >>> summed(("at least 90", "50 to 80", "contradicted"))
    'The document says at least 90; its own parts add up to 50 to 80: contradicted.'
    """
    if arithmetic is None:
        return "The document does not state a whole and all its parts, so there is no sum to check."
    whole, parts, verdict = arithmetic
    return f"The document says {whole}; its own parts add up to {parts}: {verdict}."


def matched(told: pd.DataFrame) -> str:
    """Happenings of a document by who else tells them."""
    if told.empty:
        return "The document asserts no happening that is coded."
    tally = told["verdict"].value_counts()
    parts = [
        f"{number(int(tally.get('confirmed', 0)))} confirmed by an independent source",
        f"{number(int(tally.get('disputed', 0)))} disputed",
        f"{number(int(tally.get('only source', 0)))} told by no other source here",
        f"{number(int(tally.get('nothing to match', 0)))} without a day or a named occurrence",
    ]
    of_all = count(len(told), "happening or relation", "happenings and relations")
    return sentence(f"{of_all}: {listed(parts)}")


def charged(sides: pd.DataFrame) -> str:
    """Charges told by a document, and how many are denied in it."""
    if sides.empty:
        return "The document tells no charge of hidden conduct that is coded."
    denied = int((sides["denied_by"] != "none").sum())
    return sentence(
        f"{count(len(sides), 'charge')} {'is' if len(sides) == 1 else 'are'} told, "
        f"{number(denied)} of them with the denial"
    )


def hindsight(changed: pd.DataFrame, claims: int) -> str:
    """How many verdicts rest on what was published after the day."""
    if changed.empty:
        return "No verdict would differ with only what had been published by the day."
    return sentence(
        f"{number(len(changed))} of {count(claims, 'verdict')} would differ with only what had "
        "been published by the day"
    )


def outlet(source: Mapping[str, object], names: Mapping[str, str], mediators: pd.Series) -> str:
    """Who stands behind the outlet of a document, if it is a party to anything here.

    `mediators` holds the ids of those who mediated, one entry an occurrence.
    """
    side = str(source["side"])
    if not side:
        return sentence(f"no party in the ledger is known to own or fund {source['publisher']}")
    text = f"{source['publisher']} is owned or funded by {names[side]}"
    own = sum(side in ids for ids in mediators)
    if own:
        text += f", which mediated in {count(own, 'occurrence')} coded by then"
    return sentence(text)


def _held(holds: int) -> str:
    return f"{number(holds)} hold{'s' if holds == 1 else ''}"


def _failed(fails: int) -> str:
    return f"{number(fails)} do{'es' if fails == 1 else ''} not"
