"""Sentences on people counted: stocks, breaks, operational figures, papers, starting points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.words import change, count, day, listed, number, persons, sentence


def displaced(
    changes: pd.DataFrame, broken: int, unlike: Sequence[str], place: str, first: int, last: int
) -> str:
    """Headline on a stock: what one column says, what the sum says, and the breaks between.

    `changes` is that of `displacement.change`; `broken` the number of breaks
    noted; `unlike` names the categories that are reported at one end only.
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
    cautions = []
    if broken:
        cautions.append(count(broken, "break lies", "breaks lie") + " between the two year-ends")
    if unlike:
        verb = "is" if len(unlike) == 1 else "are"
        cautions.append(f"{listed(list(unlike))} {verb} reported at one of them only")
    caution = (
        f"{' and '.join(cautions)}, so that neither is a trend"
        if cautions
        else "no break between the two year-ends is noted"
    )
    return f"{text} {sentence('; '.join(parts))} {sentence(caution)}"


def shift(changes: pd.DataFrame, labels: Mapping[str, str], first: int, last: int) -> str:
    """Caption on a change by category: the category that moved most."""
    if first == last:
        return f"The two year-ends are the same, {first}"
    moves = changes.drop(index="sum", errors="ignore")["difference"].dropna()
    if moves.empty:
        return f"No category is reported at the end of both {first} and {last}"
    most, move = max(moves.items(), key=lambda item: abs(item[1]))
    return f"From {first} to {last} the column of {labels[str(most)]} moved most, by {move:+,.0f}"


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


def counted(rows: pd.DataFrame, what: str, place: str) -> str:
    """Operational figures of one measure: how many, by whom, the widest window."""
    if rows.empty:
        return sentence(f"no operational figure on {what} from {place} is in the table")
    counters = listed(sorted(set(rows["counted_by"])), most=4)
    text = f"{count(len(rows), 'figure')} on {what} from {place}, by {counters}"
    alone = rows[~rows["asylum_iso3"].str.contains(";") & rows["first"].notna()]
    if alone.empty:
        return sentence(text)
    spans = (alone["last"] - alone["first"]).dt.days
    newest = alone["last"] == alone["last"].max()
    picks = {"widest": int(spans.argmax()), "latest": int(spans.where(newest).argmax())}
    if len(set(picks.values())) == 1:
        picks = {"widest and latest": picks["widest"]}
    for which, place_in_table in picks.items():
        row = alone.iloc[place_in_table]
        text += (
            f"; the {which} window of {place} alone, {day(row['start'])} to {day(row['end'])}, "
            f"holds {bounded(row)} ({row['counted_by']})"
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
