"""Stocks, breaks and returns, by hand and by figures that others published."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from unhcr_tables import release as full_release

from analysis import displacement, tables
from analysis.prose import refugee_statistics as prose


def stocks(first_year, **columns):
    """Stock by hand: a list of persons a category from a year on; the other categories blank."""
    years = pd.RangeIndex(first_year, first_year + len(next(iter(columns.values()))), name="year")
    return pd.DataFrame(columns, index=years, dtype="float64").reindex(
        columns=list(displacement.CATEGORIES)
    )


def one_break(year, kind, left, came, low, high):
    columns = ["year", "kind", "from_category", "to_category", "persons_low", "persons_high"]
    return pd.DataFrame([(year, kind, left, came, low, high)], columns=columns)


def figures(*rows):
    columns = ["figure_id", "start", "end", "low", "bound", "counted_by", "population"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(measure="returns", asylum_iso3="PAK", high=frame["low"])


NO_BREAK = one_break(1900, "definition", "outside", "refugees", 1, 1)


# Stocks


def test_a_missing_year_and_an_unreported_category_stay_gaps():
    table = pd.DataFrame({"year": [2000, 2002], "category": "refugees", "persons": [10, 30]})
    table = table.assign(origin_iso3="AFG", asylum_iso3="PAK")
    years = displacement.stock("AFG", "PAK", table)
    assert years["refugees"].isna().tolist() == [False, True, False]
    assert years["others_of_concern"].isna().all()
    assert displacement.total(years).isna().tolist() == [False, True, False]
    assert displacement.stock("AFG", "XYZ", table).isna().all(axis=None)


def test_change_by_hand():
    years = stocks(2023, refugees=[2000, 1500, 1000], asylum_seekers=[100, None, 1900])
    found = displacement.change(years, 2023, 2025)
    assert found.loc["refugees"].tolist() == [2000, 1000, -1000, -50]
    assert found.loc["sum"].tolist()[:3] == [2100, 2900, 800]
    assert math.isnan(found.loc["asylum_seekers", "percent"]), "100 is too small a base"
    starts = displacement.starting_points(years, 2025)
    assert starts["year"].tolist() == [2024, 2023]
    assert starts["refugees_percent"].tolist() == pytest.approx([-100 / 3, -50])
    assert starts["sum_percent"].tolist() == pytest.approx([100 * 1400 / 1500, 100 * 800 / 2100])


def test_pakistan_falls_by_42_or_by_3_percent():
    """The column alone and the plain sum tell two stories; definitions lie in between."""
    years = displacement.stock("AFG", "PAK")
    found = displacement.change(years, 2023, 2025)["percent"]
    assert found[["refugees", "sum"]].round(1).tolist() == [-41.7, -3.1]
    defined = displacement.definitions(years, 2023, 2025)
    assert defined["last"].tolist() == [1158538, 1299096, 1418347, 1984777]
    assert defined["percent"].round(1).tolist() == [-41.7, -34.6, -30.8, -3.1]


def test_hosts_are_ranked_and_measured_by_inhabitants():
    found = displacement.hosts("AFG", 2025)
    assert found["asylum_iso3"].tolist()[:2] == ["PAK", "IRN"]
    assert found["asylum_iso3"].iloc[-1] == "OTH" and math.isnan(found["per_1000"].iloc[-1])
    assert found.set_index("asylum_iso3")["per_1000"]["IRN"] == pytest.approx(17.65, abs=0.01)


def test_age_and_sex_by_hand():
    pyramid = displacement.age_pyramid("AFG", "PAK", 2025)
    assert pyramid.to_numpy().sum() == 1_984_777
    assert displacement.unknown_share(pyramid) == pytest.approx(100 * 706_963 / 1_984_777, abs=0.01)
    nobody = displacement.age_pyramid("AFG", "DEU", 2025)
    assert nobody.empty and math.isnan(displacement.unknown_share(nobody))


# Like for like


def test_breaks_lie_after_the_first_and_up_to_the_last_year_end():
    spans = [(2007, 2023), (2006, 2007), (2023, 2025)]
    assert [len(displacement.breaks("AFG", "PAK", *span)) for span in spans] == [0, 1, 5]
    assert displacement.breaks("AFG", "IRN")["year"].tolist() == [2015, 2022, 2025]


PUBLISHED = [("PAK", 2023, 2025, -33.2, -26.4), ("IRN", 2023, 2025, -56.4, -56.4)]


@pytest.mark.parametrize(("asylum", "first", "last", "low", "high"), PUBLISHED)
def test_the_same_people_at_both_ends(asylum, first, last, low, high):
    """In Pakistan neither by 42 % (refugees alone) nor by 3 % (plain sum)."""
    years, listing = displacement.stock("AFG", asylum), displacement.breaks("AFG", asylum)
    found = displacement.like_for_like(years, first, last, listing)
    assert [round(found["percent_low"], 1), round(found["percent_high"], 1)] == [low, high]
    alone = displacement.like_for_like(years[["refugees"]], first, last, listing)
    assert alone["percent_low"] <= alone["percent_high"] < -30


def test_people_added_by_a_break_are_counted_at_both_ends():
    years = stocks(2006, refugees=[100_000, 130_000])
    added = one_break(2007, "definition", "outside", "refugees", 20_000, 40_000)
    found = displacement.like_for_like(years, 2006, 2007, added)
    assert found[["first_low", "first_high", "last_low", "last_high"]].tolist() == [
        120_000, 140_000, 130_000, 130_000,
    ]  # fmt: skip
    assert found["percent_low"] == pytest.approx(-100 / 14)
    assert found["percent_high"] == pytest.approx(100 / 12)


def test_those_struck_off_may_have_been_there_or_not():
    years = stocks(2023, refugees=[10_000, 7_000])
    struck = one_break(2024, "verification", "refugees", "outside", 1_000, 1_000)
    found = displacement.like_for_like(years, 2023, 2024, struck)
    assert found[["first_low", "first_high"]].tolist() == [9_000, 10_000]


def test_a_category_reported_at_one_end_opens_the_range_unless_a_break_explains_it():
    years = stocks(2000, refugees=[1000, 1000], others_of_concern=[None, 500])
    assert displacement.one_ended(years, 2000, 2001) == ["others_of_concern"]
    found = displacement.like_for_like(years, 2000, 2001, NO_BREAK)
    assert found[["first_low", "first_high"]].tolist() == [1000, 1000]
    assert found[["last_low", "last_high"]].tolist() == [1000, 1500] and not found["is_open"]
    moved = one_break(2001, "relabelled", "refugees", "others_of_concern", 500, 500)
    found = displacement.like_for_like(years, 2000, 2001, moved)
    assert found[["last_low", "last_high"]].tolist() == [1500, 1500]


def test_a_break_without_a_size_leaves_the_range_open():
    iran = displacement.stock("AFG", "IRN"), 2014, 2016, displacement.breaks("AFG", "IRN")
    assert displacement.like_for_like(*iran)["is_open"]
    with pytest.raises(ValueError, match="first_year 2016 lies after last_year 2014"):
        displacement.like_for_like(iran[0], 2016, 2014, iran[3])


# Flows


def test_the_residual_of_2007_is_the_break():
    release = displacement.load()
    arrivals = release.tables["arrivals"].query("asylum_iso3 == 'PAK'")
    found = displacement.flows(
        displacement.stock("AFG", "PAK"),
        displacement.solutions("AFG", "PAK"),
        arrivals.groupby("year")["persons"].sum(),
    )
    row = found.loc[2007]
    assert row["residual"] == 1_354_593
    size = displacement.breaks("AFG", "PAK", 2006, 2007).iloc[0]
    assert size["persons_low"] <= row["residual"] <= size["persons_high"]
    assert math.isnan(row["resettlement"]), "told by the places that took people in"


def test_flows_add_up_and_a_gap_of_a_year_is_none():
    years = stocks(2000, refugees=[10, None, 10, 12])
    solved = pd.DataFrame({"return": 3.0, "resettlement": None, "naturalisation": 1}, years.index)
    found = displacement.flows(years, solved, pd.Series({2003: 5}))
    assert found.index.tolist() == [2003]
    assert found.loc[2003, ["opening", "closing", "residual"]].tolist() == [10, 12, 1]


# Counts at borders, and papers


def test_windows_are_dated_by_their_outermost_days():
    found = displacement.counts("PAK").set_index("figure_id")
    days = [str(found.loc["F001", end].date()) for end in ("first", "last")]
    assert days == ["2023-09-15", "2024-05-31"]
    bounded = displacement.counts("PAK", until="2025-05-31")
    assert (bounded["last"] <= "2025-05-31").all() and 0 < len(bounded) < len(found)
    together = displacement.counts("IRN")["asylum_iso3"].str.contains(";")
    assert together.any() and together.is_monotonic_increasing


def test_windows_bracket_what_no_source_matches():
    frame = figures(
        ("F1", "2024-02-01", "2024-03-31", 100, "about", "A", "all"),
        ("F2", "2024-02-01", "2024-04-30", 150, "about", "A", "all"),
        ("F3", "2024-01-01", "2024-12-31", 900, "about", "A and B", "all"),
        ("F4", "2024-01-01", "2024-06-30", 800, "at_least", "C", "all"),
        ("F5", "2024-03-01", "2024-03-31", 999, "about", "D", "through_khyber_pakhtunkhwa"),
    )
    found = displacement.return_ranges("2024-02-01", "2024-06-01", figures=frame)
    assert len(found) == 1, "C's floor of a wider window and D's part of the country bound nothing"
    assert found.loc[0, ["counted_by", "low", "high", "basis"]].tolist() == [
        "A and B", 150, 900, "bracketed",
    ]  # fmt: skip
    matched = displacement.return_ranges("2024-02-02", "2024-05-01", figures=frame)
    assert matched.loc[0, ["low", "high", "basis"]].tolist() == [150, 150, "matched"]
    assert displacement.return_ranges("2020-01-01", "2020-02-01", figures=frame).empty
    with pytest.raises(ValueError, match="before it begins"):
        displacement.return_ranges("2024-02-01", "2024-01-01", figures=frame)


def test_the_smallest_window_around_is_the_ceiling_and_at_most_is_no_floor():
    frame = figures(
        ("F1", "2024-01-01", "2024-12-31", 900, "about", "A", "all"),
        ("F2", "2024-02-01", "2024-09-30", 700, "about", "A", "all"),
        ("F3", "2024-04-01", "2024-04-30", 200, "at_most", "A", "all"),
        ("F4", "2024-05-01", "2024-05-31", 100, "exact", "A", "all"),
    )
    found = displacement.return_ranges("2024-03-01", "2024-06-30", figures=frame)
    assert found[["low", "high", "basis"]].values.tolist() == [[100, 700, "bracketed"]]
    assert found.loc[0, "figure_ids"] == ["F4", "F2"]


def test_returns_in_the_article_s_window():
    """UNHCR counted exactly this window; the government's count lies inside it and above."""
    rows = displacement.return_ranges("2023-10-01", "2025-06-01").set_index("counted_by")
    assert rows.loc["IOM, OCHA and UNHCR", "low"] == 1_055_000
    assert rows.loc["Government of Pakistan", ["low", "basis"]].tolist() == [1_300_000, "floor"]
    iran = displacement.return_ranges("2025-01-01", "2025-05-31", "IRN").iloc[0]
    assert iran[["low", "basis"]].tolist() == [450_000, "matched"] and math.isnan(iran["high"])
    assert iran["figure_ids"] == ["F065", "F066"], "IOM and UNHCR differ, and both stay"


