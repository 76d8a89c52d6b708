"""Figures of a document against what independent series count, by rule."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import pandas as pd

from analysis import tables
from analysis.audit.evidence import AROUND, INSIDE, OF_ITS_DAY, SAME, Counted, Counts, dated
from analysis.audit.readings import Reading, interval, verdict
from analysis.ledger import Ledger

# What a figure whose verb is missing may have counted: each reading is held apart.
READINGS = {"undetermined_movement": ("returns", "deportations")}


def figure_verdicts(
    ledger: Ledger, source_id: str, as_of: str, known_by: str = "", root: Path | None = None
) -> pd.DataFrame:
    """Figures of a document with what they say, what series of that measure count, and a verdict.

    One row a claim and reading: `claim_id`, `gloss`, `measure`, `said`,
    `counted` (both in words), `verdict`, `reason`, `series` (number of
    counters used), `references` (ids of figures, claims and tables).
    """
    claims = ledger.claims
    own = claims[(claims["source_id"] == source_id) & (claims["kind"] == "figure")]
    counts = Counts.of(ledger, as_of, known_by, root)
    rows = []
    for claim in own.to_dict("records"):
        for measure in READINGS.get(claim["measure"], (claim["measure"],)):
            used, counted, how = _range(counts.speaking_for(claim, measure))
            said = interval(claim["value"], claim["bound"])
            rows.append(
                {
                    "claim_id": claim["claim_id"],
                    "gloss": claim["gloss"],
                    "measure": measure.replace("_", " "),
                    "said": said.words(claim["unit"]),
                    "counted": counted.words(claim["unit"]) if counted else "",
                    "verdict": verdict(said, counted),
                    "reason": how,
                    "series": len({one.series for one in used}),
                    "references": sorted({one.reference for one in used}),
                }
            )
    columns = [
        *("claim_id", "gloss", "measure", "said", "counted", "verdict", "reason", "series"),
        "references",
    ]
    return pd.DataFrame(rows, columns=columns)


def own_sum(
    ledger: Ledger, source_id: str, whole: str, parts: Collection[str]
) -> tuple[str, str, str] | None:
    """A document's own arithmetic: what it says of a whole, the sum of its parts, and the verdict.

    None unless the document states the whole and every part.

    >>> from analysis import ledger
    >>> parts = ("refugees_registered", "citizen_card_holders", "undocumented")
    >>> own_sum(ledger.load(), "trt-2025-06-01", "hosted", parts)
    ('at least 3,000,000', '2,500,000 to 3,700,000', 'undecided')
    """
    claims = ledger.claims
    own = claims[(claims["source_id"] == source_id) & (claims["kind"] == "figure")]
    stated = {
        row["measure"]: interval(row["value"], row["bound"]) for row in own.to_dict("records")
    }
    if not {whole, *parts} <= set(stated):
        return None
    ends = [(stated[part].low, stated[part].high) for part in parts]
    total = Reading(sum(low for low, _ in ends), sum(high for _, high in ends))
    return stated[whole].words(), total.words(), verdict(stated[whole], total)


def beside(
    ledger: Ledger, source_id: str, as_of: str, known_by: str = "", root: Path | None = None
) -> pd.DataFrame:
    """Published figures that bear on claims of a document which state no number, in order.

    Columns of `data/published.csv` plus `claim_id`; what ended after `as_of`
    or was published after `known_by` is left out.
    """
    rows = dated(tables.load("published", root))
    rows = rows.assign(claim_id=rows["bears_on"].str.split(";")).explode("claim_id")
    claims = ledger.claims
    rows = rows[rows["claim_id"].isin(claims.loc[claims["source_id"] == source_id, "claim_id"])]
    rows = rows[rows["last"] <= pd.Timestamp(as_of)]
    if known_by:
        rows = rows[rows["published_day"] <= pd.Timestamp(known_by)]
    return rows.sort_values(["claim_id", "measure", "series", "last"], ignore_index=True)


def _range(evidence: Sequence[Counted]) -> tuple[Sequence[Counted], Reading | None, str]:
    direct = [one for one in evidence if one.fit in (SAME, OF_ITS_DAY)]
    if direct:
        spread = Reading(min(one.low for one in direct), max(one.high for one in direct))
        return direct, spread, f"range over {_series(direct)}"
    if not evidence:
        return evidence, None, "no independent figure of this measure and window"
    # A part is a floor for the whole, and the whole a ceiling for a part.
    low = max((one.low for one in evidence if one.fit == INSIDE), default=0.0)
    high = min((one.high for one in evidence if one.fit == AROUND), default=math.inf)
    if low > high:
        low, high = high, low
    said = f"no window matches; bracketed by {_series(evidence)}"
    return evidence, Reading(low, high), said


def _series(evidence: Sequence[Counted]) -> str:
    number = len({one.series for one in evidence})
    return f"{number} series" if number > 1 else f"one series ({evidence[0].series})"


def runs(beside: pd.DataFrame) -> pd.DataFrame:
    """Series of `beside` by their ends: one row a claim, subject and counter, never spliced.

    Columns: `claim_id`, `counts`, `series`, `earliest` and `latest` (value and
    last day of its window, in words; `latest` blank where there is one figure),
    `unit`, `references`.
    """
    rows = []
    for (claim, counts, series, unit), part in beside.groupby(
        ["claim_id", "counts", "series", "unit"], sort=False
    ):
        ends = [
            f"{Reading(row['low'], row['high']).words()} ({row['end']})"
            for row in part.sort_values("last").to_dict("records")
        ]
        rows.append(
            {
                "claim_id": claim,
                "counts": counts,
                "series": series,
                "earliest": ends[0],
                "latest": ends[-1] if len(ends) > 1 else "",
                "unit": unit,
                "references": sorted(part["figure_id"]),
            }
        )
    columns = ["claim_id", "counts", "series", "earliest", "latest", "unit", "references"]
    return pd.DataFrame(rows, columns=columns)


def cited(references: Iterable[str], root: Path | None = None) -> pd.DataFrame:
    """Published figures by id, with where they were read: rows of both tables of single figures."""
    wanted = set(references)
    rows = pd.concat(
        [dated(tables.load(name, root)) for name in ("operational", "published")],
        ignore_index=True,
    )
    return rows[rows["figure_id"].isin(wanted)].sort_values("figure_id", ignore_index=True)
