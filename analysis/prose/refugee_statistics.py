"""Headline and captions of the notebook on how many people fled and who goes home."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.displacement import SMALL, Release
from analysis.words import change, count, number, per_thousand, persons, sentence

# A percentage is called by the fraction that it is close to.
FRACTIONS = {
    10: "a tenth", 20: "a fifth", 25: "a quarter", 100 / 3: "a third", 50: "half",
    200 / 3: "two thirds", 75: "three quarters",
}  # fmt: skip
CLOSE = 1.5
PAPERS = {
    "refugees_registered": "registered as refugees", "registered": "registered as refugees",
    "citizen_card_holders": "citizen card (ACC)", "card_holders": "citizen card (ACC)",
    "undocumented": "without papers", "hosted": "all hosted", "asylum_seekers": "asylum-seekers",
    "headcount_slips": "expired headcount slips",
}  # fmt: skip
BOUNDS = {"exact": "", "about": "about ", "at_least": "at least ", "at_most": "at most "}


@dataclass(frozen=True)
class Comparison:
    """Whom, where and between which two year-ends a report compares; whether breaks are coded."""

    who: str
    place: str
    first: int
    last: int
    is_coded: bool


def headline(
    about: Comparison, changes: pd.DataFrame, alike: pd.Series, home: float, absence: str = ""
) -> str:
    """Stock, change like for like beside the change of the columns, and returns of the last year.

    `changes` is that of `displacement.change`, `alike` that of
    `displacement.like_for_like`, `home` the refugees who went home in the last
    year; `absence` says why nothing is there.
    """
    who, place, first, last = about.who, about.place, about.first, about.last
    if absence or pd.isna(changes["last"].get("sum")):
        nothing = f"No figure on {who} in {place} is reported for the end of {last}."
        return f"{nothing} {sentence(absence)}" if absence else nothing
    said = (
        f"UNHCR recorded {persons(changes['last']['sum'])} {who} in {place} at the end of {last}."
    )
    if first < last:
        said += f" {_change(about, changes, alike)}"
    if home >= SMALL:
        said += f" It counted {persons(home)} refugees who went home from there in {last}."
    return said


def _change(about: Comparison, changes: pd.DataFrame, alike: pd.Series) -> str:
    span = f"between {about.first} and {about.last}"
    stock = "Afghan population" if about.who == "Afghans" else f"number of {about.who}"
    if pd.isna(changes["first"]["sum"]):
        return f"Nothing is reported for the end of {about.first}, so the change is not known."
    if not about.is_coded:
        return (
            f"The recorded {stock} {change(changes['percent']['sum'])} {span}; whether the same "
            "people were counted at both ends is not coded."
        )
    if alike["is_open"]:
        return f"The series breaks {span} by an unknown number, so its change is not known."
    others = [
        f"{words} {change(changes['percent'][key])}"
        for key, words in (("refugees", "the column of refugees alone"), ("sum", "the plain sum"))
        if key in changes.index and _side(changes["percent"][key], alike) in ("above", "below")
    ]
    said = f"Like for like, the recorded {stock} {spread(alike)} {span}"
    return f"{said}; {' and '.join(others)}." if others else f"{said}."


def _side(percent: float, alike: pd.Series) -> str:
    """Where a change lies by the range of the same people: inside, above or below."""
    if percent > alike["percent_high"] + 0.5:
        return "above"
    return "below" if percent < alike["percent_low"] - 0.5 else "inside"


def spread(alike: pd.Series) -> str:
    """Change of the same people as a range, in fractions where they are close.

    >>> spread(pd.Series({"percent_low": -33.2, "percent_high": -26.4}))
    'fell by a quarter to a third'
    >>> spread(pd.Series({"percent_low": -3.0, "percent_high": 5.2}))
    'fell by up to 3 % or grew by up to 5 %'
    """
    low, high = float(alike["percent_low"]), float(alike["percent_high"])
    if pd.isna(low) or pd.isna(high):
        return "cannot be compared"
    if high - low < 0.5:
        return change((low + high) / 2)
    if low < 0 < high:
        return f"fell by up to {-low:.0f} % or grew by up to {high:.0f} %"
    verb, near, far = ("fell", -high, -low) if high <= 0 else ("grew", low, high)
    ends = [_fraction(near), _fraction(far)]
    if not all(ends):
        return f"{verb} by {near:.0f} to {far:.0f} %"
    return f"{verb} by about {ends[0]}" if ends[0] == ends[1] else f"{verb} by {' to '.join(ends)}"


def _fraction(percent: float) -> str:
    return next((words for value, words in FRACTIONS.items() if abs(value - percent) < CLOSE), "")


def placed(name: str) -> str:
    """Name of a place as it stands in a sentence: the United States."""
    return f"the {name}" if name.startswith(("United ", "Netherlands")) else name


def release(unhcr: Release, last: int) -> str:
    """Sentence on the release: where it ends, and what its last year holds."""
    if last > unhcr.last_year:
        return f"Release {unhcr.name} ends with {unhcr.last_year}; {last} is not in it."
    if last == unhcr.last_year and unhcr.state == "mid-year":
        return f"Release {unhcr.name} has the middle of {last}, not its end."
    return f"Release {unhcr.name} ends with {unhcr.last_year}; figures are those of the year's end."


def like_for_like(about: Comparison, changes: pd.DataFrame, alike: pd.Series) -> str:
    """Caption on ways of counting: where column and plain sum lie by the same people's range."""
    if about.first == about.last:
        return "The two year-ends are the same."
    if not about.is_coded:
        return "Breaks are not coded for this place, so nobody knows whether these are one people."
    if alike["is_open"] or pd.isna(alike["percent_low"]):
        return "The two year-ends cannot be compared like for like."
    percents = changes["percent"].reindex(["refugees", "sum"]).to_dict()
    sides = {key: _side(percent, alike) for key, percent in percents.items()}
    if sides["refugees"] == sides["sum"]:
        return f"Both columns lie {sides['sum']} the range of the same people."
    return (
        f"The column of refugees lies {sides['refugees']} the range of the same people, the plain "
        f"sum {sides['sum']} it."
    )


