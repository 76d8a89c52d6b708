"""One report: its notebook run by papermill, its page that needs nothing else, its files."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from html import escape, unescape
from pathlib import Path
from typing import Any

import nbformat
import papermill
from mistune import HTMLRenderer, create_markdown
from nbformat import NotebookNode
from papermill.engines import papermill_engines
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

from reports import MEDIA, engine, store
from reports.run import Made, Task, told
from reports.site import Guide, environment

INJECTED = "injected-parameters"
KERNEL = {"name": "python3", "language": "python", "display_name": "Python 3"}
# The site as seen from the folder of a report.
REPORT_ROOT = "../../"
# What no page may hold, with the way out. The words for a picture are nbconvert's, for one that
# nobody described.
_RULES = {
    r"<h1\b[^>]*>": "a second H1; use ## for sections, # for the question alone",
    r"<(script|iframe|object|embed)\b": "opens nowhere but here; show a figure or a table",
    r"<img\b(?![^>]*\balt=[\"']\s*(?!No description has been provided)[^\s\"'])": (
        "a picture without words; show it through a Figure, which asks for them"
    ),
    r"<(?!a\b)\w+\b[^>]*\s(src|srcset|poster|(xlink:)?href)=[\"']?\s*(https?:|//)": (
        "would ask the network; embed it as data:"
    ),
}
_KINDS = ("headline", "figure", "table", "download", "evidence")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_EXHIBIT_FILE = re.compile(r"(figures|tables|exports)/[A-Za-z0-9][A-Za-z0-9_-]*\.[a-z]+")
_PAGE = re.compile(r'<(b|span) data-page="([^"#]*)(#[^"]*)?">([^<]*)</\1>')
_PLAIN = re.compile(r'<span class="(n|nn|o|p|w)">([^<]*)</span>')
# Also where the entry point is missing, as in a checkout that was never installed.
papermill_engines.register(engine.NAME, engine.ForkEngine)


class RenderError(ValueError):
    """The notebook ran, but its page would break a rule of the house; says where, and a way out."""


def make(say: Callable[..., object], task: Task) -> Made:
    """Report of a task, run and rendered in this process; never raises.

    Says where it is: number and first line of each code cell, then `render`.
    """
    begun, name = time.time(), task.report.notebook
    made = execute(say, task.root, name, task.report.parameters, task.limit_seconds)
    if made.error:
        return made
    say("render", "")
    try:
        found, files = collect(made.notebook)
        html = page(made.notebook, found, files, task)
        executed = nbformat.v4.writes(made.notebook)
        files |= {"report.html": html.encode(), "notebook.ipynb": f"{executed}\n".encode()}
        reads = _states(task.root, found.pop("reads"), begun)
        manifest = {**task.told, **found, "status": "ok", "reads": reads}
        return replace(made, notebook=None, files=files, manifest=manifest)
    except RenderError as fault:
        return Made(told(fault), made.log)
    except Exception as fault:
        return Made(told(fault), made.log + traceback.format_exc())


def execute(
    say: Callable[..., object], root: Path, name: str, parameters: Mapping[str, Any], limit: int
) -> Made:
    """A notebook run from top to bottom: in this process, where it is a fork; never raises."""
    cells = 0

    def watch(cell: NotebookNode) -> None:
        nonlocal cells
        if _is_authors_code(cell):
            cells += 1
            say(cells, cell.source.strip().partition("\n")[0])

    options = {"progress_bar": False, "execution_timeout": limit, "watch": watch}
    kernel = {"engine_name": engine.NAME, "kernel_name": "python3", "language": "python"}
    try:
        document = read_notebook(root / "notebooks" / f"{name}.ipynb")
        where = {"cwd": root / "notebooks", "parameters": dict(parameters)}
        notebook = papermill.execute_notebook(document, None, **where, **kernel, **options)
    except papermill.PapermillExecutionError as fault:
        error = told(fault) | {"type": fault.ename, "message": _plain(fault.evalue)}
        return Made(error, _plain("\n".join(fault.traceback)))
    except Exception as fault:
        return Made(told(fault), traceback.format_exc())
    outputs = [output for _, output in _outputs(notebook)]
    log = _plain("".join(one.text for one in outputs if one.get("name") == "stderr"))
    for output in outputs:
        # papermill takes sys.exit() for success, though the cells below it did not run.
        if output.output_type == "error":
            why = "the cell ended the notebook before its last cell"
            return Made(told(SystemExit(why)), log)
    return Made(None, log, _normalised(notebook))


def read_notebook(path: Path) -> Any:
    """Notebook of a file, with ids that depend on the file alone, so that bytes may be the same."""
    document = json.loads(path.read_text(encoding="utf-8"))
    for position, cell in enumerate(document["cells"]):
        cell.setdefault("id", f"cell-{position}")
        cell["source"] = "".join(cell["source"])
    document["metadata"].setdefault("kernelspec", KERNEL)
    document["nbformat_minor"] = max(5, document["nbformat_minor"])
    return nbformat.from_dict(document)


def _normalised(notebook: NotebookNode) -> NotebookNode:
    """Executed notebook without what differs from one equal run to the next.

    Clocks, random ids and the patch number of Python go, and so does stderr: warnings name
    temporary files and process ids.
    """
    del notebook.metadata["papermill"]
    language = notebook.metadata.language_info
    language.version = ".".join(language.version.split(".")[:2])
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if INJECTED in (tags or []):
            cell.id = INJECTED
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return notebook


def _plain(text: str) -> str:
    """Text without the colours of a terminal."""
    return _ANSI.sub("", text)


def prepare() -> None:
    """Do once what the first page costs more than any other."""
    for name in ("report.html.j2", "cells.html.j2", "base.html.j2"):
        environment().get_template(name)


def collect(notebook: NotebookNode) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the outputs of an executed notebook say of themselves, and the files they bring.

    Raises
    ------
    RenderError
        Without exactly one headline, or without evidence; for a name that two exhibits share or
        that is no plain name; for a figure without its SVG or PNG, a picture without a
        description, or anything that would run or ask the network.
    """
    files: dict[str, bytes] = {}
    exhibits: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    for place, output in _outputs(notebook):
        data = output.get("data", {})
        for kind in _KINDS:
            if (exhibit := data.get(MEDIA.format(kind))) is not None:
                exhibits[kind].append(exhibit)
                for path, content in _files(place, kind, exhibit, data):
                    if not _EXHIBIT_FILE.fullmatch(path):
                        why = "expected a name of letters, digits, _ and -"
                        raise RenderError(f"{place}: {path}: {why}")
                    if path.casefold() in map(str.casefold, files):
                        why = "two exhibits have this name; rename one"
                        raise RenderError(f"{place}: {path}: {why}")
                    files[path] = content
        _inspect(place, _html(output))
    headlines, figures, evidence = (exhibits[kind] for kind in ("headline", "figure", "evidence"))
    if len(headlines) != 1:
        raise RenderError(f"{len(headlines)} headlines; expected exactly one cell with a Headline")
    if not evidence:
        raise RenderError("no evidence; expected a last cell that shows Evidence: what was read")
    # ISO dates sort as text; "" stands before all of them.
    last = max(each["last_evidence"] or "" for each in evidence)
    return {
        "headline": headlines[0]["text"],
        "figures": [figure["name"] for figure in figures],
        "first_alt": "{title}. {alt}".format(**figures[0]) if figures else "",
        "last_evidence": last or None,
        "claims": sorted({claim for each in evidence for claim in each["claims"]}),
        "tables": sorted({table for each in evidence for table in each["tables"]}),
        "reads": sorted({file for each in evidence for file in each["files"]}),
    }, files


