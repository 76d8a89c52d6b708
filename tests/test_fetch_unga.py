"""Votes of the Assembly fetched: from a server that answers like a Dataverse, and from files."""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from conftest import ROOT

from analysis import tables
from analysis.fetch import unga
from analysis.fetch.http import Client, FetchError, Patience

HASTY = Patience(connect=5, read=5, retries=1, back_off=0, longest=1)
CALLS, ABOUT = "unga_roll_calls.csv", "unga_afghanistan.csv"
STATES = {state: number for number, state in unga.STATES.items()}
TALLY = ["yes", "abstain", "no"]


@pytest.fixture(scope="module")
def rows():
    """Votes of the embedded states as the archive writes them, its traps included."""
    calls = pd.read_csv(ROOT / "data" / CALLS, keep_default_na=False)
    calls["date"] = calls["day"].where(calls["day"] != "", calls["month"] + "-05")
    frame = calls.rename(columns={"roll_call": "resid"}).melt(["resid", "date"], [*sorted(STATES)])
    frame["ccode"] = frame.pop("variable").map(STATES)
    frame["vote"] = frame.pop("value").map({"y": 1, "a": 2, "n": 3, "": 8})
    frame["Countryname"] = "Côte d'Ivoire"
    # The archive has two votes of Türkiye in session 78, and some votes twice.
    last = frame[(frame["resid"] // 1000 == 78) & (frame["ccode"] == 640)]
    frame.loc[last.index[:2], "vote"] = 1
    return pd.concat([frame, frame.head(2)], ignore_index=True)


@pytest.fixture
def root(tmp_path):
    """Project folder of which nothing but the tables is there."""
    for path in [*ROOT.glob("*/datapackage.json"), *(ROOT / "data").glob("unga_*.csv")]:
        (tmp_path / path.parent.name).mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / path.parent.name)
    return tmp_path


def untouched(root):
    """Whether `data` holds what was put there, whole, and nothing else."""
    found = {path.name: path.read_bytes() for path in (root / "data").iterdir()}
    kept = [*(ROOT / "data").glob("unga_*.csv"), ROOT / "data" / "datapackage.json"]
    return found == {path.name: path.read_bytes() for path in kept}


class Dataverse(BaseHTTPRequestHandler):
    """A data set of one version, whose tables are served as deposited, or converted."""

    def log_message(self, *_):
        """Nothing: what was asked is kept."""

    def do_GET(self):
        where, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        self.asked.append((where, query))
        if where.startswith("/api/datasets/:persistentId/versions/"):
            files = {"files": [{"dataFile": listed} for listed, _ in self.files.values()]}
            self.reply(json.dumps({"status": "OK", "data": self.listing or files}).encode())
            return
        listed, body = self.files[int(where.removeprefix("/api/access/datafile/"))]
        is_original = "originalFileFormat" not in listed or query.get("format") == ["original"]
        self.reply(body if is_original else b"another\tform", self.cut.pop() if self.cut else 0)

    def reply(self, body, cut=0):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) - cut])


def put(server, number, name, body, **more):
    md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
    server.files[number] = ({"id": number, "filename": name, "md5": md5} | more, body)


