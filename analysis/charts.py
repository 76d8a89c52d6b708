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
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib import dates as mdates
from matplotlib import ticker
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Text
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
    "font.size": 9.5,
    # Names come from tables: a dollar sign in one is a dollar sign.
    "text.parse_math": False,
    "text.color": INK,
    "axes.titlesize": "medium",
    "axes.titlelocation": "left",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": INK,
    "ytick.color": INK,
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

Column = str | None
# Colours, or marks, by value.
Colors = Mapping[Any, str] | None
Handles = dict[str, Artist]


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
    frame: pd.DataFrame, *, label: str, value: Column = None, low: Column = None,
    high: Column = None, other: Column = None, group: Column = None, text: Column = None,
    subject: str | Collection[str] = (), colors: Colors = None, axis: Column = None,
    ax: Axes | None = None,
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
        arrow. Without `value` the interval itself is the mark, a dot where it is very short.
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
    axis
        Words on the axis of values; the name of the column unless given.
    """
    frame = frame.dropna(subset=[c for c in (value, low, high) if c], how="all")
    names, looks, words = _order(frame[label]), _looks(frame, group, colors), _texts(frame, text)
    at, hollow = _values(frame, value), _values(frame, other)
    first, last = _values(frame, low), _values(frame, high)
    begin = np.where(np.isnan(first), np.fmin(at, last), first)
    end = np.where(np.isnan(last), np.fmax(at, first), last)
    no_low = np.isnan(first) & ~np.isnan(last) & bool(low)
    no_high = np.isnan(last) & ~np.isnan(first) & bool(high)
    keys = list(frame[group]) if group else [None] * len(frame)
    level = np.array([names.index(name) for name in frame[label]], float)
    order = np.lexsort([begin, level])
    crowded = ((np.diff(level[order]) == 0) & (begin[order][1:] <= end[order][:-1])).any()
    if crowded and len(looks) > 1:
        level += [0.5 * (list(looks).index(key) / (len(looks) - 1) - 0.5) for key in keys]
    shown = [_fold(name, 34) for name in names]
    tall = 0.1 + max(0.16 * _lines(shown), 0.2, 0.15 * len(looks) * crowded)
    ax = _axes(ax, 1.0 + tall * len(names))
    kept = {subject} if isinstance(subject, str) else set(subject)
    dated = any(_is_date(frame[c]) for c in (value, low, high) if c)
    known = np.array([*begin, *end, *hollow])
    bottom, top = _reach(known, zero=not dated)
    for k, (key, name) in enumerate(zip(keys, frame[label], strict=True)):
        tint, form = GREY if kept and name not in kept else looks[key].color, looks[key].marker
        wide, alpha, spot = (4, 0.45, at[k]) if value else (7, 1, end[k])
        ax.hlines(level[k], begin[k], end[k], tint, linewidth=wide, alpha=alpha)
        ax.hlines(level[k], at[k], hollow[k], GREY, linewidth=1.2, zorder=1.8)
        ax.plot(hollow[k], level[k], form, color=GREY, markerfacecolor="white", markersize=6.5)
        # An interval too short to be seen is a dot.
        if value or end[k] - begin[k] < 0.01 * (top - bottom):
            ax.plot(spot, level[k], form, color=tint, markersize=7.5)
        for is_open, edge, way in ((no_low[k], begin[k], -30), (no_high[k], end[k], 30)):
            arrow = {"arrowstyle": "<|-", "color": tint, "linewidth": 2, "shrinkA": 0, "shrinkB": 0}
            if is_open:
                ax.annotate("", (edge, level[k]), (way, 0), textcoords="offset points",
                            arrowprops=arrow)  # fmt: skip
        if words[k]:
            right = np.fmax(end[k], hollow[k])
            _note(ax, words[k], right, level[k], (38 if no_high[k] else 8, 0))
    ax.set_xlim(bottom - 0.02 * (top - bottom), top + 0.02 * (top - bottom))
    if not dated:
        ax.axvline(0, color=GREY, linewidth=1, zorder=1)
    axis = _words(axis, value or high or low)
    _value_axis(ax.xaxis, axis, known, dated)
    _names(ax, shown, [name in kept for name in names])
    handles = _handles(looks, _dot)
    if other:
        filled = LOOKS[0]._replace(color=GREY if kept else BLUE)
        handles |= {} if group else {_words(None, value): _dot(filled)}
        handles |= {_words(None, other): _dot(filled._replace(color=GREY), "white")}
    spans = [_span(ends, dated) for ends in np.column_stack([at, begin, end])]
    told = spans if value else [word or span for word, span in zip(words, spans, strict=True)]
    points = list(zip(frame[label], told, strict=True))
    form = f"Dot plot, {count(len(names), 'row')}, {axis}{_from_to(known, dated)}"
    return _finish(ax, handles, form, points)


def tiles(
    frame: pd.DataFrame, *, row: str, column: str, value: str, text: Column = None,
    colors: Colors = None, marks: Colors = None, ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Grid of tiles, coloured by status, each status with a mark of its own beside the colour.

    Parameters
    ----------
    frame
        A row a tile. Rows and columns of the grid stand in the order in which they first come, or
        in that of a categorical column's categories.
    row, column
        Columns of the words at the left and at the top.
    value
        Column of the status, which gives the colour and the legend.
    text
        Column of the words in a tile (a date, a letter); without it a tile bears its mark, or,
        where `marks` is empty (`marks={}`), the status itself.
    colors, marks
        Colour and mark by status, and their order in the legend. Ink is black or white, whichever
        reads better on the colour.
    """
    frame = frame.dropna(subset=[value])
    looks, downs, heads = _looks(frame, value, colors), _order(frame[row]), _order(frame[column])
    letters = max(3, 66 // max(len(heads), 1))
    turned = letters < 8
    signs = {key: look.mark for key, look in looks.items()} if marks is None else marks
    words = _texts(frame, text) if text else [s not in signs and _status(s) for s in frame[value]]
    bodies = [
        _fold(f"{signs.get(key, '')} {word or ''}".strip(), letters)
        for key, word in zip(frame[value], words, strict=True)
    ]
    names = [_fold(name, 40) for name in downs]
    tall = 0.13 + 0.15 * _lines([*bodies, *names])
    ax = _axes(ax, (2.1 if turned else 1.3) + tall * len(downs))
    for one, body in zip(frame.to_dict("records"), bodies, strict=True):
        x, y, color = heads.index(one[column]), downs.index(one[row]), looks[one[value]].color
        # Tiles lie within the axes: neither limits nor layout have to look at each.
        tile = Rectangle((x - 0.46, y - 0.44), 0.92, 0.88, fc=color, ec=GREY, lw=0.8)
        tile.set_in_layout(False)
        ax.add_artist(tile)
        ax.text(x, y, body, ha="center", va="center", fontsize=9, linespacing=1.1,
                color=_ink(color), in_layout=False)  # fmt: skip
    _names(ax, names)
    shown = [_fold(head, 20 if turned else letters) for head in heads]
    ax.set_xticks(range(len(heads)), shown, rotation=90 if turned else 0)
    ax.set(xlim=(-0.5, max(len(heads), 1) - 0.5), ylim=(max(len(downs), 1) - 0.5, -0.5))
    ax.xaxis.tick_top()
    ax.tick_params(length=0, labelsize=9)
    ax.spines[:].set_visible(False)
    handles: Handles = {}
    for key, look in looks.items() if signs or text else ():
        handles[f"{signs.get(key, '')} {_status(key)}".strip()] = Patch(fc=look.color, ec=GREY)
    tally = frame[value].value_counts()
    size = f"{count(len(downs), 'row')} by {count(len(heads), 'column')}"
    points = [(_status(key), str(tally[key])) for key in looks]
    return _finish(ax, handles, f"Grid of tiles, {size}", points)


def bars(
    frame: pd.DataFrame, *, x: str, y: str, group: Column = None, left: Collection[Any] = (),
    start: Column = None, text: Column = None, stacked: bool = True, colors: Colors = None,
    marks: Mapping[Any, str] | None = None, axis: Column = None, ax: Axes | None = None,
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
    looks, words = _looks(frame, group, colors), _texts(frame, text)
    keys = np.array(list(frame[group]) if group else [None] * len(frame), dtype=object)
    sizes = _values(frame, of) * np.array([-1.0 if key in left else 1.0 for key in keys])
    step, slots = 1.0 if names else _step(at), 1 if stacked else max(len(looks), 1)
    thick, begin, spots = 0.84 * step / slots, np.zeros(len(frame)), at
    if start:
        begin = _values(frame, start)
    elif stacked:
        ends = pd.Series(np.nan_to_num(sizes)).groupby([at, sizes < 0]).cumsum()
        begin = ends.to_numpy() - np.nan_to_num(sizes)
    else:
        spots = at + thick * np.array([list(looks).index(k) - (slots - 1) / 2 for k in keys])
    tips = begin + np.nan_to_num(sizes)
    ax = _axes(ax, 1.3 + 0.07 * len(looks) + (0.2 + 0.1 * slots) * len(names) if lying else 4.2)
    draw, line = (ax.barh, ax.xaxis) if lying else (ax.bar, ax.yaxis)
    for key, look in looks.items():
        mine = (keys == key) & (np.nan_to_num(sizes) != 0)
        draw(spots[mine], sizes[mine], thick, begin[mine], color=look.color, hatch=look.hatch,
             edgecolor=_edge(look), linewidth=0.3)  # fmt: skip
    inside = bool(group) and stacked and not start and not left
    for k, word in enumerate(words if text else ()):
        way, tip = -1 if sizes[k] < 0 else 1, (begin[k] + tips[k]) / 2 if inside else tips[k]
        way = 0 if inside else 8 * way
        _note(ax, word, *((tip, spots[k], (way, 0)) if lying else (spots[k], tip, (0, way))))
    for edge, letter in (marks or {}).items():
        _mark(ax, _number(edge) - step / 2, letter, PLUM)
    known = np.array([*begin, *tips])
    bottom, top = _reach(known, zero=True)
    pad = 0.06 * (top - bottom)
    # Words at the ends of bars to the left would lie on the names.
    below = (3 * pad if lying and text else pad) if bottom < 0 else 0
    (ax.set_xlim if lying else ax.set_ylim)(bottom - below, top + pad)
    axis = _words(axis, of)
    _value_axis(line, axis, known, absolute=bool(left))
    (ax.axvline if lying else ax.axhline)(0, color=INK, linewidth=0.9)
    if lying:
        _names(ax, [_fold(name, 34) for name in names])
    elif names:
        ax.set_xticks(range(len(names)), [_fold(name, 14) for name in names])
    else:
        _value_axis(ax.xaxis, "", at, _is_date(frame[over]), plain=True)
        ax.set_xlim(*(np.array(_reach(at, zero=False)) + np.array([-0.6, 0.6]) * step))
    handles = _handles(looks, lambda k: Patch(fc=k.color, hatch=k.hatch, ec=_edge(k), lw=0.3))
    if marks:
        handles["break in the series"] = Line2D([], [], color=PLUM, linestyle="--")
    sums = (
        pd.Series(abs(sizes) if left else sizes)
        .groupby(frame[over].to_numpy(), sort=False)
        .sum(min_count=1)
    )
    points = [(_shown(name, plain=True), _shown(total)) for name, total in sums.dropna().items()]
    if not names and len(points) > MOST_POINTS:
        most = f"most in {_shown(sums.idxmax(), plain=True)}"
        points = [points[0], (most, _shown(sums.max())), points[-1]]
    form = f"{'Lying' if lying else 'Standing'} bars{f' by {_words(None, group)}' if group else ''}"
    return _finish(ax, handles, f"{form}, {axis}{_from_to(sums.to_numpy())}", points)


def panels(
    frame: pd.DataFrame, *, panel: str, x: str, y: str = "", kind: str = "line",
    group: Column = None, columns: int = 1, share_y: bool = False, colors: Colors = None,
    reference: Mapping[Any, float] | None = None, axis: Column = None,
    ax: Sequence[Axes] | np.ndarray | None = None,
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
    reference
        Observed value by panel: an orange line across a histogram, named "observed".
    axis
        Words on the vertical axes; the name of the column unless given, none for "".
    ax
        Axes of your own, at least as many as panels.
    """
    titles, looks = _order(frame[panel]), _looks(frame, group, colors)
    if ax is None:
        tall, shared = -(-len(titles) // columns) or 1, kind != "histogram"
        figure = Figure((WIDTH, 0.9 + (1.7 if columns < 3 else 1.4) * tall), layout="constrained")
        ax = figure.subplots(tall, columns, sharex=shared, sharey=share_y, squeeze=False)
    grid = np.ravel(np.asarray(ax, dtype=object))
    at, dated, points = _values(frame, x), _is_date(frame[x]), []
    room = np.array([-1, 1]) * _step(at) * (0.6 if kind == "bar" else 0.3)
    for k, (title, one) in enumerate(zip(titles, grid, strict=False)):
        part = frame[frame[panel] == title]
        heights = _values(part, y or x)
        if kind == "histogram":
            # Values that differ by rounding alone are one.
            known = np.round(heights[~np.isnan(heights)], 9)
            _axes(one, 0).hist(known, bins=24, color=LIGHT, edgecolor="white", linewidth=0.4)
            _value_axis(one.yaxis, _words(axis, "draws"), np.zeros(1))
        elif kind == "bar":
            fixed = {key: look.color for key, look in looks.items()} if group else None
            bars(part, x=x, y=y, group=group, stacked=False, colors=fixed, axis=axis, ax=one)
        else:
            _value_axis(_axes(one, 0).yaxis, _words(axis, y), heights)
            bottom, top = _reach(_values(frame if share_y else part, y), zero=True)
            one.set_ylim(1.1 * bottom, 1.2 * top)
            one.axhline(0, color=GREY, linewidth=0.8)
        if kind != "histogram":
            _value_axis(one.xaxis, "", at, dated, plain=True)
            one.set_xlim(*(np.array(_reach(at, zero=False)) + room))
            # A panel with none below it bears the words of the axis.
            one.tick_params(labelbottom=k + columns >= len(titles))
        if share_y and k % columns:
            one.set_ylabel("")
        one.set_title(_fold(title, 90 // columns), loc="left", pad=18 if reference else 6)
        for key, look in looks.items():
            mine = part[part[group] == key] if group else part
            across, up = _values(mine, x), _values(mine, y or x)
            if kind in ("line", "step"):
                _line(one, across, up, look, kind == "step")
            for j in np.flatnonzero(~np.isnan(up))[-1:]:
                points.append((f"{title}, {_status(key)}" if group else title, _shown(up[j])))
                beside = (8, 0) if columns == 1 else (-2, 8)
                if kind in ("line", "step") and not group:
                    _note(one, points[-1][1], across[j], up[j], beside)
        if reference and title in reference:
            points[-1:] = [(title, f"observed {_shown(reference[title])}")]
            _mark(one, reference[title], points[-1][1], ORANGE)
        one.set_label("")
    if dated and titles:
        # Looked for once: every panel would look for the same days again whenever it is drawn.
        grid[0].xaxis.set_major_locator(ticker.FixedLocator(list(grid[0].get_xticks())))
    for spare in grid[len(titles) :]:
        spare.set_visible(False)
    form = f"{count(len(titles), 'panel').capitalize()}, a {kind} each"
    if y:
        span = _from_to(at, dated, plain=True)
        form += f", {_words(None, y)} by {_words(None, x)}{span}, at the end"
    _finish(grid[0], _handles(looks, _stroke) if kind != "bar" else {}, form, points)
    return grid


def network(
    graph: nx.Graph, *, focus: Collection[Any] = (), weight: str = "net",
    faint: str = "is_charge", ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Node-link picture of signed ties among at most fourteen actors.

    Parameters
    ----------
    graph
        Edges bear `sign` (1 cooperative, drawn solid; -1 conflictual, dashed; 0 mixed, dotted),
        `weight` and `faint`; nodes may bear `label`. They stand on a circle, friends side by side.
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
    spots, kept, ax = _circle(graph, weight), set(focus), _axes(ax, 6.0)
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
    for node, (x, y) in spots.items():
        is_kept, side = node in kept, 0 if abs(x) < 0.3 else int(np.sign(x))
        ax.plot(x, y, "o", color=BLUE if is_kept or not kept else GREY, markersize=9 + 3 * is_kept)
        name = _fold(graph.nodes[node].get("label", node), 16)
        text = _note(ax, name, x, y, (10 * side, 0 if side else 9 * np.sign(y or 1)))
        text.set(fontsize=10, fontweight="bold" if is_kept else "normal")
    tally = pd.Series([sign for _, _, sign, *_ in ties], dtype=int).value_counts()
    handles = _handles({sign: SIGN_LOOKS[sign] for sign in SIGNS if sign in tally}, _stroke)
    told = ", ".join(f"{tally[sign]} {SIGNS[sign][0]}" for sign in SIGNS if sign in tally)
    if any(weak for *_, weak in ties):
        handles[_words(None, faint).removeprefix("is ")] = Line2D([], [], c=INK, lw=2.2, alpha=0.35)
    form = f"Node-link diagram of {count(len(names), 'actor')}, {count(len(ties), 'tie')} ({told})"
    ranked = sorted(ties, key=lambda tie: -abs(tie[3]))
    points = [(f"{names[a]} – {names[b]}", SIGNS[sign][0]) for a, b, sign, *_ in ranked]
    return _finish(ax, handles, form, points)


def scatter(
    frame: pd.DataFrame, *, x: str, y: str, group: Column = None,
    spans: pd.DataFrame | None = None, colors: Colors = None, axis: Column = None,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Points by two measures, or over time; dated acts in lanes.

    Parameters
    ----------
    frame
        A row a point.
    x, y
        Columns: numbers or dates, and numbers or words. Words in `y` are lanes, first on top.
    group
        Column that gives colour and marker, with a legend.
    spans
        Frame with `start`, `end` and, if you like, `label`: shaded behind the points. An `end`
        that is missing is open: shaded to the right edge.
    colors
        Colour by value of `group`, and the order of the groups.
    axis
        Words on the vertical axis; the name of the column unless given.
    """
    across, (up, lanes), dated = _values(frame, x), _places(frame[y]), _is_date(frame[x])
    looks = _looks(frame, group, colors)
    ax = _axes(ax, 1.1 + 0.42 * len(lanes) if lanes else 4.2)
    handles = _handles(looks, _dot)
    for span in [] if spans is None else spans.to_dict("records"):
        kind = str(span.get("label", ""))
        kinds = [name for name, key in handles.items() if isinstance(key, Patch)]
        shade = SHADES[(kinds.index(kind) if kind in kinds else len(kinds)) % len(SHADES)]
        end = _reach(across, zero=False)[1] if pd.isna(span["end"]) else _number(span["end"])
        ax.axvspan(_number(span["start"]), end, color=shade, linewidth=0, zorder=0)
        handles |= {kind: Patch(fc=shade)} if kind else {}
    for key, look in looks.items():
        mine = (frame[group] == key).to_numpy() if group else np.full(len(frame), True)
        ax.plot(across[mine], up[mine], look.marker, color=look.color, markersize=7,
                markeredgecolor="white", markeredgewidth=0.5)  # fmt: skip
    ax.margins(x=0.03)
    _value_axis(ax.xaxis, "" if dated else _words(None, x), across, dated)
    if lanes:
        _names(ax, [_fold(lane, 34) for lane in lanes])
    else:
        ax.margins(y=0.08)
        _value_axis(ax.yaxis, _words(axis, y), up)
    by = group or (y if lanes else None)
    tally = (frame[by] if by else pd.Series(dtype=object)).value_counts(sort=False)
    points = [(_status(key), str(number)) for key, number in tally.items()]
    form = f"Points by {_words(None, x)}{_from_to(across, dated)}"
    form += "" if lanes else f", {_words(axis, y)}{_from_to(up)}"
    return _finish(ax, handles, form, points)


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


def _finish(ax: Axes, handles: Handles, form: str, points: Sequence[tuple[Any, str]]) -> Axes:
    """Axes with one legend below the figure and, as their label, what they show in words."""
    figure = ax.get_figure(root=True)
    for legend in list(figure.legends) if figure and handles else ():
        # What another form left there stays.
        texts = [text.get_text() for text in legend.get_texts()]
        handles = dict(zip(texts, legend.legend_handles, strict=True)) | handles  # type: ignore
        legend.remove()
    if figure and handles:
        if figure.get_layout_engine() is None:
            figure.set_layout_engine("constrained")
        columns = max(1, min(len(handles), 90 // (max(map(len, handles)) + 6)))
        figure.legend(list(handles.values()), list(handles), loc="outside lower center",
                      ncols=columns, frameon=False)  # fmt: skip
    named = [f"{name} {text}".strip() for name, text in points[:MOST_POINTS]]
    named += [f"{len(points) - MOST_POINTS} more"] if len(points) > MOST_POINTS else []
    text = f"{form}: {'; '.join(named)}." if named else f"{form}."
    ax.set_label(" ".join(f"{ax.get_label()} {text}".split()))
    return ax


def _from_to(values: np.ndarray, dated: bool = False, plain: bool = False) -> str:
    known = values[~np.isnan(values)]
    if not len(known):
        return ""
    return f" from {_shown(known.min(), dated, plain)} to {_shown(known.max(), dated, plain)}"


def _span(ends: np.ndarray, dated: bool) -> str:
    at, begin, end = ends
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


def _shown(value: Any, dated: bool = False, plain: bool = False) -> str:
    """Value as it reads: a number with separators and a true minus, `plain` a year, a day."""
    if isinstance(value, str) or pd.isna(value):
        return value if isinstance(value, str) else ""
    if dated or isinstance(value, pd.Timestamp):
        day = pd.Timestamp(mdates.num2date(value).date() if dated else value)
        return f"{day.day} {day:%B %Y}"
    is_round = abs(value) >= 100 or value == int(value)
    text = f"{value:.10g}" if plain else f"{value:,.0f}" if is_round else f"{value:.3g}"
    return text.replace("-", "−")


def _texts(frame: pd.DataFrame, column: str | None) -> list[str]:
    return [_shown(value) for value in frame[column]] if column else [""] * len(frame)


def _words(axis: str | None, column: str | None) -> str:
    return str(column or "").replace("_", " ") if axis is None else axis


def _fold(text: Any, width: int) -> str:
    lines = str(text).splitlines()
    return "\n".join(textwrap.fill(line, width, break_long_words=False) for line in lines)


def _lines(texts: Iterable[str]) -> int:
    return max([1, *(text.count("\n") + 1 for text in texts)])


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
) -> None:  # fmt: skip
    """Ticks and words of an axis: of days, of `plain` years, or of counts with their unit."""
    line.grid(not plain)
    low, high = _reach(values, zero=False)
    most = 0.0 if plain or dated else max(abs(low), abs(high))
    scale, unit = (
        (1e6, "million ") if most >= 1e6 else (1e3, "thousand ") if most >= 1e4 else (1, "")
    )

    def tick(value: float, _: int) -> str:
        text = format((abs(value) if absolute else value) / scale, ".10g" if plain else ",.10g")
        return text.replace("-", "−")

    line.set_major_locator(
        ticker.MaxNLocator(8 if plain else 6, integer=plain, steps=[1, 2, 5, 10])
    )
    line.set_major_formatter(ticker.FuncFormatter(tick))
    if dated:
        form = "%Y" if high - low > 1100 else "%b %Y" if high - low > 120 else "%d %b"
        line.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=7))
        line.set_major_formatter(mdates.DateFormatter(form))
    line.set_label_text(f"{unit}{words}")


def _names(ax: Axes, names: Sequence[str], bold: Sequence[bool] = ()) -> None:
    """Words at the left, first on top."""
    ax.set_yticks(range(len(names)), names)
    for tick, heavy in zip(ax.get_yticklabels(), bold, strict=False):
        tick.set_fontweight("bold" if heavy else "normal")
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)


def _note(ax: Axes, text: str, x: float, y: float, move: tuple[float, float]) -> Text:
    """Words beside a point, moved from it by so many points."""
    ways = {-1: ("right", "top"), 0: ("center", "center"), 1: ("left", "bottom")}
    ha, va = (ways[int(np.sign(step))][k] for k, step in enumerate(move))
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8}
    return ax.annotate(text, (x, y), xytext=move, textcoords="offset points", ha=ha, va=va,
                       fontsize=9.5, color=INK, annotation_clip=False, zorder=1.9,
                       bbox=box)  # fmt: skip


def _mark(ax: Axes, place: float, words: str, color: str) -> None:
    """Dashed line across, with its words above the axes."""
    ax.axvline(place, color=color, linestyle="--", linewidth=1.4)
    ax.annotate(words, (place, 1), xycoords=("data", "axes fraction"), xytext=(0, 3), va="bottom",
                textcoords="offset points", ha="center", fontsize=9.5,
                color=INK if color == ORANGE else color)  # fmt: skip


def _line(ax: Axes, across: np.ndarray, up: np.ndarray, look: Look, step: bool) -> None:
    ax.plot(across, up, color=look.color, linestyle=look.line, linewidth=2, markersize=4,
            marker="" if step or len(up) > 40 else look.marker,
            drawstyle="steps-post" if step else "default")  # fmt: skip
    if step:
        ax.fill_between(across, up, step="post", color=look.color, alpha=0.12, linewidth=0)


def _dot(look: Look, fill: str = "") -> Line2D:
    return Line2D([], [], color=look.color, marker=look.marker, linestyle="",
                  markerfacecolor=fill or look.color)  # fmt: skip


def _stroke(look: Look) -> Line2D:
    return Line2D([], [], color=look.color, linestyle=look.line, linewidth=2.2)


def _edge(look: Look) -> str:
    return GREY if look.color in ("white", PALE) else "white"


def _handles(looks: Mapping[Any, Look], draw: Callable[[Look], Artist]) -> Handles:
    return {_status(key): draw(look) for key, look in looks.items() if key is not None}


def _circle(graph: nx.Graph, weight: str) -> dict[Any, np.ndarray]:
    """Places of nodes on a circle, friends together."""
    nodes = list(graph)
    pulls = np.zeros((len(nodes), len(nodes)))
    for a, b, facts in graph.edges(data=True):
        i, j = nodes.index(a), nodes.index(b)
        pulls[i, j] = pulls[j, i] = facts.get("sign", 1) * np.log1p(abs(facts.get(weight, 1.0)))
    angles = np.pi / 2 - 2 * np.pi * np.argsort(signed_order(pulls)) / max(len(nodes), 1)
    return dict(zip(nodes, np.column_stack([np.cos(angles), np.sin(angles)]), strict=True))
