"""Who was ahead of whom on a rung, with every state in turn as the would-be leader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.engagement.timing import NOT_AT_RISK, RIGHT, on_ladder, times


def lead_lag(
    rung: str | Sequence[str], as_of: str = "", *, cells: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Every state as would-be leader of a rung, or of several, first place first.

    `cells` are those of `ladder` on the day `as_of`; without them they are
    those of the ledger in `seeds/`, and the day is that of its last step
    unless said otherwise.

    One row a state at risk. Columns `state`, `rungs` (on how many it is at
    risk), `taken` (how many of these it had taken), `ahead_of`, `behind` and
    `level` (pairs with another state that it precedes, follows, or whose order
    is open), `score` ((ahead_of - behind) / pairs, from -1 to 1), `place` and
    `place_high` (1 = highest score; equal scores share a range), `p`, and
    `p_least`. Empty where fewer than two states are at risk or none has taken
    a rung.

    The score is Mantel's (1967, Biometrics 23, 65-78) for observations that
    are censored in any way, after Gehan: a state is ahead of another only if
    every day that its step may have had lies before every day that the other's
    may have had. Equal days and overlapping bounds leave the pair open. A state
    that had not taken the rung by the date is behind all that had, and level
    with the others.

    The test is one of placebos: if who led were a matter of chance, each of
    the n states at risk would be as likely as any other to have the highest
    score, so `p` is the share of states whose score is at least as high, all n
    relabellings counted. It cannot fall below `p_least` = 1 / n, however clear
    the lead. Scores over several rungs are summed state by state before they
    are ranked, which leaves it open how far one rung depends on another.
    A high score says who came early; that the others followed it says nothing.

    Raises
    ------
    ValueError
        If there is no such rung, the date is no day, or cells come without it.

    Examples
    --------
    >>> lead_lag("recognised", "2025-12-31")[["state", "place", "p"]].values.tolist()[0][:2]
    ['RUS', 1]
    """
    names = [rung] if isinstance(rung, str) else list(rung)
    cells, as_of = on_ladder(cells, names, as_of)
    parts = [_pairs(times(cells, name, as_of)) for name in names]
    found = [part for part in parts if part["taken"].any()]
    columns = ["state", "rungs", "taken", "ahead_of", "behind", "level", "score"]
    if not found:
        return pd.DataFrame(columns=[*columns, "place", "place_high", "p", "p_least"])
    summed = pd.concat(found).groupby("state", as_index=False).sum()
    pairs = summed[["ahead_of", "behind", "level"]].sum(axis=1)
    summed["score"] = (summed["ahead_of"] - summed["behind"]) / pairs
    score, size = summed["score"].round(9), len(summed)
    placed = summed.assign(
        place=score.rank(ascending=False, method="min").astype(int),
        place_high=score.rank(ascending=False, method="max").astype(int),
    )
    placed = placed.assign(p=placed["place_high"] / size, p_least=1 / size)
    return placed.sort_values(["place", "state"], ignore_index=True)


def gaps(cells: pd.DataFrame, rung: str, leader: str, as_of: str) -> pd.DataFrame:
    """Days from one state's step to every other's, fewest first.

    Columns `state`, `known` (as in `times`), `low` and `high`: bounds of the
    gap in days, negative where the other came first, `high` infinite where it
    had not taken the rung by the date. Empty where the would-be leader is not
    at risk or had not taken it.
    """
    bounds = times(cells, rung, as_of)
    mine = bounds[(bounds["state"] == leader) & ~bounds["known"].isin([NOT_AT_RISK, RIGHT])]
    others = bounds[(bounds["state"] != leader) & (bounds["known"] != NOT_AT_RISK)]
    if mine.empty:
        return others.iloc[:0]
    first, last = mine.iloc[0]["low"], mine.iloc[0]["high"]
    gap = others.assign(low=others["low"] - last, high=others["high"] - first)
    return gap.sort_values(["high", "low", "state"], ignore_index=True)


def standing(
    cells: pd.DataFrame, rungs: Sequence[str], leader: str, as_of: str, names: Mapping[str, str]
) -> pd.DataFrame:
    """One state as would-be leader, rung by rung, one row a rung that some state at risk has taken.

    Columns `rung`, `states` (at risk), `place` (in words, a range where scores
    are equal), `ahead_of`, `behind`, `level`, `p`, `p_least`, `next` (the
    nearest state that is later for certain, with the days between, in words).
    A state that is not at risk, or alone so, has a place of `not at risk` and
    no numbers.
    """
    rows = []
    for rung in rungs:
        led = lead_lag(rung, as_of, cells=cells)
        if led.empty:
            continue
        mine = led[led["state"] == leader]
        row: dict[str, object] = {"rung": rung, "states": len(led), "place": NOT_AT_RISK}
        if len(mine):
            found = mine.iloc[0]
            best, worst = found["place"], found["place_high"]
            row["place"] = str(best) if best == worst else f"{best} to {worst}"
            row |= {name: found[name] for name in ("ahead_of", "behind", "level", "p", "p_least")}
            row["next"] = _next(gaps(cells, rung, leader, as_of), names)
        rows.append(row)
    columns = ["rung", "states", "place", "ahead_of", "behind", "level", "p", "p_least", "next"]
    numbers = dict.fromkeys(("ahead_of", "behind", "level"), "Int64")
    return pd.DataFrame(rows, columns=columns).astype(numbers)


def _next(gap: pd.DataFrame, names: Mapping[str, str]) -> str | None:
    later = gap[(gap["low"] > 0) & np.isfinite(gap["high"].astype(float))]
    if later.empty:
        return None
    low, high = later.iloc[0][["low", "high"]].astype(int)
    days = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return f"{names[later.iloc[0]['state']]}, {days} {'day' if high == 1 else 'days'} later"


def _pairs(bounds: pd.DataFrame) -> pd.DataFrame:
    risk = bounds[bounds["known"] != NOT_AT_RISK].reset_index(drop=True)
    taken = (risk["known"] != RIGHT).to_numpy(dtype=bool)
    low = np.where(taken, risk["low"], np.inf)
    high = risk["high"].to_numpy(dtype=float)
    ahead = high[:, None] < low[None, :]
    ahead_of, behind = ahead.sum(axis=1), ahead.sum(axis=0)
    size = len(risk)
    return pd.DataFrame(
        {
            "state": risk["state"],
            "rungs": 1,
            "taken": taken.astype(int),
            "ahead_of": ahead_of,
            "behind": behind,
            "level": size - 1 - ahead_of - behind,
        }
    ).iloc[: size if size > 1 else 0]
