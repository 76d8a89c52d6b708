"""Releases of UNHCR's tables: the embedded one, and those fetched into `data/snapshots/unhcr`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis import tables

EMBEDDED = "2025.12.1"
SNAPSHOTS = Path("data") / "snapshots" / "unhcr"
_STOCK = ["year", "origin_iso3", "asylum_iso3", "category", "persons"]
COLUMNS = {
    "displacement": _STOCK,
    "solutions": ["year", "origin_iso3", "asylum_iso3", "solution", "persons"],
    "arrivals": _STOCK,
    "age_sex": [*_STOCK[:-1], "sex", "age_group", "persons"],
}
_NUMBERS = {"year", "persons"}
_DEMONYMS = {"AFG": "Afghans"}


class ReleaseError(ValueError):
    """A release that is not there, or whose files cannot be read."""


@dataclass(frozen=True)
class Release:
    """One release of UNHCR's tables: who holds it, how it is cited, what it covers.

    `state` says what the last year holds: "year-end", "mid-year" (June
    figures under the full year) or "unknown". `held` are the places of origin
    that it has rows for.
    """

    name: str
    citations: Mapping[str, str]
    first_year: int
    last_year: int
    state: str
    held: frozenset[str]
    names: Mapping[str, str]
    read: Callable[[str], pd.DataFrame] = field(repr=False)
    kept: dict[str, pd.DataFrame] = field(repr=False, default_factory=dict)

    def table(self, name: str) -> pd.DataFrame:
        """Rows of one table, read when first asked for.

        None, with the right columns, where the release has no such table.

        Raises
        ------
        ReleaseError
            If the file of the table cannot be read.
        """
        if name not in self.kept:
            self.kept[name] = self.read(name)
        return self.kept[name]

    def cite(self, name: str) -> str:
        """Source line of one table."""
        return self.citations[name]


def releases(root: Path | None = None) -> list[str]:
    """Names of all releases at hand: the embedded one, then the fetched ones, oldest first.

    >>> releases()[0]
    '2025.12.1'
    """
    folder = (root or tables.find_root()) / SNAPSHOTS
    tables.depends_on(folder, is_folder=True)
    fetched = sorted(path.parent.name for path in folder.glob("[!.]*/metadata.json"))
    return [EMBEDDED, *fetched]


def load(release: str = EMBEDDED, origin: str = "", root: Path | None = None) -> Release:
    """UNHCR's tables of one release, typed as our own, for one place of origin or for all.

    `release` is the embedded "2025.12.1", "latest" for the newest fetched
    one, or the name of a fetched one. Persons are whole numbers; a missing
    one was not reported.

    Raises
    ------
    ReleaseError
        If there is no such release, or a file of it is missing or cut; says
        how to fetch one.

    Examples
    --------
    >>> load("2025.12.1", "AFG").last_year
    2025
    >>> load("1999")
    Traceback (most recent call last):
    analysis.displacement.releases.ReleaseError: no release '1999' of the UNHCR tables; \
