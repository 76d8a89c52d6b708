"""The explorer without a browser: forms from schemas, refusals, comparisons, look-ups."""

from __future__ import annotations

import json
import re
import threading
from functools import cache

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import explore, tables
from analysis.explore import fields, panels, runs
from analysis.explore.comparison import Comparison
from analysis.explore.runs import Run, Section

SCHEMAS = json.loads((ROOT / "notebooks" / "parameters.json").read_text(encoding="utf-8"))
EVERY = [
    (notebook, name, schema)
    for notebook, about in SCHEMAS.items()
    for name, schema in about["properties"].items()
]


@pytest.fixture(autouse=True)
def at_home(monkeypatch):
    monkeypatch.chdir(ROOT / "notebooks")


@cache
def about(notebook):
    return runs.known(notebook, ROOT)[1]


def allowed(schema):
    """Values that a schema of parameters.json allows."""
    if schema.get("type") == "array" and "enum" in schema["items"]:
        return st.lists(
            st.sampled_from(schema["items"]["enum"]),
            min_size=schema.get("minItems", 0),
            max_size=schema.get("maxItems"),
            unique=True,
        )
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("anyOf") and all("format" not in form for form in schema["anyOf"]):
        return st.one_of([allowed(schema | form | {"anyOf": []}) for form in schema["anyOf"]])
    if "const" in schema:
        return st.just(schema["const"])
    if schema.get("type") == "array":
        return st.lists(allowed(schema["items"]), max_size=3, unique=True)
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True)
    days = st.dates().map(lambda day: day.isoformat())
    bounds = {"min_value": schema.get("minimum"), "max_value": schema.get("maximum")}
    kinds = {
        "boolean": st.booleans(),
        "integer": st.integers(**bounds),
        "number": st.floats(**bounds, allow_nan=False, allow_infinity=False),
        "string": days | st.just("") if schema.get("anyOf") else days,
    }
    return kinds[schema["type"]]


@pytest.mark.parametrize(
    ("notebook", "name", "schema"), EVERY, ids=lambda part: part if isinstance(part, str) else ""
)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_field_gives_back_what_was_put_in(notebook, name, schema, data):
    value = data.draw(allowed(schema))
    field = fields.field(name, schema, value, {})
    assert field.value == value
    assert runs.faults(about(notebook), {name: field.value}) == {}


@pytest.mark.parametrize(
    ("schema", "value", "kind"),
    [
        ({"type": "string", "format": "date"}, "2025-06-01", fields.Day),
        ({"type": "string", "anyOf": [{"format": "date"}, {"maxLength": 0}]}, "", fields.Day),
        ({"type": "string", "enum": ["", "PAK"]}, "PAK", fields.Choice),
        ({"type": "string"}, "trt-2025-06-01", fields.Words),
        ({"type": "boolean"}, True, fields.Switch),
        ({"type": "integer", "minimum": 1, "maximum": 9}, 4, fields.Whole),
        ({"type": "number"}, 0.5, fields.Number),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, ["b", "a"], fields.Several),
        ({"type": "array", "minItems": 2, "maxItems": 2, "items": {"enum": ["a", "b"]}},
         ["b", "a"], fields.Places),
        ({"type": "array", "items": {"type": "string", "format": "date"}},
         ["2025-06-01", "2026-03-15"], fields.Entries),
        ({"type": "array", "items": {"type": "integer"}}, [71, 72], fields.Literal),
        ({"type": "object"}, {"trade": 0.5}, fields.Literal),
    ],
)  # fmt: skip
def test_each_shape_of_schema_has_its_field(schema, value, kind):
    field = fields.field("some_name", schema | {"description": "what <it> is"}, value, {})
    assert type(field) is kind
    assert field.value == value
    assert "what &lt;it&gt; is" in str(field.widget.get_state()) + str(
        [child.value for child in getattr(field.widget, "children", []) if hasattr(child, "value")]
    )


