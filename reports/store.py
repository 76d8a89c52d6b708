"""The site folder as a store: whole folders or none, manifests, and what makes a report stale."""

from __future__ import annotations

import ast
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from reports.matrix import SCHEMA_FILE, Matrix, Report

MANIFEST = "manifest.json"
# What turns a notebook into a report.
MAKERS = ("reports.run", "reports.render")
LIBRARIES = ("pandas", "numpy", "matplotlib", "networkx", "scipy", "edtf", "ipython", "nbconvert")
_IMPORT = re.compile(r"^[ \t]*(?:from\s+[\w.]+\s+import\s+\([^)]*\)|(?:from|import)\s.*)", re.M)
# Reasons beyond these are counted.
MOST_REASONS = 3


class StoreError(RuntimeError):
    """The site cannot be used: another call is building it, or it cannot be written."""


@contextmanager
def opened(site: Path) -> Iterator[None]:
    """Hold the site folder for one call, rid of what a killed call left behind.

    Raises
    ------
    StoreError
        When another call holds it, or it cannot be written.
    """
    building, lock = site / ".building", None
    try:
        site.mkdir(parents=True, exist_ok=True)
        lock = os.open(site, os.O_RDONLY)
        # The system lets go of it when its owner dies.
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _put_back(site)
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        yield
        _put_back(site)
        shutil.rmtree(building)
    except BlockingIOError:
        raise StoreError(f"{site}: another call is building this site") from None
    except OSError as error:
        kept = "what was complete is kept, and the next call does the rest"
        raise StoreError(f"{error.filename or site}: {error.strerror}; {kept}") from error
    finally:
        if lock is not None:
            os.close(lock)


def _put_back(site: Path, path: str = "*/*") -> None:
    """Put last good versions in place that a process killed between its two renames left aside."""
    for aside in (site / ".building").glob(f"*/previous/{path}"):
        target = site / aside.parent.name / aside.name
        if not target.exists():
            os.rename(aside, target)


@contextmanager
def replacing(site: Path, path: str) -> Iterator[Path]:
    """Yield a new folder that takes the place of one of the site once the block is done.

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


def write_text(path: Path, text: str) -> None:
    """Write a text file, unless it says so already: beside its place, then renamed into it."""
    if not (path.is_file() and path.read_bytes() == text.encode()):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.new")
        try:
            beside.write_bytes(text.encode())
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file with sorted keys, whole or not at all."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Content of a JSON file; empty where there is none that can be read."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def read_manifest(folder: Path) -> dict[str, Any]:
    """Manifest of a report's folder; empty where there is none that is in order."""
    manifest = read_json(folder / MANIFEST)
    good = last_good(manifest)
    needed = [manifest.get("parameters"), manifest.get("hashes")]
    needed += [good.get(key) for key in ("files", "reads") if good]
    return manifest if all(isinstance(part, dict) for part in needed) else {}


