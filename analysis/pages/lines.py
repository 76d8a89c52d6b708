"""A claim in the lines of a list, with links to actors, sources and other claims."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd

from analysis.ledger import Ledger
from analysis.reports.listing import Entry, Line, Link
from analysis.words import day

SOURCES, ACTORS = "ledger/sources", "ledger/actors"
Row = dict[Hashable, Any]


class Lines:
    """Lines of every claim of a ledger; looks names, addresses and neighbours of claims up."""

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

    def on_source(self, row: Row) -> Entry:
        """A claim on the page of its source."""
        lines = [self._who(row), self._what(row), self._others(row)]
        label = (f"{row['claim_id']}, {_when(row)}",)
        return Entry(row["claim_id"], label, row["gloss"], tuple(filter(None, lines)))

    def on_actor(self, row: Row) -> Entry:
        """A claim on the page of an actor, with the source that tells it."""
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
            named = [self.actor_link(name) for name in filter(None, row[column].split(";"))]
            if named:
                parts += [word, *joined(named)]
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
                line += [" by ", self.actor_link(row["speaker"])]
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
                line += ["; " if line else "", word, *joined(known)]
        return tuple(line)

    def actor_link(self, name: str) -> Link | str:
        """Link to the page of an actor; an empty text for no actor."""
        return Link(self.names[name], f"{ACTORS}/{name}.html") if name else ""

    def _claim_link(self, name: str) -> Link:
        return Link(name, self.place[name])


def joined(pieces: Sequence[Link | str]) -> Line:
    """Pieces of a line with commas between them."""
    line: list[str | Link] = []
    for piece in pieces:
        line += [", ", piece] if line else [piece]
    return tuple(line)


def _when(row: Row) -> str:
    if row["end"]:
        return (
            f"{day(row['start'])} to {day(row['end'])}"
            if row["start"]
            else f"until {day(row['end'])}"
        )
    return day(row["start"])


def _figure(row: Row) -> str:
    if row["unit"] == "year":
        return f"{row['value']:.0f}"
    bound = "" if row["bound"] in ("", "exact") else row["bound"].replace("_", " ") + " "
    return f"{bound}{row['value']:,.15g} {row['unit']}".strip()
