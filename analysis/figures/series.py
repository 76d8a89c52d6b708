"""The same form several times over: one small panel a series."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure as Drawing

from analysis.exhibits import Figure, Finding
from analysis.figures.style import BLUE, PLUM, STYLE, WIDTH_INCHES, unit_of
from analysis.words import count, listed, persons


def small_multiples(
    frame: pd.DataFrame, labels: Mapping[str, str], marks: Mapping[int, str], *, name: str,
    title: str, source: str, finding: str = "",
) -> Figure | Finding:  # fmt: skip
    """Small panels of bars by year in persons, one a column, each on its own scale from zero.

    A column that reports nobody in any year has no panel. A year that is not
    reported stays a gap; breaks are marked lines in every panel.
    """
    shown = [str(column) for column in frame if frame[column].fillna(0).any()]
    if not shown:
        return Finding(
            finding or "Nothing is reported for these parameters, so there is no figure."
        )
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 0.5 + 1.75 * len(shown)), layout="constrained")
        grid = drawing.subplots(len(shown), 1, sharex=True, squeeze=False)
        for axes, column in zip(grid[:, 0], shown, strict=True):
            scale, unit = unit_of(float(frame[column].max()))
            axes.bar(frame.index, frame[column] / scale, width=0.82, color=BLUE)
            for year, letter in marks.items():
                axes.axvline(year - 0.5, color=PLUM, linestyle="--", linewidth=1.2)
                axes.text(year - 0.5, 1.0, letter, ha="center", va="bottom",
                          transform=axes.get_xaxis_transform(), fontsize=9.5, color=PLUM,
                          fontweight="bold")  # fmt: skip
            axes.set_title(labels[column], loc="left", fontsize=10, fontweight="bold", pad=13)
            axes.set_ylabel(unit)
            axes.set_xlim(frame.index.min() - 0.7, frame.index.max() + 0.7)
            axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True, nbins=9))
            axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=4))
            axes.grid(True, axis="y")
            axes.set_axisbelow(True)
        drawing.align_ylabels()
    told = []
    for column in shown:
        series = frame[column].dropna()
        peak = series.index[int(series.argmax())]
        told.append(f"{labels[column]} highest in {peak}, {persons(series.max())}")
    broken = f" Breaks marked in {listed([str(year) for year in marks])}." if marks else ""
    alt = (
        f"{count(len(shown), 'panel').capitalize()} of bars by year, {frame.index.min()} to "
        f"{frame.index.max()}, each with its own vertical axis from zero. "
        f"{'; '.join(told)}.{broken}"
    )
    return Figure(name, drawing, title, alt, source, frame, finding)
