"""UNHCR's Refugee Population Statistics Database, brought whole into a dated release.

The API is silent where it should complain: a misspelt parameter answers with
world totals, one year bound without the other is ignored, a code of another
list names another country, and an answer that broke off looks like a short
one. So nothing that comes back is believed before it has been held against
what was asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import NoneType
from typing import Any

import pandas as pd
from tqdm import tqdm

from analysis.displacement import AGES, CATEGORIES, SNAPSHOTS, SOLUTIONS
from analysis.fetch.http import Client, FetchError, whole_folder

ADDRESS = "https://api.unhcr.org/population/v1"
FIRST_YEAR = 1951
# Fifteen thousand rows a page worked as well; ten keep a page below six megabytes.
LIMIT = 10_000
# UNHCR's sign for "not applicable, or not collected"; in a place, for "all of them together".
DASH = "-"
SIDES = ("coo", "coa")
PAIR = {"year": "year", "coo_iso": "origin_iso3", "coa_iso": "asylum_iso3"}
STOCKS = dict(zip(("refugees", "asylum_seekers", "oip", "ooc"), CATEGORIES, strict=True))
TYPES = dict(zip(("REF", "ASY", "OIP", "OOC"), CATEGORIES, strict=True))
SOLVED = dict(zip(("returned_refugees", "resettlement", "naturalisation"), SOLUTIONS, strict=True))
GROUPS = dict(zip(("0_4", "5_11", "12_17", "18_59", "60", "other"), AGES, strict=True))
SEXES = {"f": "female", "m": "male"}


@dataclass(frozen=True)
class Endpoint:
    """One kind of question: which counts its rows have, and what else must be sent with it.

    `key` names the columns that, with year and places, tell rows apart.
    `rounding` is how far off a row may be in a sum that the API states itself:
    nothing, except in demographics, where locations are rounded before they
    are added (one to four persons are published as five).
    """

    name: str
    counts: tuple[str, ...]
    key: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    rounding: int = 0


STAYS = ("refugees", "asylum_seekers", "returned_refugees", "idps", "returned_idps", "stateless")
BANDS = [f"{sex}_{group}" for sex in SEXES for group in (*GROUPS, "total")]
ENDPOINTS = (
    Endpoint("population", (*STAYS, "ooc", "oip", "hst")),
    Endpoint("demographics", (*BANDS, "total"), ("pop_type",), {"ptype_show": "true"}, rounding=4),
    Endpoint("solutions", (*SOLVED, "returned_idps")),
)


def fetch(
    root: Path,
    address: str = ADDRESS,
    client: Client | None = None,
    day: date | None = None,
    tell: Callable[[str], None] = print,
) -> Path:
    """Folder of a new release with what UNHCR's API says, for every origin and asylum.

    Population, demographics and solutions since 1951, below
    `data/snapshots/unhcr/` of `root`: the tables that the reports read, those
    as received under `received/`, and `metadata.json`. Every answer is held
    against its question, and the pairs of places against the sums by origin and
    by asylum that the API states itself, asked for after them, so that a table
    which changes while it is read is noticed. A release that stands is never
    touched: a second one on a day is named `2026-11-24-02`. `tell` gets a line
    a table.

    Raises
    ------
    FetchError
        If anything is missing, cut, or not what was asked for. Then nothing
        is written, and the releases before it still stand.
    """
    client, day, address = client or Client(), day or date.today(), address.rstrip("/")
    names = [day.isoformat(), *(f"{day}-{number:02d}" for number in range(2, 100))]
    name = next(name for name in names if not (root / SNAPSHOTS / name).exists())
    with whole_folder(root / SNAPSHOTS / name) as folder:
        tell(f"asking {address}")
        countries, span = _countries(client, address), (FIRST_YEAR, day.year)
        received = {}
        for endpoint in ENDPOINTS:
            pairs = table(client, address, endpoint, span)
            known_places(pairs, countries, endpoint.name)
            for side in SIDES:
                same_sums(pairs, table(client, address, endpoint, span, (side,)), endpoint, side)
            received[endpoint.name] = pairs
            tell(f"{endpoint.name}: {len(pairs):,} rows to {pairs['year'].max()}")
        last_year = int(received["population"]["year"].max())
        frames = {
            "countries": countries,
            "displacement": displacement(received["population"]),
            "solutions": solutions(received["solutions"]),
            "age_sex": age_sex(received["demographics"]),
        } | {f"received/{name}": frame for name, frame in received.items()}
        about = {
            "release": name,
            "accessed": day.isoformat(),
            "source": address,
            "citation": f"UNHCR, Refugee Population Statistics Database, fetched {day}",
            "licence": "CC-BY-4.0",
            "last_year": last_year,
            "last_year_state": last_year_state(last_year, day),
            "rows": {name: len(frame) for name, frame in frames.items()},
        }
        (folder / "received").mkdir()
        for path, frame in frames.items():
            frame.to_parquet(folder / f"{path}.parquet", compression="zstd", index=False)
        text = json.dumps(about, indent=1, ensure_ascii=False)
        (folder / "metadata.json").write_text(text + "\n", encoding="utf-8")
    return root / SNAPSHOTS / name


def last_year_state(last_year: int, day: date) -> str:
    """Whether the figures of the last year are of its end, on the day they were fetched.

    UNHCR publishes those with Global Trends, in June of the next year; what it
    gives for the year before that is the middle of the year.

    >>> last_year_state(2025, date(2026, 5, 31)), last_year_state(2025, date(2026, 6, 20))
    ('mid-year', 'year-end')
    """
    return "mid-year" if day < date(last_year + 1, 6, 1) else "year-end"


def pages(
    client: Client, address: str, path: str, query: Mapping[str, str]
) -> Iterator[list[dict[str, Any]]]:
    """Rows of an answer, page by page, each page held against the ones before it.

    Every page but the last is full, and the API echoes the page and repeats
    the number of pages: so a page that is missing, cut, served twice or from
    another release of the table is noticed.

    Raises
    ------
    FetchError
        If a page is not the page asked for.
    """
    where, page, last = f"{address}/{path}/", 1, 1
    with tqdm(desc=path, unit="page", disable=None, leave=False) as bar:
        while page <= last:
            answer = client.json(where, {**query, "limit": str(LIMIT), "page": str(page)})
            rows = answer.get("items") if isinstance(answer, dict) else None
            if not isinstance(rows, list) or not isinstance(answer.get("maxPages"), int):
                raise FetchError(f"{where}: page {page} has no list `items`, or no number of pages")
            last = bar.total = answer["maxPages"] if page == 1 else last
            full = LIMIT if page < last else min(max(len(rows), 1), LIMIT)
            expected = (page, last, full if last else 0)
            if (answer.get("page"), answer["maxPages"], len(rows)) != expected:
                raise FetchError(
                    f"{where}: page {answer.get('page')} of {answer['maxPages']} with {len(rows)} "
                    "rows; expected page {} of {} with {}. The answer is not the one asked for, "
                    "or changed while it was read. Fetch again.".format(*expected)
                )
            bar.update()
            yield rows
            page += 1


def _countries(client: Client, address: str) -> pd.DataFrame:
    """Places that have an ISO code, as text; no figure is given for those without."""
    columns = {"iso": "iso3", "name": "name", "code": "unhcr_code", "region": "region"}
    rows = [row for page in pages(client, address, "countries", {}) for row in page]
    lacking = next((row for row in rows if not row.keys() >= columns.keys()), None)
    if not rows or lacking:
        raise FetchError(f"{address}/countries/: a row is {lacking}; expected {', '.join(columns)}")
    cells = pd.DataFrame(rows, columns=list(columns)).astype("object").rename(columns=columns)
    texts = cells.map(lambda cell: "" if cell is None else " ".join(str(cell).split()))
    return texts[texts["iso3"] != ""].sort_values("iso3", ignore_index=True)


def table(
    client: Client,
    address: str,
    endpoint: Endpoint,
    span: tuple[int, int],
    sides: tuple[str, ...] = SIDES,
) -> pd.DataFrame:
    """Typed rows of an answer, sorted by year, places and key; missing where not reported.

    All rows of an endpoint between two years, for each place on the sides
    named: `coo`, origin, and `coa`, asylum. A side that is not named is summed
    up by the API, and its code is a dash. Columns `year`, `coo_iso`, `coa_iso`
    (ISO 3166-1 alpha-3), `coo`, `coa` (UNHCR's own codes), the key, and the
    counts as `Int64`.

    Raises
    ------
    FetchError
        If the answer is empty, or not the answer to the question; names the
        place in it, what stands there and what was expected.
    """
    query = {
        **{f"{side}_all": "true" for side in sides},
        "yearFrom": str(span[0]),
        "yearTo": str(span[1]),
        "cf_type": "ISO",
        **endpoint.query,
    }
    where = f"{address}/{endpoint.name}/"
    read = pages(client, address, endpoint.name, query)
    # Typed page by page: rows of JSON take ten times the memory.
    parts = [_typed(rows, endpoint, span, sides, where) for rows in read if rows]
    if not parts:
        raise FetchError(f"{where}: no rows at all; expected some")
    frame = pd.concat(parts)
    key = ["year", "coo_iso", "coa_iso", *endpoint.key]
    twice = frame[frame.duplicated(key)]
    if len(twice):
        row = ", ".join(map(str, twice.iloc[0][key]))
        raise FetchError(f"{where}: {len(twice)} rows come twice, the first for {row}")
    return frame.sort_values(key, ignore_index=True)


def _typed(
    rows: list[dict[str, Any]],
    endpoint: Endpoint,
    span: tuple[int, int],
    sides: tuple[str, ...],
    where: str,
) -> pd.DataFrame:
    places = [f"{side}{part}" for side in SIDES for part in ("_id", "_name", "", "_iso")]
    expected = {"year", *places, *endpoint.key, *endpoint.counts}
    for row in rows:
        if row.keys() != expected:
            new, lost = sorted(row.keys() - expected), sorted(expected - row.keys())
            raise FetchError(
                f"{where}: a row has {', '.join(new) or 'nothing new'} and lacks "
                f"{', '.join(lost) or 'nothing'}. The API may have changed."
            )
    raw = pd.DataFrame(rows, dtype="object")
    texts = [*SIDES, *(f"{side}_iso" for side in SIDES), *endpoint.key]
    frame = raw[texts].map(lambda cell: cell.strip() if isinstance(cell, str) else "")
    frame.insert(0, "year", _whole_numbers(raw["year"], where))
    for name in endpoint.counts:
        frame[name] = _whole_numbers(raw[name], where)
    inside = frame["year"].between(*span).fillna(False)
    _refuse(raw["year"], ~inside, where, f"a year from {span[0]} to {span[1]}")
    for side in SIDES:
        code = f"{side}_iso"
        form, words = ("[A-Z]{3}", "one place") if side in sides else (DASH, "all places together")
        _refuse(raw[code], ~frame[code].str.fullmatch(form), where, f"the code of {words}")
    return frame.astype({"year": "int64"})


def _refuse(cells: pd.Series, wrong: pd.Series, where: str, expected: str) -> None:
    if wrong.any():
        first = cells[wrong].iloc[0]
        raise FetchError(f"{where}: {cells.name} is {first!r}; expected {expected}")


def _whole_numbers(cells: pd.Series, where: str) -> pd.Series:
    """Whole numbers, not negative, as `Int64`; missing where the cell is a dash or empty.

    A dash is UNHCR's sign for not applicable or not collected. It is no zero,
    which stands in the same columns as `0` or `"0"`.
    """
    # What JSON has besides numbers and text (true, lists) is text that is no number.
    plain = cells.map(
        lambda cell: cell if type(cell) in (int, float, str, NoneType) else repr(cell)
    )
    blank = plain.isna() | plain.isin([DASH, ""])
    numbers = pd.to_numeric(plain.mask(blank), errors="coerce")
    wrong = ~blank & ~((numbers >= 0) & (numbers % 1 == 0))
    _refuse(cells, wrong, where, f"a whole number, {DASH!r} or nothing")
    return numbers.astype("Float64").astype("Int64")


def same_sums(pairs: pd.DataFrame, sums: pd.DataFrame, endpoint: Endpoint, side: str) -> None:
    """Hold pairs of places, added up by one side, against the sums that the API states itself.

    Raises
    ------
    FetchError
        With the first row and column that do not add up, and both numbers.
    """
    names = list(endpoint.counts)
    key = ["year", f"{side}_iso", *endpoint.key]
    groups = pairs.groupby(key)[names]
    ours, theirs = groups.sum().align(sums.set_index(key)[names].fillna(0), fill_value=0)
    rows = groups.size().reindex(ours.index, fill_value=0)
    wrong = (ours - theirs).abs().gt(rows * endpoint.rounding, axis=0).stack()
    if wrong.any():
        *at, name = wrong.index[wrong.to_numpy(dtype="bool")][0]
        found, stated = (frame[name][tuple(at)] for frame in (ours, theirs))
        raise FetchError(
            f"{endpoint.name}: the rows add up to {found} {name} for {', '.join(map(str, at))}; "
            f"expected {stated}, the sum that the API states itself. Fetch again."
        )


def known_places(pairs: pd.DataFrame, countries: pd.DataFrame, where: str) -> None:
    """Hold every pair of UNHCR's and ISO's code against the list of countries.

    Three codes of UNHCR's are the ISO codes of other countries: AUS is Austria there.

    Raises
    ------
    FetchError
        With the first pair that the list does not have.
    """
    known = set(zip(countries["unhcr_code"], countries["iso3"], strict=True))
    for side in SIDES:
        for code, iso in set(zip(pairs[side], pairs[f"{side}_iso"], strict=True)) - known:
            raise FetchError(
                f"{where}: a place is {code!r} by UNHCR and {iso!r} by ISO; expected a pair of "
                "the API's own list of countries"
            )


def displacement(population: pd.DataFrame) -> pd.DataFrame:
    """Persons at the end of a year by origin, asylum and category; missing = not reported.

    Rows with one place on both sides are internal displacement, and no asylum.
    """
    return _long(_abroad(population), STOCKS, "category")


def solutions(received: pd.DataFrame) -> pd.DataFrame:
    """Persons who went home, were resettled or naturalised in a year; only what is reported."""
    return _long(_abroad(received), SOLVED, "solution").dropna(ignore_index=True)


def age_sex(demographics: pd.DataFrame) -> pd.DataFrame:
    """Persons at the end of a year by origin, asylum, category, sex and age group.

    `unknown` of both is what the total holds beyond women and men. It has a
    row in every group that UNHCR reports; other cells of nobody have none.

    Raises
    ------
    FetchError
        If a group has more women and men than its total.
    """
    rows = _abroad(demographics)
    rows = rows[rows["pop_type"].isin(list(TYPES))]
    rows = rows.assign(category=rows["pop_type"].map(TYPES))
    rest = rows["total"] - rows["f_total"] - rows["m_total"]
    if (rest < 0).any():
        group = ", ".join(map(str, rows.loc[rest < 0, [*PAIR.values(), "category"]].iloc[0]))
        raise FetchError(f"demographics: {group}: more women and men than the total")
    key = [*PAIR.values(), "category"]
    parts = [
        rows[key].assign(sex=sex, age_group=ages, persons=rows[f"{letter}_{group}"])
        for letter, sex in SEXES.items()
        for group, ages in GROUPS.items()
    ]
    known = pd.concat(parts).query("persons > 0")
    unknown = rows[key].assign(sex="unknown", age_group="unknown", persons=rest)
    return pd.concat([known, unknown]).sort_values([*key, "sex", "age_group"], ignore_index=True)


def _abroad(received: pd.DataFrame) -> pd.DataFrame:
    return received[received["coo_iso"] != received["coa_iso"]].rename(columns=PAIR)


def _long(rows: pd.DataFrame, names: Mapping[str, str], column: str) -> pd.DataFrame:
    """One number a row; the columns counted become words of one column."""
    key = list(PAIR.values())
    long = rows.rename(columns=names).melt(key, list(names.values()), column, "persons")
    return long.sort_values([*key, column], ignore_index=True)
