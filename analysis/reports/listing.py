"""Pages beside the reports: lists of entries, each with an address of its own, and prose."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from markupsafe import Markup

from analysis.reports import store
from analysis.reports.layout import Guide, environment


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


def write_pages(site: Path, pages: Mapping[str, Page], guide: Guide) -> int:
    """Write the pages by their paths, and count those that were not on disk in these words.

    A folder of pages is replaced as a whole, so that a page that is no more
    vanishes with it; one that would stay the same is left alone. All pages are
    made before the first is written.
    """
    template = environment().get_template("listing.html.j2")
    made: dict[str, dict[str, str]] = {}
    for path, page in sorted(pages.items()):
        folder, _, name = path.rpartition("/")
        made.setdefault(folder, {})[name] = template.render(
            page=page,
            path=path,
            guide=guide,
            root="../" * path.count("/"),
            link=partial(_seen_from, path),
        )
    changed = 0
    for folder, files in made.items():
        old = {name: _text(site / folder / name) for name in files}
        new = [name for name, text in files.items() if old[name] != text]
        changed += len(new)
        if not folder:
            for name in new:
                store.write_text(site / name, files[name])
        elif new or _names(site / folder) != files.keys():
            with store.replacing(site, folder) as fresh:
                for name, text in files.items():
                    (fresh / name).write_text(text, encoding="utf-8", newline="\n")
    return changed


def _seen_from(page: str, address: str) -> str:
    """Address of a link on a page of the site.

    >>> _seen_from("ledger/actors/PAK.html", "ledger/sources/a.html#C1")
    '../sources/a.html#C1'
    """
    if address.startswith(("https://", "http://", "#")):
        return address
    path, mark, anchor = address.partition("#")
    return os.path.relpath(path, os.path.dirname(page) or ".") + mark + anchor


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None
