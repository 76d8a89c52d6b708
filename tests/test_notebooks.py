"""The notebooks: any allowed parameters, plain papermill, sentences that rest on the tables."""

from __future__ import annotations

import ast
import builtins
import csv
import json
import os
import random
import re
import subprocess
import sys
from datetime import date, timedelta

import matplotlib as mpl
import papermill
import pytest
from conftest import ROOT

from analysis import tables
from analysis.exhibits import MEDIA

mpl.use("agg")
SCHEMAS = json.loads((ROOT / "notebooks" / "parameters.json").read_text(encoding="utf-8"))
NAMES = sorted(SCHEMAS)


def run(name, parameters, until=None):
    """Run the cells of a notebook in this process and show each last value, as IPython would.

    A kernel for each of ninety draws would take the time of the whole suite;
    the kernels are tried below and by the batch.
    """
    path = tables.find_root() / "notebooks" / f"{name}.ipynb"
    space: dict = {"__builtins__": builtins}
    shown = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body[-1]
        value = isinstance(last, ast.Expr) and ast.Expression(tree.body.pop().value)
        exec(compile(tree, cell["id"], "exec"), space)
        if "parameters" in cell["metadata"].get("tags", []):
            assert set(parameters) <= set(space)
            space.update(parameters)
        if value:
            shown.append(eval(compile(value, cell["id"], "eval"), space)._repr_mimebundle_())
        if cell["id"] == until:
            break
    return shown


def headline(name, **parameters):
    bundles = run(name, parameters, until="headline")
    return bundles[-1][MEDIA.format("headline")]["text"]


def draw(schema, rng):
    """Draw one allowed value of a parameter."""
    if schema.get("pattern") == "^[a-z0-9][a-z0-9-]*$":
        return rng.choice(sorted(set(tables.load("claims", ROOT)["source_id"])))
    if schema["type"] == "array" and "enum" not in schema["items"]:
        return sorted({draw(schema["items"], rng) for _ in range(rng.randint(0, 3))})
    if schema["type"] == "array":
        items = schema["items"]["enum"]
        size = rng.randint(schema.get("minItems", 0), schema.get("maxItems", len(items)))
        return rng.sample(items, size)
    if "enum" in schema:
        return rng.choice(schema["enum"])
    if schema["type"] == "boolean":
        return rng.random() < 0.5
    if schema["type"] == "integer":
        return rng.randint(schema["minimum"], schema["maximum"])
    known_only = "latest" in schema.get("pattern", "")
    if "examples" in schema and (known_only or "pattern" not in schema or rng.random() < 0.8):
        return rng.choice(schema["examples"])
    if "pattern" in schema:
        return "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=3))
    if "anyOf" in schema and rng.random() < 0.5:
        return ""
    assert schema["type"] == "string"
    return (date(2000, 1, 1) + timedelta(days=rng.randrange(11_000))).isoformat()


