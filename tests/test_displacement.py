"""Stocks, breaks and returns, by hand and by named figures of other publications."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from conftest import ROOT

from analysis import displacement, tables


def small(**columns):
    rows = [
        {
            "year": year,
            "origin_iso3": "AFG",
            "asylum_iso3": "PAK",
            "category": category,
            "persons": persons,
        }
        for category, values in columns.items()
        for year, persons in values.items()
    ]
    return pd.DataFrame(rows).astype({"year": "Int64", "persons": "Int64"})


def test_a_missing_year_and_an_unreported_category_stay_gaps():
    years = displacement.stock(
        "AFG", "PAK", first_year=2000, last_year=2002, table=small(refugees={2000: 10, 2002: 30})
    )
    assert years["refugees"].tolist()[0] == 10
    assert math.isnan(years.loc[2001, "refugees"])
    assert years["others_of_concern"].isna().all()
    assert displacement.total(years).isna().tolist() == [False, True, False]


def test_change_by_hand():
    frame = small(refugees={2023: 2000, 2025: 1000}, asylum_seekers={2023: 100, 2025: 1900})
    found = displacement.change(
        displacement.stock("AFG", "PAK", first_year=2023, last_year=2025, table=frame), 2023, 2025
    )
    assert found.loc["refugees"].tolist() == [2000, 1000, -1000, -50]
    assert found.loc["sum"].tolist()[:3] == [2100, 2900, 800]
    assert math.isnan(found.loc["asylum_seekers", "percent"]), "100 is too small a base"


def test_pakistan_falls_by_42_or_by_3_percent():
    """facts of the release: the column alone and the plain sum tell two stories."""
    years = displacement.stock("AFG", "PAK", first_year=2023, last_year=2025)
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
    assert displacement.breaks("AFG", "PAK", 2007, 2023).empty
    assert len(displacement.breaks("AFG", "PAK", 2006, 2007)) == 1
    assert len(displacement.breaks("AFG", "PAK", 2023, 2025)) == 5


def test_returns_keep_gaps_and_leave_no_zero():
    series = displacement.returned("AFG", "PAK", 1979, 2025)
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
    labels = displacement.window_labels(figures, {"PAK": "Pakistan", "IRN": "Iran"})
    together = figures["asylum_iso3"].str.contains(";").tolist()
    assert [("together" in label) for label in labels] == together and any(together)


def test_a_place_that_does_not_exist_is_named():
    release = displacement.load("2025.12.1", "AFG", ROOT)
    frame = release.table("displacement")
    assert (
        displacement.stock("AFG", "XYZ", first_year=2000, last_year=2001, table=frame)
        .isna()
        .all()
        .all()
    )
    said = [
        displacement.absence(release, "AFG", "PKA", 1979, 2025),
        displacement.absence(release, "AFG", "AFG", 1979, 2025),
        displacement.absence(release, "SYR", "TUR", 1979, 2025),
        displacement.absence(release, "AFG", "BTN", 1979, 2025),
        displacement.absence(release, "AFG", "DEU", 1979, 1990),
    ]
    assert said[0] == "PKA is no place in UNHCR's tables; did you mean 'PAK'?"
    assert "inside a country" in said[1]
    assert "no people from Syria; `torkham fetch unhcr`" in said[2]
    assert "no row on people from Afghanistan in Bhutan; it may be among" in said[3]
    assert "in Germany from 2000 to 2025, and nothing from 1979 to 1990" in said[4]
    with pytest.raises(ValueError, match="lies after"):
        displacement.stock("AFG", "PAK", first_year=2002, last_year=2001, table=frame)
    with pytest.raises(ValueError, match="category 'refugee': expected some of refugees"):
        displacement.stock("AFG", "PAK", ["refugee"], 2001, 2002, table=frame)


def test_starting_points_by_hand():
    frame = small(refugees={2023: 2000, 2024: 1500, 2025: 1000}, asylum_seekers={2025: 1000})
    years = displacement.stock("AFG", "PAK", first_year=2023, last_year=2025, table=frame)
    found = displacement.starting_points(years, 2025)
    assert found["year"].tolist() == [2024, 2023]
    assert found["refugees_percent"].tolist() == pytest.approx([-100 / 3, -50])
    assert found["sum_percent"].tolist() == pytest.approx([100 / 3, 0])
    assert displacement.one_ended(years, 2023, 2025) == ["asylum_seekers"]


def test_the_same_people_fall_by_a_quarter_to_a_third():
    """Neither by 42 % (refugees alone) nor by 3 % (plain sum): cards counted at both ends."""
    found = displacement.like_for_like(2023, 2025)
    assert found["percent_low"] == pytest.approx(-33.2, abs=0.1)
    assert found["percent_high"] == pytest.approx(-26.4, abs=0.1)
    alone = displacement.like_for_like(2023, 2025, "AFG", "PAK", ["refugees"])
    assert -41 < alone["percent_low"] < alone["percent_high"] < -30


def test_people_added_by_a_break_are_counted_at_both_ends():
    frame = small(refugees={2006: 100_000, 2007: 130_000})
    added = displacement.breaks("AFG", "PAK", 2006, 2007).assign(
        persons_low=20_000, persons_high=40_000
    )
    found = displacement.like_for_like(2006, 2007, table=frame, listing=added)
    assert found[["first_low", "first_high", "last_low", "last_high"]].tolist() == [
        120_000, 140_000, 130_000, 130_000
    ]  # fmt: skip
    assert found["percent_low"] == pytest.approx(-100 / 14)
    assert found["percent_high"] == pytest.approx(100 / 12)


def test_a_category_reported_at_one_end_opens_the_range():
    frame = small(refugees={2000: 1000, 2001: 1000}, others_of_concern={2001: 500})
    found = displacement.like_for_like(2000, 2001, table=frame)
    assert found[["first_low", "first_high"]].tolist() == [1000, 1000]
    assert found[["last_low", "last_high"]].tolist() == [1000, 1500]
    assert not found["is_open"]


def test_a_break_without_a_size_leaves_the_range_open():
    assert displacement.like_for_like(2014, 2016, "AFG", "IRN")["is_open"]


def test_a_count_carried_forward_is_found():
    years = displacement.stock("AFG", "IRN", first_year=1979, last_year=2025)
    runs = displacement.repeated(years).set_index("first_year")
    assert runs.loc[2015, ["last_year", "persons"]].tolist() == [2019, 951_142]
    frame = tables.load("arrivals", ROOT)
    spread = displacement.repeated_arrivals(frame, "AFG", "IRN").iloc[0]
    assert spread[["persons", "first_year", "last_year"]].tolist() == [97_745, 2001, 2020]


def test_the_residual_of_2007_is_the_break():
    table = displacement.reconciliation("AFG", "PAK")
    row = table[table["year"] == 2007].iloc[0]
    assert row["residual"] == 1_354_593
    assert row["break_low"] <= row["residual"] <= row["break_high"]
    moved = row["arrivals"] - row["return"]
    assert row["opening"] + moved + row["residual"] == row["closing"]
    assert math.isnan(row["resettlement"]), "told by the places that took people in"


def test_a_gap_of_a_year_is_no_reconciliation():
    key = {"origin_iso3": "AFG", "asylum_iso3": "PAK", "category": "refugees"}
    stocks = pd.DataFrame([{**key, "year": y, "persons": 10} for y in (2000, 2002, 2003)])
    none = pd.DataFrame(columns=["year", "origin_iso3", "asylum_iso3", "category", "persons"])
    solved = none.rename(columns={"category": "solution"})
    found = displacement.reconciliation(displacement=stocks, solved=solved, arrivals=none)
    assert found["year"].tolist() == [2003]


def test_two_pairs_never_run_into_each_other():
    rows = [("AAA", "BBB", 2001, 5), ("AAA", "CCC", 2000, 7), ("AAA", "CCC", 2001, 9)]
    stocks = pd.DataFrame(rows, columns=["origin_iso3", "asylum_iso3", "year", "persons"])
    stocks = stocks.assign(category="refugees")
    none = stocks.iloc[:0]
    found = displacement.reconciliation(
        displacement=stocks, solved=none.rename(columns={"category": "solution"}), arrivals=none
    )
    assert found[["asylum_iso3", "opening", "closing"]].values.tolist() == [["CCC", 7, 9]]


def figures(*rows):
    columns = ["figure_id", "start", "end", "low", "bound", "counted_by", "population"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(measure="returns", asylum_iso3="PAK", high=frame["low"])


def test_windows_bracket_what_no_source_matches():
    frame = figures(
        ("F1", "2024-02-01", "2024-03-31", 100, "about", "A", "all"),
        ("F2", "2024-02-01", "2024-04-30", 150, "about", "A", "all"),
        ("F3", "2024-01-01", "2024-12-31", 900, "about", "A and B", "all"),
        ("F4", "2024-01-01", "2024-06-30", 800, "at_least", "C", "all"),
        ("F5", "2024-03-01", "2024-03-31", 999, "about", "D", "through_khyber_pakhtunkhwa"),
    )
    found = displacement.returns(("2024-02-01", "2024-06-01"), figures=frame)
    assert len(found) == 1, "C's floor of a wider window and D's part of the country bound nothing"
    assert found.loc[0, ["counted_by", "low", "high", "basis"]].tolist() == [
        "A and B", 150, 900, "bracketed"
    ]  # fmt: skip
    matched = displacement.returns(("2024-02-02", "2024-05-01"), figures=frame)
    assert matched.loc[0, ["low", "high", "basis"]].tolist() == [150, 150, "matched"]
    assert displacement.returns(("2020-01-01", "2020-02-01"), figures=frame).empty
    with pytest.raises(ValueError, match="before it begins"):
        displacement.returns(("2024-02-01", "2024-01-01"), figures=frame)


def test_the_article_s_window():
    """UNHCR counted exactly this window; the government's count lies inside it and above."""
    found = displacement.returns(("2023-10-01", "2025-06-01"))
    rows = found.set_index("counted_by")
    assert rows.loc["IOM, OCHA and UNHCR", "low"] == 1_055_000
    assert rows.loc["Government of Pakistan", ["low", "basis"]].tolist() == [1_300_000, "floor"]
    forced = displacement.nearest_window(("2023-10-01", "2025-06-01"), "PAK", "deportations")
    assert forced is not None and forced["figure_id"] == "F061"
    assert displacement.nearest_window(("1990-01-01", "1990-02-01"), "PAK") is None


