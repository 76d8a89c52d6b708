"""The batch: which reports are stale, each made in a process of its own, and the site around."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from reports import engine, share, site, store
from reports.matrix import Matrix, MatrixError, Report
from reports.site import Guide, Surroundings

RECORD = ".site.json"
ANSWER_SECONDS = 5


@dataclass(frozen=True)
class Settings:
    """How a batch runs.

    `surroundings` is asked only when what the pages beside the reports were made from has
    changed. `prepare` names functions, as `package.module:function`, worth calling once and not
    in every report. `scheduler` is the address of a Dask cluster; blank for this machine. With
    `pdf` every report is also printed.
    """

    jobs: int = os.cpu_count() or 1
    fresh: bool = False
    scheduler: str = ""
    pdf: bool = False
    prepare: tuple[str, ...] = ()
    surroundings: Callable[[], Surroundings] = lambda: Surroundings(Guide())
    echo: Callable[[str], object] = print


@dataclass(frozen=True)
class Outcome:
    """How a batch fared: numbers of reports. One that failed or was not printed is exit code 1."""

    ok: int
    failed: int
    unchanged: int
    unprinted: int = 0

    @property
    def exit_code(self) -> int:
        """Code for the shell."""
        return 1 if self.failed or self.unprinted else 0


@dataclass(frozen=True)
class Task:
    """All that it takes to make a report; `told` is what its manifest says in any case."""

    root: Path
    report: Report
    told: Mapping[str, Any]
    properties: Mapping[str, Any]
    guide: Guide
    limit_seconds: int


@dataclass(frozen=True)
class Made:
    """What came of a notebook, nothing of it on disk yet; with an `error` only log and seconds.

    `error` has the keys `cell` (number of the code cell in the author's file, from 1; None before
    the first; `render`, `write`), `source` (its first line), `type` and `message`. `log` is what
    went to stderr.
    """

    error: dict[str, Any] | None
    log: str = ""
    notebook: Any = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


def run(
    root: Path, matrix: Matrix, reports: Iterable[Report], settings: Settings = Settings()
) -> Outcome:
    """Outcome of building the stale reports (with `fresh`, all of them), pages, index, run.json.

    A report that fails, hangs or takes its process down is recorded as failed; the others go on,
    and its last good version stays.

    Raises
    ------
    store.StoreError
        When another call is building the same site, it cannot be written, or no scheduler answers.
    """
    root, started, records = root.resolve(), _now(), dict[str, dict[str, Any]]()
    folder, chosen, unprinted = root / "site", _distinct(reports, matrix), 0
    with ExitStack() as ends:
        workers = cache(lambda: ends.enter_context(_workers(root, chosen, settings)))
        if any(settings.fresh or not (folder / report.path).exists() for report in chosen):
            workers()  # they warm up meanwhile
        guide, around = None if settings.fresh else _known_guide(root), None
        if guide is None and chosen:
            workers()
        if guide is None:
            # Before any report, since the caller may find that the tables are broken.
            around = settings.surroundings()
            guide = _plain(around.guide)
        inputs = store.Inputs(root, matrix, guide)
        with store.opened(folder):
            stale = [one for one in chosen if settings.fresh or inputs.why_stale(one)]
            unchanged = {"status": "unchanged", "seconds": 0.0, "error": None, "log": ""}
            records |= {report.path: unchanged for report in chosen if report not in stale}
            if records:
                settings.echo(f"{len(records)} unchanged")
            futures = dict[Future[Made], Task]()
            for report in stale:
                about, limit = matrix.notebooks[report.notebook], matrix.time_limit_seconds
                said = inputs.told(report)
                task = Task(root, report, said, about.properties, Guide(**guide), limit)
                refused = Made(told(MatrixError("; ".join(about.faults))))
                futures[workers()(task) if not about.faults else _done(refused)] = task
            # Without a terminal there is no bar, but a line for each report.
            with tqdm(total=len(futures), disable=None, unit="report") as bar:
                for done, future in enumerate(as_completed(futures), 1):
                    task, fault = futures[future], future.exception()
                    record = _publish(task, Made(told(fault)) if fault else future.result())
                    records[task.report.path] = record
                    bar.update()
                    if bar.disable or record["error"]:
                        with tqdm.external_write_mode():
                            line = _line(task.report.path, record)
                            settings.echo(f"{line}  [{done}/{len(futures)}]")
            for path in store.prune(folder, matrix):
                settings.echo(f"removed    {path}, which is no longer listed")
            if around:
                _show(root, around)
            if settings.pdf:
                unprinted = share.print_reports(folder, chosen, settings.jobs, settings.echo)
            site.write_index(root, matrix, Guide(**guide))
            times = {"started": started, "finished": _now(), "jobs": settings.jobs}
            store.write_json(folder / "run.json", {"reports": records, **times})
    count = [record["status"] for record in records.values()].count
    return Outcome(count("ok"), count("failed"), count("unchanged"), unprinted)


def status(
    root: Path,
    matrix: Matrix,
    surroundings: Callable[[], Surroundings] = lambda: Surroundings(Guide()),
) -> list[tuple[Report, str]]:
    """Every listed report, with `current` or `stale: ` and the reasons in words."""
    inputs = store.Inputs(root, matrix, _known_guide(root) or _plain(surroundings().guide))
    reasons = {report: inputs.why_stale(report) for report in matrix.reports}
    return [(one, f"stale: {why}" if why else "current") for one, why in reasons.items()]


def trial(
    root: Path,
    notebook: str,
    parameters: Mapping[str, Any],
    limit_seconds: int,
    watch: Callable[..., object] = lambda *words: None,
) -> Made:
    """A notebook run in memory with parameters, in a process of its own; never raises.

    Any thread may call it, several at once. `watch` is told of each code cell as it begins: its
    number in the author's file, counted from 1, and its first line.
    """
    server = engine.kept_server(_libraries(root, [notebook]), root)
    asked = ("reports.render:execute", root, notebook, dict(parameters), limit_seconds)
    return _made(partial(server.call, *asked), limit_seconds, watch)


def _plain(guide: Guide) -> dict[str, Any]:
    """Guide as it comes back from JSON."""
    return dict(json.loads(json.dumps(asdict(guide), default=sorted)))


def _known_guide(root: Path) -> dict[str, Any] | None:
    """Guide on record, if all that it and the pages were made from is the same, and so are they."""
    record = store.read_json(root / "site" / RECORD)
    try:
        same = record["states"] == _states(root, record["made_by"], record["reads"])
        return dict(record["guide"]) if same else None
    except (LookupError, TypeError, AttributeError):
        return None


def _states(root: Path, made_by: Iterable[str], reads: Iterable[str]) -> dict[str, str]:
    files = store.Files(root)
    return files.states([*files.closure([*made_by, *store.MAKERS]), *reads])


def _show(root: Path, around: Surroundings) -> None:
    """Write the pages beside the reports, and what they were made from."""
    site.write_pages(root / "site", around.pages, around.guide)
    reads = [*around.reads, *(f"site/{path}" for path in around.pages)]
    record = {"guide": _plain(around.guide), "made_by": list(around.made_by), "reads": reads}
    record["states"] = _states(root, around.made_by, reads)
    store.write_json(root / "site" / RECORD, record)


def _distinct(reports: Iterable[Report], matrix: Matrix) -> list[Report]:
    """Reports, less each that an override made the same as one before it."""
    found: dict[str, Report] = {}
    for one in reports:
        same = one.path if one.listed else json.dumps([one.notebook, matrix.parameters(one)])
        found.setdefault(same, one)
    return list(found.values())


@contextmanager
def _workers(
    root: Path, chosen: list[Report], settings: Settings
) -> Iterator[Callable[[Task], Future[Made]]]:
    """How to have a task made by processes that end with the context, whatever still runs."""
    notebooks = list(dict.fromkeys(report.notebook for report in chosen))
    libraries = _libraries(root, notebooks)
    if settings.scheduler:
        with _cluster(settings.scheduler) as executor:
            yield partial(executor.submit, _make_elsewhere, libraries)
        return
    server, jobs = None, 1
    if engine.can_fork():
        own = [name for one in notebooks for name in store.imports_of(_document(root, one))]
        if len(chosen) > settings.jobs:
            # What functions import only when they are called is worth it for many.
            own += store.Files(root).imported(own)
        server, jobs = engine.Server([*libraries, *own, *settings.prepare], root), settings.jobs
    else:
        settings.echo("no forks on this system: one notebook after another, in kernels")
    threads = ThreadPoolExecutor(jobs)
    try:
        yield lambda task: threads.submit(_make, server, task)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        if server:
            server.close()
        threads.shutdown()


@contextmanager
def _cluster(address: str) -> Iterator[Any]:
    """Executor of a Dask cluster: who makes what, and what if a worker dies, is its affair."""
    try:
        from distributed import Client

        client = Client(address, timeout=ANSWER_SECONDS)
    except ImportError:
        why = "needs Dask: pip install distributed, here and on the workers"
        raise store.StoreError(f"--scheduler {why}") from None
    except Exception as error:
        why = f"no Dask scheduler answers; expected tcp://host:8786 ({error})"
        raise store.StoreError(f"--scheduler {address}: {why}") from None
    with client:
        # Not pure: a report that failed and runs again has the same arguments.
        yield client.get_executor(pure=False)


def _document(root: Path, notebook: str) -> dict[str, Any]:
    return store.read_json(root / "notebooks" / f"{notebook}.ipynb")


def _libraries(root: Path, notebooks: Iterable[str]) -> list[str]:
    """What to import for notebooks that nobody works on meanwhile."""
    names = [name for one in notebooks for name in store.imports_of(_document(root, one))]
    return ["reports.render:prepare", *(name for name in names if not store.is_own(root, name))]


def _make(server: engine.Server | None, task: Task) -> Made:
    """Report made in a fork of a server; without one, here, by papermill's own kernels."""
    if server:
        return _made(partial(server.call, "reports.render:make", task), task.limit_seconds)
    from reports import render

    return _made(lambda limit, watch: render.make(watch, task), task.limit_seconds)


