"""Ties of one actor as dots along their net sum, with what they were a year before."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D

from analysis.exhibits import Figure, Finding
from analysis.figures.style import GREY, INK, ORANGE, PLUM, STYLE, TEAL, WIDTH_INCHES
from analysis.words import count, listed

# Colour and marker of a sign, so that it is read without colour.
_MARKS = {
    1: (TEAL, "o", "cooperative"),
    -1: (PLUM, "s", "conflictual"),
    0: (ORANGE, "D", "mixed"),
}


def tie_dots(
    frame: pd.DataFrame, names: Mapping[str, str], *, name: str, title: str, source: str,
    most: int = 8,
) -> Figure | Finding:  # fmt: skip
    """Strongest ties of one actor: net sum now as a filled mark, a year before as a hollow one.

    `frame` has the columns other, sign, net, net_before, trend of
    `briefs.ties_of`; `most` rows are drawn, the table holds all. Without ties
    there is a statement.
    """
    if frame.empty:
        return Finding("No tie is coded for this actor on the day, or its evidence has faded.")
    shown = frame.head(most)
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 0.95 + 0.27 * len(shown)), layout="constrained")
        axes = drawing.subplots()
        axes.axvline(0, color=GREY, linewidth=1)
        for level, row in enumerate(shown.to_dict("records")):
            colour, marker, _ = _MARKS[row["sign"]]
            axes.plot([row["net_before"], row["net"]], [level, level], color=GREY, linewidth=1.2,
                      zorder=1)  # fmt: skip
            axes.plot(row["net_before"], level, marker, markerfacecolor="white",
                      markeredgecolor=GREY, markersize=6, zorder=2)  # fmt: skip
            axes.plot(row["net"], level, marker, color=colour, markersize=8, zorder=3)
        axes.set_yticks(range(len(shown)), [names[other] for other in shown["other"]])
        axes.set(ylim=(len(shown) - 0.4, -0.6))
        axes.set_xlabel("net of cooperation and conflict, faded sums on PLOVER's scale")
        axes.tick_params(axis="y", length=0)
        axes.grid(True, axis="x")
        axes.set_axisbelow(True)
        handles = [
            Line2D([], [], color=colour, marker=marker, linestyle="", label=word)
            for sign, (colour, marker, word) in _MARKS.items()
            if (shown["sign"] == sign).any()
        ]
        handles.append(Line2D([], [], color=INK, marker="o", markerfacecolor="white",
                              linestyle="", label="a year before"))  # fmt: skip
        drawing.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False)
    told = [
        f"{names[row['other']]} {row['net']:+.1f}, {row['trend']}"
        for row in shown.to_dict("records")
    ]
    alt = (
        f"Dot plot, {count(len(shown), 'row')}, net sum along the horizontal axis, hollow marks a "
        f"year before. {listed(told, most=8)}."
    )
    return Figure(name, drawing, title, alt, source, frame.round({"net": 2, "net_before": 2}))
