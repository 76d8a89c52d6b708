"""What holds the project together: who imports whom, sizes, pinned versions, clean notebooks."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import tomllib

import pytest
import yaml
from conftest import ROOT, SHARED
from packaging.requirements import Requirement
from packaging.specifiers import Specifier
from packaging.utils import canonicalize_name

from reports.matrix import load_matrix

# Arrows go one way: a module imports what stands in an earlier row, and never its own row.
LAYERS = (
    ("words", "dates", "signed", "brokerage", "agreement"),
    ("tables", "charts"),
    ("coding",),
    ("ledger",),
    ("ties", "ladder", "displacement", "votes"),
    ("networks", "audit", "fetch"),
    ("changes",),
    ("prose",),
    ("pages", "explore"),
    ("cli",),
)
ROW = {module: row for row, modules in enumerate(LAYERS) for module in modules}
# Within the folder `fetch` the clients share one way to ask.
INNER = {("fetch", "fetch")}


def imported(path):
    """Modules of `analysis` and of `reports` that a file imports, wherever it does so."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module in ("analysis", "reports"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_arrows_go_one_way():
    strays = set()
    for path in sorted((ROOT / "analysis").rglob("*.py")):
        module = path.relative_to(ROOT / "analysis").with_suffix("").parts[0]
        if module == "__init__":
            continue
        for name in imported(path):
            package, _, rest = name.partition(".")
            other = rest.split(".")[0]
            if package == "reports":
                if module not in ("pages", "explore", "cli"):
                    strays.add((module, name))
            elif package == "analysis" and other != "find_root" and (module, other) not in INNER:
                strays |= {(module, other)} if ROW[other] >= ROW[module] else set()
    assert strays == set()


def test_the_engine_knows_no_subject():
    strays = {
        (path.name, name)
        for path in (ROOT / "reports").rglob("*.py")
        for name in imported(path)
        if name.split(".")[0] == "analysis"
    }
    assert strays == set()
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "reports").rglob("*.py"))
    assert not re.search(r"Pakistan|Taliban|Kabul|Torkham is", text)


def test_no_module_is_a_drawer():
    names = [
        path.stem for folder in ("analysis", "reports") for path in (ROOT / folder).rglob("*.py")
    ]
    assert not [name for name in names if re.search("util|helper|misc|common", name)]


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


# What conda-forge calls by another name: the same without what only other users need.
CONDA = {"matplotlib-base": "matplotlib"}


def test_environment_and_project_ask_for_the_same():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    conda = {}
    for line in listed:
        if isinstance(line, str):
            name, _, bound = line.partition(" ")
            conda[canonicalize_name(CONDA.get(name, name))] = bound.strip()
    tools = {"python", "pip", "hatchling", "editables"}
    asked = {name: str(r.specifier) for name, r in requirements().items()}
    assert {name: bound for name, bound in conda.items() if name not in tools} == asked
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    # An exact one: Binder picks its base by it, and takes an old base for a mere bound.
    assert Specifier(project["project"]["requires-python"]).contains(conda["python"].lstrip("="))
    assert {"pip": ["-e ."]} in listed
    assert f"hatchling{conda['hatchling']}" in project["build-system"]["requires"]


def test_every_dependency_is_imported_somewhere():
    """A package that nobody imports is one that a reader installs for nothing."""
    used = {
        name.split(".")[0]
        for folder in ("analysis", "reports")
        for path in (ROOT / folder).rglob("*.py")
        for name in imported(path)
    }
    # jupyterlab and ipykernel are started, not imported; pyarrow reads Parquet for pandas.
    by_other_ways = {"jupyterlab", "ipykernel", "pyarrow"}
    names = {"pyyaml": "yaml", "ipython": "IPython"}
    asked = {names.get(name, name).replace("-", "_") for name in requirements()}
    assert asked - used - by_other_ways == set()


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


def cells_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def test_every_notebook_but_the_guide_has_its_parameters_on_record():
    schemas = json.loads((ROOT / "notebooks" / "parameters.json").read_text(encoding="utf-8"))
    assert sorted(schemas) == [path.stem for path in NOTEBOOKS]


@pytest.mark.parametrize("path", [GUIDE, *NOTEBOOKS], ids=lambda p: p.stem)
def test_a_notebook_is_committed_clean_with_one_title(path):
    cells = cells_of(path)
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    words = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
    levels = [len(m) for text in words for m in re.findall(r"^(#+) ", text, flags=re.M)]
    assert words[0].startswith("# ") and levels.count(1) == 1 and set(levels) <= {1, 2}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_asks_one_question_and_can_be_read_in_one_sitting(path):
    cells = cells_of(path)
    words = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    assert 20 <= len(cells) <= 35
    assert words[0].splitlines()[0].endswith("?")
    assert any("How fragile is this?" in text for text in words)
    assert any(text.startswith("## What this cannot show") for text in words)
    assert words[-1].startswith("## Sources")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_shows_frames_and_axes(path):
    code = "\n".join("".join(c["source"]) for c in cells_of(path) if c["cell_type"] == "code")
    assert "import pandas as pd" in code and "ax = charts." in code and ".head(" in code


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_markdown_states_no_number(path):
    """Markdown says how to read; what was found is computed. Years and counts would go stale."""
    for cell in cells_of(path):
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            assert not re.search(r"\d", re.sub(r"ISO 3166-1|C\d{4}", "", text)), text


def test_the_batch_lists_what_was_promised():
    matrix = load_matrix(ROOT)
    by_notebook = {}
    for report in matrix.reports:
        by_notebook.setdefault(report.notebook, []).append(matrix.parameters(report))
    dates = {parameters["as_of"] for parameters in by_notebook["actor_network"]}
    assert len(dates) >= 6 and {"2021-08-31", "2026-05-31"} <= dates
    assert {p["asylum"] for p in by_notebook["refugee_statistics"]} == {"PAK", "IRN"}
    assert len({p["as_of"] for p in by_notebook["regional_alignment"]}) >= 4
    assert set(by_notebook) == {path.stem for path in NOTEBOOKS}


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
