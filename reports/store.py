"""The site folder as a store: whole folders or none, manifests, and what makes a report stale."""

from __future__ import annotations

import ast
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

try:
    import fcntl
except ImportError:  # Windows: two calls at once on one site go unnoticed there
    fcntl = None  # type: ignore[assignment]

MANIFEST = "manifest.json"
# What turns a notebook into a report.
MAKERS = ("reports.run",)
# Those that results may depend on.
LIBRARIES = (
    *("pandas", "numpy", "matplotlib", "networkx", "scipy", "pyarrow"),
    *("edtf", "ipython", "nbconvert", "papermill", "frictionless"),
)
_IMPORT = re.compile(r"^[ \t]*(?:from\s+[\w.]+\s+import\s+\([^)]*\)|(?:from|import)\s.*)", re.M)
_KINDS = {"parameters": dict, "hashes": dict, "versions": dict, "listed": bool, "notebook": str}


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
    building, lock = site / ".building", -1
    try:
        site.mkdir(parents=True, exist_ok=True)
        lock = os.open(site, os.O_RDONLY) if fcntl else -1
        if fcntl:
            try:
                # The system lets go of it when its owner dies.
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StoreError(f"{site}: another call is building this site") from None
        _put_back(site)
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        yield
        _put_back(site)
        shutil.rmtree(building)
    except OSError as error:
        raise StoreError(
            f"{error.filename or site}: {error.strerror}; what was complete is kept, and the next "
            "call does the rest"
        ) from error
    finally:
        if lock >= 0:
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
    with suppress(OSError, ValueError):
        if path.read_text(encoding="utf-8") == text:
            return
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
    inner = [manifest.get("hashes"), *([good.get("files")] if good else [])]
    is_whole = all(isinstance(manifest.get(key), kind) for key, kind in _KINDS.items())
    return manifest if is_whole and all(isinstance(part, dict) for part in inner) else {}


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
    listed = {report.path for report in matrix.reports}
    removed = []
    for path in sorted(site.glob(f"*/*/{MANIFEST}")):
        folder, manifest = path.parent, read_manifest(path.parent)
        name = f"{folder.parent.name}/{folder.name}"
        own = manifest.get("listed") is False and folder.parent.name in matrix.notebooks
        if name in listed or own or not manifest:
            continue
        shutil.rmtree(folder)
        removed.append(name)
        if not any(folder.parent.iterdir()):
            folder.parent.rmdir()
    return removed


class Files:
    """Files of a project as they lie on disk, each hashed once; no time stamp has a say."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._states: dict[str, str] = {}
        self._imports: dict[str, list[str]] = {}

    def state(self, path: str) -> str:
        """Hash of a file, or of the names in a folder, which ends in "/"; blank if not there.

        The descriptor that a data package beside it has of a file counts with it, and no other.
        """
        if path not in self._states:
            self._states[path] = self._state(path)
        return self._states[path]

    def closure(self, names: Iterable[str]) -> dict[str, str]:
        """Files of the project's modules that some modules import, however indirectly.

        They are found by reading import statements, so it makes no difference what a warm process
        happens to have imported. A module that speaks of templates has those beside it.
        """
        found: dict[str, str] = {}
        own = {path.stem for path in self.root.iterdir()}
        waiting, seen = list(names), set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen or name.partition(".")[0] not in own:
                continue
            seen.add(name)
            for file in _files_of(self.root, name):
                found[file] = self.state(file)
                waiting += self._imported(file)
        return dict(sorted(found.items()))

    def _imported(self, file: str) -> list[str]:
        if file not in self._imports:
            is_code = file.endswith(".py")
            self._imports[file] = imports((self.root / file).read_text("utf-8")) if is_code else []
        return self._imports[file]

    def _state(self, path: str) -> str:
        place = self.root / path
        try:
            if path.endswith("/"):
                return digest(sorted(p.name for p in place.iterdir() if p.name[0] != "."))
            content = hashlib.sha256(place.read_bytes()).hexdigest()
        except (FileNotFoundError, NotADirectoryError):
            return ""
        tables = self._tables_of(place.parent)
        return digest([content, tables[place.name]]) if place.name in tables else content[:16]

    @cache  # noqa: B019 (it lives for one batch)
    def _tables_of(self, folder: Path) -> dict[str, Any]:
        """Descriptors of the tables of a folder's data package, by the names of their files."""
        resources = read_json(folder / "datapackage.json").get("resources", [])
        return {resource["path"]: resource for resource in resources}


