"""A lower bound on frustration: every negative cycle has a frustrated tie.

The linear relaxation of covering all negative cycles. Cycles are found as they
are needed: a shortest path between the two copies of a node in the double
cover of the graph is a lightest negative cycle through it (Barahona and
Mahjoub 1986; Aref, Mason and Wilson 2018). The prices of the cycles are a
certificate: no tie pays for more than itself, so their sum is a lower bound.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from analysis.signed.blocks import Block, descend

Cycle = tuple[int, ...]
ROUNDING = 1e-6
# Rounds that close less than this share of the gap, three in a row, end the cutting.
TOO_LITTLE = 0.01
# Cycles found, as a share of the ties, up to which more are sought.
FEW = 0.25
# Paths are kept for so many nodes at once, so that memory grows with the nodes, not their square.
AT_ONCE = 256
# Triangles to start from, as a multiple of the ties, and seconds given to a solver at least.
START, LEAST_SECONDS = 3, 0.2


@dataclass(frozen=True)
class Relaxation:
    """What the cutting of negative cycles has shown.

    `bound` is a proven lower bound (not rounded up); `price` belongs to the
    `cycles` and sums to it; `slack` is what each tie keeps of its cost of one
    after paying the cycles through it; `side` are the best sides met;
    `is_tight` says that they need no further proof.
    """

    bound: float
    cycles: list[Cycle]
    price: np.ndarray
    slack: np.ndarray
    side: np.ndarray
    is_tight: bool


def relax(block: Block, side: np.ndarray, deadline: float) -> Relaxation:
    """Lower bound by negative cycles, stopped when it meets the best sides known or time is up.

    One round is begun whatever the time.
    """
    count = len(block.sign)
    best, score = side, int(block.frustrated(side).sum())
    triangles = _triangles(block)
    result = _disjoint(triangles, count, best)
    # The relaxation starts from some of them, spread evenly, and finds the others that it needs.
    some = triangles[:: -(-len(triangles) // (START * count)) or 1]
    cycles = list(dict.fromkeys([*result.cycles, *some]))
    slow = 0
    # A negative cycle has three ties at least, so a half of each tie is a cover with room to spare.
    inner = np.full(count, 0.5)
    while True:
        share, price = _cover(cycles, count, max(deadline - time.monotonic(), LEAST_SECONDS))
        if share is None:
            break
        gained = price.sum() - result.bound
        if price.sum() >= result.bound:
            slack = 1.0 - incidence(cycles, count).T @ price
            result = replace(
                result, bound=float(price.sum()), cycles=cycles, price=price, slack=slack
            )
        rounded = descend(block, block.along(share))
        if (found := int(block.frustrated(rounded).sum())) < score:
            best, score = rounded, found
        slow = slow + 1 if gained < TOO_LITTLE * (score - result.bound) else 0
        if np.ceil(result.bound - ROUNDING) >= score or slow == 3:
            break
        load = incidence(cycles, count) @ share
        kept = [cycle for cycle, weight in zip(cycles, load, strict=True) if weight < 1 + 1e-3]
        known = set(cycles)
        fresh, inner = _cut(block, share, inner, known)
        if not fresh or time.monotonic() > deadline:
            break
        # Cycles with room to spare go, but only while the bound rises, so that cutting ends.
        cycles = (kept if gained > ROUNDING else cycles) + fresh
    return replace(result, side=best, is_tight=bool(np.ceil(result.bound - ROUNDING) >= score))


def incidence(cycles: list[Cycle], ties: int) -> csr_array:
    """Matrix with a row for every cycle and a one for every tie on it."""
    rows = np.repeat(np.arange(len(cycles)), [len(cycle) for cycle in cycles])
    columns = np.array([tie for cycle in cycles for tie in cycle], dtype=int)
    return csr_array((np.ones(len(columns)), (rows, columns)), shape=(len(cycles), ties))


def _cover(cycles: list[Cycle], ties: int, seconds: float) -> tuple[np.ndarray | None, np.ndarray]:
    """Cheapest fractional cover of the cycles, and prices that no tie exceeds even by rounding."""
    if not cycles:
        return np.zeros(ties), np.zeros(0)
    matrix = incidence(cycles, ties)
    solved = linprog(
        np.ones(ties), A_ub=-matrix, b_ub=-np.ones(len(cycles)), bounds=(0, None),
        method="highs-ipm", options={"time_limit": seconds},
    )  # fmt: skip
    if solved.status != 0:
        return None, np.zeros(0)
    price = np.maximum(-solved.ineqlin.marginals, 0.0)
    return np.maximum(solved.x, 0.0), price / max(1.0, (matrix.T @ price).max())


def _disjoint(cycles: list[Cycle], ties: int, side: np.ndarray) -> Relaxation:
    """The bound at hand: cycles that share no tie, each with a frustrated tie of its own."""
    taken: set[int] = set()
    apart = []
    for cycle in cycles:
        if taken.isdisjoint(cycle):
            taken.update(cycle)
            apart.append(cycle)
    slack = np.ones(ties)
    slack[list(taken)] = 0.0
    return Relaxation(float(len(apart)), apart, np.ones(len(apart)), slack, side, False)


def _triangles(block: Block) -> list[Cycle]:
    """Negative triangles, as ties."""
    near = [dict(pairs) for pairs in block.neighbours]
    found = []
    for tie, (a, b) in enumerate(zip(block.head.tolist(), block.tail.tolist(), strict=True)):
        for third in near[a].keys() & near[b].keys():
            if third > b:
                cycle = (tie, near[a][third], near[b][third])
                if block.sign[list(cycle)].prod() < 0:
                    found.append(tuple(sorted(cycle)))
    return sorted(found)


def _cut(
    block: Block, share: np.ndarray, inner: np.ndarray, known: set[Cycle]
) -> tuple[list[Cycle], np.ndarray]:
    """New cycles that the shares do not cover, and a cover of all cycles moved towards them.

    They are sought halfway between the shares and that inner cover, and at the
    shares where few are found: cuts from inside lie deeper, so that the bound
    rises in far fewer rounds (Ben-Ameur and Neto 2007, Networks 49, 3-17).
    """
    fresh: dict[Cycle, None] = {}
    for weight in (0.5, 0.5, 1.0):
        point = weight * share + (1 - weight) * inner
        found = _violated(block, point)
        fresh |= dict.fromkeys(cycle for cycle in found if cycle not in known)
        if len(fresh) > FEW * len(share):
            break
        inner = inner if found else point
    return list(fresh), inner


def _violated(block: Block, share: np.ndarray) -> list[Cycle]:
    """For every tie a lightest negative cycle through it, if its shares sum to less than one."""
    size = len(block.nodes)
    ends = np.concatenate([block.head, block.tail]), np.concatenate([block.tail, block.head])
    shift = np.where(np.tile(block.sign, 2) > 0, 0, size)
    rows = np.concatenate([ends[0], ends[0] + size])
    columns = np.concatenate([ends[1] + shift, ends[1] + (size - shift)])
    # A trifle a step: among equally light cycles the short ones cut deeper.
    weight = np.tile(share, 4) + 1e-7
    cover = csr_array((weight, (rows, columns)), shape=(2 * size, 2 * size))
    target = np.where(block.sign > 0, block.tail + size, block.tail)
    found: dict[Cycle, None] = {}
    for sources in np.array_split(np.unique(block.head), -(-size // AT_ONCE)):
        length, before = dijkstra(cover, indices=sources, return_predecessors=True)
        row = np.searchsorted(sources, block.head)
        ours = np.flatnonzero(np.isin(block.head, sources))
        total = share[ours] + length[row[ours], target[ours]]
        for tie in ours[total < 1 - 1e-4]:
            start, at = int(block.head[tie]), int(target[tie])
            walk = [start]
            while at != start:
                walk.append(at % size)
                at = int(before[row[tie], at])
            cycle = _simple(block, [*walk, start])
            if share[list(cycle)].sum() < 1 - 1e-5:
                found[cycle] = None
    return list(found)


def _simple(block: Block, walk: list[int]) -> Cycle:
    """A negative cycle without repeated nodes within a closed walk of negative sign."""
    path, at, ties = [walk[0]], {walk[0]: 0}, []
    for node in walk[1:]:
        ties.append(block.tie[path[-1], node])
        if node in at:
            loop = ties[at[node] :]
            if block.sign[loop].prod() < 0:
                return tuple(sorted(loop))
            for gone in path[at[node] + 1 :]:
                del at[gone]
            path, ties = path[: at[node] + 1], ties[: at[node]]
        else:
            at[node] = len(path)
            path.append(node)
    raise AssertionError("a closed walk of negative sign holds a negative cycle")
