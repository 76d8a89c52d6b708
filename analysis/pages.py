"""Pages beside the reports: every source and every actor with its claims, method and limits."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup
from nbconvert.filters.markdown import markdown2html

from analysis.checks import LEDGER
from analysis.ledger import UNSOURCED, Ledger
from analysis.reports.layout import Guide
from analysis.reports.listing import Entry, Line, Link, Page, Section
from analysis.words import count, day, sentence

SOURCES, ACTORS, METHOD = "ledger/sources", "ledger/actors", "method.html"
MENU = (
    (f"{SOURCES}/index.html", "Sources"),
    (f"{ACTORS}/index.html", "Actors"),
    (METHOD, "Method"),
)
# Headings of the list of actors, in its order.
KINDS = {
    "state": "States",
    "authority": "Authorities",
    "movement": "Movements",
    "armed_group": "Armed groups",
    "group_of_states": "Groups of states",
    "organisation": "Organisations",
    "scheme": "Schemes",
    "people": "Peoples",
    "office": "Offices",
    "person": "Persons",
    "unknown": "Not named",
}
# What the page on method shows, each told in one place only.
METHOD_PARTS = (
    ("README.md", "How one claim is coded"),
    ("seeds/CODEBOOK.md", "What a claim is"),
    ("seeds/CODEBOOK.md", "How firm: `modality`"),
    ("seeds/CODEBOOK.md", "How ties follow from claims"),
    ("seeds/CODEBOOK.md", "Reliability"),
    ("README.md", "Limits"),
    ("README.md", "Data and licences"),
    ("README.md", "Glossary"),
    ("README.md", "How to cite"),
)
READS = (*(f"seeds/{name}.csv" for name in LEDGER), *dict(METHOD_PARTS))
Row = dict[Hashable, Any]


def pages(book: Ledger, root: Path) -> dict[str, Page]:
    """Pages of the site by path, made of the whole ledger, unconfirmed claims included.

    What is only remembered has the page of its source and stands on no other.

    Raises
    ------
    ValueError
        If a section that the page on method shows is no longer there.
    """
    made = dict(_Maker(book).pages())
    made[METHOD] = _method(root)
    return made


def guide(book: Ledger, made: dict[str, Page]) -> Guide:
    """What the site has to know of the ledger: names, spellings, menu, pages."""
    written = " ".join([*book.actors["name"], *book.actors["aliases"]])
    spellings = {word.lower(): word for word in re.findall(r"\b[^\W\d_]+", written)}
    capital = {low: word for low, word in spellings.items() if low != word}
    homes = {name: f"{ACTORS}/{name}.html" for name in book.actors["actor_id"]}
    return Guide(book.short_names(), capital, homes, MENU, frozenset(made))


class _Maker:
    """Pages of sources and actors; looks names, addresses and neighbours of claims up."""

    def __init__(self, book: Ledger) -> None:
        self.names = book.short_names()
        self.sources: dict[str, Row] = {
            row["source_id"]: row for row in book.sources.to_dict("records")
        }
        self.actors = book.actors
        self.claims = book.claims.sort_values(["day", "claim_id"], ignore_index=True)
        key = self.claims["code"].where(
            self.claims["mode"] == "", self.claims["code"] + ":" + self.claims["mode"]
        )
        self.rows: list[Row] = self.claims.assign(code_key=key).to_dict("records")
        self.place = {
            row["claim_id"]: f"{SOURCES}/{row['source_id']}.html#{row['claim_id']}"
            for row in self.rows
        }
        self.answered: dict[str, list[str]] = {}
        self.same: dict[str, list[str]] = {}
        for row in self.rows:
            self.answered.setdefault(row["answers"], []).append(row["claim_id"])
            self.same.setdefault(row["occurrence"], []).append(row["claim_id"])

    def pages(self) -> Iterator[tuple[str, Page]]:
        by_source: dict[str, list[Row]] = {name: [] for name in self.sources}
        by_actor: dict[str, list[Row]] = {name: [] for name in self.actors["actor_id"]}
        for row in self.rows:
            by_source[row["source_id"]].append(row)
            if row["source_id"] != UNSOURCED:
                for party in dict.fromkeys(_parties(row)):
                    by_actor[party].append(row)
        for name, rows in by_source.items():
            yield f"{SOURCES}/{name}.html", self._source(self.sources[name], rows)
        for actor in self.actors.to_dict("records"):
            name = actor["actor_id"]
            yield f"{ACTORS}/{name}.html", self._actor(actor, by_actor[name])
        yield f"{SOURCES}/index.html", self._all_sources(by_source)
        yield f"{ACTORS}/index.html", self._all_actors(by_actor)

    def _source(self, source: Row, rows: list[Row]) -> Page:
        facts = [
            ("Publisher", source["publisher"]),
            ("Published", day(source["published"])),
            ("Address", Link(_host(source["url"]), source["url"]) if source["url"] else ""),
            ("Reprints", source["wire"]),
            ("Owned or funded by", self._actor_link(source["side"])),
            ("Licence", source["licence"]),
            ("Taken into the ledger", day(source["accessed"]) if source["accessed"] else ""),
            ("Note", source["note"]),
        ]
        summary = f"{count(len(rows), 'claim')} from this source, by {source['publisher']}."
        # As one reads the document.
        in_order = sorted(rows, key=lambda row: (pd.isna(row["paragraph"]), row["paragraph"]))
        if source["source_id"] == UNSOURCED:
            summary = (
                f"{count(len(rows), 'claim')} that are only remembered. "
                "They stay out of every report unless asked for."
            )
        return Page(
            source["title"],
            sentence(summary),
            tuple((label, (value,)) for label, value in facts if value),
            (Section("claims", "Claims", tuple(map(self._on_source, in_order))),) if rows else (),
        )

    def _actor(self, actor: Row, rows: list[Row]) -> Page:
        name = actor["actor_id"]
        below = self.actors.loc[self.actors["parent"] == name, "actor_id"]
        facts = [
            ("Code", (name,)),
            ("Kind", (actor["kind"].replace("_", " "),)),
            ("Belongs to", (self._actor_link(actor["parent"]),)),
            ("Below it", _joined([self._actor_link(child) for child in below])),
            ("From", (day(actor["start"]) if actor["start"] else "",)),
            ("Until", (day(actor["end"]) if actor["end"] else "",)),
            ("Also called", (actor["aliases"].replace(";", ", "),)),
            ("Note", (actor["note"],)),
        ]
        summary = "No claim of the ledger names it yet."
        if rows:
            origins = len({row["origin"] for row in rows})
            summary = (
                f"{count(len(rows), 'claim')} from {count(origins, 'independent source')} "
                "name it as actor, recipient, mediator or speaker."
            )
        years: dict[str, list[Entry]] = {}
        for row in rows:
            year: str = "Undated" if pd.isna(row["day"]) else str(row["day"].year)
            years.setdefault(year, []).append(self._on_actor(row))
        return Page(
            actor["name"],
            sentence(summary),
            tuple((label, line) for label, line in facts if any(line)),
            tuple(Section(f"y{year}", year, tuple(these)) for year, these in years.items()),
        )

    def _all_sources(self, by_source: dict[str, list[Row]]) -> Page:
        letters: dict[str, list[Entry]] = {}
        keys = ("publisher", "published", "source_id")
        order = sorted(self.sources.values(), key=lambda s: [s[key].casefold() for key in keys])
        for source in order:
            first = source["publisher"][:1].upper()
            letter = first if first.isalpha() else "Others"
            name = source["source_id"]
            small = f"{day(source['published'])}; {count(len(by_source[name]), 'claim')}"
            letters.setdefault(letter, []).append(
                Entry("", (Link(source["title"], f"{SOURCES}/{name}.html"),), "",
                      ((f"{source['publisher']}; {small}",),))
            )  # fmt: skip
        known = sorted(letters, key=lambda letter: (letter == "Others", letter))
        named = [source for source in order if source["source_id"] != UNSOURCED]
        publishers = {source["publisher"] for source in named}
        return Page(
            "All sources",
            f"{len(named)} documents from {len(publishers)} publishers, by publisher and date.",
            (),
            tuple(Section(f"letter-{letter}", letter, tuple(letters[letter])) for letter in known),
        )

    def _all_actors(self, by_actor: dict[str, list[Row]]) -> Page:
        sections = []
        rows = self.actors.sort_values("name", key=lambda name: name.str.casefold())
        for kind in [*KINDS, *sorted(set(rows["kind"]) - KINDS.keys())]:
            entries = []
            for actor in rows[rows["kind"] == kind].to_dict("records"):
                name = actor["actor_id"]
                link = Link(actor["name"], f"{ACTORS}/{name}.html")
                small = f"{name}; {count(len(by_actor[name]), 'claim')}"
                entries.append(Entry("", (link,), "", ((small,),)))
            if entries:
                heading = KINDS.get(kind, kind.replace("_", " ").capitalize())
                sections.append(Section(f"kind-{kind}", heading, tuple(entries)))
        return Page(
            "All actors", f"{len(rows)} actors that claims may name, by kind.", (), tuple(sections)
        )

    def _on_source(self, row: Row) -> Entry:
        lines = [self._who(row), self._what(row), self._others(row)]
        label = (f"{row['claim_id']}, {_when(row)}",)
        return Entry(row["claim_id"], label, row["gloss"], tuple(filter(None, lines)))

    def _on_actor(self, row: Row) -> Entry:
        source = self.sources[row["source_id"]]
        told: Line = (
            f"{source['publisher']}: ",
            Link(source["title"], f"{SOURCES}/{row['source_id']}.html"),
            f", {day(source['published'])}",
        )
        label = (self._claim_link(row["claim_id"]), f", {_when(row)}")
        lines = (self._who(row), self._what(row), told)
        return Entry(row["claim_id"], label, row["gloss"], tuple(filter(None, lines)))

    def _who(self, row: Row) -> Line:
        parts: list[str | Link] = []
        for column, word in (("actors", "by "), ("recipients", " to "), ("mediators", " through ")):
            named = [self._actor_link(name) for name in filter(None, row[column].split(";"))]
            if named:
                parts += [word, *_joined(named)]
        return tuple(parts)

    def _what(self, row: Row) -> Line:
        words = [row["layer"]]
        if row["measure"]:
            words.append(f"{row['measure'].replace('_', ' ')}: {_figure(row)}")
        if row["code"]:
            code = ", ".join(filter(None, [row["code"], row["mode"]])).replace("_", " ").lower()
            weight: str = "" if pd.isna(row["intensity"]) else f" ({row['intensity']:+g})"
            words.append(f"{row['kind']}: {code}{weight}")
        if row["step"]:
            words.append(f"step: {row['step'].replace('_', ' ')}")
        if pd.notna(row["paragraph"]):
            words.append(f"paragraph {row['paragraph']}")
        line: list[str | Link] = ["; ".join(words)]
        if row["modality"] != "asserted" or row["speaker"]:
            line.append(f"; {'said' if row['modality'] == 'asserted' else row['modality']}")
            if row["speaker"]:
                line += [" by ", self._actor_link(row["speaker"])]
        return tuple(line)

    def _others(self, row: Row) -> Line:
        """Claims that a claim answers, that answer it, or that tell the same happening."""
        groups = (
            ("answers ", [row["answers"]] if row["answers"] else []),
            ("answered by ", self.answered.get(row["claim_id"], [])),
            ("same happening: ", [c for c in self.same[row["occurrence"]] if c != row["claim_id"]]),
        )
        line: list[str | Link] = []
        for word, claims in groups:
            known = [self._claim_link(name) for name in claims if name in self.place]
            if known:
                line += ["; " if line else "", word, *_joined(known)]
        return tuple(line)

    def _actor_link(self, name: str) -> Link | str:
        return Link(self.names[name], f"{ACTORS}/{name}.html") if name else ""

    def _claim_link(self, name: str) -> Link:
        return Link(name, self.place[name])


def _method(root: Path) -> Page:
    sections = []
    for number, (file, heading) in enumerate(METHOD_PARTS, 1):
        words = heading.replace("`", "")
        text = _part(root / file, heading)
        if heading == "Glossary":
            # One paragraph of terms becomes a list.
            text = re.sub(r"(?:^|(?<=\. ))(\*\*[^*]+\*\*: )", r"\n- \1", text, flags=re.MULTILINE)
        html = _html(text, words)
        sections.append(Section(f"part-{number}", words, (), html))
    return Page(
        "Method, limits, glossary",
        "How what sources say becomes ties and numbers, and what that cannot show.",
        (),
        tuple(sections),
    )


def _part(path: Path, heading: str) -> str:
    """Text of a section of a Markdown file, by its heading without its number."""
    text = path.read_text(encoding="utf-8")
    pattern = rf"^## (?:\d+\. )?{re.escape(heading)}\n(.*?)(?=^## |\Z)"
    found = re.search(pattern, text, flags=re.DOTALL | re.MULTILINE)
    if found is None:
        raise ValueError(
            f"{path}: no section {heading!r}, which the page on method shows; "
            "see METHOD_PARTS in analysis/pages.py"
        )
    return found[1]


def _html(text: str, name: str) -> Markup:
    # Files of the repository do not come with the site.
    text = re.sub(r"\[([^\]]*)\]\((?!https?:)[^)]*\)", r"\1", text)
    html = str(markdown2html(text)).replace("<th>", '<th scope="col">')
    box = f'<div class="scroll" role="region" tabindex="0" aria-label="Table: {name}"><table>'
    return Markup(html.replace("<table>", box).replace("</table>", "</table></div>"))  # noqa: S704


def _parties(row: Row) -> list[str]:
    named = (row[column] for column in ("actors", "recipients", "mediators", "speaker"))
    return [party for party in ";".join(named).split(";") if party]


def _joined(pieces: Sequence[Link | str]) -> Line:
    line: list[str | Link] = []
    for piece in pieces:
        line += [", ", piece] if line else [piece]
    return tuple(line)


def _when(row: Row) -> str:
    if row["end"]:
        return (
            f"{day(row['start'])} to {day(row['end'])}" if row["start"] else f"until {row['end']}"
        )
    return day(row["start"])


def _figure(row: Row) -> str:
    if row["unit"] == "year":
        return f"{row['value']:.0f}"
    bound = "" if row["bound"] in ("", "exact") else row["bound"].replace("_", " ") + " "
    return f"{bound}{row['value']:,.15g} {row['unit']}".strip()


def _host(url: str) -> str:
    return re.sub(r"^https?://(www\.)?", "", url).split("/")[0]
