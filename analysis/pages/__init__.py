"""Pages beside the reports: every source and every actor with its claims, method and limits."""

from __future__ import annotations

import re
from pathlib import Path

from analysis.checks import LEDGER
from analysis.ledger import Ledger
from analysis.pages.lines import ACTORS, SOURCES
from analysis.pages.listings import Listings
from analysis.pages.method import METHOD_PARTS, method
from analysis.reports.layout import Guide
from analysis.reports.listing import Page

__all__ = ["MENU", "READS", "guide", "pages"]

METHOD = "method.html"
MENU = (
    (f"{SOURCES}/index.html", "Sources"),
    (f"{ACTORS}/index.html", "Actors"),
    (METHOD, "Method"),
)
READS = (*(f"seeds/{name}.csv" for name in LEDGER), *dict(METHOD_PARTS))


def pages(book: Ledger, root: Path) -> dict[str, Page]:
    """Pages of the site by path, made of the whole ledger, unconfirmed claims included.

    What is only remembered has the page of its source and stands on no other.

    Raises
    ------
    ValueError
        If a section that the page on method shows is no longer there.
    """
    made = dict(Listings(book).pages())
    made[METHOD] = method(root)
    return made


def guide(book: Ledger, made: dict[str, Page]) -> Guide:
    """What the site has to know of the ledger: names, spellings, menu, pages."""
    written = " ".join([*book.actors["name"], *book.actors["aliases"]])
    spellings = {word.lower(): word for word in re.findall(r"\b[^\W\d_]+", written)}
    capital = {low: word for low, word in spellings.items() if low != word}
    homes = {name: f"{ACTORS}/{name}.html" for name in book.actors["actor_id"]}
    actors = frozenset(homes)
    homes |= {name: f"{SOURCES}/{name}.html" for name in book.sources["source_id"]}
    names = book.short_names() | dict(
        zip(book.sources["source_id"], book.sources["title"], strict=True)
    )
    return Guide(names, capital, homes, MENU, frozenset(made), actors)
