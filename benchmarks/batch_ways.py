"""Every way to run the same reports that `bench_batch` holds side by side.

Each way is `way(project, reports, out, workers)`: it runs the reports of a
project, leaves executed notebooks (or a site) and returns nothing, or what it
has to say of itself. `main` runs one in an interpreter of its own, so that its start-up counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Run:
    """What is run, told without an import that only some ways have to pay for."""

    notebook: str
    name: str
    parameters: dict[str, Any]


# Costs only checks of internationalised addresses, which notebooks have none of.
BLOCKED = "import sys; sys.modules['rfc3987_syntax'] = None; "
PAPERMILL = "from papermill.cli import papermill; papermill()"
NBCONVERT = "from nbconvert.nbconvertapp import main; main()"


def commands(project: Path, reports: Iterable[Run], out: Path, _workers: int) -> dict[str, float]:
    """Run papermill's command and nbconvert's, report after report; seconds of each of the two."""
    return _chain(project, reports, out, "")


def commands_blocked(
    project: Path, reports: Iterable[Run], out: Path, _workers: int
) -> dict[str, float]:
    """Run the same two commands without the grammar that takes them a second to compile."""
    return _chain(project, reports, out, BLOCKED)


def _chain(project: Path, reports: Iterable[Run], out: Path, before: str) -> dict[str, float]:
    seconds = {"papermill": 0.0, "nbconvert": 0.0}
    for report in reports:
        source, target = _paths(project, report, out)
        told = ["-y", json.dumps(report.parameters), "-k", "python3", "--no-progress-bar"]
        calls = {
            "papermill": [before + PAPERMILL, str(source), str(target), *told],
            "nbconvert": [before + NBCONVERT, "--to", "html", "--log-level", "ERROR", str(target)],
        }
        for name, call in calls.items():
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, "-c", *call],
                cwd=project / "notebooks",
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            seconds[name] += time.perf_counter() - start
    return seconds


def one_process(project: Path, reports: Iterable[Run], out: Path, _workers: int) -> None:
    """Run papermill.execute_notebook in this process, report after report."""
    for report in reports:
        _papermill(project, report, out)


def process_pool(project: Path, reports: Iterable[Run], out: Path, workers: int) -> str:
    """Run papermill.execute_notebook in a pool of processes; how many reports were lost."""
    return _in_processes(_papermill, project, reports, out, workers)


def ploomber(project: Path, reports: Iterable[Run], out: Path, workers: int) -> str:
    """Run ploomber-engine in a pool of processes; how many reports were lost."""
    return _in_processes(_ploomber, project, reports, out, workers)


def _in_processes(
    run: Callable[[Path, Run, Path], None],
    project: Path,
    reports: Iterable[Run],
    out: Path,
    workers: int,
) -> str:
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        faults = [pool.submit(run, project, report, out).exception for report in reports]
        lost = [fault for fault in (ask() for ask in faults) if fault]
    return f"{len(lost)} lost: {str(lost[0]).splitlines()[0]}" if lost else ""


def _papermill(project: Path, report: Run, out: Path) -> None:
    import papermill

    source, target = _paths(project, report, out)
    told = {"kernel_name": "python3", "cwd": str(project / "notebooks"), "progress_bar": False}
    papermill.execute_notebook(str(source), str(target), report.parameters, **told)


def _ploomber(project: Path, report: Run, out: Path) -> None:
    from ploomber_engine import execute_notebook

    source, target = _paths(project, report, out)
    told = {"cwd": str(project / "notebooks"), "progress_bar": False}
    execute_notebook(str(source), str(target), parameters=report.parameters, **told)


def ours(project: Path, reports: Iterable[Run], out: Path, workers: int) -> None:
    """Run the reports in forks of a warm process, as the batch does, and keep the notebooks."""
    _in_forks(_execute, project, reports, out, workers)


def floor(project: Path, reports: Iterable[Run], out: Path, workers: int) -> dict[str, float]:
    """Seconds of the cells alone, one after another, all imports done: divided by the workers."""
    return {"cells": sum(_in_forks(_cells_alone, project, reports, out, 1)) / workers}


def whole(project: Path, _reports: Iterable[Run], _out: Path, workers: int) -> None:
    """Run the command `torkham reports` on a project without a site."""
    _command(project, workers, "--fresh")


def nothing(project: Path, _reports: Iterable[Run], _out: Path, workers: int) -> None:
    """Run the command `torkham reports` where nothing is stale."""
    _command(project, workers)


def _command(project: Path, workers: int, *more: str) -> None:
    call = ["-c", "from analysis.cli import main; main()", "reports", "-j", str(workers), *more]
    subprocess.run([sys.executable, *call], cwd=project, check=True, stdout=subprocess.DEVNULL)


def _in_forks(
    run: Callable[[Path, Run, Path, Path], Any],
    project: Path,
    reports: Iterable[Run],
    out: Path,
    workers: int,
) -> list[Any]:
    from analysis.cli import IN_COMMON
    from analysis.reports.batch import preparations
    from analysis.reports.matrix import Report
    from analysis.reports.pool import Pool
    from analysis.reports.scratch import scratch_folder

    reports = list(reports)
    listed = [Report(one.notebook, one.name, one.parameters, listed=True) for one in reports]
    with scratch_folder() as scratch:
        warm = preparations(project, listed, IN_COMMON)
        pool = Pool(workers, warm, scratch)
        calls = [pool.schedule(run, [project, report, out, scratch], 600) for report in reports]
        said = [call.result() for call in calls]
        pool.stop()
        pool.join()
    return said


def _execute(project: Path, report: Run, out: Path, scratch: Path) -> None:
    import nbformat

    from analysis.reports.execute import Job, execute

    result = execute(Job(project, report.notebook, report.parameters, 300, scratch))
    if result.notebook is None:
        raise RuntimeError(f"{report}: {result.error}")
    nbformat.write(result.notebook, _paths(project, report, out)[1])


def _cells_alone(project: Path, report: Run, _out: Path, _scratch: Path) -> float:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    os.chdir(project / "notebooks")
    sys.path.insert(0, str(project))
    notebook = load_notebook_node(str(_paths(project, report, project)[0]))
    notebook = parameterize_notebook(notebook, report.parameters)
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    start = time.perf_counter()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            # What a cell shows is drawn as well, since it takes the longest.
            with capture_output():
                shell.run_cell(cell.source).raise_error()
    return time.perf_counter() - start


def _paths(project: Path, report: Run, out: Path) -> tuple[Path, Path]:
    source = project / "notebooks" / f"{report.notebook}.ipynb"
    return source, out / f"{report.notebook}-{report.name}.ipynb"


WAYS = {
    way.__name__: way for way in (commands, commands_blocked, one_process, process_pool, ploomber)
} | {way.__name__: way for way in (ours, floor, whole, nothing)}


def main() -> None:
    """Run one way, and say as JSON what it has to say."""
    name, project, out, workers, told = sys.argv[1:]
    reports = [Run(**one) for one in json.loads(told)]
    print(json.dumps(WAYS[name](Path(project), reports, Path(out), int(workers))))
