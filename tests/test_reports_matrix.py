"""The matrix: every mistake is found before anything runs, and named with its remedy."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from reports.matrix import MatrixError, Report, load_matrix, override, select

CHOICES = {"table": "seeds/actors.csv", "column": "actor_id", "where": {"listed": "true"}}
PROPERTIES = {
    "as_of": {"type": "string", "format": "date", "description": "last day"},
    "speaker": {"type": "string", "enum": [""], "choices": CHOICES, "description": "who tells"},
    "window": {"type": "integer", "minimum": 1, "maximum": 60, "description": "months"},
    "half_life": {"type": "number", "description": "years"},
    "alleged": {"type": "boolean", "description": "count alleged claims"},
    "layers": {"type": "array", "items": {"type": "string"}, "description": "which"},
    "bound": {
        "anyOf": [{"format": "date", "minLength": 1}, {"maxLength": 0}],
        "description": "a day, or blank",
    },
}
PARAMETERS = """\
as_of: str = "2025-06-01"  # last day counted
speaker: str = ""  # actor id
window: int = 12  # months
half_life: float = 1.5  # years
alleged: bool = False  # count alleged claims
bound = ""
layers: list = [
]"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("notebooks", "seeds"):
        (tmp_path / folder).mkdir()
    actors = "actor_id,listed\nPAK,true\nIEA,true\nXYZ,false\n"
    (tmp_path / "seeds" / "actors.csv").write_text(actors)
    write_notebook(tmp_path, "# Who stands with whom?", PARAMETERS)
    write_schemas(tmp_path, {"network": {"properties": PROPERTIES}})
    listed = "  network:\n    - {name: 2021-08-31, parameters: {as_of: 2021-08-31}}\n"
    write_matrix(tmp_path, listed)
    return tmp_path


def write_notebook(root: Path, heading: str, parameters: str, name: str = "network") -> None:
    cell = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(heading), cell])
    nbformat.write(node, root / "notebooks" / f"{name}.ipynb")


def write_schemas(root: Path, schemas: object) -> None:
    (root / "notebooks" / "parameters.json").write_text(json.dumps(schemas))


def write_matrix(root: Path, reports: str, limit: str = "30") -> None:
    (root / "reports.yml").write_text(f"time_limit_seconds: {limit}\nreports:\n{reports}")


def refusal(root: Path) -> str:
    with pytest.raises(MatrixError) as error:
        load_matrix(root)
    return str(error.value)


def test_dates_of_yaml_become_text_again(root: Path) -> None:
    matrix = load_matrix(root)
    assert matrix.reports == (Report("network", "2021-08-31", {"as_of": "2021-08-31"}, True),)
    assert matrix.time_limit_seconds == 30
    assert matrix.notebooks["network"].question == "Who stands with whom?"
    told = matrix.parameters(matrix.reports[0])
    assert told == {"as_of": "2021-08-31"} | dict(
        speaker="", window=12, half_life=1.5, alleged=False, bound="", layers=[]
    )


def test_choices_come_from_a_table(root: Path) -> None:
    assert load_matrix(root).notebooks["network"].properties["speaker"]["enum"] == [
        "",
        "PAK",
        "IEA",
    ]
    with (root / "seeds" / "actors.csv").open("a") as table:
        table.write("UZB,true\n")
    assert load_matrix(root).notebooks["network"].properties["speaker"]["enum"][-1] == "UZB"


