"""What holds the project together: who imports whom, pinned versions, clean notebooks."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from conftest import ROOT, SHARED
from packaging.requirements import Requirement
from packaging.specifiers import Specifier
from packaging.utils import canonicalize_name

from analysis.reports.matrix import load_matrix

# The table of the design, with what CHANGELOG.md says was added to it.
MAY_IMPORT = {
    "": set(),
    "dates": set(),
    "words": set(),
    "project": set(),
    "signed": {"signed"},
    "brokerage": set(),
    "agreement": {"agreement"},
    "exhibits": {"exhibits"},
    "tables": {"project"},
    "checks": {"tables", "dates"},
    "ledger": {"ledger", "tables", "checks", "dates"},
    "networks": {"networks", "ledger", "signed", "brokerage", "dates"},
    "coding": {"tables", "checks"},
    "displacement": {"displacement", "tables", "dates"},
    "fetch": {"fetch", "tables", "agreement"},
    "votes": {"votes", "tables", "agreement", "words"},
    "engagement": {"engagement", "tables", "ledger", "dates", "words"},
    "audit": {"audit", "tables", "ledger", "engagement", "dates", "words"},
    "briefs": {"ledger", "engagement", "words"},
    "figures": {"figures", "exhibits", "words"},
    "findings": {"findings", "words"},
    "reports": {"reports"},
    "explore": {"explore", "reports", "tables", "ledger", "exhibits", "words"},
    "pages": {"checks", "ledger", "pages", "reports", "words"},
}


def imported(path):
    """Modules of `analysis` that a file imports, by their first name below the package."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module]
            if node.module == "analysis":
                names = [f"analysis.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            if name.startswith("analysis."):
                yield name.split(".")[1]


def test_modules_import_only_what_the_table_allows():
    strays = {}
    for path in sorted((ROOT / "analysis").rglob("*.py")):
        first = path.relative_to(ROOT / "analysis").with_suffix("").parts[0]
        module = "" if first == "__init__" else first
        if module == "cli":
            continue
        assert module in MAY_IMPORT, f"{path} is not in the table of imports"
        extra = set(imported(path)) - MAY_IMPORT[module]
        if extra:
            strays[str(path.relative_to(ROOT))] = extra
    assert strays == {}


def test_no_module_outgrows_one_idea():
    sizes = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "analysis").rglob("*.py")
    }
    assert {name: size for name, size in sizes.items() if size > 350} == {}
    assert not [name for name in sizes if "util" in name or "helper" in name]


def requirements(extra=None):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def locked():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, flags=re.M):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


# What conda-forge calls by another name: the same code without what only other users need.
CONDA = {"matplotlib-base": "matplotlib", "nbconvert-core": "nbconvert"}


def test_environment_and_project_ask_for_the_same():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    conda = {}
    for line in listed:
        if isinstance(line, str):
            name, _, bound = line.partition(" ")
            conda[canonicalize_name(CONDA.get(name, name))] = bound.strip()
    tools = {"python", "pip", "flit-core"}
    asked = {name: str(r.specifier) for name, r in requirements().items()}
    assert {name: bound for name, bound in conda.items() if name not in tools} == asked
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    # An exact one: Binder picks its base by it, and takes an old base for a mere bound.
    assert Specifier(project["project"]["requires-python"]).contains(conda["python"].lstrip("="))
    assert {"pip": ["-e ."]} in listed
    assert f"flit_core{conda['flit-core']}" in project["build-system"]["requires"]


@pytest.mark.parametrize("extra", [None, "test"])
def test_the_lock_satisfies_the_project(extra):
    pins = locked()
    for name, requirement in requirements(extra).items():
        assert name in pins, f"{name} is not in requirements.lock; run `make lock`"
        assert all(requirement.specifier.contains(version) for version in pins[name])


def test_the_lock_has_hashes_and_no_address():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)
    bare = [e.splitlines()[0] for e in entries if "==" in e and "--hash=sha256:" not in e]
    assert len(entries) > 100 and bare == []


def test_ci_runs_what_the_readme_says():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("make reports", "make test"):
        assert re.search(rf"^{command}\b", readme, flags=re.M), command
        assert re.search(rf"^{command}$", ci, flags=re.M), command


