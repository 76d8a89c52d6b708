"""Agreement: counts against a plain loop, coefficients against libraries, resampling by seed."""

from __future__ import annotations

import warnings

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from analysis import agreement
from analysis.agreement import CELLS, MEASURES

LETTER = {1: "y", 2: "a", 3: "n"}
BALLOTS = st.lists(
    st.lists(st.sampled_from([0, 1, 1, 1, 2, 3]), min_size=3, max_size=3), min_size=1, max_size=25
)
PAIRS = st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from([1, 2, 3])), min_size=2)


def long(rows, session=1, states="ABC"):
    """Rows of votes, one a roll call, 0 for absent, as the long frame that the package reads."""
    return pd.DataFrame(
        [
            (session, roll_call, state, vote)
            for roll_call, row in enumerate(rows)
            for state, vote in zip(states, row, strict=True)
            if vote
        ],
        columns=["session", "roll_call", "state", "vote"],
    )


def pair(table, split=None):
    """Measures of one pair from its two series of votes."""
    return agreement.measures(agreement.counts(long(table, states="AB"))).iloc[0]


@settings(max_examples=60, deadline=None)
@given(BALLOTS)
def test_counts_equal_a_plain_loop(rows):
    votes = long(rows)
    if votes.empty:
        return
    found = agreement.counts(votes)
    states = sorted(votes["state"].unique())
    assert list(zip(found["a"], found["b"], strict=True)) == [
        (a, b) for i, a in enumerate(states) for b in states[i + 1 :]
    ]
    for row in found.itertuples():
        i, j = "ABC".index(row.a), "ABC".index(row.b)
        both = [(r[i], r[j], len(set(r) - {0}) > 1) for r in rows if r[i] and r[j]]
        for suffix, kept in (("", both), ("_split", [r for r in both if r[2]])):
            cells = [LETTER[x] + LETTER[y] for x, y, _ in kept]
            assert [getattr(row, c + suffix) for c in CELLS] == [cells.count(c) for c in CELLS]
            gaps = [abs(x - y) for x, y, _ in kept]
            for name, gap in (("same", 0), ("partial", 1), ("opposite", 2)):
                assert getattr(row, name + suffix) == gaps.count(gap)
            assert getattr(row, "n" + suffix) == len(kept)
        assert row.alone == sum((r[i] > 0) != (r[j] > 0) for r in rows)


