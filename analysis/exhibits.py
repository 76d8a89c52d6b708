"""What a notebook shows: figure, table, finding, headline, files, evidence; each with its data.

Every exhibit shows itself as escaped HTML, so that nothing in a table or a
parameter is ever read as markup, and hands its data to the report writer in a
media type of its own.
"""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure as MatplotlibFigure

MEDIA = "application/vnd.torkham.{}+json"
MAX_ROWS = 12
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")
ABSENT = "–"
_ROW_HEAD = ("th", 'scope="row" role="rowheader"')
# Letters as outlines look the same on every machine; the salt keeps the ids of
# clip paths the same from run to run.
_SAVING: dict[Any, Any] = {"svg.fonttype": "path", "svg.hashsalt": "torkham"}


@dataclass(frozen=True)
class Finding:
    """A sentence computed from the data of this run."""

    text: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {
            "text/plain": self.text,
            "text/html": f'<p class="finding">{html.escape(self.text)}</p>',
        }


@dataclass(frozen=True)
class Headline:
    """The first finding of a notebook; it also goes into the manifest and onto the index page."""

    text: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {
            "text/plain": self.text,
            "text/html": f'<p class="headline">{html.escape(self.text)}</p>',
            MEDIA.format("headline"): {"text": self.text},
        }


@dataclass(frozen=True)
class Figure:
    """A drawn figure with its words: title, finding, alternative text, source, plotted table.

    Raises
    ------
    ValueError
        If name is no slug, or title, alt or source is blank.
    """

    name: str
    drawing: MatplotlibFigure
    title: str
    alt: str
    source: str
    table: pd.DataFrame
    finding: str = ""

    def __post_init__(self) -> None:
        _require(self.name, title=self.title, alt=self.alt, source=self.source)

    def svg(self) -> str:
        """Drawing as vector; the same bytes for the same data."""
        buffer = io.StringIO()
        # A date in the metadata would change the bytes of every run.
        with mpl.rc_context(_SAVING):
            self.drawing.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        return buffer.getvalue()

    def png(self) -> bytes:
        """Drawing as pixels, at twice the density of a plain screen."""
        buffer = io.BytesIO()
        self.drawing.savefig(buffer, format="png", dpi=192, metadata={"Software": None})
        return buffer.getvalue()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        svg, png = self.svg(), base64.b64encode(self.png()).decode()
        inline = base64.b64encode(svg.encode()).decode()
        finding = (
            f'<span class="finding">{html.escape(self.finding)}</span> ' if self.finding else ""
        )
        shown = (
            f'<figure class="exhibit"><figcaption><span class="title">{html.escape(self.title)}'
            f"</span> {finding}</figcaption>"
            f'<div class="plot" role="region" tabindex="0" aria-label="{html.escape(self.title)}">'
            f'<img src="data:image/svg+xml;base64,{inline}" alt="{html.escape(self.alt)}"></div>'
            f'<p class="source">Source: {html.escape(self.source)}</p></figure>'
        )
        return {
            "text/plain": f"{self.title}. {self.alt}",
            "text/html": shown,
            "image/svg+xml": svg,
            "image/png": png,
            MEDIA.format("figure"): {
                "name": self.name,
                "title": self.title,
                "alt": self.alt,
                "source": self.source,
                "table": to_csv(self.table),
            },
        }


