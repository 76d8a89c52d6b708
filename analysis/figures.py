"""The house style and the few chart forms; every figure carries alt text, source and its data."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from analysis.exhibits import Figure, Finding
from analysis.words import count, listed, persons, sentence

BLUE, TEAL, PLUM, ORANGE, INK, LILAC = (
    "#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1",
)  # fmt: skip
GREY, PALE, BLACK = "#8C8C8C", "#E6E6E6", "#111111"
WIDTH_INCHES = 7.6
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    # Names come from tables: a dollar sign in one is a dollar sign.
    "text.parse_math": False,
    "axes.labelsize": 10,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "legend.fontsize": 9.5,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid.axis": "y",
    "grid.color": "#D9D9D9",
    "hatch.linewidth": 0.6,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
}
# Sign is told by line style and by colour, so that it is read without either.
SIGNS: dict[int, tuple[str, str, Any]] = {
    1: ("cooperative", TEAL, "-"),
    -1: ("conflictual", PLUM, "--"),
    0: ("mixed", ORANGE, ":"),
}
NODE_LINK_MAX = 14
# A tie that only a charge supports is drawn faint, its field in the matrix hollow.
CHARGE_ALPHA = 0.35
# Fill, ink and hatch of a step by how far it got.
STATUS_LOOKS = {
    "held from the start": (TEAL, BLACK, ""),
    "executed": (BLUE, "white", ""),
    "undone": ("white", PLUM, "xx"),
    "announced": ("white", INK, "//"),
    "reported only": ("white", INK, ".."),
    "not coded": ("white", INK, ""),
    "not applicable": (PALE, INK, ""),
}


def spectral_order(weights: np.ndarray) -> list[int]:
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


def signed_network(
    ties: pd.DataFrame, names: Mapping[str, str], *, name: str, title: str, source: str
) -> Figure | Finding:
    """Node-link drawing of signed ties among at most fourteen actors, friends side by side.

    `ties` has the columns a, b, net, sign of `ledger.ties`. Without ties there
    is a statement instead of an empty drawing.

    Raises
    ------
    ValueError
        If there are more actors than can be told apart.
    """
    if ties.empty:
        return Finding("No tie is coded for these parameters, so there is no network to draw.")
    actors, weights = _matrix(ties)
    if len(actors) > NODE_LINK_MAX:
        raise ValueError(f"{len(actors)} actors; more than {NODE_LINK_MAX} belong in a matrix")
    order = spectral_order(np.sign(weights) * np.log1p(np.abs(weights)))
    angle = {actors[i]: np.pi / 2 - 2 * np.pi * k / len(actors) for k, i in enumerate(order)}
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 6.0), layout="constrained")
        axes = drawing.subplots()
        columns = ["a", "b", "net", "sign", "is_charge"]
        for a, b, net, sign, is_charge in ties[columns].itertuples(index=False):
            _, colour, style = SIGNS[sign]
            axes.plot(
                np.cos([angle[a], angle[b]]), np.sin([angle[a], angle[b]]), color=colour,
                linestyle=style, linewidth=0.8 + 0.8 * np.log1p(abs(net)),
                alpha=CHARGE_ALPHA if is_charge else 0.85, zorder=1,
                solid_capstyle="round",
            )  # fmt: skip
        for actor, phi in angle.items():
            x, y = np.cos(phi), np.sin(phi)
            axes.plot(x, y, "o", markersize=9, color=BLUE, zorder=2)
            side = "center" if abs(x) < 0.25 else "left" if x > 0 else "right"
            axes.text(1.09 * x, 1.09 * y, textwrap.fill(names[actor], 16), ha=side, va="center",
                      fontsize=10, zorder=3)  # fmt: skip
        axes.set(xlim=(-1.6, 1.6), ylim=(-1.25, 1.22), aspect="equal")
        axes.axis("off")
        _sign_legend(axes, ties)
    said = _sign_words(ties, len(actors))
    alt = f"Node-link diagram, actors as points on a circle, ties as lines. {said}"
    return Figure(name, drawing, title, alt, source, _plain(ties), said)


def signed_matrix(
    ties: pd.DataFrame, names: Mapping[str, str], *, name: str, title: str, source: str
) -> Figure | Finding:
    """Matrix of ties, block-sorted: + cooperative, − conflictual, ± mixed, blank not coded."""
    if ties.empty:
        return Finding("No tie is coded for these parameters, so there is no matrix to draw.")
    actors, weights = _matrix(ties)
    order = spectral_order(np.sign(weights) * np.log1p(np.abs(weights)))
    place = {actors[i]: k for k, i in enumerate(order)}
    size = len(actors)
    with mpl.rc_context(STYLE):
        # Cells share the width that the labels leave, so the height follows the labels alone.
        drawing = Drawing(figsize=(WIDTH_INCHES, WIDTH_INCHES), layout="compressed")
        axes = drawing.subplots()
        for a, b, sign, is_charge in ties[["a", "b", "sign", "is_charge"]].itertuples(index=False):
            for x, y in ((place[a], place[b]), (place[b], place[a])):
                _, colour, _ = SIGNS[sign]
                fill = "white" if is_charge else colour
                axes.add_patch(Rectangle((x - 0.45, y - 0.45), 0.9, 0.9, facecolor=fill,
                                         edgecolor=colour, linewidth=1))  # fmt: skip
                mark = {1: "+", -1: "−", 0: "±"}[sign]
                ink = "white" if sign < 0 and not is_charge else BLACK
                axes.text(x, y, mark, ha="center", va="center", fontsize=9, color=ink)
        labels = [names[actors[i]] for i in order]
        axes.set_xticks(range(size), labels, rotation=90, fontsize=9)
        axes.set_yticks(range(size), labels, fontsize=9)
        axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), aspect="equal")
        axes.tick_params(length=0)
        axes.set_xticks(np.arange(-0.5, size), minor=True)
        axes.set_yticks(np.arange(-0.5, size), minor=True)
        axes.grid(which="minor", axis="both", color=PALE, linewidth=0.6)
        axes.tick_params(which="minor", length=0)
        axes.set_axisbelow(True)
        for spine in axes.spines.values():
            spine.set_visible(False)
    said = _sign_words(ties, size)
    alt = f"Matrix, actors in rows and columns, a sign where two have a tie. {said}"
    return Figure(name, drawing, title, alt, source, _plain(ties), said)


def stacked_years(
    frame: pd.DataFrame, labels: Mapping[str, str], marks: Mapping[int, str], *,
    name: str, title: str, source: str,
) -> Figure | Finding:  # fmt: skip
    """Stacked bars by year in persons, one colour and hatch a column, breaks as marked lines.

    A year that is not reported stays a gap. `marks` maps the first year after
    a break to its label (a letter that the text explains).
    """
    sums = frame.sum(axis=1, min_count=1)
    if not sums.fillna(0).any():
        return Finding("Nothing is reported for these parameters, so there is no figure.")
    looks = ((BLUE, ""), (TEAL, "//"), (ORANGE, ".."), (LILAC, "\\\\"))
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 4.4), layout="constrained")
        axes = drawing.subplots()
        base = pd.Series(0.0, index=frame.index)
        handles: list[Artist] = []
        for column, (colour, hatch) in zip(frame.columns, looks, strict=False):
            if not frame[column].fillna(0).any():
                continue
            heights = frame[column] / 1e6
            axes.bar(frame.index, heights, bottom=base, width=0.85, color=colour, hatch=hatch,
                     edgecolor="white", linewidth=0.3)  # fmt: skip
            base = base + heights.fillna(0)
            handles.append(Patch(facecolor=colour, hatch=hatch, edgecolor="white",
                                 label=labels[column]))  # fmt: skip
        top = max(float(base.max()), 1e-6)
        for year, label in marks.items():
            axes.axvline(year - 0.5, color=PLUM, linestyle="--", linewidth=1.2)
            axes.text(year - 0.5, top * 1.09, label, ha="center", va="bottom", fontsize=9.5,
                      color=PLUM, fontweight="bold",
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
        if marks:
            handles.append(Line2D([], [], color=PLUM, linestyle="--", label="break in the series"))
        axes.set(ylim=(0, top * 1.18), xlim=(frame.index.min() - 0.7, frame.index.max() + 0.7))
        axes.set_ylabel("million persons")
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True, nbins=10))
        axes.grid(True, axis="y")
        axes.set_axisbelow(True)
        drawing.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False)
    reported = sums.dropna()
    last, peak = reported.index[-1], reported.index[int(reported.argmax())]
    said = f"Highest in {peak}, {persons(reported.max())}"
    said += "." if peak == last else f"; {persons(reported.iloc[-1])} in {last}."
    broken = f" Breaks in the series marked in {listed([str(y) for y in marks])}." if marks else ""
    alt = (
        f"{'Stacked bars' if len(handles) > 1 else 'Bars'} by year, {frame.index.min()} to "
        f"{frame.index.max()}, vertical axis in million persons. {said}{broken}"
    )
    return Figure(name, drawing, title, alt, source, frame, said)


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


def status_grid(
    cells: pd.DataFrame, rows: Sequence[str], columns: Sequence[str],
    names: Mapping[str, str], *,
    name: str, title: str, source: str,
) -> Figure:  # fmt: skip
    """Grid of tiles, one a cell, coloured and lettered by status, with the cell's own text.

    `cells` has the columns row, column, status, text; a status is one of
    `STATUS_LOOKS`.
    """
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 1.5 + 0.37 * len(rows)), layout="constrained")
        axes = drawing.subplots()
        across = {column: k for k, column in enumerate(columns)}
        down = {row: k for k, row in enumerate(rows)}
        for row, column, status, text in cells[["row", "column", "status", "text"]].itertuples(
            index=False
        ):
            fill, ink, hatch = STATUS_LOOKS[status]
            x, y = across[column], down[row]
            axes.add_patch(Rectangle((x - 0.47, y - 0.43), 0.94, 0.86, facecolor=fill, hatch=hatch,
                                     edgecolor=PALE, linewidth=0.8))  # fmt: skip
            axes.text(x, y, text, ha="center", va="center", fontsize=9, color=ink, linespacing=0.95)
        axes.set_xticks(range(len(columns)), [textwrap.fill(names[c], 11) for c in columns])
        axes.set_yticks(range(len(rows)), [names[row] for row in rows])
        axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
        axes.xaxis.tick_top()
        axes.tick_params(length=0, labelsize=9)
        for spine in axes.spines.values():
            spine.set_visible(False)
        used = [status for status in STATUS_LOOKS if status in set(cells["status"])]
        handles = [
            Patch(facecolor=STATUS_LOOKS[s][0], hatch=STATUS_LOOKS[s][2], edgecolor=GREY, label=s)
            for s in used
        ]
        drawing.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    tally = cells["status"].value_counts()
    said = f"{listed([f'{tally[s]} {s}' for s in used], most=9)}."
    alt = (
        f"Grid of tiles, {count(len(rows), 'row')} by {count(len(columns), 'column')}, each tile "
        f"marked by its status and dated where it has a date. {said}"
    )
    return Figure(name, drawing, title, alt, source, cells, said)


def _matrix(ties: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    if ties.empty:
        raise ValueError("no ties to draw; say so in words instead")
    actors = sorted(set(ties["a"]) | set(ties["b"]))
    place = {actor: k for k, actor in enumerate(actors)}
    weights = np.zeros((len(actors), len(actors)))
    rows, columns = ties["a"].map(place), ties["b"].map(place)
    # A mixed tie pulls neither way.
    weights[rows, columns] = weights[columns, rows] = ties["net"] * ties["sign"].abs()
    return actors, weights


def _plain(ties: pd.DataFrame) -> pd.DataFrame:
    return ties.round({"cooperation": 2, "conflict": 2, "net": 2})


def _sign_words(ties: pd.DataFrame, actors: int) -> str:
    tally = ties["sign"].value_counts()
    signs = [f"{tally[sign]} {word}" for sign, (word, _, _) in SIGNS.items() if sign in tally]
    text = f"{count(len(ties), 'tie')} among {count(actors, 'actor')}: {listed(signs)}"
    charges = int(ties["is_charge"].sum())
    if charges:
        text += f"; {count(charges, 'rests', 'rest')} on a charge alone"
    return sentence(text)


def _sign_legend(axes: Axes, ties: pd.DataFrame) -> None:
    handles = [
        Line2D([], [], color=colour, linestyle=style, linewidth=2.2, label=label)
        for sign, (label, colour, style) in SIGNS.items()
        if (ties["sign"] == sign).any()
    ]
    if ties["is_charge"].any():
        faint = Line2D([], [], color=INK, linewidth=2.2, alpha=CHARGE_ALPHA, label="a charge only")
        handles.append(faint)
    axes.legend(handles=handles, loc="lower center", ncols=4, frameon=False,
                bbox_to_anchor=(0.5, -0.04))  # fmt: skip
