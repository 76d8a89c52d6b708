"""The site around the reports: words for codes, index, pages beside the reports, templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup


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


@dataclass(frozen=True)
class Link:
    """Text that leads to a path of the site, or to a web address."""

    text: str
    address: str


Line = tuple[str | Link, ...]


@dataclass(frozen=True)
class Entry:
    """One thing of a list: its name, what it says, and lines of small print.

    `anchor` is its place on the page, unique there; blank for none.
    """

    anchor: str
    label: Line
    text: str
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Section:
    """Part of a page under a heading: HTML that the maker vouches for, then entries."""

    anchor: str
    heading: str
    entries: tuple[Entry, ...] = ()
    html: Markup = Markup()


@dataclass(frozen=True)
class Page:
    """A page: heading, a sentence that sums it up, facts by label, sections."""

    title: str
    summary: str
    facts: tuple[tuple[str, Line], ...] = ()
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
