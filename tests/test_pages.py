"""The site as readers get it, in a real browser and from disk; and every check on a spoilt page."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import page_checks as checks
import pytest
from click.testing import CliRunner
from conftest import ROOT

from analysis.cli import main
from reports import store
from reports.matrix import load_matrix

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("pages")]
# Of each notebook, whatever notebooks there are, the last report that is listed.
REPORTS = {report.notebook: report.path for report in load_matrix(ROOT).reports}
KINDS = {name: f"{path}/report.html" for name, path in sorted(REPORTS.items())} | {
    "index": "index.html",
    "claims": "ledger/claims.html",
    "actors": "ledger/actors.html",
    "method": "method.html",
}
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A site with one report of each notebook, built by the command from a copy of the project.

    What `make reports` has built comes along, so after that command little is left to do.
    """
    root = tmp_path_factory.mktemp("project")
    for folder in ("seeds", "data", "notebooks", "analysis", "reports"):
        shutil.copytree(ROOT / folder, root / folder)
    for name in ("reports.yml", "README.md"):
        shutil.copy(ROOT / name, root)
    for path in REPORTS.values():
        if store.read_manifest(ROOT / "site" / path):
            shutil.copytree(ROOT / "site" / path, root / "site" / path)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        only = [word for path in REPORTS.values() for word in ("--only", path)]
        answer = CliRunner().invoke(main, ["reports", "-j", "2", *only])
    assert answer.exit_code == 0, answer.output
    return (root / "site").resolve()


@pytest.fixture
def view(browser, site, kind):
    with checks.opened(browser, site / KINDS[kind]) as page:
        yield page


@every_kind
def test_a_page_needs_nobody_and_serves_everybody(browser, view, site, kind):
    assert checks.formed(site / KINDS[kind]) == []
    assert checks.quiet(view) == []
    assert checks.reachable(view) == []
    assert checks.fitting(view) == []
    assert checks.printed(view) == []
    assert checks.accessible(view) == []
    assert checks.quiet(view) == []
    assert checks.scriptless(browser, site / KINDS[kind]) == []


@pytest.mark.parametrize("kind", ["index"])
def test_the_index_narrows_and_widens(view):
    assert checks.filtered(view) == []


def test_all_links_of_the_site_lead_somewhere(site):
    assert checks.linked(site) == []


@pytest.mark.parametrize("kind", ["actor_network"])
def test_a_claim_of_a_table_leads_to_its_evidence_and_on_to_its_source(view):
    claim = view.locator("a[href^='#claim-']:visible").first
    name = claim.get_attribute("href").removeprefix("#claim-")
    claim.click()
    entry = view.locator(f"#claim-{name}")
    assert entry.is_visible(), "the list is folded by year, and unfolds"
    entry.locator("b a").click()
    assert view.url.endswith(f"/ledger/claims.html#{name}")
    assert view.locator(f"#{name}").is_visible()


NO_POLICY = (r'<meta http-equiv="Content-Security-Policy"[^>]*>', "")
END = "</main>"


def adding(html):
    return (END, html + END)


# What is done to a page, by which check it must be found, and what that check says.
SPOILT = {
    "a picture from elsewhere": (
        "index", [NO_POLICY, adding('<img src="https://example.org/a.png" alt="a">')],
        "quiet", "asked for https://example.org/a.png"),
    "pale words": (
        "method", [adding('<p style="color:#ccc">pale</p>')], "accessible", "color-contrast"),
    "a picture without words": (
        "method", [adding('<img src="data:,">')], "accessible", "image-alt"),
    "an empty header cell": (
        "method", [adding('<table><tr><th scope="col"></th></tr></table>')],
        "accessible", "empty-table-header"),
    "something a little wide": (
        "claims", [adding('<div style="width:400px">wide</div>')], "fitting", "at 360"),
    "no skip link": (
        "actors", [('<a class="skip"', '<a class="jump"')], "reachable", "no skip link"),
    "pages without numbers": (
        "actors", [("@page", "@media none")], "printed", "no number on page 1"),
    "a brief of two pages": (
        "state_brief", [adding('<p style="height:700mm">More</p>')],
        "printed", "2 pages instead of one"),
    "a filter without its script": (
        "index", [(r' hidden>', ">")], "scriptless", "control that needs a script"),
    "a filter that lets all through": (
        "index", [NO_POLICY, ("card.hidden = !fits", "card.hidden = false")], "filtered", "shown"),
    "a link to nowhere": (
        "method", [adding('<a href="gone.html">x</a>')], "linked", "no file gone.html"),
    "a header cell without scope": (
        "method", [(' scope="col"', "")], "formed", "without scope"),
}  # fmt: skip


@pytest.fixture
def spoil(site):
    """Write a page anew beside its place with something changed; it is gone afterwards."""
    written = []

    def write(kind, changes, name="spoilt.html"):
        html = (site / KINDS[kind]).read_text(encoding="utf-8")
        for pattern, instead in changes:
            html, count = re.subn(pattern, instead, html)
            assert count, f"{pattern!r} is not on the page"
        path = (site / KINDS[kind]).with_name(name)
        path.write_text(html, encoding="utf-8")
        written.append(path)
        return path

    yield write
    for path in written:
        path.unlink()


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_page_is_found_out(browser, site, spoil, name):
    kind, changes, check, said = SPOILT[name]
    path = spoil(kind, changes)
    if check == "linked":
        faults = checks.linked(site, [path])
    elif check == "formed":
        faults = checks.formed(path)
    elif check == "scriptless":
        faults = checks.scriptless(browser, path)
    else:
        with checks.opened(browser, path) as page:
            faults = getattr(checks, check)(page)
    assert any(said in fault for fault in faults), faults


@pytest.mark.skipif(
    shutil.which("java") is None, reason="the Nu HTML checker needs Java; none is installed"
)
def test_the_checker_of_the_w3c_accepts_every_kind_and_no_spoilt_page(site, spoil):
    wrong = {"same-id.html": [adding('<p id="main">twice</p>')]}
    spoilt = [spoil("actors", changes, name) for name, changes in wrong.items()]
    faults = checks.valid([*(site / path for path in KINDS.values()), *spoilt])
    assert {fault.partition(":")[0] for fault in faults} == set(wrong), faults
