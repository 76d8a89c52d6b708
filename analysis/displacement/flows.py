"""Flows between two year-ends, and what they leave unexplained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import union_categoricals

from analysis import tables
from analysis.displacement.stocks import CATEGORIES, OUTSIDE, SMALL

FLOWS = {
    "arrivals": 1,
    "resettlement": 1,
    "return": -1,
    "naturalisation": -1,
}
_KEYS = ["origin_iso3", "asylum_iso3", "year"]


def returned(
    origin: str = "AFG", asylum: str = "PAK", first_year: int | None = None,
    last_year: int | None = None, *, table: pd.DataFrame | None = None,
) -> pd.Series:  # fmt: skip
    """Refugees who went home in each year, by UNHCR; NaN in a year without a row.

    It leaves out people without papers, so it is not all returns.
    """
    home = solutions(origin, asylum, first_year, last_year, table=table)["return"]
    return home.rename("persons")


def solutions(
    origin: str = "AFG", asylum: str = "PAK", first_year: int | None = None,
    last_year: int | None = None, *, table: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Year by solution in persons: return, resettlement, naturalisation; NaN without a row.

    The span is that of the whole table unless said otherwise; `table` is that
    of another release than the embedded one. Returns and naturalisations are
    told by the place of asylum. Resettlement is told by the place that takes
    people in: it is no departure from here. A blank asylum is all places together.

    Raises
    ------
    ValueError
        If the span is reversed.

    Examples
    --------
    >>> solutions("AFG", "PAK", 2023, 2025)["return"].tolist()
    [56797.0, 126812.0, 558359.0]
    >>> float(solutions("AFG", "").loc[2019, "return"])
    8404.0
    """
    solved = tables.load("solutions") if table is None else table
    first_year = int(solved["year"].min()) if first_year is None else first_year
    last_year = int(solved["year"].max()) if last_year is None else last_year
    if first_year > last_year:
        raise ValueError(f"first_year {first_year} lies after last_year {last_year}")
    rows = solved[solved["origin_iso3"] == origin]
    rows = rows[rows["asylum_iso3"] == asylum] if asylum else rows
    sums = rows.groupby(["year", "solution"], observed=True)["persons"].sum(min_count=1)
    wide = sums.astype("float64").unstack("solution")
    wide.index = wide.index.astype("int64")
    wide.columns = wide.columns.astype(str)
    years = pd.RangeIndex(first_year, last_year + 1, name="year")
    kinds = ["return", "resettlement", "naturalisation"]
    return wide.reindex(index=years, columns=kinds).rename_axis(columns=None)


