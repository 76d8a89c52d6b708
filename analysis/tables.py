"""Every table of `seeds/` and `data/`: load, validate against its descriptor, cite."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from frictionless import Error, Package, Resource

from analysis.project import find_root as find_root

FOLDERS = ("seeds", "data")
DTYPES = {"integer": "Int64", "number": "float64", "boolean": "boolean"}


@dataclass(frozen=True)
class Problem:
    """One fault of one table: where it stands, what stands there, what was expected."""

    file: str
    row: int | None
    column: str | None
    value: str | None
    expected: str

    def __str__(self) -> str:
        parts = [self.file]
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column:
            parts.append(f"column {self.column}")
        if self.value is not None:
            parts.append(f"value {self.value!r}")
        return ", ".join(parts) + f": {self.expected}"


class TableError(ValueError):
    """Tables that break their rules; `problems` lists every fault."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        shown = [str(problem) for problem in problems[:20]]
        if len(problems) > 20:
            shown.append(f"... and {len(problems) - 20} more; `torkham check` lists them all")
        super().__init__("\n".join(shown))


def descriptor(name: str, root: Path | None = None) -> dict[str, Any]:
    """Frictionless descriptor of a table, with `path` relative to the project folder.

    Raises
    ------
    KeyError
        If no data package has a table of that name; names the nearest.
    """
    root = root or find_root()
    known: dict[str, dict[str, Any]] = {}
    for folder in FOLDERS:
        package = json.loads((root / folder / "datapackage.json").read_text(encoding="utf-8"))
        for resource in package["resources"]:
            known[resource["name"]] = dict(resource, path=f"{folder}/{resource['path']}")
    if name not in known:
        raise KeyError(f"no table {name!r}{nearest(name, known)}")
    depends_on(root / known[name]["path"])
    return known[name]


def depends_on(path: Path, *, is_folder: bool = False) -> None:
    """Say that a report depends on a file or on the names in a folder, whoever caches them.

    The batch hears of it by an audit event, and runs the report again when they change.
    """
    sys.audit("torkham.read", f"{path}/" if is_folder else str(path))


def names(root: Path | None = None) -> list[str]:
    """Names of all tables, those of `seeds/` first.

    >>> names()[:4]
    ['sources', 'actors', 'codes', 'claims']
    """
    root = root or find_root()
    return [
        resource["name"]
        for folder in FOLDERS
        for resource in json.loads(
            (root / folder / "datapackage.json").read_text(encoding="utf-8")
        )["resources"]
    ]


def load(name: str, root: Path | None = None) -> pd.DataFrame:
    """Table as a frame, typed by its descriptor; refused whole if any row breaks it.

    Blank text stays an empty string; blank numbers and booleans are missing
    (`pd.NA` or NaN), never zero. `NA` is a code like any other.

    Raises
    ------
    TableError
        With file, row, column, value and expectation of every fault.

    Examples
    --------
    >>> load("displacement").query("year == 1979 and asylum_iso3 == 'PAK'")["persons"].max()
    np.int64(400000)
    """
    root = root or find_root()
    path = root / descriptor(name, root)["path"]
    return _load(name, root, path.stat().st_mtime_ns if path.exists() else 0).copy()


def preload() -> None:
    """Load every table once, so that forks of this process find them read and checked.

    Raises
    ------
    TableError
        As `load` does.
    """
    for name in names():
        load(name)


@lru_cache(maxsize=64)
def _load(name: str, root: Path, _stamp: int) -> pd.DataFrame:
    problems = check_table(name, root)
    if problems:
        raise TableError(problems)
    about = descriptor(name, root)
    fields = about["schema"]["fields"]
    return pd.read_csv(
        root / about["path"],
        dtype={field["name"]: DTYPES.get(field["type"], "str") for field in fields},
        keep_default_na=False,
        na_values={field["name"]: [""] for field in fields if field["type"] in DTYPES},
        encoding="utf-8",
    )


