"""The site to pass on: packed into one file, and each report printed as PDF."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from reports import store
from reports.matrix import Report

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TIME_LIMIT_SECONDS = 120
# The earliest day that a zip archive knows: the same files give the same bytes.
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_DATE = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}\+\d\d'\d\d'\)")
# Chromium calls home unless it is told not to.
_QUIET = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--no-pdf-header-footer",
)  # fmt: skip


def pack(site: Path, target: Path) -> int:
    """Number of files packed into a zip archive: the same site gives the same bytes.

    What ran when and for how long (run.json) concerns this machine alone and stays out.
    """
    files = [
        path
        for path in sorted(site.rglob("*"))
        if path.is_file()
        and path != site / "run.json"
        and not any(part.startswith(".") for part in path.relative_to(site).parts)
    ]
    beside = target.with_name(f".{target.name}.new")
    try:
        with zipfile.ZipFile(beside, "w") as archive:
            for path in files:
                name = f"{site.name}/{path.relative_to(site).as_posix()}"
                entry = zipfile.ZipInfo(name, _EARLIEST)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16  # readable by all, as Unix has it
                archive.writestr(entry, path.read_bytes())
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    return len(files)


def print_reports(
    site: Path, reports: Iterable[Report], jobs: int, echo: Callable[[str], object]
) -> int:
    """How many reports could not be printed, of those that went well and have no report.pdf yet.

    Building a report anew takes its old PDF away with the old folder, so one that is there shows
    the page as it is.
    """
    folders = {site / one.path: one.path for one in reports}
    good = [one for one in folders if store.read_manifest(one).get("status") == "ok"]
    missing = [folder for folder in good if not (folder / "report.pdf").exists()]
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if missing and not program:
        why = f"none of {', '.join(PROGRAMS)} is installed (on Debian: apt install chromium)"
        echo(f"--pdf needs a local Chromium, and {why}; no report was printed")
        return len(missing)
    with ThreadPoolExecutor(jobs) as pool:
        faults = list(pool.map(partial(_print, str(program)), missing))
    for folder, fault in zip(missing, faults, strict=True):
        echo(f"{'not printed' if fault else 'printed':<11} {folders[folder]}  {fault}".rstrip())
    return sum(map(bool, faults))


def _print(program: str, folder: Path) -> str:
    """Print a report, whole or not at all, and say what went wrong; blank if nothing did."""
    with tempfile.TemporaryDirectory(prefix="torkham-print-") as scratch:
        made, page = Path(scratch) / "report.pdf", (folder / "report.html").resolve().as_uri()
        # A container's only user is often root, for whom Chromium has no sandbox.
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        told = [*_QUIET, *sandbox, f"--user-data-dir={scratch}/profile", f"--print-to-pdf={made}"]
        try:
            ended = subprocess.run(
                [program, *told, page], capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS
            )
        except subprocess.TimeoutExpired:
            return f"took longer than {TIME_LIMIT_SECONDS} s"
        except OSError as error:
            return str(error)
        if ended.returncode or not made.is_file() or not made.read_bytes().startswith(b"%PDF"):
            last = (ended.stderr.strip().splitlines() or ["no word of why"])[-1]
            return f"{Path(program).name} ended with {ended.returncode}: {last}"
        # The hour of printing would make other bytes of the same page.
        beside = folder / ".report.pdf.new"
        beside.write_bytes(_DATE.sub(rb"/\1 (D:19800101000000+00'00')", made.read_bytes()))
        os.replace(beside, folder / "report.pdf")
    return ""
