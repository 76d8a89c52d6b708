"""Votes of the Assembly: published tallies, votes and agreement, the break, days and states."""

from __future__ import annotations

import pandas as pd
import pytest
from conftest import ROOT

from analysis import agreement, tables, votes

TODAY = "2025-06-01"


@pytest.fixture(scope="module")
def calls():
    return tables.load("unga_roll_calls", ROOT).set_index("roll_call")


@pytest.fixture(scope="module")
def last():
    """Ballots of all embedded states in session 78."""
    return votes.ballots(votes.states(ROOT), [78], TODAY, ROOT)


@pytest.mark.parametrize(
    ("roll_call", "tally", "letters"),
    [
        # 68/262, territorial integrity of Ukraine (cryer.org.uk).
        (68061, [100, 58, 11], {}),
        # 74/9, 75/90 and 77/10 on Afghanistan (UN press GA/12219, GA/12298; UzDaily; Dawn).
        (74082, [137, 2, 0], {"RUS": "a"}),
        (75042, [130, 3, 1], {"RUS": "n", "CHN": "a", "PAK": "a", "UZB": "y"}),
        (77052, [116, 10, 0], {"PAK": "a", "CHN": "a", "RUS": "a", "IRN": "y"}),
    ],
)
def test_published_tallies_and_votes(calls, roll_call, tally, letters):
    call = calls.loc[roll_call]
    assert call[["yes", "abstain", "no"]].tolist() == tally
    assert call[list(letters)].to_dict() == letters


def test_the_press_tells_of_the_vote_after_the_archive_s_end():
    told = votes.on_afghanistan(votes.states(ROOT), "2025-12-31", ROOT)
    told = told[told["evidence"] == "press"].set_index("state")["vote"]
    said = {"USA": "no", "CHN": "abstain", "IND": "abstain", "IRN": "abstain", "RUS": "abstain"}
    assert told[told != ""].to_dict() == said


@pytest.mark.parametrize(("session", "absent_pct"), [(74, 5), (77, 28), (78, 48)])
def test_how_often_the_republic_s_seat_was_empty(calls, session, absent_pct):
    """Published by the founders of the suite, computed apart from it, to the whole percent."""
    seat = calls.loc[calls["session"] == session, "AFG"]
    assert 100 * (seat == "").mean() == pytest.approx(absent_pct, abs=0.5)


def test_published_agreement_and_what_absence_counted_as_abstention_would_make_of_it(calls, last):
    def lijphart(ballots):
        return agreement.measures(agreement.counts(ballots))["lijphart"].iloc[0]

    both = last[last["state"].isin(["AFG", "USA"])]
    assert lijphart(both) == pytest.approx(0.289, abs=5e-4)
    seats = calls.loc[calls["session"] == 78, ["AFG", "USA"]].replace("", "a")
    filled = seats.reset_index().melt("roll_call", var_name="state", value_name="letter")
    filled = filled.assign(session=78, vote=filled["letter"].map(votes.CODES))
    assert lijphart(filled) == pytest.approx(0.408, abs=5e-4)


def test_ballots_are_the_cells_of_the_table(calls, last):
    assert len(last) == (calls.loc[calls["session"] == 78, votes.states(ROOT)] != "").sum().sum()
    one = last[last["roll_call"] == last["roll_call"].iloc[0]]
    call = calls.loc[one["roll_call"].iloc[0]]
    assert dict(zip(one["state"], one["vote"], strict=True)) == {
        state: votes.CODES[call[state]] for state in one["state"]
    }
    assert one["is_split"].unique() == [sum(call[["yes", "abstain", "no"]] > 0) > 1]


def test_a_state_without_embedded_votes_has_none(last):
    assert votes.ballots(["PAK", "IEA"], [78], TODAY, ROOT)["state"].unique() == ["PAK"]
    assert votes.ballots(["IEA"], [78], TODAY, ROOT).empty
    assert votes.ballots(["PAK"], [], TODAY, ROOT).empty
    assert votes.partners(last, "IEA").empty
    # The archive has two votes of Türkiye in session 78, which are left out.
    assert "TUR" not in set(last["state"]) | set(votes.partners(last, "PAK")["partner"])
    assert votes.on_afghanistan(["IEA"], TODAY, ROOT).empty


def test_nothing_is_known_before_its_day():
    assert votes.sessions("1980-01-01", root=ROOT) == []
    assert votes.sessions("2022-11-10", root=ROOT) == [76, 77]
    before, after = (
        votes.ballots(["PAK"], [77], day, ROOT)["roll_call"] for day in ("2022-11-09", "2022-11-10")
    )
    assert 77052 not in set(before) and 77052 in set(after)
    # A month without days counts from its end.
    assert votes.ballots(["PAK"], [46], "1991-10-30", ROOT).empty
    assert not votes.ballots(["PAK"], [46], "1991-10-31", ROOT).empty
    assert set(votes.on_afghanistan(["PAK"], "2020-12-31", ROOT)["session"]) == {73, 74, 75}


@pytest.mark.parametrize("day", ["2021-08-31", "2021-12-31", "2025-06-01"])
def test_sessions_never_cross_the_break(day):
    found = votes.sessions(day, root=ROOT)
    assert len({session >= votes.BREAK for session in found}) == 1


def test_partners_stand_in_order_with_their_intervals():
    sessions = votes.sessions(TODAY, root=ROOT)
    ballots = votes.ballots(votes.states(ROOT), sessions, TODAY, ROOT)
    found = votes.partners(ballots, "PAK", draws=100)
    assert found["value"].is_monotonic_decreasing and len(found) == 21
    assert found["value"].between(found["low"], found["high"]).all()
    pooled = agreement.measures(agreement.counts(ballots.assign(session="all")))
    mine = pooled[(pooled["a"] == "PAK") | (pooled["b"] == "PAK")]
    by_partner = mine.set_index(mine["a"].where(mine["b"] == "PAK", mine["b"]))
    assert found["value"].tolist() == by_partner.loc[found["partner"], "kappa_linear"].tolist()
    assert found["n"].tolist() == by_partner.loc[found["partner"], "n"].tolist()
    again = votes.partners(ballots, "PAK", draws=100)
    pd.testing.assert_frame_equal(found, again)
    both = votes.ballots(["PAK", "CHN"], [75, 76], TODAY, ROOT)
    with pytest.raises(ValueError, match="75 to 76 cross session 76"):
        votes.partners(both, "PAK")