@dataclass(frozen=True)
class Table:
    """A table whose caption is the finding; at most twelve rows shown, the whole of it as data.

    Without rows it is a statement instead. `formats` maps columns to format specs such
    as `",.0f"`; numbers are set right, a missing one shows as a dash and is read as "not
    reported". `labels` gives words for values that are codes. Columns named in `claims`
    hold lists of claim ids, shown as links; `links` maps a column to one of ids kept in
    the data alone, whose first its values link to.
    """

    name: str
    frame: pd.DataFrame
    caption: str
    source: str
    formats: dict[str, str] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    claims: Sequence[str] = ()
    links: dict[str, str] = field(default_factory=dict)
    absent: str = "not reported"
    max_rows: int = MAX_ROWS

    def __post_init__(self) -> None:
        _require(self.name, caption=self.caption, source=self.source)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        if self.frame.empty:
            text = f"{self.caption}: nothing is in the table for these parameters."
            return {"text/plain": text, "text/html": f'<p class="finding">{html.escape(text)}</p>'}
        return {
            "text/plain": f"{self.caption}\n{self.frame.head(self.max_rows).to_string()}",
            "text/html": self._html(),
            MEDIA.format("table"): {
                "name": self.name,
                "caption": self.caption,
                "source": self.source,
                "table": to_csv(self.frame),
            },
        }

    def _html(self) -> str:
        columns = [c for c in self.frame.columns if c not in self.links.values()]
        names = {column: html.escape(self._heading(column)) for column in columns}
        heads = "".join(
            f'<th scope="col" role="columnheader"{self._align(column)}>{label}</th>'
            for column, label in names.items()
        )
        body = []
        for row in self.frame.head(self.max_rows).to_dict("records"):
            cells = []
            for position, (column, label) in enumerate(names.items()):
                shown = self._cell(column, row[column])
                if ids := row.get(self.links.get(column)):
                    shown = f'<a href="#claim-{html.escape(ids[0])}">{shown}</a>'
                tag, more = ("td", f'role="cell"{self._align(column)}') if position else _ROW_HEAD
                cells.append(f'<{tag} {more} data-label="{label}"><div>{shown}</div></{tag}>')
            body.append(f'<tr role="row">{"".join(cells)}</tr>')
        left = len(self.frame) - self.max_rows
        more = f" {left} more rows in the data." if left > 0 else ""
        # The roles keep it a table for screen readers where a narrow page sets its rows as cards.
        return (
            '<table class="exhibit" role="table">'
            f"<caption>{html.escape(self.caption.rstrip('.'))}</caption>"
            f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
            f'<tbody role="rowgroup">{"".join(body)}</tbody></table>'
            f'<p class="source">Source: {html.escape(self.source)}.{more}</p>'
        )

    def _heading(self, column: str) -> str:
        return self.headings.get(column, str(column).replace("_", " "))

    def _align(self, column: str) -> str:
        return ' class="num"' if pd.api.types.is_numeric_dtype(self.frame[column]) else ""

    def _cell(self, column: str, value: Any) -> str:
        if column in self.claims:
            return claim_links(value)
        if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
            return f'<span class="absent" title="{html.escape(self.absent)}">{ABSENT}</span>'
        if column in self.formats:
            return html.escape(format(value, self.formats[column]))
        return html.escape(self.labels.get(str(value), str(value)))


@dataclass(frozen=True)
class Download:
    """Files for other programs, as file name to text; the report writer puts them beside the page.

    Raises
    ------
    ValueError
        If caption or source is blank, or there is no file.
    """

    name: str
    files: dict[str, str]
    caption: str
    source: str

    def __post_init__(self) -> None:
        _require(self.name, caption=self.caption, source=self.source, files=" ".join(self.files))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        kept = f"{self.caption}: {', '.join(self.files)}"
        return {
            "text/plain": kept,
            "text/html": (
                f'<p class="finding">{html.escape(self.caption)}</p>'
                f'<p class="source">Source: {html.escape(self.source)}</p>'
            ),
            MEDIA.format("download"): {"name": self.name, "files": self.files},
        }


@dataclass(frozen=True)
class Evidence:
    """What a run rests on: tables by citation, claims, operational figures, each with its source.

    `claims` has the columns of `ledger.sources_of`, `figures` those of
    `displacement.operational`; `year_end` is the last year of a stock shown.
    """

    tables: dict[str, str]
    claims: pd.DataFrame | None = None
    figures: pd.DataFrame | None = None
    year_end: int | None = None

    def last(self) -> str | None:
        """Day of the last evidence, ISO; None where nothing was used."""
        days = [f"{self.year_end}-12-31"] if self.year_end else []
        for frame, column in ((self.claims, "day"), (self.figures, "last")):
            if frame is not None and not frame.empty:
                days.append(frame[column].max().strftime("%Y-%m-%d"))
        return max(days, default=None)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        claims = [] if self.claims is None else self.claims["claim_id"].tolist()
        return {
            "text/plain": f"{len(claims)} claims; tables {', '.join(self.tables)}",
            "text/html": self._html(),
            MEDIA.format("evidence"): {
                "claims": claims,
                "tables": sorted(self.tables),
                "last_evidence": self.last(),
            },
        }

    def _html(self) -> str:
        items = [
            f"<li><b>{html.escape(name)}</b>: {html.escape(citation)}</li>"
            for name, citation in self.tables.items()
        ]
        parts = [f'<ul class="evidence">{"".join(items)}</ul>']
        if self.figures is not None and not self.figures.empty:
            parts.append(_listing(self.figures, _figure_item))
        if self.claims is not None and not self.claims.empty:
            for year, claims in self.claims.groupby(self.claims["day"].dt.year):
                said = f"{year}: {len(claims)} {'claim' if len(claims) == 1 else 'claims'}"
                listing = _listing(claims, _claim_item)
                parts.append(f"<details><summary>{said}</summary>{listing}</details>")
        return "".join(parts)