class Inputs(Files):
    """What the reports of a matrix are made from; `guide` is what the site knows of its subject."""

    def __init__(self, root: Path, matrix: Matrix, guide: Mapping[str, Any]) -> None:
        super().__init__(root)
        self.matrix, self._guide = matrix, digest(guide)
        self._schemas = read_json(root / SCHEMA_FILE)
        self._made_from: dict[str, dict[str, Any]] = {}

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

    def hashes(self, notebook: str) -> dict[str, Any]:
        """What reports of a notebook are made from: notebook, guide, modules."""
        if notebook not in self._made_from:
            document = read_json(self.root / "notebooks" / f"{notebook}.ipynb")
            # What is run and shown; neither outputs nor an editor's settings.
            cells = [
                [cell["cell_type"], "".join(cell["source"]), cell.get("metadata", {}).get("tags")]
                for cell in document.get("cells", [])
            ]
            names = [
                name for kind, source, _ in cells if kind == "code" for name in imports(source)
            ]
            self._made_from[notebook] = {
                "notebook": digest([cells, self._schemas.get(notebook)]),
                "guide": self._guide,
                "modules": self.closure([*MAKERS, *names]),
            }
        return self._made_from[notebook]

    def why_stale(self, report: Report) -> str:
        """Why a report has to run again, in words; empty when it is current."""
        folder = self.root / "site" / report.path
        manifest, now = read_manifest(folder), self.hashes(report.notebook)
        if not manifest:
            return "never built"
        if manifest.get("status") != "ok":
            return "failed last time"
        then, read = manifest["hashes"], manifest["hashes"].get("reads", {})
        reasons = ["notebook changed"] if then.get("notebook") != now["notebook"] else []
        if manifest["parameters"] != self.matrix.parameters(report):
            reasons.append("parameters changed")
        reasons += _changes(read, {path: self.state(path) for path in read})
        reasons += _changes(then.get("modules", {}), now["modules"])
        if manifest["versions"] != self.versions:
            reasons.append("library versions changed")
        if then.get("guide") != now["guide"]:
            reasons.append("names or pages of the site changed")
        files, found = manifest["files"], {} if reasons else file_hashes(folder)
        if not reasons and files.keys() - found.keys():
            reasons.append("files missing")
        elif not reasons and any(found[name] != state for name, state in files.items()):
            reasons.append("files changed by hand")
        return ", ".join(reasons)

    @cached_property
    def versions(self) -> dict[str, str]:
        """Versions of Python and of the libraries that results may depend on."""
        found = {"python": ".".join(platform.python_version_tuple()[:2])}
        for library in LIBRARIES:
            with suppress(PackageNotFoundError):
                found[library] = version(library)
        return found


def digest(content: Any) -> str:
    """Short hash of anything that is JSON, or a set of words in it.

    >>> digest({"a": 1, "b": {"x", "y"}}) == digest({"b": ["x", "y"], "a": 1})
    True
    """
    text = json.dumps(content, sort_keys=True, default=sorted)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


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


def _files_of(root: Path, name: str) -> Iterator[str]:
    """Files of a module of the project and of the packages it lies in; none for a stranger's."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        place = root.joinpath(*parts[:end])
        for file in (place / "__init__.py", place.with_name(f"{place.name}.py")):
            if file.is_file():
                yield file.relative_to(root).as_posix()
                if end == len(parts) and "templates" in file.read_text("utf-8"):
                    for template in sorted((file.parent / "templates").rglob("*.*")):
                        yield template.relative_to(root).as_posix()


def _changes(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    changed = [path for path in sorted(then.keys() | now.keys()) if then.get(path) != now.get(path)]
    more = [f"{len(changed) - 3} more files changed"] if len(changed) > 3 else []
    return [f"{path} changed" for path in changed[:3]] + more
