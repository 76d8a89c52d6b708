"""What there is to explore: notebooks, tables, actors, and the claims about them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

import pandas as pd

from analysis import ledger, tables, words
from analysis.explore.panels import STYLE
from analysis.explore.runs import ExploreError
from analysis.reports.matrix import MatrixError, load_matrix

# So many claims stand open; the earlier ones are folded.
SHOWN = 20
LEDGER = "Torkham ledger of claims"
LEDGER_LICENCE = "CC-BY-4.0"


@dataclass(frozen=True)
class Listing:
    """A list for reading in a cell; `frame` holds the same as data."""

    frame: pd.DataFrame
    shown: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {
            "text/plain": f"{words.count(len(self.frame), 'row').capitalize()}; see .frame",
            "text/html": f'{STYLE}<div class="torkham">{self.shown}</div>',
        }


def notebooks() -> Listing:
    """Every notebook with its question and its parameters, each with default and meaning."""
    try:
        matrix = load_matrix(tables.find_root())
    except MatrixError as error:
        raise ExploreError(str(error)) from error
    frame = pd.DataFrame(
        [
            {"notebook": name, "question": about.question, "parameter": parameter,
             "default": about.defaults[parameter], "about": schema.get("description", "")}
            for name, about in matrix.notebooks.items()
            for parameter, schema in about.properties.items()
        ]
    )  # fmt: skip
    parts = []
    for (name, question), rows in frame.groupby(["notebook", "question"], sort=False):
        items = "".join(
            f"<li><code>{escape(row['parameter'])} = {escape(repr(row['default']))}</code> "
            f"{escape(row['about'])}</li>"
            for row in rows.to_dict("records")
        )
        parts.append(
            f'<p class="heading"><a href="{escape(str(name))}.ipynb">{escape(str(name))}</a>: '
            f"{escape(str(question))}</p><details><summary>"
            f"{words.count(len(rows), 'parameter').capitalize()}</summary>"
            f"<ul>{items}</ul></details>"
        )
    return Listing(frame, "".join(parts))


def data_tables() -> Listing:
    """Every table of the ledger and of the counts: file, what it holds, rows, source, licence."""
    rows = []
    for name in tables.names():
        about = tables.descriptor(name)
        licences = [
            each["title"] if each["name"] == "facts" else each["name"]
            for each in about.get("licenses", [])
        ]
        rows.append(
            {
                "file": about["path"],
                "holds": f"{about['title']}. {about['description']}",
                "rows": len(tables.load(name)),
                "source": about.get("citation", LEDGER),
                "licence": ", ".join(licences) or LEDGER_LICENCE,
            }
        )
    frame = pd.DataFrame(rows)
    body = [
        [
            _link(f"../{row['file']}", row["file"]),
            escape(row["holds"]),
            f"{row['rows']:,}",
            escape(f"{row['source']} ({row['licence']})"),
        ]
        for row in rows
    ]
    return Listing(frame, _table(["file", "holds", "rows", "source and licence"], body))


def actors() -> Listing:
    """Every actor of the ledger by kind: the id that look-ups take, and the name."""
    frame = ledger.load().actors[["kind", "actor_id", "name"]]
    parts = []
    for kind, rows in frame.groupby("kind", sort=False):
        named = "; ".join(
            f"<code>{escape(row['actor_id'])}</code>&nbsp;{escape(row['name'])}"
            for row in rows.to_dict("records")
        )
        parts.append(
            f"<details><summary>{escape(str(kind)).replace('_', ' ')} ({len(rows)})</summary>"
            f"<p>{named}</p></details>"
        )
    return Listing(frame, "".join(parts))


def claims(*ids: str, as_of: str = "", known_by: str = "") -> Listing:
    """Claims in which all the actors have a part, newest first, each with its source.

    `as_of` bounds when a thing happened, `known_by` when its source was
    published; both are ISO days, and blank for no bound.

    Raises
    ------
    ExploreError
        For no actor, one that the ledger lacks (with the nearest it has), or a
        day that does not exist.
    """
    book = ledger.load()
    names = book.prose_names()
    if not ids:
        raise ExploreError('name at least one actor, such as claims("PAK", "IEA")')
    for actor in ids:
        if actor not in names:
            raise ExploreError(
                f"no actor {actor!r} in seeds/actors.csv{_nearest_actor(actor, book)}; "
                "actors() lists them all"
            )
    for name, day in (("as_of", as_of), ("known_by", known_by)):
        _require_day(name, day)
    found = ledger.concerning(book, ids, as_of, known_by)
    frame = ledger.sources_of(book, found["claim_id"]).iloc[::-1].reset_index(drop=True)
    about = words.listed([names[actor] for actor in ids])
    bounds = [f"by {words.day(as_of)}"] if as_of else []
    bounds += [f"published by {words.day(known_by)}"] if known_by else []
    said = words.sentence(
        " ".join([words.count(len(frame), "claim"), "on", ", ".join([about, *bounds])])
    )
    shown = f'<p class="finding">{escape(said)}</p>'
    columns = ["day", "claim", "how firm", "source"]
    rows = [_claim(row) for row in frame.to_dict("records")]
    if rows:
        shown += _table(columns, rows[:SHOWN])
    if rows[SHOWN:]:
        earlier = words.count(len(rows) - SHOWN, "earlier claim").capitalize()
        shown += f"<details><summary>{earlier}</summary>{_table(columns, rows[SHOWN:])}</details>"
    return Listing(frame, shown)


def _claim(row: Mapping[Hashable, Any]) -> list[str]:
    speaker = f", said by {row['speaker']}" if row["speaker"] else ""
    place = f", paragraph {int(row['paragraph'])}" if pd.notna(row["paragraph"]) else ""
    wire = f" ({row['wire']})" if row["wire"] else ""
    side = f", owned or funded by {row['side']}" if row["side"] else ""
    return [
        f'{escape(words.day(row["start"]))} <span class="id">{escape(row["claim_id"])}</span>',
        escape(row["gloss"]),
        escape(row["modality"] + speaker),
        f"{escape(row['publisher'] + wire + side)}: {_link(row['url'], row['title'])}"
        f"{escape(place)}",
    ]


def _nearest_actor(wrong: str, book: ledger.Ledger) -> str:
    """Hint at the actor meant, by its id, its label or its name."""
    for column in ("actor_id", "label", "name"):
        for actor, known_as in book.actors[["actor_id", column]].itertuples(index=False):
            if wrong.casefold() == known_as.casefold():
                return f"; did you mean {actor!r}?"
    return tables.nearest(wrong.upper(), book.actors["actor_id"])


def _require_day(name: str, text: str) -> None:
    try:
        if text:
            date.fromisoformat(text)
    except ValueError:
        raise ExploreError(f"{name}: {text!r} is not a day such as 2025-06-01") from None


def _link(address: str, text: str) -> str:
    # Only web addresses and files of the project become links: a table can hold any text.
    if not address.startswith(("https://", "http://", "../")):
        return escape(text)
    return f'<a href="{escape(address)}">{escape(text).replace("/", "/<wbr>")}</a>'


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Table of cells that are HTML already; numbers are set right by their column."""
    right = [' class="num"' if column == "rows" else "" for column in columns]
    head = "".join(
        f'<th scope="col"{align}>{escape(column)}</th>'
        for column, align in zip(columns, right, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{align}>{cell}</td>" for cell, align in zip(row, right, strict=True))
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