def reconciliation(
    origin: str = "", asylum: str = "", categories: Sequence[str] = CATEGORIES, *,
    displacement: pd.DataFrame | None = None, solved: pd.DataFrame | None = None,
    arrivals: pd.DataFrame | None = None, listing: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Opening stock, flows, closing stock and residual: one row a pair and year.

    Of every pair of places, unless one is named. The tables of stocks, of
    solutions, of arrivals and of breaks are the embedded ones unless given.

    Columns `origin_iso3`, `asylum_iso3`, `year`, `opening`, `arrivals`,
    `resettlement` (people taken in), `return`, `naturalisation`, `closing`,
    `residual`, `break_low`, `break_high`; persons. The residual is closing
    less opening, less arrivals and resettlement, plus returns and
    naturalisation. A flow that was not reported is NaN and adds nothing, so
    its people are in the residual, with births, deaths, cessation,
    corrections and movement that nobody recorded. `break_low` and
    `break_high` is what breaks in that year account for (0 without one).
    Years without a stock at both ends are left out.

    Resettlement out of a place is reported by the state that takes people in
    and is in the residual of the place they left. Recognised asylum-seekers
    move inside the sum; rejected ones leave it unrecorded.

    Examples
    --------
    >>> found = reconciliation("AFG", "PAK").set_index("year")
    >>> found.loc[2007, ["opening", "arrivals", "return", "closing", "residual"]].tolist()
    [1046075.0, 1929.0, 365663.0, 2036934.0, 1354593.0]
    """
    displacement = tables.load("displacement") if displacement is None else displacement
    solved = tables.load("solutions") if solved is None else solved
    arrivals = tables.load("arrivals") if arrivals is None else arrivals
    listing = tables.load("breaks") if listing is None else listing
    for column, place in (("origin_iso3", origin), ("asylum_iso3", asylum)):
        if place:
            displacement = displacement[displacement[column] == place]
    wanted = displacement["category"].isin(categories)
    chosen = displacement if wanted.all() else displacement[wanted]
    parts = {"closing": chosen, "arrivals": arrivals}
    for kind in ("resettlement", "return", "naturalisation"):
        parts[kind] = solved[solved["solution"] == kind]
    coded = _coded([part[_KEYS] for part in parts.values()])
    sums = {
        name: part["persons"].astype("float64").groupby(codes).sum(min_count=1)
        for (name, part), codes in zip(parts.items(), coded, strict=True)
    }
    closing = sums.pop("closing").dropna()
    opening = closing.reindex(closing.index - 1).set_axis(closing.index)
    frame = pd.DataFrame(
        {"opening": opening} | {k: s.reindex(closing.index) for k, s in sums.items()}
    )
    frame = frame.assign(closing=closing)[opening.notna()]
    moved = sum(sign * frame[flow].fillna(0) for flow, sign in FLOWS.items())
    frame["residual"] = frame["closing"] - frame["opening"] - moved
    # Any row of a pair and year names both places and the year of its code.
    first = ~pd.Index(coded[0]).duplicated()
    named = chosen.loc[first, _KEYS].set_axis(coded[0][first], axis=0)
    frame = pd.concat([named.reindex(frame.index), frame], axis=1).sort_index(ignore_index=True)
    frame = frame.astype({"origin_iso3": "str", "asylum_iso3": "str", "year": "int64"})
    frame = frame.assign(break_low=0.0, break_high=0.0)
    known = _accounted(listing, set(categories))
    # A dozen breaks against a hundred thousand rows: quicker one by one than by a join.
    for whence, where, year, low, high in known.itertuples(index=False):
        hit = (frame["asylum_iso3"] == where) & (frame["year"] == year)
        frame.loc[hit & (frame["origin_iso3"] == whence), ["break_low", "break_high"]] = low, high
    return frame


def repeated_arrivals(arrivals: pd.DataFrame, origin: str, asylum: str) -> pd.DataFrame:
    """Numbers of arrivals that stand unchanged under three years or more, longest run first.

    Columns `category`, `persons`, `first_year`, `last_year`, `years`. Such a
    number is a sum spread evenly, not a count of each year. Below 1,000
    persons two years may well agree by chance, and are left out.
    """
    rows = arrivals[(arrivals["origin_iso3"] == origin) & (arrivals["asylum_iso3"] == asylum)]
    runs = (
        rows[rows["persons"] >= SMALL]
        .groupby(["category", "persons"], observed=True)["year"]
        .agg(first_year="min", last_year="max", years="count")
        .reset_index()
    )
    order = runs[runs["years"] >= 3].sort_values(["years", "category"], ascending=[False, True])
    return order[["category", "persons", "first_year", "last_year", "years"]].reset_index(drop=True)


def _coded(keys: list[pd.DataFrame]) -> list[npt.NDArray[np.int64]]:
    """Pair and year of each row as one number, the year before being one less.

    Joining on one whole number takes a tenth of the time and the memory of
    joining on two texts and a year.
    """
    whole = [np.zeros(len(frame), dtype=np.int64) for frame in keys]
    for column in ("origin_iso3", "asylum_iso3"):
        parts = [_category(frame[column]) for frame in keys]
        united = union_categoricals(parts, sort_categories=True)
        ends = np.cumsum([len(part) for part in parts])[:-1]
        for codes, some in zip(whole, np.split(united.codes, ends), strict=True):
            codes *= len(united.categories)
            codes += some
    years = [frame["year"].to_numpy(dtype=np.int64) for frame in keys]
    # One slot more than there are years keeps the first year of a pair off the last of another.
    base = min((int(y.min()) for y in years if len(y)), default=0) - 1
    span = max((int(y.max()) for y in years if len(y)), default=0) - base + 1
    return [codes * span + (y - base) for codes, y in zip(whole, years, strict=True)]


def _category(texts: pd.Series) -> pd.Categorical:
    """Texts as codes; those that are codes already are not spelt out again."""
    if not isinstance(texts.dtype, pd.CategoricalDtype):
        texts = texts.astype("str").astype("category")
    return pd.Categorical.from_codes(
        texts.cat.codes.to_numpy(), categories=texts.cat.categories.astype("str")
    )


def _accounted(breaks: pd.DataFrame, columns: set[str]) -> pd.DataFrame:
    """People whom breaks brought into a sum of categories (or took out of it) by pair and year."""
    into = breaks["to_category"].isin(columns) & ~breaks["from_category"].isin(columns)
    out = breaks["from_category"].isin(columns) & ~breaks["to_category"].isin(columns)
    sign = into.astype(int) - out.astype(int)
    sized = breaks.assign(
        low=sign * breaks["persons_low"].fillna(0).astype("float64"),
        high=sign * breaks["persons_high"].fillna(0).astype("float64"),
    )
    sized = sized[(sign != 0) & (sized["from_category"].ne("") | sized["to_category"].eq(OUTSIDE))]
    ends = sized.assign(
        break_low=sized[["low", "high"]].min(axis=1), break_high=sized[["low", "high"]].max(axis=1)
    )
    return ends.groupby(_KEYS, as_index=False)[["break_low", "break_high"]].sum()
