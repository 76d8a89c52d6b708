"""Computed sentences: what a frame says, in words that stay true when a parameter changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.words import change, count, day, listed, number, persons, sentence

SIGN_WORDS = {1: "cooperative", -1: "conflictual", 0: "mixed"}


def tie(found: pd.DataFrame, first: str, second: str) -> str:
    """Tie of two actors in words, from the one row (or none) of `ledger.between`.

    >>> tie(pd.DataFrame(columns=["sign"]), "Norway", "Qatar")
    'no tie between Norway and Qatar is coded'
    """
    if found.empty:
        return f"no tie between {first} and {second} is coded"
    row = found.iloc[0]
    disputed = ", disputed" if row["disputed"] else ""
    return (
        f"the tie between {first} and {second} is {SIGN_WORDS[row['sign']]}{disputed}, on "
        f"{count(row['claim_count'], 'claim')} from "
        f"{count(row['source_count'], 'independent source')}"
    )


def tally(network: pd.DataFrame) -> str:
    """Number of ties by sign.

    >>> tally(pd.DataFrame({"sign": [1, 1, -1]}))
    'three ties are coded: two cooperative and one conflictual'
    """
    if network.empty:
        return "no ties are coded"
    by_sign = network["sign"].value_counts()
    parts = [count(int(by_sign[s]), word, word) for s, word in SIGN_WORDS.items() if s in by_sign]
    verb = "is" if len(network) == 1 else "are"
    return f"{count(len(network), 'tie')} {verb} coded: {listed(parts)}"


def balance(shapes: Mapping[str, int]) -> str:
    """Number of triangles out of balance.

    >>> balance({"+++": 3, "++-": 1, "+--": 2, "---": 0})
    'one of six triangles is out of balance'
    """
    total = sum(shapes.values())
    if not total:
        return "there is no triangle to balance"
    strained = shapes["++-"] + shapes["---"]
    verb = "is" if strained <= 1 else "are"
    return f"{number(strained)} of {count(total, 'triangle')} {verb} out of balance"


def network(
    ties: pd.DataFrame, found: pd.DataFrame, shapes: Mapping[str, int],
    first: str, second: str, as_of: str,
) -> str:  # fmt: skip
    """Headline of a signed network: the tie in focus, all ties by sign, triangles."""
    return " ".join(
        (
            sentence(f"on {day(as_of)}, {tie(found, first, second)}"),
            sentence(tally(ties)),
            sentence(balance(shapes)),
        )
    )


def strained(
    listing: Sequence[tuple[Sequence[str], str, bool]],
    names: Mapping[str, str],
    focus: Sequence[str],
) -> str:
    """Triangles out of balance that hold an actor in focus, by name and pattern."""
    out = [(nodes, pattern) for nodes, pattern, balanced in listing if not balanced]
    named = [
        f"{', '.join(names[node] for node in nodes)} ({pattern})"
        for nodes, pattern in out
        if set(nodes) & set(focus)
    ]
    who = " or ".join(names[actor] for actor in focus)
    if not named:
        return sentence(f"no triangle with {who} in it is out of balance")
    verb = "triangle" if len(named) == 1 else "triangles"
    return sentence(
        f"{count(len(named), verb, verb)} out of balance with {who}: {'; '.join(named)}"
    )


def retold(told: pd.DataFrame, plain: pd.DataFrame, teller: str, names: Mapping[str, str]) -> str:
    """Which ties differ between one actor's telling and what is established."""
    signs = [
        dict(zip(zip(t["a"], t["b"], strict=True), t["sign"], strict=True)) for t in (told, plain)
    ]
    turned = sorted(
        p for p in signs[0].keys() | signs[1].keys() if signs[0].get(p) != signs[1].get(p)
    )
    ways = [
        f"{names[a]} and {names[b]} ({_way(signs[1].get((a, b)))} → {_way(signs[0].get((a, b)))})"
        for a, b in turned
    ]
    verb = "tie differs" if len(turned) == 1 else "ties differ"
    return sentence(
        f"as told by {teller}, {count(len(turned), verb, verb)} from what is established"
        + (f": {listed(ways)}" if ways else "")
    )


