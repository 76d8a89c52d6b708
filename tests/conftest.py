"""What tests share: a frozen ledger, so that coding a claim breaks no test, and shared data."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from analysis import ledger

ROOT = Path(__file__).resolve().parents[1]
FROZEN = Path(__file__).parent / "frozen"
SHARED = ROOT.parent / "shared"


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


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy of the live tables that a test may spoil."""
    for folder in ("seeds", "data"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of data to test against, which lies beside the project and is never committed."""
    if not SHARED.is_dir():
        pytest.skip("needs the folder ../shared, which lies beside the founders' checkout")
    return SHARED
