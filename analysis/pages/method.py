"""Page on method, limits and glossary, made of what README and codebook say."""

from __future__ import annotations

import re
from pathlib import Path

from markupsafe import Markup
from nbconvert.filters.markdown import markdown2html

from analysis.reports.listing import Page, Section

# What the page on method shows, each told in one place only.
METHOD_PARTS = (
    ("README.md", "How one claim is coded"),
    ("seeds/CODEBOOK.md", "What a claim is"),
    ("seeds/CODEBOOK.md", "How firm: `modality`"),
    ("seeds/CODEBOOK.md", "How ties follow from claims"),
    ("seeds/CODEBOOK.md", "Reliability"),
    ("README.md", "Limits"),
    ("README.md", "Data and licences"),
    ("README.md", "Glossary"),
    ("README.md", "How to cite"),
)


def method(root: Path) -> Page:
    """Page of the sections in `METHOD_PARTS`, read from the files of a project.

    Raises
    ------
    ValueError
        If one of the sections is no longer there.
    """
    sections = []
    for number, (file, heading) in enumerate(METHOD_PARTS, 1):
        words = heading.replace("`", "")
        text = _part(root / file, heading)
        if heading == "Glossary":
            # One paragraph of terms becomes a list.
            text = re.sub(r"(?:^|(?<=\. ))(\*\*[^*]+\*\*: )", r"\n- \1", text, flags=re.MULTILINE)
        html = _html(text, words)
        sections.append(Section(f"part-{number}", words, (), html))
    return Page(
        "Method, limits, glossary",
        "How what sources say becomes ties and numbers, and what that cannot show.",
        (),
        tuple(sections),
    )


def _part(path: Path, heading: str) -> str:
    """Text of a section of a Markdown file, by its heading without its number."""
    text = path.read_text(encoding="utf-8")
    pattern = rf"^## (?:\d+\. )?{re.escape(heading)}\n(.*?)(?=^## |\Z)"
    found = re.search(pattern, text, flags=re.DOTALL | re.MULTILINE)
    if found is None:
        raise ValueError(
            f"{path}: no section {heading!r}, which the page on method shows; "
            "see METHOD_PARTS in analysis/pages/method.py"
        )
    return found[1]


def _html(text: str, name: str) -> Markup:
    # Files of the repository do not come with the site.
    text = re.sub(r"\[([^\]]*)\]\((?!https?:)[^)]*\)", r"\1", text)
    html = str(markdown2html(text)).replace("<th>", '<th scope="col">')
    box = f'<div class="scroll" role="region" tabindex="0" aria-label="Table: {name}"><table>'
    return Markup(html.replace("<table>", box).replace("</table>", "</table></div>"))  # noqa: S704
