"""UNHCR's client against a server that behaves as recorded, faults included; loopback only."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from conftest import ROOT, SHARED
from unhcr_server import COUNTED, HTML, KEYS, Api, serve

from analysis import displacement
from analysis.cli import main
from analysis.fetch import Client, FetchError, Patience, answers, paging, snapshot, unhcr

DAY = date(2026, 11, 24)
HASTY = Patience(connect=5, read=20, retries=2, back_off=0, longest=2)
IMPATIENT = replace(HASTY, read=0.2)
PLACES = {
    "AFG": ("AFG", "Afghanistan"),
    "PAK": ("PAK", "Pakistan"),
    "IRN": ("IRN", "Iran (Islamic Rep. of)"),
    "AUT": ("AUS", "Austria"),
    "AUS": ("AUL", "Australia"),
    "DEU": ("GFR", "Germany"),
    "UNK": ("UKN", "Unknown "),
}
GONE = float("nan")
PAIRS = answers.Question(answers.POPULATION, 2023, 2026)
SAMPLES = SHARED / "data/unhcr/api_samples"
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="UNHCR's full tables lie in ../shared/data/unhcr"
)


def rows(endpoint, *given):
    """Table of an endpoint from short rows: year, origin, asylum, key columns, counts."""
    names = [*KEYS.get(endpoint, []), *COUNTED[endpoint]]
    found = []
    for year, coo, coa, *cells in given:
        row = {"year": year, **dict(zip(names, cells, strict=True))}
        for side, iso in (("coo", coo), ("coa", coa)):
            row |= {side: PLACES[iso][0], f"{side}_iso": iso, f"{side}_name": PLACES[iso][1]}
        found.append(row)
    return pd.DataFrame(found)


def small_world():
    """Three years of a few places, with gaps, zeros, and codes that mean another country."""
    bands = [5, 10, 15, 20, 5, 0, 55]
    nobody = [0] * 7
    return {
        "population": rows(
            "population",
            (2023, "AFG", "PAK", 1987717, 61451, 56797, 0, 0, 0, 49, GONE, 0),
            (2023, "AFG", "IRN", 3752317, 0, 516, 0, 0, 0, 0, GONE, 0),
            (2023, "AFG", "AFG", 0, 0, 0, 3222397, 31605, 0, 0, GONE, 1584157),
            (2023, "UNK", "AUT", 5, 0, 0, 0, 0, 0, 0, GONE, 0),
            (2024, "AFG", "PAK", 1559964, 198610, 126812, 0, 0, 0, 798348, GONE, 0),
            (2024, "AFG", "AUT", 47000, 10, 0, 0, 0, 0, 0, GONE, 0),
            (2024, "AFG", "AUS", 12000, 20, 0, 0, 0, 0, 0, GONE, 0),
            (2025, "AFG", "IRN", 758339, 0, 1386970, 0, 0, 0, 0, 879500, 0),
            (2025, "AFG", "PAK", 1158538, 119251, 558359, 0, 0, 0, 566430, 140558, 0),
            (2025, "IRN", "DEU", 100, 0, 0, 0, 0, 0, 0, GONE, 0),
            (2025, "AFG", "DEU", 300000, 30, 0, 0, 0, 0, 0, GONE, 0),
        ),
        "demographics": rows(
            "demographics",
            (2024, "AFG", "PAK", "REF", *bands, *bands, 110),
            (2025, "AFG", "PAK", "REF", *bands, *bands, 117),
            (2025, "AFG", "PAK", "OOC", *nobody, *nobody, 400),
            (2025, "AFG", "AFG", "IDP", *nobody, *nobody, 3200000),
        ),
        "solutions": rows(
            "solutions",
            (2024, "AFG", "PAK", 126812, GONE, GONE, GONE),
            (2025, "AFG", "PAK", 558359, GONE, 0, GONE),
            (2025, "AFG", "DEU", GONE, 240, 15, GONE),
            (2025, "AFG", "AFG", GONE, GONE, GONE, 8056),
        ),
        "asylum-decisions": rows(
            "asylum-decisions",
            (2024, "AFG", "PAK", "U", "FI", "P", 2895, 0, 0, 497, 3392),
            (2025, "AFG", "PAK", "U", "FI", "P", 1830, 0, 0, 13327, 15157),
            (2025, "AFG", "DEU", "G", "FI", "P", 100, 200, 50, 30, 380),
            (2025, "AFG", "DEU", "G", "JR", "P", 10, 20, 40, 30, 100),
            (2025, "AFG", "DEU", "G", "NA", "C", 5, 0, 0, 0, 5),
        ),
    }


def small_lists():
    countries = [
        {"0": 1, "id": n, "code": code, "iso": iso, "name": name, "region": "Asia"}
        for n, (iso, (code, name)) in enumerate(PLACES.items())
    ] + [{"0": 1, "id": 99, "code": "CRB", "iso": None, "name": "CRB", "region": None}]
    note = {"footnote": "Counted \r\r\n anew.", "year": "2015 - 2018, 2020 - 2024", "coo": " ",
            "coo_id": 278, "coo_iso": "", "coa": "Pakistan", "coa_id": 1000, "coa_iso": "PAK",
            "population_type": "REF,IDP"}  # fmt: skip
    return {
        "countries": countries,
        "years": [{"year": year} for year in ("2023", 2024, 2025, 2026)],
        "footnotes": [note],
    }


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch):
    """No test here reaches a network, nor a proxy on the way to this machine."""
    find = socket.getaddrinfo

    def here(host, *rest, **more):
        assert host.startswith("127."), f"{host} is not this machine"
        return find(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,127.0.0.2")


@pytest.fixture
def api(monkeypatch):
    """The small world on pages of five rows."""
    monkeypatch.setattr(paging, "LIMIT", 5)
    return Api(small_world(), small_lists())


@pytest.fixture
def fetch(api, tmp_path):
    """Fetch the small world into a folder of its own."""
    with serve(api) as address:

        def run(day=DAY, patience=HASTY):
            return unhcr.fetch(tmp_path, address, Client(patience), day, lambda line: None)

        run.address, run.root, run.folder = address, tmp_path, tmp_path / unhcr.FOLDER
        yield run


@pytest.fixture(scope="session")
def whole_release(tmp_path_factory):
    """One good release, not to be changed."""
    root = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch, serve(Api(small_world(), small_lists())) as address:
        patch.setattr(paging, "LIMIT", 5)
        patch.setenv("NO_PROXY", "127.0.0.1")
        return unhcr.fetch(root, address, Client(HASTY), DAY, lambda line: None)


@pytest.fixture
def last_good(fetch, whole_release):
    """Yesterday's release where the next one goes."""
    return shutil.copytree(whole_release, fetch.folder / "2026-11-23")


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def read(release, name):
    return pq.read_table(release / f"{name}.parquet").to_pandas()


