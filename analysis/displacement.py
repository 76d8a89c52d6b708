"""People who fled and people who went home: stocks and their breaks, flows, counts at borders."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import tables
from analysis.dates import first_day, last_day

EMBEDDED = "2025.12.1"
SNAPSHOTS = Path("data/snapshots/unhcr")
TABLES = ("displacement", "solutions", "arrivals", "age_sex")
CATEGORIES = {
    "refugees": "refugees",
    "asylum_seekers": "asylum-seekers",
    "other_in_need_of_protection": "others in need of protection",
    "others_of_concern": "others of concern",
}
# Sums that publications use under one and the same word, from the narrowest to the widest.
DEFINITIONS = {
    "refugees alone": ["refugees"],
    "refugees and others in need of protection": ["refugees", "other_in_need_of_protection"],
    "these and asylum-seekers": ["refugees", "asylum_seekers", "other_in_need_of_protection"],
    "all four categories": list(CATEGORIES),
}
SOLUTIONS = ["return", "resettlement", "naturalisation"]
# What each flow of a year does to the stock at its end.
FLOWS = {"arrivals": 1, "resettlement": 1, "return": -1, "naturalisation": -1}
PAPERS = ("refugees_registered", "citizen_card_holders", "undocumented", "hosted")
AGES = ["0-4", "5-11", "12-17", "18-59", "60+", "unknown"]
SEXES = ["female", "male", "unknown"]
# A percentage of fewer people says nothing.
SMALL = 1000
# Two windows are the same if neither end is further off than a publisher's weekend.
MATCH_DAYS = 3
# A count of people by papers says little about a day more than two years later.
FRESH_DAYS = 730


class ReleaseError(ValueError):
    """A release that is not there, or whose files cannot be read."""


@dataclass(frozen=True)
class Release:
    """One release of UNHCR's tables: the rows of one place of origin, and how it is cited.

    `tables` holds `displacement`, `solutions`, `arrivals` and `age_sex`; persons
    are whole numbers, a missing one was not reported. `origins` are all places
    of origin that the release has. `state` says what its last year holds:
    "year-end" or "mid-year", June figures under the full year.
    """

    name: str
    origin: str
    tables: Mapping[str, pd.DataFrame]
    citations: Mapping[str, str]
    places: Mapping[str, str]
    origins: frozenset[str]
    last_year: int
    state: str

    def place(self, code: str) -> str:
        """Short name of a place; its code where no table names it."""
        return self.places.get(code, code)

    def people(self) -> str:
        """What the people are called: "Afghans", "people from Syria"."""
        return "Afghans" if self.origin == "AFG" else f"people from {self.place(self.origin)}"

    def absence(self, asylum: str, first_year: int, last_year: int) -> str:
        """Why the release says nothing on a place and a span; empty if it does.

        >>> load().absence("PKA", 1979, 2025)
        "PKA is no place in UNHCR's tables; did you mean 'PAK'?"
        """
        rows = self.tables["displacement"]
        for code, likely in ((self.origin, self.origins), (asylum, set(rows["asylum_iso3"]))):
            if code not in self.places:
                return f"{code} is no place in UNHCR's tables{tables.nearest(code, likely)}"
        who, where = self.people(), self.place(asylum)
        if self.origin == asylum:
            return f"{who} in {where} are displaced inside their country, which is no asylum"
        if self.origin not in self.origins:
            return (
                f"release {self.name} has no {who}; `torkham fetch unhcr` and release=latest "
                "bring more places of origin"
            )
        years = rows.loc[rows["asylum_iso3"] == asylum, "year"]
        if years.empty:
            among = "; they may be among all other places of asylum (OTH)"
            more = among if (rows["asylum_iso3"] == "OTH").any() else ""
            return f"release {self.name} has no row on {who} in {where}{more}"
        if not years.between(first_year, last_year).any():
            span = f"from {years.min()} to {years.max()}"
            return f"release {self.name} has {who} in {where} {span} alone"
        return ""


def releases() -> list[str]:
    """Names of all releases at hand: the embedded one, then the fetched ones, oldest first.

    >>> releases()[0]
    '2025.12.1'
    """
    folder = tables.find_root() / SNAPSHOTS
    return [EMBEDDED, *sorted(path.parent.name for path in folder.glob("[!.]*/metadata.json"))]


def load(release: str = EMBEDDED, origin: str = "AFG") -> Release:
    """UNHCR's tables of one release for one place of origin (ISO 3166-1 alpha-3).

    `release` is the embedded "2025.12.1", "latest" for the newest fetched one,
    or the name of a fetched one.

    Raises
    ------
    ReleaseError
        If there is no such release, or a file of it is missing or cut; says
        how to fetch one.

    Examples
    --------
    >>> load("2025.12.1", "AFG").last_year
    2025
    >>> load("1999")
    Traceback (most recent call last):
    analysis.displacement.ReleaseError: no release '1999' of the UNHCR tables; \
