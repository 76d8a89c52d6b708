"""Votes fetched: from a local server that answers like a Dataverse, and from files."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from click.testing import CliRunner
from conftest import ROOT, SHARED

from analysis import tables
from analysis.cli import main
from analysis.fetch import Client, FetchError, Patience, embed, rollcalls, unga

DAY = date(2026, 11, 24)
HASTY = Patience(connect=5, read=5, retries=1, back_off=0, longest=1)
STATES = {2: "USA", 20: "COW020", 640: "TUR", 700: "AFG", 770: "PAK"}


def voeten(**changes):
    """Two sessions in the shape of Voeten's file, all roll calls of one mind but the first."""
    rows = [
        {"resid": session * 1000 + call, "ccode": state, "session": session, "year": 2022,
         "date": f"{1945 + session}-11-{call:02d}", "vote": 3 if (call, state) == (1, 2) else 1}
        for session in (77, 78) for call in range(1, 31) for state in STATES
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    # Absent in 78, but for one vote: what the archive has of Türkiye.
    gone = (frame["session"] == 78) & (frame["ccode"] == 640) & (frame["resid"] != 78_001)
    frame.loc[gone, "vote"] = 8
    return frame.assign(**changes)


def write(folder, frame, name="UNVotes.csv"):
    path = folder / name
    frame.to_csv(path, index=False, sep="\t" if name.endswith(".tab") else ",")
    return path


class Dataverse:
    """A data set of one version whose files are served as deposited, or converted."""

    def __init__(self):
        self.files, self.asked, self.cut = {}, [], 0

    def put(self, number, name, body, **more):
        listed = {"id": number, "filename": name, "md5": hashlib.md5(body).hexdigest()} | more
        self.files[number] = (listed, body)


@contextmanager
def serving(archive):
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):  # noqa: N802
            where = urlsplit(self.path)
            archive.asked.append((where.path, parse_qs(where.query)))
            if where.path.startswith("/api/datasets/"):
                files = [{"label": one["filename"], "dataFile": one} for one, _ in
                         archive.files.values()]  # fmt: skip
                body = json.dumps(
                    {"status": "OK", "data": {"versionNumber": 32, "versionMinorNumber": 0,
                                              "files": files}}
                ).encode()  # fmt: skip
                kind, length = "application/json", len(body)
            else:
                listed, body = archive.files[int(where.path.rpartition("/")[2])]
                converted = "originalFileFormat" in listed
                if converted and parse_qs(where.query).get("format") != ["original"]:
                    body = b"another\tform"
                kind, length = "application/octet-stream", len(body)
                body = body[: len(body) - archive.cut]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield replace(unga.ARCHIVE, address=f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def dataverse(tmp_path):
    archive = Dataverse()
    body = write(tmp_path, voeten()).read_bytes()
    archive.put(7, "Descriptions.pdf", b"%PDF")
    archive.put(9, "UNVotes.tab", body, originalFileFormat="text/csv")
    with serving(archive) as where:
        yield archive, where


def test_the_archive_s_file_is_fetched_checked_and_kept(tmp_path, dataverse):
    archive, where = dataverse
    said = []
    release = unga.fetch(tmp_path, where, Client(HASTY), DAY, said.append)
    about = json.loads((release / "metadata.json").read_text(encoding="utf-8"))
    assert release.name == "2026-11-24" and about["file_id"] == 9 and about["version"] == "32.0"
    assert about["md5"] == archive.files[9][0]["md5"] and about["licence"] == "CC0-1.0"
    assert (about["first_session"], about["last_session"]) == (77, 78)
    assert archive.asked[0][1] == {"persistentId": ["doi:10.7910/DVN/LEJUQZ"]}
    held = unga.latest(tmp_path)
    assert len(held.votes) == 2 * 30 * 5 - 30 and len(held.roll_calls) == 60
    assert any("TUR left out of session 78" in line for line in said)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda a: a.files[9][0].update(md5="0" * 32), "lists 00000000"),
        (lambda a: setattr(a, "cut", 100), "cut short"),
        (lambda a: a.files[9][0].update(md5=""), "has no checksum"),
        (lambda a: a.files.pop(9), "none fit"),
        (lambda a: a.put(10, "UNVotes2.csv", b"x"), "UNVotes.csv, UNVotes2.csv fit"),
        (lambda a: a.put(9, "UNVotes.csv", b"a,b\n1,2\n"), "neither Voeten's file"),
        (lambda a: a.put(9, "UNVotes.csv", b"<html>Back soon</html>"), "neither Voeten's file"),
    ],
    ids=["checksum", "cut", "unsigned", "gone", "two", "columns", "page"],
)
def test_what_is_not_the_file_leaves_nothing_behind(tmp_path, dataverse, spoil, words):
    archive, where = dataverse
    spoil(archive)
    with pytest.raises(FetchError, match=words):
        unga.fetch(tmp_path, where, Client(HASTY), DAY, lambda _: None)
    assert not list((tmp_path / unga.FOLDER).glob("2026*"))
    with pytest.raises(FetchError, match="no release yet"):
        unga.latest(tmp_path)


