"""The alignment notebook row by row against its claims, its sentences, and its figures' words."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from conftest import ROOT
from test_notebooks import run

from analysis import engagement, figures, findings
from analysis.dates import last_day
from analysis.exhibits import MEDIA, Finding

NAMES = {"A": "Aland", "B": "Beland", "C": "Celand", "IND": "India", "PAK": "Pakistan"}
DATES = ["2021-08-31", "2023-12-31", "2025-06-01", "2026-05-31"]
STATES = [
    *("PAK", "CHN", "RUS", "IRN", "IND", "UZB", "TKM", "TJK", "KAZ"),
    *("KGZ", "AZE", "TUR", "QAT", "ARE", "SAU", "USA", "DEU", "NOR"),
]
FIRM = {"executed": "asserted", "held from the start": "asserted", "undone": "asserted",
        "announced": "planned", "reported only": "alleged"}  # fmt: skip


@pytest.mark.parametrize("as_of", DATES)
def test_each_cell_of_the_ladder_agrees_with_the_claim_it_links_to(book, as_of):
    cells = engagement.ladder(as_of, ledger=book)
    claims = book.claims.set_index("claim_id")
    dated = cells[cells["dated_by"] != ""]
    assert len(dated) == (cells["claims"].str.len() > 0).sum() > 0
    for row in dated.to_dict("records"):
        claim = claims.loc[row["dated_by"]]
        assert row["dated_by"] in row["claims"]
        assert claim["step"] == row["rung"]
        assert claim["modality"] == FIRM[row["status"]]
        assert row["state"] in f"{claim['actors']};{claim['recipients']}".split(";")
        assert claim["start"] in (row["first_text"], "")
        assert claim["day"] == row["first"]
    # And the other way: no firm claim of a step on the ladder is without its cell.
    taken = engagement.steps(book, as_of)
    taken = taken[taken["step"].isin(set(cells["rung"])) & taken["modality"].isin(FIRM.values())]
    told = {(c["state"], c["rung"]) for c in dated.to_dict("records")}
    assert set(zip(taken["state"], taken["step"], strict=True)) == told


def test_the_table_of_cells_links_each_date_to_its_claim(book, monkeypatch):
    monkeypatch.chdir(ROOT)
    parameters = {"as_of": "2026-05-31", "since": "2025-06-01"}
    table = run("regional_alignment", parameters, until="cells-table")[-1]
    links = re.findall(r'<a href="#claim-(\w+)">([^<]+)</a>', table["text/html"])
    cells = engagement.ladder("2026-05-31", states=STATES, ledger=book)
    told = cells["dated_by"].mask(cells["dated_by"] == "", cells["denied_by"].str[0]).dropna()
    assert sorted(claim for claim, _ in links) == sorted(told)
    assert ("C1054", "26 February 2023, denied") in links and ("C0007", "denied") in links
    assert ("C4001", "held") in links and len(links) > 50
    # The claims stand in the data, not in the heads of the table.
    assert "contact (first coded) claims" in table[MEDIA.format("table")]["table"]
    assert "coded) claims" not in table["text/html"]


def test_heights_follow_steps_undone_and_taken_again(make_book):
    rows = [
        dict(code="COOPERATE", actors="SAU", recipients="IEA", step=step, start=start)
        for step, start in (
            ("mission_open", "2021-11-30"), ("mission_closed", "2023-02-03"),
            ("mission_open", "2024-12-22"), ("contact", "2022-05"),
        )
    ]  # fmt: skip
    cells = engagement.ladder("2025-06-01", ledger=make_book(*rows))
    course = engagement.heights(cells, "2025-06-01")
    assert list(zip(course["day"].dt.strftime("%Y-%m-%d"), course["rungs"], strict=True)) == [
        ("2021-08-15", 0), ("2021-11-30", 1), ("2022-05-31", 2), ("2023-02-03", 1),
        ("2024-12-22", 2), ("2025-06-01", 2),
    ]  # fmt: skip
    assert engagement.heights(cells, "2021-08-01").empty


def test_at_the_end_a_state_stands_as_high_as_the_ladder_says(book):
    for as_of in DATES:
        cells = engagement.ladder(as_of, ledger=book)
        held = cells["status"].isin(["executed", "held from the start"])
        ends = engagement.heights(cells, as_of).groupby("state")["rungs"].last()
        assert ends.to_dict() == held.groupby(cells["state"]).sum().to_dict()


def test_fights_count_happenings_once_whoever_attacked(make_book):
    blow = dict(code="ASSAULT", step="", start="2025-10-11")
    fought = engagement.fights(
        make_book(
            blow | dict(actors="PAK;IEA", recipients="", occurrence_id="x"),
            blow | dict(actors="PAK", recipients="IEA;TTP", occurrence_id="x"),
            blow | dict(actors="IEA", recipients="PAK", start="2025-10-15"),
            blow | dict(actors="PAK", recipients="TTP"),
            blow | dict(actors="PAK", recipients="IEA", modality="alleged"),
            blow | dict(actors="PAK", recipients="IEA", start=""),
        ),
        ["IND", "PAK"],
        "2026-01-01",
    )
    assert fought["state"].tolist() == ["PAK", "PAK"]
    assert fought["claims"].tolist() == [["C0001", "C0002"], ["C0003"]]


def test_india_climbs_while_pakistan_fights(book):
    """The turn since the article's date, as the claims tell it."""
    since, as_of = "2025-06-01", "2026-05-31"
    before, after = (
        engagement.ladder(d, states=["IND", "PAK"], ledger=book) for d in (since, as_of)
    )
    fought = engagement.fights(book, ["IND", "PAK"], as_of)
    turn = engagement.courses(engagement.moved(before, after), fought, ["IND", "PAK"], since)
    rows = turn.set_index("state")
    assert rows.loc["IND", "rungs"] == 2 and rows.loc["IND", "encounters"] == 0
    assert rows.loc["PAK", "encounters"] >= 5 and rows.loc["PAK", "first"] >= "2025-10"
    said = findings.turned(turn, NAMES, since, as_of)
    assert "India took two further rungs, and no armed encounter" in said
    assert all(last_day(date) <= pd.Timestamp(as_of).date() for date in rows["last"] if date)


