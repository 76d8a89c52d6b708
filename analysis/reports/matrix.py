"""The matrix of reports: which notebook runs with which parameters, checked beforehand."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from jsonschema import (  # type: ignore[import-untyped, unused-ignore]
    Draft202012Validator,
    FormatChecker,
    SchemaError,
)

from analysis.reports.execute import defaults_of, question_of, read_notebook

MATRIX_FILE = "reports.yml"
SCHEMA_FILE = "notebooks/parameters.json"
PLAIN_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._=+,-]{0,99}")
# What the site itself writes beside the folders of the reports.
RESERVED_NAMES = {"index.html", "run.json", "manifest.json"}


class MatrixError(ValueError):
    """What is wrong with the matrix: one line a problem, with file, entry, value and remedy."""


@dataclass(frozen=True)
class Report:
    """One notebook with one set of parameters, by the name of its folder in the site.

    `parameters` holds what is set; the rest keeps the notebook's defaults. A
    report that is not `listed` was made by `override` and replaces no listed one.
    """

    notebook: str
    name: str
    parameters: dict[str, Any] = field(hash=False)
    listed: bool

    @property
    def path(self) -> str:
        """Where the report lies below the site folder.

        >>> Report("state_brief", "PAK", {}, listed=True).path
        'state_brief/PAK'
        """
        return f"{self.notebook}/{self.name}"


@dataclass(frozen=True)
class Notebook:
    """What the engine knows of a notebook: its question, parameter schemas and defaults."""

    question: str
    properties: dict[str, Any] = field(hash=False)
    defaults: dict[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Matrix:
    """Every listed report, in the order of reports.yml, and the notebooks they come from."""

    reports: tuple[Report, ...]
    time_limit_seconds: int
    notebooks: dict[str, Notebook] = field(hash=False)

    def parameters(self, report: Report) -> dict[str, Any]:
        """All parameters of a report: the notebook's defaults, then what the report sets."""
        return {**self.notebooks[report.notebook].defaults, **report.parameters}


def load_matrix(root: Path) -> Matrix:
    """Matrix of reports.yml, held against parameters.json and the notebooks.

    Raises
    ------
    MatrixError
        With one line for every problem found, not only for the first.
    """
    problems: list[str] = []
    notebooks = dict(_notebooks(root, problems))
    document = _read_yaml(root / MATRIX_FILE)
    limit, listed = document.pop("time_limit_seconds", None), document.pop("reports", None)
    known = ["time_limit_seconds", "reports"]
    problems += [f"{MATRIX_FILE}: {key!r}: no such key{near_miss(key, known)}" for key in document]
    if type(limit) is not int or limit < 1:
        problems.append(f"{MATRIX_FILE}: time_limit_seconds: {limit!r} is not a whole number >= 1")
    reports = tuple(_reports(listed, notebooks, problems))
    if problems:
        raise MatrixError("\n".join(problems))
    return Matrix(reports, int(limit), notebooks)


def select(matrix: Matrix, only: Iterable[str]) -> tuple[Report, ...]:
    """Every listed report whose path matches one of the globs; without a glob, all of them.

    Raises
    ------
    MatrixError
        When a glob matches nothing: a misspelling far more often than a wish.
    """
    globs = list(only)
    paths = [report.path for report in matrix.reports]
    known = [*(f"{notebook}/*" for notebook in matrix.notebooks), *paths]
    problems = [
        f"--only {glob}: matches no report{near_miss(glob, known)}"
        for glob in globs
        if not any(fnmatchcase(path, glob) for path in paths)
    ]
    if problems:
        raise MatrixError("\n".join(problems))
    return tuple(
        report
        for report in matrix.reports
        if not globs or any(fnmatchcase(report.path, glob) for glob in globs)
    )