def test_people_without_papers_are_a_range():
    status = displacement.documentation_status("2025-06-01").set_index("measure")
    assert status.loc["undocumented", ["low", "high", "counters"]].tolist() == [775e3, 1.7e6, 3]
    assert status.loc["citizen_card_holders", "newest_low"] == 807_402
    early = displacement.documentation_status("2000-01-01")
    assert early["low"].isna().all() and (early["counters"] == 0).all()


def test_age_and_sex_by_hand():
    pyramid = displacement.age_pyramid("AFG", "PAK", 2025)
    assert pyramid.to_numpy().sum() == 1_984_777
    assert displacement.unknown_share(pyramid) == pytest.approx(100 * 706_963 / 1_984_777, abs=0.01)
    nobody = displacement.age_pyramid("AFG", "DEU", 2025)
    assert nobody.empty and math.isnan(displacement.unknown_share(nobody))


def test_the_tables_of_age_and_of_stock_agree_from_2001_on():
    frames = [tables.load(name, ROOT) for name in ("age_sex", "displacement")]
    for asylum in ("PAK", "IRN"):
        apart = displacement.age_groups_against_stock(*frames, "AFG", asylum)
        assert (apart["gap"].abs() > 0).sum() == len(apart)
        assert apart[apart["year"] >= 2020].empty


