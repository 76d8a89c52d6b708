"""Stocks, breaks and returns, by hand and by named figures of other publications."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from conftest import ROOT

from analysis import displacement, tables


def small(**columns):
    rows = [
        {"year": year, "asylum_iso3": "PAK", "category": category, "persons": persons}
        for category, values in columns.items()
        for year, persons in values.items()
    ]
    return pd.DataFrame(rows).astype({"year": "Int64", "persons": "Int64"})


def test_a_missing_year_and_an_unreported_category_stay_gaps():
    years = displacement.stock(small(refugees={2000: 10, 2002: 30}), "PAK", 2000, 2002)
    assert years["refugees"].tolist()[0] == 10
    assert math.isnan(years.loc[2001, "refugees"])
    assert years["others_of_concern"].isna().all()
    assert displacement.total(years).isna().tolist() == [False, True, False]


def test_change_by_hand():
    frame = small(refugees={2023: 2000, 2025: 1000}, asylum_seekers={2023: 100, 2025: 1900})
    found = displacement.change(displacement.stock(frame, "PAK", 2023, 2025), 2023, 2025)
    assert found.loc["refugees"].tolist() == [2000, 1000, -1000, -50]
    assert found.loc["sum"].tolist()[:3] == [2100, 2900, 800]
    assert math.isnan(found.loc["asylum_seekers", "percent"]), "100 is too small a base"


def test_pakistan_falls_by_42_or_by_3_percent():
    """facts of the release: the column alone and the plain sum tell two stories."""
    years = displacement.stock(tables.load("displacement", ROOT), "PAK", 2023, 2025)
    found = displacement.change(years, 2023, 2025)["percent"]
    assert found["refugees"] == pytest.approx(-41.7, abs=0.1)
    assert found["sum"] == pytest.approx(-3.1, abs=0.1)


@pytest.mark.parametrize(
    ("year", "asylum", "millions"),
    [((1990), ("PAK", "IRN"), 6.3), (2023, ("PAK", "IRN"), 5.7)],
)
def test_sums_that_unhcr_published_elsewhere(year, asylum, millions):
    frame = tables.load("displacement", ROOT)
    refugees = frame[(frame["year"] == year) & (frame["category"] == "refugees")]
    total = refugees[refugees["asylum_iso3"].isin(asylum)]["persons"].sum() / 1e6
    assert round(float(total), 1) == millions


def test_breaks_lie_after_the_first_and_up_to_the_last_year_end():
    breaks = tables.load("breaks", ROOT)
    assert displacement.breaks_between(breaks, "PAK", 2007, 2023).empty
    assert len(displacement.breaks_between(breaks, "PAK", 2006, 2007)) == 1
    assert len(displacement.breaks_between(breaks, "PAK", 2023, 2025)) == 4


def test_returns_keep_gaps_and_leave_no_zero():
    series = displacement.returns(tables.load("solutions", ROOT), "PAK", 1979, 2025)
    assert math.isnan(series[1979]) and series[2023] == 56_797 and series[2025] == 558_359


def test_windows_are_dated_by_their_outermost_days():
    figures = displacement.operational(tables.load("operational", ROOT), "PAK", "returns")
    row = figures[figures["figure_id"] == "F001"].iloc[0]
    assert (str(row["first"].date()), str(row["last"].date())) == ("2023-09-15", "2024-05-31")
    bounded = displacement.operational(
        tables.load("operational", ROOT), "PAK", "returns", until="2025-05-31"
    )
    assert (bounded["last"] <= "2025-05-31").all() and 0 < len(bounded) < len(figures)


def test_figures_for_two_countries_say_so():
    figures = displacement.operational(tables.load("operational", ROOT), "IRN", "returns")
    labels = displacement.window_labels(figures)
    together = figures["asylum_iso3"].str.contains(";").tolist()
    assert [("together" in label) for label in labels] == together and any(together)


def test_a_place_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="no place of asylum 'XYZ'; the table has"):
        displacement.stock(tables.load("displacement", ROOT), "XYZ", 2000, 2001)
    with pytest.raises(ValueError, match="lies after"):
        displacement.stock(tables.load("displacement", ROOT), "PAK", 2002, 2001)


def test_starting_points_by_hand():
    frame = small(refugees={2023: 2000, 2024: 1500, 2025: 1000}, asylum_seekers={2025: 1000})
    years = displacement.stock(frame, "PAK", 2023, 2025)
    found = displacement.starting_points(years, 2025)
    assert found["year"].tolist() == [2024, 2023]
    assert found["refugees_percent"].tolist() == pytest.approx([-100 / 3, -50])
    assert found["sum_percent"].tolist() == pytest.approx([100 / 3, 0])
    assert displacement.one_ended(years, 2023, 2025) == ["asylum_seekers"]
