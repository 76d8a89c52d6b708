"""Time to a rung and who was ahead: by hand, against slow computations, on planted leaders."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from analysis import engagement
from analysis.engagement import NOT_AT_RISK

END = "2025-06-01"
FALL = pd.Timestamp("2021-08-15")
LENGTH = (pd.Timestamp(END) - FALL).days


def rung_cells(rung="recognised", **dates):
    """Cells of one rung: a state to its date, None where it was not taken."""
    status = {None: "not coded", "held": "held from the start", "n/a": "not applicable"}
    return pd.DataFrame(
        [
            {
                "state": state,
                "rung": rung,
                "status": status.get(date, "executed"),
                "first_text": "" if date in status else date,
            }
            for state, date in dates.items()
        ]
    )


def on(days):
    return (FALL + pd.Timedelta(days=int(days))).strftime("%Y-%m-%d")


def test_each_kind_of_date_has_its_bounds():
    cells = rung_cells(
        A="2021-08-25", B="2021-09", C="../2021-09-14", D=None, E="held", F="n/a", G="../2021-08-15"
    )
    bounds = engagement.times(cells, "recognised", "2021-12-31").set_index("state")
    assert bounds.loc[["A", "B", "C", "D"], ["low", "high"]].values.tolist() == [
        [10, 10], [17, 46], [0, 30], [138, math.inf],
    ]  # fmt: skip
    assert bounds["known"].tolist() == [
        "on a day", "between two days", "by a day", "not by the date", *[NOT_AT_RISK] * 3,
    ]  # fmt: skip
    assert bounds.loc[["E", "F", "G"], ["low", "high"]].isna().all(axis=None)


def test_announced_and_reported_are_not_taken(make_book):
    cells = rung_cells(A=None, B=None).assign(status=["announced", "reported only"])
    assert (engagement.times(cells, "recognised", END)["known"] == "not by the date").all()


def test_a_rung_that_nobody_took_and_a_day_before_the_fall_have_no_curve():
    cells = rung_cells(A=None, B="held")
    assert engagement.time_to_rung("recognised", END, cells=cells).curve.empty
    early = engagement.time_to_rung("recognised", "2001-01-01", cells=rung_cells(A=None))
    assert early.curve.empty and math.isnan(early.median_days)
    assert (early.states["known"] == NOT_AT_RISK).all()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(1, LENGTH - 1)), min_size=2, max_size=12))
def test_with_exact_dates_the_estimate_is_kaplan_meier_s(days):
    states = {f"S{k:02d}": None if d is None else on(d) for k, d in enumerate(days)}
    found = engagement.time_to_rung("recognised", END, cells=rung_cells(**states))
    if not any(days):
        assert found.curve.empty
        return
    fitter = KaplanMeierFitter().fit(
        [LENGTH if d is None else d for d in days], [d is not None for d in days]
    )
    expected = 1 - fitter.survival_function_at_times(found.curve["day"]).to_numpy()
    assert np.allclose(found.curve["share"], expected, atol=1e-4)
    assert (found.curve["low"] <= found.curve["share"] + 1e-4).all()
    assert (found.curve["high"] >= found.curve["share_high"] - 1e-4).all()


def turnbull(bounds, steps=5000):
    """Self-consistent estimate on single days, slow and plain."""
    last = int(max(b for pair in bounds for b in pair if b < math.inf)) + 2
    inside = np.array([[low <= day <= high for day in range(last)] for low, high in bounds])
    chance = np.full(last, 1 / last)
    for _ in range(steps):
        weight = inside * chance
        chance = (weight / weight.sum(axis=1, keepdims=True)).mean(axis=0)
    return chance.cumsum()


def test_with_dates_between_two_days_the_estimate_is_turnbull_s():
    dates = {"A": on(3), "B": f"../{on(9)}", "C": on(6), "D": f"../{on(4)}", "E": None, "F": on(9)}
    found = engagement.time_to_rung("recognised", on(12), cells=rung_cells(**dates))
    bounds = [(3, 3), (0, 9), (6, 6), (0, 4), (13, math.inf), (9, 9)]
    slow = turnbull(bounds)[found.curve["day"].astype(int)]
    between = (slow >= found.curve["share"] - 1e-3) & (slow <= found.curve["share_high"] + 1e-3)
    assert between.all()
    assert found.median_days == 6


def test_the_median_is_not_known_where_fewer_than_half_have_taken_it():
    found = engagement.time_to_rung("recognised", END, cells=rung_cells(A=on(3), B=None, C=None))
    assert math.isnan(found.median_days)
    assert found.curve["share"].iloc[-1] == pytest.approx(1 / 3, abs=1e-4)


def test_the_real_rungs_leave_those_out_who_held_them(book):
    cells = engagement.ladder(END, states=["CHN", "IND", "SAU", "NOR"], ledger=book)
    states = engagement.time_to_rung("mission_open", END, cells=cells).states.set_index("state")
    assert states.loc["CHN", "known"] == NOT_AT_RISK
    assert states.loc["SAU", "low"] == (pd.Timestamp("2021-11-30") - FALL).days
    assert states.loc["NOR", "known"] == "not by the date"


def test_ahead_behind_and_open_by_hand():
    cells = rung_cells(A="2022-01-10", B="2022-02", C="../2022-02-10", D=None, E=None, F="held")
    led = engagement.lead_lag("recognised", END, cells=cells).set_index("state")
    counts = led[["ahead_of", "behind", "level"]].T.to_dict("list")
    assert counts == {
        "A": [3, 0, 1], "B": [2, 1, 1], "C": [2, 0, 2], "D": [0, 3, 1], "E": [0, 3, 1],
    }  # fmt: skip
    assert led["place"].to_dict() == {"A": 1, "C": 2, "B": 3, "D": 4, "E": 4}
    assert led.loc["A", ["p", "p_least"]].tolist() == [1 / 5, 1 / 5]
    assert led.loc["E", "place_high"] == 5 and led.loc["E", "p"] == 1


def test_equal_days_share_a_place_and_the_worse_p():
    led = engagement.lead_lag("recognised", END, cells=rung_cells(A=on(5), B=on(5), C=None))
    assert led[["place", "place_high", "p"]].values.tolist() == [[1, 2, 2 / 3]] * 2 + [[3, 3, 1]]


@pytest.mark.parametrize("dates", [{"A": None, "B": None}, {"A": on(3)}, {"A": "held", "B": on(3)}])
def test_too_little_to_order_gives_nothing(dates):
    assert engagement.lead_lag("recognised", END, cells=rung_cells(**dates)).empty


def synthetic(seed, shuffle):
    """Five rungs, fourteen states: the leader moves first, the others within months, or never."""
    rng = np.random.default_rng(seed)
    rungs, parts = [f"rung{k}" for k in range(5)], []
    for rung in rungs:
        start = int(rng.integers(100, 700))
        days = np.append(start, start + rng.integers(20, 500, 13)).astype(object)
        days[1 + rng.choice(13, 5, replace=False)] = None
        if shuffle:
            rng.shuffle(days)
        names = [f"S{k:02d}" for k in range(14)]
        dates = {n: None if d is None else on(d) for n, d in zip(names, days, strict=True)}
        parts.append(rung_cells(rung, **dates))
    return pd.concat(parts), rungs


def test_a_planted_leader_is_found_and_a_shuffled_one_is_not():
    shuffled = []
    for seed in range(20):
        cells, rungs = synthetic(seed, shuffle=False)
        for scope in (rungs, rungs[0]):
            led = engagement.lead_lag(scope, END, cells=cells).iloc[0]
            assert (led["state"], led["place_high"]) == ("S00", 1)
            assert led["p"] == led["p_least"] == pytest.approx(1 / 14)
        cells, rungs = synthetic(seed, shuffle=True)
        led = engagement.lead_lag(rungs, END, cells=cells).set_index("state")
        shuffled.append(led.loc["S00", "p"])
    assert np.mean([p <= 1 / 14 + 1e-9 for p in shuffled]) < 0.2
    assert 0.3 < np.mean(shuffled) < 0.75


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.none(), st.integers(0, 900).map(on), st.integers(1, 900).map(lambda d: f"../{on(d)}")
        ),
        min_size=2,
        max_size=9,
    ),
    st.randoms(use_true_random=False),
)
def test_names_and_their_order_change_no_score(dates, rng):
    names = [f"S{k}" for k in range(len(dates))]
    cells = rung_cells(**dict(zip(names, dates, strict=True)))
    led = engagement.lead_lag("recognised", END, cells=cells)
    shuffled = cells.sample(frac=1, random_state=rng.randint(0, 99))
    mixed = engagement.lead_lag("recognised", END, cells=shuffled)
    assert led.equals(mixed)
    assert (led["ahead_of"].sum(), led["score"].abs().max() <= 1 if len(led) else True) == (
        led["behind"].sum(), True,
    )  # fmt: skip


def test_gaps_run_from_the_leader_and_keep_their_bounds():
    cells = rung_cells(A=on(100), B="../" + on(120), C=on(90), D=None, E="held")
    gap = engagement.gaps(cells, "recognised", "A", on(300)).set_index("state")
    assert gap[["low", "high"]].T.to_dict("list") == {
        "C": [-10, -10], "B": [-100, 20], "D": [200, math.inf],
    }  # fmt: skip
    assert engagement.gaps(cells, "recognised", "D", on(300)).empty
    assert engagement.gaps(cells, "recognised", "E", on(300)).empty


def test_a_rung_alone_is_asked_of_the_ledger_of_the_seeds(book):
    day = engagement.latest(book)
    cells = engagement.ladder(day, ledger=book)
    for rung in ("recognised", "embassy_handed_over"):
        found = engagement.time_to_rung(rung)
        assert found.states.equals(engagement.time_to_rung(rung, day, cells=cells).states)
        assert engagement.lead_lag(rung).equals(engagement.lead_lag(rung, day, cells=cells))


def test_a_wrong_rung_and_cells_without_their_day_are_refused(book):
    cells = engagement.ladder(END, ledger=book)
    with pytest.raises(ValueError, match="no rung 'recognized'; did you mean 'recognised'"):
        engagement.time_to_rung("recognized", END, cells=cells)
    with pytest.raises(ValueError, match="no rung 'embassy'"):
        engagement.lead_lag(["recognised", "embassy"], END, cells=cells)
    with pytest.raises(ValueError, match="as_of is blank"):
        engagement.time_to_rung("recognised", cells=cells)
