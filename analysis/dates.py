"""Days that a date of the ledger may mean: the earliest and the last possible one."""

from __future__ import annotations

import calendar
import re
from datetime import date

_DATE = re.compile(r"(\.\./)?([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?[~?%]?")


class DateError(ValueError):
    """A date that is not written as the ledger writes dates, or that no calendar has."""


def possible_days(text: str) -> tuple[date | None, date | None]:
    """Earliest and last possible day of a date in EDTF (ISO 8601-2:2019, level 1).

    The ledger uses a day, a month or a year, with `~`, `?` or `%` behind it
    and `../` before it; an open beginning is None. The marks do not widen the
    date: they say how sure the source is, not how far off it may be.

    Raises
    ------
    DateError
        If the text is no such date or names a day that does not exist.

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
    matched = _DATE.fullmatch(text)
    complaint = f"{text!r} is not an EDTF date such as 2025-05-21, 2025-05 or 1979~"
    if not matched:
        raise DateError(complaint)
    is_open, year, month, day = matched.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise DateError(complaint) from None
    last_month = int(month or 12)
    last_day_of_month = calendar.monthrange(first.year, last_month)[1]
    last = first if day else date(first.year, last_month, last_day_of_month)
    return (None if is_open else first), last


def last_day(text: str) -> date:
    """Last possible day of a date.

    A date known to the month counts from here, so that nothing is used
    before it must have happened.

    >>> last_day("2023")
    datetime.date(2023, 12, 31)
    """
    return possible_days(text)[1] or date.max


def first_day(text: str) -> date:
    """Earliest possible day of a date; an open beginning is the beginning of time.

    >>> first_day("1979~")
    datetime.date(1979, 1, 1)
    """
    return possible_days(text)[0] or date.min
