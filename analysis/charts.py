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
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator
from pandas.api import types

from analysis.words import count

if TYPE_CHECKING:
    import networkx as nx

BLUE, TEAL, PLUM, ORANGE, INK, LILAC = (
    "#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1",
)  # fmt: skip
GREY, PALE, BLACK, LIGHT = "#8C8C8C", "#E6E6E6", "#111111", "#C9C9C9"
SHADES = ("#F3E7B3", "#DCE6F0", "#E9DDF5")
WIDTH = 7.6
STYLE: dict[Any, Any] = {
    "figure.figsize": (WIDTH, 4.2),
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    # Names come from tables: a dollar sign in one is a dollar sign.
    "text.parse_math": False,
    "text.color": INK,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "legend.fontsize": 9.5,
    "grid.color": "#D9D9D9",
    "hatch.linewidth": 0.6,
}
# Words, colour and line of a sign: read without colour, too.
SIGNS: dict[int, tuple[str, str, str]] = {
    1: ("cooperative", TEAL, "-"),
    -1: ("conflictual", PLUM, "--"),
    0: ("mixed", ORANGE, ":"),
}
SIGN_WORDS = {"cooperative": 1, "cooperation": 1, "conflictual": -1, "conflict": -1, "mixed": 0}
MOST_NODES, MOST_POINTS = 14, 6


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
    Look(TEAL, "s", ":", "--", "■"),
    Look(PLUM, "^", "-.", "\\\\", "▲"),
    Look(LILAC, "v", (0, (5, 1)), "xx", "▼"),
    Look(GREY, "X", (0, (1, 3)), "++", "✕"),
)
SIGN_LOOKS = {
    1: Look(TEAL, "o", "-", "", "+"),
    -1: Look(PLUM, "s", "--", "//", "−"),
    0: Look(ORANGE, "D", ":", "--", "±"),
}


def rows(
    frame: pd.DataFrame, *, label: str, value: str | None = None, low: str | None = None, high:
    str | None = None, other: str | None = None, group: str | None = None, text: str | None =
    None, subject: str | Collection[str] = (), colors: Mapping[Any, str] | None = None, reference:
    tuple[float, str] | None = None, zero: bool = True, axis: str | None = None, ax: Axes | None =
    None,
) -> Axes:  # fmt: skip
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
    level = np.array([names.index(name) for name in frame[label]], float)
    keys = list(frame[group]) if group else [None] * len(frame)
    order = np.lexsort([begin, level])
    crowded = (np.diff(level[order]) == 0) & (begin[order][1:] <= end[order][:-1])
    if crowded.any() and len(looks) > 1:
        level += [0.7 * (list(looks).index(k) / (len(looks) - 1) - 0.5) for k in keys]
    lanes = len(looks) if crowded.any() else 1
    wrapped = [_fold(name, 34) for name in names]
    lines = max((name.count("\n") + 1 for name in wrapped), default=1)
    ax = _axes(ax, 1.0 + max(0.3, 0.1 + 0.16 * lines, 0.2 * lanes) * len(names))
    kept = {subject} if isinstance(subject, str) else set(subject)
    plain = [bool(kept) and not group and name not in kept for name in frame[label]]
    tints = [GREY if dull else looks[k].color for dull, k in zip(plain, keys, strict=True)]
    dated = any(_is_date(frame[c]) for c in (value, low, high) if c)
    known = np.array([*begin, *end, *hollow, *([reference[0]] if reference else [])])
    bottom, top = _reach(known, zero and not dated)
    reach, right = 0.07 * (top - bottom), np.fmax(end, hollow)
    ax.hlines(level, begin, end, tints, linewidth=4 if value else 7, alpha=0.45 if value else 1)
    ax.hlines(level, at, hollow, GREY, linewidth=1.2, zorder=1.8)
    spots = at if value else np.where(begin == end, end, np.nan)
    for k, (x, y, tint) in enumerate(zip(spots, level, tints, strict=True)):
        marker = "D" if kept and not plain[k] and not group else looks[keys[k]].marker
        ax.plot(hollow[k], y, marker, color=GREY, markerfacecolor="white", markersize=6.5)
        ax.plot(x, y, marker, color=tint, markersize=7.5)
        for column, this, that, edge, way in (
            (low, first, last, begin, -reach), (high, last, first, end, reach),
        ):  # fmt: skip
            if column and np.isnan(this[k]) and not np.isnan(that[k]):
                tip = edge[k] + way
                bottom, top, right[k] = min(bottom, tip), max(top, tip), max(right[k], tip)
                pointed = {"arrowstyle": "-|>", "color": tint, "linewidth": 2, "shrinkA": 0}
                ax.annotate("", (tip, y), (edge[k], y), arrowprops=pointed)
        _note(ax, words[k], right[k], y)
    if reference:
        _mark(ax, *reference, INK)
    if zero and not dated:
        ax.axvline(0, color=GREY, linewidth=1, zorder=1)
    ax.set_xlim(bottom - 0.02 * (top - bottom), top + 0.02 * (top - bottom))
    axis = _value_axis(ax.xaxis, _words(axis, value or high or low), known, dated)
    _names(ax, wrapped, [name in kept for name in names])
    handles = {_status(key): _dot(look.color, look.marker) for key, look in looks.items() if group}
    if other:
        filled = {} if group else {_words(None, value): _dot(GREY if kept else BLUE, "o")}
        handles |= filled | {_words(None, other): _dot(GREY, "o", "white")}
    _legend(ax, handles)
    points = [
        (name, word or _span(*ends, dated))
        for name, word, *ends in zip(frame[label], words, at, begin, end, strict=True)
    ]
    form = f"Dot plot, {count(len(names), 'row')}, {axis}{_from_to(known, dated)}"
    return _describe(ax, form, points)


