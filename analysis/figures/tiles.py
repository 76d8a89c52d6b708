"""Grids of tiles: state by rung, each tile marked by its status."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure as Drawing
from matplotlib.patches import Patch, Rectangle

from analysis.exhibits import Figure
from analysis.figures.style import BLACK, BLUE, GREY, INK, PALE, PLUM, STYLE, TEAL, WIDTH_INCHES
from analysis.words import count, listed

# Fill, ink and hatch of a step by how far it got.
STATUS_LOOKS = {
    "held from the start": (TEAL, BLACK, ""),
    "executed": (BLUE, "white", ""),
    "undone": ("white", PLUM, "xx"),
    "announced": ("white", INK, "//"),
    "reported only": ("white", INK, "\\\\"),
    "not coded": ("white", INK, ""),
    "not applicable": (PALE, INK, ""),
}


def status_grid(
    cells: pd.DataFrame, rows: Sequence[str], columns: Sequence[str],
    names: Mapping[str, str], *,
    name: str, title: str, source: str,
) -> Figure:  # fmt: skip
    """Grid of tiles, one a cell, coloured and lettered by status, with the cell's own text.

    `cells` has the columns row, column, status, text; a status is one of
    `STATUS_LOOKS`.
    """
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 1.5 + 0.37 * len(rows)), layout="constrained")
        axes = drawing.subplots()
        across = {column: k for k, column in enumerate(columns)}
        down = {row: k for k, row in enumerate(rows)}
        for row, column, status, text in cells[["row", "column", "status", "text"]].itertuples(
            index=False
        ):
            fill, ink, hatch = STATUS_LOOKS[status]
            x, y = across[column], down[row]
            # Tiles lie within the axes: neither limits nor layout have to look at each.
            axes.add_artist(Rectangle((x - 0.47, y - 0.43), 0.94, 0.86, facecolor=fill, hatch=hatch,
                                      edgecolor=PALE, linewidth=0.8, in_layout=False))  # fmt: skip
            axes.text(x, y, text, ha="center", va="center", fontsize=9, color=ink,
                      linespacing=0.95, in_layout=False)  # fmt: skip
        axes.set_xticks(range(len(columns)), [textwrap.fill(names[c], 11) for c in columns])
        axes.set_yticks(range(len(rows)), [names[row] for row in rows])
        axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
        axes.xaxis.tick_top()
        axes.tick_params(length=0, labelsize=9)
        for spine in axes.spines.values():
            spine.set_visible(False)
        used = [status for status in STATUS_LOOKS if status in set(cells["status"])]
        handles = [
            Patch(facecolor=STATUS_LOOKS[s][0], hatch=STATUS_LOOKS[s][2], edgecolor=GREY, label=s)
            for s in used
        ]
        drawing.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    tally = cells["status"].value_counts()
    said = f"{listed([f'{tally[s]} {s}' for s in used], most=9)}."
    alt = (
        f"Grid of tiles, {count(len(rows), 'row')} by {count(len(columns), 'column')}, each tile "
        f"marked by its status and dated where it has a date. {said}"
    )
    return Figure(name, drawing, title, alt, source, cells, said)
