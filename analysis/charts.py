"""Six chart forms and the house style; each takes a tidy frame and returns its Axes.

`rows` (dots, intervals and spans), `tiles` (grids), `bars` (stacked, diverging, steps), `panels`
(small multiples), `network` (who stands with whom) and `scatter` (points, lines and dated acts).
Data come first, column names by keyword, and `ax=` draws into Axes of your own; without it a form
makes a figure as high as its rows need. What comes back is plain matplotlib: change it as you
like. A form reads matplotlib's settings and sets none; `plt.style.use(charts.STYLE)` once is the
house style. Order is that of the frame: sort first. Missing values are gaps, never zero, and
counts start at zero. Each form leaves its alternative text in `ax.get_label()`.

>>> returns = pd.DataFrame({"counter": ["UNHCR", "IOM"], "persons": [120000, 180000]})
>>> ax = rows(returns, label="counter", value="persons")
>>> ax.get_label()
'Dot plot, two rows, persons from 120,000 to 180,000: UNHCR 120,000; IOM 180,000.'
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

if TYPE_CHECKING:
    import networkx as nx

BLUE, TEAL, PLUM, ORANGE, INK, LILAC = (
    "#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1",
)  # fmt: skip
GREY, PALE, BLACK = "#8C8C8C", "#E6E6E6", "#111111"
WIDTH = 7.6
STYLE: dict[Any, Any] = {
    "figure.figsize": (WIDTH, 4.4),
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    # Names come from tables: a dollar sign in one is a dollar sign.
    "text.parse_math": False,
    "axes.labelsize": 10,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#D9D9D9",
    "hatch.linewidth": 0.6,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
}
# Words, colour and line of a sign: read without colour, too.
SIGNS: dict[int, tuple[str, str, str]] = {
    1: ("cooperative", TEAL, "-"),
    -1: ("conflictual", PLUM, "--"),
    0: ("mixed", ORANGE, ":"),
}
MOST_NODES = 14


def rows(
    frame: pd.DataFrame,
    *,
    label: str,
    value: str | None = None,
    low: str | None = None,
    high: str | None = None,
    other: str | None = None,
    group: str | None = None,
    text: str | None = None,
    subject: str | Collection[str] = (),
    colors: Mapping[Any, str] | None = None,
    reference: tuple[float, str] | None = None,
    axis: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Dot plot with intervals: a line for each `label`, first on top, values from left to right.

    Parameters
    ----------
    frame
        A row a mark. Rows of one label share a line, side by side where they differ in `group`.
    label
        Column of the words at the left.
    value
        Column of the filled mark; numbers or dates. A missing one has no mark.
    low, high
        Columns of the interval. Where only one end is known the other is open and drawn as an
        arrow. Without `value` the interval itself is the mark, a dot where both ends are one.
    other
        Column of a second value, drawn hollow (a year before, a part, another source).
    group
        Column that gives colour and marker, with a legend.
    text
        Column of the words at the right end of each mark.
    subject
        Label or labels that stand out in blue; all others are grey.
    colors
        Colour by value of `group`, and the order of the groups.
    reference
        A value held against all rows, and its words: a dashed line.
    axis
        Words on the axis of values; the name of the column unless given.
    """
    raise NotImplementedError


