"""The integer program that settles what the relaxation leaves open."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, vstack

from analysis.signed.blocks import Block
from analysis.signed.cycles import ROUNDING, Relaxation, incidence


def improve(
    block: Block, side: np.ndarray, known: Relaxation, seconds: float
) -> tuple[np.ndarray, int]:
    """Best sides and a proven lower bound, after asking HiGHS for sides with less frustration.

    The AND formulation of Aref, Mason and Wilson (2018): a binary a node, a
    continuous cost a tie, the node of most ties fixed; strengthened by the
    negative cycles of the relaxation and by the demand for fewer frustrated
    ties than the best known. If that is impossible, the known sides are optimal.
    """
    score, floor = int(block.frustrated(side).sum()), int(np.ceil(known.bound - ROUNDING))
    if floor >= score or seconds <= 0:
        return side, min(floor, score)
    nodes, ties = len(block.nodes), len(block.sign)
    order = np.arange(ties)
    one = np.ones(ties)
    # cost >= ±(side - side) on a positive tie, cost >= ±(side + side - 1) on a negative one.
    swing = [
        csr_array(
            (
                np.concatenate([-up * one, up * block.sign]),
                (np.tile(order, 2), np.concatenate([block.head, block.tail])),
            ),
            shape=(ties, nodes),
        )
        for up in (1, -1)
    ]
    cost = csr_array((one, (order, order)), shape=(ties, ties))
    floors = [np.where(block.sign < 0, -up, 0.0) for up in (1, -1)]
    cover = incidence(known.cycles, ties)
    rows = vstack(
        [
            hstack([swing[0], cost]),
            hstack([swing[1], cost]),
            hstack([csr_array((cover.shape[0], nodes)), cover]),
            hstack([csr_array((1, nodes)), csr_array(one[None, :])]),
        ]
    )
    least = np.concatenate([*floors, np.ones(cover.shape[0]), [floor]])
    most = np.concatenate([np.full(len(least) - 1, np.inf), [score - 1]])
    upper = np.ones(nodes + ties)
    upper[np.bincount(np.concatenate([block.head, block.tail])).argmax()] = 0
    solved = milp(
        np.concatenate([np.zeros(nodes), one]),
        integrality=np.concatenate([np.ones(nodes), np.zeros(ties)]),
        bounds=Bounds(0, upper),
        constraints=LinearConstraint(rows, least, most),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    if solved.status == 2:
        return side, score
    if solved.x is not None:
        found = np.round(solved.x[:nodes]).astype(int)
        side = found ^ found[0]
        score = int(block.frustrated(side).sum())
    if solved.mip_dual_bound is not None:
        floor = max(floor, int(np.ceil(solved.mip_dual_bound - ROUNDING)))
    return side, min(floor, score)
