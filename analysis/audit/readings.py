"""A figure as an interval, and the verdict of one interval on another."""

from __future__ import annotations

import math
from dataclasses import dataclass

SUPPORTED, CONTRADICTED = "supported", "contradicted"
UNDECIDED, NOT_CHECKABLE = "undecided", "not checkable"


@dataclass(frozen=True)
class Reading:
    """A figure as a closed interval; an end that the words leave open is infinite."""

    low: float
    high: float

    def words(self, unit: str = "") -> str:
        """Interval in words; years without a thousands separator.

        >>> Reading(850000, math.inf).words(), Reading(2343, 2670).words("km")
        ('at least 850,000', '2,343 to 2,670')
        """
        low, high = (
            f"{end:.15g}" if unit == "year" else f"{end:,.15g}" for end in (self.low, self.high)
        )
        if math.isinf(self.high):
            return f"at least {low}"
        return low if self.low == self.high else f"{low} to {high}"


def interval(value: float, bound: str) -> Reading:
    """Interval of what a figure says; `about` is the rounding interval of the figure as written.

    That interval reaches half a unit of the last digit that is not
    zero to either side.

    Raises
    ------
    ValueError
        For a bound that is none of exact, about, at_least, at_most, or a
        figure below zero.

    Examples
    --------
    >>> interval(1_300_000, "about").words()
    '1,250,000 to 1,350,000'
    >>> interval(850_000, "at_least").words()
    'at least 850,000'
    """
    if value < 0 or math.isnan(value):
        raise ValueError(f"figure {value!r}; expected a number of at least 0")
    if bound == "exact":
        return Reading(value, value)
    if bound == "at_least":
        return Reading(value, math.inf)
    if bound == "at_most":
        return Reading(0, value)
    if bound != "about":
        raise ValueError(f"bound {bound!r}; expected exact, about, at_least or at_most")
    unit = 1.0
    if value == int(value):
        while value and value % (unit * 10) == 0:
            unit *= 10
    else:
        unit = 10.0 ** -len(f"{value:f}".rstrip("0").split(".")[1])
    return Reading(max(value - unit / 2, 0), value + unit / 2)


def verdict(said: Reading, counted: Reading | None) -> str:
    """Verdict on a figure: supported, contradicted, undecided, or not checkable without evidence.

    Supported where all that independent series leave possible lies inside what
    is said, contradicted where none of it does, else undecided. For "at least
    x": supported if the range's low end reaches x, contradicted if its high end
    stays below.

    >>> verdict(interval(850_000, "at_least"), Reading(861_763, 1_300_000))
    'supported'
    >>> verdict(interval(850_000, "at_least"), Reading(71_500, 72_500))
    'contradicted'
    >>> verdict(interval(850_000, "at_least"), Reading(800_000, 900_000))
    'undecided'
    """
    if counted is None:
        return NOT_CHECKABLE
    if said.low <= counted.low and counted.high <= said.high:
        return SUPPORTED
    if counted.high < said.low or counted.low > said.high:
        return CONTRADICTED
    return UNDECIDED
