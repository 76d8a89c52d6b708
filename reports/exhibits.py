"""What a notebook shows: headline, finding, figure, table, evidence, files; each with its data.

Every exhibit shows itself as escaped HTML, so that nothing in a table or a
parameter is ever read as markup, and hands its data to the report writer in a
media type of its own. Without rows a figure or a table is one sentence: that
nothing is coded for the parameters.
"""

from __future__ import annotations

import base64
import html
import io
import re
import sys
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Drawing

from reports import MEDIA

MAX_ROWS = 12
ABSENT = "–"
# Files above this many letters are named, not packed into the page.
MOST_INLINE = 300_000
# Text stays text; the salt keeps the ids of clip paths the same from run to run.
_SAVING: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "torkham"}
# DejaVu Sans, with which the drawing was measured, is at hand on Linux; Verdana is as wide.
_FONTS = "'DejaVu Sans', Verdana, sans-serif"
_UNREAD = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<!--.*?-->|(?<=<g) id=\"[^\"]*\"",
    re.DOTALL,
)
_LONG = re.compile(r"(?<=[\s\"(,])-?\d+\.\d{3,}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")
# A date that must not break at its hyphens.
_DAY = r"(?:\.\./)?\d{4}(?:-\d\d){1,2}[~?]?"

Caption = str | Callable[[], str]


@dataclass(frozen=True)
class Finding:
    """A sentence computed from the data of this run."""

    text: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": self.text, "text/html": _paragraph("finding", self.text)}


@dataclass(frozen=True)
class Headline:
    """The first finding of a notebook; it also goes into the manifest and onto the index page."""

    text: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {
            "text/plain": self.text,
            "text/html": _paragraph("headline", self.text),
            MEDIA.format("headline"): {"text": self.text},
        }


