"""The batch: which reports are stale, made in worker processes, each on its own."""

from __future__ import annotations

import json
import logging
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pebble import ProcessExpired, ProcessPool

from analysis.reports import store
from analysis.reports.engine import MACHINERY
from analysis.reports.inputs import MAKERS, Files, Inputs, digest, imports
from analysis.reports.matrix import Matrix, Report
from analysis.reports.pool import Pool
from analysis.reports.scratch import end_kernels, scratch_folder
from analysis.reports.warm import can_fork

if TYPE_CHECKING:
    # Nothing is rendered when nothing is stale, and then nobody should wait for nbconvert.
    from analysis.reports.cluster import Cluster
    from analysis.reports.layout import Guide
    from analysis.reports.listing import Page
    from analysis.reports.made import Made, Task

SITE_RECORD = ".site.json"


@dataclass(frozen=True)
class Surroundings:
    """What the caller knows of the subject: a guide for every page, and pages beside the reports.

    `made_by` names the modules that made them, `reads` the files they were made from.
    """

    guide: Guide
    pages: Mapping[str, Page] = field(default_factory=dict)
    made_by: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


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


def run(
    root: Path,
    reports: Iterable[Report],
    matrix: Matrix,
    jobs: int,
    fresh: bool,
    echo: Callable[[str], None],
    surroundings: Callable[[], Surroundings] | None = None,
    prepare: Sequence[str] = (),
    scheduler: str = "",
) -> Outcome:
    """Build the stale reports (with `fresh`, all of them), then pages, index and run.json.

    `surroundings` is asked only when something has to be written. `prepare`
    names functions, as `package.module:function`, that are worth calling once
    and not in every report. `scheduler` is the address of a Dask cluster.

    A report that fails, hangs or takes its worker down is recorded as failed;
    the others go on, and its last good version stays.

    Raises
    ------
    store.StoreError
        When another run is building the same site, or it cannot be written.
    """
    root, started = root.resolve(), _now()
    site, around = root / "site", cache(surroundings or _bare)
    inputs, chosen = Inputs(root, matrix), list(_distinct(reports, matrix))
    with ExitStack() as ends:

        @cache
        def workers() -> Workers:
            limits = min(jobs, len(chosen)), matrix.time_limit_seconds
            return ends.enter_context(_workers(root, chosen, *limits, scheduler, prepare, echo))

        if chosen and (fresh or not _read_record(root)):
            workers()  # they warm up while the guide is made
        # Before any report, since the caller may find that the tables are broken.
        inputs.guide = _guide_hash(inputs, around, fresh)
        with store.opened(site), ends:
            records: list[store.Record] = []
            stale: list[Report] = []
            for report in chosen:
                if fresh or store.why_stale(site / report.path, inputs, report):
                    stale.append(report)
                else:
                    records.append(store.Record(report.path, "unchanged", 0.0, None, ""))
            if records:
                echo(f"{len(records)} unchanged")
            if stale:
                scratch = workers().scratch
                tasks = list(_tasks(stale, inputs, around().guide, scratch))
                records.extend(_build_all(tasks, workers(), echo))
            for path in store.prune(site, matrix):
                echo(f"removed    {path}, which is no longer listed")
            if stale or not _is_shown(inputs):
                _show(inputs, around())
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


def status(
    root: Path, matrix: Matrix, surroundings: Callable[[], Surroundings] | None = None
) -> list[tuple[Report, str]]:
    """Every listed report, with `current` or `stale: ` and the reasons in words."""
    inputs = Inputs(root, matrix)
    inputs.guide = _guide_hash(inputs, surroundings or _bare, False)
    states = []
    for report in matrix.reports:
        reasons = store.why_stale(root / "site" / report.path, inputs, report)
        states.append((report, f"stale: {reasons}" if reasons else "current"))
    return states


def _bare() -> Surroundings:
    from analysis.reports.layout import Guide

    return Surroundings(Guide())


def _guide_hash(files: Files, surroundings: Callable[[], Surroundings], fresh: bool) -> str:
    """Hash of the guide: as on record while what it was made from is the same, else asked for."""
    record = _read_record(files.root)
    made_from = _made_from(files, record.get("made_by", []), record.get("reads", {}))
    if record and not fresh and all(record[key] == made_from[key] for key in made_from):
        return str(record["guide"])
    return digest(asdict(surroundings().guide))


def _made_from(files: Files, made_by: Iterable[str], reads: Iterable[str]) -> dict[str, Any]:
    return {
        "modules": files.closure([*made_by, *MAKERS]),
        "reads": {path: files.state(path) for path in sorted(reads)},
    }


