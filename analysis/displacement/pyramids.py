"""Age and sex of the people counted, and for how many neither is known."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis import tables
from analysis.displacement.stocks import CATEGORIES

AGES = ("0-4", "5-11", "12-17", "18-59", "60+", "unknown")
SEXES = ("female", "male", "unknown")


def age_pyramid(
    origin: str = "AFG", asylum: str = "PAK", year: int | None = None,
    categories: Sequence[str] = CATEGORIES, *, table: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Age group by sex in persons at the end of a year, the unknown ones a row and a column.

    Rows are `AGES`, columns female, male, unknown. The last year of the table
    unless said otherwise; `table` is that of another release than the
    embedded one. Age groups are of unequal width. Empty where the release
    reports no age and sex for this year.

    >>> found = age_pyramid("AFG", "PAK", 2025)
    >>> float(found.to_numpy().sum()), float(found.loc["unknown", "unknown"])
    (1984777.0, 156.0)
    """
    age_sex = tables.load("age_sex") if table is None else table
    year = int(age_sex["year"].max()) if year is None else year
    rows = age_sex[
        (age_sex["origin_iso3"] == origin)
        & (age_sex["asylum_iso3"] == asylum)
        & (age_sex["year"] == year)
        & age_sex["category"].isin(list(categories))
    ]
    if rows.empty:
        return pd.DataFrame(columns=list(SEXES), dtype="float64").rename_axis("age_group")
    sums = rows.groupby(["age_group", "sex"], observed=True)["persons"].sum().astype("float64")
    wide = sums.unstack("sex")
    wide.index, wide.columns = wide.index.astype(str), wide.columns.astype(str)
    # A cell without a row, in a group that has rows, holds nobody.
    filled = wide.reindex(index=list(AGES), columns=list(SEXES)).fillna(0.0)
    return filled.rename_axis("age_group").rename_axis(columns=None)


def unknown_share(pyramid: pd.DataFrame) -> float:
    """Percent of the people counted whose age or sex is not known; NaN where nobody is counted."""
    whole = float(pyramid.to_numpy().sum())
    known = float(pyramid.drop(index="unknown", errors="ignore")[["female", "male"]].sum().sum())
    return 100 * (1 - known / whole) if whole else float("nan")


def age_groups_against_stock(
    age_sex: pd.DataFrame, displacement: pd.DataFrame, origin: str, asylum: str
) -> pd.DataFrame:
    """Where the table of age and sex counts other people than the stock: year, category, both, gap.

    Columns `year`, `category`, `by_age`, `stock`, `gap`; rows that differ
    only, latest year first. The two tables of a release should agree.
    """
    keys = ["year", "category"]
    sides = []
    for frame, name in ((age_sex, "by_age"), (displacement, "stock")):
        rows = frame[(frame["origin_iso3"] == origin) & (frame["asylum_iso3"] == asylum)]
        sums = rows.groupby(keys, observed=True)["persons"].sum(min_count=1).astype("float64")
        sides.append(sums.rename(name).reset_index().astype({"category": "str"}))
    both = sides[0].merge(sides[1], on=keys)
    both = both.assign(gap=both["by_age"] - both["stock"])
    apart = both[both["gap"] != 0].dropna()
    return apart.sort_values(["year", "category"], ascending=[False, True], ignore_index=True)
