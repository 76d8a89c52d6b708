"""Every claim of a document with its verdict, or the reason why it has none."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis import tables
from analysis.audit.figures import figure_verdicts
from analysis.audit.happenings import charges, confirmations
from analysis.audit.outlooks import outlook_verdicts
from analysis.audit.readings import NOT_CHECKABLE, UNDECIDED
from analysis.ledger import Ledger

POSITION = "position, no verdict"
# What a verdict says of a claim: that it could be held against something, and that it held.
VERDICTS = {
    "supported": (True, True),
    "contradicted": (True, False),
    "undecided": (True, None),
    "not checkable": (False, None),
    "confirmed": (True, True),
    "disputed": (True, None),
    "only source": (False, None),
    "nothing to match": (False, None),
    "come true": (True, True),
    "in part": (True, None),
    "contradicted in part": (True, None),
    "both ways": (True, None),
    "not so far": (True, None),
    "cannot be known": (False, None),
    "no outcome coded": (False, None),
    POSITION: (False, None),
}
PARTS = ("figure", "happening", "charge", "outlook")


def source_day(ledger: Ledger, source_id: str) -> pd.Timestamp:
    """Day on which a document was published, the last possible one.

    Raises
    ------
    ValueError
        If the ledger has no claim of that source; names the nearest that has.
    """
    rows = ledger.claims[ledger.claims["source_id"] == source_id]
    if rows.empty:
        hint = tables.nearest(source_id, sorted(set(ledger.claims["source_id"])))
        raise ValueError(f"no claims of source {source_id!r} in seeds/claims.csv{hint}")
    day: pd.Timestamp = rows["published_day"].iloc[0]
    return day


def audit(
    ledger: Ledger, source_id: str, as_of: str, known_by: str = "", root: Path | None = None
) -> pd.DataFrame:
    """Every claim of a document with its verdict and the reason, in the order of the text.

    Columns: `claim_id`, `paragraph`, `gloss`, `part` (figure, happening,
    charge, outlook), `verdict`, `reason`, `references`. A figure with two
    readings that come out differently is undecided. A charge and its denial
    are positions and get no verdict.

    Raises
    ------
    ValueError
        If the ledger has no claim of that source.
    """
    source_day(ledger, source_id)
    own = ledger.claims[ledger.claims["source_id"] == source_id]
    counted = figure_verdicts(ledger, source_id, as_of, known_by, root)
    told = confirmations(ledger, source_id, as_of, known_by)
    ahead = outlook_verdicts(ledger, source_id, as_of, known_by, root)
    sides = charges(ledger, source_id, as_of, known_by)
    rows = {}
    for claim_id, readings in counted.groupby("claim_id"):
        rows[claim_id] = ("figure", *_one_of(readings), _all(readings["references"]))
    for part, frame in (("happening", told), ("outlook", ahead)):
        for row in frame.to_dict("records"):
            rows[row["claim_id"]] = (part, row["verdict"], row["reason"], row["references"])
    for row in sides.to_dict("records"):
        reason = f"said by {row['said_by']}, denied by {row['denied_by']}"
        reason += f"; also told by {row['also_said_by']}" if row["also_said_by"] != "none" else ""
        rows[row["claim_id"]] = ("charge", POSITION, reason, row["references"])
    for claim in own[~own["claim_id"].isin(rows)].to_dict("records"):
        answered = claim["answers"]
        reason = f"denies {answered}" if answered else "says that something is not so"
        rows[claim["claim_id"]] = ("charge", POSITION, reason, [answered] if answered else [])
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["part", "verdict", "reason", "references"]
    )
    kept = own[["claim_id", "paragraph", "gloss"]].merge(
        table, left_on="claim_id", right_index=True, how="left"
    )
    return kept.reset_index(drop=True)


def tally(audited: pd.DataFrame) -> pd.DataFrame:
    """Number of claims by part: `claims`, `checked` (could be), `holds`, `fails`.

    The rest of the checked ones is open: undecided, disputed, in part, not so far.
    """
    marks = audited["verdict"].map(VERDICTS)
    frame = audited.assign(
        checked=[checked for checked, _ in marks],
        holds=[held is True for _, held in marks],
        fails=[held is False for _, held in marks],
    )
    counts = frame.groupby("part")[["checked", "holds", "fails"]].sum()
    counts.insert(0, "claims", frame.groupby("part").size())
    return counts.reindex([part for part in PARTS if part in counts.index]).reset_index()


def differing(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Claims whose verdict differs between two audits of one document, with the column `was`."""
    joined = after.merge(before[["claim_id", "verdict"]].rename(columns={"verdict": "was"}))
    changed = joined[joined["verdict"] != joined["was"]]
    return changed[["claim_id", "gloss", "was", "verdict", "reason"]].reset_index(drop=True)


def _one_of(readings: pd.DataFrame) -> tuple[str, str]:
    if len(readings) == 1:
        return readings["verdict"].iloc[0], readings["reason"].iloc[0]
    apart = [
        f"read as {row['measure']}: {row['verdict']}, {row['reason']}"
        for row in readings.to_dict("records")
    ]
    verdicts = set(readings["verdict"]) - {NOT_CHECKABLE}
    if not verdicts:
        return NOT_CHECKABLE, "; ".join(apart)
    return (verdicts.pop() if len(verdicts) == 1 else UNDECIDED), "; ".join(apart)


def _all(references: pd.Series) -> list[str]:
    return sorted({reference for some in references for reference in some})
