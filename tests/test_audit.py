"""The audit by hand: each boundary of a verdict, what counts as evidence, no word from later."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import audit, tables
from analysis.audit import Interval
from analysis.prose import claim_audit as prose

ARTICLE = "trt-2025-06-01"
DAY = "2025-06-01"
LATER = "2026-01-01"


@pytest.mark.parametrize(
    ("value", "bound", "low", "high"),
    [
        (800_000, "about", 750_000, 850_000),
        (1_000_000, "about", 500_000, 1_500_000),
        (2_640, "about", 2_635, 2_645),
        (7, "about", 6.5, 7.5),
        (1192.559, "about", 1192.5585, 1192.5595),
        (14, "exact", 14, 14),
        (850_000, "at_least", 850_000, math.inf),
        (15, "at_most", 0, 15),
    ],
)
def test_interval_of_a_figure_as_written(value, bound, low, high):
    said = audit.interval(value, bound)
    assert (said.low, said.high) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(("value", "bound"), [(1, "roughly"), (-1, "exact"), (math.nan, "about")])
def test_no_interval_without_sense(value, bound):
    with pytest.raises(ValueError, match="expected"):
        audit.interval(value, bound)


@pytest.mark.parametrize(
    ("said", "counted", "expected"),
    [
        # At least x: the low end just reaches it, the high end just does or stays below.
        ((100, math.inf), (100, 120), "supported"),
        ((100, math.inf), (99, 100), "undecided"),
        ((100, math.inf), (80, 99), "contradicted"),
        ((100, math.inf), (101, math.inf), "supported"),
        # About: inside, over one edge, touching, beyond.
        ((95, 105), (95, 105), "supported"),
        ((95, 105), (94, 105), "undecided"),
        ((95, 105), (105, 110), "undecided"),
        ((95, 105), (106, 110), "contradicted"),
        # Exact.
        ((14, 14), (14, 14), "supported"),
        ((14, 14), (15, 15), "contradicted"),
        ((14, 14), (10, 15), "undecided"),
        ((0, 15), (0, 15), "supported"),
        ((1, 1), None, "not checkable"),
    ],
)
def test_verdict_on_each_boundary(said, counted, expected):
    assert audit.verdict(Interval(*said), counted and Interval(*counted)) == expected


@pytest.fixture
def counted(monkeypatch):
    """Put rows in place of the tables of figures, outcomes and stocks, which else are blank."""
    real = tables.load

    def put(name, *rows, **plain):
        blank = real(name).head(0)
        given[name] = pd.DataFrame(
            [
                {column: "" for column in blank.select_dtypes("str")}
                | plain
                | {"figure_id": f"{name[0].upper()}{number:03d}"}
                | row
                for number, row in enumerate(rows, 1)
            ],
            columns=blank.columns,
        )

    given: dict[str, pd.DataFrame] = {}
    for name in ("operational", "published", "outcomes", "displacement"):
        put(name)
    monkeypatch.setattr(
        tables, "load", lambda name, root=None: given[name] if name in given else real(name, root)
    )
    return put


RETURNS = {
    "kind": "figure", "source_id": "mine", "actors": "PAK", "recipients": "AFG_REF",
    "measure": "returns", "value": 1000, "bound": "at_least", "unit": "persons",
    "start": "2023-10", "layer": "displacement",
}  # fmt: skip
STOCK = RETURNS | {"measure": "hosted", "start": ""}
WINDOW = {
    "measure": "returns", "asylum_iso3": "PAK", "start": "2023-10-01", "end": "2025-05-31",
    "low": 1200, "high": 1200, "bound": "exact", "counted_by": "UNHCR", "publisher": "Dawn",
}  # fmt: skip
SOURCES = {
    "mine": {"wire": "AP"},
    "copy": {"wire": "AP"},
    "other": {},
    "third": {},
    "late": {"published": "2025-09-01"},
}


@pytest.mark.parametrize(
    ("claim", "rows", "said"),
    [
        # The same window: the range over all who count it.
        ({}, [{}], ("1,200", "supported", ["O001"])),
        ({}, [{}, {"counted_by": "IOM", "low": 900}], ("900 to 1,200", "undecided", None)),
        ({}, [{"bound": "at_least"}], ("at least 1,200", "supported", None)),
        # Inside it is a floor, around it a ceiling; nothing is added up.
        ({}, [{"end": "2024-06-30", "low": 800}], ("at least 800", "undecided", None)),
        ({}, [{"start": "2020", "end": "2025-06-30", "high": 900}],
         ("0 to 900", "contradicted", None)),
        ({}, [{"end": "2024-06-30", "low": 500}, {"start": "2024-07-01", "low": 600}],
         ("at least 600", "undecided", None)),
        # Of one counter the closest fit, however high the other.
        ({}, [{"start": "2023-11-01", "low": 2000}, {}], ("1,200", "supported", ["O002"])),
        # Another place, another measure, several places together, one's own publisher.
        ({}, [{"asylum_iso3": "IRN"}], ("", "not checkable", [])),
        ({}, [{"measure": "deportations"}], ("", "not checkable", [])),
        ({}, [{"publisher": "mine"}], ("", "not checkable", [])),
        # A window that had not ended, a figure that was not yet published.
        ({}, [{"end": "2026-02-01"}], ("", "not checkable", [])),
        ({}, [{"published": "2025-12-03"}], ("", "not checkable", [])),
        # A stock speaks for a year, and not for a window.
        (STOCK, [{"measure": "hosted", "start": "", "end": "2024-06-01"}],
         ("1,200", "supported", None)),
        (STOCK, [{"measure": "hosted", "start": "", "end": "2024-05-01"}],
         ("", "not checkable", [])),
    ],
)  # fmt: skip
def test_what_speaks_for_a_figure(make_book, counted, claim, rows, said):
    counted("operational", *rows, **WINDOW)
    book = make_book(RETURNS | claim, sources=SOURCES)
    row = audit.figures(book, "mine", LATER, "2025-12-01").iloc[0]
    assert (row["counted"], row["verdict"]) == said[:2]
    assert said[2] is None or row["references"] == said[2]


def test_a_figure_whose_verb_is_missing_is_read_both_ways(make_book, counted):
    counted("operational", {}, {"measure": "deportations", "low": 70, "high": 70}, **WINDOW)
    book = make_book(RETURNS | {"measure": "undetermined_movement"}, sources=SOURCES)
    figures = audit.figures(book, "mine", LATER)
    assert figures["verdict"].tolist() == ["supported", "contradicted"]
    assert figures[["said_low", "counted_high"]].values.tolist() == [[1000, 1200], [1000, 70]]
    judged = audit.verdicts(book, "mine", LATER).iloc[0]
    assert (judged["verdict"], judged["references"]) == ("undecided", ["O001", "O002"])
    assert judged["reason"].startswith("read as returns: supported, range over one series (UNHCR)")
    assert prose.counted(figures) == (
        "Two readings of figures: one supported and one contradicted. "
        "A figure whose verb is missing is supported as returns and contradicted as deportations."
    )


def test_other_documents_speak_where_they_tell_of_the_same(make_book, counted):
    fence = RETURNS | {"measure": "border_length", "start": "", "bound": "exact"}
    book = make_book(
        fence | {"occurrence_id": "line"},
        fence | {"source_id": "other", "value": 1001},
        fence | {"source_id": "third", "value": 5, "occurrence_id": "another-line"},
        fence | {"source_id": "third", "value": 6, "recipients": "IRN"},
        fence | {"source_id": "late", "value": 7},
        sources=SOURCES,
    )
    row = audit.figures(book, "mine", LATER, "2025-06-30").iloc[0]
    assert (row["counted"], row["references"]) == ("1,001", ["C0002"])
    # What lasts speaks for any day.
    counted("published", {"measure": "border_length", "places": "PAK;AFG", "end": "1990", "low": 9,
                          "high": 9, "bound": "exact", "counted_by": "CIA"})  # fmt: skip
    row = audit.figures(book, "mine", LATER, "2025-06-30").iloc[0]
    assert (row["counted"], row["series"]) == ("9 to 1,001", 2)


def test_the_year_ends_of_the_high_commissioner_speak_too(make_book, counted):
    stock = {"origin_iso3": "AFG", "asylum_iso3": "PAK", "category": "refugees"}
    years = [(1978, 0), (1979, 400), (2024, 1500), (2025, 1700)]
    counted("displacement", *[{"year": year, "persons": many} for year, many in years], **stock)
    since = STOCK | {"measure": "hosting_since", "value": 1979, "bound": "exact", "unit": "year"}
    book = make_book(STOCK, since, sources=SOURCES)
    known = audit.figures(book, "mine", "2026-05-31")
    assert known[["counted", "verdict"]].values.tolist() == [
        ["1,500", "supported"], ["1979", "supported"],
    ]  # fmt: skip
    # The table was released long after the day.
    assert set(audit.figures(book, "mine", DAY, DAY)["verdict"]) == {"not checkable"}


def test_a_document_s_own_arithmetic(make_book):
    parts = [
        STOCK | {"measure": measure, "value": value, "bound": "about"}
        for measure, value in (("refugees_registered", 40), ("undocumented", 30))
    ]
    book = make_book(STOCK | {"value": 90}, *parts, sources=SOURCES)
    names = ("refugees_registered", "undocumented")
    sums = audit.own_sum(book, "mine", "hosted", names)
    assert sums == ("at least 90", "60 to 80", "contradicted")
    assert audit.own_sum(book, "mine", "hosted", (*names, "citizen_card_holders")) is None
    assert "no sum to check" in prose.arithmetic(None)


def test_series_beside_a_statement_are_never_spliced(make_book, counted):
    attacks = {"measure": "attacks", "counts": "attacks", "places": "PAK", "bears_on": "C0001",
               "bound": "exact", "unit": "attacks"}  # fmt: skip
    rows = [("PICSS", 2020, 188), ("PICSS", 2024, 908), ("GTI", 2024, 1099), ("GTI", 2026, 1)]
    counted(
        "published",
        *[{"counted_by": who, "end": f"{year}-12-31", "low": many, "high": many}
          for who, year, many in rows],
        **attacks,
    )  # fmt: skip
    book = make_book(EVENT | {"source_id": "mine"}, sources=SOURCES)
    found = audit.series(book, "mine", LATER).set_index("series")
    assert found[["earliest", "latest", "references"]].values.tolist() == [
        ["1,099 (2024-12-31)", "", ["P003"]],
        ["188 (2020-12-31)", "908 (2024-12-31)", ["P001", "P002"]],
    ]
    assert audit.series(book, "mine", "2019-01-01").empty


EVENT = {"code": "ASSAULT", "actors": "PAK", "recipients": "IEA", "start": "2025-05-01"}


def test_who_confirms_a_happening(make_book):
    book = make_book(
        EVENT | {"source_id": "mine", "occurrence_id": "strike"},
        EVENT | {"source_id": "copy", "occurrence_id": "strike"},
        EVENT | {"source_id": "mine", "occurrence_id": "raid"},
        EVENT | {"source_id": "other", "occurrence_id": "raid"},
        EVENT | {"source_id": "third", "occurrence_id": "raid", "modality": "alleged"},
        EVENT | {"source_id": "mine", "occurrence_id": "clash"},
        EVENT | {"source_id": "other", "occurrence_id": "clash"},
        EVENT | {"source_id": "third", "occurrence_id": "clash", "modality": "denied",
                 "speaker": "IEA"},
        EVENT | {"source_id": "mine", "start": ""},
        EVENT | {"source_id": "late", "occurrence_id": "strike"},
        sources=SOURCES,
    )  # fmt: skip
    told = audit.happenings(book, "mine", LATER, "2025-06-30").set_index("claim_id")
    assert told["verdict"].tolist() == ["only source", "confirmed", "disputed", "nothing to match"]
    assert told.loc["C0003", ["reason", "references"]].tolist() == [
        "one independent source", ["C0004"],
    ]  # fmt: skip
    assert told.loc["C0006", "reason"] == "denied by Taliban authorities"
    later = audit.happenings(book, "mine", LATER).set_index("claim_id")
    assert later.loc["C0001", ["verdict", "references"]].tolist() == ["confirmed", ["C0010"]]


def test_a_lasting_relation_is_the_same_between_the_same_parties(make_book):
    mission = {"kind": "tie", "code": "maintains_missions_in", "start": "2021", "recipients": "IEA"}
    book = make_book(
        mission | {"source_id": "mine", "actors": "CHN"},
        mission | {"source_id": "mine", "actors": "IRN"},
        mission | {"source_id": "other", "actors": "CHN"},
        sources=SOURCES,
    )
    assert audit.happenings(book, "mine", LATER)["verdict"].tolist() == ["confirmed", "only source"]


def test_positions_stand_side_by_side(make_book):
    host = {"kind": "tie", "code": "hosts", "actors": "IEA", "recipients": "TTP"}
    book = make_book(
        host | {"source_id": "mine", "modality": "alleged", "speaker": "PAK"},
        host | {"source_id": "mine", "modality": "denied", "speaker": "IEA", "answers": "C0001"},
        host | {"source_id": "other", "modality": "alleged", "speaker": "UN_MT"},
        host | {"source_id": "third", "modality": "denied", "speaker": "IEA"},
        sources=SOURCES,
    )
    charges = audit.charges(book, "mine", LATER)
    sides = charges.iloc[0]
    assert [sides["said_by"], sides["denied_by"]] == ["Pakistan", "Taliban authorities"]
    assert [sides["also_said_by"], sides["also_denied_by"]] == ["other", "third"]
    assert prose.charged(charges) == "One charge, each with the denial."
    judged = audit.verdicts(book, "mine", LATER)
    assert set(judged["verdict"]) == {"position, no verdict"}
    assert judged["reason"].tolist() == [
        "said by Pakistan, denied by Taliban authorities; also told by other", "denies C0001",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("effects", "expected", "days"),
    [
        ([], "no outcome coded", None),
        ([("", "open")], "not so far", None),
        ([("", "unknowable")], "cannot be known", None),
        ([("C0002", "fulfils")], "come true", 30),
        ([("C0002", "fulfils"), ("C0003", "contradicts_in_part")], "come true", 30),
        ([("C0002", "fulfils"), ("C0003", "contradicts")], "both ways", 30),
        ([("C0002", "contradicts_in_part"), ("C0003", "contradicts")], "contradicted", 60),
        ([("C0002", "fulfils_in_part"), ("C0003", "contradicts_in_part")], "both ways", 30),
        ([("C0004", "fulfils")], "not so far", None),
    ],
)
def test_what_became_of_an_outlook(make_book, counted, effects, expected, days):
    book = make_book(
        EVENT | {"source_id": "mine", "kind": "outlook", "modality": "hypothetical", "start": ""},
        EVENT | {"source_id": "other", "start": "2025-07-01"},
        EVENT | {"source_id": "other", "start": "2025-07-31"},
        EVENT | {"source_id": "other", "start": "2026-07-31"},
        sources=SOURCES,
    )
    rows = [{"outcome_id": outcome, "effect": effect} for outcome, effect in effects]
    counted("outcomes", *rows, outlook_id="C0001", reason="So.")
    row = audit.outlooks(book, "mine", LATER).iloc[0]
    assert row["verdict"] == expected and row["reason"]
    assert (None if pd.isna(row["days"]) else row["days"]) == days


def test_outlooks_are_read_again_as_they_stood(book, frozen_root, monkeypatch):
    monkeypatch.chdir(frozen_root)
    seen = audit.reread(book, ARTICLE, ["2025-06-01", "2025-09-01", "2025-12-31"])
    by_claim = seen.groupby("claim_id")["verdict"].agg(list).to_dict()
    assert by_claim == {
        "C0002": ["not so far", "come true", "come true"],
        "C0098": ["not so far", "not so far", "come true"],
        "C0099": ["not so far", "in part", "in part"],
    }
    assert audit.reread(book, ARTICLE, []).empty


def test_every_claim_has_a_verdict_and_a_reason_in_the_order_of_the_text(
    book, frozen_root, monkeypatch
):
    monkeypatch.chdir(frozen_root)
    found = audit.verdicts(book, ARTICLE, "2026-05-31")
    own = book.rows[book.rows["source_id"] == ARTICLE]
    assert found["claim_id"].tolist() == own["claim_id"].tolist()
    assert found["part"].tolist() == [
        *("outlook", "happening", "charge", "charge", "figure", "outlook", "outlook"),
    ]  # fmt: skip
    assert found["standing"].equals(found["verdict"].map(audit.STANDINGS))
    assert found["reason"].str.len().gt(0).all()
    then = audit.verdicts(book, ARTICLE, "2026-05-31", DAY)
    changed = audit.differences(then, found)
    assert changed["claim_id"].tolist() == ["C0002", "C0098", "C0099"]
    assert changed["was"].unique().tolist() == ["not so far"]


def test_any_coded_document_can_be_audited(live):
    for source_id in live.rows["source_id"].drop_duplicates()[::250]:
        found = audit.verdicts(live, source_id, "2026-05-31")
        assert set(found["verdict"]) <= set(audit.STANDINGS), source_id
        assert prose.headline(found, "The Paper", "2026-05-31").endswith(".")


def test_an_unknown_document_is_refused_with_the_nearest(live):
    with pytest.raises(ValueError, match="did you mean 'trt-2025-06-01'"):
        audit.verdicts(live, "trt-2025-6-1", DAY)


DAYS = st.dates(pd.Timestamp("2021-01-01").date(), pd.Timestamp("2026-06-30").date())


@settings(max_examples=2, deadline=None)
@given(DAYS, DAYS, st.randoms(use_true_random=False))
def test_nothing_leaks_in_from_later(live, as_of, known_by, rng):
    """Whatever the order of the ledger: no evidence from after one clock or the other."""
    order = list(live.rows.index)
    rng.shuffle(order)
    shuffled = type(live)(live.sources, live.actors, live.codes, live.rows.loc[order])
    as_of, known_by = as_of.isoformat(), known_by.isoformat()
    found = audit.verdicts(shuffled, ARTICLE, as_of, known_by)
    straight = audit.verdicts(live, ARTICLE, as_of, known_by)
    both = [frame.sort_values("claim_id", ignore_index=True) for frame in (found, straight)]
    pd.testing.assert_frame_equal(*both)
    cited = {reference for some in found["references"] for reference in some}
    claims = live.rows[live.rows["source_id"] != ARTICLE].set_index("claim_id")
    figures = audit.published().set_index("figure_id")
    for rows, last in ((claims, "day"), (figures, "last")):
        used = rows[rows.index.isin(cited)]
        assert (used[last] <= pd.Timestamp(as_of)).all()
        assert (used["published_day"] <= pd.Timestamp(known_by)).all()
    assert known_by >= "2025-12-01" or "displacement" not in cited


def judged(*rows):
    frame = pd.DataFrame(rows, columns=["part", "verdict", "references"])
    return frame.assign(standing=frame["verdict"].map(audit.STANDINGS))


def test_the_headline_tells_what_was_checked_apart_from_what_was_expected():
    found = judged(
        ("figure", "supported", ["O001"]), ("figure", "contradicted", ["O002"]),
        ("happening", "confirmed", ["C0009", "C0010"]), ("happening", "only source", []),
        ("figure", "undecided", ["O001", "O002"]), ("charge", "position, no verdict", ["C0003"]),
        ("outlook", "come true", ["C0011"]), ("outlook", "in part", ["C0011"]),
        ("outlook", "contradicted in part", ["C0011"]), ("outlook", "both ways", ["C0011"]),
        ("outlook", "not so far", []), ("outlook", "cannot be known", []),
    )  # fmt: skip
    assert prose.headline(found, "The Paper", "2025-10-31") == (
        "By 31 October 2025, four statements in the document by The Paper could be checked: two "
        "hold, one does not and one stays open. Of six things that it expected or announced, two "
        "have come true at least in part, one was contradicted in part, one went both ways and "
        "two are open."
    )
    paper = {"title": "A Day", "publisher": "The Paper", "published": "2025-06", "side": "TUR"}
    behind = prose.document(paper, {"TUR": "Türkiye"}, pd.Series([["TUR"]], dtype=object))
    assert behind.endswith("owned or funded by Türkiye, which had itself mediated by then.")
    assert prose.headline(found[found["verdict"] == "only source"], "It", DAY) == (
        "By 1 June 2025, no statement in the document by It could be checked. "
        "It expects or announces nothing that is coded."
    )
