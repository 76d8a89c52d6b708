"""The site packed and printed: the same bytes, whole or not at all, and a word of why not."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from dataclasses import replace

import pytest
from click.testing import CliRunner
from pypdf import PdfReader
from test_reports_batch import make_root, write_matrix, write_notebook

from analysis.cli import main
from analysis.reports import share, store
from analysis.reports.inputs import Inputs
from analysis.reports.layout import Guide, environment
from analysis.reports.matrix import load_matrix

needs_chromium = pytest.mark.skipif(
    not any(map(shutil.which, share.PROGRAMS)),
    reason="no Chromium on this machine; Debian's package `chromium` brings one",
)


@pytest.fixture
def root(tmp_path):
    """A site with one page that stands for a report, as the batch would leave it."""
    root = make_root(tmp_path)
    write_notebook(root, "network", "1")
    write_matrix(root, {"network/a": {}})
    folder = root / "site" / "network" / "a"
    folder.mkdir(parents=True)
    words = dict(title="T", description="D", question="Who brokers?", name="a", headline="All do.")
    page = environment().get_template("report.html.j2").render(
        **words, root="../../", path="", guide=Guide(), parameters=[], last_evidence=None,
        last_evidence_words="", files=[], contents=[], body="Words.",
    )  # fmt: skip
    (folder / "report.html").write_text(page, encoding="utf-8")
    matrix = load_matrix(root)
    origin = Inputs(root, matrix).origin(matrix.reports[0])
    manifest = store.describe(matrix.reports[0], origin, "Who brokers?")
    store.write_json(folder / "manifest.json", manifest | {"status": "ok", "headline": "All do."})
    return root


def printed(root, reports=None):
    matrix = load_matrix(root)
    said = []
    reports = matrix.reports if reports is None else reports
    return share.print_reports(root, reports, matrix, Guide(), 1, said.append), said


def test_the_same_site_packs_to_the_same_bytes(root, tmp_path):
    site = root / "site"
    (site / "run.json").write_text("{}")
    (site / ".building").mkdir()
    (site / ".building" / "left").write_text("x")
    count = share.pack(site, tmp_path / "one.zip")
    shutil.copytree(site, tmp_path / "elsewhere" / "site")
    share.pack(tmp_path / "elsewhere" / "site", tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    names = zipfile.ZipFile(tmp_path / "one.zip").namelist()
    assert names == ["site/network/a/manifest.json", "site/network/a/report.html"]
    assert count == 2 and zipfile.ZipFile(tmp_path / "one.zip").testzip() is None


def test_packing_that_fails_leaves_the_old_archive(root, tmp_path, monkeypatch):
    target = tmp_path / "site.zip"
    share.pack(root / "site", target)
    before = target.read_bytes()
    (root / "site" / "more.html").write_text("x")
    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile, "writestr", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            share.pack(root / "site", target)
    assert target.read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_without_a_browser_it_says_so(root, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(share.ShareError, match="apt install chromium.*no report was printed"):
        printed(root)


def test_the_command_says_so_and_ends_with_one(project, monkeypatch, tmp_path):
    (project / "reports.yml").write_text("time_limit_seconds: 60\nreports: {}\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = CliRunner().invoke(main, ["reports", "--pdf", "--zip"])
    assert answer.exit_code == 1 and "--pdf needs a local Chromium" in answer.output
    assert "files packed: site.zip" in answer.output and (project / "site.zip").exists()


@needs_chromium
@pytest.mark.browser
@pytest.mark.slow
def test_a_report_is_printed_once_with_numbers_and_linked_from_its_card(root):
    done, said = printed(root)
    assert done == share.Printed(1, 0, {}) and said == ["printed     network/a"]
    pdf = root / "site" / "network" / "a" / "report.pdf"
    first = pdf.read_bytes()
    text = PdfReader(io.BytesIO(first)).pages[0].extract_text()
    assert "Page 1 of 1" in text and "All do." in text
    index = (root / "site" / "index.html").read_text(encoding="utf-8")
    assert 'href="network/a/report.pdf"' in index
    assert printed(root)[0] == share.Printed(0, 1, {})
    pdf.unlink()
    printed(root)
    assert pdf.read_bytes() == first, "the hour of printing is in it"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'no room' >&2; exit 3", "ended with 3: no room"),
        ("exit 0", "ended with 0: no word of why"),
        ("exec sleep 60", "took longer than 1 s"),
    ],
)
def test_a_printer_that_fails_leaves_nothing_and_is_named(
    root, monkeypatch, tmp_path, script, said
):
    program = tmp_path / "bin" / "chromium"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setattr(share, "TIME_LIMIT_SECONDS", 1)
    outcome, lines = printed(root)
    assert (outcome.done, list(outcome.failed)) == (0, ["network/a"])
    assert said in outcome.failed["network/a"] and re.match("not printed network/a  ", lines[0])
    assert not list((root / "site").rglob("*.pdf*"))


@needs_chromium
def test_a_failed_report_is_not_printed(root):
    folder = root / "site" / "network" / "a"
    manifest = store.read_manifest(folder) | {"status": "failed", "error": {}}
    store.write_json(folder / "manifest.json", manifest)
    matrix = load_matrix(root)
    gone = replace(matrix.reports[0], name="never-built")
    assert printed(root, [*matrix.reports, gone])[0] == share.Printed(0, 0, {})