def test_the_traps_of_voeten_s_file(tmp_path):
    frame = voeten()
    # A state bears the day of the roll call next to its own.
    frame.loc[(frame["resid"] == 77_005) & (frame["ccode"] == 20), "date"] = "2022-11-29"
    held = rollcalls.read(write(tmp_path, pd.concat([frame, frame.head(2)])))
    assert set(held.votes["session"]) == {77, 78} and set(held.votes["state"]) == {*STATES.values()}
    calls = held.roll_calls.set_index("roll_call")
    assert calls.loc[77_005, "day"] == "2022-11-05"
    assert calls.loc[78_001, ["yes", "abstain", "no"]].tolist() == [4, 0, 1]
    assert not ((held.votes["state"] == "TUR") & (held.votes["session"] == 78)).any()
    assert [note.split(":")[0] for note in held.repairs] == [
        "TUR left out of session 78", "2 repeated votes left out",
        "1 roll calls have rows of another day",
    ]  # fmt: skip


def test_days_of_the_week_are_cut_to_their_month(tmp_path):
    early = voeten().assign(resid=lambda f: f["resid"] - 27_000, date="1995-11-04")
    held = rollcalls.read(write(tmp_path, early))
    assert set(held.roll_calls["month"]) == {"1995-11"} and set(held.roll_calls["day"]) == {""}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"vote": 4}, "row 2: vote 4; expected 1 yes"),
        ({"vote": "yes"}, "row 2: vote 'yes'; expected a whole number"),
        ({"ccode": None}, "row 2: session, roll call or state is blank"),
        ({"vote": 8}, "no vote was cast"),
    ],
)
def test_a_bad_row_is_named(tmp_path, change, words):
    with pytest.raises(FetchError, match=words):
        rollcalls.read(write(tmp_path, voeten(**change)))


def test_two_different_votes_of_a_state_are_refused(tmp_path):
    frame = voeten()
    other = frame.head(1).assign(vote=1)
    with pytest.raises(FetchError, match="USA has two different votes on roll call 77001"):
        rollcalls.read(write(tmp_path, pd.concat([frame, other])))


def test_csv_tab_r_and_parquet_say_the_same(tmp_path):
    import rdata

    frame = voeten()
    plain = rollcalls.read(write(tmp_path, frame))
    frame.to_parquet(tmp_path / "votes.parquet")
    (tmp_path / "votes.csv.gz").write_bytes(gzip.compress((tmp_path / "UNVotes.csv").read_bytes()))
    paths = [
        write(tmp_path, frame, "UNVotes.tab"), tmp_path / "votes.parquet", tmp_path / "votes.csv.gz"
    ]  # fmt: skip
    for path in paths:
        pd.testing.assert_frame_equal(rollcalls.read(path).roll_calls, plain.roll_calls)
    numbers = frame.drop(columns="date").astype(float)
    rdata.write_rda(tmp_path / "UNVotes.RData", {"completeVotes": numbers})
    rdata.write_rds(tmp_path / "votes.rds", numbers)
    for name in ("UNVotes.RData", "votes.rds"):
        pd.testing.assert_frame_equal(rollcalls.read(tmp_path / name).votes, plain.votes)


