"""Joint positions of all pairs of states: one-hot products beside a pandas self-merge.

On the whole archive where it lies in ../shared, else on votes made up to its
size. Peak memory is what was allocated during the call, as tracemalloc counts it.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import agreement

ARCHIVE = (
    Path(__file__).resolve().parents[2]
    / "shared"
    / "data"
    / "unga"
    / "unga_votes_all_s1_78.parquet"
)


def archive() -> pd.DataFrame:
    """Every recorded vote, or as many made up: 78 sessions of 80 roll calls, 140 states."""
    if ARCHIVE.exists():
        votes = pd.read_parquet(ARCHIVE, columns=["session", "resid", "ccode", "vote"])
        return votes.rename(columns={"resid": "roll_call", "ccode": "state"})
    generator = np.random.default_rng(1)
    grid = pd.MultiIndex.from_product(
        [range(1, 79), range(80), range(140)], names=["session", "roll_call", "state"]
    )
    return grid.to_frame(index=False).assign(
        vote=generator.choice([1, 2, 3], len(grid), p=[0.8, 0.13, 0.07])
    )


def self_merge(votes: pd.DataFrame) -> pd.DataFrame:
    """The plain way: every vote beside every other on the same roll call, then counted."""
    parts = []
    for _, session in votes.groupby("session"):
        beside = session.merge(session, on=["session", "roll_call"], suffixes=("_a", "_b"))
        beside = beside[beside["state_a"] < beside["state_b"]]
        keys = ["session", "state_a", "state_b", "vote_a", "vote_b"]
        parts.append(beside.groupby(keys).size())
    return pd.concat(parts).unstack(["vote_a", "vote_b"], fill_value=0)


def cost(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Median seconds of some rounds, and peak MiB of one more."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return statistics.median(seconds), peak


def main() -> None:
    """Print time and memory against the number of sessions, both ways side by side."""
    votes = archive()
    print("agreement: joint positions of all pairs")
    print(f"{'sessions':>8} {'votes':>9} {'pairs':>9}  {'products':>20}  {'self-merge':>20}  ratio")
    for size in (5, 20, 78):
        part = votes[votes["session"] > votes["session"].max() - size]
        pairs = len(agreement.counts(part))
        fast, fast_peak = cost(lambda part=part: agreement.counts(part), 5)
        slow, slow_peak = cost(lambda part=part: self_merge(part), 1)
        print(
            f"{size:>8} {len(part):>9,} {pairs:>9,}  {fast:>8.3f} s {fast_peak:>5.0f} MiB  "
            f"{slow:>8.2f} s {slow_peak:>5.0f} MiB  {slow / fast:>4.0f}x"
        )
    counted = agreement.counts(votes)
    seconds, peak = cost(lambda: agreement.measures(counted), 3)
    print(f"nine coefficients of {len(counted):,} pairs: {seconds:.3f} s, {peak:.0f} MiB")


if __name__ == "__main__":
    main()
