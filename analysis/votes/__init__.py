"""Roll calls of the General Assembly for the region and the powers: what a report asks of them."""

from analysis.votes.alignment import (
    MEASURES,
    absence_counted,
    clusters,
    differences,
    drift,
    intervals,
    pairs,
    partners,
    rank_correlations,
)
from analysis.votes.archive import (
    BREAK,
    NAMES,
    absences,
    ballots,
    on_afghanistan,
    prose_names,
    sessions,
    states,
)
from analysis.votes.published import panel

__all__ = [
    "BREAK",
    "MEASURES",
    "NAMES",
    "absence_counted",
    "absences",
    "ballots",
    "clusters",
    "differences",
    "drift",
    "intervals",
    "on_afghanistan",
    "pairs",
    "panel",
    "partners",
    "prose_names",
    "rank_correlations",
    "sessions",
    "states",
]
