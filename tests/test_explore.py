"""The explorer without a browser: a field for every parameter, refusals, runs, two side by side."""

from __future__ import annotations

import re
import threading
from types import SimpleNamespace

import ipywidgets as widgets
import nbformat
import pytest
from conftest import ROOT

from analysis import explore
from reports import MEDIA
from reports.matrix import MatrixError, load_matrix, parameter_faults

NOTEBOOKS = load_matrix(ROOT).notebooks


@pytest.fixture(autouse=True)
def at_home(monkeypatch):
    monkeypatch.chdir(ROOT / "notebooks")


@pytest.mark.parametrize(
    ("schema", "value", "kind"),
    [
        ({"type": "string", "format": "date"}, "2025-06-01", widgets.DatePicker),
        ({"type": "string", "anyOf": [{"format": "date"}, {}]}, "", widgets.DatePicker),
        ({"type": "string", "enum": ["", "PAK"]}, "PAK", widgets.Dropdown),
        ({"type": "string"}, "trt-2025-06-01", widgets.Text),
        ({"type": "boolean"}, True, widgets.Checkbox),
        ({"type": "integer", "minimum": 1}, 0, widgets.IntText),
        ({"type": "number"}, 0.5, widgets.FloatText),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, ["b", "a"], widgets.TagsInput),
        ({"type": "array", "items": {"type": "string"}}, ["2025-06-01"], widgets.TagsInput),
    ],
)  # fmt: skip
def test_each_shape_of_schema_has_its_field_and_no_field_mends_a_value(schema, value, kind):
    field = explore._field(schema, value, {})
    assert type(field) is kind
    assert explore._value(field) == value


def test_every_notebook_has_a_form_that_gives_back_its_defaults():
    for name, about in NOTEBOOKS.items():
        values = explore.Form(name).values
        assert values == about.defaults
        assert list(parameter_faults("", values, about.properties)) == []


def test_a_wrong_value_is_refused_beside_its_field_and_nothing_runs(monkeypatch):
    monkeypatch.setattr(explore, "trial", lambda *_: pytest.fail("it ran"))
    form = explore.Form("state_brief")
    assert ("PAK Pakistan", "PAK") in form.fields["state"].options
    assert "ISO" in form.notes["as_of"].value and not form.button.disabled
    form.fields["as_of"].value = None
    assert "is not a date" in form.notes["as_of"].value and form.button.disabled
    with pytest.raises(MatrixError, match="did you mean 'as_of'"):
        explore.run("state_brief", {"asof": "2025-06-01"})
    with pytest.raises(MatrixError, match="'PKA'.*did you mean 'PAK'"):
        explore.compare("state_brief", {}, {"state": "PKA"})
    with pytest.raises(MatrixError, match="did you mean 'state_brief'"):
        explore.Form("state_briefs")


def shown(kind, html, **about):
    return {"text/html": html, MEDIA.format(kind): about}


def trial(*bundles):
    """What a run leaves whose cells showed these bundles."""
    outputs = [nbformat.v4.new_output("display_data", data=bundle) for bundle in bundles]
    cell = nbformat.v4.new_code_cell(outputs=outputs)
    words = nbformat.v4.new_markdown_cell("## Words")
    return SimpleNamespace(notebook=nbformat.v4.new_notebook(cells=[words, cell]), error=None)


def test_a_run_shows_its_exhibits_in_their_order_and_no_plain_frames(monkeypatch):
    done = trial(
        {"text/html": '<table class="dataframe"></table>'},
        shown("headline", "<p>H</p>", text="H"),
        {"text/html": '<p class="finding">F</p>'},
        shown("figure", "<figure>", name="ties"),
    )
    monkeypatch.setattr(explore, "trial", lambda *_: done)
    found = explore.run("state_brief", {"state": "CHN"})
    assert "".join(found.values()) == '<p>H</p><p class="finding">F</p><figure>'
    assert ("figure", "ties") in found


def test_a_run_that_fails_names_the_cell_as_text(monkeypatch):
    error = {"cell": 3, "source": "book = <b>", "type": "KeyError", "message": "'a'"}
    monkeypatch.setattr(explore, "trial", lambda *_: SimpleNamespace(notebook=None, error=error))
    (said,) = explore.run("state_brief", {}).values()
    assert "cell 3, book = &lt;b&gt;: KeyError" in said and 'role="alert"' in said


def test_two_runs_stand_side_by_side(monkeypatch):
    sides = {
        "2025-06-01": trial(
            shown("headline", "<p>L</p>"),
            shown("figure", "<figure>L", name="ties"),
            shown("figure", "<figure>O", name="old"),
            shown("table", "<table>", name="steps"),
        ),
        "2026-05-31": trial(
            shown("headline", "<p>R</p>"), shown("figure", "<figure>R", name="ties")
        ),
    }
    monkeypatch.setattr(explore, "trial", lambda *given: sides[given[2]["as_of"]])
    html = explore.compare("state_brief", *({"as_of": day} for day in sides)).data
    cells = re.findall(r"<div>(.*?)</div>", html)
    assert cells == [
        "<b>as_of = &#x27;2025-06-01&#x27;</b>", "<b>as_of = &#x27;2026-05-31&#x27;</b>",
        "<p>L</p>", "<p>R</p>", "<figure>L", "<figure>R",
        "<figure>O", "<p>No figure old for these parameters.</p>",
    ]  # fmt: skip


def test_a_second_click_starts_no_second_run_and_the_button_comes_back(monkeypatch):
    begun, release = [], threading.Event()

    def slow(root, notebook, parameters, limit):
        begun.append(parameters["state"])
        release.wait(10)
        return trial(shown("headline", "<p>Done it.</p>"))

    monkeypatch.setattr(explore, "trial", slow)
    form = explore.Form("state_brief")
    form.button.click()
    form.button.click()
    assert form.button.disabled
    release.set()
    form.worker.join(10)
    assert begun == ["PAK"] and not form.button.disabled
    assert form.result.value == "<p>Done it.</p>"
