"""Time of what networks and ties say together, against the number of claims.

Run as `python -m benchmarks.bench_networks [CLAIMS ...]`, on the ledgers of
`bench_ledger`. CPU seconds, medians of three; peak memory is what the process grew by.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from analysis import ledger, networks, signed, ties
from benchmarks.bench_ledger import AS_OF, grown

RUNS = 3
PAIR = ("PAK", "IEA")
METHODS = ("ties", "graph", "unbalanced", "ranges", "jackknife", "quarters", "acts", "exports")


def measured(size: int) -> tuple[dict[str, float], float]:
    """Median CPU seconds of each method, and MB that the process grew to at most."""
    book = grown(ledger.load(include_unconfirmed=True), size)
    found, rows = ties.on(book, AS_OF), ties.shares(book, AS_OF)
    charges = ties.on(book, AS_OF, ties.Terms(modalities=("asserted", "alleged")))
    whole = networks.graph(found, book)
    plain, believed = networks.signed(whole), networks.signed(networks.graph(charges))
    calls: dict[str, Callable[[], object]] = {
        "ties": lambda: ties.on(book, AS_OF),
        "graph": lambda: networks.graph(found, book),
        "unbalanced": lambda: networks.unbalanced(plain, believed),
        "ranges": lambda: networks.ranges(plain, believed),
        "jackknife": lambda: networks.jackknife(rows, signed.pn_centrality),
        "quarters": lambda: networks.quarters(book, AS_OF, PAIR),
        "acts": lambda: networks.acts(book, PAIR, AS_OF),
        "exports": lambda: networks.exports(whole),
    }
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    medians = {}
    for name in METHODS:
        taken = []
        for _ in range(RUNS):
            start = time.process_time()
            calls[name]()
            taken.append(time.process_time() - start)
        medians[name] = statistics.median(taken)
    return medians, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def main() -> None:
    """Print one line a size; each in a process of its own, so that peaks do not add up."""
    sizes = [int(text) for text in sys.argv[1:]] or [856, 2_000]
    print(f"{'claims':>8}{''.join(f'{name:>11}' for name in METHODS)}{'peak MB':>10}   CPU seconds")
    for size in sizes:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            medians, peak = pool.submit(measured, size).result()
        row = "".join(f"{medians[name]:>11.3f}" for name in METHODS)
        print(f"{size:>8,}{row}{peak:>10.0f}")


if __name__ == "__main__":
    main()