expected 2025.12.1 (embedded) or latest; run `torkham fetch unhcr` for a new one
    """
    known, folder = releases(), tables.find_root() / SNAPSHOTS
    if release != EMBEDDED and folder.is_dir():
        tables.depends_on(folder)
    wanted = known[-1] if release == "latest" and len(known) > 1 else release
    if wanted not in known:
        fetched = "".join(f", {name}" for name in known[1:])
        raise ReleaseError(
            f"no release {release!r} of the UNHCR tables; expected {EMBEDDED} (embedded)"
            f"{fetched} or latest; run `torkham fetch unhcr` for a new one"
        )
    listed = tables.load("places")
    places = dict(zip(listed["iso3"], listed["name"], strict=True))
    if wanted == EMBEDDED:
        whole = {name: tables.load(name) for name in TABLES}
        return Release(
            name=wanted,
            origin=origin,
            tables={name: frame[frame["origin_iso3"] == origin] for name, frame in whole.items()},
            citations={name: tables.cite(name) for name in TABLES},
            places=places,
            origins=frozenset(whole["displacement"]["origin_iso3"]),
            last_year=int(whole["displacement"]["year"].max()),
            state="year-end",
        )
    try:
        return _fetched(folder / wanted, origin, places)
    except (OSError, ValueError, KeyError) as error:
        raise ReleaseError(
            f"release {wanted!r} under {SNAPSHOTS.as_posix()} cannot be read ({error}); "
            "delete its folder and run `torkham fetch unhcr`"
        ) from error


def _fetched(folder: Path, origin: str, places: dict[str, str]) -> Release:
    about = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    line = f"{about['citation']} ({about['licence']}), accessed {about['accessed']}"
    names = pd.read_parquet(folder / "countries.parquet", columns=["iso3", "name"]).astype("str")
    whole = pd.read_parquet(folder / "displacement.parquet", columns=["origin_iso3", "year"])
    frames: dict[str, pd.DataFrame] = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        if name == "arrivals" and not path.is_file():  # UNHCR's API has none; its R package had
            frames[name] = frames["displacement"].iloc[:0]
        else:
            frame = pd.read_parquet(path, filters=[("origin_iso3", "==", origin)])
            kinds = {name: "Int64" if name in ("year", "persons") else "str" for name in frame}
            frames[name] = frame.astype(kinds)
    return Release(
        name=folder.name,
        origin=origin,
        tables=frames,
        citations=dict.fromkeys(TABLES, line),
        places=dict(zip(names["iso3"], names["name"], strict=True)) | places,
        origins=frozenset(whole["origin_iso3"].astype("str").unique()),
        last_year=int(whole["year"].max()),
        state=str(about["last_year_state"]),
    )


def stock(
    origin: str = "AFG", asylum: str = "PAK", table: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Year by category, in persons at the end of the year; NaN where not reported.

    Every year of the table is a row, so that a missing year stays a gap. The
    categories are UNHCR's four and are kept apart: their sum counts other people
    in other years (see `breaks`). A blank asylum is all places together.
    `table` is that of another release than the embedded one.

    Examples
    --------
    >>> stock("AFG", "PAK").loc[2024, ["refugees", "others_of_concern"]].tolist()
    [1559964.0, 798348.0]
    >>> float(stock("AFG", "").loc[2023, "refugees"])
    6403144.0
    """
    displacement = tables.load("displacement") if table is None else table
    return _yearly(displacement, origin, asylum, "category", list(CATEGORIES))


