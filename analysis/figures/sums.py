"""Two sums of each pair: cooperation to the right, conflict to the left."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing
from matplotlib.patches import Patch

from analysis.exhibits import Figure, Finding
from analysis.figures.style import BLACK, GREY, PLUM, STYLE, TEAL, WIDTH_INCHES
from analysis.words import count, sentence

MOST = 6
SIGN_TITLES = {1: "cooperative", 0: "mixed", -1: "conflictual"}


def two_sums(
    ties: pd.DataFrame,
    names: Mapping[str, str],
    *,
    name: str,
    title: str,
    source: str,
    most: int = 8,
) -> Figure | Finding:
    """Bars of both sums of the strongest ties of each sign, ranked by sign and intensity.

    `ties` are those of `ledger.ties`. At most six of each sign are drawn;
    a star after a pair says that a charge about it is denied. The table holds
    all ties in the order of the drawing.
    """
    if ties.empty:
        return Finding("No tie is coded for these parameters, so there is nothing to rank.")
    strength = ties["net"].abs().where(ties["sign"] != 0, ties["cooperation"] + ties["conflict"])
    place = ties["sign"].map({1: 0, 0: 1, -1: 2})
    ranked = ties.assign(strength=strength, place=place)
    ranked = ranked.sort_values(["place", "strength"], ascending=[True, False], kind="stable")
    shown = ranked.groupby("place").head(MOST)
    groups = list(shown.groupby("place", sort=True))
    with mpl.rc_context(STYLE):
        sizes = [len(part) for _, part in groups]
        drawing = Drawing(figsize=(WIDTH_INCHES, 1.1 + 0.27 * sum(sizes) + 0.34 * len(sizes)),
                          layout="constrained")  # fmt: skip
        panels = drawing.subplots(len(groups), 1, sharex=True, squeeze=False,
                                  height_ratios=sizes)[:, 0]  # fmt: skip
        reach = max(float(shown[["cooperation", "conflict"]].max().max()), 1.0) * 1.08
        for axes, (_, part) in zip(panels, groups, strict=True):
            rows = np.arange(len(part))
            axes.barh(rows, part["cooperation"], color=TEAL, height=0.72)
            axes.barh(rows, -part["conflict"], color=PLUM, height=0.72, hatch="//",
                      edgecolor="white", linewidth=0)  # fmt: skip
            labels = [
                f"{names[a]} – {names[b]}{' *' if disputed else ''}"
                for a, b, disputed in part[["a", "b", "disputed"]].itertuples(index=False)
            ]
            axes.set_yticks(rows, labels, fontsize=9)
            axes.set(ylim=(len(part) - 0.4, -0.6), xlim=(-reach, reach))
            axes.set_title(SIGN_TITLES[int(part["sign"].iloc[0])], loc="left", fontsize=10,
                           color=BLACK)  # fmt: skip
            axes.axvline(0, color=GREY, linewidth=0.8)
            axes.tick_params(axis="y", length=0)
            axes.grid(True, axis="x")
            axes.set_axisbelow(True)
        panels[-1].xaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda x, _: f"{abs(x):g}"))
        panels[-1].set_xlabel("sum of intensities")
        handles = [Patch(facecolor=PLUM, hatch="//", edgecolor="white", label="conflict"),
                   Patch(facecolor=TEAL, label="cooperation")]  # fmt: skip
        drawing.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False)
    said = sentence(
        f"the strongest of {count(len(ties), 'tie')}: cooperation to the right, conflict to the "
        "left" + ("; * a charge about the pair is denied" if shown["disputed"].any() else "")
    )
    alt = f"Paired bars, one row a pair of actors, grouped by sign and sorted by intensity. {said}"
    table = ranked.drop(columns=["strength", "place"]).round(
        {"cooperation": 2, "conflict": 2, "net": 2}
    )
    return Figure(name, drawing, title, alt, source, table, said)
