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

import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib import dates as mdates
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator
from pandas.api import types

from analysis.words import count

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
MOST_NODES, MOST_POINTS = 14, 6
LIGHT, FAINT = "#C9C9C9", 0.35
SHADES = ("#F3E7B3", "#DCE6F0", "#E9DDF5")


class Look(NamedTuple):
    """How a group is told from others, by more than colour."""

    color: str
    marker: str
    line: Any
    hatch: str
    mark: str


LOOKS = (
    Look(BLUE, "o", "-", "", "●"),
    Look(ORANGE, "D", "--", "//", "◆"),
    Look(TEAL, "s", ":", "..", "■"),
    Look(PLUM, "^", "-.", "\\\\", "▲"),
    Look(LILAC, "v", (0, (5, 1)), "xx", "▼"),
    Look(GREY, "X", (0, (1, 3)), "++", "✕"),
)
SIGN_LOOKS = {
    1: Look(TEAL, "o", "-", "", "+"),
    -1: Look(PLUM, "s", "--", "//", "−"),
    0: Look(ORANGE, "D", ":", "..", "±"),
}
SIGN_WORDS: dict[Any, int] = {
    "cooperative": 1, "cooperation": 1, "conflictual": -1, "conflict": -1, "mixed": 0,
}  # fmt: skip


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
    zero: bool = True,
    axis: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Dot plot with intervals: a line for each `label`, first on top, values from left to right.

    Parameters
    ----------
    frame
        A row a mark. Rows of one label share a line; where intervals of several groups overlap
        each group has a lane of its own in it.
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
    zero
        The axis holds zero; False for ranks. One of days never does.
    axis
        Words on the axis of values; the name of the column unless given.
    """
    frame = frame.dropna(subset=[c for c in (value, low, high) if c], how="all")
    names, looks, words = _order(frame[label]), _looks(frame, group, colors), _texts(frame, text)
    at, hollow = _values(frame, value), _values(frame, other)
    first, last = _values(frame, low), _values(frame, high)
    begin = np.where(np.isnan(first), np.fmin(at, last), first)
    end = np.where(np.isnan(last), np.fmax(at, first), last)
    place = _places(frame[label].astype(object))[0]
    lanes = len(looks) if _overlap(place, begin, end) else 1
    wrapped = [textwrap.fill(str(name), 34) for name in names]
    lines = max((name.count("\n") + 1 for name in wrapped), default=1)
    ax = _axes(ax, 1.0 + max(0.3, 0.1 + 0.16 * lines, 0.17 * lanes) * len(names))
    dated = any(_is_date(frame[c]) for c in (value, low, high) if c)
    known = np.array([*begin, *end, *hollow, *([reference[0]] if reference else [])])
    bottom, top = _reach(known, zero and not dated)
    arrow = 0.07 * (top - bottom)
    kept = {subject} if isinstance(subject, str) else set(subject)
    for k, row in enumerate(frame.to_dict("records")):
        look, shift = looks[row[group] if group else None], 0.0
        if kept and not group:
            changes = {"marker": "D"} if row[label] in kept else {"color": GREY}
            look = look._replace(**changes)
        if lanes > 1:
            shift = (list(looks).index(row[group]) - (lanes - 1) / 2) * 0.75 / lanes
        y, right = place[k] + shift, np.nanmax([end[k], hollow[k]])
        ax.plot([begin[k], end[k]], [y, y], color=look.color, linewidth=4 if value else 7,
                alpha=0.45 if value else 1, solid_capstyle="butt")  # fmt: skip
        for column, this, that, edge, way in (
            (low, first, last, begin, -1), (high, last, first, end, 1),
        ):  # fmt: skip
            if column and np.isnan(this[k]) and not np.isnan(that[k]):
                tip, right = edge[k] + way * arrow, max(right, edge[k] + way * arrow)
                bottom, top = min(bottom, tip), max(top, tip)
                pointed = {"arrowstyle": "-|>", "color": look.color, "lw": 2, "shrinkA": 0}
                ax.annotate("", (tip, y), (edge[k], y), arrowprops=pointed)
        if not np.isnan(hollow[k]):
            ax.plot([at[k], hollow[k]], [y, y], color=GREY, linewidth=1.2, zorder=1.8)
            ax.plot(hollow[k], y, look.marker, color=GREY, markerfacecolor="white", markersize=6.5)
        if value or begin[k] == end[k]:
            ax.plot(at[k] if value else end[k], y, look.marker, color=look.color, markersize=7.5)
        _note(ax, words[k], right, y)
    if reference:
        ax.axvline(reference[0], color=INK, linestyle="--", linewidth=1.2)
        _letter(ax, reference[0], reference[1], INK)
    if zero and not dated:
        ax.axvline(0, color=GREY, linewidth=1, zorder=1)
    ax.set_xlim(bottom - 0.02 * (top - bottom), top + 0.02 * (top - bottom))
    axis = _value_axis(ax.xaxis, _words(axis, value or high or low), known, dated)
    _names(ax, wrapped, [name in kept for name in names])
    handles = {_status(key): _dot(look.color, look.marker) for key, look in looks.items() if group}
    if other:
        filled = {} if group else {_words(None, value): _dot(BLUE, "o")}
        handles |= filled | {_words(None, other): _dot(GREY, "o", "white")}
    _legend(ax, handles)
    spans = [_span(*ends, dated) for ends in zip(at, begin, end, strict=True)]
    points = [word or span for word, span in zip(words, spans, strict=True)]
    form = f"Dot plot, {count(len(names), 'row')}, {axis}{_from_to(known, dated)}"
    return _describe(ax, form, list(zip(frame[label], points, strict=True)))


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
    frame = frame.dropna(subset=[value])
    is_place = types.is_numeric_dtype(frame[column])
    downs, acrosses = _order(frame[row]), _order(frame[column])
    wide = int(max([9, *acrosses])) + 1 if is_place else max(len(acrosses), 1)
    looks, letters = _looks(frame, value, colors), max(3, 68 // wide)
    signs = {status: look.mark for status, look in looks.items()} if marks is None else marks
    bodies = []
    for status, body in zip(frame[value], _texts(frame, text), strict=True):
        plain = "" if text or status in signs else _status(status)
        bodies.append(textwrap.fill(f"{signs.get(status, '')} {body}{plain}".strip(), letters))
    names = [textwrap.fill(str(name), 40) for name in downs]
    lines = max((words.count("\n") + 1 for words in [*bodies, *names]), default=1)
    square = len(downs) > 9 and set(downs) == set(acrosses)
    heads = 0 if is_place else 0.5 if letters >= 8 else 1.3
    ax = _axes(ax, WIDTH if square else 0.8 + heads + (0.14 + 0.16 * lines) * max(len(downs), 1))
    hollow = frame[faint].fillna(False).astype(bool) if faint else pd.Series(False, frame.index)
    for one, body, weak in zip(frame.to_dict("records"), bodies, hollow, strict=True):
        color = looks[one[value]].color
        x = one[column] if is_place else acrosses.index(one[column])
        y = downs.index(one[row])
        # Tiles lie within the axes: neither limits nor layout have to look at each.
        ax.add_artist(
            Rectangle((x - 0.46, y - 0.44), 0.92, 0.88, facecolor="white" if weak else color,
                      edgecolor=color if weak else GREY, linewidth=0.8, in_layout=False)
        )  # fmt: skip
        ax.text(x, y, body, ha="center", va="center", fontsize=9, linespacing=0.95,
                color=BLACK if weak else _ink(color), in_layout=False)  # fmt: skip
    _names(ax, names)
    shown = [] if is_place else [textwrap.fill(str(head), max(letters, 8)) for head in acrosses]
    ax.set_xticks(range(len(shown)), shown, rotation=0 if letters >= 8 else 90)
    ax.set(xlim=(-0.5, wide - 0.5), ylim=(len(downs) - 0.5, -0.5))
    ax.xaxis.tick_top()
    ax.tick_params(length=0, labelsize=9)
    ax.grid(False)
    ax.set_aspect("equal" if square else "auto")
    ax.spines[:].set_visible(False)
    handles: dict[str, Artist] = {
        f"{signs.get(key, '')} {_status(key)}".strip(): Patch(fc=look.color, ec=GREY)
        for key, look in looks.items()
    }
    if faint and hollow.any():
        handles[_words(None, faint).removeprefix("is ")] = Patch(fc="white", ec=INK)
    _legend(ax, handles if signs or text else {})
    form = f"Grid of tiles, {count(len(downs), 'row')} of {_words(None, row)}"
    if not is_place:
        form += f" by {count(len(acrosses), 'column')} of {_words(None, column)}"
    tally = frame[value].value_counts()
    return _describe(ax, form, [(_status(key), str(tally[key])) for key in looks])


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
    axis: str | None = None,
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
    lying = not types.is_numeric_dtype(frame[y]) and not _is_date(frame[y])
    over, of = (y, x) if lying else (x, y)
    at, names = _places(frame[over])
    looks, words, starts = _looks(frame, group, colors), _texts(frame, text), _values(frame, start)
    keys = list(frame[group]) if group else [None] * len(frame)
    values = _values(frame, of) * np.array([-1.0 if key in left else 1.0 for key in keys])
    step = np.diff(np.unique(at)).min() if len(set(at)) > 1 and not names else 1.0
    inside = bool(group) and stacked and len(set(at)) < len(at) and not left
    slots = 1 if stacked else max(len(looks), 1)
    ax = _axes(ax, 1.2 + (0.16 + 0.14 * slots) * len(names) if lying else 4.2)
    base: dict[tuple[float, bool], float] = {}
    ends = [0.0]
    for k, key in enumerate(keys):
        look, size, place = looks[key], values[k], at[k]
        if not stacked:
            place += (list(looks).index(key) - (slots - 1) / 2) * 0.84 * step / slots
        begin = starts[k] if start else base.get((place, size < 0), 0.0)
        tip = begin + np.nan_to_num(size)
        ends += [begin, tip]
        if not np.isnan(size):
            base[place, size < 0] = tip
            draw = ax.barh if lying else ax.bar
            draw(place, size, 0.84 * step / slots, begin, color=look.color, hatch=look.hatch,
                 edgecolor="white", linewidth=0.3)  # fmt: skip
        spot, side = (begin + tip) / 2 if inside else tip, _side(lying, size < 0)
        _note(ax, words[k], *((spot, place) if lying else (place, spot)),
              "in" if inside else side, look.color if inside else "")  # fmt: skip
    for edge, letter in (marks or {}).items():
        _break(ax, _number(edge) - step / 2, letter)
    bottom, top = _reach(np.array(ends), True)
    bottom = -max(-bottom, top) if left else bottom
    (ax.set_xlim if lying else ax.set_ylim)(1.06 * bottom, 1.06 * (-bottom if left else top))
    value_line, name_line = (ax.xaxis, ax.yaxis) if lying else (ax.yaxis, ax.xaxis)
    axis = _value_axis(value_line, _words(axis, of), np.array(ends), absolute=bool(left))
    if bottom < 0:
        (ax.axvline if lying else ax.axhline)(0, color=INK, linewidth=0.9)
    if lying:
        _names(ax, [textwrap.fill(str(name), 34) for name in names])
    elif names:
        ax.set_xticks(range(len(names)), [textwrap.fill(str(name), 14) for name in names])
    else:
        _value_axis(name_line, "", at, _is_date(frame[over]), plain=True)
        ax.set_xlim(*(np.array(_reach(at, False)) + np.array([-0.6, 0.6]) * step))
    handles: dict[str, Artist] = {
        _status(key): Patch(fc=look.color, hatch=look.hatch, ec="white")
        for key, look in looks.items() if group
    }  # fmt: skip
    if marks:
        handles["break in the series"] = Line2D([], [], color=PLUM, linestyle="--")
    _legend(ax, handles)
    sums = pd.Series(values).abs().groupby(frame[over].to_numpy(), sort=False).sum(min_count=1)
    points = [(_named(name), _shown(total)) for name, total in sums.dropna().items()]
    kind = f"{'Lying' if lying else 'Standing'} bars" + (
        f" by {_words(None, group)}" if group else ""
    )
    form = f"{kind}, {count(len(sums), 'place')}, {axis}{_from_to(sums.to_numpy())}"
    if not names and len(points) > MOST_POINTS:
        top_place, top_value = sums.idxmax(), sums.max()
        points = [points[0], ("most in " + _named(top_place), _shown(top_value)), points[-1]]
    return _describe(ax, form, points)


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
    axis: str | None = None,
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
        Words on the vertical axes; the name of the column unless given, none for "".
    ax
        Axes of your own, at least as many as panels.
    """
    titles, looks = _order(frame[panel]), _looks(frame, group, colors)
    if ax is None:
        tall = -(-len(titles) // columns) or 1
        figure = Figure((WIDTH, 0.9 + (1.7 if columns < 3 else 1.4) * tall), layout="constrained")
        ax = figure.subplots(
            tall, columns, sharex=kind != "histogram", sharey=share_y, squeeze=False
        )
    grid = np.ravel(np.asarray(ax, dtype=object))
    at, dated = _values(frame, x), _is_date(frame[x])
    step = np.diff(np.unique(at)).min() if len(set(at)) > 1 else 1.0
    room = np.array([-1, 1]) * step * (0.6 if kind == "bar" else 0.3)
    fixed = {key: look.color for key, look in looks.items()} if group else colors
    points = []
    for k, (title, one) in enumerate(zip(titles, grid, strict=False)):
        part = frame[frame[panel] == title]
        heights = _values(part, y or x)
        if kind == "bar":
            bars(part, x=x, y=y, group=group, stacked=False, colors=fixed, marks=marks, axis=axis,
                 ax=one)  # fmt: skip
        elif kind == "histogram":
            _axes(one, 0).hist(heights, bins=24, color=LIGHT, edgecolor="white", linewidth=0.4)
            _value_axis(one.yaxis, _words(axis, "draws"), np.zeros(1))
        else:
            _lines(_axes(one, 0), part, (x, y, low, high), group, looks, kind == "step")
            for place, letter in (marks or {}).items():
                _break(one, _number(place), letter)
            bottom, top = _reach(_values(frame if share_y else part, high or y), zero=True)
            one.set_ylim(1.1 * bottom, 1.15 * top)
            _value_axis(one.yaxis, _words(axis, y), heights)
        if kind != "histogram":
            _value_axis(one.xaxis, "", at, dated, plain=True)
            one.set_xlim(*(np.array(_reach(at, zero=False)) + room))
            # A panel with none below it bears the words of the axis.
            one.tick_params(labelbottom=k + columns >= len(titles))
        if columns > 1 and share_y and k % columns:
            one.set_ylabel("")
        one.set_title(textwrap.fill(str(title), 90 // columns), loc="left", pad=14 if marks else 6)
        if reference and title in reference:
            one.axvline(reference[title], color=ORANGE, linewidth=2.2)
            _letter(one, reference[title], f"observed {_shown(reference[title])}", INK)
            points.append((title, f"observed {_shown(reference[title])}"))
        elif not np.isnan(heights).all():
            points.append((title, f"{_shown(heights[~np.isnan(heights)][-1])} at the end"))
        one.set_label("")
    for spare in grid[len(titles) :]:
        spare.set_visible(False)
    if group and kind != "bar":
        _legend(grid[0], {_status(key): _stroke(look) for key, look in looks.items()})
    form = f"{count(len(titles), 'panel').capitalize()}, a {kind} each"
    if kind != "histogram":
        form += f", {_words(None, y)} along {_words(None, x)}{_from_to(at, dated, plain=True)}"
    _describe(grid[0], form, points)
    return grid


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
    nodes = list(graph)
    if len(nodes) > MOST_NODES:
        raise ValueError(
            f"{len(nodes)} actors; more than {MOST_NODES} belong in tiles(), or keep the strongest"
        )
    spots = _spots(graph, weight)
    ties = [
        (a, b, int(facts.get("sign", 1)), float(facts.get(weight, 1.0)), bool(facts.get(faint)))
        for a, b, facts in graph.edges(data=True)
    ]
    ax = _axes(ax, 6.0)
    for a, b, sign, size, weak in ties:
        ax.plot(*zip(spots[a], spots[b], strict=True), color=SIGN_LOOKS[sign].color,
                linestyle=SIGN_LOOKS[sign].line, linewidth=0.8 + 0.8 * np.log1p(abs(size)),
                alpha=FAINT if weak else 0.85, zorder=1, solid_capstyle="round")  # fmt: skip
    kept = set(focus)
    names = {node: str(graph.nodes[node].get("label", node)) for node in nodes}
    for node, (x, y, side) in _sides(spots, names, ties).items():
        ax.plot(*spots[node], "o", markersize=12 if node in kept else 9, zorder=2,
                color=BLUE if node in kept or not kept else GREY)  # fmt: skip
        ax.text(x, y, textwrap.fill(names[node], 16), ha=side, va="center", zorder=3, fontsize=10,
                fontweight="bold" if node in kept else "normal")  # fmt: skip
    ax.set(xlim=(-1.6, 1.6), ylim=(-1.25, 1.25), aspect="equal")
    ax.axis("off")
    tally = pd.Series([sign for _, _, sign, _, _ in ties], dtype=int).value_counts()
    handles: dict[str, Artist] = {
        SIGNS[sign][0]: _stroke(SIGN_LOOKS[sign]) for sign in SIGNS if sign in tally
    }
    if any(weak for *_, weak in ties):
        handles[_words(None, faint).removeprefix("is ")] = Line2D(
            [], [], c=INK, lw=2.2, alpha=FAINT
        )
    _legend(ax, handles)
    signs = ", ".join(f"{tally[sign]} {SIGNS[sign][0]}" for sign in SIGNS if sign in tally)
    form = f"Node-link diagram of {count(len(nodes), 'actor')} and {count(len(ties), 'tie')}"
    ranked = sorted(ties, key=lambda tie: -abs(tie[3]))[:MOST_POINTS]
    return _describe(
        ax,
        f"{form} ({signs})" if signs else form,
        [(f"{names[a]} – {names[b]}", SIGNS[sign][0]) for a, b, sign, _, _ in ranked],
    )


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
    axis: str | None = None,
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
    lanes = _places(frame[y], colors or ())[1]
    across, up = _values(frame, x), _places(frame[y], colors or ())[0]
    dated, by = _is_date(frame[x]), group or (y if lanes else None)
    looks = _looks(frame, by, colors)
    ax = _axes(ax, 1.1 + 0.42 * len(lanes) if lanes else 4.2)
    handles: dict[str, Artist] = {}
    shades = dict.fromkeys(spans["label"] if spans is not None and "label" in spans else ())
    for span in [] if spans is None else spans.to_dict("records"):
        shade = SHADES[list(shades).index(span.get("label")) % len(SHADES) if shades else 0]
        end = np.nanmax(across) if pd.isna(span["end"]) else _number(span["end"])
        ax.axvspan(_number(span["start"]), end, color=shade, linewidth=0, zorder=0)
        handles |= {span["label"]: Patch(fc=shade)} if shades else {}
    for place, letter in (marks or {}).items():
        _break(ax, _number(place), letter)
    if line:
        ends = _lines(ax, frame, (x, y, None, None), by, looks)
        _labels(ax, [(*end, _status(key), looks[key].color) for key, end in ends.items() if by])
    for key, look in looks.items() if not line else ():
        mine = (frame[by] == key).to_numpy() if by else np.full(len(frame), True)
        ax.plot(across[mine], up[mine], look.marker, color=look.color, markersize=7,
                markeredgecolor="white", markeredgewidth=0.5)  # fmt: skip
        handles |= {_status(key): _dot(look.color, look.marker)} if group else {}
    ax.margins(x=0.03)
    _value_axis(ax.xaxis, "" if dated else _words(None, x), across, dated)
    if lanes:
        _names(ax, [textwrap.fill(str(lane), 34) for lane in lanes])
    else:
        bottom, top = _reach(up, zero=line)
        pad = 0.08 * (top - bottom)
        ax.set_ylim(bottom - pad * (bottom < 0 or not line), top + pad)
        _value_axis(ax.yaxis, _words(axis, y), up)
    named = list(zip(across, up, _texts(frame, label), strict=True))
    _labels(ax, [(*spot, text, INK) for *spot, text in named if text])
    _legend(ax, handles)
    form = f"{'Lines' if line else 'Points'} by {_words(None, x)}{_from_to(across, dated)}"
    form += "" if lanes else f" and {_words(axis, y)}{_from_to(up)}"
    if by and not line:
        tally = frame[by].value_counts()
        return _describe(ax, form, [(_status(key), str(tally[key])) for key in looks])
    if line:
        return _describe(
            ax, form, [(_status(key), _shown(end[1])) for key, end in ends.items() if by]
        )
    return _describe(ax, form, [(text, _shown(height)) for _, height, text in named if text])


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


def _axes(ax: Axes | None, height: float) -> Axes:
    """Axes given, or those of a new figure that pyplot does not know; nothing above and right."""
    ax = ax or Figure((WIDTH, height), layout="constrained").subplots()
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)
    return ax


def _describe(ax: Axes, form: str, points: Sequence[tuple[Any, str]]) -> Axes:
    """Axes whose label says in words what they show: the alternative text of all forms."""
    named = [f"{name} {text}".strip() for name, text in points]
    named = named[:MOST_POINTS] + (
        [f"{len(named) - MOST_POINTS} more"] * (len(named) > MOST_POINTS)
    )
    text = f"{form}: {'; '.join(named)}." if named else f"{form}."
    ax.set_label(f"{ax.get_label()} {text}".strip().replace("\n", " "))
    return ax


def _from_to(values: np.ndarray, dated: bool = False, plain: bool = False) -> str:
    known = values[~np.isnan(values)]
    if not len(known):
        return ""
    shown = f"{known.min():.10g} to {known.max():.10g}" if plain and not dated else ""
    return f" from {shown or f'{_shown(known.min(), dated)} to {_shown(known.max(), dated)}'}"


def _span(at: float, begin: float, end: float, dated: bool) -> str:
    span = f"{_shown(begin, dated)} to {_shown(end, dated)}"
    if np.isnan(at):
        return span if begin < end else _shown(end, dated)
    return f"{_shown(at, dated)} ({span})" if begin < end else _shown(at, dated)


def _is_date(values: pd.Series) -> bool:
    return bool(types.is_datetime64_any_dtype(values))


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float, np.number)) else mdates.date2num(value)


