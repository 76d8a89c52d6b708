"""Shared by the tests: a small hand-made ledger, and a copy of the project to spoil."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, sync_playwright

from analysis import ledger, tables

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
BLANK = [
    *("claim_id", "source_id", "gloss", "kind", "code", "mode", "layer", "step"),
    *("actors", "recipients", "mediators", "start", "end", "modality", "speaker", "answers"),
    *("occurrence_id", "measure", "bound", "unit", "review_status", "coder", "note"),
]
CLAIM = dict.fromkeys(BLANK, "") | {
    "source_id": "paper",
    "gloss": "A claim.",
    "kind": "event",
    "layer": "security",
    "modality": "asserted",
    "review_status": "single",
    "coder": "T",
}


# Chromium calls home unless it is told not to; pages here must need nobody.
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One real Chromium for all tests of a worker; Debian's package in CI."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no Chromium on this machine; Debian's package `chromium` brings one")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def book() -> ledger.Ledger:
    """The real ledger."""
    return ledger.load(ROOT)


@pytest.fixture
def make_book(book):
    """Build a ledger by hand from rows that differ from a plain claim; real codes and actors."""

    def build(*rows: dict, sources: dict[str, dict] | None = None) -> ledger.Ledger:
        about = {"paper": {}} | (sources or {})
        frame = pd.DataFrame(
            [CLAIM | {"claim_id": f"C{n:04d}"} | row for n, row in enumerate(rows, 1)]
        ).assign(paragraph=pd.array([pd.NA] * len(rows), dtype="Int64"), value=float("nan"))
        papers = pd.DataFrame(
            [
                {"source_id": name, "publisher": name, "wire": "", "published": "2025-06-01",
                 "title": name, "url": "https://example.org/", "side": ""} | changes
                for name, changes in about.items()
            ]
        )  # fmt: skip
        return ledger.Ledger(
            papers, book.actors, book.codes, ledger.derive(frame, papers, book.codes)
        )

    return build


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A copy of what a user edits, and the working folder set to it."""
    for folder in ("seeds", "data", "notebooks"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for name in ("reports.yml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "analysis", tmp_path / "analysis")
    monkeypatch.chdir(tmp_path)
    tables._load.cache_clear()
    return tmp_path
