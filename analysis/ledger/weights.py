"""What is left of each claim on a day: events fade, relations last."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from analysis.ledger.claims import LAYERS, Ledger, a_day, opened, require

HALF_LIFE_DAYS = 365.0

_USED = [
    *("claim_id", "source_id", "kind", "code", "layer", "actors", "recipients", "mediators"),
    *("modality", "speaker", "answers", "intensity", "day", "end_day", "origin", "occurrence"),
]


def weighed(
    claims: Ledger | pd.DataFrame,
    as_of: str,
    known_by: str = "",
    half_life_days: float | None = None,
    window: float | None = None,
    layers: Collection[str] = (),
) -> pd.DataFrame:
    """Events and lasting relations with what is left of their intensity on the day, `weighed`.

    Parameters and errors as for `ties`.

    >>> from analysis import ledger
    >>> left = weighed(ledger.load(), "2025-06-01", half_life_days=90)
    >>> bool((left["weighed"].abs() <= left["intensity"].abs()).all())
    True
    """
    ledger = opened(claims)
    place, weight = left(ledger, as_of, known_by, half_life_days, window, layers)
    told = ledger.claims[_USED].take(place)
    return told.assign(weighed=told["intensity"] * weight)


def left(
    ledger: Ledger,
    as_of: str,
    known_by: str = "",
    half_life_days: float | None = None,
    window: float | None = None,
    layers: Collection[str] = (),
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the ledger's claims that still weigh on the day, by number, and what they weigh.

    Parameters and errors as for `ties`.

    >>> from analysis import ledger
    >>> rows, weight = left(ledger.load(), "2025-06-01")
    >>> len(rows) == len(weight), bool((weight > 0).all() and (weight <= 1).all())
    (True, True)
    """
    if half_life_days is not None and window is not None:
        raise ValueError("give half_life_days or window, one of the two")
    if half_life_days is None and window is None:
        half_life_days = HALF_LIFE_DAYS
    for name, reach in (("half_life_days", half_life_days), ("window", window)):
        if reach is not None and not reach > 0:
            raise ValueError(f"{name} is {reach!r}; expected a number of days above 0")
    require("layers", layers, LAYERS)
    now = np.datetime64(a_day("as_of", as_of), "s")
    claims = ledger.claims
    kind, day, end = (claims[name].to_numpy() for name in ("kind", "day", "end_day"))
    keep = ((kind == "event") | (kind == "tie")) & (day <= now)
    if known_by:
        keep &= claims["published_day"].to_numpy() <= np.datetime64(
            a_day("known_by", known_by), "s"
        )
    if layers:
        keep &= np.isin(claims["layer"].to_numpy(), list(layers))
    place = np.flatnonzero(keep)
    kind, day, end = kind[place], day[place], end[place]
    # What still goes on has no age; what lasted fades from its end, all else from its day.
    age = (now - np.where(np.isnat(end), day, end)).astype("timedelta64[D]").astype(int)
    if half_life_days is not None:
        fading = 0.5 ** (np.clip(age, 0, None) / half_life_days)
    else:
        fading = (age <= window).astype(float)
    weight = np.where(kind == "tie", (~(end < now)).astype(float), fading)
    return place[weight > 0], weight[weight > 0]
