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


def alike(low, high, is_open=False):
    return pd.Series({"percent_low": low, "percent_high": high, "is_open": is_open})


SPAN = {"who": "Afghans", "place": "Aland", "first": 2023, "last": 2025}


def test_a_stock_in_words():
    frame = changes(refugees=(2000, 1000, -1000, -50), sum=(2000, 1940, -60, -3))
    assert findings.displaced(frame, alike(-33.2, -26.4), [], 2, **SPAN) == (
        "1,940 Afghans of all reported categories were in Aland at the end of 2025. Between 2023 "
        "and 2025 that plain sum fell by 3 %; the column of refugees alone fell by 50 %. Two "
        "breaks lie between the two year-ends; the same people, counted at both ends, fell by 26 "
        "to 33 %."
    )
    assert findings.displaced(frame, alike(-3, -3), [], 0, **SPAN).endswith(
        "No break between the two year-ends is noted."
    )
    assert findings.displaced(frame, alike(-3, -3), [], 0, coded=False, **SPAN).endswith(
        "Whether the series breaks in between is not coded for these two places."
    )
    unlike = findings.displaced(frame, alike(-9, 5), ["others of concern"], 0, **SPAN)
    assert unlike.endswith(
        "The column of others of concern is reported at one of them only; the same people, "
        "counted at both ends, changed by something between -9 and +5 %."
    )
    unsized = findings.displaced(frame, alike(-9, 5, is_open=True), [], 1, **SPAN)
    assert unsized.endswith("how the same people changed in number is not known.")


def test_what_is_not_reported_is_no_zero():
    nan = float("nan")
    frame = changes(sum=(nan, nan, nan, nan))
    said = findings.displaced(frame, alike(nan, nan), [], 0, absence="ALD is no place", **SPAN)
    assert said == (
        "No figure on Afghans in Aland is reported for the end of 2025. ALD is no place."
    )


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(-33.2, -26.4, "fell by 26 to 33 %"), (3, 9.6, "grew by 3 to 10 %"),
     (-2, -2, "fell by 2 %"), (float("nan"), 1, "cannot be compared")],
)  # fmt: skip
def test_a_range_of_change_in_words(low, high, said):
    assert findings.spread(alike(low, high)) == said


def test_one_column_and_the_sum_against_the_range():
    frame = changes(refugees=(2000, 1160, -840, -42), sum=(2000, 1940, -60, -3))
    said = findings.misled(frame, alike(-33, -26), 2023, 2025)
    assert said == (
        "From 2023 to 2025 the same people fell by 26 to 33 %; the plain sum lies above that "
        "range and the column of refugees alone lies below that range."
    )
    assert "unknown size" in findings.misled(frame, alike(-33, -26, is_open=True), 2023, 2025)
    rows = findings.tellings(frame, alike(-33, -26), alike(-38, -31))
    unknown = findings.tellings(frame, alike(-33, -26), alike(-38, -31), coded=False)
    assert unknown["label"].tolist() == ["refugees alone", "plain sum"]
    assert "not known" in findings.misled(frame, alike(-33, -26), 2023, 2025, coded=False)
    assert rows["is_contrast"].tolist() == [True, True, False, False]


def test_the_most_by_inhabitants_is_that_of_the_places_with_a_known_number():
    frame = pd.DataFrame(
        {"asylum_iso3": ["A", "B", "C", "OTH"], "persons": [60.0, 30, 5, 5],
         "per_1000": [1.0, 9.0, float("nan"), float("nan")]}
    )  # fmt: skip
    said = findings.hosted(frame, NAMES, "people", "B", 2025)
    assert said == (
        "Aland hosted most people at the end of 2025, all reported categories together: 60, 60 % "
        "of all; by inhabitants among the 2 with a known number it was Beland, 9.0 per 1,000; "
        "Beland came 2nd of 3. For one place the tables have no number of inhabitants."
    )
    known = findings.hosted(frame.iloc[:2], NAMES, "people", "A", 2025)
    assert "among" not in known and known.endswith("Beland, 9.0 per 1,000.")


def bounds(*rows):
    return pd.DataFrame(rows, columns=["counted_by", "low", "high", "basis"])


def test_a_window_names_every_bound_and_what_lies_above_the_article():
    nan = float("nan")
    frame = bounds(("X", 110.0, nan, "matched"), ("Y", nan, 90.0, "ceiling"))
    said = findings.window(frame, 100.0, "Aland", "2024-01-01", "2024-06-30")
    assert said == (
        "Returns from Aland from 1 January 2024 to 30 June 2024: at least 110 by X and at most 90 "
        "(a window around) by Y. One floor lies above the 100 of the article, by 10 % or more."
    )
    assert "article" not in findings.window(frame, nan, "Aland", "2024-01-01", "2024-06-30")
    none = findings.window(frame.iloc[:0], 100.0, "Aland", "2024-01-01", "2024-06-30")
    assert none.startswith("No source in the table bounds the returns from Aland")


