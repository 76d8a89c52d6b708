"""Adding a claim: the fields in the order of the codebook, and appending a row that is valid."""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis import checks, tables
from analysis.tables import TableError


def fields(root: Path | None = None) -> list[dict[str, Any]]:
    """Fields of a claim as the descriptor defines them, the id left out."""
    schema = tables.descriptor("claims", root)["schema"]
    return [field for field in schema["fields"] if field["name"] != "claim_id"]


def choices(root: Path | None = None) -> dict[str, list[str]]:
    """Values that other tables allow in a field of a claim, by name of the field."""
    codes = tables.load("codes", root)
    keys = {kind: rows["code"].drop_duplicates().tolist() for kind, rows in codes.groupby("kind")}
    actors = tables.load("actors", root)["actor_id"].tolist()
    return {
        "source_id": tables.load("sources", root)["source_id"].tolist(),
        "code": keys["event"] + keys["tie"],
        "step": keys["step"],
        "measure": keys["measure"],
        **dict.fromkeys(("actors", "recipients", "mediators", "speaker"), actors),
    }


def append_claim(claim: Mapping[str, str], root: Path | None = None) -> str:
    """Append one claim to `seeds/claims.csv` and give its new id.

    The row is tried on a copy first: the file is replaced whole, or not
    touched at all.

    Raises
    ------
    TableError
        If the ledger with this row would break a rule; names column, value
        and what was expected.
    """
    root = root or tables.find_root()
    claims = tables.load("claims", root)
    numbers = claims["claim_id"].str.slice(1).astype(int)
    claim_id = f"C{numbers.max() + 1:04d}"
    path = root / "seeds" / "claims.csv"
    with tempfile.TemporaryDirectory(dir=root / "seeds") as folder:
        trial = Path(folder)
        for part in tables.FOLDERS:
            shutil.copytree(root / part, trial / part, ignore=shutil.ignore_patterns("tmp*"))
        copy = trial / "seeds" / "claims.csv"
        with copy.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, claims.columns, restval="", lineterminator="\n")
            writer.writerow({"claim_id": claim_id, **claim})
        problems = checks.check_all(trial)
        if problems:
            raise TableError(problems)
        os.replace(copy, path)
    return claim_id
