"""Mediations: who brought whom together, when, where it is known, and what followed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Hashable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from analysis.ledger.claims import MODALITIES, Ledger, known, opened, require

# What can follow, told by code or step alone: facts between the same parties, no effect claimed.
FOLLOWED = ("agreement", "ceasefire", "step", "clash")
_USED = [
    *("claim_id", "occurrence", "day", "origin", "actors", "recipients", "mediators"),
    *("kind", "modality", "code", "mode", "step", "intensity"),
]


class _Follower(NamedTuple):
    """What may have followed a mediation: one claim as one of the kinds of `FOLLOWED`."""

    day: pd.Timestamp
    claim_id: str
    occurrence: str
    parties: frozenset[str]
    kind: str


def mediations(
    claims: Ledger | pd.DataFrame,
    as_of: str,
    known_by: str = "",
    within_days: int = 90,
    modalities: Collection[str] = ("asserted",),
) -> pd.DataFrame:
    """Acts of cooperation that went through a mediator, one row an occurrence, in order of date.

    Columns: `day` (last possible), `parties`, `mediators` (sorted ids, of all
    claims on the occurrence), `code`, `claims` (ids), `origins` (independent
    sources), and for each of `FOLLOWED` the days until the next other
    occurrence of that kind in which the same parties take part, within
    `within_days` and by `as_of`; blank where there is none. `followed` holds
    the claims behind these. That something followed does not say that the
    mediation brought it about.

    An agreement is `AGREE`, a cease-fire `RETREAT:ceasefire`, a clash
    `ASSAULT`, a step any claim with a rung of a ladder, all asserted.

    Raises
    ------
    ValueError
        If `within_days` is negative, a day is no day, or a modality is none of
        the ledger's.
    TypeError
        If the claims are neither a ledger nor a frame, see `opened`.

    Examples
    --------
    >>> from analysis import ledger
    >>> found = ledger.mediations(ledger.load(), "2025-10-31").set_index("occurrence")
    >>> talks = found.loc["doha-talks-2025-10"]
    >>> talks["mediators"], int(talks["ceasefire"])
    (['QAT', 'TUR'], 1)
    """
    if within_days < 0:
        raise ValueError(f"within_days must be 0 or more, not {within_days}")
    require("modalities", modalities, MODALITIES)
    acts = known(opened(claims), as_of, known_by)[_USED]
    acts = acts[acts["kind"] == "event"]
    chosen = (acts["mediators"] != "") & (acts["intensity"] > 0)
    chosen &= acts["modality"].isin(list(modalities))
    later = _followers(acts[acts["modality"] == "asserted"])
    happenings: dict[str, list[dict[Hashable, Any]]] = {}
    for act in acts[chosen].to_dict("records"):
        happenings.setdefault(act["occurrence"], []).append(act)
    rows = []
    for occurrence, told in happenings.items():
        parties = frozenset[str]().union(*map(_parties, told))
        day = min(act["day"] for act in told)
        soonest: dict[str, _Follower] = {}
        for one in later[bisect_left(later, day, key=lambda one: one.day) :]:
            if (one.day - day).days > within_days:
                break
            if one.occurrence != occurrence and one.kind not in soonest and parties <= one.parties:
                soonest[one.kind] = one
        days = {kind: (one.day - day).days for kind, one in soonest.items()}
        rows.append(
            {
                "occurrence": occurrence,
                "day": day,
                "parties": sorted(parties),
                "mediators": sorted({who for act in told for who in act["mediators"].split(";")}),
                "code": told[0]["code"],
                "claims": sorted(act["claim_id"] for act in told),
                "origins": sorted({act["origin"] for act in told}),
                **{kind: days.get(kind) for kind in FOLLOWED},
                "followed": sorted({one.claim_id for one in soonest.values()}),
            }
        )
    columns = ["occurrence", "day", "parties", "mediators", "code", "claims", "origins"]
    found = pd.DataFrame(rows, columns=[*columns, *FOLLOWED, "followed"])
    found = found.astype({kind: "Int64" for kind in FOLLOWED} | {"day": "datetime64[s]"})
    return found.sort_values(["day", "occurrence"], ignore_index=True)


def _followers(claims: pd.DataFrame) -> list[_Follower]:
    """Claims once for each kind of `FOLLOWED` that they are, in order of date."""
    found = []
    for claim in claims.to_dict("records"):
        marks = {
            "agreement": claim["code"] == "AGREE",
            "ceasefire": (claim["code"], claim["mode"]) == ("RETREAT", "ceasefire"),
            "step": claim["step"] != "",
            "clash": claim["code"] == "ASSAULT",
        }
        about = claim["day"], claim["claim_id"], claim["occurrence"], _parties(claim)
        found += [_Follower(*about, kind) for kind, is_it in marks.items() if is_it]
    return sorted(found, key=lambda one: (one.day, one.claim_id))


def _parties(claim: Mapping[Hashable, Any]) -> frozenset[str]:
    sides = claim["actors"], claim["recipients"]
    return frozenset(who for side in sides for who in side.split(";") if who)