def test_names_that_are_not_in_utf_8_do_no_harm(tmp_path):
    frame = voeten(Countryname="C\u00f4te d'Ivoire")
    path = tmp_path / "UNVotes.csv"
    frame.to_csv(path, index=False, encoding="latin-1")
    assert rollcalls.read(path).votes.equals(rollcalls.read(write(tmp_path, voeten())).votes)


def test_the_library_s_csv(tmp_path):
    rows = [
        {"undl_id": 900 + call, "ms_code": code, "ms_vote": vote, "date": f"2022-11-{call:02d}",
         "session": "77", "resolution": f"A/RES/77/{call}"}
        for call in (3, 1) for code, vote in (("USA", "N"), ("PAK", "Y"), ("TKM", "X"),
                                              ("TUR", "A"))
    ] + [{"undl_id": 990, "ms_code": "PAK", "ms_vote": "Y", "date": "2022-03-02",
          "session": "11emsp", "resolution": "A/RES/ES-11/1"}]  # fmt: skip
    held = rollcalls.read(write(tmp_path, pd.DataFrame(rows), "ga_voting.csv"))
    assert held.roll_calls["roll_call"].tolist() == [77_001, 77_002]
    assert held.roll_calls["resolution"].tolist() == ["A/RES/77/1", "A/RES/77/3"]
    assert held.votes[held.votes["roll_call"] == 77_001]["state"].tolist() == ["PAK", "TUR", "USA"]
    assert held.repairs == ["1 roll calls of special and emergency sessions left out"]
    bad = pd.DataFrame(rows).assign(ms_vote="Q")
    with pytest.raises(FetchError, match="row 2: ms_vote 'Q'"):
        rollcalls.read(write(tmp_path, bad, "ga_voting.csv"))


def test_a_file_of_no_known_kind_says_what_is_known(tmp_path):
    (tmp_path / "votes.xlsx").write_bytes(b"PK")
    with pytest.raises(FetchError, match="expected a name ending in .parquet"):
        rollcalls.read(tmp_path / "votes.xlsx")
    with pytest.raises(FetchError, match="no such file"):
        rollcalls.read(tmp_path / "none.csv")
    (tmp_path / "cut.parquet").write_bytes(b"PAR1")
    with pytest.raises(FetchError, match="cannot be read"):
        rollcalls.read(tmp_path / "cut.parquet")


@pytest.mark.skipif(not SHARED.exists(), reason="every recorded vote lies in ../shared/data/unga")
def test_the_embedded_tables_are_what_is_built_from_the_archive(project):
    runner = CliRunner()
    path = SHARED / "data" / "unga" / "unga_votes_all_s1_78.parquet"
    done = runner.invoke(main, ["fetch", "unga", str(path)])
    assert done.exit_code == 0, done.output
    assert "855,885 votes on 6,132 roll calls, sessions 1 to 78" in done.output
    about = json.loads(next((project / unga.FOLDER).glob("*/metadata.json")).read_text())
    assert str(SHARED) not in json.dumps(about)
    names = ["unga_roll_calls", "unga_pairs", "unga_states", "unga_afghanistan"]
    paths = [project / tables.descriptor(name, project)["path"] for name in names]
    paths[1].write_text("spoilt", encoding="utf-8")
    done = runner.invoke(main, ["build", "unga"])
    assert done.exit_code == 0, done.output
    for path in paths:
        assert path.read_bytes() == (ROOT / path.relative_to(project)).read_bytes()


def test_a_build_without_a_release_or_a_resolution_says_so(project, tmp_path):
    done = CliRunner().invoke(main, ["build", "unga"])
    assert done.exit_code == 1 and "run `torkham fetch unga` first" in done.output
    held = rollcalls.read(write(tmp_path, voeten()))
    with pytest.raises(FetchError, match="A/RES/73/88 of 2018-12-06 is not among the roll calls"):
        embed.build(held, project)