def displaced(changes: pd.DataFrame, broken: int, place: str, first: int, last: int) -> str:
    """Headline on a stock: what one column says, what the sum says, and the breaks between.

    `changes` is that of `displacement.change`; `broken` the number of breaks.
    """
    if changes["last"].notna().sum() == 0 or "sum" not in changes.index:
        return sentence(f"no figure on Afghans in {place} is reported for {last}")
    final = changes["last"].to_dict()
    percent = changes["percent"].to_dict()
    text = sentence(
        f"{persons(final['sum'])} Afghans of all reported categories were in {place} "
        f"at the end of {last}"
    )
    if first == last:
        return text
    parts = [f"between {first} and {last} that plain sum {change(percent['sum'])}"]
    if "refugees" in percent:
        parts.append(f"the column of refugees alone {change(percent['refugees'])}")
    lies = "no break lies" if not broken else count(broken, "break lies", "breaks lie")
    warning = "" if not broken else ", so that neither is a trend"
    caution = sentence(f"{lies} between the two year-ends{warning}")
    return f"{text} {sentence('; '.join(parts))} {caution}"


def shift(changes: pd.DataFrame, labels: Mapping[str, str], first: int, last: int) -> str:
    """Caption on a change by category: the category that moved most."""
    moves = changes.drop(index="sum", errors="ignore")["difference"].dropna()
    if moves.empty:
        return f"No category is reported at the end of both {first} and {last}"
    most, move = max(moves.items(), key=lambda item: abs(item[1]))
    return f"From {first} to {last} the column of {labels[str(most)]} moved most, by {move:+,.0f}"


def counted(rows: pd.DataFrame, what: str, place: str) -> str:
    """Operational figures of one measure: how many, by whom, the widest window."""
    if rows.empty:
        return sentence(f"no operational figure on {what} from {place} is in the table")
    counters = listed(sorted(set(rows["counted_by"])), most=4)
    text = f"{count(len(rows), 'figure')} on {what} from {place}, by {counters}"
    alone = rows[~rows["asylum_iso3"].str.contains(";") & rows["first"].notna()]
    if len(alone):
        widest = alone.iloc[int((alone["last"] - alone["first"]).argmax())]
        text += (
            f"; the widest window of {place} alone, {day(widest['start'])} to "
            f"{day(widest['end'])}, holds {bounded(widest)} ({widest['counted_by']})"
        )
    return sentence(text)


def bounded(row: pd.Series) -> str:
    """Figure with its bound: more than 758,000, about 389,000, 1.3 to 1.4 million.

    >>> bounded(pd.Series({"low": 758000, "high": 758000, "bound": "at_least"}))
    'at least 758,000'
    """
    word = {"exact": "", "about": "about ", "at_least": "at least ", "at_most": "at most "}
    low, high = float(row["low"]), float(row["high"])
    value = f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"
    return word[row["bound"]] + value


