"""People who fled and people who went home: stocks by category, breaks, returns by who counted."""

from __future__ import annotations

import pandas as pd

from analysis.dates import first_day, last_day

CATEGORIES = ("refugees", "asylum_seekers", "other_in_need_of_protection", "others_of_concern")
LABELS = {
    "refugees": "refugees",
    "asylum_seekers": "asylum-seekers",
    "other_in_need_of_protection": "others in need of protection",
    "others_of_concern": "others of concern",
}
PLACES = {
    "PAK": "Pakistan",
    "IRN": "Iran",
    "DEU": "Germany",
    "IND": "India",
    "TJK": "Tajikistan",
    "TKM": "Turkmenistan",
    "TUR": "Türkiye",
    "UZB": "Uzbekistan",
    "OTH": "all other places of asylum",
}
PAPERS = {
    "refugees_registered": "registered refugees (Proof of Registration)",
    "citizen_card_holders": "holders of an Afghan Citizen Card",
    "undocumented": "without papers",
    "undocumented_and_card_holders": "without papers, and card holders",
    "registered_and_card_holders": "registered, and card holders",
    "hosted": "all Afghans hosted",
}


def stock(displacement: pd.DataFrame, asylum: str, first_year: int, last_year: int) -> pd.DataFrame:
    """Year by category, in persons at the end of the year; NaN where not reported.

    Every year of the span is a row, so that a missing year stays a gap. The
    categories are UNHCR's and are kept apart: their sum counts different
    people in different years (see `breaks`).

    Raises
    ------
    ValueError
        If the table has no such place of asylum, or the span is reversed.

    Examples
    --------
    >>> from analysis import tables
    >>> frame = stock(tables.load("displacement"), "PAK", 1979, 1980)
    >>> float(frame.loc[1980, "refugees"])
    1428230.0
    """
    places = sorted(set(displacement["asylum_iso3"]))
    if asylum not in places:
        raise ValueError(f"no place of asylum {asylum!r}; the table has {', '.join(places)}")
    if first_year > last_year:
        raise ValueError(f"first_year {first_year} lies after last_year {last_year}")
    rows = displacement[displacement["asylum_iso3"] == asylum]
    wide = rows.pivot(index="year", columns="category", values="persons").astype("float64")
    years = pd.RangeIndex(first_year, last_year + 1, name="year")
    wide.index = wide.index.astype("int64")
    return wide.reindex(index=years, columns=list(CATEGORIES)).rename_axis(columns=None)


def total(stocks: pd.DataFrame) -> pd.Series:
    """Plain sum over the reported categories; NaN where none is reported.

    A sum over a break counts other people than the sum before it.
    """
    return stocks.sum(axis=1, min_count=1)


def breaks_between(
    breaks: pd.DataFrame, asylum: str, first_year: int, last_year: int
) -> pd.DataFrame:
    """Breaks that lie between two year-ends: after the first, up to and in the last.

    >>> from analysis import tables
    >>> breaks_between(tables.load("breaks"), "PAK", 2023, 2024)["year"].unique().tolist()
    [2024]
    """
    inside = breaks["year"].between(first_year + 1, last_year)
    chosen = breaks[(breaks["asylum_iso3"] == asylum) & inside]
    return chosen.sort_values(["year", "category"], ignore_index=True)


def break_marks(
    breaks: pd.DataFrame, asylum: str, first_year: int, last_year: int
) -> dict[int, str]:
    """Letters for the years of a span in which a break lies, in order.

    >>> from analysis import tables
    >>> break_marks(tables.load("breaks"), "PAK", 1979, 2025)
    {2007: 'A', 2024: 'B', 2025: 'C'}
    """
    years = breaks_between(breaks, asylum, first_year - 1, last_year)["year"].unique()
    return {int(year): chr(ord("A") + place) for place, year in enumerate(years)}


def one_ended(stocks: pd.DataFrame, first_year: int, last_year: int) -> list[str]:
    """Categories that are reported at one of two year-ends only, so that a sum compares unlikes."""
    ends = stocks.loc[[first_year, last_year]].notna()
    return [str(column) for column in stocks if ends[column].iloc[0] != ends[column].iloc[1]]


