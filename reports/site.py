"""The site around the reports: words for codes, the index, pages beside the reports."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports import store
from reports.matrix import Matrix, Notebook

TEMPLATES = Path(__file__).parent / "templates"
OWN_RUNS = "Runs with changed parameters"


@dataclass(frozen=True)
class Guide:
    """What the site has to know of its subject, handed in by whoever knows it.

    `title` and `summary` head the index. `names` maps a code that may stand in a parameter to
    its name, `homes` to its page, `spellings` a lower-case word to how it is written; `menu`
    holds path and text of the pages that every page leads to, `paths` the pages that exist,
    `choices` the codes by which the index can be narrowed. Paths are relative to the site.
    """

    title: str = "Reports"
    summary: str = "Every report of this project."
    names: Mapping[str, str] = field(default_factory=dict)
    spellings: Mapping[str, str] = field(default_factory=dict)
    homes: Mapping[str, str] = field(default_factory=dict)
    menu: tuple[tuple[str, str], ...] = ()
    paths: frozenset[str] = frozenset()
    choices: frozenset[str] = frozenset()

    def heading(self, name: str) -> str:
        """Name of a report for reading; a name made by an override stays as it is.

        >>> guide = Guide(spellings={"rome": "Rome"})
        >>> [guide.heading(name) for name in ("2025-06-01-as-rome-tells-it", "iran", "a+b=c")]
        ['1 June 2025, as Rome tells it', 'Iran', 'a+b=c']
        """
        if "+" in name:
            return name
        day = name[:10] if re.match(r"\d{4}-\d\d-\d\d(-|$)", name) else ""
        words = name.removeprefix(day).strip("-").split("-")
        rest = " ".join(self.spellings.get(word, word) for word in words)
        if not day:
            return rest[:1].upper() + rest[1:]
        return ", ".join(filter(None, [self.in_words(day), rest]))

    def pages_of(self, value: Any) -> list[tuple[str, str]]:
        """Name and page of each code in a value; none where one of them has no page."""
        codes = value if isinstance(value, list) else [value]
        if not all(isinstance(code, str) and code in self.homes for code in codes):
            return []
        return [(self.names[code], self.homes[code]) for code in codes]

    def in_words(self, value: Any) -> str:
        """Value of a parameter for reading.

        >>> guide = Guide(names={"ITA": "Italy"})
        >>> [guide.in_words(value) for value in ("2026-03-01", ["ITA", "FRA"], [], True, 0.5)]
        ['1 March 2026', 'Italy, FRA', 'not set', 'yes', '0.5']
        """
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list):
            return ", ".join(map(self.in_words, value)) or "not set"
        text = "" if value is None else str(value)
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = date.fromisoformat(text)
            return f"{day.day} {day:%B %Y}"
        return self.names.get(text, text) or "not set"


@dataclass(frozen=True)
class Section:
    """Part of a page under a heading: HTML that its maker vouches for."""

    anchor: str
    heading: str
    html: Markup = Markup()


@dataclass(frozen=True)
class Page:
    """A page beside the reports: heading, a sentence that sums it up, sections."""

    title: str
    summary: str
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """What the caller knows of the subject: a guide for every page, and pages beside the reports.

    `pages` maps a path of the site to its page; `made_by` names the modules that made them,
    `reads` the files they were made from, relative to the project. They are asked for again only
    when one of these has changed.
    """

    guide: Guide
    pages: Mapping[str, Page] = field(default_factory=dict)
    made_by: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


@cache
def environment() -> Environment:
    """Templates of whole pages, which escape by default and know the styles."""
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for style in ("base", "report", "index", "listing"):
        text = (TEMPLATES / f"{style}.css").read_text(encoding="utf-8").strip()
        pages.globals[f"{style}_css"] = Markup(text)
    script = (TEMPLATES / "filter.js").read_text(encoding="utf-8").strip()
    pages.globals["filter_script"] = Markup(script)
    # The page allows this one script by its hash and nothing else.
    digest = hashlib.sha256(script.encode()).digest()
    pages.globals["filter_hash"] = f"sha256-{base64.b64encode(digest).decode()}"
    return pages


def write_pages(site: Path, pages: Mapping[str, Page], guide: Guide) -> None:
    """Write the pages by their paths; a page in the same words is left alone."""
    template = environment().get_template("listing.html.j2")
    made = {
        path: template.render(page=page, path=path, guide=guide, root="../" * path.count("/"))
        for path, page in pages.items()
    }
    for path, text in made.items():
        store.write_text(site / path, text)


def write_index(root: Path, matrix: Matrix, guide: Guide) -> None:
    """Write site/index.html: one section for each notebook, one card for each report on disk.

    Reports stand in the order of reports.yml; runs with changed parameters have a section of
    their own after them.
    """
    site, cards = root / "site", dict[str, dict[str, Any]]()
    for path in sorted(site.glob(f"*/*/{store.MANIFEST}")):
        manifest = store.read_manifest(path.parent)
        if about := matrix.notebooks.get(manifest.get("notebook", "")):
            name = f"{path.parent.parent.name}/{path.parent.name}"
            cards[name] = _card(path.parent, name, manifest, about, guide)
    listed = [cards[report.path] for report in matrix.reports if report.path in cards]
    sections = [
        (name, about.question, [one for one in listed if one["about"] is about])
        for name, about in matrix.notebooks.items()
    ]
    own = [
        card | {"question": card["about"].question}
        for card in cards.values()
        if not card["manifest"]["listed"]
    ]
    sections = [section for section in [*sections, ("own-runs", OWN_RUNS, own)] if section[2]]
    codes = {code: guide.names.get(code, code) for one in cards.values() for code in one["names"]}
    days = sorted({card["day"] for card in cards.values() if card["day"]}, reverse=True)
    html = (
        environment()
        .get_template("index.html.j2")
        .render(
            root="",
            path="index.html",
            guide=guide,
            sections=sections,
            names=sorted(codes.items(), key=lambda pair: pair[1]),
            years={
                year: [day for day in days if day[:4] == year] for year in (d[:4] for d in days)
            },
        )
    )
    store.write_text(site / "index.html", html)


def _card(
    folder: Path, path: str, manifest: Mapping[str, Any], about: Notebook, guide: Guide
) -> dict[str, Any]:
    """What a card tells. After a failure the last good version is what there is to open."""
    good, error, parameters = (
        store.last_good(manifest),
        manifest.get("error"),
        manifest["parameters"],
    )
    links = [("report.html", "Report"), ("report.pdf", "PDF"), ("notebook.ipynb", "Notebook")]
    links = [link for link in links if good and (folder / link[0]).exists()]
    flat = [
        v for value in parameters.values() for v in (value if isinstance(value, list) else [value])
    ]
    return {
        "path": path,
        "manifest": manifest,
        "good": good,
        "about": about,
        "question": "",
        "failure": f"in {place_of(error)}: {error['type']}: {error['message']}" if error else "",
        "links": [*links, (store.MANIFEST, "Manifest")],
        "tables": [file for file in good.get("files", {}) if file.startswith("tables/")],
        "names": sorted({code for code in flat if code in guide.choices}),
        "day": parameters.get("as_of") or good.get("last_evidence") or "",
    }


def place_of(error: Mapping[str, Any]) -> str:
    """Where a report failed, in words.

    >>> [place_of({"cell": cell}) for cell in (3, "render", "write", None)]
    ['cell 3', 'rendering', 'writing', 'no cell yet']
    """
    cell = error.get("cell")
    if isinstance(cell, int):
        return f"cell {cell}"
    return {"render": "rendering", "write": "writing"}.get(str(cell), "no cell yet")
