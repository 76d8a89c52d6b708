"""The index page of the site, made from the manifests that lie on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis.reports.layout import Guide, environment
from analysis.reports.matrix import Matrix, Notebook
from analysis.reports.store import MANIFEST, read_manifest, write_text

TITLE = "Torkham"
SENTENCE = (
    "What is written and counted about Pakistan, the Taliban authorities in Kabul and their "
    "neighbours, as reports that anyone can check, run again for another date or state, and "
    "pass on."
)
OWN_RUNS = "Runs with changed parameters"


def build_index(root: Path, matrix: Matrix, guide: Guide) -> None:
    """Write site/index.html: one section for each notebook, one card for each report on disk.

    Reports stand in the order of reports.yml; runs with changed parameters
    have a section of their own after them.
    """
    site = root / "site"
    found = {
        f"{path.parent.parent.name}/{path.parent.name}": manifest
        for path in sorted(site.glob(f"*/*/{MANIFEST}"))
        if (manifest := read_manifest(path.parent)) and "hashes" in manifest
    }
    sections: list[dict[str, Any]] = []
    for name, notebook in matrix.notebooks.items():
        paths = [report.path for report in matrix.reports if report.notebook == name]
        cards = [_card(site, path, found[path], notebook, guide) for path in paths if path in found]
        if cards:
            sections.append({"anchor": name, "heading": notebook.question, "reports": cards})
    own = [
        _card(site, path, manifest, made_by, guide) | {"question": made_by.question}
        for path, manifest in found.items()
        if not manifest["listed"] and (made_by := matrix.notebooks.get(manifest["notebook"]))
    ]
    if own:
        sections.append({"anchor": "own-runs", "heading": OWN_RUNS, "reports": own})
    cards = [card for section in sections for card in section["reports"]]
    codes = {code for card in cards for code in card["names"]}
    html = (
        environment()
        .get_template("index.html.j2")
        .render(
            root="",
            path="index.html",
            guide=guide,
            title=TITLE,
            description=SENTENCE,
            sections=sections,
            names=sorted(((code, guide.names[code]) for code in codes), key=lambda pair: pair[1]),
            days=list(_days((card["day"] for card in cards), guide)),
        )
    )
    write_text(site / "index.html", html)


def _days(days: Iterable[str], guide: Guide) -> Iterator[tuple[str, str]]:
    """Choices of the filter: each year, and under it each day, latest first."""
    known = sorted(filter(None, set(days)), reverse=True)
    for year in dict.fromkeys(day[:4] for day in known):
        yield year, year
        yield from ((day, guide.in_words(day)) for day in known if day.startswith(year))


def _card(
    site: Path, path: str, manifest: Mapping[str, Any], notebook: Notebook, guide: Guide
) -> dict[str, Any]:
    """Content of a card. After a failure the last good version is what there is to open."""
    good = manifest if manifest["status"] == "ok" else manifest.get("last_good", {})
    error = manifest.get("error", {})
    files = sorted(good.get("files", {}))
    tables = [file for file in files if file.startswith("tables/")]
    parameters = manifest["parameters"]
    changed = {
        name: value for name, value in parameters.items() if value != notebook.defaults.get(name)
    }
    links = [(MANIFEST, "Manifest")]
    if good:
        links = [("report.html", "Report"), ("notebook.ipynb", "Notebook"), *links]
        if (site / path / "report.pdf").exists():
            links.insert(1, ("report.pdf", "PDF"))
    return {
        "title": guide.title(manifest["name"]),
        "question": "",
        "names": sorted(_codes(parameters.values()) & guide.choices),
        "day": parameters.get("as_of") or good.get("last_evidence") or "",
        "headline": good.get("headline", ""),
        "parameters": guide.words_of(changed, notebook.properties),
        "last_evidence": good.get("last_evidence"),
        "last_evidence_words": guide.in_words(good.get("last_evidence")),
        "place": place_of(error),
        "error": f"{error['type']}: {error['message']}" if error else "",
        "page": f"{path}/report.html" if good else "",
        "thumbnail": f"{path}/figures/{good['figures'][0]}.svg" if good.get("figures") else "",
        "alt": good.get("first_alt", ""),
        "links": [(f"{path}/{file}", text) for file, text in links],
        "tables": [(f"{path}/{file}", file.removeprefix("tables/")) for file in tables],
    }


def _codes(values: Iterable[Any]) -> set[str]:
    """Texts among values of parameters, those in lists included."""
    found: set[str] = set()
    for value in values:
        found |= {text for text in (value if isinstance(value, list) else [value]) if text}
    return {text for text in found if isinstance(text, str)}


def place_of(error: Mapping[str, Any]) -> str:
    """Where a report failed, in words.

    >>> [place_of({"cell": cell}) for cell in (3, "render", "write", None)]
    ['cell 3', 'rendering', 'writing', 'the engine']
    """
    cell = error.get("cell")
    if isinstance(cell, int):
        return f"cell {cell}"
    return {"render": "rendering", "write": "writing"}.get(str(cell), "the engine")
