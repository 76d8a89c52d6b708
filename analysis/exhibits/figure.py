"""A drawn figure with its words, as vector, as pixels and as data."""

from __future__ import annotations

import base64
import html
import io
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as MatplotlibFigure

from analysis.exhibits import vector
from analysis.exhibits.media import MEDIA, require, to_csv

# Letters as outlines look the same on every machine; the salt keeps the ids of
# clip paths the same from run to run.
_SAVING: dict[Any, Any] = {"svg.fonttype": "path", "svg.hashsalt": "torkham"}


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
        require(self.name, title=self.title, alt=self.alt, source=self.source)

    def svg(self) -> str:
        """Drawing as vector; the same bytes for the same data."""
        self._lay_out()
        buffer = io.StringIO()
        # A date in the metadata would change the bytes of every run.
        with mpl.rc_context(_SAVING):
            self.drawing.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        return vector.lean(buffer.getvalue())

    def png(self) -> bytes:
        """Drawing as pixels, at twice the density of a plain screen, laid out as the vector."""
        self._lay_out()
        buffer = io.BytesIO()
        packing = {"compress_level": 3}  # a third faster than the usual 6, a tenth larger
        self.drawing.savefig(
            buffer, format="png", dpi=192, metadata={"Software": None}, pil_kwargs=packing
        )
        return buffer.getvalue()

    def _lay_out(self) -> None:
        """Give every part of the drawing its place, once.

        savefig would do so for each format, and draw everything once more for it.
        """
        if engine := self.drawing.get_layout_engine():
            dots = self.drawing.dpi
            FigureCanvasSVG(self.drawing)
            self.drawing.dpi = 72  # as the vector has
            engine.execute(self.drawing)
            self.drawing.dpi = dots
            self.drawing.set_layout_engine(None)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        svg, png = self.svg(), base64.b64encode(self.png()).decode()
        finding = f'<p class="finding">{html.escape(self.finding)}</p>' if self.finding else ""
        shown = (
            f'<figure class="exhibit"><figcaption><p class="title">{html.escape(self.title)}</p>'
            f"{finding}</figcaption>"
            f'<div class="plot" role="region" tabindex="0" aria-label="{html.escape(self.title)}">'
            f'<img src="{vector.address(svg)}" alt="{html.escape(self.alt)}"></div>'
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


def prepare() -> None:
    """Draw one figure for nobody: fonts, renderers and encoders are loaded with the first."""
    drawing = MatplotlibFigure(layout="constrained")
    drawing.add_subplot().set_title("First")
    blank = Figure("first", drawing, "First", "Nothing", "None", pd.DataFrame({"none": [0]}))
    blank._repr_mimebundle_()
