"""Signs of pairs across several networks, as a grid."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from analysis.exhibits import Figure, Finding
from analysis.figures.networks import sign_fields
from analysis.figures.style import PALE, STYLE, WIDTH_INCHES

MOST = 14
# Height of a row, and about the width that the labels leave.
ROW_INCHES, PLOT_INCHES = 0.3, 5.3


def sign_grid(
    table: pd.DataFrame, columns: Mapping[str, str], names: Mapping[str, str], *,
    name: str, title: str, source: str, finding: str,
) -> Figure | Finding:  # fmt: skip
    """Grid of signs: a row a pair, a column a network; + cooperative, − conflictual, ± mixed.

    `table` has `a`, `b` and one column of signs for each key of `columns`,
    which maps it to its label; an empty field is no tie. At most fourteen rows
    are drawn, the table holds all.
    """
    if table.empty:
        return Finding(finding)
    shown = table.head(MOST)
    with mpl.rc_context(STYLE):
        drawing = Drawing(
            figsize=(WIDTH_INCHES, 0.9 + ROW_INCHES * len(shown)), layout="constrained"
        )
        axes = drawing.subplots()
        fields = [
            (column, row, int(sign), False)
            for row, signs in enumerate(shown[list(columns)].itertuples(index=False))
            for column, sign in enumerate(signs)
            if not pd.isna(sign)
        ]
        # A field is wider than high, a sign is not: its arms are as long in inches.
        side = 0.07 * len(columns) / PLOT_INCHES
        sign_fields(axes, fields, 0.46, 0.42, (side, 0.07 / ROW_INCHES))
        labels = [f"{names[a]} – {names[b]}" for a, b in zip(shown["a"], shown["b"], strict=True)]
        axes.set_yticks(range(len(shown)), labels, fontsize=9.5)
        axes.set_xticks(range(len(columns)), list(columns.values()), fontsize=9.5)
        axes.xaxis.tick_top()
        axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(shown) - 0.5, -0.5))
        axes.tick_params(length=0, which="both")
        axes.set_xticks(np.arange(-0.5, len(columns)), minor=True)
        axes.set_yticks(np.arange(-0.5, len(shown)), minor=True)
        axes.grid(which="minor", axis="both", color=PALE, linewidth=0.8)
        axes.set_axisbelow(True)
        for spine in axes.spines.values():
            spine.set_visible(False)
    alt = (
        f"Grid, {len(shown)} of {len(table)} pairs in rows, {len(columns)} networks in columns, "
        f"a sign in each field, empty for no tie. {finding}"
    )
    return Figure(name, drawing, title, alt, source, table, finding)
