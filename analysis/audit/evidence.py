"""Independent figures that speak for the window or the day of a claim."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
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
_COLUMNS = {
    "measure": "str", "series": "str", "low": "float64", "high": "float64",
    "first": "datetime64[s]", "last": "datetime64[s]", "fit": "str", "reference": "str",
    "publisher": "str", "title": "str", "url": "str",
}  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """What somebody counted: an interval for a window (`first` NaT: for a day), and who says so.

    `fit` is blank until it is held against a claim.
    """

    measure: str
    series: str
    low: float
    high: float
    first: pd.Timestamp
    last: pd.Timestamp
    published_day: pd.Timestamp
    reference: str
    publisher: str
    title: str
    url: str
    fit: str = ""


@dataclass(frozen=True)
class Counts:
    """All that is counted and known on a day, made once for the many claims held against it.

    `figures` are the published ones with their places, `told` those that
    claims assert with the claims; `as_of` and `known_by` as in `figure_evidence`.
    """

    ledger: Ledger
    as_of: str
    known_by: str
    root: Path | None
    figures: list[tuple[frozenset[str], Counted]]
    told: list[tuple[Mapping[Hashable, Any], Counted]]

    @classmethod
    def of(cls, ledger: Ledger, as_of: str, known_by: str = "", root: Path | None = None) -> Counts:
        """Counts of a ledger and of the tables of figures."""
        figures = [*_operational(root), *_published(root)]
        return cls(ledger, as_of, known_by, root, figures, _told(ledger, as_of, known_by))

    def speaking_for(self, claim: Mapping[Hashable, Any], measure: str) -> list[Counted]:
        """What speaks for the window or the day of a claim, as the rows of `figure_evidence`."""
        start, end = _window(self.ledger, claim)
        found = []
        for one in self._known(claim, measure, end):
            fit, distance = _fit(measure, one.first, one.last, start, end)
            if fit:
                found.append((distance, replace(one, fit=fit)))
        found.sort(key=lambda pair: (pair[0], pair[1].reference))
        closest: dict[tuple[str, str], Counted] = {}
        for _, one in found:
            closest.setdefault((one.series, one.fit), one)
        return list(closest.values())

    def _known(
        self, claim: Mapping[Hashable, Any], measure: str, end: pd.Timestamp
    ) -> Iterator[Counted]:
        places = set(f"{claim['actors']};{claim['recipients']}".strip(";").split(";"))
        sources = self.ledger.sources
        own = sources.loc[sources["source_id"] == claim["source_id"], "publisher"].iloc[0]
        candidates = [
            *(one for where, one in self.figures if one.measure == measure and where & places),
            *_displacement(measure, places, end, self.root),
            *(one for teller, one in self.told if one.measure == measure and _alike(teller, claim)),
        ]
        for one in candidates:
            in_time = one.last <= pd.Timestamp(self.as_of) and (
                not self.known_by or one.published_day <= pd.Timestamp(self.known_by)
            )
            if in_time and one.publisher != own:
                yield one


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
    found = Counts.of(ledger, as_of, known_by, root).speaking_for(claim, measure)
    return pd.DataFrame(found, columns=list(_COLUMNS)).astype(_COLUMNS)


def _window(
    ledger: Ledger, claim: Mapping[Hashable, Any]
) -> tuple[pd.Timestamp | None, pd.Timestamp]:
    # A figure "since" a month runs to the day on which it was published.
    sources = ledger.sources
    own = sources.loc[sources["source_id"] == claim["source_id"], "published"]
    end = str(claim["end"]) or str(own.iloc[0])
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


def _operational(root: Path | None) -> list[tuple[frozenset[str], Counted]]:
    rows = tables.load("operational", root)
    rows = dated(_bounded(rows.astype({"low": "float64", "high": "float64"})))
    # Figures for several states together are no figure of one of them.
    return [(frozenset([where]), one) for where, one in _counted(rows, "asylum_iso3")]


def _published(root: Path | None) -> list[tuple[frozenset[str], Counted]]:
    rows = dated(_bounded(tables.load("published", root)))
    return [(frozenset(where.split(";")), one) for where, one in _counted(rows, "places")]


def _counted(rows: pd.DataFrame, beside: str) -> Iterator[tuple[str, Counted]]:
    """Rows one by one, each with what stands in another of their columns."""
    names = [name for name in Counted.__dataclass_fields__ if name != "fit"]
    for where, *values in rows[[beside, *names]].itertuples(index=False):
        yield where, Counted(*values)


def _displacement(
    measure: str, places: set[str], end: pd.Timestamp, root: Path | None
) -> list[Counted]:
    if measure not in ("hosting_since", "hosted"):
        return []
    about = tables.descriptor("displacement", root)
    release = pd.Timestamp(date(*[int(part) for part in about["release"].split(".")]))
    stocks = tables.load("displacement", root)
    stocks = stocks[stocks["origin_iso3"].eq("AFG") & stocks["asylum_iso3"].isin(places)]
    sums = stocks.groupby("year")["persons"].sum(min_count=1).dropna().astype("float64")
    years = {year: persons for year, persons in zip(sums.index, sums, strict=True) if persons > 0}
    if measure == "hosting_since":
        found = {year: float(year) for year in list(years)[:1]}
    else:
        found = {year: years[year] for year in years if abs(year - end.year) <= 1}
    return [
        Counted(
            measure, series="UNHCR, year-ends", low=value, high=value, first=pd.Timestamp("NaT"),
            last=pd.Timestamp(year=year, month=12, day=31), published_day=release,
            reference="displacement", publisher="UNHCR", title=about["title"], url="",
        )
        for year, value in found.items()
    ]  # fmt: skip


def _told(
    ledger: Ledger, as_of: str, known_by: str
) -> list[tuple[Mapping[Hashable, Any], Counted]]:
    claims = known(ledger, as_of, known_by)
    rows = claims[(claims["kind"] == "figure") & (claims["modality"] == "asserted")]
    about = ledger.sources[["source_id", "publisher", "title", "url"]]
    rows = rows.assign(low=rows["value"], high=rows["value"]).merge(about, on="source_id")
    starts = rows["start"].map(lambda text: first_day(text) if text else None)
    rows = _bounded(rows).assign(
        first=pd.to_datetime(starts.where(rows["end"] != "", None)),
        last=rows["end_day"].fillna(rows["day"]),
        series=rows["origin"],
        reference=rows["claim_id"],
    )
    tellers = rows[["source_id", "actors", "recipients", "occurrence_id"]].to_dict("records")
    figures = (one for _, one in _counted(rows, "claim_id"))
    return list(zip(tellers, figures, strict=True))


def _alike(teller: Mapping[Hashable, Any], claim: Mapping[Hashable, Any]) -> bool:
    """Whether another document tells of the same parties, and of no other happening."""
    same = all(teller[column] == claim[column] for column in ("actors", "recipients"))
    elsewhere = claim["occurrence_id"] and teller["occurrence_id"] not in (
        "",
        claim["occurrence_id"],
    )
    return same and not elsewhere and teller["source_id"] != claim["source_id"]
