"""Joint positions of all pairs of states: one-hot products beside a pandas self-merge.

Run as `python -m benchmarks.bench_agreement`. On the whole archive where it lies in
../shared, else on votes made up to its size.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import agreement

ARCHIVE = Path(__file__).resolve().parents[2] / "shared/data/unga/unga_votes_all_s1_78.parquet"


def archive() -> pd.DataFrame:
    """Every recorded vote, or as many made up: 78 sessions of 80 roll calls, 140 states."""
    if ARCHIVE.exists():
        votes = pd.read_parquet(ARCHIVE, columns=["session", "resid", "ccode", "vote"])
        return votes.rename(columns={"resid": "roll_call", "ccode": "state"})
    levels = [range(1, 79), range(80), range(140)]
    grid = pd.MultiIndex.from_product(levels, names=["session", "roll_call", "state"])
    chance = np.random.default_rng(1)
    drawn = chance.choice([1, 2, 3], len(grid), p=[0.8, 0.13, 0.07])
    return grid.to_frame(index=False).assign(vote=drawn)


def self_merge(votes: pd.DataFrame) -> pd.DataFrame:
    """The plain way: every vote beside every other on the same roll call, then counted."""
    parts = []
    for _, session in votes.groupby("session"):
        beside = session.merge(session, on=["session", "roll_call"], suffixes=("_a", "_b"))
        beside = beside[beside["state_a"] < beside["state_b"]]
        keys = ["session", "state_a", "state_b", "vote_a", "vote_b"]
        parts.append(beside.groupby(keys).size())
    return pd.concat(parts).unstack(["vote_a", "vote_b"], fill_value=0)


def seconds(work: Callable[[], object]) -> float:
    """Seconds of the processor that one call takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Print the time against the number of sessions, both ways side by side."""
    votes = archive()
    print(f"{'sessions':>8} {'votes':>9} {'pairs':>9} {'products':>10} {'self-merge':>11}  ratio")
    for size in (5, 20, 78):
        part = votes[votes["session"] > votes["session"].max() - size]
        pairs = len(agreement.counts(part))
        fast = min(seconds(lambda part=part: agreement.counts(part)) for _ in range(3))
        slow = seconds(lambda part=part: self_merge(part))
        print(
            f"{size:>8} {len(part):>9,} {pairs:>9,} {fast:>8.3f} s {slow:>9.2f} s "
            f"{slow / fast:>5.0f}x"
        )
    counted = agreement.counts(votes)
    took = seconds(lambda: agreement.measures(counted))
    print(f"nine coefficients of {len(counted):,} pairs: {took:.3f} s")


if __name__ == "__main__":
    main()
