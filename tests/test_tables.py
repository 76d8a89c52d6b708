"""Tables: floors, named real cases, and what a spoilt one gets."""

from __future__ import annotations

import csv
import difflib

import pytest
from conftest import ROOT
from frictionless import Package

from analysis import coding, ledger, tables
from analysis.tables import TableError

# A table that lost rows is no correction.
FLOORS = {
    "sources": 400, "actors": 80, "codes": 130, "claims": 850, "outcomes": 34, "displacement": 4300,
    "solutions": 740, "age_sex": 1000, "operational": 80, "inhabitants": 1500, "published": 58,
}  # fmt: skip


def spoil(root, table, row, column, value):
    """Overwrite one cell of a CSV table; row 1 is the header."""
    path = root / tables.descriptor(table, root)["path"]
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    rows[row - 1][rows[0].index(column)] = value
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


def first_problem(root, table):
    with pytest.raises(TableError) as caught:
        tables.load(table, root)
    return str(caught.value.problems[0])


def test_tables_keep_their_floors():
    sizes = {name: len(tables.load(name, ROOT)) for name in FLOORS}
    assert {name: size for name, size in sizes.items() if size < FLOORS[name]} == {}


def test_the_whole_project_passes_its_checks_and_plain_frictionless():
    assert coding.check_all(ROOT) == []


@pytest.mark.parametrize(
    ("year", "asylum", "category", "persons"),
    [
        (1990, "PAK", "refugees", 3_253_000),
        (2015, "IRN", "refugees", 951_142),
        (2024, "PAK", "others_of_concern", 798_348),
        (2025, "IRN", "other_in_need_of_protection", 879_500),
        (2023, "PAK", "refugees", 1_987_717),
    ],
)
def test_named_figures_of_unhcr(year, asylum, category, persons):
    frame = tables.load("displacement", ROOT)
    row = frame.query("year == @year and asylum_iso3 == @asylum and category == @category")
    assert row["persons"].tolist() == [persons]


def test_blank_is_not_zero():
    frame = tables.load("displacement", ROOT)
    early = frame[(frame["year"] == 1979) & (frame["category"] == "other_in_need_of_protection")]
    assert early["persons"].isna().all() and len(early)


def test_the_article_is_coded_whole_with_its_numbers():
    claims = tables.load("claims", ROOT)
    article = claims[claims["source_id"] == "trt-2025-06-01"]
    silent = {20, 31, 36}
    assert set(article["paragraph"]) == set(range(6, 42)) - silent
    figures = article[article["kind"] == "figure"].groupby("paragraph")["value"].agg(set)
    stated = {18: {14}, 27: {3_000_000, 1_300_000, 800_000, 1_000_000}, 28: {1979}, 29: {2640}}
    assert {place: figures[place] for place in stated} == stated
    damaged = article[(article["paragraph"] == 26) & (article["kind"] == "figure")]
    assert damaged[["measure", "value", "bound"]].values.tolist() == [
        ["undetermined_movement", 850_000.0, "at_least"]
    ]


def test_every_charge_that_is_answered_by_a_denial_is_a_charge_of_the_same_conduct():
    claims = tables.load("claims", ROOT).set_index("claim_id")
    denials = claims[(claims["modality"] == "denied") & (claims["answers"] != "")]
    charges = claims.loc[denials["answers"]]
    assert len(denials) > 10
    assert set(charges["modality"]) <= {"alleged", "asserted"}
    for column in ("actors", "recipients", "code"):
        assert charges[column].tolist() == denials[column].tolist()


def test_every_source_has_publisher_title_and_address():
    sources = tables.load("sources", ROOT).set_index("source_id").drop(index=ledger.UNSOURCED)
    assert (sources[["publisher", "title", "url", "published"]] != "").all().all()


def test_one_outlet_has_one_name():
    """Two spellings of a publisher or an agency would count as two independent sources."""
    sources = tables.load("sources", ROOT)
    origins = sorted(set(sources["wire"].where(sources["wire"] != "", sources["publisher"])))
    plain = {name: "".join(filter(str.isalnum, name.lower())) for name in origins}
    alike = {
        (one, two)
        for n, one in enumerate(origins)
        for two in origins[n + 1 :]
        if difflib.SequenceMatcher(None, plain[one], plain[two]).ratio() > 0.88
    }
    # Looked at: different outlets with like names.
    different = {("Balochistan Post", "Balochistan Pulse"), ("DNA News", "Dunya News"),
                 ("The Nation", "The National")}  # fmt: skip
    assert alike - different == set()


CELL_FAULTS = [
    ("claims", "kind", "evnt", "did you mean 'event'?"),
    ("claims", "modality", "claimed", "expected one of asserted"),
    ("claims", "source_id", "trt-2025-06-02", "did you mean 'trt-2025-06-01'?"),
    ("claims", "answers", "C9998", "not in claims.csv"),
    ("claims", "speaker", "PKA", "did you mean 'PAK'?"),
    ("claims", "start", "last May", "EDTF"),
    ("claims", "actors", "PAK, IEA", "actor ids joined by ;"),
    ("claims", "claim_id", "C0002", "stands twice"),
    ("claims", "gloss", "", "is blank; it is required"),
    ("claims", "gloss", "long " * 50, "at most 200 characters"),
    ("sources", "url", "dawn.com/news", "address"),
    ("sources", "accessed", "2026-02-30", "expected date"),
    ("actors", "kind", "militia", "expected one of"),
    ("codes", "intensity", "strong", "expected number"),
    ("codes", "intensity", "11", "expected -10 to 10"),
    ("displacement", "persons", "many", "expected integer"),
    ("displacement", "persons", "-5", "expected 0 to"),
    ("displacement", "asylum_iso3", "Pakistan", "place of asylum"),
    ("operational", "bound", "roughly", "expected one of exact"),
    ("inhabitants", "is_projection", "perhaps", "expected boolean"),
    ("age_sex", "age_group", "5-12", "did you mean '5-11'?"),
]


