"""The ladder, by hand and against the real claims."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import engagement
from analysis.engagement import (
    ANNOUNCED,
    EXECUTED,
    HELD,
    NOT_APPLICABLE,
    NOT_CODED,
    REPORTED,
    UNDONE,
)

DAY = "2025-06-01"


def step(name, start, actors="CHN", recipients="IEA", **more):
    return (
        dict(code="COOPERATE", actors=actors, recipients=recipients, step=name, start=start) | more
    )


def cell(book, state, rung, as_of=DAY, **terms):
    cells = engagement.ladder(as_of, states=[state], **terms, ledger=book)
    return cells[cells["rung"] == rung].iloc[0]


def test_announced_is_not_executed(make_book):
    book = make_book(step("ambassador_sent", "2025-05-30", modality="planned"))
    found = cell(book, "CHN", "ambassador_sent")
    assert (found["status"], found["first_text"]) == (ANNOUNCED, "2025-05-30")
    assert engagement.sequences(engagement.ladder(DAY, ledger=book)).empty


def test_execution_wins_over_announcement_and_keeps_its_own_date(make_book):
    book = make_book(
        step("ambassador_sent", "2025-01-01", modality="planned"),
        step("ambassador_sent", "2025-03"),
        step("ambassador_sent", "2025-03-05"),
    )
    found = cell(book, "CHN", "ambassador_sent")
    assert (found["status"], found["first_text"]) == (EXECUTED, "2025-03-05")
    assert found["claims"] == ["C0002", "C0003"]


def test_what_others_say_is_reported_only(make_book):
    book = make_book(step("charge_accepted", "2023-10", modality="alleged", speaker="IEA"))
    assert cell(book, "CHN", "charge_accepted")["status"] == REPORTED


def test_a_mission_that_never_closed_was_held_from_the_start(make_book):
    kept = step("mission_open", "../2021-08-15", kind="tie", code="maintains_missions_in")
    assert cell(make_book(kept), "CHN", "mission_open")["status"] == HELD
    closed = step("mission_closed", "2023-02", code="SANCTION")
    found = cell(make_book(kept, closed), "CHN", "mission_open")
    assert found["status"] == UNDONE and str(found["until"].date()) == "2023-02-28"
    again = step("mission_open", "2024-12-22")
    found = cell(make_book(kept, closed, again), "CHN", "mission_open")
    assert found["status"] == HELD and str(found["again"].date()) == "2024-12-22"


def test_there_is_nothing_to_delist_without_a_listing(make_book):
    assert cell(make_book(step("contact", "2022")), "CHN", "delisted")["status"] == NOT_APPLICABLE
    listed = step("listed", "2003", code="SANCTION", recipients="TAL")
    assert cell(make_book(listed), "CHN", "delisted")["status"] == NOT_CODED


def test_a_mediator_and_an_outlook_take_no_step(make_book):
    book = make_book(
        step("contact", "2025-05-21", actors="PAK;IEA", recipients="", mediators="CHN"),
        step("recognised", "2025-05-21", kind="outlook", modality="expected"),
        step("recognised", "2025-05-21", modality="denied"),
    )
    assert cell(book, "CHN", "contact")["status"] == NOT_CODED
    assert cell(book, "CHN", "recognised")["status"] == NOT_CODED
    assert cell(book, "PAK", "contact")["status"] == EXECUTED


def test_a_state_without_a_step_is_an_empty_row(make_book):
    cells = engagement.ladder(DAY, states=["NOR", "CHN"], ledger=make_book(step("contact", "2022")))
    empty = cells[cells["state"] == "NOR"]
    assert set(empty["status"]) == {NOT_CODED, NOT_APPLICABLE} and len(empty) == 8
    assert empty["first"].isna().all()


def test_a_date_before_any_step_gives_an_empty_ladder(book):
    cells = engagement.ladder("1990-01-01", states=["PAK", "CHN"], ledger=book)
    assert cells["first"].isna().all()
    assert engagement.sequences(cells).empty


def test_places_are_ranges_where_a_date_is_only_a_bound(make_book):
    book = make_book(
        step("embassy_handed_over", "2022-04-09", actors="RUS"),
        step("embassy_handed_over", "../2024-02-05", actors="CHN"),
        step("embassy_handed_over", "2024-02-02", actors="UZB"),
    )
    order = engagement.sequence(engagement.ladder(DAY, ledger=book), "embassy_handed_over")
    places = {r["state"]: (r["place"], r["place_high"]) for r in order.to_dict("records")}
    assert places == {"RUS": (1, 2), "UZB": (2, 3), "CHN": (1, 3)}


def test_the_order_is_told_with_whole_places_even_where_a_rung_is_empty(book):
    cells = engagement.ladder(DAY, states=["CHN", "RUS", "UZB"], ledger=book)
    told = engagement.in_order(engagement.sequences(cells), book.short_names())
    texts = dict(zip(told["rung"], told["states"], strict=True))
    assert "recognised" not in texts and not any("contact" in rung for rung in texts)
    assert texts["ambassador sent"] == "1. China 13 September 2023; 2. Uzbekistan 20 November 2024"
    assert texts["mission open"].startswith("1. China held from the start; 1. Russia held")


def test_those_who_held_a_rung_from_the_start_share_the_first_place(make_book):
    rows = [
        step("mission_open", "../2021-08-15", kind="tie", code="maintains_missions_in", actors=a)
        for a in ("CHN", "RUS")
    ]
    order = engagement.sequence(
        engagement.ladder(
            DAY, ledger=make_book(*rows, step("mission_open", "2022-06-23", actors="IND"))
        ),
        "mission_open",
    )
    assert order["place"].tolist() == [1, 1, 3] == order["place_high"].tolist()


@pytest.mark.parametrize(
    ("state", "rung", "as_of", "status", "text"),
    [
        ("RUS", "recognised", "2025-07-02", NOT_CODED, ""),
        ("RUS", "recognised", "2025-07-03", EXECUTED, "2025-07-03"),
        ("RUS", "delisted", "2025-06-01", EXECUTED, "2025-04-17"),
        ("KAZ", "delisted", "2025-06-01", EXECUTED, "2023-12-29"),
        ("TJK", "delisted", "2026-05-31", NOT_CODED, ""),
        ("PAK", "delisted", "2026-05-31", NOT_APPLICABLE, ""),
        ("PAK", "ambassador_sent", "2025-06-01", ANNOUNCED, "2025-05-30"),
        ("PAK", "ambassador_sent", "2025-08-31", EXECUTED, "2025-08-08"),
        ("CHN", "ambassador_sent", "2025-06-01", EXECUTED, "2023-09-13"),
        ("CHN", "mission_open", "2021-08-31", HELD, "../2021-08-15"),
        ("SAU", "mission_open", "2024-06-01", UNDONE, "2021-11-30"),
        ("SAU", "mission_open", "2025-06-01", EXECUTED, "2021-11-30"),
        ("UZB", "mission_open", "2025-06-01", ANNOUNCED, "2021-08-17"),
        ("QAT", "ambassador_sent", "2026-05-31", EXECUTED, "2025-11-25"),
    ],
)
def test_named_steps_of_the_real_ladder(book, state, rung, as_of, status, text):
    found = cell(book, state, rung, as_of)
    assert (found["status"], found["first_text"]) == (status, text)


@settings(max_examples=20, deadline=None)
@given(day=st.dates())
def test_every_dated_cell_stands_on_claims_of_its_state(day):
    from conftest import ROOT

    from analysis import ledger

    book = ledger.load(ROOT)
    claims = book.claims.set_index("claim_id")
    for row in engagement.ladder(day.isoformat(), ledger=book).to_dict("records"):
        assert bool(row["claims"]) == (row["status"] not in (NOT_CODED, NOT_APPLICABLE))
        for claim in row["claims"]:
            assert claims.at[claim, "step"] == row["rung"]
            sides = f"{claims.at[claim, 'actors']};{claims.at[claim, 'recipients']}"
            assert row["state"] in sides.split(";")
            assert claims.at[claim, "day"].date() <= day


def test_what_changed_names_both_states(book):
    before = engagement.ladder("2025-06-01", states=["RUS", "PAK"], ledger=book)
    after = engagement.ladder("2026-05-31", states=["RUS", "PAK"], ledger=book)
    changed = engagement.moved(before, after).set_index(["state", "rung"])
    assert changed.loc[("RUS", "recognised"), "was"] == NOT_CODED
    assert changed.loc[("PAK", "ambassador_sent"), "was"] == ANNOUNCED


def test_the_ladder_of_the_seeds_needs_a_date_only(book):
    assert engagement.ladder("2025-06-01").equals(engagement.ladder("2025-06-01", ledger=book))
    early = engagement.ladder("2026-05-31", "2025-06-01", ["RUS"]).set_index("rung")
    assert early.loc["recognised", "status"] == "not coded", "what was published later is not known"


@pytest.mark.parametrize("call", [engagement.ladder, engagement.index])
def test_what_is_no_state_is_refused(call, book):
    with pytest.raises(ValueError, match="no state 'PKA' in actors.csv; did you mean 'PAK'"):
        call("2025-06-01", states=["CHN", "PKA"], ledger=book)
    with pytest.raises(ValueError, match="no state 'TTP'"):
        call("2025-06-01", states=["TTP"], ledger=book)
    with pytest.raises(ValueError, match="as_of is '2025-06'"):
        call("2025-06", ledger=book)


def test_who_says_that_it_was_not_so_is_heard(make_book):
    rows = [
        step("recognised", "2023-04-17", modality="denied", claim_id="D1"),
        step("embassy_handed_over", "2023-02-26", occurrence_id="handed", claim_id="A1"),
        step("embassy_handed_over", "2023-02-26", modality="denied", occurrence_id="handed",
             claim_id="D2"),
        step("charge_accepted", "2022-05-01", modality="denied", claim_id="D3"),
        step("charge_accepted", "2023-05-01", claim_id="A2"),
    ]  # fmt: skip
    cells = engagement.ladder(DAY, ledger=make_book(*rows)).set_index("rung")
    assert cells.loc["recognised", "status"] == "not coded"
    assert cells.loc["recognised", "denied_by"] == ["D1"]
    assert cells.loc["embassy_handed_over", ["status", "denied_by"]].tolist() == [
        "executed",
        ["D2"],
    ]
    assert cells.loc["charge_accepted", "denied_by"] == [], "an earlier no, not of this happening"
    state = cells["state"].iloc[0]
    shown = engagement.dated(cells.reset_index(), {state: "A"}).iloc[0]
    assert (shown["recognised"], shown["recognised claims"]) == ("denied", ["D1"])
    assert shown["embassy handed over"] == "26 February 2023, denied"
    assert shown["embassy handed over claims"] == ["A1", "D2"]
    texts = engagement.tiles(cells.reset_index()).set_index("column")["text"]
    assert texts["embassy_handed_over"] == "2023-02\ndenied" and texts["recognised"] == "denied"
