"""What ledger and graph say together, recomputed by hand on a small ledger."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from itertools import combinations

import networkx as nx
import pandas as pd
import pytest

from analysis import ledger, networks, signed

DAY = "2025-06-01"
FULL = {"window": 10_000}


def event(code="COOPERATE", actors="PAK", recipients="IEA", start=DAY, **more):
    code, _, mode = code.partition(":")
    return dict(code=code, mode=mode, actors=actors, recipients=recipients, start=start) | more


def lasting(code, actors, recipients="", start="2020", **more):
    return dict(kind="tie", code=code, actors=actors, recipients=recipients, start=start) | more


@pytest.fixture
def small(make_book):
    """PAK-CHN, CHN-IEA and IEA-IND +, PAK-IEA and PAK-TTP -; IEA-TTP + if one believes PAK."""
    return make_book(
        lasting("allied_with", "PAK;CHN", source_id="a"),
        lasting("invests_in", "CHN", "IEA", source_id="b"),
        event("ASSAULT", "PAK", "IEA", source_id="c", start="2025-05-01"),
        event("ASSAULT", "TTP", "PAK", source_id="d", start="2025-05-01"),
        lasting("hosts", "IEA", "TTP", source_id="e", modality="alleged", speaker="PAK"),
        lasting("hosts", "IEA", "TTP", source_id="e", modality="denied", speaker="IEA",
                answers="C0005"),
        event("COOPERATE", "IND", "IEA", source_id="f"),
        sources={name: {} for name in "abcdef"},
    )  # fmt: skip


@pytest.fixture
def plain(small):
    return ledger.ties(small, DAY, **FULL)


@pytest.fixture
def believed(small):
    return ledger.ties(small, DAY, modalities=["asserted", "alleged"], **FULL)


def test_the_small_ledger_is_what_it_says(plain, believed):
    signs = dict(zip(zip(plain["a"], plain["b"], strict=True), plain["sign"], strict=True))
    assert signs == {
        ("CHN", "IEA"): 1, ("CHN", "PAK"): 1, ("IEA", "IND"): 1, ("IEA", "PAK"): -1,
        ("PAK", "TTP"): -1,
    }  # fmt: skip
    assert len(believed) == 6


# Item 3


def test_triangles_out_of_balance_by_name_and_which_hang_on_a_charge(plain, believed):
    found = networks.triads(plain)
    assert found.values.tolist() == [["CHN", "IEA", "PAK", "++-", False, "IEA", "PAK"]]
    strained = networks.strained(plain, believed)
    # With the charge, IEA-PAK-TTP is a triangle of + - -, which is balanced.
    assert strained["exists"].tolist() == ["either way"]
    gathered = networks.strained_ties(strained)
    assert gathered[["odd_a", "odd_b", "triangles"]].values.tolist() == [["IEA", "PAK", 1]]
    assert gathered["thirds"].tolist() == [["CHN"]]


def test_a_triangle_that_needs_the_charge_says_so(make_book):
    book = make_book(
        lasting("allied_with", "PAK;CHN"),
        lasting("allied_with", "CHN;IEA"),
        event("ASSAULT", "PAK", "IEA", modality="alleged"),
    )
    plain = ledger.ties(book, DAY)
    believed = ledger.ties(book, DAY, modalities=["asserted", "alleged"])
    assert networks.strained(plain, believed)["exists"].tolist() == [networks.BELIEVED]
    assert networks.strained(believed, plain)["exists"].tolist() == ["only if none is"]


def test_three_conflictual_ties_have_no_odd_one(make_book):
    acts = [event("ASSAULT", a, b) for a, b in (("PAK", "IEA"), ("IEA", "IND"), ("IND", "PAK"))]
    strained = networks.strained(*[ledger.ties(make_book(*acts), DAY)] * 2)
    gathered = networks.strained_ties(strained)
    assert gathered[["odd_a", "pattern"]].values.tolist() == [["", "---"]]
    assert gathered["thirds"].tolist() == [["IEA;IND;PAK"]]


def test_a_verdict_needs_three_signs(plain, believed):
    assert networks.verdict(plain, ["PAK", "IEA", "CHN"])["is_balanced"] is False
    gone = networks.verdict(plain, ["TTP", "PAK", "IEA"])
    assert gone["pattern"] is None and gone["signs"][("IEA", "TTP")] is None
    there = networks.verdict(believed, ["TTP", "PAK", "IEA"])
    assert (there["pattern"], there["is_balanced"]) == ("+--", True)


# Item 4


def brute(graph):
    """Least number of ties at odds with any two camps, by trying them all."""
    nodes = sorted(graph)
    least = graph.number_of_edges()
    for size in range(len(nodes) // 2 + 1):
        for camp in combinations(nodes, size):
            odd = sum(
                ((a in camp) == (b in camp)) != (s == 1) for a, b, s in graph.edges(data="sign")
            )
            least = min(least, odd)
    return least


def test_balance_three_ways_by_hand(plain):
    graph = networks.graph(plain)
    found = networks.balance(graph)
    assert found["triangles"] == 0.0 and found["frustration"] == brute(graph) == 1
    assert found["walks"] == pytest.approx(signed.walk_balance(graph))


def test_nothing_to_measure_is_nan_and_not_zero():
    found = networks.balance(nx.Graph())
    assert all(value != value for value in found.values())


def test_the_range_tries_no_charge_each_alone_and_all(plain, believed, make_book):
    cases = networks.ranges(plain, believed)
    assert cases["believed"].tolist() == [[], ["IEA;TTP"]]
    assert cases["triangles"].tolist() == [0.0, 0.5]
    assert cases["ties"].tolist() == [5, 6]
    two = make_book(event("ASSAULT", "PAK", "IEA", modality="alleged"),
                    event("ASSAULT", "PAK", "IND", modality="alleged"))  # fmt: skip
    charged = ledger.ties(two, DAY, modalities=["alleged"])
    found = networks.ranges(ledger.ties(two, DAY), charged)
    assert found["ties"].tolist() == [0, 1, 1, 2]


def test_a_charge_that_makes_a_tie_mixed_takes_it_out(make_book):
    book = make_book(event("COOPERATE"), event("ASSAULT", modality="alleged"))
    cases = networks.ranges(
        ledger.ties(book, DAY), ledger.ties(book, DAY, modalities=["asserted", "alleged"])
    )
    assert cases["ties"].tolist() == [1, 0]


def test_all_best_camps_and_the_ties_against_them(plain):
    graph = networks.graph(plain)
    result = networks.parted(graph)
    assert (result.index, result.lower_bound, result.is_optimal) == (1, 1, True)
    camps = networks.camps(graph, result)
    # Any one of the three ties of the triangle may be the one to change.
    assert sorted(map(tuple, camps["changes"])) == [("CHN;IEA",), ("CHN;PAK",), ("IEA;PAK",)]
    always, sometimes = networks.changing(camps)
    assert always == [] and sometimes == ["CHN;IEA", "CHN;PAK", "IEA;PAK"]
    for side, changes in zip(camps["side"], camps["changes"], strict=True):
        odd = [
            ";".join(sorted((a, b)))
            for a, b, sign in graph.edges(data="sign")
            if ((a in side) == (b in side)) != (sign == 1)
        ]
        assert odd == changes


def test_no_tie_has_no_camps_to_speak_of():
    empty = nx.Graph()
    camps = networks.camps(empty, networks.parted(empty))
    assert networks.changing(camps) == ([], [])


# Item 5


def test_shuffles_are_the_same_for_the_same_seed_and_a_small_graph_says_so(plain):
    graph = networks.graph(plain)
    one, two = networks.shuffled(graph, 99, 4), networks.shuffled(graph, 99, 4)
    assert one["walks"].null.tolist() == two["walks"].null.tolist()
    assert one["triangles"].is_small and 0 < one["triangles"].p <= 1
    # Two negative ties of five: the triangle is balanced if it holds both or none of them.
    assert 0 < one["triangles"].mean < 1
    assert networks.shuffled(nx.Graph(), 99, 4) == {}


# Item 6


def test_a_broker_with_and_without_its_mediations(make_book):
    book = make_book(
        event("CONSULT:multilateral", "PAK;IEA", "", mediators="QAT"),
        event("ASSAULT", "PAK", "IEA"),
        event("AID", "CHN", "IEA"),
        event("AID", "PAK", "CHN"),
    )
    groups = {"region": ledger.regions(book)}
    found = networks.compared(book, ["CHN", "QAT", "TUR"], groups, DAY, {}).set_index("actor")
    # Qatar joins PAK to IEA and IEA to PAK; China PAK to IEA alone, by its own dealings.
    assert found.loc["QAT", ["with_raw", "mediations"]].tolist() == [2.0, 1]
    assert pd.isna(found.loc["QAT", "without_raw"]) and pd.isna(found.loc["TUR", "with_raw"])
    assert found.loc["CHN", ["with_raw", "without_raw", "mediations"]].tolist() == [1.0, 1.0, 0]
    assert found.loc["QAT", "role"] == "itinerant", "PAK and IEA are of one region, Qatar is not"


def test_an_actor_s_own_acts_stay_when_its_mediations_go(make_book):
    book = make_book(
        event("CONSULT:multilateral", "PAK;IEA", "", mediators="TUR;QAT"),
        event("AID", "QAT", "IEA"),
    )
    found = networks.compared(book, ["QAT"], {"region": ledger.regions(book)}, DAY, {})
    assert found["mediations"].tolist() == [1]
    assert found["without_raw"].tolist() == [0.0]


# Item 7


def net(graph):
    return signed.signed_degree(graph)["net"].astype(float).to_dict()


def test_ranks_and_their_intervals_from_leaving_one_out(make_book):
    book = make_book(
        event("AID", "PAK", "CHN", source_id="a"),
        event("AID", "PAK", "IEA", source_id="b"),
        event("AID", "PAK", "IND", source_id="b"),
        event("AID", "IEA", "TUR", source_id="c"),
        sources={"a": {}, "b": {}, "c": {}},
    )
    found = networks.intervals(ledger.shares(book, DAY), net)
    # By hand: net degrees PAK 3, IEA 2, CHN, IND, TUR 1.
    assert found["rank"].to_dict() == {"PAK": 1, "IEA": 2, "CHN": 3, "IND": 3, "TUR": 3}
    # Without b: PAK-CHN and IEA-TUR are left, all at 1; IND is gone. Without c: PAK 3, else 1.
    assert found.loc["PAK", ["source_low", "source_high"]].tolist() == [1, 1]
    assert found.loc["IEA", ["source_low", "source_high"]].tolist() == [1, 2]
    assert found.loc["IND", ["source_low", "source_high", "source_gone"]].tolist() == [2, 3, 1]
    # One claim less, PAK-IEA: PAK 2, all others 1.
    assert found.loc["TUR", ["claim_low", "claim_high", "claim_gone"]].tolist() == [2, 3, 1]


def test_intervals_are_those_of_the_slow_way(book):
    rows = ledger.shares(book, DAY, kinds=ledger.PARTIES)
    quick = networks.intervals(rows, signed.pn_centrality)
    firm = rows[~rows["is_denial"]]
    some = sorted(set(firm["source_id"]))[::9]
    slow = pd.DataFrame(
        [
            networks.ranked(
                signed.pn_centrality(networks.graph(ledger.sum_up(firm[firm["source_id"] != s])))
            )
            for s in some
        ]
    )
    assert (quick["source_low"] <= slow.min().reindex(quick.index).fillna(99)).all()
    assert (quick["source_high"] >= slow.max().reindex(quick.index).fillna(0)).all()
    assert (quick["source_low"] <= quick["rank"]).all() and (
        quick["rank"] <= quick["source_high"]
    ).all()


def test_without_ties_there_is_nobody_to_rank(make_book):
    rows = ledger.shares(make_book(event("REQUEST", modality="alleged")), DAY)
    assert networks.intervals(rows, net).empty


def test_an_actor_whom_the_measure_gives_no_value_has_no_rank(make_book):
    rows = ledger.shares(make_book(event("ASSAULT")), DAY)
    assert networks.intervals(rows, signed.pn_centrality).empty, "two foes alone have no PN index"
    assert len(networks.intervals(rows, net)) == 2


def test_other_half_lives_have_ranks_of_their_own(plain, believed):
    table = pd.DataFrame({"rank": [1.0, 1.0]}, index=pd.Index(["CHN", "NOR"], name="actor"))
    found = networks.with_runs(table, [plain, believed], net)
    assert found.loc["NOR", ["half_life_low", "half_life_high", "half_life_gone"]].tolist() == [
        1,
        1,
        2,
    ]
    # Net degrees: CHN 2, IEA 1, IND 1, TTP -1, PAK -1; with the charge IEA 2 as well.
    assert found.loc["CHN", ["half_life_low", "half_life_high"]].tolist() == [1, 1]


# Item 8


@pytest.fixture
def years(make_book):
    return make_book(
        event("CONSULT:visit", "PAK;IEA", "", start="2022-01-01"),
        event("AGREE", "PAK;IEA", "", start="2022-01-20"),
        event("ACCUSE:allege", "PAK", "IEA", start="2022-01-25"),
        event("ASSAULT", "PAK", "IEA", start="2022-01-31"),
        event("AGREE", "PAK;IEA", "", start="2022-02-01"),
        event("COERCE:restrict", "IEA", "PAK", start="2022-02-10"),
        event("CONSULT:multilateral", "PAK;IEA", "", start="2022-03-01", mediators="CHN"),
        event("RETREAT:ceasefire", "PAK;IEA", "", start="2022-03-02"),
        event("ASSAULT", "PAK", "IEA", start="2022-03-05", modality="alleged"),
        event("THREATEN:expel", "PAK", "AFG_REF", start="2022-03-10", modality="planned"),
        event("ASSAULT", "PAK", "IEA", start="", layer="security"),
    )


def test_thaws_begin_with_an_act_and_end_before_the_next_blow(years):
    found = networks.thaws(years, ["PAK", "IEA"], "2022-04-15")
    spans = found[["start", "end"]].map(lambda day: day.strftime("%m-%d")).values.tolist()
    assert spans == [["01-01", "01-30"], ["02-01", "02-09"], ["03-01", "04-15"]]
    assert found["days"].tolist() == [30, 9, 46] and found["acts"].tolist() == [2, 1, 2]
    assert found["is_thaw"].tolist() == [True, False, True], (
        "words do not end it, nine days are few"
    )
    assert found["is_open"].tolist() == [False, False, True]
    assert found["began_with"].tolist() == [["C0001"], ["C0005"], ["C0007"]]
    assert found["ended_with"].tolist() == [["C0004"], ["C0006"], []]


def test_a_thaw_needs_thirty_days_and_two_acts(make_book):
    def spell(last, *acts):
        book = make_book(*[event("AGREE", "PAK;IEA", "", start=day) for day in acts])
        return networks.thaws(book, ["PAK", "IEA"], last)["is_thaw"].tolist()

    assert spell("2022-01-30", "2022-01-01", "2022-01-02") == [True]
    assert spell("2022-01-29", "2022-01-01", "2022-01-02") == [False]
    assert spell("2022-06-30", "2022-01-01") == [False]


def test_an_act_and_a_blow_on_one_day_are_no_spell(make_book):
    book = make_book(event("AGREE", "PAK;IEA", "", start="2022-01-01"),
                     event("ASSAULT", start="2022-01-01"))  # fmt: skip
    assert networks.thaws(book, ["PAK", "IEA"], "2022-03-01").empty
    assert networks.thaws(book, ["PAK", "IEA"], "2020-01-01").empty, "before the fall of Kabul"


def test_the_course_fades_both_sides_alike_and_leaves_out_what_has_no_date(years):
    course = networks.course(years, ["IEA", "PAK"], "2022-04-15", half_life_days=90)
    assert course.loc["2022-01-01", "net"] == pytest.approx(4.0)
    assert course.loc["2022-01-30", "cooperation"] == pytest.approx(
        4 * 0.5 ** (29 / 90) + 2.5 * 0.5 ** (10 / 90)
    )
    assert course.loc["2022-01-31", "conflict"] == pytest.approx(9 + 3.5 * 0.5 ** (6 / 90))
    assert course.index[0] == pd.Timestamp(networks.FALL)
    by_account = networks.thaws(years, ["PAK", "IEA"], "2022-04-15", half_life_days=90)
    assert by_account["end"].iloc[0] == pd.Timestamp("2022-01-30")


def test_marks_are_claims_in_their_lanes(years):
    found = networks.marks(years, ["PAK", "IEA"], "2022-04-15")
    lanes = found.groupby("lane")["claims"].sum().to_dict()
    assert lanes == {
        "mediated acts": ["C0007"], "cease-fires": ["C0008"], "expulsions": ["C0010"],
        "clashes": ["C0004"],
    }  # fmt: skip
    assert set(lanes) == set(networks.LANES)


def test_quarters_end_on_the_day_and_hold_the_rules_of_ties(small):
    found = networks.quarters(small, "2025-06-01", ("PAK", "IEA"), FULL)
    assert found.index[0] == pd.Timestamp("2021-09-30") and found.index[-1] == pd.Timestamp(DAY)
    assert found["ties"].iloc[-1] == 5 and found["sign"].iloc[-1] == -1
    assert pd.isna(found["sign"].iloc[0]) and pd.isna(found["triangles"].iloc[0])
    assert networks.quarters(small, "2021-08-14", ("PAK", "IEA"), FULL).empty
    assert len(networks.quarters(small, "2021-09-30", ("PAK", "IEA"), FULL)) == 1


# Items 9 and 10


def test_layers_are_networks_of_their_own(make_book):
    book = make_book(
        event("COOPERATE", layer="economy"), event("ASSAULT", layer="border"),
        event("AID", "CHN", "PAK", layer="economy"),
    )  # fmt: skip
    found = networks.by_layer(book, DAY, {})
    assert list(found) == list(ledger.LAYERS)
    assert {layer: len(ties) for layer, ties in found.items() if len(ties)} == {
        "economy": 2,
        "border": 1,
    }
    apart = networks.differences(found)
    assert apart[["a", "b", "economy", "border"]].values.tolist()[0] == ["IEA", "PAK", 1, -1]
    assert list(networks.by_layer(book, DAY, {}, ["history", "border"])) == ["border", "history"]


def test_each_side_and_third_parties(make_book):
    book = make_book(
        event("ASSAULT", source_id="state-press"),
        event("COOPERATE", "PAK", "CHN", source_id="paper"),
        lasting("hosts", "IEA", "TTP", modality="alleged", speaker="PAK_MFA"),
        event("AID", "IND", "IEA", speaker="IEA_MFA"),
        sources={"state-press": {"side": "PAK"}},
    )
    told = networks.tellings(book, ["PAK", "IEA"], DAY, {})
    pairs = {who: set(zip(t["a"], t["b"], strict=True)) for who, t in told.items()}
    assert pairs["PAK"] - pairs["IEA"] == {("IEA", "TTP")}
    assert pairs["others"] == {("CHN", "PAK")}, "neither an owned outlet nor a side's own word"
    apart = networks.differences(told)
    assert list(apart.columns) == ["a", "b", "PAK", "IEA", "others"]
    assert len(apart) == 3 and ("CHN", "PAK") not in set(zip(apart["a"], apart["b"], strict=True))


def test_ties_that_turn_come_before_those_that_are_missing():
    def ties(**signs):
        return pd.DataFrame([{"a": k[0], "b": k[1], "sign": s} for k, s in signs.items()])

    found = networks.differences({"x": ties(ab=1, cd=1, ef=0), "y": ties(cd=-1, ef=0)})
    assert found[["a", "b"]].values.tolist() == [["c", "d"], ["a", "b"]]


# Item 11


def outlook(code, actors, recipients="", modality="hypothetical", **more):
    return event(code, actors, recipients, kind="outlook", modality=modality, **more)


def test_outlooks_switched_on_one_at_a_time(make_book):
    book = make_book(
        lasting("allied_with", "PAK;CHN"),
        lasting("invests_in", "CHN", "IEA"),
        event("ASSAULT", "PAK", "IEA", source_id="other"),
        outlook("COOPERATE", "PAK;IEA"),
        outlook("ASSAULT", "PAK;IEA"),
        outlook("COOPERATE", "PAK", "CENTRAL_ASIA"),
        outlook("COOPERATE", "PAK", "IEA", modality="denied"),
        outlook("COOPERATE", "PAK", "IEA", source_id="other"),
        sources={"other": {}},
    )
    terms = {"kinds": ledger.PARTIES}
    plain, shares = ledger.ties(book, DAY, **terms), ledger.shares(book, DAY, **terms)
    found = networks.outlooks(book, shares, plain, "paper", DAY, "", ledger.PARTIES)
    assert found["claim_id"].tolist() == ["C0004", "C0005", "C0006"]
    assert found["pairs"].tolist() == [["IEA;PAK"], ["IEA;PAK"], []]
    # ASSAULT 9 against COOPERATE 7: mixed after it happened once, positive if it lasts.
    assert found["once"].iloc[0] == 0 and found["now"].iloc[0] == -1
    assert found["triangles_lasting"].tolist() == [1.0, 0.0, 0.0]
    assert found["frustration_lasting"].tolist() == [0.0, 1.0, 1.0]
    assert pd.isna(found["triangles_once"].iloc[0]), "a mixed tie makes no triangle"


def test_an_outlook_that_was_not_yet_published_is_not_switched_on(make_book):
    book = make_book(outlook("COOPERATE", "PAK;IEA", start=""), event("ASSAULT"))
    day = "2025-05-31"
    found = networks.outlooks(book, ledger.shares(book, day), ledger.ties(book, day), "paper", day)
    assert found.empty and "triangles_lasting" in found


# Item 12


def test_exports_are_read_back_with_signs_and_claims(believed, small, tmp_path):
    files = networks.exports(believed, small)
    assert set(files) == {"network.graphml", "network.gexf", "network.json", "network.csv"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    read = [
        nx.read_graphml(tmp_path / "network.graphml"),
        nx.read_gexf(tmp_path / "network.gexf"),
        nx.node_link_graph(json.loads(files["network.json"]), edges="edges"),
    ]
    for graph in read:
        assert graph.number_of_edges() == len(believed) == 6
        assert graph.edges["IEA", "TTP"]["claims"] == "C0005"
        assert graph.edges["IEA", "TTP"]["denials"] == "C0006"
        assert graph.edges["IEA", "PAK"]["sign"] == -1
        assert graph.nodes["PAK"]["subregion"] == "Southern Asia"
    table = pd.read_csv(tmp_path / "network.csv")
    assert table["claims"].tolist() == believed["claims"].str.join(";").tolist()


def test_an_export_has_no_day_of_writing_and_an_empty_one_is_still_a_graph(small, believed):
    files = networks.exports(believed, small)
    assert "meta" not in files["network.gexf"] and "lastmodified" not in files["network.gexf"]
    empty = networks.exports(believed.iloc[:0], small)
    assert nx.parse_graphml(empty["network.graphml"]).number_of_edges() == 0
    assert ET.fromstring(empty["network.gexf"]).tag.endswith("gexf")
