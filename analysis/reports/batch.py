"""The batch: which reports are stale, run in worker processes, each on its own."""

from __future__ import annotations

import logging
import multiprocessing
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, as_completed
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from pebble import ProcessExpired, ProcessPool
from tqdm import tqdm  # type: ignore[import-untyped, unused-ignore]

from analysis.reports import store
from analysis.reports.engine import MACHINERY
from analysis.reports.execute import (
    Job,
    end_kernels,
    execute,
    imports_of,
    read_notebook,
    scratch_folder,
)
from analysis.reports.layout import Guide
from analysis.reports.listing import Page, write_pages
from analysis.reports.matrix import Matrix, Notebook, Report
from analysis.reports.render import collect, page
from analysis.reports.site import build_index, place_of
from analysis.reports.warm import Pool, can_fork


@dataclass(frozen=True)
class Record:
    """How one report fared: an entry of run.json."""

    path: str
    status: str
    seconds: float | None
    error: dict[str, Any] | None
    log: str


@dataclass(frozen=True)
class Outcome:
    """How a batch fared. A single failed report makes the exit code 1."""

    ok: int
    failed: int
    unchanged: int

    @property
    def exit_code(self) -> int:
        """Code for the shell."""
        return 1 if self.failed else 0


@dataclass(frozen=True)
class _Task:
    report: Report
    notebook: Notebook
    made_from: store.Origin
    job: Job
    guide: Guide


def run(
    root: Path,
    reports: Iterable[Report],
    matrix: Matrix,
    jobs: int,
    fresh: bool,
    echo: Callable[[str], None],
    guide: Guide | None = None,
    pages: Mapping[str, Page] | None = None,
    prepare: Sequence[str] = (),
) -> Outcome:
    """Build the stale reports (with `fresh`, all of them), then pages, index and run.json.

    `guide` and `pages` are what the caller knows of the subject; `prepare`
    names functions, as `package.module:function`, that are worth calling once
    and not in every report.

    A report that fails, hangs or takes its worker down is recorded as failed;
    the others go on, and its last good version stays.

    Raises
    ------
    store.StoreError
        When another run is building the same site.
    """
    root, started = root.resolve(), _now()
    guide = guide or Guide()
    site = root / "site"
    with store.opened(site), scratch_folder() as scratch:
        inputs = store.read_inputs(root, matrix)
        records: list[Record] = []
        tasks: list[_Task] = []
        for report in _distinct(reports, matrix):
            made_from = store.origin(inputs, matrix, report)
            if not fresh and not store.why_stale(site / report.path, made_from):
                records.append(Record(report.path, "unchanged", 0.0, None, ""))
                continue
            folder = scratch / str(len(tasks))
            folder.mkdir()
            limit = matrix.time_limit_seconds
            job = Job(root, report.notebook, report.parameters, limit, folder)
            tasks.append(_Task(report, matrix.notebooks[report.notebook], made_from, job, guide))
        if records:
            echo(f"{len(records)} unchanged")
        records.extend(_build_all(tasks, jobs, scratch, prepare, echo))
        for path in store.prune(site, matrix):
            echo(f"removed    {path}, which is no longer listed")
        write_pages(site, pages or {}, guide)
        build_index(root, matrix, guide)
        entries = {
            record.path: {
                "status": record.status,
                "seconds": record.seconds,
                "error": record.error,
                "log": record.log,
            }
            for record in records
        }
        times = {"started": started, "finished": _now(), "jobs": jobs}
        store.write_json(site / "run.json", {"reports": entries, **times})
    count = [record.status for record in records].count
    return Outcome(count("ok"), count("failed"), count("unchanged"))


def status(root: Path, matrix: Matrix) -> list[tuple[Report, str]]:
    """Every listed report, with `current` or `stale: ` and the reasons in words."""
    inputs = store.read_inputs(root, matrix)
    states = []
    for report in matrix.reports:
        made_from = store.origin(inputs, matrix, report)
        reasons = store.why_stale(root / "site" / report.path, made_from)
        states.append((report, f"stale: {reasons}" if reasons else "current"))
    return states


def _distinct(reports: Iterable[Report], matrix: Matrix) -> Iterator[Report]:
    """Drop each report that an override made the same as one before it."""
    seen: list[tuple[str, dict[str, Any]]] = []
    for report in reports:
        content = report.notebook, matrix.parameters(report)
        if report.listed or content not in seen:
            yield report
        if not report.listed:
            seen.append(content)


