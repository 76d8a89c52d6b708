"""Files for other programs, which lie beside the page."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

from analysis.exhibits.media import MEDIA, require


@dataclass(frozen=True)
class Download:
    """Files for other programs, as file name to text; the report writer puts them beside the page.

    Raises
    ------
    ValueError
        If caption or source is blank, or there is no file.
    """

    name: str
    files: dict[str, str]
    caption: str
    source: str

    def __post_init__(self) -> None:
        require(self.name, caption=self.caption, source=self.source, files=" ".join(self.files))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        kept = f"{self.caption}: {', '.join(self.files)}"
        return {
            "text/plain": kept,
            "text/html": (
                f'<p class="finding">{html.escape(self.caption)}</p>'
                f'<p class="source">Source: {html.escape(self.source)}</p>'
            ),
            MEDIA.format("download"): {"name": self.name, "files": self.files},
        }
