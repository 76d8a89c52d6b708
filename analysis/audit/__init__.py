"""The audit of a document: each of its claims held against what others say and count."""

from analysis.audit.changes import Changes, changes, turned
from analysis.audit.claims import VERDICTS, audit, differing, source_day, tally
from analysis.audit.evidence import figure_evidence
from analysis.audit.figures import beside, cited, figure_verdicts, own_sum, runs
from analysis.audit.happenings import charges, confirmations
from analysis.audit.outlooks import outlook_verdicts, reread
from analysis.audit.readings import Reading, interval, verdict

__all__ = [
    "VERDICTS",
    "Changes",
    "Reading",
    "audit",
    "beside",
    "changes",
    "charges",
    "cited",
    "confirmations",
    "differing",
    "figure_evidence",
    "figure_verdicts",
    "interval",
    "outlook_verdicts",
    "own_sum",
    "reread",
    "runs",
    "source_day",
    "tally",
    "turned",
    "verdict",
]
