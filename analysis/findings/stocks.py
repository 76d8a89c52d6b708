"""Sentences on stocks: what one column says, what the sum says, the same people, the breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.words import change, count, listed, number, persons, sentence


def displaced(
    changes: pd.DataFrame, alike: pd.Series, unlike: Sequence[str], broken: int, *,
    who: str, place: str, first: int, last: int, coded: bool = True, absence: str = "",
) -> str:  # fmt: skip
    """Headline on a stock: the column of refugees, the plain sum, and the same people as a range.

    `changes` is that of `displacement.change`, `alike` that of
    `displacement.like_for_like`; `broken` the number of breaks between the two
    year-ends; `unlike` names the categories that are reported at one of them
    only; `coded` whether breaks are coded for this pair of places at all.
    `absence` says why nothing is there.
    """
    if changes["last"].notna().sum() == 0 or "sum" not in changes.index:
        said = sentence(f"no figure on {who} in {place} is reported for the end of {last}")
        return f"{said} {sentence(absence)}" if absence else said
    final, percent = changes["last"].to_dict(), changes["percent"].to_dict()
    text = sentence(
        f"{persons(final['sum'])} {who} of all reported categories were in {place} "
        f"at the end of {last}"
    )
    if first == last:
        return text
    if changes["first"].isna()["sum"]:
        return f"{text} Nothing is reported for the end of {first}, so there is no change to tell."
    parts = [f"between {first} and {last} that plain sum {change(percent['sum'])}"]
    if "refugees" in percent:
        parts.append(f"the column of refugees alone {change(percent['refugees'])}")
    cautions = []
    if broken:
        cautions.append(count(broken, "break lies", "breaks lie") + " between the two year-ends")
    if unlike:
        column = "the column of" if len(unlike) == 1 else "the columns of"
        verb = "is" if len(unlike) == 1 else "are"
        cautions.append(f"{column} {listed(list(unlike))} {verb} reported at one of them only")
    if not cautions:
        known = (
            "No break between the two year-ends is noted."
            if coded
            else "Whether the series breaks in between is not coded for these two places."
        )
        return f"{text} {sentence('; '.join(parts))} {known}"
    if alike["is_open"]:
        same = "how the same people changed in number is not known"
    else:
        same = f"the same people, counted at both ends, {spread(alike)}"
    return (
        f"{text} {sentence('; '.join(parts))} {sentence('; '.join([' and '.join(cautions), same]))}"
    )


def spread(alike: pd.Series) -> str:
    """Change of the same people as a range: fell by 26 to 33 %, between -3 and +5 %.

    >>> spread(pd.Series({"percent_low": -33.2, "percent_high": -26.4}))
    'fell by 26 to 33 %'
    """
    low, high = float(alike["percent_low"]), float(alike["percent_high"])
    if low != low or high != high:
        return "cannot be compared"
    if abs(high - low) < 0.5:
        return change((low + high) / 2)
    if high <= 0:
        return f"fell by {abs(high):,.0f} to {abs(low):,.0f} %"
    if low >= 0:
        return f"grew by {low:,.0f} to {high:,.0f} %"
    return f"changed by something between {low:+,.0f} and {high:+,.0f} %"


def tellings(
    changes: pd.DataFrame, whole: pd.Series, alone: pd.Series, coded: bool = True
) -> pd.DataFrame:
    """Rows of a figure: the change by one column, by plain sum, and by the same people, in percent.

    Columns label, low, high, text, is_contrast; `whole` and `alone` are those of
    `displacement.like_for_like` for all categories and for refugees. Without
    breaks `coded` nobody knows whether the people are the same, and nothing is
    said of them.
    """
    rows = []
    for label, key in (("refugees alone", "refugees"), ("plain sum", "sum")):
        value = changes["percent"].get(key, float("nan"))
        rows.append((label, value, value, change(value), True))
    same = (("same people: refugees", alone), ("same people: all", whole)) if coded else ()
    for label, alike in same:
        low, high = float(alike["percent_low"]), float(alike["percent_high"])
        open_end = ", and a break of unknown size" if alike["is_open"] else ""
        rows.append((label, low, high, spread(alike) + open_end, False))
    return pd.DataFrame(rows, columns=["label", "low", "high", "text", "is_contrast"])


def misled(
    changes: pd.DataFrame, alike: pd.Series, first: int, last: int, coded: bool = True
) -> str:
    """Finding on how far one column and the plain sum lie from the same people's range."""
    if first == last:
        return f"The two year-ends are the same, {first}: there is nothing to compare."
    low, high = float(alike["percent_low"]), float(alike["percent_high"])
    if low != low or high != high or "sum" not in changes.index:
        return f"{first} and {last} cannot be compared: one of them is not reported, or too small."
    if not coded:
        return (
            "Breaks are not coded for these two places, so whether the same people are counted at "
            "both ends is not known."
        )
    if alike["is_open"]:
        return "A break of unknown size lies between the two year-ends: no number here is a trend."
    said = []
    for words, key in (("the plain sum", "sum"), ("the column of refugees alone", "refugees")):
        value = float(changes["percent"].get(key, float("nan")))
        if value != value:
            continue
        inside = low - 0.5 <= value <= high + 0.5
        where = "inside" if inside else "above" if value > high else "below"
        said.append(f"{words} lies {where} that range")
    head = f"from {first} to {last} the same people {spread(alike)}"
    return sentence(f"{head}; {listed(said)}" if said else head)


def defined(rows: pd.DataFrame, first: int, last: int) -> str:
    """Caption on definitions: how far apart they are at the last year-end."""
    levels = rows["last"].dropna()
    if levels.empty or first == last:
        return f"What four definitions count at the end of {last}"
    low, high = levels.min(), levels.max()
    told = persons(low) if low == high else f"{persons(low)} to {persons(high)}"
    return f"One word, {count(len(levels), 'definition')}: {told} people at the end of {last}"


def carried(runs: pd.DataFrame, labels: Mapping[str, str], place: str) -> str:
    """Finding on numbers that stand unchanged under three years or more."""
    if runs.empty:
        return sentence(
            f"no number of 1,000 or more on {place} stands unchanged under three years or more"
        )
    told = [
        f"{row['persons']:,.0f} {labels[row['category']]} from {row['first_year']} to "
        f"{row['last_year']}"
        for row in runs.to_dict("records")
    ]
    return (
        f"Unchanged under three years or more, so a count carried forward or a rounded estimate: "
        f"{listed(told)}."
    )


def shift(changes: pd.DataFrame, labels: Mapping[str, str], first: int, last: int) -> str:
    """Caption on a change by category: the category that moved most."""
    if first == last:
        return f"The two year-ends are the same, {first}"
    moves = changes.drop(index="sum", errors="ignore")["difference"].dropna()
    if moves.empty:
        return f"No category is reported at the end of both {first} and {last}"
    most, move = max(moves.items(), key=lambda item: abs(item[1]))
    return f"From {first} to {last} the column of {labels[str(most)]} moved most, by {move:+,.0f}"


def broken(listing: pd.DataFrame, place: str, coded: bool = True) -> str:
    """Caption on the breaks of a series; `coded` is whether any were looked for."""
    years = listing["year"].nunique()
    if not coded:
        return f"Breaks in the series for {place} are not coded"
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
