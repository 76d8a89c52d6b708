"""Ties from claims, by hand on small ledgers; what holds for any ledger, on the real one."""

from __future__ import annotations

import math
from datetime import date

import pytest
from conftest import ROOT, SHARED
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import ledger, tables, ties
from analysis.dates import DateError, first_day, last_day, possible_days
from analysis.ties import Terms

DAY = "2025-06-01"


def tie(book, a="IEA", b="PAK", **terms):
    found = ties.between(ties.on(book, DAY, Terms(**terms)), a, b)
    return None if found.empty else found.iloc[0]


def event(code="ASSAULT", actors="PAK", recipients="IEA", start=DAY, **more):
    code, _, mode = code.partition(":")
    return dict(code=code, mode=mode, actors=actors, recipients=recipients, start=start) | more


def lasting(code, actors, recipients="", start="2020", **more):
    return dict(kind="tie", code=code, actors=actors, recipients=recipients, start=start) | more


def test_an_event_fades_by_half_in_one_half_life(make_book):
    book = make_book(event("ASSAULT", start="2024-06-01"))
    assert tie(book, half_life_days=365)["conflict"] == pytest.approx(9.0 / 2)


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
    reprints = {"dawn": {"wire": "AFP"}, "geo": {"wire": "AFP"}, "own": {}}
    row = tie(make_book(*(event(source_id=name) for name in reprints), sources=reprints))
    assert (row["source_count"], row["origins"]) == (2, ["AFP", "own"])


@pytest.mark.parametrize(("cooperation", "sign"), [("AGREE", -1), ("SUPPORT", 0), ("AID", 0)])
def test_a_tie_is_mixed_inside_the_band_of_two_to_one(make_book, cooperation, sign):
    # ASSAULT 9.0 against AGREE 2.5, SUPPORT 5.0, AID 10.0
    assert tie(make_book(event("ASSAULT"), event(cooperation)))["sign"] == sign


def test_exactly_two_to_one_is_outside_the_band(make_book):
    acts = event("AID"), event("SANCTION:withdraw"), event("REJECT")
    row = tie(make_book(*acts, lasting("invests_in", "PAK", "IEA")))
    assert (row["cooperation"], row["conflict"], row["sign"]) == (16.0, 8.0, 1)


def test_a_mediator_joins_the_parties_and_no_dyad_of_its_own(make_book):
    book = make_book(event("CONSULT:multilateral", "PAK;IEA", "", mediators="CHN"))
    assert ties.on(book, DAY)[["a", "b"]].values.tolist() == [["IEA", "PAK"]]
    found = ties.arcs(book, DAY)
    assert found[["source", "target"]].values.tolist() == [
        ["CHN", "IEA"], ["CHN", "PAK"], ["IEA", "CHN"], ["PAK", "CHN"],
    ]  # fmt: skip


def test_a_mediated_act_of_conflict_stays_between_its_parties(make_book):
    book = make_book(event("REJECT", "PAK", "IEA", mediators="CHN"))
    assert ties.arcs(book, DAY).empty and tie(book)["sign"] == -1


def test_a_joint_act_is_shared_among_its_pairs(make_book):
    found = ties.on(make_book(event("AGREE", "PAK;IEA;CHN", "")), DAY)
    assert len(found) == 3
    assert found["cooperation"].tolist() == pytest.approx([1.25] * 3)


def test_actors_are_joined_with_recipients_and_not_with_one_another(make_book):
    found = ties.on(make_book(event("ASSAULT", "BLA;TTP", "PAK")), DAY)
    assert found[["a", "b"]].values.tolist() == [["BLA", "PAK"], ["PAK", "TTP"]]


def test_alleged_conduct_stays_out_unless_asked_for_and_a_denial_makes_it_disputed(make_book):
    book = make_book(
        lasting("hosts", "IEA", "TTP", modality="alleged", speaker="PAK"),
        lasting("hosts", "IEA", "TTP", modality="denied", speaker="IEA", answers="C0001"),
        lasting("shares_ideology_with", "IEA;TTP"),
    )
    plain = tie(book, "IEA", "TTP")
    assert (plain["cooperation"], plain["disputed"], plain["denials"]) == (4.0, True, ["C0002"])
    assert tie(book, "IEA", "TTP", modalities=["asserted", "alleged"])["cooperation"] == 10.0