def _values(frame: pd.DataFrame, column: str | None) -> np.ndarray:
    """Column as numbers, days as matplotlib counts them; what is missing or endless is NaN."""
    if not column:
        return np.full(len(frame), np.nan)
    if _is_date(frame[column]):
        return np.asarray(mdates.date2num(frame[column]), float)
    numbers = pd.to_numeric(frame[column]).astype("float64")
    return numbers.replace([np.inf, -np.inf], np.nan).to_numpy()


def _shown(value: Any, dated: bool = False) -> str:
    """Value as it reads: a number with separators and a true minus, a day in words."""
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return ""
    if dated or isinstance(value, pd.Timestamp):
        day = pd.Timestamp(mdates.num2date(value).date() if dated else value)
        return f"{day.day} {day:%B %Y}"
    text = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
    return text.replace("-", "−")


def _texts(frame: pd.DataFrame, column: str | None) -> list[str]:
    return [_shown(value) for value in frame[column]] if column else [""] * len(frame)


def _words(axis: str | None, column: str | None) -> str:
    return str(column or "").replace("_", " ") if axis is None else axis


def _named(place: Any) -> str:
    return f"{place:.10g}" if isinstance(place, (int, float, np.number)) else _shown(place)


def _status(value: Any) -> str:
    is_sign = not isinstance(value, (bool, str)) and value in SIGNS
    return SIGNS[int(value)][0] if is_sign else str(value)


