"""Wording of computed values: counts, ranges, dates, changes, and saying what is not known."""

from __future__ import annotations

import math
from collections.abc import Sequence

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
SMALL = (
    "no", "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip

# Coefficients of agreement, as they are called in a sentence.
MEASURE_NAMES = {
    "lijphart": "Lijphart's agreement", "agree3": "share of same positions",
    "agree_voeten": "agreement on split roll calls", "kappa_nominal": "nominal kappa",
    "kappa_linear": "linear kappa", "kappa_squared": "squared kappa", "pi_nominal": "nominal pi",
    "pi_linear": "linear pi", "pi_squared": "squared pi",
}  # fmt: skip


def number(value: int) -> str:
    """Number in words up to twelve, in digits above; none for 0.

    >>> number(0), number(3), number(1500)
    ('none', 'three', '1,500')
    """
    if value == 0:
        return "none"
    return SMALL[value] if 0 < value < len(SMALL) else f"{value:,}"


def count(number: int, singular: str, plural: str = "") -> str:
    """Number with its noun, small ones in words.

    >>> count(1, "tie"), count(0, "tie"), count(15, "party", "parties")
    ('one tie', 'no ties', '15 parties')
    """
    noun = singular if number == 1 else plural or singular + "s"
    return f"{SMALL[number] if 0 <= number < len(SMALL) else f'{number:,}'} {noun}"


def per_thousand(rate: float) -> str:
    """Rate per 1,000 with one decimal; a small one is said to be small, and is no zero.

    >>> per_thousand(17.65), per_thousand(0.009), per_thousand(0.0)
    ('17.6', 'below 0.1', '0.0')
    """
    return "below 0.1" if 0 < rate < 0.05 else f"{rate:,.1f}"


def persons(number: float) -> str:
    """Number of people, rounded to what a reader can keep: 1.16 million, 558,000, 7,087.

    >>> persons(1158538), persons(558359), persons(7087), persons(float("nan"))
    ('1.16 million', '558,000', '7,087', 'not reported')
    """
    if math.isnan(number):
        return "not reported"
    if number >= 1_000_000:
        return f"{number / 1_000_000:.2f}".rstrip("0").rstrip(".") + " million"
    if number >= 100_000:
        return f"{round(number, -3):,.0f}"
    return f"{number:,.0f}"


def change(percent: float) -> str:
    """Change in words: fell by 42 %, grew by 3 %, hardly changed; not known if NaN.

    >>> change(-41.7), change(0.2), change(float("nan")), change(-99.8)
    ('fell by 42 %', 'hardly changed', 'cannot be compared', 'fell by more than 99 %')
    """
    if math.isnan(percent):
        return "cannot be compared"
    if abs(percent) < 0.5:
        return "hardly changed"
    if -100 < percent <= -99.5:
        return "fell by more than 99 %"
    return f"{'grew' if percent > 0 else 'fell'} by {abs(percent):,.0f} %"


def day(text: str) -> str:
    """EDTF date in words, no more exact than it is.

    >>> day("2025-05-21"), day("2025-05"), day("1979~"), day("../2024-02-05"), day("")
    ('21 May 2025', 'May 2025', 'about 1979', 'by 5 February 2024', 'undated')
    """
    if not text:
        return "undated"
    before = "by " if text.startswith("../") else ""
    about = "about " if text[-1] in "~?%" else ""
    parts = text.removeprefix("../").rstrip("~?%").split("-")
    words = [parts[0]]
    if len(parts) > 1:
        words.insert(0, MONTHS[int(parts[1]) - 1])
    if len(parts) > 2:
        words.insert(0, str(int(parts[2])))
    return before + about + " ".join(words)


def signed(value: float) -> str:
    """Coefficient with two decimals and a true minus; undefined for NaN.

    >>> signed(0.597), signed(-0.142), signed(-0.001), signed(float("nan"))
    ('0.60', '−0.14', '0.00', 'undefined')
    """
    if math.isnan(value):
        return "undefined"
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "−")


def listed(items: Sequence[str], most: int = 6) -> str:
    """Names in a row with a final "and"; past `most` the rest is counted.

    >>> listed(["China"]), listed(["China", "Russia"]), listed([])
    ('China', 'China and Russia', 'none')
    >>> listed(list("abcdefgh"), most=3)
    'a, b, c and five others'
    """
    if not items:
        return "none"
    if len(items) > most:
        return f"{', '.join(items[:most])} and {count(len(items) - most, 'other')}"
    if len(items) == 1:
        return items[0]
    return f"{', '.join(items[:-1])} and {items[-1]}"


def sentence(text: str) -> str:
    """Text with a capital first letter and a full stop.

    >>> sentence("no ties are coded")
    'No ties are coded.'
    """
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
