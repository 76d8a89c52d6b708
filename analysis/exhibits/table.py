"""A table whose caption is the finding, with claims as links to their entries."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis.exhibits.media import MEDIA, require, to_csv

MAX_ROWS = 12
ABSENT = "–"
# A date that must not break at its hyphens.
_DAY = r"(?:\.\./)?\d{4}(?:-\d\d){1,2}[~?]?"


@dataclass(frozen=True)
class Table:
    """A table whose caption is the finding; at most twelve rows shown, the whole of it as data.

    Without rows it is a statement instead. `formats` maps columns to format specs such
    as `",.0f"`; numbers are set right, a missing one shows as a dash and is read as "not
    reported". `labels` gives words for values that are codes. Columns named in `claims`
    hold lists of claim ids, shown as links; `links` maps a column to one of ids, whose
    first its values link to, or of checked web addresses; that one is kept in the data.
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
        require(self.name, caption=self.caption, source=self.source)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        if self.frame.empty:
            text = f"{self.caption.rstrip('.')}: nothing is in the table for these parameters."
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
        rows = "one more row" if left == 1 else f"{left} more rows"
        more = f' <span class="more">{rows} in the data.</span>' if left > 0 else ""
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
