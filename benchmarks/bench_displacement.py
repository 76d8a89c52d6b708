"""Time and peak memory of loading and reconciling UNHCR's tables, embedded and full.

Run as `python -m benchmarks.bench_displacement [SOURCE]`. SOURCE is a folder with the full
tables as UNHCR's R package has them (default `../shared/data/unhcr`); they are turned into a
snapshot first, untimed. Without it only the embedded tables are measured.
"""

from __future__ import annotations

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
NAMES = ("displacement", "solutions", "arrivals")


def peak_mb() -> float:
    """Most memory that this process ever held, in MB (Linux).

    Not `ru_maxrss`: that one is handed down from the process that started this one.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line) / 1024


def measured(name: str, root: Path) -> tuple[str, int, int, float, float, float, float, float]:
    """Release, rows by year and pair, rows reconciled, median seconds, MB at most and MB added."""
    breaks = tables.load("breaks", root)
    before = peak_mb()
    loading, reconciling, working = [], [], []
    rows = found = 0
    for _ in range(RUNS):
        start, busy = time.perf_counter(), time.process_time()
        release = displacement.load(name, root=root)
        frames = [release.table(table) for table in NAMES]
        loading.append(time.perf_counter() - start)
        start = time.perf_counter()
        tabled = dict(zip(("displacement", "solved", "arrivals"), frames, strict=True))
        found = len(displacement.reconciliation(**tabled, listing=breaks))
        reconciling.append(time.perf_counter() - start)
        working.append(time.process_time() - busy)
        rows = len(frames[0]) // len(displacement.CATEGORIES)
    load, reconcile, both = map(statistics.median, (loading, reconciling, working))
    return name, rows, found, load, reconcile, both, peak_mb(), peak_mb() - before


def main() -> None:
    """Print one line a release."""
    root = tables.find_root()
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else root.parent / "shared" / "data" / "unhcr"
    with tempfile.TemporaryDirectory() as folder:
        project, names = Path(folder), [displacement.EMBEDDED]
        for part in ("seeds", "data"):
            ignore = shutil.ignore_patterns("snapshots")
            shutil.copytree(root / part, project / part, ignore=ignore)
        if source.is_dir():
            sys.path.insert(0, str(root / "tests"))
            from unhcr_tables import snapshot  # type: ignore[import-not-found, unused-ignore]

            snapshot(source, project / displacement.SNAPSHOTS / "full")
            names.append("full")
        else:
            print(f"no full tables in {source}; only the embedded release is measured")
        heads = ("release", "rows", "reconciled", "load s", "reconcile s", "both, CPU s", "peak MB",
                 "added MB")  # fmt: skip
        print("{:10} {:>9} {:>11} {:>8} {:>12} {:>12} {:>9} {:>9}".format(*heads))
        for name in names:
            # A process of its own, so that one peak of memory does not hide another.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                line = pool.submit(measured, name, project).result()
            form = "{:10} {:>9,} {:>11,} {:>8.3f} {:>12.3f} {:>12.3f} {:>9.0f} {:>9.0f}"
            print(form.format(*line))


if __name__ == "__main__":
    main()
