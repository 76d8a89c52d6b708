"""The audit by hand: verdicts on each boundary, who confirms, what came of an outlook, no leaks."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import audit, checks, tables
from analysis.audit.evidence import dated
from analysis.audit.readings import Reading

ARTICLE = "trt-2025-06-01"
DAY = "2025-06-01"


@pytest.mark.parametrize(
    ("value", "bound", "low", "high"),
    [
        (1_300_000, "about", 1_250_000, 1_350_000),
        (800_000, "about", 750_000, 850_000),
        (1_000_000, "about", 500_000, 1_500_000),
        (2_640, "about", 2_635, 2_645),
        (7, "about", 6.5, 7.5),
        (0, "about", 0, 0.5),
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
        ((100, math.inf), (99, math.inf), "undecided"),
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
    ],
)
def test_verdict_on_each_boundary(said, counted, expected):
    assert audit.verdict(Reading(*said), Reading(*counted)) == expected


def test_without_evidence_nothing_is_said():
    assert audit.verdict(Reading(1, 1), None) == "not checkable"


def test_the_article_on_its_day_and_later(book):
    then = audit.figure_verdicts(book, ARTICLE, DAY, DAY).set_index(["claim_id", "measure"])
    assert then.loc[("C0051", "returns"), "verdict"] == "supported"
    assert then.loc[("C0051", "deportations"), "verdict"] == "contradicted"
    assert then.loc[("C0028", "visa free stay"), "verdict"] == "contradicted"
    # UNHCR's count to 31 May came after the article; the tables were released in December.
    assert "F040" not in then.loc[("C0051", "returns"), "references"]
    assert then.loc[("C0060", "hosting since"), "verdict"] == "not checkable"
    later = audit.figure_verdicts(book, ARTICLE, "2026-05-31").set_index(["claim_id", "measure"])
    assert "F040" in later.loc[("C0051", "returns"), "references"]
    assert later.loc[("C0060", "hosting since"), ["said", "verdict"]].tolist() == [
        "1979", "supported",
    ]  # fmt: skip


def test_every_claim_of_the_article_gets_a_verdict_or_a_reason(book):
    audited = audit.audit(book, ARTICLE, "2026-05-31")
    own = book.claims[book.claims["source_id"] == ARTICLE]
    assert audited["claim_id"].tolist() == own["claim_id"].tolist() and len(audited) == 100
    assert set(audited["verdict"]) <= set(audit.VERDICTS)
    assert audited["reason"].str.len().gt(0).all()
    counts = audit.tally(audited)
    assert counts["claims"].sum() == 100
    assert (counts["holds"] + counts["fails"] <= counts["checked"]).all()
    # A charge is never judged.
    assert counts.set_index("part").loc["charge", ["checked", "holds", "fails"]].tolist() == [0] * 3


def test_any_coded_document_can_be_audited(book):
    for source_id in book.claims["source_id"].drop_duplicates()[::9]:
        audited = audit.audit(book, source_id, "2026-05-31")
        assert audited["verdict"].notna().all(), source_id


def test_an_unknown_document_is_refused_with_the_nearest(book):
    with pytest.raises(ValueError, match="did you mean 'trt-2025-06-01'"):
        audit.audit(book, "trt-2025-6-1", DAY)


EVENT = {"code": "ASSAULT", "actors": "PAK", "recipients": "IEA", "start": "2025-05-01"}
SOURCES = {
    "mine": {"wire": "AP"},
    "copy": {"wire": "AP"},
    "other": {},
    "third": {},
    "late": {"published": "2025-09-01"},
}


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
    told = audit.confirmations(book, "mine", "2026-01-01", "2025-06-30").set_index("claim_id")
    assert told["verdict"].tolist() == ["only source", "confirmed", "disputed", "nothing to match"]
    assert told.loc["C0003", "by"] == ["other"] and told.loc["C0003", "references"] == ["C0004"]
    assert told.loc["C0006", "reason"] == "denied by Taliban authorities"
    later = audit.confirmations(book, "mine", "2026-01-01").set_index("claim_id")
    assert later.loc["C0001", "verdict"] == "confirmed" and later.loc["C0001", "by"] == ["late"]


def test_positions_stand_side_by_side(make_book):
    host = {"kind": "tie", "code": "hosts", "actors": "IEA", "recipients": "TTP"}
    book = make_book(
        host | {"source_id": "mine", "modality": "alleged", "speaker": "PAK"},
        host | {"source_id": "mine", "modality": "denied", "speaker": "IEA", "answers": "C0001"},
        host | {"source_id": "other", "modality": "alleged", "speaker": "UN_MT"},
        host | {"source_id": "third", "modality": "denied", "speaker": "IEA"},
        sources=SOURCES,
    )
    sides = audit.charges(book, "mine", "2026-01-01").iloc[0]
    assert [sides["said_by"], sides["denied_by"]] == ["Pakistan", "Taliban authorities"]
    assert [sides["also_said_by"], sides["also_denied_by"]] == ["other", "third"]
    audited = audit.audit(book, "mine", "2026-01-01")
    assert set(audited["verdict"]) == {"position, no verdict"}


def coded(monkeypatch, rows):
    frame = pd.DataFrame(rows, columns=["outlook_id", "outcome_id", "effect"]).assign(reason="So.")
    real = tables.load
    monkeypatch.setattr(
        tables, "load", lambda name, root=None: frame if name == "outcomes" else real(name, root)
    )


@pytest.mark.parametrize(
    ("effects", "expected", "days"),
    [
        ([], "no outcome coded", None),
        ([("", "open")], "not so far", None),
        ([("", "unknowable")], "cannot be known", None),
        ([("C0002", "fulfils")], "come true", 30),
        ([("C0002", "fulfils_in_part"), ("C0003", "fulfils")], "come true", 60),
        ([("C0002", "fulfils"), ("C0003", "contradicts_in_part")], "come true", 30),
        ([("C0002", "fulfils"), ("C0003", "contradicts")], "both ways", 30),
        ([("C0002", "fulfils_in_part")], "in part", 30),
        ([("C0002", "contradicts_in_part")], "contradicted in part", 30),
        ([("C0002", "contradicts_in_part"), ("C0003", "contradicts")], "contradicted", 60),
        ([("C0002", "fulfils_in_part"), ("C0003", "contradicts_in_part")], "both ways", 30),
        ([("C0004", "fulfils")], "not so far", None),
    ],
)
def test_what_became_of_an_outlook(make_book, monkeypatch, effects, expected, days):
    book = make_book(
        EVENT | {"source_id": "mine", "kind": "outlook", "modality": "hypothetical", "start": ""},
        EVENT | {"source_id": "other", "start": "2025-07-01"},
        EVENT | {"source_id": "other", "start": "2025-07-31"},
        EVENT | {"source_id": "other", "start": "2026-07-31"},
        sources=SOURCES,
    )
    coded(monkeypatch, [("C0001", outcome, effect) for outcome, effect in effects])
    row = audit.outlook_verdicts(book, "mine", "2026-01-01").iloc[0]
    assert row["verdict"] == expected
    assert (None if pd.isna(row["days"]) else row["days"]) == days


def test_the_article_s_outlooks(book):
    then = audit.outlook_verdicts(book, ARTICLE, DAY, DAY)
    assert not set(then["verdict"]) & {"come true", "both ways"}
    now = audit.outlook_verdicts(book, ARTICLE, "2026-05-31").set_index("claim_id")
    # Ambassadors came; the Tajik delisting did not; Russia recognised after 32 days.
    assert now.loc[["C0002", "C0003"], "verdict"].eq("come true").all()
    assert now.loc["C0025", "verdict"] == "not so far"
    assert now.loc["C0011", "days"] == 32
    assert now.loc["C0098", "verdict"] == "come true"


def test_every_outlook_of_the_article_is_coded(book):
    claims = book.claims[book.claims["source_id"] == ARTICLE]
    ahead = claims["modality"].isin(["planned", "expected", "hypothetical"])
    wanted = set(claims.loc[ahead | (claims["kind"] == "outlook"), "claim_id"])
    assert wanted <= set(tables.load("outcomes", ROOT)["outlook_id"])


def test_series_beside_a_claim_are_never_spliced(book):
    beside = audit.beside(book, ARTICLE, "2026-05-31")
    runs = audit.runs(beside)
    attacks = runs[runs["claim_id"] == "C0048"].set_index("series")
    assert attacks.loc["PICSS", ["earliest", "latest"]].tolist() == [
        "188 (2020-12-31)", "1,066 (2025-12-31)",
    ]  # fmt: skip
    assert {"PICSS", "PIPS", "GTI"} <= set(attacks.index)
    assert runs["references"].map(len).sum() == len(beside)
    assert audit.runs(beside.head(0)).empty


DAYS = st.dates(pd.Timestamp("2021-01-01").date(), pd.Timestamp("2026-06-30").date())


@settings(max_examples=8, deadline=None)
@given(DAYS, DAYS, st.randoms(use_true_random=False))
def test_nothing_leaks_in_from_later(book, as_of, known_by, rng):
    """Whatever the order of the ledger: no evidence from after one clock or the other."""
    order = list(book.claims.index)
    rng.shuffle(order)
    shuffled = type(book)(book.sources, book.actors, book.codes, book.claims.loc[order])
    as_of, known_by = as_of.isoformat(), known_by.isoformat()
    audited = audit.audit(shuffled, ARTICLE, as_of, known_by)
    straight = audit.audit(book, ARTICLE, as_of, known_by)
    both = [frame.sort_values("claim_id", ignore_index=True) for frame in (audited, straight)]
    pd.testing.assert_frame_equal(*both)
    cited = {reference for some in audited["references"] for reference in some}
    claims = book.claims[book.claims["source_id"] != ARTICLE].set_index("claim_id")
    for reference in cited & set(claims.index):
        assert claims.loc[reference, "day"] <= pd.Timestamp(as_of)
        assert claims.loc[reference, "published_day"] <= pd.Timestamp(known_by)
    for name in ("operational", "published"):
        rows = dated(tables.load(name, ROOT)).set_index("figure_id")
        for reference in cited & set(rows.index):
            assert rows.loc[reference, "last"] <= pd.Timestamp(as_of)
            assert rows.loc[reference, "published_day"] <= pd.Timestamp(known_by)
    assert known_by >= "2025-12-01" or "displacement" not in cited


@pytest.mark.parametrize(
    ("column", "value", "row", "expected"),
    [
        ("outlook_id", "C9999", 0, "not in claims"),
        ("outcome_id", "C9999", 0, "not in claims"),
        ("effect", "fulfills", 0, "fulfils"),
    ],
)
def test_a_broken_outcome_is_named(project, column, value, row, expected):
    path = project / "seeds" / "outcomes.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.loc[row, column] = value
    frame.to_csv(path, index=False, lineterminator="\n")
    problems = tables.check_table("outcomes", project)
    assert problems and problems[0].column == column and problems[0].value == value
    assert expected in problems[0].expected


def test_a_figure_that_bears_on_no_claim_is_named(project):
    path = project / "data" / "published.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.loc[1, "bears_on"] = "C0048;C9998"
    frame.to_csv(path, index=False, lineterminator="\n")
    (problem,) = checks.check_all(project)
    assert (problem.file, problem.row, problem.value) == ("data/published.csv", 3, "C9998")


def test_what_changed_between_two_days(book):
    changed = audit.changes(book, "2025-06-01", "2025-07-31", "RUS")
    assert changed.rungs["rung"].tolist() == ["ambassador_accepted", "recognised"]
    assert (changed.claims["day"] > pd.Timestamp("2025-06-01")).all()
    assert (changed.claims["day"] <= pd.Timestamp("2025-07-31")).all()
    everybody = audit.changes(book, "2025-06-01", "2025-07-31")
    assert len(everybody.claims) > len(changed.claims) and len(everybody.rungs) >= 2
    assert everybody.figures["last"].between("2025-06-02", "2025-07-31").all()


def test_a_tie_that_turned(make_book):
    book = make_book(
        {"code": "AGREE", "actors": "PAK", "recipients": "IEA", "start": "2025-01-01"},
        {"code": "ASSAULT", "actors": "PAK", "recipients": "IEA", "start": "2025-03-01"},
        {"code": "AGREE", "actors": "CHN", "recipients": "IEA", "start": "2025-03-01"},
    )
    turned = audit.changes(book, "2025-02-01", "2025-04-01").ties.set_index(["a", "b"])
    assert turned.loc[("IEA", "PAK"), ["was", "now"]].tolist() == ["cooperative", "conflictual"]
    assert turned.loc[("CHN", "IEA"), ["was", "now"]].tolist() == ["no tie", "cooperative"]
    assert audit.changes(book, "2025-03-01", "2025-03-02").ties.empty


@pytest.mark.parametrize(
    ("first", "second", "actor", "expected"),
    [
        ("2025-06-01", "2025-06-01", "", "is not before"),
        ("2025-06-01", "2025-07-01", "PKA", "did you mean 'PAK'"),
    ],
)
def test_impossible_comparisons_are_refused(book, first, second, actor, expected):
    with pytest.raises(ValueError, match=expected):
        audit.changes(book, first, second, actor)
