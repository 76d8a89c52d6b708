"""What chance alone would give, as histograms with the observed value marked."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from analysis.exhibits import Figure, Finding
from analysis.figures.style import GREY, ORANGE, STYLE, WIDTH_INCHES

BINS = 24


def null_distributions(
    nulls: Mapping[str, tuple[float, np.ndarray]], *,
    name: str, title: str, source: str, finding: str,
) -> Figure | Finding:  # fmt: skip
    """Histograms of values under chance, one panel a measure, the observed one as a line.

    `nulls` maps the label of a measure to its observed value and the values of
    the draws. A measure that is NaN anywhere is left out.
    """
    kept = {label: pair for label, pair in nulls.items() if np.isfinite(pair[0] + pair[1].sum())}
    if not kept:
        return Finding("Nothing can be measured for these parameters, so there is nothing to test.")
    rows = []
    bins = {label: _bins(*pair) for label, pair in kept.items()}
    top = max(float(heights.max()) for heights, _ in bins.values())
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(WIDTH_INCHES, 3.0), layout="constrained")
        panels = drawing.subplots(1, len(kept), sharey=True, squeeze=False)[0]
        for axes, (label, (heights, edges)) in zip(panels, bins.items(), strict=True):
            observed = kept[label][0]
            axes.bar(edges[:-1], heights, width=np.diff(edges), align="edge", color="#C9C9C9",
                     edgecolor="white", linewidth=0.4)  # fmt: skip
            axes.axvline(observed, color=ORANGE, linewidth=2.2)
            left = observed > (edges[0] + edges[-1]) / 2
            text = f"observed {observed:.2f} " if left else f" observed {observed:.2f}"
            axes.text(observed, top * 1.15, text, ha="right" if left else "left", va="top",
                      fontsize=9.5)  # fmt: skip
            axes.set(xlabel=label, ylim=(0, top * 1.18))
            axes.grid(True, axis="y")
            axes.set_axisbelow(True)
            axes.spines["left"].set_color(GREY)
            rows += [
                {"measure": label, "from": round(float(a), 6), "to": round(float(b), 6),
                 "draws": int(n), "observed": round(observed, 6)}
                for a, b, n in zip(edges[:-1], edges[1:], heights, strict=True)
            ]  # fmt: skip
        panels[0].set_ylabel("draws")
    alt = (
        "Histograms of balance with the signs shuffled over the same ties, the observed value "
        f"as a line. {finding}"
    )
    return Figure(name, drawing, title, alt, source, pd.DataFrame(rows), finding)


def _bins(observed: float, null: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draws by bin, and the edges of the bins, which reach the observed value too."""
    low, high = min(null.min(), observed), max(null.max(), observed)
    spread = max(high - low, 1e-6)
    edges = np.linspace(low - 0.02 * spread, high + 0.02 * spread, BINS + 1)
    heights, edges = np.histogram(null, edges)
    return heights, edges
