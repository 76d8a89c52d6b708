"""Killed at any moment, the next call finishes the rest and repeats nothing.

Every kind of process of a batch is killed with SIGKILL at a random moment of every phase that it
lives in: once, or as often as TORKHAM_KILLS says. Each kill is a line of the output of
`TORKHAM_KILLS=5 pytest -rP tests/test_reports_faults.py`.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import ROOT
from small_project import (
    EVIDENCE,
    FIGURE,
    HEADLINE,
    files_of,
    make_root,
    write_matrix,
    write_notebook,
)

from reports import engine, store

KILLS = int(os.environ.get("TORKHAM_KILLS", "1"))
# Kilobytes of a disk that holds some reports and not all of them.
ROOM = 160
# A child that would outlive its run, and one that has left its session.
CHILDREN = (
    "import subprocess\nsubprocess.Popen(['sleep', '600'])\n"
    "subprocess.Popen(['sleep', '600'], start_new_session=True)"
)
PHASES = {
    "batch": ["starting", "executing", "rendering", "writing", "site"],
    "server": ["executing", "rendering"],
    "fork": ["executing", "rendering"],
}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not engine.can_fork(), reason="kills what is forked"),
]


class Batch:
    """A project whose batch is killed on order, and what its log told so far."""

    def __init__(self, place: Path, reports: int, *sources: str) -> None:
        self.root = make_root(place / "root")
        cells = sources or (HEADLINE, FIGURE, CHILDREN, EVIDENCE)
        write_notebook(self.root, "network", *cells)
        self.reports = [f"r{number}" for number in range(reports)]
        write_matrix(self.root, {f"network/{name}": {"teller": name} for name in self.reports})
        self.folder, self.told = place / "faults", 0
        self.folder.mkdir()
        paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        told = {"PYTHONPATH": paths, "TORKHAM_FAULTS": str(self.folder)}
        self.environment = os.environ | told
        self.command = [sys.executable, str(ROOT / "tests/fault_orders.py"), str(self.root)]

    def start(self, command: list[str] | None = None, **options: Any) -> subprocess.Popen[bytes]:
        """One call of the batch, begun."""
        with (self.folder / "said").open("wb") as said:
            return subprocess.Popen(
                command or self.command, env=self.environment, stdout=said, stderr=said, **options
            )

    def call(self) -> int:
        """Exit code of one call of the batch."""
        return self.start().wait(timeout=120)

    def news(self) -> list[list[str]]:
        """Lines of the log since last asked for, in words."""
        lines = (self.folder / "log").read_text().splitlines()
        self.told, news = len(lines), lines[self.told :]
        return [line.split() for line in news]

    def complete(self) -> set[str]:
        """Reports that are on disk as their manifests say; no report may be there by halves."""
        found = set()
        for name in self.reports:
            folder = self.root / "site" / "network" / name
            manifest = store.read_manifest(folder)
            assert folder.exists() == bool(manifest), f"{name} was written by halves"
            good = store.last_good(manifest)
            assert not good or good["files"] == store.file_hashes(folder), f"{name} is a mixture"
            if manifest.get("status") == "ok" and manifest["versions"]:
                found.add(name)
        return found

    def make_stale(self, names: list[str]) -> None:
        """Have reports run again over their last good version."""
        for name in names:
            folder = self.root / "site" / "network" / name
            manifest = store.read_manifest(folder)
            old = manifest["hashes"] | {"library versions": "older"}
            store.write_json(folder / store.MANIFEST, manifest | {"hashes": old, "versions": {}})

    def check_nothing_is_left(self, killed: str = "") -> None:
        """No process of the batch, nor what its cells started, unless the server was killed."""
        for process in self.processes() if killed == "server" else []:
            assert process.name() == "sleep"
            process.kill()
        assert wait_until(lambda: not self.processes(), 10), str(self.processes())

    def processes(self) -> list[psutil.Process]:
        """Living processes with this batch in their environment."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("TORKHAM_FAULTS") == str(self.folder):
                    found.append(process)
            except psutil.Error:
                continue  # it has just ended, or is another user's
        return [one for one in found if one.status() != psutil.STATUS_ZOMBIE]

    def put_back(self) -> None:
        """Do what the next call does first: a kill between two renames leaves a report aside."""
        with store.opened(self.root / "site"):
            pass


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, float], dict[str, bytes]]:
    """Shortest seconds of each phase of an undisturbed batch, and the files it makes."""
    batch = Batch(tmp_path_factory.mktemp("calm"), 4)
    assert batch.call() == 0, (batch.folder / "said").read_text()
    seconds = defaultdict(list)
    for event, name, *rest in batch.news():
        if event == "end":
            seconds[name].append(float(rest[-1]))
    batch.check_nothing_is_left()
    return {name: min(some) for name, some in seconds.items()}, files_of(batch.root)


