"""The site around the reports: words for codes, the index, pages beside the reports."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
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

    def words_of(
        self, parameters: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Parameters as a reader wants them: label, value, description, and pages of its codes.

        >>> Guide().words_of({"as_of": "2021-08-31"}, {"as_of": {"description": "last day"}})
        [{'label': 'As of', 'value': '31 August 2021', 'description': 'last day', 'pages': []}]
        """
        return [
            {
                "label": (name[:1].upper() + name[1:]).replace("_", " "),
                "value": self.in_words(value),
                "description": properties.get(name, {}).get("description", ""),
                "pages": self._pages(value),
            }
            for name, value in parameters.items()
        ]

    def _pages(self, value: Any) -> list[tuple[str, str]]:
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
    site = root / "site"
    found = {
        f"{path.parent.parent.name}/{path.parent.name}": manifest
        for path in sorted(site.glob(f"*/*/{store.MANIFEST}"))
        if (manifest := store.read_manifest(path.parent))
    }
    sections: list[dict[str, Any]] = []
    for name, notebook in matrix.notebooks.items():
        paths = [report.path for report in matrix.reports if report.path in found]
        cards = [
            _card(site, path, found[path], notebook, guide)
            for path in paths
            if found[path]["notebook"] == name
        ]
        if cards:
            heading = notebook.question or str(found[paths[0]].get("question"))
            sections.append({"anchor": name, "heading": heading, "reports": cards})
    own = [
        _card(site, path, manifest, made_by, guide) | {"question": made_by.question}
        for path, manifest in found.items()
        if not manifest["listed"] and (made_by := matrix.notebooks.get(manifest["notebook"]))
    ]
    if own:
        sections.append({"anchor": "own-runs", "heading": OWN_RUNS, "reports": own})
    cards = [card for section in sections for card in section["reports"]]
    codes = {code for card in cards for code in card["names"]}
    html = (
        environment()
        .get_template("index.html.j2")
        .render(
            root="",
            path="index.html",
            guide=guide,
            title=guide.title,
            description=guide.summary,
            sections=sections,
            names=sorted(((code, guide.names[code]) for code in codes), key=lambda pair: pair[1]),
            days=list(_days((card["day"] for card in cards), guide)),
        )
    )
    store.write_text(site / "index.html", html)


def _days(days: Iterable[str], guide: Guide) -> Iterator[tuple[str, str]]:
    """Choices of the filter: each year, and under it each day, latest first."""
    known = sorted(filter(None, set(days)), reverse=True)
    for year in dict.fromkeys(day[:4] for day in known):
        yield year, year
        yield from ((day, guide.in_words(day)) for day in known if day.startswith(year))


def _card(
    site: Path, path: str, manifest: Mapping[str, Any], notebook: Notebook, guide: Guide
) -> dict[str, Any]:
    """Content of a card. After a failure the last good version is what there is to open."""
    good, error = store.last_good(manifest), manifest.get("error", {})
    parameters = manifest["parameters"]
    changed = {
        name: value for name, value in parameters.items() if value != notebook.defaults.get(name)
    }
    links = [(store.MANIFEST, "Manifest")]
    if good:
        links = [("report.html", "Report"), ("notebook.ipynb", "Notebook"), *links]
        if (site / path / "report.pdf").exists():
            links.insert(1, ("report.pdf", "PDF"))
    tables = [file for file in sorted(good.get("files", {})) if file.startswith("tables/")]
    figures = good.get("figures")
    return {
        "title": guide.heading(manifest["name"]),
        "question": "",
        "names": sorted(_codes(parameters.values()) & set(guide.choices)),
        "day": parameters.get("as_of") or good.get("last_evidence") or "",
        "headline": good.get("headline", ""),
        "parameters": guide.words_of(changed, notebook.properties),
        "last_evidence": good.get("last_evidence"),
        "last_evidence_words": guide.in_words(good.get("last_evidence")),
        "place": place_of(error),
        "error": f"{error['type']}: {error['message']}" if error else "",
        "page": f"{path}/report.html" if good else "",
        "thumbnail": f"{path}/figures/{figures[0]}.svg" if figures else "",
        "alt": good.get("first_alt", ""),
        "links": [(f"{path}/{file}", text) for file, text in links],
        "tables": [(f"{path}/{file}", file.removeprefix("tables/")) for file in tables],
    }


def _codes(values: Iterable[Any]) -> set[str]:
    """Texts among values of parameters, those in lists included."""
    flat = [each for value in values for each in (value if isinstance(value, list) else [value])]
    return {value for value in flat if isinstance(value, str) and value}


def place_of(error: Mapping[str, Any]) -> str:
    """Where a report failed, in words.

    >>> [place_of({"cell": cell}) for cell in (3, "render", "write", None)]
    ['cell 3', 'rendering', 'writing', 'the engine']
    """
    cell = error.get("cell")
    if isinstance(cell, int):
        return f"cell {cell}"
    return {"render": "rendering", "write": "writing"}.get(str(cell), "the engine")