def solutions(
    origin: str = "AFG", asylum: str = "PAK", table: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Year by solution in persons: return, resettlement, naturalisation; NaN without a row.

    Returns and naturalisations are told by the place of asylum. Resettlement is
    told by the place that takes people in: it is no departure from here. A blank
    asylum is all places together.

    Examples
    --------
    >>> solutions("AFG", "PAK").loc[2023:2025, "return"].tolist()
    [56797.0, 126812.0, 558359.0]
    """
    solved = tables.load("solutions") if table is None else table
    return _yearly(solved, origin, asylum, "solution", SOLUTIONS)


def _yearly(
    table: pd.DataFrame, origin: str, asylum: str, column: str, kinds: list[str]
) -> pd.DataFrame:
    years = range(int(table["year"].min()), int(table["year"].max()) + 1) if len(table) else ()
    here = (table["asylum_iso3"] == asylum) | (asylum == "")
    rows = table[here & (table["origin_iso3"] == origin)]
    sums = rows.groupby(["year", column])["persons"].sum(min_count=1).astype("float64")
    wide = sums.unstack(column)
    wide.index = wide.index.astype("int64")
    return wide.reindex(index=pd.Index(years, name="year"), columns=kinds).rename_axis(columns=None)


def total(stocks: pd.DataFrame) -> pd.Series:
    """Plain sum over the reported categories; NaN where none is reported.

    A sum over a break counts other people than the sum before it.
    """
    return stocks.sum(axis=1, min_count=1)


def breaks(
    origin: str = "AFG", asylum: str = "PAK", first_year: int = 0, last_year: int = 9999
) -> pd.DataFrame:
    """Breaks that lie between two year-ends: after the first, up to and in the last.

    One row a break: `origin_iso3`, `asylum_iso3`, `year`, `category`, `kind`
    (definition, relabelled, verification, carried_forward), `from_category`,
    `to_category`, `persons_low`, `persons_high` (missing where nobody said how
    many), `reason` and `url`.

    >>> breaks("AFG", "PAK", 2023, 2024)["persons_low"].tolist()
    [108300, 798348, 190200]
    """
    listing = tables.load("breaks")
    rows = listing[(listing["origin_iso3"] == origin) & (listing["asylum_iso3"] == asylum)]
    rows = rows[(rows["year"] > first_year) & (rows["year"] <= last_year)]
    return rows.sort_values(["year", "category", "kind"], ignore_index=True)


def notes(
    origin: str, asylum: str, first_year: int, last_year: int, about: str = "stock"
) -> pd.DataFrame:
    """UNHCR's footnotes, in our words, that touch a pair and a span; those on this pair first."""
    table = tables.load("notes")
    begun = table["first_year"].fillna(first_year) <= last_year
    open_still = table["last_year"].fillna(last_year) >= first_year
    here = table["origin_iso3"].isin(["", origin]) & table["asylum_iso3"].isin(["", asylum])
    rows = table[(table["about"] == about) & here & begun & open_still]
    return rows.sort_values(["asylum_iso3", "note_id"], ascending=[False, True], ignore_index=True)


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
    stocks: pd.DataFrame, first_year: int, last_year: int, listing: pd.DataFrame
) -> pd.Series:
    """The same people counted at both of two year-ends, as a range.

    `stocks` is that of `stock`, of all categories or of some; `listing` that of
    `breaks`. People whom the table began to count in between are counted at the
    first end as well, and people whom it ceased to count are not. Those struck
    off by a verification may have been there at the first end or not; and a
    category reported at one end only, without a break that explains it, may
    have been empty or uncounted at the other. Both open the range. Births,
    deaths and moves inside the span stay in.

    Returns
    -------
    Series with `first_low`, `first_high`, `last_low`, `last_high` in persons,
    `percent_low`, `percent_high`, and `is_open`: True where a break without a
    known size lies between the ends, so that the range is too narrow.
    NaN where an end is not reported.

    Raises
    ------
    ValueError
        If the first year lies after the last.

    Examples
    --------
    >>> found = like_for_like(stock("AFG", "PAK"), 2023, 2025, breaks("AFG", "PAK"))
    >>> round(float(found["percent_low"]), 1), round(float(found["percent_high"]), 1)
    (-33.2, -26.4)
    """
    if first_year > last_year:
        raise ValueError(f"first_year {first_year} lies after last_year {last_year}")
    columns = set(stocks.columns)
    between = listing[(listing["year"] > first_year) & (listing["year"] <= last_year)]
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
    first, last = (float(total(stocks.loc[[year]]).iloc[0]) for year in (first_year, last_year))
    firsts = (first + low - ends.iloc[0], first + high)
    lasts = (last - ends.iloc[-1], last)
    found: dict[str, Any] = {
        "first_low": firsts[0],
        "first_high": firsts[1],
        "last_low": lasts[0],
        "last_high": lasts[1],
        "percent_low": 100 * (lasts[0] / firsts[1] - 1) if firsts[1] >= SMALL else np.nan,
        "percent_high": 100 * (lasts[1] / firsts[0] - 1) if firsts[0] >= SMALL else np.nan,
        "is_open": is_open,
    }
    return pd.Series(found, dtype="object")