def test_each_side_tells_its_own_network(make_book):
    book = make_book(
        lasting("hosts", "IEA", "TTP", modality="alleged", speaker="PAK_MFA"),
        lasting("hosts", "IEA", "BLA"),
        lasting("hosts", "IEA", "BLA", modality="denied", speaker="IEA_MFA", answers="C0002"),
    )
    theirs, own = (ties.on(book, DAY, Terms(speaker=who)) for who in ("PAK", "IEA"))
    assert theirs[["a", "b"]].values.tolist() == [["BLA", "IEA"], ["IEA", "TTP"]]
    assert theirs["is_charge"].tolist() == [False, True]
    assert own.empty


def test_what_still_goes_on_does_not_fade(make_book):
    assert tie(make_book(event(start="2021-01-01", end="2025-12-31")))["conflict"] == 9.0
    ended = make_book(event(start="2021-01-01", end="2024-06-01"))
    assert tie(ended, half_life_days=365)["conflict"] == pytest.approx(4.5)


def test_expected_planned_and_figures_make_no_established_tie(make_book):
    book = make_book(
        event("CONCEDE", modality="planned"),
        event("CONCEDE", kind="outlook", modality="expected"),
        dict(kind="figure", actors="PAK", recipients="IEA", measure="money", unit="USD"),
    )
    assert ties.on(book, DAY).empty


def test_a_request_is_not_an_enmity(make_book):
    assert tie(make_book(event("REQUEST"))) is None, "intensity 0 leaves no tie"


def test_a_month_counts_from_its_last_day_and_a_blank_from_publication(make_book):
    book = make_book(event(start="2025-05"), event(start=""))
    assert [len(ledger.known(book, f"2025-{day}")) for day in ("05-30", "05-31", "06-01")] == [
        0, 1, 2,
    ]  # fmt: skip


def test_what_was_published_later_is_not_known_by(make_book):
    book = make_book(event(start="2025-01-01"))
    assert len(ledger.known(book, DAY, known_by="2025-05-31")) == 0
    assert len(ledger.known(book, DAY, known_by="2025-06-01")) == 1


def test_the_next_clash_after_a_mediation_is_counted_in_days(make_book):
    talks = event("CONSULT:multilateral", "PAK;IEA", "", "2025-01-01", mediators="QAT;TUR")
    book = make_book(
        talks | {"occurrence_id": "doha"},
        talks | {"occurrence_id": "doha", "mediators": "TUR"},
        event("RETREAT:ceasefire", "PAK;IEA", "", "2025-01-03"),
        event("ASSAULT", start="2025-02-01"),
        event("ASSAULT", start="2025-05-01"),
    )
    found = ties.mediations(book, DAY)
    assert found["mediators"].tolist() == [["QAT", "TUR"]], "two claims, one occurrence"
    row = found.iloc[0]
    assert (row["clash"], row["claims"]) == (31, ["C0001", "C0002"])
    assert ties.mediations(book, DAY, within_days=30)["clash"].isna().all()
    with pytest.raises(ValueError, match="within_days must be 0 or more"):
        ties.mediations(book, DAY, within_days=-1)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"half_life_days": 0}, "half_life_days is 0"),
        ({"half_life_days": math.nan}, "half_life_days is nan"),
        ({"known_by": "yesterday"}, "known_by is 'yesterday'"),
        ({"modalities": "asserted"}, "modalities is the text 'asserted'; expected a list"),
        ({"modalities": ["certain"]}, "modalities has 'certain'; expected some of alleged, "),
        ({"layers": ["trade"]}, "layers has 'trade'; expected some of border, "),
        ({"kinds": ["person", "country"]}, "kinds has 'country'"),
        ({"speaker": "PKA"}, "speaker has 'PKA'.*did you mean 'PAK'"),
    ],
)
def test_terms_that_mean_nothing_are_refused_by_name(make_book, terms, words):
    with pytest.raises(ValueError, match=words):
        ties.on(make_book(event()), DAY, Terms(**terms))


@pytest.mark.parametrize("day", ["2025-06", ""])
def test_a_month_is_no_day(make_book, day):
    with pytest.raises(ValueError, match=f"as_of is '{day}'; expected a day"):
        ties.on(make_book(event()), day)


def test_names_of_modalities_and_layers_are_those_of_the_descriptor():
    fields = tables.descriptor("claims", ROOT)["schema"]["fields"]
    enums = {field["name"]: field.get("constraints", {}).get("enum") for field in fields}
    assert list(ledger.MODALITIES) == enums["modality"]
    assert list(ledger.LAYERS) == enums["layer"]


