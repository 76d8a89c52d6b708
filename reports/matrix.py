"""The matrix of reports: which notebook runs with which parameters, checked beforehand."""

from __future__ import annotations

import ast
import csv
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

MATRIX_FILE = "reports.yml"
SCHEMA_FILE = "notebooks/parameters.json"
PLAIN_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._=+,-]{0,99}")
# What the site itself writes beside the folders of the reports.
RESERVED_NAMES = {"index.html", "run.json", "manifest.json"}
# Tells which matrix was last found in order; written by the batch.
SITE_RECORD = "site/.site.json"


class MatrixError(ValueError):
    """What is wrong with the matrix: one line a problem, with file, entry, value and remedy."""


@dataclass(frozen=True)
class Report:
    """One notebook with one set of parameters, by the name of its folder in the site.

    `parameters` holds what is set; the rest keeps the notebook's defaults. A report that is not
    `listed` was made by `override` and replaces no listed one.
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
    """What the engine knows of a notebook: question, parameter schemas, defaults, what is wrong.

    A notebook with `faults` runs no report; all others are none the worse for it.
    """

    question: str
    properties: dict[str, Any] = field(hash=False)
    defaults: dict[str, Any] = field(hash=False)
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matrix:
    """Every listed report, in the order of reports.yml, and the notebooks they come from.

    `fingerprint` stands for every file that had a say in it.
    """

    reports: tuple[Report, ...]
    time_limit_seconds: int
    notebooks: dict[str, Notebook] = field(hash=False)
    fingerprint: str

    def parameters(self, report: Report) -> dict[str, Any]:
        """All parameters of a report: the notebook's defaults, then what the report sets."""
        return {**self.notebooks[report.notebook].defaults, **report.parameters}


def load_matrix(root: Path) -> Matrix:
    """Matrix of reports.yml, held against parameters.json and the notebooks.

    What is wrong with one notebook or its schema stands in its `faults`, and stops its reports
    alone. A matrix that the site's record calls in order is not held against its schemas again:
    jsonschema takes longer to import than all the rest.

    Raises
    ------
    MatrixError
        For mistakes in reports.yml or an unreadable parameters.json: one line for each.
    """
    texts: dict[str, bytes] = {}
    schemas = _schemas(root, texts)
    notebooks = {name: _notebook(root, name, schema, texts) for name, schema in schemas.items()}
    document, problems = _read_yaml(root / MATRIX_FILE, texts), []
    limit, listed = document.pop("time_limit_seconds", None), document.pop("reports", None)
    known = ["time_limit_seconds", "reports"]
    problems += [f"{MATRIX_FILE}: {key!r}: no such key{near_miss(key, known)}" for key in document]
    if type(limit) is not int or limit < 1:
        problems.append(f"{MATRIX_FILE}: time_limit_seconds: {limit!r} is not a whole number >= 1")
    reports = tuple(_reports(listed, notebooks, problems))
    parts = {path: hashlib.sha256(content).hexdigest() for path, content in texts.items()}
    fingerprint = _digest(json.dumps(parts, sort_keys=True))
    if fingerprint != _last_in_order(root):
        for name, schema in schemas.items():
            notebooks[name] = _checked(name, schema, notebooks[name])
        for report in reports:
            about = notebooks[report.notebook]
            entry = f"{MATRIX_FILE}: {report.path}"
            if not about.faults:
                problems += parameter_faults(entry, report.parameters, about.properties)
    if problems:
        raise MatrixError("\n".join(problems))
    return Matrix(reports, int(limit or 0), notebooks, fingerprint)


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

    An assignment is `name=value`, split at the first "=" and converted by the notebook's schema;
    a list is written `a,b`, and nothing at all is an empty list.

    Raises
    ------
    MatrixError
        For a parameter that the notebook lacks or a value that its schema refuses.
    """
    properties = matrix.notebooks[report.notebook].properties
    problems = list(matrix.notebooks[report.notebook].faults)
    changed: dict[str, Any] = {}
    for assignment in [] if problems else assignments:
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
        for error in _objections(value, properties[parameter]):
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
    """YAML without three of its traps: dates stay text, no key stands twice, nothing is shared."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        written = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if written.count(key.value) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} stands here twice", key.start_mark
                )
        return super().construct_mapping(node, deep)

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(
                None, None, f"*{event.anchor}: write the value out in its place", event.start_mark
            )
        return super().compose_node(parent, index)


# As text, a date like 2025-02-30 reaches the schema check, which can name the
# entry. YAML's own date type would stop at it, and would rewrite 2021-8-1.
_StrictLoader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: str(node.value))


