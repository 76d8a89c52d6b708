"""The page: one H1, no network, everything described, and text stays text."""

import base64
from typing import Any

import pytest
from bs4 import BeautifulSoup
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from analysis.reports.layout import Guide
from analysis.reports.render import MIME, RenderError, collect, page

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 2"><title>t</title></svg>'
PNG = base64.b64encode(b"a picture").decode()

GUIDE = Guide(
    names={"PAK": "Pakistan & co"},
    homes={"PAK": "ledger/actors/PAK.html"},
    menu=(("ledger/index.html", "Sources"),),
    paths=frozenset({"ledger/actors/PAK.html"}),
)


def shown(data: dict[str, Any], **metadata: Any) -> NotebookNode:
    return new_output("display_data", data=data, metadata=metadata)


def headline(text: str = "China brokers three of four talks.") -> NotebookNode:
    return shown({"text/html": f"<p class='headline'>{text}</p>", MIME["headline"]: {"text": text}})


def figure(name: str = "ties", **changes: Any) -> NotebookNode:
    said = {"name": name, "title": "Ties", "alt": "Dots", "source": "ledger", "table": "a\n1\n"}
    data = {
        "text/html": f'<figure class="exhibit"><img alt="Dots" src="data:image/png;base64,{PNG}">'
        "<figcaption>Ties</figcaption></figure>",
        "image/svg+xml": SVG,
        "image/png": PNG,
        MIME["figure"]: said,
    }
    return shown({mime: content for mime, content in (data | changes).items() if content})


def table(name: str = "claims", html: str = "<table><tr><td>1</td></tr></table>") -> NotebookNode:
    said = {"name": name, "caption": 'All "claims"', "source": "ledger", "table": "b\n2\n"}
    return shown({"text/html": html, MIME["table"]: said})


def notebook(*outputs: NotebookNode, markdown: str = "## Ties\nHow to read it.") -> NotebookNode:
    return new_notebook(
        cells=[
            new_markdown_cell("# Who brokers?\nDrawn from *claims*."),
            new_markdown_cell(markdown),
            *[new_code_cell("draw(1 < 2)", outputs=[output]) for output in outputs],
        ],
        metadata={"language_info": {"name": "python", "pygments_lexer": "ipython3"}},
    )


def rendered(
    *outputs: NotebookNode, markdown: str = "## Ties\nHow to read it.", **parameters: Any
) -> BeautifulSoup:
    node = notebook(*outputs, markdown=markdown)
    properties = {"as_of": {"description": "last day <counted>"}}
    html = page(node, collect(node), "Who brokers?", "2025", parameters, properties, GUIDE)
    assert html.startswith("<!doctype html>")
    return BeautifulSoup(html, "html.parser")


def test_the_page_says_what_it_is() -> None:
    soup = rendered(headline(), as_of="2025-06-01")
    assert soup.html["lang"] == "en"
    assert [h1.text for h1 in soup("h1")] == ["Who brokers?"]
    assert soup.title.text == "Who brokers? 2025"
    description = soup.find("meta", attrs={"name": "description"})
    assert description["content"] == "China brokers three of four talks."
    assert soup.find("meta", attrs={"name": "viewport"})
    assert soup.find("a", class_="skip")["href"] == f"#{soup.main['id']}"
    assert "Drawn from" in soup.main.text
    assert [soup.dl.dt.text, soup.dl.dd.text] == ["As of", "1 June 2025 last day <counted>"]


def test_the_headline_stands_on_top_and_its_code_below() -> None:
    soup = rendered(headline("Three & four <b>"))
    assert soup.header.find(class_="headline").text == "Three & four <b>"
    assert not soup.main.find(class_="headline")
    assert soup.main.details.summary.text == "Code"
    assert "draw(1 < 2)" in soup.main.details.pre.text


@pytest.mark.parametrize("outputs", [[], [headline(), headline()]])
def test_there_is_exactly_one_headline(outputs: list[NotebookNode]) -> None:
    with pytest.raises(RenderError, match=f"{len(outputs)} headlines; expected exactly one"):
        collect(notebook(*outputs))


def test_exhibits_become_files_with_links_below_them() -> None:
    node = notebook(headline(), figure(), table())
    assert collect(node).files == {
        "figures/ties.svg": SVG.encode(),
        "figures/ties.png": b"a picture",
        "tables/ties.csv": b"a\n1\n",
        "tables/claims.csv": b"b\n2\n",
    }
    lines = [
        [link["href"] for link in line("a")]
        for line in rendered(headline(), figure(), table()).main(class_="files")
    ]
    assert lines == [
        ["tables/ties.csv", "figures/ties.svg", "figures/ties.png"],
        ["tables/claims.csv"],
    ]


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ([figure(), figure()], "figures/ties.svg: two figures or tables have this name"),
        ([figure(), table("ties")], "tables/ties.csv: two figures or tables"),
        ([figure(), table("TIES")], "tables/TIES.csv: two figures or tables"),
        ([table("../../index")], r"tables/\.\./\.\./index.csv: expected a name"),
        ([figure(**{"image/png": None})], "'ties' came without a readable 'image/png'"),
        ([figure(**{"image/svg+xml": None})], "'ties' came without a readable 'image/svg"),
    ],
)
def test_a_faulty_exhibit_fails_the_report(outputs: list[NotebookNode], expected: str) -> None:
    with pytest.raises(RenderError, match=expected):
        collect(notebook(headline(), *outputs))


