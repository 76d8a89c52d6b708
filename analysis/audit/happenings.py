"""Happenings and charges of a document against other sources: who confirms, who denies."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.ledger import Ledger, known
from analysis.words import count, listed

CONFIRMED, DISPUTED = "confirmed", "disputed"
ONLY_SOURCE, NOTHING_TO_MATCH = "only source", "nothing to match"
_Claim = Mapping[Hashable, Any]
_COMPARED = [
    *("claim_id", "source_id", "origin", "speaker", "modality"),
    *("occurrence_id", "kind", "code", "mode", "actors", "recipients"),
]


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
    others = known(ledger, as_of, known_by)[_COMPARED]
    others = others[(others["source_id"] != source_id) & ~others["origin"].isin(set(own["origin"]))]
    names = ledger.short_names()
    alike, denials = _Alike.among(others), _denials(own)
    rows = [
        _held(claim, alike.of(claim), denials.get(claim["claim_id"], []), names)
        for claim in told.to_dict("records")
    ]
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
    others = known(ledger, as_of, known_by)[_COMPARED]
    others = others[others["source_id"] != source_id]
    names = ledger.short_names()
    publishers = ledger.sources.set_index("source_id")["publisher"].to_dict()
    alike, denials_of = _Alike.among(others), _denials(own)
    rows = []
    for claim in told.to_dict("records"):
        denials = denials_of.get(claim["claim_id"], [])
        same = alike.of(claim)
        firm = [one for one in same if one["modality"] in ("alleged", "asserted")]
        against = [one for one in same if one["modality"] == "denied"]
        rows.append(
            {
                "claim_id": claim["claim_id"],
                "gloss": claim["gloss"],
                "said_by": names.get(claim["speaker"], "the document"),
                "denied_by": listed(sorted(names[who] for who in _each(denials, "speaker"))),
                "also_said_by": listed(
                    sorted({publishers[one] for one in _each(firm, "source_id")})
                ),
                "also_denied_by": listed(
                    sorted({publishers[one] for one in _each(against, "source_id")})
                ),
                "references": sorted(_each([*denials, *same], "claim_id")),
            }
        )
    columns = ["claim_id", "gloss", "said_by", "denied_by", "also_said_by", "also_denied_by"]
    return pd.DataFrame(rows, columns=[*columns, "references"])


@dataclass(frozen=True)
class _Alike:
    """Claims by the occurrence that they name, and by the relation that they tell of whom."""

    by_name: dict[Any, list[_Claim]]
    by_relation: dict[Any, list[_Claim]]

    @classmethod
    def among(cls, claims: pd.DataFrame) -> _Alike:
        found = cls({}, {})
        for claim in claims.to_dict("records"):
            if claim["occurrence_id"]:
                found.by_name.setdefault(claim["occurrence_id"], []).append(claim)
            found.by_relation.setdefault(_relation(claim), []).append(claim)
        return found

    def of(self, claim: _Claim) -> list[_Claim]:
        """Claims on the same occurrence, or of the same relation between the same parties."""
        same = self.by_name.get(claim["occurrence_id"], [])
        if claim["kind"] == "tie" or claim["modality"] == "alleged":
            same = [*same, *self.by_relation.get(_relation(claim), [])]
        return list({one["claim_id"]: one for one in same}.values())


def _relation(claim: _Claim) -> tuple[Any, ...]:
    parties = (frozenset(str(claim[side]).split(";")) for side in ("actors", "recipients"))
    return claim["kind"], claim["code"], claim["mode"], *parties


def _denials(own: pd.DataFrame) -> dict[Any, list[_Claim]]:
    """Denials of a document by the claim that they answer."""
    found: dict[Any, list[_Claim]] = {}
    for denial in own.loc[own["modality"] == "denied", [*_COMPARED, "answers"]].to_dict("records"):
        found.setdefault(denial["answers"], []).append(denial)
    return found


def _each(claims: Iterable[_Claim], column: str) -> set[Any]:
    return {claim[column] for claim in claims}


def _held(
    claim: _Claim, same: list[_Claim], denials: list[_Claim], names: Mapping[str, str]
) -> dict[str, Any]:
    firm = [one for one in same if one["modality"] == "asserted"]
    against = [one for one in same if one["modality"] == "denied"]
    by = sorted(_each(firm, "origin"))
    if against or denials:
        who = sorted(names[who] for who in _each([*against, *denials], "speaker") - {""})
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
        "references": sorted(_each([*firm, *against, *denials], "claim_id")),
    }