def test_ticks_keep_their_order_and_codes_are_named():
    schema = {"type": "array", "items": {"enum": ["PAK", "IEA", "CHN"]}}
    field = fields.field("states", schema, ["CHN"], {"PAK": "Pakistan"})
    assert [box.description for box in field.inputs] == ["Pakistan (PAK)", "IEA", "CHN"]
    field.inputs[0].value = True
    assert field.value == ["CHN", "PAK"]
    field.inputs[2].value = False
    assert field.value == ["PAK"]


@pytest.mark.parametrize("notebook", sorted(SCHEMAS))
def test_every_notebook_has_a_form_filled_with_its_own_values(notebook):
    form = explore.form(notebook)
    assert form.values == about(notebook).defaults
    bundle = form._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "parameters cell" in bundle["text/plain"]


def test_a_wrong_value_is_refused_beside_its_field_and_nothing_runs(monkeypatch):
    monkeypatch.setattr(runs, "run", lambda *_, **__: pytest.fail("it ran"))
    form = explore.form("actor_network")
    form.fields["half_life_days"].inputs[0].value = 0
    assert "0 is less than the minimum of 1" in form.messages["half_life_days"].value
    form.fields["as_of"].inputs[0].value = None
    assert "is not a date" in form.messages["as_of"].value
    form.button.click()
    assert form.worker is None and "Nothing was run" in form.status.value
    form.set({"half_life_days": 30, "as_of": "2025-06-01"})
    assert not any(message.value for message in form.messages.values())


def test_a_second_click_starts_no_second_run(monkeypatch):
    begun, release = [], threading.Event()

    def slow(name, parameters, **_):
        begun.append(parameters["as_of"])
        release.wait(10)
        return Run(name, parameters, headline="Done it.")

    monkeypatch.setattr(runs, "run", slow)
    form = explore.form("actor_network")
    form.button.click()
    assert form.button.disabled
    form.button.click()
    release.set()
    form.worker.join(10)
    assert len(begun) == 1 and not form.button.disabled
    assert "Done it." in form.result.value
    form.button.click()
    form.worker.join(10)
    assert len(begun) == 2


def test_whatever_goes_wrong_is_told_and_the_button_comes_back(monkeypatch):
    monkeypatch.setattr(runs, "run", lambda *_, **__: 1 / 0)
    form = explore.form("actor_network")
    form.button.click()
    form.worker.join(10)
    assert "ZeroDivisionError" in form.result.value and not form.button.disabled


def files_of(project):
    paths = (path for path in project.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in paths if path.suffix != ".pyc"}


@pytest.mark.slow
def test_a_form_runs_the_notebook_and_changes_nothing_else(project):
    before = files_of(project)
    form = explore.form("refugee_statistics")
    form.set({"asylum": "IRN", "until": "2024-01-01"})
    form.button.click()
    form.worker.join(120)
    assert "Done." in form.status.value
    assert re.search(r'class="headline">[^<]*\bin Iran\b', form.result.value)
    assert "Changed: Asylum: IRN; Until: 1 January 2024." in form.result.value
    assert form.result.value.count("<figure") >= 2 and "<script" not in form.result.value
    assert files_of(project) == before


@pytest.mark.slow
def test_a_run_that_fails_names_the_cell(project):
    path = project / "notebooks" / "regional_alignment.ipynb"
    path.write_text(path.read_text().replace("order = engagement.seq", "order = engagement.sq"))
    seen = []
    done = runs.run("regional_alignment", {}, watch=lambda *cell: seen.append(cell))
    assert done.error.startswith("Code cell 3 (book = ledger.load(")
    assert "AttributeError" in done.error and not done.figures
    assert [number for number, _, _ in seen] == [1, 2, 3]
    shown = panels.run(done, about("regional_alignment"))
    assert "The run failed." in shown and "Log" in shown


def made(headline, figures, **parameters):
    return Run("actor_network", parameters, headline, (Section("", ("x",)),), figures)


