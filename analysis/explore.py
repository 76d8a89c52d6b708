"""Exploring in JupyterLab: a form for a notebook's parameters, two runs side by side.

Look-ups need nothing of it: `ledger`, `tables` and `ties` give DataFrames.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from html import escape
from threading import Thread
from typing import Any

import ipywidgets as widgets
from IPython.display import HTML

from analysis import find_root, ledger
from reports import MEDIA
from reports.matrix import Matrix, MatrixError, load_matrix, near_miss, parameter_faults
from reports.run import trial

KINDS = ("headline", "figure", "table", "evidence")


def run(notebook: str, changed: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Exhibits of a notebook run with changed parameters: HTML by kind and name, in their order.

    It runs in a process of its own: neither the notebook's file nor `site/` nor
    the reader's kernel is changed. Of a run that fails the one exhibit, in
    place of the headline, says in which cell and why.

    Raises
    ------
    MatrixError
        For an unknown notebook, or parameters that its schema refuses: nothing is run then.
    """
    matrix = _matrix(notebook, changed)
    done = trial(find_root(), notebook, changed, matrix.time_limit_seconds)
    if error := done.error:
        where = f"cell {error['cell']}, {error['source']}: " if error["cell"] else ""
        return {("headline", ""): _failure(f"{where}{error['type']}: {error['message']}")}
    found: dict[tuple[str, str], str] = {}
    for cell in done.notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            html = data.get("text/html", "")
            kind = next((kind for kind in KINDS if MEDIA.format(kind) in data), "finding")
            name = data.get(MEDIA.format(kind), {}).get("name", "")
            if kind != "finding" or html.startswith('<p class="finding">'):
                # Findings have no names of their own; there is one headline.
                place = "" if kind == "headline" else f"{len(found)}"
                found[kind, name or place] = html
    return found


def compare(notebook: str, left: Mapping[str, Any], right: Mapping[str, Any]) -> HTML:
    """Two runs of a notebook side by side: what differs, the headlines, figures by name.

    Errors as for `run`.
    """
    defaults = _matrix(notebook, left, right).notebooks[notebook].defaults
    with ThreadPoolExecutor(2) as pool:
        sides = list(pool.map(lambda changed: run(notebook, changed), (left, right)))
    given = [{**defaults, **changed} for changed in (left, right)]
    differing = [name for name in defaults if given[0][name] != given[1][name]]
    cells = [
        f"<b>{escape(', '.join(f'{name} = {values[name]!r}' for name in differing))}</b>"
        for values in given
    ]
    for kind, name in {**sides[0], **sides[1]}:
        if kind in ("headline", "figure"):
            absent = f"<p>No {kind} {name} for these parameters.</p>"
            cells += [side.get((kind, name), absent) for side in sides]
    shown = "".join(f"<div>{cell}</div>" for cell in cells)
    return HTML(f'<div class="pair">{shown}</div>')  # type: ignore[no-untyped-call]


class Form(widgets.VBox):  # type: ignore[misc]
    """Every parameter of a notebook as a field, a button that runs it, the result below.

    What the schema has against a value stands beside its field, and nothing
    runs. A run goes on in a thread, so that the form and the reader's kernel
    stay free; until it is over the button is dead.

    Raises
    ------
    MatrixError
        For a notebook that is not described in notebooks/parameters.json.
    """

    def __init__(self, notebook: str) -> None:
        self.notebook, self.about = notebook, _matrix(notebook).notebooks[notebook]
        names = ledger.load().names()
        self.fields = {
            name: _field(schema, self.about.defaults[name], names)
            for name, schema in self.about.properties.items()
        }
        self.notes = {name: widgets.HTML() for name in self.fields}
        self.button = widgets.Button(description="Run", icon="play", button_style="primary")
        self.result = widgets.HTML()
        self.worker = Thread()
        self.button.on_click(lambda _: self._start())
        for field in self.fields.values():
            field.observe(lambda _: self._check(), names="value")
        self._check()
        labels = [widgets.Label(name) for name in self.fields]
        rows = zip(labels, self.fields.values(), self.notes.values(), strict=True)
        super().__init__([*map(widgets.HBox, rows), self.button, self.result])
        self.add_class("torkham-form")

    @property
    def values(self) -> dict[str, Any]:
        """What stands in the fields, as the notebook takes it."""
        return {name: _value(field) for name, field in self.fields.items()}

    def _check(self) -> None:
        """Say beside each field what it is, or what the schema has against its value."""
        values, properties = self.values, self.about.properties
        faults = {
            name: "; ".join(parameter_faults("", {name: value}, properties)).removeprefix(": ")
            for name, value in values.items()
        }
        for name, fault in faults.items():
            meaning = escape(properties[name].get("description", ""))
            self.notes[name].value = _failure(fault) if fault else meaning
        self.button.disabled = self.worker.is_alive() or any(faults.values())

    def _start(self) -> None:
        if not self.worker.is_alive():
            self.button.disabled, self.button.description = True, "Running"
            self.worker = Thread(target=self._work, args=[self.values], daemon=True)
            self.worker.start()

    def _work(self, values: dict[str, Any]) -> None:
        try:
            self.result.value = "".join(run(self.notebook, values).values())
        except Exception as error:
            # No cell stands there to show it.
            self.result.value = _failure(f"{type(error).__name__}: {error}")
        finally:
            self.button.disabled, self.button.description = False, "Run"


def _matrix(notebook: str, *changes: Mapping[str, Any]) -> Matrix:
    """Matrix of the project, in which the notebook is in order and takes the changes."""
    matrix = load_matrix(find_root())
    if notebook not in matrix.notebooks:
        raise MatrixError(f"no notebook {notebook!r}{near_miss(notebook, matrix.notebooks)}")
    about = matrix.notebooks[notebook]
    faults = list(about.faults)
    for changed in changes:
        faults += parameter_faults(notebook, changed, about.properties)
    if faults:
        raise MatrixError("\n".join(faults))
    return matrix


def _failure(text: str) -> str:
    return f'<p class="failure" role="alert">{escape(text)}</p>'


def _field(schema: Mapping[str, Any], value: Any, names: Mapping[str, str]) -> Any:
    """Widget for a parameter, filled with its value; `names` gives codes their names.

    It mends no value on the way: what the schema refuses must reach the schema.
    """
    if "enum" in schema:
        options = [
            (f"{one} {names.get(one, '')}".strip() or "not set", one) for one in schema["enum"]
        ]
        return widgets.Dropdown(options=options, value=value)
    if schema["type"] == "array":
        allowed = schema["items"].get("enum", [])
        return widgets.TagsInput(value=value, allowed_tags=allowed, allow_duplicates=False)
    forms = [schema, *schema.get("anyOf", [])]
    if any(form.get("format") == "date" for form in forms):
        return widgets.DatePicker(value=date.fromisoformat(value) if value else None)
    kinds = {"boolean": widgets.Checkbox, "integer": widgets.IntText, "number": widgets.FloatText}
    return kinds.get(schema["type"], widgets.Text)(value=value)


def _value(field: Any) -> Any:
    if isinstance(field, widgets.DatePicker):
        return field.value.isoformat() if field.value else ""
    return list(field.value) if isinstance(field, widgets.TagsInput) else field.value
