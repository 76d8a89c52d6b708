"""Figures published between the releases: each with its own source, window, bound and people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

import networkx as nx
import numpy as np
import pandas as pd

from analysis import tables
from analysis.dates import first_day, last_day

PAPERS = {
    "refugees_registered": "registered refugees (cards: PoR, Amayesh)",
    "citizen_card_holders": "holders of an Afghan Citizen Card",
    "undocumented": "without papers",
    "undocumented_and_card_holders": "without papers, and card holders",
    "registered_and_card_holders": "registered, and card holders",
    "hosted": "all Afghans hosted",
}
PARTS = {
    "through_khyber_pakhtunkhwa": "own crossings",
    "undocumented": "without papers",
    "undocumented_assisted": "without papers, assisted by it",
    "undocumented_and_card_holders": "no PoR card",
    "refugees_assisted": "refugees assisted by it",
}
STATUSES = ("refugees_registered", "citizen_card_holders", "undocumented", "hosted")
_EXAMPLE = ("2023-10-01", "2025-06-01")
Window = tuple[str | date, str | date]
# Two windows are the same if neither end is further off than a publisher's weekend.
MATCH_DAYS = 3
# A count of people by papers says little about a day more than two years later.
FRESH_DAYS = 730


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


def returns(
    window: Window, asylum: str = "PAK", measure: str = "returns", *,
    figures: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """What each independent source says of people who went home in one window: a range each.

    `window` is its first and last day (ISO); `measure` is returns or
    deportations. One row an independent source, with `counted_by`, `low`, `high`, `basis`,
    `figure_ids`. Bodies that ever publish a count together share it, and are
    one source. A window counts as the one asked for if both ends lie within
    three days. Where a source has no such window, the largest of its windows
    inside is a floor and the smallest around it a ceiling (`bracketed`,
    `floor`, `ceiling`); an end that nothing bounds is NaN. Windows are never
    added. Only counts of all people from this place alone are used: parts of a
    country, groups with certain papers and several states together are no
    measure of it.

    "At least" is a floor: it never closes a range from above. The figures come
    from counts at borders, so a window inside another holds fewer people.

    Raises
    ------
    ValueError
        If the window is not two days, or ends before it begins.

    Examples
    --------
    >>> found = returns(("2023-10-01", "2025-06-01"))
    >>> found[["counted_by", "low", "basis"]].values.tolist()[0]
    ['IOM, OCHA and UNHCR', 1055000.0, 'matched']
    """
    begin, end = _days(window)
    figures = tables.load("operational") if figures is None else figures
    sources = independent(figures.loc[figures["start"] != "", "counted_by"])
    rows = operational(figures, asylum, measure)
    rows = rows[(rows["asylum_iso3"] == asylum) & (rows["population"] == "all")]
    rows = rows.assign(source=rows["counted_by"].map(sources))
    slack = pd.Timedelta(days=MATCH_DAYS)
    same = ((rows["first"] - begin).abs() <= slack) & ((rows["last"] - end).abs() <= slack)
    inside = ~same & (rows["first"] >= begin - slack) & (rows["last"] <= end + slack)
    around = ~same & (rows["first"] <= begin + slack) & (rows["last"] >= end - slack)
    # What is only bounded from below cannot bound from above, and the other way round.
    floors = rows[inside & (rows["bound"] != "at_most")]
    ceilings = rows[around & (rows["bound"] != "at_least")]
    found = []
    for source in sorted(set(rows.loc[same | inside | around, "source"])):
        matched = rows[same & (rows["source"] == source)]
        floor = floors[floors["source"] == source]
        ceiling = ceilings[ceilings["source"] == source]
        if not matched.empty:
            open_above = (matched["bound"] == "at_least").any()
            low, high = float(matched["low"].min()), float(matched["high"].max())
            high = np.nan if open_above else high
            used, basis = matched, "matched"
        else:
            low = float(floor["low"].max()) if not floor.empty else np.nan
            high = float(ceiling["high"].min()) if not ceiling.empty else np.nan
            known = ("floor" if low == low else "") + ("ceiling" if high == high else "")
            basis = {"floorceiling": "bracketed"}.get(known, known)
            used = pd.concat([floor[floor["low"] == low], ceiling[ceiling["high"] == high]])
        if basis:
            found.append((source, low, high, basis, used["figure_id"].tolist()))
    columns = ["counted_by", "low", "high", "basis", "figure_ids"]
    order = {"matched": 0, "bracketed": 1, "floor": 2, "ceiling": 3}
    frame = pd.DataFrame(found, columns=columns)
    return frame.sort_values("basis", key=lambda s: s.map(order), kind="stable", ignore_index=True)


def nearest_window(
    window: Window, asylum: str = "PAK", measure: str = "returns", *,
    figures: pd.DataFrame | None = None,
) -> pd.Series | None:  # fmt: skip
    """Figure whose window shares most with the one asked for, or None if none overlaps it.

    For all people from this place alone. Shared days over days in either
    window decide; it is a figure of its own window, not of the one asked for.
    """
    begin, end = _days(window)
    figures = tables.load("operational") if figures is None else figures
    rows = operational(figures, asylum, measure)
    rows = rows[(rows["asylum_iso3"] == asylum) & (rows["population"] == "all")]
    rows = rows[(rows["first"] <= end) & (rows["last"] >= begin)]
    if rows.empty:
        return None
    starts, ends = rows["first"].to_numpy(), rows["last"].to_numpy()
    day = np.timedelta64(1, "D")
    begun, closed = begin.to_datetime64(), end.to_datetime64()
    shared = np.minimum(ends, closed) - np.maximum(starts, begun) + day
    either = np.maximum(ends, closed) - np.minimum(starts, begun) + day
    return rows.iloc[int((shared / either).argmax())]


def claimed(claims: pd.DataFrame, measure: str, window: Window) -> float:
    """Figure that a document claims for one window; NaN where it has none, or for another window.

    `claims` has the columns measure, value, start and published; a claim
    without an end runs up to the day of publication. Both ends must lie within
    three days.
    """
    slack = pd.Timedelta(days=MATCH_DAYS)
    ends = _days(window)
    for claim in claims[claims["measure"] == measure].to_dict("records"):
        if not claim["start"] or not claim["published"]:
            continue
        begun, told = (pd.Timestamp(first_day(claim[key])) for key in ("start", "published"))
        if abs(begun - ends[0]) <= slack and abs(told - ends[1]) <= slack:
            return float(claim["value"])
    return float("nan")


def independent(counters: Iterable[str]) -> dict[str, str]:
    """Who counted, mapped to the independent source that each belongs to.

    >>> independent(["IOM", "UNHCR and IOM", "Government of Pakistan"])["IOM"]
    'IOM and UNHCR'
    """
    bodies = {name: re.split(r"; | and (?=[A-Z])", name) for name in set(counters)}
    shared = nx.Graph()
    for together in bodies.values():
        nx.add_path(shared, together)
    sources: dict[str, str] = {}
    for group in nx.connected_components(shared):
        *others, end = sorted(group)
        label = f"{', '.join(others)} and {end}" if others else end
        sources |= {name: label for name, together in bodies.items() if together[0] in group}
    return sources


def by_papers(figures: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Returns by the papers that people held, as far as a source breaks its figure down.

    One row a figure and group: `figure_id`, `start`, `end`, `counted_by`,
    `papers`, `share_percent`; the largest group of each figure first.
    """
    rows = shares.merge(figures, on="figure_id")
    columns = ["figure_id", "start", "end", "counted_by", "papers", "share_percent"]
    order = rows.sort_values(["first", "share_percent"], ascending=[True, False])
    return order[columns].reset_index(drop=True)


