"""Days that an EDTF date may mean: the earliest and the last possible one."""

from __future__ import annotations

import calendar
import re
from datetime import date
from functools import cache

from edtf import EDTFParseException, parse_edtf

_PLAIN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?[~?%]?")


class DateError(ValueError):
    """A date that is not EDTF, or that no calendar has."""


@cache
def possible_days(text: str) -> tuple[date | None, date | None]:
    """Earliest and last possible day of an EDTF date (ISO 8601-2:2019, level 1).

    An open end is None. `~`, `?` and `%` do not widen the date: they say how
    sure the source is, not how far off it may be. Plain dates are read here,
    because the library takes some 5 ms for each; all other forms go to it.

    Raises
    ------
    DateError
        If the text is not EDTF or names a day that does not exist.

    Examples
    --------
    >>> possible_days("2025-02")
    (datetime.date(2025, 2, 1), datetime.date(2025, 2, 28))
    >>> possible_days("../2021-08-15")
    (None, datetime.date(2021, 8, 15))
    >>> possible_days("2025-02-30")
    Traceback (most recent call last):
    analysis.dates.DateError: '2025-02-30' is not an EDTF date such as 2025-05-21, 2025-05 or 1979~
    """
    plain = _PLAIN.fullmatch(text)
    if plain:
        year, month, day = (int(part) if part else None for part in plain.groups())
        assert year is not None
        try:
            first = date(year, month or 1, day or 1)
            if day:
                return first, first
            last_month = month or 12
            return first, date(year, last_month, calendar.monthrange(year, last_month)[1])
        except ValueError:
            raise DateError(_complaint(text)) from None
    try:
        parsed = parse_edtf(text)
    except EDTFParseException:
        raise DateError(_complaint(text)) from None
    ends = []
    for end in (parsed.lower_strict(), parsed.upper_strict()):
        ends.append(date(*end[:3]) if hasattr(end, "tm_year") else None)
    return ends[0], ends[1]


def last_day(text: str) -> date:
    """Last possible day of an EDTF date; an open end is the end of time.

    A date known to the month counts from here, so that nothing is used
    before it must have happened.

    >>> last_day("2023")
    datetime.date(2023, 12, 31)
    """
    return possible_days(text)[1] or date.max


def first_day(text: str) -> date:
    """Earliest possible day of an EDTF date; an open beginning is the beginning of time.

    >>> first_day("1979~")
    datetime.date(1979, 1, 1)
    """
    return possible_days(text)[0] or date.min


def _complaint(text: str) -> str:
    return f"{text!r} is not an EDTF date such as 2025-05-21, 2025-05 or 1979~"