def _order(values: pd.Series, first: Iterable[Any] = ()) -> list[Any]:
    """Distinct values: those of `first`, then by category or as they come."""
    categories: Iterable[Any] = (
        values.cat.categories if isinstance(values.dtype, pd.CategoricalDtype) else []
    )
    present = dict.fromkeys(values.dropna())
    return [value for value in dict.fromkeys([*first, *categories, *present]) if value in present]


def _looks(
    frame: pd.DataFrame, group: str | None, colors: Mapping[Any, str] | None
) -> dict[Any, Look]:
    """Look of each group: that of a sign for a sign, else the next of `LOOKS`; colours as given."""
    if group is None:
        return {None: LOOKS[0]}
    given, looks = colors or {}, {}
    for k, value in enumerate(_order(frame[group], given)):
        sign: Any = None if isinstance(value, bool) else SIGN_WORDS.get(value, value)
        look = SIGN_LOOKS.get(sign, LOOKS[k % len(LOOKS)])
        looks[value] = look._replace(color=given.get(value, look.color))
    return looks


def _ink(fill: str) -> str:
    red, green, blue = np.array(to_rgb(fill)) ** 2.2
    return "white" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.18 else BLACK


def _places(values: pd.Series, first: Iterable[Any] = ()) -> tuple[np.ndarray, list[Any]]:
    """Places along an axis, and the words that stand there if it is one of words."""
    if types.is_numeric_dtype(values) or _is_date(values):
        return _values(values.to_frame("x"), "x"), []
    names = _order(values, first)
    return np.array([names.index(value) for value in values], float), names


