"""The site folder as a store: manifests, and whole folders or none."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.reports.inputs import Inputs, Origin
from analysis.reports.matrix import Matrix, Report

MANIFEST = "manifest.json"


class StoreError(RuntimeError):
    """The site folder cannot be used: another run is building it, or it cannot be written."""


@dataclass(frozen=True)
class Record:
    """How one report fared: an entry of run.json."""

    path: str
    status: str
    seconds: float | None
    error: dict[str, Any] | None
    log: str


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Manifest of a report's folder; None where there is none that can be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) else None


def why_stale(folder: Path, inputs: Inputs, report: Report) -> str:
    """Why a report has to run again, in words; empty when it is current."""
    manifest = read_manifest(folder)
    if manifest is None:
        return "never built"
    if manifest.get("status") != "ok":
        return "failed last time"
    reasons = inputs.why_stale(report, manifest)
    if not reasons:
        then, found = manifest.get("files", {}), file_hashes(folder)
        if then.keys() - found.keys():
            reasons.append("files missing")
        elif any(found[name] != digest for name, digest in then.items()):
            reasons.append("files changed by hand")
    return ", ".join(reasons)


def file_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a report by its relative path, the manifest left out."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


@contextmanager
def opened(site: Path) -> Iterator[None]:
    """Hold the site folder for one run, rid of what a killed run left behind.

    Raises
    ------
    StoreError
        When another run holds it, or it cannot be written.
    """
    try:
        site.mkdir(parents=True, exist_ok=True)
        lock = os.open(site, os.O_RDONLY)
    except OSError as error:
        raise StoreError(f"{site} cannot be written: {error.strerror}") from error
    try:
        try:
            # The system lets go of it when its owner dies.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(f"{site}: another run is building this site") from error
        building = site / ".building"
        if not os.access(site, os.W_OK | os.X_OK):
            raise StoreError(f"{site} cannot be written: permission denied")
        _put_back(site)
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        try:
            yield
            _put_back(site)
            shutil.rmtree(building)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
                raise
            raise StoreError(
                f"{error.filename or site}: {error.strerror}; what was complete is kept, and the "
                "next call does the rest"
            ) from error
    finally:
        os.close(lock)


def _put_back(site: Path, path: str = "*/*") -> None:
    """Put last good versions in place that a process killed between its two renames left aside."""
    for aside in (site / ".building").glob(f"*/previous/{path}"):
        target = site / aside.parent.name / aside.name
        if not target.exists():
            os.rename(aside, target)


@contextmanager
def replacing(site: Path, path: str) -> Iterator[Path]:
    """Yield a new folder that takes the place of the report's folder once the block is done.

    When the block raises, or the process dies in it, the old folder stays.
    """
    target = site / path
    work = Path(tempfile.mkdtemp(dir=site / ".building"))
    new, previous = work / "new", work / "previous" / path
    new.mkdir()
    previous.parent.mkdir(parents=True)
    target.parent.mkdir(exist_ok=True)
    try:
        yield new
        if target.exists():
            os.rename(target, previous)
        os.rename(new, target)
    finally:
        if previous.exists() and not target.exists():
            os.rename(previous, target)
        shutil.rmtree(work)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file with sorted keys, whole or not at all."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file beside its place and rename it into it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        with suppress(OSError):  # a folder that holds something stays
            path.parent.rmdir()
        raise


def write_failure(
    site: Path, report: Report, made_from: Origin, question: str, error: Mapping[str, Any]
) -> None:
    """Write a manifest that tells of the failure, over the files of the last good run."""
    _put_back(site, report.path)
    before = read_manifest(site / report.path) or {}
    manifest = describe(report, made_from, question) | {"status": "failed", "error": dict(error)}
    if before.get("status") == "ok":
        manifest["last_good"] = before
    elif "last_good" in before:
        manifest["last_good"] = before["last_good"]
    write_json(site / report.path / MANIFEST, manifest)


def describe(
    report: Report, made_from: Origin, question: str, read: Iterable[str] = ()
) -> dict[str, Any]:
    """Fields that every manifest has, whether the run went well or not; `read` is its data."""
    return {
        "notebook": report.notebook,
        "name": report.name,
        "listed": report.listed,
        "question": question,
        "parameters": dict(made_from.parameters),
        "hashes": made_from.hashes(read),
        "versions": dict(made_from.versions),
    }


def prune(site: Path, matrix: Matrix) -> list[str]:
    """Remove listed reports that are listed no more; own runs stay while their notebook does."""
    listed = {report.path for report in matrix.reports}
    removed = []
    for path in sorted(site.glob(f"*/*/{MANIFEST}")):
        folder, manifest = path.parent, read_manifest(path.parent) or {}
        name = f"{folder.parent.name}/{folder.name}"
        own = manifest.get("listed") is False and folder.parent.name in matrix.notebooks
        if name in listed or own or "hashes" not in manifest:
            continue
        shutil.rmtree(folder)
        removed.append(name)
        if not any(folder.parent.iterdir()):
            folder.parent.rmdir()
    return removed