def test_two_runs_stand_side_by_side():
    left = made("Left <b>.", {"network": "<figure>L</figure>", "old": "<figure>O</figure>"},
                as_of="2025-06-01", speaker="")  # fmt: skip
    right = made("Right.", {"network": "<figure>R</figure>"}, as_of="2026-03-15", speaker="")
    both = Comparison(about("actor_network"), left, right)
    assert both.differing == {"as_of": ("2025-06-01", "2026-03-15")}
    shown = both._repr_mimebundle_()["text/html"]
    assert "Left &lt;b&gt;." in shown and "As of: 15 March 2026" in shown
    assert shown.index("L</figure>") < shown.index("R</figure>") < shown.index("O</figure>")
    assert "No figure &#x27;old&#x27; for these parameters." in shown
    assert "Speaker" not in shown
    same = Comparison(about("actor_network"), left, left)._repr_mimebundle_()["text/html"]
    assert "Both sets of parameters are the same." in same
    failed = Run("actor_network", left.parameters, error="Code cell 2 (x): KeyError: 'a'")
    assert (
        "KeyError"
        in Comparison(about("actor_network"), left, failed)._repr_mimebundle_()["text/html"]
    )


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: explore.claims("PKA"), "no actor 'PKA'.*did you mean 'PAK'"),
        (lambda: explore.claims("PAK", "Taliban authorities"), "did you mean 'IEA'"),
        (lambda: explore.claims(), "at least one actor"),
        (lambda: explore.claims("PAK", as_of="2025-02-30"), "as_of: '2025-02-30' is not a day"),
        (lambda: explore.form("actor_networks"), "did you mean 'actor_network'"),
        (lambda: explore.compare("actor_network", {}, {"asof": ""}), "did you mean 'as_of'"),
        (lambda: explore.compare("actor_network", {"known_by": "soon"}, {}), "'soon'.*sources"),
        (lambda: explore.compare("actor_network", {"speaker": "PKA"}, {}), "did you mean 'PAK'"),
    ],
)
def test_a_wrong_question_is_answered_with_the_way_out(ask, said):
    with pytest.raises(explore.ExploreError, match=said) as caught:
        ask()
    # What IPython shows instead of a traceback through our own code.
    assert caught.value._render_traceback_() == [f"ExploreError: {caught.value}"]


def test_claims_are_listed_newest_first_with_their_sources():
    listing = explore.claims("PAK", "IEA", as_of="2025-06-01")
    assert listing.frame["day"].is_monotonic_decreasing
    shown = listing._repr_mimebundle_()["text/html"]
    assert (
        f"{len(listing.frame)} claims on Pakistan and the Taliban authorities, by 1 June 2025"
        in (shown)
    )
    for row in listing.frame.to_dict("records"):
        assert f">{row['claim_id']}</span>" in shown
    assert "alleged, said by PAK" in shown and 'href="https://www.trtworld.com/"' in shown
    then = explore.claims("PAK", "IEA", as_of="2025-06-01", known_by="2022-01-01").frame
    assert 0 < len(then) < len(listing.frame)
    assert "No claims on" in explore.claims("PAK", "IEA", as_of="1700-01-01").shown


def test_tables_notebooks_and_actors_are_all_listed():
    listed = explore.data_tables().frame
    assert len(listed) == len(tables.names())
    assert (listed[["file", "holds", "source", "licence"]] != "").all(axis=None)
    assert dict(zip(listed["file"], listed["rows"], strict=True))["seeds/actors.csv"] == len(
        tables.load("actors")
    )
    shown = explore.notebooks().shown
    for notebook, name, _ in EVERY:
        assert f'href="{notebook}.ipynb"' in shown and f"<code>{name} = " in shown
    assert set(explore.actors().frame["actor_id"]) == set(tables.load("actors")["actor_id"])


def test_markup_in_the_tables_is_shown_as_text(project):
    evil = "<script>alert(1)</script>"
    path = project / "seeds" / "actors.csv"
    path.write_text(path.read_text().replace("PAK,Pakistan,", f"PAK,{evil},"))
    assert evil not in explore.claims("PAK", "IEA").shown
    assert evil not in explore.actors().shown


def test_the_explorer_follows_the_working_folder(project):
    (project / "reports.yml").write_text("reports: nonsense")
    with pytest.raises(explore.ExploreError, match="nonsense"):
        explore.notebooks()