def _make_elsewhere(libraries: list[str], task: Task) -> Made:
    """Report of a task from another process; where its folder is not, what is installed serves."""
    root = task.root if task.root.is_dir() else Path(__file__).resolve().parents[1]
    files = store.Files(root)
    modules = {path: state for path, state in task.told["hashes"].items() if path.endswith(".py")}
    if modules != files.states(modules):
        return Made(told(ImportError(f"{root} on this worker is another version of the project")))
    return _make(engine.kept_server(libraries, root), replace(task, root=root))


def _made(
    call: Callable[..., Made], limit: int, watch: Callable[..., object] = lambda *words: None
) -> Made:
    """What a call gave, or why it gave nothing, with its seconds and the cell of an error."""
    begun, place = time.monotonic(), (None, "")

    def heed(*words: Any) -> None:
        nonlocal place
        place = words
        watch(*words)

    try:
        made = call(limit=limit, watch=heed)
    except (TimeoutError, engine.ProcessDied) as fault:
        made = Made(told(fault))
    error = made.error and {**made.error, "cell": place[0], "source": place[1]}
    return replace(made, error=error, seconds=round(time.monotonic() - begun, 3))


def told(fault: BaseException) -> dict[str, Any]:
    """Error of a record, for one that no cell raised."""
    return {"cell": None, "source": "", "type": type(fault).__name__, "message": str(fault)}


