"""Ties from claims, by hand on small ledgers, and on the real one."""

from __future__ import annotations

import json
import math
from datetime import date

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import ledger, tables

DAY = "2025-06-01"


def tie(book, a="IEA", b="PAK", **terms):
    found = ledger.between(ledger.ties(book, DAY, **terms), a, b)
    return None if found.empty else found.iloc[0]


def event(code="ASSAULT", actors="PAK", recipients="IEA", start=DAY, **more):
    code, _, mode = code.partition(":")
    return dict(code=code, mode=mode, actors=actors, recipients=recipients, start=start) | more


def lasting(code, actors, recipients="", start="2020", **more):
    return dict(kind="tie", code=code, actors=actors, recipients=recipients, start=start) | more


def test_an_event_fades_by_half_in_one_half_life(make_book):
    book = make_book(event("ASSAULT", start="2024-06-01"))
    assert tie(book, half_life_days=365)["conflict"] == pytest.approx(9.0 / 2)
    assert tie(book, window=365)["conflict"] == pytest.approx(9.0)
    assert tie(book, window=364) is None


def test_a_lasting_tie_counts_in_full_until_it_ends(make_book):
    assert tie(make_book(lasting("invests_in", "PAK", "IEA")))["cooperation"] == 6.0
    assert tie(make_book(lasting("invests_in", "PAK", "IEA", end="2025-05-31"))) is None
    last = make_book(lasting("invests_in", "PAK", "IEA", end=DAY))
    assert tie(last)["cooperation"] == 6.0, "its last day is still a day of it"
    held = make_book(lasting("invests_in", "PAK", "IEA", end="2025-06"))
    assert tie(held)["cooperation"] == 6.0, "ends at the last possible day of its month"


def test_an_occurrence_counts_once_with_the_mean_of_its_claims(make_book):
    book = make_book(
        event("ASSAULT", occurrence_id="raid"),
        event("ASSAULT:aerial", occurrence_id="raid"),
        event("ASSAULT", occurrence_id="other"),
    )
    row = tie(book)
    assert row["conflict"] == pytest.approx((9.0 + 9.5) / 2 + 9.0)
    assert (row["claim_count"], row["sign"]) == (3, -1)


def test_a_relation_counts_once_however_many_state_it(make_book):
    book = make_book(*[lasting("hosts", "IEA", "TTP")] * 3)
    assert tie(book, "IEA", "TTP")["cooperation"] == 6.0


def test_a_reprint_of_one_agency_is_one_independent_source(make_book):
    book = make_book(
        event(source_id="dawn"), event(source_id="geo"), event(source_id="own"),
        sources={"dawn": {"wire": "AFP"}, "geo": {"wire": "AFP"}, "own": {}},
    )  # fmt: skip
    assert tie(book)["source_count"] == 2


@pytest.mark.parametrize(("cooperation", "sign"), [("AGREE", -1), ("SUPPORT", 0), ("AID", 0)])
def test_a_tie_is_mixed_inside_the_band_of_two_to_one(make_book, cooperation, sign):
    # ASSAULT 9.0 against AGREE 2.5, SUPPORT 5.0, AID 10.0
    book = make_book(event("ASSAULT"), event(cooperation))
    assert tie(book)["sign"] == sign


def test_exactly_two_to_one_is_outside_the_band(make_book):
    book = make_book(event("AID"), event("SANCTION:withdraw"), lasting("invests_in", "PAK", "IEA"),
                     event("REJECT"))  # fmt: skip
    row = tie(book)
    assert (row["cooperation"], row["conflict"], row["sign"]) == (16.0, 8.0, 1)


def test_a_mediator_joins_the_parties_and_no_dyad_of_its_own(make_book):
    book = make_book(event("CONSULT:multilateral", "PAK;IEA", "", mediators="CHN"))
    pairs = ledger.ties(book, DAY)[["a", "b"]].values.tolist()
    assert pairs == [["IEA", "PAK"]]


def test_a_joint_act_is_shared_among_its_pairs(make_book):
    book = make_book(event("AGREE", "PAK;IEA;CHN", ""))
    found = ledger.ties(book, DAY)
    assert len(found) == 3
    assert found["cooperation"].tolist() == pytest.approx([1.25] * 3)


def test_actors_are_joined_with_recipients_and_not_with_one_another(make_book):
    book = make_book(event("ASSAULT", "BLA;TTP", "PAK"))
    pairs = ledger.ties(book, DAY)[["a", "b"]].values.tolist()
    assert pairs == [["BLA", "PAK"], ["PAK", "TTP"]]


def test_alleged_conduct_stays_out_unless_asked_for_and_a_denial_makes_it_disputed(make_book):
    book = make_book(
        lasting("hosts", "IEA", "TTP", modality="alleged", speaker="PAK"),
        lasting("hosts", "IEA", "TTP", modality="denied", speaker="IEA", answers="C0001"),
        lasting("shares_ideology_with", "IEA;TTP"),
    )
    plain = tie(book, "IEA", "TTP")
    assert (plain["cooperation"], plain["disputed"], plain["denials"]) == (4.0, True, ["C0002"])
    assert tie(book, "IEA", "TTP", modalities=["asserted", "alleged"])["cooperation"] == 10.0


