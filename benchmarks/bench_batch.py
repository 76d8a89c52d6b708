"""Time and memory of a batch of reports by every way to run it, side by side in one run.

Run as `python -m benchmarks.bench_batch [ROUNDS [WORKERS [STEP]]]`: medians of ROUNDS
(default 5), with WORKERS processes (default 2) where a way has any, on every STEP-th report of
reports.yml (default 1: all of them). Start-up is included everywhere but in the floor.
ploomber-engine is measured where `make bench` could install it.

The ways that start a kernel for every report take minutes where the others take seconds. They run
each report once: a share of them in every round, between the others, so that what else the machine
does meets all alike. The seconds of their shares are added up. Their executed notebooks are then
held against ours. Memory is measured on every FEW-th report.

To tell the lines: *commands* are papermill's command and then nbconvert's, report after report;
with *grammar blocked* they are spared jsonschema's slow import, which is no merit of ours;
the *floor* is the time of the cells alone, once everything is imported, divided by the workers.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import nbformat
import psutil
import yaml
from nbconvert.preprocessors.coalescestreams import CoalesceStreamsPreprocessor

from analysis.project import find_root
from analysis.reports.matrix import load_matrix

PLOOMBER = find_root() / ".venv" / "bench"
SHARED_OUT = ["commands", "commands_blocked", "one_process", "process_pool"]
EVERY_ROUND = ["ploomber", "ours", "floor", "whole", "nothing"]
MEMORY = ["process_pool", "ploomber", "ours", "whole"]
FEW = 4
# Names of the two tables' lines, by what measures them.
WHOLE = {
    "commands": "papermill and nbconvert commands",
    "commands_blocked": "the same, grammar blocked",
    "whole": "torkham reports",
}
ALONE = {
    "commands papermill": "papermill command",
    "commands_blocked papermill": "the same, grammar blocked",
    "one_process": "execute_notebook in one process",
    "process_pool": "execute_notebook in a process pool",
    "ploomber": "ploomber-engine in a process pool",
    "ours": "warm forks, as in torkham reports",
    "floor cells": "the floor: the cells alone",
}

Reports = list[dict[str, Any]]


def copied(root: Path, place: Path) -> Path:
    """Copy of a project without its site, compiled files included."""
    for folder in ("seeds", "data", "notebooks", "analysis", "benchmarks"):
        shutil.copytree(root / folder, place / folder)
    for file in ("reports.yml", "README.md", "CITATION.cff"):
        shutil.copy2(root / file, place)
    return place


def start(
    way: str, project: Path, out: Path, workers: int, reports: Reports
) -> subprocess.Popen[str]:
    """One way at work, in an interpreter of its own."""
    out.mkdir(parents=True, exist_ok=True)
    paths = [str(project), *([str(PLOOMBER)] if way == "ploomber" else [])]
    environment = {"PYTHONPATH": os.pathsep.join(paths), "PLOOMBER_STATS_ENABLED": "false"}
    call = ["-c", "from benchmarks import batch_ways; batch_ways.main()"]
    with (project / "said.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, *call, way, str(project), str(out), str(workers), json.dumps(reports)],
            cwd=project,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )


def timed(way: str, project: Path, out: Path, workers: int, reports: Reports) -> tuple[float, Any]:
    """Seconds of one way, and what it said of itself."""
    begun = time.perf_counter()
    said, _ = (process := start(way, project, out, workers, reports)).communicate()
    seconds = time.perf_counter() - begun
    if process.returncode:
        log = (project / "said.log").read_text(encoding="utf-8")
        raise SystemExit(f"{way} ended with exit code {process.returncode}\n{log}")
    return seconds, json.loads(said.splitlines()[-1])


def peak_mb(way: str, project: Path, out: Path, workers: int, reports: Reports) -> float:
    """Most memory that all processes of a way ever had together, shared pages counted once."""
    process = start(way, project, out, workers, reports)
    root, peak = psutil.Process(process.pid), 0.0
    while process.poll() is None:
        total = 0
        for one in [root, *root.children(recursive=True)]:
            try:
                total += one.memory_full_info().pss
            except (psutil.Error, OSError):
                continue  # it has ended
        peak = max(peak, total / 2**20)
        time.sleep(0.05)
    return peak


def unequal(plain: Path, ours: Path) -> dict[str, list[str]]:
    """Every report of the first folder: the cells with another source or output in the second."""
    differing = {}
    for path in sorted(plain.glob("*.ipynb")):
        pairs = zip(_shown(path), _shown(ours / path.name), strict=True)
        differing[path.stem] = [str(i) for i, (one, other) in enumerate(pairs) if one != other]
    return differing


def _shown(path: Path) -> list[Any]:
    """Source and outputs of every cell; times and papermill's new ids are no part of them."""
    joined = CoalesceStreamsPreprocessor()
    cells = nbformat.read(path, as_version=4).cells
    for cell in cells:
        joined.preprocess_cell(cell, {}, 0)
    return [(cell.source, cell.get("outputs"), cell.get("execution_count")) for cell in cells]