@dataclass(frozen=True)
class Figure:
    """A drawn figure with its words: title, caption, alternative text, source, plotted frame.

    `ax` are the Axes of one drawing, one or several; a drawing of pyplot's is
    closed, so that a notebook shows it once. `caption` may be a function: it
    is called only where `table` has rows. The alternative text is what the
    chart forms leave in `ax.get_label()`, and the caption, unless `alt` is
    given; Axes drawn by hand need one.

    Raises
    ------
    ValueError
        If name is no slug, title or source is blank, or nothing describes the drawing.

    Examples
    --------
    >>> from analysis import charts
    >>> frame = pd.DataFrame({"counter": ["UNHCR", "IOM"], "persons": [120000, 180000]})
    >>> ax = charts.rows(frame, label="counter", value="persons")
    >>> Figure("returns", ax, "Returns in May", source="UNHCR and IOM", table=frame).words()[:8]
    'Dot plot'
    """

    name: str
    ax: Axes | Sequence[Axes] | np.ndarray
    title: str
    source: str
    table: pd.DataFrame
    caption: Caption = ""
    alt: str = ""

    def __post_init__(self) -> None:
        _require(self.name, title=self.title, source=self.source)
        # Only pyplot knows drawings that it would show by itself.
        if pyplot := sys.modules.get("matplotlib.pyplot"):
            pyplot.close(self.drawing)
        if len(self.table) and not self.words():
            raise ValueError(
                f"alt of {self.name!r} is blank; say in alt= what the drawing shows, or draw it "
                "with a form of analysis.charts, which says so itself"
            )

    @property
    def drawing(self) -> Drawing:
        """Drawing to which the axes belong."""
        found = np.ravel(np.asarray(self.ax, dtype=object))[0].get_figure(root=True)
        assert isinstance(found, Drawing)
        return found

    def words(self) -> str:
        """Alternative text: the form, its axes, its range, a few points, and what to see."""
        if self.alt.strip():
            return self.alt
        labels = [ax.get_label() for ax in np.ravel(np.asarray(self.ax, dtype=object))]
        described = [str(label) for label in dict.fromkeys(labels) if label]
        return " ".join([*described, _said(self.caption)]).strip() if described else ""

    def pictures(self) -> tuple[str, bytes]:
        """Drawing as SVG and as PNG at twice the density of a plain screen, laid out alike.

        The same data give the same bytes.
        """
        drawing = self.drawing
        engine = drawing.get_layout_engine()
        if engine:
            # Once for both: savefig would do so for each, and draw everything once more for it.
            dots = drawing.dpi
            FigureCanvasSVG(drawing)
            drawing.dpi = 72  # as the vector has
            engine.execute(drawing)
            drawing.dpi = dots
            drawing.set_layout_engine("none")
        vector, pixels = io.StringIO(), io.BytesIO()
        # A date in the metadata would change the bytes of every run.
        with mpl.rc_context(_SAVING):
            drawing.savefig(vector, format="svg", metadata={"Date": None, "Creator": None})
        packing = {"compress_level": 3}  # a third faster than the usual 6, a tenth larger
        drawing.savefig(
            pixels, format="png", dpi=192, metadata={"Software": None}, pil_kwargs=packing
        )
        if engine:
            drawing.set_layout_engine(engine)
        return lean(vector.getvalue()), pixels.getvalue()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        if self.table.empty:
            return Finding(_nothing(self.title))._repr_mimebundle_()
        svg, png = self.pictures()
        title, alt, said = html.escape(self.title), self.words(), _said(self.caption)
        finding = _paragraph("finding", said) if said else ""
        # Double quotes would take three letters each.
        plain = svg if "'" in svg else svg.replace('"', "'")
        address = "data:image/svg+xml;charset=utf-8," + quote(plain, safe="/:;=,'()*+-._~!$?@")
        shown = (
            f'<figure class="exhibit"><figcaption><p class="title">{title}</p>{finding}'
            f'</figcaption><div class="plot" role="region" tabindex="0" aria-label="{title}">'
            f'<img src="{address}" alt="{html.escape(alt)}"></div>'
            f"{_paragraph('source', f'Source: {self.source}')}</figure>"
        )
        return {
            "text/plain": f"{self.title}. {alt}",
            "text/html": shown,
            "image/svg+xml": svg,
            "image/png": base64.b64encode(png).decode(),
            MEDIA.format("figure"): {
                "name": self.name,
                "title": self.title,
                "alt": alt,
                "source": self.source,
                "table": to_csv(self.table),
            },
        }


