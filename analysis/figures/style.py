"""The house style: palette, sizes, matplotlib settings."""

from __future__ import annotations

from typing import Any

BLUE, TEAL, PLUM, ORANGE, INK, LILAC = (
    "#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1",
)  # fmt: skip
GREY, PALE, BLACK = "#8C8C8C", "#E6E6E6", "#111111"
WIDTH_INCHES = 7.6
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    # Names come from tables: a dollar sign in one is a dollar sign.
    "text.parse_math": False,
    "axes.labelsize": 10,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "legend.fontsize": 9.5,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid.axis": "y",
    "grid.color": "#D9D9D9",
    "hatch.linewidth": 0.6,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
}


def unit_of(most: float) -> tuple[float, str]:
    """Scale of an axis by its largest number, and what its ticks then count.

    >>> unit_of(1_980_000), unit_of(2391), unit_of(644)
    ((1000000.0, 'million'), (1000.0, 'thousand'), (1.0, 'persons'))
    """
    for scale, unit in ((1e6, "million"), (1e3, "thousand")):
        if most >= 2 * scale or (most >= scale / 2 and scale == 1e6):
            return scale, unit
    return 1.0, "persons"


def persons_axis(unit: str) -> str:
    """Words on an axis of persons: million persons, thousand persons, persons."""
    return unit if unit == "persons" else f"{unit} persons"
