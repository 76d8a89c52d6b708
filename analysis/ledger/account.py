"""The account of each pair: what cooperation and conflict add up to, and the sign of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

# A dyad is positive (negative) where cooperation outweighs conflict (conflict
# cooperation) at least two to one; in between it is mixed.
BAND = 1 / 3
# A dyad whose evidence has faded below half a point of intensity has no tie left.
FLOOR = 0.5


@dataclass(frozen=True)
class Account:
    """Shares as arrays, so that the sums of many subsets of them are quick.

    `pairs` are the dyads in order; `dyad` and `cell` give to each row its dyad
    and its occurrence within the dyad, `owner` to each cell its dyad.
    """

    pairs: pd.DataFrame
    dyad: np.ndarray
    cell: np.ndarray
    owner: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, rows: pd.DataFrame | Mapping[str, np.ndarray]) -> Account:
        """Account of the rows of `shares` that are no denials, a frame or its columns.

        >>> row = {"a": "IEA", "b": "PAK", "occurrence": "talks", "weighed": 4.0}
        >>> rows = pd.DataFrame([row, row | {"weighed": 2.0}, row | {"occurrence": "raid"}])
        >>> Account.of(rows).sums()
        (array([7.]), array([0.]))
        """
        keys = list(zip(rows["a"], rows["b"], strict=True))
        place = {key: number for number, key in enumerate(sorted(set(keys)))}
        dyad = np.array([place[key] for key in keys], dtype=np.intp)
        pairs = pd.DataFrame({"a": [a for a, _ in place], "b": [b for _, b in place]}, dtype="str")
        happening = pd.factorize(np.asarray(rows["occurrence"], dtype=object))[0]
        width = max(int(happening.max(initial=0)) + 1, 1)
        cells, cell = np.unique(dyad * width + happening, return_inverse=True)
        return cls(pairs, dyad, cell, cells // width, np.asarray(rows["weighed"], dtype=float))

    def sums(self, keep: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Cooperation and conflict of each dyad, from all rows or from those to `keep`.

        Arrays with a value a dyad, both >= 0; an occurrence counts with the mean
        of its rows that are kept.

        >>> row = {"a": "IEA", "b": "PAK", "occurrence": "talks", "weighed": 4.0}
        >>> rows = pd.DataFrame([row, row | {"weighed": -9.0, "occurrence": "raid"}])
        >>> Account.of(rows).sums(np.array([True, False]))
        (array([4.]), array([0.]))
        """
        counted = np.ones(len(self.cell)) if keep is None else keep.astype(float)
        size = len(self.owner)
        total = np.bincount(self.cell, self.weight * counted, minlength=size)
        told = np.bincount(self.cell, counted, minlength=size)
        mean = np.divide(total, told, out=np.zeros(size), where=told > 0)
        count = len(self.pairs)
        plus = np.bincount(self.owner, np.clip(mean, 0, None), minlength=count)
        return plus, np.bincount(self.owner, np.clip(-mean, 0, None), minlength=count)

    def signs(self, keep: np.ndarray | None = None) -> dict[tuple[str, str], int]:
        """Sign of each pair that has a tie, pairs in order, from all rows or from those to `keep`.

        >>> row = {"a": "IEA", "b": "PAK", "occurrence": "talks", "weighed": 4.0}
        >>> Account.of(pd.DataFrame([row])).signs()
        {('IEA', 'PAK'): 1}
        """
        found = signs(*self.sums(keep)).tolist()
        pairs = zip(self.pairs["a"].to_numpy(), self.pairs["b"].to_numpy(), strict=True)
        told = zip(pairs, found, strict=True)
        return {pair: int(sign) for pair, sign in told if sign == sign}


def signs(cooperation: np.ndarray, conflict: np.ndarray) -> np.ndarray:
    """Sign of each pair of sums: 1, -1, 0 for mixed, NaN where below `FLOOR` no tie is left.

    >>> signs(np.array([9.0, 2.0, 3.0, 0.2]), np.array([1.0, 4.0, 2.0, 0.1]))
    array([ 1., -1.,  0., nan])
    """
    total = cooperation + conflict
    share = np.divide(cooperation - conflict, total, out=np.zeros(len(total)), where=total > 0)
    # The tolerance keeps a ratio of exactly two to one on its side of the band.
    signed = np.select([share >= BAND - 1e-9, share <= -BAND + 1e-9], [1.0, -1.0], 0.0)
    return np.where(total >= FLOOR, signed, np.nan)