def test_make_lists_itself():
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("reports", "test", "lab", "check"):
        assert f"make {target} " in said.stdout


# What `make lab` opens: it shows the way to the others, and is itself no report.
GUIDE = ROOT / "notebooks" / "index.ipynb"
NOTEBOOKS = sorted(set((ROOT / "notebooks").glob("*.ipynb")) - {GUIDE})


def test_every_notebook_but_the_guide_has_its_parameters_on_record():
    schemas = json.loads((ROOT / "notebooks" / "parameters.json").read_text(encoding="utf-8"))
    assert sorted(schemas) == [path.stem for path in NOTEBOOKS]


def test_the_guide_is_committed_clean_and_short():
    cells = json.loads(GUIDE.read_text(encoding="utf-8"))["cells"]
    text = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    levels = [len(m) for words in text for m in re.findall(r"^(#+) ", words, flags=re.M)]
    assert text[0].startswith("# ") and levels.count(1) == 1 and set(levels) == {1, 2}
    assert len(cells) <= 20
    for cell in cells:
        if cell["cell_type"] == "code":
            assert not cell["outputs"] and cell["execution_count"] is None
            # One call a cell: whatever needs more belongs into the package.
            assert len(ast.parse("".join(cell["source"])).body) == 1, cell["id"]
            assert "def " not in "".join(cell["source"]), cell["id"]


def test_no_report_needs_widgets_or_the_explorer():
    """What only a reader at JupyterLab needs must not be loaded for the batch."""
    code = (
        "import sys; from analysis.reports import batch; import analysis.explore; "
        "print('ipywidgets' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "False"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_committed_clean_and_keeps_the_house_rules(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    words = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    assert len(cells) < 60
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
    assert words[0].startswith("# ") and words[0].splitlines()[0].endswith("?")
    assert words[1].startswith("## What this cannot show")
    assert any("How fragile is this?" in text for text in words)
    assert words[-1].startswith("## Sources used")
    levels = [len(m) for text in words for m in re.findall(r"^(#+) ", text, flags=re.M)]
    assert levels.count(1) == 1 and set(levels) <= {1, 2}
    for cell in code:
        tree = ast.parse("".join(cell["source"]))
        # Parameters stand in one cell, a line each, since papermill reads one cell.
        assert len(tree.body) <= 8 or cell["metadata"].get("tags") == ["parameters"], cell["id"]
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        assert not any(isinstance(node, kinds) for node in ast.walk(tree)), cell["id"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_prose_states_no_number_and_names_no_actor_s_conduct(path):
    """Markdown says how to read; what was found is computed. Years and letters would go stale."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            assert not re.search(r"\d", text.replace("ISO 3166-1", "")), text


def test_the_batch_lists_what_was_promised():
    matrix = load_matrix(ROOT)
    by_notebook = {}
    for report in matrix.reports:
        by_notebook.setdefault(report.notebook, []).append(report)
    assert len(matrix.reports) >= 12
    dates = {matrix.parameters(r)["as_of"] for r in by_notebook["actor_network"]}
    assert len(dates) >= 6 and {"2021-08-31", "2026-05-31"} <= dates
    assert {matrix.parameters(r)["asylum"] for r in by_notebook["refugee_statistics"]} == {
        "PAK", "IRN",
    }  # fmt: skip
    assert len({matrix.parameters(r)["as_of"] for r in by_notebook["regional_alignment"]}) >= 4


@pytest.mark.skipif(not SHARED.exists(), reason="the article's text lies in ../shared/seeds")
def test_no_sentence_of_the_article_is_committed():
    article = next((SHARED / "seeds").glob("000_*.txt")).read_text(encoding="utf-8")
    sentences = [s.strip() for s in re.split(r"(?<=[.!?])\s+", article) if len(s.strip()) > 60]
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert len(sentences) > 40
    for name in filter(None, listing.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in {".png", ".svg"} or not path.exists():
            continue
        text = path.read_text(encoding="utf-8")
        # The title of the article is its citation.
        found = [s for s in sentences if s in text and not s.startswith("Pakistan and Taliban-led")]
        assert found == [], name