def _build_all(
    tasks: list[_Task],
    jobs: int,
    scratch: Path,
    prepare: Sequence[str],
    echo: Callable[[str], None],
) -> Iterator[Record]:
    if not tasks:
        return
    # Twice the limit of a cell and a minute: the limit inside the worker comes
    # first unless the worker itself hangs.
    backstop = 2 * tasks[0].job.time_limit_seconds + 60
    workers = min(jobs, len(tasks))
    pool: Pool | ProcessPool
    if can_fork():
        pool = Pool(workers, _preparations(tasks, prepare), scratch)
    else:
        echo("no warm kernels on this system: each report starts one of its own")
        pool = ProcessPool(
            max_workers=workers,
            initializer=_quieten,
            context=multiprocessing.get_context("spawn"),
        )
    terminal = sys.stderr.isatty()
    try:
        futures: dict[Future[Record], _Task] = {
            pool.schedule(_build, args=[task], timeout=backstop): task for task in tasks
        }
        with tqdm(total=len(tasks), unit="report", disable=not terminal) as bar:
            for future in as_completed(futures):
                record = _settle(future, futures[future], backstop)
                bar.update()
                bar.set_postfix_str(
                    " ".join(task.report.path for other, task in futures.items() if other.running())
                )
                if record.status == "failed" or not terminal:
                    with tqdm.external_write_mode():
                        echo(_line(record))
                yield record
    finally:
        pool.stop()  # type: ignore[no-untyped-call, unused-ignore]
        pool.join()


def _preparations(tasks: list[_Task], prepare: Sequence[str]) -> list[str]:
    """What the warm parent does before the first fork: everything that reports have in common."""
    notebooks = dict.fromkeys(
        task.job.root / "notebooks" / f"{task.job.notebook}.ipynb" for task in tasks
    )
    imported = [name for path in notebooks for name in imports_of(read_notebook(path))]
    ours = [*MACHINERY, __name__, f"{__name__}:_quieten", "analysis.reports.render:prepare"]
    return list(dict.fromkeys([*ours, *imported, *prepare]))


def _settle(future: Future[Record], task: _Task, backstop: int) -> Record:
    """Record of a finished task; one of its own where the worker could give none."""
    try:
        return future.result()
    except FutureTimeoutError:
        kind, message = "TimeoutError", f"the whole report took longer than {backstop} s"
    except ProcessExpired as error:
        kind, message = "ProcessExpired", f"worker died (exit code {error.exitcode})"
    except Exception as error:
        kind, message = type(error).__name__, str(error)
    end_kernels(task.job.scratch)
    lost = {"cell": None, "source": "", "type": kind, "message": message}
    return _failed(task, lost, None, "")


def _build(task: _Task) -> Record:
    """Run, render and publish one report, in a worker."""
    begun = time.monotonic()
    result = execute(task.job)
    error, log = result.error, result.log
    if result.notebook is not None:
        try:
            _publish(task, result.notebook)
        except Exception as fault:
            kind, message = type(fault).__name__, str(fault)
            error = {"cell": "render", "source": "", "type": kind, "message": message}
            log += traceback.format_exc()
    seconds = round(time.monotonic() - begun, 3)
    if error:
        return _failed(task, error, seconds, log)
    return Record(task.report.path, "ok", seconds, None, log)


def _publish(task: _Task, notebook: nbformat.NotebookNode) -> None:
    report, asked, made_from = task.report, task.notebook, task.made_from
    findings = collect(notebook)
    html = page(
        notebook,
        findings,
        asked.question,
        report.name,
        dict(made_from.parameters),
        asked.properties,
        task.guide,
    )
    executed = nbformat.writes(notebook) + "\n"  # type: ignore[no-untyped-call]
    files = findings.files | {"report.html": html.encode(), "notebook.ipynb": executed.encode()}
    with store.replacing(task.job.root / "site", report.path) as folder:
        for name, content in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        manifest = store.describe(report, made_from, asked.question) | {
            "status": "ok",
            "headline": findings.headlines[0],
            "last_evidence": findings.last_evidence,
            "claims": sorted(findings.claims),
            "tables": sorted(findings.tables),
            "figures": findings.figures,
            "first_alt": findings.first_alt,
            "files": store.file_hashes(folder),
        }
        store.write_json(folder / store.MANIFEST, manifest)


def _failed(task: _Task, error: dict[str, Any], seconds: float | None, log: str) -> Record:
    site, question = task.job.root / "site", task.notebook.question
    store.write_failure(site, task.report, task.made_from, question, error)
    return Record(task.report.path, "failed", seconds, error, log)


def _line(record: Record) -> str:
    line = f"{record.status:<10} {record.path}"
    if record.seconds is not None:
        line += f"  {record.seconds:.1f} s"
    if record.error is not None:
        line += f"  {place_of(record.error)}: {record.error['type']}: {record.error['message']}"
    return line


def _quieten() -> None:
    # The record says what went wrong; papermill would say it on the terminal as well.
    logging.getLogger("papermill").setLevel(logging.CRITICAL)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
