"""Sentences on hosts, flows, age and sex, and on how the tables stand up to other publications."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.words import count, listed, number, per_thousand, persons, sentence

STEPS = {
    "arrivals": "arrivals",
    "resettlement": "taken in by resettlement",
    "return": "returns",
    "naturalisation": "naturalisations",
}


def hosted(rates: pd.DataFrame, names: Mapping[str, str], who: str, asylum: str, year: int) -> str:
    """Finding on hosts: who hosts most, who most by inhabitants, and where this place stands."""
    places = rates[rates["asylum_iso3"] != "OTH"].reset_index(drop=True)
    if places.empty:
        return sentence(f"no place of asylum of {who} is reported for the end of {year}")
    top = places.iloc[0]
    share = 100 * top["persons"] / rates["persons"].sum()
    text = (
        f"{names.get(top['asylum_iso3'], top['asylum_iso3'])} hosted most {who} at the end of "
        f"{year}, all reported categories together: {persons(top['persons'])}, {share:.0f} % of all"
    )
    rated = places.dropna(subset=["per_1000"])
    if not rated.empty:
        most = rated.iloc[int(rated["per_1000"].argmax())]
        known = f" among the {len(rated)} with a known number"
        among = "" if len(rated) == len(places) else known
        leader = names.get(most["asylum_iso3"], most["asylum_iso3"])
        text += (
            f"; by inhabitants{among} it was {leader}, {per_thousand(most['per_1000'])} per 1,000"
        )
    rank = places.index[places["asylum_iso3"] == asylum].tolist()
    if rank and rank[0] > 0:
        text += f"; {names.get(asylum, asylum)} came {_ordinal(rank[0] + 1)} of {len(places)}"
    uncounted = len(places) - len(rated)
    if uncounted:
        text += f". For {count(uncounted, 'place')} the tables have no number of inhabitants"
    return sentence(text)


def reconciled(years: pd.DataFrame, who: str, place: str) -> str:
    """Finding on residuals: the largest, what it may hold, and the sum of them all."""
    if years.empty:
        return sentence(
            f"no year has a stock of {who} in {place} at both ends, so nothing can be reconciled"
        )
    worst = years.iloc[int(years["residual"].abs().argmax())]
    more = "more" if worst["residual"] > 0 else "fewer"
    whole = years["residual"].sum()
    text = (
        f"the flows leave most unexplained in {int(worst['year'])}: "
        f"{persons(abs(worst['residual']))} {more} people than they account for"
    )
    low, high = sorted((worst["break_low"], worst["break_high"]), key=abs)
    if high:
        told = persons(abs(high)) if low == high else f"{persons(abs(low))} to {persons(abs(high))}"
        text += f"; breaks of that year account for {told}"
    missing = [
        words for flow, words in STEPS.items() if pd.isna(worst[flow]) and flow != "resettlement"
    ]
    if missing:
        text += f"; not reported, and so left in it: {listed(missing)}"
    span = f"{int(years['year'].min())} to {int(years['year'].max())}"
    return f"{sentence(text)} Over {span} the residuals add up to {whole:+,.0f}."


def cascade(years: pd.DataFrame, year: int) -> dict[str, float]:
    """Steps of a waterfall for one year of `displacement.reconciliation`; NaN where it has none."""
    row = years[years["year"] == year]
    one = row.iloc[0].to_dict() if len(row) else dict.fromkeys(years.columns, float("nan"))
    return {
        f"end of {year - 1}": float(one["opening"]),
        "arrivals": float(one["arrivals"]),
        "resettled to here": float(one["resettlement"]),
        # Taken from nothing, so that nobody is 0 and never -0.
        "returns": 0 - float(one["return"]),
        "naturalised": 0 - float(one["naturalisation"]),
        "residual": float(one["residual"]),
        f"end of {year}": float(one["closing"]),
    }


def held_over(years: pd.DataFrame, year: int) -> str:
    """Finding on one year: its residual, and as what share of the stock at its beginning."""
    row = years[years["year"] == year]
    if row.empty:
        return f"No stock is reported at the end of both {year - 1} and {year}."
    left, opening = float(row["residual"].iloc[0]), float(row["opening"].iloc[0])
    share = f", {100 * abs(left) / opening:.0f} % of the stock it began with" if opening else ""
    more = "more" if left > 0 else "fewer"
    return f"In {year} {persons(abs(left))} {more} people than the flows account for{share}."


def spread_out(runs: pd.DataFrame, place: str) -> str:
    """Finding on arrivals that stand unchanged under several years: a sum spread evenly."""
    if runs.empty:
        return sentence(
            f"no number of 1,000 arrivals or more in {place} stands under three years or more"
        )
    row = runs.iloc[0]
    return sentence(
        f"the same {row['persons']:,.0f} arrivals in {place} stand under {row['years']} years from "
        f"{row['first_year']} to {row['last_year']}: a sum spread evenly, not a count of each year"
    )


def solved(years: pd.DataFrame, place: str) -> str:
    """Finding on solutions: the largest year of each, and which are never reported."""
    said = []
    words = {
        "return": "returns",
        "resettlement": "resettlement to here",
        "naturalisation": "naturalisations",
    }
    silent = [words[kind] for kind in words if years[kind].isna().all()]
    for kind, what in words.items():
        series = years[kind].dropna()
        if not series.empty:
            peak = series.index[int(series.argmax())]
            said.append(f"{what} were most in {peak}, {persons(series.max())}")
    if not said:
        return sentence(f"no solution is reported for {place} in these years")
    text = sentence("; ".join(said))
    if silent:
        verb = "is" if len(silent) == 1 else "are"
        text += (
            f" {listed(silent).capitalize()} {verb} not reported for {place} in any of these years."
        )
    return text


def aged(pyramid: pd.DataFrame, unknown: float, who: str, place: str, year: int) -> str:
    """Finding on age and sex: children, women, and the share for whom it is not known."""
    if pyramid.empty:
        return sentence(
            f"the release reports no age and sex of {who} in {place} for the end of {year}"
        )
    known = pyramid.drop(index="unknown")[["female", "male"]]
    counted = persons(float(pyramid.to_numpy().sum()))
    whole = known.to_numpy().sum()
    if not whole:
        return sentence(
            f"age and sex of the {counted} {who} in {place} at the end of {year} are not known "
            "for anybody"
        )
    young = known.loc[["0-4", "5-11", "12-17"]].to_numpy().sum()
    share = "fewer than 1" if 0 < unknown < 0.5 else f"{unknown:.0f}"
    return (
        f"Age or sex is not known for {share} % of the {counted} {who} in {place} at the end "
        f"of {year}. Of those for whom both are, {100 * young / whole:.0f} % are under 18 "
        f"and {100 * known['female'].sum() / whole:.0f} % are women and girls."
    )


def validated(rows: pd.DataFrame) -> str:
    """Caption on published figures asked again of the tables; `reproduced` is yes or no."""
    if rows.empty:
        return "None of the published figures concerns this place of origin"
    publications = rows["url"].nunique()
    failed = rows[rows["reproduced"] == "no"]
    right = len(rows) - len(failed)
    share = f"{number(right).capitalize()} of {len(rows)}" if len(failed) else f"All {right}"
    text = (
        f"{share} figures from "
        f"{count(publications, 'publication')} are reproduced by the tables of this run"
    )
    return text if failed.empty else f"{text}; not reproduced: {listed(list(failed['what']))}"


def covered(name: str, ends: int, state: str, last: int) -> str:
    """Finding on the release: where it ends, and what its last year holds."""
    if last > ends:
        return f"Release {name} ends with {ends}; {last} is not in it."
    text = f"Release {name} ends with {ends}"
    if last < ends or state == "year-end":
        return f"{text}; the figures of {last} are those of the end of the year."
    if state == "mid-year":
        return f"{text}, of which it has mid-year figures: June under the full year."
    return f"{text}; whether that year is counted to June or to its end it does not say."


def released(levels: Mapping[str, float], last: int) -> str:
    """Finding on releases: what each that holds these people says of the same year-end."""
    if not levels:
        return f"No release at hand holds these people at the end of {last}."
    if len(levels) < 2:
        return (
            f"Only release {next(iter(levels))} holds these people at the end of {last}, so "
            "releases cannot be compared; `torkham fetch unhcr` brings another."
        )
    told = [f"{name}: {persons(level)}" for name, level in levels.items()]
    return sentence(f"the end of {last} by release: {'; '.join(told)}")


def noted(rows: pd.DataFrame) -> str:
    """Finding that repeats footnotes in a row; says so where there is none."""
    if rows.empty:
        return "No footnote of UNHCR explains these figures."
    return f"UNHCR's notes, in our words: {' '.join(rows['note'])}"


def rounded(fives: int, persons_off: int, year: int, who: str, reported: bool) -> str:
    """Finding on rounding: how many cells of a year are a five and may be one to five."""
    if not reported:
        return f"Nothing on {who} is reported for {year}, so there is nothing to round."
    if not fives:
        return f"No cell of {year} is a five, so rounding of small counts hides nobody."
    verbs = "is a five and stands" if fives == 1 else "are a five and stand"
    return sentence(
        f"{count(fives, 'cell')} of {year} {verbs} for one to five people: "
        f"the sum over all places may be too large by up to {persons_off:,}"
    )


def agreed(apart: pd.DataFrame, reported: bool, place: str) -> str:
    """Finding on whether age and sex add up to the stock."""
    if not reported:
        return sentence(f"the release reports no age and sex for {place} to hold against the stock")
    if apart.empty:
        return sentence(
            f"by age and sex and by stock the release counts the same people in {place}"
        )
    row = apart.iloc[int(apart["gap"].abs().argmax())]
    return sentence(
        f"in {count(len(apart), 'cell')} the table of age and sex counts other people in {place} "
        f"than the stock; most in {row['year']}, by {row['gap']:+,.0f}"
    )


def _ordinal(rank: int) -> str:
    end = "th" if 10 <= rank % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{end}"