def check_table(name: str, root: Path | None = None) -> list[Problem]:
    """Faults of one table against its descriptor, as plain `frictionless validate` finds them."""
    root = root or find_root()
    about = descriptor(name, root)
    path = root / about["path"]
    if not path.is_file():
        return [Problem(about["path"], None, None, None, "file is missing")]
    # Frictionless guesses its way through other encodings, so bytes are tried first.
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        row = path.read_bytes()[: error.start].count(b"\n") + 1
        return [Problem(about["path"], row, None, None, f"not UTF-8 text ({error.reason})")]
    if not text.strip():
        return [Problem(about["path"], None, None, None, "file is empty; expected a header row")]
    described = root / about["path"].split("/")[0] / "datapackage.json"
    resource = _package(described, described.stat().st_mtime_ns).get_resource(name)
    report = resource.validate()
    return [_problem(about, error, resource) for task in report.tasks for error in task.errors] + [
        _problem(about, error, resource) for error in report.errors
    ]


@lru_cache(maxsize=4)
def _package(path: Path, _stamp: int) -> Package:
    # To read the descriptors of all tables takes longer than to check most tables.
    return Package(str(path))


def check(root: Path | None = None) -> list[Problem]:
    """Faults of all tables against their descriptors."""
    root = root or find_root()
    return [problem for name in names(root) for problem in check_table(name, root)]


def cite(name: str, root: Path | None = None) -> str:
    """Source line of a table: citation, licence, day of access.

    >>> cite("inhabitants")
    'United Nations, World Population Prospects 2024 (CC-BY-3.0-IGO), accessed 2026-11-24'
    """
    about = descriptor(name, root)
    if "citation" not in about:
        return "Torkham ledger of claims, seeds/ (CC-BY-4.0)"
    licence = about["licenses"][0]["name"]
    terms = "" if licence == "facts" else f" ({licence})"
    return f"{about['citation']}{terms}, accessed {about['accessed']}"


def nearest(value: str, allowed: Any) -> str:
    """Hint at the allowed value most like a wrong one, or nothing.

    >>> nearest("PKA", ["PAK", "CHN"])
    "; did you mean 'PAK'?"
    """
    close = get_close_matches(value, [str(item) for item in allowed], n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def _problem(about: dict[str, Any], error: Error, resource: Resource) -> Problem:
    details = error.to_dict()
    column = details.get("fieldName") or details.get("label")
    value = details.get("cell")
    fields = {field["name"]: field for field in about["schema"]["fields"]}
    expected = str(details.get("note") or details["message"])
    rules = fields.get(column or "", {}).get("constraints", {})
    if details["type"] == "type-error" and column:
        expected = f"expected {fields[column]['type']}"
    elif details["type"] == "constraint-error" and "enum" in rules and value:
        if value not in rules["enum"]:
            hint = nearest(value, rules["enum"])
            expected = f"expected one of {', '.join(rules['enum'])}{hint}"
    elif details["type"] == "constraint-error" and column:
        expected = f"{expected}; {fields[column]['description']}"
    elif details["type"] == "foreign-key":
        column, value, expected = _foreign(about, details, resource)
    elif details["type"] in ("missing-label", "extra-label", "incorrect-label", "blank-label"):
        expected = f"expected the header {','.join(fields)}"
    return Problem(about["path"], details.get("rowNumber"), column, value, expected)


def _foreign(
    about: dict[str, Any], details: dict[str, Any], resource: Resource
) -> tuple[str, str, str]:
    column = details["fieldNames"][0]
    value = str(details["fieldCells"][0])
    target = details["referenceName"] or about["name"]
    key = details["referenceFieldNames"][0]
    package = resource.package
    assert package is not None
    allowed = [row[key] for row in package.get_table_resource(target).read_rows()]
    return column, value, f"not in {target}.csv, column {key}{nearest(value, allowed)}"
