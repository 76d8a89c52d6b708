"""Arcs, groups and mediations, by hand on small ledgers."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis import ledger

DAY = "2025-06-01"


def event(code="CONSULT", actors="PAK;IEA", recipients="", start=DAY, **more):
    code, _, mode = code.partition(":")
    return dict(code=code, mode=mode, actors=actors, recipients=recipients, start=start) | more


def arcs(book, **terms):
    found = ledger.arcs(book, DAY, **terms)
    return dict(zip(zip(found["source"], found["target"], strict=True), found["net"], strict=True))


def test_an_act_leads_one_way_and_a_joint_act_both_ways(make_book):
    assert arcs(make_book(event("AID", "PAK", "IEA"))) == {("PAK", "IEA"): 10.0}
    both = arcs(make_book(event("AGREE", "PAK;IEA;CHN")))
    assert len(both) == 6 and set(both.values()) == {1.25}


def test_a_mediator_joins_the_parties_through_itself_and_no_dyad_is_invented(make_book):
    book = make_book(event("CONSULT:multilateral", mediators="QAT;TUR"))
    found = arcs(book)
    assert set(found) == {
        (a, b) for x in ("PAK", "IEA") for y in ("QAT", "TUR") for a, b in ((x, y), (y, x))
    }
    assert set(found.values()) == {4.0}, "each arc has the act in full"
    assert ledger.ties(book, DAY)[["a", "b"]].values.tolist() == [["IEA", "PAK"]]


def test_a_mediated_act_of_one_side_towards_another_goes_through_as_well(make_book):
    found = arcs(make_book(event("RETREAT:release", "IEA", "PAK", mediators="SAU")))
    assert set(found) == {("IEA", "SAU"), ("SAU", "IEA"), ("PAK", "SAU"), ("SAU", "PAK")}


def test_conflict_does_not_pass_through_anyone(make_book):
    book = make_book(event("AID", "PAK", "IEA"), event("COERCE", "PAK", "IEA", mediators="QAT"))
    assert arcs(book) == {}, "10 against 7 is inside the band, and Qatar coerced nobody"


def test_an_arc_is_judged_by_its_own_direction(make_book):
    book = make_book(event("ASSAULT", "IEA", "PAK"), event("AID", "PAK", "IEA"))
    assert set(arcs(book)) == {("PAK", "IEA")}
    assert ledger.ties(book, DAY)["sign"].tolist() == [0]


def test_what_is_alleged_or_planned_makes_no_arc(make_book):
    book = make_book(event("AID", modality="alleged"), event("AID", modality="planned"))
    assert arcs(book) == {}
    assert list(ledger.arcs(book, DAY).columns) == ["source", "target", "net", "claims"]


def test_bounds_of_the_arcs(make_book):
    book = make_book(event("AID", "PAK", "IEA", start="2024-06-01", layer="economy"))
    assert arcs(book, half_life_days=365) == {("PAK", "IEA"): 5.0}
    assert arcs(book, window=364) == {}
    assert arcs(book, layers=["security"]) == {}
    assert arcs(make_book(event("AID", "UN", "IEA")), kinds=ledger.PARTIES) == {}


def test_region_is_a_column_and_bloc_follows_from_claims_by_date(make_book, book):
    regions = ledger.regions(book)
    assert regions["IEA"] == regions["PAK"] == "Southern Asia" and regions["TTP"] == "TTP"
    rows = [
        dict(kind="tie", code="member_of", actors="PAK;TUR", recipients="OIC", start="1969"),
        dict(kind="tie", code="member_of", actors="PAK", recipients="SCO", start="2017-06-09"),
        dict(
            kind="tie", code="member_of", actors="RUS", recipients="SCO", start="2001", end="2024"
        ),
        dict(kind="tie", code="member_of", actors="IND", recipients="SCO", modality="alleged"),
    ]
    small = make_book(*rows)
    now, then = ledger.blocs(small, DAY), ledger.blocs(small, "2017-06-08")
    assert (now["PAK"], now["TUR"], now["RUS"], now["IND"]) == ("SCO", "OIC", "RUS", "IND")
    assert (then["PAK"], then["RUS"]) == ("OIC", "SCO")


@pytest.fixture
def talks(make_book):
    return make_book(
        event("CONSULT:multilateral", mediators="QAT", start="2025-01-01", occurrence_id="talks"),
        event("CONSULT:multilateral", mediators="TUR", start="2025-01-01", occurrence_id="talks"),
        event("AGREE", start="2025-01-01"),
        event("RETREAT:ceasefire", start="2025-01-11", step="ceasefire_agreed"),
        event("ASSAULT", "PAK", "IEA", start="2025-04-01"),
        event("ASSAULT", "PAK", "TTP", start="2025-01-05"),
        event("AGREE", start="2025-01-03", modality="planned"),
        event("AGREE", start="2024-12-31"),
    )


def test_a_mediation_is_one_row_an_occurrence_with_what_followed(talks):
    row = ledger.mediations(talks, DAY).iloc[0]
    assert (row["parties"], row["mediators"]) == (["IEA", "PAK"], ["QAT", "TUR"])
    assert row["claims"] == ["C0001", "C0002"] and row["origins"] == ["paper"]
    assert row[["agreement", "ceasefire", "step", "clash"]].tolist() == [0, 10, 10, 90]
    assert row["followed"] == ["C0003", "C0004", "C0005"]


def test_what_followed_is_bounded_by_days_and_by_the_date(talks):
    assert ledger.mediations(talks, DAY, within_days=90).iloc[0]["clash"] == 90
    assert pd.isna(ledger.mediations(talks, DAY, within_days=89).iloc[0]["clash"])
    assert pd.isna(ledger.mediations(talks, "2025-03-31").iloc[0]["clash"])
    with pytest.raises(ValueError, match="within_days"):
        ledger.mediations(talks, DAY, within_days=-1)


def test_no_mediation_is_an_empty_frame_and_an_alleged_one_needs_asking(make_book):
    book = make_book(
        event("CONSULT:third-party", "IND;PAK", mediators="USA", modality="alleged"),
        event("COERCE:deport", "DEU", "AFG_REF", mediators="QAT"),
    )
    assert ledger.mediations(book, DAY).empty
    asked = ledger.mediations(book, DAY, modalities=["alleged"])
    assert asked["mediators"].tolist() == [["USA"]], "a deportation brings nobody together"


def test_named_mediations_of_the_real_ledger(book):
    found = ledger.mediations(book, "2026-05-31").set_index("occurrence")
    assert found.loc["beijing-trilateral-2025-05", "mediators"] == ["CHN"]
    assert found.loc["doha-talks-2025-10", "mediators"] == ["QAT", "TUR"]
    assert found.loc["doha-talks-2025-10", "ceasefire"] == 1
    assert len(found) >= 20
