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
LONGEST_NAME = 100
_KINDS = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}


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
    """Every listed report, in the order of reports.yml, and the notebooks they come from."""

    reports: tuple[Report, ...]
    time_limit_seconds: int
    notebooks: dict[str, Notebook] = field(hash=False)

    def parameters(self, report: Report) -> dict[str, Any]:
        """All parameters of a report: the notebook's defaults, then what the report sets."""
        return {**self.notebooks[report.notebook].defaults, **report.parameters}


def load_matrix(root: Path) -> Matrix:
    """Matrix of reports.yml, held against parameters.json and the notebooks.

    What is wrong with one notebook or its schema stands in its `faults`, and stops its reports
    alone. jsonschema is imported for it: see `engine.grammar_blocked`.

    Raises
    ------
    MatrixError
        For mistakes in reports.yml or an unreadable parameters.json: one line for each.
    """
    document = _read_yaml(root)
    notebooks = {name: _notebook(root, name, schema) for name, schema in _schemas(root).items()}
    if problems := list(_problems(document, notebooks)):
        raise MatrixError("\n".join(problems))
    reports = tuple(
        Report(notebook, str(run["name"]), run.get("parameters") or {}, listed=True)
        for notebook, runs in document["reports"].items()
        for run in runs or []
    )
    return Matrix(reports, document["time_limit_seconds"], notebooks)


def select(matrix: Matrix, only: Iterable[str]) -> tuple[Report, ...]:
    """Every listed report whose path matches one of the globs; without a glob, all of them.

    Raises
    ------
    MatrixError
        When a glob matches nothing: a misspelling far more often than a wish.
    """
    globs, paths = list(only), [report.path for report in matrix.reports]
    known = [*(f"{notebook}/*" for notebook in matrix.notebooks), *paths]
    for glob in globs:
        if not any(fnmatchcase(path, glob) for path in paths):
            raise MatrixError(f"--only {glob}: matches no report{near_miss(glob, known)}")
    wanted = {path for path in paths if any(fnmatchcase(path, glob) for glob in globs or ["*"])}
    return tuple(report for report in matrix.reports if report.path in wanted)


def override(matrix: Matrix, report: Report, assignments: Iterable[str]) -> Report:
    """Report with other parameters, under a name of its own.

    An assignment is `name=value`, split at the first "=" and converted by the notebook's schema;
    a list is written `a,b`, and nothing at all is an empty list.

    Raises
    ------
    MatrixError
        For a parameter that the notebook lacks or a value that its schema refuses.
    """
    about = matrix.notebooks[report.notebook]
    problems = list(about.faults)
    changed: dict[str, Any] = {}
    for assignment in assignments:
        parameter, equals, text = assignment.partition("=")
        if not equals:
            problems.append(f"-p {assignment}: expected name=value")
        elif parameter in changed:
            problems.append(f"-p {assignment}: parameter {parameter!r} is set twice")
        else:
            changed[parameter] = _convert(text, about.properties.get(parameter, {}))
    problems += parameter_faults(f"-p: {report.notebook}", changed, about.properties)
    if problems:
        raise MatrixError("\n".join(problems))
    name = "+".join([report.name, *(_label(key, changed[key]) for key in sorted(changed))])
    if len(name) > LONGEST_NAME:
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
            yield f"{place}: {_worded(error)}"
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


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_Loader):  # type: ignore[misc]
    """YAML without two of its traps: dates stay text, and a repeated key is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        written = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if written.count(key.value) > 1:
                raise yaml.MarkedYAMLError(
                    None, None, f"key {key.value!r} stands here twice", key.start_mark
                )
        return dict(super().construct_mapping(node, deep))


# As text, a date like 2025-02-30 reaches the schema check, which can name the
# entry. YAML's own date type would stop at it, and would rewrite 2021-8-1.
_StrictLoader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: str(node.value))


def _read_yaml(root: Path) -> Any:
    try:
        text = (root / MATRIX_FILE).read_bytes().decode("utf-8-sig")
        # What is shared may hold itself, or grow without end.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, _Loader)):
            raise MatrixError(f"{MATRIX_FILE}: an alias (*name): write the value in its place")
        return yaml.load(text, Loader=_StrictLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MatrixError(f"{MATRIX_FILE}: {error}") from error
    except RecursionError:
        raise MatrixError(f"{MATRIX_FILE}: lists within lists without end") from None


def _schemas(root: Path) -> dict[str, Any]:
    """Schema of each notebook in parameters.json; none for others that have a parameters cell."""
    try:
        schemas = json.loads((root / SCHEMA_FILE).read_bytes())
        found = {str(name): dict(schema) for name, schema in schemas.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise MatrixError(f"{SCHEMA_FILE}: expected a schema for each notebook: {error}") from None
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        if '"parameters"' in path.read_text(encoding="utf-8"):
            found.setdefault(path.stem, {})
    return found


def _notebook(root: Path, name: str, schema: Mapping[str, Any]) -> Notebook:
    """Notebook by its file and its schema; without a schema its defaults say the types."""
    from jsonschema import Draft202012Validator, SchemaError

    file = f"notebooks/{name}.ipynb"
    try:
        cells = json.loads((root / file).read_bytes())["cells"]
        question, defaults = _question(cells), _defaults(cells)
        types = {key: {"type": _KINDS[type(value)]} for key, value in defaults.items()}
        properties = _chosen(schema.get("properties", types), root)
        Draft202012Validator.check_schema({"properties": properties})
    except (*_BROKEN, SchemaError) as error:
        said = error.message if isinstance(error, SchemaError) else str(error)
        fault = f"{file}, or what {SCHEMA_FILE} says of it: {type(error).__name__}: {said}"
        return Notebook("", {}, {}, (fault,))
    faults = [
        f"{file}: parameter {parameter!r} of {SCHEMA_FILE} is not set in the cell tagged "
        "parameters; expected 'name: type = value  # comment'"
        for parameter in sorted(properties.keys() - defaults)
    ]
    if not question:
        faults.append(f"{file}: its first Markdown cell must begin with '# The question?'")
    faults += parameter_faults(f"{file}: parameters cell", defaults, properties)
    return Notebook(question, properties, defaults, tuple(faults))


# What reading a notebook and its schema may come upon.
_BROKEN = (OSError, ValueError, LookupError, TypeError, AttributeError, SyntaxError)


def _question(cells: Iterable[Mapping[str, Any]]) -> str:
    """Heading that the first Markdown cell begins with; empty without one."""
    markdown = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    heading = re.match(r"\s*#[ \t]+(.+)", next(markdown, ""))
    return heading[1].strip() if heading else ""


def _defaults(cells: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Plain values that the parameters cell sets, by name."""
    defaults = {}
    for cell in cells:
        if "parameters" not in cell.get("metadata", {}).get("tags", []):
            continue
        for node in ast.parse("".join(cell["source"])).body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                try:
                    defaults[ast.unparse(target)] = ast.literal_eval(node.value)
                except ValueError:
                    raise ValueError(f"{ast.unparse(node)} is not a plain value") from None
    return defaults


