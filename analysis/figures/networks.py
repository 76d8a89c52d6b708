"""Signed networks: node-link under fifteen actors, block-sorted matrix above."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

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
