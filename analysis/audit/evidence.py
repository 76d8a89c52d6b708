"""Independent figures that speak for the window or the day of a claim."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import tables
from analysis.audit.readings import interval
from analysis.dates import first_day, last_day
from analysis.ledger import Ledger, known

# Properties that hold until somebody changes them; all others are of their day.
STANDING = ("border_length", "visa_free_stay", "hosting_since", "dispute_since", "occupation_since")
# A stock speaks for a day up to a year away.
STOCK_DAYS = 366
# A window is the same where it covers nine tenths of the other and runs over by a tenth at most.
COVER, OVERRUN = 0.9, 0.1
SAME, INSIDE, AROUND, OF_ITS_DAY = "same window", "inside it", "around it", "of its day"
_COLUMNS = [
    *("measure", "series", "low", "high", "first", "last", "fit", "reference", "publisher"),
    *("title", "url"),
]


def figure_evidence(
    ledger: Ledger,
    claim: Mapping[Hashable, Any],
    measure: str,
    as_of: str,
    known_by: str = "",
    root: Path | None = None,
) -> pd.DataFrame:
    """Independent figures of one measure that speak for the window or the day of a claim.

    Columns: `measure`, `series` (who counted), `low`, `high` (as the bound of
    the figure leaves them), `first`, `last` (days), `fit` (same window, inside
    it, around it, of its day), `reference`, `publisher`, `title`, `url`. Of a
    window's figures by one counter the closest fit is kept; of a stock's the
    nearest in time. What ended after `as_of`, was published after `known_by`,
    or comes from the document's own publisher is left out.
    """
    places = set(f"{claim['actors']};{claim['recipients']}".strip(";").split(";"))
    start, end = _window(ledger, claim)
    found = pd.concat(
        [
            _operational(measure, places, root),
            _published(measure, places, root),
            _displacement(measure, places, end, root),
            _claimed(ledger, claim, measure, as_of, known_by),
        ],
        ignore_index=True,
    )
    found = found[found["last"] <= pd.Timestamp(as_of)]
    if known_by:
        found = found[found["published_day"] <= pd.Timestamp(known_by)]
    own = ledger.sources.set_index("source_id").loc[str(claim["source_id"]), "publisher"]
    found = found[found["publisher"] != own]
    fits = [
        _fit(measure, first, last, start, end)
        for first, last in found[["first", "last"]].itertuples(index=False)
    ]
    found = found.assign(fit=[fit for fit, _ in fits], distance=[far for _, far in fits])
    found = found[found["fit"] != ""].sort_values(["distance", "reference"], kind="stable")
    return found.drop_duplicates(["series", "fit"])[_COLUMNS].reset_index(drop=True)


def _window(
    ledger: Ledger, claim: Mapping[Hashable, Any]
) -> tuple[pd.Timestamp | None, pd.Timestamp]:
    # A figure "since" a month runs to the day on which it was published.
    sources = ledger.sources.set_index("source_id")
    end = str(claim["end"]) or str(sources.loc[str(claim["source_id"]), "published"])
    start = str(claim["start"])
    return (
        pd.Timestamp(first_day(start)) if start else None,
        pd.Timestamp(last_day(end)),
    )


def _fit(
    measure: str,
    first: pd.Timestamp | None,
    last: pd.Timestamp,
    start: pd.Timestamp | None,
    end: pd.Timestamp,
) -> tuple[str, float]:
    if measure in STANDING:
        return OF_ITS_DAY, abs((end - last).days)
    if start is None or pd.isna(first):
        far = abs((end - last).days)
        near = start is None and pd.isna(first) and far <= STOCK_DAYS
        return (OF_ITS_DAY, far) if near else ("", far)
    asked = (end - start).days + 1
    shared = (min(end, last) - max(start, first)).days + 1
    over = (last - first).days + 1 - shared
    if shared >= COVER * asked and over <= OVERRUN * asked:
        return SAME, asked - shared + over
    if start <= first and last <= end:
        return INSIDE, asked - shared
    if first <= start and end <= last:
        return AROUND, over
    return "", math.inf


def _bounded(frame: pd.DataFrame) -> pd.DataFrame:
    lows = [interval(v, b).low for v, b in zip(frame["low"], frame["bound"], strict=True)]
    highs = [interval(v, b).high for v, b in zip(frame["high"], frame["bound"], strict=True)]
    return frame.assign(low=pd.Series(lows, frame.index), high=pd.Series(highs, frame.index))


def dated(frame: pd.DataFrame) -> pd.DataFrame:
    """Published figures with `first`, `last`, `published_day`, `series` and `reference`."""
    ends = frame["end"].map(last_day)
    starts = frame["start"].map(lambda text: first_day(text) if text else None)
    said = frame["published"].where(frame["published"] != "", frame["end"]).map(last_day)
    return frame.assign(
        first=pd.to_datetime(starts),
        last=pd.to_datetime(ends),
        published_day=pd.to_datetime(said),
        series=frame["counted_by"],
        reference=frame["figure_id"],
    )


def _operational(measure: str, places: set[str], root: Path | None) -> pd.DataFrame:
    rows = tables.load("operational", root)
    # Figures for several states together are no figure of one of them.
    rows = rows[(rows["measure"] == measure) & rows["asylum_iso3"].isin(places)]
    return dated(_bounded(rows.astype({"low": "float64", "high": "float64"})))


def _published(measure: str, places: set[str], root: Path | None) -> pd.DataFrame:
    rows = tables.load("published", root)
    concerned = rows["places"].str.split(";").map(lambda ids: bool(places & set(ids)))
    return dated(_bounded(rows[concerned.astype(bool) & (rows["measure"] == measure)]))


def _displacement(
    measure: str, places: set[str], end: pd.Timestamp, root: Path | None
) -> pd.DataFrame:
    about = tables.descriptor("displacement", root)
    release = pd.Timestamp(date(*[int(part) for part in about["release"].split(".")]))
    stocks = tables.load("displacement", root)
    stocks = stocks[stocks["origin_iso3"].eq("AFG") & stocks["asylum_iso3"].isin(places)]
    sums = stocks.groupby("year", as_index=False)["persons"].sum(min_count=1).dropna()
    sums = sums[sums["persons"] > 0].astype({"year": "int64", "persons": "float64"})
    if measure == "hosting_since":
        found = [(year, float(year)) for year in sums["year"].head(1)]
    elif measure == "hosted":
        near = sums[(sums["year"] - end.year).abs() <= 1]
        found = list(zip(near["year"], near["persons"], strict=True))
    else:
        found = []
    rows = [
        {"measure": measure, "series": "UNHCR, year-ends", "low": value, "high": value,
         "first": pd.NaT, "last": pd.Timestamp(year=year, month=12, day=31),
         "published_day": release, "reference": "displacement", "publisher": "UNHCR",
         "title": about["title"], "url": ""}
        for year, value in found
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=[*_COLUMNS, "published_day"])


def _claimed(
    ledger: Ledger, claim: Mapping[Hashable, Any], measure: str, as_of: str, known_by: str
) -> pd.DataFrame:
    claims = known(ledger, as_of, known_by)
    rows = claims[
        (claims["kind"] == "figure")
        & (claims["measure"] == measure)
        & (claims["modality"] == "asserted")
        & (claims["source_id"] != claim["source_id"])
        & (claims["actors"] == claim["actors"])
        & (claims["recipients"] == claim["recipients"])
    ]
    if claim["occurrence_id"]:
        rows = rows[rows["occurrence_id"].isin(["", claim["occurrence_id"]])]
    about = ledger.sources[["source_id", "publisher", "title", "url"]]
    rows = rows.assign(low=rows["value"], high=rows["value"]).merge(about, on="source_id")
    starts = rows["start"].map(lambda text: first_day(text) if text else None)
    return _bounded(rows).assign(
        first=pd.to_datetime(starts.where(rows["end"] != "", None)),
        last=rows["end_day"].fillna(rows["day"]),
        series=rows["origin"],
        reference=rows["claim_id"],
    )