def _reach(values: np.ndarray, zero: bool) -> tuple[float, float]:
    known = [*values[~np.isnan(values)], *([0.0] if zero else [])]
    low, high = min(known, default=0.0), max(known, default=1.0)
    return (low, high) if high > low else (low, low + 1.0)


def _overlap(place: np.ndarray, begin: np.ndarray, end: np.ndarray) -> bool:
    order = np.lexsort([begin, place])
    same = np.diff(place[order]) == 0
    return bool((same & (begin[order][1:] <= end[order][:-1])).any())


def _value_axis(
    line: Axis, words: str, values: np.ndarray, dated: bool = False, plain: bool = False,
    absolute: bool = False,
) -> str:  # fmt: skip
    """Words of an axis with its unit, once its ticks are set: days, `plain` years, or counts."""
    line.grid(not plain)
    if dated:
        low, high = _reach(values, zero=False)
        form = "%Y" if high - low > 1100 else "%b %Y" if high - low > 120 else "%d %b"
        line.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=7))
        line.set_major_formatter(mdates.DateFormatter(form))
        line.set_label_text(words)
        return words
    most = 0.0 if plain else float(np.nanmax(np.abs(values), initial=0.0))
    scale, unit = (
        (1e6, "million ") if most >= 1e6 else (1e3, "thousand ") if most >= 1e4 else (1, "")
    )
    line.set_major_locator(MaxNLocator(nbins=8 if plain else 5, integer=plain))

    def tick(value: float, _: int) -> str:
        text = format((abs(value) if absolute else value) / scale, ".10g" if plain else ",.10g")
        return text.replace("-", "−")

    line.set_major_formatter(FuncFormatter(tick))
    line.set_label_text(f"{unit}{words}")
    return f"{unit}{words}"


