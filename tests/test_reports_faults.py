"""Killed at any moment, the next call finishes the rest and repeats nothing.

Every kind of process of a batch is killed with SIGKILL at random moments of
every phase that it lives in. Workers and kernels are killed five times in each; what
ends the whole batch, once, or as often as TORKHAM_KILLS says. Each kill is a line of
the output of `TORKHAM_KILLS=5 pytest -rP tests/test_reports_faults.py`.
"""

import atexit
import ctypes
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from test_reports_batch import EXHIBITS, HEADLINE, files_of, make_root, write_matrix, write_notebook

from analysis.reports import store, warm

KILLS = 5
ENDS = int(os.environ.get("TORKHAM_KILLS", "1"))
# Kilobytes of a disk that holds some reports and not all of them.
ROOM = 120
# A child that would outlive its kernel, and one that has left the kernel's process group.
CHILDREN = (
    "import subprocess\nsubprocess.Popen(['sleep', '600'])\n"
    "subprocess.Popen(['sleep', '600'], start_new_session=True)"
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not warm.can_fork(), reason="reads /proc, and kills what is forked"),
]


class Batch:
    """A project whose batch is killed on order, and what its log told so far."""

    def __init__(self, place: Path, reports: int) -> None:
        self.root = make_root(place / "root")
        write_notebook(self.root, "network", HEADLINE, EXHIBITS, CHILDREN)
        self.reports = [f"network/r{number}" for number in range(reports)]
        write_matrix(self.root, {path: {"teller": path} for path in self.reports})
        self.folder = place / "faults"
        # The batch goes elsewhere where the path of its scratch folder would be long.
        self.scratch = Path(tempfile.mkdtemp(prefix="faults-", dir="/tmp"))
        atexit.register(shutil.rmtree, self.scratch, ignore_errors=True)
        (self.folder / "orders").mkdir(parents=True)
        self.told = 0
        paths = [str(ROOT), str(ROOT / "tests")]
        self.environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(paths),
            "TORKHAM_FAULTS": str(self.folder),
            "TMPDIR": str(self.scratch),
        }
        self.command = [sys.executable, str(ROOT / "tests/fault_orders.py"), str(self.root), "2"]

    def call(self, seconds: float = 120) -> tuple[int, list[list[str]]]:
        """Exit code of one call of the batch, and the lines it added to the log, in words."""
        process = self.start()
        code = process.wait(timeout=seconds)
        return code, self.news()

    def start(self, command: list[str] | None = None, **options: Any) -> "subprocess.Popen[bytes]":
        """One call of the batch, begun."""
        with (self.folder / "said").open("wb") as said:
            return subprocess.Popen(
                command or self.command, env=self.environment, stdout=said, stderr=said, **options
            )

    def news(self) -> list[list[str]]:
        """Lines of the log since last asked for."""
        lines = (self.folder / "log").read_text().splitlines()
        self.told, news = len(lines), lines[self.told :]
        return [line.split() for line in news]

    def order(self, phase: str, kind: str, seconds: float, number: int = 0) -> None:
        """Ask for a kill within the first seconds of a phase."""
        (self.folder / "orders" / f"{phase}-{kind}-{seconds:.4f}-{number}").touch()

    def orders(self) -> list[str]:
        """What was asked for and did not happen yet."""
        return [path.name.lstrip(".") for path in (self.folder / "orders").iterdir()]

    def complete(self) -> set[str]:
        """Reports that are on disk as their manifests say; no report may be there by halves."""
        found = set()
        for path in self.reports:
            folder = self.root / "site" / path
            manifest = store.read_manifest(folder)
            assert folder.exists() == (manifest is not None), f"{path} was written by halves"
            is_good = manifest and manifest["status"] == "ok"
            good = manifest if is_good else (manifest or {}).get("last_good")
            assert not good or good["files"] == store.file_hashes(folder), f"{path} is a mixture"
            if is_good and manifest["versions"]:
                found.add(path)
        return found

    def make_stale(self, paths: Iterable[str]) -> None:
        """Have reports run again over their last good version."""
        for path in paths:
            folder = self.root / "site" / path
            manifest = store.read_manifest(folder)
            assert manifest is not None
            store.write_json(folder / store.MANIFEST, manifest | {"versions": {}})

    def check_nothing_is_left(self) -> None:
        """Neither processes of the batch, nor what their cells started, nor their files."""
        assert wait_until(lambda: not processes_with(str(self.folder)), 10), "\n".join(
            processes_with(str(self.folder))
        )
        assert wait_until(lambda: not any(self.scratch.iterdir()), 10), str(
            sorted(map(str, self.scratch.rglob("*")))
        )


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def processes_with(mark: str) -> list[str]:
    """Command lines of processes, other than this one, that have something in their environment."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            environment = (place / "environ").read_bytes()
            if f"TORKHAM_FAULTS={mark}".encode() in environment:
                state = (place / "stat").read_text().rpartition(")")[2].split()[0]
                command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found += [f"{place.name} {command[:80]}"] if state not in "ZX" else []
        except OSError:
            continue  # it has just ended
    return found


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, float], dict[str, bytes]]:
    """Median seconds of each phase of an undisturbed batch, and the files it makes."""
    batch = Batch(tmp_path_factory.mktemp("calm"), 6)
    code, news = batch.call()
    assert code == 0, (batch.folder / "said").read_text()
    begun: dict[tuple[str, ...], float] = {}
    seconds = defaultdict(list)
    for moment, process, event, *place in news:
        if event == "begin":
            begun[process, *place] = float(moment)
        else:
            # The command's own start takes longer than that of a kernel.
            name = "start" if place == ["starting", "-"] else place[0]
            seconds[name].append(float(moment) - begun[process, *place])
    batch.check_nothing_is_left()
    return {name: statistics.median(some) for name, some in seconds.items()}, files_of(batch.root)


def kills(news: list[list[str]]) -> Iterator[tuple[str, str, str]]:
    """Phase, kind and report of each kill in the log; every one is printed."""
    for _, _, event, *place in news:
        if event == "kill":
            phase, kind, report, after, process = place
            print(f"{kind} {process} killed {after} s into {phase} of {report}")
            yield phase, kind, report


def begun(news: list[list[str]]) -> set[str]:
    """Reports that a call began to make."""
    return {place[1] for _, _, event, *place in news if event == "begin"} - {"-"}


@pytest.mark.parametrize("kind", ["parent", "warm"])
def test_a_batch_that_is_killed_goes_on_where_it_was(
    kind: str, calm: tuple[dict[str, float], dict[str, bytes]], tmp_path: Path
) -> None:
    seconds, files = calm
    batch = Batch(tmp_path, 6)
    assert batch.call()[0] == 0
    batch.news()
    # The warm parent is gone before the site is written.
    phases = ["starting", "executing", "rendering", "writing", *(["site"] * (kind == "parent"))]
    for phase in phases:
        obeyed = 0
        window = seconds["start" if phase == "starting" else phase]
        while obeyed < ENDS:
            before = batch.complete()
            # Three reports at least, so that some are done, some run and some wait.
            batch.make_stale(random.sample(sorted(before), max(0, len(before) - 3)))
            before = batch.complete()
            batch.order(phase, kind, window)
            code, news = batch.call()
            batch.check_nothing_is_left()
            struck = list(kills(news))
            if not batch.orders():
                assert [place[:2] for place in struck] == [(phase, kind)]
                assert code == (-9 if kind == "parent" else 1), (batch.folder / "said").read_text()
                obeyed += 1
            else:
                # The phase was over before the moment drawn.
                assert code == 0 and not struck
                window *= 0.7
                for name in batch.orders():
                    (batch.folder / "orders" / name).unlink()
            assert not before & begun(news), "what was complete ran again"
            put_back(batch)
            assert before <= batch.complete(), "what was complete is lost"
            assert all((batch.root / "site" / path).exists() for path in batch.reports)
    assert batch.call()[0] == 0
    assert files_of(batch.root) == files
    assert begun(batch.call()[1]) == set(), "nothing was left to do"


def put_back(batch: Batch) -> None:
    """Do what the next call does first: a kill between two renames leaves a report aside."""
    with store.opened(batch.root / "site"):
        pass


# Out of the kernel's process group, and not yet the program that it will be.
STARTING = """
import subprocess, threading, time
def wait():
    open("../starting", "w").close()
    time.sleep(0.5)
