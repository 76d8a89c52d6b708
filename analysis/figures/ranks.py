"""Dots with intervals in order: places that are ranges, and scores of would-be leaders."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D

from analysis.exhibits import Figure, Finding
from analysis.figures.style import BLUE, GREY, ORANGE, STYLE, WIDTH_INCHES
from analysis.words import count, listed, sentence


def rank_intervals(
    frame: pd.DataFrame, names: Mapping[str, str], *,
    name: str, title: str, source: str, of: str = "state", mark: str = "", most: int = 0,
    interval: str = "range of places", finding: str = "",
) -> Figure | Finding:  # fmt: skip
    """Places as a sorted dot plot, each with the interval that it may have; place 1 left.

    `frame` has the column `of` (keys of `names`), `place`, `low` and `high`;
    `mark` is the key drawn in the colour of the subject; `most` keeps so many
    rows from the top, 0 for all. A place is never drawn without its interval.
    Without rows there is a statement instead of an empty plot.
    """
    if frame.empty:
        return Finding("Too few have anything coded for a place to be given.")
    shown = frame.sort_values(["place", "low", "high", of], kind="stable")
    shown = shown.head(most) if most else shown
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 0.9 + 0.29 * len(shown)), layout="constrained")
        axes = drawing.subplots()
        for level, row in enumerate(shown.to_dict("records")):
            colour = BLUE if row[of] == mark or not mark else GREY
            axes.plot([row["low"], row["high"]], [level, level], color=colour, linewidth=4,
                      alpha=0.45, solid_capstyle="round")  # fmt: skip
            axes.plot(row["place"], level, "o", color=colour, markersize=7)
        axes.set_yticks(range(len(shown)), [names[key] for key in shown[of]])
        top = max(int(shown["high"].max()), int(shown["place"].max()))
        axes.set(ylim=(len(shown) - 0.4, -0.6), xlim=(0.4, top + 0.6))
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True, nbins=10, min_n_ticks=1))
        axes.xaxis.tick_top()
        axes.set_xlabel("place, first on the left")
        axes.xaxis.set_label_position("top")
        axes.tick_params(axis="y", length=0)
        axes.grid(True, axis="x")
        axes.set_axisbelow(True)
        handles = [
            Line2D([], [], color=BLUE, marker="o", linestyle="", label="place"),
            Line2D([], [], color=BLUE, alpha=0.45, linewidth=4, label=interval),
        ]
        drawing.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False)
    told = [
        f"{names[row[of]]} {row['place']} ({row['low']} to {row['high']})"
        for row in shown.to_dict("records")
    ]
    alt = (
        f"Dot plot, {count(len(shown), 'row')} in order of place, place along the horizontal axis, "
        f"a bar for the interval ({interval}). {sentence(listed(told, most=8))}"
    )
    return Figure(name, drawing, title, alt, source, frame, finding)


def score_dots(
    frame: pd.DataFrame, names: Mapping[str, str], mark: str, *,
    name: str, title: str, source: str, axis: str, finding: str = "",
) -> Figure | Finding:  # fmt: skip
    """Scores from -1 to 1 as a sorted dot plot, one row a state, one of them marked.

    `frame` has the columns state and score, highest first.
    """
    if frame.empty:
        return Finding("Too few states are coded as having taken a rung for an order to be scored.")
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 0.9 + 0.27 * len(frame)), layout="constrained")
        axes = drawing.subplots()
        axes.axvline(0, color=GREY, linewidth=0.8)
        for level, (state, score) in enumerate(frame[["state", "score"]].itertuples(index=False)):
            colour = ORANGE if state == mark else GREY
            axes.plot([0, score], [level, level], color=colour, linewidth=1.2)
            axes.plot(score, level, "D" if state == mark else "o", color=colour, markersize=7)
            axes.annotate(f"{score:+.2f}", (score, level), xytext=(9 if score >= 0 else -9, 0),
                          textcoords="offset points", va="center", fontsize=9,
                          ha="left" if score >= 0 else "right")  # fmt: skip
        axes.set_yticks(range(len(frame)), [names[state] for state in frame["state"]])
        for label, state in zip(axes.get_yticklabels(), frame["state"], strict=True):
            label.set_fontweight("bold" if state == mark else "normal")
        axes.set(ylim=(len(frame) - 0.4, -0.6), xlim=(-1.18, 1.18), xlabel=axis)
        axes.tick_params(axis="y", length=0)
        axes.grid(True, axis="x")
        axes.set_axisbelow(True)
    told = [f"{names[s]} {v:+.2f}" for s, v in frame[["state", "score"]].itertuples(index=False)]
    alt = (
        f"Dot plot, {count(len(frame), 'state')} in order of score, horizontal axis from -1 to 1. "
        f"{sentence(listed(told, most=8))}"
    )
    return Figure(name, drawing, title, alt, source, frame, finding)
