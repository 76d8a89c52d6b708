"""Votes of the General Assembly: embedded tables, what a report asks of them, published figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, SHARED
from test_tables import spoil

from analysis import agreement, tables, votes

ARCHIVE = SHARED / "data" / "unga" / "unga_votes_all_s1_78.parquet"
LISTING = SHARED / "data" / "unga" / "unga_rollcalls_s46_78.csv.gz"
needs_archive = pytest.mark.skipif(
    not ARCHIVE.exists(), reason="every recorded vote lies in ../shared/data/unga"
)
TODAY = "2025-06-01"


@pytest.fixture(scope="module")
def cast():
    """Ballots of all 22 states in the three sessions before the article's date."""
    return votes.ballots(votes.states(ROOT), votes.sessions(TODAY, root=ROOT), TODAY, ROOT)


@needs_archive
def test_all_pairs_of_all_states_in_all_sessions():
    held = pd.read_parquet(ARCHIVE).rename(columns={"resid": "roll_call", "ccode": "state"})
    found = agreement.counts(held)
    assert len(held) == 855_887
    assert (found["n"] > 0).sum() == 889_841
    last = found[(found["session"] == 78) & (found["a"] == 2) & (found["b"] == 700)].iloc[0]
    assert last[["yy", "ay", "ny", "n"]].tolist() == [10, 6, 29, 45]


@needs_archive
def test_tallies_equal_those_the_archive_lists():
    listed = pd.read_csv(LISTING).rename(columns={"resid": "roll_call"}).set_index("roll_call")
    ours = tables.load("unga_roll_calls", ROOT).set_index("roll_call")
    listed = listed.loc[list(ours.index)]
    for tally in ("yes", "abstain", "no"):
        assert ours[tally].tolist() == listed[tally].tolist()
    assert len(ours) == len(listed) == 2494
    exact = (ours["day"] != "").to_numpy()
    assert ours.loc[exact, "session"].min() == 58
    assert ours.loc[exact, "day"].tolist() == listed.loc[exact, "date"].tolist()


def test_one_embedded_table_follows_from_another():
    pairs = tables.load("unga_pairs", ROOT)
    every = list(range(46, 79))
    held = votes.ballots(votes.states(ROOT), every, "9999", ROOT)
    counted = agreement.counts(held)[list(pairs.columns)]
    assert counted.to_numpy().tolist() == pairs.to_numpy().tolist()
    states = tables.load("unga_states", ROOT).set_index(["session", "state"])
    tally = held.groupby(["session", "state", "vote"]).size().unstack(fill_value=0)
    some = states.loc[tally.index]
    for code, word in ((1, "yes"), (2, "abstain"), (3, "no")):
        assert some[word].tolist() == tally[code].tolist()
    assert (states[["yes", "abstain", "no", "absent"]].sum(axis=1) == states["roll_calls"]).all()


def test_the_traps_of_the_archive_are_repaired():
    states = tables.load("unga_states", ROOT).set_index(["session", "state"])
    assert (78, "TUR") not in states.index and states.loc[(77, "TUR"), "absent"] == 3
    # Admitted in March 1992, so not absent from the session's autumn.
    assert states.loc[(46, "UZB"), "roll_calls"] < states.loc[(46, "PAK"), "roll_calls"] == 75
    calls = tables.load("unga_roll_calls", ROOT)
    assert set(calls.loc[calls["session"] == 78, "month"].str[:4]) == {"2023", "2024"}
    assert calls["month"].max() == "2024-06"
    one = calls[calls["roll_call"] == 78085].iloc[0]
    # Three states at the end of the alphabet bear the day of the roll call next to it.
    assert one["day"] == "2023-12-22"


@pytest.mark.parametrize(
    ("session", "state", "absent_pct"),
    [(74, "AFG", 5.5), (77, "AFG", 28.4), (78, "AFG", 48.3), (76, "TKM", 22.1), (77, "TKM", 29.5)],
)
def test_named_absences(session, state, absent_pct):
    found = votes.absences([state], [session], TODAY, ROOT)
    assert found["absent_pct"].round(1).tolist() == [absent_pct]


def test_the_republic_only_ever_voted_yes_in_session_78():
    row = tables.load("unga_states", ROOT).set_index(["session", "state"]).loc[(78, "AFG")]
    assert row[["yes", "abstain", "no", "absent"]].tolist() == [45, 0, 0, 42]


def test_positions_have_the_united_states_above_china():
    placed = tables.load("unga_states", ROOT).pivot(
        index="session", columns="state", values="position"
    )
    assert (placed["USA"] > placed["CHN"]).all() and (placed["USA"] > 1).all()


def test_every_published_figure_within_the_archive_s_reach_is_reproduced():
    panel = votes.panel(votes.prose_names(), ROOT)
    assert len(panel) >= 30 and panel["holds"].sum() >= 26
    assert panel["holds"].fillna(True).all()
    later = panel[panel["holds"].isna()]
    assert later["what"].str.contains("2025").all() and (later["measured"] == "").all()