def test_bodies_that_count_together_are_one_source():
    found = displacement.independent(["A and B", "C", "B; D", "E and F", "D"])
    assert found == {
        "A and B": "A, B and D", "B; D": "A, B and D", "D": "A, B and D",
        "C": "C", "E and F": "E and F",
    }  # fmt: skip


def test_people_without_papers_are_a_range():
    status = displacement.papers("2025-06-01").set_index("measure")
    assert status.loc["undocumented", ["low", "high", "counters"]].tolist() == [775e3, 1.7e6, 3]
    assert status.loc["citizen_card_holders", "newest_low"] == 807_402
    assert status.loc["hosted", "low"] == 2.8e6, "a count of years ago says nothing of a day"
    early = displacement.papers("2000-01-01")
    assert early["low"].isna().all() and (early["counters"] == 0).all()
    iran = displacement.papers("2025-08-01", "IRN").set_index("measure")
    assert iran.loc["hosted", ["low", "high"]].tolist() == [3.8e6, 6e6]
    assert math.isnan(iran.loc["citizen_card_holders", "low"])


def test_a_floor_is_no_upper_end_of_a_group():
    frame = figures(("F1", "", "2025-03", 800, "at_least", "A", "card_holders"))
    frame = frame.assign(measure="citizen_card_holders")
    row = displacement.papers("2025-06-01", figures=frame).set_index("measure")
    assert row.loc["citizen_card_holders", "low"] == 800
    assert math.isnan(row.loc["citizen_card_holders", "high"])


