"""The few chart forms of the house; every figure carries alt text, source and its data."""

from analysis.figures.agreement import agreement_matrix, told_apart
from analysis.figures.balance import residuals, waterfall
from analysis.figures.ballots import VOTE_LOOKS, vote_grid
from analysis.figures.chances import null_distributions
from analysis.figures.courses import network_course, pair_course
from analysis.figures.grids import sign_grid
from analysis.figures.networks import NODE_LINK_MAX, signed_matrix, signed_network, spectral_order
from analysis.figures.panels import share_panels, step_panels
from analysis.figures.partners import absence_dots, drift_dots, partner_ranks
from analysis.figures.pyramids import pyramid
from analysis.figures.ranges import intervals
from analysis.figures.ranked import ranked_dots, state_tiles
from analysis.figures.ranks import rank_intervals, score_dots
from analysis.figures.scatters import pair_scatter
from analysis.figures.series import small_multiples
from analysis.figures.sums import two_sums
from analysis.figures.ties import tie_dots
from analysis.figures.tiles import STATUS_LOOKS, status_grid
from analysis.figures.timelines import windows
from analysis.figures.verdicts import VERDICT_LOOKS, verdict_grid, verdict_strip
from analysis.figures.years import stacked_years

__all__ = [
    "NODE_LINK_MAX",
    "STATUS_LOOKS",
    "VERDICT_LOOKS",
    "VOTE_LOOKS",
    "absence_dots",
    "agreement_matrix",
    "drift_dots",
    "intervals",
    "network_course",
    "null_distributions",
    "pair_course",
    "pair_scatter",
    "partner_ranks",
    "pyramid",
    "rank_intervals",
    "ranked_dots",
    "residuals",
    "score_dots",
    "share_panels",
    "sign_grid",
    "signed_matrix",
    "signed_network",
    "small_multiples",
    "spectral_order",
    "stacked_years",
    "state_tiles",
    "status_grid",
    "step_panels",
    "tie_dots",
    "told_apart",
    "two_sums",
    "verdict_grid",
    "verdict_strip",
    "vote_grid",
    "waterfall",
    "windows",
]
