"""Small multiples over time: steps up and down, one panel a state; shares taken, one a rung."""

from __future__ import annotations

import math
import textwrap
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
from analysis.figures.style import BLUE, GREY, INK, LILAC, ORANGE, PALE, STYLE, WIDTH_INCHES
from analysis.words import count, listed


def step_panels(
    heights: pd.DataFrame, states: Sequence[str], names: Mapping[str, str], most: int, *,
    name: str, title: str, source: str, marks: pd.DataFrame | None = None, mark_label: str = "",
    columns: int = 3, finding: str = "",
) -> Figure | Finding:  # fmt: skip
    """Step lines over time, one panel a state: rungs held of `most`; `marks` as ticks below.

    `heights` has the columns state, day, rungs; `marks`, if given, state and
    day. A state without a step has no panel unless marks are drawn; without
    any step there is a statement instead of empty panels.
    """
    told = heights.groupby("state")["rungs"].any()
    if not told.any() and (marks is None or marks.empty):
        return Finding("No step of the states shown is coded by the date.")
    states = [state for state in states if told[state] or marks is not None]
    courses = {
        state: (mdates.date2num(course["day"]), course["rungs"].to_numpy())
        for state, course in heights.groupby("state")
    }
    with mpl.rc_context(STYLE):
        rows = math.ceil(len(states) / columns)
        drawing = Drawing(figsize=(WIDTH_INCHES, 0.9 + 1.35 * rows), layout="constrained")
        grid = drawing.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for axes, state in zip(grid.flat, states, strict=False):
            axes.set_title(names[state], loc="left", fontsize=10, color=INK, pad=3)
            _steps(axes, *courses[state])
            if marks is not None:
                days = mdates.date2num(marks.loc[marks["state"] == state, "day"])
                axes.plot(days, np.full(len(days), -0.95), "|", color=ORANGE, markersize=7,
                          markeredgewidth=1.8)  # fmt: skip
            axes.grid(True, axis="y")
            axes.set_axisbelow(True)
        low = -1.7 if marks is not None else 0
        grid[0, 0].set(ylim=(low, most + 0.4), yticks=range(0, most + 1, 2))
        for axes in grid.flat[len(states) :]:
            axes.set_visible(False)
        _dates(grid, len(states), heights["day"].min(), heights["day"].max())
        if marks is not None:
            tick = Line2D([], [], color=ORANGE, marker="|", linestyle="", markersize=9,
                          markeredgewidth=1.8, label=mark_label)  # fmt: skip
            drawing.legend(handles=[tick], loc="outside lower center", frameon=False)
    last = heights.groupby("state", sort=False)["rungs"].last()
    ends = [f"{names[s]} {last[s] if told[s] else 'none coded'}" for s in states]
    tallies = ""
    if marks is not None:
        held = marks["state"].value_counts()
        marked = [f"{names[state]} {held.get(state, 'none coded')}" for state in states]
        tallies = f" Ticks below: {mark_label}, {listed(marked, most=9)}."
    alt = (
        f"Step lines in {count(len(states), 'panel')}, one a state: rungs held, 0 to {most}, over "
        f"time. At the end: {listed(ends, most=9)}.{tallies}"
    )
    table = heights.assign(what="rungs held")
    if marks is not None:
        table = pd.concat([table, marks[["state", "day"]].assign(what=mark_label)])
    return Figure(name, drawing, title, alt, source, table, finding)


