"""One run of a notebook for looking at: its exhibits in memory, nothing of it on disk."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from analysis import tables
from analysis.exhibits import MEDIA
from analysis.reports.execute import Job, execute, read_notebook
from analysis.reports.matrix import (
    Matrix,
    MatrixError,
    Notebook,
    load_matrix,
    near_miss,
    parameter_faults,
)
from analysis.reports.render import RenderError, collect
from analysis.reports.scratch import scratch_folder

# Shown in places of their own, not among the sections.
_APART = {MEDIA.format("headline"), MEDIA.format("evidence")}


class ExploreError(ValueError):
    """What was asked for and cannot be shown; in a notebook the message stands alone."""

    def _render_traceback_(self) -> list[str]:
        # IPython asks for it. The way through our own code would say nothing to a reader.
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True)
class Section:
    """Exhibits under one heading of the notebook, as HTML."""

    heading: str
    shown: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """What a notebook showed for one set of parameters, or why it showed nothing.

    `figures` maps the name of a figure to its HTML; `evidence` is the HTML of
    the sources used. With an `error` all of them are empty.
    """

    notebook: str
    parameters: dict[str, Any] = field(hash=False)
    headline: str = ""
    sections: tuple[Section, ...] = ()
    figures: dict[str, str] = field(default_factory=dict, hash=False)
    evidence: str = ""
    error: str = ""
    log: str = ""


def known(name: str, root: Path | None = None) -> tuple[Matrix, Notebook]:
    """Matrix of the project and what it knows of a notebook.

    Raises
    ------
    ExploreError
        For a notebook that has no parameters on record, or a matrix that is broken.
    """
    try:
        matrix = load_matrix(root or tables.find_root())
    except MatrixError as error:
        raise ExploreError(str(error)) from error
    if name not in matrix.notebooks:
        raise ExploreError(f"no notebook {name!r}{near_miss(name, matrix.notebooks)}")
    return matrix, matrix.notebooks[name]


def faults(about: Notebook, parameters: Mapping[str, Any]) -> dict[str, str]:
    """Objection of the schema to each parameter that it refuses, by name."""
    found = {}
    for name, value in parameters.items():
        place = f": parameter {name!r}: "
        lines = parameter_faults("", {name: value}, about.properties)
        if said := "; ".join(line.removeprefix(place) for line in lines):
            found[name] = said
    return found


def require(name: str, about: Notebook, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that the schema of a notebook refuses.

    Raises
    ------
    ExploreError
        With one line for each of them.
    """
    if refused := faults(about, parameters):
        raise ExploreError("\n".join(f"{name}, {key}: {said}" for key, said in refused.items()))


def run(
    name: str,
    parameters: Mapping[str, Any],
    root: Path | None = None,
    watch: Callable[[int, int, str], None] | None = None,
) -> Run:
    """Run of a notebook in a kernel of its own, by the checks of the batch.

    Neither the notebook's file nor `site/` nor the calling kernel is changed.
    `watch` is told of each code cell as it begins: its number, how many there
    are, and its first line. A run that fails is returned with its error.

    Raises
    ------
    ExploreError
        For an unknown notebook or parameters that the schema refuses; nothing is run then.
    """
    root = root or tables.find_root()
    matrix, about = known(name, root)
    require(name, about, parameters)
    everything = {**about.defaults, **parameters}
    cells = read_notebook(root / "notebooks" / f"{name}.ipynb").cells
    total = sum(cell.cell_type == "code" for cell in cells)
    # A failure is told once, below; papermill would tell it on the kernel's own terminal too.
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    with scratch_folder() as scratch:
        job = Job(root, name, dict(parameters), matrix.time_limit_seconds, scratch)
        result = execute(job, watch and (lambda number, line: watch(number, total, line)))
    if result.error is not None:
        return Run(name, everything, error=_said(result.error), log=result.log)
    assert result.notebook is not None
    try:
        headline = collect(result.notebook).headlines[0]
    except RenderError as error:
        return Run(name, everything, error=str(error), log=result.log)
    return Run(
        name,
        everything,
        headline,
        tuple(_sections(result.notebook)),
        dict(_figures(result.notebook)),
        "".join(data["text/html"] for data in _bundles(result.notebook, "evidence")),
    )


def _said(error: Mapping[str, Any]) -> str:
    what = f"{error['type']}: {error['message']}"
    if error["cell"] is None:
        return f"Before the first cell: {what}"
    return f"Code cell {error['cell']} ({error['source']}): {what}"


def _sections(notebook: NotebookNode) -> Iterator[Section]:
    """Everything shown but the headline and the sources, under its heading."""
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            found = re.match(r"\s*#+[ \t]+(.+)", cell.source)
            heading = found[1].strip() if found else heading
            continue
        outputs = [output.get("data", {}) for output in cell.get("outputs", [])]
        shown = tuple(
            data["text/html"]
            for data in outputs
            if "text/html" in data and not _APART & data.keys()
        )
        if shown:
            yield Section(heading, shown)
            heading = ""


def _figures(notebook: NotebookNode) -> Iterator[tuple[str, str]]:
    for data in _bundles(notebook, "figure"):
        yield data[MEDIA.format("figure")]["name"], data["text/html"]


def _bundles(notebook: NotebookNode, kind: str) -> Iterator[Mapping[str, Any]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if MEDIA.format(kind) in output.get("data", {}):
                yield output["data"]
