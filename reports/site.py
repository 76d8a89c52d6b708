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
from reports.matrix import Matrix

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
    """Templates of whole pages, which escape by default."""
    loader, script = FileSystemLoader(TEMPLATES), (TEMPLATES / "filter.js").read_bytes().strip()
    pages = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    pages.trim_blocks = pages.lstrip_blocks = True
    # The index allows this one script by its hash and nothing else.
    digest = base64.b64encode(hashlib.sha256(script).digest()).decode()
    pages.globals["filter_hash"] = f"sha256-{digest}"
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
            # After a failure the last good version is what there is to open.
            good, values = store.last_good(manifest), manifest["parameters"].values()
            flat = [one for value in values for one in (value if type(value) is list else [value])]
            cards[path.parent.relative_to(site).as_posix()] = {
                "path": path.parent.relative_to(site).as_posix(),
                "manifest": manifest,
                "good": good,
                "about": about,
                "has_pdf": (path.parent / "report.pdf").exists(),
                "names": sorted({code for code in flat if code in guide.choices}),
                "day": manifest["parameters"].get("as_of") or good.get("last_evidence") or "",
            }
    listed = [cards[report.path] for report in matrix.reports if report.path in cards]
    sections = [
        (name, about.question, [one for one in listed if one["about"] is about])
        for name, about in matrix.notebooks.items()
    ]
    own = [card for card in cards.values() if not card["manifest"]["listed"]]
    codes = {code: guide.names.get(code, code) for one in cards.values() for code in one["names"]}
    template = environment().get_template("index.html.j2")
    html = template.render(
        root="",
        path="index.html",
        guide=guide,
        sections=[one for one in [*sections, ("own-runs", OWN_RUNS, own)] if one[2]],
        names=sorted(codes.items(), key=lambda pair: pair[1]),
        days=sorted({card["day"] for card in cards.values() if card["day"]}, reverse=True),
        place_of=place_of,
    )
    store.write_text(site / "index.html", html)


def place_of(error: Mapping[str, Any]) -> str:
    """Where a report failed, in words.

    >>> [place_of({"cell": cell}) for cell in (3, "render", "write", None)]
    ['cell 3', 'rendering', 'writing', 'no cell yet']
    """
    cell = error.get("cell")
    if isinstance(cell, int):
        return f"cell {cell}"
    return {"render": "rendering", "write": "writing"}.get(str(cell), "no cell yet")