def main() -> None:
    """Print two tables of time with ratios, whose outputs are equal, and a table of memory."""
    rounds, workers, step = [int(text) for text in sys.argv[1:]] + [5, 2, 1][len(sys.argv) - 1 :]
    ways = [*SHARED_OUT, *EVERY_ROUND]
    if not PLOOMBER.is_dir():
        print("ploomber-engine is not installed: `make bench` does so where it can be had")
        ways.remove("ploomber")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        project = copied(find_root(), out / "project")
        _thin_out(project, step)
        reports = _reports(project)
        for way in ways[:-2]:
            timed(way, project, out / "cold", workers, reports[:1])  # nobody pays for a cold disk
        seconds: dict[str, list[float]] = defaultdict(list)
        for round_ in range(rounds):
            for way in ways:
                some = reports[round_::rounds] if way in SHARED_OUT else reports
                took, said = timed(way, project, out / way, workers, some)
                print(f"round {round_ + 1}: {way:<20}{took:>8.2f} s {said or ''}", file=sys.stderr)
                seconds[way].append(took)
                if isinstance(said, dict):
                    for part, share in said.items():
                        seconds[f"{way} {part}"].append(share)
        middle = {
            name: sum(some) if name.split()[0] in SHARED_OUT else statistics.median(some)
            for name, some in seconds.items()
        }
        print(f"{len(reports)} reports, {workers} workers, {rounds} rounds; * each report once")
        _print_times("notebooks and pages", WHOLE, middle, "whole")
        print(f"{'nothing stale: torkham reports':<40}{middle['nothing']:>10.2f}")
        _print_times("execution alone", ALONE, middle, "ours")
        _print_spread({"torkham reports": seconds["whole"], ALONE["ours"]: seconds["ours"]})
        differing = unequal(out / "commands", out / "ours")
        print(f"\nequal to plain papermill: {list(differing.values()).count([])} of {len(reports)}")
        for name, cells in differing.items():
            if cells:
                print(f"  {name}: cells {', '.join(cells)}")
        _thin_out(project, FEW)
        reports = _reports(project)
        print(f"\n{f'peak MB, {len(reports)} reports':<40}", end="")
        print(f"{'1 worker':>10}{f'{workers}':>10}{'each more':>10}")
        for way in [way for way in MEMORY if way in ways]:
            few, many = (
                peak_mb(way, project, out / "memory", count, reports) for count in (1, workers)
            )
            more = (many - few) / max(1, workers - 1)
            print(f"{(ALONE | WHOLE)[way]:<40}{few:>10.0f}{many:>10.0f}{more:>10.0f}")


def _reports(project: Path) -> Reports:
    return [
        {"notebook": one.notebook, "name": one.name, "parameters": one.parameters}
        for one in load_matrix(project).reports
    ]


def _thin_out(project: Path, step: int) -> None:
    path = project / "reports.yml"
    listing = yaml.safe_load(path.read_text(encoding="utf-8"))
    entries = [(name, entry) for name, some in listing["reports"].items() for entry in some]
    listing["reports"] = defaultdict(list)
    for name, entry in entries[::step]:
        listing["reports"][name].append(entry)
    listing["reports"] = dict(listing["reports"])
    path.write_text(yaml.safe_dump(listing), encoding="utf-8")


def _print_times(title: str, names: dict[str, str], seconds: dict[str, float], us: str) -> None:
    print(f"\n{title:<40}{'seconds':>10}{'by ours':>10}")
    for key, name in names.items():
        if key in seconds:
            star = " *" if key.split()[0] in SHARED_OUT else ""
            print(f"{name + star:<40}{seconds[key]:>10.2f}{seconds[key] / seconds[us]:>10.2f}")


def _print_spread(rounds: dict[str, list[float]]) -> None:
    for name, some in rounds.items():
        print(f"{name}: {min(some):.2f} to {max(some):.2f} s a round")


if __name__ == "__main__":
    main()
