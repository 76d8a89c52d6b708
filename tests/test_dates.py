"""Dates: the earliest and last possible day of EDTF."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.dates import DateError, first_day, last_day, possible_days


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("1979~", date(1979, 1, 1), date(1979, 12, 31)),
        ("2021-08-17~", date(2021, 8, 17), date(2021, 8, 17)),
        ("../2021-08-15", None, date(2021, 8, 15)),
        ("2021-08/..", date(2021, 8, 1), None),
        ("2025-02-21/2025-03-19", date(2025, 2, 21), date(2025, 3, 19)),
        ("199X", date(1990, 1, 1), date(1999, 12, 31)),
    ],
)
def test_possible_days(text, first, last):
    assert possible_days(text) == (first, last)


@pytest.mark.parametrize("text", ["2025-02-30", "2025-13", "May 2025", "2021-8", "31.8.2021", "x"])
def test_what_no_calendar_has_is_refused_by_name(text):
    with pytest.raises(DateError, match="is not an EDTF date"):
        possible_days(text)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_day_is_its_own_first_and_last_day_and_lies_in_its_month_and_year(day):
    text = day.isoformat()
    assert first_day(text) == last_day(text) == day
    for wider in (text[:7], text[:4]):
        assert first_day(wider) <= day <= last_day(wider)