# What is fetched


def test_a_release_holds_what_the_server_says_in_both_schemas(whole_release):
    release = whole_release
    about = json.loads((release / "metadata.json").read_text(encoding="utf-8"))
    assert about["release"] == about["accessed"] == release.name == "2026-11-24"
    assert (about["first_year"], about["last_year"], about["last_year_state"]) == (
        2023, 2025, "year-end",
    )  # fmt: skip
    assert about["citation"] == "UNHCR, Refugee Population Statistics Database, fetched 2026-11-24"
    assert about["licence"] == "CC-BY-4.0" and about["source"].startswith("http://127")
    for name, table in about["tables"].items():
        body = (release / table["file"]).read_bytes()
        assert table["sha256"] == hashlib.sha256(body).hexdigest()
        assert table["rows"] == len(read(release, name))
        assert table["address"].startswith(about["source"])
    assert "cf_type=ISO" in about["tables"]["displacement"]["address"]
    assert {path.stem for path in release.glob("*.parquet")} == {
        "displacement", "internal_displacement", "solutions", "age_sex", "asylum_decisions",
        "footnotes", "countries",
    }  # fmt: skip


def test_a_dash_stays_missing_and_a_zero_stays_a_row(whole_release):
    table = read(whole_release, "displacement").set_index(
        ["year", "origin_iso3", "asylum_iso3", "category"]
    )["persons"]
    assert len(table) == 4 * 10
    assert pd.isna(table[2023, "AFG", "PAK", "other_in_need_of_protection"])
    assert table[2025, "AFG", "PAK", "other_in_need_of_protection"] == 140558
    assert table[2023, "AFG", "IRN", "asylum_seekers"] == 0
    assert table[2024, "AFG", "AUT", "refugees"] == 47000
    assert table[2024, "AFG", "AUS", "refugees"] == 12000


