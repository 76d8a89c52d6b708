"""Stocks at the end of a year: by category, across breaks, by host, per inhabitant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis import tables

CATEGORIES = ("refugees", "asylum_seekers", "other_in_need_of_protection", "others_of_concern")
LABELS = {
    "refugees": "refugees",
    "asylum_seekers": "asylum-seekers",
    "other_in_need_of_protection": "others in need of protection",
    "others_of_concern": "others of concern",
}
# Sums that publications use under one and the same word, from the narrowest to the widest.
DEFINITIONS = {
    "refugees alone": CATEGORIES[:1],
    "refugees and others in need of protection": (CATEGORIES[0], CATEGORIES[2]),
    "these and asylum-seekers": CATEGORIES[:3],
    "all four categories": CATEGORIES,
}
OUTSIDE = "outside"
SMALL = 1000


def stock(
    origin: str, asylum: str | Sequence[str], categories: Sequence[str] = CATEGORIES,
    first_year: int | None = None, last_year: int | None = None, *,
    table: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Year by category, in persons at the end of the year; NaN where not reported.

    Every year of the span is a row, so that a missing year stays a gap; the
    span is that of the whole table unless said otherwise. The categories are
    UNHCR's and are kept apart: their sum counts different people in different
    years (see `breaks`). Several places of asylum are added up within a
    category; a blank one is all places together. A pair that the table does
    not hold is all NaN (`absence` says why). `table` is that of another
    release than the embedded one.

    Raises
    ------
    ValueError
        If the span is reversed, or a category is none of UNHCR's four.

    Examples
    --------
    >>> frame = stock("AFG", "PAK", ["refugees", "others_of_concern"])
    >>> frame.loc[2024].tolist()
    [1559964.0, 798348.0]
    >>> float(stock("AFG", "").loc[2023, "refugees"])
    6403144.0
    """
    displacement = tables.load("displacement") if table is None else table
    if isinstance(categories, str):
        categories = [categories]
    first_year = int(displacement["year"].min()) if first_year is None else first_year
    last_year = int(displacement["year"].max()) if last_year is None else last_year
    if first_year > last_year:
        raise ValueError(f"first_year {first_year} lies after last_year {last_year}")
    strange = set(categories) - set(CATEGORIES)
    if strange:
        raise ValueError(f"category {min(strange)!r}: expected some of {', '.join(CATEGORIES)}")
    rows = displacement[displacement["origin_iso3"] == origin]
    if asylum:
        places = [asylum] if isinstance(asylum, str) else list(asylum)
        rows = rows[rows["asylum_iso3"].isin(places)]
    sums = rows.groupby(["year", "category"], observed=True)["persons"].sum(min_count=1)
    years = pd.RangeIndex(first_year, last_year + 1, name="year")
    wide = sums.astype("float64").unstack("category")
    wide.index = wide.index.astype("int64")
    wide.columns = wide.columns.astype(str)
    return wide.reindex(index=years, columns=list(categories)).rename_axis(columns=None)


def total(stocks: pd.DataFrame) -> pd.Series:
    """Plain sum over the reported categories; NaN where none is reported.

    A sum over a break counts other people than the sum before it.
    """
    return stocks.sum(axis=1, min_count=1)


