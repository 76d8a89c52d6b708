"""Happenings and charges of a document against other sources: who confirms, who denies."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from analysis.ledger import Ledger, known
from analysis.words import count, listed

CONFIRMED, DISPUTED = "confirmed", "disputed"
ONLY_SOURCE, NOTHING_TO_MATCH = "only source", "nothing to match"


def confirmations(ledger: Ledger, source_id: str, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Events and lasting relations that a document asserts, with who else asserts or denies them.

    One row a claim: `claim_id`, `gloss`, `verdict`, `reason`, `by` (independent
    publishers), `references` (ids of their claims). *Confirmed*: another source,
    independent of this one, asserts the same occurrence, or the same relation
    between the same parties; a reprint of one agency confirms nothing.
    *Disputed*: somebody denies it, also where others confirm it. *Only source*:
    nobody else here tells it. *Nothing to match*: the document names no
    occurrence, so no other claim can be known to tell the same.
    """
    claims = ledger.claims
    own = claims[claims["source_id"] == source_id]
    told = own[own["kind"].isin(["event", "tie"]) & (own["modality"] == "asserted")]
    others = known(ledger, as_of, known_by)
    others = others[(others["source_id"] != source_id) & ~others["origin"].isin(set(own["origin"]))]
    names = ledger.short_names()
    rows = [_held(claim, others, own, names) for claim in told.to_dict("records")]
    columns = ["claim_id", "gloss", "verdict", "reason", "by", "references"]
    return pd.DataFrame(rows, columns=columns)


def charges(ledger: Ledger, source_id: str, as_of: str, known_by: str = "") -> pd.DataFrame:
    """Conduct charged in a document: the positions side by side, no verdict.

    One row a conduct: `claim_id` (the document's), `gloss`, `said_by` and
    `denied_by` (in the document), `also_said_by` and `also_denied_by`
    (publishers of other documents), all in words, and `references`.
    """
    claims = ledger.claims
    own = claims[claims["source_id"] == source_id]
    told = own[(own["modality"] == "alleged") & own["kind"].isin(["event", "tie"])]
    others = known(ledger, as_of, known_by)
    others = others[others["source_id"] != source_id]
    names = ledger.short_names()
    rows = []
    for claim in told.to_dict("records"):
        denials = own[(own["modality"] == "denied") & (own["answers"] == claim["claim_id"])]
        same = others[_same(claim, others)]
        alike = same[same["modality"].isin(["alleged", "asserted"])]
        against = same[same["modality"] == "denied"]
        rows.append(
            {
                "claim_id": claim["claim_id"],
                "gloss": claim["gloss"],
                "said_by": names.get(claim["speaker"], "the document"),
                "denied_by": listed(sorted(names[who] for who in set(denials["speaker"]))),
                "also_said_by": _publishers(ledger, alike),
                "also_denied_by": _publishers(ledger, against),
                "references": sorted({*denials["claim_id"], *same["claim_id"]}),
            }
        )
    columns = ["claim_id", "gloss", "said_by", "denied_by", "also_said_by", "also_denied_by"]
    return pd.DataFrame(rows, columns=[*columns, "references"])


def _same(claim: Mapping[Hashable, Any], others: pd.DataFrame) -> pd.Series:
    """Claims on the same occurrence, or of the same relation between the same parties."""
    by_name = others["occurrence_id"].eq(claim["occurrence_id"]) & (others["occurrence_id"] != "")
    relation = (
        (others["kind"] == claim["kind"])
        & (others["code"] == claim["code"])
        & (others["mode"] == claim["mode"])
        & (others["actors"].map(_party) == _party(str(claim["actors"])))
        & (others["recipients"].map(_party) == _party(str(claim["recipients"])))
    )
    lasting = claim["kind"] == "tie" or claim["modality"] == "alleged"
    same: pd.Series = by_name | (relation & lasting)
    return same


def _held(
    claim: Mapping[Hashable, Any],
    others: pd.DataFrame,
    own: pd.DataFrame,
    names: Mapping[str, str],
) -> dict[str, Any]:
    same = others[_same(claim, others)]
    firm = same[same["modality"] == "asserted"]
    against = same[same["modality"] == "denied"]
    denials = own[(own["modality"] == "denied") & (own["answers"] == claim["claim_id"])]
    by = sorted(set(firm["origin"]))
    if len(against) or len(denials):
        who = sorted(names[who] for who in {*against["speaker"], *denials["speaker"]} - {""})
        result, reason = DISPUTED, f"denied by {listed(who or ['another source'])}"
    elif by:
        result, reason = CONFIRMED, count(len(by), "independent source")
    elif not claim["occurrence_id"] and not claim["start"] and claim["kind"] == "event":
        result, reason = NOTHING_TO_MATCH, "the document gives no day and names no occurrence"
    else:
        result, reason = ONLY_SOURCE, "no other source in the ledger tells it"
    return {
        "claim_id": claim["claim_id"],
        "gloss": claim["gloss"],
        "verdict": result,
        "reason": reason,
        "by": by,
        "references": sorted({*firm["claim_id"], *against["claim_id"], *denials["claim_id"]}),
    }


def _party(text: str) -> frozenset[str]:
    return frozenset(text.split(";"))


def _publishers(ledger: Ledger, claims: pd.DataFrame) -> str:
    names = ledger.sources.set_index("source_id")["publisher"]
    return listed(sorted(set(claims["source_id"].map(names))))