def _names(ax: Axes, names: Sequence[str], bold: Sequence[bool] = ()) -> None:
    """Words at the left, first on top."""
    ax.set_yticks(range(len(names)), names)
    for tick, heavy in zip(ax.get_yticklabels(), bold, strict=False):
        tick.set_fontweight("bold" if heavy else "normal")
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)


def _note(ax: Axes, text: str, x: float, y: float, side: str = "right", fill: str = "") -> None:
    """Words beside a point, or on a bar that is filled."""
    moves = {"right": (8, 0), "left": (-8, 0), "up": (0, 4), "down": (0, -4), "in": (0, 0)}
    beside = {"right": "left", "left": "right"}.get(side, "center")
    level = {"up": "bottom", "down": "top"}.get(side, "center")
    box = {"facecolor": fill, "edgecolor": "none", "pad": 1} if fill else None
    ax.annotate(text, (x, y), xytext=moves[side], textcoords="offset points", ha=beside, va=level,
                fontsize=9.5, color=_ink(fill) if fill else INK, bbox=box,
                annotation_clip=False)  # fmt: skip


def _letter(ax: Axes, place: float, text: str, color: str) -> None:
    ax.annotate(text, (place, 1), xycoords=("data", "axes fraction"), xytext=(0, 3), va="bottom",
                textcoords="offset points", ha="center", fontsize=9.5, color=color)  # fmt: skip