# Figures that others published, asked again of the tables: year, places (blank: all), the least
# and the most that agrees with what was written, and who wrote it.
STOCKS = [
    (1990, "PAK IRN", 6_250_000, 6_350_000, "Pakistan Today"),
    (1999, "", 2_600_000, 2_700_000, "more than 2.6 million"),
    (2002, "IRN", 1_050_000, 1_150_000, "UNHCR"),
    (2002, "PAK", 1_150_000, 1_250_000, "UNHCR"),
    (2006, "", 2_050_000, 2_150_000, "UNHCR, 19 June 2007"),
    (2007, "", 3_000_000, 3_100_000, "more than 3 million"),
    (2009, "DEU", 30_320, 30_320, "Global Trends 2009"),
    (2013, "PAK", 1_615_876, 1_615_876, "ICMC Europe"),
    (2018, "PAK", 1_403_521, 1_403_521, "UNHCR: 1,400,235 card holders and 3,286 others"),
    (2018, "IRN", 951_050, 951_150, "Euronews"),
    (2021, "", 2_650_000, 2_750_000, "Dawn"),
    (2022, "", 5_650_000, 5_750_000, "KabulNow"),
    (2023, "", 6_350_000, 6_450_000, "KabulNow"),
    (2023, "DEU", 255_050, 255_150, "Amu TV"),
]
RETURNS = [
    (2002, "PAK", 1_550_000, 1_650_000, "UNHCR, nearly 1.6 million"),
    (2006, "", 387_000, 388_000, "more than 387,000"),
    (2007, "", 373_500, 374_500, "AsiaNews"),
    (2016, "PAK", 380_000, 390_000, "more than 380,000"),
    (2019, "IRN", 1_952, 1_952, "UNHCR"),
    (2019, "", 8_350, 8_450, "Peoples Dispatch"),
]


