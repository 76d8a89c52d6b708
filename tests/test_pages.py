"""The site as readers get it, in a real browser and from disk; and every check on a spoilt page."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path

import page_checks as checks
import pytest
from click.testing import CliRunner
from conftest import ROOT
from pypdf import PdfReader

from analysis import tables
from analysis.cli import main
from analysis.reports.matrix import load_matrix

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("pages")]
# Of each notebook, whatever notebooks there are, the report with the latest date: the heaviest one.
MATRIX = load_matrix(ROOT)
REPORTS = {
    report.notebook: report.path
    for report in sorted(
        reversed(MATRIX.reports), key=lambda report: str(MATRIX.parameters(report).get("as_of"))
    )
}
KINDS = {name: f"{path}/report.html" for name, path in sorted(REPORTS.items())} | {
    "index": "index.html",
    "source": "ledger/sources/trt-2025-06-01.html",
    "actor": "ledger/actors/TJK.html",
    "sources": "ledger/sources/index.html",
    "actors": "ledger/actors/index.html",
    "method": "method.html",
}
BRIEFS = [report.path for report in MATRIX.reports if report.notebook == "state_brief"]
WANTED = {*REPORTS.values(), *BRIEFS}
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A site built by the command from a copy of the project: reports, all briefs, pages.

    What `make reports` has built and `torkham list` calls current comes along,
    so after that command this site is whole.
    """
    root = tmp_path_factory.mktemp("project")
    for folder in ("seeds", "data", "notebooks", "analysis"):
        shutil.copytree(ROOT / folder, root / folder)
    for name in ("reports.yml", "README.md"):
        shutil.copy(ROOT / name, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        listed = CliRunner().invoke(main, ["list"]).output
    current = re.findall(r"^(\S+) +current$", listed, flags=re.MULTILINE)
    for path in current:
        shutil.copytree(ROOT / "site" / path, root / "site" / path)
    only = [word for path in sorted({*WANTED, *current}) for word in ("--only", path)]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        tables._load.cache_clear()
        answer = CliRunner().invoke(main, ["reports", "-j", "2", *only])
    tables._load.cache_clear()
    assert answer.exit_code == 0, answer.output
    return (root / "site").resolve()


@pytest.fixture
def view(browser, site, kind):
    with checks.opened(browser, site / KINDS[kind]) as page:
        yield page


@every_kind
def test_a_page_needs_nobody_and_serves_everybody(view, site, kind):
    assert checks.formed(site / KINDS[kind]) == []
    assert checks.quiet(view) == []
    assert checks.reachable(view) == []
    assert checks.fitting(view) == []
    assert checks.dark(view) == []
    assert checks.accessible(view) == []
    assert checks.quiet(view) == []


def test_every_report_stands_alone_and_every_brief_fits_one_printed_page(browser, site):
    """All that are built: small and well formed, no request, no word on the console."""
    pages = sorted(site.glob("*/*/report.html"))
    assert len(pages) >= len(WANTED)
    for path in pages:
        with checks.opened(browser, path) as page:
            assert [*checks.formed(path), *checks.quiet(page)] == [], path.parent
            if path.parts[-3] == "state_brief":
                paper = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
                assert len(paper.pages) == 1, path.parent


@every_kind
def test_a_page_can_be_printed(view, kind):
    assert checks.printed(view) == []


@every_kind
def test_a_page_needs_no_script(browser, site, kind):
    assert checks.scriptless(browser, site / KINDS[kind]) == []


@pytest.mark.parametrize("kind", ["index"])
def test_the_index_narrows_and_widens(view):
    assert checks.filtered(view) == []


def test_all_links_of_the_site_lead_somewhere(site):
    assert len(list(site.rglob("*.html"))) > 500
    assert checks.linked(site) == []


@pytest.mark.parametrize("kind", ["actor_network"])
def test_a_claim_leads_to_its_evidence_and_on_to_its_source(view, site):
    claim = view.locator("table a[href^='#claim-']:visible").first
    entry = view.locator(claim.get_attribute("href"))
    assert not entry.is_visible(), "the list is folded by year"
    name = claim.get_attribute("href").removeprefix("#claim-")
    claim.click()
    assert entry.is_visible()
    assert entry.locator(".source > a[href^='http']").count() == 1
    entry.locator("b a").click()
    assert "/ledger/sources/" in view.url and view.url.endswith(f"#{name}")
    assert view.locator(f"#{name}").is_visible()
    assert view.locator("dl.details a[href^='http']").count() == 1


@pytest.mark.parametrize("kind", ["actor_network"])
def test_a_figure_s_data_is_one_click_away(view, site):
    figures = view.locator("figure").count()
    for suffix in ("csv", "svg", "png"):
        assert view.locator(f".output:has(figure) .files a[href$='.{suffix}']").count() == figures
    assert view.locator("figure img[src^='data:image/svg+xml']").count() == figures


NO_POLICY = (r'<meta http-equiv="Content-Security-Policy"[^>]*>', "")
END = "</main>"


def adding(html):
    return (END, html + END)


# What is done to a page, by which check it must be found, and what that check says.
SPOILT = {
    "a picture from elsewhere": (
        "index", [NO_POLICY, adding('<img src="https://example.org/a.png" alt="a">')],
        "quiet", "asked for https://example.org/a.png"),
    "a picture refused": (
        "index", [adding('<img src="https://example.org/a.png" alt="a">')],
        "quiet", "Content Security Policy"),
    "an error on the console": (
        "method", [NO_POLICY, adding("<script>console.error('lost')</script>")], "quiet", "lost"),
    "a script that fails": (
        "method", [NO_POLICY, adding("<script>missing()</script>")], "quiet", "missing is not"),
    "a script that is not ours": (
        "index", [adding("<script>1</script>")], "quiet", "script"),
    "pale words": (
        "method", [adding('<p style="color:#ccc">pale</p>')], "accessible", "color-contrast"),
    "dark words in the dark": (
        "method", [adding('<p style="color:#333">dim</p>')], "accessible", "dark: color-contrast"),
    "a picture without words": (
        "method", [adding('<img src="data:,">')], "accessible", "image-alt"),
    "a choice without label": (
        "index", [(' for="filter-name"', "")], "accessible", "select-name"),
    "a heading of the wrong level": (
        "method", [adding("<h5>Deep</h5>")], "accessible", "heading-order"),
    "targets too small": (
        "method",
        [adding('<p><a href="#main" style="display:inline-block;font-size:9px">a</a>'
                '<a href="#main" style="display:inline-block;font-size:9px">b</a></p>')],
        "accessible", "target-size"),
    "a box that only a mouse can scroll": (
        "method", [('role="region" tabindex="0"', 'role="region"'),
             ("<table>", '<table style="width:90rem">')],
        "accessible", "scrollable-region-focusable"),
    "something wide": (
        "source", [adding('<div style="width:2000px">wide</div>')], "fitting", "at 1440"),
    "something a little wide": (
        "source", [adding('<div style="width:400px">wide</div>')], "fitting", "at 360"),
    "something wide between the two": (
        "source", [("</style>", "@media (700px < width < 800px) { p { width: 900px } }</style>")],
        "fitting", "at 768"),
    "a link that the keyboard passes by": (
        "method", [adding('<button tabindex="-1">Back</button>')], "reachable", "'Back'"),
    "no skip link": (
        "actors", [('<a class="skip"', '<a class="jump"')], "reachable", "no skip link"),
    "focus that cannot be seen": (
        "actors", [("</style>", ":focus-visible { outline: none !important }</style>")],
        "reachable", "focus cannot be seen"),
    "figures without ground": (
        "index", [("</style>", ".thumbnail img { background: none !important }</style>")],
        "dark", "no white ground"),
    "a page that stays light": (
        "actors", [("prefers-color-scheme: dark", "prefers-color-scheme: none")],
        "dark", "stays light"),
    "pages without numbers": (
        "actors", [("@page", "@media none")], "printed", "no number on page 1"),
    "no headline on paper": (
        "actors", [("@media print {", "@media print { .headline { display: none; }")],
        "printed", "headline"),
    "a heading left alone": (
        "actors",
        [(END, '<h2 style="break-after:page">All alone</h2><p>Next.</p></main>')],
        "printed", "ends with the heading 'All alone'"),
    "a long heading left alone": (
        "actors",
        [(END, '<h2 style="break-after:page;max-width:9em">Left alone on several lines</h2>'
               '<p>Next.</p></main>')],
        "printed", "ends with the heading"),
    "a brief of two pages": (
        "state_brief", [adding('<p style="height:200mm">More</p>')],
        "printed", "2 pages instead of one"),
    "cards that a script shows": (
        "index", [("</style>", ".card { display: none } .on .card { display: flex }</style>")],
        "scriptless", "cards cannot be seen"),
    "a headline that a script writes": (
        "actors", [(r'(<p class="headline">)[^<]*', r"\1")], "scriptless", "no headline"),
    "a filter without its script": (
        "index", [(r' hidden>', ">")], "scriptless", "control that needs a script"),
    "a filter that lies": (
        "index", [NO_POLICY, ("shown \\+= fits", "shown += 1")], "filtered", "not told"),
    "a filter that lets all through": (
        "index", [NO_POLICY, ("card.hidden = !fits", "card.hidden = false")],
        "filtered", "expected"),
    "a link to nowhere": (
        "method", [adding('<a href="gone.html">x</a>')], "linked", "no file gone.html"),
    "a link out of the site": (
        "method", [adding('<a href="../README.md">x</a>')], "linked", "no file ../README.md"),
    "a link to no place": (
        "source", [adding('<a href="../actors/PAK.html#C9999">x</a>')], "linked", "no place"),
    "a page too heavy": (
        "actors", [adding("x" * checks.BYTES)], "formed", " bytes"),
    "no language": ("actors", [(' lang="en"', "")], "formed", "no language"),
    "no description": ("actors", [("<meta name=.description", "<meta name=.x")], "formed", "desc"),
    "two H1": ("actors", [adding("<h1>Again</h1>")], "formed", "not one H1"),
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
    wrong = {
        "same-id.html": [adding('<p id="main">twice</p>')],
        "nested.html": [adding("<p><ul><li>x</li></ul></p>")],
        "address.html": [adding('<img src="a b.png" alt="x">')],
    }
    spoilt = [spoil("actors", changes, name) for name, changes in wrong.items()]
    faults = checks.valid([*(site / path for path in KINDS.values()), *spoilt])
    assert {fault.partition(":")[0] for fault in faults} == set(wrong), faults
