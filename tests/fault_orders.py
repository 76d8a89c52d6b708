"""Kills on order: a batch whose processes kill one of themselves at a random moment of a phase.

Run as `python fault_orders.py ROOT WORKERS`, with the environment variable
TORKHAM_FAULTS naming a folder. A file `orders/PHASE-KIND-SECONDS-NUMBER` in it
asks for one SIGKILL to a process of a kind (parent, warm, worker, kernel), at a
moment drawn from the first SECONDS of a phase. `log` tells, a line each, which
phase of which report began and ended when, and who was killed in it.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("TORKHAM_FAULTS", "/nonexistent"))
EVERY = "parent warm worker kernel"
PARENT = "TORKHAM_FAULTS_PARENT"
# Forks would draw the same moments from any other.
_draw = random.SystemRandom()


def note(*words: object) -> None:
    """Write a line of the log at once and whole: a killed process keeps nothing back."""
    line = " ".join(map(str, [f"{time.monotonic():.4f}", os.getpid(), *words])) + "\n"
    log = os.open(FOLDER / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(log, line.encode())
    os.close(log)


def children_of(process: int) -> list[int]:
    """Process ids of the living children of a process."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(fields[1]) == process and fields[0] not in "ZX":
            found.append(int(place.parent.name))
    return found


def target_of(kind: str) -> int | None:
    """Process to kill, seen from the one that is in the phase; None while there is none."""
    parent = int(os.environ[PARENT])
    if kind == "parent":
        return parent
    if kind == "warm":
        return next(iter(children_of(parent)), None)
    return os.getpid() if kind == "worker" else next(iter(children_of(os.getpid())), None)


@contextmanager
def phase(name: str, report: str, kinds: str) -> Iterator[None]:
    """Tell of a phase's beginning and end, and obey one order for it in between."""
    note("begin", name, report)
    order = _take(name, kinds)
    begun = time.monotonic()

    def strike(_signal: object = None, _frame: object = None) -> None:
        target = target_of(order[1])
        if target is None:
            # Too early for it: nobody is there to be killed.
            signal.setitimer(signal.ITIMER_REAL, 0.001)
            return
        note("kill", name, order[1], report, f"{time.monotonic() - begun:.4f}", target)
        (FOLDER / "orders" / f".{'-'.join(order)}").unlink()
        os.kill(target, signal.SIGKILL)

    if order:
        signal.signal(signal.SIGALRM, strike)
        signal.setitimer(signal.ITIMER_REAL, max(1e-6, _draw.uniform(0, float(order[2]))))
    try:
        yield
    finally:
        if order:
            signal.setitimer(signal.ITIMER_REAL, 0)
            taken = FOLDER / "orders" / f".{'-'.join(order)}"
            if taken.exists():
                # The phase was over sooner than the moment drawn.
                taken.rename(FOLDER / "orders" / "-".join(order))
        note("end", name, report)


def _take(name: str, kinds: str) -> list[str]:
    for path in sorted((FOLDER / "orders").glob(f"{name}-*")):
        if path.name.split("-")[1] not in kinds:
            continue
        try:
            path.rename(path.with_name(f".{path.name}"))
        except FileNotFoundError:
            continue  # another worker was quicker
        return path.name.split("-")
    return []


def arm() -> None:
    """Have the phases of a worker announced; called in the warm parent, before it forks."""
    from analysis.reports import engine, made

    now: dict[str, Any] = {}

    def enter(name: str) -> None:
        leave()
        # What starts in here are workers and kernels; the rest has started by now.
        kinds = "worker kernel" if name == "starting" else EVERY
        now["phase"] = phase(name, now["report"], kinds)
        now["phase"].__enter__()

    def leave() -> None:
        if "phase" in now:
            now.pop("phase").__exit__(None, None, None)

    make, execute, send, render, publish = (
        made.make, made.execute, engine._Client.execute, made._rendered, made.publish
    )  # fmt: skip

    def starting(job: Any, *more: Any) -> Any:
        enter("starting")
        try:
            return execute(job, *more)
        finally:
            leave()

    def executing(client: Any, *more: Any, **options: Any) -> Any:
        if not now.get("cells"):
            now["cells"] = True
            enter("executing")
        return send(client, *more, **options)

    def making(task: Any) -> Any:
        now["report"] = task.report.path
        return make(task)

    def rendering(task: Any, *more: Any) -> Any:
        with phase("rendering", task.report.path, EVERY):
            return render(task, *more)

    def writing(task: Any, ended: Any) -> Any:
        if ended.error:
            return publish(task, ended)  # no more than a manifest is written
        with phase("writing", task.report.path, EVERY):
            return publish(task, ended)

    made.make, made.execute, made._rendered, made.publish = making, starting, rendering, writing
    engine._Client.execute = executing


def main() -> None:
    """Build all reports of a project, with orders obeyed in this process too."""
    os.environ[PARENT] = str(os.getpid())
    first = phase("starting", "-", "parent warm")
    first.__enter__()
    from analysis.reports import batch, matrix, progress, store

    class Watched(progress.Progress):
        def finished(self, futures: Any) -> Any:
            first.__exit__(None, None, None)
            return super().finished(futures)

    progress.Progress = Watched
    show = batch._show

    def showing(*more: Any) -> None:
        with phase("site", "-", "parent"):
            show(*more)

    batch._show = showing
    root = Path(sys.argv[1])
    listed = matrix.load_matrix(root)
    prepare = ["fault_orders:arm"]
    try:
        outcome = batch.run(
            root, listed.reports, listed, int(sys.argv[2]), False, print, prepare=prepare
        )
    except store.StoreError as error:
        sys.exit(str(error))
    sys.exit(outcome.exit_code)


if __name__ == "__main__":
    main()
