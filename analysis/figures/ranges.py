"""Ranges as intervals: what is known only between two bounds, or from one side."""

from __future__ import annotations

import math
import textwrap

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure as Drawing

from analysis.exhibits import Figure, Finding
from analysis.figures.style import BLUE, INK, ORANGE, STYLE, WIDTH_INCHES
from analysis.words import listed


def intervals(
    rows: pd.DataFrame, *, name: str, title: str, source: str, axis: str, finding: str = "",
    reference: tuple[float, str] | None = None,
) -> Figure | Finding:  # fmt: skip
    """Intervals along one axis, one a row: a bar from low to high, a dot where both are one.

    `rows` has the columns label, low, high, text and is_contrast. An end that
    is NaN is open and drawn as an arrow. `reference` is a value held against
    all rows, with its words. The axis holds zero where a row does.
    """
    rows = rows[rows[["low", "high"]].notna().any(axis=1)].reset_index(drop=True)
    if rows.empty:
        return Finding(finding or "No figure is in the tables for these parameters.")
    with mpl.rc_context(STYLE):
        tall = 0.5 * len(rows) + (1.6 if reference else 1.1)
        drawing = Drawing(figsize=(WIDTH_INCHES, tall), layout="constrained")
        axes = drawing.subplots()
        known = [
            float(value) for value in rows[["low", "high"]].to_numpy().ravel() if value == value
        ]
        known += [reference[0]] if reference else []
        left, right = min(0.0, *known), max(0.0, *known)
        span = (right - left) or 1.0
        for place, (low, high, text, contrast) in enumerate(
            rows[["low", "high", "text", "is_contrast"]].itertuples(index=False)
        ):
            colour, form = (ORANGE, "D") if contrast else (BLUE, "o")
            ends = [low if low == low else high, high if high == high else low]
            axes.plot(ends, [place, place], color=colour, linewidth=6, solid_capstyle="butt")
            axes.plot(ends, [place, place], form, color=colour, markersize=7)
            for missing, end, way in (
                (math.isnan(low), ends[0], -1),
                (math.isnan(high), ends[1], 1),
            ):
                if missing:
                    axes.annotate(
                        "", xy=(end + way * 0.09 * span, place), xytext=(end, place),
                        arrowprops={"arrowstyle": "->", "color": colour, "linewidth": 2},
                    )  # fmt: skip
            reach = ends[1] + (0.11 if math.isnan(high) else 0.025) * span
            axes.text(reach, place, textwrap.fill(text, 34), va="center", fontsize=9.5,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
        if reference:
            axes.axvline(reference[0], color=INK, linestyle="--", linewidth=1.2)
            axes.text(reference[0], -0.62, reference[1], ha="center", va="bottom", fontsize=9.5,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_yticks(range(len(rows)), [textwrap.fill(label, 26) for label in rows["label"]])
        top = -1.15 if reference else -0.6
        axes.set(ylim=(len(rows) - 0.4, top), xlim=(left - 0.12 * span, right + 0.62 * span))
        axes.set_xlabel(axis)
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=5))
        axes.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.10g}"))
        axes.tick_params(axis="y", length=0)
        axes.grid(True, axis="x")
        axes.set_axisbelow(True)
    told = [f"{row.label}: {row.text}" for row in rows.itertuples()]
    against = f" A dashed line marks {reference[1]}." if reference else ""
    alt = f"Intervals along an axis of {axis}, one a row. {listed(told, most=9)}.{against}"
    table = rows.drop(columns="is_contrast")
    return Figure(name, drawing, title, alt, source, table, finding)
