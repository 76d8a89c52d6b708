"""Every table of `seeds/` and `data/`: load, check against its descriptor, cite."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import find_root as find_root

FOLDERS = ("seeds", "data")
DTYPES = {"integer": "Int64", "number": "float64", "boolean": "boolean"}
_BOOLEANS = {"true": True, "false": False}
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
# What this process has loaded: names of tables and paths of files, from the project folder.
_used_tables: dict[str, None] = {}
_used_files: dict[str, None] = {}


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


def descriptors(root: Path | None = None) -> dict[str, dict[str, Any]]:
    """Frictionless descriptor of every table by name, `path` relative to the project folder."""
    root = root or find_root()
    found = {}
    for folder in FOLDERS:
        package = json.loads((root / folder / "datapackage.json").read_text(encoding="utf-8"))
        for resource in package["resources"]:
            found[resource["name"]] = resource | {"path": f"{folder}/{resource['path']}"}
    return found


def descriptor(name: str, root: Path | None = None) -> dict[str, Any]:
    """Frictionless descriptor of a table.

    Raises
    ------
    KeyError
        If no data package has a table of that name; names the nearest.
    """
    known = descriptors(root)
    if name not in known:
        raise KeyError(f"no table {name!r}{nearest(name, known)}")
    return known[name]


def names(root: Path | None = None) -> list[str]:
    """Names of all tables, those of `seeds/` first.

    >>> names()[:4]
    ['sources', 'actors', 'codes', 'claims']
    """
    return list(descriptors(root))


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
    about = descriptor(name, root)
    _used_tables[name] = None
    _used_files[about["path"]] = None
    return _loaded(name, root, stamps([name], root)).copy(deep=False)


def stamps(wanted: Iterable[str], root: Path) -> tuple[int, ...]:
    """When the files behind some tables were last changed: tables, those they refer to, rules."""
    known = descriptors(root)
    paths = {root / folder / "datapackage.json": None for folder in FOLDERS}
    for name in wanted:
        keys = known[name]["schema"].get("foreignKeys", [])
        for other in (name, *(key["reference"]["resource"] or name for key in keys)):
            paths[root / known[other]["path"]] = None
    return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)


# A notebook may ask for a table twice, and the batch for the same ones in every report.
@lru_cache(maxsize=64)
def _loaded(name: str, root: Path, _stamps: tuple[int, ...]) -> pd.DataFrame:
    about = descriptor(name, root)
    frame, problems = _read(about, root)
    problems += _broken_cells(about, frame)
    problems = problems or _broken_references(about, frame, root)
    if problems:
        raise TableError(problems)
    return _typed(about, frame)


def forget_used() -> None:
    """Start anew what `used` and `files_used` tell, as a fork of a warm process must."""
    _used_tables.clear()
    _used_files.clear()


def used() -> dict[str, str]:
    """Citation of every table that this process has loaded, by name, in order of first use."""
    return {name: cite(name) for name in _used_tables}


def files_used() -> list[str]:
    """Files that this process has read by `load` or told of by `depends_on`, as paths."""
    return sorted(_used_files)


def depends_on(path: Path) -> None:
    """Say that what is shown depends on a file, or on the names in a folder, read otherwise.

    The batch runs a report again when one of its files has changed.
    """
    root = find_root()
    inside = path.resolve().relative_to(root).as_posix()
    _used_files[f"{inside}/" if path.is_dir() else inside] = None


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


def nearest(value: str, allowed: Iterable[Any]) -> str:
    """Hint at the allowed value most like a wrong one, or nothing.

    >>> nearest("PKA", ["PAK", "CHN"])
    "; did you mean 'PAK'?"
    """
    close = get_close_matches(value, [str(item) for item in allowed], n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def check(root: Path | None = None) -> list[Problem]:
    """Faults of all tables: header, cells, keys and references, then what Frictionless finds.

    Frictionless is asked about the tables in which nothing was found, so that
    the published package holds for others who validate it.
    """
    root = root or find_root()
    found = []
    for about in descriptors(root).values():
        frame, problems = _read(about, root)
        problems += _broken_cells(about, frame)
        found += problems or _broken_references(about, frame, root)
    return found or list(_second_opinion(root))


def _read(about: dict[str, Any], root: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Table as text, a row a line of the file; no rows where the file is not as described."""
    file = about["path"]
    fields = [field["name"] for field in about["schema"]["fields"]]
    nothing = pd.DataFrame(columns=fields, dtype="str")
    try:
        raw = (root / file).read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        reason = "file is missing" if isinstance(error, FileNotFoundError) else error.strerror
        return nothing, [Problem(file, None, None, None, f"{reason}")]
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        return nothing, [Problem(file, row, None, None, f"not UTF-8 text ({error.reason})")]
    try:
        lines = list(csv.reader(text.splitlines(keepends=True), strict=True))
    except csv.Error as error:
        return nothing, [Problem(file, None, None, None, f"no CSV: {error}")]
    if not lines:
        return nothing, [Problem(file, None, None, None, "file is empty; expected a header row")]
    if lines[0] != fields:
        wrong = next((name for name in lines[0] if name not in fields), None)
        expected = f"expected the header {','.join(fields)}"
        return nothing, [Problem(file, 1, wrong, None, expected)]
    problems = [
        Problem(file, row, None, None, f"has {len(line)} cells; expected {len(fields)}")
        for row, line in enumerate(lines, 1)
        if len(line) != len(fields)
    ]
    if problems:
        return nothing, problems
    return pd.DataFrame(lines[1:], columns=fields, dtype="str"), []


