"""Sentences on networks: what they say at the edges, where a number is missing or alone."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.findings import balances, brokers, courses

NAN = float("nan")
NAMES = {"PAK": "Pakistan", "IEA": "Kabul", "CHN": "China", "QAT": "Qatar", "TTP": "the TTP"}


def verdict(pattern=None, **signs):
    pairs = {tuple(key.split("_")): sign for key, sign in signs.items()}
    return {
        "signs": pairs,
        "pattern": pattern,
        "is_balanced": None if pattern is None else pattern.count("-") % 2 == 0,
    }


def test_a_triad_that_is_no_triangle_says_which_tie_is_lacking():
    plain = verdict(IEA_PAK=0, IEA_TTP=None, PAK_TTP=-1)
    said = balances.triad(["PAK", "IEA", "TTP"], plain, plain, NAMES)
    assert said == (
        "Pakistan, Kabul and the TTP: no triangle, since Kabul and Pakistan have a mixed tie and "
        "Kabul and the TTP have no tie; the same if charges are believed."
    )
    believed = verdict("++-", IEA_PAK=1, IEA_TTP=1, PAK_TTP=-1)
    told = balances.triad(["PAK", "IEA", "TTP"], believed, verdict("+--"), NAMES)
    assert "out of balance (++-); with charges: balanced (+--)" in told


def test_triangles_as_drawn_are_counted_apart_from_those_of_charges():
    kinds = ["either way", "only if none is", "only if charges are believed"]
    said = [
        balances.unbalanced(pd.DataFrame({"exists": rows}), kinds[2])
        for rows in (kinds[:2], kinds, kinds[2:] * 2)
    ]
    tail = "out of balance on the ties drawn"
    assert said == [
        f"Two triangles are {tail}, none more only if charges are believed",
        f"Two triangles are {tail}, one more only if charges are believed",
        f"No triangles are {tail}, two more only if charges are believed",
    ]


def cases(*rows):
    columns = ["believed", "triangles", "walks", "frustration", "ties"]
    return pd.DataFrame(rows, columns=columns)


def test_the_range_is_over_charges_and_names_what_moves_most():
    found = cases(
        ([], 0.5, 0.8, 2.0, 5),
        (["IEA;PAK"], 0.25, 0.7, 2.0, 6),
        (["IEA;TTP"], 0.5, 0.9, 3.0, 6),
        (["IEA;PAK", "IEA;TTP"], 0.4, 0.1, 4.0, 7),
    )
    table = balances.ranges(found, NAMES)
    assert table["moved_most_by"].tolist() == [
        "Kabul and Pakistan",
        "Kabul and Pakistan",
        "Kabul and the TTP",
    ]
    assert table[["lowest", "highest", "all_charges"]].values.tolist()[2] == [2.0, 4.0, 4.0]
    assert balances.balances(found) == (
        "50 (25 to 50) % of triangles are balanced; balance by walks is 0.80 (0.10 to 0.90); "
        "2 (2 to 4) ties stand in the way of two camps (in brackets: the range over two charged "
        "pairs)"
    )


def test_without_a_charge_there_is_no_range():
    assert balances.balances(cases(([], 0.5, 0.8, 2.0, 5))) == (
        "50 % of triangles are balanced; balance by walks is 0.80; 2 ties stand in the way of "
        "two camps (no charge moves a tie)"
    )


def test_nothing_to_measure_is_said():
    empty = cases(([], NAN, NAN, NAN, 0))
    assert balances.balances(empty) == "There is no tie whose balance could be measured"
    assert balances.ranges(empty, NAMES)["as_drawn"].isna().all()
    assert balances.chance({"triangles": (NAN, NAN, NAN)}, 99, True) == (
        "There is no triangle, so there is nothing to compare."
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ((0, 0, True, 3, 1), "No tie must change: two camps part the network as it is; one"),
        ((9, 7, False, 40, None), "nine of 40 ties against it; proven is only that there are at"),
        ((2, 2, True, 40, None), "More partitions than were listed reach it."),
    ],
)  # fmt: skip
def test_what_is_not_proven_is_not_said_to_be(found, said):
    assert said in balances.proof(*found)


def test_ties_to_change_are_named_up_to_eight_and_counted_beyond():
    assert balances.changes([], [], NAMES) == "No tie would have to change"
    assert balances.changes(["IEA;PAK"], [], NAMES) == (
        "Would have to change in every best partition: Kabul and Pakistan"
    )
    many = [f"IEA;X{n}" for n in range(9)]
    assert balances.changes([], many, NAMES) == (
        "No tie would have to change in every best partition; in some only: nine ties"
    )


def test_outlooks_are_changes_and_the_largest_come_first():
    table = pd.DataFrame(
        {
            "claim_id": ["C1", "C2"], "gloss": ["a", "b"], "pairs": [[], ["IEA;PAK"]],
            "now": [NAN, 0.0], "once": [NAN, -1.0], "triangles_lasting": [0.5, 0.25],
            "frustration_lasting": [2.0, 3.0],
        }
    )  # fmt: skip
    now = {"triangles": 0.5, "walks": 0.5, "frustration": 2.0}
    shown = balances.outlooks(table, NAMES, now)
    assert shown["claim"].tolist() == [["C2"], ["C1"]]
    assert shown["tie_if_once"].tolist() == ["mixed → conflictual", ""]
    assert shown["triangles_if_lasting"].tolist() == [-0.25, 0.0]
    assert balances.outlook(table, now) == (
        "Of two outlooks, one would turn its tie by happening once; as lasting ties none would "
        "raise the share of balanced triangles and one would lower it"
    )
    assert (
        balances.outlook(table.iloc[:0], now) == "No outlook of this source was known by the date"
    )


def spell(start, end, days, is_open=False, is_thaw=True):
    return {
        "start": pd.Timestamp(start), "end": pd.Timestamp(end), "days": days, "is_open": is_open,
        "is_thaw": is_thaw, "began_with": ["C1"], "ended_with": [] if is_open else ["C2"],
    }  # fmt: skip


def test_the_thaw_is_dated_by_its_acts():
    past = [
        spell("2025-04-19", "2025-10-10", 175),
        spell("2026-01-01", "2026-01-05", 5, is_thaw=False),
    ]
    assert courses.thaw(pd.DataFrame(past), "Pakistan", "Kabul") == (
        "The last thaw between Pakistan and Kabul began on 19 April 2025 and lasted 175 days, "
        "until the act of 11 October 2025 ended it."
    )
    more = pd.DataFrame([*past, spell("2026-03-18", "2026-05-31", 75, is_open=True)])
    assert courses.thaw(more, "Pakistan", "Kabul").endswith(
        "and had lasted 75 days on the last day; before it, 19 April 2025 to 10 October 2025."
    )
    none = pd.DataFrame(past[1:])
    assert courses.thaw(none, "Pakistan", "Kabul") == (
        "No thaw between Pakistan and Kabul by this rule."
    )


def test_rules_that_agree_and_that_do_not():
    one = pd.DataFrame([spell("2025-04-19", "2025-10-10", 175)])
    two = pd.DataFrame([spell("2025-05-21", "2025-10-10", 143)])
    none = pd.DataFrame([spell("2025-05-21", "2025-05-22", 2, is_thaw=False)])
    assert courses.same_thaw(courses.rules({"a": one, "b": two})) == (
        "All rules agree on its end; its beginning depends on the rule"
    )
    assert courses.same_thaw(courses.rules({"a": one})).startswith(
        "All rules agree on its beginning"
    )
    assert courses.same_thaw(courses.rules({"a": none})) == "No rule finds a thaw"
    assert courses.rules({"a": none})["days"].isna().all()


def test_a_broker_without_an_arc_is_not_one_that_joins_nobody():
    def found(*rows):
        columns = ["actor", "grouping", "with_raw", "without_raw"]
        return pd.DataFrame([(actor, "region", *raw) for actor, *raw in rows], columns=columns)

    assert brokers.brokered(found(("CHN", NAN, NAN)), NAMES, "CHN") == (
        "China has no positive arc by the date"
    )
    assert brokers.brokered(found(("CHN", 4.0, NAN), ("QAT", 0.0, 0.0)), NAMES, "CHN") == (
        "Ordered pairs that no arc joins directly: China joins four, without its mediations no "
        "arc left; beside it Qatar none"
    )


def test_ranks_say_when_there_is_none():
    table = pd.DataFrame(
        {"rank": [1.0, 2.0], "source_low": [1.0, 1.0], "source_high": [1.0, 2.0]},
        index=pd.Index(["PAK", "IEA"], name="actor"),
    )
    assert brokers.ranks(table, NAMES, ["PAK", "IEA", "TTP"]) == (
        "Rank 1 for Pakistan, whichever source is left out; rank 2 for Kabul, anywhere from 1 to 2 "
        "with one source less; no rank for the TTP, for want of ties; one of two ranks holds "
        "without any one source."
    )


def test_mediations_say_what_followed_or_that_nothing_is_coded():
    table = pd.DataFrame(
        {
            "day": pd.to_datetime(["2025-05-21", "2025-10-18"]), "parties": [["IEA", "PAK"]] * 2,
            "mediators": [["CHN"], ["QAT"]], "claims": [["C1"], ["C2"]], "origins": [["x"]] * 2,
            "agreement": pd.array([0, pd.NA], dtype="Int64"),
            "ceasefire": pd.array([pd.NA, pd.NA], dtype="Int64"),
            "step": pd.array([pd.NA, pd.NA], dtype="Int64"),
            "clash": pd.array([11, pd.NA], dtype="Int64"),
        }
    )  # fmt: skip
    shown = brokers.mediations(table, NAMES)
    assert shown["followed_days_later"].tolist() == ["nothing coded", "agreement +0, clash +11"]
    assert brokers.mediated(table, NAMES, 90) == (
        "Two mediated acts, most often through China and Qatar (one); after one of them a clash "
        "between the parties is coded within 90 days"
    )
    assert brokers.mediated(table.iloc[:0], NAMES, 90) == "No mediated act is coded by the date"
