"""Computed sentences: what a frame says, in words that stay true when a parameter changes."""

from analysis.findings.audited import (
    audited,
    charged,
    foreseen,
    hindsight,
    matched,
    outlet,
    summed,
    weighed,
)
from analysis.findings.steps import ladder, moved, pending, place_of, thin
from analysis.findings.stocks import bounded, broken, counted, displaced, parted, ranged, shift
from analysis.findings.ties import (
    balance,
    network,
    retold,
    steadiness,
    strained,
    strongest,
    tally,
    then_and_now,
    tie,
    told_apart,
)

__all__ = [
    "audited",
    "balance",
    "bounded",
    "broken",
    "charged",
    "counted",
    "displaced",
    "foreseen",
    "hindsight",
    "ladder",
    "matched",
    "moved",
    "network",
    "outlet",
    "parted",
    "pending",
    "place_of",
    "ranged",
    "retold",
    "shift",
    "steadiness",
    "strained",
    "strongest",
    "summed",
    "tally",
    "then_and_now",
    "thin",
    "tie",
    "told_apart",
    "weighed",
]
