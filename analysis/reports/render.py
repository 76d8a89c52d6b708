"""An executed notebook as a page that needs nothing else, and its exhibits as files."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from nbconvert.exporters.html import HTMLExporter
from nbformat import NotebookNode

TEMPLATES = Path(__file__).parent / "templates"
MIME = {
    kind: f"application/vnd.torkham.{kind}+json"
    for kind in ("headline", "figure", "table", "download", "evidence")
}
_EXHIBIT_FILE = re.compile(r"(figures|tables|exports)/[A-Za-z0-9][A-Za-z0-9_-]*\.[a-z]+")
_HEADING = re.compile(r"<h([2-6])\b([^>]*)>(.*?)</h\1>", re.DOTALL)


class RenderError(ValueError):
    """The notebook ran, but its page would break a rule of the house."""


@dataclass
class Findings:
    """What the outputs of a notebook say of themselves, and the files they bring."""

    headlines: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
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
) -> str:
    """Page of a report: one H1, no script, and nothing fetched from anywhere.

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
    body, contents = _anchored(body)
    html = (
        environment()
        .get_template("report.html.j2")
        .render(
            title=f"{question} {name}",
            description=findings.headlines[0],
            question=question,
            name=name,
            headline=findings.headlines[0],
            parameters=words_of(parameters, properties),
            last_evidence=findings.last_evidence,
            last_evidence_words=in_words(findings.last_evidence),
            files=[path for path in sorted(findings.files) if path.startswith("tables/")],
            contents=contents,
            body=Markup(body),  # noqa: S704 (made by our own template, which escapes)
        )
    )
    if faults := _Inspector(html).faults:
        raise RenderError("; ".join(faults))
    return html


@cache
def environment() -> Environment:
    """Templates of whole pages, which escape by default and know the style sheet."""
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.globals["css"] = Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))  # noqa: S704
    return pages


def words_of(parameters: Mapping[str, Any], properties: Mapping[str, Any]) -> list[dict[str, str]]:
    """Parameters as a reader wants them: label, value and description of each.

    >>> words_of({"as_of": "2021-08-31"}, {"as_of": {"description": "last day counted"}})
    [{'label': 'As of', 'value': '31 August 2021', 'description': 'last day counted'}]
    """
    return [
        {
            "label": (name[:1].upper() + name[1:]).replace("_", " "),
            "value": in_words(value),
            "description": properties.get(name, {}).get("description", ""),
        }
        for name, value in parameters.items()
    ]


def in_words(value: Any) -> str:
    """Value of a parameter for reading.

    >>> [in_words(value) for value in ("2026-03-01", ["PAK", "IEA"], [], True, 0.5)]
    ['1 March 2026', 'PAK, IEA', 'not set', 'yes', '0.5']
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(in_words, value)) or "not set"
    text = "" if value is None else str(value)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        day = date.fromisoformat(text)
        return f"{day.day} {day:%B %Y}"
    return text or "not set"


@cache
def _exporter() -> HTMLExporter:
    return HTMLExporter(  # type: ignore[no-untyped-call]
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
        # nbconvert writes this where an image came without a description.
        if "No description has been provided for this image" in html:
            self.faults.append("an image without a description")

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