def _read_record(root: Path) -> dict[str, Any]:
    try:
        record = json.loads((root / "site" / SITE_RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _is_shown(inputs: Inputs) -> bool:
    """Whether index and pages on disk are those of the reports on disk."""
    root, record = inputs.root, _read_record(inputs.root)
    now = _made_from(inputs, record.get("made_by", []), record.get("reads", {}))
    now |= {"shown": _shown(root, inputs.matrix), "files": _hashes(root, record.get("files", {}))}
    return bool(record) and all(record.get(key) == now[key] for key in now)


def _shown(root: Path, matrix: Matrix) -> str:
    """Hash of all that the index tells of, apart from the guide."""
    site = root / "site"
    told = [
        [path.relative_to(site).as_posix(), path.read_text(encoding="utf-8")]
        for path in sorted(site.glob(f"*/*/{store.MANIFEST}"))
    ]
    printed = sorted(path.relative_to(site).as_posix() for path in site.glob("*/*/report.pdf"))
    notebooks = {name: asdict(notebook) for name, notebook in matrix.notebooks.items()}
    return digest([told, printed, [report.path for report in matrix.reports], notebooks])


def _hashes(root: Path, paths: Iterable[str]) -> dict[str, str]:
    files = Files(root / "site")
    return {path: files.state(path) for path in sorted(paths)}


def _show(inputs: Inputs, around: Surroundings) -> None:
    from analysis.reports.listing import write_pages
    from analysis.reports.site import build_index

    root, matrix = inputs.root, inputs.matrix
    made_from = _made_from(inputs, around.made_by, around.reads)
    write_pages(root / "site", around.pages, around.guide)
    build_index(root, matrix, around.guide)
    record = made_from | {
        "made_by": list(around.made_by),
        "guide": digest(asdict(around.guide)),
        "shown": _shown(root, matrix),
        "files": _hashes(root, ["index.html", *around.pages]),
    }
    store.write_json(root / "site" / SITE_RECORD, record)


def _distinct(reports: Iterable[Report], matrix: Matrix) -> Iterator[Report]:
    """Drop each report that an override made the same as one before it."""
    seen: list[tuple[str, dict[str, Any]]] = []
    for report in reports:
        content = report.notebook, matrix.parameters(report)
        if report.listed or content not in seen:
            yield report
        if not report.listed:
            seen.append(content)


def _tasks(
    reports: Iterable[Report], inputs: Inputs, guide: Guide, scratch: Path
) -> Iterator[Task]:
    from analysis.reports.made import Task

    limit = inputs.matrix.time_limit_seconds
    for number, report in enumerate(reports):
        folder = scratch / str(number)
        folder.mkdir()
        notebook = inputs.matrix.notebooks[report.notebook]
        made_from = inputs.origin(report)
        yield Task(inputs.root, report, notebook, made_from, guide, limit, folder)


@dataclass(frozen=True)
class Workers:
    """Where reports are made, and what is called there; a report has `backstop` seconds."""

    scratch: Path
    pool: Cluster | Pool | ProcessPool
    work: Callable[[Task], Made | store.Record]
    backstop: int


@contextmanager
def _workers(
    root: Path,
    reports: Sequence[Report],
    count: int,
    limit_seconds: int,
    scheduler: str,
    prepare: Sequence[str],
    echo: Callable[[str], None],
) -> Iterator[Workers]:
    """Workers that end with the context, with whatever still runs, and their scratch folder."""
    from analysis.reports import made

    pool: Cluster | Pool | ProcessPool
    work: Callable[[Task], Made | store.Record] = made.build
    prepared = [] if scheduler or not can_fork() else preparations(root, reports, prepare)
    # The warm parent removes the folder when its owner is killed, so nothing may come between them.
    with scratch_folder() as scratch:
        if scheduler:
            from analysis.reports import cluster

            pool, work = cluster.Cluster(scheduler), made.make_elsewhere
        elif can_fork():
            pool = Pool(count, prepared, scratch)
        else:
            echo("no warm kernels on this system: each report starts one of its own")
            spawn = multiprocessing.get_context("spawn")
            pool = ProcessPool(count, initializer=_quieten, context=spawn)
        try:
            # Twice the limit of a cell and a minute: the limit inside the worker
            # comes first unless the worker itself hangs.
            yield Workers(scratch, pool, work, 2 * limit_seconds + 60)
        finally:
            pool.stop()
            pool.join()


def _build_all(
    tasks: list[Task], workers: Workers, echo: Callable[[str], None]
) -> Iterator[store.Record]:
    from analysis.reports.progress import Progress

    progress, backstop = Progress(len(tasks), echo), workers.backstop
    try:
        futures = {
            workers.pool.schedule(workers.work, args=[task], timeout=backstop): task
            for task in tasks
        }
        names = {future: task.report.path for future, task in futures.items()}
        for future in progress.finished(names):
            record = _settle(future, futures[future], backstop)
            progress.tell(record)
            yield record
    finally:
        progress.close()


def preparations(root: Path, reports: Iterable[Report], prepare: Sequence[str]) -> list[str]:
    """What the warm parent does before the first fork: everything that reports have in common."""
    sources = []
    for name in dict.fromkeys(report.notebook for report in reports):
        path = root / "notebooks" / f"{name}.ipynb"
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources += ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    ours = [*MACHINERY, *MAKERS, f"{__name__}:_quieten", "analysis.reports.render:prepare"]
    return list(dict.fromkeys([*ours, *imports(sources), *prepare]))


def _settle(future: Future[Made | store.Record], task: Task, backstop: int) -> store.Record:
    """Record of a finished task; one of its own where the worker could give none."""
    from analysis.reports import made

    try:
        ended = future.result()
        # Another machine has no hand in this one's site.
        return made.publish(task, ended) if isinstance(ended, made.Made) else ended
    except FutureTimeoutError:
        kind, message = "TimeoutError", f"the whole report took longer than {backstop} s"
    except ProcessExpired as error:
        kind, message = "ProcessExpired", f"worker died (exit code {error.exitcode})"
    except Exception as error:
        kind, message = type(error).__name__, str(error)
    end_kernels(task.scratch)
    lost = {"cell": None, "source": "", "type": kind, "message": message}
    return made.failed(task, lost, None, "")


def _quieten() -> None:
    # The record says what went wrong; papermill would say it on the terminal as well.
    logging.getLogger("papermill").setLevel(logging.CRITICAL)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