def _read_yaml(path: Path, texts: dict[str, bytes]) -> dict[Any, Any]:
    try:
        texts[MATRIX_FILE] = path.read_bytes()
        document = yaml.load(texts[MATRIX_FILE].decode(), Loader=_StrictLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MatrixError(f"{MATRIX_FILE}: {error}") from error
    except RecursionError:
        raise MatrixError(f"{MATRIX_FILE}: lists in lists without end") from None
    if not isinstance(document, dict):
        raise MatrixError(f"{MATRIX_FILE}: expected the keys time_limit_seconds and reports")
    return document


def _schemas(root: Path, texts: dict[str, bytes]) -> dict[str, Any]:
    """Schema of each notebook, as it stands in parameters.json."""
    try:
        texts[SCHEMA_FILE] = (root / SCHEMA_FILE).read_bytes()
        schemas = json.loads(texts[SCHEMA_FILE])
    except (OSError, ValueError, RecursionError) as error:
        raise MatrixError(f"{SCHEMA_FILE}: {error}") from error
    if not isinstance(schemas, dict):
        raise MatrixError(f"{SCHEMA_FILE}: expected a schema for each notebook, by its name")
    problems = [fault for name in schemas for fault in _name_faults(f"{SCHEMA_FILE}: {name}", name)]
    if problems:
        raise MatrixError("\n".join(problems))
    return schemas


def _notebook(root: Path, name: str, schema: Any, texts: dict[str, bytes]) -> Notebook:
    file, faults = f"notebooks/{name}.ipynb", []
    question, defaults, properties = "", {}, {}
    try:
        texts[file] = (root / file).read_bytes()
        cells = json.loads(texts[file])["cells"]
        question, defaults = question_of(cells), defaults_of(cells)
        properties = _chosen(schema.get("properties", {}), root, texts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SyntaxError) as error:
        faults.append(f"{file}, named in {SCHEMA_FILE}, cannot be read: {_worded(error)}")
    else:
        if not question:
            faults.append(f"{file}: its first Markdown cell must begin with '# The question?'")
        faults += [
            f"{file}: parameter {parameter!r} of {SCHEMA_FILE} is not set in the cell with the "
            "tag 'parameters'; expected 'name: type = value  # comment'"
            for parameter in properties
            if parameter not in defaults
        ]
    return Notebook(question, properties, defaults, tuple(faults))


def _checked(name: str, schema: Any, about: Notebook) -> Notebook:
    """Notebook with the faults that only its schema finds."""
    from jsonschema import Draft202012Validator, SchemaError

    if about.faults:
        return about
    try:
        Draft202012Validator.check_schema(schema | {"properties": about.properties})
    except SchemaError as error:
        fault = f"{SCHEMA_FILE}: {name}: not a JSON Schema: {error.message}"
        return replace(about, faults=(fault,))
    cell = f"notebooks/{name}.ipynb: parameters cell"
    return replace(about, faults=tuple(parameter_faults(cell, about.defaults, about.properties)))


def question_of(cells: Iterable[Mapping[str, Any]]) -> str:
    """Heading that the first Markdown cell begins with; empty without one.

    >>> question_of([{"cell_type": "markdown", "source": ["# Who?"]}])
    'Who?'
    """
    markdown = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    heading = re.match(r"\s*#[ \t]+(.+)", next(markdown, ""))
    return heading[1].strip() if heading else ""


def defaults_of(cells: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Plain values that the parameters cell sets, by name.

    Raises
    ------
    ValueError
        For a default that is an expression and not a plain value.
    """
    source = next(("".join(cell["source"]) for cell in cells if "parameters" in _tags(cell)), "")
    defaults = {}
    for node in ast.parse(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        for target in targets:
            try:
                defaults[ast.unparse(target)] = ast.literal_eval(node.value)
            except ValueError:
                raise ValueError(f"{ast.unparse(node)}: not a plain value") from None
    return defaults


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", []))


def _chosen(schema: Any, root: Path, texts: dict[str, bytes]) -> Any:
    """Schema with an `enum` in place of each `choices`, a column of a table of the project."""
    if isinstance(schema, list):
        return [_chosen(part, root, texts) for part in schema]
    if not isinstance(schema, dict):
        return schema
    filled = {key: _chosen(part, root, texts) for key, part in schema.items() if key != "choices"}
    if "choices" in schema:
        told = schema["choices"]
        texts[told["table"]] = (root / told["table"]).read_bytes()
        rows = csv.DictReader(texts[told["table"]].decode("utf-8-sig").splitlines())
        where = told.get("where", {}).items()
        values = [row[told["column"]] for row in rows if all(row[k] == v for k, v in where)]
        filled["enum"] = [*filled.get("enum", []), *values]
    return filled


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
            name = "" if run.get("name") is None else str(run["name"])
            entry = f"{MATRIX_FILE}: {notebook}/{name}"
            problems += _name_faults(entry, name)
            known = ["name", "parameters"]
            strange = run.keys() - set(known)
            problems += [f"{entry}: {key!r}: no such key{near_miss(key, known)}" for key in strange]
            # "+" marks a run with changed parameters, which so never takes a listed name.
            if "+" in name:
                problems.append(f"{entry}: '+' is reserved for runs with changed parameters")
            # Some file systems do not tell A from a.
            if name.casefold() in seen:
                problems.append(f"{entry}: two reports of this notebook have this name")
            seen.add(name.casefold())
            parameters = {} if run.get("parameters") is None else run["parameters"]
            if isinstance(parameters, dict):
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


def _objections(value: Any, schema: Any) -> Iterator[Any]:
    from jsonschema import Draft202012Validator, FormatChecker

    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    yield from validator.iter_errors(value)


def _last_in_order(root: Path) -> str:
    try:
        record = json.loads((root / SITE_RECORD).read_bytes())
    except (OSError, ValueError):
        return ""
    return str(record.get("matrix", "")) if isinstance(record, dict) else ""


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


def _worded(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error)