def override(matrix: Matrix, report: Report, assignments: Iterable[str]) -> Report:
    """Report with other parameters, under a name of its own.

    An assignment is `name=value`, split at the first "=" and converted by the
    notebook's schema; a list is written `a,b`, and nothing at all is an empty list.

    Raises
    ------
    MatrixError
        For a parameter that the notebook lacks or a value that its schema refuses.
    """
    properties = matrix.notebooks[report.notebook].properties
    problems: list[str] = []
    changed: dict[str, Any] = {}
    for assignment in assignments:
        parameter, equals, text = assignment.partition("=")
        if not equals:
            problems.append(f"-p {assignment}: expected name=value")
        elif parameter in changed:
            problems.append(f"-p {assignment}: parameter {parameter!r} is set twice")
        else:
            changed[parameter] = _convert(text, properties.get(parameter, {}))
    problems += parameter_faults(f"-p: {report.notebook}", changed, properties)
    if problems:
        raise MatrixError("\n".join(problems))
    name = "+".join([report.name, *(_label(key, changed[key]) for key in sorted(changed))])
    if not PLAIN_NAME.fullmatch(name):  # too long: all parts of it are plain
        name = f"{name[:90]}-{_digest(name)}"
    return replace(report, name=name, parameters={**report.parameters, **changed}, listed=False)


def parameter_faults(
    entry: str, parameters: Mapping[str, Any], properties: Mapping[str, Any]
) -> Iterator[str]:
    """Objections of the schema to parameters, with value, expectation and near miss.

    >>> list(parameter_faults("reports.yml", {"year": 0}, {"year": {"minimum": 1}}))
    ["reports.yml: parameter 'year': 0 is less than the minimum of 1"]
    """
    for parameter, value in parameters.items():
        place = f"{entry}: parameter {parameter!r}"
        if parameter not in properties:
            yield f"{place}: no such parameter{near_miss(parameter, properties)}"
            continue
        validator = Draft202012Validator(properties[parameter], format_checker=FormatChecker())
        for error in validator.iter_errors(value):
            if error.validator == "format":
                yield f"{place}: {error.instance!r} is not a {error.validator_value} that exists"
            elif error.validator == "enum":
                yield f"{place}: {error.message}{near_miss(error.instance, error.validator_value)}"
            elif error.validator == "anyOf":
                # "not valid under any of the given schemas" would name no way out.
                meant = properties[parameter].get("description", "one of several forms")
                yield f"{place}: {error.instance!r} is not allowed; expected {meant}"
            else:
                yield f"{place}: {error.message}"
        if isinstance(value, float) and not math.isfinite(value):
            yield f"{place}: {value!r} is not a finite number"


def near_miss(word: object, known: Iterable[object]) -> str:
    """Likely meaning of a misspelt word, as the end of an error message.

    >>> near_miss("asof", ["as_of", "window"])
    "; did you mean 'as_of'?"
    >>> near_miss("colour", ["as_of", "window"])
    '; known are as_of, window'
    """
    names = [str(name) for name in known]
    close = difflib.get_close_matches(str(word), names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(names)}"