@pytest.mark.slow
@pytest.mark.parametrize("part", range(6))
@pytest.mark.parametrize("name", NAMES)
def test_any_allowed_parameters(name, part, monkeypatch):
    """Six seeded draws a notebook, each by itself so that they can run side by side."""
    monkeypatch.chdir(ROOT)
    rng = random.Random(f"{name}-{part}")
    parameters = {key: draw(schema, rng) for key, schema in SCHEMAS[name]["properties"].items()}
    shown = run(name, parameters)
    said = [s[MEDIA.format("headline")]["text"] for s in shown if MEDIA.format("headline") in s]
    assert len(said) == 1 and said[0].endswith("."), parameters
    for bundle in shown:
        text = bundle["text/html"]
        assert "nan" not in text.replace("finance", "").lower().split(), parameters
        assert not re.search(r"\bNone\b(?! of)", bundle["text/plain"]), parameters


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_plain_papermill(name, tmp_path):
    target = tmp_path / "out.ipynb"
    papermill.execute_notebook(
        ROOT / "notebooks" / f"{name}.ipynb", target, cwd=ROOT / "notebooks",
        kernel_name="python3", progress_bar=False,
    )  # fmt: skip
    cells = json.loads(target.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert not [o for o in outputs if o["output_type"] in ("error", "stream")]
    assert sum(MEDIA.format("headline") in o.get("data", {}) for o in outputs) == 1
    assert any("image/png" in o.get("data", {}) for o in outputs)


def alter(root, table, column, value, **where):
    """Change one column of the rows that match, and say how many there were."""
    path = root / tables.descriptor(table, root)["path"]
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    hit = [row for row in rows if all(row[key] == wanted for key, wanted in where.items())]
    for row in hit:
        row[column] = value
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return len(hit)


def test_the_network_s_headline_rests_on_the_ledger(project):
    before = headline("actor_network", focus=["CHN", "IEA"])
    assert alter(project, "codes", "intensity", "-6.0", code_key="invests_in") == 1
    assert alter(project, "codes", "intensity", "-9.5", code_key="COOPERATE") == 1
    after = headline("actor_network", focus=["CHN", "IEA"])
    assert "is cooperative" in before and "is cooperative" not in after


def test_one_claim_less_is_one_claim_less_in_the_headline(project):
    before = headline("actor_network")
    assert alter(project, "claims", "recipients", "CHN", claim_id="C0088") == 1
    assert before != headline("actor_network")


def test_the_stock_s_headline_rests_on_one_cell(project):
    before = headline("refugee_statistics")
    where = {"year": "2025", "asylum_iso3": "PAK", "category": "refugees"}
    assert alter(project, "displacement", "persons", "2158538", **where) == 1
    after = headline("refugee_statistics")
    assert "1.98 million" in before and "2.98 million" in after
    assert "refugees alone grew by 9 %" in after


def test_the_number_of_breaks_rests_on_its_table(project):
    assert "Five breaks lie" in headline("refugee_statistics")
    assert alter(project, "breaks", "year", "2022", asylum_iso3="PAK", kind="verification") == 1
    assert "Four breaks lie" in headline("refugee_statistics")


def test_the_ladder_s_headline_rests_on_one_date(project):
    day = {"as_of": "2025-07-03"}
    assert "Russia had recognised" in headline("regional_alignment", **day)
    assert alter(project, "claims", "start", "2025-07-04", step="recognised", actors="RUS") >= 2
    assert "No state listed had recognised" in headline("regional_alignment", **day)


EVIL = "<script>alert(1)</script> **x** $\\frac{ $(rm -rf /)"


@pytest.mark.parametrize("name", ["actor_network", "regional_alignment"])
def test_markup_in_a_name_a_gloss_or_a_title_is_shown_as_text(project, name):
    assert alter(project, "actors", "label", EVIL, actor_id="CHN") == 1
    assert alter(project, "claims", "gloss", EVIL, claim_id="C0014") == 1
    assert alter(project, "sources", "title", EVIL, source_id="trt-2025-06-01") == 1
    shown = [bundle["text/html"] for bundle in run(name, {})]
    assert not [text for text in shown if "<script" in text]
    evidence = shown[-1]
    assert evidence.count("&lt;script&gt;alert(1)&lt;/script&gt; **x** $\\frac{ $(rm") >= 2


def test_what_is_only_remembered_comes_in_when_asked_for(project):
    day = {"as_of": "2021-08-31"}
    plain, asked = (
        run("regional_alignment", {**day, "include_unconfirmed": asked}, until="grid-figure")
        for asked in (False, True)
    )
    grid = MEDIA.format("figure")
    assert "TUR,mission_open,not coded" in plain[-1][grid]["table"]
    assert "TUR,mission_open,held from the start" in asked[-1][grid]["table"]


@pytest.mark.slow
def test_two_time_zones_and_two_hash_seeds_give_the_same_bytes(project):
    """Three real reports built twice, under other clocks and other seeds."""
    built = []
    for zone, seed in (("Asia/Kabul", "1"), ("America/Los_Angeles", "2")):
        subprocess.run(
            [sys.executable, "-m", "analysis.cli", "reports", "--fresh", "-j", "2",
             "--only", "actor_network/2025-06-01", "--only", "regional_alignment/2025-06-01",
             "--only", "refugee_statistics/iran"],
            cwd=project, check=True, capture_output=True,
            env=os.environ | {"TZ": zone, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        site = project / "site"
        built.append(
            {
                str(path.relative_to(site)): path.read_bytes()
                for path in sorted(site.rglob("*"))
                if path.is_file() and path.name != "run.json"
            }
        )
    assert len(built[0]) > 30
    assert built[0].keys() == built[1].keys()
    assert [name for name in built[0] if built[0][name] != built[1][name]] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_s_answers_are_those_of_the_notebooks(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert f"| {headline(name)} |" in (ROOT / "README.md").read_text(encoding="utf-8")
