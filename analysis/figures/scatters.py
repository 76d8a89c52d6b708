"""Two measures of the same pairs against each other."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D

from analysis.exhibits import Figure, Finding
from analysis.figures.style import BLUE, GREY, STYLE, WIDTH_INCHES
from analysis.words import count, sentence


def pair_scatter(
    pairs: pd.DataFrame, names: Mapping[str, str], mark: str, *,
    name: str, title: str, source: str, across: str, up: str, finding: str = "",
) -> Figure | Finding:  # fmt: skip
    """Points, one a pair of states, by two measures; the pairs of one state marked and named.

    `pairs` has the columns a, b, x, y without gaps. Points that fall together
    are moved apart by nothing: the table keeps each.
    """
    if pairs.empty:
        return Finding(
            "No pair is known on both measures, so there is nothing to set side by side."
        )
    own = (pairs["a"] == mark) | (pairs["b"] == mark)
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 4.6), layout="constrained")
        axes = drawing.subplots()
        axes.scatter(pairs.loc[~own, "x"], pairs.loc[~own, "y"], s=34, color=GREY, alpha=0.75,
                     linewidth=0)  # fmt: skip
        axes.scatter(pairs.loc[own, "x"], pairs.loc[own, "y"], s=52, color=BLUE, marker="D")
        _labels(axes, pairs[own], names, mark)
        axes.set(xlabel=across, ylabel=up)
        axes.margins(x=0.16, y=0.08)
        axes.grid(True)
        axes.set_axisbelow(True)
        handles = [
            Line2D([], [], color=BLUE, marker="D", linestyle="", label=f"pairs of {names[mark]}"),
            Line2D([], [], color=GREY, marker="o", linestyle="", label="other pairs"),
        ]
        drawing.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False)
    alt = (
        f"Scatter plot of {count(len(pairs), 'pair')} of states: {across} along the horizontal, "
        f"{up} along the vertical axis. {sentence(f'Marked: {int(own.sum())} of {names[mark]}')}"
    )
    return Figure(name, drawing, title, alt, source, pairs, finding)


def _labels(axes: Axes, own: pd.DataFrame, names: Mapping[str, str], mark: str) -> None:
    """Names beside the marked points; one that would cover another is set lower, with a line."""
    placed: list[tuple[float, float]] = []
    wide = max(float(axes.dataLim.width), 1e-9)
    tall = max(float(axes.dataLim.height), 1e-9)
    for row in own.sort_values(["y", "x"], ascending=False).to_dict("records"):
        point = float(row["x"]), float(row["y"])
        y = point[1]
        while any(abs(point[0] - a) < 0.17 * wide and abs(y - b) < 0.04 * tall for a, b in placed):
            y -= 0.01 * tall
        placed.append((point[0], y))
        other = row["b"] if row["a"] == mark else row["a"]
        line = {
            "arrowstyle": "-",
            "color": GREY,
            "linewidth": 0.6,
            "shrinkA": 0,
            "shrinkB": 3,
            "relpos": (0, 0.5),
        }
        axes.annotate(names[other], point, xytext=(point[0] + 0.022 * wide, y), va="center",
                      fontsize=9, arrowprops=line if y < point[1] else None)  # fmt: skip