def one_ended(stocks: pd.DataFrame, first_year: int, last_year: int) -> list[str]:
    """Categories that are reported at one of two year-ends only, so that a sum compares unlikes."""
    ends = stocks.loc[[first_year, last_year]].notna()
    return [str(column) for column in stocks if ends[column].iloc[0] != ends[column].iloc[-1]]


def definitions(stocks: pd.DataFrame, first_year: int, last_year: int) -> pd.DataFrame:
    """Level and change by each definition in use, from the narrowest to the widest.

    Columns `definition`, `first`, `last`, `percent`; NaN where an end is not reported.
    """
    rows = []
    for words, categories in DEFINITIONS.items():
        ends = total(stocks.loc[[first_year, last_year], categories])
        first, last = float(ends.iloc[0]), float(ends.iloc[-1])
        percent = 100 * (last / first - 1) if first >= SMALL else np.nan
        rows.append((words, first, last, percent))
    return pd.DataFrame(rows, columns=["definition", "first", "last", "percent"])


def starting_points(stocks: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """Percent change to the last year from every earlier one, latest first: sum, refugees alone.

    Columns `year`, `sum_percent`, `refugees_percent`; NaN where nothing was
    reported, or the base is too small to say anything.
    """
    earlier = stocks.index[stocks.index < last_year]
    rows = {
        name: 100 * (series[last_year] - series[earlier]) / series[earlier].where(series >= SMALL)
        for name, series in (
            ("sum_percent", total(stocks)),
            ("refugees_percent", stocks["refugees"]),
        )
    }
    return pd.DataFrame(rows, index=earlier.rename("year"))[::-1].reset_index()


def hosts(origin: str = "AFG", year: int = 2025, table: pd.DataFrame | None = None) -> pd.DataFrame:
    """Places of asylum by people hosted at the end of a year, most first, and per inhabitant.

    Columns `asylum_iso3`, `persons` (plain sum of the categories), `refugees`,
    `inhabitants`, `per_1000`. Places where nobody is counted are left out; all
    other places together (OTH) come last. `inhabitants` are NaN for them, and
    for states that the United Nations' table leaves out; refugees are mostly
    among the inhabitants that it counts.

    Examples
    --------
    >>> hosts("AFG", 2025).head(2)[["asylum_iso3", "per_1000"]].round(1).values.tolist()
    [['PAK', 7.7], ['IRN', 17.6]]
    """
    displacement = tables.load("displacement") if table is None else table
    here = (displacement["origin_iso3"] == origin) & (displacement["year"] == year)
    wide = displacement[here].pivot(index="asylum_iso3", columns="category", values="persons")
    wide = wide.astype("float64").reindex(columns=list(CATEGORIES))
    frame = pd.DataFrame({"persons": total(wide), "refugees": wide["refugees"]})
    frame = frame[frame["persons"] > 0].reset_index()
    counted = tables.load("inhabitants").query("year == @year").set_index("iso3")["persons"]
    frame["inhabitants"] = frame["asylum_iso3"].map(counted.astype("float64")).astype("float64")
    frame["per_1000"] = 1000 * frame["persons"] / frame["inhabitants"]
    frame = frame.sort_values(["persons", "asylum_iso3"], ascending=[False, True])
    together = frame["asylum_iso3"] == "OTH"
    return pd.concat([frame[~together], frame[together]], ignore_index=True)


def flows(stocks: pd.DataFrame, solved: pd.DataFrame, arrived: pd.Series) -> pd.DataFrame:
    """Opening stock, flows, closing stock and residual by year, in persons.

    `stocks` and `solved` are those of `stock` and `solutions` for a pair of
    places, `arrived` its arrivals by year. Columns `opening`, `arrivals`,
    `resettlement` (people taken in), `return`, `naturalisation`, `closing`,
    `residual`: closing less opening, less arrivals and resettlement, plus
    returns and naturalisation. A flow that was not reported is NaN and adds
    nothing, so its people are in the residual, with births, deaths, cessation,
    corrections, breaks and movement that nobody recorded. Years without a stock
    at both ends are left out.

    Examples
    --------
    >>> arrived = tables.load("arrivals").query("asylum_iso3 == 'PAK'").groupby("year")["persons"]
    >>> found = flows(stock(), solutions(), arrived.sum())
    >>> found.loc[2007, ["opening", "arrivals", "return", "closing", "residual"]].tolist()
    [1046075.0, 1929.0, 365663.0, 2036934.0, 1354593.0]
    """
    frame = pd.DataFrame({"opening": total(stocks).shift()})
    frame["arrivals"] = arrived.astype("float64").reindex(frame.index)
    frame = frame.join(solved[["resettlement", "return", "naturalisation"]])
    frame["closing"] = total(stocks)
    moved = sum(sign * frame[flow].fillna(0) for flow, sign in FLOWS.items())
    frame["residual"] = frame["closing"] - frame["opening"] - moved
    return frame.dropna(subset=["opening", "closing"])


def age_pyramid(
    origin: str = "AFG", asylum: str = "PAK", year: int = 2025, table: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Age group by sex in persons at the end of a year, the unknown ones a row and a column.

    Rows are `AGES`, columns female, male, unknown; age groups are of unequal
    width. Empty where the release reports no age and sex for this year.

    >>> found = age_pyramid("AFG", "PAK", 2025)
    >>> float(found.to_numpy().sum()), float(found.loc["unknown", "unknown"])
    (1984777.0, 156.0)
    """
    rows = tables.load("age_sex") if table is None else table
    rows = rows[(rows["origin_iso3"] == origin) & (rows["asylum_iso3"] == asylum)]
    rows = rows[(rows["year"] == year) & rows["category"].isin(list(CATEGORIES))]
    sums = rows.groupby(["age_group", "sex"])["persons"].sum().astype("float64").unstack("sex")
    # A cell without a row, in a group that has rows, holds nobody.
    wide = sums.reindex(index=AGES if len(rows) else [], columns=SEXES).fillna(0.0)
    return wide.rename_axis("age_group").rename_axis(columns=None)


def unknown_share(pyramid: pd.DataFrame) -> float:
    """Percent of the people counted whose age or sex is not known; NaN where nobody is counted."""
    whole = float(pyramid.to_numpy().sum())
    known = float(pyramid.drop(index="unknown", errors="ignore")[["female", "male"]].sum().sum())
    return 100 * (1 - known / whole) if whole else float("nan")


def counts(
    asylum: str, measure: str = "returns", until: str = "", figures: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Figures that bodies published of one measure, each in a window of its own, in order.

    Columns of the table `operational` plus `first` and `last`, the outermost
    days of the window (`first` is NaT for a stock). Windows overlap and are
    never added. Figures for Pakistan and Iran together concern both, and come
    last. `until` (ISO day) leaves out windows that end later.
    """
    figures = tables.load("operational") if figures is None else figures
    concerned = figures["asylum_iso3"].str.split(";").map(lambda places: asylum in places)
    rows = figures[concerned.astype(bool) & (figures["measure"] == measure)]
    rows = rows.assign(
        first=pd.to_datetime(rows["start"].map(lambda text: first_day(text) if text else None)),
        last=pd.to_datetime(rows["end"].map(last_day)),
        together=rows["asylum_iso3"].str.contains(";"),
    )
    rows = rows[rows["last"] <= pd.Timestamp(until)] if until else rows
    order = rows.sort_values(["together", "first", "last", "figure_id"], ignore_index=True)
    return order.drop(columns="together")


def return_ranges(
    begin: str | date, end: str | date, asylum: str = "PAK", measure: str = "returns",
    figures: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """What each independent source says of people who went home in one window: a range each.

    `begin` and `end` are its first and last day; `measure` is returns or
    deportations. One row an independent source, with `counted_by`, `low`,
    `high`, `basis`, `figure_ids`. Bodies that ever publish a count together
    share it, and are one source. A window counts as the one asked for if both
    ends lie within three days. Where a source has no such window, the largest
    of its windows inside is a floor and the smallest around it a ceiling
    (`bracketed`, `floor`, `ceiling`); an end that nothing bounds is NaN. Only
    counts of all people from this place alone are used: parts of a country,
    groups with certain papers and several states together are no measure of it.

    "At least" is a floor: it never closes a range from above. The figures come
    from counts at borders, so a window inside another holds fewer people.

    Raises
    ------
    ValueError
        If the window ends before it begins.

    Examples
    --------
    >>> found = return_ranges("2023-10-01", "2025-06-01")
    >>> found[["counted_by", "low", "basis"]].values.tolist()[0]
    ['IOM, OCHA and UNHCR', 1055000.0, 'matched']
    """
    first, last = pd.Timestamp(begin), pd.Timestamp(end)
    if first > last:
        raise ValueError(f"the window ends on {end}, before it begins on {begin}")
    figures = tables.load("operational") if figures is None else figures
    sources = independent(figures.loc[figures["start"] != "", "counted_by"])
    rows = counts(asylum, measure, figures=figures)
    rows = rows[(rows["asylum_iso3"] == asylum) & (rows["population"] == "all")]
    slack = pd.Timedelta(days=MATCH_DAYS)
    same = ((rows["first"] - first).abs() <= slack) & ((rows["last"] - last).abs() <= slack)
    inside = (rows["first"] >= first - slack) & (rows["last"] <= last + slack)
    around = (rows["first"] <= first + slack) & (rows["last"] >= last - slack)
    rows = rows.assign(
        source=rows["counted_by"].map(sources),
        fit=np.select([same, inside, around], ["same", "inside", "around"], ""),
    )
    found = []
    for source, mine in rows.groupby("source"):
        low = high = np.nan
        matched = mine[mine["fit"] == "same"]
        # What is only bounded from below cannot bound from above, and the other way round.
        floors = mine[(mine["fit"] == "inside") & (mine["bound"] != "at_most")]
        ceilings = mine[(mine["fit"] == "around") & (mine["bound"] != "at_least")]
        if len(matched):
            low = float(matched["low"].min())
            high = _most(matched) if (matched["bound"] != "at_least").all() else np.nan
            basis, used = "matched", matched
        elif len(floors) or len(ceilings):
            low, high = _number(floors["low"].max()), _number(ceilings["high"].min())
            basis = "ceiling" if floors.empty else "floor" if ceilings.empty else "bracketed"
            used = pd.concat([floors[floors["low"] == low], ceilings[ceilings["high"] == high]])
        else:
            continue
        found.append((source, low, high, basis, used["figure_id"].tolist()))
    frame = pd.DataFrame(found, columns=["counted_by", "low", "high", "basis", "figure_ids"])
    order = ["matched", "bracketed", "floor", "ceiling"]
    return frame.sort_values(
        "basis", key=lambda s: s.map(order.index), kind="stable", ignore_index=True
    )


def independent(counters: Iterable[str]) -> dict[str, str]:
    """Who counted, mapped to the independent source that each belongs to.

    >>> independent(["IOM", "UNHCR and IOM", "Government of Pakistan"])["IOM"]
    'IOM and UNHCR'
    """
    bodies = {name: set(re.split(r"; | and (?=[A-Z])", name)) for name in counters}
    groups: list[set[str]] = []
    for together in bodies.values():
        touching = [group for group in groups if group & together]
        groups = [group for group in groups if not group & together]
        groups.append(together.union(*touching))
    sources: dict[str, str] = {}
    for group in groups:
        *others, end = sorted(group)
        label = f"{', '.join(others)} and {end}" if others else end
        sources |= {name: label for name, together in bodies.items() if together <= group}
    return sources


def papers(day: str, asylum: str = "PAK", figures: pd.DataFrame | None = None) -> pd.DataFrame:
    """Afghans by the papers they hold as counted up to a day, each group as a range.

    In Pakistan the registered hold a Proof of Registration, card holders an
    Afghan Citizen Card; in Iran the registered hold an Amayesh card.

    Rows: registered, card holders, without papers, all hosted. Columns
    `measure`, `low`, `high` over all counts of the two years before the day,
    `newest_low`, `newest_high`, `newest_day`, `newest_by`, `counters` (how many
    counted), `figure_ids`. NaN where nobody counted. The groups do not add up
    to the whole: each was counted by others, on another day.

    Examples
    --------
    >>> papers("2025-06-01").set_index("measure").loc["undocumented", ["low", "high"]].tolist()
    [775000.0, 1700000.0]
    """
    since = pd.Timestamp(day) - pd.Timedelta(days=FRESH_DAYS)
    rows = []
    for measure in PAPERS:
        counted = counts(asylum, measure, day, figures)
        counted = counted[(counted["asylum_iso3"] == asylum) & (counted["last"] >= since)]
        newest = counted.sort_values("last", kind="stable").tail(1)
        rows.append(
            {
                "measure": measure,
                "low": _least(counted),
                "high": _most(counted),
                "newest_low": _number(newest["low"].max()),
                "newest_high": _number(newest["high"].max()),
                "newest_day": "".join(newest["end"]),
                "newest_by": "".join(newest["counted_by"]),
                "counters": counted["counted_by"].nunique(),
                "figure_ids": counted["figure_id"].tolist(),
            }
        )
    return pd.DataFrame(rows)


def _least(counted: pd.DataFrame) -> float:
    """Lowest of the figures; one that is bounded from above alone says nothing of it."""
    return _number(counted.loc[counted["bound"] != "at_most", "low"].min())


def _most(counted: pd.DataFrame) -> float:
    """Highest of the figures; one that is bounded from below alone says nothing of it."""
    return _number(counted.loc[counted["bound"] != "at_least", "high"].max())


def _number(value: Any) -> float:
    """Number of a nullable column; NaN where there is none."""
    return float("nan") if pd.isna(value) else float(value)
