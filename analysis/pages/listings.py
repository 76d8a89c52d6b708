"""Pages of every source and every actor, with the claims about it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from analysis.ledger import UNSOURCED
from analysis.pages.lines import ACTORS, SOURCES, Lines, Row, joined
from analysis.reports.listing import Entry, Link, Page, Section
from analysis.words import count, day, sentence

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


class Listings(Lines):
    """Pages of sources and actors, and the two lists that lead to them."""

    def pages(self) -> Iterator[tuple[str, Page]]:
        """Pages by path, sources first."""
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
            ("Owned or funded by", self.actor_link(source["side"])),
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
            (Section("claims", "Claims", tuple(map(self.on_source, in_order))),) if rows else (),
        )

    def _actor(self, actor: Row, rows: list[Row]) -> Page:
        name = actor["actor_id"]
        below = self.actors.loc[self.actors["parent"] == name, "actor_id"]
        facts = [
            ("Code", (name,)),
            ("Kind", (actor["kind"].replace("_", " "),)),
            ("Belongs to", (self.actor_link(actor["parent"]),)),
            ("Below it", joined([self.actor_link(child) for child in below])),
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
            years.setdefault(year, []).append(self.on_actor(row))
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


def _parties(row: Row) -> list[str]:
    named = (row[column] for column in ("actors", "recipients", "mediators", "speaker"))
    return [party for party in ";".join(named).split(";") if party]


def _host(url: str) -> str:
    return re.sub(r"^https?://(www\.)?", "", url).split("/")[0]
