"""What a report is made from, by hashes: its notebook, the modules it uses, the files it reads.

Modules are found by reading import statements, from the notebook on, so it
makes no difference what a warm process happens to have imported. Files are
what the run itself opens, as `reads` notes it.
"""

from __future__ import annotations

import ast
import hashlib
import json
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from analysis.reports.matrix import SCHEMA_FILE, Matrix, Report
from analysis.reports.reads import DATA, descriptors

# What turns a notebook into the files of a report.
MAKERS = ("analysis.reports.made",)
_IMPORT = re.compile(r"^[ \t]*(?:from\s+[\w.]+\s+import\s+\([^)]*\)|(?:from|import)\s.*)", re.M)
LIBRARIES = (
    *("pandas", "numpy", "matplotlib", "networkx", "scipy", "lifelines", "salib", "pyarrow"),
    *("edtf", "ipython", "nbconvert", "papermill", "frictionless"),
)


@dataclass(frozen=True)
class Origin:
    """What one report is made from; it goes into the manifest and decides what is stale.

    `modules` maps files of the package to their hashes. `files` does so for
    all data at hand when the batch began; what of them was read, the run tells.
    """

    parameters: Mapping[str, Any]
    notebook: str
    guide: str
    modules: Mapping[str, str]
    versions: Mapping[str, str]
    files: Mapping[str, str]

    def hashes(self, read: Iterable[str]) -> dict[str, Any]:
        """Part of the manifest that `Inputs.why_stale` compares, for a run that read some files."""
        return {
            "notebook": self.notebook,
            "guide": self.guide,
            "modules": dict(self.modules),
            "reads": {path: self.files[path] for path in sorted(read) if path in self.files},
        }


class Files:
    """Files of a project as they lie on disk, each hashed once, when first asked for.

    No time stamp has a say.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._states: dict[str, str] = {}
        self._imports: dict[str, list[str]] = {}

    @cached_property
    def data(self) -> dict[str, str]:
        """State of every file and folder of data, as it is when first asked for."""
        paths = []
        for folder in DATA:
            for path in sorted((self.root / folder).rglob("*")):
                relative = path.relative_to(self.root).as_posix()
                paths.append(f"{relative}/" if path.is_dir() else relative)
        return {path: self.state(path) for path in paths}

    def state(self, path: str) -> str:
        """Hash of a file with its descriptor, or of the names in a folder; blank if not there.

        A path that ends in "/" is a folder. A change of another table's
        descriptor changes nothing here, though it changes the same file.
        """
        if path not in self._states:
            self._states[path] = self._state(path)
        return self._states[path]

    def closure(self, names: Iterable[str]) -> dict[str, str]:
        """Files of the project's modules that some modules import, however indirectly."""
        found: dict[str, str] = {}
        own = {path.stem for path in self.root.iterdir()}
        waiting = list(names)
        seen = set(waiting)
        while waiting:
            for file in _files_of(self.root, waiting.pop()):
                if file not in found:
                    found[file] = self.state(file)
                    fresh = {n for n in self._imported(file) if n.partition(".")[0] in own} - seen
                    seen |= fresh
                    waiting += fresh
        return dict(sorted(found.items()))

    def _imported(self, file: str) -> list[str]:
        if file not in self._imports:
            path = self.root / file
            package = path.relative_to(self.root).parent.as_posix().replace("/", ".")
            self._imports[file] = imports([path.read_text(encoding="utf-8")], package)
        return self._imports[file]

    def _state(self, path: str) -> str:
        place = self.root / path
        try:
            if path.endswith("/"):
                return digest(sorted(p.name for p in place.iterdir() if p.name[0] != "."))
            content = hashlib.sha256(place.read_bytes()).hexdigest()
        except (FileNotFoundError, NotADirectoryError):
            return ""
        about = self._descriptors.get(path)
        return digest([content, about]) if about else content[:16]

    @cached_property
    def _descriptors(self) -> dict[str, Any]:
        return descriptors(self.root)


