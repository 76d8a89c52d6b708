"""Signed networks: node-link under fifteen actors, block-sorted matrix above."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from analysis.exhibits import Figure, Finding
from analysis.figures.style import BLACK, BLUE, INK, ORANGE, PALE, PLUM, STYLE, TEAL, WIDTH_INCHES
from analysis.words import count, listed, sentence

# Sign is told by line style and by colour, so that it is read without either.
SIGNS: dict[int, tuple[str, str, Any]] = {
    1: ("cooperative", TEAL, "-"),
    -1: ("conflictual", PLUM, "--"),
    0: ("mixed", ORANGE, ":"),
}
NODE_LINK_MAX = 14
# A tie that only a charge supports is drawn faint, its field in the matrix hollow.
CHARGE_ALPHA = 0.35


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
    columns = ["a", "b", "sign", "is_charge"]
    with mpl.rc_context(STYLE):
        # Cells share the width that the labels leave, so the height follows the labels alone.
        drawing = Drawing(figsize=(WIDTH_INCHES, WIDTH_INCHES), layout="compressed")
        axes = drawing.subplots()
        fields = [
            (place[x], place[y], sign, is_charge)
            for a, b, sign, is_charge in ties[columns].itertuples(index=False)
            for x, y in ((a, b), (b, a))
        ]
        sign_fields(axes, fields, 0.45, 0.45, (0.2, 0.2))
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


def sign_fields(
    axes: Axes, fields: Sequence[tuple[float, float, int, bool]], width: float, height: float,
    arms: tuple[float, float],
) -> None:  # fmt: skip
    """Fields of a grid with their signs: plus, minus, or both for mixed; hollow for a charge.

    Each is a column, a row, a sign, and whether it rests on a charge alone;
    `width` and `height` are half of those of a field, `arms` the reach of a
    sign to the side and upwards. All fields of one look
    are one path, which keeps a drawing of hundreds of them light.
    """
    side, up = arms
    strokes: dict[int, list[tuple[tuple[float, float], tuple[float, float]]]] = {
        1: [((-side, 0), (side, 0)), ((0, -up), (0, up))],
        -1: [((-side, 0), (side, 0))],
        0: [((-side, -0.3 * up), (side, -0.3 * up)), ((0, -1.2 * up), (0, 0.6 * up)),
            ((-side, up), (side, up))],
    }  # fmt: skip
    for sign, is_charge in sorted({(sign, is_charge) for _, _, sign, is_charge in fields}):
        where = [(x, y) for x, y, s, hollow in fields if (s, hollow) == (sign, is_charge)]
        colour = SIGNS[sign][1]
        boxes = [Path(_box(x, y, width, height), closed=True) for x, y in where]
        axes.add_patch(PathPatch(Path.make_compound_path(*boxes), edgecolor=colour, linewidth=1,
                                 facecolor="white" if is_charge else colour))  # fmt: skip
        marks = [
            Path([(x + x1, y + y1), (x + x2, y + y2)])
            for x, y in where
            for (x1, y1), (x2, y2) in strokes[sign]
        ]
        ink = "white" if sign < 0 and not is_charge else BLACK
        axes.add_patch(PathPatch(Path.make_compound_path(*marks), edgecolor=ink, linewidth=1.3,
                                 facecolor="none"))  # fmt: skip


def _box(x: float, y: float, width: float, height: float) -> list[tuple[float, float]]:
    sides = ((-width, -height), (width, -height), (width, height), (-width, height))
    corners = [(x + dx, y + dy) for dx, dy in sides]
    return [*corners, corners[0]]


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
