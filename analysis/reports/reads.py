"""The data that a run reads: noted by an audit hook of the kernel, told after the run.

The engine knows no subject, but it knows data packages: a file that one
describes is a table, and counts as read when the code that hands tables out
says so. All others count when they are opened or listed.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

# Raised through `sys.audit` with a path, by code that knows better than the system what it
# depends on. A folder, whose names count, ends in "/".
EVENT = "torkham.read"
LISTINGS = ("os.scandir", "os.listdir")
PACKAGE = "datapackage.json"
# Folders whose files are a report's data.
DATA = ("seeds", "data")
LOG = "reads.log"


def watch(root: Path, log: Path) -> None:
    """Note in a file what this process reads of the project's data from now on, a line each."""
    target = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    known: set[str] = set()
    places = tuple(f"{root / folder}/" for folder in DATA)

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open" and event != EVENT and event not in LISTINGS:
            return
        path = arguments[0]
        if not isinstance(path, (str, os.PathLike)) or (event == "open" and _writes(arguments[1])):
            return
        raw = os.fspath(path)
        end = "/" if event in LISTINGS or str(raw).endswith("/") else ""
        line = f"{event}\t{os.path.abspath(raw)}{end}"
        if line not in known and line.partition("\t")[2].startswith(places):
            known.add(line)
            os.write(target, f"{line}\n".encode())

    # There is no way to remove it again, which is why only kernels have it.
    sys.addaudithook(note)


def read_files(root: Path, log: Path) -> tuple[str, ...]:
    """Paths that a watched process read, relative to the project; folders end in "/".

    To check one table is to open others, so opening a described one says nothing.
    """
    silent = {*descriptors(root), *(f"{folder}/{PACKAGE}" for folder in DATA)}
    found = set()
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else []:
        event, _, path = line.partition("\t")
        relative = path.removeprefix(f"{root}/")
        if event == EVENT or relative not in silent:
            found.add(relative)
    return tuple(sorted(found - {f"{folder}/" for folder in DATA}))


def descriptors(root: Path) -> dict[str, Any]:
    """Descriptors of all tables in the data packages of a project, by the paths of their files."""
    found = {}
    for folder in DATA:
        try:
            package = json.loads((root / folder / PACKAGE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        for resource in package.get("resources", []):
            found[f"{folder}/{resource['path']}"] = resource
    return found


def _writes(mode: object) -> bool:
    return isinstance(mode, str) and not set(mode).isdisjoint("wax+")
