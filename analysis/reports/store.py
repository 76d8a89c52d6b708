"""The site folder as a store: what a report was made from, and whole folders or none."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from analysis.reports.matrix import SCHEMA_FILE, Matrix, Report

MANIFEST = "manifest.json"
LIBRARIES = (
    "pandas",
    "numpy",
    "matplotlib",
    "networkx",
    "scipy",
    "nbconvert",
    "papermill",
    "frictionless",
)
# The reason given when a part of the key differs from the manifest's.
_CHANGED = {
    "notebook": "notebook changed",
    "parameters": "parameters changed",
    "tables": "tables changed",
    "package": "package changed",
    "versions": "library versions changed",
}


class StoreError(RuntimeError):
    """The site folder cannot be used now: another run is building it."""


@dataclass(frozen=True)
class Inputs:
    """Hashes of all that reports are made from, taken once for a whole batch."""

    notebooks: Mapping[str, str]
    tables: str
    package: str
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Origin:
    """What one report is made from; it goes into the manifest and decides what is stale."""

    parameters: Mapping[str, Any]
    hashes: Mapping[str, str]
    versions: Mapping[str, str]


def read_inputs(root: Path, matrix: Matrix) -> Inputs:
    """Hash the inputs as they lie on disk, without a single time stamp."""
    schemas = json.loads((root / SCHEMA_FILE).read_text(encoding="utf-8"))
    versions = {"python": ".".join(platform.python_version_tuple()[:2])}
    for library in LIBRARIES:
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            continue
    return Inputs(
        notebooks={name: _notebook_hash(root, name, schemas[name]) for name in matrix.notebooks},
        tables=_digest(
            [
                _files(root / folder, lambda path: path.suffix in {".csv", ".json"})
                for folder in ("seeds", "data")
            ]
        ),
        package=_digest(
            _files(root / "analysis", lambda p: p.suffix == ".py" or "templates" in p.parts)
        ),
        versions=versions,
    )


def origin(inputs: Inputs, matrix: Matrix, report: Report) -> Origin:
    """Part of the inputs that one report depends on, with the key over all of it."""
    parts = {
        "notebook": inputs.notebooks[report.notebook],
        "package": inputs.package,
        "tables": inputs.tables,
    }
    parameters = matrix.parameters(report)
    key = _digest([parts, parameters, dict(inputs.versions)])
    return Origin(parameters, {"key": key, **parts}, inputs.versions)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Manifest of a report's folder; None where there is none that can be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) else None


def why_stale(folder: Path, made_from: Origin) -> str:
    """Why a report has to run again, in words; empty when it is current."""
    manifest = read_manifest(folder)
    if manifest is None:
        return "never built"
    if manifest.get("status") != "ok":
        return "failed last time"
    now = {
        **made_from.hashes,
        "parameters": dict(made_from.parameters),
        "versions": dict(made_from.versions),
    }
    then = {**manifest, **manifest.get("hashes", {})}
    reasons = [words for part, words in _CHANGED.items() if now[part] != then.get(part)]
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
        When another run holds it.
    """
    site.mkdir(parents=True, exist_ok=True)
    lock = os.open(site, os.O_RDONLY)
    try:
        try:
            # The system lets go of it when its owner dies.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(f"{site}: another run is building this site") from error
        building = site / ".building"
        # A run killed between its two renames left the last good version aside.
        for aside in building.glob("*/previous/*/*"):
            target = site / aside.parent.name / aside.name
            if not target.exists():
                os.rename(aside, target)
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        yield
        shutil.rmtree(building)
    finally:
        os.close(lock)


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
    beside.write_text(text, encoding="utf-8", newline="\n")
    os.replace(beside, path)


def write_failure(
    site: Path, report: Report, made_from: Origin, question: str, error: Mapping[str, Any]
) -> None:
    """Write a manifest that tells of the failure, over the files of the last good run."""
    before = read_manifest(site / report.path) or {}
    manifest = describe(report, made_from, question) | {"status": "failed", "error": dict(error)}
    if before.get("status") == "ok":
        manifest["last_good"] = before
    elif "last_good" in before:
        manifest["last_good"] = before["last_good"]
    write_json(site / report.path / MANIFEST, manifest)


def describe(report: Report, made_from: Origin, question: str) -> dict[str, Any]:
    """Fields that every manifest has, whether the run went well or not."""
    return {
        "notebook": report.notebook,
        "name": report.name,
        "listed": report.listed,
        "question": question,
        "parameters": dict(made_from.parameters),
        "hashes": dict(made_from.hashes),
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


def _notebook_hash(root: Path, name: str, schema: Any) -> str:
    """Hash of what is run and shown: cells and schema, neither outputs nor editor settings."""
    document = json.loads((root / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    cells = [
        (cell["cell_type"], "".join(cell["source"]), cell.get("metadata", {}).get("tags", []))
        for cell in document["cells"]
    ]
    return _digest([cells, schema])


def _files(folder: Path, wanted: Callable[[Path], bool]) -> list[tuple[str, str]]:
    return [
        (path.relative_to(folder).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and wanted(path.relative_to(folder))
    ]


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