@settings(max_examples=15, deadline=None)
@given(day=st.dates(min_value=date(2021, 8, 15), max_value=date(2026, 6, 30)))
def test_nothing_of_the_real_ledger_leaks_in_from_after_the_date(live, day):
    iso = day.isoformat()
    network = ties.on(live, iso, Terms(known_by=iso))
    used = ledger.sources_of(live, network["claims"].explode().dropna())
    assert (used["day"].dt.date <= day).all()
    assert (used["published_day"].dt.date <= day).all()
    assert (network["a"] < network["b"]).all()
    assert network["net"].map(math.isfinite).all()
    assert "UNK" not in set(network["a"]) | set(network["b"]), "nobody named is no party"


def test_rows_in_another_order_give_the_same_ties(live):
    rows = live.rows.sample(frac=1, random_state=7)
    shuffled = ledger.Ledger(live.sources, live.actors, live.codes, rows)
    one, two = ties.on(live, DAY), ties.on(shuffled, DAY)
    assert one[["a", "b", "sign", "claims"]].equals(two[["a", "b", "sign", "claims"]])


def test_leaving_rows_out_of_an_account_is_summing_the_rest(live):
    rows = ties.shares(live, DAY)
    rows = rows[~rows["is_denial"]].reset_index(drop=True)
    account = ties.Account.of(rows)
    dropped = (rows["source_id"] == "trt-2025-06-01").to_numpy()
    signs = zip(account.pairs, ties.signs(*account.sums(~dropped)), strict=True)
    quick = {pair: int(sign) for pair, sign in signs if not math.isnan(sign)}
    slow = ties.sum_up(rows[~dropped]).set_index(["a", "b"])["sign"]
    assert dropped.sum() > 20 and quick == slow.to_dict()


def test_remembered_claims_stay_out_unless_asked_for(make_book):
    plain, whole = (ledger.load(ROOT, include_unconfirmed=asked) for asked in (False, True))
    remembered = set(whole.rows["claim_id"]) - set(plain.rows["claim_id"])
    assert remembered and "unsourced" not in set(plain.rows["source_id"])


def test_looking_claims_up_needs_all_the_actors_and_keeps_the_bounds(live):
    found = live.claims("PAK", "IEA", since="2025-10-01", until="2025-10-31")
    for row in found.itertuples():
        parts = f"{row.actors};{row.recipients};{row.mediators};{row.speaker}".split(";")
        assert {"PAK", "IEA"} <= set(parts)
    assert found["day"].dt.strftime("%Y-%m").unique().tolist() == ["2025-10"]
    assert 10 < len(found) < len(live.claims("PAK", "IEA"))
    with pytest.raises(ValueError, match="actors has 'PKA'.*did you mean 'PAK'"):
        live.claims("PKA")


def test_strongest_keeps_the_focus(live):
    inner = ties.strongest(ties.on(live, DAY), ["NOR", "IEA"], 5)
    actors = set(inner["a"]) | set(inner["b"])
    assert len(actors) <= 5 and {"NOR", "IEA"} <= actors


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("1979~", date(1979, 1, 1), date(1979, 12, 31)),
        ("2021-08-17~", date(2021, 8, 17), date(2021, 8, 17)),
        ("../2021-08-15", None, date(2021, 8, 15)),
    ],
)
def test_possible_days(text, first, last):
    assert possible_days(text) == (first, last)


@pytest.mark.parametrize(
    "text", ["2025-02-30", "2025-13", "May 2025", "2021-8", "31.8.2021", "0000", "٢٠٢٥"]
)
def test_what_no_calendar_has_is_refused_by_name(text):
    with pytest.raises(DateError, match="is not an EDTF date"):
        possible_days(text)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_day_is_its_own_first_and_last_day_and_lies_in_its_month_and_year(day):
    text = day.isoformat()
    assert first_day(text) == last_day(text) == day
    for wider in (text[:7], text[:4]):
        assert first_day(wider) <= day <= last_day(wider)


@pytest.mark.skipif(not SHARED.exists(), reason="the article's text lies in ../shared/seeds")
def test_the_article_s_text_is_the_one_that_was_coded(live):
    import hashlib

    article = next((SHARED / "seeds").glob("000_*.txt")).read_bytes()
    coded = live.sources.set_index("source_id").loc["trt-2025-06-01", "sha256"]
    assert hashlib.sha256(article).hexdigest() == coded