def test_a_tie_on_charges_alone_says_so_and_its_evidence_holds_the_denial(make_book):
    book = make_book(
        lasting("hosts", "IEA", "TTP", modality="alleged", speaker="PAK"),
        lasting("hosts", "IEA", "TTP", modality="denied", speaker="IEA", answers="C0001"),
        event("ASSAULT"),
    )
    told = ledger.ties(book, DAY, speaker="PAK")
    assert told["is_charge"].tolist() == [False, True]
    assert ledger.evidence(told) == ["C0001", "C0002", "C0003"]


def test_what_still_goes_on_does_not_fade(make_book):
    assert tie(make_book(event(start="2021-01-01", end="2025-12-31")))["conflict"] == 9.0
    ended = make_book(event(start="2021-01-01", end="2024-06-01"))
    assert tie(ended, half_life_days=365)["conflict"] == pytest.approx(4.5)


def test_perpetrators_whom_nobody_names_are_no_party(book):
    network = ledger.ties(book, DAY, kinds=ledger.PARTIES)
    assert "UNK" not in set(network["a"]) | set(network["b"])


def test_each_side_tells_its_own_network(make_book):
    book = make_book(
        lasting("hosts", "IEA", "TTP", modality="alleged", speaker="PAK_MFA"),
        lasting("hosts", "IEA", "BLA"),
        lasting("hosts", "IEA", "BLA", modality="denied", speaker="IEA_MFA", answers="C0002"),
    )
    told = {who: ledger.ties(book, DAY, speaker=who) for who in ("PAK", "IEA")}
    pairs = {who: t["b"].tolist() + t["a"].tolist() for who, t in told.items()}
    assert "TTP" in pairs["PAK"] and "BLA" in pairs["PAK"]
    assert "TTP" not in pairs["IEA"] and "BLA" not in pairs["IEA"]


def test_expected_planned_and_figures_make_no_established_tie(make_book):
    book = make_book(
        event("CONCEDE", modality="planned"),
        event("CONCEDE", kind="outlook", modality="expected"),
        dict(kind="figure", actors="PAK", recipients="IEA", measure="money", unit="USD"),
    )
    assert ledger.ties(book, DAY).empty


def test_a_request_is_not_an_enmity(make_book):
    assert tie(make_book(event("REQUEST"))) is None, "intensity 0 leaves no tie"


def test_a_month_counts_from_its_last_day_and_a_blank_from_publication(make_book):
    book = make_book(event(start="2025-05"), event(start=""))
    assert len(ledger.known(book, "2025-05-30")) == 0
    assert len(ledger.known(book, "2025-05-31")) == 1
    assert len(ledger.known(book, "2025-06-01")) == 2


def test_what_was_published_later_is_not_known_by(make_book):
    book = make_book(event(start="2025-01-01"))
    assert len(ledger.known(book, DAY, known_by="2025-05-31")) == 0
    assert len(ledger.known(book, DAY, known_by="2025-06-01")) == 1


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"half_life_days": 30, "window": 30}, "half_life_days or window, one of the two"),
        ({"half_life_days": 0}, "half_life_days is 0"),
        ({"half_life_days": math.nan}, "half_life_days is nan"),
        ({"window": -1}, "window is -1"),
        ({"as_of": "2025-06"}, "as_of is '2025-06'; expected a day"),
        ({"as_of": ""}, "as_of is ''"),
        ({"known_by": "yesterday"}, "known_by is 'yesterday'"),
        ({"modalities": "asserted"}, "modalities is the text 'asserted'; expected a list"),
        ({"modalities": ["certain"]}, "modalities has 'certain'; expected some of alleged, "),
        ({"layers": ["trade"]}, "layers has 'trade'; expected some of border, "),
        ({"kinds": ["person", "country"]}, "kinds has 'country'"),
        ({"speaker": "PKA"}, "speaker has 'PKA'"),
    ],
)
def test_terms_that_mean_nothing_are_refused_by_name(make_book, terms, words):
    with pytest.raises(ValueError, match=words):
        ledger.ties(make_book(event()), **{"as_of": DAY, **terms})


def test_neither_half_life_nor_window_is_the_usual_half_life(make_book):
    book = make_book(event(start="2024-01-01"))
    usual = ledger.ties(book, DAY, half_life_days=ledger.HALF_LIFE_DAYS)
    assert ledger.ties(book, DAY).equals(usual) and len(usual) == 1
    assert ledger.ties(book, date(2025, 6, 1), known_by=None).equals(usual), "a date is a day too"