@pytest.fixture
def dataverse(rows, monkeypatch):
    """The archive, whose file has names that are not in UTF-8, and where it lies."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    handler = type("Bound", (Dataverse,), {"files": {}, "asked": [], "cut": [], "listing": None})
    put(handler, 7, "Descriptions.pdf", b"%PDF")
    body = rows.to_csv(index=False).encode("latin-1")
    put(handler, 9, "UNVotes.tab", body, originalFileFormat="text/csv")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield handler, replace(unga.ARCHIVE, address=f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()


def test_the_archive_s_file_becomes_the_tables(root, dataverse):
    handler, archive = dataverse
    handler.cut.append(100)
    calls, about = root / "data" / CALLS, root / "data" / ABOUT
    about.write_text(about.read_text().replace("yes,archive", "no,archive"))
    said = []
    assert unga.fetch(root, archive, said.append, Client(HASTY)) == [calls, about]
    assert about.read_bytes() == (ROOT / "data" / ABOUT).read_bytes()
    old, new = (pd.read_csv(path, keep_default_na=False) for path in (ROOT / "data" / CALLS, calls))
    pd.testing.assert_frame_equal(new.drop(columns=TALLY), old.drop(columns=TALLY))
    votes = new.loc[0, [*STATES]].tolist()
    assert new.loc[0, TALLY].tolist() == [votes.count(letter) for letter in "yan"]
    assert new[new["session"] == 78]["TUR"].eq("").all(), "two votes are no record"
    address = "/api/datasets/:persistentId/versions/:latest-published"
    assert handler.asked[0] == (address, {"persistentId": ["doi:10.7910/DVN/LEJUQZ"]})
    file = ("/api/access/datafile/9", {"format": ["original"]})
    assert handler.asked[1:] == [file, file], "asked again, since the first was cut"
    assert "checksum as published" in said[0] and "2,494 roll calls, to session 78" in said[1]


FAULTS = {
    "checksum": (lambda a: a.files[9][0].update(md5="0" * 32), "expected 000000"),
    "cut": (lambda a: a.cut.extend([100] * 9), "cut short"),
    "unsigned": (lambda a: a.files[9][0].update(md5=""), "expected one file with an md5"),
    "gone": (lambda a: a.files.pop(9), "nothing for .*Descriptions.pdf"),
    "no list": (lambda a: setattr(a, "listing", ["files"]), "no list of files"),
    "a page": (lambda a: put(a, 9, "UNVotes.csv", b"<html>"), "no column resid, ccode, vote, date"),
}


@pytest.mark.parametrize(("spoil", "words"), FAULTS.values(), ids=FAULTS)
def test_what_is_not_the_file_changes_nothing(root, dataverse, spoil, words):
    handler, archive = dataverse
    spoil(handler)
    with pytest.raises(FetchError, match=words):
        unga.fetch(root, archive, client=Client(HASTY))
    assert untouched(root)


def change(at, name, cell):
    def spoil(rows):
        cells = rows[name].astype("object")
        return rows.assign(**{name: cells.where(rows.index != at, cell)})

    return spoil


WRONG = {
    "code": (change(3, "vote", 4), r"row 5: resid 46004, .*vote 4, .*expected .*a vote of 1 yes"),
    "date": (change(3, "date", "soon"), "row 5: .*date soon"),
    "twice": (change(1, "vote", 2), "two different votes of state 700 on 46002"),
    "session": (lambda rows: rows[rows["resid"] // 1000 != 60], "no vote of session 60"),
    "gap": (lambda rows: pd.concat([rows, rows.tail(1).assign(resid=80001)]), "session 79"),
    "state": (lambda rows: rows[rows["ccode"] != 770], "vote of PAK on roll call 46001 is ''"),
    "numbers": (lambda rows: rows.assign(resid=rows["resid"] + 1), "on roll call 46001 is ''"),
}


@pytest.mark.parametrize(("spoil", "words"), WRONG.values(), ids=WRONG)
def test_a_silent_wrong_answer_is_refused(root, rows, spoil, words):
    (root / "votes.csv").write_text(spoil(rows).to_csv(index=False))
    with pytest.raises(FetchError, match=words):
        unga.take(root, root / "votes.csv")
    assert untouched(root)


def test_a_resolution_of_another_day_is_named(root, rows):
    path = root / "data" / "unga_resolutions.csv"
    path.write_text(path.read_text().replace("2022-11-10", "2022-11-11"))
    rows.to_csv(root / "votes.csv")
    with pytest.raises(FetchError, match="no A/RES/77/10, roll call 77052 of 2022-11-11; if"):
        unga.take(root, root / "votes.csv")
    with pytest.raises(FetchError, match="no such file"):
        unga.take(root, root / "none.csv")


def test_a_full_disk_leaves_both_tables(root, rows):
    rows.to_parquet(root / "votes.parquet")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(FetchError, match="cannot be written"):
            unga.take(root, root / "votes.parquet")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert untouched(root)


def test_forms_of_a_file_say_the_same_and_stray_days_give_way(tmp_path, rows):
    stray = rows[rows["resid"] == 77052].index[0]
    rows = change(stray, "date", "2022-11-09")(rows)
    rows.to_parquet(tmp_path / "votes.parquet")
    parquet = unga.ballots("votes.parquet", (tmp_path / "votes.parquet").read_bytes())
    for separator in ",\t":
        text = rows.to_csv(sep=separator).encode()
        pd.testing.assert_frame_equal(unga.ballots("votes.tab", text), parquet)
    calls = unga.roll_calls(parquet, ["PAK"]).set_index("roll_call")
    assert calls.loc[77052, ["day", "PAK"]].tolist() == ["2022-11-10", "a"]
    with pytest.raises(FetchError, match="XXX: a column of unga_roll_calls"):
        unga.roll_calls(parquet, ["PAK", "XXX"])


def test_the_tables_are_what_the_whole_archive_gives(root, shared):
    unga.take(root, shared / "data/unga/unga_votes_all_s1_78.parquet")
    assert untouched(root)


def test_the_sessions_cited_are_those_of_the_table():
    sessions, about = (read("unga_roll_calls", ROOT) for read in (tables.load, tables.descriptor))
    cited = f"sessions {sessions['session'].min()} to {sessions['session'].max()}"
    assert about["release"] == cited and about["citation"].endswith(cited)