def _break(ax: Axes, place: float, letter: str) -> None:
    ax.axvline(place, color=PLUM, linestyle="--", linewidth=1.2)
    _letter(ax, place, letter, PLUM)


def _lines(
    ax: Axes, frame: pd.DataFrame, columns: tuple[str, str, str | None, str | None],
    group: str | None, looks: Mapping[Any, Look], step: bool = False,
) -> dict[Any, tuple[float, float]]:  # fmt: skip
    """Ends of the lines, once drawn: one a group, with a band where there are bounds."""
    ends = {}
    for key, look in looks.items():
        part = frame[frame[group] == key] if group else frame
        across, up, low, high = (_values(part, column) for column in columns)
        marker = look.marker if len(part) <= 40 and not step else ""
        style = "steps-post" if step else "default"
        ax.plot(across, up, color=look.color, linestyle=look.line, linewidth=2, marker=marker,
                markersize=4, drawstyle=style)  # fmt: skip
        fill: Any = {"color": look.color, "alpha": 0.15, "linewidth": 0}
        if step:
            ax.fill_between(across, up, step="post", **fill)
        ax.fill_between(across, low, high, **fill)
        known = np.flatnonzero(~np.isnan(up))
        if len(known):
            ends[key] = (float(across[known[-1]]), float(up[known[-1]]))
    return ends