def claim_links(ids: Iterable[str]) -> str:
    """Ids of claims and figures as links into the list of evidence; names of tables stay plain.

    More than four are folded, so that a busy pair does not fill the page.

    >>> claim_links(["C0004", "displacement"])
    '<a href="#claim-C0004">C0004</a> displacement'
    """
    kinds = {"C": "#claim-", "F": "#figure-", "P": "#figure-"}
    names = [(kinds.get(name[:1]), html.escape(name)) for name in ids]
    links = [f'<a href="{kind}{name}">{name}</a>' if kind else name for kind, name in names]
    if len(links) <= 4:
        return " ".join(links)
    return f"<details><summary>{len(links)} claims</summary>{' '.join(links)}</details>"


def to_csv(frame: pd.DataFrame) -> str:
    """Frame as CSV text: lists joined by `;`, a named index kept as a column."""
    kept = frame.reset_index() if frame.index.name or frame.index.nlevels > 1 else frame
    flat = kept.map(lambda value: ";".join(value) if isinstance(value, list) else value)
    return str(flat.to_csv(index=False, lineterminator="\n"))


def _listing(frame: pd.DataFrame, item: Callable[[dict[Hashable, Any]], str]) -> str:
    return f'<ul class="evidence">{"".join(item(row) for row in frame.to_dict("records"))}</ul>'


def _claim_item(row: dict[Hashable, Any]) -> str:
    said = f", said by {row['speaker']}" if row["speaker"] else ""
    firm = "" if row["modality"] == "asserted" else f" <b>{html.escape(row['modality'])}:</b>"
    place = f", paragraph {int(row['paragraph'])}" if pd.notna(row["paragraph"]) else ""
    wire = f" ({row['wire']})" if row["wire"] else ""
    return (
        f'<li id="claim-{html.escape(row["claim_id"])}"><b>{html.escape(row["claim_id"])}</b> '
        f"{html.escape(row['start'] or 'undated')}{firm} {html.escape(row['gloss'])} "
        f'<span class="source">{html.escape(row["publisher"] + wire)}, {_link(row)}, '
        f"{html.escape((row['published'] or 'undated') + place + said)}</span></li>"
    )


def _figure_item(row: dict[Hashable, Any]) -> str:
    window = f"{row['start']} to {row['end']}" if row["start"] else row["end"]
    return (
        f'<li id="figure-{html.escape(row["figure_id"])}"><b>{html.escape(row["figure_id"])}</b> '
        f"{html.escape(row['measure'].replace('_', ' '))}, {html.escape(window)}, counted by "
        f'{html.escape(row["counted_by"])} <span class="source">{html.escape(row["publisher"])}, '
        f"{_link(row)}</span></li>"
    )


def _link(row: dict[Hashable, Any]) -> str:
    title = html.escape(row["title"])
    # Only web addresses become links: a table can hold any text.
    if not row["url"].startswith(("https://", "http://")):
        return title
    return f'<a href="{html.escape(row["url"])}">{title}</a>'


def _require(name: str, **words: str) -> None:
    if not _SLUG.fullmatch(name):
        raise ValueError(f"name {name!r}: expected lower-case letters, digits and hyphens")
    for field_name, value in words.items():
        if not value.strip():
            raise ValueError(f"{field_name} of {name!r} is blank; every exhibit needs one")
