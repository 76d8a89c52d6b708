"""Runs as HTML for the cell of a notebook: escaped, styled for light and dark, no script."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from analysis.explore.runs import Run
from analysis.reports.layout import Guide
from analysis.reports.matrix import Notebook

_SHEET = Path(__file__).parent / "style" / "custom.css"
STYLE = f"<style>{_SHEET.read_text(encoding='utf-8')}</style>"


def run(done: Run, about: Notebook) -> str:
    """Headline, what differs from the notebook's own parameters, all exhibits, sources folded."""
    if done.error:
        return failure(done.error, done.log)
    changed = {
        name: value for name, value in done.parameters.items() if value != about.defaults[name]
    }
    facts = "; ".join(
        f"{escape(each['label'])}: {escape(each['value'])}"
        for each in Guide().words_of(changed, about.properties)
    )
    parts = [
        _headline(done),
        f'<p class="source">{f"Changed: {facts}." if facts else "As the notebook stands."}</p>',
    ]
    for section in done.sections:
        # A role and no <h3>: JupyterLab would list it among the headings of the reader's notebook.
        if section.heading:
            heading = escape(section.heading)
            parts.append(f'<p class="heading" role="heading" aria-level="3">{heading}</p>')
        parts += section.shown
    if done.evidence:
        parts.append(f"<details><summary>Sources used</summary>{done.evidence}</details>")
    return _panel(*parts)


def comparison(
    left: Run, right: Run, differing: Mapping[str, tuple[Any, Any]], about: Notebook
) -> str:
    """Two runs side by side; one above the other where there is no room for both."""
    titles = [
        "; ".join(
            f"{each['label']}: {each['value']}"
            for each in Guide().words_of(
                {name: values[side] for name, values in differing.items()}, about.properties
            )
        )
        for side in (0, 1)
    ]
    said = "" if differing else '<p class="finding">Both sets of parameters are the same.</p>'
    heads = [
        (f'<p class="parting">{escape(title)}</p>' if title else "")
        + (failure(side.error, side.log) if side.error else _headline(side))
        for title, side in zip(titles, (left, right), strict=True)
    ]
    names = list(dict.fromkeys([*left.figures, *right.figures]))
    rows = [
        _pair(_figure(left, name, titles[0]), _figure(right, name, titles[1])) for name in names
    ]
    return _panel(
        f'<p class="heading" role="heading" aria-level="3">{escape(about.question)}</p>',
        said,
        _pair(*heads),
        *rows,
    )


def failure(message: str, log: str = "") -> str:
    """Why a run failed, and its log folded below."""
    folded = f"<details><summary>Log</summary><pre>{escape(log)}</pre></details>" if log else ""
    return (
        f'<div class="torkham failure" role="alert"><p><b>The run failed.</b> {escape(message)}</p>'
        f"{folded}</div>"
    )


def fault(message: str) -> str:
    """Objection of the schema, for the place below a field."""
    return f'<p class="fault" role="alert">{escape(message)}</p>'


def status(message: str, done: int | None = None, total: int | None = None) -> str:
    """State of a run in words, with a bar while it goes on."""
    bar = "" if done is None else f'<progress value="{done}" max="{total}"></progress> '
    return f'<p class="status" role="status">{bar}{escape(message)}</p>'


def _figure(side: Run, name: str, title: str) -> str:
    if shown := side.figures.get(name):
        return f'<p class="side">{escape(title)}</p>{shown}' if title else shown
    absent = "The run failed." if side.error else f"No figure {name!r} for these parameters."
    return f'<p class="finding">{escape(absent)}</p>'


def _pair(*sides: str) -> str:
    return f'<div class="pair">{"".join(f"<div>{side}</div>" for side in sides)}</div>'


def _headline(done: Run) -> str:
    return f'<p class="headline">{escape(done.headline)}</p>'


def _panel(*parts: str) -> str:
    return f'{STYLE}<div class="torkham">{"".join(parts)}</div>'
