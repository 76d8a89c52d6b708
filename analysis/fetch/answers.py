"""Answers of UNHCR's API: typed, and refused where they answer another question.

The API is silent where it should complain: a misspelt parameter answers with
world totals, one year bound without the other is ignored, a code of another
list names another country, and an answer that broke off looks like a short
one. So nothing that comes back is believed before it has been held against
what was asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any

import pandas as pd

from analysis.fetch.http import Client, FetchError
from analysis.fetch.paging import link, pages

# UNHCR's sign for "not applicable, or not collected"; in a place, for "all of them together".
DASH = "-"
SIDES = ("coo", "coa")
PLACE = [f"{side}{part}" for side in SIDES for part in ("_id", "_name", "", "_iso")]


@dataclass(frozen=True)
class Endpoint:
    """One kind of question: which columns its rows have, and what else must be sent with it.

    `key` names the columns that, with year and places, tell rows apart.
    `rounding` is how far off a row may be in a sum that the API states itself:
    nothing, except in demographics, where locations are rounded before they
    are added (one to four persons are published as five).
    """

    name: str
    path: str
    counts: tuple[str, ...]
    key: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    rounding: int = 0


POPULATION = Endpoint(
    "population",
    "population",
    ("refugees", "asylum_seekers", "returned_refugees", "idps", "returned_idps", "stateless")
    + ("ooc", "oip", "hst"),
)
DEMOGRAPHICS = Endpoint(
    "demographics",
    "demographics",
    tuple(
        f"{sex}_{ages}"
        for sex in "fm"
        for ages in ("0_4", "5_11", "12_17", "18_59", "60", "other", "total")
    )
    + ("total",),
    key=("pop_type",),
    query={"ptype_show": "true"},
    rounding=4,
)
SOLUTIONS = Endpoint(
    "solutions",
    "solutions",
    ("returned_refugees", "resettlement", "naturalisation", "returned_idps"),
)
ASYLUM_DECISIONS = Endpoint(
    "asylum_decisions",
    "asylum-decisions",
    ("dec_recognized", "dec_other", "dec_rejected", "dec_closed", "dec_total"),
    key=("procedure_type", "dec_level", "dec_pc"),
)
ENDPOINTS = (POPULATION, DEMOGRAPHICS, SOLUTIONS, ASYLUM_DECISIONS)


@dataclass(frozen=True)
class Question:
    """All rows of an endpoint between two years, for each place on the sides named.

    A side is `coo`, origin, or `coa`, asylum. One that is not named is summed
    up: the API adds all its places together.
    """

    endpoint: Endpoint
    first_year: int
    last_year: int
    sides: tuple[str, ...] = SIDES

    def query(self) -> dict[str, str]:
        """Parameters to send; whatever is left out here, the API leaves out in silence."""
        return {
            **{f"{side}_all": "true" for side in self.sides},
            "yearFrom": str(self.first_year),
            "yearTo": str(self.last_year),
            "cf_type": "ISO",
            **self.endpoint.query,
        }


def table(client: Client, address: str, question: Question) -> pd.DataFrame:
    """Typed rows of an answer, sorted by year, places and key; missing where not reported.

    Columns: `year`, `coo_iso`, `coa_iso` (ISO 3166-1 alpha-3 as UNHCR gives
    it; a dash on a side that is summed up), `coo`, `coa` (UNHCR's own codes), the key,
    and the counts as `Int64`.

    Raises
    ------
    FetchError
        If the answer is empty, or not the answer to the question; names the
        place in it, what stands there and what was expected.
    """
    endpoint = question.endpoint
    where = link(address, endpoint.path, question.query())
    parts = [
        _typed(rows, question, where)
        for rows in pages(client, address, endpoint.path, question.query())
        if rows
    ]
    if not parts:
        raise FetchError(f"{where}: no rows at all; expected some. Nothing was written.")
    frame = pd.concat(parts, ignore_index=True)
    key = ["year", "coo_iso", "coa_iso", *endpoint.key]
    twice = frame[frame.duplicated(key)]
    if len(twice):
        row = ", ".join(str(value) for value in twice.iloc[0][key])
        raise FetchError(
            f"{where}: {len(twice)} rows come twice, the first for {row}; expected each once. "
            "The table may have changed between two pages; nothing was written, fetch again."
        )
    return frame.sort_values(key, ignore_index=True)


def same_sums(pairs: pd.DataFrame, sums: pd.DataFrame, question: Question, where: str) -> None:
    """Hold pairs of places, added up, against the sums that the API states to `question`.

    Raises
    ------
    FetchError
        With the first row and column that do not add up, and both numbers.
    """
    endpoint = question.endpoint
    names = list(endpoint.counts)
    key = ["year", *(f"{side}_iso" for side in question.sides), *endpoint.key]
    groups = pairs.groupby(key)[names]
    ours, theirs = groups.sum().align(sums.set_index(key)[names].fillna(0), fill_value=0)
    rows = groups.size().reindex(ours.index, fill_value=0)
    wrong = (ours - theirs).abs().gt(rows * endpoint.rounding, axis=0).to_numpy(dtype="bool")
    if not wrong.any():
        return
    row, column = divmod(int(wrong.argmax()), len(names))
    name, at = names[column], ", ".join(str(part) for part in ours.index[row])
    raise FetchError(
        f"{where}: the rows add up to {int(ours[name].iloc[row])} {name} for {at}; expected "
        f"{int(theirs[name].iloc[row])}, the sum that the API states itself. "
        "Rows are missing or wrong. Nothing was written; fetch again."
    )


def known_places(frame: pd.DataFrame, countries: pd.DataFrame, where: str) -> None:
    """Hold every pair of UNHCR's and ISO's code against the list of countries.

    Three codes of UNHCR's are the ISO codes of other countries: AUS is Austria there.

    Raises
    ------
    FetchError
        With the first pair that the list does not have.
    """
    known = set(zip(countries["unhcr_code"], countries["iso3"], strict=True))
    for side in SIDES:
        for code, iso in frame[[side, f"{side}_iso"]].drop_duplicates().itertuples(index=False):
            if (code, iso) not in known:
                raise FetchError(
                    f"{where}: a place is {code!r} by UNHCR and {iso!r} by ISO; expected a pair "
                    "of the API's own list of countries. Nothing was written."
                )


def _typed(rows: list[dict[str, Any]], question: Question, where: str) -> pd.DataFrame:
    endpoint = question.endpoint
    expected = {"year", *PLACE, *endpoint.key, *endpoint.counts}
    for row in rows:
        if row.keys() != expected:
            strange = ", ".join(sorted(row.keys() - expected)) or "nothing new"
            missing = ", ".join(sorted(expected - row.keys())) or "nothing"
            raise FetchError(
                f"{where}: a row has {strange} and lacks {missing}. The API may have changed, "
                "or a parameter was not understood. Nothing was written."
            )
    raw = pd.DataFrame(rows, dtype="object")
    years = counts(raw["year"], where)
    astray = ~years.between(question.first_year, question.last_year).fillna(False)
    if astray.any():
        raise FetchError(
            f"{where}: a row is for the year {raw['year'][astray].iloc[0]!r}; expected "
            f"{question.first_year} to {question.last_year}. Nothing was written."
        )
    columns: dict[str, Any] = {"year": years.astype("int64")}
    for name in ("coo_iso", "coa_iso", "coo", "coa", *endpoint.key):
        columns[name] = raw[name].map(lambda cell: cell.strip() if isinstance(cell, str) else "")
    for side in SIDES:
        one = side in question.sides
        strange = ~columns[f"{side}_iso"].str.fullmatch("[A-Z]{3}" if one else DASH)
        if strange.any():
            raise FetchError(
                f"{where}: {side}_iso is {raw[f'{side}_iso'][strange].iloc[0]!r}; expected "
                f"{'the code of one place' if one else f'{DASH!r}, all places together'}. "
                "Nothing was written."
            )
    columns |= {name: counts(raw[name], where) for name in endpoint.counts}
    return pd.DataFrame(columns)


def counts(cells: pd.Series, where: str) -> pd.Series:
    """Whole numbers, not negative, as `Int64`; missing where the cell is `"-"` or empty.

    `"-"` is UNHCR's sign for not applicable or not collected. It is no zero,
    which stands in the same columns as `0` or `"0"`.

    >>> counts(pd.Series([951142, "0", "-", "1952", None], name="oip"), "population").tolist()
    [951142, 0, <NA>, 1952, <NA>]
    """
    usual = set(map(type, cells)) <= {int, float, str, NoneType}
    plain = cells if usual else cells.map(_plain)
    blank = plain.isna() | plain.isin([DASH, ""])
    numbers = pd.to_numeric(plain.mask(blank), errors="coerce")
    wrong = ~blank & ~((numbers >= 0) & (numbers % 1 == 0))
    if wrong.any():
        raise FetchError(
            f"{where}: {cells.name} is {cells[wrong].iloc[0]!r}; expected a whole number, "
            f"{DASH!r} or nothing. Nothing was written."
        )
    return numbers.astype("Float64").astype("Int64")


def _plain(cell: object) -> int | float | str:
    """Cell as it is; what JSON has besides numbers and text (true, lists) as text that is none."""
    if isinstance(cell, (int, float, str)) and not isinstance(cell, bool):
        return cell
    return "" if cell is None else repr(cell)