def _broken_cells(about: dict[str, Any], frame: pd.DataFrame) -> list[Problem]:
    """Faults of single cells, and values that stand twice where each may stand once."""
    file, schema = about["path"], about["schema"]
    problems = []
    for field in schema["fields"]:
        fault = _rule(field)
        column = frame[field["name"]]
        faults = {value: fault(value) for value in column.unique()}
        for row, value in column[column.map(faults) != ""].items():
            problems.append(_problem(file, row, field["name"], value, faults[value]))
        if field.get("constraints", {}).get("unique"):
            twice = column[(column != "") & column.duplicated()]
            for row, value in twice.items():
                problems.append(_problem(file, row, field["name"], value, "stands twice"))
    key = schema.get("primaryKey") or []
    key = [key] if isinstance(key, str) else key
    if len(key) > 1:
        for row, *values in frame.loc[frame.duplicated(key), key].itertuples():
            shown = ", ".join(values)
            problems.append(_problem(file, row, " and ".join(key), shown, "stand twice together"))
    return sorted(problems, key=lambda problem: problem.row or 0)


def _rule(field: dict[str, Any]) -> Callable[[str], str]:
    """What is wrong with a value by the descriptor of its field: nothing, or what was expected."""
    rules, kind = field.get("constraints", {}), field["type"]
    pattern = re.compile(rules["pattern"]) if "pattern" in rules else None
    about = field.get("description", "")

    def fault(value: str) -> str:
        if value == "":
            return "is blank; it is required" if rules.get("required") else ""
        known = _parsed(kind, value)
        if known is None:
            return f"expected {kind}"
        if "enum" in rules and value not in rules["enum"]:
            return f"expected one of {', '.join(rules['enum'])}{nearest(value, rules['enum'])}"
        if pattern and not pattern.fullmatch(value):
            return f"expected the form {pattern.pattern}; {about}"
        if len(value) > rules.get("maxLength", math.inf):
            return f"expected at most {rules['maxLength']} characters; {about}"
        low, high = rules.get("minimum", -math.inf), rules.get("maximum", math.inf)
        if kind in ("integer", "number") and not low <= float(known) <= high:
            return f"expected {low:g} to {high:g}; {about}"
        return ""

    return fault


def _parsed(kind: str, value: str) -> Any:
    """Value of a type of Table Schema; None where the text is none."""
    if kind == "integer":
        return int(value) if _INTEGER.fullmatch(value) else None
    if kind == "number":
        number = float(value) if _NUMBER.fullmatch(value) else math.inf
        return number if math.isfinite(number) else None
    if kind == "boolean":
        return _BOOLEANS.get(value)
    if kind == "date":
        try:
            return date.fromisoformat(value) if len(value) == 10 else None
        except ValueError:
            return None
    return value


def _typed(about: dict[str, Any], frame: pd.DataFrame) -> pd.DataFrame:
    """Text as numbers and truth values, a blank one missing."""
    columns = {}
    for field in about["schema"]["fields"]:
        name, kind = field["name"], field["type"]
        if kind in DTYPES:
            known = {value: _parsed(kind, value) for value in frame[name].unique()}
            values = [None if text == "" else known[text] for text in frame[name]]
            columns[name] = pd.Series(values, dtype=DTYPES[kind])
        else:
            columns[name] = frame[name]
    return pd.DataFrame(columns)


def _broken_references(about: dict[str, Any], frame: pd.DataFrame, root: Path) -> list[Problem]:
    """Cells that name a row of another table, or of their own, which is not there."""
    problems = []
    for key in about["schema"].get("foreignKeys", []):
        column, other = (_only(key["fields"]), _only(key["reference"]["fields"]))
        target = key["reference"]["resource"] or about["name"]
        there = frame if target == about["name"] else _read(descriptor(target, root), root)[0]
        values, allowed = frame[column], set(there[other])
        for row, value in values[(values != "") & ~values.isin(allowed)].items():
            expected = f"not in {target}.csv, column {other}{nearest(value, allowed)}"
            problems.append(_problem(about["path"], row, column, value, expected))
    return problems


def _only(fields: str | list[str]) -> str:
    return fields if isinstance(fields, str) else fields[0]


def _problem(file: str, row: Any, column: str, value: str, expected: str) -> Problem:
    return Problem(file, int(row) + 2, column, value, expected)


def _second_opinion(root: Path) -> Iterator[Problem]:
    """Faults that Frictionless finds in the published packages."""
    from frictionless import Package

    for folder in FOLDERS:
        report = Package(str(root / folder / "datapackage.json")).validate()
        for task in report.tasks:
            for error in task.errors:
                row, value = getattr(error, "row_number", None), getattr(error, "cell", None)
                column = getattr(error, "field_name", None)
                yield Problem(f"{folder}/{task.place}", row, column, value, str(error.note))
        for broken in report.errors:
            yield Problem(f"{folder}/datapackage.json", None, None, None, str(broken.note))
