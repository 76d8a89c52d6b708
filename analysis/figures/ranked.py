"""Places in order: dots by persons and by rate, and a grid of tiles by region."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure as Drawing
from matplotlib.patches import Patch, Rectangle

from analysis.exhibits import Figure, Finding
from analysis.figures.style import (
    BLACK,
    BLUE,
    GREY,
    INK,
    ORANGE,
    PALE,
    STYLE,
    WIDTH_INCHES,
    persons_axis,
    unit_of,
)
from analysis.words import count, listed, per_thousand, persons

MOST_DOTS, MOST_TILES, TILES_A_ROW = 12, 60, 9
# Lower bound of each class in persons, its fill, and the ink that reads on it.
CLASSES = (
    (0, "#FFFFFF", BLACK),
    (1_000, "#DCE6F0", BLACK),
    (10_000, "#A9C1DB", BLACK),
    (100_000, "#4F7FB0", "#FFFFFF"),
    (1_000_000, BLUE, "#FFFFFF"),
)


def ranked_dots(
    hosted: pd.DataFrame, names: Mapping[str, str], *, name: str, title: str, source: str,
    finding: str = "", subject: str = "",
) -> Figure | Finding:  # fmt: skip
    """Dots in order of persons, beside them the same places per 1,000 inhabitants.

    `hosted` has the columns asylum_iso3, persons, refugees, per_1000; at most
    twelve are drawn. A hollow dot is refugees alone. The place in `subject`
    stands out. A place without a count of inhabitants has no second dot.
    """
    rows = hosted[hosted["asylum_iso3"] != "OTH"].head(MOST_DOTS).reset_index(drop=True)
    if rows.empty:
        return Finding(finding or "No place of asylum is reported for these parameters.")
    scale, unit = unit_of(float(rows["persons"].max()))
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 1.5 + 0.34 * len(rows)), layout="constrained")
        left, right = drawing.subplots(1, 2, sharey=True, width_ratios=(3, 2))
        for place, (code, people, alone, rate) in enumerate(
            rows[["asylum_iso3", "persons", "refugees", "per_1000"]].itertuples(index=False)
        ):
            colour, form = (ORANGE, "D") if code == subject else (BLUE, "o")
            left.plot(
                [min(alone, people) / scale, people / scale], [place, place], color=GREY, lw=1.2
            )
            left.plot(alone / scale, place, form, markerfacecolor="white", markeredgecolor=GREY)
            left.plot(people / scale, place, form, color=colour, markersize=7)
            right.plot([0, rate], [place, place], color=PALE, lw=1.2)
            right.plot(rate, place, form, color=colour, markersize=7)
            shown = per_thousand(rate) if rate == rate else "n/a"
            right.annotate(shown, (rate if rate == rate else 0, place), xytext=(7, 0),
                           textcoords="offset points", va="center", fontsize=9.5)  # fmt: skip
            left.annotate(persons(people), (people / scale, place), xytext=(7, 0),
                          textcoords="offset points", va="center", fontsize=9.5)  # fmt: skip
        labels = [textwrap.fill(names.get(code, code), 22) for code in rows["asylum_iso3"]]
        left.set_yticks(range(len(rows)), labels)
        left.set(ylim=(len(rows) - 0.4, -0.6), xlabel=persons_axis(unit))
        right.set_xlabel("per 1,000 inhabitants")
        for axes, most in ((left, rows["persons"].max() / scale), (right, rows["per_1000"].max())):
            axes.set_xlim(0, 1.35 * (most if most == most and most > 0 else 1))
            axes.tick_params(axis="y", length=0)
            axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=4))
            axes.grid(True, axis="x")
            axes.set_axisbelow(True)
        handles = [
            mpl.lines.Line2D([], [], color=BLUE, marker="o", lw=0, label="all reported categories"),
            mpl.lines.Line2D([], [], marker="o", lw=0, markerfacecolor="white",
                             markeredgecolor=GREY, label="refugees alone"),
        ]  # fmt: skip
        if subject in set(rows["asylum_iso3"]):
            handles.append(mpl.lines.Line2D([], [], color=ORANGE, marker="D", lw=0,
                                            label="the place of this report"))  # fmt: skip
        drawing.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    told = [
        f"{names.get(code, code)} {persons(people)}"
        for code, people in zip(rows["asylum_iso3"], rows["persons"], strict=True)
    ]
    alt = (
        f"Dot plot of {count(len(rows), 'place')} in order of persons, left in "
        f"{persons_axis(unit)}, right per 1,000 inhabitants. {listed(told, most=6)}."
    )
    return Figure(name, drawing, title, alt, source, hosted, finding)


def state_tiles(
    hosted: pd.DataFrame, names: Mapping[str, str], regions: Mapping[str, str], *, name: str,
    title: str, source: str, finding: str = "",
) -> Figure | Finding:  # fmt: skip
    """Tiles of states by United Nations subregion, shaded by persons: no border is drawn.

    At most sixty states, those that host most; regions and states in order of persons.
    """
    rows = hosted[hosted["asylum_iso3"].map(lambda code: bool(regions.get(code)))]
    rows = rows.head(MOST_TILES)
    if rows.empty:
        return Finding(finding or "No place of asylum is reported for these parameters.")
    rows = rows.assign(region=rows["asylum_iso3"].map(regions))
    order = rows.groupby("region")["persons"].sum().sort_values(ascending=False).index
    lines: list[tuple[str, pd.DataFrame]] = []
    for region in order:
        group = rows[rows["region"] == region]
        for start in range(0, len(group), TILES_A_ROW):
            lines.append((region if not start else "", group.iloc[start : start + TILES_A_ROW]))
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 0.9 + 0.5 * len(lines)), layout="constrained")
        axes = drawing.subplots()
        for down, (_, group) in enumerate(lines):
            pairs = zip(group["asylum_iso3"], group["persons"], strict=True)
            for across, (code, people) in enumerate(pairs):
                fill, ink = next((f, i) for low, f, i in reversed(CLASSES) if people >= low)
                axes.add_patch(Rectangle((across - 0.47, down - 0.44), 0.94, 0.88, facecolor=fill,
                                         edgecolor=GREY, linewidth=0.8))  # fmt: skip
                axes.text(across, down, f"{code}\n{_short(people)}", ha="center", va="center",
                          fontsize=9, color=ink, linespacing=0.95)  # fmt: skip
        axes.set_yticks(range(len(lines)), [textwrap.fill(region, 22) for region, _ in lines])
        axes.set_xticks([])
        widest = max(len(group) for _, group in lines)
        axes.set(xlim=(-0.5, max(widest, 7) - 0.5), ylim=(len(lines) - 0.5, -0.5))
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        used = [low for low, _, _ in CLASSES if (_class(rows["persons"]) == low).any()]
        handles = [
            Patch(
                facecolor=fill, edgecolor=GREY, label=f"{low:,} or more" if low else "below 1,000"
            )
            for low, fill, _ in CLASSES
            if low in used
        ]
        drawing.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
        axes.yaxis.label.set_color(INK)
    told = [
        f"{region} {persons(rows.loc[rows['region'] == region, 'persons'].sum())}"
        for region in order
    ]
    alt = (
        f"Grid of tiles, one a state, in rows by region, shaded by persons hosted. "
        f"{listed(told, most=6)}."
    )
    shown = rows.assign(name=rows["asylum_iso3"].map(lambda code: names.get(code, code)))
    return Figure(name, drawing, title, alt, source, shown, finding)


def _class(people: pd.Series) -> pd.Series:
    bounds = [low for low, _, _ in CLASSES]
    return people.map(lambda value: max(low for low in bounds if value >= low))


def _short(people: float) -> str:
    if people >= 1e6:
        return f"{people / 1e6:.1f} m"
    return f"{people / 1e3:,.0f} k" if people >= 1e3 else f"{people:.0f}"