def strongest(ties: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Caption on the ties: the strongest cooperative and the strongest conflictual one.

    >>> strongest(pd.DataFrame(columns=["a", "b", "net", "sign"]), {})
    'no ties are coded'
    """
    parts = []
    for sign, word in ((1, "cooperative"), (-1, "conflictual")):
        some = ties[ties["sign"] == sign]
        if len(some):
            top = some.iloc[int(some["net"].abs().argmax())]
            parts.append(f"the strongest {word} one joins {names[top['a']]} and {names[top['b']]}")
    return "; ".join([tally(ties), *parts]) if parts else tally(ties)


def steadiness(varied: pd.DataFrame, first: str, second: str, runs: int) -> str:
    """Caption on runs of one tie: whether its sign holds through all of them."""
    if varied.empty:
        return f"no tie between {first} and {second} at any of {runs} half-lives"
    signs = sorted({SIGN_WORDS[sign] for sign in varied["sign"]})
    if len(signs) == 1 and len(varied) == runs:
        return f"{first} and {second}: {signs[0]} at every half-life tried"
    gone = "" if len(varied) == runs else f", and no tie at {number(runs - len(varied))} of them"
    return f"{first} and {second}: {listed(signs)}, depending on the half-life{gone}"


def broken(listing: pd.DataFrame, place: str) -> str:
    """Caption on the breaks of a series."""
    years = listing["year"].nunique()
    if not years:
        return f"No break in the series for {place} is noted in this span"
    return (
        (
            f"{count(len(listing), 'break', 'breaks')} in {count(years, 'year')} of the series for "
            f"{place}: {listed([str(year) for year in listing['year'].unique()])}"
        )
        .capitalize()
        .replace(place.lower(), place)
    )


def ranged(papers: pd.DataFrame, place: str) -> str:
    """Caption on stocks by papers: the range that sources give for people without papers."""
    without = papers[papers["measure"] == "undocumented"]
    if without.empty:
        return f"No source in the table counts Afghans without papers in {place}"
    low, high = int(without["low"].min()), int(without["high"].max())
    said = f"{low:,}" if low == high else f"from {low:,} to {high:,}"
    return (
        f"Afghans without papers in {place}: {said}, by {count(len(without), 'source row')}, "
        "on different days"
    )


def parted(starts: pd.DataFrame, place: str, last: int) -> str:
    """Caption on starting points: in how many years sum and refugees alone part ways."""
    both = starts.dropna(subset=["sum_percent", "refugees_percent"])
    if both.empty:
        return f"No earlier year-end to compare {last} with in {place}"
    apart = ((both["sum_percent"] > 0) != (both["refugees_percent"] > 0)).sum()
    verb = "year-end says" if len(both) == 1 else "year-ends say"
    return (
        f"{number(int(apart)).capitalize()} of {len(both)} earlier {verb} opposite "
        f"things of {last} by sum and by refugees alone"
    )


def ladder(
    cells: pd.DataFrame, order: pd.DataFrame, names: Mapping[str, str], leader: str,
    rungs: Mapping[str, str], as_of: str,
) -> str:  # fmt: skip
    """Headline of the ladder: rungs taken by one state, where it was first, who recognised.

    `cells` is that of `engagement.ladder`, `order` that of `engagement.sequences`.
    """
    height = number(cells["rung"].nunique())
    taken = order[order["state"] == leader]
    text = f"by {day(as_of)} {names[leader]} had taken {number(len(taken))} of {height} rungs"
    recognised = [names[state] for state in order.loc[order["rung"] == "recognised", "state"]]
    end = (
        f"recognised by {listed(recognised)}"
        if recognised
        else "no state listed had recognised the Taliban authorities"
    )
    return f"{sentence(text)} {sentence(place_of(order, names, leader, rungs))} {sentence(end)}"


def place_of(
    order: pd.DataFrame, names: Mapping[str, str], leader: str, rungs: Mapping[str, str]
) -> str:
    """On which rungs a state was first: alone, with others, perhaps; and where it came later.

    It is first where no date allows another to be ahead, perhaps first where
    the dates leave it open. `rungs` gives the words for the rungs.
    """
    taken = order[order["state"] == leader]
    others = order[order["state"] != leader]
    unmatched = set(taken["rung"]) - set(others["rung"])
    level = set(others.loc[others["place_high"] == 1, "rung"])
    sure, maybe = taken["place_high"] == 1, (taken["place"] == 1) & (taken["place_high"] > 1)
    first = [rung for rung in taken.loc[sure, "rung"] if rung not in unmatched]
    groups = {
        "first, before others, on": [rung for rung in first if rung not in level],
        "first together with others on": [rung for rung in first if rung in level],
        "perhaps first, as far as the dates tell, on": list(taken.loc[maybe, "rung"]),
        "later than others on": list(taken.loc[taken["place"] > 1, "rung"]),
        "the only one on": [rung for rung in taken["rung"] if rung in unmatched],
    }
    parts = [
        f"{how} {listed([rungs[rung] for rung in which], most=8)}"
        for how, which in groups.items()
        if which
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
    most = sorted(names[state] for state in busy[busy == busy.max()].index)
    verb = "cell" if len(cells) == 1 else "cells"
    return sentence(
        f"{count(len(cells), verb, verb)} changed {span}, most for {listed(most)} ({busy.max()})"
    )


def thin(counts: pd.DataFrame) -> str:
    """Caption on cells that rest on one source."""
    taken, single = int(counts["taken"].sum()), int(counts["on_one_source"].sum())
    if not taken:
        return "No step is coded as taken"
    return sentence(f"{single} of {count(taken, 'cell')} rest on one independent source")


def _way(sign: int | None) -> str:
    return "no tie" if sign is None else SIGN_WORDS[sign]
