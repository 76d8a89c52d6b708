"""Persons by year, with breaks in the series as marked lines."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.exhibits import Figure, Finding
from analysis.figures.style import (
    BLUE,
    LILAC,
    ORANGE,
    PLUM,
    STYLE,
    TEAL,
    WIDTH_INCHES,
    persons_axis,
    unit_of,
)
from analysis.words import listed, persons


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
    scale, unit = unit_of(float(sums.max()))
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 4.4), layout="constrained")
        axes = drawing.subplots()
        base = pd.Series(0.0, index=frame.index)
        handles: list[Artist] = []
        for column, (colour, hatch) in zip(frame.columns, looks, strict=False):
            if not frame[column].fillna(0).any():
                continue
            heights = frame[column] / scale
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
        axes.set_ylabel(persons_axis(unit))
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
        f"{frame.index.max()}, vertical axis in {persons_axis(unit)}. {said}{broken}"
    )
    return Figure(name, drawing, title, alt, source, frame, said)
