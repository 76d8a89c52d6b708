"""The page: one H1, no network, everything described, and text stays text."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from reports import MEDIA
from reports.matrix import Report
from reports.render import RenderError, collect, page
from reports.run import Task
from reports.site import Guide

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 2"><title>t</title></svg>'
PNG = base64.b64encode(b"a picture").decode()
HOW = "## Ties\nHow to read it."
GUIDE = Guide(
    names={"PAK": "Pakistan & co"},
    homes={"PAK": "ledger/actors.html#PAK"},
    menu=(("ledger/claims.html", "Claims"),),
    paths=frozenset({"ledger/actors.html"}),
)


def shown(data: dict[str, Any], **metadata: Any) -> NotebookNode:
    return new_output("display_data", data=data, metadata=metadata)


def headline(text: str = "China brokers three of four talks.") -> NotebookNode:
    html = f"<p class='headline'>{escape(text)}</p>"
    return shown({"text/html": html, MEDIA.format("headline"): {"text": text}})


def evidence(*claims: str, last: str | None = None, tables: tuple[str, ...] = ()) -> NotebookNode:
    files = [f"seeds/{table}.csv" for table in tables]
    told = {"claims": claims, "tables": tables, "files": files, "last_evidence": last}
    return shown({"text/html": "<ul></ul>", MEDIA.format("evidence"): told})


def figure(name: str = "ties", **changes: Any) -> NotebookNode:
    said = {"name": name, "title": "Ties", "alt": "Dots", "source": "ledger", "table": "a\n1\n"}
    data = {
        "text/html": f'<figure class="exhibit"><img alt="Dots" src="data:image/png;base64,{PNG}">'
        "<figcaption>Ties</figcaption></figure>",
        "image/svg+xml": SVG,
        "image/png": PNG,
        MEDIA.format("figure"): said,
    }
    return shown({mime: content for mime, content in (data | changes).items() if content})


def table(name: str = "claims", html: str = "<table><tr><td>1</td></tr></table>") -> NotebookNode:
    said = {"name": name, "caption": 'All "claims"', "source": "ledger", "table": "b\n2\n"}
    return shown({"text/html": html, MEDIA.format("table"): said})


def notebook(
    *outputs: NotebookNode, markdown: str = HOW, code: str = "draw(1 < 2)"
) -> NotebookNode:
    return new_notebook(
        cells=[
            new_markdown_cell("# Who brokers?\nDrawn from *claims*."),
            new_markdown_cell(markdown),
            new_code_cell("as_of = 1", metadata={"tags": ["injected-parameters"]}),
            *[new_code_cell(code, outputs=[output]) for output in outputs],
        ],
        metadata={"language_info": {"name": "python", "pygments_lexer": "ipython3"}},
    )


def rendered(*outputs: NotebookNode, parameters: Any = None, **cells: str) -> BeautifulSoup:
    node = notebook(*outputs, evidence(), **cells)
    told = {"question": "Who brokers?", "parameters": parameters or {}}
    properties = {"as_of": {"description": "last day <counted>"}}
    report = Report("network", "2025", {}, listed=True)
    html = page(node, *collect(node), Task(Path(), report, told, properties, GUIDE, 60))
    assert html.startswith("<!doctype html>")
    return BeautifulSoup(html, "html.parser")


def refusal(*outputs: NotebookNode, **cells: str) -> str:
    with pytest.raises(RenderError) as error:
        rendered(*outputs, **cells)
    return str(error.value)


def test_the_page_says_what_it_is() -> None:
    soup = rendered(headline(), parameters={"as_of": "2025-06-01", "state": "PAK"})
    assert soup.html["lang"] == "en"
    assert [h1.text for h1 in soup("h1")] == ["Who brokers?"]
    assert soup.title.text == "Who brokers? 2025"
    description = soup.find("meta", attrs={"name": "description"})
    assert description["content"] == "China brokers three of four talks."
    assert soup.find("meta", attrs={"name": "viewport"})
    assert soup.find("a", class_="skip")["href"] == f"#{soup.main['id']}"
    assert "Drawn from" in soup.main.text
    assert [soup.dl.dt.text, soup.dl.dd.text] == ["As of", "1 June 2025 last day <counted>"]
    assert soup.dl("a")[0]["href"] == "../../ledger/actors.html#PAK"


@pytest.mark.parametrize("outputs", [[], [headline(), headline()]])
def test_there_is_exactly_one_headline(outputs: list[NotebookNode]) -> None:
    assert f"{len(outputs)} headlines; expected exactly one" in refusal(*outputs)


def test_there_is_evidence_gathered_over_all_cells() -> None:
    with pytest.raises(RenderError, match="no evidence; expected a last cell"):
        collect(notebook(headline()))
    told = [
        evidence("C2", "C1", last="2025-05-30", tables=("claims",)),
        evidence("C2", tables=("returns",)),
        evidence("C3", last="2024-12-31"),
    ]
    found, _ = collect(notebook(headline(), *told))
    assert found["claims"] == ["C1", "C2", "C3"] and found["tables"] == ["claims", "returns"]
    assert found["reads"] == ["seeds/claims.csv", "seeds/returns.csv"]
    time = rendered(headline(), *told).header.time
    assert (time["datetime"], time.text) == ("2025-05-30", "30 May 2025")


def test_exhibits_become_files_with_links_below_them() -> None:
    download = {"name": "network", "files": {"network.graphml": "<graphml/>", "ties.csv": "a\n"}}
    files = shown({"text/html": "<p>Two forms.</p>", MEDIA.format("download"): download})
    outputs = [headline(), figure(), table(), files]
    assert collect(notebook(*outputs, evidence()))[1] == {
        "figures/ties.svg": SVG.encode(),
        "figures/ties.png": b"a picture",
        "tables/ties.csv": b"a\n1\n",
        "tables/claims.csv": b"b\n2\n",
        "exports/network.graphml": b"<graphml/>",
        "exports/ties.csv": b"a\n",
    }
    lines = [[a["href"] for a in line("a")] for line in rendered(*outputs).main(class_="files")]
    assert lines == [
        ["tables/ties.csv", "figures/ties.svg", "figures/ties.png"],
        ["tables/claims.csv"],
        ["exports/network.graphml", "exports/ties.csv"],
    ]


STRAY = {"name": "x", "files": {"../../index.html": "x"}}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (figure("../x"), "figures/../x.svg: expected a name of letters"),
        (figure("Ties"), "figures/Ties.svg: two exhibits have this name; rename one"),
        (table("ties"), "tables/ties.csv: two exhibits have this name"),
        (figure("x", **{"image/png": None}), "figures/x came without a readable 'image/png'"),
        (figure("x", **{"image/png": "abc"}), "figures/x came without a readable"),
        (shown({MEDIA.format("download"): STRAY}), "expected a name of letters"),
        (shown({"image/png": PNG}), "a picture without words; show it through a Figure"),
        (shown({"image/svg+xml": SVG}), "a picture without words"),
        (shown({"text/html": '<img src="data:,">'}), "a picture without words"),
        (shown({"text/html": '<img alt=" " src="data:,">'}), "a picture without words"),
        (
            shown({"text/html": '<img alt="No description has been provided for this image">'}),
            "a picture without words",
        ),
        (
            shown({"text/html": "<script>1</script>"}),
            "<script: opens nowhere but here; show a figure",
        ),
        (shown({"text/html": '<iframe src="x"></iframe>'}), "<iframe: opens nowhere but here"),
        (shown({"text/html": '<img alt="x" src="https://a.b/c">'}), "would ask the network"),
        (shown({"text/html": '<link href="//a.b/c.css">'}), "would ask the network; embed it"),
    ],
)
def test_a_faulty_output_fails_the_report_and_its_cell_is_named(
    output: NotebookNode, expected: str
) -> None:
    said = refusal(headline(), figure(), output)
    assert said.startswith("cell 3: ") and expected in said


def test_what_markdown_must_not_hold_is_refused_too() -> None:
    said = refusal(headline(), markdown="# Again")
    assert "a second H1; use ## for sections, # for the question alone" in said
    assert "would ask the network" in refusal(headline(), markdown="![x](https://a.b/c.png)")
    said = refusal(headline(), shown({"text/html": "<h1>Again</h1>"}))
    assert said.startswith("cell 2: <h1>: a second H1")


def test_plain_outputs_are_escaped_and_html_is_not() -> None:
    soup = rendered(
        headline(),
        shown({"text/plain": "<i>plain</i>"}),
        new_output("stream", text="\x1b[31m<i>stream</i>\x1b[0m"),
        shown({"text/html": "<strong>rich</strong>", "text/plain": "poor", "image/svg+xml": SVG}),
    )
    plain = [pre.text for pre in soup.main("pre", class_="output")]
    assert plain == ["<i>plain</i>", "<i>stream</i>"]
    assert soup.main.strong.find_parent(class_="output").text.strip() == "rich"


def test_a_described_picture_without_html_is_shown() -> None:
    soup = rendered(headline(), shown({"image/png": PNG}, **{"image/png": {"alt": 'A "dot"'}}))
    assert (soup.img["alt"], soup.img["src"]) == ('A "dot"', f"data:image/png;base64,{PNG}")


def test_a_page_asks_nothing_of_the_network() -> None:
    soup = rendered(headline(), figure(), markdown="## A\n[link](https://example.org)")
    loaded = soup(["script", "img", "link", "iframe", "source", "object"])
    addresses = [tag.get("src") or tag.get("href") for tag in loaded]
    assert len(addresses) == 2 and all(address.startswith("data:") for address in addresses)
    assert "url(" not in soup.style.text and "@import" not in soup.style.text
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert "default-src 'none'" in policy and "http" not in policy


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
    # A screen reader would read a pilcrow out with every heading.
    assert "¶" not in soup.text and not soup(class_="anchor-link")


def test_what_has_a_page_of_its_own_leads_there() -> None:
    marked = (
        '<b data-page="ledger/actors.html#PAK">PAK</b> '
        '<span data-page="ledger/gone.html">PAK</span>'
    )
    output = rendered(headline(), shown({"text/html": marked})).main.find_all(class_="output")[0]
    (link,) = output("a")
    assert (link["href"], link.text) == ("../../ledger/actors.html#PAK", "Pakistan & co")
    assert output.text.strip() == "Pakistan & co Pakistan & co"


def test_tables_scroll_in_boxes_that_the_keyboard_reaches() -> None:
    own = '<div role="region" tabindex="0" aria-label="x"><table></table></div>'
    soup = rendered(headline(), table(), table("own", own), markdown="| a |\n|---|\n| 1 |")
    labels = [box["aria-label"] for box in soup.main(attrs={"role": "region", "tabindex": "0"})]
    assert labels == ["Table", 'Table: All "claims"', "x"]
    assert all(each.find_parent(attrs={"role": "region"}) for each in soup.main("table"))
    assert [th["scope"] for th in soup.main("th")] == ["col"]


def test_a_frame_that_is_shown_as_it_is_becomes_a_table_for_everyone() -> None:
    flat = pd.DataFrame({"a": [1, 2], "b": ["<x>", None]})
    nested = pd.DataFrame(
        [[1, 2], [3, 4]],
        index=pd.MultiIndex.from_product([["PAK"], [2024, 2025]], names=["state", "year"]),
        columns=pd.MultiIndex.from_product([["persons"], ["low", "high"]]),
    )
    frames = [shown({"text/html": frame._repr_html_()}) for frame in (flat, flat, nested)]
    soup = rendered(headline(), *frames, code="import x\nclaims.head()")
    tables = soup.main("table")
    labels = [each["aria-label"] for each in tables]
    assert labels[:2] == ["Table: claims.head()", "Table: claims.head() (2)"]
    assert len({box["aria-label"] for box in soup.main(attrs={"role": "region"})}) == 3
    for each in tables:
        assert not each.find_all("style") and "border" not in each.attrs
        assert {th["scope"] for th in each.thead("th")} == {"col"}
        assert {th["scope"] for th in each.tbody("th")} == {"row"}
        assert all(th.text.strip() for th in each("th")), "an empty header cell"
    assert tables[2].tbody.th["rowspan"] == "2"
    assert tables[2].thead("th")[0].get("halign") is None