@pytest.mark.parametrize(
    ("table", "key", "column", "value", "broken"),
    [
        ("unga_roll_calls", {"roll_call": 75042}, "RUS", "a", {"P11"}),
        ("unga_roll_calls", {"roll_call": 74082}, "yes", "136", {"P04"}),
        ("unga_states", {"session": 78, "state": "AFG"}, "absent", "40", {"P32"}),
        ("unga_pairs", {"session": 78, "a": "AFG", "b": "USA"}, "yn", "25", {"P33"}),
        ("unga_published", {"published_id": "P15"}, "value", "117", {"P15"}),
    ],
)
def test_one_altered_cell_makes_its_row_fail_and_no_other(
    project, table, key, column, value, broken
):
    frame = tables.load(table, project)
    at = np.logical_and.reduce([frame[name] == wanted for name, wanted in key.items()])
    spoil(project, table, int(np.flatnonzero(at)[0]) + 2, column, value)
    panel = votes.panel(votes.prose_names(), project)
    assert set(panel.loc[panel["holds"].eq(False).fillna(False), "published_id"]) == broken


def test_sessions_never_cross_the_break_and_follow_the_day(cast):
    assert votes.sessions("2022-11-30", root=ROOT) == [76, 77]
    early = votes.ballots(["PAK", "CHN"], [77], "2022-11-30", ROOT)
    assert 0 < early["roll_call"].nunique() < 88
    with pytest.raises(ValueError, match="cross session 76"):
        votes.pairs(votes.ballots(["PAK", "CHN"], [75, 76], TODAY, ROOT))
    with pytest.raises(ValueError, match="did you mean 'PAK'"):
        votes.ballots(["PKA"], [78], TODAY, ROOT)


def test_the_order_of_pakistan_s_partners_turns_with_the_measure(cast):
    found = votes.partners(cast, "PAK", draws=100, seed=1).set_index("partner")
    assert found.index[0] == "TKM" and found["kappa_linear_rank"].idxmin() == "CHN"
    assert found.loc["TKM", "kappa_linear_rank"] == 11
    for measure in votes.MEASURES:
        inside = (found[f"{measure}_low"] <= found[measure]) & (
            found[measure] <= found[f"{measure}_high"]
        )
        assert inside.all()
    rho = votes.rank_correlations(cast).set_index("state")["rho"]
    assert rho["PAK"] == pytest.approx(0.764, abs=0.001)
    assert rho.between(0.55, 1).all()


def test_absence_counted_as_abstention_moves_the_often_absent(cast):
    found = votes.absence_counted(cast)
    assert {found.loc[0, "a"], found.loc[0, "b"]} == {"AFG", "TKM"}
    assert (found["n_counted"] >= found["n"]).all()
    whole = found[(found["a"] == "NOR") & (found["b"] == "RUS")]
    assert abs(whole["change"].iloc[0]) < 0.01


def test_clusters_hold_the_western_states_together(cast):
    tree = votes.clusters(cast, draws=50, seed=1)
    west = tuple(sorted(["DEU", "FRA", "GBR", "JPN", "NOR", "TUR", "USA"]))
    row = tree.support[tree.support["members"] == west]
    assert row["support"].iloc[0] > 0.95 and 0.9 < tree.cophenetic < 1


def test_where_nothing_was_voted_there_is_nothing_and_no_zero():
    none = votes.ballots(votes.states(ROOT), [], TODAY, ROOT)
    assert none.empty and votes.pairs(none).empty and votes.clusters(none) is None
    assert votes.partners(none, "PAK").empty and votes.drift(none, "PAK").empty
    assert votes.absence_counted(none).empty and votes.rank_correlations(none).empty
    # Kyrgyzstan cast no vote in session 54.
    early = votes.ballots(["PAK", "KGZ", "CHN"], [54], TODAY, ROOT)
    assert votes.drift(early, "KGZ").empty and votes.partners(early, "KGZ").empty
    assert set(votes.partners(early, "PAK")["partner"]) == {"CHN"}


def test_votes_on_afghanistan_with_the_press_told_apart():
    found = votes.on_afghanistan(["PAK", "RUS", "IND", "TKM"], "2026-01-01", ROOT)
    assert found["resolution_id"].unique().tolist() == [
        "73-88", "74-9", "75-90", "77-10", "79-2025-07",
    ]  # fmt: skip
    cell = found.set_index(["resolution_id", "state"])["vote"]
    assert (cell["75-90", "RUS"], cell["77-10", "PAK"]) == ("no", "abstain")
    assert cell["77-10", "TKM"] == "absent" and cell["79-2025-07", "PAK"] == ""
    assert votes.on_afghanistan(["PAK"], "2018-12-05", ROOT).empty
    press = found[found["evidence"] == "press"]
    assert set(press["resolution_id"]) == {"79-2025-07"}
