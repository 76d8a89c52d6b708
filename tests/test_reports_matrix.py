"""The matrix: every mistake is found before anything runs, and named with its remedy."""

import json
from pathlib import Path

import nbformat
import pytest

from analysis.reports.matrix import MatrixError, Report, load_matrix, override, select

SCHEMAS = {
    "network": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "as_of": {"type": "string", "format": "date", "description": "last day"},
            "speaker": {"type": "string", "enum": ["", "PAK", "IEA"], "description": "who tells"},
            "window": {"type": "integer", "minimum": 1, "maximum": 60, "description": "months"},
            "half_life": {"type": "number", "description": "years"},
            "alleged": {"type": "boolean", "description": "count alleged claims"},
            "layers": {"type": "array", "items": {"type": "string"}, "description": "which"},
        },
    }
}
PARAMETERS = """\
as_of: str = "2025-06-01"  # last day counted
speaker: str = ""  # actor id
window: int = 12  # months
half_life: float = 1.5  # years
alleged: bool = False  # count alleged claims
layers: list = []  # names of layers"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "notebooks").mkdir()
    write_notebook(tmp_path, "# Who stands with whom?", PARAMETERS)
    write_schemas(tmp_path, SCHEMAS)
    write_matrix(
        tmp_path, "  network:\n    - {name: 2021-08-31, parameters: {as_of: 2021-08-31}}\n"
    )
    return tmp_path


def write_notebook(root: Path, heading: str, parameters: str) -> None:
    cell = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(heading), cell])
    nbformat.write(node, root / "notebooks" / "network.ipynb")


def write_schemas(root: Path, schemas: dict) -> None:
    (root / "notebooks" / "parameters.json").write_text(json.dumps(schemas))


def write_matrix(root: Path, reports: str, limit: str = "30") -> None:
    (root / "reports.yml").write_text(f"time_limit_seconds: {limit}\nreports:\n{reports}")


def test_dates_of_yaml_become_text_again(root: Path) -> None:
    matrix = load_matrix(root)
    assert matrix.reports == (Report("network", "2021-08-31", {"as_of": "2021-08-31"}, True),)
    assert matrix.time_limit_seconds == 30
    assert matrix.notebooks["network"].question == "Who stands with whom?"
    assert matrix.parameters(matrix.reports[0]) == {
        "as_of": "2021-08-31",
        "speaker": "",
        "window": 12,
        "half_life": 1.5,
        "alleged": False,
        "layers": [],
    }


def test_a_number_may_be_a_name_and_parameters_may_be_absent(root: Path) -> None:
    write_matrix(root, "  network:\n    - name: 2024\n")
    assert [report.path for report in load_matrix(root).reports] == ["network/2024"]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("{asof: 2021-08-31}", "parameter 'asof': no such parameter; did you mean 'as_of'?"),
        ("{as_of: 2025-02-30}", "parameter 'as_of': '2025-02-30' is not a date that exists"),
        ("{as_of: 2025-2-3}", "parameter 'as_of': '2025-2-3' is not a date that exists"),
        ("{as_of: 2025}", "parameter 'as_of': 2025 is not of type 'string'"),
        ("{window: twelve}", "parameter 'window': 'twelve' is not of type 'integer'"),
        ("{window: true}", "parameter 'window': True is not of type 'integer'"),
        ("{window: 0}", "parameter 'window': 0 is less than the minimum of 1"),
        ("{half_life: .nan}", "parameter 'half_life': nan is not a finite number"),
        ("{layers: [1]}", "parameter 'layers': 1 is not of type 'string'"),
        (
            "{speaker: PKA}",
            "parameter 'speaker': 'PKA' is not one of ['', 'PAK', 'IEA']; did you mean 'PAK'?",
        ),
    ],
)
def test_a_wrong_parameter_is_named_with_its_entry(root: Path, run: str, expected: str) -> None:
    write_matrix(root, f"  network:\n    - {{name: x, parameters: {run}}}\n")
    with pytest.raises(MatrixError) as error:
        load_matrix(root)
    assert str(error.value) == f"reports.yml: network/x: {expected}"


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ("  netwrok:\n    - {name: x}\n", "netwrok: no such notebook; did you mean 'network'?"),
        ("  network:\n    - {name: x}\n    - {name: X}\n", "network/X: two reports"),
        ("  network:\n    - {name: x, params: {}}\n", "'params': no such key; did you mean 'param"),
        ("  network:\n    - {name: ../x}\n", "network/../x: '../x' is not a plain name"),
        ("  network:\n    - {name: a..b}\n", "network/a..b: 'a..b' is not a plain name"),
        ("  network:\n    - {name: /etc}\n", "network//etc: '/etc' is not a plain name"),
        ("  network:\n    - {name: .building}\n", "'.building' is not a plain name"),
        ("  network:\n    - {name: ''}\n", "network/: '' is not a plain name"),
        (f"  network:\n    - {{name: {'x' * 101}}}\n", "is not a plain name"),
        ("  network:\n    - {name: index.html}\n", "the name 'index.html' is reserved"),
        ("  network:\n    - {name: x+window=1}\n", "'+' is reserved"),
        ("  network:\n    - x\n", "network: ['x'] is not a list of runs"),
        ("  network:\n    - {name: x, name: y}\n", "key 'name' stands here twice"),
    ],
)
def test_a_wrong_entry_is_named(root: Path, reports: str, expected: str) -> None:
    write_matrix(root, reports)
    with pytest.raises(MatrixError) as error:
        load_matrix(root)
    assert expected in str(error.value)
    assert str(error.value).startswith("reports.yml: ")


@pytest.mark.parametrize("limit", ["0", "soon", "true", "2.5"])
def test_a_wrong_time_limit_is_refused(root: Path, limit: str) -> None:
    write_matrix(root, "  network:\n    - {name: x}\n", limit)
    with pytest.raises(MatrixError, match="time_limit_seconds: .* is not a whole number"):
        load_matrix(root)


def test_all_problems_are_listed_at_once(root: Path) -> None:
    write_matrix(
        root, "  network:\n    - {name: x, parameters: {windwo: 3, as_of: 2025-02-30}}\n", "0"
    )
    with pytest.raises(MatrixError) as error:
        load_matrix(root)
    assert len(str(error.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("heading", "parameters", "expected"),
    [
        ("# Q?", PARAMETERS.replace("window", "windows"), "parameter 'window' of notebooks/param"),
        ("# Q?", PARAMETERS.replace("window", "windows"), "'windows': no such parameter; did you"),
        ("# Q?", PARAMETERS.replace("= 12", "= 0"), "parameters cell: parameter 'window': 0 is"),
        ("# Q?", PARAMETERS.replace("= 12", "= f()"), "window = f() is not a plain value"),
        ("No heading", PARAMETERS, "its first Markdown cell must begin with '# The question?'"),
    ],
)
def test_schema_and_parameters_cell_must_agree(
    root: Path, heading: str, parameters: str, expected: str
) -> None:
    write_notebook(root, heading, parameters)
    with pytest.raises(MatrixError) as error:
        load_matrix(root)
    assert expected in str(error.value)
    assert "notebooks/network.ipynb" in str(error.value)


def test_a_schema_without_a_notebook_and_one_that_is_none(root: Path) -> None:
    write_schemas(root, SCHEMAS | {"brief": {"type": "object"}, "audit": {"type": "objekt"}})
    with pytest.raises(MatrixError) as error:
        load_matrix(root)
    assert "notebooks/brief.ipynb, named in notebooks/parameters.json, cannot be read" in str(
        error.value
    )
    assert "audit: not a JSON Schema: 'objekt'" in str(error.value)


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
    assert changed.parameters == {
        "as_of": "2026-03-01",
        "window": 3,
        "layers": ["border", "trade"],
        "alleged": True,
        "half_life": 0.5,
    }
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
    assert "/" not in first.name
    assert ".." not in first.name
    assert first.name.rpartition("-")[0] == "2021-08-31+layers=a-b-c"
    assert first.name != other.name
    long = override(matrix, matrix.reports[0], ["layers=" + ",".join(["border"] * 40)])
    assert len(long.name) <= 100


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("asof=2026-03-01", "-p: network: parameter 'asof': no such parameter; did you mean 'as_o"),
        ("as_of=2025-02-30", "parameter 'as_of': '2025-02-30' is not a date that exists"),
        ("window=x", "parameter 'window': 'x' is not of type 'integer'"),
        ("alleged=yes", "parameter 'alleged': 'yes' is not of type 'boolean'"),
        ("half_life=inf", "parameter 'half_life': inf is not a finite number"),
        ("speaker=PKA", "did you mean 'PAK'?"),
        ("as_of", "-p as_of: expected name=value"),
    ],
)
def test_a_wrong_override_is_refused(root: Path, assignment: str, expected: str) -> None:
    matrix = load_matrix(root)
    with pytest.raises(MatrixError) as error:
        override(matrix, matrix.reports[0], [assignment])
    assert expected in str(error.value)


def test_a_parameter_set_twice_is_refused(root: Path) -> None:
    matrix = load_matrix(root)
    with pytest.raises(MatrixError, match="'window' is set twice"):
        override(matrix, matrix.reports[0], ["window=1", "window=2"])
