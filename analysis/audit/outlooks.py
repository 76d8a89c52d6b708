"""What a document expected, and what became of it by a day."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import tables
from analysis.ledger import Ledger, known

COME_TRUE, CONTRADICTED = "come true", "contradicted"
IN_PART, AGAINST_IN_PART, BOTH_WAYS = "in part", "contradicted in part", "both ways"
NOT_SO_FAR, UNKNOWABLE, NOT_CODED = "not so far", "cannot be known", "no outcome coded"
_Outcomes = Sequence[Mapping[Hashable, Any]]
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
    there = known(ledger, as_of, known_by)
    day_of = dict(zip(there["claim_id"], there["day"], strict=True))
    coded: dict[str, list[Mapping[Hashable, Any]]] = {}
    for outcome in tables.load("outcomes", root).to_dict("records"):
        coded.setdefault(outcome["outlook_id"], []).append(outcome)
    rows = []
    for claim in told.to_dict("records"):
        of_it = coded.get(claim["claim_id"], [])
        mine = sorted(
            (outcome for outcome in of_it if outcome["outcome_id"] in day_of),
            key=lambda outcome: (day_of[outcome["outcome_id"]], outcome["outcome_id"]),
        )
        result, deciding = _weigh(of_it, mine)
        days = None
        if deciding:
            days = (day_of[deciding[0]["outcome_id"]] - claim["published_day"]).days
            reason = _reasons(deciding)
        elif result == NOT_CODED:
            reason = "Nobody has looked for an outcome."
        else:
            standing = [outcome for outcome in of_it if outcome["outcome_id"] == ""]
            reason = _reasons(standing) or "No outcome is known yet."
        rows.append(
            {
                "claim_id": claim["claim_id"],
                "gloss": claim["gloss"],
                "modality": claim["modality"],
                "verdict": result,
                "reason": reason,
                "days": days,
                "references": [outcome["outcome_id"] for outcome in mine],
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


def _weigh(coded: _Outcomes, mine: _Outcomes) -> tuple[str, _Outcomes]:
    if not coded:
        return NOT_CODED, mine
    if any(outcome["effect"] == "unknowable" for outcome in coded):
        return UNKNOWABLE, []
    if not mine:
        return NOT_SO_FAR, mine
    effects = [outcome["effect"] for outcome in mine]
    good = max(_FOR.get(effect, 0) for effect in effects)
    bad = max(_AGAINST.get(effect, 0) for effect in effects)
    if good == 2 and bad < 2:
        return COME_TRUE, [outcome for outcome in mine if _FOR.get(outcome["effect"]) == 2]
    if bad == 2 and good < 2:
        return CONTRADICTED, [outcome for outcome in mine if _AGAINST.get(outcome["effect"]) == 2]
    if good and bad:
        return BOTH_WAYS, mine
    return (IN_PART, mine) if good else (AGAINST_IN_PART, mine)


def _reasons(outcomes: _Outcomes) -> str:
    return " ".join(outcome["reason"] for outcome in outcomes)