def answer(table, kind, year, places):
    """Persons of a kind in a year, over the places named or all."""
    measure = displacement.stock if table == "displacement" else displacement.solutions
    rows = tables.load(table)
    return sum(measure("AFG", place, rows)[kind][year] for place in places.split() or [""])


@pytest.mark.parametrize(
    ("table", "kind", "figures"),
    [("displacement", "refugees", STOCKS), ("solutions", "return", RETURNS)],
)
def test_figures_that_others_published(table, kind, figures):
    for year, places, least, most, by in figures:
        assert least <= answer(table, kind, year, places) <= most, (year, places, by)


def test_published_rises_and_a_published_share():
    world = displacement.stock("AFG", "")["refugees"]
    assert world[2021] - world[2020] == pytest.approx(118_000, abs=500)
    assert world[2023] - world[2022] == pytest.approx(741_400, abs=50)
    share = 100 * answer("displacement", "refugees", 2019, "PAK IRN") / world[2019]
    assert round(share) == 87, "Peoples Dispatch, end of 2019"


HEADLINES = [
    ("PAK", 2023, 2025, "fell by a quarter to a third between 2023 and 2025; the column of"),
    ("IRN", 2023, 2025, "fell by 56 % between 2023 and 2025; the column of refugees alone fell by"),
    ("DEU", 2023, 2025, "grew by 11 % between 2023 and 2025; whether the same people were counted"),
    ("IRN", 2014, 2016, "breaks between 2014 and 2016 by an unknown number"),
    ("DEU", 1990, 2025, "Nothing is reported for the end of 1990"),
]


