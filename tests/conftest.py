"""What tests share: frozen and hand-made ledgers, a project to spoil, a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser, sync_playwright

from analysis import ledger, tables

ROOT = Path(__file__).resolve().parents[1]
FROZEN = Path(__file__).parent / "frozen"
SHARED = ROOT.parent / "shared"
# A plain claim of a hand-made ledger; blank where it says nothing.
CLAIM = {
    "source_id": "paper",
    "gloss": "A claim.",
    "kind": "event",
    "layer": "security",
    "modality": "asserted",
    "review_status": "single",
    "coder": "T",
}
SOURCE = {"wire": "", "published": "2025-06-01", "url": "https://example.org/", "side": ""}
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
def frozen_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Project folder with sixteen claims, the live lists of codes and actors, and live `data/`."""
    root = tmp_path_factory.mktemp("frozen")
    shutil.copytree(ROOT / "seeds", root / "seeds")
    shutil.copytree(FROZEN, root / "seeds", dirs_exist_ok=True)
    (root / "data").symlink_to(ROOT / "data")
    return root


@pytest.fixture(scope="session")
def book(frozen_root: Path) -> ledger.Ledger:
    """Ledger of the sixteen claims."""
    return ledger.load(frozen_root)


@pytest.fixture(scope="session")
def live() -> ledger.Ledger:
    """The real ledger, for what must hold whatever is coded in it."""
    return ledger.load(ROOT)


@pytest.fixture(scope="session")
def make_book(book: ledger.Ledger) -> Callable[..., ledger.Ledger]:
    """Build a ledger by hand from rows that differ from a plain claim; real codes and actors."""
    columns = [field["name"] for field in tables.descriptor("claims", ROOT)["schema"]["fields"]]

    def build(*rows: dict[str, Any], sources: dict[str, Any] | None = None) -> ledger.Ledger:
        claims = [
            dict.fromkeys(columns, "") | CLAIM | {"claim_id": f"C{number:04d}"} | row
            for number, row in enumerate(rows, 1)
        ]
        frame = pd.DataFrame(claims).assign(paragraph=pd.array([pd.NA] * len(rows), dtype="Int64"))
        frame["value"] = pd.to_numeric(frame["value"])
        papers = pd.DataFrame(
            [
                SOURCE | {"source_id": name, "publisher": name, "title": name} | changes
                for name, changes in ({"paper": {}} | (sources or {})).items()
            ]
        )
        derived = ledger.derive(frame, papers, book.codes)
        return ledger.Ledger(papers, book.actors, book.codes, derived)

    return build


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the live project that a test may spoil, and the working folder set to it."""
    for folder in ("seeds", "data", "notebooks", "analysis", "reports"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for name in ("reports.yml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of data to test against, which lies beside the project and is never committed."""
    if not SHARED.is_dir():
        pytest.skip("needs the folder ../shared, which lies beside the founders' checkout")
    return SHARED