def _is_authors_code(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and INJECTED not in cell.metadata.get("tags", [])


def _outputs(notebook: NotebookNode) -> Iterator[tuple[str, Any]]:
    """Every output with its cell in words, counted as the author counts code cells."""
    number = 0
    for cell in notebook.cells:
        number += _is_authors_code(cell)
        for output in cell.get("outputs", []):
            yield f"cell {number}", output


def _files(place: str, kind: str, exhibit: Any, data: Any) -> Iterator[tuple[str, bytes]]:
    """Files that an exhibit brings, by their paths."""
    if kind == "figure":
        name = f"figures/{exhibit['name']}"
        try:
            yield f"{name}.svg", data["image/svg+xml"].encode()
            yield f"{name}.png", base64.b64decode(data["image/png"])
        except (KeyError, binascii.Error) as error:
            raise RenderError(f"{place}: {name} came without a readable {error}") from error
    if kind in ("figure", "table"):
        yield f"tables/{exhibit['name']}.csv", exhibit["table"].encode()
    for file, text in exhibit["files"].items() if kind == "download" else ():
        yield f"exports/{file}", text.encode()


def _html(output: Mapping[str, Any]) -> str:
    """What an output brings to the page, as far as it could break a rule."""
    data = output.get("data", {})
    pictures = [kind for kind in ("image/svg+xml", "image/png") if kind in data]
    bare = f'<img alt="{escape(_alt(output, pictures[0]))}">' if pictures else ""
    return str(data.get("text/html", bare))


def _alt(output: Mapping[str, Any], kind: str) -> str:
    return str(output.get("metadata", {}).get(kind, {}).get("alt", ""))


def page(notebook: NotebookNode, found: Mapping[str, Any], files: Iterable[str], task: Task) -> str:
    """Page of a report: one H1, no script, and nothing fetched from anywhere.

    What the notebook marks as having a page of its own becomes a link to it where the site has
    that page, and bears the name that the guide knows.

    Raises
    ------
    RenderError
        For a second H1, or anything in Markdown that would run or be fetched.
    """
    # The heading of the first Markdown cell is the H1 of the page; it must not come twice.
    first = next(cell for cell in notebook.cells if cell.cell_type == "markdown")
    markdown, lexer, formatter = _Markdown(), PythonLexer(), HtmlFormatter()
    render = create_markdown(renderer=markdown, plugins=["table", "strikethrough"])
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            path=f"{REPORT_ROOT}report.html",
            root=REPORT_ROOT,
            task=task,
            guide=task.guide,
            found=found,
            files=sorted(files),
            notebook=notebook,
            sources={first.id: re.sub(r"\A\s*#[ \t]+.+", "", first.source)},
            media=MEDIA,
            contents=markdown.contents,
            markdown=lambda source: _inspect("Markdown", str(render(source))),
            # Colours are for comments, keywords, texts and numbers; the rest weighs as much.
            highlight=lambda source: _PLAIN.sub(r"\2", highlight(source, lexer, formatter)),
            tables=partial(_tables, dict[str, int]()),
            linked=partial(_linked, task.guide),
            alt=_alt,
            plain=_plain,
        )
    )