def _labels(ax: Axes, points: Iterable[tuple[float, float, str, str]]) -> None:
    """Words beside points; one that would cover another is set lower, with a line."""
    wide, tall = (abs(high - low) for low, high in (ax.get_xlim(), ax.get_ylim()))
    set_down: list[tuple[float, float]] = []
    for x, y, text, color in sorted(points, key=lambda point: (-point[1], point[0], point[2])):
        lower = y
        while any(abs(x - a) < 0.16 * wide and abs(lower - b) < 0.05 * tall for a, b in set_down):
            lower -= 0.01 * tall
        set_down.append((x, lower))
        thin = {"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "shrinkB": 3}
        ax.annotate(text, (x, y), xytext=(x + 0.015 * wide, lower), va="center", fontsize=9.5,
                    color=color, arrowprops=thin if lower < y else None,
                    annotation_clip=False)  # fmt: skip


def _dot(color: str, marker: str, fill: str = "") -> Line2D:
    return Line2D([], [], color=color, marker=marker, linestyle="", markerfacecolor=fill or color)


def _stroke(look: Look) -> Line2D:
    return Line2D([], [], color=look.color, linestyle=look.line, linewidth=2.2)


def _legend(ax: Axes, handles: Mapping[str, Artist]) -> None:
    """One legend below the whole figure; what another form left there stays."""
    figure = ax.get_figure(root=True)
    if figure is None or not handles:
        return
    known: dict[str, Any] = {}
    for legend in list(figure.legends):
        texts = [text.get_text() for text in legend.get_texts()]
        known |= dict(zip(texts, legend.legend_handles, strict=True))
        legend.remove()
    known |= handles
    if figure.get_layout_engine() is None:
        figure.set_layout_engine("constrained")
    columns = max(1, min(len(known), 90 // (max(map(len, known)) + 6)))
    figure.legend(list(known.values()), list(known), loc="outside lower center", ncols=columns,
                  frameon=False)  # fmt: skip


def _spots(graph: nx.Graph, weight: str) -> dict[Any, np.ndarray]:
    """Places of nodes: their own, stretched over the picture, or on a circle, friends together."""
    nodes = list(graph)
    own = [[graph.nodes[node].get(way, np.nan) for way in ("x", "y")] for node in nodes]
    places = np.array(own, float).reshape(-1, 2)
    if np.isnan(places).any():
        weights = np.zeros((len(nodes), len(nodes)))
        for a, b, facts in graph.edges(data=True):
            i, j = nodes.index(a), nodes.index(b)
            pull = facts.get("sign", 1) * np.log1p(abs(facts.get(weight, 1.0)))
            weights[i, j] = weights[j, i] = pull
        turns = np.argsort(signed_order(weights)) / len(nodes)
        angles = np.pi / 2 - 2 * np.pi * turns
        return dict(zip(nodes, np.column_stack([np.cos(angles), np.sin(angles)]), strict=True))
    middle = (places.max(axis=0) + places.min(axis=0)) / 2 if nodes else 0
    half = np.maximum(np.ptp(places, axis=0) / 2, 1e-9) if nodes else 1
    return dict(zip(nodes, (places - middle) / half * [1.25, 1.05], strict=True))


def _sides(
    spots: Mapping[Any, np.ndarray], names: Mapping[Any, str], ties: Sequence[tuple[Any, ...]]
) -> dict[Any, tuple[float, float, str]]:
    """Where the name of each node stands: right, left, above or below, where least is covered."""
    along = np.linspace(0, 1, 40)[:, None]
    lines = [spots[a] + along * (spots[b] - spots[a]) for a, b, *_ in ties]
    inked = np.concatenate([*lines, *[spot[None, :] for spot in spots.values()] * 8, [[9, 9]]])
    taken: list[tuple[float, float, float, float]] = []
    sides = {}
    for node, (x, y) in spots.items():
        text = textwrap.wrap(names[node], 16) or [""]
        wide, tall, gap = 0.038 * max(map(len, text)), 0.075 * len(text), 0.075
        options = []
        for dx, dy, ha in ((1, 0, "left"), (-1, 0, "right"), (0, 1, "center"), (0, -1, "center")):
            left = x + dx * gap - (wide if dx < 0 else wide / 2 if not dx else 0)
            low = y + dy * (gap + tall / 2) - tall / 2
            inside = (inked >= [left, low]) & (inked <= [left + wide, low + tall])
            crossed = sum(
                left < b and a < left + wide and low < d and c < low + tall for a, b, c, d in taken
            )
            over = max(0.0, abs(left + wide / 2) + wide / 2 - 1.6)
            cost = inside.all(axis=1).sum() + 50 * crossed + 200 * over - 2 * (dx * x + dy * y)
            box = (left, left + wide, low, low + tall)
            options.append((cost, (x + dx * gap, low + tall / 2, ha), box))
        _, sides[node], box = min(options, key=lambda option: option[0])
        taken.append(box)
    return sides


def _side(lying: bool, is_below: bool) -> str:
    return ("left" if is_below else "right") if lying else "down" if is_below else "up"
