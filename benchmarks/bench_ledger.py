"""Time and peak memory of ties from claims, against the number of claims.

Run as `python -m benchmarks.bench_ledger [CLAIMS ...]`. The ledgers are the real
one, repeated and perturbed: ids and occurrences of their own, days shifted,
parties redrawn, so that no repetition makes it easier than a grown ledger.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd

from analysis import ledger

AS_OF = "2026-05-31"
RUNS = 5


def grown(book: ledger.Ledger, size: int, seed: int = 7) -> ledger.Ledger:
    """Ledger of `size` claims with the real one's mixture of codes, parties and modalities."""
    rng = np.random.default_rng(seed)
    claims = book.claims.iloc[np.arange(size) % len(book.claims)].reset_index(drop=True)
    copy = pd.Series(np.arange(size) // len(book.claims)).astype(str)
    shift = pd.to_timedelta(rng.integers(0, 1500, size), unit="D")
    order = rng.permutation(size)
    claims = claims.assign(
        claim_id=claims["claim_id"] + "-" + copy,
        answers=(claims["answers"] + "-" + copy).where(claims["answers"] != "", ""),
        occurrence=claims["occurrence"] + "-" + copy,
        day=claims["day"] - shift,
        end_day=claims["end_day"] - shift,
        actors=claims["actors"].to_numpy()[order],
        recipients=claims["recipients"].to_numpy()[order],
    )
    return ledger.Ledger(book.sources, book.actors, book.codes, claims)


def measured(size: int) -> tuple[int, int, float, float, float]:
    """Claims, ties, median seconds of ties and arcs, and MB that the process grew to at most."""
    book = grown(ledger.load(include_unconfirmed=True), size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds: dict[str, list[float]] = {"ties": [], "arcs": []}
    found = 0
    for _ in range(RUNS):
        start = time.perf_counter()
        found = len(ledger.ties(book, AS_OF))
        seconds["ties"].append(time.perf_counter() - start)
        start = time.perf_counter()
        ledger.arcs(book, AS_OF)
        seconds["arcs"].append(time.perf_counter() - start)
    grew = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    medians = [statistics.median(seconds[call]) for call in ("ties", "arcs")]
    return size, found, *medians, grew / 1024


def main() -> None:
    """Print one line a size; each size in a process of its own, so that peaks do not add up."""
    sizes = [int(text) for text in sys.argv[1:]] or [1_000, 10_000, 100_000, 300_000]
    print(f"{'claims':>9}{'ties':>8}{'ties s':>9}{'arcs s':>9}{'peak MB':>9}")
    for size in sizes:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            claims, found, ties, arcs, peak = pool.submit(measured, size).result()
        print(f"{claims:>9,}{found:>8,}{ties:>9.3f}{arcs:>9.3f}{peak:>9.0f}")


if __name__ == "__main__":
    main()
