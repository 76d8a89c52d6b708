"""Headline and captions of the notebook that holds a document against what others say."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.words import count, day, listed, number, sentence


def headline(verdicts: pd.DataFrame, publisher: str, until: str) -> str:
    """How much of a document could be checked, what held of it, and what came of its outlooks.

    `verdicts` are those of `audit.verdicts`; `until` is the day of the evidence.
    Outlooks are told apart from the rest: that nothing has come of one is no test of it.
    """
    stated = verdicts[verdicts["part"].isin(["figure", "happening"])]
    checked = stated["standing"].value_counts().drop("not judged", errors="ignore")
    holds, fails = (int(checked.get(word, 0)) for word in ("holds", "contradicted"))
    by = f"in the document by {publisher} could be checked"
    if checked.empty:
        text = f"By {day(until)}, no statement {by}"
    else:
        parts = [
            f"{number(holds)} {'holds' if holds == 1 else 'hold'}",
            f"{number(fails)} {'does' if fails == 1 else 'do'} not",
        ]
        if rest := int(checked.sum()) - holds - fails:
            parts.append(f"{number(rest)} {'stays' if rest == 1 else 'stay'} open")
        text = f"By {day(until)}, {count(int(checked.sum()), 'statement')} {by}: {listed(parts)}"
    return f"{text}. {expected(verdicts[verdicts['part'] == 'outlook'])}"


def expected(outlooks: pd.DataFrame) -> str:
    """What became of the outlooks and announced acts of a document; rows of `audit.verdicts`."""
    if outlooks.empty:
        return "It expects or announces nothing that is coded."
    stands = outlooks["standing"]
    good, half_good = (int((stands == word).sum()) for word in ("holds", "holds in part"))
    bad, half_bad = (int((stands == f"contradicted{rest}").sum()) for rest in ("", " in part"))
    both = int((outlooks["verdict"] == "both ways").sum())
    rest = len(outlooks) - good - half_good - bad - half_bad - both
    parts = [
        _some(good, half_good, "has come true", "have come true") or "none has come true",
        _some(bad, half_bad, "was contradicted", "were contradicted"),
        f"{number(both)} went both ways" if both else "",
        f"{number(rest)} {'is' if rest == 1 else 'are'} open" if rest else "",
    ]
    came = listed(list(filter(None, parts)))
    return f"Of {count(len(outlooks), 'thing')} that it expected or announced, {came}."


def _some(full: int, half: int, one: str, more: str) -> str:
    """So many of them, and whether in part; blank for none."""
    how = (" at least in part" if full else " in part") if half else ""
    verb = one if full + half == 1 else more
    return f"{number(full + half)} {verb}{how}" if full + half else ""


def document(source: Mapping[str, object], names: Mapping[str, str], mediators: pd.Series) -> str:
    """What a document is called, who published it when, and who owns or funds the outlet.

    `source` is a row of `sources.csv`; `mediators` has the ids of each claim that names some.
    """
    when, side = day(str(source["published"])), str(source["side"])
    text = f"The document is “{source['title']}” by {source['publisher']} ({when})."
    if not side:
        return f"{text} No party in the ledger is known to own or fund the outlet."
    mediated = (
        ", which had itself mediated by then" if any(side in ids for ids in mediators) else ""
    )
    return f"{text} The outlet is owned or funded by {names[side]}{mediated}."


def judged(verdicts: pd.DataFrame) -> str:
    """How much of what a document says happened could be held against nothing."""
    told = verdicts[verdicts["part"] == "happening"]
    alone = int((told["standing"] == "not judged").sum())
    return (
        f"Of {count(len(told), 'happening or relation', 'happenings and relations')}, "
        f"{number(alone)} could be held against nothing: no other source here tells the same."
    )


def foremost(claims: pd.DataFrame) -> str:
    """Claims that matter most, by how they were chosen."""
    decided = int(claims["decided"].sum())
    text = f"a clear verdict on {count(decided, 'outlook or figure', 'outlooks and figures')}"
    if decided < len(claims):
        text += "; the rest is what most claims and figures of others speak to"
    return sentence(text)


def counted(figures: pd.DataFrame) -> str:
    """Figures of a document by verdict; a figure whose verb is missing by its readings."""
    tally = figures["verdict"].value_counts()
    order = ("supported", "contradicted", "undecided", "not checkable")
    parts = [f"{number(int(tally[word]))} {word}" for word in order if word in tally]
    text = sentence(f"{count(len(figures), 'reading')} of figures: {listed(parts)}")
    twice = figures[figures.duplicated("claim_id", keep=False)]
    if len(twice):
        each = [f"{row['verdict']} as {row['measure']}" for row in twice.to_dict("records")]
        text += f" A figure whose verb is missing is {listed(each)}."
    return text


def arithmetic(sums: tuple[str, str, str] | None) -> str:
    """What a document says of a whole beside the sum of the parts that it gives.

    >>> arithmetic(("at least 90", "50 to 80", "contradicted"))
    'The text says at least 90 in all; its own parts add up to 50 to 80: contradicted.'
    """
    if sums is None:
        return "The text does not state a whole and all its parts, so there is no sum to check."
    whole, parts, verdict = sums
    return f"The text says {whole} in all; its own parts add up to {parts}: {verdict}."


def charged(charges: pd.DataFrame) -> str:
    """Charges told by a document, and how many are denied in it."""
    denied = int((charges["denied_by"] != "none").sum())
    how = "each" if denied == len(charges) else f"{number(denied)} of them"
    return sentence(f"{count(len(charges), 'charge')}, {how} with the denial")


def hindsight(changed: pd.DataFrame, verdicts: pd.DataFrame) -> str:
    """How many verdicts need later knowledge, and how many rest on one other claim or figure."""
    spoken = verdicts["references"].str.len()[verdicts["standing"] != "not judged"]
    alone, tested = int((spoken == 1).sum()), int((spoken > 0).sum())
    would = f"{number(len(changed))} of {count(len(verdicts), 'verdict')} would differ with only"
    text = sentence(f"{would} what had been published by the day")
    if tested:
        rest = f"{number(alone)} {'rests' if alone == 1 else 'rest'} on a single one"
        text += f" Of {count(tested, 'claim')} that claims or figures of others speak to, {rest}."
    return text