def share_panels(
    curves: pd.DataFrame, states: pd.DataFrame, labels: Mapping[str, str], start: str, *,
    name: str, title: str, source: str, finding: str = "",
) -> Figure | Finding:  # fmt: skip
    """Share that had taken each rung over time, one panel a rung, the band, and who had not.

    `curves` has the columns rung, day (days since `start`), share, share_high,
    low, high; `states` rung, state, known, low, high. Below each curve a tick
    for a step dated to a day and a line for one that lies between two days; a
    cross at the end of the curve stands for those that had not taken it.
    """
    if curves.empty:
        return Finding("No state at risk is coded as having taken a rung by the date.")
    origin, rungs = pd.Timestamp(start), list(curves["rung"].unique())
    with mpl.rc_context(STYLE):
        columns = min(3, len(rungs))
        rows = math.ceil(len(rungs) / columns)
        drawing = Drawing(figsize=(WIDTH_INCHES, 0.9 + 1.95 * rows), layout="constrained")
        grid = drawing.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for axes, rung in zip(grid.flat, rungs, strict=False):
            mine = curves[curves["rung"] == rung]
            _share(axes, mine, states[states["rung"] == rung], origin)
            axes.set_title(textwrap.fill(labels[rung], 28), loc="left", fontsize=10, pad=4)
        for axes in grid.flat[len(rungs) :]:
            axes.set_visible(False)
        grid[0, 0].set(ylim=(-0.32, 1.03), yticks=[0, 0.5, 1])
        grid[0, 0].yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1, decimals=0))
        _dates(grid, len(rungs), origin, origin + pd.Timedelta(days=curves["day"].max()))
        handles = [
            Line2D([], [], color=BLUE, linewidth=2, label="share that had taken it"),
            Patch(facecolor=PALE, label="95 % band"),
            Line2D([], [], color=ORANGE, marker="+", linestyle="", markersize=9,
                   markeredgewidth=1.8, label="not by the date (how many)"),
            Line2D([], [], color=INK, marker="|", linestyle="", label="step on a day"),
            Line2D([], [], color=LILAC, linewidth=2.5, label="step between two days"),
        ]  # fmt: skip
        drawing.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    ends = curves.groupby("rung", sort=False)["share"].last()
    told = [f"{labels[str(rung)]} {share:.0%}" for rung, share in ends.items()]
    alt = (
        f"Rising steps in {count(len(rungs), 'panel')}, one a rung: share of the states at risk "
        f"that had taken it, 0 to 100 %, over time, with a band. At the end: "
        f"{listed(told, most=8)}."
    )
    return Figure(name, drawing, title, alt, source, curves, finding)


def _steps(axes: Axes, days: np.ndarray, rungs: np.ndarray) -> None:
    if not rungs.any():
        axes.text(0.5, 0.5, "no step coded", transform=axes.transAxes, ha="center", va="center",
                  fontsize=9.5, color=INK)  # fmt: skip
        return
    axes.step(days, rungs, where="post", color=BLUE, linewidth=2)
    axes.fill_between(days, rungs, step="post", color=BLUE, alpha=0.12, linewidth=0)
    axes.annotate(str(rungs[-1]), (1, rungs[-1]), xycoords=("axes fraction", "data"),
                  xytext=(4, 0), textcoords="offset points", va="center", color=BLUE, fontsize=10,
                  annotation_clip=False)  # fmt: skip


def _share(axes: Axes, curve: pd.DataFrame, states: pd.DataFrame, origin: pd.Timestamp) -> None:
    fall = mdates.date2num(origin)
    days = fall + curve["day"].to_numpy()
    axes.fill_between(days, curve["low"], curve["high"], step="post", color=PALE, linewidth=0)
    axes.step(days, curve["share"], where="post", color=BLUE, linewidth=2)
    if (curve["share_high"] - curve["share"]).max() > 1e-6:
        axes.fill_between(days, curve["share"], curve["share_high"], step="post", color=BLUE,
                          alpha=0.3, linewidth=0)  # fmt: skip
    waiting = int(np.isinf(states["high"]).sum())
    if waiting:
        axes.plot(days[-1:], curve["share"].iloc[-1:], "+", color=ORANGE, markersize=10,
                  markeredgewidth=2, clip_on=False)  # fmt: skip
        axes.annotate(str(waiting), (1, curve["share"].iloc[-1]),
                      xycoords=("axes fraction", "data"), xytext=(8, 0),
                      textcoords="offset points", va="center", color=INK, fontsize=10,
                      annotation_clip=False)  # fmt: skip
    done = states[np.isfinite(states["high"].astype(float))].sort_values("high")
    level = -0.1
    for low, high in done[["low", "high"]].itertuples(index=False):
        if low == high:
            axes.plot(fall + low, -0.06, "|", color=INK, markersize=6)
        else:
            # Lines lie below one another, so that each is seen.
            level -= 0.035
            axes.plot([fall + low, fall + high], [level, level], color=LILAC, linewidth=2,
                      solid_capstyle="butt")  # fmt: skip
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.grid(True, axis="y")
    axes.set_axisbelow(True)


def _dates(grid: np.ndarray, used: int, start: pd.Timestamp, end: pd.Timestamp) -> None:
    """Days along the lowest panel of each column, also where the last row is not full."""
    span = max((end - start).days, 1)
    form = "%Y" if span > 900 else "%b %Y" if span > 90 else "%d %b"
    # The panels share the axis, so that one of them sets it for all.
    shared = grid.flat[0]
    shared.set_xlim(mdates.date2num(start), mdates.date2num(start) + span)
    shared.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=2, maxticks=4))
    shared.xaxis.set_major_formatter(mdates.DateFormatter(form))
    for place, axes in enumerate(grid.flat[:used]):
        lowest, first = place + grid.shape[1] >= used, place % grid.shape[1] == 0
        axes.tick_params(bottom=lowest, labelbottom=lowest, left=first, labelsize=9)
