"""Time and peak memory of loading UNHCR's tables, embedded and full, and of what reports ask.

Run as `python -m benchmarks.bench_displacement [SOURCE]`. SOURCE is a folder with the full
tables as UNHCR's R package has them (default `../shared/data/unhcr`); they are turned into a
release first, untimed. Without it only the embedded tables are measured.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from analysis import displacement, tables

RUNS = 5


def measured(release: str, root: Path) -> str:
    """Median seconds of loading and of the measures of one pair, and most megabytes held."""
    os.chdir(root)
    loading, measuring = [], []
    for _ in range(RUNS):
        start = time.perf_counter()
        unhcr = displacement.load(release)
        loading.append(time.perf_counter() - start)
        start = time.perf_counter()
        years = displacement.stock("AFG", "PAK", unhcr.tables["displacement"])
        displacement.like_for_like(years, 2023, 2025, displacement.breaks("AFG", "PAK"))
        displacement.hosts("AFG", 2025, unhcr.tables["displacement"])
        displacement.return_ranges("2023-10-01", "2025-06-01")
        measuring.append(time.perf_counter() - start)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    times = f"{statistics.median(loading):8.3f} {statistics.median(measuring):11.3f}"
    return f"{release:12} {times} {most:9.0f}"


def main() -> None:
    """Print one line a release."""
    root = tables.find_root()
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else root.parent / "shared" / "data" / "unhcr"
    with tempfile.TemporaryDirectory() as folder:
        project, names = Path(folder), [displacement.EMBEDDED]
        for part in ("seeds", "data"):
            shutil.copytree(root / part, project / part)
        if source.is_dir():
            sys.path.insert(0, str(root / "tests"))
            from unhcr_tables import release

            shutil.rmtree(project / displacement.SNAPSHOTS, ignore_errors=True)
            names.append(release(source, project / displacement.SNAPSHOTS / "2026-11-24").name)
        else:
            print(f"no full tables in {source}; only the embedded release is measured")
        print("release        load s  measures s   peak MB")
        for name in names:
            # A process of its own, so that one peak of memory does not hide another.
            with ProcessPoolExecutor(1, mp_context=get_context("forkserver")) as pool:
                print(pool.submit(measured, name, project).result())


if __name__ == "__main__":
    main()
