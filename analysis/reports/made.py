"""One report from notebook to folder: run, rendered and published, here or on another machine."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat

from analysis.reports import store
from analysis.reports.execute import Job, execute
from analysis.reports.inputs import Files, Origin
from analysis.reports.layout import Guide
from analysis.reports.matrix import Notebook, Report
from analysis.reports.render import collect, page
from analysis.reports.scratch import scratch_folder

# papermill changes the working folder of the whole process.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Task:
    """All that it takes to make a report; `scratch` is a short path for its kernel."""

    root: Path
    report: Report
    notebook: Notebook
    made_from: Origin
    guide: Guide
    time_limit_seconds: int
    scratch: Path


@dataclass(frozen=True)
class Made:
    """A report that was made: files by path and manifest, or the error; nothing on disk yet."""

    files: Mapping[str, bytes]
    manifest: Mapping[str, Any]
    error: dict[str, Any] | None
    log: str
    seconds: float


def build(task: Task) -> store.Record:
    """Record of a report made and published by this process."""
    return publish(task, make(task))


def make(task: Task) -> Made:
    """Report of a task, run and rendered; never raises."""
    begun = time.monotonic()
    report, limit = task.report, task.time_limit_seconds
    result = execute(Job(task.root, report.notebook, report.parameters, limit, task.scratch))
    files: dict[str, bytes] = {}
    manifest: dict[str, Any] = {}
    error, log = result.error, result.log
    if result.notebook is not None:
        try:
            files, manifest = _rendered(task, result.notebook, result.read)
        except Exception as fault:
            error = fault_of(fault, "render")
            log += traceback.format_exc()
    return Made(files, manifest, error, log, round(time.monotonic() - begun, 3))


def make_elsewhere(task: Task) -> Made:
    """Report of a task that came from another process, perhaps of another machine.

    Where the sender's folder does not exist, the project that is installed
    here serves, if the report would be made from the same there.
    """
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    root = task.root if task.root.is_dir() else Path(__file__).resolve().parents[2]
    with _one_at_a_time, scratch_folder() as scratch:
        made = make(replace(task, root=root, scratch=scratch))
    if root != task.root and made.error is None:
        here, hashes = Files(root), made.manifest["hashes"]
        then = hashes["modules"] | hashes["reads"]
        other = [path for path, state in then.items() if here.state(path) != state]
        if other:
            fault = RuntimeError(f"the project of this worker differs in {', '.join(other[:3])}")
            return replace(made, error=fault_of(fault, None), files={}, manifest={})
    return made


def publish(task: Task, made: Made) -> store.Record:
    """Put what was made in the place of the report's folder, whole or not at all."""
    error, log = made.error, made.log
    if error is None:
        try:
            with store.replacing(task.root / "site", task.report.path) as folder:
                for name, content in made.files.items():
                    (folder / name).parent.mkdir(exist_ok=True)
                    (folder / name).write_bytes(content)
                manifest = {**made.manifest, "files": store.file_hashes(folder)}
                store.write_json(folder / store.MANIFEST, manifest)
        except OSError as fault:
            error = fault_of(fault, "write")
            log += traceback.format_exc()
    if error:
        return failed(task, error, made.seconds, log)
    return store.Record(task.report.path, "ok", made.seconds, None, log)


def failed(task: Task, error: dict[str, Any], seconds: float | None, log: str) -> store.Record:
    """Record of a failure, told in the report's manifest as well where that can be written."""
    site, question = task.root / "site", task.notebook.question
    with suppress(OSError):  # on a full disk the old manifest stays, and is stale
        store.write_failure(site, task.report, task.made_from, question, error)
    return store.Record(task.report.path, "failed", seconds, error, log)


def fault_of(fault: Exception, place: str | None) -> dict[str, Any]:
    """Error of a report that no cell raised."""
    return {"cell": place, "source": "", "type": type(fault).__name__, "message": str(fault)}


def _rendered(
    task: Task, notebook: nbformat.NotebookNode, read: tuple[str, ...]
) -> tuple[dict[str, bytes], dict[str, Any]]:
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
    manifest = store.describe(report, made_from, asked.question, read) | {
        "status": "ok",
        "headline": findings.headlines[0],
        "last_evidence": findings.last_evidence,
        "claims": sorted(findings.claims),
        "tables": sorted(findings.tables),
        "figures": findings.figures,
        "first_alt": findings.first_alt,
    }
    return files, manifest