def test_evidence_is_gathered_over_all_cells() -> None:
    says = [
        {"claims": ["C2", "C1"], "tables": ["claims"], "last_evidence": "2025-05-30"},
        {"claims": ["C2"], "tables": ["returns"], "last_evidence": None},
        {"claims": ["C3"], "tables": [], "last_evidence": "2024-12-31"},
    ]
    evidence = [shown({"text/html": "<ul></ul>", MIME["evidence"]: said}) for said in says]
    findings = collect(notebook(headline(), *evidence))
    assert findings.claims == {"C1", "C2", "C3"}
    assert findings.tables == {"claims", "returns"}
    assert findings.last_evidence == "2025-05-30"
    time = rendered(headline(), *evidence).header.time
    assert (time["datetime"], time.text) == ("2025-05-30", "30 May 2025")


def test_parameters_are_shown_as_text() -> None:
    hostile = '<script>alert(1)</script> **bold** $(reboot) {{ 7 * 7 }} "quoted" &amp;'
    soup = rendered(headline(hostile), speaker=hostile)
    assert soup.dl.dd.text == hostile
    assert soup.header.find(class_="headline").text == hostile
    assert soup.find("meta", attrs={"name": "description"})["content"] == hostile
    assert not soup("script")


def test_plain_outputs_are_escaped_and_html_is_not() -> None:
    soup = rendered(
        headline(),
        shown({"text/plain": "<i>plain</i>"}),
        new_output("stream", text="\x1b[31m<i>stream</i>\x1b[0m"),
        shown({"text/html": "<strong>rich</strong>", "text/plain": "poor", "image/svg+xml": SVG}),
    )
    assert [pre.text for pre in soup.main("pre", class_="output")] == [
        "<i>plain</i>",
        "<i>stream</i>",
    ]
    assert soup.main.strong.find_parent(class_="output").text.strip() == "rich"


def test_a_described_picture_without_html_is_shown() -> None:
    soup = rendered(headline(), shown({"image/png": PNG}, **{"image/png": {"alt": 'A "dot"'}}))
    assert (soup.img["alt"], soup.img["src"]) == ('A "dot"', f"data:image/png;base64,{PNG}")


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (shown({"image/png": PNG}), "an <img> without alt text"),
        (shown({"image/svg+xml": SVG}), "an <img> without alt text"),
        (shown({"text/html": '<img src="data:,">'}), "an <img> without alt text"),
        (shown({"text/html": '<img alt=" " src="data:,">'}), "an <img> without alt text"),
        (shown({"text/html": "<h1>Again</h1>"}), "2 H1 headings; expected exactly one"),
        (shown({"text/html": "<script>1</script>"}), "a <script>"),
        (shown({"text/html": '<iframe src="x"></iframe>'}), "a <iframe>"),
        (shown({"text/html": '<img alt="x" src="https://a.b/c">'}), "would ask the network"),
        (shown({"text/html": '<link href="//a.b/c.css">'}), "would ask the network"),
    ],
)
def test_a_page_that_breaks_a_rule_fails(output: NotebookNode, expected: str) -> None:
    with pytest.raises(RenderError, match=expected):
        rendered(headline(), output)


def test_a_page_asks_nothing_of_the_network() -> None:
    soup = rendered(headline(), figure(), markdown="## A\n[link](https://example.org)")
    loaded = [
        tag.get("src") or tag.get("href")
        for tag in soup(["script", "img", "link", "iframe", "source", "object"])
    ]
    assert len(loaded) == 2
    assert all(address.startswith("data:") for address in loaded)
    assert "url(" not in soup.style.text
    assert "@import" not in soup.style.text
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_contents_lead_to_every_second_level_heading() -> None:
    soup = rendered(headline(), markdown="## Ties & signs\n## Ties & signs\n### Deeper\n## Main")
    links = [(link["href"], link.text) for link in soup.find("nav", class_="contents")("a")]
    assert links == [
        ("#ties-signs", "Ties & signs"),
        ("#ties-signs-2", "Ties & signs"),
        ("#main-2", "Main"),
    ]
    ids = [tag["id"] for tag in soup(id=True)]
    assert len(ids) == len(set(ids))
    assert {address.removeprefix("#") for address, _ in links} <= set(ids)


def test_headings_have_no_link_that_is_read_aloud() -> None:
    soup = rendered(headline(), markdown="## Ties\n### Deeper")
    assert "¶" not in soup.text
    assert not soup(class_="anchor-link")


def test_tables_scroll_in_boxes_that_the_keyboard_reaches() -> None:
    own = '<div role="region" tabindex="0" aria-label="x"><table></table></div>'
    soup = rendered(headline(), table(), table("own", own), markdown="| a |\n|---|\n| 1 |")
    labels = [box["aria-label"] for box in soup.main(attrs={"role": "region", "tabindex": "0"})]
    assert labels == ["Table", 'All "claims"', "x"]
    assert all(each.find_parent(attrs={"role": "region"}) for each in soup.main("table"))


def test_files_for_other_programs_lie_beside_the_page() -> None:
    said = {"name": "network", "files": {"network.graphml": "<graphml/>", "ties.csv": "a\n"}}
    output = shown({"text/html": "<p>Four forms.</p>", MIME["download"]: said})
    findings = collect(notebook(headline(), output))
    assert findings.files["exports/network.graphml"] == b"<graphml/>"
    links = {a["href"] for a in rendered(headline(), output)("a")}
    assert {"exports/network.graphml", "exports/ties.csv"} <= links
    stray = shown({MIME["download"]: said | {"files": {"../../index.html": "x"}}})
    with pytest.raises(RenderError, match="expected a name"):
        collect(notebook(headline(), stray))