def test_the_other_tables_keep_to_the_schema(whole_release):
    release = whole_release
    inside = read(release, "internal_displacement").set_index("category")["persons"]
    assert inside["internally_displaced"] == 3222397 and inside["host_community"] == 1584157
    solved = read(release, "solutions")
    assert solved[["year", "asylum_iso3", "solution", "persons"]].values.tolist() == [
        [2024, "PAK", "return", 126812],
        [2025, "DEU", "naturalisation", 15],
        [2025, "DEU", "resettlement", 240],
        [2025, "PAK", "naturalisation", 0],
        [2025, "PAK", "return", 558359],
    ]
    ages = read(release, "age_sex")
    unknown = ages[(ages["sex"] == "unknown") & (ages["year"] == 2025)]
    assert dict(zip(unknown["category"], unknown["persons"], strict=True)) == {
        "refugees": 7, "others_of_concern": 400,
    }  # fmt: skip
    assert ages[ages["category"] == "refugees"].groupby("year")["persons"].sum().tolist() == [
        110, 117,
    ]  # fmt: skip
    decided = read(release, "asylum_decisions").set_index(["asylum_iso3", "decision", "unit"])
    germany = decided[decided["year"] == 2025]["persons"]
    assert germany["DEU", "recognised", "persons"] == 110
    assert germany["DEU", "recognised", "cases"] == 5
    notes = read(release, "footnotes")
    assert notes["category"].tolist() == ["IDP", "refugees"]
    assert set(notes["footnote"]) == {"Counted anew."} and set(notes["origin_iso3"]) == {""}
    places = read(release, "countries").set_index("iso3")
    assert places.loc["AUT", "unhcr_code"] == "AUS" and "" not in places.index


def test_every_question_says_all_that_the_silent_api_needs(fetch, api):
    fetch()
    asked = [query for endpoint, query in api.asked if endpoint in COUNTED]
    assert {query["page"] for query in asked} == {"1", "2", "3"}
    for query in asked:
        assert "true" in (query.get("coo_all"), query.get("coa_all"))
        assert query["cf_type"] == "ISO"
        assert (query["yearFrom"], query["yearTo"]) == ("2023", "2026")
    asked = {query.get("ptype_show") for name, query in api.asked if name == "demographics"}
    assert asked == {"true"}


@pytest.mark.parametrize(
    ("day", "state"),
    [((2025, 11, 20), "mid-year"), ((2026, 5, 31), "mid-year"), ((2026, 6, 20), "year-end")],
)
def test_before_june_the_last_year_is_half_a_year(day, state):
    assert unhcr.last_year_state(2025, date(*day)) == state


def test_a_release_that_stands_is_never_replaced(tmp_path):
    tables = {"one": snapshot.Table(pd.DataFrame({"year": [2025]}), "http://recorded")}
    releases = [snapshot.write(tmp_path, "2026-11-24", tables, {"n": n}) for n in range(3)]
    assert [path.name for path in releases] == visible(tmp_path)
    assert visible(tmp_path) == ["2026-11-24", "2026-11-24-02", "2026-11-24-03"]
    assert json.loads((releases[0] / "metadata.json").read_text(encoding="utf-8"))["n"] == 0


