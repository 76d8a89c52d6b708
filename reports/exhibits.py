"""What a notebook shows: headline, finding, figure, table, evidence, files; each with its data.

Every exhibit shows itself as escaped HTML (`templates/exhibits.html.j2`), so that
nothing in a table or a parameter is ever read as markup, and hands its data to
the report writer in a media type of its own. Without rows a figure or a table is one sentence: that
nothing is coded for the parameters.
"""

from __future__ import annotations

import base64
import io
import re
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import matplotlib as mpl
import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Drawing

from reports import MEDIA

MAX_ROWS = 12
ABSENT = Markup('<span class="absent" title="{}">–</span>')
# Files above this many letters are named, not packed into the page.
MOST_INLINE = 300_000
# Text stays text; the salt keeps the ids of clip paths the same from run to run.
_SAVING: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "torkham",
    "figure.constrained_layout.use": False,
}
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
        html = Markup('<p class="finding">{}</p>').format(self.text)
        return {"text/plain": self.text, "text/html": str(html)}


@dataclass(frozen=True)
class Headline:
    """The first finding of a notebook; it also goes into the manifest and onto the index page."""

    text: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {
            "text/plain": self.text,
            "text/html": str(Markup('<p class="headline">{}</p>').format(self.text)),
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
        vector, pixels = io.StringIO(), io.BytesIO()
        with mpl.rc_context(_SAVING):
            if engine := drawing.get_layout_engine():
                # Once for both: savefig would do so for each, and draw twice each time.
                dots = drawing.dpi
                FigureCanvasSVG(drawing)
                drawing.dpi = 72  # as the vector has
                engine.execute(drawing)
                drawing.dpi = dots
                drawing.set_layout_engine(None)
            # A date in the metadata would change the bytes of every run.
            drawing.savefig(vector, format="svg", metadata={"Date": None, "Creator": None})
            packing = {"compress_level": 3}  # a third faster than the usual 6, a tenth larger
            drawing.savefig(
                pixels, format="png", dpi=192, metadata={"Software": None}, pil_kwargs=packing
            )
        drawing.set_layout_engine(engine or "none")
        return lean(vector.getvalue()), pixels.getvalue()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        if self.table.empty:
            return Finding(_nothing(self.title))._repr_mimebundle_()
        svg, png = self.pictures()
        alt, caption = self.words(), _said(self.caption)
        # Double quotes would take three letters each.
        plain = svg if "'" in svg else svg.replace('"', "'")
        address = "data:image/svg+xml;charset=utf-8," + quote(plain, safe="/:;=,'()*+-._~!$?@")
        return {
            "text/plain": f"{self.title}. {alt}",
            "text/html": _html("figure", self.title, caption, address, alt, self.source),
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
        columns = [column for column in self.frame.columns if column not in self.links.values()]
        heads = [(self.headings.get(c, str(c).replace("_", " ")), self._kind(c)) for c in columns]
        shown = self.frame.head(self.max_rows).to_dict("records")
        rows = [[self._cell(row, column) for column in columns] for row in shown]
        summary = self._title() if self.folded else ""
        return _html(
            "table", caption.rstrip("."), heads, rows, self.source, len(self.frame), summary
        )

    def _kind(self, column: str) -> str:
        """Class of a column: numbers stand right, days do not break."""
        if pd.api.types.is_numeric_dtype(self.frame[column]):
            return "num"
        return "day" if self.frame[column].astype(str).str.fullmatch(_DAY).all() else ""

    def _cell(self, row: dict[Any, Any], column: str) -> Markup:
        value = row[column]
        if column in self.claims:
            return claim_links(value)
        if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
            shown = ABSENT.format(self.absent)
        elif isinstance(value, list):
            shown = escape(", ".join(map(str, value)))
        elif column in self.formats:
            shown = escape(format(value, self.formats[column]))
        else:
            shown = escape(self.labels.get(str(value), str(value)))
        if ids := row.get(self.links.get(column)):
            target = ids if isinstance(ids, str) else f"#claim-{ids[0]}"
            return Markup('<a href="{}">{}</a>').format(target, shown)
        return shown


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
        return {
            "text/plain": f"{self.caption}: {', '.join(self.files)}",
            "text/html": _html("download", self.caption, self.files, MOST_INLINE, self.source),
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
        figures = [] if self.figures is None else self.figures.to_dict("records")
        years: dict[str, list[Any]] = {}
        for claim in [] if self.claims is None else self.claims.to_dict("records"):
            year = "undated" if pd.isna(claim["day"]) else str(claim["day"].year)
            years.setdefault(year, []).append(claim)
        return _html("evidence", self.tables, figures, years)


def claim_links(ids: Iterable[str]) -> Markup:
    """Ids of claims and figures as links into the list of evidence; names of tables stay plain.

    More than four are folded, so that a busy pair does not fill the page.

    >>> print(claim_links(["C0004", "displacement"]))
    <a href="#claim-C0004">C0004</a> displacement
    """
    return Markup(_html("claims", list(ids)))  # noqa: S704 (our own template, which escapes)


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


@cache
def _macros() -> Any:
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
    )
    templates.filters["when"], templates.tests["missing"] = _when, pd.isna
    return templates.get_template("exhibits.html.j2").module


def _html(macro: str, *words: Any) -> str:
    return str(getattr(_macros(), macro)(*words))


def _when(date: str) -> str:
    """EDTF date as it reads: `../2021` is known to hold by 2021, `2021~` is about 2021."""
    before = "by " if date.startswith("../") else ""
    about = "about " if date.endswith("~") else ""
    return before + about + date.removeprefix("../").rstrip("~") if date else "undated"