def test_a_notebook_without_a_schema_takes_the_types_of_its_defaults(root: Path) -> None:
    write_schemas(root, {})
    write_notebook(root, "# A guide", "x = 1", "index")
    text = (root / "notebooks" / "index.ipynb").read_text().replace('"parameters"', '"aside"')
    (root / "notebooks" / "index.ipynb").write_text(text)
    matrix = load_matrix(root)
    assert list(matrix.notebooks) == ["network"], "without a parameters cell it is no report"
    assert matrix.notebooks["network"].properties["window"] == {"type": "integer"}
    write_matrix(root, "  network:\n    - {name: x, parameters: {window: twelve}}\n")
    assert "'twelve' is not of type 'integer'" in refusal(root)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("{asof: 2021-08-31}", "parameter 'asof': no such parameter; did you mean 'as_of'?"),
        ("{as_of: 2025-02-30}", "parameter 'as_of': '2025-02-30' is not a date that exists"),
        ("{as_of: 2025}", "parameter 'as_of': 2025 is not of type 'string'"),
        ("{window: true}", "parameter 'window': True is not of type 'integer'"),
        ("{half_life: .nan}", "parameter 'half_life': nan is not a finite number"),
        ("{layers: [1]}", "parameter 'layers': 1 is not of type 'string'"),
        ("{bound: soon}", "parameter 'bound': 'soon' is not allowed; expected a day, or blank"),
        (
            "{speaker: PKA}",
            "parameter 'speaker': 'PKA' is not one of ['', 'PAK', 'IEA']; did you mean 'PAK'?",
        ),
    ],
)
def test_a_wrong_parameter_is_named_with_its_entry(root: Path, run: str, expected: str) -> None:
    write_matrix(root, f"  network:\n    - {{name: x, parameters: {run}}}\n")
    assert refusal(root) == f"reports.yml: network/x: {expected}"


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ("  netwrok:\n    - {name: x}\n", "'netwrok' is not one of ['network']; did you mean 'n"),
        ("  network:\n    - {name: x}\n    - {name: X}\n", "network/X: two reports"),
        ("  network:\n    - {name: x, params: {}}\n", "'params': no such key; did you mean 'param"),
        ("  network:\n    - {name: ../x}\n", "name: '../x' is not allowed; expected a plain name"),
        ("  network:\n    - {name: .building}\n", "'.building' is not allowed"),
        ("  network:\n    - {}\n", "network/0: 'name' is a required property"),
        ("  network:\n    - {name: index.html}\n", "'index.html' is not allowed"),
        ("  network:\n    - {name: x+window=1}\n", "'+' marks runs with changed parameters"),
        ("  network:\n    - {name: x, name: y}\n", "key 'name' stands here twice"),
        ("  network:\n    - {name: x, parameters: false}\n", "False is not of type 'object'"),
        ("  network: &all\n    - {name: x, parameters: {layers: *all}}\n", "an alias (*name)"),
        ("[" * 5000, "reports.yml: "),
    ],
)
def test_a_wrong_entry_is_named(root: Path, reports: str, expected: str) -> None:
    write_matrix(root, reports)
    said = refusal(root)
    assert expected in said and said.startswith("reports.yml: ")


@pytest.mark.parametrize(
    "content", ["", "[]", "reports: {}", "réports".encode("latin-1"), b"\xff\xfe"]
)
def test_what_is_no_matrix_is_refused(root: Path, content: str | bytes) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    (root / "reports.yml").write_bytes(raw)
    assert refusal(root).startswith("reports.yml: ")


def test_a_wrong_time_limit_is_refused_and_all_problems_are_listed_at_once(root: Path) -> None:
    write_matrix(root, "  network:\n    - {name: x, params: 3}\n", "0")
    places = {line.split(": ")[1] for line in refusal(root).splitlines()}
    assert places == {"time_limit_seconds", "network/x"}


@pytest.mark.parametrize(
    ("heading", "parameters", "expected"),
    [
        ("# Q?", PARAMETERS.replace("window", "windows"), "parameter 'window' of notebooks/param"),
        ("# Q?", PARAMETERS.replace("= 12", "= 0"), "parameters cell: parameter 'window': 0 is"),
        ("# Q?", PARAMETERS.replace("= 12", "= f()"), "window: int = f() is not a plain value"),
        ("# Q?", PARAMETERS.replace("= 12", "= "), "SyntaxError"),
        ("No heading", PARAMETERS, "its first Markdown cell must begin with '# The question?'"),
    ],
)
def test_a_notebook_at_odds_with_its_schema_spoils_its_own_reports_alone(
    root: Path, heading: str, parameters: str, expected: str
) -> None:
    write_notebook(root, heading, parameters)
    write_notebook(root, "# Other?", "x: int = 1", "other")
    notebooks = load_matrix(root).notebooks
    assert any(expected in fault for fault in notebooks["network"].faults)
    assert "notebooks/network.ipynb" in notebooks["network"].faults[0]
    assert notebooks["other"].faults == ()
    matrix = load_matrix(root)
    with pytest.raises(MatrixError, match="notebooks/network.ipynb"):
        override(matrix, matrix.reports[0], ["window=3"])