def _done(made: Made) -> Future[Made]:
    future: Future[Made] = Future()
    future.set_result(made)
    return future


def _line(path: str, record: Mapping[str, Any]) -> str:
    """One line on how a report fared.

    >>> _line("network/a", {"status": "ok", "seconds": 2.04, "error": None})
    'ok         network/a  2.0 s'
    """
    error = record["error"]
    why = f"  {site.place_of(error)}: {error['type']}: {error['message']}" if error else ""
    return f"{record['status']:<10} {path}  {record['seconds']:.1f} s{why}"


def _publish(task: Task, made: Made) -> dict[str, Any]:
    """Record of a report, once it stands in the place of the old one, or its failure beside it."""
    folder, path, error = task.root / "site", task.report.path, made.error
    if error is None:
        try:
            with store.replacing(folder, path) as new:
                for name, content in made.files.items():
                    (new / name).parent.mkdir(exist_ok=True)
                    (new / name).write_bytes(content)
                manifest = {**made.manifest, "files": store.file_hashes(new)}
                store.write_json(new / store.MANIFEST, manifest)
        except OSError as fault:
            error = told(fault) | {"cell": "write"}
    if error:
        with suppress(OSError):  # on a full disk the old manifest stays, and is stale
            store.write_failure(folder, path, task.told, error)
    state = "failed" if error else "ok"
    return {"status": state, "seconds": made.seconds, "error": error, "log": made.log}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