options = {"start_new_session": True, "preexec_fn": wait}
threading.Thread(target=subprocess.Popen, args=[["sleep", "600"]], kwargs=options).start()
"""


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_child_that_is_still_starting_ends_with_the_batch(
    is_killed: bool, tmp_path: Path
) -> None:
    batch = Batch(tmp_path, 1)
    more = ["time.sleep(60)"] if is_killed else []
    write_notebook(batch.root, "network", HEADLINE, EXHIBITS, STARTING, *more)
    process = batch.start()
    assert wait_until((batch.root / "starting").exists, 60)
    if is_killed:
        process.kill()
    assert process.wait(timeout=60) == (-9 if is_killed else 0)
    batch.check_nothing_is_left()


def test_workers_and_kernels_that_are_killed_take_their_own_report_alone(
    calm: tuple[dict[str, float], dict[str, bytes]], tmp_path: Path
) -> None:
    seconds, _ = calm
    places = [("worker", phase) for phase in ("starting", "executing", "rendering", "writing")]
    # A kernel has ended when its report is rendered.
    places += [("kernel", phase) for phase in ("starting", "executing")]
    batch = Batch(tmp_path, KILLS * len(places) + 5)
    assert batch.call()[0] == 0
    batch.news()
    batch.make_stale(batch.reports)
    last_good = reports_of(batch)
    for number in range(KILLS):
        for kind, phase in places:
            batch.order(phase, kind, 0.8 * seconds[phase], number)
    struck: dict[tuple[str, str], int] = defaultdict(int)
    before: set[str] = set()
    for _ in range(10):
        asked = len(batch.orders())
        code, news = batch.call()
        batch.check_nothing_is_left()
        hit = list(kills(news))
        for phase, kind, _ in hit:
            struck[kind, phase] += 1
        assert begun(news) == set(batch.reports) - before
        put_back(batch)
        assert reports_of(batch) == last_good
        assert set(batch.reports) - batch.complete() == {report for _, _, report in hit}
        assert (code, len(batch.orders())) == (1 if hit else 0, asked - len(hit))
        before = batch.complete()
        if not batch.orders():
            break
        if len(before) > len(batch.reports) // 2:
            # Some were too late for their phase: once more.
            batch.make_stale(batch.reports)
            before = set()
    assert dict(struck) == dict.fromkeys(places, KILLS)
    assert batch.call()[0] == 0
    assert batch.complete() == set(batch.reports)


# What the kernel lets a superuser do as well; without it, permissions hold for everyone.
DAC_OVERRIDE, DAC_READ_SEARCH, DROP = 1, 2, 24


def as_anyone() -> None:
    libc = ctypes.CDLL(None)
    for capability in (DAC_OVERRIDE, DAC_READ_SEARCH):
        libc.prctl(DROP, capability, 0, 0, 0)


def reports_of(batch: Batch) -> dict[str, bytes]:
    """What is in the reports' folders, but for the manifests, which tell of failures too."""
    return {
        path: content
        for path, content in files_of(batch.root).items()
        if path.startswith("network/") and not path.endswith(store.MANIFEST)
    }