def test_the_command_fetches_what_the_reports_read(fetch, project):
    done = CliRunner().invoke(main, ["fetch", "unhcr", "--address", fetch.address])
    assert done.exit_code == 0, done.output
    assert "population: 11 rows, 2023 to 2025" in done.output
    assert f"complete: {unhcr.FOLDER}/" in done.output
    release = displacement.load("latest", "IRN", project)
    assert [release.name] == visible(project / unhcr.FOLDER)
    assert release.held == {"AFG", "IRN", "UNK"} and release.last_year == 2025
    assert displacement.place_name(release, "DEU") == "Germany"
    assert release.table("displacement")["persons"].sum() == 100
    assert release.cite("solutions").startswith("UNHCR, Refugee Population Statistics Database")
    for later in ("02", "03"):
        assert (
            CliRunner().invoke(main, ["fetch", "unhcr", "--address", fetch.address]).exit_code == 0
        )
        assert displacement.load("latest", "IRN", project).name == f"{release.name}-{later}"


# Faults that pass when asked again


def busy(status, **more):
    return lambda handler, answer: handler.reply(HTML, "text/html", status, **more)


def cut(handler, answer):
    body = json.dumps(answer).encode()
    handler.reply(body[:-40], Content_Length=str(len(body)))


def hang(handler, answer):
    body = json.dumps(answer).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[:20])
    handler.close_connection = True
    time.sleep(0.4)


def silent(handler, answer):
    handler.close_connection = True
    time.sleep(0.4)


def malformed(handler, answer):
    handler.reply(json.dumps(answer).encode()[:-1] + b",}")


def html(handler, answer):
    handler.reply(HTML, "text/html")


def not_a_number(handler, answer):
    handler.reply(json.dumps({**answer, "maxPages": float("nan")}).encode())


def population(fetch, patience=HASTY):
    return answers.table(Client(patience), fetch.address, PAIRS)


PASSING = {
    "500": busy(500), "503": busy(503), "cut": cut, "hanging": hang, "silent": silent,
    "malformed": malformed, "html": html,
}  # fmt: skip


@pytest.mark.parametrize("how", PASSING.values(), ids=PASSING)
def test_a_fault_that_passes_is_waited_out(fetch, api, how):
    api.spoil("population", how, page=2, times=1)
    assert len(population(fetch, IMPATIENT if how in (hang, silent) else HASTY)) == 11


def test_retry_after_is_obeyed(fetch, api):
    api.spoil("population", busy(429, Retry_After="1"), times=1)
    begun = time.monotonic()
    assert len(population(fetch)) == 11
    assert time.monotonic() - begun >= 1


# Faults that stay


def refused(fetch, *words, patience=HASTY):
    """Fetch in vain, with a message of these words; what lay there still does, and nothing more."""
    before = visible(fetch.folder) if fetch.folder.exists() else []
    with pytest.raises(FetchError) as caught:
        fetch(patience=patience)
    message = str(caught.value)
    for word in (*words, "Nothing was written"):
        assert word.lower() in message.lower(), message
    after = visible(fetch.folder) if fetch.folder.exists() else []
    assert after == before


STAYING = {
    "429 for ever": (busy(429), "answered 429", "asked again", "page=2"),
    "500 for ever": (busy(500), "answered 500", "asked again"),
    "404": (busy(404), "answered 404", "may have changed"),
    "cut": (cut, "cut short", "asked again"),
    "hanging": (hang, "silence for longer"),
    "silent": (silent, "silence for longer"),
    "malformed": (malformed, "cut or malformed"),
    "not JSON's numbers": (not_a_number, "NaN is no JSON"),
    "html": (html, "text/html", "expected JSON"),
    "a list": (lambda handler, answer: answer["items"], "no list `items`"),
    "no items": (lambda handler, answer: {"page": 2, "maxPages": 3}, "no list `items`"),
    "another page": (lambda handler, answer: {**answer, "page": 1}, "page is 1", "expected 2"),
    "no page": (lambda h, answer: {**answer, "page": None}, "page is None", "a number"),
    "page count changes": (lambda h, a: {**a, "maxPages": 2}, "maxPages is 2", "expected 3"),
    "page count grows": (lambda h, a: {**a, "maxPages": 4}, "maxPages is 4", "expected 3"),
    "an empty page": (lambda h, answer: {**answer, "items": []}, "is 0", "expected 5"),
    "a short page": (
        lambda h, answer: {**answer, "items": answer["items"][:-1]}, "is 4", "expected 5",
    ),
    "totals change": (lambda h, a: {**a, "total": {"refugees": 3}}, "total is", "expected []"),
}  # fmt: skip


