"""What a document expected, and what became of it by a day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis import tables
from analysis.ledger import Ledger, known

COME_TRUE, CONTRADICTED = "come true", "contradicted"
IN_PART, AGAINST_IN_PART, BOTH_WAYS = "in part", "contradicted in part", "both ways"
NOT_SO_FAR, UNKNOWABLE, NOT_CODED = "not so far", "cannot be known", "no outcome coded"
_FOR = {"fulfils": 2, "fulfils_in_part": 1}
_AGAINST = {"contradicts": 2, "contradicts_in_part": 1}


def outlook_verdicts(
    ledger: Ledger, source_id: str, as_of: str, known_by: str = "", root: Path | None = None
) -> pd.DataFrame:
    """Outlooks and announced acts of a document, with what became of them by `as_of`.

    One row a claim: `claim_id`, `gloss`, `modality`, `verdict`, `reason`,
    `days` (from the document's publication to the first outcome that decides
    the verdict; NA without one, negative where it came before), `references`.
    Outcomes are coded in `seeds/outcomes.csv`; one that happened after `as_of`
    or whose source came after `known_by` is not yet there.

    *Come true* and *contradicted* need one full outcome of that kind and none
    of the other; with both kinds it is *both ways*. Outcomes in part make *in
    part* or *contradicted in part*. *Not so far*: outcomes were looked for and
    none is known yet. *Cannot be known*: nothing could show it.
    """
    claims = ledger.claims
    own = claims[claims["source_id"] == source_id]
    open_ended = own["modality"].isin(["planned", "expected", "hypothetical"])
    told = own[(own["kind"] == "outlook") | open_ended]
    coded = tables.load("outcomes", root)
    there = known(ledger, as_of, known_by)[["claim_id", "day", "gloss"]]
    joined = coded.merge(
        there.rename(columns={"claim_id": "outcome_id", "gloss": "happened"}), on="outcome_id"
    )
    rows = []
    for claim in told.to_dict("records"):
        of_it = coded[coded["outlook_id"] == claim["claim_id"]]
        mine = joined[joined["outlook_id"] == claim["claim_id"]].sort_values(["day", "outcome_id"])
        result, deciding = _weigh(of_it, mine)
        days = (
            int((deciding["day"].iloc[0] - claim["published_day"]).days) if len(deciding) else None
        )
        if len(deciding):
            reason = " ".join(deciding["reason"])
        else:
            standing = of_it[of_it["outcome_id"] == ""]
            reason = " ".join(standing["reason"]) or "No outcome is known yet."
            if result == NOT_CODED:
                reason = "Nobody has looked for an outcome."
        rows.append(
            {
                "claim_id": claim["claim_id"],
                "gloss": claim["gloss"],
                "modality": claim["modality"],
                "verdict": result,
                "reason": reason,
                "days": days,
                "references": list(mine["outcome_id"]),
            }
        )
    columns = ["claim_id", "gloss", "modality", "verdict", "reason", "days", "references"]
    return pd.DataFrame(rows, columns=columns).astype({"days": "Int64"})


def reread(
    ledger: Ledger, source_id: str, days: Sequence[str], root: Path | None = None
) -> pd.DataFrame:
    """Outlooks of a document as judged on several days: `claim_id`, `day`, `verdict`.

    On each day only what had happened and what had been published by then counts.
    """
    parts = [
        outlook_verdicts(ledger, source_id, day, day, root).assign(day=day)[
            ["claim_id", "day", "verdict"]
        ]
        for day in days
    ]
    empty = pd.DataFrame(columns=["claim_id", "day", "verdict"])
    return pd.concat([empty, *parts], ignore_index=True)


def _weigh(coded: pd.DataFrame, mine: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    if coded.empty:
        return NOT_CODED, mine
    if (coded["effect"] == "unknowable").any():
        return UNKNOWABLE, mine.head(0)
    good, bad = mine["effect"].map(_FOR).fillna(0), mine["effect"].map(_AGAINST).fillna(0)
    if mine.empty:
        return NOT_SO_FAR, mine
    if good.max() == 2 and bad.max() < 2:
        return COME_TRUE, mine[good == 2]
    if bad.max() == 2 and good.max() < 2:
        return CONTRADICTED, mine[bad == 2]
    if good.max() and bad.max():
        return BOTH_WAYS, mine
    return (IN_PART, mine) if good.max() else (AGAINST_IN_PART, mine)
