"""A project of a few cells, as small as the batch takes one: notebooks, two tables, two modules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from reports import run
from reports.matrix import load_matrix, select

HEADLINE = """
import html
from IPython.display import display
text = f"As told by {teller} on {as_of}."
said = {"text/html": f"<p>{html.escape(text)}</p>"}
display(said | {"application/vnd.torkham.headline+json": {"text": text}}, raw=True)
"""
FIGURE = """
import sys
import counting
figure = {"name": "ties", "title": "T", "alt": "A", "source": "S", "table": "a\\n1\\n"}
shown = {"text/html": '<figure><img alt="A" src="data:,"></figure>', "image/png": "YWJj"}
shown |= {"image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg"/>'}
display(shown | {"application/vnd.torkham.figure+json": figure}, raw=True)
print("stderr of a cell", file=sys.stderr)
"""
EVIDENCE = """
told = {"claims": ["C2", "C1"], "tables": ["claims"], "last_evidence": "2025-05-30"}
told["files"] = ["seeds/claims.csv", "data/notes.txt", "data/snapshots/"]
display({"text/html": "<ul></ul>", "application/vnd.torkham.evidence+json": told}, raw=True)
"""
SCHEMA = {
    "properties": {
        "as_of": {"type": "string", "format": "date", "description": "last day counted"},
        "teller": {"type": "string", "description": "whose telling"},
    },
}
PARAMETERS = 'as_of: str = "2025-06-01"  # a day\nteller: str = "nobody"  # an actor'


def write_notebook(root: Path, name: str, *sources: str, question: str = "# Who brokers?") -> None:
    """Write a notebook with two parameters, and their schema."""
    cells = [
        new_markdown_cell(f"{question}\nIntroduction.", id="start"),
        new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, id="parameters"),
        *[new_code_cell(source.strip(), id=f"c{i}") for i, source in enumerate(sources)],
    ]
    write(new_notebook(cells=cells), root / "notebooks" / f"{name}.ipynb")
    schemas = root / "notebooks" / "parameters.json"
    known = json.loads(schemas.read_text()) if schemas.exists() else {}
    schemas.write_text(json.dumps(known | {name: SCHEMA}))


def write_matrix(root: Path, reports: dict[str, dict[str, Any]], limit: int = 60) -> None:
    """Write reports.yml; JSON is YAML."""
    listed: dict[str, list[dict[str, Any]]] = {}
    for path, parameters in reports.items():
        notebook, name = path.split("/")
        listed.setdefault(notebook, []).append({"name": name, "parameters": parameters})
    document = {"time_limit_seconds": limit, "reports": listed}
    (root / "reports.yml").write_text(json.dumps(document))


def describe(root: Path, **titles: str) -> None:
    """Write a data package whose tables have titles."""
    tables = [
        {"name": name, "path": f"{name}.csv", "title": titles.get(name, "")}
        for name in ("claims", "actors")
    ]
    (root / "seeds" / "datapackage.json").write_text(json.dumps({"resources": tables}))


def make_root(root: Path) -> Path:
    """Project without notebooks."""
    for folder in ("notebooks", "seeds", "data/snapshots/old", "analysis"):
        (root / folder).mkdir(parents=True)
    for table in ("claims", "actors"):
        (root / "seeds" / f"{table}.csv").write_text("claim_id\nC1\n")
    describe(root, claims="as told")
    (root / "data" / "notes.txt").write_text("a note")
    (root / "analysis" / "ledger.py").write_text("x = 1\n")
    (root / "counting.py").write_text("from places import ROOT\n")
    (root / "places.py").write_text("import os\nROOT = os.path.dirname(os.getcwd())\n")
    return root


def build(root: Path, *more: Any, **settings: Any) -> run.Outcome:
    """One call of the batch on all listed reports, and more; it says nothing."""
    matrix = load_matrix(root)
    quiet = {"jobs": 2, "echo": lambda line: None} | settings
    return run.run(root, matrix, [*select(matrix, []), *more], run.Settings(**quiet))


def page_of(root: Path, path: str = "network/a/report.html") -> BeautifulSoup:
    """Page of the built site."""
    return BeautifulSoup((root / "site" / path).read_text(encoding="utf-8"), "html.parser")


def records_of(root: Path) -> dict[str, Any]:
    """What run.json says of each report."""
    return dict(json.loads((root / "site" / "run.json").read_text())["reports"])


def files_of(root: Path) -> dict[str, bytes]:
    """Every file of the site but run.json."""
    site = root / "site"
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in sorted(site.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }
