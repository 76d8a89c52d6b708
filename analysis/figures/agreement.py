"""Agreement of states: a block-sorted matrix beside its tree, and who cannot be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D
from scipy.cluster import hierarchy

from analysis.exhibits import Figure, Finding
from analysis.figures.style import BLACK, BLUE, GREY, INK, PALE, PLUM, STYLE, WIDTH_INCHES
from analysis.words import MEASURE_NAMES, count, number, sentence, signed

NOTHING = (
    "The agreement of no three of these states can be measured up to this day, so there is "
    "nothing to draw."
)
# Merger held in so many of the resampled trees is drawn dark.
FIRM = 0.8
# Area of a mark whose agreement is 1, in points squared.
FULL = 130


class Tree(Protocol):
    """What is drawn of `agreement.Clusters`."""

    linkage: np.ndarray
    distances: pd.DataFrame
    support: pd.DataFrame
    cophenetic: float


def agreement_matrix(
    clusters: Tree | None, intervals: pd.DataFrame, names: Mapping[str, str],
    prose: Mapping[str, str], *, measure: str, name: str, title: str, source: str,
) -> Figure | Finding:  # fmt: skip
    """Matrix of pairs in the order of a tree: the larger the mark, the further from chance.

    `clusters` is that of `votes.clusters`, `intervals` that of
    `votes.intervals` for the same measure (a, b, value, low, high). Filled:
    above 0; hollow: below; a small cross: the interval takes in 0. Mergers that
    most resampled trees hold are dark.
    """
    if clusters is None:
        return Finding(NOTHING)
    leaves = list(clusters.distances.index)
    drawn = hierarchy.dendrogram(clusters.linkage, no_plot=True, labels=leaves)
    order = drawn["ivl"]
    at = {state: place for place, state in enumerate(order)}
    kept = intervals[intervals["a"].isin(order) & intervals["b"].isin(order)]
    with mpl.rc_context(STYLE):
        drawing, (stem, axes) = _two(len(order))
        _tree(stem, clusters)
        for row in kept.to_dict("records"):
            low, high = sorted((at[row["a"]], at[row["b"]]))
            _mark(axes, low, high, row["value"], unsure=row["low"] <= 0 <= row["high"])
        _corner(axes, [names[state] for state in order], order)
        axes.legend(handles=_keys(), loc="upper right", frameon=False, handletextpad=0.3,
                    borderaxespad=0, title=MEASURE_NAMES[measure],
                    alignment="left")  # fmt: skip
    ranked = kept.sort_values("value", ascending=False).to_dict("records")
    most, least = ranked[0], ranked[-1]
    unsure = int(((kept["low"] <= 0) & (kept["high"] >= 0)).sum())
    said = sentence(
        f"{prose[most['a']]} and {prose[most['b']]} agree most ({signed(most['value'])}), "
        f"{prose[least['a']]} and {prose[least['b']]} least ({signed(least['value'])}); "
        f"for {number(unsure)} of {count(len(kept), 'pair')} the interval takes in 0"
    )
    alt = (
        f"Triangular matrix of {count(len(order), 'state')}, a mark a pair, beside the tree that "
        f"orders them; filled marks are above 0, hollow ones below, crosses not told from 0. {said}"
    )
    table = kept[["a", "b", "value", "low", "high"]].round(3)
    return Figure(name, drawing, title, alt, source, table, said)


def told_apart(
    differences: pd.DataFrame, names: Mapping[str, str], *, name: str, title: str, source: str
) -> Figure | Finding:
    """Triangle of a state's partners, most in agreement first: = where two cannot be told apart.

    `differences` is that of `agreement.differences`.
    """
    if differences.empty:
        return Finding("No two partners can be compared for these parameters.")
    values = dict(zip(differences["q"], differences["value_q"], strict=True))
    values |= dict(zip(differences["p"], differences["value_p"], strict=True))
    order = sorted(values, key=lambda state: (-values[state], state))
    at = {state: place for place, state in enumerate(order)}
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 1.0 + 0.27 * len(order)), layout="constrained")
        axes = drawing.subplots()
        for row in differences.to_dict("records"):
            low, high = sorted((at[row["p"]], at[row["q"]]))
            if row["is_apart"]:
                _add(axes, low, high, marker="s", color=PALE, markersize=11, markeredgewidth=0)
            else:
                _add(axes, low, high, marker="s", color=BLUE, markersize=11, markeredgewidth=0)
                axes.text(low, high, "=", color="white", ha="center", va="center_baseline",
                          fontsize=9, in_layout=False)  # fmt: skip
        labels = [f"{names[state]}  {signed(values[state])}" for state in order]
        _corner(axes, labels, order)
        keys = [
            Line2D([], [], marker="s", linestyle="", color=BLUE, markersize=10,
                   label="= cannot be told apart"),
            Line2D([], [], marker="s", linestyle="", color=PALE, markersize=10,
                   label="can be told apart"),
        ]  # fmt: skip
        axes.legend(handles=keys, loc="upper right", frameon=False, borderaxespad=0)
    alike = int((~differences["is_apart"]).sum())
    pairs = count(len(differences), "pair")
    said = sentence(
        f"{number(alike)} of {pairs} of partners cannot be told apart"
        if alike
        else f"of {pairs} of partners all can be told apart"
    )
    alt = (
        f"Triangular matrix of {count(len(order), 'partner')}, most in agreement first; a dark "
        f"field with an equals sign where the interval of their difference takes in 0. {said}"
    )
    return Figure(name, drawing, title, alt, source, differences.round(3), said)


def _two(size: int) -> tuple[Drawing, Any]:
    drawing = Drawing(figsize=(WIDTH_INCHES, 1.0 + 0.27 * size), layout="constrained")
    return drawing, drawing.subplots(1, 2, sharey=True, width_ratios=[1, 5])


def _tree(axes: Axes, clusters: Tree) -> None:
    """Dendrogram with its leaves at the right, one unit apart."""
    drawn = hierarchy.dendrogram(clusters.linkage, no_plot=True)
    support = clusters.support.set_index(np.round(clusters.support["height"], 9))["support"]
    # SciPy puts leaves at 5, 15, 25 ...
    for across, down in zip(drawn["dcoord"], drawn["icoord"], strict=True):
        held = support.get(np.round(across[1], 9), np.nan)
        held = held.max() if isinstance(held, pd.Series) else held
        firm = held >= FIRM
        axes.plot(across, (np.array(down) - 5) / 10, color=BLACK if firm else GREY,
                  linewidth=1.6 if firm else 0.9, solid_capstyle="butt")  # fmt: skip
    axes.set_xlim(max(max(row) for row in drawn["dcoord"]) * 1.03, 0)
    axes.axis("off")


def _mark(axes: Axes, across: int, down: int, value: float, unsure: bool) -> None:
    if np.isnan(value):
        return
    if unsure:
        _add(axes, across, down, marker="x", color=GREY, markersize=4, markeredgewidth=0.9)
        return
    fill, edge = (BLUE, BLUE) if value > 0 else ("white", PLUM)
    # Half points only: marks of one size share one outline in the file.
    size = round(2 * np.sqrt(max(FULL * abs(value), 6))) / 2
    _add(axes, across, down, marker="o", markersize=size, markerfacecolor=fill,
         markeredgecolor=edge, markeredgewidth=1.3)  # fmt: skip


def _add(axes: Axes, across: int, down: int, **look: Any) -> None:
    """Mark within the axes, whose limits are set: neither they nor the layout look at each."""
    axes.add_artist(Line2D([across], [down], linestyle="", in_layout=False, **look))


def _corner(axes: Axes, labels: Sequence[str], codes: Sequence[str]) -> None:
    """Axes of a lower triangle: names at the left, codes upright on the diagonal."""
    size = len(labels)
    for place, code in enumerate(codes):
        axes.text(place, place + 0.35, code, rotation=90, ha="center", va="bottom", fontsize=9,
                  color=INK, in_layout=False)  # fmt: skip
        axes.plot([-0.5, place - 0.4], [place + 0.5] * 2, color=PALE, linewidth=0.6, zorder=0)
    axes.set(xlim=(-0.6, size - 0.4), ylim=(size - 0.4, -1.4))
    axes.set_yticks(range(size), labels, fontsize=9)
    axes.tick_params(length=0, labelleft=True)
    axes.set_xticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def _keys() -> list[Any]:
    def dot(value: float, fill: str, edge: str, label: str) -> Line2D:
        size = np.sqrt(FULL * value)
        return Line2D([], [], marker="o", linestyle="", markersize=size, markerfacecolor=fill,
                      markeredgecolor=edge, markeredgewidth=1.3, label=label)  # fmt: skip

    return [
        dot(0.8, BLUE, BLUE, "0.8"),
        dot(0.2, BLUE, BLUE, "0.2"),
        dot(0.2, "white", PLUM, "−0.2, hollow below 0"),
        Line2D([], [], marker="x", linestyle="", color=GREY, markersize=4,
               label="interval takes in 0"),
        Line2D([], [], color=BLACK, linewidth=1.6, label="branch held in 4 of 5 draws"),
    ]  # fmt: skip
