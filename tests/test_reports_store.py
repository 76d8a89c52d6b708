"""The store: folders are replaced whole or not at all, and only one run holds the site."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.reports import store
from analysis.reports.inputs import Origin
from analysis.reports.matrix import Matrix, Notebook, Report

REPORT = Report("network", "a", {}, listed=True)
ORIGIN = Origin({"window": 1}, "n", "g", {}, {"python": "3.11"}, {})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    with store.opened(tmp_path / "site"):
        yield tmp_path / "site"


def build(site: Path, text: str, path: str = "network/a") -> None:
    with store.replacing(site, path) as folder:
        (folder / "report.html").write_text(text)
        good = store.describe(REPORT, ORIGIN, "Q?") | {"status": "ok", "headline": text}
        store.write_json(folder / store.MANIFEST, good)


def test_a_folder_is_replaced_as_a_whole(site: Path) -> None:
    build(site, "old")
    (site / "network" / "a" / "left-over.csv").write_text("x")
    build(site, "new")
    assert (site / "network" / "a" / "report.html").read_text() == "new"
    assert not (site / "network" / "a" / "left-over.csv").exists()
    assert list((site / ".building").iterdir()) == []


def test_a_failure_while_writing_leaves_the_old_folder(site: Path) -> None:
    build(site, "old")
    with pytest.raises(OSError, match="disk full"), store.replacing(site, "network/a") as folder:
        (folder / "report.html").write_text("half")
        raise OSError("disk full")
    assert (site / "network" / "a" / "report.html").read_text() == "old"
    assert list((site / ".building").iterdir()) == []


def test_a_failed_swap_puts_the_old_folder_back(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(site, "old")
    rename, calls = store.os.rename, []

    def second_fails(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise OSError("no space")
        rename(source, target)

    monkeypatch.setattr(store.os, "rename", second_fails)
    with pytest.raises(OSError, match="no space"):
        build(site, "new")
    assert (site / "network" / "a" / "report.html").read_text() == "old"


def test_what_a_killed_run_left_is_put_back_or_cleared(tmp_path: Path) -> None:
    site = tmp_path / "site"
    for run, name in (("one", "a"), ("two", "b")):
        aside = site / ".building" / run / "previous" / "network" / name
        aside.mkdir(parents=True)
        (aside / "report.html").write_text("last good")
    (site / "network" / "b").mkdir(parents=True)
    (site / "network" / "b" / "report.html").write_text("newer")
    with store.opened(site):
        assert (site / "network" / "a" / "report.html").read_text() == "last good"
        assert (site / "network" / "b" / "report.html").read_text() == "newer"
        assert list((site / ".building").iterdir()) == []
    assert not (site / ".building").exists()


def test_only_one_run_holds_the_site(site: Path) -> None:
    with pytest.raises(store.StoreError, match="another run"), store.opened(site):
        pass


def test_a_failure_keeps_what_the_last_good_run_said(site: Path) -> None:
    build(site, "good news")
    for message in ("first", "second"):
        error = {"cell": 3, "source": "1/0", "type": "ZeroDivisionError", "message": message}
        store.write_failure(site, REPORT, ORIGIN, "Q?", error)
    manifest = store.read_manifest(site / "network" / "a")
    assert manifest is not None
    assert (manifest["status"], manifest["error"]["message"]) == ("failed", "second")
    assert manifest["last_good"]["headline"] == "good news"
    assert (site / "network" / "a" / "report.html").read_text() == "good news"


def test_a_worker_killed_between_its_two_renames_loses_nothing_of_the_last_good_run(
    site: Path,
) -> None:
    build(site, "good news")
    aside = site / ".building" / "killed" / "previous" / "network" / "a"
    aside.parent.mkdir(parents=True)
    (site / "network" / "a").rename(aside)
    store.write_failure(site, REPORT, ORIGIN, "Q?", {"cell": None, "message": "worker died"})
    manifest = store.read_manifest(site / "network" / "a")
    assert manifest is not None
    assert (manifest["status"], manifest["last_good"]["headline"]) == ("failed", "good news")
    assert (site / "network" / "a" / "report.html").read_text() == "good news"


def test_what_could_not_be_put_back_before_is_put_back_before_the_site_is_let_go(
    tmp_path: Path,
) -> None:
    site = tmp_path / "site"
    with store.opened(site):
        build(site, "good news")
        aside = site / ".building" / "killed" / "previous" / "network" / "a"
        aside.parent.mkdir(parents=True)
        (site / "network" / "a").rename(aside)
    assert (site / "network" / "a" / "report.html").read_text() == "good news"
    assert not (site / ".building").exists()


def test_pruning_takes_only_listed_reports_that_are_listed_no_more(site: Path) -> None:
    for path in ("network/a", "network/gone", "network/own", "dropped/own"):
        build(site, "x", path)
    for path in ("network/own", "dropped/own"):
        own = store.describe(REPORT, ORIGIN, "Q?") | {"listed": False, "status": "ok"}
        store.write_json(site / path / store.MANIFEST, own)
    (site / "network" / "notes").mkdir()
    (site / "network" / "notes" / "mine.txt").write_text("not the engine's")
    matrix = Matrix((REPORT,), 1, {"network": Notebook("Q?", {}, {})})
    assert store.prune(site, matrix) == ["dropped/own", "network/gone"]
    assert sorted(path.name for path in (site / "network").iterdir()) == ["a", "notes", "own"]
    assert not (site / "dropped").exists()
