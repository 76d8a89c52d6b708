"""What a run rests on, each claim and figure with its source."""

from __future__ import annotations

import html
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.exhibits.media import MEDIA


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
