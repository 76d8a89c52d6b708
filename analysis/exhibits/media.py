"""What all exhibits share: media types, names and words that must be there, tables as CSV."""

from __future__ import annotations

import re

import pandas as pd

MEDIA = "application/vnd.torkham.{}+json"
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")


def to_csv(frame: pd.DataFrame) -> str:
    """Frame as CSV text: lists joined by `;`, a named index kept as a column."""
    kept = frame.reset_index() if frame.index.name or frame.index.nlevels > 1 else frame
    flat = kept.map(lambda value: ";".join(value) if isinstance(value, list) else value)
    return str(flat.to_csv(index=False, lineterminator="\n"))


def require(name: str, **words: str) -> None:
    """Refuse an exhibit without a plain name or without its words.

    Raises
    ------
    ValueError
        If the name is no slug, or one of the words is blank.
    """
    if not _SLUG.fullmatch(name):
        raise ValueError(f"name {name!r}: expected lower-case letters, digits and hyphens")
    for field_name, value in words.items():
        if not value.strip():
            raise ValueError(f"{field_name} of {name!r} is blank; every exhibit needs one")
