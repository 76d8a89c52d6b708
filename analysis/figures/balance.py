"""What flows leave unexplained between two stocks: by year, and one year as a waterfall."""

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
    GREY,
    INK,
    LILAC,
    ORANGE,
    PLUM,
    STYLE,
    WIDTH_INCHES,
    persons_axis,
    unit_of,
)
from analysis.words import listed, persons


def residuals(
    years: pd.DataFrame, *, name: str, title: str, source: str, finding: str = ""
) -> Figure | Finding:
    """Bars of the residual by year, up and down from zero, with what breaks account for beside.

    `years` has the columns year, residual, break_low, break_high. Bars below
    zero are hatched. A year without a stock at both ends is a gap.
    """
    if years.empty:
        return Finding(finding or "No year has a stock at both ends, so nothing can be reconciled.")
    largest_numbers = years[["residual", "break_low", "break_high"]].abs().max()
    scale, unit = unit_of(float(largest_numbers.max()))
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 3.9), layout="constrained")
        axes = drawing.subplots()
        for sign, colour, hatch in ((1, BLUE, ""), (-1, ORANGE, "//")):
            rows = years[years["residual"] * sign > 0]
            axes.bar(rows["year"], rows["residual"] / scale, width=0.8, color=colour, hatch=hatch,
                     edgecolor="white", linewidth=0.3)  # fmt: skip
        broken = years[(years["break_low"] != 0) | (years["break_high"] != 0)]
        for year, low, high in broken[["year", "break_low", "break_high"]].itertuples(index=False):
            axes.plot([year, year], [low / scale, high / scale], color=PLUM, linewidth=2.5,
                      marker="_", markersize=12, markeredgewidth=2.5)  # fmt: skip
        axes.axhline(0, color=INK, linewidth=0.9)
        axes.set_ylabel(persons_axis(unit))
        axes.set_xlim(years["year"].min() - 1, years["year"].max() + 1)
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True, nbins=9))
        axes.margins(y=0.08)
        axes.grid(True, axis="y")
        axes.set_axisbelow(True)
        handles: list[Artist] = [
            Patch(facecolor=BLUE, label="more people than the flows explain"),
            Patch(facecolor=ORANGE, hatch="//", edgecolor="white", label="fewer people"),
        ]
        if len(broken):
            handles.append(
                Line2D([], [], color=PLUM, linewidth=2.5, label="what breaks account for")
            )
        drawing.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    largest = years.iloc[int(years["residual"].abs().argmax())]
    alt = (
        f"Bars by year, {years['year'].min()} to {years['year'].max()}, up and down from zero, "
        f"vertical axis in {persons_axis(unit)}. Largest in {int(largest['year'])}, "
        f"{largest['residual']:+,.0f}."
    )
    return Figure(name, drawing, title, alt, source, years, finding)


def waterfall(
    steps: Mapping[str, float], *, name: str, title: str, source: str, finding: str = "",
) -> Figure | Finding:  # fmt: skip
    """Opening stock, each flow as a step up or down, the residual, closing stock; persons.

    `steps` maps words to signed persons in order, the two stocks first and
    last. A step that is NaN was not reported and says so in place of a bar.
    """
    first, *_, last = steps
    if pd.isna(steps[first]) or pd.isna(steps[last]):
        return Finding(finding or "No stock is reported at both ends of the year.")
    scale, unit = unit_of(max(steps[first], steps[last]))
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 0.9 + 0.42 * len(steps)), layout="constrained")
        axes = drawing.subplots()
        level, highest = 0.0, max(steps[first], steps[last])
        for place, (words, value) in enumerate(steps.items()):
            if pd.isna(value):
                axes.text(
                    level / scale, place, "  not reported", va="center", fontsize=9.5, color=INK
                )
                continue
            whole = words in (first, last)
            begin = 0.0 if whole else level
            end = value if whole else level + value
            colour, hatch = (GREY, "") if whole else (BLUE, "") if value >= 0 else (ORANGE, "//")
            if "residual" in words:
                colour, hatch = LILAC, "xx"
            axes.barh(place, (end - begin) / scale, left=begin / scale, height=0.66, color=colour,
                      hatch=hatch, edgecolor="white", linewidth=0.3)  # fmt: skip
            shown = persons(value) if whole else f"{value:+,.0f}"
            axes.text(max(begin, end) / scale, place, f"  {shown}", va="center", fontsize=9.5)
            level, highest = end, max(highest, begin, end)
        axes.set_yticks(range(len(steps)), list(steps))
        axes.set(ylim=(len(steps) - 0.4, -0.6), xlim=(0, 1.22 * max(highest, 1) / scale))
        axes.set_xlabel(persons_axis(unit))
        axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=6))
        axes.tick_params(axis="y", length=0)
        axes.grid(True, axis="x")
        axes.set_axisbelow(True)
    told = [
        f"{words} {'not reported' if pd.isna(value) else format(value, ',.0f')}"
        for words, value in steps.items()
    ]
    alt = (
        f"Waterfall of bars from one stock to the next, in {persons_axis(unit)}. "
        f"{listed(told, most=9)}."
    )
    table = pd.DataFrame({"step": list(steps), "persons": list(steps.values())})
    return Figure(name, drawing, title, alt, source, table, finding)