@settings(max_examples=80, deadline=None)
@given(PAIRS)
def test_kappa_equals_scikit_learn(table):
    row = pair(table)
    one, other = zip(*table, strict=True)
    for name, weights in (("nominal", None), ("linear", "linear"), ("squared", "quadratic")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = cohen_kappa_score(one, other, labels=[1, 2, 3], weights=weights)
        if len(set(one) | set(other)) == 1:
            expected = np.nan
        assert row[f"kappa_{name}"] == pytest.approx(expected, abs=1e-9, nan_ok=True)


@settings(max_examples=80, deadline=None)
@given(PAIRS)
def test_pi_is_krippendorff_s_alpha_but_for_the_small_sample_term(table):
    row = pair(table)
    one, other = zip(*table, strict=True)
    if len(set(one) | set(other)) == 1:
        assert row[["pi_nominal", "pi_linear", "pi_squared"]].isna().all()
        return
    units = 2 * len(table)

    def gap(v1, v2, i1, i2, n_v, dtype=np.float64):
        return np.abs(v1 - v2).astype(dtype)

    for name, level in (("nominal", "nominal"), ("linear", gap), ("squared", "interval")):
        alpha = krippendorff.alpha(
            reliability_data=np.array([one, other], dtype=float),
            value_domain=[1.0, 2.0, 3.0], level_of_measurement=level,
        )  # fmt: skip
        expected = 1 - (1 - alpha) * units / (units - 1)
        assert row[f"pi_{name}"] == pytest.approx(expected, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(PAIRS)
def test_shares_by_hand(table):
    row = pair(table)
    gaps = np.array([abs(one - other) for one, other in table])
    split = np.array([one != other for one, other in table])
    assert row["agree3"] == pytest.approx(np.mean(gaps == 0), abs=1e-12)
    assert row["lijphart"] == pytest.approx(1 - gaps.mean() / 2, abs=1e-12)
    expected = 1 - gaps[split].mean() / 2 if split.any() else np.nan
    assert row["agree_voeten"] == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_scott_s_and_cohen_s_own_arithmetic():
    """Margins .6/.4 and .7/.3, 85 of 100 alike: kappa by its formula, pi by its pooled margins."""
    table = [(1, 1)] * 57 + [(1, 3)] * 3 + [(3, 1)] * 12 + [(3, 3)] * 28
    row = pair(table)
    chance = 0.60 * 0.69 + 0.40 * 0.31
    pooled = 0.645**2 + 0.355**2
    assert row["kappa_nominal"] == pytest.approx((0.85 - chance) / (1 - chance), abs=1e-12)
    assert row["pi_nominal"] == pytest.approx((0.85 - pooled) / (1 - pooled), abs=1e-12)
    # With yes and no alone all weights say the same.
    assert row["kappa_linear"] == pytest.approx(row["kappa_nominal"], abs=1e-12)


def test_constant_voters_are_undefined_or_at_chance_never_in_accord():
    same = pair([(1, 1)] * 5)
    assert same[["kappa_linear", "pi_linear", "agree_voeten"]].isna().all()
    assert same["lijphart"] == 1
    apart = pair([(1, 3)] * 5)
    assert apart["kappa_linear"] == 0 and apart["pi_linear"] == -1 and apart["lijphart"] == 0


def test_a_pair_that_never_voted_together_has_no_value():
    found = agreement.measures(agreement.counts(long([(1, 0, 2), (0, 1, 1), (1, 0, 3)])))
    row = found[(found["a"] == "A") & (found["b"] == "B")].iloc[0]
    assert row["n"] == 0 and row[list(MEASURES)].isna().all()


def test_unanimity_is_that_of_the_assembly_where_it_is_told():
    votes = long([(1, 1, 1), (1, 1, 2)])
    two = votes[votes["state"] != "C"]
    assert agreement.counts(two)["n_split"].tolist() == [0]
    told = two.assign(is_split=two["roll_call"] == 1)
    assert agreement.counts(told)["n_split"].tolist() == [1]
    told.iloc[0, told.columns.get_loc("is_split")] = True
    with pytest.raises(ValueError, match="is_split differs"):
        agreement.counts(told)


def test_sessions_stay_apart_and_pool_by_sums():
    votes = pd.concat([long([(1, 1, 3)]), long([(1, 2, 0), (2, 2, 1)], session=2)])
    found = agreement.counts(votes)
    assert found.groupby("session").size().to_dict() == {1: 3, 2: 3}
    total = agreement.pooled(found)
    assert total["session"].unique().tolist() == ["1-2"]
    assert total.loc[total["b"] == "B", ["n", "same", "partial"]].values.tolist() == [[3, 2, 1]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda v: v.drop(columns="vote"), "lack the column 'vote'"),
        (lambda v: v.assign(vote=[1, 2, 8]), "row 2 .*vote 8"),
        (lambda v: v.assign(vote=[1, 2.5, 3]), "row 1 .*2.5"),
        (lambda v: v.assign(vote=[1, None, 3]), "row 1"),
        (lambda v: v.assign(vote=["1", "2", "3"]), "row 0 .*'1'"),
        (lambda v: v.assign(vote=[True, True, True]), "row 0"),
        (lambda v: v.assign(state=["A", None, "C"]), "row 1 .*state is blank"),
        (lambda v: v.assign(state=["A", "B", "A"]), "row 2 .*votes twice"),
    ],
)
def test_bad_votes_are_refused_with_their_row(change, words):
    votes = pd.DataFrame({"session": 1, "roll_call": 1, "state": list("ABC"), "vote": [1, 2, 3]})
    with pytest.raises(ValueError, match=words):
        agreement.counts(change(votes))


def test_impossible_counts_and_unknown_measures_are_refused():
    found = agreement.counts(long([(1, 1, 2)]))
    with pytest.raises(ValueError, match="row 1 of counts"):
        agreement.measures(found.assign(n_split=[1, 9, 1]))
    with pytest.raises(ValueError, match="expected one of lijphart"):
        agreement.intervals(found, "kapa")


@pytest.fixture(scope="module")
def assembly():
    """Six states in two camps over 120 roll calls, two states often absent; seeded."""
    generator = np.random.default_rng(7)
    camp = np.array([0, 0, 0, 1, 1, 1])
    call = generator.choice([1, 3], 120)
    chance = generator.random((120, 6))
    votes = np.where(camp[None, :] == 0, call[:, None], 4 - call[:, None])
    votes = np.where(chance < 0.12, 2, np.where(chance > 0.97, 4 - votes, votes))
    votes[:, [2, 5]] *= generator.random((120, 2)) > 0.2
    return long(votes, states="ABCDEF")


