"""UNHCR's client against a server that behaves as recorded, faults included; loopback only."""

from __future__ import annotations

import json
import os
import resource
import time
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from conftest import ROOT
from unhcr_server import COUNTED, HTML, KEYS, Api, serve

from analysis import displacement
from analysis.fetch import unhcr
from analysis.fetch.http import Client, FetchError, Patience

DAY = date(2026, 11, 24)
HASTY = Patience(connect=5, read=20, retries=2, back_off=0, longest=2)
IMPATIENT = replace(HASTY, read=0.2)
POPULATION, DEMOGRAPHICS, _ = unhcr.ENDPOINTS
SPAN = (2023, 2026)
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
    bands, nobody = [5, 10, 15, 20, 5, 0, 55], [0] * 7
    tables = {
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
    }
    countries = [
        {"id": number, "code": code, "iso": iso, "name": name, "region": "Asia"}
        for number, (iso, (code, name)) in enumerate(PLACES.items())
    ] + [{"id": 99, "code": "CRB", "iso": None, "name": "CRB", "region": None}]
    return Api(tables, {"countries": countries})


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """No proxy stands between the tests and this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,127.0.0.2")


@pytest.fixture
def api(monkeypatch):
    """The small world on pages of five rows."""
    monkeypatch.setattr(unhcr, "LIMIT", 5)
    return small_world()


@pytest.fixture
def fetch(api, tmp_path, monkeypatch):
    """Fetch the small world into a project folder of its own."""
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    (tmp_path / "data").mkdir()
    for path in (ROOT / "data").glob("*.*"):
        (tmp_path / "data" / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    with serve(api) as address:

        def run(day=DAY, patience=HASTY):
            return unhcr.fetch(tmp_path, address, Client(patience), day, lambda line: None)

        run.address, run.root, run.folder = address, tmp_path, tmp_path / displacement.SNAPSHOTS
        yield run


def visible(fetch):
    found = fetch.folder.iterdir() if fetch.folder.exists() else []
    return sorted(path.name for path in found if not path.name.startswith("."))


def test_a_release_holds_what_the_server_says(fetch, api):
    folder = fetch()
    about = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    assert (about["release"], about["last_year"], about["last_year_state"]) == (
        "2026-11-24", 2025, "year-end",
    )  # fmt: skip
    assert about["citation"] == "UNHCR, Refugee Population Statistics Database, fetched 2026-11-24"
    stocks = pd.read_parquet(folder / "displacement.parquet").set_index(
        ["year", "origin_iso3", "asylum_iso3", "category"]
    )["persons"]
    assert len(stocks) == about["rows"]["displacement"] == 4 * 10
    assert pd.isna(stocks[2023, "AFG", "PAK", "other_in_need_of_protection"]), "a dash is a gap"
    assert stocks[2023, "AFG", "IRN", "asylum_seekers"] == 0
    assert stocks[2024, "AFG", "AUT", "refugees"] == 47000, "AUS is Austria by UNHCR"
    solved = pd.read_parquet(folder / "solutions.parquet")
    assert solved[["year", "asylum_iso3", "solution", "persons"]].values.tolist() == [
        [2024, "PAK", "return", 126812],
        [2025, "DEU", "naturalisation", 15],
        [2025, "DEU", "resettlement", 240],
        [2025, "PAK", "naturalisation", 0],
        [2025, "PAK", "return", 558359],
    ]
    ages = pd.read_parquet(folder / "age_sex.parquet")
    unknown = ages[(ages["sex"] == "unknown") & (ages["year"] == 2025)]
    assert unknown.set_index("category")["persons"].to_dict() == {
        "refugees": 7, "others_of_concern": 400,
    }  # fmt: skip
    assert ages.query("category == 'refugees'").groupby("year")["persons"].sum().tolist() == [
        110, 117,
    ]  # fmt: skip
    asked = [query for endpoint, query in api.asked if endpoint in COUNTED]
    assert all(
        (query["cf_type"], query["yearFrom"], query["yearTo"]) == ("ISO", "1951", "2026")
        and "true" in (query.get("coo_all"), query.get("coa_all"))
        for query in asked
    )


def test_reports_read_the_newest_release_and_none_is_replaced(fetch):
    assert [fetch().name, fetch().name] == visible(fetch) == ["2026-11-24", "2026-11-24-02"]
    release = displacement.load("latest", "IRN")
    assert release.name == "2026-11-24-02" and release.origins == {"AFG", "IRN", "UNK"}
    assert release.place("DEU") == "Germany" and release.last_year == 2025
    assert release.tables["displacement"]["persons"].sum() == 100
    assert release.citations["solutions"].startswith("UNHCR, Refugee Population Statistics Data")
    assert displacement.hosts("IRN", 2025, release.tables["displacement"])["persons"].sum() == 100


# Faults on the way: those that pass are waited out, those that stay are said clearly.


def busy(status, **more):
    return lambda handler, answer: handler.reply(HTML, "text/html", status, **more)


def cut(handler, answer):
    body = json.dumps(answer).encode()
    handler.reply(body[:-40], Content_Length=str(len(body)))


def hang(handler, answer):
    cut(handler, answer)
    handler.wfile.flush()
    time.sleep(0.4)


def malformed(handler, answer):
    handler.reply(json.dumps(answer).encode()[:-1] + b",}")


def not_a_number(handler, answer):
    handler.reply(json.dumps({**answer, "maxPages": float("nan")}).encode())


def html(handler, answer):
    handler.reply(HTML, "text/html")


ON_THE_WAY = {
    "500": (busy(500), "answered 500", "asked again"),
    "cut": (cut, "cut short", "asked again"),
    "hanging": (hang, "silence for longer"),
    "malformed": (malformed, "cut or malformed"),
    "not JSON's numbers": (not_a_number, "NaN is no JSON"),
    "html": (html, "text/html", "expected JSON"),
}


@pytest.mark.parametrize("how", ON_THE_WAY.values(), ids=ON_THE_WAY)
def test_a_fault_that_passes_is_waited_out_and_one_that_stays_is_said(fetch, api, how):
    fault, *words = how
    client = Client(IMPATIENT if fault is hang else HASTY)
    api.spoil("population", fault, page=2, times=1)
    assert len(unhcr.table(client, fetch.address, POPULATION, SPAN)) == 11
    api.spoil("population", fault, page=2)
    with pytest.raises(FetchError) as caught:
        unhcr.table(client, fetch.address, POPULATION, SPAN)
    assert all(word in str(caught.value) for word in (fetch.address, *words))


def test_retry_after_is_obeyed(fetch, api):
    api.spoil("population", busy(429, Retry_After="1"), times=1)
    begun = time.monotonic()
    assert len(unhcr.table(Client(HASTY), fetch.address, POPULATION, SPAN)) == 11
    assert time.monotonic() - begun >= 1


@pytest.mark.parametrize(
    ("patience", "words"),
    [(replace(HASTY, most=100), "more than 100 bytes"), (replace(HASTY, body=0), "not complete")],
)
def test_a_body_has_bounds(fetch, patience, words):
    with pytest.raises(FetchError, match=words):
        Client(patience).json(f"{fetch.address}/countries/", {})


def test_nobody_answers(fetch):
    address = fetch.address.replace("127.0.0.1", "127.0.0.2")
    with pytest.raises(FetchError, match="no connection, also when asked again"):
        unhcr.fetch(fetch.root, address, Client(HASTY), DAY, print)
    with pytest.raises(FetchError, match="'api.unhcr.org/countries/' is no address"):
        unhcr.fetch(fetch.root, "api.unhcr.org")


# Answers to another question


def change(**cells):
    """Spoil the first row of an answer; a cell of None is lost."""

    def spoil(handler, answer):
        first, *rest = answer["items"]
        first = {name: cell for name, cell in (first | cells).items() if cell is not None}
        return {**answer, "items": [first, *rest]}

    return spoil


WRONG = {
    "404": (busy(404), "answered 404", "may have changed"),
    "a list": (lambda handler, answer: answer["items"], "no list `items`"),
    "another page": (lambda h, answer: {**answer, "page": 1}, "page 1 of 3", "expected page 2"),
    "a short page": (lambda h, a: {**a, "items": a["items"][:-1]}, "with 4 rows", "with 5."),
    "wrong year": (change(year=1919), "1919", "from 1951 to 2026"),
    "another year": (change(year=2026), "the sum that the API states"),
    "wrong list of codes": (change(coa_iso="DEU", coa="DEU"), "'DEU' by UNHCR and 'DEU' by ISO"),
    "wrong place": (change(coa_iso="DEU", coa="GFR"), "refugees for 2024, AUT"),
    "column lost": (change(oip=None), "lacks oip"),
    "text for a number": (change(ooc="n/a"), "ooc is 'n/a'", "whole number"),
    "another number": (change(refugees=1), "add up to", "refugees for 2024, AFG"),
}


@pytest.mark.parametrize("how", WRONG.values(), ids=WRONG)
def test_an_answer_to_another_question_is_refused(fetch, api, how):
    fault, *words = how
    api.spoil("population", fault, page=2)
    with pytest.raises(FetchError) as caught:
        fetch()
    assert all(word in str(caught.value) for word in words), caught.value
    assert visible(fetch) == []


def test_pages_that_lie_from_the_start_are_noticed(fetch, api):
    again = api.answer("population", {"coo_all": "true", "coa_all": "true", "limit": "5"})
    api.spoil("population", lambda h, answer: {**again, "page": 2}, page=2, times=1)
    with pytest.raises(FetchError, match="5 rows come twice, the first for 2023, AFG"):
        fetch()
    for page in (1, 2):
        api.spoil("population", lambda h, answer: {**answer, "maxPages": 2}, page=page, times=1)
    with pytest.raises(FetchError, match="the rows add up to"):
        fetch()
    api.spoil("solutions", lambda h, answer: {**answer, "maxPages": 0, "items": []})
    with pytest.raises(FetchError, match="no rows at all"):
        fetch()


def test_demographics_may_miss_by_what_was_rounded_away():
    counts = DEMOGRAPHICS.counts
    two = pd.DataFrame({"year": 2025, "coo_iso": "AFG", "pop_type": "REF"}, index=[0, 1])
    two = two.assign(**dict.fromkeys(counts, pd.array([10, 20], dtype="Int64")))
    near, far = (two.head(1).assign(**dict.fromkeys(counts, 30 + off)) for off in (8, 9))
    unhcr.same_sums(two, near, DEMOGRAPHICS, "coo")
    with pytest.raises(FetchError, match="30 f_0_4 for 2025, AFG, REF; expected 39"):
        unhcr.same_sums(two, far, DEMOGRAPHICS, "coo")


def test_more_women_and_men_than_people_are_refused(fetch, api):
    api.tables["demographics"].loc[1, "total"] = 100
    with pytest.raises(FetchError, match="2025, AFG, PAK, refugees: more women and men than"):
        fetch()


# Whole or not at all


def test_a_full_disk_leaves_the_last_good_release(fetch):
    fetch(date(2026, 11, 23))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2500, hard))
    try:
        with pytest.raises(FetchError, match="cannot be written.*Make room"):
            fetch()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in fetch.folder.iterdir()] == ["2026-11-23"]


def test_a_folder_that_cannot_be_made_is_said_before_anything_is_asked(fetch, api):
    fetch.folder.parent.write_text("in the way")
    with pytest.raises(FetchError, match="cannot be written"):
        fetch()
    assert api.asked == []


def test_what_a_killed_run_left_is_no_release_and_goes_with_the_next(fetch):
    fetch()
    leftover = fetch.folder / ".building-2026-11-25"
    leftover.mkdir()
    os.utime(leftover, (0, 0))
    assert displacement.releases() == [displacement.EMBEDDED, "2026-11-24"]
    assert fetch(date(2026, 11, 25)).name == "2026-11-25" and not leftover.exists()


# Against what was recorded


@pytest.mark.parametrize("name", ["population", "demographics_ptype", "solutions"])
def test_recorded_answers_are_read_as_recorded(shared, monkeypatch, name):
    files = sorted((shared / "data/unhcr/api_samples").glob(f"{name}*.json"))
    answers = [json.loads(path.read_text()) for path in files]
    answers = [answer for answer in answers if answer["items"]]
    monkeypatch.setattr(unhcr, "LIMIT", len(answers[0]["items"]))

    class Recorded(Client):
        def json(self, address, query=None):
            return answers[int(query["page"]) - 1]

    endpoint = next(one for one in unhcr.ENDPOINTS if name.startswith(one.name))
    frame = unhcr.table(Recorded(), "http://recorded", endpoint, (2001, 2025))
    recorded = pd.DataFrame([row for answer in answers for row in answer["items"]])
    key = ["year", "coo_iso", "coa_iso", *endpoint.key]
    recorded = recorded.sort_values(key, ignore_index=True)[list(endpoint.counts)]
    cells = frame[list(endpoint.counts)].astype(object).where(frame.notna(), "-").astype(str)
    pd.testing.assert_frame_equal(cells, recorded.astype(str), check_dtype=False)
