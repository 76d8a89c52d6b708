"""Tables: floors, named real cases, and what a spoilt one gets."""

from __future__ import annotations

import difflib

import pytest
from conftest import ROOT
from frictionless import Package

from analysis import checks, tables
from analysis.tables import TableError

FLOORS = {
    "sources": 300, "actors": 60, "codes": 100, "claims": 800, "displacement": 4300, "breaks": 9,
    "solutions": 740, "age_sex": 900, "internal_displacement": 120, "operational": 60,
    "arrivals": 1100, "notes": 20, "validation": 27, "returns_by_papers": 10, "places": 220,
    "inhabitants": 1500, "double_coding": 67, "published": 58, "outcomes": 34,
    "unga_roll_calls": 2494, "unga_pairs": 7300, "unga_states": 720, "unga_resolutions": 6,
    "unga_afghanistan": 110, "unga_published": 34,
}  # fmt: skip


def test_every_table_has_its_floor():
    assert set(FLOORS) == set(tables.names(ROOT))
    sizes = {name: len(tables.load(name, ROOT)) for name in FLOORS}
    assert {name: size for name, size in sizes.items() if size < FLOORS[name]} == {}


def test_the_whole_project_passes_its_checks():
    assert checks.check_all(ROOT) == []


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
    row = frame[
        (frame["year"] == year) & (frame["asylum_iso3"] == asylum) & (frame["category"] == category)
    ]
    assert row["persons"].tolist() == [persons]


def test_blank_is_not_zero():
    frame = tables.load("displacement", ROOT)
    early = frame[(frame["year"] == 1979) & (frame["category"] == "other_in_need_of_protection")]
    assert early["persons"].isna().all() and len(early)


def test_the_article_is_coded_whole():
    claims = tables.load("claims", ROOT)
    article = claims[claims["source_id"] == "trt-2025-06-01"]
    stating = {6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 23, 24, 25, 26, 27, 28}
    stating |= {29, 30, 32, 33, 34, 35, 37, 38, 39, 40, 41}
    assert len(article) >= 70
    assert set(article["paragraph"]) == stating


def test_the_damaged_sentence_keeps_its_measure_undetermined():
    claims = tables.load("claims", ROOT)
    row = claims[(claims["paragraph"] == 26) & (claims["kind"] == "figure")]
    assert row[["measure", "value", "bound"]].values.tolist() == [
        ["undetermined_movement", 850_000.0, "at_least"]
    ]


@pytest.mark.parametrize(
    ("paragraph", "values"),
    [(18, {14}), (27, {3_000_000, 1_300_000, 800_000, 1_000_000}), (28, {1979}), (29, {2640}),
     (35, {1893})],
)  # fmt: skip
def test_the_numbers_of_the_article(paragraph, values):
    claims = tables.load("claims", ROOT)
    rows = claims[(claims["paragraph"] == paragraph) & (claims["kind"] == "figure")]
    assert set(rows["value"]) == values


def test_every_charge_of_the_article_that_is_denied_is_answered():
    claims = tables.load("claims", ROOT).set_index("claim_id")
    denials = claims[(claims["modality"] == "denied") & claims["paragraph"].isin([24, 33])]
    assert len(denials) == 5
    for denial in denials.itertuples():
        charge = claims.loc[denial.answers]
        assert charge["modality"] == "alleged"
        assert (charge["actors"], charge["code"]) == (denial.actors, denial.code)


def test_every_source_has_publisher_title_and_address():
    sources = tables.load("sources", ROOT).set_index("source_id").drop(index="unsourced")
    assert (sources[["publisher", "title", "url", "published"]] != "").all().all()


def spoil(root, table, row, column, value):
    """Overwrite one cell of a CSV table; row 1 is the header."""
    import csv

    path = root / tables.descriptor(table, root)["path"]
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    rows[row - 1][rows[0].index(column)] = value
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