def test_the_article_s_parts_are_added_beside_its_whole():
    status = pd.DataFrame(
        [("refugees_registered", 5.0, 6.0), ("citizen_card_holders", 2.0, 2.0),
         ("undocumented", 1.0, 3.0), ("hosted", 9.0, 9.0)], columns=["measure", "low", "high"],
    )  # fmt: skip
    article = pd.DataFrame(
        [("refugees_registered", 5.0, "about"), ("undocumented", 2.0, "about"),
         ("hosted", 9.0, "at_least")], columns=["measure", "value", "bound"],
    )  # fmt: skip
    said = findings.documents(status, article, "Alanders", "Aland", "2025-06-01")
    assert "three groups together are 8 to 11 people" in said
    assert "parts are 5 + 2 = 7, beside its more than 9" in said
    assert said.endswith("put at 1 to 3 by different bodies.")
    rows = findings.document_rows(status, article)
    assert rows["is_contrast"].sum() == 3 and rows["high"].isna().sum() == 1
    status.loc[1, "high"] = float("nan")
    said = findings.documents(status, article, "Alanders", "Aland", "2025-06-01")
    assert "together are at least 8 people" in said
    assert findings.document_rows(status, article).loc[2, "text"] == "at least 2"


def test_residuals_name_what_was_not_reported():
    frame = pd.DataFrame(
        {"year": [2006, 2007], "opening": [10.0, 10], "closing": [10.0, 25], "arrivals": [1.0, 1],
         "resettlement": float("nan"), "return": [1.0, 1], "naturalisation": float("nan"),
         "residual": [0.0, 15], "break_low": [0.0, 12], "break_high": [0.0, 14]}
    )  # fmt: skip
    assert findings.reconciled(frame, "Afghans", "Aland") == (
        "The flows leave most unexplained in 2007: 15 more people than they account for; breaks of "
        "that year account for 12 to 14; not reported, and so left in it: naturalisations. Over "
        "2006 to 2007 the residuals add up to +15."
    )
    assert (
        findings.held_over(frame, 2009) == "No stock is reported at the end of both 2008 and 2009."
    )
    assert list(findings.cascade(frame, 2007))[0] == "end of 2006"
    nobody = findings.cascade(frame.assign(**{"return": 0.0}), 2007)
    assert f"{nobody['returns']:,.0f}" == "0"


@pytest.mark.parametrize(
    ("state", "last", "said"),
    [("year-end", 2025, "end of the year"), ("mid-year", 2025, "June under the full year"),
     ("unknown", 2025, "it does not say"), ("mid-year", 2024, "end of the year"),
     ("year-end", 2026, "2026 is not in it")],
)  # fmt: skip
def test_what_the_last_year_of_a_release_holds(state, last, said):
    assert said in findings.covered("R", 2025, state, last)


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


def test_a_share_deported_is_of_returns_in_the_same_window():
    part = pd.Series(
        {"start": "2024-01-01", "end": "2024-03-31", "low": 40.0, "high": 60.0, "bound": "about",
         "counted_by": "A"}
    )  # fmt: skip
    none = pd.DataFrame(columns=["low", "high", "basis"])
    whole = pd.DataFrame({"low": [100.0], "high": [100.0], "basis": ["matched"]})
    assert "40 to 60 % of the returns in that window" in findings.forced(none, part, whole, "X")
    floor = pd.DataFrame({"low": [80.0], "high": [float("nan")], "basis": ["floor"]})
    assert "at most 75 % of the returns" in findings.forced(none, part, floor, "X")
    assert findings.forced(none, part, none, "X").endswith("holds about 40 to 60 (A)")
    assert "No source" in findings.forced(none, None, none, "X")
    said = findings.forced(none, part.replace("about", "at_least"), floor, "X")
    assert "%" not in said, "a floor over a floor bounds nothing"


def test_releases_that_do_not_hold_a_year_are_not_compared():
    assert findings.released({}, 2030).startswith("No release at hand holds")
    assert findings.released({"a": 5.0}, 2025).startswith("Only release a holds")
    assert (
        findings.released({"a": 5.0, "b": 6.0}, 2025) == "The end of 2025 by release: a: 5; b: 6."
    )


def test_nothing_reported_is_nothing_rounded():
    assert "nothing to round" in findings.rounded(0, 0, 2030, "Afghans", reported=False)
    assert "hides nobody" in findings.rounded(0, 0, 2020, "Afghans", reported=True)