def documentation_status(
    day: str, asylum: str = "PAK", *, figures: pd.DataFrame | None = None
) -> pd.DataFrame:
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
    >>> status = documentation_status("2025-06-01")
    >>> status.set_index("measure").loc["undocumented", ["low", "high"]].tolist()
    [775000.0, 1700000.0]
    """
    figures = tables.load("operational") if figures is None else figures
    since = pd.Timestamp(day) - pd.Timedelta(days=FRESH_DAYS)
    rows: list[tuple[object, ...]] = []
    for measure in STATUSES:
        counted = operational(figures, asylum, measure, until=day)
        counted = counted[(counted["asylum_iso3"] == asylum) & (counted["last"] >= since)]
        if counted.empty:
            rows.append((measure, np.nan, np.nan, np.nan, np.nan, "", "", 0, []))
            continue
        newest = counted.sort_values("last", kind="stable").iloc[-1]
        rows.append(
            (measure, _least(counted), _most(counted),
             float(newest["low"]), float(newest["high"]), newest["end"], newest["counted_by"],
             counted["counted_by"].nunique(), counted["figure_id"].tolist())
        )  # fmt: skip
    return pd.DataFrame(
        rows,
        columns=["measure", "low", "high", "newest_low", "newest_high", "newest_day", "newest_by",
                 "counters", "figure_ids"],
    )  # fmt: skip


def window_labels(figures: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Who counted; whom, where it was not everybody; where, if in several places together."""
    labels = []
    for by, group, places in figures[["counted_by", "population", "asylum_iso3"]].itertuples(
        index=False
    ):
        limits = [] if group == "all" else [PARTS.get(group, group.replace("_", " "))]
        if ";" in places:
            together = " and ".join(names.get(place, place) for place in places.split(";"))
            limits.append(f"{together} together")
        labels.append(f"{by}: {', '.join(limits)}" if limits else by)
    return labels


def _days(window: Window) -> tuple[pd.Timestamp, pd.Timestamp]:
    if isinstance(window, str) or len(window) != 2:
        raise ValueError(f"window {window!r}: expected two days, such as {_EXAMPLE}")
    begin, end = (pd.Timestamp(day) for day in window)
    if begin > end:
        raise ValueError(f"the window ends on {window[1]}, before it begins on {window[0]}")
    return begin, end


def _least(counted: pd.DataFrame) -> float:
    """Lowest of the figures; one that is bounded from above alone says nothing of it."""
    return float(counted.loc[counted["bound"] != "at_most", "low"].astype("float64").min())


def _most(counted: pd.DataFrame) -> float:
    """Highest of the figures; one that is bounded from below alone says nothing of it."""
    return float(counted.loc[counted["bound"] != "at_least", "high"].astype("float64").max())