def test_intervals_cover_their_value_say_what_was_drawn_and_repeat_by_seed(assembly):
    by_votes = agreement.intervals(assembly, "kappa_linear", draws=200, seed=3)
    by_table = agreement.intervals(agreement.counts(assembly), "kappa_linear", draws=200, seed=3)
    assert set(by_votes["resampled"]) == {"roll calls"}
    assert set(by_table["resampled"]) == {"joint table"}
    for found in (by_votes, by_table):
        assert ((found["low"] <= found["value"]) & (found["value"] <= found["high"])).all()
    assert np.allclose(by_votes["value"], by_table["value"])
    # Drawing roll calls also moves n, so the widths are like, not the same.
    wide = (by_votes["high"] - by_votes["low"]) / (by_table["high"] - by_table["low"])
    assert wide.between(0.6, 1.6).all()
    again = agreement.intervals(assembly, "kappa_linear", draws=200, seed=3)
    other = agreement.intervals(assembly, "kappa_linear", draws=200, seed=4)
    pd.testing.assert_frame_equal(by_votes, again)
    assert not np.allclose(by_votes["low"], other["low"])


def test_the_interval_of_a_share_has_the_width_that_theory_gives(assembly):
    found = agreement.intervals(assembly, "agree3", draws=2000, seed=1).iloc[0]
    n = agreement.counts(assembly)["n"].iloc[0]
    width = 2 * 1.96 * np.sqrt(found["value"] * (1 - found["value"]) / n)
    assert found["high"] - found["low"] == pytest.approx(width, rel=0.12)


def test_an_undefined_coefficient_has_no_interval():
    votes = long([(1, 1, 3)] * 4 + [(1, 1, 1)])
    # Among two alone no draw of any pair is defined.
    both = votes[votes["state"].isin(["A", "B"])]
    for data in (votes, agreement.counts(votes), both, agreement.counts(both)):
        found = agreement.intervals(data, "kappa_linear", draws=50)
        assert found.iloc[0][["value", "low", "high"]].isna().all()


def test_paired_differences_are_narrower_than_overlapping_intervals_suggest(assembly):
    twin = assembly[assembly["state"] == "B"].assign(state="G")
    found = agreement.differences(pd.concat([assembly, twin]), "A", "lijphart", draws=300, seed=1)
    row = found[(found["p"] == "B") & (found["q"] == "G")].iloc[0]
    assert row[["difference", "low", "high"]].tolist() == [0, 0, 0] and not row["is_apart"]
    camps = found[found["p"].isin(["B", "C"]) & found["q"].isin(["D", "E", "F"])]
    assert len(camps) == 6 and camps["is_apart"].all()
    assert (found["value_p"] >= found["value_q"]).all()


def test_a_planted_shift_is_found_and_a_stable_pair_is_not(assembly):
    later = assembly.assign(session=2)
    turned = later["state"] == "B"
    later.loc[turned, "vote"] = 4 - later.loc[turned, "vote"]
    found = agreement.drift(pd.concat([assembly, later]), "A", "kappa_linear", draws=200)
    shifts = found.groupby("partner")["is_shift"].first()
    assert shifts.to_dict() == {"B": True, "C": False, "D": False, "E": False, "F": False}
    assert found.loc[found["partner"] == "B", "change"].iloc[0] < -1
    # The same votes twice: drawn apart, so the change is 0 and its interval is not a point.
    same = found[found["partner"] == "C"].iloc[0]
    assert same["change"] == 0 and same["change_low"] < -0.02 and same["change_high"] > 0.02
    one = agreement.drift(assembly, "A", "kappa_linear", draws=20)
    assert one["change"].isna().all() and not one["is_shift"].any()


def test_absence_counted_as_abstention_fills_every_gap(assembly):
    filled = agreement.absent_as_abstaining(assembly)
    assert len(filled) == 120 * 6 and len(assembly) < 120 * 6
    kept = filled.merge(assembly, on=["session", "roll_call", "state"], suffixes=("", "_cast"))
    assert (kept["vote"] == kept["vote_cast"]).all() and len(kept) == len(assembly)