def test_a_site_that_cannot_be_written_is_told_and_left_as_it_was(tmp_path: Path) -> None:
    batch = Batch(tmp_path, 2)
    assert batch.call()[0] == 0
    batch.make_stale(batch.reports[:1])
    before = reports_of(batch)
    for folder in (batch.root / "site" / "network", batch.root / "site"):
        folder.chmod(0o555)
        try:
            process = batch.start(preexec_fn=as_anyone)
            assert process.wait(timeout=60) == 1
        finally:
            folder.chmod(0o755)
        told = (batch.folder / "said").read_text()
        assert "ermission denied" in told
        batch.check_nothing_is_left()
        put_back(batch)
        assert reports_of(batch) == before
    batch.news()
    code, news = batch.call()
    assert (code, begun(news)) == (0, {batch.reports[0]})


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
    assert "No space left" in told
    assert "Traceback" not in told
    batch.check_nothing_is_left()
    batch.news()
    shutil.rmtree(site)
    shutil.copytree(tmp_path / "kept", site)
    put_back(batch)
    before = batch.complete()
    assert 0 < len(before) < 4
    code, news = batch.call()
    assert (code, begun(news)) == (0, set(batch.reports) - before)


def test_of_two_calls_at_once_one_goes_on_and_the_other_says_so(tmp_path: Path) -> None:
    batch = Batch(tmp_path, 4)
    first = batch.start()
    assert wait_until(lambda: (batch.root / "site" / ".building").exists(), 30)
    second = subprocess.run(
        batch.command, env=batch.environment, capture_output=True, text=True, timeout=60
    )
    assert second.returncode == 1
    assert "another run is building this site" in second.stderr
    assert first.wait(timeout=60) == 0
    assert batch.complete() == set(batch.reports)
    batch.check_nothing_is_left()


def test_past_its_time_limit_a_report_ends_with_all_its_children(tmp_path: Path) -> None:
    batch = Batch(tmp_path, 1)
    write_notebook(batch.root, "network", HEADLINE, CHILDREN, "while True: pass")
    write_matrix(batch.root, {"network/r0": {}}, limit=2)
    assert batch.call()[0] == 1
    batch.check_nothing_is_left()
    manifest = store.read_manifest(batch.root / "site" / "network" / "r0")
    assert manifest is not None
    assert manifest["error"]["message"] == "time limit of 2 s exceeded"
