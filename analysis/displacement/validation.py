"""Figures that other publications state, asked again of the tables."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd


def validate(
    checks: pd.DataFrame, displacement: pd.DataFrame, solutions: pd.DataFrame
) -> pd.DataFrame:
    """Each published figure with the answer of the tables: `computed`, `reproduced`, `query`.

    The query is stated in the row: table, places, categories, years and
    operation. `exact` must agree to the unit; `nearest` must round to the
    published figure; `more_than` must lie above it by less than one step, so
    that "more than 1.5 million" is not proved by two. A row whose table says
    nothing on one of its years is not reproduced (`computed` is NaN).

    Examples
    --------
    >>> from analysis import tables
    >>> checks = tables.load("validation").query("check_id == 'V01'")
    >>> found = validate(checks, tables.load("displacement"), tables.load("solutions"))
    >>> found[["published", "computed", "reproduced"]].values.tolist()
    [['6.3 million', 6314110.0, True]]
    """
    sources = {
        "displacement": displacement,
        "solutions": solutions.rename(columns={"solution": "category"}),
    }
    computed, held, queries = [], [], []
    for check in checks.to_dict("records"):
        value = _ask(sources[check["table_name"]], check)
        computed.append(value)
        held.append(_agrees(value, float(check["value"]), int(check["step"]), check["rule"]))
        queries.append(_query(check))
    return checks.assign(computed=computed, reproduced=held, query=queries)


def _ask(table: pd.DataFrame, check: Mapping[Hashable, Any]) -> float:
    first, last = int(check["first_year"]), int(check["last_year"])
    kinds = str(check["category"]).split(";")
    rows = table[(table["origin_iso3"] == check["origin_iso3"]) & table["category"].isin(kinds)]
    places = str(check["asylum_iso3"])
    here = rows if places == "*" else rows[rows["asylum_iso3"].isin(places.split(";"))]
    by_year = here.groupby("year")["persons"].sum(min_count=1).astype("float64")
    match check["operation"]:
        case "level":
            return float(by_year.get(last, float("nan")))
        case "sum":
            years = by_year.reindex(range(first, last + 1))
            return float(years.sum(skipna=False))
        case "change":
            return float(by_year.get(last, float("nan")) - by_year.get(first, float("nan")))
        case _:
            whole = rows[rows["year"] == last]["persons"].astype("float64").sum(min_count=1)
            return float(100 * by_year.get(last, float("nan")) / whole)


def _agrees(computed: float, published: float, step: int, rule: str) -> bool:
    if rule == "exact":
        return computed == published
    if rule == "more_than":
        return published <= computed < published + step
    return abs(computed - published) <= step / 2


def _query(check: Mapping[Hashable, Any]) -> str:
    places = "all places" if check["asylum_iso3"] == "*" else str(check["asylum_iso3"])
    years = str(check["last_year"])
    if check["first_year"] != check["last_year"]:
        years = f"{check['first_year']} to {check['last_year']}"
    kinds = str(check["category"]).replace("_", " ")
    return f"{check['operation']} of {kinds}, {places}, {years}"