def test_coincidence_counts_a_vote_alone_as_half():
    found = agreement.counts(long([(1, 1, 0), (1, 2, 3), (3, 0, 1), (2, 0, 0), (0, 0, 1)]))
    assert found["alone"].tolist() == [2, 3, 3]
    # A and B: one the same, one partial, two alone; B and C: one partial, three alone.
    expected = [(1 + 0.5 + 1) / 4, 1.5 / 5, (0.5 + 1.5) / 4]
    assert agreement.coincidence(found).tolist() == pytest.approx(expected)


def test_positions_part_the_camps_with_the_sign_asked_for(assembly):
    found = agreement.positions(assembly, "A", "D").set_index("state")["position"]
    assert (found[["A", "B", "C"]] < 0).all() and (found[["D", "E", "F"]] > 0).all()
    assert found.mean() == pytest.approx(0) and found.std(ddof=0) == pytest.approx(1)
    turned = agreement.positions(assembly, "D", "A").set_index("state")["position"]
    assert np.allclose(found, -turned)
    assert agreement.positions(assembly, "A", "Z")["position"].isna().all()
    assert agreement.positions(long([(1, 1, 1)]), "A", "B")["position"].isna().all()


def test_without_a_named_pair_the_last_by_name_stands_above_the_first(assembly):
    found = agreement.positions(assembly)
    for _, held in found.groupby("session"):
        assert held["position"].iloc[-1] > held["position"].iloc[0]
    first, last = assembly["state"].min(), assembly["state"].max()
    pd.testing.assert_frame_equal(found, agreement.positions(assembly, low=first, high=last))
    alone = assembly[assembly["state"] == first]
    assert agreement.positions(alone)["position"].isna().all()
    with pytest.raises(ValueError, match="name low and high"):
        agreement.positions(assembly, low=first)


def test_clusters_find_the_camps_and_resampling_holds_them(assembly):
    found = agreement.measures(agreement.counts(assembly))
    square = agreement.distances(found, "kappa_linear")
    tree = agreement.clusters(square, assembly, "kappa_linear", draws=50, seed=1)
    assert {frozenset(tree.order[:3]), frozenset(tree.order[3:])} == {
        frozenset("ABC"), frozenset("DEF"),
    }  # fmt: skip
    camps = tree.support[tree.support["members"].map(len) == 3]
    assert camps["support"].tolist() == [1.0, 1.0] and tree.cophenetic > 0.95
    assert tree.support["support"].iloc[-1] == 1.0
    with pytest.raises(ValueError, match="no distance is known between A and B"):
        agreement.clusters(square.replace(square.loc["A", "B"], np.nan))


def test_node_permutation_finds_a_planted_likeness_and_not_a_shuffled_one():
    generator = np.random.default_rng(5)
    place = generator.normal(size=10)
    names = list("ABCDEFGHIJ")
    gap = pd.DataFrame(np.abs(np.subtract.outer(place, place)), names, names)
    noise = generator.normal(scale=0.2, size=(10, 10))
    like = agreement.permuted(gap, gap + noise + noise.T, draws=199, seed=1)
    assert like.p == 1 / 200 and like.rho > 0.8 and like.pairs == 45
    order = generator.permutation(10)
    mixed = gap.to_numpy()[np.ix_(order, order)]
    unlike = agreement.permuted(gap, pd.DataFrame(mixed, names, names), draws=199, seed=1)
    assert unlike.p > 0.05
    assert agreement.permuted(gap, gap + noise + noise.T, draws=199, seed=1) == like
    with pytest.raises(ValueError, match="the frames differ in J"):
        agreement.permuted(gap, gap.iloc[:9, :9])
    with pytest.raises(ValueError, match="symmetric"):
        agreement.permuted(gap, gap + np.triu(np.ones((10, 10))))
    # A state that is known on one side only lends its place on the other to nobody.
    less = gap.copy()
    less.loc["J", :] = less.loc[:, "J"] = np.nan
    nine = agreement.permuted(gap.iloc[:9, :9], (gap + noise + noise.T).iloc[:9, :9], draws=199)
    assert agreement.permuted(less, gap + noise + noise.T, draws=199) == nine and nine.states == 9
    blank = gap.mask(gap > 0)
    assert np.isnan(agreement.permuted(gap, blank).p)


def test_it_is_states_that_are_relabelled_and_not_pairs():
    """Five places on a line: only the mirror image is as like as they are, 2 of 120 orders."""
    names = list("ABCDE")
    line = pd.DataFrame(np.abs(np.subtract.outer(range(5), range(5))) * 1.0, names, names)
    found = agreement.permuted(line, line, draws=4000, seed=3)
    assert found.p == pytest.approx(2 / 120, abs=0.006)