def tiles(
    frame: pd.DataFrame,
    *,
    row: str,
    column: str,
    value: str,
    text: str | None = None,
    faint: str | None = None,
    colors: Mapping[Any, str] | None = None,
    marks: Mapping[Any, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Grid of tiles, coloured by status, each status with a mark of its own beside the colour.

    Parameters
    ----------
    frame
        A row a tile. Rows and columns of the grid stand in the order in which they first come, or
        in that of a categorical column's categories.
    row, column
        Columns of the words at the left and at the top. A numeric `column` is only a place in the
        row: no words at the top, and room for at least ten tiles.
    value
        Column of the status, which gives the colour and the legend.
    text
        Column of the words in a tile (a date, a letter); without it a tile bears its mark, or,
        where `marks` is empty (`marks={}`), the status itself.
    faint
        Column of booleans: hollow tiles, for what rests on little.
    colors, marks
        Colour and mark by status, and their order in the legend. Ink is black or white, whichever
        reads better on the colour.
    """
    raise NotImplementedError


def bars(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    group: str | None = None,
    left: Collection[Any] = (),
    start: str | None = None,
    text: str | None = None,
    stacked: bool = True,
    colors: Mapping[Any, str] | None = None,
    marks: Mapping[Any, str] | None = None,
    axis: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Bars from zero, standing, or lying where `y` holds words: stacked, side by side, diverging.

    Parameters
    ----------
    frame
        A row a bar (a part of one, if stacked). A missing number is a gap; so is a year without
        a row, as numbers and dates keep their distance.
    x, y
        Columns. Words in `y` make lying bars, first on top; else bars stand on `x`.
    group
        Column that gives colour and hatch, with a legend.
    left
        Groups drawn to the left (or downwards), all positive in the frame; ticks show no minus.
    start
        Column where a bar starts instead of at zero: the steps of a waterfall.
    text
        Column of the words at the end of each bar.
    stacked
        Groups on top of one another; False puts them side by side.
    colors
        Colour by value of `group`, and the order of the groups.
    marks
        Letters by value of `x`: a dashed line before it, for a break in the series.
    axis
        Words on the axis of numbers; the name of the column unless given.
    """
    raise NotImplementedError


def panels(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str = "",
    panel: str,
    kind: str = "line",
    group: str | None = None,
    low: str | None = None,
    high: str | None = None,
    columns: int = 1,
    share_y: bool = False,
    colors: Mapping[Any, str] | None = None,
    marks: Mapping[Any, str] | None = None,
    reference: Mapping[Any, float] | None = None,
    axis: str = "",
    ax: Sequence[Axes] | np.ndarray | None = None,
) -> np.ndarray:
    """Small multiples: a panel for each value of `panel`, vertical axes from zero; flat array.

    Parameters
    ----------
    frame
        A row a point, in order of `x` within a panel. A missing number is a gap.
    x, y
        Columns of numbers or dates, and of numbers. `y` is not needed for a histogram.
    panel
        Column of the titles of the panels.
    kind
        "line", "step" (holds until the next point), "bar" or "histogram" (of `x`).
    group
        Column of several series in a panel: colour, line and marker, with a legend.
    low, high
        Columns of a band behind the line.
    columns
        Panels side by side.
    share_y
        One vertical scale for all; else each panel has its own, from zero.
    colors
        Colour by value of `group`, and the order of the groups.
    marks
        Letters by value of `x`: a dashed line in every panel.
    reference
        Observed value by panel: an orange line across a histogram, named "observed".
    axis
        Words on the vertical axes; the name of the column unless given ("" for none: " ").
    ax
        Axes of your own, at least as many as panels.
    """
    raise NotImplementedError


def network(
    graph: nx.Graph,
    *,
    focus: Collection[Any] = (),
    weight: str = "net",
    faint: str = "is_charge",
    ax: Axes | None = None,
) -> Axes:
    """Node-link picture of signed ties among at most fourteen actors.

    Parameters
    ----------
    graph
        Edges bear `sign` (1 cooperative, drawn solid; -1 conflictual, dashed; 0 mixed, dotted),
        `weight` and `faint`; nodes may bear `label`, and `x` and `y`, their place on the picture
        in any unit. Unless all nodes have a place they stand on a circle, friends side by side.
    focus
        Nodes that stand out.
    weight
        Attribute of edges that gives the width of the line, by its size; 1 where it is missing.
    faint
        Attribute of edges; where true the tie is drawn faint, for what rests on a charge alone.

    Raises
    ------
    ValueError
        If there are more actors than can be told apart; `tiles` has room for them.
    """
    raise NotImplementedError


def scatter(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    group: str | None = None,
    label: str | None = None,
    line: bool = False,
    spans: pd.DataFrame | None = None,
    marks: Mapping[Any, str] | None = None,
    colors: Mapping[Any, str] | None = None,
    axis: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Points by two measures, or over time; dated acts in lanes; lines where points join.

    Parameters
    ----------
    frame
        A row a point.
    x, y
        Columns: numbers or dates, and numbers or words. Words in `y` are lanes, first on top.
    group
        Column that gives colour and marker (or line), with a legend; not needed beside lanes.
    label
        Column of words beside points; a blank has none.
    line
        Join the points of each group, as for a sum that goes on from day to day; no markers.
    spans
        Frame with `start`, `end` and, if you like, `label`: shaded behind the points. An `end`
        that is missing is open: shaded to the right edge.
    marks
        Words by value of `x`: a dashed line across.
    colors
        Colour by value of `group` or lane, and their order.
    axis
        Words on the vertical axis; the name of the column unless given.
    """
    raise NotImplementedError


def signed_order(weights: np.ndarray) -> list[int]:
    """Order of the rows of a symmetric signed matrix that puts friends side by side.

    By angle in the plane of the two leading eigenvectors; sign and rotation
    fixed, so that the same ties give the same order.
    """
    values, vectors = np.linalg.eigh(weights)
    plane = vectors[:, np.argsort(values)[::-1][:2]]
    if plane.shape[1] < 2:
        return list(range(len(weights)))
    lead = plane[np.abs(plane).argmax(axis=0), [0, 1]]
    plane = plane * np.where(lead < 0, -1, 1)
    angles = np.round(np.arctan2(plane[:, 1], plane[:, 0]), 9)
    return [int(row) for row in np.argsort(angles, kind="stable")]
