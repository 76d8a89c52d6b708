"""Rules of the ledger that no single descriptor can see: lists of actors, modes, calendars."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis import tables
from analysis.dates import DateError, first_day, last_day, possible_days
from analysis.tables import Problem

LISTS = ("actors", "recipients", "mediators")
LEDGER = ("sources", "actors", "codes", "claims")


def check_all(root: Path | None = None) -> list[Problem]:
    """Faults of every table against its descriptor, and of the ledger across its tables.

    The ledger's own rules are tried once each of its tables has passed alone.
    """
    root = root or tables.find_root()
    problems = tables.check(root)
    if any(problem.file.startswith("seeds/") for problem in problems):
        return problems
    ledger = [tables.load(name, root) for name in LEDGER]
    problems += check(*ledger)
    if not any(problem.file == "data/published.csv" for problem in problems):
        problems += _unknown_claims(tables.load("published", root), set(ledger[3]["claim_id"]))
    return problems


def check(
    sources: pd.DataFrame, actors: pd.DataFrame, codes: pd.DataFrame, claims: pd.DataFrame
) -> list[Problem]:
    """Faults across the four tables; each names the row of the file, the header being row 1.

    The frames are those of `tables.load`, so that each has passed its own
    descriptor already.
    """
    return [
        *_unknown_actors(claims, set(actors["actor_id"])),
        *_unknown_codes(claims, codes),
        *_incomplete_figures(claims, codes),
        *_impossible_dates(sources, actors, claims),
        *_misplaced_actors(claims),
        *_crossed_answers(claims),
    ]


def _unknown_actors(claims: pd.DataFrame, known: set[str]) -> list[Problem]:
    problems = []
    for column in LISTS:
        for row, text in claims[column].items():
            for actor in filter(None, text.split(";")):
                if actor not in known:
                    expected = f"not in actors.csv, column actor_id{tables.nearest(actor, known)}"
                    problems.append(_fault("claims", row, column, actor, expected))
    return problems


def _unknown_claims(published: pd.DataFrame, known: set[str]) -> list[Problem]:
    problems = []
    for row, text in published["bears_on"].items():
        assert isinstance(row, int)
        for claim in filter(None, text.split(";")):
            if claim not in known:
                expected = f"not in claims.csv, column claim_id{tables.nearest(claim, known)}"
                problems.append(Problem("data/published.csv", row + 2, "bears_on", claim, expected))
    return problems


def _misplaced_actors(claims: pd.DataFrame) -> list[Problem]:
    problems = []
    for column in LISTS:
        for row, text in claims[column].items():
            ids = text.split(";")
            if len(ids) != len(set(ids)):
                problems.append(_fault("claims", row, column, text, "names an actor twice"))
    for row, actors, recipients in claims[["actors", "recipients"]].itertuples():
        both = set(actors.split(";")) & set(recipients.split(";"))
        if both:
            expected = "an actor cannot be its own recipient; a joint act has no recipients"
            problems.append(_fault("claims", row, "recipients", sorted(both)[0], expected))
    return problems


def _unknown_codes(claims: pd.DataFrame, codes: pd.DataFrame) -> list[Problem]:
    allowed = {kind: set(rows["code_key"]) for kind, rows in codes.groupby("kind")}
    # An outlook carries the code of what would happen, event or relation.
    allowed["outlook"] = allowed["event"] | allowed["tie"]
    keys = claims["code"].where(claims["mode"] == "", claims["code"] + ":" + claims["mode"])
    problems = []
    for kind in ("event", "tie", "outlook"):
        problems += _strangers(keys[claims["kind"] == kind], allowed[kind], "code", kind)
    for column in ("step", "measure"):
        filled = claims.loc[claims[column] != "", column]
        problems += _strangers(filled, allowed[column], column, column)
    return problems


def _incomplete_figures(claims: pd.DataFrame, codes: pd.DataFrame) -> list[Problem]:
    figures = claims[claims["kind"] == "figure"]
    problems = []
    for column in ("measure", "value", "bound", "unit"):
        blank = figures[column].isna() | (figures[column].astype("str") == "")
        for row in figures.index[blank]:
            problems.append(_fault("claims", row, column, "", "a figure needs it"))
    for row, value in figures.loc[figures["value"] < 0, "value"].items():
        problems.append(_fault("claims", row, "value", f"{value:g}", "a figure is not negative"))
    strays = claims[(claims["kind"] != "figure") & (claims["measure"] != "")]
    for row, measure in strays["measure"].items():
        problems.append(_fault("claims", row, "measure", measure, "only a figure has one"))
    units = codes[codes["kind"] == "measure"].set_index("code")["unit"]
    for row, measure, unit in figures[["measure", "unit"]].itertuples():
        if unit and measure in units.index and unit != units[measure]:
            expected = f"{measure} is counted in {units[measure]}"
            problems.append(_fault("claims", row, "unit", unit, expected))
    return problems


def _impossible_dates(
    sources: pd.DataFrame, actors: pd.DataFrame, claims: pd.DataFrame
) -> list[Problem]:
    problems = []
    for file, frame, columns in (
        ("claims", claims, ("start", "end")),
        ("sources", sources, ("published",)),
        ("actors", actors, ("start", "end")),
    ):
        for column in columns:
            for row, text in frame.loc[frame[column] != "", column].items():
                try:
                    possible_days(text)
                except DateError as error:
                    problems.append(_fault(file, row, column, text, str(error)))
    if problems:
        return problems
    spans = claims[(claims["start"] != "") & (claims["end"] != "")]
    for row, start, end in spans[["start", "end"]].itertuples():
        if last_day(end) < first_day(start):
            problems.append(_fault("claims", row, "end", end, f"before its start {start}"))
    return problems


def _crossed_answers(claims: pd.DataFrame) -> list[Problem]:
    problems = []
    parts = ["code", "actors", "recipients"]
    said = {
        claim_id: told for claim_id, *told in claims[["claim_id", *parts]].itertuples(index=False)
    }
    answering = claims[claims["answers"] != ""]
    columns = ["claim_id", "answers", "modality"]
    for row, claim_id, answered, modality in answering[columns].itertuples():
        if answered == claim_id:
            expected = "a claim cannot answer itself"
        elif modality == "denied" and said[claim_id] != said[answered]:
            expected = "a denial has code, actors and recipients of the claim that it denies"
        else:
            continue
        problems.append(_fault("claims", row, "answers", answered, expected))
    return problems


def _strangers(keys: pd.Series, allowed: set[str], column: str, kind: str) -> list[Problem]:
    return [
        _fault("claims", row, column, key, f"no {kind} of codes.csv{tables.nearest(key, allowed)}")
        for row, key in keys.items()
        if key not in allowed
    ]


def _fault(table: str, row: object, column: str, value: str, expected: str) -> Problem:
    assert isinstance(row, int)
    return Problem(f"seeds/{table}.csv", row + 2, column, value, expected)