def starting_points(stocks: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """Percent change to the last year from every earlier one, latest first: sum, refugees alone.

    Columns `year`, `sum_percent`, `refugees_percent`; NaN where nothing was reported.
    """
    earlier = [year for year in stocks.index if year < last_year]
    whole = total(stocks)
    rows = {
        name: 100 * (series[last_year] - series[earlier]) / series[earlier].where(series > 0)
        for name, series in (("sum_percent", whole), ("refugees_percent", stocks["refugees"]))
    }
    return pd.DataFrame(rows, index=pd.Index(earlier, name="year"))[::-1].reset_index()


def change(stocks: pd.DataFrame, first_year: int, last_year: int) -> pd.DataFrame:
    """Persons at both ends, difference and percent, for each category and their sum.

    Rows: categories reported at either end, then `sum`. NaN where an end is
    not reported; percent is NaN too where the first end is below 1,000, a base
    too small to say anything.
    """
    ends = stocks.loc[[first_year, last_year]].T
    ends = ends[ends.fillna(0).sum(axis=1) > 0]
    ends.loc["sum"] = total(stocks.loc[[first_year, last_year]])
    ends.columns = pd.Index(["first", "last"])
    difference = ends["last"] - ends["first"]
    percent = 100 * difference / ends["first"].where(ends["first"] >= 1000)
    return ends.assign(difference=difference, percent=percent)


def returns(solutions: pd.DataFrame, asylum: str, first_year: int, last_year: int) -> pd.Series:
    """Refugees who went home in each year, by UNHCR; NaN in a year without a row.

    It leaves out people without papers, so it is not all returns.
    """
    rows = solutions[(solutions["asylum_iso3"] == asylum) & (solutions["solution"] == "return")]
    years = pd.RangeIndex(first_year, last_year + 1, name="year")
    series = rows.set_index("year")["persons"].astype("float64")
    series.index = series.index.astype("int64")
    return series.reindex(years).rename("persons")


def operational(figures: pd.DataFrame, asylum: str, measure: str, until: str = "") -> pd.DataFrame:
    """Operational figures of one measure that concern a place of asylum, in order of window.

    Columns of the table plus `first` and `last`, the outermost days of the
    window (`first` is NaT for a stock). Figures for Pakistan and Iran together
    concern both. `until` (ISO day) leaves out windows that end later.
    """
    concerned = figures["asylum_iso3"].str.split(";").map(lambda places: asylum in places)
    rows = figures[concerned.astype(bool) & (figures["measure"] == measure)]
    ends = pd.to_datetime(rows["end"].map(last_day))
    starts = pd.to_datetime(rows["start"].map(lambda text: first_day(text) if text else None))
    rows = rows.assign(first=starts, last=ends)
    if until:
        rows = rows[rows["last"] <= pd.Timestamp(until)]
    order = rows.assign(together=rows["asylum_iso3"].str.contains(";"))
    keys = ["together", "first", "last", "figure_id"]
    return order.sort_values(keys, ignore_index=True).drop(columns="together")


def papers(figures: pd.DataFrame, asylum: str, until: str = "") -> pd.DataFrame:
    """Operational stocks by the papers that people hold, newest first."""
    stocks = pd.concat([operational(figures, asylum, measure, until) for measure in PAPERS])
    return stocks.sort_values("last", ascending=False, kind="stable", ignore_index=True)


def window_labels(figures: pd.DataFrame) -> list[str]:
    """Who counted; whom, where it was not everybody; where, if in several places together."""
    labels = []
    for by, group, places in figures[["counted_by", "population", "asylum_iso3"]].itertuples(
        index=False
    ):
        limits = [] if group == "all" else [group.replace("_", " ")]
        if ";" in places:
            limits.append(" and ".join(PLACES[place] for place in places.split(";")) + " together")
        labels.append(f"{by}: {', '.join(limits)}" if limits else by)
    return labels
