"""UNHCR's Refugee Population Statistics Database, brought whole into a dated release."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from analysis.fetch import reshape, snapshot
from analysis.fetch.answers import (
    ENDPOINTS,
    SIDES,
    Question,
    counts,
    known_places,
    same_sums,
    table,
)
from analysis.fetch.http import Client, FetchError
from analysis.fetch.paging import link, reference

ADDRESS = "https://api.unhcr.org/population/v1"
FOLDER = f"{snapshot.FOLDER}/unhcr"
# What the terms of use ask to be said, and where they stand.
ATTRIBUTION = "UNHCR Refugee Population Statistics Database"
TERMS = (
    "https://www.unhcr.org/what-we-do/data-and-publications/data-and-statistics/terms-use-datasets"
)


def fetch(
    root: Path,
    address: str = ADDRESS,
    client: Client | None = None,
    day: date | None = None,
    tell: Callable[[str], None] = print,
) -> Path:
    """Folder of a new release with all that UNHCR's API says, for every origin and asylum.

    Population, demographics, solutions and asylum decisions since 1951, with
    footnotes, countries and years, below `data/snapshots/unhcr/` of `root`:
    the suite's own tables, and those as received under `received/`. Every
    answer is held against its question, and the pairs of places against the
    sums by origin and by asylum that the API states itself, asked for after
    them, so that a table which changes while it is read is noticed. `tell`
    gets a line at the start and one a table.

    Raises
    ------
    FetchError
        If anything is missing, cut, or not what was asked for. Then nothing
        is written, and the releases before it still stand.
    """
    if not re.match("https?://[^/]", address):
        raise FetchError(f"{address!r} is no address; expected one such as {ADDRESS}")
    client, day, address = client or Client(), day or date.today(), address.rstrip("/")
    snapshot.ready(root / FOLDER)
    tell(f"asking {address}")
    years = _years(client, address)
    countries = _countries(client, address)
    received = {"years": years, "countries": countries, "footnotes": _footnotes(client, address)}
    links = {name: link(address, name, {}) for name in received}
    for endpoint in ENDPOINTS:
        question = Question(endpoint, int(years["year"].min()), int(years["year"].max()))
        where = link(address, endpoint.path, question.query())
        pairs = table(client, address, question)
        known_places(pairs, countries, where)
        for side in SIDES:
            margin = replace(question, sides=(side,))
            same_sums(pairs, table(client, address, margin), margin, where)
        received[endpoint.name], links[endpoint.name] = pairs, where
        span = f"{pairs['year'].min()} to {pairs['year'].max()}"
        tell(f"{endpoint.name}: {len(pairs):,} rows, {span}")
    tables = {
        name: snapshot.Table(frame, links[source])
        for name, (frame, source) in reshape.shaped(received).items()
    }
    tables |= {
        f"received/{name}": snapshot.Table(frame, links[name]) for name, frame in received.items()
    }
    last_year = int(tables["displacement"].frame["year"].max())
    about = {
        "accessed": day.isoformat(),
        "source": address,
        "producer": "UNHCR, the UN Refugee Agency",
        "citation": f"UNHCR, Refugee Population Statistics Database, fetched {day.isoformat()}",
        "attribution": ATTRIBUTION,
        "licence": "CC-BY-4.0",
        "terms": TERMS,
        "first_year": int(tables["displacement"].frame["year"].min()),
        "last_year": last_year,
        "last_year_state": last_year_state(last_year, day),
    }
    return snapshot.write(root / FOLDER, day.isoformat(), tables, about)


def last_year_state(last_year: int, day: date) -> str:
    """Whether the figures of the last year are of its end, on the day they were fetched.

    UNHCR publishes those with Global Trends, in June of the next year; what it
    gives for the year before that is the middle of the year.

    >>> last_year_state(2025, date(2026, 11, 24))
    'year-end'
    """
    return "mid-year" if day < date(last_year + 1, 6, 1) else "year-end"


def _years(client: Client, address: str) -> pd.DataFrame:
    """Years that the API lists: 1951 to one or two that have no figures yet."""
    where = link(address, "years", {})
    rows = reference(client, address, "years", ("year",))
    years = counts(pd.Series([row["year"] for row in rows], name="year", dtype="object"), where)
    found = sorted(years.dropna())
    if not found or found != list(range(found[0], found[-1] + 1)):
        raise FetchError(
            f"{where}: the years are {', '.join(map(str, found)) or 'none'}; expected every year "
            "of one span, once. Nothing was written."
        )
    return pd.DataFrame({"year": pd.Series(found, dtype="int64")})


def _countries(client: Client, address: str) -> pd.DataFrame:
    """Places that have an ISO code; no figure is given for those without."""
    rows = reference(client, address, "countries", ("iso", "code", "name", "region"))
    columns = {"iso3": "iso", "name": "name", "unhcr_code": "code", "region": "region"}
    places = pd.DataFrame(
        {name: [_text(row[column]) for row in rows] for name, column in columns.items()},
        dtype="str",
    )
    return places[places["iso3"] != ""].sort_values("iso3", ignore_index=True)


def _footnotes(client: Client, address: str) -> pd.DataFrame:
    columns = ("coo_iso", "coa_iso", "population_type", "year", "footnote")
    rows = reference(client, address, "footnotes", columns)
    return pd.DataFrame({name: [_text(row[name]) for row in rows] for name in columns}, dtype="str")


def _text(cell: object) -> str:
    """Cell as text on one line; footnotes come with line breaks, names with spaces at the end."""
    return "" if cell is None else " ".join(str(cell).split())