@pytest.mark.parametrize("kind", PHASES)
def test_a_batch_that_is_killed_goes_on_where_it_was(
    kind: str, calm: tuple[dict[str, float], dict[str, bytes]], tmp_path: Path
) -> None:
    seconds, files = calm
    batch = Batch(tmp_path, 4)
    assert batch.call() == 0
    batch.news()
    for name in PHASES[kind] * KILLS:
        window, struck = 0.8 * seconds[name], list[list[str]]()
        for _ in range(6):
            batch.make_stale(sorted(batch.complete())[:3])
            before = batch.complete()
            (batch.folder / "order").write_text(f"{name} {kind} {window}")
            code, news = batch.call(), batch.news()
            batch.check_nothing_is_left(kind)
            began = {report for event, _, report, *_ in news if event == "begin"} - {"-"}
            assert not before & began, "what was complete ran again"
            batch.put_back()
            assert before <= batch.complete(), "what was complete is lost"
            assert all((batch.root / "site" / "network" / one).exists() for one in batch.reports)
            if struck := [line for line in news if line[0] == "kill"]:
                break
            # The phase was over before the moment drawn.
            (batch.folder / "taken").unlink(missing_ok=True)
            window *= 0.5
        print(*struck[0])
        assert code == (-9 if kind == "batch" else 1), (batch.folder / "said").read_text()
        if kind == "fork":
            assert set(batch.reports) - batch.complete() == {struck[0][3]}, "others failed as well"
    assert batch.call() == 0
    assert files_of(batch.root) == files
    batch.news()
    assert batch.call() == 0
    assert {line[2] for line in batch.news() if line[0] == "begin"} == {"-"}, "nothing was left"


# Out of the run's session, and not yet the program that it will be.
STARTING = """
import os, subprocess, threading, time
def wait():
    open("../starting", "w").close()
    time.sleep(0.5)
options = {"start_new_session": True, "preexec_fn": wait}
threading.Thread(target=subprocess.Popen, args=[["sleep", "600"]], kwargs=options).start()
while not os.path.exists("../starting"):
    time.sleep(0.01)
"""


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_child_that_is_still_starting_ends_with_the_batch(
    is_killed: bool, tmp_path: Path
) -> None:
    more = ["time.sleep(60)"] if is_killed else []
    batch = Batch(tmp_path, 1, HEADLINE, EVIDENCE, STARTING, *more)
    process = batch.start()
    assert wait_until((batch.root / "starting").exists, 60)
    if is_killed:
        process.kill()
    assert process.wait(timeout=60) == (-9 if is_killed else 0)
    batch.check_nothing_is_left()


def test_past_its_time_limit_a_report_ends_with_all_its_children(tmp_path: Path) -> None:
    batch = Batch(tmp_path, 1, HEADLINE, CHILDREN, "while True: pass")
    write_matrix(batch.root, {"network/r0": {"teller": "r0"}}, limit=2)
    assert batch.call() == 1
    batch.check_nothing_is_left()
    error = store.read_manifest(batch.root / "site" / "network" / "r0")["error"]
    assert (error["cell"], error["message"]) == (4, "time limit of 2 s exceeded")


def reports_of(batch: Batch) -> dict[str, bytes]:
    """What is in the reports' folders, but for the manifests, which tell of failures too."""
    files = files_of(batch.root).items()
    return {path: raw for path, raw in files if "network/" in path and store.MANIFEST not in path}


# What the kernel lets a superuser do as well; without it, permissions hold for everyone.
DAC_OVERRIDE, DAC_READ_SEARCH, DROP = 1, 2, 24


def as_anyone() -> None:
    libc = ctypes.CDLL(None)
    for capability in (DAC_OVERRIDE, DAC_READ_SEARCH):
        libc.prctl(DROP, capability, 0, 0, 0)


def test_a_site_that_cannot_be_written_is_told_and_left_as_it_was(tmp_path: Path) -> None:
    batch = Batch(tmp_path, 2)
    assert batch.call() == 0
    batch.make_stale(batch.reports[:1])
    before = reports_of(batch)
    for folder in (batch.root / "site" / "network", batch.root / "site"):
        folder.chmod(0o555)
        try:
            assert batch.start(preexec_fn=as_anyone).wait(timeout=60) == 1
        finally:
            folder.chmod(0o755)
        assert "ermission denied" in (batch.folder / "said").read_text()
        batch.check_nothing_is_left()
        batch.put_back()
        assert reports_of(batch) == before
    assert batch.call() == 0 and batch.complete() == set(batch.reports)


def test_on_a_full_disk_what_was_complete_stays(tmp_path: Path) -> None:
    batch = Batch(tmp_path, 4)
    site = batch.root / "site"
    site.mkdir()
    # A file system of its own, which no one else sees; room for some reports, not for all.
    inside = (
        f"mount -t tmpfs -o size={ROOM}k none {site} && {{ {' '.join(batch.command)}; code=$?; "
        f"cp -a {site} {tmp_path}/kept; exit $code; }}"
    )
    call = ["unshare", "--map-root-user", "--mount", "sh", "-c", inside]
    if subprocess.run([*call[:-1], f"mount -t tmpfs none {site}"]).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    assert batch.start(call).wait(timeout=60) == 1
    told = (batch.folder / "said").read_text()
    assert "No space left" in told and "Traceback" not in told
    batch.check_nothing_is_left()
    shutil.rmtree(site)
    shutil.copytree(tmp_path / "kept", site)
    batch.put_back()
    before = batch.complete()
    assert 0 < len(before) < 4
    batch.news()
    assert batch.call() == 0
    began = {report for event, _, report, *_ in batch.news() if event == "begin"} - {"-"}
    assert began == set(batch.reports) - before


def test_of_two_calls_at_once_one_goes_on_and_the_other_says_so(tmp_path: Path) -> None:
    wait = "import os, time\nwhile not os.path.exists('../go'):\n    time.sleep(0.01)"
    batch = Batch(tmp_path, 1, HEADLINE, wait, EVIDENCE)
    first = batch.start()
    assert wait_until((batch.root / "site" / ".building").exists, 30)
    second = subprocess.run(
        batch.command, env=batch.environment, capture_output=True, text=True, timeout=60
    )
    assert second.returncode == 1
    assert "another call is building this site" in second.stderr
    (batch.root / "go").touch()
    assert first.wait(timeout=60) == 0
    assert batch.complete() == set(batch.reports)
    batch.check_nothing_is_left()
