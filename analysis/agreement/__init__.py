"""Roll-call agreement between states: joint positions, coefficients, intervals, clusters.

Plain frames and arrays; nothing here knows which assembly, or which states.
"""

from analysis.agreement.association import Permuted, permuted, rank_correlation
from analysis.agreement.coefficients import MEASURES, coefficient, coincidence, measures
from analysis.agreement.joint import CELLS, absent_as_abstaining, counts, pooled
from analysis.agreement.resampling import differences, drift, intervals
from analysis.agreement.space import Clusters, clusters, distances, positions

__all__ = [
    "CELLS",
    "MEASURES",
    "Clusters",
    "Permuted",
    "absent_as_abstaining",
    "clusters",
    "coefficient",
    "coincidence",
    "counts",
    "differences",
    "distances",
    "drift",
    "intervals",
    "measures",
    "permuted",
    "pooled",
    "positions",
    "rank_correlation",
]
