"""Mediations: who brought whom together, when, where it is known, and what followed."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from analysis.ledger.claims import MODALITIES, Ledger, known, opened, require

# What can follow, told by code or step alone: facts between the same parties, no effect claimed.
FOLLOWED = ("agreement", "ceasefire", "step", "clash")


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
    acts = known(opened(claims), as_of, known_by)
    acts = acts[acts["kind"] == "event"]
    acts = acts.assign(parties=_parties(acts))
    chosen = (acts["mediators"] != "") & (acts["intensity"] > 0)
    chosen &= acts["modality"].isin(list(modalities))
    later = _kinds(acts[acts["modality"] == "asserted"])
    rows = []
    for occurrence, told in acts[chosen].groupby("occurrence", sort=False):
        parties = frozenset().union(*told["parties"])
        day = told["day"].min()
        after = later[(later["occurrence"] != occurrence) & (later["day"] >= day)]
        after = after[(after["day"] - day).dt.days <= within_days]
        after = after[after["parties"].map(parties.issubset).astype(bool)]
        soonest = after.sort_values(["day", "claim_id"]).drop_duplicates("followed")
        days = dict(zip(soonest["followed"], (soonest["day"] - day).dt.days, strict=True))
        rows.append(
            {
                "occurrence": occurrence,
                "day": day,
                "parties": sorted(parties),
                "mediators": sorted(set(";".join(told["mediators"]).split(";"))),
                "code": told["code"].iloc[0],
                "claims": sorted(told["claim_id"]),
                "origins": sorted(set(told["origin"])),
                **{kind: days.get(kind) for kind in FOLLOWED},
                "followed": sorted(set(soonest["claim_id"])),
            }
        )
    columns = ["occurrence", "day", "parties", "mediators", "code", "claims", "origins"]
    found = pd.DataFrame(rows, columns=[*columns, *FOLLOWED, "followed"])
    found = found.astype({kind: "Int64" for kind in FOLLOWED} | {"day": "datetime64[s]"})
    return found.sort_values(["day", "occurrence"], ignore_index=True)


def _parties(claims: pd.DataFrame) -> pd.Series:
    texts = claims["actors"] + ";" + claims["recipients"]
    parties = [frozenset(filter(None, text.split(";"))) for text in texts]
    return pd.Series(parties, index=claims.index, dtype=object)


def _kinds(claims: pd.DataFrame) -> pd.DataFrame:
    """Claims once for each kind of `FOLLOWED` that they are."""
    marks = {
        "agreement": claims["code"] == "AGREE",
        "ceasefire": (claims["code"] == "RETREAT") & (claims["mode"] == "ceasefire"),
        "step": claims["step"] != "",
        "clash": claims["code"] == "ASSAULT",
    }
    return pd.concat([claims[mask].assign(followed=kind) for kind, mask in marks.items()])