class Inputs(Files):
    """The inputs of a matrix; `guide` is the hash of what the site knows of its subject."""

    def __init__(self, root: Path, matrix: Matrix, guide: str = "") -> None:
        super().__init__(root)
        self.matrix, self.guide = matrix, guide
        self._schemas = json.loads((root / SCHEMA_FILE).read_text(encoding="utf-8"))
        self._notebooks: dict[str, tuple[str, dict[str, str]]] = {}

    def origin(self, report: Report) -> Origin:
        """What a report would be made from now."""
        digest, modules = self._notebook(report.notebook)
        parameters = self.matrix.parameters(report)
        return Origin(parameters, digest, self.guide, modules, self.versions, self.data)

    def why_stale(self, report: Report, manifest: Mapping[str, Any]) -> list[str]:
        """What has changed since the run that a manifest tells of, in words."""
        digest, modules = self._notebook(report.notebook)
        then = manifest.get("hashes", {})
        reasons = []
        if then.get("notebook") != digest:
            reasons.append("notebook changed")
        if manifest.get("parameters") != self.matrix.parameters(report):
            reasons.append("parameters changed")
        read = then.get("reads", {})
        reasons += _changes(read, {path: self.state(path) for path in read})
        reasons += _changes(then.get("modules", {}), modules)
        if manifest.get("versions") != self.versions:
            reasons.append("library versions changed")
        if then.get("guide") != self.guide:
            reasons.append("names or pages of the site changed")
        return reasons

    @cached_property
    def versions(self) -> dict[str, str]:
        """Versions of Python and of the libraries that results may depend on."""
        found = {"python": ".".join(platform.python_version_tuple()[:2])}
        for library in LIBRARIES:
            try:
                found[library] = version(library)
            except PackageNotFoundError:
                continue
        return found

    def _notebook(self, name: str) -> tuple[str, dict[str, str]]:
        """Hash of what is run and shown, neither outputs nor editor settings; and the modules."""
        if name not in self._notebooks:
            path = self.root / "notebooks" / f"{name}.ipynb"
            document = json.loads(path.read_text(encoding="utf-8"))
            cells = [
                (
                    cell["cell_type"],
                    "".join(cell["source"]),
                    cell.get("metadata", {}).get("tags", []),
                )
                for cell in document["cells"]
            ]
            sources = [source for kind, source, _ in cells if kind == "code"]
            modules = self.closure([*MAKERS, *imports(sources)])
            templates = sorted((self.root / "analysis" / "reports" / "templates").rglob("*"))
            for file in templates:
                if file.is_file():
                    relative = file.relative_to(self.root).as_posix()
                    modules[relative] = self.state(relative)
            self._notebooks[name] = digest([cells, self._schemas[name]]), modules
        return self._notebooks[name]


def digest(content: Any) -> str:
    """Short hash of anything that is JSON, or a set of words in it.

    >>> digest({"a": 1, "b": {"x", "y"}}) == digest({"b": ["x", "y"], "a": 1})
    True
    """
    text = json.dumps(content, sort_keys=True, default=sorted)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def imports(sources: Iterable[str], package: str = "") -> list[str]:
    r"""Modules that sources may import, in their order; `package` is where they lie.

    >>> imports(["%time 1\nimport csv; import os.path", "from html import (\n  parser)"])
    ['csv', 'os.path', 'html', 'html.parser']
    >>> imports(["    from . import a", "from ..r import b"], "p.q")
    ['p.q', 'p.q.a', 'p.r', 'p.r.b']
    """
    names: list[str] = []
    # Only these statements are parsed: all of a hundred modules would take a while.
    found = (match[0].strip() for source in sources for match in _IMPORT.finditer(source))
    for statement in found:
        try:
            nodes = ast.parse(statement).body
        except SyntaxError:
            continue  # a sentence in a docstring
        for node in nodes:
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) + 1 - node.level]
                base = ".".join([*(above if node.level else []), *filter(None, [node.module])])
                # What is imported from a package may be a module of it, or no module at all.
                names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return list(dict.fromkeys(names))


def _files_of(root: Path, name: str) -> Iterator[str]:
    """Files of a module of the project and of the packages it lies in; none for a stranger's."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        place = "/".join(parts[:end])
        for file in (f"{place}/__init__.py", f"{place}.py"):
            if (root / file).is_file():
                yield file


def _changes(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    changed = [path for path in sorted(then.keys() | now.keys()) if then.get(path) != now.get(path)]
    more = [f"{len(changed) - 3} more files changed"] if len(changed) > 3 else []
    return [f"{path} changed" for path in changed[:3]] + more