def _chosen(schema: Any, root: Path) -> Any:
    """Schema with an `enum` in place of each `choices`, a column of a table of the project."""
    if isinstance(schema, list):
        return [_chosen(part, root) for part in schema]
    if not isinstance(schema, dict):
        return schema
    filled = {key: _chosen(part, root) for key, part in schema.items() if key != "choices"}
    if told := schema.get("choices"):
        where = told.get("where", {}).items()
        with (root / told["table"]).open(encoding="utf-8-sig", newline="") as table:
            rows = [row for row in csv.DictReader(table) if all(row[k] == v for k, v in where)]
        filled["enum"] = [*filled.get("enum", []), *(row[told["column"]] for row in rows)]
    return filled


def _problems(document: Any, notebooks: Mapping[str, Notebook]) -> Iterator[str]:
    """Objections to reports.yml, each with the entry that it concerns."""
    schema = json.loads(Path(__file__).with_name("matrix.schema.json").read_text("utf-8"))
    schema["properties"]["reports"]["propertyNames"]["enum"] = list(notebooks)
    faults = list(_objections(document, schema))
    for error in faults:
        yield f"{_place(document, *error.absolute_path)}: {_worded(error)}"
    for notebook, runs in {} if faults else document["reports"].items():
        about, seen = notebooks[notebook], set[str]()
        for run in runs or []:
            entry, name = f"{MATRIX_FILE}: {notebook}/{run['name']}", str(run["name"]).casefold()
            # Some file systems do not tell A from a.
            if name in seen:
                yield f"{entry}: two reports of this notebook have this name"
            seen.add(name)
            if not about.faults:
                yield from parameter_faults(entry, run.get("parameters") or {}, about.properties)


def _place(document: Any, *path: Any) -> str:
    """Where in reports.yml something is wrong: notebook and name of the run, then the key.

    >>> _place({"reports": {"network": [{"name": "x"}]}}, "reports", "network", 0, "parameters")
    'reports.yml: network/x: parameters'
    """
    words = [str(part) for part in path if part != "reports"]
    if len(path) > 2:
        run = document["reports"][path[1]][path[2]]
        name = run.get("name", path[2]) if isinstance(run, dict) else path[2]
        words = [f"{path[1]}/{name}", *words[2:]]
    return ": ".join([MATRIX_FILE, *words])


def _worded(error: Any) -> str:
    """What a schema has against a value, with the way out."""
    value, rule = error.instance, error.validator_value
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        strange = [key for key in value if key not in known]
        return f"{strange[0]!r}: no such key{near_miss(strange[0], known)}"
    if error.validator == "format":
        return f"{value!r} is not a {rule} that exists"
    if error.validator == "enum":
        return f"{error.message}{near_miss(value, rule)}"
    if error.validator in ("anyOf", "pattern", "not") and "description" in error.schema:
        # "not valid under any of the given schemas" would name no way out.
        return f"{value!r} is not allowed; expected {error.schema['description']}"
    return str(error.message)


def _objections(value: Any, schema: Any) -> Iterator[Any]:
    from jsonschema import Draft202012Validator, FormatChecker

    yield from Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(value)


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
