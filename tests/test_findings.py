"""Sentences: each says what its frame holds, and something else when the frame changes."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis import findings

NAMES = {"A": "Aland", "B": "Beland", "C": "Celand"}
RUNGS = {"contact": "contact", "recognised": "recognised"}


def network(*rows):
    columns = ["a", "b", "net", "sign", "disputed", "claim_count", "source_count"]
    return pd.DataFrame(rows, columns=columns).assign(is_charge=False)


def test_a_network_in_words():
    ties = network(("A", "B", 4.0, 1, False, 3, 2), ("B", "C", -4.0, -1, True, 1, 1))
    said = findings.network(
        ties, ties.iloc[1:], {"+++": 0, "++-": 1, "+--": 0, "---": 0}, "Beland", "Celand",
        "2025-06-01",
    )  # fmt: skip
    assert said == (
        "On 1 June 2025, the tie between Beland and Celand is conflictual, disputed, on one claim "
        "from one independent source. Two ties are coded: one cooperative and one conflictual. "
        "One of one triangle is out of balance."
    )


def test_no_tie_and_no_triangle_are_said():
    none, shapes = network(), dict.fromkeys(("+++", "++-", "+--", "---"), 0)
    said = findings.network(none, none, shapes, "A", "B", "2025")
    assert said == (
        "On 2025, no tie between A and B is coded, or it has faded. No ties are coded. "
        "There is no triangle to balance."
    )


def changes(**rows):
    frame = pd.DataFrame(rows, index=["first", "last", "difference", "percent"]).T
    return frame.astype(float)


def test_a_stock_in_words():
    frame = changes(refugees=(2000, 1000, -1000, -50), sum=(2000, 1940, -60, -3))
    assert findings.displaced(frame, 2, [], "Aland", 2023, 2025) == (
        "1,940 Afghans of all reported categories were in Aland at the end of 2025. Between 2023 "
        "and 2025 that plain sum fell by 3 %; the column of refugees alone fell by 50 %. Two "
        "breaks lie between the two year-ends, so that neither is a trend."
    )
    assert findings.displaced(frame, 0, [], "Aland", 2023, 2025).endswith(
        "No break between the two year-ends is noted."
    )
    assert findings.displaced(frame, 0, ["others of concern"], "Aland", 2023, 2025).endswith(
        "Others of concern is reported at one of them only, so that neither is a trend."
    )


def test_what_is_not_reported_is_no_zero():
    nan = float("nan")
    frame = changes(sum=(nan, nan, nan, nan))
    assert findings.displaced(frame, 0, [], "Aland", 2023, 2025) == (
        "No figure on Afghans in Aland is reported for 2025."
    )


def order(*rows):
    return pd.DataFrame(rows, columns=["state", "rung", "place", "place_high"])


FIRST, SECOND = ("A", "contact", 1, 1), ("B", "contact", 2, 2)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([FIRST, SECOND], "was first, before others, on contact"),
        ([FIRST, ("B", "contact", 1, 1)], "was first together with others on contact"),
        (
            [("A", "contact", 1, 2), ("B", "contact", 1, 2)],
            "was anywhere from first to place 2 on contact",
        ),
        ([("A", "contact", 2, 2), ("B", "contact", 1, 1)], "was later than others on contact"),
        ([FIRST], "was the only one on contact"),
        ([SECOND], "had taken no rung that is coded"),
    ],
)
def test_the_place_of_a_leader(rows, said):
    assert findings.place_of(order(*rows), NAMES, "A", RUNGS) == f"Aland {said}"


def test_recognition_is_told_by_name_or_denied():
    cells = pd.DataFrame(
        {"state": "A", "rung": ["contact", "recognised"], "status": ["executed", "not coded"]}
    )
    taken = order(("A", "contact", 1, 1), ("B", "recognised", 1, 1))
    said = findings.ladder(cells, taken, NAMES, "A", RUNGS, "2025-07-03")
    assert said.startswith("By 3 July 2025 Aland had taken one of two rungs.")
    assert said.endswith("Beland had recognised the Taliban authorities.")
    none = findings.ladder(cells, taken.iloc[:1], NAMES, "A", RUNGS, "2025-07-02")
    assert none.endswith("No state listed had recognised the Taliban authorities.")


def test_a_telling_names_the_ties_that_differ():
    plain = network(("A", "B", 4.0, 1, False, 1, 1))
    told = network(("A", "B", -4.0, -1, False, 1, 1), ("B", "C", 4.0, 1, False, 1, 1))
    said = findings.retold(told, plain, "Aland", NAMES)
    assert said == (
        "As told by Aland, two ties differ from what is established: Aland and Beland "
        "(cooperative → conflictual) and Beland and Celand (no tie → cooperative)."
    )
    assert findings.retold(plain, plain, "Aland", NAMES) == (
        "As told by Aland, no ties differ from what is established."
    )


def operational(*rows):
    columns = ["asylum_iso3", "first", "last", "start", "end", "low", "high", "bound", "counted_by"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(first=pd.to_datetime(frame["first"]), last=pd.to_datetime(frame["last"]))


def test_the_widest_window_is_that_of_the_place_alone():
    rows = operational(
        ("PAK;IRN", "2023-01-01", "2026-01-01", "2023", "2026", 5, 5, "about", "X"),
        ("PAK", "2024-01-01", "2024-12-31", "2024-01-01", "2024-12-31", 3, 4, "about", "Y"),
    )
    assert findings.counted(rows, "returns", "Aland") == (
        "Two figures on returns from Aland, by X and Y; the widest and latest window of Aland "
        "alone, 1 January 2024 to 31 December 2024, holds about 3 to 4 (Y)."
    )
    assert findings.counted(rows.iloc[:0], "returns", "Aland") == (
        "No operational figure on returns from Aland is in the table."
    )


def test_steadiness_needs_every_run():
    held = network(("A", "B", 4.0, 1, False, 1, 1), ("A", "B", 2.0, 1, False, 1, 1))
    assert findings.steadiness(held, "A", "B", 2) == "A and B: cooperative at every half-life tried"
    assert findings.steadiness(held, "A", "B", 3).endswith("and no tie at one of them")
    turned = network(("A", "B", 4.0, 1, False, 1, 1), ("A", "B", -2.0, -1, False, 1, 1))
    assert "conflictual and cooperative, depending" in findings.steadiness(turned, "A", "B", 2)