class _StrictLoader(yaml.SafeLoader):
    """YAML without two of its traps: dates stay text, and a repeated key is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        written = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if written.count(key.value) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} stands here twice", key.start_mark
                )
        return super().construct_mapping(node, deep)


# As text, a date like 2025-02-30 reaches the schema check, which can name the
# entry. YAML's own date type would stop at it, and would rewrite 2021-8-1.
_StrictLoader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: str(node.value))


def _read_yaml(path: Path) -> dict[Any, Any]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except (OSError, yaml.YAMLError) as error:
        raise MatrixError(f"{MATRIX_FILE}: {error}") from error
    if not isinstance(document, dict):
        raise MatrixError(f"{MATRIX_FILE}: expected the keys time_limit_seconds and reports")
    return document


def _notebooks(root: Path, problems: list[str]) -> Iterator[tuple[str, Notebook]]:
    """Notebooks of parameters.json, each held against its own parameters cell."""
    try:
        schemas = json.loads((root / SCHEMA_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MatrixError(f"{SCHEMA_FILE}: {error}") from error
    for name, schema in schemas.items():
        file = f"notebooks/{name}.ipynb"
        cell = f"{file}: parameters cell"
        problems += _name_faults(f"{SCHEMA_FILE}: {name!r}", name)
        try:
            Draft202012Validator.check_schema(schema)
            node = read_notebook(root / file)
            defaults = defaults_of(node)
        except SchemaError as error:
            problems.append(f"{SCHEMA_FILE}: {name}: not a JSON Schema: {error.message}")
            continue
        except (OSError, ValueError, KeyError) as error:
            problems.append(f"{file}, named in {SCHEMA_FILE}, cannot be read: {error}")
            continue
        if not question_of(node):
            problems.append(f"{file}: its first Markdown cell must begin with '# The question?'")
        properties = schema.get("properties", {})
        problems += [
            f"{cell}: parameter {parameter!r} of {SCHEMA_FILE} is not set there; papermill reads "
            "'name: type = value  # comment' on one line without a second '='"
            for parameter in properties
            if parameter not in defaults
        ]
        problems += parameter_faults(cell, defaults, properties)
        yield name, Notebook(question_of(node), properties, defaults)


def _reports(
    listed: Any, notebooks: Mapping[str, Notebook], problems: list[str]
) -> Iterator[Report]:
    if not isinstance(listed, dict):
        problems.append(f"{MATRIX_FILE}: reports: {listed!r} is not 'notebook: list of runs'")
        return
    for notebook, runs in listed.items():
        entry = f"{MATRIX_FILE}: {notebook}"
        if notebook not in notebooks:
            problems.append(f"{entry}: no such notebook{near_miss(notebook, notebooks)}")
            continue
        if not isinstance(runs, list) or not all(isinstance(run, dict) for run in runs):
            problems.append(f"{entry}: {runs!r} is not a list of runs with name and parameters")
            continue
        seen: set[str] = set()
        for run in runs:
            name, parameters = str(run.pop("name", None) or ""), run.pop("parameters", None) or {}
            entry = f"{MATRIX_FILE}: {notebook}/{name}"
            problems += _name_faults(entry, name)
            known = ["name", "parameters"]
            problems += [f"{entry}: {key!r}: no such key{near_miss(key, known)}" for key in run]
            # "+" marks a run with changed parameters, which so never takes a listed name.
            if "+" in name:
                problems.append(f"{entry}: '+' is reserved for runs with changed parameters")
            # Some file systems do not tell A from a.
            if name.casefold() in seen:
                problems.append(f"{entry}: two reports of this notebook have this name")
            seen.add(name.casefold())
            if isinstance(parameters, dict):
                problems += parameter_faults(entry, parameters, notebooks[notebook].properties)
                yield Report(notebook, name, parameters, listed=True)
            else:
                problems.append(f"{entry}: parameters: {parameters!r} is not 'name: value'")


def _name_faults(entry: str, name: str) -> Iterator[str]:
    if not PLAIN_NAME.fullmatch(name):
        yield (
            f"{entry}: {name!r} is not a plain name; expected at most 100 letters, digits and "
            "._=+,- that begin with a letter or digit, without '..'"
        )
    elif name.casefold() in RESERVED_NAMES:
        yield f"{entry}: the name {name!r} is reserved"


def _convert(text: str, schema: Mapping[str, Any]) -> Any:
    """Value of a word from the command line; the word itself where it is none."""
    kind = schema.get("type")
    if kind == "array":
        return [_convert(part, schema.get("items", {})) for part in text.split(",") if text]
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    try:
        return int(text) if kind == "integer" else float(text) if kind == "number" else text
    except ValueError:
        return text


def _label(parameter: str, value: Any) -> str:
    """Part of a folder name that tells a changed parameter.

    >>> _label("as_of", "2026-03-01"), _label("actors", ["PAK", "IEA"])
    ('as_of=2026-03-01', 'actors=PAK,IEA')
    """
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    plain = re.sub(r"(?:[^A-Za-z0-9.,_-]|\.{2,})+", "-", text)
    # Two values that look alike once made plain must not share a folder.
    return f"{parameter}={plain if plain == text else f'{plain[:40]}-{_digest(text)}'}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
