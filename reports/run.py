"""The batch: which reports are stale, each made in a process of its own, and the site around."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from reports import engine, site, store
from reports.matrix import Matrix, Report
from reports.site import Guide, Surroundings

RECORD = ".site.json"
ANSWER_SECONDS = 5


@dataclass(frozen=True)
class Settings:
    """How a batch runs.

    `surroundings` is asked only when what the pages beside the reports were made from has
    changed. `prepare` names functions, as `package.module:function`, worth calling once and not
    in every report. `scheduler` is the address of a Dask cluster; blank for this machine.
    """

    jobs: int = os.cpu_count() or 1
    fresh: bool = False
    scheduler: str = ""
    prepare: tuple[str, ...] = ()
    surroundings: Callable[[], Surroundings] = lambda: Surroundings(Guide())
    echo: Callable[[str], object] = print


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
class Task:
    """All that it takes to make a report; `told` is what its manifest says in any case."""

    root: Path
    report: Report
    told: Mapping[str, Any]
    properties: Mapping[str, Any]
    guide: Guide
    limit_seconds: int


@dataclass(frozen=True)
class Trial:
    """A run that leaves nothing on disk: the executed notebook, or the error that ended it.

    `error` has the keys `cell` (number of the code cell, from 1; None before the first), `source`
    (its first line), `type` and `message`.
    """

    notebook: Any
    error: dict[str, Any] | None
    log: str


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
    folder, chosen = root / "site", list(_distinct(reports, matrix))
    with ExitStack() as ends:
        workers = cache(lambda: ends.enter_context(_workers(root, chosen, settings)))
        guide, around = None if settings.fresh else _known_guide(root), None
        if any(guide is None or not (folder / report.path).exists() for report in chosen):
            workers()  # they warm up meanwhile
        if guide is None:
            # Before any report, since the caller may find that the tables are broken.
            around = settings.surroundings()
            guide = json.loads(json.dumps(asdict(around.guide), default=sorted))
        inputs = store.Inputs(root, matrix, guide)
        with store.opened(folder):
            stale = [one for one in chosen if settings.fresh or inputs.why_stale(one)]
            records |= {
                report.path: {"status": "unchanged", "seconds": 0.0, "error": None, "log": ""}
                for report in chosen
                if report not in stale
            }
            if records:
                settings.echo(f"{len(records)} unchanged")
            tasks = [_task(inputs, report, Guide(**guide)) for report in stale]
            for task, made in _all_made(tasks, matrix, workers, settings.echo):
                records[task.report.path] = _publish(task, made)
            for path in store.prune(folder, matrix):
                settings.echo(f"removed    {path}, which is no longer listed")
            if around:
                _show(root, around, guide)
            site.write_index(root, matrix, Guide(**guide))
            times = {"started": started, "finished": _now(), "jobs": settings.jobs}
            store.write_json(folder / "run.json", {"reports": records, **times})
    count = [record["status"] for record in records.values()].count
    return Outcome(count("ok"), count("failed"), count("unchanged"))


def status(
    root: Path,
    matrix: Matrix,
    surroundings: Callable[[], Surroundings] = lambda: Surroundings(Guide()),
) -> list[tuple[Report, str]]:
    """Every listed report, with `current` or `stale: ` and the reasons in words."""
    guide = _known_guide(root)
    if guide is None:
        guide = json.loads(json.dumps(asdict(surroundings().guide), default=sorted))
    inputs = store.Inputs(root, matrix, guide)
    reasons = {report: inputs.why_stale(report) for report in matrix.reports}
    return [(one, f"stale: {why}" if why else "current") for one, why in reasons.items()]


def trial(
    root: Path,
    notebook: str,
    parameters: Mapping[str, Any],
    limit_seconds: int,
    watch: Callable[[int | None, str], object] = lambda number, line: None,
) -> Trial:
    """A notebook run in memory with parameters, in a process of its own; never raises.

    Any thread may call it, several at once. `watch` is told of each code cell as it begins: its
    number in the author's file, counted from 1, and its first line.
    """
    names = [name for name in _imports(root, [notebook]) if not _is_own(root, name)]
    server = engine.kept_server(["reports.render:prepare", *names], root)
    asked = ("reports.render:execute", root, notebook, dict(parameters), limit_seconds)
    answer, error = _answered(partial(server.call, *asked), limit_seconds, watch)
    return Trial(None, error, "") if error else Trial(*answer)


def _known_guide(root: Path) -> dict[str, Any] | None:
    """Guide on record, if all that it and the pages were made from is the same, and so are they."""
    record, files = store.read_json(root / "site" / RECORD), store.Files(root)
    try:
        modules = files.closure([*record["made_by"], *store.MAKERS])
        now = {path: files.state(path) for path in record["reads"]}
        pages = {path: files.state(f"site/{path}") for path in record["pages"]}
        same = (modules, now, pages) == (record["modules"], record["reads"], record["pages"])
        return dict(record["guide"]) if same else None
    except (LookupError, TypeError, AttributeError):
        return None


def _show(root: Path, around: Surroundings, guide: dict[str, Any]) -> None:
    site.write_pages(root / "site", around.pages, Guide(**guide))
    files = store.Files(root)
    record = {
        "guide": guide,
        "made_by": list(around.made_by),
        "modules": files.closure([*around.made_by, *store.MAKERS]),
        "reads": {path: files.state(path) for path in around.reads},
        "pages": {path: files.state(f"site/{path}") for path in around.pages},
    }
    store.write_json(root / "site" / RECORD, record)


def _distinct(reports: Iterable[Report], matrix: Matrix) -> Iterator[Report]:
    """Drop each report that an override made the same as one before it."""
    seen: list[tuple[str, dict[str, Any]]] = []
    for report in reports:
        content = report.notebook, matrix.parameters(report)
        if report.listed or content not in seen:
            yield report
        if not report.listed:
            seen.append(content)


def _task(inputs: store.Inputs, report: Report, guide: Guide) -> Task:
    properties = inputs.matrix.notebooks[report.notebook].properties
    limit = inputs.matrix.time_limit_seconds
    return Task(inputs.root, report, inputs.told(report), properties, guide, limit)


Submit = Callable[[Task], "Future[dict[str, Any]]"]


@contextmanager
def _workers(root: Path, chosen: Iterable[Report], settings: Settings) -> Iterator[Submit]:
    """How to have a task made by processes that end with the context, whatever still runs."""
    names = _imports(root, dict.fromkeys(report.notebook for report in chosen))
    prepare = ["reports.render:prepare", *names, *settings.prepare]
    if settings.scheduler:
        outside = [name for name in names if not _is_own(root, name)]
        with _cluster(settings.scheduler) as executor:
            yield lambda task: executor.submit(_make_elsewhere, task, outside)
    elif engine.can_fork():
        server, threads = engine.Server(prepare, root), ThreadPoolExecutor(settings.jobs)
        try:
            yield partial(threads.submit, _make, server)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            server.close()
            threads.shutdown()
    else:
        from pebble import ProcessPool

        from reports.render import make

        settings.echo("no forks on this system: each notebook starts a kernel of its own")
        pool = ProcessPool(settings.jobs, context=multiprocessing.get_context("spawn"))
        try:
            yield lambda task: pool.schedule(make, args=[_unheard, task])
        finally:
            pool.stop()
            pool.join()


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


def _imports(root: Path, notebooks: Iterable[str]) -> list[str]:
    """Modules that notebooks import."""
    names: list[str] = []
    for notebook in notebooks:
        cells = store.read_json(root / "notebooks" / f"{notebook}.ipynb").get("cells", [])
        for cell in cells:
            if cell["cell_type"] == "code":
                names += store.imports("".join(cell["source"]))
    return list(dict.fromkeys(names))


def _is_own(root: Path, name: str) -> bool:
    first = name.partition(".")[0]
    return (root / first).is_dir() or (root / f"{first}.py").is_file()


def _make(server: engine.Server, task: Task) -> dict[str, Any]:
    """Report made in a fork: files, manifest, error, log, seconds."""
    begun = time.monotonic()
    call = partial(server.call, "reports.render:make", task)
    made, error = _answered(call, task.limit_seconds, _unheard)
    return made if error is None else _lost(error, round(time.monotonic() - begun, 3))


def _make_elsewhere(task: Task, prepare: list[str]) -> dict[str, Any]:
    """Report of a task that came from another process, perhaps of another machine.

    Where the sender's folder does not exist, the project that is installed here serves, if it is
    the same.
    """
    root = task.root if task.root.is_dir() else Path(__file__).resolve().parents[1]
    files, modules = store.Files(root), task.told["hashes"]["modules"]
    if other := [path for path, state in modules.items() if files.state(path) != state]:
        message = f"the project of this worker differs in {', '.join(other[:3])}"
        return _lost({"cell": None, "source": "", "type": "ImportError", "message": message})
    server = engine.kept_server(["reports.render:prepare", *prepare], root)
    return _make(server, replace(task, root=root))


def _answered(
    call: Callable[..., Any], limit: int, watch: Callable[..., object]
) -> tuple[Any, dict[str, Any] | None]:
    """Answer of a call to a server, or the error of one that gave none, with the cell it was in."""
    place: tuple[Any, ...] = (None, "")

    def heed(*words: Any) -> None:
        nonlocal place
        place = words
        watch(*words)

    try:
        return call(limit=limit, watch=heed), None
    except (TimeoutError, engine.ProcessDied) as error:
        where = {"cell": place[0], "source": place[1]}
        return None, where | {"type": type(error).__name__, "message": str(error)}


def _unheard(*_words: object) -> None:
    """Say nothing to nobody."""


def _lost(error: Mapping[str, Any], seconds: float | None = None) -> dict[str, Any]:
    return {"files": {}, "manifest": {}, "error": dict(error), "log": "", "seconds": seconds}


def _all_made(
    tasks: list[Task], matrix: Matrix, workers: Callable[[], Submit], echo: Callable[[str], object]
) -> Iterator[tuple[Task, dict[str, Any]]]:
    """Every task with what was made of it, as they end, and their progress."""
    done, futures = 0, dict[Future[dict[str, Any]], Task]()
    for task in tasks:
        faults = matrix.notebooks[task.report.notebook].faults
        future = Future[dict[str, Any]]() if faults else workers()(task)
        futures[future] = task
        if faults:
            error = {"cell": None, "source": "", "type": "MatrixError", "message": faults[0]}
            future.set_result(_lost(error))
    # Without a terminal there is no bar, and a line for each report.
    with tqdm(total=len(tasks), disable=None, unit="report") as bar:
        for done, future in enumerate(as_completed(futures), 1):
            try:
                made = future.result()
            except Exception as fault:
                error = {"cell": None, "source": "", "type": type(fault).__name__}
                made = _lost(error | {"message": str(fault)})
            yield futures[future], made
            bar.update()
            if bar.disable or made["error"]:
                with tqdm.external_write_mode():
                    echo(f"{_line(futures[future].report.path, made)}  [{done}/{len(tasks)}]")


def _line(path: str, made: Mapping[str, Any]) -> str:
    error, seconds = made["error"], made["seconds"]
    words = [f"{'failed' if error else 'ok':<10} {path}"]
    words += [] if seconds is None else [f"{seconds:.1f} s"]
    if error:
        words.append(f"{site.place_of(error)}: {error['type']}: {error['message']}")
    return "  ".join(words)


def _publish(task: Task, made: Mapping[str, Any]) -> dict[str, Any]:
    """Record of a report, once it stands in the place of the old one, or its failure beside it."""
    folder, path, error = task.root / "site", task.report.path, made["error"]
    if error is None:
        try:
            with store.replacing(folder, path) as new:
                for name, content in made["files"].items():
                    (new / name).parent.mkdir(exist_ok=True)
                    (new / name).write_bytes(content)
                manifest = made["manifest"] | {"files": store.file_hashes(new)}
                store.write_json(new / store.MANIFEST, manifest)
        except OSError as fault:
            kind, message = type(fault).__name__, str(fault)
            error = {"cell": "write", "source": "", "type": kind, "message": message}
    if error:
        with suppress(OSError):  # on a full disk the old manifest stays, and is stale
            store.write_failure(folder, path, task.told, error)
    state = "failed" if error else "ok"
    return {"status": state, "seconds": made["seconds"], "error": error, "log": made["log"]}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
