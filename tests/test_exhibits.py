"""Exhibits: nothing is read as markup, nothing is without its words, same data same bytes."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from analysis import charts, ledger
from reports import MEDIA
from reports.exhibits import Download, Evidence, Figure, Finding, Headline, Table

EVIL = "<script>alert('x')</script> **bold** $(rm -rf /) & \"quoted\""
ESCAPED = "&lt;script&gt;alert("
RETURNS = pd.DataFrame({"counter": ["UNHCR", "IOM"], "persons": [120_000, 180_000]})


def shown(exhibit):
    return exhibit._repr_mimebundle_()["text/html"]


def data(exhibit, kind):
    return exhibit._repr_mimebundle_()[MEDIA.format(kind)]


def figure(**changes):
    words = {"name": "n", "title": "T", "source": "S", "table": RETURNS} | changes
    if "ax" not in words:
        words["ax"] = charts.rows(RETURNS, label="counter", value="persons")
    return Figure(**words)


def table(frame, **changes):
    return Table("t", pd.DataFrame(frame), **{"caption": "C", "source": "S"} | changes)


def evidence_row(**changes):
    row = dict.fromkeys(("claim_id", "start", "gloss", "modality", "speaker"), EVIL)
    row |= dict.fromkeys(("publisher", "wire", "title", "url"), EVIL)
    row |= {"published": EVIL, "paragraph": None, "day": pd.Timestamp("2025-06-01")} | changes
    return pd.DataFrame([row])


@pytest.mark.parametrize(
    "exhibit",
    [
        Finding(EVIL),
        Headline(EVIL),
        figure(title=EVIL, alt=EVIL, source=EVIL, caption=EVIL),
        figure(table=RETURNS.head(0), title=EVIL),
        table({EVIL: [EVIL], "c": [[EVIL]]}, caption=EVIL, source=EVIL, claims=["c"]),
        table({EVIL: [EVIL]}, title=EVIL, folded=True, absent=EVIL, links={EVIL: EVIL}),
        Download("d", {EVIL: EVIL}, EVIL, EVIL),
        Evidence({EVIL: EVIL}, claims=evidence_row()),
    ],
    ids=lambda exhibit: type(exhibit).__name__,
)
def test_markup_in_the_data_is_shown_as_text(exhibit):
    html = shown(exhibit)
    assert "<script" not in html and ESCAPED in html and "**bold**" in html


def test_markup_in_a_drawing_is_drawn():
    frame = RETURNS.assign(counter=[EVIL, "$5 to $6"])
    with plt.rc_context(charts.STYLE):
        ax = charts.rows(frame, label="counter", value="persons")
    drawn = figure(ax=ax)
    assert "<script" not in drawn.pictures()[0] and "$5 to $6" in drawn.pictures()[0]
    assert "<script" not in shown(drawn)


def test_only_web_addresses_become_links():
    def linked(url):
        return shown(Evidence({}, claims=evidence_row(url=url, claim_id="C0001")))

    assert "href" not in linked("javascript:alert(1)")
    assert 'href="https://a.example/"' in linked("https://a.example/")


@pytest.mark.parametrize("missing", ["title", "source"])
def test_a_figure_without_its_words_is_refused(missing):
    with pytest.raises(ValueError, match=f"{missing} of 'n' is blank"):
        figure(**{missing: "  "})
    with pytest.raises(ValueError, match="alt of 'n' is blank"):
        figure(ax=plt.figure().subplots())


def test_a_figure_takes_its_description_from_its_axes_and_its_caption():
    drawn = figure(caption="IOM counts more.")
    assert drawn.words() == (
        "Dot plot, two rows, persons from 120,000 to 180,000: UNHCR 120,000; IOM 180,000. "
        "IOM counts more."
    )
    assert f'alt="{drawn.words()}"' in shown(drawn)
    assert data(drawn, "figure")["table"] == "counter,persons\nUNHCR,120000\nIOM,180000\n"


def test_the_same_data_give_the_same_bytes():
    one, two = figure(), figure()
    svg, png = one.pictures()
    assert (svg, png) == two.pictures()
    assert "DejaVu Sans', Verdana, sans-serif" in svg and ">UNHCR</text>" in svg
    assert "<metadata" not in svg and not re.search(r"\d\.\d{3}", svg)
    assert png.startswith(b"\x89PNG")


def test_without_rows_a_figure_or_a_table_is_one_sentence_and_its_caption_is_not_asked():
    def caption():
        raise AssertionError("asked for words about nothing")

    empty = RETURNS.head(0)
    drawn = figure(table=empty, title="Ties on 4 July 2026", caption=caption)
    assert shown(drawn) == (
        '<p class="finding">Ties on 4 July 2026: nothing is coded for these parameters.</p>'
    )
    assert MEDIA.format("figure") not in drawn._repr_mimebundle_()
    unnamed = Table("strongest-ties", empty, caption=caption, source="S")
    assert "Strongest ties: nothing is coded" in shown(unnamed)
    assert "Steps: nothing is coded" in shown(table(empty, caption=caption, title="Steps"))


def test_header_cells_have_scope_and_numbers_stand_right():
    html = shown(table({"a": ["x"], "n": [1234.5]}, formats={"n": ",.1f"}, caption=lambda: "C."))
    assert "<caption>C</caption>" in html
    heads = re.findall(r'<th scope="col" role="columnheader"( class="num")?>', html)
    assert heads == ["", ' class="num"']
    assert '<th scope="row" role="rowheader" data-label="a"><div>x</div></th>' in html
    assert '<td role="cell" class="num" data-label="n"><div>1,234.5</div></td>' in html


def test_a_missing_number_is_a_dash_and_not_a_zero():
    html = shown(table({"a": ["x"], "n": [float("nan")]}))
    assert 'title="not reported">–</span>' in html and ">0<" not in html


def test_at_most_twelve_rows_are_shown_and_all_are_in_the_data():
    long = table({"a": range(40)}, title="Every claim", folded=True)
    assert shown(long).count("<tr ") == 13 and "28 more rows in the data" in shown(long)
    assert shown(long).startswith("<details><summary>Every claim (40 rows)</summary><table")
    assert data(long, "table")["table"].count("\n") == 41


def test_claims_are_links_and_many_of_them_are_folded():
    ids = ["C0001", "C0002", "displacement"]
    html = shown(table({"a": ["x"], "claims": [ids], "by": [ids]}, claims=["claims"],
                       links={"a": "by"}))  # fmt: skip
    assert '<a href="#claim-C0001">C0001</a> <a href="#claim-C0002">C0002</a> displacement' in html
    assert '<a href="#claim-C0001">x</a>' in html and 'data-label="by"' not in html
    many = shown(table({"a": ["x"], "claims": [["C0001"] * 6]}, claims=["claims"]))
    assert "<details><summary>6 claims</summary>" in many


def test_a_download_needs_a_file_and_a_notebook_can_save_it():
    with pytest.raises(ValueError, match="files of 'network' is blank"):
        Download("network", {}, "Caption", "source")
    files = {"a.csv": "x,y\n", "b.json": "z" * 400_000}
    offered = Download("network", files, "Caption", "source")
    assert '<a download="a.csv" href="data:text/plain;charset=utf-8,x%2Cy%0A">' in shown(offered)
    assert "zzz" not in shown(offered) and "b.json" in shown(offered)
    assert data(offered, "download")["files"] == files


def test_evidence_says_tables_files_claims_and_its_last_day(book):
    claims = ledger.sources_of(book, book.rows["claim_id"])
    said = Evidence({"claims": "Our reading"}, ["seeds/claims.csv"], claims=claims, year_end=1990)
    told = data(said, "evidence")
    assert told["tables"] == ["claims"] and told["files"] == ["seeds/claims.csv"]
    assert told["last_evidence"] == claims["day"].max().strftime("%Y-%m-%d")
    for claim in claims["claim_id"]:
        assert shown(said).count(f'<li id="claim-{claim}">') == 1
    assert Evidence({}, year_end=1990).last() == "1990-12-31" and Evidence({}).last() is None
