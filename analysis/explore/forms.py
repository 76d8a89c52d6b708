"""The form of a notebook: a field a parameter, a button that runs it, the result below."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets

from analysis import ledger
from analysis.explore import panels, runs
from analysis.explore.fields import Field, field


class Form:
    """Every parameter of a notebook as a field, a button that runs it, and the result below.

    The run goes on in a thread with a kernel of its own, so that the form and
    the reader's kernel stay free; a second click does nothing until it is over.

    Raises
    ------
    ExploreError
        For a notebook that is not described in notebooks/parameters.json.
    """

    def __init__(self, notebook: str) -> None:
        _, self._about = runs.known(notebook)
        self.notebook = notebook
        words = ledger.load().short_names()
        self.fields: dict[str, Field] = {
            name: field(name, schema, self._about.defaults[name], words)
            for name, schema in self._about.properties.items()
        }
        self.messages = {name: widgets.HTML() for name in self.fields}
        self.button = widgets.Button(
            description="Run", icon="play", button_style="primary",
            tooltip=f"Run {notebook} with these values",
        )  # fmt: skip
        self.status = widgets.HTML()
        self.result = widgets.HTML()
        self.worker: threading.Thread | None = None
        self._running = threading.Lock()
        self.button.on_click(self._start)
        for each in self.fields.values():
            each.watch(lambda _: self._check())
        self.box = self._laid_out()

    @property
    def values(self) -> dict[str, Any]:
        """What stands in the fields, by parameter."""
        return {name: each.value for name, each in self.fields.items()}

    def set(self, parameters: Mapping[str, Any]) -> None:
        """Put values into the fields."""
        for name, value in parameters.items():
            self.fields[name].set(value)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        said = (
            f"The form of {self.notebook} needs JupyterLab's widgets. Without them, change the "
            f"parameters cell of notebooks/{self.notebook}.ipynb and run all cells."
        )
        bundle = self.box._repr_mimebundle_()
        return {**bundle, "text/plain": said}

    def _check(self) -> bool:
        """Show the schema's objections beside the fields; whether there are none."""
        refused = runs.faults(self._about, self.values)
        for name, message in self.messages.items():
            message.value = panels.fault(refused[name]) if name in refused else ""
        return not refused

    def _start(self, _: object) -> None:
        if not self._running.acquire(blocking=False):
            return
        if not self._check():
            self.status.value = panels.status("Nothing was run: mend the values marked above.")
            self._running.release()
            return
        self.button.disabled = True
        self.status.value = panels.status("Starting a kernel for this run", 0, 1)
        values = self.values
        # A daemon, so that the reader's kernel can end while a run goes on.
        self.worker = threading.Thread(target=self._run, args=[values], daemon=True)
        self.worker.start()

    def _run(self, values: dict[str, Any]) -> None:
        try:
            done = runs.run(self.notebook, values, watch=self._progress)
            self.result.value = panels.run(done, self._about)
            self.status.value = panels.status("The run failed." if done.error else "Done.")
        except Exception as error:
            # Whatever it is, the reader must learn of it: no cell stands there to show it.
            self.status.value = panels.status("The run failed.")
            self.result.value = panels.failure(f"{type(error).__name__}: {error}")
        finally:
            self.button.disabled = False
            self._running.release()

    def _progress(self, number: int, total: int, line: str) -> None:
        self.status.value = panels.status(f"Cell {number} of {total}: {line}", number - 1, total)

    def _laid_out(self) -> Any:
        cells = []
        # The wide ones last, so that the others fill their rows.
        for name, each in sorted(self.fields.items(), key=lambda item: item[1].wide):
            cell = widgets.VBox([each.widget, self.messages[name]])
            cell.add_class("torkham-field")
            if each.wide:
                cell.add_class("torkham-wide")
            cells.append(cell)
        grid = widgets.Box(cells)
        grid.add_class("torkham-fields")
        bar = widgets.HBox([self.button, self.status])
        bar.add_class("torkham-bar")
        box = widgets.VBox([widgets.HTML(panels.STYLE), grid, bar, self.result])
        box.add_class("torkham-form")
        return box