SCHEMA_FAULTS = [
    ("claims", "kind", "evnt", "did you mean 'event'?"),
    ("claims", "modality", "claimed", "expected one of asserted"),
    ("claims", "source_id", "trt-2025-06-02", "did you mean 'trt-2025-06-01'?"),
    ("claims", "answers", "C9998", "not in claims.csv"),
    ("claims", "speaker", "PKA", "did you mean 'PAK'?"),
    ("claims", "start", "last May", "EDTF"),
    ("claims", "actors", "PAK, IEA", "actor ids joined by ;"),
    ("claims", "claim_id", "C0002", "the same as in the row"),
    ("sources", "url", "dawn.com/news", "address"),
    ("actors", "kind", "militia", "expected one of"),
    ("codes", "intensity", "strong", "expected number"),
    ("displacement", "persons", "many", "expected integer"),
    ("displacement", "persons", "-5", "minimum"),
    ("displacement", "asylum_iso3", "Pakistan", "place of asylum"),
    ("operational", "bound", "roughly", "expected one of exact"),
    ("inhabitants", "is_projection", "perhaps", "expected boolean"),
    ("age_sex", "age_group", "5-12", "did you mean '5-11'?"),
]


@pytest.mark.parametrize(("table", "column", "value", "words"), SCHEMA_FAULTS)
def test_a_bad_row_fails_plain_frictionless_and_names_the_place(
    project, table, column, value, words
):
    path = spoil(project, table, 4, column, value)
    folder = path.parent
    assert not Package(str(folder / "datapackage.json")).get_resource(table).validate().valid
    found = [p for p in tables.check_table(table, project) if p.row == 4]
    assert found, "no fault at row 4"
    said = str(found[0])
    assert f"{folder.name}/{path.name}" in said and "row 4" in said and words in said
    with pytest.raises(TableError):
        tables.load(table, project)


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
    found = [p for p in checks.check_all(project) if p.row == 2]
    assert found
    said = str(found[0])
    assert said.startswith("seeds/claims.csv, row 2, column ") and words in said
    assert shown in said


def test_a_denial_answers_what_it_denies(project):
    claims = tables.load("claims", project)
    denials = (claims["modality"] == "denied") & (claims["answers"] != "")
    row = int(claims.index[denials][0]) + 2
    spoil(project, "claims", row, "answers", "C0001")
    found = [str(p) for p in checks.check_all(project)]
    assert len(found) == 1 and "a denial has code, actors and recipients" in found[0]


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


def test_missing_column(project):
    path = project / "data" / "breaks.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.split(",", 1)[1] for line in lines), encoding="utf-8")
    assert "expected the header origin_iso3,asylum_iso3,year" in str(
        tables.check_table("breaks", project)[0]
    )


def test_wrong_encoding_empty_and_missing_files(project):
    path = project / "seeds" / "actors.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1", errors="replace"))
    assert "not UTF-8" in str(tables.check_table("actors", project)[0])
    path.write_text("", encoding="utf-8")
    assert "file is empty" in str(tables.check_table("actors", project)[0])
    path.unlink()
    assert "file is missing" in str(tables.check_table("actors", project)[0])


def test_a_duplicated_key_is_one_fault_of_its_row(project):
    path = project / "data" / "inhabitants.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n", encoding="utf-8")
    found = tables.check_table("inhabitants", project)
    assert [p.row for p in found] == [len(lines) + 1]


def test_na_is_a_code_like_any_other(project):
    spoil(project, "actors", 3, "name", "NA")
    assert tables.load("actors", project)["name"].tolist()[1] == "NA"


def test_a_table_that_does_not_exist_names_the_nearest():
    with pytest.raises(KeyError, match="did you mean 'claims'"):
        tables.load("claim", ROOT)


def test_an_end_before_its_start_and_a_unit_of_another_measure(project):
    claims = tables.load("claims", project)
    dated = int(claims.index[claims["start"] == "2025-05-21"][0]) + 2
    length = int(claims.index[claims["measure"] == "border_length"][0]) + 2
    spoil(project, "claims", dated, "end", "2024")
    spoil(project, "claims", length, "unit", "persons")
    said = [str(problem) for problem in checks.check_all(project)]
    assert len(said) == 2
    assert f"row {length}, column unit" in said[0] and "is counted in km" in said[0]
    assert f"row {dated}, column end" in said[1] and "before its start 2025-05-21" in said[1]
