"""Agreement: counts against a plain loop, coefficients against libraries, intervals by seed."""

from __future__ import annotations

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


def pair(table):
    """Measures of one pair from its two series of votes."""
    return agreement.measures(agreement.counts(long(table, states="AB"))).iloc[0]


@settings(max_examples=40, deadline=None)
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


@settings(max_examples=40, deadline=None)
@given(PAIRS)
def test_shares_and_coefficients_against_definitions_and_libraries(table):
    """Kappa is scikit-learn's; pi is Krippendorff's alpha but for the small-sample term."""
    row = pair(table)
    one, other = np.transpose(table)
    gaps = np.abs(one - other)
    expected = {"agree3": np.mean(gaps == 0), "lijphart": 1 - gaps.mean() / 2}
    expected["agree_voeten"] = 1 - gaps[gaps > 0].mean() / 2 if gaps.any() else np.nan
    units, is_constant = 2 * len(table), len({*one, *other}) == 1

    def gap(v1, v2, i1, i2, n_v, dtype=np.float64):
        return np.abs(v1 - v2).astype(dtype)

    weighting = {"nominal": (None, "nominal"), "linear": ("linear", gap)}
    weighting["squared"] = ("quadratic", "interval")
    for name, (weights, level) in weighting.items():
        if is_constant:
            expected |= {f"kappa_{name}": np.nan, f"pi_{name}": np.nan}
            continue
        kappa = cohen_kappa_score(one, other, labels=[1, 2, 3], weights=weights)
        alpha = krippendorff.alpha(
            np.array([one, other], dtype=float),
            value_domain=[1.0, 2.0, 3.0],
            level_of_measurement=level,
        )
        pi = 1 - (1 - alpha) * units / (units - 1)
        expected |= {f"kappa_{name}": kappa, f"pi_{name}": pi}
    assert row[list(expected)].tolist() == pytest.approx(
        list(expected.values()), abs=1e-9, nan_ok=True
    )


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
    never = pair([(1, 0), (0, 1)])
    assert never["n"] == 0 and never[list(MEASURES)].isna().all()
    assert apart["kappa_linear"] == 0 and apart["pi_linear"] == -1 and apart["lijphart"] == 0


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
        (lambda v: v.assign(vote=[1, None, 3]), "row 1"),
        (lambda v: v.assign(vote=["1", "2", "3"]), "row 0 .*'1'"),
        (lambda v: v.assign(state=["A", None, "C"]), "row 1 .*state is blank"),
        (lambda v: v.assign(state=["A", "B", "A"]), "row 2 .*votes twice"),
    ],
)
def test_bad_votes_are_refused_with_their_row(change, words):
    votes = pd.DataFrame({"session": 1, "roll_call": 1, "state": list("ABC"), "vote": [1, 2, 3]})
    with pytest.raises(ValueError, match=words):
        agreement.counts(change(votes))


def test_impossible_counts_and_unknown_measures_are_refused():
    votes = long([(1, 1, 2)])
    with pytest.raises(ValueError, match="row 1 of counts"):
        agreement.measures(agreement.counts(votes).assign(n_split=[1, 9, 1]))
    with pytest.raises(ValueError, match="expected one of lijphart"):
        agreement.intervals(votes, "kapa", "A")
    with pytest.raises(ValueError, match="draws is 0"):
        agreement.intervals(votes, "lijphart", "A", draws=0)


def test_intervals_hold_the_value_and_come_again_with_the_seed():
    """Four states over 120 roll calls, the last often absent; the first two mostly alike."""
    generator = np.random.default_rng(7)
    call = generator.choice([1, 3], 120)
    rows = np.column_stack([call, call, 4 - call, call])
    rows = np.where(generator.random(rows.shape) < 0.15, 2, rows)
    rows[:, 3] *= generator.random(120) > 0.3
    votes = long(rows.tolist(), states="ABCD")
    found = agreement.intervals(votes, "lijphart", "A").set_index("partner")
    plain = agreement.measures(agreement.counts(votes)).query("a == 'A'").set_index("b")
    assert found["value"].tolist() == pytest.approx(plain["lijphart"].tolist())
    assert found["n"].tolist() == plain["n"].tolist()
    assert (found["low"] < found["value"]).all() and (found["value"] < found["high"]).all()
    width = found["high"] - found["low"]
    assert width["D"] > width["B"], "fewer votes, less known"
    assert found.equals(agreement.intervals(votes, "lijphart", "A").set_index("partner"))
    assert agreement.intervals(votes, "lijphart", "Z").empty


def test_what_is_undefined_has_no_interval():
    found = agreement.intervals(long([(1, 1, 0)] * 4), "kappa_linear", "A")
    assert found[["value", "low", "high"]].isna().all(axis=None)
