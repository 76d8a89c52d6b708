"""The errands of CONTRIBUTING.md, performed on a copy of the project, each in two places."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def build(project, report, *more):
    """Site folder of a report, built by the command in the copy."""
    command = [sys.executable, "-m", "analysis.cli", "reports", "-j", "1", "--only", report, *more]
    made = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    return project / "site" / report


def add_row(path, **cells):
    """Append a row to a table; columns not named stay blank."""
    with path.open(newline="", encoding="utf-8") as file:
        columns = next(csv.reader(file))
    assert set(cells) <= set(columns)
    with path.open("a", newline="", encoding="utf-8") as file:
        csv.DictWriter(file, columns, restval="", lineterminator="\n").writerow(cells)


def add_report(project, notebook, line):
    """A line of reports.yml under a notebook, which may be new."""
    path = project / "reports.yml"
    text = path.read_text(encoding="utf-8")
    heading = f"  {notebook}:\n"
    text = text if heading in text else text + heading
    path.write_text(text.replace(heading, f"{heading}    - {line}\n"), encoding="utf-8")


def rows_of(folder, table):
    with (folder / "tables" / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_state_is_a_row_and_its_brief_a_line(project):
    add_row(
        project / "seeds" / "actors.csv",
        actor_id="JPN", name="Japan", takes_article="false", kind="state",
        subregion="Eastern Asia", on_ladder="true",
    )  # fmt: skip
    add_report(project, "state_brief", "{name: 2025-06-01-japan, parameters: {state: JPN}}")
    page = build(project, "state_brief/2025-06-01-japan") / "report.html"
    assert "Japan" in page.read_text(encoding="utf-8")
    ladder = build(project, "regional_alignment/2025-06-01")
    assert "JPN" in {row["state"] for row in rows_of(ladder, "ladder")}


def test_a_rung_is_a_row_with_its_label(project):
    add_row(
        project / "seeds" / "codes.csv",
        code_key="treaty_signed", kind="step", code="treaty_signed", ladder="engagement", rung="9",
        label="treaty signed", infinitive="sign a treaty",
        definition="the state signs a treaty with the authorities",
    )  # fmt: skip
    ladder = build(project, "regional_alignment/2025-06-01")
    assert "treaty_signed" in {row["rung"] for row in rows_of(ladder, "ladder")}
    assert "treaty signed" in (ladder / "report.html").read_text(encoding="utf-8")


def test_a_parameter_is_a_line_of_the_notebook_and_its_bounds(project):
    path = project / "notebooks" / "state_brief.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(c for c in notebook["cells"] if "parameters" in c["metadata"].get("tags", []))
    cell["source"] = "".join(cell["source"]) + "\nmost: int = 5  # rows shown, 1 to 9"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    schemas = project / "notebooks" / "parameters.json"
    known = json.loads(schemas.read_text(encoding="utf-8"))
    known["state_brief"]["properties"]["most"] = {"type": "integer", "minimum": 1, "maximum": 9}
    schemas.write_text(json.dumps(known), encoding="utf-8")
    build(project, "state_brief/2025-06-01-pakistan", "-p", "most=3")
    made = [folder.name for folder in (project / "site" / "state_brief").iterdir()]
    assert any("most=3" in name for name in made)


def test_a_notebook_is_a_file_and_a_line(project):
    sources = [
        ("markdown", "# How many claims?"),
        ("code", "most: int = 3  # rows shown"),
        ("code", "from analysis import ledger, tables"),
        ("code", "from reports.exhibits import Evidence, Headline"),
        ("code", "book = ledger.load()\nHeadline(f'{len(book.rows)} claims, {most} shown.')"),
        ("code", "book.rows.head(most)"),
        ("code", "Evidence(tables.used(), tables.files_used())"),
    ]  # fmt: skip
    cells = []
    for number, (kind, source) in enumerate(sources):
        cell = {"id": f"cell-{number}", "cell_type": kind, "metadata": {}, "source": source}
        cells.append(cell | ({"outputs": [], "execution_count": None} if kind == "code" else {}))
    cells[1]["metadata"] = {"tags": ["parameters"]}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}}
    path = project / "notebooks" / "counted.ipynb"
    path.write_text(json.dumps(notebook | {"nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    add_report(project, "counted", "{name: all}")
    page = build(project, "counted/all") / "report.html"
    assert "claims, 3 shown." in page.read_text(encoding="utf-8")