def test_hosts_are_ranked_and_measured_by_inhabitants():
    hosted = displacement.hosts("AFG", 2025)
    assert hosted["asylum_iso3"].tolist()[:2] == ["PAK", "IRN"]
    assert hosted["asylum_iso3"].iloc[-1] == "OTH"
    found = displacement.rates("AFG", 2025)
    assert found[hosted.columns].equals(hosted)
    found = found.set_index("asylum_iso3")["per_1000"]
    assert found["IRN"] == pytest.approx(17.65, abs=0.01) and math.isnan(found["OTH"])


def test_published_figures_are_reproduced():
    frames = [tables.load(name, ROOT) for name in ("validation", "displacement", "solutions")]
    found = displacement.validate(*frames)
    assert found["reproduced"].sum() >= 15 and found["url"].nunique() >= 15
    failed = found[~found["reproduced"]]
    assert failed["check_id"].tolist() == ["V19"], "a part of what the table counts"
    assert failed["note"].str.contains("not expected to agree").all()


CHECKS = tables.load("validation", ROOT)


@pytest.mark.parametrize("check_id", CHECKS["check_id"])
def test_one_altered_cell_fails_its_row(check_id):
    check = CHECKS[CHECKS["check_id"] == check_id]
    row = check.iloc[0]
    frames = {name: tables.load(name, ROOT) for name in ("displacement", "solutions")}
    table = frames[row["table_name"]].copy()
    kind = "solution" if row["table_name"] == "solutions" else "category"
    hit = table["year"].eq(row["last_year"]) & table[kind].isin(row["category"].split(";"))
    if row["asylum_iso3"] != "*":
        hit &= table["asylum_iso3"].isin(row["asylum_iso3"].split(";"))
    cell = table[hit]["persons"].idxmax()
    step = row["step"] if row["unit"] == "persons" else 200_000
    table.loc[cell, "persons"] += 2 * step
    before = displacement.validate(check, frames["displacement"], frames["solutions"])
    frames[row["table_name"]] = table
    after = displacement.validate(check, frames["displacement"], frames["solutions"])
    assert not after["reproduced"].any()
    assert before["reproduced"].any() or check_id == "V19"


