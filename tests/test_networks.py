"""Networks from ties, recomputed by hand on small ledgers."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from itertools import combinations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from analysis import networks, signed, ties
from analysis.prose import actor_network as told
from analysis.prose import network_structure as built
from analysis.ties import Terms

DAY = "2025-06-01"
CHARGES = Terms(modalities=("asserted", "alleged"))
NAMES = {"PAK": "Pakistan", "IEA": "Kabul", "CHN": "China", "IND": "India", "TTP": "the TTP"}


def event(code="COOPERATE", actors="PAK", recipients="IEA", start=DAY, **more):
    code, _, mode = code.partition(":")
    return dict(code=code, mode=mode, actors=actors, recipients=recipients, start=start) | more


def lasting(code, actors, recipients="", start="2020", **more):
    return dict(kind="tie", code=code, actors=actors, recipients=recipients, start=start) | more


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def plain(small):
    return networks.graph(ties.on(small, DAY), small)


@pytest.fixture(scope="module")
def believed(small):
    return networks.graph(ties.on(small, DAY, CHARGES), small)


def of_signs(**signs):
    """Graph of ties such as `IEA_PAK=-1`."""
    return nx.Graph([(*pair.split("_"), {"sign": sign}) for pair, sign in signs.items()])


# Graphs


def test_a_graph_keeps_every_tie_with_its_sums_claims_and_sources(believed, small):
    frame = ties.on(small, DAY, CHARGES)
    assert believed.number_of_edges() == len(frame) == 6
    for row in frame.to_dict("records"):
        edge = believed.edges[row["a"], row["b"]]
        assert edge == {key: value for key, value in row.items() if key not in "ab"}
    assert believed.edges["IEA", "TTP"]["denials"] == ["C0006"]
    assert believed.nodes["PAK"] == {
        "label": "Pakistan", "kind": "state", "subregion": "Southern Asia"
    }  # fmt: skip


def test_mixed_ties_are_in_the_graph_and_out_of_the_signed_one(make_book):
    book = make_book(event("COOPERATE"), event("ASSAULT"), event("AID", "CHN", "IEA"))
    whole = networks.graph(ties.on(book, DAY))
    assert whole.edges["IEA", "PAK"]["sign"] == 0
    kept = networks.signed(whole)
    assert list(kept.edges) == [("CHN", "IEA")] and set(kept) == {"CHN", "IEA"}
    assert set(whole) == {"CHN", "IEA", "PAK"}, "the whole graph is left as it was"


def test_exports_are_read_back_with_signs_and_claims(believed, small, tmp_path):
    files = networks.exports(believed)
    assert set(files) == {"network.graphml", "network.gexf", "network.json", "network.csv"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    read = [
        nx.read_graphml(tmp_path / "network.graphml"),
        nx.read_gexf(tmp_path / "network.gexf"),
        nx.node_link_graph(json.loads(files["network.json"]), edges="edges"),
    ]
    for graph in read:
        assert graph.number_of_edges() == 6
        assert graph.edges["IEA", "TTP"]["claims"] == "C0005"
        assert graph.edges["IEA", "TTP"]["denials"] == "C0006"
        assert graph.edges["IEA", "PAK"]["sign"] == -1
        assert graph.nodes["PAK"]["subregion"] == "Southern Asia"
    frame = ties.on(small, DAY, CHARGES)
    table = pd.read_csv(tmp_path / "network.csv")
    assert (
        set(table) == set(frame)
        and table["claims"].tolist() == frame["claims"].str.join(";").tolist()
    )
    assert believed.edges["IEA", "TTP"]["claims"] == ["C0005"], "the graph keeps its lists"


def test_an_export_has_no_day_of_writing_and_an_empty_one_is_still_a_graph(believed):
    assert "lastmodified" not in networks.exports(believed)["network.gexf"]
    empty = networks.exports(nx.Graph())
    assert nx.parse_graphml(empty["network.graphml"]).number_of_edges() == 0
    assert ET.fromstring(empty["network.gexf"]).tag.endswith("gexf")


# Balance


def test_triangles_out_of_balance_by_name_and_which_hang_on_a_charge(plain, believed):
    # With the charge, IEA-PAK-TTP is a triangle of + - -, which is balanced.
    found = networks.unbalanced(plain, believed)
    assert found.values.tolist() == [[["IEA", "PAK"], ["CHN"], 1, networks.EITHER_WAY]]
    charged = of_signs(CHN_PAK=1, CHN_IEA=1, IEA_PAK=-1)
    bare = of_signs(CHN_PAK=1, CHN_IEA=1)
    assert networks.unbalanced(bare, charged)["exists"].tolist() == [networks.BELIEVED]
    assert networks.unbalanced(charged, bare)["exists"].tolist() == [networks.DISBELIEVED]


def test_foes_are_gathered_with_all_friends_whom_they_share_and_three_foes_have_none():
    graph = of_signs(CHN_IEA=1, CHN_PAK=1, IEA_PAK=-1, IEA_QAT=1, PAK_QAT=1)
    found = networks.unbalanced(graph, graph)
    assert found[["foes", "friends", "triangles"]].values.tolist() == [
        [["IEA", "PAK"], ["CHN", "QAT"], 2]
    ]
    foes = of_signs(IEA_IND=-1, IEA_PAK=-1, IND_PAK=-1)
    found = networks.unbalanced(foes, foes)
    assert found[["foes", "friends"]].values.tolist() == [[["IEA", "IND", "PAK"], []]]
    assert networks.unbalanced(nx.Graph(), nx.Graph()).empty


def brute(graph):
    """Least number of ties at odds with any two camps, by trying them all."""
    least = graph.number_of_edges()
    for size in range(len(graph) // 2 + 1):
        for camp in combinations(sorted(graph), size):
            odd = sum(
                ((a in camp) == (b in camp)) != (s == 1) for a, b, s in graph.edges(data="sign")
            )
            least = min(least, odd)
    return least


def test_balance_three_ways_by_hand(plain):
    found = networks.balance(plain)
    assert found["triangles"] == 0.0 and found["frustration"] == brute(plain) == 1
    assert found["walks"] == pytest.approx(signed.walk_balance(plain))
    assert all(np.isnan(value) for value in networks.balance(nx.Graph()).values()), "not zero"


def test_the_range_tries_no_charge_each_alone_and_all(plain, believed):
    cases = networks.ranges(plain, believed)
    assert cases["believed"].tolist() == [[], ["IEA;TTP"]]
    assert cases["triangles"].tolist() == [0.0, 0.5] and cases["ties"].tolist() == [5, 6]
    two = of_signs(IEA_PAK=-1, IND_PAK=-1)
    assert networks.ranges(nx.Graph(), two)["ties"].tolist() == [0, 1, 1, 2]
    # A charge that makes a tie mixed takes it out.
    assert networks.ranges(of_signs(IEA_PAK=1), nx.Graph())["ties"].tolist() == [1, 0]


# Ranks


def net(graph):
    values = {node: 0.0 for node in graph}
    for a, b, sign in graph.edges(data="sign"):
        values[a] += sign
        values[b] += sign
    return values


def test_ranks_and_their_intervals_from_leaving_one_source_out(make_book):
    book = make_book(
        event("AID", "PAK", "CHN", source_id="a"),
        event("AID", "PAK", "IEA", source_id="b"),
        event("AID", "PAK", "IND", source_id="b"),
        event("AID", "IEA", "TUR", source_id="c"),
        sources={"a": {}, "b": {}, "c": {}},
    )
    found = networks.jackknife(ties.shares(book, DAY), net).set_index("actor")
    # By hand: net degrees PAK 3, IEA 2, CHN, IND, TUR 1.
    assert found["rank"].to_dict() == {"PAK": 1, "IEA": 2, "CHN": 3, "IND": 3, "TUR": 3}
    # Without b: PAK-CHN and IEA-TUR are left, all at 1; IND is gone. Without c: PAK 3, else 1.
    assert found.loc["PAK", ["low", "high", "absent"]].tolist() == [1, 1, 0]
    assert found.loc["IEA", ["low", "high"]].tolist() == [1, 2]
    assert found.loc["IND", ["low", "high", "absent"]].tolist() == [2, 3, 1]


def test_who_has_no_value_has_no_rank(make_book):
    rows = ties.shares(make_book(event("ASSAULT")), DAY)
    assert networks.jackknife(rows, signed.pn_centrality).empty, "two foes alone have no PN index"
    assert len(networks.jackknife(rows, net)) == 2
    none = ties.shares(make_book(event("REQUEST", modality="alleged")), DAY)
    assert networks.jackknife(none, net).empty


def test_the_jackknife_is_that_of_the_slow_way(live):
    rows = ties.shares(live, DAY)
    quick = networks.jackknife(rows, signed.pn_centrality).set_index("actor")
    for source in sorted(set(rows["source_id"]))[::25]:
        less = networks.signed(networks.graph(ties.sum_up(rows[rows["source_id"] != source])))
        ranks = pd.Series(signed.pn_centrality(less)).round(9).rank(ascending=False, method="min")
        ranks = ranks.reindex(quick.index)
        assert not (ranks < quick["low"]).any() and not (ranks > quick["high"]).any()


# Through time


@pytest.fixture(scope="module")
def years(make_book):
    return make_book(
        event("CONSULT:visit", "PAK;IEA", "", start="2022-01-01"),
        event("AGREE", "PAK;IEA;CHN", "", start="2022-01-20"),
        event("ASSAULT", "PAK", "IEA", start="2022-01-31", occurrence_id="raid"),
        event("ASSAULT:aerial", "PAK", "IEA", start="2022-02", occurrence_id="raid"),
        event("CONSULT:multilateral", "PAK;IEA", "", start="2022-03-01", mediators="CHN"),
        event("RETREAT:ceasefire", "PAK;IEA", "", start="2022-03-02", mediators="CHN"),
        event("ASSAULT", "PAK", "IEA", start="2022-03-05", modality="alleged"),
        event("THREATEN:expel", "PAK", "AFG_REF", start="2022-03-10", modality="planned"),
        event("ASSAULT", "PAK", "IEA", start="", layer="security"),
        event("REQUEST", "PAK", "IEA", start="2022-03-11"),
        event("ASSAULT", "PAK", "IEA", start="2021-08-14"),
        event("AID", "IND", "IEA", start="2022-03-12"),
        event("ASSAULT", "PAK", "IEA", start="2022-03-20"),
        lasting("maintains_missions_in", "PAK", "IEA", start="2021"),
        lasting("restricts_crossing_of", "PAK", "IEA", start="2022-02-01", end="2022-02-20"),
        lasting("rival_of", "PAK", "IEA", start=""),
    )


def test_acts_between_two_are_dated_asserted_and_once_each(years):
    found = networks.acts(years, ["IEA", "PAK"], "2022-04-15")
    assert list(zip(found["act"], found["claims"], found["intensity"], strict=True)) == [
        ("cooperation", ["C0001"], 4.0),
        ("cooperation", ["C0002"], 1.25),
        ("conflict", ["C0003", "C0004"], -9.25),
        ("cooperation", ["C0005"], 4.0),
        ("de-escalation", ["C0006"], 7.5),
        ("expulsion", ["C0008"], -3.5),
        ("conflict", ["C0013"], -9.0),
    ]
    assert networks.acts(years, ["IEA", "PAK"], "2022-01-10")["claims"].tolist() == [["C0001"]]
    assert networks.acts(years, ["IEA", "PAK"], "2022-04-15", Terms(layers=["border"])).empty


def test_spans_hold_until_an_end_is_reported(years):
    found = networks.spans(years, ["PAK", "IEA"], "2022-03-01")
    assert found["relation"].tolist() == ["maintains missions in", "restricts crossing of"]
    assert pd.isna(found["end"].iloc[0]) and found["end"].iloc[1] == pd.Timestamp("2022-02-20")
    still = networks.spans(years, ["PAK", "IEA"], "2022-02-10")
    assert still["end"].isna().all(), "an end to come is not known yet"


def test_acts_of_one_week_and_one_mediator_are_one_round(years):
    found = networks.episodes(ties.mediations(years, "2022-04-15"))
    assert len(found) == 1
    assert found["codes"].tolist() == [["CONSULT", "RETREAT"]]
    assert found["claims"].tolist() == [["C0005", "C0006"]]
    # The cease-fire of 2 March is the end of the round, the blow of 20 March comes 18 days later.
    assert found["clash"].tolist() == [18]
    assert networks.episodes(ties.mediations(years, "2022-01-01")).empty


@pytest.mark.parametrize(("later", "rounds"), [("2022-03-08", 1), ("2022-03-09", 2)])
def test_a_round_ends_a_week_after_its_last_act(make_book, later, rounds):
    acts = [
        event("CONSULT", "PAK;IEA", "", start=day, mediators="QAT") for day in ("2022-03-01", later)
    ]
    book = make_book(*acts)
    assert len(networks.episodes(ties.mediations(book, DAY))) == rounds
    other = event("CONSULT", "PAK;IEA", "", start="2022-03-02", mediators="TUR")
    more = networks.episodes(ties.mediations(make_book(*acts, other), DAY))
    assert len(more) == rounds + 1, "another mediator's round is another round"


def test_quarters_end_on_the_day_and_hold_the_rules_of_ties(small):
    found = networks.quarters(small, DAY, ("PAK", "IEA"))
    assert found["day"].iloc[0] == pd.Timestamp("2021-09-30")
    assert found["day"].iloc[-1] == pd.Timestamp(DAY)
    last = found.iloc[-1]
    assert last[["cooperative", "conflictual", "mixed", "sign"]].tolist() == [3, 2, 0, -1]
    on_day = ties.between(ties.on(small, DAY), "PAK", "IEA")
    assert last["conflict"] == on_day["conflict"].iloc[0]
    assert found[["conflict", "sign"]].iloc[0].isna().all()
    assert networks.quarters(small, "2021-08-14", ("PAK", "IEA")).empty
    assert len(networks.quarters(small, "2021-09-30", ("PAK", "IEA"))) == 1


# Perspectives


def test_each_side_and_third_parties(make_book):
    book = make_book(
        event("ASSAULT", source_id="state-press"),
        event("COOPERATE", "PAK", "CHN", source_id="paper"),
        lasting("hosts", "IEA", "TTP", modality="alleged", speaker="PAK_MFA"),
        event("AID", "IND", "IEA", speaker="IEA_MFA"),
        sources={"state-press": {"side": "PAK"}},
    )
    found = networks.perspectives(book, ["PAK", "IEA"], DAY, Terms(speaker="IND"))
    pairs = {who: set(zip(t["a"], t["b"], strict=True)) for who, t in found.items()}
    assert pairs["PAK"] - pairs["IEA"] == {("IEA", "TTP")}
    assert pairs["others"] == {("CHN", "PAK")}, "neither an owned outlet nor a side's own word"
    signs = networks.signs(found)
    assert list(signs.columns) == ["a", "b", "PAK", "IEA", "others"] and len(signs) == 4


# Sentences


@pytest.mark.parametrize(
    ("ends", "cooperation", "conflict", "speaker", "said"),
    [
        ("PAK IEA", 5.0, 9.0, "", (
            "On 1 June 2025 the tie between Pakistan and Kabul is mixed, with more conflict than "
            "cooperation on record. It rests on one claim from one independent source.")),
        ("TTP IEA", 6.0, 0.0, "PAK", (
            "As told by Pakistan, on 1 June 2025 the tie between the TTP and Kabul is cooperative, "
            "by charges alone. It rests on one claim from one independent source.")),
    ],
)  # fmt: skip
def test_a_headline_says_what_outweighs_what_and_who_tells_it(
    ends, cooperation, conflict, speaker, said
):
    tie = {"cooperation": cooperation, "conflict": conflict, "net": cooperation - conflict}
    tie |= {"sign": 0 if conflict else 1, "is_charge": not conflict}
    first, second = sorted(ends.split())
    found = pd.DataFrame([{"a": first, "b": second, "claim_count": 1, "source_count": 1} | tie])
    assert told.headline(found, ends.split(), NAMES, DAY, speaker).startswith(said)


def test_a_tie_that_is_gone_or_was_never_there_is_said():
    mixed = pd.DataFrame({"sign": [0]})
    half_lives = told.half_lives(pd.DataFrame({"sign": [0, -1]}), 3, "Pakistan", "Kabul")
    assert half_lives.endswith("conflictual or mixed, and gone at one, depending on the half-life.")
    assert "without AP it is gone" in told.left_out(pd.Series({"AP": np.nan}), mixed)
    assert "no tie between the two" in told.left_out(pd.Series(dtype=float), mixed.head(0))
    assert "no camps to look for" in told.camps(0, 0)


def test_balance_says_its_range_over_charges_and_what_cannot_be_measured():
    cases = pd.DataFrame(
        {
            "believed": [[], ["IEA;PAK"]],
            "triangles": [0.5, 0.25], "walks": [0.8, 0.1], "frustration": [2.0, 4.0],
        }
    )  # fmt: skip
    assert built.balance(cases) == (
        "50% of triangles are balanced (25% to 50%); 0.80 is balance by walks (0.10 to 0.80); "
        "2 ties stand in the way of two camps (2 to 4); in brackets the range over one charged "
        "pair."
    )
    assert built.balance(cases.head(1).assign(triangles=np.nan)) == (
        "0.80 is balance by walks; 2 ties stand in the way of two camps; no charge moves a tie."
    )
    assert built.headline(dict.fromkeys(signed.PATTERNS, 0), 0, 3, DAY) == (
        "On 1 June 2025, there is no triangle to balance. Two camps divide the network without a "
        "tie against them."
    )
    assert "no cooperative or conflictual tie" in built.headline({}, 0, 0, DAY)


@pytest.mark.parametrize(
    ("index", "bound", "said"),
    [
        (0, 0, "none must change"),
        (2, 2, "at least two of nine ties must change"),
        (9, 7, "proven is only that there are at least seven"),
    ],
)
def test_what_is_not_proven_is_not_said_to_be(index, bound, said):
    camps = signed.Frustration(index, bound, index == bound, (frozenset("a"), frozenset("b")), ())
    assert said in built.proof(camps, 9).lower()
    assert "no camps to part" in built.proof(camps, 0)
