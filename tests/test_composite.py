"""The composite: indicators by hand, each choice by hand, sensitivities against the whole grid."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import engagement
from analysis.engagement import AGGREGATIONS, CHOICES, INDICATORS, NORMALISATIONS
from analysis.engagement.composite import places, ranked, scores
from analysis.engagement.uncertainty import WEIGHT_SETS, _weight_sets

DAY = "2025-06-01"


def step(name, start="2024-01-01", actors="CHN", recipients="IEA", **more):
    return (
        dict(code="COOPERATE", actors=actors, recipients=recipients, step=name, start=start) | more
    )


def value(book, state, indicator, states=("CHN", "NOR")):
    rows = engagement.indicators(book, DAY, states=states)
    return rows[(rows["state"] == state) & (rows["indicator"] == indicator)].iloc[0]


def table(**columns):
    states = pd.Index([f"S{k}" for k in range(len(next(iter(columns.values()))))], name="state")
    return pd.DataFrame(columns, index=states, dtype=float)


def test_a_state_without_steps_is_not_zero(make_book):
    book = make_book(step("energy_agreed"))
    rows = engagement.wide(engagement.indicators(book, DAY, states=["NOR", "CHN"]))
    assert rows.loc["NOR"].isna().all()
    assert rows.loc["CHN"].to_dict() == dict.fromkeys(INDICATORS, 0.0) | {"energy": 1.0}
    scored = engagement.scored(rows).set_index("state")
    assert math.isnan(scored.loc["NOR", "score"]) and math.isnan(scored.loc["NOR", "place"])


def test_what_is_undone_announced_or_denied_does_not_count(make_book):
    book = make_book(
        step("energy_agreed"),
        step("energy_started", "2024-06-01"),
        step("energy_cancelled", "2024-12-01", code="REJECT"),
        step("corridor_agreed", modality="planned"),
        step("security_agreed", modality="denied"),
        step("crossing_opened"),
    )
    assert value(book, "CHN", "energy")[["value", "claims"]].tolist() == [1.0, ["C0002"]]
    assert value(book, "CHN", "trade")["value"] == value(book, "CHN", "security")["value"] == 0


def test_meetings_count_once_however_many_report_them(make_book):
    book = make_book(
        step("contact", "2024-01-01", occurrence_id="x"),
        step("contact", "2024-01-01", occurrence_id="x"),
        step("contact", "2024-03-01"),
    )
    found = value(book, "CHN", "contacts")
    assert found["value"] == 2 and len(found["claims"]) == 3


def test_where_no_ban_is_coded_recognition_is_all_there_is(make_book):
    ban = step("listed", "2003", code="SANCTION", recipients="TAL")
    lifted, seen = step("delisted", code="CONCEDE"), step("recognised")
    for rows, expected in (
        ([seen], 2), ([ban, seen], 1), ([ban, lifted], 1), ([ban, lifted, seen], 2), ([lifted], 1),
    ):  # fmt: skip
        assert value(make_book(*rows), "CHN", "law")["value"] == expected


def test_every_indicator_of_the_real_ledger_stands_on_its_claims(book):
    rows = engagement.indicators(book, "2026-05-31")
    claims = book.claims.set_index("claim_id")
    assert (rows["claims"].str.len() > 0).eq(rows["value"] > 0).all()
    for row in rows.to_dict("records"):
        assert {claims.at[i, "step"] for i in row["claims"]} <= set(
            INDICATORS[row["indicator"]].steps
        )
        assert all(claims.at[i, "modality"] == "asserted" for i in row["claims"])
    known = {code for one in INDICATORS.values() for code in one.steps}
    assert known <= set(book.codes.loc[book.codes["kind"] == "step", "code"])


# Two ambassadors of two, one step of two on energy: S0 has the one, S1 the other, S2 half of both.
HAND = table(ambassadors=[2, 0, 1], energy=[0, 2, 1], contacts=[0, 3, 1])


@pytest.mark.parametrize(
    ("normalisation", "aggregation", "expected"),
    [
        ("min-max", "arithmetic", [34, 67, 50.5]),
        ("distance to the most", "arithmetic", [34, 67, 50.5]),
        ("rank", "arithmetic", [34, 67, 50.5]),
        ("z-score", "arithmetic", [50 - 10 / 3, 50 + 10 / 3, 50]),
        ("min-max", "geometric", [100 ** (1 / 3), 100 ** (2 / 3), 50.5]),
        ("min-max", "copeland", [-2, 2, 0]),
    ],
)
def test_each_choice_by_hand(normalisation, aggregation, expected):
    scored = engagement.scored(HAND, "indicators", normalisation, aggregation).set_index("state")
    assert scored["score"].reindex(HAND.index).tolist() == pytest.approx(expected)


def test_weights_by_dimension_and_by_hand():
    by_dimension = engagement.scored(HAND, "dimensions").set_index("state")["score"]
    # Diplomacy: ambassadors and meetings, a quarter each; economy: energy, one half.
    assert by_dimension["S0"] == pytest.approx(0.25 * 100 + 0.75)
    only = engagement.scored(HAND, {"ambassadors": 3, "energy": 0, "contacts": 0})
    assert only["score"].tolist() == [100, 50.5, 1]


@pytest.mark.parametrize(
    "wrong", ["equal", {"energy": 1}, dict.fromkeys(HAND, -1.0), dict.fromkeys(HAND, 0.0)]
)
def test_wrong_weights_are_refused(wrong):
    with pytest.raises(ValueError, match="weights"):
        engagement.scored(HAND, wrong)


def test_wrong_methods_and_draws_are_refused():
    with pytest.raises(ValueError, match="normalisation 'log'"):
        engagement.scored(HAND, normalisation="log")
    with pytest.raises(ValueError, match="aggregation 'sum'"):
        engagement.scored(HAND, aggregation="sum")
    with pytest.raises(ValueError, match="power of two such as 512, not 500"):
        engagement.uncertainty(HAND, draws=500)


@pytest.mark.parametrize(
    "little",
    [table(energy=[math.nan, math.nan]), table(energy=[1, math.nan]), table(energy=[1, 1, 1])],
)
def test_nothing_to_rank_gives_no_place(little):
    assert engagement.scored(little)["place"].isna().all()
    found = engagement.uncertainty(little, draws=8)
    assert found.places.empty and found.sensitivities["total"].isna().all()
    assert engagement.leave_one_out(little).empty


def test_the_same_seed_gives_the_same_places_and_another_seed_others():
    real = pd.concat([HAND, HAND.add_prefix("T", axis=0) * 0.5])
    one, same, other = (engagement.uncertainty(real, draws=64, seed=s) for s in (1, 1, 2))
    assert one.places.equals(same.places) and one.sensitivities.equals(same.sensitivities)
    assert np.array_equal(one.shifts, same.shifts)
    assert not np.array_equal(one.shifts, other.shifts)


def test_sensitivities_are_the_shares_of_variance_on_the_whole_grid(book):
    """All 4 x 3 x 64 alternatives can be counted, so the Sobol indices are known exactly."""
    values = engagement.wide(engagement.indicators(book, "2026-05-31"))
    found = engagement.uncertainty(values, draws=2048, seed=3)
    rng = np.random.default_rng(3)
    ranks = places(scores(ranked(values), _weight_sets("indicators", list(ranked(values)), rng)))
    nominal = places(engagement.scored(values).set_index("state")["score"].reindex(values.index)
                     .dropna())  # fmt: skip
    shift = np.abs(ranks - nominal).mean(axis=-1)
    assert shift.shape == (len(NORMALISATIONS), len(AGGREGATIONS), WEIGHT_SETS)
    for axis, choice in ((0, "normalisation"), (2, "weights"), (1, "aggregation")):
        others = tuple(k for k in range(3) if k != axis)
        first = shift.mean(axis=others).var() / shift.var()
        total = shift.var(axis=axis).mean() / shift.var()
        row = found.sensitivities.set_index("choice").loc[choice]
        assert row["first"] == pytest.approx(first, abs=0.05)
        assert row["total"] == pytest.approx(total, abs=0.05)
    assert found.shifts.mean() == pytest.approx(shift.mean(), abs=0.02)
    assert tuple(found.sensitivities["choice"]) == CHOICES


def test_intervals_hold_the_median_and_lie_within_the_worst_and_best():
    found = engagement.uncertainty(HAND, draws=64).places
    spread = found[["best", "low", "median", "high", "worst"]].to_numpy()
    assert (np.diff(spread, axis=1) >= 0).all()


def test_one_indicator_less_by_hand():
    left = engagement.leave_one_out(HAND).set_index("indicator")
    # Without energy S0 and S1 have one first place each, S2 stays between: 50.5 for all three.
    assert left.loc["energy", "mean_shift"] == pytest.approx(1)
    assert left.loc["energy", ["state", "place", "place_without"]].tolist() == ["S0", 3, 1]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=2, max_size=8), st.integers(1, 9))
def test_scores_do_not_depend_on_order_or_on_the_size_of_weights(rows, factor):
    energy, ambassadors, contacts = zip(*rows, strict=True)
    values = table(energy=energy, ambassadors=ambassadors, contacts=contacts)
    weights = {"energy": 1, "ambassadors": 2, "contacts": 3}
    for normalisation, aggregation in itertools.product(NORMALISATIONS, AGGREGATIONS):
        plain = engagement.scored(values, weights, normalisation, aggregation)
        turned = engagement.scored(
            values.iloc[::-1], {k: factor * w for k, w in weights.items()},
            normalisation, aggregation,
        )  # fmt: skip
        assert np.allclose(plain["score"], turned["score"], equal_nan=True)
        assert plain["place"].equals(turned["place"])
        if aggregation == "arithmetic" and plain["score"].notna().all():
            assert plain["score"].between(0, 101).all()


def test_the_index_of_a_date_is_that_of_its_indicators(book):
    values = engagement.wide(engagement.indicators(book, "2025-06-01"))
    found = engagement.index("2025-06-01", "dimensions")
    assert found.scores.equals(engagement.scored(values, "dimensions"))
    assert found.uncertainty(64, 3).places.equals(
        engagement.uncertainty(values, "dimensions", 64, 3).places
    )
    assert found.leave_one_out().equals(engagement.leave_one_out(values, "dimensions"))
    with pytest.raises(ValueError, match="weights 'equal'"):
        engagement.index("2025-06-01", "equal", ledger=book)


def test_one_state_far_below_many_keeps_a_score_under_every_choice():
    values = pd.DataFrame(
        {"energy": [0.0] + [1.0] * 34, "ambassadors": [0.0, 2.0] + [1.0] * 33},
        index=pd.Index([f"S{k}" for k in range(35)], name="state"),
    )
    for normalisation in engagement.NORMALISATIONS:
        scored = engagement.scored(values, "indicators", normalisation, "geometric")
        assert scored["score"].notna().all() and scored["state"].iloc[-1] == "S0"