def test_a_missing_year_is_not_reproduced():
    check = CHECKS[CHECKS["check_id"] == "V26"]
    frame = tables.load("displacement", ROOT)
    found = displacement.validate(
        check, frame[frame["year"] != 2022], tables.load("solutions", ROOT)
    )
    assert math.isnan(found["computed"].iloc[0]) and not found["reproduced"].iloc[0]


def test_every_measure_answers_without_being_given_a_table():
    """From a prompt, places and years are enough; the embedded release answers."""
    assert displacement.stock("AFG", "IRN", ["refugees"]).loc[2019, "refugees"] == 951_142
    assert displacement.stock("AFG", "IRN", "refugees").index[0] == 1979
    assert len(displacement.breaks()) == len(tables.load("breaks", ROOT))
    assert displacement.like_for_like(2023, 2025)["first_high"] == 2_970_217
    assert len(displacement.reconciliation()) > 1000
    assert displacement.returns(("2023-10-01", "2025-06-01"))["low"].max() == 1_300_000
    assert displacement.age_pyramid().to_numpy().sum() == 1_984_777
    assert displacement.solutions().loc[2025, "return"] == 558_359
    assert len(displacement.documentation_status("2025-06-01")) == 4
    assert displacement.rates()["asylum_iso3"].iloc[0] == "PAK"
    with pytest.raises(ValueError, match="expected two days, such as"):
        displacement.returns("2023-10-01")


def test_iran_has_counts_of_its_own():
    """IOM and UNHCR differ on the same five months; both stay, and neither is an upper end."""
    found = displacement.returns(("2025-01-01", "2025-05-31"), "IRN").iloc[0]
    assert found[["low", "basis"]].tolist() == [450_000, "matched"] and math.isnan(found["high"])
    assert found["figure_ids"] == ["F065", "F066"]
    status = displacement.documentation_status("2025-08-01", "IRN").set_index("measure")
    assert status.loc["hosted", ["low", "high"]].tolist() == [3.8e6, 6e6]
    assert math.isnan(status.loc["citizen_card_holders", "low"])


def test_a_floor_is_no_upper_end_of_a_group():
    stocks = figures(("F1", "", "2025-03", 800, "at_least", "A", "card_holders"))
    stocks = stocks.assign(measure="citizen_card_holders")
    found = displacement.documentation_status("2025-06-01", figures=stocks)
    row = found.set_index("measure").loc["citizen_card_holders"]
    assert row["low"] == 800 and math.isnan(row["high"])


def test_a_release_without_the_years_reproduces_nothing_and_says_so():
    """A small or new release holds few years: every kind of query answers with a gap."""
    few = tables.load("displacement", ROOT).query("year > 2024")
    solved = tables.load("solutions", ROOT).query("year > 2024")
    found = displacement.validate(CHECKS, few, solved)
    assert found["computed"].isna().all() and not found["reproduced"].any()


def test_the_smallest_window_around_is_the_ceiling_and_at_most_is_no_floor():
    frame = figures(
        ("F1", "2024-01-01", "2024-12-31", 900, "about", "A", "all"),
        ("F2", "2024-02-01", "2024-09-30", 700, "about", "A", "all"),
        ("F3", "2024-04-01", "2024-04-30", 200, "at_most", "A", "all"),
        ("F4", "2024-05-01", "2024-05-31", 100, "exact", "A", "all"),
    )
    found = displacement.returns(("2024-03-01", "2024-06-30"), figures=frame)
    assert found[["low", "high", "basis"]].values.tolist() == [[100, 700, "bracketed"]]
    assert found.loc[0, "figure_ids"] == ["F4", "F2"]


def test_counts_of_papers_from_years_ago_say_nothing_of_a_day():
    status = displacement.documentation_status("2025-06-01").set_index("measure")
    assert status.loc["refugees_registered", ["low", "high"]].tolist() == [1_344_584, 1_371_400]
    assert status.loc["hosted", "low"] == 2.8e6