@pytest.mark.parametrize("how", STAYING.values(), ids=STAYING)
def test_a_fault_that_stays_is_said_clearly(fetch, last_good, api, how):
    fault, *words = how
    api.spoil("population", fault, page=2)
    refused(fetch, fetch.address, *words, patience=IMPATIENT if fault in (hang, silent) else HASTY)


def change(**cells):
    """Spoil the first row of an answer."""

    def spoil(handler, answer):
        first, *rest = answer["items"]
        return {**answer, "items": [first | cells, *rest]}

    return spoil


def without(name):
    def spoil(handler, answer):
        first, *rest = answer["items"]
        return {**answer, "items": [{k: v for k, v in first.items() if k != name}, *rest]}

    return spoil


WRONG_ROWS = {
    "wrong year": (change(year=2019), "2019", "expected 2023 to 2026"),
    "no year": (change(year="-"), "'-'", "expected 2023 to 2026"),
    "another year": (change(year=2026), "the sum that the API states"),
    "wrong list of codes": (change(coa_iso="DEU", coa="DEU"), "'DEU' by UNHCR and 'DEU' by ISO"),
    "wrong place": (change(coa_iso="DEU", coa="GFR"), "refugees for 2024, AUT"),
    "place unheard of": (change(coa_iso="XYZ"), "'XYZ'"),
    "summed place": (change(coa_iso="-", coa="-"), "coa_iso is '-'", "code of one place"),
    "no place": (change(coo_iso=None), "coo_iso is None", "code of one place"),
    "unknown column": (change(refugees_like=3), "a row has refugees_like"),
    "column lost": (without("oip"), "lacks oip"),
    "text for a number": (change(ooc="n/a"), "ooc is 'n/a'", "whole number"),
    "negative": (change(ooc=-5), "ooc is -5"),
    "fraction": (change(ooc="2.5"), "ooc is '2.5'"),
    "true": (change(ooc=True), "ooc is True"),
    "a list": (change(ooc=[1]), "ooc is [1]"),
    "another number": (change(refugees=1), "add up to", "refugees for 2024, AFG"),
}


@pytest.mark.parametrize("how", WRONG_ROWS.values(), ids=WRONG_ROWS)
def test_an_answer_to_another_question_is_refused(fetch, api, how):
    fault, *words = how
    api.spoil("population", fault, page=2)
    refused(fetch, *words)


@pytest.mark.parametrize(("times", "words"), [(0, "0 rows"), (6, "6 rows")])
def test_a_last_page_holds_what_can_be_on_it(fetch, api, times, words):
    api.spoil("population", lambda h, answer: {**answer, "items": answer["items"] * times}, page=3)
    refused(fetch, f"{words} on page 3 of 3", "expected 1 to 5")


def test_a_page_served_twice_is_refused(fetch, api):
    again = api.answer("population", pairs_query(page=1))
    api.spoil("population", lambda h, a: {**again, "page": 2}, page=2)
    refused(fetch, "5 rows come twice", "the first for 2023, AFG")


def pairs_query(**more):
    return {**PAIRS.query(), "limit": "5", **{name: str(v) for name, v in more.items()}}


def test_a_page_count_that_lies_from_the_start_is_noticed(fetch, api):
    for page in (1, 2):
        api.spoil("population", lambda h, answer: {**answer, "maxPages": 2}, page=page)
    refused(fetch, "the rows add up to", "the sum that the API states")


def test_an_empty_answer_is_no_answer(fetch, api):
    api.spoil("solutions", lambda h, answer: {**answer, "maxPages": 0, "items": []})
    refused(fetch, "sum of returned_refugees is 0", "expected")
    api.spoil("population", lambda h, answer: {**answer, "maxPages": 0, "items": []})
    refused(fetch, "no rows at all", "expected some")


