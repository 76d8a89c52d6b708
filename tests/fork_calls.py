"""What forks are asked to do in the tests of the fork server: light to import."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psutil


def fail(say: Callable[..., object], kind: str) -> None:
    say("about to fail")
    if kind == "raise":
        raise KeyError("x")
    if kind == "hang":
        time.sleep(60)
    os.kill(os.getpid(), signal.SIGKILL)


def have_children(say: Callable[..., object], *, stay: bool = False) -> list[int]:
    """Process ids of this one, of a child, of one in a session of its own, of an orphan."""
    pids = [os.getpid()]
    pids += [subprocess.Popen(["sleep", "600"], start_new_session=on).pid for on in (False, True)]
    shell = "setsid sleep 600 > /dev/null 2>&1 & echo $!"
    pids.append(int(subprocess.run(shell, shell=True, capture_output=True, text=True).stdout))
    assert psutil.Process(pids[-1]).ppid() == pids[0], "a run adopts what loses its parent"
    say(pids)
    if stay:
        time.sleep(60)
    return pids


def stay(say: Callable[..., object]) -> None:
    have_children(say, stay=True)


def imported(say: Callable[..., object], name: str) -> tuple[bool, int, int, str]:
    return (
        name in sys.modules,
        os.getppid(),
        psutil.Process(os.getppid()).num_threads(),
        sys.path[0],
    )
