"""Pages beside the reports: what stands on them, and that it is read as text."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT

from analysis import ledger, pages

PAPER = {"licence": "publisher's own terms", "note": ""}


def text(page):
    return "".join(section.html for section in page.sections)


def entries(page):
    """HTML of each entry of a page, by its anchor."""
    found = re.findall(r'<li id="([^"]+)">(.*?)</li>', text(page), flags=re.DOTALL)
    assert len(dict(found)) == len(found), "an anchor stands twice"
    return dict(found)


@pytest.fixture(scope="module")
def whole(frozen_root):
    return ledger.load(frozen_root, include_unconfirmed=True)


@pytest.fixture(scope="module")
def claims(whole):
    return pages.claims(whole)


def test_every_claim_and_every_source_has_its_anchor(whole, claims):
    assert set(entries(claims)) == set(whole.rows["claim_id"])
    headings = re.findall(r'<h3 id="([^"]+)">', text(claims))
    assert sorted(headings) == sorted(whole.sources["source_id"])
    for source, rows in whole.rows.groupby("source_id"):
        part = text(claims).partition(f'<h3 id="{source}">')[2].partition("<h3")[0]
        assert re.findall(r'<li id="([^"]+)">', part) == list(
            rows.sort_values(["paragraph", "claim_id"])["claim_id"]
        )


def test_a_denial_and_what_it_answers_lead_to_each_other(whole, claims):
    denial = whole.rows[whole.rows["answers"] != ""].iloc[0]
    shown = entries(claims)
    assert f'; answers <a href="#{denial["answers"]}">' in shown[denial["claim_id"]]
    assert f'; answered by <a href="#{denial["claim_id"]}">' in shown[denial["answers"]]


def test_figures_periods_and_parties_are_told(make_book):
    book = make_book(
        {"kind": "figure", "measure": "returns", "value": 850000, "bound": "at_least",
         "unit": "persons", "start": "2023-10", "end": "2025-05-31", "actors": "PAK;IEA"},
        {"modality": "alleged", "speaker": "PAK", "actors": "IEA", "start": "2025-03"},
        {"kind": "figure", "measure": "since", "value": 1979, "unit": "year", "bound": "exact"},
        sources={"paper": PAPER},
    )  # fmt: skip
    first, charge, second = entries(pages.claims(book)).values()
    assert "alleged by Pakistan" in charge and "March 2025: A claim." in charge
    assert "October 2023 to 31 May 2025" in first
    assert "returns: at least 850,000 persons" in first
    assert "by Pakistan, Taliban authorities" in first
    assert "undated" in second and "since: 1979" in second


def test_an_actor_lists_the_claims_that_name_it_and_none_that_is_only_remembered(whole):
    shown = entries(pages.actors(whole))
    assert set(shown) == set(whole.actors["actor_id"])
    for row in whole.rows.to_dict("records"):
        parties = ";".join(row[side] for side in ("actors", "recipients", "mediators", "speaker"))
        for party in filter(None, parties.split(";")):
            link = f'href="claims.html#{row["claim_id"]}"'
            assert (link in shown[party]) == (row["source_id"] != ledger.UNSOURCED)


def test_what_the_ledger_says_is_text_and_only_web_addresses_are_links(make_book):
    evil = '<script>alert(1)</script> & "x"'
    book = make_book(
        {"gloss": evil, "source_id": "bad"},
        sources={
            "paper": PAPER,
            "bad": PAPER | {"title": evil, "url": "javascript:1", "note": evil},
        },
    )
    shown = text(pages.claims(book))
    assert "<script" not in shown and shown.count("&lt;script&gt;") == 3
    assert "javascript:" not in shown
    assert '<a href="https://example.org/">paper</a>' in shown


def test_the_method_comes_from_readme_and_codebook(tmp_path):
    headings = {section.heading: section.html for section in pages.method(ROOT).sections}
    assert {"Limits", "Glossary", "How firm: modality"} <= set(headings)
    assert headings["Glossary"].count("<li>") >= 10
    assert "<th>" not in "".join(headings.values())
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "CODEBOOK.md").write_text("## 1. Claims\nNone.\n", encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"CODEBOOK.md: no section 'What a claim is'.*METHOD_PARTS"
    ):
        pages.method(tmp_path)


def test_the_site_learns_names_and_homes_from_the_ledger():
    made = pages.surroundings(ROOT)
    assert set(made.pages) == made.guide.paths == {pages.CLAIMS, pages.ACTORS, pages.METHOD}
    assert made.guide.spellings["kabul"] == "Kabul"
    assert made.guide.homes["PAK"] == "ledger/actors.html#PAK"
    for home in made.guide.homes.values():
        path, _, anchor = home.partition("#")
        assert f'id="{anchor}"' in text(made.pages[path])
    for path in made.reads:
        assert (ROOT / path).is_file()