def definitions(rows: pd.DataFrame, last: int) -> str:
    """Caption on definitions: how far apart they are at the last year-end."""
    low, high = persons(rows["last"].min()), persons(rows["last"].max())
    return f"One word, four definitions: {low} to {high} people at the end of {last}"


def hosts(hosted: pd.DataFrame) -> str:
    """Caption on hosts: who hosts most, and who most by inhabitants.

    `hosted` is that of `displacement.hosts`, with the name of each `place`.
    """
    named = hosted[hosted["asylum_iso3"] != "OTH"].to_dict("records")
    share = 100 * named[0]["persons"] / hosted["persons"].sum()
    said = f"{placed(named[0]['place'])} hosts most, {share:.0f} % of all"
    rated = [row for row in named if pd.notna(row["per_1000"])]
    if not rated:
        return sentence(said)
    most = max(rated, key=lambda row: row["per_1000"])
    few = len(rated) < len(named)
    known = f" among the {len(rated)} with a known number of them" if few else ""
    rate = f"{per_thousand(most['per_1000'])} per 1,000"
    return sentence(f"{said}; by inhabitants{known} it is {placed(most['place'])}, {rate}")


def returns(home: pd.Series, place: str) -> str:
    """Caption on returns by year: the latest beside the largest."""
    known = home.dropna()
    peak, last, now = known.idxmax(), known.index[-1], persons(known.iloc[-1])
    if peak == last:
        return f"In {last} {now} went home from {place}, more than in any year before."
    return f"From {place} most went home in {peak}, {persons(known.max())}; in {last} it was {now}."


def bounded(row: pd.Series) -> str:
    """Figure with its bound: at least 758,000, about 389,000, 1,300,000 to 1,400,000.

    >>> bounded(pd.Series({"low": 758000, "high": 758000, "bound": "at_least"}))
    'at least 758,000'
    """
    low, high = float(row["low"]), float(row["high"])
    value = f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"
    return BOUNDS[row["bound"]] + value


def counter(row: pd.Series) -> str:
    """Who counted; whom, where it was not everybody; where, if in several places together."""
    group = row["population"]
    own = group.replace("through_khyber_pakhtunkhwa", "its own crossings").replace("_", " ")
    limits = [own] * (group != "all") + ["Pakistan and Iran"] * (";" in row["asylum_iso3"])
    return f"{row['counted_by']} ({', '.join(limits)})" if limits else str(row["counted_by"])


def between(low: float, high: float) -> str:
    """Range in words; an end that nothing bounds is NaN.

    >>> between(1055000, float("nan")), between(100, 700)
    ('at least 1,055,000', '100 to 700')
    """
    if pd.isna(high):
        return f"at least {low:,.0f}"
    if pd.isna(low):
        return f"at most {high:,.0f}"
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"


def deportations(rows: pd.DataFrame) -> str:
    """Caption on deportations: the share of returns, of whoever counted both in one window."""
    shares = rows["share_percent"].dropna()
    if shares.empty:
        return "No counter has deportations and all returns for one window"
    ends = between(round(shares.min()), round(shares.max()))
    return (
        f"Where one counter has both for one window, {ends} % of those who returned were deported"
    )


def papers(status: pd.DataFrame) -> str:
    """Caption on papers: the range of people without any."""
    free = status[status["measure"] == "undocumented"].to_dict("records")[0]
    if not free["counters"]:
        return "Nobody counted people without papers in the two years before."
    counters = count(free["counters"], "counter")
    return f"Without papers: {between(free['low'], free['high'])}, by {counters}."


def ages(pyramid: pd.DataFrame, unknown: float) -> str:
    """Caption on age and sex: for how many neither is known, children, women and girls."""
    known = pyramid.drop(index="unknown")[["female", "male"]]
    whole = known.to_numpy().sum()
    if not whole:
        return "Age and sex are not known for anybody."
    share = "less than 1" if 0 < unknown < 0.5 else f"{unknown:.0f}"
    young = 100 * known.loc[["0-4", "5-11", "12-17"]].to_numpy().sum() / whole
    return (
        f"Age or sex is not known for {share} %. Of the others {young:.0f} % are under 18 "
        f"and {100 * known['female'].sum() / whole:.0f} % are women and girls."
    )


def residual(steps: pd.Series, breaks: int) -> str:
    """Caption on the steps of a year: what they leave over, and whether the series breaks in it."""
    left, opening = float(steps["residual"]), float(steps["opening"])
    share = f", {100 * abs(left) / opening:.0f} % of the stock it began with" if opening else ""
    said = f"{persons(abs(left))} {'more' if left > 0 else 'fewer'} people than the flows explain"
    more = f"; {count(breaks, 'break lies', 'breaks lie')} in the year" if breaks else ""
    return sentence(f"{said}{share}{more}")


def starting_points(starts: pd.DataFrame) -> str:
    """Caption on starting points: in how many years sum and refugees alone say opposite things."""
    both = starts.dropna(subset=["sum_percent", "refugees_percent"])
    apart = int(((both["sum_percent"] > 0) != (both["refugees_percent"] > 0)).sum())
    if not apart:
        return "From every earlier year-end the plain sum and refugees alone go the same way."
    return (
        f"Measured from {number(apart)} of {len(both)} earlier year-ends, the plain sum and "
        "refugees alone go opposite ways."
    )