def tiles(
    frame: pd.DataFrame, *, row: str, column: str, value: str, text: str | None = None, faint: str
    | None = None, colors: Mapping[Any, str] | None = None, marks: Mapping[Any, str] | None =
    None, ax: Axes | None = None,
) -> Axes:  # fmt: skip
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
    downs, heads = _order(frame[row]), [] if is_place else _order(frame[column])
    wide = int(frame[column].max() if is_place and len(frame) else 0) + 1
    wide = max(10, wide) if is_place else max(len(heads), 1)
    looks, letters = _looks(frame, value, colors), max(3, 66 // wide)
    signs = {key: look.mark for key, look in looks.items()} if marks is None else marks
    words = (
        _texts(frame, text) if text else ["" if s in signs else _status(s) for s in frame[value]]
    )
    bodies = [
        _fold(f"{signs.get(key, '')} {word}".strip(), letters)
        for key, word in zip(frame[value], words, strict=True)
    ]
    names = [_fold(name, 40) for name in downs]
    lines = max((words.count("\n") + 1 for words in [*bodies, *names]), default=1)
    turned = letters < 8
    room = 0 if is_place else 1.3 if turned else 0.5
    ax = _axes(ax, 0.8 + room + (0.13 + 0.15 * lines) * max(len(downs), 1))
    weak = frame[faint].fillna(False).astype(bool) if faint else pd.Series(False, frame.index)
    for one, body, hollow in zip(frame.to_dict("records"), bodies, weak, strict=True):
        color = looks[one[value]].color
        x, y = one[column] if is_place else heads.index(one[column]), downs.index(one[row])
        # Tiles lie within the axes: neither limits nor layout have to look at each.
        ax.add_artist(
            Rectangle((x - 0.46, y - 0.44), 0.92, 0.88, facecolor="white" if hollow else color,
                      edgecolor=color if hollow else GREY, linewidth=0.8, in_layout=False)
        )  # fmt: skip
        ax.text(x, y, body, ha="center", va="center", fontsize=9, linespacing=0.95,
                color=BLACK if hollow else _ink(color), in_layout=False)  # fmt: skip
    _names(ax, names)
    shown = [_fold(head, 20 if turned else letters) for head in heads]
    ax.set_xticks(range(len(heads)), shown, rotation=90 if turned else 0)
    ax.set(xlim=(-0.5, wide - 0.5), ylim=(len(downs) - 0.5, -0.5))
    ax.xaxis.tick_top()
    ax.tick_params(length=0, labelsize=9)
    ax.spines[:].set_visible(False)
    handles: dict[str, Artist] = {
        f"{signs.get(key, '')} {_status(key)}".strip(): Patch(fc=look.color, ec=GREY)
        for key, look in looks.items()
    }
    if faint and weak.any():
        handles[_words(None, faint).removeprefix("is ")] = Patch(fc="white", ec=INK)
    _legend(ax, handles if signs or text else {})
    across = "" if is_place else f" by {count(len(heads), 'column')} of {_words(None, column)}"
    tally = frame[value].value_counts()
    form = f"Grid of tiles, {count(len(downs), 'row')} of {_words(None, row)}{across}"
    return _describe(ax, form, [(_status(key), str(tally[key])) for key in looks])


def bars(
    frame: pd.DataFrame, *, x: str, y: str, group: str | None = None, left: Collection[Any] = (),
    start: str | None = None, text: str | None = None, stacked: bool = True, colors: Mapping[Any,
    str] | None = None, marks: Mapping[Any, str] | None = None, axis: str | None = None, ax: Axes
    | None = None,
) -> Axes:  # fmt: skip
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
    step = 1.0 if names else _step(at)
    inside = bool(group) and stacked and not start and not left and len(set(at)) < len(at)
    slots = 1 if stacked else max(len(looks), 1)
    ax = _axes(ax, 1.3 + 0.07 * len(looks) + (0.2 + 0.1 * slots) * len(names) if lying else 4.2)
    base: dict[tuple[float, bool], float] = {}
    tips = [0.0]
    for k, key in enumerate(keys):
        look, size, place = looks[key], float(values[k]), at[k]
        if not stacked:
            place += (list(looks).index(key) - (slots - 1) / 2) * 0.84 * step / slots
        begin = starts[k] if start else base.get((place, size < 0), 0.0)
        tip = begin + np.nan_to_num(size)
        base[place, size < 0] = tip
        tips += [begin, tip]
        if np.nan_to_num(size):
            draw = ax.barh if lying else ax.bar
            edge = GREY if look.color in ("white", PALE) else "white"
            draw(place, size, 0.84 * step / slots, begin, color=look.color, hatch=look.hatch,
                 edgecolor=edge, linewidth=0.3)  # fmt: skip
        spot = (begin + tip) / 2 if inside else tip
        beside = ("left" if size < 0 else "right") if lying else "down" if size < 0 else "up"
        spot_xy = (spot, place) if lying else (place, spot)
        _note(ax, words[k], *spot_xy, "in" if inside else beside, look.color if inside else "")
    for edge, letter in (marks or {}).items():
        _mark(ax, _number(edge) - step / 2, letter, PLUM)
    bottom, top = _reach(np.array(tips), zero=True)
    # Words at the ends of bars to the left would lie on the names.
    room = [
        (0.2 if lying and text else 0.06) * (top - bottom) * (bottom < 0),
        0.06 * (top - bottom),
    ]
    (ax.set_xlim if lying else ax.set_ylim)(bottom - room[0], top + room[1])
    axis = _value_axis(ax.xaxis if lying else ax.yaxis, _words(axis, of), np.array(tips),
                       absolute=bool(left))  # fmt: skip
    if bottom < 0:
        (ax.axvline if lying else ax.axhline)(0, color=INK, linewidth=0.9)
    if lying:
        _names(ax, [_fold(name, 34) for name in names])
    elif names:
        ax.set_xticks(range(len(names)), [_fold(name, 14) for name in names])
    else:
        _value_axis(ax.xaxis, "", at, _is_date(frame[over]), plain=True)
        ax.set_xlim(*(np.array(_reach(at, zero=False)) + np.array([-0.6, 0.6]) * step))
    handles: dict[str, Artist] = {
        _status(key): Patch(fc=look.color, hatch=look.hatch, ec="white", lw=0)
        for key, look in looks.items() if group
    }  # fmt: skip
    if marks:
        handles["break in the series"] = Line2D([], [], color=PLUM, linestyle="--")
    _legend(ax, handles)
    sums = (
        pd.Series(abs(values)).groupby(frame[over].to_numpy(), sort=False).sum(min_count=1).dropna()
    )
    points = [(_named(name), _shown(total)) for name, total in sums.items()]
    if not names and len(points) > MOST_POINTS:
        points = [points[0], (f"most in {_named(sums.idxmax())}", _shown(sums.max())), points[-1]]
    form = f"{'Lying' if lying else 'Standing'} bars{f' by {_words(None, group)}' if group else ''}"
    return _describe(ax, f"{form}, {axis}{_from_to(sums.to_numpy())}", points)


def panels(
    frame: pd.DataFrame, *, x: str, y: str = "", panel: str, kind: str = "line", group: str | None
    = None, columns: int = 1, share_y: bool = False, colors: Mapping[Any, str] | None = None,
    marks: Mapping[Any, str] | None = None, reference: Mapping[Any, float] | None = None, axis:
    str | None = None, ax: Sequence[Axes] | np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
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
        shared = kind != "histogram"
        ax = figure.subplots(tall, columns, sharex=shared, sharey=share_y, squeeze=False)
    grid = np.ravel(np.asarray(ax, dtype=object))
    at, points = _values(frame, x), []
    room = np.array([-1, 1]) * _step(at) * (0.6 if kind == "bar" else 0.3)
    fixed = {key: look.color for key, look in looks.items()} if group else colors
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
            ends = _lines(_axes(one, 0), part, x, y, group, looks, kind == "step")
            bottom, top = _reach(_values(frame if share_y else part, y), zero=True)
            one.set_ylim(1.1 * bottom, 1.15 * top)
            _value_axis(one.yaxis, _words(axis, y), heights)
            for place, letter in (marks or {}).items():
                _mark(one, _number(place), letter, PLUM)
            for end in ends.values() if not group else ():
                _note(one, _shown(end[1]), *end)
        if kind != "histogram":
            _value_axis(one.xaxis, "", at, _is_date(frame[x]), plain=True)
            one.set_xlim(*(np.array(_reach(at, zero=False)) + room))
            # A panel with none below it bears the words of the axis.
            one.tick_params(labelbottom=k + columns >= len(titles))
        if share_y and k % columns:
            one.set_ylabel("")
        seen = (reference or {}).get(title)
        one.set_title(_fold(title, 90 // columns), loc="left", pad=18 if marks or reference else 6)
        if seen is not None:
            _mark(one, seen, f"observed {_shown(seen)}", ORANGE)
        last = heights[~np.isnan(heights)][-1:]
        points += [(title, f"{_shown(v)} observed" if seen else f"{_shown(v)} at the end")
                   for v in ([seen] if seen is not None else last)]  # fmt: skip
        one.set_label("")
    for spare in grid[len(titles) :]:
        spare.set_visible(False)
    if group and kind != "bar":
        _legend(grid[0], {_status(key): _stroke(look) for key, look in looks.items()})
    of = f", {_words(None, y)} by {_words(None, x)}{_from_to(at, _is_date(frame[x]), plain=True)}"
    form = f"{count(len(titles), 'panel').capitalize()}, a {kind} each{of if y else ''}"
    _describe(grid[0], form, points)
    return grid


def network(
    graph: nx.Graph, *, focus: Collection[Any] = (), weight: str = "net", faint: str =
    "is_charge", ax: Axes | None = None,
) -> Axes:  # fmt: skip
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
    if len(graph) > MOST_NODES:
        raise ValueError(
            f"{len(graph)} actors; more than {MOST_NODES} belong in tiles(), or keep the strongest"
        )
    spots, kept, ax = _spots(graph, weight), set(focus), _axes(ax, 6.0)
    names = {node: str(graph.nodes[node].get("label", node)) for node in graph}
    ties = [
        (a, b, int(facts.get("sign", 1)), float(facts.get(weight, 1.0)), bool(facts.get(faint)))
        for a, b, facts in graph.edges(data=True)
    ]
    ax.set(xlim=(-1.6, 1.6), ylim=(-1.25, 1.25), aspect="equal")
    ax.axis("off")
    for a, b, sign, size, weak in ties:
        ax.plot(*zip(spots[a], spots[b], strict=True), color=SIGN_LOOKS[sign].color,
                linestyle=SIGN_LOOKS[sign].line, linewidth=0.8 + 0.8 * np.log1p(abs(size)),
                alpha=0.35 if weak else 0.85, zorder=1, solid_capstyle="round")  # fmt: skip
    for node, spot in spots.items():
        ax.plot(*spot, "o", markersize=12 if node in kept else 9, zorder=2,
                color=BLUE if node in kept or not kept else GREY)  # fmt: skip
    labels = [(*spots[node], _fold(name, 16), INK) for node, name in names.items()]
    ways = ((1, 0), (-1, 0), (0, 1), (0, -1))
    lines = [(spots[a], spots[b]) for a, b, *_ in ties]
    for text, node in zip(_labels(ax, labels, ways, lines), names, strict=True):
        text.set(fontsize=10, fontweight="bold" if node in kept else "normal")
    tally = pd.Series([sign for _, _, sign, _, _ in ties], dtype=int).value_counts()
    signs = [sign for sign in SIGNS if sign in tally]
    handles = {SIGNS[sign][0]: _stroke(SIGN_LOOKS[sign]) for sign in signs}
    if any(weak for *_, weak in ties):
        handles[_words(None, faint).removeprefix("is ")] = Line2D([], [], c=INK, lw=2.2, alpha=0.35)
    _legend(ax, handles)
    told = ", ".join(f"{tally[sign]} {SIGNS[sign][0]}" for sign in signs)
    form = f"Node-link diagram of {count(len(names), 'actor')}, {count(len(ties), 'tie')} ({told})"
    ranked = sorted(ties, key=lambda tie: -abs(tie[3]))
    points = [(f"{names[a]} – {names[b]}", SIGNS[sign][0]) for a, b, sign, *_ in ranked]
    return _describe(ax, form, points)


def scatter(
    frame: pd.DataFrame, *, x: str, y: str, group: str | None = None, label: str | None = None,
    line: bool = False, spans: pd.DataFrame | None = None, marks: Mapping[Any, str] | None = None,
    colors: Mapping[Any, str] | None = None, axis: str | None = None, ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Points by two measures, or over time; dated acts in lanes; lines where points join.

    Parameters
    ----------
    frame
        A row a point.
    x, y
        Columns: numbers or dates, and numbers or words. Words in `y` are lanes, first on top.
    group
        Column that gives colour and marker, with a legend, or colour and line, named at its end.
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
        Colour by value of `group`, and the order of the groups.
    axis
        Words on the vertical axis; the name of the column unless given.
    """
    across, (up, lanes), dated = _values(frame, x), _places(frame[y]), _is_date(frame[x])
    looks = _looks(frame, group, colors)
    ax = _axes(ax, 1.1 + 0.42 * len(lanes) if lanes else 4.2)
    handles: dict[str, Artist] = {}
    shaded = [] if spans is None else spans.to_dict("records")
    kinds = list(dict.fromkeys(str(span.get("label", "")) for span in shaded))
    for span in shaded:
        kind = str(span.get("label", ""))
        shade = SHADES[kinds.index(kind) % len(SHADES)]
        end = _reach(across, zero=False)[1] if pd.isna(span["end"]) else _number(span["end"])
        ax.axvspan(_number(span["start"]), end, color=shade, linewidth=0, zorder=0)
        handles |= {kind: Patch(fc=shade)} if kind else {}
    for place, letter in (marks or {}).items():
        _mark(ax, _number(place), letter, PLUM)
    ends = _lines(ax, frame, x, y, group, looks) if line else {}
    for key, look in looks.items() if not line else ():
        mine = (frame[group] == key).to_numpy() if group else np.full(len(frame), True)
        ax.plot(across[mine], up[mine], look.marker, color=look.color, markersize=7,
                markeredgecolor="white", markeredgewidth=0.5)  # fmt: skip
        handles |= {_status(key): _dot(look.color, look.marker)} if group else {}
    ax.margins(x=0.03)
    _value_axis(ax.xaxis, "" if dated else _words(None, x), across, dated)
    if lanes:
        _names(ax, [_fold(lane, 34) for lane in lanes])
    else:
        bottom, top = _reach(up, zero=line)
        pad = 0.08 * (top - bottom)
        ax.set_ylim(bottom - pad * (bottom < 0 or not line), top + pad)
        _value_axis(ax.yaxis, _words(axis, y), up)
    ladder = [(1, step) for step in (0, 1, -1, 2, -2, 3, -3)]
    _labels(ax, [(*end, _status(k), looks[k].color) for k, end in ends.items() if group], ladder)
    named = [one for one in zip(across, up, _texts(frame, label), strict=True) if one[2]]
    around = [(dx, dy) for dx in (1, -1, 0) for dy in (0, 1, -1) if dx or dy]
    _labels(ax, [(*one, INK) for one in named], around)
    _legend(ax, handles)
    points = [(text, _shown(height)) for _, height, text in named]
    if group:
        tally = frame[group].value_counts()
        points = [(_status(k), _shown(ends[k][1]) if k in ends else str(tally[k])) for k in looks]
    form = f"{'Lines' if line else 'Points'} by {_words(None, x)}{_from_to(across, dated)}"
    return _describe(ax, form + ("" if lanes else f", {_words(axis, y)}{_from_to(up)}"), points)


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
    named = [f"{name} {text}".strip() for name, text in points[:MOST_POINTS]]
    named += [f"{len(points) - MOST_POINTS} more"] if len(points) > MOST_POINTS else []
    text = f"{form}: {'; '.join(named)}." if named else f"{form}."
    ax.set_label(" ".join(f"{ax.get_label()} {text}".split()))
    return ax


def _from_to(values: np.ndarray, dated: bool = False, plain: bool = False) -> str:
    known = values[~np.isnan(values)]
    if not len(known):
        return ""
    low, high = (
        f"{end:.10g}" if plain and not dated else _shown(end, dated)
        for end in (known.min(), known.max())
    )
    return f" from {low} to {high}"


def _span(at: float, begin: float, end: float, dated: bool) -> str:
    span = f"{_shown(begin, dated)} to {_shown(end, dated)}" if begin < end else ""
    return f"{_shown(at, dated)} ({span})" if span and at == at else span or _shown(end, dated)


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


def _places(values: pd.Series) -> tuple[np.ndarray, list[Any]]:
    """Places along an axis, and the words that stand there if it is one of words."""
    if types.is_numeric_dtype(values) or _is_date(values):
        return _values(values.to_frame("x"), "x"), []
    names = _order(values)
    return np.array([names.index(value) for value in values], float), names


def _step(places: np.ndarray) -> float:
    return float(np.diff(np.unique(places)).min()) if len(set(places)) > 1 else 1.0


def _reach(values: np.ndarray, zero: bool) -> tuple[float, float]:
    known = [*values[~np.isnan(values)], *([0.0] if zero else [])]
    low, high = min(known, default=0.0), max(known, default=1.0)
    return (low, high) if high > low else (low, low + 1.0)


def _shown(value: Any, dated: bool = False) -> str:
    """Value as it reads: a number with separators and a true minus, a day in words."""
    if isinstance(value, str) or pd.isna(value):
        return value if isinstance(value, str) else ""
    if dated or isinstance(value, pd.Timestamp):
        day = pd.Timestamp(mdates.num2date(value).date() if dated else value)
        return f"{day.day} {day:%B %Y}"
    text = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
    return text.replace("-", "−")


def _named(place: Any) -> str:
    return f"{place:.10g}" if isinstance(place, (int, float, np.number)) else _shown(place)


def _texts(frame: pd.DataFrame, column: str | None) -> list[str]:
    return [_shown(value) for value in frame[column]] if column else [""] * len(frame)


def _words(axis: str | None, column: str | None) -> str:
    return str(column or "").replace("_", " ") if axis is None else axis


def _fold(text: Any, width: int) -> str:
    lines = str(text).splitlines()
    return "\n".join(textwrap.fill(line, width, break_long_words=False) for line in lines)


def _status(value: Any) -> str:
    is_sign = not isinstance(value, (bool, str)) and value in SIGNS
    return SIGNS[int(value)][0] if is_sign else str(value)


def _order(values: pd.Series, first: Iterable[Any] = ()) -> list[Any]:
    """Distinct values: those of `first`, then by category or as they come."""
    categories: Iterable[Any] = values.cat.categories if values.dtype == "category" else []
    present = dict.fromkeys(values.dropna())
    return [value for value in dict.fromkeys([*first, *categories, *present]) if value in present]


def _looks(
    frame: pd.DataFrame, group: str | None, colors: Mapping[Any, str] | None
) -> dict[Any, Look]:
    """Look of each group: that of a sign for a sign, else the next of `LOOKS`; colours as given."""
    given, looks = colors or {}, {}
    for k, value in enumerate(_order(frame[group], given) if group else [None]):
        sign: Any = None if isinstance(value, bool) else SIGN_WORDS.get(str(value), value)
        look = SIGN_LOOKS.get(sign, LOOKS[k % len(LOOKS)])
        looks[value] = look._replace(color=given.get(value, look.color))
    return looks


def _ink(fill: str) -> str:
    red, green, blue = np.array(to_rgb(fill)) ** 2.2
    return "white" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.18 else BLACK


def _value_axis(
    line: Axis, words: str, values: np.ndarray, dated: bool = False, plain: bool = False,
    absolute: bool = False,
) -> str:  # fmt: skip
    """Words of an axis with its unit, once its ticks are set: days, `plain` years, or counts."""
    line.grid(not plain)
    low, high = _reach(values, zero=False)
    most = 0.0 if plain or dated else max(abs(low), abs(high))
    scale, unit = (
        (1e6, "million ") if most >= 1e6 else (1e3, "thousand ") if most >= 1e4 else (1, "")
    )

    def tick(value: float, _: int) -> str:
        text = format((abs(value) if absolute else value) / scale, ".10g" if plain else ",.10g")
        return text.replace("-", "−")

    line.set_major_locator(MaxNLocator(8 if plain else 5, integer=plain, steps=[1, 2, 5, 10]))
    line.set_major_formatter(FuncFormatter(tick))
    if dated:
        form = "%Y" if high - low > 1100 else "%b %Y" if high - low > 120 else "%d %b"
        line.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=7))
        line.set_major_formatter(mdates.DateFormatter(form))
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
    dx, dy, ha, va = {
        "right": (8, 0, "left", "center"), "left": (-8, 0, "right", "center"),
        "up": (0, 4, "center", "bottom"), "down": (0, -4, "center", "top"),
        "in": (0, 0, "center", "center"),
    }[side]  # fmt: skip
    box = {"facecolor": fill or "white", "edgecolor": "none", "pad": 1}
    if text:
        ax.annotate(text, (x, y), xytext=(dx, dy), textcoords="offset points", ha=ha, va=va,
                    fontsize=9.5, color=_ink(fill or "white") if fill else INK, bbox=box,
                    annotation_clip=False)  # fmt: skip


def _mark(ax: Axes, place: float, words: str, color: str) -> None:
    """Dashed line across, with its words above the axes."""
    ax.axvline(place, color=color, linestyle="--", linewidth=1.4)
    ax.annotate(words, (place, 1), xycoords=("data", "axes fraction"), xytext=(0, 3), va="bottom",
                textcoords="offset points", ha="center", fontsize=9.5,
                color=INK if color == ORANGE else color)  # fmt: skip


def _lines(
    ax: Axes, frame: pd.DataFrame, x: str, y: str, group: str | None, looks: Mapping[Any, Look],
    step: bool = False,
) -> dict[Any, tuple[float, float]]:  # fmt: skip
    """Ends of the lines, once drawn: one a group."""
    ends = {}
    for key, look in looks.items():
        part = frame[frame[group] == key] if group else frame
        across, up = _values(part, x), _values(part, y)
        ax.plot(across, up, color=look.color, linestyle=look.line, linewidth=2, markersize=4,
                marker="" if step or len(part) > 40 else look.marker,
                drawstyle="steps-post" if step else "default")  # fmt: skip
        if step:
            ax.fill_between(across, up, step="post", color=look.color, alpha=0.12, linewidth=0)
        for k in np.flatnonzero(~np.isnan(up))[-1:]:
            ends[key] = (float(across[k]), float(up[k]))
    return ends


def _labels(
    ax: Axes, points: Sequence[tuple[float, float, str, str]], ways: Sequence[tuple[int, int]],
    lines: Sequence[tuple[Any, Any]] = (),
) -> list[Text]:  # fmt: skip
    """Words beside points, each on the side (of `ways`) where it covers least; all in inches."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    corner = np.array([ax.get_xlim()[0], ax.get_ylim()[0]])
    size = ax.get_position().size * figure.get_size_inches()
    scale = size / (np.array([ax.get_xlim()[1], ax.get_ylim()[1]]) - corner)
    if ax.get_aspect() != "auto":
        scale = np.full(2, scale.min())
    spots = [(np.array([x, y]) - corner) * scale for x, y, *_ in points]
    along = np.linspace(0, 1, 40)[:, None]
    drawn = [(a + along * (np.asarray(b) - a) - corner) * scale for a, b in lines]
    inked = np.concatenate([*drawn, *[spot[None] for spot in spots] * 8, [[-9, -9]]])
    taken: list[tuple[Any, Any]] = []
    texts: list[Text] = []
    for spot, (x, y, words, color) in zip(spots, points, strict=True):
        box = np.array([0.082 * max(map(len, words.split("\n"))), 0.16 * (words.count("\n") + 1)])
        costs = []
        for dx, dy in ways:
            low = spot + [dx * 0.12 + (dx - 1) / 2 * box[0], dy * (0.05 + box[1]) - box[1] / 2]
            inside = ((inked >= low) & (inked <= low + box)).all(axis=1).sum()
            crossed = sum(bool((low < b + c).all() and (b < low + box).all()) for b, c in taken)
            over = np.clip(low + box - size, 0, None).sum() + np.clip(-low, 0, None).sum()
            costs.append((inside + 500 * crossed + 20 * over, low))
        best = int(np.argmin([cost for cost, _ in costs]))
        dx, dy = ways[best]
        taken.append((costs[best][1], box))
        side = {1: "left", 0: "center", -1: "right"}[dx]
        thin = {"arrowstyle": "-", "color": GREY, "linewidth": 0.6} if abs(dy) > 1 else None
        moved = (72 * 0.12 * dx, 72 * dy * (0.05 + box[1]))
        texts.append(ax.annotate(words, (x, y), xytext=moved, textcoords="offset points", ha=side,
                                 va="center", fontsize=9.5, color=color, arrowprops=thin,
                                 annotation_clip=False))  # fmt: skip
    return texts


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
        pulls = np.zeros((len(nodes), len(nodes)))
        for a, b, facts in graph.edges(data=True):
            pull = facts.get("sign", 1) * np.log1p(abs(facts.get(weight, 1.0)))
            pulls[nodes.index(a), nodes.index(b)] = pulls[nodes.index(b), nodes.index(a)] = pull
        angles = np.pi / 2 - 2 * np.pi * np.argsort(signed_order(pulls)) / len(nodes)
        places = np.column_stack([np.cos(angles), np.sin(angles)])
    elif nodes:
        middle = (places.max(axis=0) + places.min(axis=0)) / 2
        half = np.maximum(np.ptp(places, axis=0) / 2, 1e-9)
        places = (places - middle) / half * [1.2, 1.05]
    return dict(zip(nodes, places, strict=True))
