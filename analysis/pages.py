"""Pages beside the reports: every claim under its source, every actor, method and limits."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis import coding
from analysis.ledger import UNSOURCED, Ledger, load
from analysis.words import count, day
from reports.site import Guide, Page, Section, Surroundings

TITLE = "Torkham"
SUMMARY = (
    "What is written and counted about Pakistan, the Taliban authorities in Kabul and their "
    "neighbours, as reports that anyone can check, run again for another date or state, and "
    "pass on."
)
CLAIMS, ACTORS, METHOD = "ledger/claims.html", "ledger/actors.html", "method.html"
# What the page on method shows, each told in one place only.
METHOD_PARTS = {
    "seeds/CODEBOOK.md": (
        "What a claim is", "How firm: `modality`", "How ties follow from claims", "Reliability",
    ),
    "README.md": (
        "How one claim is coded", "Limits", "Data and licences", "Glossary", "How to cite",
    ),
}  # fmt: skip
# Files of which the pages are made.
READS = (*(f"seeds/{name}.csv" for name in coding.LEDGER), *METHOD_PARTS)


def surroundings(root: Path) -> Surroundings:
    """Pages by path, and what the site has to know of the ledger: names, spellings, menu.

    Made of the whole ledger: what is only remembered stands under a heading of
    its own and with no actor.

    Raises
    ------
    TableError
        If the ledger is broken.
    ValueError
        If a section that the page on method shows is no longer there.
    """
    book = load(root, include_unconfirmed=True)
    made = {CLAIMS: claims(book), ACTORS: actors(book), METHOD: method(root)}
    names = book.names()
    titles = dict(zip(book.sources["source_id"], book.sources["title"], strict=True))
    written = " ".join([*book.actors["name"], *book.actors["aliases"]])
    spellings = {word.lower(): word for word in re.findall(r"\b[^\W\d_]+", written)}
    guide = Guide(
        title=TITLE,
        summary=SUMMARY,
        names=names | titles,
        spellings={low: word for low, word in spellings.items() if low != word},
        homes={name: f"{ACTORS}#{name}" for name in names}
        | {name: f"{CLAIMS}#{name}" for name in titles},
        menu=((CLAIMS, "Claims"), (ACTORS, "Actors"), (METHOD, "Method")),
        paths=frozenset(made),
        choices=frozenset(names),
    )
    return Surroundings(guide, made, made_by=(__name__,), reads=READS)


def claims(book: Ledger) -> Page:
    """Page of all claims as one reads the documents: newest source first, then by paragraph.

    Each claim and each source is an anchor by its id; a denial and what it
    answers, and claims on one occurrence, lead to each other.

    >>> page = claims(load())
    >>> '<li id="C0098">' in "".join(section.html for section in page.sections)
    True
    """
    rows = book.rows.sort_values(["paragraph", "claim_id"])
    # 0 is the heading, or a source without paragraphs.
    rows["paragraph"] = rows["paragraph"].fillna(0)
    sources = book.sources.sort_values(["published", "source_id"], ascending=[False, True])
    year = sources["published"].str[:4].mask(sources["source_id"] == UNSOURCED, "Only remembered")
    template = _templates().get_template("claims.html.j2")
    about = {
        "names": book.names(),
        "claims": {name: part.to_dict("records") for name, part in rows.groupby("source_id")},
        "answered": rows.groupby("answers")["claim_id"].agg(list).to_dict(),
        "same": rows.groupby("occurrence")["claim_id"].agg(list).to_dict(),
    }
    sections = []
    for heading, part in sources.groupby(year, sort=False):
        html = template.render(sources=part.to_dict("records"), **about)
        sections.append(Section(f"from-{heading[:4]}", heading, html=Markup(html)))
    summary = f"{count(len(rows), 'claim')} from {count(len(sources), 'document')}, newest first."
    return Page("All claims", summary, sections=tuple(sections))


def actors(book: Ledger) -> Page:
    """Page of all actors by kind, each with what it is and the claims that name it, by year.

    >>> [section.heading for section in actors(load()).sections][:2]
    ['State', 'People']
    """
    rows = book.rows[book.rows["source_id"] != UNSOURCED].sort_values(["day", "claim_id"])
    parts = rows["actors"].str.cat(rows[["recipients", "mediators", "speaker"]], sep=";")
    named = rows.assign(
        year=rows["day"].dt.year,
        party=parts.str.split(";").map(lambda ids: list(dict.fromkeys(filter(None, ids)))),
    ).explode("party")[["party", "claim_id", "year"]]
    about = {
        "names": book.names(),
        "claims": {actor: part.to_dict("records") for actor, part in named.groupby("party")},
    }
    template = _templates().get_template("actors.html.j2")
    sections = []
    for kind, part in book.actors.groupby("kind", sort=False):
        html = template.render(actors=part.to_dict("records"), **about)
        heading = str(kind).replace("_", " ").capitalize()
        sections.append(Section(f"kind-{kind}", heading, html=Markup(html)))
    summary = f"{count(len(book.actors), 'actor')} that claims may name, by kind."
    return Page("All actors", summary, sections=tuple(sections))


def method(root: Path) -> Page:
    """Page of the sections in `METHOD_PARTS`, read from the files of a project.

    Raises
    ------
    ValueError
        If one of the sections is no longer there.
    """
    import mistune

    markdown = mistune.create_markdown(plugins=["table"])
    sections = []
    parts = [(file, heading) for file, headings in METHOD_PARTS.items() for heading in headings]
    for number, (file, heading) in enumerate(parts, 1):
        words = heading.replace("`", "")
        text = _part(root / file, heading)
        if heading == "Glossary":
            # One paragraph of terms becomes a list.
            text = re.sub(r"(?:^|(?<=\. ))(\*\*[^*]+\*\*: )", r"\n- \1", text, flags=re.MULTILINE)
        # Files of the repository do not come with the site.
        text = re.sub(r"\[([^\]]*)\]\((?!https?:)[^)]*\)", r"\1", text)
        html = re.sub(r"<th\b", '<th scope="col"', str(markdown(text)))
        box = f'<div class="scroll" role="region" tabindex="0" aria-label="Table: {words}"><table>'
        html = html.replace("<table>", box).replace("</table>", "</table></div>")
        sections.append(Section(f"part-{number}", words, html=Markup(html)))
    summary = "How what sources say becomes ties and numbers, and what that cannot show."
    return Page("Method, limits, glossary", summary, sections=tuple(sections))


def _templates() -> Environment:
    """Templates of this module: markup stands there, and whatever the ledger says is escaped."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    made.filters |= {"day": day, "count": count}
    return made


def _part(path: Path, heading: str) -> str:
    """Text of a section of a Markdown file, by its heading without its number."""
    text = path.read_text(encoding="utf-8")
    pattern = rf"^## (?:\d+\. )?{re.escape(heading)}\n(.*?)(?=^## |\Z)"
    found = re.search(pattern, text, flags=re.DOTALL | re.MULTILINE)
    if found is None:
        raise ValueError(
            f"{path}: no section {heading!r}, which the page on method shows; "
            "see METHOD_PARTS in analysis/pages.py"
        )
    return found[1]
