"""All optimal sides of one block, by a search that the prices of negative cycles cut short."""

from __future__ import annotations

import numpy as np

from analysis.signed.blocks import Block
from analysis.signed.cycles import ROUNDING, Relaxation

# A bound by work, not by time, so that the same graph gives the same list everywhere.
MAX_STEPS = 1_000_000


def enumerate_optima(
    block: Block, side: np.ndarray, known: Relaxation, most: int
) -> tuple[list[np.ndarray], bool]:
    """Sides of minimal frustration, node 0 on side 0, in order, and whether there may be others.

    `side` must be optimal. The list stops at `most`, or when the work does.

    A partition costs the bound, plus the slack of its frustrated ties, plus
    twice the price of a cycle for every two ties frustrated on it beyond one.
    What may be spent above the bound is little, often nothing: ties whose
    slack exceeds it are contracted, and a branch that overspends is left.
    """
    return _Walk(block, side, known).run(most)


class _Walk:
    """Depth-first search over the sides of contracted nodes."""

    def __init__(self, block: Block, side: np.ndarray, known: Relaxation) -> None:
        self.block, self.side = block, side
        self.purse = float(block.frustrated(side).sum()) - known.bound + ROUNDING
        self.slack: list[float] = np.maximum(known.slack, 0.0).tolist()
        paid = np.flatnonzero(known.price > 0)
        self.price: list[float] = known.price[paid].tolist()
        self.through: list[list[int]] = [[] for _ in block.sign]
        for number, cycle in enumerate(paid):
            for tie in known.cycles[cycle]:
                self.through[tie].append(number)
        self.hits = [0] * len(paid)
        # Relative to the optimal sides given, every optimum is a set of nodes to move.
        self.group = self._contract()
        self.ties = self._order()

    def _contract(self) -> np.ndarray:
        """Label of every node; nodes joined by ties that no optimum frustrates share one."""
        root = list(range(len(self.block.nodes)))

        def find(node: int) -> int:
            while root[node] != node:
                root[node] = root[root[node]]
                node = root[node]
            return node

        ends = zip(self.block.head.tolist(), self.block.tail.tolist(), self.slack, strict=True)
        for a, b, slack in ends:
            if slack > self.purse:
                root[find(b)] = find(a)
        labels: dict[int, int] = {}
        for node in range(len(root)):
            labels.setdefault(find(node), len(labels))
        return np.array([labels[find(node)] for node in range(len(root))])

    def _order(self) -> list[list[tuple[int, int, bool]]]:
        """For each step the ties back to earlier groups: (step of the other, tie, frustrated).

        Groups are taken by most ties to those taken, so that branches fail early.
        """
        frustrated = self.block.frustrated(self.side).tolist()
        count = int(self.group.max()) + 1
        near: list[list[tuple[int, int]]] = [[] for _ in range(count)]
        head, tail = self.group[self.block.head].tolist(), self.group[self.block.tail].tolist()
        for tie, (a, b) in enumerate(zip(head, tail, strict=True)):
            if a != b:
                near[a].append((b, tie))
                near[b].append((a, tie))
            elif frustrated[tie]:
                self.purse -= self._spend(tie)
        weight = [0] * count
        step: dict[int, int] = {}
        ties = []
        first = int(self.group[0])
        for _ in range(count):
            free = [label for label in range(count) if label not in step]
            label = max(free, key=lambda one: (weight[one], len(near[one]))) if step else first
            ties.append([(step[b], tie, frustrated[tie]) for b, tie in near[label] if b in step])
            step[label] = len(step)
            for other, _tie in near[label]:
                weight[other] += 1
        self.place = np.array([step[int(label)] for label in self.group])
        return ties

    def _spend(self, tie: int) -> float:
        """What frustrating a tie costs above the bound, given those frustrated so far."""
        cost = self.slack[tie]
        for cycle in self.through[tie]:
            self.hits[cycle] += 1
            if self.hits[cycle] % 2 == 0:
                cost += 2 * self.price[cycle]
        return cost

    def _refund(self, ties: list[int]) -> None:
        for tie in ties:
            for cycle in self.through[tie]:
                self.hits[cycle] -= 1

    def run(self, most: int) -> tuple[list[np.ndarray], bool]:
        count, steps = len(self.ties), 0
        moved = [-1] * count
        spent: list[tuple[float, list[int]]] = [(0.0, [])] * count
        found: list[np.ndarray] = []
        at, left = 0, self.purse
        complete = True
        while at >= 0:
            if moved[at] >= 0:
                cost, ties = spent[at]
                left += cost
                self._refund(ties)
            # Moving the first group is swapping the sides, which changes nothing.
            if moved[at] == (1 if at else 0):
                moved[at] = -1
                at -= 1
                continue
            steps += 1
            if steps > MAX_STEPS:
                complete = False
                break
            moved[at] += 1
            cost, ties = 0.0, []
            for other, tie, is_frustrated in self.ties[at]:
                if (moved[at] != moved[other]) != is_frustrated:
                    ties.append(tie)
                    cost += self._spend(tie)
                    if cost > left:
                        break
            spent[at] = (cost, ties)
            left -= cost
            if left < 0:
                continue
            if at + 1 < count:
                at += 1
                continue
            if len(found) == most:
                complete = False
                break
            side = self.side ^ np.array(moved)[self.place]
            found.append(side ^ side[0])
        return sorted(found or [self.side ^ self.side[0]], key=lambda side: side.tolist()), (
            not complete
        )
