"""Time of a batch of reports by every way to run it, side by side in one run.

Run as `python -m benchmarks.bench_batch [ROUNDS [WORKERS [STEP]]]`: medians of ROUNDS (default 5),
with WORKERS processes (default 2) where a way has any, on every STEP-th report of reports.yml
(default 1: all of them). Start-up is included everywhere but in the floor.

The ways that start a kernel for every report take minutes where the others take seconds. They run
each report once: a share of them in every round, between the others, so that what else the machine
does meets all alike. The seconds of their shares are added up. Their executed notebooks are then
held against ours.

To tell the lines: *commands* are papermill's command and then nbconvert's, report after report;
with *grammar blocked* they are spared jsonschema's slow import, which is no merit of ours; the
*floor* is the time of the cells alone, once everything is imported, divided by the workers.
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
import yaml

from analysis import find_root
from reports.matrix import load_matrix

SHARED_OUT = ["commands", "commands_blocked", "one_process"]
EVERY_ROUND = ["ours", "floor", "whole", "nothing"]
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
    "ours": "forks, as in torkham reports",
    "floor cells": "the floor: the cells alone",
}


def timed(
    way: str, project: Path, out: Path, workers: int, reports: list[dict[str, Any]]
) -> tuple[float, Any]:
    """Seconds of one way in an interpreter of its own, and what it said of itself."""
    out.mkdir(parents=True, exist_ok=True)
    told = [way, str(project), str(out), str(workers), json.dumps(reports)]
    command = [sys.executable, "-m", "benchmarks.batch_ways", *told]
    environment = os.environ | {"PYTHONPATH": str(project)}
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(f"{way} ended with exit code {done.returncode}\n{done.stderr}")
    return seconds, json.loads(done.stdout.splitlines()[-1])


def unequal(plain: Path, ours: Path) -> dict[str, list[str]]:
    """Every report of the first folder: the cells with another source or output in the second."""
    differing = {}
    for path in sorted(plain.glob("*.ipynb")):
        pairs = zip(_shown(path), _shown(ours / path.name), strict=True)
        differing[path.stem] = [str(i) for i, (one, other) in enumerate(pairs) if one != other]
    return differing


def _shown(path: Path) -> list[Any]:
    """Source and outputs of every cell; what went to stderr names temporary files."""
    cells = nbformat.read(path, as_version=4).cells
    return [
        (cell.source, [one for one in cell.get("outputs", []) if one.get("name") != "stderr"])
        for cell in cells
    ]


def main() -> None:
    """Print two tables of time with ratios, and how many outputs are equal."""
    rounds, workers, step = [int(text) for text in sys.argv[1:]] + [5, 2, 1][len(sys.argv) - 1 :]
    ways = [*SHARED_OUT, *EVERY_ROUND]
    with tempfile.TemporaryDirectory() as folder:
        project, out, root = Path(folder) / "project", Path(folder), find_root()
        for name in ("seeds", "data", "notebooks", "analysis", "reports", "benchmarks"):
            shutil.copytree(root / name, project / name)
        for name in ("README.md", "CITATION.cff"):
            shutil.copy2(root / name, project)
        listing = yaml.safe_load((root / "reports.yml").read_text(encoding="utf-8"))
        entries = [(name, entry) for name, some in listing["reports"].items() for entry in some]
        listing["reports"] = defaultdict(list)
        for name, entry in entries[::step]:
            listing["reports"][name].append(entry)
        listing["reports"] = dict(listing["reports"])
        (project / "reports.yml").write_text(yaml.safe_dump(listing), encoding="utf-8")
        reports = [
            {"notebook": one.notebook, "name": one.name, "parameters": one.parameters}
            for one in load_matrix(project).reports
        ]
        for way in ways[:-2]:
            timed(way, project, out / "cold", workers, reports[:1])  # nobody pays for a cold disk
        seconds: dict[str, list[float]] = defaultdict(list)
        for round_ in range(rounds):
            for way in ways:
                some = reports[round_::rounds] if way in SHARED_OUT else reports
                took, said = timed(way, project, out / way, workers, some)
                print(f"round {round_ + 1}: {way:<20}{took:>8.2f} s {said or ''}", file=sys.stderr)
                seconds[way].append(took)
                for part, share in (said or {}).items():
                    seconds[f"{way} {part}"].append(share)
        middle = {
            name: sum(some) if name.split()[0] in SHARED_OUT else statistics.median(some)
            for name, some in seconds.items()
        }
        print(f"{len(reports)} reports, {workers} workers, {rounds} rounds; * each report once")
        for title, names, us in (
            ("notebooks and pages", WHOLE, "whole"),
            ("execution alone", ALONE, "ours"),
        ):
            print(f"\n{title:<40}{'seconds':>10}{'by ours':>10}")
            for key, name in names.items():
                label = f"{name} *" if key.split()[0] in SHARED_OUT else name
                print(f"{label:<40}{middle[key]:>10.2f}{middle[key] / middle[us]:>10.2f}")
        print(f"\n{'nothing stale: torkham reports':<40}{middle['nothing']:>10.2f}")
        differing = unequal(out / "commands", out / "ours")
        print(f"equal to plain papermill: {list(differing.values()).count([])} of {len(reports)}")
        for name, cells in differing.items():
            if cells:
                print(f"  {name}: cells {', '.join(cells)}")


if __name__ == "__main__":
    main()
