"""The store: folders are replaced whole or not at all, and only one call holds the site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reports import store
from reports.matrix import Matrix, Notebook, Report
from reports.site import Guide, Page, Section, write_pages

TOLD = {
    "notebook": "network", "name": "a", "listed": True, "question": "Q?",
    "parameters": {"window": 1}, "hashes": {"notebook": "n"}, "versions": {"python": "3.11"},
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    with store.opened(tmp_path / "site"):
        yield tmp_path / "site"


def put(site: Path, text: str, path: str = "network/a", **more: Any) -> None:
    with store.replacing(site, path) as folder:
        (folder / "report.html").write_text(text)
        good = {"status": "ok", "headline": text, "files": {}, "reads": {}}
        store.write_json(folder / store.MANIFEST, TOLD | good | more)


def text_of(site: Path, path: str = "network/a") -> str:
    return (site / path / "report.html").read_text()


def test_a_folder_is_replaced_as_a_whole(site: Path) -> None:
    put(site, "old")
    (site / "network" / "a" / "left-over.csv").write_text("x")
    put(site, "new")
    assert text_of(site) == "new"
    assert not (site / "network" / "a" / "left-over.csv").exists()
    assert list((site / ".building").iterdir()) == []


def test_a_failed_swap_puts_the_old_folder_back(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(site, "old")
    rename, calls = store.os.rename, []

    def second_fails(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise OSError("no space")
        rename(source, target)

    monkeypatch.setattr(store.os, "rename", second_fails)
    with pytest.raises(OSError, match="no space"):
        put(site, "new")
    assert text_of(site) == "old"


def test_what_a_killed_call_left_is_put_back_or_cleared(tmp_path: Path) -> None:
    site = tmp_path / "site"
    for call, name in (("one", "a"), ("two", "b")):
        aside = site / ".building" / call / "previous" / "network" / name
        aside.mkdir(parents=True)
        (aside / "report.html").write_text("last good")
    (site / "network" / "b").mkdir(parents=True)
    (site / "network" / "b" / "report.html").write_text("newer")
    with store.opened(site):
        assert text_of(site) == "last good"
        assert text_of(site, "network/b") == "newer"
        assert list((site / ".building").iterdir()) == []
    assert not (site / ".building").exists()


def test_only_one_call_holds_the_site(site: Path) -> None:
    with pytest.raises(store.StoreError, match="another call"), store.opened(site):
        pass


@pytest.mark.parametrize("place", [".building", "index.html", "run.json"])
def test_what_stands_in_the_way_is_named(tmp_path: Path, place: str) -> None:
    site = tmp_path / "site"
    site.mkdir()
    if place == ".building":
        (site / place).write_text("no folder")
    else:
        (site / place).mkdir()
    with pytest.raises(store.StoreError, match=place), store.opened(site):
        store.write_text(site / "index.html", "x")
        store.write_json(site / "run.json", {})


def test_a_failure_keeps_what_the_last_good_run_said(site: Path) -> None:
    put(site, "good news")
    for message in ("first", "second"):
        error = {"cell": 3, "source": "1/0", "type": "ZeroDivisionError", "message": message}
        store.write_failure(site, "network/a", TOLD, error)
    manifest = store.read_manifest(site / "network" / "a")
    assert (manifest["status"], manifest["error"]["message"]) == ("failed", "second")
    assert manifest["last_good"]["headline"] == "good news"
    assert text_of(site) == "good news"


@pytest.mark.parametrize("fails", [True, False])
def test_a_kill_between_the_two_renames_loses_nothing(tmp_path: Path, fails: bool) -> None:
    site = tmp_path / "site"
    with store.opened(site):
        put(site, "good news")
        aside = site / ".building" / "killed" / "previous" / "network" / "a"
        aside.parent.mkdir(parents=True)
        (site / "network" / "a").rename(aside)
        if fails:
            store.write_failure(site, "network/a", TOLD, {"message": "its process ended"})
    assert text_of(site) == "good news"
    manifest = store.read_manifest(site / "network" / "a")
    assert store.last_good(manifest)["headline"] == "good news"


def test_pruning_takes_only_listed_reports_that_are_listed_no_more(site: Path) -> None:
    for path in ("network/a", "network/gone", "network/own", "dropped/own"):
        notebook, _, name = path.partition("/")
        put(site, "x", path, notebook=notebook, listed=name != "own")
    (site / "network" / "notes").mkdir()
    report = Report("network", "a", {}, listed=True)
    matrix = Matrix((report,), 1, {"network": Notebook("Q?", {}, {})})
    assert store.prune(site, matrix) == ["dropped/own", "network/gone"]
    assert sorted(path.name for path in (site / "network").iterdir()) == ["a", "notes", "own"]
    assert not (site / "dropped").exists()


def test_pages_say_what_their_sections_say_and_are_left_alone_if_the_same(site: Path) -> None:
    evil = '<script>alert(1)</script> & "x"'
    guide = Guide(title="Site", menu=(("ledger/all.html", "All"),))
    pages = {"ledger/all.html": Page(evil, evil, (Section("s", evil),))}
    write_pages(site, pages, guide)
    html = (site / "ledger" / "all.html").read_text(encoding="utf-8")
    assert "<script" not in html and html.count("&lt;script&gt;") == 5
    assert '<a href="../ledger/all.html" aria-current="page">All</a>' in html
    before = (site / "ledger" / "all.html").stat().st_mtime_ns
    write_pages(site, pages, guide)
    assert (site / "ledger" / "all.html").stat().st_mtime_ns == before
