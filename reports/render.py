"""One report: its notebook run by papermill, its page that needs nothing else, its files."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from html import escape, unescape
from html.parser import HTMLParser
from itertools import chain, count
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jinja2 import Template
from nbconvert.filters.ansi import strip_ansi
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from papermill.engines import papermill_engines

from reports import MEDIA, engine, store
from reports.run import Task
from reports.site import Guide, environment

INJECTED = "injected-parameters"
# The site as seen from the folder of a report.
REPORT_ROOT = "../../"
NO_WORDS = "No description has been provided for this image"
_EXHIBIT_FILE = re.compile(r"(figures|tables|exports)/[A-Za-z0-9][A-Za-z0-9_-]*\.[a-z]+")
_PAGE = re.compile(r'<(b|span) data-page="([^"#]*)(#[^"]*)?">([^<]*)</\1>')
_PLAIN = re.compile(r'<span class="(n|nn|o|p|w)">([^<]*)</span>')
# Also where the entry point is missing, as in a checkout that was never installed.
papermill_engines.register(engine.NAME, engine.ForkEngine)


class RenderError(ValueError):
    """The notebook ran, but its page would break a rule of the house; says where, and a way out."""


@dataclass
class Findings:
    """What the outputs of a notebook say of themselves, and the files they bring."""

    headline: str = ""
    figures: list[str] = field(default_factory=list)
    first_alt: str = ""
    claims: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    last_evidence: str | None = None
    files: dict[str, bytes] = field(default_factory=dict)


def make(say: Callable[..., object], task: Task) -> dict[str, Any]:
    """Report of a task, run and rendered in this process: files, manifest, error, log, seconds.

    Says where it is: number and first line of each code cell, then `render`. Never raises.
    """
    clock, begun = time.monotonic(), time.time()
    report, limit = task.report, task.limit_seconds
    ran = execute(say, task.root, report.notebook, report.parameters, limit)
    notebook, error, log = ran
    files, manifest = dict[str, bytes](), dict[str, Any]()
    if error is None:
        say("render", "")
        try:
            findings = collect(notebook)
            html, executed = page(notebook, findings, task), nbformat.writes(notebook) + "\n"
            more = {"report.html": html.encode(), "notebook.ipynb": executed.encode()}
            files, manifest = findings.files | more, _manifest(task, findings, begun)
        except Exception as fault:
            told = {"type": type(fault).__name__, "message": str(fault)}
            error = {"cell": "render", "source": ""} | told
            log += "" if isinstance(fault, RenderError) else traceback.format_exc()
    seconds = round(time.monotonic() - clock, 3)
    return dict(files=files, manifest=manifest, error=error, log=log, seconds=seconds)


def execute(
    say: Callable[..., object], root: Path, name: str, parameters: Mapping[str, Any], limit: int
) -> tuple[Any, dict[str, Any] | None, str]:
    """A notebook run from top to bottom, the error that ended it, what went to stderr.

    In this process where it is a fork. Never raises.
    """
    place: tuple[int | None, str] = (None, "")
    cells = 0

    def watch(cell: NotebookNode) -> None:
        nonlocal place, cells
        if cell.cell_type == "code" and INJECTED not in cell.metadata.get("tags", []):
            cells += 1
            place = cells, cell.source.strip().partition("\n")[0]
            say(*place)

    def failed(kind: str, message: str, log: str = "") -> tuple[None, dict[str, Any], str]:
        error = {"cell": place[0], "source": place[1], "type": kind, "message": strip_ansi(message)}
        return None, error, strip_ansi(log)

    try:
        notebook = papermill.execute_notebook(
            read_notebook(root / "notebooks" / f"{name}.ipynb"),
            None,
            engine_name=engine.NAME,
            parameters=dict(parameters),
            kernel_name="python3",
            language="python",
            cwd=root / "notebooks",
            progress_bar=False,
            execution_timeout=limit,
            watch=watch,
        )
    except papermill.PapermillExecutionError as error:
        return failed(error.ename, error.evalue, "\n".join(error.traceback))
    except Exception as error:
        return failed(type(error).__name__, str(error))
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    log = "".join(output.text for output in outputs if output.get("name") == "stderr")
    for output in outputs:
        # papermill takes sys.exit() for success, though the cells below it did not run.
        if output.output_type == "error":
            return failed(output.ename, "the cell ended the notebook before its last cell", log)
    return _normalised(notebook), None, strip_ansi(log)


def read_notebook(path: Path) -> NotebookNode:
    """Notebook of a file, with ids that depend on the file alone, so that bytes may be the same."""
    document = json.loads(path.read_text(encoding="utf-8"))
    for position, cell in enumerate(document["cells"]):
        cell.setdefault("id", f"cell-{position}")
        cell["source"] = "".join(cell["source"])
    spec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    document["metadata"].setdefault("kernelspec", spec)
    document["nbformat_minor"] = max(5, document["nbformat_minor"])
    return nbformat.from_dict(document)


def _normalised(notebook: NotebookNode) -> NotebookNode:
    """Executed notebook without what differs from one equal run to the next.

    Clocks, random ids and the patch number of Python go, and so does stderr: warnings name
    temporary files and process ids.
    """
    notebook.metadata.pop("papermill", None)
    language = notebook.metadata["language_info"]
    language["version"] = ".".join(language["version"].split(".")[:2])
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if INJECTED in cell.metadata.get("tags", []):
            cell.id = INJECTED
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]  # papermill puts an empty list into every cell
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return notebook


def collect(notebook: NotebookNode) -> Findings:
    """Collect the findings in the outputs of an executed notebook.

    Raises
    ------
    RenderError
        Without exactly one headline, or without evidence; for a name that two exhibits share or
        that is no plain name; for a figure without its SVG or PNG, a picture without a
        description, or anything that would run or ask the network.
    """
    findings, headlines, evidence = Findings(), 0, 0
    for place, output in _outputs(notebook):
        data = output.get("data", {})
        exhibits = {kind: data.get(MEDIA.format(kind)) for kind in _KINDS}
        if headline := exhibits["headline"]:
            headlines += 1
            findings.headline = headline["text"]
        if figure := exhibits["figure"]:
            findings.first_alt = findings.first_alt or f"{figure['title']}. {figure['alt']}"
            findings.figures.append(figure["name"])
            for suffix, content in _images(place, figure["name"], data):
                _add(findings, place, f"figures/{figure['name']}.{suffix}", content)
        for exhibit in filter(None, [figure, exhibits["table"]]):
            _add(findings, place, f"tables/{exhibit['name']}.csv", exhibit["table"].encode())
        for file, text in (exhibits["download"] or {}).get("files", {}).items():
            _add(findings, place, f"exports/{file}", text.encode())
        if told := exhibits["evidence"]:
            evidence += 1
            findings.claims.update(told["claims"])
            findings.tables.update(told["tables"])
            findings.reads.update(told["files"])
            # ISO dates sort as text; "" stands before all of them.
            latest = max(findings.last_evidence or "", told["last_evidence"] or "")
            findings.last_evidence = latest or None
        if faults := _faults_of(output):
            raise RenderError(f"{place}: {faults[0]}")
    if headlines != 1:
        raise RenderError(f"{headlines} headlines; expected exactly one cell that shows a Headline")
    if not evidence:
        raise RenderError("no evidence; expected a last cell that shows Evidence: what was read")
    return findings


_KINDS = ("headline", "figure", "table", "download", "evidence")


def prepare() -> None:
    """Do once what the first page costs more than any other."""
    _template("cells.html.j2")
    _template("report.html.j2")
    Highlight2HTML(pygments_lexer="ipython3")("1")


def _outputs(notebook: NotebookNode) -> Iterator[tuple[str, Any]]:
    """Every output with its cell in words, counted as the author counts code cells."""
    number = 0
    for cell in notebook.cells:
        number += cell.cell_type == "code" and INJECTED not in cell.metadata.get("tags", [])
        for output in cell.get("outputs", []):
            yield f"cell {number}", output


def _images(place: str, name: str, data: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    try:
        yield "svg", data["image/svg+xml"].encode()
        yield "png", base64.b64decode(data["image/png"])
    except (KeyError, binascii.Error) as error:
        raise RenderError(f"{place}: figure {name!r} came without a readable {error}") from error


def _add(findings: Findings, place: str, path: str, content: bytes) -> None:
    if not _EXHIBIT_FILE.fullmatch(path):
        raise RenderError(f"{place}: {path}: expected a name of letters, digits, _ and -")
    if path.casefold() in {known.casefold() for known in findings.files}:
        raise RenderError(f"{place}: {path}: two exhibits have this name; rename one")
    findings.files[path] = content


def _faults_of(output: Mapping[str, Any]) -> list[str]:
    data = output.get("data", {})
    if "text/html" in data:
        return _Inspector(data["text/html"]).faults
    pictures = [kind for kind in ("image/svg+xml", "image/png") if kind in data]
    if pictures and not _alt(output, pictures[0]).strip():
        return [_Inspector.BARE]
    return []


def _alt(output: Mapping[str, Any], kind: str) -> str:
    return str(output.get("metadata", {}).get(kind, {}).get("alt", ""))


def page(notebook: NotebookNode, findings: Findings, task: Task) -> str:
    """Page of a report: one H1, no script, and nothing fetched from anywhere.

    What the notebook marks as having a page of its own becomes a link to it where the site has
    that page, and bears the name that the guide knows.

    Raises
    ------
    RenderError
        For a second H1, or anything in Markdown that would run or be fetched.
    """
    # The heading of the first Markdown cell is the H1 above; it must not come twice.
    first = next(cell for cell in notebook.cells if cell.cell_type == "markdown")
    markdown, highlight = _Markdown(), Highlight2HTML(pygments_lexer="ipython3")
    body = _template("cells.html.j2").render(
        cells=notebook.cells,
        sources={first.id: re.sub(r"\A\s*#[ \t]+.+", "", first.source)},
        media=MEDIA,
        markdown=MarkdownWithMath(renderer=markdown).render,
        # Colours are for comments, keywords, texts and numbers; the rest weighs as much.
        highlight=lambda source: _PLAIN.sub(r"\2", highlight(source)),
        frames=partial(_frames, dict[str, int]()),
        alt=_alt,
        plain=strip_ansi,
    )
    html = _template("report.html.j2").render(
        path=f"{REPORT_ROOT}report.html",
        root=REPORT_ROOT,
        guide=task.guide,
        name=task.report.name,
        question=task.told["question"],
        parameters=task.told["parameters"],
        properties=task.properties,
        findings=findings,
        contents=markdown.contents,
        # A notebook that says so in its metadata is set to fit one printed page.
        one_page=notebook.metadata.get("torkham", {}).get("one_page", False),
        body=_linked(body, task.guide),
    )
    inspector = _Inspector(html)
    if inspector.headings != 1:
        raise RenderError(f"{inspector.headings} H1 headings; use ## for sections, one # on top")
    if inspector.faults:
        raise RenderError(f"Markdown: {inspector.faults[0]}")
    return html


def _template(name: str) -> Template:
    return environment().get_template(name)


def _manifest(task: Task, findings: Findings, begun: float) -> dict[str, Any]:
    """What the manifest tells of a report that was made, all but the hashes of its files."""
    files = store.Files(task.root)
    reads = {path: files.state(path) for path in sorted(findings.reads)}
    for path in reads:
        place = task.root / path
        if place.exists() and place.stat().st_mtime > begun:
            reads[path] = "changed meanwhile"
    return dict(task.told) | {
        "status": "ok",
        "hashes": task.told["hashes"] | {"reads": reads},
        "headline": findings.headline,
        "last_evidence": findings.last_evidence,
        "claims": sorted(findings.claims),
        "tables": sorted(findings.tables),
        "figures": findings.figures,
        "first_alt": findings.first_alt,
    }


class _Markdown(IPythonRenderer):
    """Markdown of a page: an id of its own for every heading, the H2s as contents, tables boxed."""

    def __init__(self) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)
        self.contents: list[tuple[str, str]] = []
        self._taken = {"main", "contents"}

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        words = unescape(re.sub(r"<[^>]*>", "", text)).strip()
        stem = re.sub(r"\W+", "-", words.lower()).strip("-") or "section"
        numbered = (f"{stem}-{number}" for number in count(2))
        name = next(one for one in chain([stem], numbered) if one not in self._taken)
        self._taken.add(name)
        if level == 2:
            self.contents.append((name, words))
        return f'<h{level} id="{name}">{text}</h{level}>\n'

    def table(self, text: str) -> str:
        return f"{_scroll('Table')}<table>{text}</table></div>\n"

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        return f'<th scope="col">{text}</th>\n' if head else f"<td>{text}</td>\n"


def _scroll(label: str) -> str:
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(label)}">'


def _frames(labels: dict[str, int], html: str, source: str) -> str:
    """HTML of a cell with each table in a box that the keyboard reaches, its header cells scoped.

    A frame that is shown as it is bears the line of code that shows it as its label.
    """
    if "<table" not in html or 'role="region"' in html:
        return html
    last = (source.strip().splitlines() or [""])[-1]
    labels[last] = labels.get(last, 0) + 1
    label = f"Table: {last}" + (f" ({labels[last]})" if labels[last] > 1 else "")
    if 'class="dataframe"' in html:
        html = re.sub(r"<style scoped>.*?</style>", "", html, flags=re.DOTALL)
        html = re.sub(r' (halign|valign|border)="\w+"', "", html)
        head, end, body = html.partition("</thead>")
        head = re.sub(r"<th>\s*</th>", "<td></td>", head).replace("<th", '<th scope="col"')
        head = head.replace('<th scope="col"ead', "<thead")
        html = head + end + body.replace("<th", '<th scope="row"')
    html = html.replace("<table", f'<table aria-label="{escape(label)}"')
    return f"{_scroll(label)}{html}</div>"


def _linked(body: str, guide: Guide) -> str:
    """Body with links to the pages of the site that texts are marked with."""

    def link(match: re.Match[str]) -> str:
        tag, path, anchor, text = match.groups()
        shown = escape(guide.names.get(unescape(text), unescape(text)))
        if unescape(path) in guide.paths:
            shown = f'<a href="{REPORT_ROOT}{path}{anchor or ""}">{shown}</a>'
        return f"<b>{shown}</b>" if tag == "b" else shown

    return _PAGE.sub(link, body)


class _Inspector(HTMLParser):
    """What a page must not hold, each with the way out."""

    BARE = "a picture without words; show it through a Figure, which asks for them"

    def __init__(self, html: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.headings = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.headings += tag == "h1"
        alt = (given.get("alt") or "").strip()
        if tag == "img" and (not alt or alt.startswith(NO_WORDS)):
            self.faults.append(self.BARE)
        if tag in {"script", "iframe", "object", "embed"}:
            self.faults.append(
                f"a <{tag}>, which no page may hold that opens anywhere; show it "
                "as a figure, a table or plain HTML"
            )
        for name in ("src", "srcset", "poster") + (() if tag == "a" else ("href", "xlink:href")):
            if re.match(r"\s*(https?:|//)", given.get(name) or ""):
                self.faults.append(
                    f"<{tag} {name}={given[name]!r}> would ask the network; embed it as data:"
                )