@dataclass(frozen=True)
class Table:
    """A table whose caption is the finding; at most `max_rows` rows shown, the whole as data.

    `formats` maps columns to format specs such as `",.0f"`; numbers are set
    right, a missing one shows as a dash and is read as `absent`. `labels`
    gives words for values that are codes. Columns named in `claims` hold lists
    of claim ids, shown as links; `links` maps a column to one of ids, whose
    first its values link to, or of checked web addresses; that one is kept in
    the data. `caption` may be a function, called only where there are rows.
    Without rows the table is one sentence about its `title` (else its name).
    `folded` shows the title alone until a reader opens it.

    Raises
    ------
    ValueError
        If name is no slug, or caption or source is blank.
    """

    name: str
    frame: pd.DataFrame
    caption: Caption
    source: str
    title: str = ""
    formats: dict[str, str] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    claims: Sequence[str] = ()
    links: dict[str, str] = field(default_factory=dict)
    absent: str = "not reported"
    max_rows: int = MAX_ROWS
    folded: bool = False

    def __post_init__(self) -> None:
        _require(self.name, source=self.source)
        if len(self.frame):
            _require(self.name, caption=_said(self.caption))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        if self.frame.empty:
            return Finding(_nothing(self._title()))._repr_mimebundle_()
        caption = _said(self.caption)
        return {
            "text/plain": f"{caption}\n{self.frame.head(self.max_rows).to_string()}",
            "text/html": self._html(caption),
            MEDIA.format("table"): {
                "name": self.name,
                "caption": caption,
                "source": self.source,
                "table": to_csv(self.frame),
            },
        }

    def _title(self) -> str:
        return self.title or self.name.replace("-", " ").capitalize()

    def _html(self, caption: str) -> str:
        columns = [c for c in self.frame.columns if c not in self.links.values()]
        names = {c: html.escape(self.headings.get(c, str(c).replace("_", " "))) for c in columns}
        aligns = {column: self._align(column) for column in columns}
        heads = "".join(
            # The first column holds headings of rows, which stand left even where they are numbers.
            f'<th scope="col" role="columnheader"{aligns[column] if k else ""}>{label}</th>'
            for k, (column, label) in enumerate(names.items())
        )
        body = []
        for row in self.frame.head(self.max_rows).to_dict("records"):
            cells = []
            for position, (column, label) in enumerate(names.items()):
                shown = self._cell(column, row[column])
                if ids := row.get(self.links.get(column)):
                    target = ids if isinstance(ids, str) else f"#claim-{ids[0]}"
                    shown = f'<a href="{html.escape(target)}">{shown}</a>'
                tag, more = "td", f'role="cell"{aligns[column]}'
                if position == 0:
                    day = ' class="day"' if "day" in aligns[column] else ""
                    tag, more = "th", f'scope="row" role="rowheader"{day}'
                cells.append(f'<{tag} {more} data-label="{label}"><div>{shown}</div></{tag}>')
            body.append(f'<tr role="row">{"".join(cells)}</tr>')
        left = len(self.frame) - self.max_rows
        rest = "one more row" if left == 1 else f"{left} more rows"
        more = f' <span class="more">{rest} in the data.</span>' if left > 0 else ""
        # The roles keep it a table for screen readers where a narrow page sets its rows as cards.
        table = (
            '<table class="exhibit" role="table">'
            f"<caption>{html.escape(caption.rstrip('.'))}</caption>"
            f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
            f'<tbody role="rowgroup">{"".join(body)}</tbody></table>'
            f'<p class="source">Source: {html.escape(self.source)}.{more}</p>'
        )
        if not self.folded:
            return table
        rows = "one row" if len(self.frame) == 1 else f"{len(self.frame):,} rows"
        summary = html.escape(f"{self._title()} ({rows})")
        return f"<details><summary>{summary}</summary>{table}</details>"

    def _align(self, column: str) -> str:
        values = self.frame[column]
        if pd.api.types.is_numeric_dtype(values):
            return ' class="num"'
        return ' class="day"' if values.astype(str).str.fullmatch(_DAY).all() else ""

    def _cell(self, column: str, value: Any) -> str:
        if column in self.claims:
            return claim_links(value)
        if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
            return f'<span class="absent" title="{html.escape(self.absent)}">{ABSENT}</span>'
        if isinstance(value, list):
            return html.escape(", ".join(map(str, value)))
        if column in self.formats:
            return html.escape(format(value, self.formats[column]))
        return html.escape(self.labels.get(str(value), str(value)))


