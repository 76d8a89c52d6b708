"""Computed sentences: findings, and the headline of a notebook."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

from analysis.exhibits.media import MEDIA


@dataclass(frozen=True)
class Finding:
    """A sentence computed from the data of this run."""

    text: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {
            "text/plain": self.text,
            "text/html": f'<p class="finding">{html.escape(self.text)}</p>',
        }


@dataclass(frozen=True)
class Headline:
    """The first finding of a notebook; it also goes into the manifest and onto the index page."""

    text: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {
            "text/plain": self.text,
            "text/html": f'<p class="headline">{html.escape(self.text)}</p>',
            MEDIA.format("headline"): {"text": self.text},
        }
