"""Time and memory of a batch of reports by every way to run it, side by side in one run.

Run as `python -m benchmarks.bench_batch [ROUNDS [WORKERS [STEP]]]`: medians of ROUNDS
(default 1), with WORKERS processes (default 2) where a way has any, on every STEP-th report of
reports.yml (default 1: all of them). One round over all reports takes about a quarter of
an hour, nearly all of it for the plain commands. Start-up is included everywhere but in
the floor. ploomber-engine is measured where `make bench` could install it.

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

import psutil

from analysis.project import find_root
from analysis.reports.matrix import load_matrix

PLOOMBER = find_root() / ".venv" / "bench"
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


def start(way: str, project: Path, workers: int, reports: Reports) -> subprocess.Popen[str]:
    """One way at work, in an interpreter of its own."""
    out = Path(tempfile.mkdtemp(dir=project))
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


def timed(way: str, project: Path, workers: int, reports: Reports) -> tuple[float, Any]:
    """Seconds of one way, and what it said of itself."""
    begun = time.perf_counter()
    said, _ = (process := start(way, project, workers, reports)).communicate()
    seconds = time.perf_counter() - begun
    if process.returncode:
        log = (project / "said.log").read_text(encoding="utf-8")
        raise SystemExit(f"{way} ended with exit code {process.returncode}\n{log}")
    return seconds, json.loads(said.splitlines()[-1])


def peak_mb(way: str, project: Path, workers: int, reports: Reports) -> float:
    """Most memory that all processes of a way ever had together, shared pages counted once."""
    process = start(way, project, workers, reports)
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


def main() -> None:
    """Print two tables of time with ratios, and one of memory."""
    rounds, workers, step = [int(text) for text in sys.argv[1:]] + [1, 2, 1][len(sys.argv) - 1 :]
    ways = ["commands", "commands_blocked", "one_process", "process_pool", "ploomber"]
    ways += ["ours", "floor", "whole", "nothing"]
    if not PLOOMBER.is_dir():
        print("ploomber-engine is not installed: `make bench` does so where it can be had")
        ways.remove("ploomber")
    with tempfile.TemporaryDirectory() as folder:
        project = copied(find_root(), Path(folder))
        if step > 1:
            _thin_out(project, step)
        reports = [
            {"notebook": one.notebook, "name": one.name, "parameters": one.parameters}
            for one in load_matrix(project).reports
        ]
        seconds: dict[str, list[float]] = defaultdict(list)
        for way in ways[:-2]:
            timed(way, project, workers, reports[:1])  # nobody pays for a cold disk
        for _ in range(rounds):
            for way in ways:
                took, said = timed(way, project, workers, reports)
                seconds[way].append(took)
                if isinstance(said, dict):
                    for part, share in said.items():
                        seconds[f"{way} {part}"].append(share)
                elif said:
                    print(f"{way}: {said}")
        medians = {name: statistics.median(values) for name, values in seconds.items()}
        print(f"{len(reports)} reports, {workers} workers, medians of {rounds}")
        _print_times("notebooks and pages", WHOLE, medians, "whole")
        print(f"{'nothing stale: torkham reports':<40}{medians['nothing']:>10.2f}")
        _print_times("execution alone", ALONE, medians, "ours")
        print(f"\n{'peak memory, MB':<40}{'1 worker':>10}{f'{workers}':>10}{'each more':>10}")
        for way, name in {**ALONE, "whole": WHOLE["whole"]}.items():
            if way in ways and way not in ("one_process", "floor"):
                few, many = (peak_mb(way, project, count, reports) for count in (1, workers))
                more = (many - few) / max(1, workers - 1)
                print(f"{name:<40}{few:>10.0f}{many:>10.0f}{more:>10.0f}")


def _thin_out(project: Path, step: int) -> None:
    import yaml

    path = project / "reports.yml"
    listing = yaml.safe_load(path.read_text(encoding="utf-8"))
    entries = [(name, entry) for name, some in listing["reports"].items() for entry in some]
    listing["reports"] = defaultdict(list)
    for name, entry in entries[::step]:
        listing["reports"][name].append(entry)
    listing["reports"] = dict(listing["reports"])
    path.write_text(yaml.safe_dump(listing), encoding="utf-8")


def _print_times(title: str, names: dict[str, str], medians: dict[str, float], us: str) -> None:
    print(f"\n{title:<40}{'seconds':>10}{'by ours':>10}")
    for key, name in names.items():
        if key in medians:
            print(f"{name:<40}{medians[key]:>10.2f}{medians[key] / medians[us]:>10.2f}")


if __name__ == "__main__":
    main()
