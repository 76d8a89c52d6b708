"""Dated snapshots of what a source said: a folder of Parquet files with metadata, whole or none."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.fetch.http import FetchError

FOLDER = "data/snapshots"
METADATA = "metadata.json"


@dataclass(frozen=True)
class Table:
    """A table of a snapshot, and the address (with its query) that it was made from."""

    frame: pd.DataFrame
    address: str


def write(folder: Path, day: str, tables: Mapping[str, Table], about: Mapping[str, Any]) -> Path:
    """Folder of a new release below `folder`, named by its day: complete, or not there at all.

    All files are written and forced to disk in a hidden sibling, which takes
    its name in one step at the end, so that a reader never meets a part of a
    release, whatever stops the writer. A release that stands is never
    touched: a second one on the same day is named `2026-11-24-02`. Names sort
    by age. What a killed run left behind is swept by the next; two runs at
    once write one after the other.

    `metadata.json` holds `release`, what `about` says, and of every table its
    file, rows, sha256 and address.

    Raises
    ------
    FetchError
        If the folder cannot be written.
    """
    with _writable(folder), _alone(folder):
        for leftover in folder.glob(".building-*"):
            shutil.rmtree(leftover)
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=folder))
        try:
            release = _free_name(folder, day)
            _fill(building, tables, {"release": release, **about})
            building.chmod(0o755)
            building.rename(folder / release)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        _sync(folder)
    return folder / release


def ready(folder: Path) -> None:
    """Refuse a folder that no release can be written to, before anything is fetched for it.

    Raises
    ------
    FetchError
        As `write` does.
    """
    with _writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()


def _fill(folder: Path, tables: Mapping[str, Table], about: Mapping[str, Any]) -> None:
    listing = {}
    for name, table in tables.items():
        path = folder / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(
            pa.Table.from_pandas(table.frame, preserve_index=False), path, compression="zstd"
        )
        _sync(path)
        listing[name] = {
            "file": f"{name}.parquet",
            "rows": len(table.frame),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "address": table.address,
        }
    metadata = folder / METADATA
    metadata.write_text(
        json.dumps({**about, "tables": listing}, indent=1, ensure_ascii=False) + "\n",
        encoding="utf-8",
    )
    _sync(metadata)
    for inner in {folder / Path(name).parent for name in tables} | {folder}:
        _sync(inner)


def _free_name(folder: Path, day: str) -> str:
    names = [day, *(f"{day}-{number:02d}" for number in range(2, 100))]
    return next(name for name in names if not (folder / name).exists())


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FetchError(
            f"{error.filename or folder}: cannot be written ({error.strerror or error}). No "
            "release was added, and those before it still stand. Make room, or check the "
            "folder's permissions, and fetch again."
        ) from None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sync(path: Path) -> None:
    """Force a file, or the names in a folder, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
