"""Time from the fall of Kabul to a rung: what is dated exactly, between two days, or not yet."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter

from analysis.dates import possible_days
from analysis.engagement.ladder import (
    EXECUTED,
    FALL,
    HELD,
    NOT_APPLICABLE,
    UNDONE,
    ladder,
    latest,
)
from analysis.ledger import load
from analysis.tables import nearest

# What is known of the day on which a state took a rung.
EXACT, INTERVAL, LEFT, RIGHT = "on a day", "between two days", "by a day", "not by the date"
NOT_AT_RISK = "not at risk"
_TOLERANCE, _MOST_STEPS = 1e-9, 2000


@dataclass(frozen=True)
class TimeToRung:
    """Times of states to a rung, and the share that had taken it by each day.

    `states` is the frame of `times`. `curve` has a row for each day on which
    something may have happened: `day` (days since the fall of Kabul), `share`
    and `share_high` (Turnbull's estimate; they differ where the dates leave it
    open), `low` and `high` (band, see `time_to_rung`). `median_days` is the
    first day by which half had taken the rung, NaN where fewer have.
    """

    rung: str
    states: pd.DataFrame
    curve: pd.DataFrame
    median_days: float


def times(cells: pd.DataFrame, rung: str, as_of: str) -> pd.DataFrame:
    """Bounds of the time to a rung, in days since 15 August 2021, one row a state.

    Columns `state`, `known` (on a day, between two days, by a day, not by the
    date, not at risk), `low` and `high` (days; `high` is infinite where the
    rung was not taken by `as_of`, both are NaN where the state is not at risk).

    A month lies between its first and last day; a step known only *by* a day
    lies between the fall of Kabul and that day. Not at risk are states that
    held the rung from the start, since there was nothing left for them to
    take, and states to which it does not apply. Announced, reported by others
    and not coded all count as not taken by the date: no source here says that
    it was carried out.

    >>> cells = pd.DataFrame({
    ...     "state": ["CHN", "RUS"], "rung": "recognised",
    ...     "status": ["executed", "not coded"], "first_text": ["2021-09", ""],
    ... })
    >>> times(cells, "recognised", "2021-12-31")["known"].tolist()
    ['between two days', 'not by the date']
    """
    start, end = pd.Timestamp(FALL), pd.Timestamp(as_of)
    rows = []
    for row in cells[cells["rung"] == rung].to_dict("records"):
        known, low, high = NOT_AT_RISK, np.nan, np.nan
        if row["status"] in (EXECUTED, UNDONE):
            first, last = possible_days(str(row["first_text"]))
            high = float((pd.Timestamp(last or end) - start).days)
            # An open beginning, or one before the fall, starts with the fall.
            low = max(float((pd.Timestamp(first) - start).days), 0.0) if first else 0.0
            known = LEFT if first is None else EXACT if low == high else INTERVAL
            if high <= 0:
                # Undone since, but already so when Kabul fell.
                known, low, high = NOT_AT_RISK, np.nan, np.nan
        elif row["status"] not in (HELD, NOT_APPLICABLE) and end >= start:
            known, low, high = RIGHT, float((end - start).days), np.inf
        rows.append({"state": row["state"], "known": known, "low": low, "high": high})
    return pd.DataFrame(rows, columns=["state", "known", "low", "high"])


def time_to_rung(rung: str, as_of: str = "", *, cells: pd.DataFrame | None = None) -> TimeToRung:
    """Share of the states at risk that had taken a rung by each day since the fall of Kabul.

    `cells` are those of `ladder` on the day `as_of`; without them they are
    those of the ledger in `seeds/`, and the day is that of its last step
    unless said otherwise.

    The estimate is Turnbull's (1976, J. R. Stat. Soc. B 38, 290-295) from
    lifelines, which takes dates between two days as they are; with exact dates
    only it is that of Kaplan and Meier. The band runs from the lower 95 % bound
    (log-log, Greenwood) with every date as late as it may be to the upper bound
    with every date as early as it may be. It treats the states as a sample,
    which they are not: read it as how little so few of them allow.

    The curve is empty where no state at risk has taken the rung.

    Raises
    ------
    ValueError
        If there is no such rung, the date is no day, or cells come without it.

    Examples
    --------
    >>> found = time_to_rung("delisted", "2025-06-01")
    >>> found.states["known"].value_counts()[["on a day", "not by the date"]].tolist()
    [3, 1]
    >>> found.median_days
    1114.0
    """
    cells, as_of = on_ladder(cells, [rung], as_of)
    bounds = times(cells, rung, as_of)
    risk = bounds[bounds["known"] != NOT_AT_RISK]
    taken = risk["known"] != RIGHT
    if not taken.any():
        empty = pd.DataFrame(columns=["day", "share", "share_high", "low", "high"], dtype=float)
        return TimeToRung(rung, bounds, empty, float("nan"))
    finite = risk.loc[taken, ["low", "high"]].to_numpy()
    last = float(max(risk["low"].max(), finite.max()))
    days = np.unique(np.concatenate([[0.0], finite.ravel(), [last]]))
    share, share_high = _turnbull(risk["low"].to_numpy(), risk["high"].to_numpy(), days)
    late, _ = _band(risk["high"].clip(upper=last), taken, days)
    _, early = _band(risk["low"], taken, days)
    curve = pd.DataFrame(
        {"day": days, "share": share, "share_high": share_high, "low": late, "high": early}
    )
    reached = curve.loc[curve["share"] >= 0.5 - 1e-6, "day"]
    median = float(reached.iloc[0]) if len(reached) else float("nan")
    return TimeToRung(rung, bounds, curve, median)


def on_ladder(
    cells: pd.DataFrame | None, rungs: Sequence[str], as_of: str
) -> tuple[pd.DataFrame, str]:
    """Cells and the day they are of, from the ledger in `seeds/` where none are given.

    Raises
    ------
    ValueError
        If the ladder lacks one of the rungs, or cells come without their day.
    """
    if cells is None:
        book = load()
        as_of = as_of or latest(book)
        cells = ladder(as_of, ledger=book)
    elif not as_of:
        raise ValueError("as_of is blank; expected the day that the cells are of")
    held = cells["rung"].unique()
    for rung in rungs:
        if rung not in held:
            raise ValueError(
                f"no rung {rung!r}{nearest(rung, held)}; expected one of {', '.join(held)}"
            )
    return cells, as_of


def summary(found: Sequence[TimeToRung]) -> pd.DataFrame:
    """Times to several rungs, one row a rung, for a reader.

    Columns `rung`, `held` (not at risk), `at_risk`, `taken`, `not_yet`,
    `inexact` (taken, but dated only between two days), `share_pct`, `low_pct`,
    `high_pct` (share taken at the end, with its band), `half_by` (ISO day by
    which half had taken it, blank where fewer have). Percentages are NaN where
    no state is at risk; a band only where some state has taken the rung.
    """
    rows = []
    for one in found:
        known = one.states["known"]
        risk, last = int((known != NOT_AT_RISK).sum()), one.curve.tail(1)
        taken = risk - int((known == RIGHT).sum())
        half = pd.Timestamp(FALL) + pd.to_timedelta(one.median_days, unit="D")
        rows.append(
            {
                "rung": one.rung,
                "held": len(known) - risk,
                "at_risk": risk,
                "taken": taken,
                "not_yet": risk - taken,
                "inexact": int(known.isin([INTERVAL, LEFT]).sum()),
                "share_pct": 100 * taken / risk if risk else np.nan,
                "low_pct": 100 * last["low"].item() if len(last) else np.nan,
                "high_pct": 100 * last["high"].item() if len(last) else np.nan,
                "half_by": "" if pd.isna(half) else half.strftime("%Y-%m-%d"),
            }
        )
    return pd.DataFrame(rows)


def _turnbull(low: np.ndarray, high: np.ndarray, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest share taken at the end of some days."""
    exact = (low == high) | np.isinf(high)
    if exact.all():
        fitter = KaplanMeierFitter().fit(low, np.isfinite(high), timeline=days)
        share = 1 - fitter.survival_function_.to_numpy(dtype=float)[:, 0]
        return share, share
    # Bounds are closed: who had not taken it by a day took it the day after at the earliest.
    low = np.where(np.isinf(high), low + 1, low)
    if len(np.unique(np.column_stack([low, high]), axis=0)) == 1:
        # One and the same interval for all has nothing to iterate over.
        return (days >= high[0]).astype(float), (days >= low[0]).astype(float)
    fitter = KaplanMeierFitter()
    with warnings.catch_warnings():
        # Chances that shrink to nothing and likelihoods that no longer grow are warned of.
        warnings.simplefilter("ignore", RuntimeWarning)
        # lifelines gives the value before a day's events; half a day later it is past them.
        fitter.fit_interval_censoring(
            low, high, timeline=days + 0.5, tol=_TOLERANCE, max_iter=_MOST_STEPS
        )
    survival = fitter.survival_function_.to_numpy(dtype=float)
    return 1 - survival.max(axis=1), 1 - survival.min(axis=1)


def _band(
    durations: pd.Series, taken: pd.Series, days: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper 95 % bounds of the share taken, by Kaplan and Meier, on some days."""
    fitter = KaplanMeierFitter().fit(durations, taken, timeline=days)
    survival = fitter.confidence_interval_survival_function_.to_numpy(dtype=float)
    return 1 - survival.max(axis=1), 1 - survival.min(axis=1)
