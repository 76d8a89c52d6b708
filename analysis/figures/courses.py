"""Courses through time: one pair with its marked happenings, the whole network by quarters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.exhibits import Figure, Finding
from analysis.figures.style import BLACK, BLUE, GREY, ORANGE, PLUM, STYLE, TEAL, WIDTH_INCHES

MARKERS = ("o", "s", "^", "X")
POINTS = 400


def pair_course(
    course: pd.DataFrame, marks: pd.DataFrame, spells: pd.DataFrame, lanes: Sequence[str], *,
    name: str, title: str, source: str, finding: str,
) -> Figure | Finding:  # fmt: skip
    """Account of a pair day by day, spells shaded, with happenings as marks in lanes below.

    `course` has `cooperation`, `conflict` and `net` by day, `marks` a `lane`
    and a `day` a row, `spells` a `start` and an `end` a row.
    """
    if course.empty or not (course[["cooperation", "conflict"]].to_numpy() > 0).any():
        return Finding("No dated act between the two is coded for these parameters.")
    # A point a day of years would weigh much and show no more: at most some four hundred.
    step = max(len(course) // POINTS, 1)
    points = course[::-step][::-1]
    days = mdates.date2num(points.index)
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 4.9), layout="constrained")
        axes, below = drawing.subplots(2, 1, sharex=True, height_ratios=[2.6, 1.2])
        for start, end in spells[["start", "end"]].itertuples(index=False):
            for panel in (axes, below):
                panel.axvspan(mdates.date2num(start), mdates.date2num(end) + 1, color="#F3E7B3",
                              linewidth=0, zorder=0)  # fmt: skip
        axes.fill_between(days, points["cooperation"], color=TEAL, alpha=0.75, linewidth=0)
        axes.fill_between(days, -points["conflict"], facecolor=PLUM, alpha=0.8, hatch="//",
                          edgecolor="white", linewidth=0)  # fmt: skip
        axes.plot(days, points["net"], color=BLACK, linewidth=1.4)
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.set_ylabel("sum of intensities")
        axes.yaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda y, _: f"{abs(y):g}"))
        axes.grid(True, axis="y")
        colours = (BLUE, TEAL, ORANGE, PLUM)
        for row, (lane, marker, colour) in enumerate(zip(lanes, MARKERS, colours, strict=False)):
            when = mdates.date2num(marks.loc[marks["lane"] == lane, "day"])
            below.plot(when, np.full(len(when), row), marker, color=colour, markersize=6.5,
                       markeredgecolor="white", markeredgewidth=0.5, linestyle="")  # fmt: skip
        below.set_yticks(range(len(lanes)), lanes, fontsize=9.5)
        below.set(ylim=(len(lanes) - 0.4, -0.6))
        below.tick_params(axis="y", length=0)
        below.grid(True, axis="y", color="#EFEFEF")
        _time_axis(below, course.index)
        for panel in (axes, below):
            panel.set_axisbelow(True)
        handles = [
            Patch(facecolor=TEAL, label="cooperation"),
            Patch(facecolor=PLUM, hatch="//", edgecolor="white", label="conflict"),
            Line2D([], [], color=BLACK, label="net"),
            Patch(facecolor="#F3E7B3", label="spell counted as a thaw"),
        ]
        drawing.legend(handles=handles if len(spells) else handles[:3],
                       loc="outside lower center", ncols=4, frameon=False)  # fmt: skip
    tally = marks["lane"].value_counts()
    counts = ", ".join(f"{tally.get(lane, 0)} {lane}" for lane in lanes)
    alt = (
        "Areas over time, cooperation above and conflict below the line of zero, net as a line; "
        f"marks below: {counts}. {finding}"
    )
    return Figure(name, drawing, title, alt, source, points.round(3), finding)


def network_course(
    quarters: pd.DataFrame, panels: Mapping[str, str], *,
    name: str, title: str, source: str, finding: str,
) -> Figure | Finding:  # fmt: skip
    """Measures of a network through time, one small panel each; a missing one stays a gap.

    One day alone is no course: then the finding stands without a drawing.

    `quarters` is indexed by day; `panels` maps its columns to the labels of
    their axes. Every axis starts at zero.
    """
    if len(quarters) < 2:
        return Finding(finding)
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 0.8 + 1.25 * len(panels)), layout="constrained")
        rows = drawing.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
        for axes, (column, label) in zip(rows, panels.items(), strict=True):
            values = quarters[column].astype(float)
            axes.plot(mdates.date2num(quarters.index), values, color=BLUE, marker="o",
                      markersize=3.5, linewidth=1.5)  # fmt: skip
            known = values.dropna()
            if len(known):
                axes.text(mdates.date2num(known.index[-1]), known.iloc[-1],
                          f"  {known.iloc[-1]:.3g}", va="center", fontsize=9.5)  # fmt: skip
            axes.set_title(label, loc="left", fontsize=10, color=BLACK)
            axes.set_ylim(0, max(float(known.max()) * 1.15 if len(known) else 0.0, 1.0))
            axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=3))
            axes.grid(True, axis="y")
            axes.set_axisbelow(True)
        _time_axis(rows[-1], quarters.index)
    alt = f"Lines over time, {len(panels)} panels: {'; '.join(panels.values())}. {finding}"
    return Figure(name, drawing, title, alt, source, quarters.round(4), finding)


def _time_axis(axes: Axes, days: pd.Index) -> None:
    first, last = mdates.date2num(days[0]), mdates.date2num(days[-1])
    span = max(last - first, 60.0)
    axes.set_xlim(last - span - 0.02 * span, last + 0.07 * span)
    axes.xaxis_date()
    locator = mdates.AutoDateLocator(minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))
    # Looked for once: every panel would look for the same days again whenever it is measured.
    axes.xaxis.set_major_locator(mpl.ticker.FixedLocator(list(axes.get_xticks())))
