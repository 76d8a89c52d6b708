"""Rules of the ledger that no single descriptor can see, and how a claim is appended."""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import tables
from analysis.dates import DateError, first_day, last_day, possible_days
from analysis.tables import Problem, TableError

LEDGER = ("sources", "actors", "codes", "claims")
LISTS = ("actors", "recipients", "mediators")


def check_all(root: Path | None = None) -> list[Problem]:
    """Faults of every table against its descriptor, and of the ledger across its tables.

    The ledger's own rules are tried once its tables have passed alone.
    """
    problems = tables.check(root)
    if problems:
        return problems
    ledger = [tables.load(name, root) for name in LEDGER]
    published = tables.load("published", root)
    return check(*ledger) + list(_unknown_claims(published, set(ledger[3]["claim_id"])))


def check(
    sources: pd.DataFrame, actors: pd.DataFrame, codes: pd.DataFrame, claims: pd.DataFrame
) -> list[Problem]:
    """Faults across the four tables; each names the row of the file, the header being row 1.

    The frames are those of `tables.load`, so that each has passed its own
    descriptor already.
    """
    return [
        *_misplaced_actors(claims, set(actors["actor_id"])),
        *_unknown_codes(claims, codes),
        *_incomplete_figures(claims, codes),
        *_impossible_dates({"claims": claims, "sources": sources, "actors": actors}),
        *_crossed_answers(claims),
    ]


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
        **dict.fromkeys((*LISTS, "speaker"), actors),
    }


def append_claim(claim: Mapping[str, str], root: Path | None = None) -> str:
    """Id of a claim that is appended to `seeds/claims.csv`.

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
        problems = check_all(trial)
        if problems:
            raise TableError(problems)
        os.replace(copy, path)
    return claim_id


def _unknown_claims(published: pd.DataFrame, allowed: set[str]) -> Iterator[Problem]:
    for row, text in published["bears_on"].items():
        for claim in filter(None, text.split(";")):
            if claim not in allowed:
                expected = f"not in claims.csv, column claim_id{tables.nearest(claim, allowed)}"
                yield Problem("data/published.csv", int(str(row)) + 2, "bears_on", claim, expected)


def _misplaced_actors(claims: pd.DataFrame, allowed: set[str]) -> Iterator[Problem]:
    for column in LISTS:
        for row, text in claims[column].items():
            ids = [actor for actor in text.split(";") if actor]
            for actor in ids:
                if actor not in allowed:
                    expected = f"not in actors.csv, column actor_id{tables.nearest(actor, allowed)}"
                    yield _fault("claims", row, column, actor, expected)
            if len(ids) != len(set(ids)):
                yield _fault("claims", row, column, text, "names an actor twice")
    for row, actors, recipients in claims[["actors", "recipients"]].itertuples():
        both = set(actors.split(";")) & set(recipients.split(";"))
        if both:
            expected = "an actor cannot be its own recipient; a joint act has no recipients"
            yield _fault("claims", row, "recipients", min(both), expected)


def _unknown_codes(claims: pd.DataFrame, codes: pd.DataFrame) -> Iterator[Problem]:
    allowed = {kind: set(rows["code_key"]) for kind, rows in codes.groupby("kind")}
    # An outlook carries the code of what would happen, event or relation.
    allowed["outlook"] = allowed["event"] | allowed["tie"]
    keys = claims["code"].where(claims["mode"] == "", claims["code"] + ":" + claims["mode"])
    for kind in ("event", "tie", "outlook"):
        yield from _strangers(keys[claims["kind"] == kind], allowed[kind], "code", kind)
    for column in ("step", "measure"):
        filled = claims.loc[claims[column] != "", column]
        yield from _strangers(filled, allowed[column], column, column)


def _incomplete_figures(claims: pd.DataFrame, codes: pd.DataFrame) -> Iterator[Problem]:
    figures = claims[claims["kind"] == "figure"]
    for column in ("measure", "value", "bound", "unit"):
        blank = figures[column].isna() | (figures[column].astype("str") == "")
        for row in figures.index[blank]:
            yield _fault("claims", row, column, "", "a figure needs it")
    for row, value in figures.loc[figures["value"] < 0, "value"].items():
        yield _fault("claims", row, "value", f"{value:g}", "a figure is not negative")
    strays = claims[(claims["kind"] != "figure") & (claims["measure"] != "")]
    for row, measure in strays["measure"].items():
        yield _fault("claims", row, "measure", measure, "only a figure has one")
    units = codes[codes["kind"] == "measure"].set_index("code")["unit"].to_dict()
    for row, measure, unit in figures[["measure", "unit"]].itertuples():
        if unit and units.get(measure, unit) != unit:
            expected = f"{measure} is counted in {units[measure]}"
            yield _fault("claims", row, "unit", unit, expected)


def _impossible_dates(frames: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    for table, frame in frames.items():
        for column in frame.columns.intersection(["start", "end", "published"]):
            for row, text in frame.loc[frame[column] != "", column].items():
                try:
                    possible_days(text)
                except DateError as error:
                    yield _fault(table, row, column, text, str(error))
    claims = frames["claims"]
    spans = claims[(claims["start"] != "") & (claims["end"] != "")]
    for row, start, end in spans[["start", "end"]].itertuples():
        try:
            is_reversed = last_day(end) < first_day(start)
        except DateError:
            continue  # told above
        if is_reversed:
            yield _fault("claims", row, "end", end, f"before its start {start}")


def _crossed_answers(claims: pd.DataFrame) -> Iterator[Problem]:
    ids = claims["claim_id"].tolist()
    said = dict(zip(ids, claims[["code", "actors", "recipients"]].values.tolist(), strict=True))
    answering = claims.loc[claims["answers"] != "", ["claim_id", "answers", "modality"]]
    for row, claim_id, answered, modality in answering.itertuples():
        if answered == claim_id:
            expected = "a claim cannot answer itself"
        elif modality == "denied" and said[claim_id] != said[answered]:
            expected = "a denial has code, actors and recipients of the claim that it denies"
        else:
            continue
        yield _fault("claims", row, "answers", answered, expected)


def _strangers(keys: pd.Series, allowed: set[str], column: str, kind: str) -> Iterator[Problem]:
    for row, key in keys[~keys.isin(allowed)].items():
        expected = f"no {kind} of codes.csv{tables.nearest(key, allowed)}"
        yield _fault("claims", row, column, key, expected)


def _fault(table: str, row: object, column: str, value: str, expected: str) -> Problem:
    return Problem(f"seeds/{table}.csv", int(str(row)) + 2, column, value, expected)
