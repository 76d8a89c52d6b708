"""Where the project lies: the folder whose tables and notebooks a command works on."""

from __future__ import annotations

from pathlib import Path


def find_root(start: Path | None = None) -> Path:
    """Project folder: the nearest one above the working folder that holds `seeds/`.

    Found from where the user stands, like git, so that a copy of the project
    reads its own tables; else the checkout that this package lies in.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "seeds" / "datapackage.json").is_file():
            return folder
    return Path(__file__).resolve().parents[1]