@pytest.mark.parametrize(("table", "column", "value", "words"), CELL_FAULTS)
def test_a_bad_cell_names_the_place_and_fails_plain_frictionless_too(
    project, table, column, value, words
):
    path = spoil(project, table, 4, column, value)
    said = first_problem(project, table)
    place = f"{path.parent.name}/{path.name}, row 4, column {column}, value {value!r}"
    assert said.startswith(place) and words in said
    resource = Package(str(path.parent / "datapackage.json")).get_resource(table)
    assert not resource.validate().valid


@pytest.mark.parametrize(
    ("column", "value"), [("value", "1_000"), ("value", "inf"), ("paragraph", "9" * 20)]
)
def test_what_python_would_take_for_a_number_is_none(project, column, value):
    spoil(project, "claims", 4, column, value)
    assert f"column {column}, value {value!r}: expected " in first_problem(project, "claims")


LEDGER_FAULTS = [
    ("actors", "PAK;XYZ", "XYZ", "not in actors.csv"),
    ("recipients", "IEAA", "IEAA", "did you mean 'IEA'?"),
    ("mediators", "CHM", "CHM", "did you mean 'CHN'?"),
    ("code", "CONSULTED", "CONSULTED", "did you mean 'CONSULT"),
    ("mode", "visitt", "visitt", "did you mean"),
    ("step", "contacts", "contacts", "did you mean 'contact'?"),
    ("start", "2025-02-30", "2025-02-30", "not an EDTF date"),
    ("answers", "C0001", "C0001", "cannot answer itself"),
    ("actors", "PAK;IEA;PAK", "PAK;IEA;PAK", "names an actor twice"),
    ("recipients", "IEA", "IEA", "cannot be its own recipient"),
    ("measure", "money", "money", "only a figure has one"),
]


@pytest.mark.parametrize(("column", "value", "shown", "words"), LEDGER_FAULTS)
def test_a_fault_across_tables_names_row_column_value_and_the_nearest(
    project, column, value, shown, words
):
    spoil(project, "claims", 2, column, value)
    with pytest.raises(TableError) as caught:
        ledger.load(project)
    said = str(next(p for p in caught.value.problems if p.row == 2))
    assert said.startswith("seeds/claims.csv, row 2, column ") and words in said
    assert shown in said


def test_a_denial_answers_what_it_denies_and_an_end_follows_its_start(project):
    claims = tables.load("claims", project)
    denials = (claims["modality"] == "denied") & (claims["answers"] != "")
    rows = {
        "denial": claims.index[denials][0],
        "dated": claims.index[claims["start"] == "2025-05-21"][0],
        "length": claims.index[claims["measure"] == "border_length"][0],
    }
    spoil(project, "claims", rows["denial"] + 2, "answers", "C0001")
    spoil(project, "claims", rows["dated"] + 2, "end", "2024")
    spoil(project, "claims", rows["length"] + 2, "unit", "persons")
    said = "\n".join(map(str, coding.check_all(project)))
    assert said.count("\n") == 2
    assert "a denial has code, actors and recipients" in said
    assert "before its start 2025-05-21" in said and "is counted in km" in said


def test_what_a_figure_of_others_bears_on_is_in_the_ledger(project):
    spoil(project, "published", 2, "bears_on", "C9999")
    assert "column bears_on, value 'C9999': not in claims.csv" in str(coding.check_all(project)[0])


HEADERS = [
    ("a comment line above", lambda text: "# ours\n" + text, "expected the header origin_iso3,"),
    ("semicolons", lambda text: text.replace(",", ";"), "expected the header origin_iso3,"),
    ("a missing column", lambda text: text.replace("origin_iso3,", "", 1), "expected the header"),
    ("a row too short", lambda text: text + "AFG,PAK\n", "has 2 cells; expected 11"),
    ("nothing at all", lambda text: "", "file is empty"),
]


@pytest.mark.parametrize(
    ("change", "words"), [row[1:] for row in HEADERS], ids=[row[0] for row in HEADERS]
)
def test_a_file_that_is_not_as_described_is_refused(project, change, words):
    path = project / "data" / "breaks.csv"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert words in first_problem(project, "breaks")


def test_wrong_encoding_and_a_missing_file(project):
    path = project / "seeds" / "sources.csv"
    path.write_bytes(path.read_bytes() + "Türkiye".encode("latin-1"))
    assert "not UTF-8" in first_problem(project, "sources")
    path.unlink()
    assert "file is missing" in first_problem(project, "sources")


def test_a_key_that_stands_twice_is_one_fault_of_its_row(project):
    path = project / "data" / "inhabitants.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n", encoding="utf-8")
    assert f"row {len(lines) + 1}, column iso3 and year" in first_problem(project, "inhabitants")


def test_na_is_a_code_like_any_other_and_a_byte_order_mark_does_no_harm(project):
    path = spoil(project, "actors", 3, "name", "NA")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert tables.load("actors", project)["name"].tolist()[1] == "NA"


def test_what_was_loaded_is_what_is_cited(project):
    tables.load("breaks", project)
    tables.depends_on(project / "data")
    assert "breaks" in tables.used() and "UNHCR" in tables.used()["breaks"]
    assert {"data/", "data/breaks.csv"} <= set(tables.files_used())


def test_a_table_that_does_not_exist_names_the_nearest():
    with pytest.raises(KeyError, match="did you mean 'claims'"):
        tables.load("claim", ROOT)
