"""Time and peak memory of ranks under varied choices, against states and draws.

Run as `python -m benchmarks.bench_engagement`. Scores are made for every
alternative at once and looked up by each draw; beside it stands the plain way,
one call of `engagement.index` for each draw, timed over fewer draws.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis import engagement

RUNS, PLAIN = 5, 100


def indicators(states: int, seed: int = 7) -> pd.DataFrame:
    """Made-up indicators of as many states, in the range of the real ones."""
    rng = np.random.default_rng(seed)
    most = {
        name: 20 if one.tally else len(one.steps) for name, one in engagement.INDICATORS.items()
    }
    index = pd.Index([f"S{k:03d}" for k in range(states)], name="state")
    drawn = {name: rng.integers(0, top + 1, states).astype(float) for name, top in most.items()}
    return pd.DataFrame(drawn, index=index)


def median_seconds(call: Callable[[], object], runs: int = RUNS) -> float:
    """Median time of a call."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def plain(values: pd.DataFrame, draws: int) -> None:
    """One call of the index for each draw, as a reader would write it."""
    rng = np.random.default_rng(1)
    for _ in range(draws):
        engagement.scored(
            values,
            dict(zip(values, rng.uniform(0.5, 1.5, values.shape[1]), strict=True)),
            str(rng.choice(engagement.NORMALISATIONS)),
            str(rng.choice(engagement.AGGREGATIONS)),
        )


def main() -> None:
    """Print one line for each number of states and draws."""
    print(f"{'states':>7}{'runs':>8}{'s':>9}{'peak MB':>9}{'plain s':>9}{'ratio':>8}")
    for states in (18, 60, 180):
        values = indicators(states)
        each = median_seconds(lambda v=values: plain(v, PLAIN), runs=1) / PLAIN
        for draws in (256, 1024, 4096):
            runs = draws * (len(engagement.CHOICES) + 2)
            quick = median_seconds(lambda v=values, n=draws: engagement.uncertainty(v, draws=n))
            tracemalloc.start()
            engagement.uncertainty(values, draws=draws)
            peak = tracemalloc.get_traced_memory()[1] / 2**20
            tracemalloc.stop()
            slow = each * runs
            print(f"{states:>7}{runs:>8,}{quick:>9.3f}{peak:>9.1f}{slow:>9.2f}{slow / quick:>8.0f}")
    print(f"plain: measured over {PLAIN} runs and scaled up")


if __name__ == "__main__":
    main()