def test_ties_and_mediations_take_rows_of_the_claims_as_well_as_a_ledger(book):
    raw, plain = tables.load("claims"), tables.load("claims")
    everything = ledger.load(ROOT, include_unconfirmed=True)
    from_file = pd.read_csv(ROOT / "seeds" / "claims.csv", dtype=str)
    for rows in (raw, everything.claims, from_file):
        assert ledger.ties(rows, DAY).equals(ledger.ties(everything, DAY))
    assert ledger.mediations(raw, DAY).equals(ledger.mediations(everything, DAY))
    assert ledger.arcs(raw, DAY).equals(ledger.arcs(everything, DAY))
    assert raw.equals(plain), "what was handed in is as it was"
    some = book.claims[book.claims["layer"] == "border"]
    assert ledger.ties(some, DAY).equals(ledger.ties(book, DAY, layers=["border"]))
    with pytest.raises(ValueError, match="lack the columns code, mode"):
        ledger.ties(raw.drop(columns=["code", "mode"]), DAY)
    with pytest.raises(TypeError, match="expected a Ledger, .* not str"):
        ledger.ties("seeds/claims.csv", DAY)


def test_names_of_modalities_and_layers_are_those_of_the_descriptor():
    text = (ROOT / "seeds" / "datapackage.json").read_text(encoding="utf-8")
    tables_ = {one["name"]: one for one in json.loads(text)["resources"]}
    fields = {field["name"]: field for field in tables_["claims"]["schema"]["fields"]}
    assert list(ledger.MODALITIES) == fields["modality"]["constraints"]["enum"]
    assert sorted(ledger.LAYERS) == sorted(fields["layer"]["constraints"]["enum"])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(day=st.dates(min_value=date(2021, 8, 15), max_value=date(2026, 6, 30)))
def test_nothing_of_the_real_ledger_leaks_in_from_after_the_date(book, day):
    iso = day.isoformat()
    network = ledger.ties(book, iso, known_by=iso)
    used = ledger.sources_of(book, network["claims"].explode().dropna())
    assert (used["day"].dt.date <= day).all()
    assert (used["published_day"].dt.date <= day).all()
    assert (network["a"] < network["b"]).all()
    assert (network["cooperation"] >= 0).all() and (network["conflict"] >= 0).all()


def test_rows_in_another_order_give_the_same_ties(book):
    shuffled = ledger.Ledger(
        book.sources, book.actors, book.codes, book.claims.sample(frac=1, random_state=7)
    )
    one, two = ledger.ties(book, DAY), ledger.ties(shuffled, DAY)
    assert one[["a", "b", "sign", "claims"]].equals(two[["a", "b", "sign", "claims"]])
    assert (one["net"] - two["net"]).abs().max() < 1e-9


def test_remembered_claims_stay_out_unless_asked_for():
    plain, all_of_them = ledger.load(ROOT), ledger.load(ROOT, include_unconfirmed=True)
    remembered = set(all_of_them.claims["claim_id"]) - set(plain.claims["claim_id"])
    assert remembered and "unsourced" not in set(plain.claims["source_id"])


def test_the_article_s_own_ties(book):
    """Named real cases: what the article of 1 June 2025 says, by its paragraph."""
    network = ledger.ties(book, DAY, kinds=ledger.PARTIES)
    assert ledger.between(network, "PAK", "IEA")["sign"].tolist() == [0]
    assert ledger.between(network, "IND", "PAK")["sign"].tolist() == [-1]
    assert ledger.between(network, "CHN", "IEA")["sign"].tolist() == [1]


def test_core_keeps_the_focus(book):
    network = ledger.ties(book, DAY, kinds=ledger.PARTIES)
    inner = ledger.core(network, ["NOR", "IEA"], 5)
    actors = set(inner["a"]) | set(inner["b"])
    assert len(actors) <= 5 and {"NOR", "IEA"} <= actors


def test_looking_claims_up_needs_all_the_actors(book):
    found = ledger.concerning(book, ["PAK", "IEA"])
    for row in found.itertuples():
        parts = f"{row.actors};{row.recipients};{row.mediators};{row.speaker}".split(";")
        assert {"PAK", "IEA"} <= set(parts)
    assert 100 < len(found) < len(ledger.concerning(book, ["PAK"]))


def test_sums_are_finite(book):
    network = ledger.ties(book, DAY)
    assert all(math.isfinite(value) for value in network["net"])


def test_leaving_rows_out_of_an_account_is_summing_the_rest(book):
    rows = ledger.shares(book, DAY, kinds=ledger.PARTIES)
    rows = rows[~rows["is_denial"]].reset_index(drop=True)
    account = ledger.Account.of(rows)
    dropped = rows["source_id"] == "trt-2025-06-01"
    signs = ledger.signs(*account.sums((~dropped).to_numpy()))
    quick = account.pairs.assign(sign=signs).dropna().set_index(["a", "b"])["sign"]
    slow = ledger.sum_up(rows[~dropped]).set_index(["a", "b"])["sign"]
    assert dropped.sum() > 20 and quick.astype(int).to_dict() == slow.to_dict()


def test_origins_are_the_sources_by_name(make_book):
    book = make_book(
        event(source_id="dawn"), event(source_id="geo"), event(source_id="own"),
        sources={"dawn": {"wire": "AFP"}, "geo": {"wire": "AFP"}, "own": {}},
    )  # fmt: skip
    assert tie(book)["origins"] == ["AFP", "own"]