def last_good(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What a manifest tells of the run whose files lie beside it; empty if none went well."""
    good = manifest if manifest.get("status") == "ok" else manifest.get("last_good")
    return dict(good) if isinstance(good, Mapping) else {}


def file_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a report by its relative path, the manifest left out."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def write_failure(site: Path, path: str, told: Mapping[str, Any], error: Mapping[str, Any]) -> None:
    """Write a manifest that tells of the failure, over the files of the last good run."""
    _put_back(site, path)
    manifest = dict(told) | {"status": "failed", "error": dict(error)}
    if good := last_good(read_manifest(site / path)):
        manifest["last_good"] = good
    write_json(site / path / MANIFEST, manifest)


def prune(site: Path, matrix: Matrix) -> list[str]:
    """Remove listed reports that are listed no more; own runs stay while their notebook does."""
    listed, removed = {report.path for report in matrix.reports}, []
    for path in sorted(site.glob(f"*/*/{MANIFEST}")):
        name, manifest = path.parent.relative_to(site).as_posix(), read_manifest(path.parent)
        own = manifest.get("listed") is False and manifest.get("notebook") in matrix.notebooks
        if manifest and name not in listed and not own:
            shutil.rmtree(path.parent)
            removed.append(name)
            with suppress(OSError):  # it holds other reports
                path.parent.parent.rmdir()
    return removed


class Files:
    """Files of a project as they lie on disk, each read once; no time stamp has a say."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # Each for this object alone.
        self.state, self._needs = cache(self._state), cache(self._read_needs)

    def states(self, paths: Iterable[str]) -> dict[str, str]:
        """Hash of each file, or of the names in a folder, which ends in "/"; blank if not there."""
        return {path: self.state(path) for path in sorted(paths)}

    def closure(self, names: Iterable[str]) -> set[str]:
        """Files of the project's modules that some modules import, however indirectly.

        They are found by reading import statements, so it makes no difference what a warm process
        happens to have imported. A module that speaks of templates has those beside it.
        """
        found, seen, waiting = set[str](), set[str](), list(names)
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                place = name.replace(".", "/")
                for file in (f"{place}.py", f"{place}/__init__.py"):
                    if (self.root / file).is_file():
                        needs, templates = self._needs(file)
                        found |= {file, *templates}
                        waiting += [name.rpartition(".")[0], *needs]
        return found

    def imported(self, names: Iterable[str]) -> list[str]:
        """Modules that some modules import, however indirectly, the project's own and others."""
        return [name for file in sorted(self.closure(names)) for name in self._needs(file)[0]]

    def _read_needs(self, file: str) -> tuple[list[str], list[str]]:
        """Modules that a module imports, and its templates."""
        text = (self.root / file).read_text("utf-8") if file.endswith(".py") else ""
        beside = (self.root / file).parent
        found = (beside / "templates").rglob("*.*") if "templates" in text else ()
        return imports(text), [path.relative_to(self.root).as_posix() for path in found]

    def _state(self, path: str) -> str:
        place = self.root / path
        try:
            if path.endswith("/"):
                return digest(sorted(p.name for p in place.iterdir() if p.name[0] != "."))
            return hashlib.sha256(place.read_bytes()).hexdigest()[:16]
        except (FileNotFoundError, NotADirectoryError):
            return ""


class Inputs(Files):
    """What the reports of a matrix are made from; `guide` is what the site knows of its subject."""

    def __init__(self, root: Path, matrix: Matrix, guide: Mapping[str, Any]) -> None:
        super().__init__(root)
        self.matrix, self._guide = matrix, digest(guide)
        self._schemas = read_json(root / SCHEMA_FILE)
        self.hashes = cache(self._hashes)

    def told(self, report: Report) -> dict[str, Any]:
        """Fields that every manifest of a report has, whether it went well or not."""
        return {
            "notebook": report.notebook,
            "name": report.name,
            "listed": report.listed,
            "question": self.matrix.notebooks[report.notebook].question,
            "parameters": self.matrix.parameters(report),
            "hashes": self.hashes(report.notebook),
            "versions": self.versions,
        }

    def _hashes(self, notebook: str) -> dict[str, str]:
        """What reports of a notebook are made from, all but data: notebook, site, modules."""
        document = read_json(self.root / "notebooks" / f"{notebook}.ipynb")
        # What is run and shown; neither outputs nor an editor's settings.
        cells = [
            [cell["cell_type"], "".join(cell["source"]), cell.get("metadata", {}).get("tags")]
            for cell in document.get("cells", [])
        ]
        modules = self.closure([*MAKERS, *imports_of(document)])
        return {
            "notebook": digest([cells, self._schemas.get(notebook)]),
            "names or pages of the site": self._guide,
            "library versions": digest(self.versions),
            **self.states(modules),
        }

    def why_stale(self, report: Report) -> str:
        """Why a report has to run again, in words; empty when it is current."""
        folder = self.root / "site" / report.path
        manifest = read_manifest(folder)
        if not manifest:
            return "never built"
        if manifest.get("status") != "ok":
            return "failed last time"
        then = manifest["hashes"] | manifest["reads"]
        now = self.hashes(report.notebook) | self.states(manifest["reads"])
        changed = [key for key in sorted(then.keys() | now.keys()) if then.get(key) != now.get(key)]
        if manifest["parameters"] != self.matrix.parameters(report):
            changed.insert(0, "parameters")
        if len(changed) > MOST_REASONS:
            changed[MOST_REASONS:] = [f"{len(changed) - MOST_REASONS} more"]
        if not changed:
            found = file_hashes(folder)
            if manifest["files"].keys() - found.keys():
                return "files missing"
            if manifest["files"] != {name: found[name] for name in manifest["files"]}:
                return "files changed by hand"
        return ", ".join(f"{key} changed" for key in changed)

    @cached_property
    def versions(self) -> dict[str, str]:
        """Versions of Python and of the libraries that results may depend on."""
        found = {"python": ".".join(platform.python_version_tuple()[:2])}
        for library in LIBRARIES:
            with suppress(PackageNotFoundError):
                found[library] = version(library)
        return found


def digest(content: Any) -> str:
    """Short hash of anything that is JSON.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def imports(source: str) -> list[str]:
    r"""Modules that a source may import, in their order; relative imports are not followed.

    >>> imports("%time 1\nimport csv; import os.path\nfrom html import (\n  parser)")
    ['csv', 'os.path', 'html', 'html.parser']
    """
    names: list[str] = []
    # Only these statements are parsed: all of a package would take a while.
    for found in _IMPORT.finditer(source):
        with suppress(SyntaxError):  # a sentence in a docstring
            for node in ast.parse(found[0].strip()).body:
                if isinstance(node, ast.Import):
                    names += [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module:
                    # What is imported from a package may be a module of it.
                    names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return list(dict.fromkeys(names))


def imports_of(document: Mapping[str, Any]) -> list[str]:
    """Modules that the code of a notebook imports."""
    code = [cell for cell in document.get("cells", []) if cell["cell_type"] == "code"]
    return imports("\n".join("".join(cell["source"]) for cell in code))


def is_own(root: Path, name: str) -> bool:
    """Whether a module is the project's own, and no library."""
    first = root / name.partition(".")[0]
    return first.is_dir() or first.with_suffix(".py").is_file()
