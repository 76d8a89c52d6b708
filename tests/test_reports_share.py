"""The site packed and printed: the same bytes, whole or not at all, and a word of why not."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from pypdf import PdfReader
from small_project import (
    EVIDENCE,
    HEADLINE,
    build,
    make_root,
    page_of,
    write_matrix,
    write_notebook,
)

from reports import run, share

pytestmark = pytest.mark.slow
needs_chromium = pytest.mark.skipif(
    not any(map(shutil.which, share.PROGRAMS)),
    reason="no Chromium on this machine; Debian's package `chromium` brings one",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_root(tmp_path_factory.mktemp("built"))
    write_notebook(root, "network", HEADLINE, EVIDENCE)
    write_matrix(root, {"network/a": {}})
    assert build(root).ok == 1
    return root


@pytest.fixture
def root(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "root")
    return tmp_path / "root"


def test_the_same_site_packs_to_the_same_bytes(root: Path, tmp_path: Path) -> None:
    site = root / "site"
    (site / ".building").mkdir()
    (site / ".building" / "left").write_text("x")
    count = share.pack(site, tmp_path / "one.zip")
    shutil.copytree(site, tmp_path / "elsewhere" / "site")
    share.pack(tmp_path / "elsewhere" / "site", tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    archive = zipfile.ZipFile(tmp_path / "one.zip")
    names = ["manifest.json", "notebook.ipynb", "report.html"]
    assert archive.namelist() == ["site/index.html", *(f"site/network/a/{one}" for one in names)]
    assert count == 4 and archive.testzip() is None


def test_packing_that_fails_leaves_the_old_archive(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "site.zip"
    share.pack(root / "site", target)
    before = target.read_bytes()
    monkeypatch.setattr(zipfile.ZipFile, "writestr", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        share.pack(root / "site", target)
    assert target.read_bytes() == before and not list(tmp_path.glob(".*"))


@needs_chromium
@pytest.mark.browser
def test_a_report_is_printed_once_with_numbers_and_linked_from_its_card(root: Path) -> None:
    said: list[str] = []
    assert build(root, pdf=True, echo=said.append) == run.Outcome(0, 0, 1)
    assert said == ["1 unchanged", "printed     network/a"]
    pdf = root / "site" / "network" / "a" / "report.pdf"
    first = pdf.read_bytes()
    text = PdfReader(io.BytesIO(first)).pages[0].extract_text()
    assert "Page 1 of 1" in text and "As told by nobody" in text
    assert page_of(root, "index.html").find("a", string="PDF")["href"] == "network/a/report.pdf"
    assert build(root, pdf=True, echo=said.append).exit_code == 0 and len(said) == 3
    pdf.unlink()
    build(root, pdf=True)
    assert pdf.read_bytes() == first, "the hour of printing is in it"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo 'no room' >&2; exit 3", "network/a  chromium ended with 3: no room"),
        ("exit 0", "network/a  chromium ended with 0: no word of why"),
        ("exec sleep 60", "network/a  took longer than 1 s"),
        ("", "apt install chromium); no report was printed"),
    ],
)
def test_a_printer_that_fails_or_is_not_there_leaves_nothing_and_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, expected: str
) -> None:
    program = tmp_path / "bin" / "chromium"
    program.parent.mkdir()
    if script:
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setattr(share, "PROGRAMS", ("chromium",))
    monkeypatch.setenv("PATH", str(program.parent) + (":/usr/bin:/bin" if script else ""))
    monkeypatch.setattr(share, "TIME_LIMIT_SECONDS", 1)
    said: list[str] = []
    outcome = build(root, pdf=True, echo=said.append)
    assert (outcome.unprinted, outcome.exit_code) == (1, 1)
    assert expected in said[-1] and re.match("not printed network/a  |--pdf needs", said[-1])
    assert not list((root / "site").rglob("*.pdf*"))
