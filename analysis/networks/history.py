"""The course of one pair and of the whole network through time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.ledger import Ledger, between, dyads, known, mediations, ties
from analysis.networks.balance import balance
from analysis.networks.graphs import graph

FALL = "2021-08-15"
# A course is to show turns: an act counts half after a quarter of a year. A
# spell of less than a month, or of one act, is no thaw.
COURSE_DAYS = 90.0
SPELL_DAYS = 30
_USED = [
    *("claim_id", "kind", "code", "mode", "layer", "actors", "recipients", "start"),
    *("modality", "intensity", "day", "occurrence"),
]
LANES = ("mediated acts", "cease-fires", "expulsions", "clashes")


def course(
    ledger: Ledger,
    pair: Collection[str],
    as_of: str,
    known_by: str = "",
    layers: Collection[str] = (),
    half_life_days: float = COURSE_DAYS,
) -> pd.DataFrame:
    """Account of a pair on each day since the fall of Kabul, from dated acts that fade.

    Indexed by day; `cooperation`, `conflict`, `net`. Dated asserted events
    alone, each occurrence once by the rule of `ledger.ties`: lasting relations
    have no course, and what a source does not date would count on the day of
    publication. Both sides of the account fade alike, so net changes its sign
    on the day of an act and never by mere passing of time. No rows before the
    fall.

    >>> from analysis import ledger
    >>> round(course(ledger.load(), ["PAK", "IEA"], "2021-10-29")["net"].iloc[-1])
    7
    """
    return _faded(_acts(ledger, pair, as_of, known_by, layers), as_of, half_life_days)


def thaws(
    ledger: Ledger,
    pair: Collection[str],
    as_of: str,
    known_by: str = "",
    layers: Collection[str] = (),
    half_life_days: float | None = None,
) -> pd.DataFrame:
    """Spells of cooperation between two actors since the fall of Kabul, in order.

    A spell begins on the day of an act of cooperation and lasts until the day
    before the next act of material conflict (PLOVER's quad class: force,
    coercion, sanctions); words do not end it. With `half_life_days` it lasts
    instead while cooperation outweighs conflict on the `course` of the pair.

    Columns: `start`, `end` (first and last day), `days`, `acts` (occurrences of
    cooperation within), `is_open` (still so on the last day), `is_thaw`: at
    least `SPELL_DAYS` long, with at least two acts; `began_with` and
    `ended_with`, the claims on the acts of the first day and of the day that
    ended it.

    >>> from analysis import ledger
    >>> last = thaws(ledger.load(), ["PAK", "IEA"], "2025-10-15").iloc[-1]
    >>> f"{last['start']:%Y-%m-%d}", f"{last['end']:%Y-%m-%d}", int(last["days"])
    ('2025-04-19', '2025-10-10', 175)
    """
    acts = _acts(ledger, pair, as_of, known_by, layers)
    if half_life_days is None:
        good = _latest(acts.loc[acts["weighed"] > 0, "day"], as_of)
        warm = good > _latest(acts.loc[acts["is_blow"], "day"], as_of)
    else:
        warm = _faded(acts, as_of, half_life_days)["net"] > 1e-9
    numbered = (warm != warm.shift()).cumsum()[warm]
    one = pd.Timedelta(days=1)
    rows = []
    for _, part in numbered.groupby(numbered):
        start, end = part.index[0], part.index[-1]
        within = acts[acts["day"].between(start, end) & (acts["weighed"] > 0)]
        rows.append(
            {
                "start": start,
                "end": end,
                "days": len(part),
                "acts": len(within),
                "is_open": end == warm.index[-1],
                "is_thaw": len(part) >= SPELL_DAYS and len(within) > 1,
                "began_with": _claims_of(acts[acts["day"] == start]),
                "ended_with": _claims_of(acts[acts["day"] == end + one]),
            }
        )
    columns = ["start", "end", "days", "acts", "is_open", "is_thaw", "began_with", "ended_with"]
    return pd.DataFrame(rows, columns=columns).astype({"is_open": bool, "is_thaw": bool})


def marks(ledger: Ledger, pair: Collection[str], as_of: str, known_by: str = "") -> pd.DataFrame:
    """Dated happenings to mark on the course of a pair, one row an occurrence and lane.

    Columns `lane`, `day`, `occurrence`, `claims`. Mediated acts are those of
    `ledger.mediations` among the pair; cease-fires and clashes are asserted
    between the two; expulsions are orders or acts of one of the two against a
    people (`THREATEN:expel`, `COERCE:deport`), announced or done.

    >>> from analysis import ledger
    >>> found = marks(ledger.load(), ["PAK", "IEA"], "2023-10-31")
    >>> found.loc[found["lane"] == "expulsions", "occurrence"].tolist()
    ['pak-expulsion-order-2023-10']
    """
    claims = _events(ledger, as_of, known_by, ())
    asserted = claims["modality"] == "asserted"
    both = _hold(claims["actors"] + ";" + claims["recipients"], set(pair).issubset)
    peoples = set(ledger.actors.loc[ledger.actors["kind"] == "people", "actor_id"])
    against = _hold(claims["recipients"], lambda ids: bool(peoples & set(ids)))
    own = _hold(claims["actors"], lambda ids: bool(set(pair) & set(ids)))
    key = claims["code"] + ":" + claims["mode"]
    brought = mediations(ledger, as_of, known_by)
    together = brought[brought["parties"].map(set(pair).issubset).astype(bool)]
    expelled = claims["modality"].isin(["asserted", "planned"])
    expelled &= key.isin(["THREATEN:expel", "COERCE:deport"])
    masks = {
        "mediated acts": claims["occurrence"].isin(together["occurrence"]),
        "cease-fires": asserted & both & (key == "RETREAT:ceasefire"),
        "expulsions": own & against & expelled,
        "clashes": asserted & both & (claims["code"] == "ASSAULT"),
    }
    found = []
    for lane, mask in masks.items():
        grouped = claims[mask].groupby("occurrence")
        ids = grouped["claim_id"].agg(sorted)
        found.append(pd.DataFrame({"lane": lane, "day": grouped["day"].min(), "claims": ids}))
    table = pd.concat(found).rename_axis("occurrence").reset_index()
    table = table[["lane", "day", "occurrence", "claims"]]
    table = table[table["day"] >= pd.Timestamp(FALL)]
    return table.sort_values(["day", "occurrence", "lane"], ignore_index=True)


def quarters(
    ledger: Ledger, as_of: str, pair: Collection[str], terms: Mapping[str, Any]
) -> pd.DataFrame:
    """The network at the end of each quarter since the fall of Kabul, and on the day itself.

    Indexed by day: `ties`, the three measures of `balance`, and the `sign` of
    the pair (NaN without a tie). `terms` are those of `ledger.ties`.

    >>> from analysis import ledger
    >>> found = quarters(ledger.load(), "2021-10-01", ("PAK", "IEA"), {})
    >>> found.index.strftime("%Y-%m-%d").tolist()
    ['2021-09-30', '2021-10-01']
    """
    ends = pd.date_range(FALL, as_of, freq="QE")
    days = [end for end in ends if end < pd.Timestamp(as_of)]
    if pd.Timestamp(as_of) >= pd.Timestamp(FALL):
        days.append(pd.Timestamp(as_of))
    rows = []
    for day in days:
        network = ties(ledger, day.strftime("%Y-%m-%d"), **terms)
        found = between(network, *pair)["sign"]
        made = graph(network)
        sign = float(found.iloc[0]) if len(found) else float("nan")
        rows.append({"ties": made.number_of_edges(), **balance(made), "sign": sign})
    columns = ["ties", "triangles", "walks", "frustration", "sign"]
    return pd.DataFrame(rows, index=pd.DatetimeIndex(days, name="day"), columns=columns)


def _events(ledger: Ledger, as_of: str, known_by: str, layers: Collection[str]) -> pd.DataFrame:
    claims = known(ledger, as_of, known_by)[_USED]
    dated = (claims["kind"] == "event") & (claims["start"] != "")
    if layers:
        dated &= claims["layer"].isin(list(layers))
    return claims[dated]


def _hold(lists: pd.Series, wanted: Callable[[list[str]], bool]) -> pd.Series:
    held = [wanted(ids.split(";")) for ids in lists.to_numpy()]
    return pd.Series(held, index=lists.index, dtype=bool)


def _acts(
    ledger: Ledger, pair: Collection[str], as_of: str, known_by: str, layers: Collection[str]
) -> pd.DataFrame:
    """Dated occurrences between the two: day, mean intensity, whether material conflict, claims."""
    claims = _events(ledger, as_of, known_by, layers)
    # Only a claim that names both can join them.
    both = _hold(claims["actors"] + ";" + claims["recipients"], set(pair).issubset)
    rows = dyads(claims[both & (claims["modality"] == "asserted")])
    rows = rows[rows["a"].isin(list(pair)) & rows["b"].isin(list(pair))]
    keys = rows["code"].where(rows["mode"] == "", rows["code"] + ":" + rows["mode"])
    quad = keys.map(ledger.codes.set_index("code_key")["quad_class"])
    rows = rows.assign(
        weighed=rows["intensity"] * rows["share"], is_blow=quad == "material_conflict"
    )
    grouped = rows.groupby("occurrence")
    return pd.DataFrame(
        {
            "day": grouped["day"].min(),
            "weighed": grouped["weighed"].mean(),
            "is_blow": grouped["is_blow"].any(),
            "claims": grouped["claim_id"].agg(sorted),
        }
    )


def _faded(once: pd.DataFrame, as_of: str, half_life_days: float) -> pd.DataFrame:
    """The `course` that the acts make."""
    days = pd.date_range(FALL, as_of, freq="D").astype("datetime64[s]")
    age = (days.to_numpy()[:, None] - once["day"].to_numpy()[None, :]) / np.timedelta64(1, "D")
    left = np.where(age >= 0, 0.5 ** (np.clip(age, 0, None) / half_life_days), 0.0)
    weight = once["weighed"].to_numpy()
    table = pd.DataFrame(index=days.rename("day"))
    table["cooperation"] = left @ np.clip(weight, 0, None)
    table["conflict"] = left @ np.clip(-weight, 0, None)
    return table.assign(net=table["cooperation"] - table["conflict"])


def _latest(acts: pd.Series, as_of: str) -> pd.Series:
    """Day of the last act by each day since the fall; before any act a very old one."""
    days = pd.date_range(FALL, as_of, freq="D").astype("datetime64[s]")
    dates = np.concatenate([[np.datetime64("1000-01-01", "s")], np.sort(acts.to_numpy())])
    return pd.Series(dates[np.searchsorted(dates, days.to_numpy(), "right") - 1], index=days)


def _claims_of(acts: pd.DataFrame) -> list[str]:
    return sorted(claim for claims in acts["claims"] for claim in claims)
