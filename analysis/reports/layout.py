"""What all pages of the site share: templates, styles, the menu, and words for codes."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Guide:
    """What the site has to know of its subject, handed in by whoever knows it.

    `names` maps a code that may stand in a parameter to its name, `homes` to
    its page, `spellings` a lower-case word to how it is written; `menu` holds
    path and text of the pages that every page leads to, `paths` the pages of
    `listing` that exist, `choices` the codes by which the index can be
    narrowed. Paths are relative to the site.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    spellings: Mapping[str, str] = field(default_factory=dict)
    homes: Mapping[str, str] = field(default_factory=dict)
    menu: tuple[tuple[str, str], ...] = ()
    paths: frozenset[str] = frozenset()
    choices: frozenset[str] = frozenset()

    def title(self, name: str) -> str:
        """Name of a report for reading; a name made by an override stays as it is.

        >>> guide = Guide(spellings={"kabul": "Kabul"})
        >>> [guide.title(name) for name in ("2025-06-01-as-kabul-tells-it", "iran", "a+b=c")]
        ['1 June 2025, as Kabul tells it', 'Iran', 'a+b=c']
        """
        if "+" in name:
            return name
        day = name[:10] if re.match(r"\d{4}-\d\d-\d\d(-|$)", name) else ""
        words = name.removeprefix(day).strip("-").split("-")
        rest = " ".join(self.spellings.get(word, word) for word in words)
        if not day:
            return rest[:1].upper() + rest[1:]
        return ", ".join(filter(None, [self.in_words(day), rest]))

    def words_of(
        self, parameters: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Parameters as a reader wants them: label, value, description, and pages of its codes.

        >>> Guide().words_of({"as_of": "2021-08-31"}, {"as_of": {"description": "last day"}})
        [{'label': 'As of', 'value': '31 August 2021', 'description': 'last day', 'pages': []}]
        """
        return [
            {
                "label": (name[:1].upper() + name[1:]).replace("_", " "),
                "value": self.in_words(value),
                "description": properties.get(name, {}).get("description", ""),
                "pages": self._pages(value),
            }
            for name, value in parameters.items()
        ]

    def _pages(self, value: Any) -> list[tuple[str, str]]:
        """Name and page of each code in a value; none where one of them has no page."""
        codes = value if isinstance(value, list) else [value]
        if not all(isinstance(code, str) and code in self.homes for code in codes):
            return []
        return [(self.names[code], self.homes[code]) for code in codes]

    def in_words(self, value: Any) -> str:
        """Value of a parameter for reading.

        >>> guide = Guide(names={"PAK": "Pakistan"})
        >>> [guide.in_words(value) for value in ("2026-03-01", ["PAK", "IEA"], [], True, 0.5)]
        ['1 March 2026', 'Pakistan, IEA', 'not set', 'yes', '0.5']
        """
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list):
            return ", ".join(map(self.in_words, value)) or "not set"
        text = "" if value is None else str(value)
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = date.fromisoformat(text)
            return f"{day.day} {day:%B %Y}"
        return self.names.get(text, text) or "not set"


@cache
def environment() -> Environment:
    """Templates of whole pages, which escape by default and know the styles."""
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for style in ("base", "report", "index", "listing"):
        pages.globals[f"{style}_css"] = Markup(_read(f"{style}.css"))  # noqa: S704 (our own files)
    script = _read("filter.js")
    pages.globals["filter_script"] = Markup(script)  # noqa: S704
    # The page allows this one script by its hash and nothing else.
    digest = hashlib.sha256(script.encode()).digest()
    pages.globals["filter_hash"] = f"sha256-{base64.b64encode(digest).decode()}"
    return pages


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8").strip()