@dataclass(frozen=True)
class Download:
    """Files for other programs, as file name to text; a report puts them beside its page.

    In a notebook they are links that hold the file, or, where large, its name.

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
        links = " · ".join(_file_link(name, text) for name, text in self.files.items())
        return {
            "text/plain": f"{self.caption}: {', '.join(self.files)}",
            "text/html": (
                f"{_paragraph('finding', self.caption)}"
                f'<p class="files here">Files: {links}</p>'
                f"{_paragraph('source', f'Source: {self.source}')}"
            ),
            MEDIA.format("download"): {
                "name": self.name,
                "files": self.files,
                "caption": self.caption,
                "source": self.source,
            },
        }


@dataclass(frozen=True)
class Evidence:
    """What a run rests on: tables by citation, files, claims, counted figures, with their sources.

    `tables` and `files` are those of `tables.used()` and `tables.files_used()`,
    `claims` has the columns of `ledger.sources_of`, `figures` those of
    `displacement.operational`; `year_end` is the last year of a stock shown.
    """

    tables: dict[str, str]
    files: Collection[str] = ()
    claims: pd.DataFrame | None = None
    figures: pd.DataFrame | None = None
    year_end: int | None = None

    def last(self) -> str | None:
        """Day of the last evidence, ISO; None where nothing was used."""
        days = [f"{self.year_end}-12-31"] if self.year_end else []
        for frame, column in ((self.claims, "day"), (self.figures, "last")):
            if frame is not None and frame[column].notna().any():
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
                "files": sorted(self.files),
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
            years = self.claims["day"].dt.strftime("%Y").fillna("undated")
            for year, claims in self.claims.groupby(years):
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


def lean(svg: str) -> str:
    r"""SVG of matplotlib that any reader's fonts can show, without metadata and fractions of dots.

    >>> lean('<svg><g id="axes_1">\n <path d="M 0 547.20001 L 10.123456 0"/></g></svg>')
    '<svg><g><path d="M 0 547.2 L 10.12 0"/></g></svg>'
    """
    svg = _UNREAD.sub("", svg).replace("'DejaVu Sans'", _FONTS)
    svg = _LONG.sub(lambda match: f"{float(match[0]):.2f}".rstrip("0").rstrip("."), svg)
    return re.sub(r"\s+", " ", re.sub(r">\s+<", "><", svg)).strip()


def _require(name: str, **words: str) -> None:
    if not _SLUG.fullmatch(name):
        raise ValueError(f"name {name!r}: expected lower-case letters, digits and hyphens")
    for field_name, value in words.items():
        if not value.strip():
            raise ValueError(f"{field_name} of {name!r} is blank; every exhibit needs one")


def _said(caption: Caption) -> str:
    return caption if isinstance(caption, str) else caption()


def _nothing(title: str) -> str:
    return f"{title.rstrip('.')}: nothing is coded for these parameters."


def _paragraph(kind: str, text: str) -> str:
    return f'<p class="{kind}">{html.escape(text)}</p>'


def _file_link(name: str, text: str) -> str:
    shown = html.escape(name)
    if len(text) > MOST_INLINE:
        return shown
    return f'<a download="{shown}" href="data:text/plain;charset=utf-8,{quote(text)}">{shown}</a>'


def _listing(frame: pd.DataFrame, item: Callable[[dict[Hashable, Any]], str]) -> str:
    return f'<ul class="evidence">{"".join(item(row) for row in frame.to_dict("records"))}</ul>'


def _claim_item(row: dict[Hashable, Any]) -> str:
    speaker = html.escape(row["speaker"])
    said = f", said by <span{_page('actors', row['speaker'])}>{speaker}</span>" if speaker else ""
    firm = "" if row["modality"] == "asserted" else f" <b>{html.escape(row['modality'])}:</b>"
    place = f", paragraph {int(row['paragraph'])}" if pd.notna(row["paragraph"]) else ""
    wire = f" ({row['wire']})" if row["wire"] else ""
    name = html.escape(row["claim_id"])
    return (
        f'<li id="claim-{name}"><b{_page("sources", row.get("source_id"), f"#{name}")}>{name}</b> '
        f"{html.escape(_when(row['start']))}{firm} {html.escape(row['gloss'])} "
        f'<span class="source">{html.escape(row["publisher"] + wire)}, {_link(row)}, '
        f"{html.escape(_when(row['published']) + place)}{said}</span></li>"
    )


def _when(date: str) -> str:
    """EDTF date as it reads: `../2021` is known to hold by 2021, `2021~` is about 2021."""
    before = "by " if date.startswith("../") else ""
    about = "about " if date.endswith("~") else ""
    return before + about + date.removeprefix("../").rstrip("~") if date else "undated"


def _page(folder: str, name: str | None, anchor: str = "") -> str:
    """Mark of a text that has a page of its own on the site; the report makes it a link."""
    return f' data-page="ledger/{folder}/{html.escape(name)}.html{anchor}"' if name else ""


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