expected 2025.12.1 (embedded) or latest; run `torkham fetch unhcr` for a new one
    """
    root = root or tables.find_root()
    known = releases(root)
    wanted = known[-1] if release == "latest" and len(known) > 1 else release
    if wanted == EMBEDDED:
        return _embedded(origin, root)
    if wanted not in known:
        fetched = "".join(f", {name}" for name in known[1:])
        raise ReleaseError(
            f"no release {release!r} of the UNHCR tables; expected {EMBEDDED} (embedded)"
            f"{fetched} or latest; run `torkham fetch unhcr` for a new one"
        )
    return _fetched(wanted, origin, root)


def place_name(release: Release, code: str) -> str:
    """Short name of a place; its code where no table names it.

    >>> place_name(load(), "PAK"), place_name(load(), "QQQ")
    ('Pakistan', 'QQQ')
    """
    return release.names.get(code, code)


def demonym(release: Release, origin: str) -> str:
    """What people from a place of origin are called.

    >>> demonym(load(), "AFG"), demonym(load(), "SYR")
    ('Afghans', 'people from Syria')
    """
    return _DEMONYMS.get(origin, f"people from {place_name(release, origin)}")


def absence(release: Release, origin: str, asylum: str, first_year: int, last_year: int) -> str:
    """Why a release says nothing on a pair of places and a span, or an empty string if it does.

    >>> absence(load("2025.12.1", "AFG"), "AFG", "PAK", 1979, 2025)
    ''
    >>> absence(load("2025.12.1", "AFG"), "AFG", "PKA", 1979, 2025)
    "PKA is no place in UNHCR's tables; did you mean 'PAK'?"
    """
    hosts = sorted(set(release.table("displacement")["asylum_iso3"].astype(str)))
    for code, likely in ((origin, sorted(release.held)), (asylum, hosts)):
        if code not in release.names:
            return f"{code} is no place in UNHCR's tables{tables.nearest(code, likely)}"
    whence, where = release.names[origin], release.names[asylum]
    held = f"release {release.name} has"
    if origin == asylum:
        return (
            f"{whence} is asked for as origin and as asylum; that is displacement inside "
            "a country, which is no asylum"
        )
    if origin not in release.held:
        fetch = "`torkham fetch unhcr` and release=latest bring more places of origin"
        more = f"; {fetch}" if release.name == EMBEDDED else ""
        return f"{held} no people from {whence}{more}"
    rows = release.table("displacement")
    rows = rows[rows["origin_iso3"] == origin]
    here = rows[rows["asylum_iso3"] == asylum]["year"]
    if here.empty:
        among = "; it may be among all other places of asylum (OTH)"
        more = among if (rows["asylum_iso3"] == "OTH").any() else ""
        return f"{held} no row on people from {whence} in {where}{more}"
    if not here.between(first_year, last_year).any():
        return (
            f"{held} people from {whence} in {where} from {here.min()} to {here.max()}, "
            f"and nothing from {first_year} to {last_year}"
        )
    return ""


def _embedded(origin: str, root: Path) -> Release:
    whole = tables.load("displacement", root)
    return Release(
        name=EMBEDDED,
        citations={name: tables.cite(name, root) for name in COLUMNS},
        first_year=int(whole["year"].min()),
        last_year=int(whole["year"].max()),
        state="year-end",
        held=frozenset(whole["origin_iso3"]),
        names=_names(root),
        read=partial(_ours, origin, root),
    )


def _ours(origin: str, root: Path, name: str) -> pd.DataFrame:
    frame = tables.load(name, root)
    return frame[frame["origin_iso3"] == origin] if origin else frame


def _fetched(name: str, origin: str, root: Path) -> Release:
    folder = root / SNAPSHOTS / name
    try:
        about = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
        missing = {"citation", "licence", "accessed", "last_year_state"} - set(about)
        if missing:
            raise ValueError(f"metadata.json lacks {', '.join(sorted(missing))}")
        sides = ["origin_iso3", "asylum_iso3"]
        rows = _columns(folder / "displacement.parquet", COLUMNS["displacement"])
        names = _names(root)
        if (folder / "countries.parquet").is_file():
            more = pd.read_parquet(folder / "countries.parquet", columns=["iso3", "name"])
            names = dict(more.astype(str).itertuples(index=False)) | names
    except (OSError, ValueError, KeyError) as error:
        raise _unreadable(name, error) from error
    line = f"{about['citation']} ({about['licence']}), accessed {about['accessed']}"
    origins, asylums = (frozenset(pc.unique(rows[side]).to_pylist()) for side in sides)
    years = pc.min_max(rows["year"]).as_py()
    return Release(
        name=name,
        citations=dict.fromkeys(COLUMNS, line),
        first_year=years["min"],
        last_year=years["max"],
        state=str(about["last_year_state"]),
        held=origins,
        names={code: code for code in origins | asylums} | names,
        read=partial(_parquet, folder, origin),
        # Read already to learn what is held; a second reading would take twice the memory.
        kept={"displacement": _frame(rows, origin)},
    )


def _parquet(folder: Path, origin: str, table: str) -> pd.DataFrame:
    path, columns = folder / f"{table}.parquet", COLUMNS[table]
    if table == "arrivals" and not path.is_file():
        blank = {column: pd.Series(dtype="str") for column in columns}
        return pd.DataFrame(blank).astype({"year": "Int64", "persons": "Int64"})
    try:
        rows = _columns(path, columns)
    except (OSError, ValueError, KeyError) as error:
        raise _unreadable(folder.name, error) from error
    return _frame(rows, origin)


def _frame(rows: pa.Table, origin: str) -> pd.DataFrame:
    whole = {pa.int64(): pd.Int64Dtype()}
    frame = rows.to_pandas(types_mapper=whole.get, split_blocks=True, self_destruct=True)
    # What was needed to decode the file is given back before the work begins.
    pa.default_memory_pool().release_unused()
    return pd.DataFrame(frame[frame["origin_iso3"] == origin] if origin else frame)


def _columns(path: Path, columns: list[str]) -> pa.Table:
    """Columns of a Parquet file, texts as codes: a full table stays under twenty megabytes."""
    tables.depends_on(path)
    texts = [column for column in columns if column not in _NUMBERS]
    # One thread: a pool of them holds on to more memory than the whole table takes.
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        return file.read(columns=columns, use_threads=False)


def _unreadable(name: str, error: Exception) -> ReleaseError:
    return ReleaseError(
        f"release {name!r} under {SNAPSHOTS.as_posix()} cannot be read ({error}); "
        "delete its folder and run `torkham fetch unhcr`"
    )


def _names(root: Path) -> dict[str, str]:
    places = tables.load("places", root)
    return dict(zip(places["iso3"], places["name"], strict=True))
