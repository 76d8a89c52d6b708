"""Every recorded vote of the General Assembly, from Voeten's archive or a file, into a release."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.fetch import rollcalls, snapshot
from analysis.fetch.http import Client, Download, FetchError

FOLDER = f"{snapshot.FOLDER}/unga"
CITATION = "Voeten, Strezhnev and Bailey, United Nations General Assembly Voting Data"
# What Dataverse calls the formats that it converts.
ENDINGS = {
    "text/csv": ".csv",
    "text/comma-separated-values": ".csv",
    "text/tsv": ".tab",
    "application/x-rlang-transport": ".RData",
}


@dataclass(frozen=True)
class Archive:
    """Where the votes lie: a Dataverse, a data set in it, a version of it, and the file's name.

    A version is `:latest-published` or a number such as `32.0`. The number of
    the file and its checksum are those that the version's own listing gives,
    since they change with each version; a release keeps them.
    """

    address: str = "https://dataverse.harvard.edu"
    dataset: str = "doi:10.7910/DVN/LEJUQZ"
    version: str = ":latest-published"
    file: str = r"UNVotes.*\.(csv|tab|RData)"


ARCHIVE = Archive()


@dataclass(frozen=True)
class _Listed:
    number: int
    name: str
    md5: str
    version: str
    is_converted: bool


def fetch(
    root: Path,
    archive: Archive = ARCHIVE,
    client: Client | None = None,
    day: date | None = None,
    tell: Callable[[str], None] = print,
) -> Path:
    """Folder of a new release with every vote of the archive, its known traps repaired.

    The file is chosen from the listing of the version and held against its
    published checksum before anything is read from it.

    Raises
    ------
    FetchError
        If the archive does not answer, lists no such file or several, publishes
        no checksum, or the file is cut, altered or not what it should be. Then
        nothing is written.
    """
    client, day = client or Client(), day or date.today()
    snapshot.ready(root / FOLDER)
    tell(f"asking {archive.address}")
    listed = _listing(client, archive)
    address = f"{archive.address.rstrip('/')}/api/access/datafile/{listed.number}"
    query = {"format": "original"} if listed.is_converted else None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / listed.name
        got = client.download(address, path, query)
        if got.md5 != listed.md5:
            raise FetchError(
                f"{address}: the checksum of {listed.name} is {got.md5}; version {listed.version} "
                f"lists {listed.md5}. Nothing was written; fetch it again."
            )
        tell(f"{listed.name}, version {listed.version}: {got.size:,} bytes, checksum as listed")
        held = rollcalls.read(path)
    about = {
        "source": archive.address,
        "dataset": archive.dataset,
        "version": listed.version,
        "file": listed.name,
        "file_id": listed.number,
        "licence": "CC0-1.0",
        "citation": f"{CITATION}, version {listed.version}, fetched {day.isoformat()}",
    }
    return _release(root, held, about, got, address, day, tell)


def take(
    root: Path, path: Path, day: date | None = None, tell: Callable[[str], None] = print
) -> Path:
    """Folder of a new release with every vote of a file that the user has.

    Raises
    ------
    FetchError
        If the file is none of those that `rollcalls.read` knows.
    """
    day = day or date.today()
    snapshot.ready(root / FOLDER)
    held = rollcalls.read(path)
    body = path.read_bytes()
    got = Download(
        len(body),
        hashlib.md5(body, usedforsecurity=False).hexdigest(),
        hashlib.sha256(body).hexdigest(),
    )
    about = {"source": "a file of the user's", "file": path.name, "citation": path.name}
    return _release(root, held, about, got, path.name, day, tell)


def latest(root: Path) -> rollcalls.RollCalls:
    """Roll calls of the newest release.

    Raises
    ------
    FetchError
        If there is none.
    """
    releases = sorted(
        path.parent for path in (root / FOLDER).glob(f"*/{snapshot.METADATA}")
        if not path.parent.name.startswith(".")
    )  # fmt: skip
    if not releases:
        raise FetchError(f"{FOLDER}: no release yet; run `torkham fetch unga` first")
    votes, calls = (
        pd.read_parquet(releases[-1] / f"{name}.parquet") for name in ("votes", "roll_calls")
    )
    return rollcalls.RollCalls(votes, calls, [])


def _release(
    root: Path, held: rollcalls.RollCalls, about: dict[str, Any], got: Download, address: str,
    day: date, tell: Callable[[str], None],
) -> Path:  # fmt: skip
    for repair in held.repairs:
        tell(f"repaired: {repair}")
    first, last = int(held.votes["session"].min()), int(held.votes["session"].max())
    calls = f"{len(held.roll_calls):,} roll calls, sessions {first} to {last}"
    tell(f"{len(held.votes):,} votes on {calls}")
    tables = {
        "votes": snapshot.Table(held.votes, address),
        "roll_calls": snapshot.Table(held.roll_calls, address),
    }
    extent = {
        "accessed": day.isoformat(), "bytes": got.size, "md5": got.md5, "sha256": got.sha256,
        "first_session": first, "last_session": last, "repairs": held.repairs,
    }  # fmt: skip
    return snapshot.write(root / FOLDER, day.isoformat(), tables, about | extent)


def _listing(client: Client, archive: Archive) -> _Listed:
    """The one file of a version that holds the votes."""
    address = f"{archive.address.rstrip('/')}/api/datasets/:persistentId/versions/{archive.version}"
    answer = client.json(address, {"persistentId": archive.dataset})
    try:
        data = answer["data"]
        version = f"{data['versionNumber']}.{data['versionMinorNumber']}"
        files = [entry["dataFile"] for entry in data["files"]]
        names = [_deposited(one) for one in files]
    except (KeyError, TypeError):
        raise FetchError(
            f"{address}: the answer lists no version with files; the service may have changed. "
            "Nothing was written."
        ) from None
    fit = [k for k, name in enumerate(names) if re.fullmatch(archive.file, name)]
    # The same votes may be listed in several forms: text goes before R.
    fit = [k for k in fit if not names[k].endswith(".RData")] or fit
    if len(fit) != 1:
        found = ", ".join(names[k] for k in fit) or "none"
        raise FetchError(
            f"{address}: of its files {found} fit {archive.file}; expected one of "
            f"{', '.join(names[:20])}. Nothing was written; name it with --name."
        )
    one = files[fit[0]]
    # The checksum is that of the file as deposited, where Dataverse has converted it.
    if not one.get("md5"):
        raise FetchError(f"{address}: {names[fit[0]]} has no checksum; nothing was written")
    return _Listed(
        int(one["id"]), names[fit[0]], str(one["md5"]).lower(), version,
        bool(one.get("originalFileName") or one.get("originalFileFormat")),
    )  # fmt: skip


def _deposited(one: dict[str, Any]) -> str:
    """Name that a file had when it was deposited; a converted table is listed as `.tab`."""
    name = str(one.get("originalFileName") or one["filename"])
    ending = ENDINGS.get(str(one.get("originalFileFormat")))
    return str(Path(name).with_suffix(ending)) if ending else name
