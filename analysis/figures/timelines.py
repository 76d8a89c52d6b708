"""Windows of time that were counted, as bars along a time axis."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import matplotlib as mpl
import matplotlib.dates as mdates
import pandas as pd
from matplotlib.figure import Figure as Drawing

from analysis.exhibits import Figure, Finding
from analysis.figures.style import BLUE, STYLE, WIDTH_INCHES
from analysis.words import listed


def windows(
    figures: pd.DataFrame, row_labels: Sequence[str], values: Sequence[str], *,
    name: str, title: str, source: str,
) -> Figure | Finding:  # fmt: skip
    """Windows of time that were counted, one row a figure: a bar from first to last day, its value.

    Windows that overlap count the same people more than once; the form shows
    it. A stock is a point.
    """
    if figures.empty:
        return Finding("No operational figure is in the table for these parameters.")
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 1.0 + 0.36 * len(figures)), layout="constrained")
        axes = drawing.subplots()
        ends = mdates.date2num(figures["last"])
        starts = mdates.date2num(figures["first"].fillna(figures["last"]))
        span = max(ends.max() - starts.min(), 30)
        for place, (start, end, value) in enumerate(zip(starts, ends, values, strict=True)):
            if end > start:
                axes.plot([start, end], [place, place], color=BLUE, linewidth=5,
                          solid_capstyle="butt")  # fmt: skip
            else:
                axes.plot(end, place, "o", color=BLUE, markersize=7)
            axes.text(end + 0.015 * span, place, value, va="center", fontsize=9.5)
        wrapped = [textwrap.fill(label, 30) for label in row_labels]
        axes.set_yticks(range(len(figures)), wrapped, fontsize=9.5)
        axes.set(ylim=(len(figures) - 0.4, -0.6), xlim=(starts.min() - 0.03 * span,
                 ends.max() + 0.5 * span))  # fmt: skip
        axes.xaxis_date()
        axes.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=6))
        axes.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))
        axes.tick_params(axis="y", length=0)
        axes.tick_params(axis="x", top=len(figures) > 12, labeltop=len(figures) > 12)
        axes.grid(True, axis="x")
        axes.set_axisbelow(True)
    rows = [f"{label}: {value}" for label, value in zip(row_labels, values, strict=True)]
    alt = (
        "Bars along a time axis, one row a counted window, its value written at the end. "
        f"{listed(rows, most=8)}."
    )
    return Figure(name, drawing, title, alt, source, figures)