def test_a_schema_without_a_notebook_and_those_that_are_none(root: Path) -> None:
    about = {"properties": PROPERTIES}
    wrong = {"audit": {"properties": {"x": {"type": "objekt"}}}, "brief": {}, "lost": about}
    for name in ("audit", "lost"):
        write_notebook(root, "# Q?", PARAMETERS, name)
    lost = CHOICES | {"column": "actor"}
    wrong["lost"] = {"properties": PROPERTIES | {"speaker": {"choices": lost}}}
    write_schemas(root, {"network": about} | wrong)
    notebooks = load_matrix(root).notebooks
    assert "brief.ipynb" in notebooks["brief"].faults[0]
    assert "says of it: SchemaError: 'objekt'" in notebooks["audit"].faults[0]
    assert "KeyError: 'actor'" in notebooks["lost"].faults[0]
    assert notebooks["network"].faults == ()
    write_schemas(root, ["network"])
    assert refusal(root).startswith(
        "notebooks/parameters.json: expected a schema for each notebook"
    )


def test_globs_select_and_a_glob_without_a_match_is_an_error(root: Path) -> None:
    write_matrix(root, "  network:\n    - {name: a}\n    - {name: b}\n")
    matrix = load_matrix(root)
    assert [report.name for report in select(matrix, [])] == ["a", "b"]
    assert [report.name for report in select(matrix, ["*/b"])] == ["b"]
    with pytest.raises(MatrixError, match=r"matches no report; did you mean 'network/\*'"):
        select(matrix, ["*/b", "netwrok/*"])


def test_an_override_is_converted_and_named(root: Path) -> None:
    matrix = load_matrix(root)
    assignments = ["window=3", "as_of=2026-03-01", "layers=border,trade", "alleged=true"]
    changed = override(matrix, matrix.reports[0], [*assignments, "half_life=0.5"])
    assert changed.parameters == dict(
        as_of="2026-03-01", window=3, layers=["border", "trade"], alleged=True, half_life=0.5
    )
    assert changed.name == (
        "2021-08-31+alleged=True+as_of=2026-03-01+half_life=0.5+layers=border,trade+window=3"
    )
    assert not changed.listed
    assert override(matrix, matrix.reports[0], ["layers="]).parameters["layers"] == []


def test_an_override_splits_at_the_first_equals_sign_and_stays_in_the_site(root: Path) -> None:
    matrix = load_matrix(root)
    first = override(matrix, matrix.reports[0], ["layers=a=b/../c"])
    other = override(matrix, matrix.reports[0], ["layers=a=b/c"])
    assert first.parameters["layers"] == ["a=b/../c"]
    assert "/" not in first.name and ".." not in first.name
    assert first.name.rpartition("-")[0] == "2021-08-31+layers=a-b-c"
    assert first.name != other.name
    long = override(matrix, matrix.reports[0], ["layers=" + ",".join(["border"] * 40)])
    assert len(long.name) <= 100


@pytest.mark.parametrize(
    ("assignments", "expected"),
    [
        (["asof=2026-03-01"], "-p: network: parameter 'asof': no such parameter; did you mean 'as"),
        (["window=x"], "parameter 'window': 'x' is not of type 'integer'"),
        (["alleged=yes"], "parameter 'alleged': 'yes' is not of type 'boolean'"),
        (["as_of"], "-p as_of: expected name=value"),
        (["window=1", "window=2"], "'window' is set twice"),
    ],
)
def test_a_wrong_override_is_refused(root: Path, assignments: list[str], expected: str) -> None:
    matrix = load_matrix(root)
    with pytest.raises(MatrixError) as error:
        override(matrix, matrix.reports[0], assignments)
    assert expected in str(error.value)
