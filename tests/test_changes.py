"""What changed between two days, on small ledgers."""

from __future__ import annotations

import pytest

from analysis import changes

AGREE = {"code": "AGREE", "recipients": "IEA"}
RECOGNISED = AGREE | {"code": "COOPERATE", "step": "recognised", "actors": "RUS"}


def test_a_tie_that_turned(make_book):
    book = make_book(
        AGREE | {"actors": "PAK", "start": "2025-01-01"},
        AGREE | {"actors": "PAK", "start": "2025-03-01", "code": "ASSAULT"},
        AGREE | {"actors": "CHN", "start": "2025-03-01"},
    )
    turned = changes.between(book, "2025-02-01", "2025-04-01").ties
    assert turned["b"].tolist() == ["PAK", "IEA"]  # the larger change of the two first
    turned = turned.set_index(["a", "b"])
    assert turned.loc[("IEA", "PAK"), ["was", "now"]].tolist() == ["cooperative", "conflictual"]
    assert turned.loc[("CHN", "IEA"), ["was", "now", "net_was"]].tolist() == [
        "no tie", "cooperative", 0.0,
    ]  # fmt: skip
    assert changes.between(book, "2025-02-01", "2025-04-01", "CHN").ties["a"].tolist() == ["CHN"]
    assert changes.between(book, "2025-03-01", "2025-03-02").ties.empty


def test_a_rung_that_was_taken_and_by_whom(make_book):
    book = make_book(
        RECOGNISED | {"start": "2025-07-03"},
        RECOGNISED | {"start": "2025-08-01", "actors": "KAZ", "modality": "planned"},
    )
    found = changes.between(book, "2025-06-01", "2025-08-31").rungs
    assert found[["state", "was", "status"]].values.tolist() == [
        ["KAZ", "not coded", "announced"], ["RUS", "not coded", "executed"],
    ]  # fmt: skip
    one = changes.between(book, "2025-06-01", "2025-08-31", "RUS")
    assert one.rungs["state"].tolist() == ["RUS"]
    assert one.claims["claim_id"].tolist() == ["C0001"]
    assert changes.between(book, "2025-07-03", "2025-07-31").rungs.empty


def test_claims_and_figures_lie_after_the_first_day_up_to_the_second(live):
    found = changes.between(live, "2025-06-01", "2025-07-31")
    for rows, column in ((found.claims, "day"), (found.figures, "last")):
        assert rows[column].between("2025-06-02", "2025-07-31").all()
        assert rows[column].is_monotonic_increasing
    for_one = changes.between(live, "2025-06-01", "2025-07-31", "PAK")
    assert for_one.figures["places"].str.contains("PAK").all()
    assert 0 < len(for_one.claims) < len(found.claims)
    assert len(for_one.figures) <= len(found.figures)


@pytest.mark.parametrize(
    ("first", "second", "actor", "said"),
    [
        ("2025-06-01", "2025-06-01", "", "is not before"),
        ("2025-06-01", "2025-07", "", "expected a day"),
        ("2025-06-01", "2025-07-01", "PKA", "did you mean 'PAK'"),
    ],
)
def test_impossible_comparisons_are_refused(book, first, second, actor, said):
    with pytest.raises(ValueError, match=said):
        changes.between(book, first, second, actor)
