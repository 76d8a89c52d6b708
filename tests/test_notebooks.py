"""The notebooks: any allowed parameters, and sentences that rest on the tables."""

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
import pytest
from conftest import ROOT

from analysis import find_root, tables
from reports import MEDIA
from reports.matrix import load_matrix

mpl.use("agg")
NOTEBOOKS = load_matrix(ROOT).notebooks
NAMES = sorted(NOTEBOOKS)


def run(name, parameters, until=None):
    """Run the cells of a notebook in this process and show each last value, as IPython would.

    A kernel for each draw would take the time of the whole suite; the engine
    is tried by the tests of the batch.
    """
    path = find_root() / "notebooks" / f"{name}.ipynb"
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
            result = eval(compile(value, cell["id"], "eval"), space)
            if hasattr(result, "_repr_mimebundle_"):
                shown.append(result._repr_mimebundle_())
                if until is not None and MEDIA.format(until) in shown[-1]:
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


@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("name", NAMES)
def test_any_allowed_parameters(name, part, monkeypatch):
    """Three seeded draws a notebook, each by itself so that they can run side by side."""
    monkeypatch.chdir(ROOT)
    rng = random.Random(f"{name}-{part}")
    properties = NOTEBOOKS[name].properties
    parameters = {key: draw(schema, rng) for key, schema in properties.items()}
    shown = run(name, parameters)
    said = [s[MEDIA.format("headline")]["text"] for s in shown if MEDIA.format("headline") in s]
    assert len(said) == 1 and said[0].endswith("."), parameters
    for bundle in shown:
        text = bundle["text/html"]
        assert "nan" not in text.replace("finance", "").lower().split(), parameters
        assert not re.search(r"\bNone\b(?! of)", bundle["text/plain"]), parameters


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


MUTATIONS = [
    # A code's intensity decides the sign of a tie.
    ("actor_network", {"focus": ["CHN", "IEA"]},
     ("codes", "intensity", "-6.0", {"code_key": "invests_in"})),
    # One claim less about the two in focus.
    ("actor_network", {}, ("claims", "recipients", "CHN", {"claim_id": "C0088"})),
    ("network_structure", {}, ("codes", "intensity", "9.0", {"code_key": "ASSAULT"})),
    ("refugee_statistics", {}, ("displacement", "persons", "3158538",
     {"year": "2025", "asylum_iso3": "PAK", "category": "refugees"})),
    ("regional_alignment", {"as_of": "2025-07-03"},
     ("claims", "start", "2025-07-04", {"step": "recognised", "actors": "RUS"})),
    ("claim_audit", {"as_of": "2026-05-31"},
     ("outcomes", "effect", "open", {"outlook_id": "C0084"})),
    ("state_brief", {"state": "CHN"},
     ("claims", "step", "", {"step": "ambassador_accepted", "actors": "CHN"})),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parameters", "change"), MUTATIONS)
def test_a_headline_rests_on_its_cell(project, name, parameters, change):
    before = headline(name, **parameters)
    *what, where = change
    assert alter(project, *what, **where) >= 1
    assert headline(name, **parameters) != before


EVIL = "<script>alert(1)</script> **x** $\\frac{ $(rm -rf /)"


@pytest.mark.parametrize("name", ["actor_network", "regional_alignment", "state_brief"])
def test_markup_in_a_name_a_gloss_or_a_title_is_shown_as_text(project, name):
    assert alter(project, "actors", "label", EVIL, actor_id="CHN") == 1
    assert alter(project, "claims", "gloss", EVIL, claim_id="C0014") == 1
    assert alter(project, "sources", "title", EVIL, source_id="trt-2025-06-01") == 1
    shown = [bundle["text/html"] for bundle in run(name, {})]
    assert not [text for text in shown if "<script" in text]
    assert any(
        "&lt;script&gt;alert(1)&lt;/script&gt; **x** $\\frac{ $(rm" in text for text in shown
    )


def test_what_is_only_remembered_comes_in_when_asked_for(project):
    plain, asked = (
        str(run("regional_alignment", {"as_of": "2021-08-31", "include_unconfirmed": asked}))
        for asked in (False, True)
    )
    assert "TUR,mission_open,not coded" in plain
    assert "TUR,mission_open,held from the start" in asked


@pytest.mark.slow
def test_two_time_zones_and_two_hash_seeds_give_the_same_bytes(project):
    """One real report and the site around it built twice, under other clocks and other seeds."""
    built = []
    for zone, seed in (("Asia/Kabul", "1"), ("America/Los_Angeles", "2")):
        subprocess.run(
            [sys.executable, "-m", "analysis.cli", "reports", "--fresh", "-j", "2",
             "--only", "actor_network/2025-06-01"],
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
    assert len(built[0]) > 15
    assert built[0].keys() == built[1].keys()
    assert [name for name in built[0] if built[0][name] != built[1][name]] == []
