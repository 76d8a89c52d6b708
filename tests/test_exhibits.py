"""Exhibits: nothing is read as markup, nothing is without its words, same data same bytes."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from matplotlib.figure import Figure as Drawing

from analysis import exhibits, figures
from analysis.exhibits import Evidence, Figure, Finding, Headline, Table

EVIL = "<script>alert('x')</script> **bold** $(rm -rf /) & \"quoted\""
ESCAPED = "&lt;script&gt;alert("


def shown(exhibit):
    return exhibit._repr_mimebundle_()["text/html"]


def figure(**changes):
    words = dict(name="n", title="T", alt="A", source="S") | changes
    return Figure(drawing=Drawing(), table=pd.DataFrame({"x": [1]}), **words)


def evidence_row(**changes):
    row = dict.fromkeys(("claim_id", "start", "gloss", "modality", "speaker"), EVIL)
    row |= dict.fromkeys(("publisher", "wire", "title", "url"), EVIL)
    row |= {"published": EVIL, "paragraph": 3, "day": pd.Timestamp("2025-06-01")} | changes
    return pd.DataFrame([row])


@pytest.mark.parametrize(
    "exhibit",
    [
        Finding(EVIL),
        Headline(EVIL),
        figure(title=EVIL, alt=EVIL, source=EVIL),
        Table("t", pd.DataFrame({EVIL: [EVIL]}), caption=EVIL, source=EVIL),
        Evidence({EVIL: EVIL}, evidence_row()),
    ],
    ids=lambda e: type(e).__name__,
)
def test_markup_in_the_data_is_shown_as_text(exhibit):
    html = shown(exhibit)
    assert "<script" not in html and ESCAPED in html and "**bold**" in html


def test_only_web_addresses_become_links():
    html = shown(Evidence({}, evidence_row(url="javascript:alert(1)", claim_id="C0001")))
    assert "href" not in html
    assert 'href="https://a.example/"' in shown(
        Evidence({}, evidence_row(url="https://a.example/", claim_id="C0001"))
    )


@pytest.mark.parametrize("missing", ["title", "alt", "source"])
def test_a_figure_without_its_words_is_refused(missing):
    with pytest.raises(ValueError, match=f"{missing} of 'n' is blank"):
        figure(**{missing: "  "})


@pytest.mark.parametrize("name", ["", "../x", "a b", "Ä"])
def test_a_name_is_a_plain_slug(name):
    with pytest.raises(ValueError, match="expected lower-case"):
        figure(name=name)


def test_header_cells_have_scope_and_numbers_stand_right():
    html = shown(Table("t", pd.DataFrame({"a": ["x"], "n": [1234.5]}), caption="C", source="S",
                       formats={"n": ",.1f"}))  # fmt: skip
    assert re.findall(r'<th scope="col" role="columnheader"( class="num")?>', html) == [
        "",
        ' class="num"',
    ]
    assert '<th scope="row" role="rowheader" data-label="a"><div>x</div></th>' in html
    assert '<td role="cell" class="num" data-label="n"><div>1,234.5</div></td>' in html


def test_a_missing_number_is_a_dash_and_not_a_zero():
    html = shown(
        Table("t", pd.DataFrame({"a": ["x"], "n": [float("nan")]}), caption="C", source="S")
    )
    assert 'title="not reported">–</span>' in html and ">0<" not in html


def test_at_most_twelve_rows_are_shown_and_all_are_in_the_data():
    table = Table("t", pd.DataFrame({"a": range(40)}), caption="C", source="S")
    assert shown(table).count("<tr ") == 13 and "28 more rows in the data" in shown(table)
    data = table._repr_mimebundle_()[exhibits.MEDIA.format("table")]["table"]
    assert data.count("\n") == 41


def test_an_empty_table_is_a_statement():
    table = Table("t", pd.DataFrame({"a": []}), caption="Steps announced", source="S")
    assert shown(table) == (
        '<p class="finding">Steps announced: nothing is in the table for these parameters.</p>'
    )


def ties(*rows):
    columns = ["a", "b", "cooperation", "conflict", "net", "sign"]
    return pd.DataFrame(rows, columns=columns).assign(is_charge=False)


NAMES = {name: name for name in "ABCDEFGHIJKLMNOP"}
WORDS = dict(name="n", title="T", source="S")


def test_the_same_data_give_the_same_bytes():
    frame = ties(("A", "B", 3.0, 0.0, 3.0, 1), ("B", "C", 0.0, 2.0, -2.0, -1))
    one, two = (figures.signed_network(frame, NAMES, **WORDS) for _ in range(2))
    assert one.svg() == two.svg() and one.png() == two.png()


def test_a_network_says_in_words_what_it_draws():
    frame = ties(("A", "B", 3.0, 0.0, 3.0, 1), ("B", "C", 0.0, 2.0, -2.0, -1))
    drawn = figures.signed_network(frame, NAMES, **WORDS)
    assert drawn.finding == "Two ties among three actors: 1 cooperative and 1 conflictual."
    assert drawn.alt.startswith("Node-link diagram") and drawn.finding in drawn.alt
    charged = figures.signed_matrix(frame.assign(is_charge=[True, False]), NAMES, **WORDS)
    assert charged.finding.endswith("; one rests on a charge alone.")


def test_without_ties_there_is_a_statement_and_no_empty_drawing():
    for draw in (figures.signed_network, figures.signed_matrix):
        assert isinstance(draw(ties(), NAMES, **WORDS), Finding)
    nothing = pd.DataFrame({"refugees": [float("nan")] * 3}, index=[2000, 2001, 2002])
    assert isinstance(figures.stacked_years(nothing, {}, {}, **WORDS), Finding)
    assert isinstance(figures.windows(pd.DataFrame(), [], [], **WORDS), Finding)


def test_too_many_actors_belong_in_a_matrix():
    rows = [("A", other, 1.0, 0.0, 1.0, 1) for other in list(NAMES)[1:]]
    with pytest.raises(ValueError, match="belong in a matrix"):
        figures.signed_network(ties(*rows), NAMES, **WORDS)


def test_friends_stand_side_by_side():
    """Two camps of three, hostile to each other: each camp is contiguous in the order."""
    import numpy as np

    camps = np.array([1, -1, 1, -1, 1, -1])
    order = figures.spectral_order(np.outer(camps, camps) - np.eye(6))
    signs = [camps[row] for row in order]
    assert sum(a != b for a, b in zip(signs, signs[1:] + signs[:1], strict=True)) == 2


def test_a_download_needs_a_file_and_shows_its_caption_as_text():
    with pytest.raises(ValueError, match="files of 'network' is blank"):
        exhibits.Download("network", {}, "Caption", "source")
    bundle = exhibits.Download("network", {"a.csv": "x"}, "<b>", "s")._repr_mimebundle_()
    assert "<b>" not in bundle["text/html"]
    assert bundle[exhibits.MEDIA.format("download")]["files"] == {"a.csv": "x"}


@pytest.mark.parametrize(
    ("most", "axis"), [(644, "persons"), (23_910, "thousand persons"), (3e6, "million persons")]
)
def test_axes_of_persons_take_the_unit_that_fits(most, axis):
    """2,391 people are never 0.0024 million on an axis."""
    frame = pd.DataFrame({"refugees": [most / 2, most]}, index=pd.RangeIndex(2000, 2002))
    drawn = figures.stacked_years(
        frame, {"refugees": "refugees"}, {}, name="x", title="X", source="Source"
    )
    assert f"vertical axis in {axis}." in drawn.alt
    hosted = pd.DataFrame(
        {"asylum_iso3": ["PAK"], "persons": [most], "refugees": [most], "per_1000": [0.01]}
    )
    dots = figures.ranked_dots(hosted, {}, name="x", title="X", source="Source")
    assert f"left in {axis}," in dots.alt
    ages = pd.DataFrame({"female": [most], "male": [2.0], "unknown": [0.0]}, index=["0-4"])
    bars = figures.pyramid(ages, name="x", title="X", source="Source")
    assert f"in {axis.replace('million', 'thousand')}." in bars.alt