def breaks(
    origin: str = "", asylum: str = "", first_year: int | None = None,
    last_year: int | None = None, *, table: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Breaks that lie between two year-ends: after the first, up to and in the last.

    One row a break: `origin_iso3`, `asylum_iso3`, `year`, `category`, `kind`
    (definition, relabelled, verification, carried_forward), `from_category`,
    `to_category`, `persons_low`, `persons_high` (missing where nobody said how
    many), `reason` and `url`. All of them, unless places or years are named.

    >>> breaks()[["asylum_iso3", "year"]].drop_duplicates().values.tolist()
    [['IRN', 2015], ['IRN', 2022], ['IRN', 2025], ['PAK', 2007], ['PAK', 2024], ['PAK', 2025]]
    >>> breaks("AFG", "PAK", 2023, 2024)["persons_low"].tolist()
    [108300, 798348, 190200]
    """
    listing = tables.load("breaks") if table is None else table
    for column, place in (("origin_iso3", origin), ("asylum_iso3", asylum)):
        listing = listing[listing[column] == place] if place else listing
    listing = listing if first_year is None else listing[listing["year"] > first_year]
    listing = listing if last_year is None else listing[listing["year"] <= last_year]
    order = ["origin_iso3", "asylum_iso3", "year", "category", "kind"]
    return listing.sort_values(order, ignore_index=True)


def break_marks(listing: pd.DataFrame) -> dict[int, str]:
    """Letters for the years in which breaks lie, in order.

    >>> break_marks(breaks("AFG", "PAK"))
    {2007: 'A', 2024: 'B', 2025: 'C'}
    """
    years = sorted(set(listing["year"]))
    return {int(year): chr(ord("A") + place) for place, year in enumerate(years)}


def notes(
    table: pd.DataFrame, origin: str, asylum: str, first_year: int, last_year: int, about: str
) -> pd.DataFrame:
    """Footnotes on one subject that touch a pair and a span; those on this pair first."""
    mine = table[table["about"] == about]
    for column, value in (("origin_iso3", origin), ("asylum_iso3", asylum)):
        mine = mine[mine[column].isin(["", value])]
    begun = mine["first_year"].fillna(first_year) <= last_year
    open_still = mine["last_year"].fillna(last_year) >= first_year
    mine = mine[begun & open_still]
    return mine.sort_values(
        ["asylum_iso3", "note_id"], ascending=[False, True], kind="stable", ignore_index=True
    )


def one_ended(stocks: pd.DataFrame, first_year: int, last_year: int) -> list[str]:
    """Categories that are reported at one of two year-ends only, so that a sum compares unlikes."""
    ends = stocks.loc[[first_year, last_year]].notna()
    return [str(column) for column in stocks if ends[column].iloc[0] != ends[column].iloc[-1]]


def repeated(stocks: pd.DataFrame, times: int = 3) -> pd.DataFrame:
    """Runs of years under which one and the same number stands: counts carried forward, or rounded.

    Columns `category`, `first_year`, `last_year`, `persons`. Numbers below
    1,000 may well agree by chance and are left out.

    >>> frame = pd.DataFrame({"refugees": [5.0, 9e5, 9e5, 9e5]}, index=range(2000, 2004))
    >>> repeated(frame)[["first_year", "last_year"]].values.tolist()
    [[2001, 2003]]
    """
    rows = []
    for category in stocks:
        series = stocks[category]
        runs = (series != series.shift()).cumsum()
        for _, run in series[series >= SMALL].groupby(runs):
            if len(run) >= times:
                rows.append((str(category), int(run.index[0]), int(run.index[-1]), run.iloc[0]))
    return pd.DataFrame(rows, columns=["category", "first_year", "last_year", "persons"])


def starting_points(stocks: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """Percent change to the last year from every earlier one, latest first: sum, refugees alone.

    Columns `year`, `sum_percent`, `refugees_percent`; NaN where nothing was
    reported, or the base is too small to say anything.
    """
    earlier = [year for year in stocks.index if year < last_year]
    whole = total(stocks)
    rows = {
        name: 100 * (series[last_year] - series[earlier]) / series[earlier].where(series >= SMALL)
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
    percent = 100 * difference / ends["first"].where(ends["first"] >= SMALL)
    return ends.assign(difference=difference, percent=percent)


def like_for_like(
    first_year: int, last_year: int, origin: str = "AFG", asylum: str = "PAK",
    categories: Sequence[str] = CATEGORIES, *, table: pd.DataFrame | None = None,
    listing: pd.DataFrame | None = None,
) -> pd.Series:  # fmt: skip
    """The same people counted at both of two year-ends, as a range.

    `table` is that of another release, `listing` another table of breaks, than
    the embedded ones. People whom the table began to count in between are counted
    at the first end as well, and people whom it ceased to count are not. Those
    struck off by a verification may have been there at the first end or not;
    and a category reported at one end only, without a break that explains it,
    may have been empty or uncounted at the other. Both open the range.
    Births, deaths and moves inside the span stay in.

    Returns
    -------
    Series with `first_low`, `first_high`, `last_low`, `last_high` in persons,
    `percent_low`, `percent_high`, and `is_open`: True where a break without a
    known size lies between the ends, so that the range is too narrow.
    NaN where an end is not reported.

    Raises
    ------
    ValueError
        As `stock` does.

    Examples
    --------
    >>> found = like_for_like(2023, 2025)
    >>> round(float(found["percent_low"]), 1), round(float(found["percent_high"]), 1)
    (-33.2, -26.4)
    """
    stocks = stock(origin, asylum, categories, first_year, last_year, table=table)
    between = breaks(origin, asylum, first_year, last_year, table=listing)
    first, last = (float(total(stocks.loc[[year]]).iloc[0]) for year in (first_year, last_year))
    columns = set(stocks.columns)
    low = high = 0.0
    explained: set[str] = set()
    is_open = False
    for kind, left, came, few, many in between[
        ["kind", "from_category", "to_category", "persons_low", "persons_high"]
    ].itertuples(index=False):
        if pd.isna(few):
            is_open = True
            continue
        if came in columns and left not in columns:
            low, high, explained = low + few, high + many, explained | {came}
        elif left in columns and came not in columns:
            # Who was struck off may have gone before the first end, or never have been two.
            low, high = low - many, high - (0 if kind == "verification" else few)
            explained |= {left}
        elif left in columns and came in columns:
            explained |= {left, came}
    unlike = [name for name in one_ended(stocks, first_year, last_year) if name not in explained]
    ends = stocks.loc[[first_year, last_year], unlike].fillna(0).sum(axis=1)
    firsts = (first + low - ends.iloc[0], first + high)
    lasts = (last - ends.iloc[-1], last)
    percents = (
        100 * (lasts[0] / firsts[1] - 1) if firsts[1] >= SMALL else np.nan,
        100 * (lasts[1] / firsts[0] - 1) if firsts[0] >= SMALL else np.nan,
    )
    names = ("first_low", "first_high", "last_low", "last_high", "percent_low", "percent_high")
    found = dict(zip(names, (*firsts, *lasts, *percents), strict=True))
    return pd.Series(found | {"is_open": is_open}, dtype="object")


def hosts(
    origin: str, year: int, categories: Sequence[str] = CATEGORIES, *,
    table: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Places of asylum by people hosted at the end of a year, most first.

    Columns `asylum_iso3`, `persons` (plain sum of the categories),
    `refugees`. Places where nobody is counted are left out; all other places
    together (OTH) come last.
    """
    displacement = tables.load("displacement") if table is None else table
    rows = displacement[
        (displacement["origin_iso3"] == origin)
        & (displacement["year"] == year)
        & displacement["category"].isin(categories)
    ]
    sums = rows.groupby("asylum_iso3", observed=True)["persons"].sum(min_count=1).astype("float64")
    alone = rows[rows["category"] == "refugees"].set_index("asylum_iso3")["persons"]
    alone.index = alone.index.astype(str)
    frame = sums.rename("persons").to_frame()
    frame.index = frame.index.astype(str)
    frame = frame.assign(refugees=alone.astype("float64"))
    frame = frame[frame["persons"] > 0].rename_axis("asylum_iso3").reset_index()
    order = frame.assign(together=frame["asylum_iso3"] == "OTH")
    order = order.sort_values(["together", "persons", "asylum_iso3"], ascending=[True, False, True])
    return order.drop(columns="together").reset_index(drop=True)


def rates(
    origin: str = "AFG", year: int | None = None, categories: Sequence[str] = CATEGORIES, *,
    table: pd.DataFrame | None = None, inhabitants: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """People hosted at the end of a year `per_1000` inhabitants, in the order of `hosts`.

    The last year of the table unless said otherwise. Columns `asylum_iso3`,
    `persons`, `refugees`, `inhabitants`, `per_1000`; the last two are NaN
    where the table has no count of inhabitants: for all other places together,
    and for states that it leaves out. Refugees are mostly among the
    inhabitants that the United Nations count.

    Examples
    --------
    >>> rates("AFG", 2025).head(2)[["asylum_iso3", "per_1000"]].round(1).values.tolist()
    [['PAK', 7.7], ['IRN', 17.6]]
    """
    displacement = tables.load("displacement") if table is None else table
    counted = tables.load("inhabitants") if inhabitants is None else inhabitants
    year = int(displacement["year"].max()) if year is None else year
    hosted = hosts(origin, year, categories, table=displacement)
    there = counted[counted["year"] == year].set_index("iso3")["persons"]
    people = hosted["asylum_iso3"].map(there.astype("float64")).astype("float64")
    return hosted.assign(inhabitants=people, per_1000=1000 * hosted["persons"] / people)


def definitions(stocks: pd.DataFrame, first_year: int, last_year: int) -> pd.DataFrame:
    """Level and change by each definition in use, from the narrowest to the widest.

    Columns `definition`, `first`, `last`, `percent`; NaN where an end is not reported.
    """
    rows = []
    for words, categories in DEFINITIONS.items():
        sums = total(stocks[list(categories)])
        first, last = float(sums[first_year]), float(sums[last_year])
        percent = 100 * (last / first - 1) if first >= SMALL else np.nan
        rows.append((words, first, last, percent))
    return pd.DataFrame(rows, columns=["definition", "first", "last", "percent"])


def rounding(displacement: pd.DataFrame, origin: str, year: int) -> tuple[int, int]:
    """How many cells of a year are a five, and so may be one to five; persons a sum may be off by.

    Counts of one to four people are published as five, so a sum is too large
    by at most four for each such cell.

    >>> rows = {"origin_iso3": "AFG", "year": 2020, "persons": [5, 5, 900]}
    >>> rounding(pd.DataFrame(rows), "AFG", 2020)
    (2, 8)
    """
    rows = displacement[(displacement["origin_iso3"] == origin) & (displacement["year"] == year)]
    fives = int((rows["persons"] == 5).sum())
    return fives, 4 * fives
