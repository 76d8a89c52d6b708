"""Torkham: from coded claims and counted people to reports that anyone can check."""

from pathlib import Path


def find_root() -> Path:
    """Project folder: the nearest one above the working folder that holds `seeds/`.

    Found from where the user stands, like git, so that a copy of the project
    reads its own tables; else the checkout that this package lies in.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "seeds" / "datapackage.json").is_file():
            return folder
    return Path(__file__).resolve().parents[1]