def _states(root: Path, reads: list[str], begun: float) -> dict[str, str]:
    """Hashes of the files that a run read, a table's descriptor with it."""
    described = {f"{path.rpartition('/')[0]}/datapackage.json" for path in reads}
    paths = {*reads, *(path for path in described if (root / path).is_file())}
    states = store.Files(root).states(paths)
    for path in paths:
        if states[path] and (root / path).stat().st_mtime > begun:
            states[path] = "changed meanwhile"
    return states


class _Markdown(HTMLRenderer):
    """Markdown of a page: an id of its own for every heading, the H2s as contents, tables boxed."""

    def __init__(self) -> None:
        super().__init__(escape=False)
        self.contents: list[tuple[str, str]] = []
        self._taken = Counter(["main", "contents"])

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        words = unescape(re.sub(r"<[^>]*>", "", text)).strip()
        stem = re.sub(r"\W+", "-", words.lower()).strip("-") or "section"
        self._taken[stem] += 1
        name = stem if self._taken[stem] == 1 else f"{stem}-{self._taken[stem]}"
        if level == 2:
            self.contents.append((name, words))
        return f'<h{level} id="{name}">{text}</h{level}>\n'

    def table(self, text: str) -> str:
        return f"{_scroll('Table')}<table>{text}</table></div>\n"

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        return f'<th scope="col">{text}</th>\n' if head else f"<td>{text}</td>\n"


def _scroll(label: str) -> str:
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(label)}">'


def _tables(labels: dict[str, int], html: str, about: str) -> str:
    """HTML of an output with its table in a box that the keyboard reaches, header cells scoped.

    The box bears the last line of `about` as its label: a caption, or the code that shows a frame.
    """
    if "<table" not in html or 'role="region"' in html:
        return html
    words = about.strip().rpartition("\n")[2]
    labels[words] = labels.get(words, 0) + 1
    label = f"Table: {words}" + (f" ({labels[words]})" if labels[words] > 1 else "")
    if 'class="dataframe"' in html:
        html = re.sub(r"<style scoped>.*?</style>", "", html, flags=re.DOTALL)
        html = re.sub(r' (halign|valign|border)="\w+"', "", html)
        head, end, body = html.partition("</thead>")
        head = re.sub(r"<th>\s*</th>", "<td></td>", head)
        head = re.sub(r"<th\b", '<th scope="col"', head)
        html = head + end + re.sub(r"<th\b", '<th scope="row"', body)
        html = html.replace("<table", f'<table aria-label="{escape(label)}"')
    return f"{_scroll(label)}{html}</div>"


def _linked(guide: Guide, body: str) -> str:
    """Body with links to the pages of the site that texts are marked with."""

    def link(match: re.Match[str]) -> str:
        tag, path, anchor, text = match.groups()
        shown = escape(guide.names.get(unescape(text), unescape(text)))
        if unescape(path) in guide.paths:
            shown = f'<a href="{REPORT_ROOT}{path}{anchor or ""}">{shown}</a>'
        return f"<b>{shown}</b>" if tag == "b" else shown

    return _PAGE.sub(link, body)


def _inspect(place: str, html: str) -> str:
    """HTML that breaks no rule of a page.

    Raises
    ------
    RenderError
        For what does, with the way out.
    """
    for pattern, why in _RULES.items():
        if found := re.search(pattern, html, re.IGNORECASE):
            raise RenderError(f"{place}: {found[0][:80]}: {why}")
    return html
