"""Pages of sources, actors and method: what stands on them, and how they are written."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT

from analysis import ledger, pages
from analysis.reports import store
from analysis.reports.layout import Guide
from analysis.reports.listing import Entry, Link, Page, Section, write_pages


@pytest.fixture(scope="module")
def whole():
    return ledger.load(ROOT, include_unconfirmed=True)


@pytest.fixture(scope="module")
def made(whole):
    return pages.pages(whole, ROOT)


def entries(page):
    return [entry for section in page.sections for entry in section.entries]


def test_every_claim_stands_on_the_page_of_its_source_and_on_no_other_source(whole, made):
    for source, claims in whole.claims.groupby("source_id"):
        shown = [entry.anchor for entry in entries(made[f"ledger/sources/{source}.html"])]
        assert sorted(shown) == sorted(claims["claim_id"])


def test_every_claim_stands_on_the_page_of_each_of_its_parties(whole, made):
    for claim in whole.claims.to_dict("records"):
        parties = [claim["actors"], claim["recipients"], claim["mediators"], claim["speaker"]]
        for party in filter(None, ";".join(parties).split(";")):
            shown = {entry.anchor for entry in entries(made[f"ledger/actors/{party}.html"])}
            assert (claim["claim_id"] in shown) == (claim["source_id"] != ledger.UNSOURCED)


def test_every_source_and_actor_has_a_page_and_a_place_in_the_list(whole, made):
    for folder, ids in (
        ("sources", whole.sources["source_id"]),
        ("actors", whole.actors["actor_id"]),
    ):
        paths = {f"ledger/{folder}/{name}.html" for name in ids}
        assert paths | {f"ledger/{folder}/index.html"} == {
            path for path in made if path.startswith(f"ledger/{folder}/")
        }
        listed = entries(made[f"ledger/{folder}/index.html"])
        assert {entry.label[0].address for entry in listed} == paths


def test_a_denial_and_what_it_answers_lead_to_each_other(whole, made):
    denial = whole.claims[whole.claims["answers"] != ""].iloc[0]
    for name, other, word in (
        (denial["claim_id"], denial["answers"], "answers "),
        (denial["answers"], denial["claim_id"], "answered by "),
    ):
        source = whole.claims.set_index("claim_id").loc[name, "source_id"]
        page = made[f"ledger/sources/{source}.html"]
        entry = next(entry for entry in entries(page) if entry.anchor == name)
        line = next(line for line in entry.lines if word in line)
        assert other in [piece.text for piece in line if isinstance(piece, Link)]


def test_a_charge_is_marked_with_who_makes_it(whole, made):
    claim = whole.claims[(whole.claims["modality"] == "alleged") & (whole.claims["speaker"] != "")]
    claim = claim.iloc[0]
    page = made[f"ledger/sources/{claim['source_id']}.html"]
    entry = next(entry for entry in entries(page) if entry.anchor == claim["claim_id"])
    line = next(line for line in entry.lines if "; alleged" in line)
    assert line[-1].address == f"ledger/actors/{claim['speaker']}.html"


def test_the_method_comes_from_readme_and_codebook(made, project):
    headings = [section.heading for section in made["method.html"].sections]
    assert "Limits" in headings and "Glossary" in headings
    glossary = made["method.html"].sections[headings.index("Glossary")].html
    assert glossary.count("<li>") >= 10
    readme = project / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace("## Limits", "## Bounds"))
    with pytest.raises(ValueError, match=r"README.md: no section 'Limits'.*METHOD_PARTS"):
        pages.pages(ledger.load(project), project)


def test_names_of_reports_are_written_as_in_the_ledger(whole, made):
    guide = pages.guide(whole, made)
    assert guide.title("2025-06-01-as-kabul-tells-it") == "1 June 2025, as Kabul tells it"
    assert guide.title("uzbekistan") == "Uzbekistan"
    assert guide.in_words(["PAK", "IEA"]) == "Pakistan, Taliban authorities"


def write(site, pages_, guide=None):
    with store.opened(site):
        return write_pages(site, pages_, guide or Guide())


SMALL = {
    "ledger/sources/a.html": Page("A", "One claim."),
    "ledger/sources/b.html": Page("B", "One claim."),
    "method.html": Page("Method", "How."),
}


def test_only_what_changed_is_written_and_what_is_no_more_vanishes(tmp_path):
    assert write(tmp_path, SMALL) == 3
    first = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in tmp_path.rglob("*.html")}
    assert write(tmp_path, SMALL) == 0
    assert {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in first} == first
    fewer = {path: page for path, page in SMALL.items() if "b.html" not in path}
    assert write(tmp_path, fewer) == 0
    assert not (tmp_path / "ledger/sources/b.html").exists()
    assert (tmp_path / "ledger/sources/a.html").read_bytes() == next(
        text for path, (_, text) in first.items() if path.name == "a.html"
    )


def test_a_page_that_cannot_be_made_leaves_all_others_as_they_are(tmp_path):
    write(tmp_path, SMALL)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.html")}
    spoilt = SMALL | {
        "ledger/sources/a.html": Page("A", "Two claims."),
        "ledger/sources/c.html": Page("C", "x", (), (Section("s", "S", (None,)),)),  # type: ignore[arg-type]
    }
    with pytest.raises(Exception, match="None"):
        write(tmp_path, spoilt)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*.html")} == before


def test_rows_are_text_and_only_links_are_links(tmp_path):
    evil = '<script>alert(1)</script> & "x"'
    link = Link(evil, "ledger/actors/PAK.html#C1")
    entry = Entry("C1", (link,), evil, ((evil,),))
    page = Page(evil, evil, ((evil, (evil,)),), (Section("s", evil, (entry,)),))
    write(tmp_path, {"ledger/sources/a.html": page})
    html = (tmp_path / "ledger/sources/a.html").read_text(encoding="utf-8")
    assert "<script" not in html and html.count("&lt;script&gt;") >= 7
    assert re.findall(r'<a href="([^"#]*#C1)"', html) == ["../actors/PAK.html#C1"]
