"""The ladder, by hand on small ledgers; what holds for any ledger, on the real one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import ladder
from analysis.ladder import ANNOUNCED, EXECUTED, HELD, NOT_APPLICABLE, NOT_CODED, REPORTED, UNDONE
from analysis.prose import regional_alignment as prose

DAY = "2025-06-01"


def step(name, start, actors="CHN", recipients="IEA", **more):
    return (
        dict(code="COOPERATE", actors=actors, recipients=recipients, step=name, start=start) | more
    )


def kept(state):
    return step("mission_open", "../2021-08-15", state, kind="tie", code="maintains_missions_in")


def meeting(start, actors="PAK;IEA", **more):
    return step("contact", start, actors, "", code="CONSULT") | more


def cell(book, state, rung, as_of=DAY):
    cells = ladder.cells(book, as_of, states=[state])
    return cells[cells["rung"] == rung].iloc[0]


def places(book, rung):
    order = ladder.order(ladder.cells(book, DAY))
    mine = order[order["rung"] == rung]
    return {r["state"]: (r["place"], r["place_high"]) for r in mine.to_dict("records")}


def headline(book, leader, as_of=DAY):
    cells = ladder.cells(book, as_of)
    return prose.headline(book, cells, ladder.order(cells), leader, as_of)


def test_announced_is_not_executed(make_book):
    book = make_book(step("ambassador_sent", "2025-05-30", modality="planned"))
    found = cell(book, "CHN", "ambassador_sent")
    assert (found["status"], found["first_text"]) == (ANNOUNCED, "2025-05-30")
    cells = ladder.cells(book, DAY)
    assert ladder.order(cells).empty and ladder.held(cells).sum() == 0
    assert ladder.pending(cells)[["state", "rung"]].values.tolist() == [["CHN", "ambassador_sent"]]


def test_execution_wins_over_announcement_and_keeps_its_own_date(make_book):
    book = make_book(
        step("ambassador_sent", "2025-01-01", modality="planned"),
        step("ambassador_sent", "2025-03"),
        step("ambassador_sent", "2025-03-05"),
    )
    found = cell(book, "CHN", "ambassador_sent")
    assert (found["status"], found["first_text"]) == (EXECUTED, "2025-03-05")
    assert found["claims"] == ["C0002", "C0003"] and found["dated_by"] == "C0003"


def test_what_others_say_is_reported_only(make_book):
    book = make_book(step("charge_accepted", "2023-10", modality="alleged", speaker="IEA"))
    assert cell(book, "CHN", "charge_accepted")["status"] == REPORTED


def test_a_mission_that_never_closed_was_held_from_the_start(make_book):
    assert cell(make_book(kept("CHN")), "CHN", "mission_open")["status"] == HELD
    closed = step("mission_closed", "2023-02", code="SANCTION")
    found = cell(make_book(kept("CHN"), closed), "CHN", "mission_open")
    assert found["status"] == UNDONE and str(found["until"].date()) == "2023-02-28"
    again = step("mission_open", "2024-12-22")
    found = cell(make_book(kept("CHN"), closed, again), "CHN", "mission_open")
    assert found["status"] == HELD and str(found["again"].date()) == "2024-12-22"


def test_there_is_nothing_to_lift_without_a_ban(make_book):
    assert cell(make_book(meeting("2022")), "PAK", "delisted")["status"] == NOT_APPLICABLE
    ban = step("listed", "2003", code="SANCTION", recipients="TAL")
    assert cell(make_book(ban), "CHN", "delisted")["status"] == NOT_CODED
    lifted = step("delisted", "2004")
    assert cell(make_book(lifted, ban | {"start": "2005"}), "CHN", "delisted")["status"] == EXECUTED


def test_a_mediator_and_an_outlook_take_no_step(make_book):
    book = make_book(
        meeting("2025-05-21", mediators="CHN"),
        step("recognised", "2025-05-21", kind="outlook", modality="expected"),
        step("recognised", "2025-05-21", modality="denied"),
    )
    assert cell(book, "CHN", "contact")["status"] == NOT_CODED
    assert cell(book, "CHN", "recognised")["status"] == NOT_CODED
    assert cell(book, "PAK", "contact")["status"] == EXECUTED


def test_places_are_ranges_where_a_date_is_only_a_bound(make_book):
    book = make_book(
        step("embassy_handed_over", "2022-04-09", "RUS"),
        step("embassy_handed_over", "../2024-02-05", "CHN"),
        step("embassy_handed_over", "2024-02-02", "UZB"),
    )
    assert places(book, "embassy_handed_over") == {"RUS": (1, 2), "UZB": (2, 3), "CHN": (1, 3)}
    held = make_book(kept("CHN"), kept("RUS"), step("mission_open", "2022-06-23", "IND"))
    assert places(held, "mission_open") == {"CHN": (1, 1), "RUS": (1, 1), "IND": (3, 3)}
    text = prose.order(book, ladder.order(ladder.cells(book, DAY)), "RUS")
    assert text.startswith("Russia was the first on none of these steps. The dates leave open")


def test_heights_rise_fall_and_rise_again(make_book):
    book = make_book(
        kept("CHN"), step("mission_closed", "2023-02-01", code="SANCTION"),
        step("mission_open", "2024-12-22"), step("ambassador_sent", "2025-01-02"),
    )  # fmt: skip
    course = ladder.heights(ladder.cells(book, DAY, states=["CHN"]), DAY)
    assert course["rungs"].tolist() == [1, 0, 1, 2, 2]
    assert course["day"].dt.strftime("%Y-%m-%d").tolist()[::4] == [ladder.FALL, DAY]


@pytest.mark.parametrize(
    ("state", "rung", "as_of", "status", "text"),
    [
        ("RUS", "recognised", "2025-07-02", NOT_CODED, ""),
        ("RUS", "recognised", "2025-07-03", EXECUTED, "2025-07-03"),
        ("PAK", "delisted", "2026-05-31", NOT_APPLICABLE, ""),
        ("PAK", "ambassador_sent", "2025-06-01", ANNOUNCED, "2025-06-01"),
        ("PAK", "ambassador_sent", "2025-08-31", EXECUTED, "2025-08-08"),
        ("CHN", "ambassador_sent", "2025-06-01", EXECUTED, "2023-09-13"),
    ],
)
def test_named_steps_of_the_frozen_ladder(book, state, rung, as_of, status, text):
    found = cell(book, state, rung, as_of)
    assert (found["status"], found["first_text"]) == (status, text)


@settings(max_examples=4, deadline=None)
@given(day=st.dates())
def test_every_dated_cell_stands_on_claims_of_its_state(live, day):
    claims = live.rows.set_index("claim_id")
    for row in ladder.cells(live, day.isoformat()).to_dict("records"):
        assert bool(row["claims"]) == (row["status"] not in (NOT_CODED, NOT_APPLICABLE))
        for claim in row["claims"]:
            assert claims.at[claim, "step"] == row["rung"]
            sides = f"{claims.at[claim, 'actors']};{claims.at[claim, 'recipients']}"
            assert row["state"] in sides.split(";")
            assert claims.at[claim, "day"].date() <= day


def test_what_moved_names_what_it_was(book):
    before, after = ladder.cells(book, "2025-06-01"), ladder.cells(book, "2026-05-31")
    moved = ladder.moved(before, after)
    assert moved[["state", "rung", "was"]].values.tolist() == [
        ["PAK", "ambassador_sent", ANNOUNCED],
        ["RUS", "recognised", NOT_CODED],
    ]
    text = prose.moved(book, moved, "2025-06-01", "2026-05-31")
    assert text == "Two cells changed between 1 June 2025 and 31 May 2026."


def test_what_was_published_later_is_not_known(book):
    early = ladder.cells(book, "2026-05-31", "2025-06-01", ["RUS"]).set_index("rung")
    assert early.loc["recognised", "status"] == NOT_CODED


@pytest.mark.parametrize("call", [ladder.cells, ladder.measures, ladder.meetings])
def test_what_is_no_state_is_refused(book, call):
    with pytest.raises(ValueError, match="states has 'PKA'.*did you mean 'PAK'"):
        call(book, DAY, states=["CHN", "PKA"])
    with pytest.raises(ValueError, match="states has 'TTP'"):
        call(book, DAY, states=["TTP"])
    with pytest.raises(ValueError, match="as_of is '2025-06'"):
        call(book, "2025-06")


def test_who_says_that_it_was_not_so_is_heard(make_book):
    handed = step("embassy_handed_over", "2023-02-26", occurrence_id="handed")
    book = make_book(
        step("recognised", "2023-04-17", modality="denied", claim_id="D1"),
        handed | {"claim_id": "A1"},
        handed | {"claim_id": "D2", "modality": "denied"},
        step("charge_accepted", "2022-05-01", modality="denied", claim_id="D3"),
        step("charge_accepted", "2023-05-01", claim_id="A2"),
    )
    cells = ladder.cells(book, DAY, states=["CHN"])
    found = cells.set_index("rung")
    assert found.loc["recognised", ["status", "denied_by"]].tolist() == [NOT_CODED, ["D1"]]
    assert found.loc["embassy_handed_over", ["status", "denied_by"]].tolist() == [EXECUTED, ["D2"]]
    assert found.loc["charge_accepted", "denied_by"] == [], "an earlier no, not of this occurrence"
    shown = ladder.table(book, cells).iloc[0]
    assert (shown["recognised"], shown["recognised claims"]) == ("denied", ["D1"])
    assert shown["embassy handed over"] == "26 February 2023, denied"
    assert shown["embassy handed over claims"] == ["A1", "D2"]
    texts = ladder.tiles(cells).set_index("rung")["text"]
    assert texts["embassy_handed_over"] == "2023-02\ndenied" and texts["recognised"] == "denied"


def test_cells_on_one_source_are_counted(make_book):
    sent = step("ambassador_sent", "2023-09-13")
    papers = {"dawn": {"wire": "AFP"}, "geo": {"wire": "AFP"}, "own": {}}
    book = make_book(
        *(sent | {"source_id": name} for name in ("dawn", "geo")),
        *(sent | {"source_id": name, "actors": "UZB"} for name in ("dawn", "own")),
        sources=papers,
    )
    thin = ladder.thin(ladder.cells(book, DAY))
    assert thin.values.tolist() == [["ambassador_sent", 2, 1]]
    assert prose.thin(thin) == "One of two cells rests on one independent source."


def test_a_meeting_is_one_row_however_many_tell_it(make_book):
    book = make_book(
        meeting("2025-05-21", mediators="CHN", mode="multilateral", occurrence_id="beijing"),
        meeting("2025-05-21", mediators="CHN", mode="multilateral", occurrence_id="beijing"),
        meeting("2025-10", "RUS;IND;IEA", mode="visit"),
        meeting("2025-01-08", "IND;IEA"),
        meeting("2024-01-01", "CHN;IEA", modality="planned"),
        meeting("", "CHN;IEA"),
    )
    found = ladder.meetings(book, "2025-10-31")
    assert found[["start", "states", "mediators", "form"]].values.tolist() == [
        ["2025-10", ["RUS", "IND"], [], "visit"],
        ["2025-05-21", ["PAK"], ["CHN"], "multilateral"],
        ["2025-01-08", ["IND"], [], ""],
    ], "what is planned or undated is no meeting"
    assert len(ladder.meetings(book, DAY, states=["IND"])) == 1, "October was not over"
    assert ladder.meetings(book, DAY, states=["CHN"]).empty


def test_measures_leave_out_rungs_crossings_and_cease_fires(make_book):
    book = make_book(
        step("energy_agreed", "2023-01-05"),
        step("energy_cancelled", "2025-06-17", "IEA", "CHN", code="SANCTION"),
        step("trade_preference", "2024-10-24", modality="planned"),
        step("crossing_opened", "2025-03-19", "PAK;IEA", ""),
        step("ceasefire_agreed", "2025-03-19", "PAK;IEA", ""),
        step("ambassador_sent", "2023-09-13"),
    )
    for as_of, status in ((DAY, EXECUTED), ("2025-06-17", UNDONE)):
        found = ladder.measures(book, as_of)
        assert found[["state", "step", "status"]].values.tolist() == [
            ["CHN", "trade_preference", ANNOUNCED],
            ["CHN", "energy_agreed", status],
        ]


def test_a_ban_ends_where_it_is_lifted_and_a_sanction_has_no_end(make_book):
    ban = step("listed", "2003", "RUS", "TAL", code="SANCTION")
    book = make_book(
        ban,
        ban | {"actors": "TJK", "start": "2006-03-30"},
        step("delisted", "2025-04-17", "RUS", code="CONCEDE"),
        step("", "2022-02-11", "USA", code="SANCTION"),
        step("", "2025-07-08", "ICC", code="SANCTION"),
        step("mission_closed", "2021-08-17", "IND", code="SANCTION"),
        step("", "", "PAK", code="SANCTION"),
    )
    found = ladder.sanctions(book, "2025-12-31")
    assert found[["by", "is_ban", "lifted"]].values.tolist() == [
        [["RUS"], True, "2025-04-17"],
        [["TJK"], True, ""],
        [["USA"], False, ""],
        [["ICC"], False, ""],
    ]
    text = prose.sanctions(book, found)
    assert text == "Bans in force: Tajikistan; bans lifted or suspended: Russia."


def test_the_headline_says_who_was_first_and_who_recognised(book):
    assert headline(book, "CHN") == (
        "China was the first to send an ambassador to Kabul (13 September 2023). By 1 June 2025 it "
        "had taken two of the eight steps from first contact to recognition. No state had "
        "recognised the Taliban authorities."
    )
    assert headline(book, "NOR") == (
        "By 1 June 2025 no step of Norway towards the Taliban authorities is coded. No state had "
        "recognised the Taliban authorities."
    )
    late = "2025-12-31"
    assert headline(book, "CHN", late).endswith(
        "Russia alone had recognised the Taliban authorities."
    )
    assert headline(book, "RUS", late).endswith("No other state had recognised them.")


def test_a_caption_says_what_is_not_coded(make_book):
    cells = ladder.cells(make_book(kept("CHN")), DAY, states=["CHN", "NOR"])
    text = prose.tiles(make_book(kept("CHN")), cells)
    assert (
        text
        == "One of two states has a step coded as taken; none is for Norway, which is not a “no”."
    )
