"""Age by sex as bars to the left and to the right."""

from __future__ import annotations

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure as Drawing

from analysis.exhibits import Figure, Finding
from analysis.figures.style import BLUE, STYLE, TEAL, WIDTH_INCHES, persons_axis, unit_of
from analysis.words import persons


def pyramid(
    ages: pd.DataFrame, *, name: str, title: str, source: str, finding: str = ""
) -> Figure | Finding:
    """Bars of women and girls to the left, men and boys to the right, one row an age group.

    `ages` is age group by female, male, unknown, with the last row for those
    of unknown age, which is not drawn: the finding says how many they are.
    """
    known = ages.drop(index="unknown", errors="ignore")[["female", "male"]]
    if known.empty or not known.to_numpy().sum():
        return Finding(finding or "No age and sex are reported for these parameters.")
    # Whole numbers stand at the bars, so a unit above thousands would round too much away.
    scale, unit = min(unit_of(float(known.to_numpy().max())), (1e3, "thousand"))
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 3.4), layout="constrained")
        left, right = drawing.subplots(1, 2, sharey=True)
        most = 1.3 * known.to_numpy().max() / scale
        sides = ((left, "female", TEAL, "//"), (right, "male", BLUE, ""))
        for axes, sex, colour, hatch in sides:
            widths = known[sex] / scale
            axes.barh(range(len(known)), widths, height=0.8, color=colour, hatch=hatch,
                      edgecolor="white", linewidth=0.3)  # fmt: skip
            axes.set_xlim((most, 0) if sex == "female" else (0, most))
            for place, width in enumerate(widths):
                shown = "<1" if 0 < width < 0.5 else f"{width:,.0f}"
                axes.annotate(shown, (width, place), va="center", fontsize=9.5,
                              xytext=(-4 if sex == "female" else 4, 0), textcoords="offset points",
                              ha="right" if sex == "female" else "left")  # fmt: skip
            axes.set_xlabel(persons_axis(unit))
            axes.set_title("women and girls" if sex == "female" else "men and boys", fontsize=10)
            axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=4))
            axes.grid(True, axis="x")
            axes.set_axisbelow(True)
            axes.tick_params(axis="y", length=0)
        left.set_yticks(range(len(known)), [f"{group} years" for group in known.index])
        left.spines["left"].set_visible(False)
    largest = str(known.sum(axis=1).idxmax())
    alt = (
        "Pyramid of bars, age groups of unequal width as rows, women and girls to the left, men "
        f"and boys to the right, in {persons_axis(unit)}. Largest group {largest} years, "
        f"{persons(float(known.sum(axis=1).max()))}."
    )
    return Figure(name, drawing, title, alt, source, ages, finding)
