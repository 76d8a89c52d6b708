"""What a brief on one actor draws together: its steps, ties, mediations, disputes on a day."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.engagement import AUTHORITIES, ladder, named, rungs
from analysis.ledger import FLOOR, PARTIES, Ledger, known, mediations, ties
from analysis.words import day, listed

TREND_DAYS = 365


def steps_of(ledger: Ledger, actor: str, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Cells of the ladder that concern one actor and are dated, newest first.

    Columns of `engagement.ladder`. Of a state its own rungs; of the Taliban
    authorities every state's, since all steps are taken towards them.
    """
    states = [] if actor in AUTHORITIES else [actor]
    cells = ladder(as_of, known_by, states, ledger=ledger)
    dated = cells[cells["first"].notna()]
    return dated.sort_values(["first", "state", "rung"], ascending=[False, True, True]).reset_index(
        drop=True
    )


def height_of(ledger: Ledger, cells: pd.DataFrame) -> tuple[int, int]:
    """Rungs that a state holds, of how many there are.

    >>> from analysis import ledger
    >>> book = ledger.load()
    >>> height_of(book, steps_of(book, "CHN", "2025-06-01"))
    (6, 8)
    """
    holds = cells["status"].isin(["held from the start", "executed"])
    return int(holds.sum()), len(rungs(ledger).order)


def ties_of(
    ledger: Ledger, actor: str, as_of: str, known_by: str = "", half_life_days: float = 365.0
) -> pd.DataFrame:
    """Ties of one actor with what they were a year before, strongest first.

    Columns: `other`, `sign`, `net`, `net_before` (0 where there was no tie),
    `trend` (warmer, cooler, steady: by more than `ledger.FLOOR` of the net sum
    or not), `is_charge`, `disputed`, `source_count`, `claims`.
    """
    before = (pd.Timestamp(as_of) - pd.Timedelta(days=TREND_DAYS)).strftime("%Y-%m-%d")
    now, then = (
        _seen_from(ties(ledger, day, known_by, half_life_days, kinds=PARTIES), actor)
        for day in (as_of, before)
    )
    frame = now.merge(
        then[["other", "net"]].rename(columns={"net": "net_before"}), on="other", how="left"
    ).fillna({"net_before": 0.0})
    change = frame["net"] - frame["net_before"]
    trend = pd.Series("steady", index=frame.index).mask(change > FLOOR, "warmer")
    frame = frame.assign(trend=trend.mask(change < -FLOOR, "cooler"))
    strongest = frame["net"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[strongest].reset_index(drop=True)


def mediations_of(ledger: Ledger, actor: str, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Mediated meetings in which an actor had a part, newest first, with its part.

    Columns of `ledger.mediations` plus `part`: mediator or party.
    """
    every = mediations(ledger, as_of, known_by)
    as_mediator = every["mediators"].map(lambda ids: actor in ids).astype(bool)
    as_party = every["parties"].map(lambda ids: actor in ids).astype(bool)
    part = pd.Series("party", index=every.index).mask(as_mediator, "mediator")
    found = every.assign(part=part)[as_mediator | as_party]
    return found.sort_values(["day", "occurrence"], ascending=False, ignore_index=True)


def disputes_of(ledger: Ledger, actor: str, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Charges that concern an actor and are denied, newest denial first, one row a charge.

    Columns: `charge` (in our words), `said_by`, `denied_by` (actor ids, blank
    for a source's own voice), `day` of the denial, `claims` (charge, denial).
    The same charge by the same speaker, denied by the same, is listed once.
    """
    claims = known(ledger, as_of, known_by)
    charges = claims.set_index("claim_id")[
        ["gloss", "speaker", "actors", "recipients", "code", "modality"]
    ]
    denials = claims[(claims["modality"] == "denied") & (claims["answers"] != "")]
    joined = denials[["claim_id", "answers", "speaker", "day"]].merge(
        charges, left_on="answers", right_index=True, suffixes=("_denial", "")
    )
    parts = joined[["actors", "recipients", "speaker"]].agg(";".join, axis=1).str.split(";")
    mine = joined[parts.map(lambda ids: actor in ids).astype(bool)]
    mine = mine.sort_values(["day", "claim_id"], ascending=[False, True]).drop_duplicates(
        ["actors", "recipients", "code", "speaker", "speaker_denial"]
    )
    return pd.DataFrame(
        {
            "charge": mine["gloss"],
            "said_by": mine["speaker"],
            "denied_by": mine["speaker_denial"],
            "day": mine["day"],
            "claims": [
                sorted(pair) for pair in zip(mine["answers"], mine["claim_id"], strict=True)
            ],
        }
    ).reset_index(drop=True)


def _seen_from(network: pd.DataFrame, actor: str) -> pd.DataFrame:
    own = network[(network["a"] == actor) | (network["b"] == actor)]
    other = own["b"].where(own["a"] == actor, own["a"])
    columns = ["other", "sign", "net", "is_charge", "disputed", "source_count", "claims"]
    return own.assign(other=other)[columns]


def taken(cells: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Steps for a reader; whose they are only where they are of several states."""
    shown = named(cells, names)
    return shown if cells["state"].nunique() > 1 else shown.drop(columns="state")


def told(found: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Mediations for a reader: day, parties, mediators, part, claims."""
    shown = found.assign(
        day=found["day"].dt.strftime("%Y-%m-%d").map(day) if len(found) else [],
        parties=[listed([names[one] for one in ids]) for ids in found["parties"]],
        mediators=[listed([names[one] for one in ids]) for ids in found["mediators"]],
    )
    return shown[["day", "parties", "mediators", "part", "claims"]]


def spoken(disputes: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Disputes for a reader: names instead of ids."""
    return disputes.assign(
        said_by=disputes["said_by"].map(lambda who: names.get(who, "the source")),
        denied_by=disputes["denied_by"].map(lambda who: names.get(who, "the source")),
    )[["charge", "said_by", "denied_by", "claims"]]


def agreeing(partners: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Agreement with each partner that it voted beside: agreement, from, to, votes."""
    known = partners[partners["n"] > 0]
    return pd.DataFrame(
        {
            "with": known["partner"].map(names),
            "agreement": known["lijphart"],
            "from": known["lijphart_low"],
            "to": known["lijphart_high"],
            "votes": known["n"],
        }
    ).reset_index(drop=True)
