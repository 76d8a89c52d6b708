"""What ledger and graph say together: ranges over charges, rank intervals, history, tellings."""

from analysis.networks.balance import MEASURES, balance, outlooks, ranges
from analysis.networks.camps import camps, changing, parted
from analysis.networks.chance import shuffled
from analysis.networks.exports import exports
from analysis.networks.graphs import graph
from analysis.networks.history import (
    COURSE_DAYS,
    FALL,
    LANES,
    SPELL_DAYS,
    course,
    marks,
    quarters,
    thaws,
)
from analysis.networks.roles import compared, roles
from analysis.networks.steadiness import intervals, ranked, with_runs
from analysis.networks.tellings import by_layer, differences, of_others, tellings
from analysis.networks.triads import BELIEVED, strained, strained_ties, triads, verdict

__all__ = [
    "BELIEVED",
    "COURSE_DAYS",
    "FALL",
    "LANES",
    "MEASURES",
    "SPELL_DAYS",
    "balance",
    "by_layer",
    "camps",
    "changing",
    "compared",
    "course",
    "differences",
    "exports",
    "graph",
    "intervals",
    "marks",
    "of_others",
    "outlooks",
    "parted",
    "quarters",
    "ranges",
    "ranked",
    "roles",
    "shuffled",
    "strained",
    "strained_ties",
    "tellings",
    "thaws",
    "triads",
    "verdict",
    "with_runs",
]
