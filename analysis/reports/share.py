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
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from analysis.reports.layout import Guide
from analysis.reports.matrix import Matrix, Report
from analysis.reports.site import build_index
from analysis.reports.store import opened, read_manifest

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


class ShareError(RuntimeError):
    """The site cannot be passed on in the way asked for; says what is missing."""


@dataclass(frozen=True)
class Printed:
    """How printing went: numbers of reports, and why those that failed did."""

    done: int
    unchanged: int
    failed: dict[str, str]


def pack(site: Path, target: Path) -> int:
    """Number of files packed into a zip archive: the same site gives the same bytes.

    What ran when and for how long (run.json) concerns this machine alone and
    stays out. The archive is written beside its place and renamed into it.
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
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    return len(files)


def find_browser() -> str:
    """Program of the local Chromium or Chrome.

    Raises
    ------
    ShareError
        Where none is installed.
    """
    for name in PROGRAMS:
        if program := shutil.which(name):
            return program
    raise ShareError(
        f"--pdf needs a local Chromium, and none of {', '.join(PROGRAMS)} is installed "
        "(on Debian and Ubuntu: apt install chromium); no report was printed"
    )


def print_reports(
    root: Path,
    reports: Iterable[Report],
    matrix: Matrix,
    guide: Guide,
    jobs: int,
    echo: Callable[[str], None],
) -> Printed:
    """Print each report that went well and has no report.pdf yet; build the index anew.

    Building a report anew takes its old PDF away with the old folder, so one
    that is there shows the page as it is.

    Raises
    ------
    ShareError
        Where no Chromium is installed.
    StoreError
        When another run is building the same site.
    """
    program, site = find_browser(), root / "site"
    failed: dict[str, str] = {}
    with opened(site), ThreadPoolExecutor(jobs) as pool:
        pages = [
            site / report.path / "report.html"
            for report in reports
            if (read_manifest(site / report.path) or {}).get("status") == "ok"
        ]
        missing = [path for path in pages if not path.with_suffix(".pdf").exists()]
        outcomes = pool.map(partial(_print, program), missing)
        for path, error in zip(missing, outcomes, strict=True):
            name = path.parent.relative_to(site).as_posix()
            if error:
                failed[name] = error
            echo(f"{'not printed' if error else 'printed':<11} {name}  {error}".rstrip())
        build_index(root, matrix, guide)
    return Printed(len(missing) - len(failed), len(pages) - len(missing), failed)


def _print(program: str, page: Path) -> str:
    """Print a page, whole or not at all, and say what went wrong; blank if nothing did."""
    with tempfile.TemporaryDirectory(prefix="torkham-print-") as folder:
        made = Path(folder) / "report.pdf"
        # A container's only user is often root, for whom Chromium has no sandbox.
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        command = [
            program, *_QUIET, *sandbox, f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={made}", page.resolve().as_uri(),
        ]  # fmt: skip
        try:
            ended = subprocess.run(
                command, capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return f"took longer than {TIME_LIMIT_SECONDS} s"
        except OSError as error:
            return str(error)
        if ended.returncode or not made.is_file() or not made.read_bytes().startswith(b"%PDF"):
            last = (ended.stderr.strip().splitlines() or ["no word of why"])[-1]
            return f"{Path(program).name} ended with {ended.returncode}: {last}"
        # The hour of printing would make other bytes of the same page.
        beside = page.with_name(".report.pdf.new")
        beside.write_bytes(_DATE.sub(rb"/\1 (D:19800101000000+00'00')", made.read_bytes()))
        os.replace(beside, page.with_suffix(".pdf"))
    return ""