def test_a_pair_that_is_left_out_is_missed(fetch, api):
    table = api.tables["population"]
    kept = table[(table["coa_iso"] != "DEU") | (table["coo_iso"] != "AFG")]
    fewer = Api({"population": kept}, {})
    for page in (1, 2):
        less = fewer.answer("population", pairs_query(page=page))
        api.spoil("population", lambda h, answer, less=less: less, page=page)
    refused(fetch, "the rows add up to 1916877 refugees for 2025, AFG")


def test_totals_that_the_rows_do_not_reach_are_refused(fetch, api):
    api.spoil(
        "asylum-decisions",
        lambda h, answer: {**answer, "total": answer["total"] | {"dec_total": 20000}},
    )
    refused(fetch, "sum of dec_total is", "expected 20000")


@pytest.mark.parametrize(("off", "fine"), [(8, True), (9, False)])
def test_demographics_may_miss_by_what_was_rounded_away(off, fine):
    pairs = answers.DEMOGRAPHICS.counts
    two = pd.DataFrame({"year": 2025, "coo_iso": "AFG", "pop_type": "REF"}, index=[0, 1])
    two = two.assign(**dict.fromkeys(pairs, pd.array([10, 20], dtype="Int64")))
    stated = two.head(1).assign(**dict.fromkeys(pairs, pd.array([30 + off], dtype="Int64")))
    asked = answers.Question(answers.DEMOGRAPHICS, 2025, 2025, ("coo",))
    if fine:
        answers.same_sums(two, stated, asked, "here")
    else:
        with pytest.raises(FetchError, match="30 f_0_4 for 2025, AFG, REF; expected 39"):
            answers.same_sums(two, stated, asked, "here")


LISTS = {
    "years": ([{"year": 2023}, {"year": 2025}], "expected every year of one span"),
    "countries": ([{"iso": "AFG"}], "lacks code, name, region"),
    "footnotes": ([], "an empty list"),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_broken_list_is_refused(fetch, api, name):
    api.lists[name], words = LISTS[name]
    refused(fetch, words)


def test_more_women_and_men_than_people_are_refused(fetch, api):
    api.tables["demographics"].loc[1, "total"] = 100
    refused(fetch, "2025, AFG, PAK, refugees: more women and men than the total")


def test_nobody_answers(fetch):
    address = fetch.address.replace("127.0.0.1", "127.0.0.2")
    with pytest.raises(FetchError, match="no connection, also when asked again"):
        unhcr.fetch(fetch.root, address, Client(HASTY), DAY, print)


@pytest.mark.parametrize("address", ["api.unhcr.org", "file:///etc", "https:///population"])
def test_an_address_that_is_none_is_refused(tmp_path, address):
    with pytest.raises(FetchError, match="is no address; expected one such as https://api"):
        unhcr.fetch(tmp_path, address)


def test_the_command_fails_with_one_message(fetch, api, project):
    api.spoil("countries", busy(404))
    done = CliRunner().invoke(main, ["fetch", "unhcr", "--address", fetch.address])
    assert done.exit_code == 1
    assert "answered 404" in done.stderr and "Traceback" not in done.output
    assert visible(project / unhcr.FOLDER) == []


# Whole or not at all


def test_a_full_disk_leaves_the_last_good_release(fetch, last_good):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2500, hard))
    try:
        with pytest.raises(FetchError, match="cannot be written.*Make room"):
            fetch()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert visible(fetch.folder) == [last_good.name]
    assert [path for path in fetch.folder.iterdir() if path.name.startswith(".building")] == []


def test_a_folder_that_cannot_be_made_is_said_before_anything_is_asked(fetch, api):
    fetch.folder.parent.parent.mkdir()
    fetch.folder.parent.write_text("in the way")
    with pytest.raises(FetchError, match="cannot be written"):
        fetch()
    assert api.asked == []


def test_two_runs_at_once_write_a_release_each(tmp_path):
    tables = {"one": snapshot.Table(pd.DataFrame({"year": range(10**5)}), "http://recorded")}
    with ThreadPoolExecutor(8) as pool:
        runs = [pool.submit(snapshot.write, tmp_path, "2026-11-24", tables, {}) for _ in range(8)]
    assert sorted(run.result().name for run in runs) == visible(tmp_path)
    assert len(visible(tmp_path)) == 8


