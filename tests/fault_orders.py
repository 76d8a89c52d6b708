"""A batch one of whose processes kills one of them, at a random moment of a phase.

Run as `python fault_orders.py ROOT` with TORKHAM_FAULTS naming a folder. A file `order` in it says
"PHASE KIND SECONDS": a SIGKILL to the batch, the server or the fork, at a moment drawn from the
first SECONDS of a phase, once. `log` tells, a line each, which report began a phase, and who was
killed in it.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("TORKHAM_FAULTS", "/nonexistent"))
BATCH = "TORKHAM_FAULTS_BATCH"


def note(*words: object) -> None:
    """Write a line of the log at once and whole: a killed process keeps nothing back."""
    log = os.open(FOLDER / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(log, (" ".join(map(str, words)) + "\n").encode())
    os.close(log)


@contextmanager
def phase(name: str, report: str = "-") -> Iterator[None]:
    """Tell of a phase's beginning and length, and obey the order if it is for this phase."""
    note("begin", name, report)
    order, taken, begun = FOLDER / "order", FOLDER / "taken", time.monotonic()
    wanted, kind, seconds = (order.read_text() if order.exists() else "- - 0").split()
    mine = wanted == name
    if mine:
        try:
            order.rename(taken)
        except FileNotFoundError:
            mine = False  # another fork was quicker

    def strike(*_: object) -> None:
        is_fork = os.getppid() != int(os.environ["TORKHAM_FAULTS_SHELL"])
        targets = {"batch": int(os.environ[BATCH]), "server": os.getppid(), "fork": os.getpid()}
        assert is_fork or kind == "batch"
        note("kill", name, kind, report, f"{time.monotonic() - begun:.4f}")
        taken.unlink()
        os.kill(targets[kind], signal.SIGKILL)

    if mine:
        signal.signal(signal.SIGALRM, strike)
        # Forks would draw the same moments from any other.
        moment = random.SystemRandom().uniform(0, float(seconds))
        signal.setitimer(signal.ITIMER_REAL, max(1e-6, moment))
    try:
        yield
    finally:
        if mine:
            signal.setitimer(signal.ITIMER_REAL, 0)
        note("end", name, report, f"{time.monotonic() - begun:.4f}")


def watched(name: str, function: Callable[..., Any], report: Callable[..., str]) -> Any:
    """Function whose run is a phase."""

    def call(*arguments: Any, **options: Any) -> Any:
        with phase(name, report(*arguments)):
            return function(*arguments, **options)

    return call


def arm() -> None:
    """Have the phases of a fork announced; called in the server, before it forks."""
    from reports import render

    render.execute = watched(
        "executing", render.execute, lambda say, root, name, parameters, limit: parameters["teller"]
    )
    render.page = watched("rendering", render.page, lambda *told: told[-1].report.name)


def main() -> None:
    """Build all reports of a project, with the order obeyed in this process too."""
    os.environ[BATCH], os.environ["TORKHAM_FAULTS_SHELL"] = str(os.getpid()), str(os.getppid())
    starting = phase("starting")
    starting.__enter__()
    from reports import matrix, run, site, store

    publish, write_index, finish = run._publish, site.write_index, run.as_completed

    def finishing(*arguments: Any) -> Any:
        starting.__exit__(None, None, None)
        return finish(*arguments)

    run.as_completed = finishing
    run._publish = watched("writing", publish, lambda task, made: task.report.name)
    site.write_index = watched("site", write_index, lambda *_: "-")
    root = Path(sys.argv[1])
    listed = matrix.load_matrix(root)
    settings = run.Settings(jobs=2, prepare=("fault_orders:arm",))
    try:
        sys.exit(run.run(root, listed, listed.reports, settings).exit_code)
    except store.StoreError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
