"""An executed notebook as a page that needs nothing else, and its exhibits as files."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from html.parser import HTMLParser
from typing import Any

import nbformat
from markupsafe import Markup, escape
from nbconvert.exporters.html import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML
from nbformat import NotebookNode

from analysis.reports.layout import TEMPLATES, Guide, environment

MIME = {
    kind: f"application/vnd.torkham.{kind}+json"
    for kind in ("headline", "figure", "table", "download", "evidence")
}
# The site as seen from the folder of a report.
REPORT_ROOT = "../../"
_EXHIBIT_FILE = re.compile(r"(figures|tables|exports)/[A-Za-z0-9][A-Za-z0-9_-]*\.[a-z]+")
_PAGE = re.compile(r'<(b|span) data-page="([^"#]*)(#[^"]*)?">([^<]*)</\1>')
_PLAIN = re.compile(r'<span class="(n|nn|o|p|w)">([^<]*)</span>')
_HEADING = re.compile(r"<h([2-6])\b([^>]*)>(.*?)</h\1>", re.DOTALL)


class RenderError(ValueError):
    """The notebook ran, but its page would break a rule of the house."""


@dataclass
class Findings:
    """What the outputs of a notebook say of themselves, and the files they bring."""

    headlines: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    first_alt: str = ""
    claims: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    last_evidence: str | None = None
    files: dict[str, bytes] = field(default_factory=dict)


def collect(notebook: NotebookNode) -> Findings:
    """Collect the findings in the outputs of an executed notebook.

    Raises
    ------
    RenderError
        Without exactly one headline; for a name that two exhibits share, that
        is no plain name, or whose figure came without its SVG or PNG.
    """
    findings = Findings()
    for data in _bundles(notebook):
        if headline := data.get(MIME["headline"]):
            findings.headlines.append(headline["text"])
        if figure := data.get(MIME["figure"]):
            findings.first_alt = findings.first_alt or f"{figure['title']}. {figure['alt']}"
            findings.figures.append(figure["name"])
            for suffix, content in _images(figure["name"], data):
                _add(findings.files, f"figures/{figure['name']}.{suffix}", content)
        for exhibit in (data.get(MIME["figure"]), data.get(MIME["table"])):
            if exhibit:
                path = f"tables/{exhibit['name']}.csv"
                _add(findings.files, path, exhibit["table"].encode())
        if download := data.get(MIME["download"]):
            for file, text in download["files"].items():
                _add(findings.files, f"exports/{file}", text.encode())
        if evidence := data.get(MIME["evidence"]):
            findings.claims.update(evidence["claims"])
            findings.tables.update(evidence["tables"])
            # ISO dates sort as text; "" stands before all of them.
            latest = max(findings.last_evidence or "", evidence["last_evidence"] or "")
            findings.last_evidence = latest or None
    if len(findings.headlines) != 1:
        raise RenderError(f"{len(findings.headlines)} headlines; expected exactly one")
    return findings


def page(
    notebook: NotebookNode,
    findings: Findings,
    question: str,
    name: str,
    parameters: Mapping[str, Any],
    properties: Mapping[str, Any],
    guide: Guide,
) -> str:
    """Page of a report: one H1, no script, and nothing fetched from anywhere.

    What the notebook marks as having a page of its own becomes a link to it
    where the site has that page, and bears the name that the guide knows.

    Raises
    ------
    RenderError
        For an image without a description, a second H1, or anything that would
        run or be fetched when the page is opened.
    """
    # The heading of the first Markdown cell is the H1 above; it must not come twice.
    shown = deepcopy(notebook)
    first = next(cell for cell in shown.cells if cell.cell_type == "markdown")
    first.source = re.sub(r"\A\s*#[ \t]+.+", "", first.source)
    body, _ = _exporter().from_notebook_node(shown, resources={"mime": MIME})
    # Colours are for comments, keywords, texts, numbers and known names; the rest weighs as much.
    body = _PLAIN.sub(r"\2", body)
    body, contents = _anchored(_linked(body, guide))
    html = (
        environment()
        .get_template("report.html.j2")
        .render(
            path=f"{REPORT_ROOT}report.html",
            root=REPORT_ROOT,
            guide=guide,
            title=f"{question} {guide.title(name)}",
            description=findings.headlines[0],
            question=question,
            name=name,
            headline=findings.headlines[0],
            parameters=guide.words_of(parameters, properties),
            last_evidence=findings.last_evidence,
            last_evidence_words=guide.in_words(findings.last_evidence),
            files=[path for path in sorted(findings.files) if path.startswith("tables/")],
            contents=contents,
            # A notebook that says so in its metadata is set to fit one printed page.
            one_page=notebook.metadata.get("torkham", {}).get("one_page", False),
            body=Markup(body),  # noqa: S704 (made by our own template, which escapes)
        )
    )
    if faults := _Inspector(html).faults:
        raise RenderError("; ".join(faults))
    return html


def prepare() -> None:
    """Do once what the first page costs more than any other."""
    _exporter().from_notebook_node(nbformat.v4.new_notebook())  # type: ignore[no-untyped-call]
    environment().get_template("report.html.j2")


class _Exporter(HTMLExporter):
    """HTMLExporter without its last step, which parses the whole page again and takes the longest.

    That step describes images that nobody described, and makes outputs focusable: here the first
    is refused, and the second is for the template to say.
    """

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        language = nb.metadata.get("language_info", {})
        lexer = language.get("pygments_lexer", language.get("name"))
        highlight = Highlight2HTML(pygments_lexer=lexer, parent=self)  # type: ignore[no-untyped-call]
        self.register_filter("highlight_code", highlight)  # type: ignore[no-untyped-call]
        return TemplateExporter.from_notebook_node(self, nb, resources, **kw)


@cache
def _exporter() -> HTMLExporter:
    return _Exporter(  # type: ignore[no-untyped-call]
        template_name="torkham",
        extra_template_basedirs=[str(TEMPLATES)],
        # A screen reader would read a pilcrow out with every heading; `_anchored` does the ids.
        exclude_anchor_links=True,
    )


def _bundles(notebook: NotebookNode) -> Iterator[Mapping[str, Any]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield output.get("data", {})


def _images(name: str, data: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    try:
        yield "svg", data["image/svg+xml"].encode()
        yield "png", base64.b64decode(data["image/png"])
    except (KeyError, binascii.Error) as error:
        # Figures lose their PNG without a word when the inline backend comes up wrongly.
        raise RenderError(f"figure {name!r} came without a readable {error}") from error


def _add(files: dict[str, bytes], path: str, content: bytes) -> None:
    if not _EXHIBIT_FILE.fullmatch(path):
        raise RenderError(f"{path}: expected a name of letters, digits, _ and -")
    if path.casefold() in {known.casefold() for known in files}:
        raise RenderError(f"{path}: two figures or tables have this name")
    files[path] = content


def _linked(body: str, guide: Guide) -> str:
    """Body with links to the pages of the site that texts are marked with."""

    def link(match: re.Match[str]) -> str:
        tag, path, anchor, text = match.groups()
        shown = escape(guide.names.get(unescape(text), unescape(text)))
        if unescape(path) in guide.paths:
            shown = Markup(f'<a href="{REPORT_ROOT}{path}{anchor or ""}">{shown}</a>')  # noqa: S704
        return f"<b>{shown}</b>" if tag == "b" else str(shown)

    return _PAGE.sub(link, body)


def _anchored(body: str) -> tuple[str, list[tuple[str, str]]]:
    """Body with a unique id on every heading, and the H2s as table of contents."""
    taken = {"main", "contents"}
    contents: list[tuple[str, str]] = []

    def anchor(match: re.Match[str]) -> str:
        level, attributes, inner = match.groups()
        text = unescape(re.sub(r"<[^>]*>", "", inner)).strip()
        stem = re.sub(r"\W+", "-", text.lower()).strip("-") or "section"
        name, number = stem, 1
        while name in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name)
        if level == "2":
            contents.append((name, text))
        attributes = re.sub(r'\s+id="[^"]*"', "", attributes)
        return f'<h{level} id="{name}"{attributes}>{inner}</h{level}>'

    return _HEADING.sub(anchor, body), contents


class _Inspector(HTMLParser):
    """What a finished page must not hold."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.headings = 0
        self.feed(html)
        if self.headings != 1:
            self.faults.append(f"{self.headings} H1 headings; expected exactly one")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.headings += tag == "h1"
        if tag == "img" and not (given.get("alt") or "").strip():
            self.faults.append("an <img> without alt text")
        if tag in {"script", "iframe", "object", "embed"}:
            self.faults.append(f"a <{tag}>, which a page that opens anywhere cannot hold")
        for name in ("src", "srcset", "poster") + (() if tag == "a" else ("href", "xlink:href")):
            if re.match(r"\s*(https?:|//)", given.get(name) or ""):
                self.faults.append(f"<{tag} {name}={given[name]!r}> would ask the network")