SLOW_DISK = """
import os, signal, sys, time
# A shell has its background jobs, and so their tests, ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
from datetime import date
from pathlib import Path
from analysis.fetch import paging, unhcr
calls, force = 0, os.fsync
def slow(handle):
    global calls
    calls += 1
    force(handle)
    if calls == 5:
        print("midway", flush=True)
        time.sleep(60)
os.fsync, paging.LIMIT = slow, 5
unhcr.fetch(Path(sys.argv[1]), sys.argv[2], day=date(2026, 11, 25), tell=lambda line: None)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_killed_midway_leaves_the_last_good_release(fetch, last_good, how):
    command = [sys.executable, "-c", SLOW_DISK, str(fetch.root), fetch.address]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as run:
        assert run.stdout.readline() == "midway\n"
        assert len(list(fetch.folder.glob(".building-*/*.parquet"))) >= 3
        os.kill(run.pid, how)
    assert displacement.releases(fetch.root) == [displacement.EMBEDDED, last_good.name]
    assert bool(list(fetch.folder.glob(".building-*"))) == (how == signal.SIGKILL)
    assert fetch(day=date(2026, 11, 25)).name == "2026-11-25"
    assert list(fetch.folder.glob(".building-*")) == []


# Against what was recorded, and against UNHCR's full tables


@needs_shared
def test_the_recorded_pages_are_read_as_recorded(monkeypatch):
    pages = {str(n): json.loads((SAMPLES / f"population_page{n}.json").read_text()) for n in (1, 2)}
    monkeypatch.setattr(paging, "LIMIT", len(pages["1"]["items"]))

    class Recorded(Client):
        def json(self, address, query=None):
            return pages[query["page"]]

    question = answers.Question(answers.POPULATION, 2019, 2025)
    frame = answers.table(Recorded(), "http://recorded", question)
    full = pd.read_parquet(SHARED / "data/unhcr/population.parquet")
    chosen = full[
        (full["coo_iso"] == "AFG") & full["coa_iso"].isin(["IRN", "PAK"]) & (full["year"] >= 2019)
    ]
    same_cells(frame, chosen, "population")


@needs_shared
@pytest.mark.parametrize("name", ["demographics_ptype", "solutions", "asylum_decisions"])
def test_the_other_recorded_answers_are_read_as_recorded(name):
    answer = json.loads((SAMPLES / f"{name}.json").read_text())
    endpoint = next(e for e in answers.ENDPOINTS if name.startswith(e.name))

    class Recorded(Client):
        def json(self, address, query=None):
            return answer

    frame = answers.table(Recorded(), "http://recorded", answers.Question(endpoint, 2001, 2025))
    assert len(frame) == len(answer["items"])
    assert frame["year"].between(2021, 2025).all()


def same_cells(frame, full, endpoint):
    key = ["year", "coo_iso", "coa_iso", *KEYS.get(endpoint, [])]
    columns = [*key, *COUNTED[endpoint]]
    expected = full[columns].sort_values(key, ignore_index=True)
    numbers = {name: "Int64" for name in COUNTED[endpoint]}
    pd.testing.assert_frame_equal(
        frame[columns], expected.astype({"year": "int64"} | numbers), check_dtype=False
    )
    assert (frame[columns].isna() == expected.isna()).all(axis=None)


@needs_shared
@pytest.mark.parametrize("endpoint", [answers.POPULATION, answers.SOLUTIONS])
def test_the_full_table_comes_through_cell_by_cell(endpoint):
    full = pd.read_parquet(SHARED / f"data/unhcr/{endpoint.name}.parquet")
    asked = answers.Question(endpoint, int(full["year"].min()), int(full["year"].max()))
    with serve(Api({endpoint.path: full}, {})) as address:
        frame = answers.table(Client(), address, asked)
        for side in answers.SIDES:
            margin = replace(asked, sides=(side,))
            answers.same_sums(frame, answers.table(Client(), address, margin), margin, address)
    same_cells(frame, full, endpoint.path)