@pytest.mark.parametrize(("asylum", "first", "last", "words"), HEADLINES)
def test_a_headline_says_what_the_break_allows(asylum, first, last, words):
    years, listing = displacement.stock("AFG", asylum), displacement.breaks("AFG", asylum)
    said = prose.headline(
        prose.Comparison("Afghans", asylum, first, last, not listing.empty),
        displacement.change(years, first, last),
        displacement.like_for_like(years, first, last, listing),
        home=float("nan"),
    )
    assert said.startswith("UNHCR recorded ") and words in said and "nan" not in said


# Releases


@pytest.fixture(scope="module")
def full(shared, tmp_path_factory):
    """A project folder with a release of UNHCR's full tables."""
    root = tmp_path_factory.mktemp("project")
    (root / "seeds").symlink_to(ROOT / "seeds")
    shutil.copytree(ROOT / "data", root / "data", ignore=shutil.ignore_patterns("snapshots"))
    full_release(shared / "data/unhcr", root / displacement.SNAPSHOTS / "2026-11-24")
    return root


def test_a_place_that_does_not_exist_is_named():
    release = displacement.load("2025.12.1", "AFG")
    said = [release.absence(*asked) for asked in (("PAK", 1979, 2025), ("PKA", 1979, 2025),
            ("AFG", 1979, 2025), ("BTN", 1979, 2025), ("DEU", 1979, 1990))]  # fmt: skip
    assert said[0] == "" and said[1].endswith("did you mean 'PAK'?")
    assert "inside their country" in said[2]
    assert said[3].endswith("no row on Afghans in Bhutan; they may be among all other places of "
                            "asylum (OTH)")  # fmt: skip
    assert said[4].endswith("Afghans in Germany from 2000 to 2025 alone")
    syria = displacement.load("2025.12.1", "SYR")
    assert "no people from Syria; `torkham fetch unhcr`" in syria.absence("TUR", 1979, 2025)
    assert displacement.stock("SYR", "TUR", syria.tables["displacement"]).empty


def test_without_a_fetched_release_the_error_says_how_to_fetch(project):
    shutil.rmtree(project / displacement.SNAPSHOTS, ignore_errors=True)
    for name in ("latest", "2026-01-01"):
        with pytest.raises(displacement.ReleaseError, match=f"{name}.*run `torkham fetch unhcr`"):
            displacement.load(name)


def test_latest_is_the_newest_whole_release_and_a_cut_one_is_named(full, tmp_path, monkeypatch):
    shutil.copytree(full, tmp_path / "copy", symlinks=True)
    monkeypatch.chdir(tmp_path / "copy")
    folder = Path(displacement.SNAPSHOTS)
    for name in ("2027-01-01", ".2028-01-01"):
        (folder / name).mkdir()
    assert displacement.releases() == ["2025.12.1", "2026-11-24"]
    assert displacement.load("latest").name == "2026-11-24"
    path = folder / "2026-11-24" / "solutions.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(displacement.ReleaseError, match="'2026-11-24'.*delete its folder"):
        displacement.load("latest")
    path.write_bytes(whole)
    path.with_name("metadata.json").write_text(json.dumps({"release": "x"}), encoding="utf-8")
    with pytest.raises(displacement.ReleaseError, match="citation"):
        displacement.load("latest")


def test_the_embedded_tables_are_those_of_the_full_release(full, monkeypatch):
    """Every pair of places that both hold is the same, to the person, from stock to residual."""
    monkeypatch.chdir(full)
    ours, theirs = (displacement.load(name) for name in ("2025.12.1", "latest"))
    for asylum in ("PAK", "IRN"):
        both = []
        for release in (ours, theirs):
            years = displacement.stock("AFG", asylum, release.tables["displacement"])
            solved = displacement.solutions("AFG", asylum, release.tables["solutions"])
            arrived = release.tables["arrivals"].query("asylum_iso3 == @asylum")
            arrived = arrived.groupby("year")["persons"].sum()
            both.append(displacement.flows(years, solved, arrived))
        pd.testing.assert_frame_equal(*both)
