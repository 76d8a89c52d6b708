"""Every way to run the same reports that `bench_batch` holds side by side.

Each way is `way(project, reports, out, workers)`: it runs the reports of a project and leaves
executed notebooks, or a site. `main` runs one in an interpreter of its own, so that its start-up
counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

# Costs only checks of internationalised addresses, which notebooks have none of.
BLOCKED = "import sys; sys.modules['rfc3987_syntax'] = None; "
PAPERMILL = "from papermill.cli import papermill; papermill()"
NBCONVERT = "from nbconvert.nbconvertapp import main; main()"
Report = dict[str, Any]


def commands(project: Path, reports: list[Report], out: Path, _workers: int) -> dict[str, float]:
    """Run papermill's command and nbconvert's, report after report; seconds of each of the two."""
    return _chain("", project, reports, out)


def commands_blocked(
    project: Path, reports: list[Report], out: Path, _workers: int
) -> dict[str, float]:
    """Run the same two commands without the grammar that takes them a second to compile."""
    return _chain(BLOCKED, project, reports, out)


def _chain(before: str, project: Path, reports: list[Report], out: Path) -> dict[str, float]:
    seconds = {"papermill": 0.0, "nbconvert": 0.0}
    for report in reports:
        source, target = _paths(project, report, out)
        told = ["-y", json.dumps(report["parameters"]), "-k", "python3", "--no-progress-bar"]
        calls = {
            "papermill": [before + PAPERMILL, str(source), str(target), *told],
            "nbconvert": [before + NBCONVERT, "--to", "html", "--log-level", "ERROR", str(target)],
        }
        for name, call in calls.items():
            start = time.perf_counter()
            command = [sys.executable, "-c", *call]
            quiet = {"cwd": project / "notebooks", "check": True, "stdout": subprocess.DEVNULL}
            subprocess.run(command, **quiet)
            seconds[name] += time.perf_counter() - start
    return seconds


def one_process(project: Path, reports: list[Report], out: Path, _workers: int) -> None:
    """Run papermill.execute_notebook in this process, report after report."""
    import papermill

    for report in reports:
        source, target = map(str, _paths(project, report, out))
        told = {"kernel_name": "python3", "cwd": str(project / "notebooks"), "progress_bar": False}
        papermill.execute_notebook(source, target, report["parameters"], **told)


def ours(project: Path, reports: list[Report], out: Path, workers: int) -> None:
    """Run the reports in forks of a server, as the batch does, and keep the notebooks."""
    _in_forks("execute", project, reports, out, workers)


def floor(project: Path, reports: list[Report], out: Path, workers: int) -> dict[str, float]:
    """Seconds of the cells alone, one after another, all imports done: divided by the workers."""
    return {"cells": sum(_in_forks("cells_alone", project, reports, out, 1)) / workers}


def whole(project: Path, _reports: list[Report], _out: Path, workers: int) -> None:
    """Run the command `torkham reports` on a project without a site."""
    _command(project, "-j", str(workers), "--fresh")


def nothing(project: Path, _reports: list[Report], _out: Path, _workers: int) -> None:
    """Run the command `torkham reports` where nothing is stale."""
    _command(project)


def _command(project: Path, *more: str) -> None:
    call = ["-c", "from analysis.cli import main; main()", "reports", *more]
    subprocess.run([sys.executable, *call], cwd=project, check=True, capture_output=True)


def _in_forks(
    function: str, project: Path, reports: Iterable[Report], out: Path, workers: int
) -> list[Any]:
    from reports import engine, store

    documents = [store.read_json(path) for path in sorted(project.glob("notebooks/*.ipynb"))]
    names = [name for document in documents for name in store.imports_of(document)]
    server = engine.Server(["reports.render:prepare", *names, "reports.exhibits:prepare"], project)
    call = partial(server.call, f"benchmarks.batch_ways:{function}", project)
    with ThreadPoolExecutor(workers) as pool:
        said = list(pool.map(lambda report: call(report, out), reports))
    server.close()
    return said


def execute(say: Callable[..., object], project: Path, report: Report, out: Path) -> None:
    """Run a report as the batch does, in this process, and keep its notebook."""
    import nbformat

    from reports import render

    made = render.execute(say, project, report["notebook"], report["parameters"], 300)
    if made.error:
        raise RuntimeError(f"{report}: {made.error}")
    nbformat.write(made.notebook, _paths(project, report, out)[1])


def cells_alone(_say: Callable[..., object], project: Path, report: Report, _out: Path) -> float:
    """Seconds that the cells of a report take in this process, what they show drawn as well."""
    import os

    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    from reports.shell import ZMQInteractiveShell

    os.chdir(project / "notebooks")
    notebook = load_notebook_node(str(_paths(project, report, project)[0]))
    told = {"kernel_name": "python3", "language": "python"}
    notebook = parameterize_notebook(notebook, report["parameters"], **told)
    shell: Any = ZMQInteractiveShell.instance()
    shell.display_pub.session.begin()
    start = time.perf_counter()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shell.run_cell(cell.source).raise_error()
            shell.display_pub.session.end()
    return time.perf_counter() - start


def _paths(project: Path, report: Report, out: Path) -> tuple[Path, Path]:
    name = report["notebook"]
    return project / "notebooks" / f"{name}.ipynb", out / f"{name}-{report['name']}.ipynb"


WAYS = (commands, commands_blocked, one_process, ours, floor, whole, nothing)


def main() -> None:
    """Run one way, and say as JSON what it has to say."""
    name, project, out, workers, told = sys.argv[1:]
    way = next(way for way in WAYS if way.__name__ == name)
    print(json.dumps(way(Path(project), json.loads(told), Path(out), int(workers))))


if __name__ == "__main__":
    main()