def test_likeness_counts_what_either_holds_and_contact_not_at_all():
    rows = [
        ("A", "contact", "executed"), ("B", "contact", "executed"), ("C", "contact", "executed"),
        ("A", "delisted", "executed"), ("B", "delisted", "undone"), ("C", "delisted", "not coded"),
        ("A", "recognised", "executed"), ("B", "recognised", "held from the start"),
        ("C", "recognised", "announced"),
        ("D", "delisted", "executed"), ("D", "recognised", "not coded"),
    ]  # fmt: skip
    square = engagement.overlap(pd.DataFrame(rows, columns=["state", "rung", "status"]))
    assert square.loc["A", "B"] == square.loc["B", "A"] == 0.5
    assert square.loc["B", "D"] == 0 and pd.isna(square.loc["A", "A"])
    assert square["C"].isna().all(), "a state without a rung coded as taken is not known, not 0"
    alone = pd.DataFrame([("A", "delisted", "not coded"), ("B", "delisted", "not coded")],
                         columns=["state", "rung", "status"])  # fmt: skip
    assert engagement.overlap(alone).isna().all(axis=None)


def test_recognition_is_the_counter_example_from_july_2025_on(book):
    names = book.prose_names()
    for as_of, expected in (("2025-07-02", False), ("2025-07-03", True)):
        cells = engagement.ladder(as_of, states=["CHN", "RUS", "UZB", "PAK"], ledger=book)
        said = findings.outpaced(cells, engagement.sequences(cells), names, "CHN",
                                 engagement.RUNG_LABELS, as_of)  # fmt: skip
        assert ("recognised (Russia, 3 July 2025; China not by" in said) == expected
        assert expected or said.startswith("On no rung")


def test_a_place_is_never_told_without_its_interval():
    places = pd.DataFrame({"state": ["A", "B"], "place": [1, 2], "low": [1, 1], "high": [2, 2]})
    said = findings.composite(places, "A", ["A", "B", "C"], NAMES)
    assert said == (
        "Aland has place 1 of 2, with an interval from 1 to 2, which overlaps with those of one of "
        "one other; the first place lies within the interval of Aland and Beland. "
        "Celand has no place, since no step is coded for it."
    )
    none = findings.composite(places.iloc[:0], "A", ["A"], NAMES)
    assert none.startswith("Too few states differ")


def test_leading_says_how_little_so_few_states_allow():
    led = pd.DataFrame({"state": ["A", "B", "C"], "place": [1, 2, 2], "place_high": [1, 3, 3],
                        "p": [1 / 3, 1, 1], "p_least": 1 / 3})  # fmt: skip
    said = findings.leading(led, "A", NAMES)
    assert "takes place 1 of three states" in said and "could bring it below 0.33" in said
    assert "one of the places 2 to 3 of three states; first is Aland" in findings.leading(
        led, "B", NAMES
    )
    assert "cannot be tried as a leader" in findings.leading(led.iloc[:0], "A", NAMES)


def test_steps_beside_votes_says_what_cannot_be_known():
    nan = float("nan")
    assert findings.beside(nan, nan, 0, 0, 99).startswith("Steps and votes cannot be held")
    assert "ten pairs known on both do not differ" in findings.beside(nan, nan, 10, 5, 99)
    said = findings.beside(-0.5, 0.01, 10, 5, 999)
    assert "go moderately against each other over ten pairs of five states" in said
    assert findings.beside(-0.5, 0.01, 10, 5, 999, ["Türkiye"]) == (
        said + " Türkiye takes no part: no rung with an order coded as taken, or no vote."
    )
    # Five states can be relabelled in 120 ways only.
    assert "no less than 0.008 could be shown" in said


def test_a_step_undone_had_been_taken_and_what_others_report_had_not():
    cells = pd.DataFrame({"state": list("ABC"), "status": ["executed", "undone", "reported only"]})
    said = findings.climbed(cells, {"A": "Aland", "B": "Beland", "C": "Celand"})
    assert said.startswith("Two of three states listed") and "none is for Celand" in said


EMPTY = pd.DataFrame({"state": ["A"], "day": pd.to_datetime(["2021-08-15"]), "rungs": [0]})
WORDS = dict(name="x", title="T", source="S")


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: figures.step_panels(EMPTY, ["A"], NAMES, 8, **WORDS),
        lambda: figures.share_panels(pd.DataFrame(), pd.DataFrame(), {}, "2021-08-15", **WORDS),
        lambda: figures.rank_intervals(pd.DataFrame(), NAMES, **WORDS),
        lambda: figures.score_dots(pd.DataFrame(), NAMES, "A", axis="", **WORDS),
        lambda: figures.pair_scatter(pd.DataFrame(), NAMES, "A", across="x", up="y", **WORDS),
    ],
)
def test_nothing_to_draw_is_a_statement(drawn):
    assert isinstance(drawn(), Finding)


def test_a_rank_plot_gives_every_place_its_interval_in_words():
    places = pd.DataFrame({"state": ["B", "A"], "place": [2, 1], "low": [1, 1], "high": [2, 1]})
    drawn = figures.rank_intervals(places, NAMES, mark="A", **WORDS)
    assert "Aland 1 (1 to 1) and Beland 2 (1 to 2)" in drawn.alt
